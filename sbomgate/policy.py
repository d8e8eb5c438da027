"""What a rule is, and what a project decided about findings.

`policy_file` reads a policy. Rules know nothing of it: the engine applies it to what they found, and an accepted finding stays in the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from sbomgate.model import Confidence, Finding, Inventory, Location, Noun, Parties, Severity, noun
from sbomgate.purl import pattern as purl_pattern
from sbomgate.text import sha256_hex

if TYPE_CHECKING:
    from sbomgate.manifest import Change
    from sbomgate.server_allowlist import Agents, ServerEntry

FAIL_ON: Final = ("critical", "high", "medium", "low", "never")
"""`info` is for the reader and never fails a gate."""
MAX_AGE_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at."""

    inventory: Inventory
    changes: tuple[Change, ...] = ()
    """Differences from the known-good manifest, if the scan was given one."""
    policy_path: str = ""
    unused: tuple[Allow | ServerEntry, ...] = ()
    """Entries of the allowlists that accepted nothing; known to rules of the stage `policy`."""
    expired: tuple[Allow | ServerEntry, ...] = ()
    agent_packages: tuple[str, ...] = ()
    """What the policy says of the project itself; see `Policy` for this and the next two."""
    install_scripts: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()
    max_age_days: int = MAX_AGE_DAYS
    today: str = ""
    """ISO date; only where advisories were used."""
    agents: Agents | None = None
    """The policy's list of servers, without the entries that have expired; None if it has none."""
    blast_budget: BlastBudget | None = None

    def is_agent(self, purl: str) -> bool:
        """Whether the component belongs to the agent graph."""
        return purl in self.inventory.agent


@noun
class Rule(Noun):
    """One thing that can be wrong; its page is the docstring of its module."""

    id: str
    name: str
    severity: Severity
    """The default; a finding may deviate where the page says so."""
    check: Callable[[Context], Iterator[Finding]]
    doc: str
    confidence: Confidence = Confidence.HIGH
    stage: str = "inventory"
    """`inventory`, or `policy` for the rules about the policy itself, which run after it was applied."""

    def finding(
        self,
        location: Location,
        message: str,
        *,
        fix: str,
        subject: str = "",
        digest: str = "",
        key: str = "",
        severity: Severity | None = None,
        confidence: Confidence | None = None,
    ) -> Finding:
        """A finding of this rule, without its fingerprint; `key` is the digest when it is not given."""
        return Finding(
            rule=self.id,
            name=self.name,
            severity=severity or self.severity,
            confidence=confidence or self.confidence,
            message=message,
            location=location,
            subject=subject,
            key=key or digest,
            fix=fix,
            digest=digest,
        )


def fingerprint(finding: Finding, folder: str = "") -> str:
    """16 hex digits that name a finding: rule, path, subject and key, never the line or the wording.

    `folder`: the target's, below the working directory; so a file has the same findings whether it is scanned by
    itself, as a pre-commit hook does it, or with its project.
    """
    parts = (finding.rule, f"{folder}/{finding.location.path}" if folder else finding.location.path, finding.subject, finding.key)
    return sha256_hex("\0".join(parts))[:16]


@noun
class Allow(Noun):
    """One accepted finding, or a kind of them; everything that is set must match."""

    reason: str
    rule: str = ""
    """Id, prefix or name."""
    fingerprint: str = ""
    digest: str = ""
    """SHA-256, hex."""
    subject: str = ""
    """purl pattern, `*` matches anything; without a version it matches each version."""
    path: str = ""
    """Pattern for the path of the finding."""
    expires: str = ""
    """ISO date; the entry counts up to and including that day."""
    place: str = ""
    """`allow[2]`, for messages."""

    def matches(self, finding: Finding, folder: str = "") -> bool:
        """Whether the entry accepts `finding`; `folder` as in `fingerprint`."""
        path = f"{folder}/{finding.location.path}" if folder else finding.location.path
        return (
            (not self.fingerprint or self.fingerprint == finding.fingerprint)
            and (not self.digest or self.digest == finding.digest)
            and (not self.rule or selects((self.rule,), finding))
            and (not self.subject or _subject_matches(self.subject, finding.subject))
            and (not self.path or any(self.path == one or fnmatchcase(one, self.path) for one in (path, finding.location.path)))
        )


