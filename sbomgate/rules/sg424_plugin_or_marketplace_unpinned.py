"""A plugin, or the list that plugins come from, may become another one at any time.

## Why it matters
A plugin of an agent brings commands that run at its events, servers that it starts and texts that it follows. A marketplace
decides which plugin a name means. Where neither is fixed to a commit or a hash, its owner, or whoever took the account, decides
anew at each update what runs here. The version in a manifest says when to update, not what is meant. What lies in the repository
itself is pinned by it. One finding a file; `low` where at least a tag or a branch is named and nothing is looser.

## Bad
~~~json path=.claude/settings.json
{"extraKnownMarketplaces": {"acme": {"source": {"source": "github", "repo": "acme/plugins"}}}}
~~~

## Good
~~~json path=.claude/settings.json
{"extraKnownMarketplaces": {"acme": {"source": {"source": "directory", "path": "./tools/plugins"}}}}
~~~

## How to fix
In a marketplace of your own give every plugin a `sha` (or `sha256`, or an exact version of a package). The source of a
marketplace takes no hash: copy the list into the repository and name its folder, or at least name a tag.

## References
- Claude Code documentation, "Create and distribute a plugin marketplace"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.agent_model import AgentOption
from sbomgate.model import Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_LOOSE: Final = {
    Pin.NONE.value: "without a version",
    Pin.URL.value: "from an address, without a hash",
    Pin.DIST_TAG.value: "by a tag that moves",
    Pin.RANGE.value: "by a range",
    Pin.VCS_REF.value: "from a branch or tag",
}
_SHOWN: Final = 5


def check(context: Context) -> Iterator[Finding]:
    files: dict[str, list[AgentOption]] = {}
    for option in context.inventory.options:
        if option.kind in ("marketplace", "plugin") and option.pin in _LOOSE and option.in_force:
            files.setdefault(option.location.path, []).append(option)
    for options in files.values():
        loosest = min(options, key=lambda option: tuple(_LOOSE).index(option.pin))
        named = list(dict.fromkeys(f"{option.kind} {_name(option)} {_LOOSE[option.pin]}" for option in options))
        more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        severity = Severity.LOW if loosest.pin == Pin.VCS_REF else RULE.severity
        yield RULE.finding(
            options[0].location,
            f"not fixed: {', '.join(named[:_SHOWN])}{more}",
            subject=options[0].name or options[0].value,
            key="\0".join(sorted(f"{option.name} {option.value}" for option in options)),
            severity=placed(severity, options[0].location, options[0].scope),
            fix="give each plugin the commit (sha) or hash that was reviewed; keep the marketplace in the repository, or name a tag of it",
        )


def _name(option: AgentOption) -> str:
    value = f" ({option.value})" if option.value and option.value != option.name else ""
    return f"{option.name!r}{value}"


RULE = Rule(id="SG424", name="plugin-or-marketplace-unpinned", severity=Severity.MEDIUM, check=check, doc=__doc__)
