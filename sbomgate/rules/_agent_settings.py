"""What the rules about agents' settings share: one finding for all of a kind in a file, and what an address is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from sbomgate.agent_model import AgentCommand, AgentOption
from sbomgate.model import Finding, Severity
from sbomgate.policy import Rule
from sbomgate.rules.places import placed
from sbomgate.text import printable

_NAMED: Final = 4
_SHOWN: Final = 160
_LOCAL: Final = re.compile(
    r"localhost|(?:[^/]+\.)?localhost|127(?:\.[0-9]{1,3}){1,3}|0\.0\.0\.0|\[::1?\]|host\.docker\.internal|10(?:\.[0-9]{1,3}){3}|192\.168(?:\.[0-9]{1,3}){2}"
    r"|172\.(?:1[6-9]|2[0-9]|3[01])(?:\.[0-9]{1,3}){2}|[^.\[\]]+|.*\.(?:local|internal|lan|home\.arpa|svc|corp|intranet)",
    re.IGNORECASE,
)
_PLACEHOLDERS: Final = ("$", "{", "%", "<")


class Judged(NamedTuple):
    """One fact that a rule accuses."""

    fact: AgentOption | AgentCommand
    severity: Severity
    """As it is in a repository."""
    text: str
    """What a reader is told of it."""


def told(rule: Rule, judged: Iterable[Judged], what: str, fix: str) -> Iterator[Finding]:
    """One finding for all facts of a file that weigh the same; `what` precedes their texts."""
    files: dict[tuple[str, Severity], list[Judged]] = {}
    for item in judged:
        severity = placed(item.severity, item.fact.location, item.fact.scope)
        files.setdefault((item.fact.location.path, severity), []).append(item)
    for (_, severity), items in files.items():
        first = items[0].fact
        texts = list(dict.fromkeys(printable(item.text, _SHOWN) for item in items))
        more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
        digests = sorted({item.fact.digest for item in items if isinstance(item.fact, AgentCommand)})
        yield rule.finding(
            first.location,
            f"{first.client}: {what}: {'; '.join(texts[:_NAMED])}{more}",
            subject=first.client,
            key="\n".join(digests or sorted({f"{item.fact.key}={item.text}" for item in items})),
            digest=digests[0] if len(digests) == 1 else "",
            severity=severity,
            fix=fix.replace("DIGEST", digests[0]) if len(digests) == 1 else fix,
        )


def words(text: str) -> frozenset[str]:
    """The words of `text`, each once."""
    return frozenset(text.split())


def is_open(value: str) -> bool:
    """Whether `value` says nothing yet: empty, hidden, or filled in from the environment of whoever starts the agent."""
    return not value.strip() or value.strip().startswith(_PLACEHOLDERS) or value == "***"


def host(url: str) -> str:
    """The host of `url`, lower-case, without a login and port; empty if there is none."""
    match = re.match(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://(?:[^/?#@]*@)?(\[[^\]/]*\]|[^/:?#]*)", url.strip())
    return match[1].lower() if match else ""


def is_foreign(url: str) -> bool:
    """Whether `url` names a host outside of this machine and of private networks, as far as its name tells."""
    name = host(url)
    return bool(name) and not name.startswith(_PLACEHOLDERS) and not _LOCAL.fullmatch(name)


def ends_with(name: str, ends: Iterable[str]) -> bool:
    """Whether the host `name` is one of `ends` or below one."""
    return any(name == end or name.endswith(f".{end}") for end in ends)