@noun
class Trust(Noun):
    """Whose signature of a manifest is believed: that of listed keys, or of one identity through Sigstore."""

    signers: str = ""
    """Path of a list of signers as `ssh-keygen -Y verify` reads it."""
    identity: str = ""
    """What the certificate must name: an e-mail address, or the workflow of a CI."""
    issuer: str = ""
    """URL of who vouches for it."""


@noun
class BlastBudget(Noun):
    """What one server or agent package may reach at most, were it compromised."""

    no_unasked_actions_with: tuple[str, ...] = ()
    """Patterns of names of environment variables."""
    max_credentials: int | None = None
    max_dependents: int | None = None


@noun
class Policy(Noun):
    """The decisions of one project; the defaults are the contract's."""

    path: str = ""
    """Where it was read from; empty for the defaults."""
    fail_on: str = "high"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: tuple[tuple[str, Severity], ...] = ()
    """(rule id or prefix, severity); the longest match wins."""
    agent_packages: tuple[str, ...] = ()
    """purls without version, `*` allowed."""
    install_scripts: tuple[str, ...] = ()
    """Packages that may run code when they are installed, as `agent_packages`."""
    registries: tuple[str, ...] = ()
    """Where packages may come from: beginnings of URLs, `https://host/path`."""
    trust: Trust | None = None
    """Whose signature a manifest must bear; None if it needs none."""
    allow: tuple[Allow, ...] = ()
    today: str = ""
    """ISO date that decides about `expires`; today when empty. For reproducible runs."""
    advisories: tuple[str, ...] = ()
    """Of `policy_file.ADVISORY_SOURCES`."""
    advisory_url: str = ""
    """Where `sbomgate advisories update` fetches exports; `{ecosystem}` stands for the name of one."""
    osv_url: str = ""
    """The service of the source `osv-api`."""
    max_age_days: int = MAX_AGE_DAYS
    strict: bool = False
    """Whatever could not be verified is a problem too."""
    parties: Parties = Parties()
    """Who answers for the documents; table `sbom`."""
    agents: Agents | None = None
    """Which servers are approved; None where the policy does not say."""
    blast_budget: BlastBudget | None = None
    """Table `agents.blast-radius`."""


def selects(patterns: Iterable[str], rule: Rule | Finding) -> bool:
    """Whether one of `patterns` (id, prefix of an id, or name) names the rule."""
    rule_id = rule.id if isinstance(rule, Rule) else rule.rule
    return any(rule_id.startswith(pattern.upper()) or rule.name == pattern for pattern in patterns)


def is_enabled(policy: Policy, rule: Rule) -> bool:
    """Whether `policy` wants `rule` to run; `ignore` wins over `select`."""
    return (not policy.select or selects(policy.select, rule)) and not selects(policy.ignore, rule)


def apply(policy: Policy, findings: Iterable[Finding], folder: str = "") -> tuple[list[Finding], list[Allow], list[Allow]]:
    """The findings with the policy's severities and reasons, the entries that matched nothing, and the expired ones.

    An expired entry accepts nothing. An entry never adds or removes a finding.
    """
    today = today_of(policy) if any(entry.expires for entry in policy.allow) else policy.today
    live = [entry for entry in policy.allow if not entry.expires or entry.expires >= today]
    expired = [entry for entry in policy.allow if entry.expires and entry.expires < today]
    used: set[int] = set()
    judged = []
    for finding in findings:
        severity = _severity(policy, finding)
        accepted = finding.accepted
        for index, entry in enumerate(live):
            if entry.matches(finding, folder):
                used.add(index)
                accepted = accepted if accepted is not None else entry.reason
        unchanged = severity is finding.severity and accepted == finding.accepted
        judged.append(finding if unchanged else replace(finding, severity=severity, accepted=accepted))
    return judged, [entry for index, entry in enumerate(live) if index not in used], expired


def _severity(policy: Policy, finding: Finding) -> Severity:
    matching = [(len(rule), severity) for rule, severity in policy.severities if selects((rule,), finding)]
    return max(matching)[1] if matching else finding.severity


def _subject_matches(pattern: str, subject: str) -> bool:
    pattern = purl_pattern(pattern)
    return subject == pattern or fnmatchcase(subject, pattern) or fnmatchcase(subject.partition("@")[0], pattern)


def is_date(text: str) -> bool:
    """Whether `text` is a date as 2027-01-31: only in this form, dates are ordered as text."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def today_of(policy: Policy) -> str:
    """The ISO date that decides what has expired and what is too old."""
    from datetime import UTC, datetime

    return policy.today or datetime.now(UTC).date().isoformat()
