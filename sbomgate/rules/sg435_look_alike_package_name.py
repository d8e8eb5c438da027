"""A package has almost the name of a well-known package for agents, and is not that package.

## Why it matters
Whoever writes `langchian` by mistake, or lets a model write the configuration, gets what somebody put there for this mistake. An
MCP server runs with the rights of its user, and a requirement runs at its installation or at its first import.

Compared are the packages that an agent's configuration starts and those that a person asks for, with the names on
`agent-packages.toml` and `mcp-servers.toml`: one letter too many, too few, another, or two that changed places; the same
letters with other separators or look-alike digits; a scope written into the name. Names that are listed themselves are fine, so is
what lies in a scope that is listed, and so are numbers at the end, which make another version. A name of fewer than eight letters, or ten where a letter is replaced, has too many
neighbours to tell.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"files": {"command": "npx", "args": ["-y", "@modelcontextprotocl/server-filesystem@2025.1.1"]}}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2025.1.1"]}}}
~~~

## How to fix
Compare the name with the documentation of the project that you mean, and correct it. If the package is meant, accept the finding
with its fingerprint and a reason.

## References
- OpenSSF, "Principles for Package Repository Security", name squatting
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sbomgate.model import Confidence, Finding, Origin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_MIN_LENGTH: Final = 8
_MIN_LENGTH_REPLACED: Final = 10
"""For another letter in the place of one: shorter words have honest neighbours, `agentmail` and `agentrail`."""
_ECOSYSTEMS: Final = ("npm", "pypi")
_SEPARATORS: Final = str.maketrans("", "", "-_.@/")
_DIGITS: Final = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s"})
MAX_NAMES: Final = 20_000
"""Different names that are compared."""


def check(context: Context) -> Iterator[Finding]:
    wanted = [
        item for item in context.inventory.components if item.origin in (Origin.LAUNCHED, Origin.REQUIRED) and item.ecosystem in _ECOSYSTEMS
    ]
    if not wanted:
        return
    from sbomgate.data import agent_names

    known, patterns = agent_names()
    names: _Names | None = None
    seen: dict[tuple[str, str], str] = {}
    for item in wanted:
        identity = (item.ecosystem, item.name)
        if identity not in seen and len(seen) < MAX_NAMES:
            seen[identity] = ""
            if identity not in known and not any(
                # a scope has one owner, a beginning of a name has none
                pattern[0] == "@" and ecosystem == item.ecosystem and _fits(item.name, pattern)
                for ecosystem, pattern in patterns
            ):
                names = names or _Names(known)
                seen[identity] = names.like(*identity)
        if other := seen.get(identity, ""):
            yield RULE.finding(
                item.locations[0],
                f"{item.name} has almost the name of the well-known {other}, and is not it",
                subject=item.purl,
                key=other,
                severity=placed(RULE.severity, item.locations[0], "repo"),
                confidence=Confidence.MEDIUM,
                fix=f"write {other} if that is what is meant; otherwise accept the finding with a reason",
            )


def _fits(name: str, pattern: str) -> bool:
    start, _, end = pattern.partition("*")
    return len(name) >= len(start) + len(end) and name.startswith(start) and name.endswith(end)


class _Names:
    """The well-known names, to be found by what almost is one."""

    def __init__(self, known: frozenset[tuple[str, str]]) -> None:
        self.bare: dict[tuple[str, str], str] = {}
        self.edges: defaultdict[tuple[str, int, str], list[str]] = defaultdict(list)
        """(ecosystem, length, first or last letter with its side) → names: one edit leaves one of the two ends as it is."""
        for ecosystem, name in known:
            if ecosystem in _ECOSYSTEMS and len(name) >= _MIN_LENGTH:
                self.bare[ecosystem, _bare(name)] = name
                self.edges[ecosystem, len(name), f"^{name[0]}"].append(name)
                self.edges[ecosystem, len(name), f"{name[-1]}$"].append(name)

    def like(self, ecosystem: str, name: str) -> str:
        """The well-known name that `name` almost is; empty if it is none, or plainly another."""
        if len(name) < _MIN_LENGTH:
            return ""
        if (other := self.bare.get((ecosystem, _bare(name)), "")) and other != name:
            return other
        found = []
        for length in (len(name) - 1, len(name), len(name) + 1):
            for edge in (f"^{name[0]}", f"{name[-1]}$"):
                found += [other for other in self.edges.get((ecosystem, length, edge), ()) if _is_slip(name, other)]
        return min(found, default="")


def _bare(name: str) -> str:
    return name.lower().translate(_SEPARATORS).translate(_DIGITS)


def _is_slip(name: str, other: str) -> bool:
    """Whether one edit makes one of the names the other, and that edit is no number."""
    if len(name) > len(other):
        name, other = other, name
    start = next((at for at, (one, two) in enumerate(zip(name, other, strict=False)) if one != two), len(name))
    if len(name) == len(other):
        if name[start + 1 :] == other[start + 1 :]:
            return len(name) >= _MIN_LENGTH_REPLACED and not (name[start].isdigit() or other[start].isdigit())
        return name[start : start + 2] == other[start + 1 : start - 1 if start else None : -1] and name[start + 2 :] == other[start + 2 :]
    return name[start:] == other[start + 1 :] and not other[start].isdigit()


RULE = Rule(id="SG435", name="look-alike-package-name", severity=Severity.MEDIUM, check=check, doc=__doc__)
