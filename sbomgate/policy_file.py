"""The file of a policy: where it is looked for, and what may stand in it.

A policy is `sbomgate.toml`, or `[tool.sbomgate]` in `pyproject.toml`:

    fail-on = "high"
    select = ["SG1", "SG3"]                 # ids or prefixes; all when absent
    ignore = ["SG304"]
    agent-packages = ["pkg:pypi/acme-llm", "pkg:npm/@acme/*"]
    install-scripts = ["pkg:npm/esbuild"]   # may run code when they are installed
    registries = ["https://packages.example/npm"]
    severity = { SG202 = "medium" }

    [agents]
    deny-by-default = true                  # a server that no entry approves is `high`
    mcp-servers = "allowlists/mcp-servers.toml"   # see `server_allowlist`
    [manifest]
    signers = "allowed_signers"             # or identity and issuer: whose signature of a manifest is believed
    [advisories]
    sources = ["osv"]                       # what components are compared with (`ADVISORY_SOURCES`); none when absent
    url = "https://advisories.example/{ecosystem}/all.zip"
    osv-url = "https://osv.example"         # the service that the source osv-api asks
    max-age-days = 14                       # older advisories are a finding; 30 when absent

    [agents.blast-radius]                   # what one server or agent package may reach at most
    no-unasked-actions-with = ["*PROD*"]    # names of variables: a server that has one runs nothing unasked
    max-credentials = 3
    max-dependents = 200

    [[allow]]
    fingerprint = "9f3c…"                   # or digest = "sha256:…", or rule with path and/or subject
    reason = "reviewed by Ada, upstream ticket 12"
    expires = 2027-01-31
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sbomgate.errors import SbomgateError, UsageError
from sbomgate.model import Parties, Party, Severity
from sbomgate.policy import FAIL_ON, MAX_AGE_DAYS, Allow, BlastBudget, Policy, Trust, is_date

if TYPE_CHECKING:
    from sbomgate.server_allowlist import Agents

ADVISORY_SOURCES: Final = ("osv", "pip-audit", "osv-api", "index")
"""What components can be compared with; `osv` is the local store that `sbomgate advisories` makes, the others reach the network."""
POLICY_FILES: Final = ("sbomgate.toml", "pyproject.toml")


def find_policy(folder: str) -> str | None:
    """The policy file in force in `folder`: there or in a parent, up to the root of its repository; None if none.

    Outside of a repository only `folder` itself counts: a parent may be a place where anybody can write.
    """
    import os

    folders = [os.path.abspath(folder)]
    while not os.path.exists(os.path.join(folders[-1], ".git")):
        parent = os.path.dirname(folders[-1])
        if parent == folders[-1]:
            del folders[1:]
            break
        folders.append(parent)
    for current in folders:
        for name in POLICY_FILES:
            path = os.path.join(current, name)
            if os.path.isfile(path) and (name == "sbomgate.toml" or _mentions_policy(path)):
                return path
    return None


def _mentions_policy(path: str) -> bool:
    """Whether the pyproject.toml at `path` has our table, however that is written; true if it cannot be told: `load_policy` then says why."""
    import tomllib

    try:
        with open(path, "rb") as handle:
            data = handle.read()
        if b"sbomgate" not in data:
            return False
        tool = tomllib.loads(data.decode()).get("tool")
    except (OSError, ValueError, RecursionError):
        return True
    return isinstance(tool, dict) and "sbomgate" in tool


def load_policy(path: str) -> Policy:
    """The policy in the TOML file at `path`; UsageError if it is not one."""
    import os
    import tomllib

    try:
        with open(path, "rb") as handle:
            document = tomllib.load(handle)
    except OSError as error:
        raise UsageError(f"policy cannot be read ({error.strerror})", path) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"policy is not valid TOML ({str(error) or 'nested too deeply'})", path) from error
    table: Any = document
    if os.path.basename(path) == "pyproject.toml":
        table = document.get("tool", {}).get("sbomgate", {}) if isinstance(document.get("tool", {}), dict) else {}
    try:
        return parse_policy(table, path)
    except SbomgateError as error:
        raise UsageError(error.what, path, error.where, error.fix) from error


def parse_policy(table: Any, path: str = "") -> Policy:
    """The policy that a parsed table states; UsageError for an unknown key or a wrong value."""
    if not isinstance(table, dict):
        raise UsageError("policy is not a table", path)
    known = {
        "fail-on", "select", "ignore", "severity", "agent-packages", "install-scripts", "registries", "manifest", "allow", "strict", "sbom", "advisories",
        "agents",
    }  # fmt: skip
    for key in table:
        if key not in known:
            raise UsageError(f"unknown key {key!r}", path, fix=f"known keys: {', '.join(sorted(known))}")
    fail_on = table.get("fail-on", "high")
    if fail_on not in FAIL_ON:
        raise UsageError(f"{fail_on!r} is no severity", path, "fail-on", f"one of {', '.join(FAIL_ON)}")
    severities = table.get("severity", {})
    if not isinstance(severities, dict) or not all(
        rule and isinstance(value, str) and value in set(Severity) for rule, value in severities.items()
    ):
        raise UsageError("expected a table of rule = severity", path, "severity", f"one of {', '.join(Severity)}")
    strict = table.get("strict", False)
    if not isinstance(strict, bool):
        raise UsageError("expected true or false", path, "strict")
    advisories, advisory_url, osv_url, max_age_days = _advisories(table.get("advisories", {}), path)
    registries = _strings(table, "registries", path)
    for i, url in enumerate(registries):
        if not re.match(r"https?://[^/@\s]+(?:/|\Z)", url):
            raise UsageError(f"{url!r} is no URL of a registry", path, f"registries[{i}]", "write it as https://host/path, without a login")
    return Policy(
        path=path,
        fail_on=str(fail_on),
        select=_strings(table, "select", path),
        ignore=_strings(table, "ignore", path),
        severities=tuple((rule, Severity(value)) for rule, value in severities.items()),
        agent_packages=_strings(table, "agent-packages", path),
        install_scripts=_strings(table, "install-scripts", path),
        registries=registries,
        trust=_trust(table["manifest"], path) if "manifest" in table else None,
        advisories=advisories,
        advisory_url=advisory_url,
        osv_url=osv_url,
        max_age_days=max_age_days,
        allow=tuple(_allow(entry, f"allow[{i}]", path) for i, entry in enumerate(_list(table, "allow", path))),
        strict=strict,
        parties=_parties(table["sbom"], path) if "sbom" in table else Parties(),
        agents=_agents(table["agents"], path) if "agents" in table else None,
        blast_budget=_blast_budget(table["agents"], path) if "agents" in table else None,
    )


def _agents(table: Any, path: str) -> Agents | None:
    """Which servers the table `agents` approves; None if it is about something else only."""
    from sbomgate.server_allowlist import parse_agents  # here: most runs have no such table

    found = parse_agents(table, path)
    return found if "deny-by-default" in table or "mcp-servers" in table else None


def _trust(table: Any, path: str) -> Trust:
    """The table `manifest` of a policy; what it demands is never nothing."""
    keys = ("signers", "identity", "issuer")
    if not isinstance(table, dict):
        raise UsageError("expected a table", path, "manifest")
    for key, value in table.items():
        if key not in keys:
            raise UsageError(f"unknown key {key!r}", path, "manifest", f"known keys: {', '.join(keys)}")
        if not isinstance(value, str) or not value:
            raise UsageError("expected a string", path, f"manifest.{key}")
    found = Trust(**table)
    if bool(found.signers) == bool(found.identity or found.issuer) or bool(found.identity) != bool(found.issuer):
        raise UsageError("expected signers alone, or identity and issuer", path, "manifest", "see docs/signing.md")
    return found


def _blast_budget(table: Any, path: str) -> BlastBudget | None:
    """What the table `agents` of a policy, which was looked at, says of blast radius."""
    if "blast-radius" not in table:
        return None
    place, budget = "agents.blast-radius", table["blast-radius"]
    if not isinstance(budget, dict):
        raise UsageError("expected a table", path, place)
    _known_keys(budget, ("no-unasked-actions-with", "max-credentials", "max-dependents"), path, place)
    for key in ("max-credentials", "max-dependents"):
        if key in budget and (not isinstance(budget[key], int) or isinstance(budget[key], bool) or budget[key] < 0):
            raise UsageError(f"{budget[key]!r} is no number", path, f"{place}.{key}", "a whole number from 0 on")
    patterns = _list(budget, "no-unasked-actions-with", path, place)
    if not all(isinstance(pattern, str) and pattern for pattern in patterns):
        raise UsageError("expected an array of strings", path, f"{place}.no-unasked-actions-with", 'names of variables: "*PROD*"')
    return BlastBudget(
        no_unasked_actions_with=tuple(patterns),
        max_credentials=budget.get("max-credentials"),
        max_dependents=budget.get("max-dependents"),
    )


def _parties(table: Any, path: str) -> Parties:
    if not isinstance(table, dict):
        raise UsageError("expected a table", path, "sbom")
    _known_keys(table, ("authors", "supplier", "manufacturer"), path, "sbom")
    from sbomgate.parties import party

    authors = []
    for i, text in enumerate(_list(table, "authors", path, "sbom")):
        place = f"sbom.authors[{i}]"
        if not isinstance(text, str):
            raise UsageError(f"expected a string, found {type(text).__name__}", path, place)
        found = party(text)
        if not (found.name or found.email) or "<" in found.name:
            raise UsageError(f"{text!r} names nobody", path, place, "write it as Name <name@host.example>")
        authors.append(found)
    return Parties(tuple(authors), *(_organisation(table.get(key), path, f"sbom.{key}") for key in ("supplier", "manufacturer")))


def _organisation(table: Any, path: str, place: str) -> Party | None:
    if table is None:
        return None
    if not isinstance(table, dict):
        raise UsageError("expected a table", path, place, '{ name = "…", url = "https://…", contact = "Name <name@host.example>" }')
    _known_keys(table, ("name", "url", "contact"), path, place)
    for key, value in table.items():
        if not isinstance(value, str):
            raise UsageError(f"expected a string, found {type(value).__name__}", path, f"{place}.{key}")
    from sbomgate.parties import MAX_NAME, is_url, party

    name, url = table.get("name", "").strip()[:MAX_NAME], table.get("url", "")
    if not name:
        raise UsageError("name is missing", path, place)
    if url and not is_url(url):
        raise UsageError(f"{url!r} is no URL of a page", path, f"{place}.url", "write it as https://host/path, without a login")
    contact = party(table.get("contact", ""))
    if "contact" in table and (not (contact.name or contact.email) or "<" in contact.name):
        raise UsageError(f"{table['contact']!r} names nobody", path, f"{place}.contact", "write it as Name <name@host.example>")
    return Party(name, contact.email, url, contact.name)


def _advisories(table: Any, path: str) -> tuple[tuple[str, ...], str, str, int]:
    """(sources, URL of exports, URL of a service, greatest age in days) of the table `[advisories]`."""
    if not isinstance(table, dict):
        raise UsageError("expected a table", path, "advisories")
    known = {"sources", "url", "osv-url", "max-age-days"}
    for key in table:
        if key not in known:
            raise UsageError(f"unknown key {key!r}", path, "advisories", f"known keys: {', '.join(sorted(known))}")
    sources = _strings(table, "sources", path)
    for i, name in enumerate(sources):
        if name not in ADVISORY_SOURCES:
            raise UsageError(
                f"{name!r} is no source of advisories", path, f"advisories.sources[{i}]", f"known: {', '.join(ADVISORY_SOURCES)}"
            )
    url = table.get("url", "")
    if not isinstance(url, str) or (url and not re.match(r"https?://[^/@\s]+/\S*\Z", url)):
        raise UsageError(f"{url!r} is no URL of an export", path, "advisories.url", "write it as https://host/path, without a login")
    service = table.get("osv-url", "")
    if not isinstance(service, str) or (service and not is_service(service)):
        raise UsageError(f"{service!r} is no URL of a service", path, "advisories.osv-url", "write it as https://host, without a login")
    days = table.get("max-age-days", MAX_AGE_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 0 < days < 10_000:
        raise UsageError(f"{days!r} is no number of days", path, "advisories.max-age-days", "a whole number from 1 on")
    return tuple(dict.fromkeys(sources)), url, service, days


def is_service(url: str) -> bool:
    """Whether `url` is the address of a service: no login, nothing to ask behind it, and plain http on this machine only."""
    return bool(re.match(r"(?:https://[^/@\s?#]+|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?)(?:/[^\s?#]*)?\Z", url))


def _allow(entry: Any, place: str, path: str) -> Allow:
    if not isinstance(entry, dict):
        raise UsageError("expected a table", path, place)
    keys = {"rule", "fingerprint", "digest", "subject", "path", "reason", "expires"}
    for key in entry:
        if key not in keys:
            raise UsageError(f"unknown key {key!r}", path, place, f"known keys: {', '.join(sorted(keys))}")
    for key, value in entry.items():
        if not isinstance(value, str) and key != "expires":
            raise UsageError(f"expected a string, found {type(value).__name__}", path, f"{place}.{key}")
    texts = {key: str(value) for key, value in entry.items()}
    if not texts.get("reason", "").strip():
        raise UsageError("reason is missing", path, place, "say why this is accepted")
    if not any(texts.get(key) for key in ("fingerprint", "digest", "subject", "path")):
        raise UsageError("accepts everything", path, place, "add a fingerprint, a digest, or a rule with subject or path")
    digest = texts.get("digest", "").removeprefix("sha256:").lower()
    if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise UsageError(f"{entry['digest']!r} is no SHA-256", path, f"{place}.digest")
    expires = texts.get("expires", "")
    if "expires" in entry and not is_date(expires):
        raise UsageError(f"{expires!r} is no date", path, f"{place}.expires", "write it as 2027-01-31")
    fingerprint = texts.get("fingerprint", "").lower()
    if fingerprint and not re.fullmatch(r"[0-9a-f]{16}", fingerprint):
        raise UsageError(
            f"{entry['fingerprint']!r} is no fingerprint", path, f"{place}.fingerprint", "copy the 16 hex digits from the report"
        )
    return Allow(**{**texts, "digest": digest, "fingerprint": fingerprint, "expires": expires, "place": place})


def _known_keys(table: dict[str, Any], keys: tuple[str, ...], path: str, place: str) -> None:
    for key in table:
        if key not in keys:
            raise UsageError(f"unknown key {key!r}", path, place, f"known keys: {', '.join(keys)}")


def _strings(table: dict[str, Any], key: str, path: str) -> tuple[str, ...]:
    values = _list(table, key, path)
    if not all(isinstance(value, str) and value for value in values):
        raise UsageError("expected an array of strings", path, key)
    return tuple(values)


def _list(table: dict[str, Any], key: str, path: str, where: str = "") -> list[Any]:
    values = table.get(key, [])
    if not isinstance(values, list):
        raise UsageError("expected an array", path, f"{where}.{key}" if where else key)
    return values
