"""An MCP server that the known-good manifest does not have, or has with another command.

## Why it matters
Clients approve servers by name, and names are chosen by whoever writes the file: a swapped command under an approved name
runs unasked. The finding says what is another one: the program, the package or its version, the arguments, the address, the
names of the variables, what runs without confirmation. A server that is new, or of which the command or the address is
another one, is `high`; other names of variables alone, or another transport, `medium`. Of a person's own settings it is
one step less, in `examples/`, `docs/` and `tests/` two.

## Bad
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": []}
~~~
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.0.0"]}}}
~~~

## Good
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": []}
~~~
~~~json path=.mcp.json
{"mcpServers": {}}
~~~

## How to fix
Compare command, arguments, URL and variables with what was approved. If the change is wanted, write the manifest
again.

## References
- CVE-2025-54136: an approved name whose command was swapped
- `sbomgate manifest write`, `sbomgate diff`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

if TYPE_CHECKING:
    from sbomgate.manifest import Change

_LIGHT: Final = frozenset(("env-names", "transport"))
"""Facts whose change alone swaps nothing."""
_ASKS_MORE: Final = ("auto-approved: all → none", "auto-approved: all → some", "auto-approved: some → none")


def check(context: Context) -> Iterator[Finding]:
    for change in context.changes:
        if change.kind in ("server-added", "server-changed"):
            path = change.subject.partition(":")[2].rpartition("#")[0]
            is_light = change.facts and (_LIGHT.issuperset(change.facts) or change.detail in _ASKS_MORE)
            severity = Severity.MEDIUM if is_light else RULE.severity
            what = f"{_what(change)} changed: {change.detail}" if change.kind == "server-changed" else "it is new"
            yield RULE.finding(
                change.location,
                f"server {change.subject} is not as in the manifest: {what}",
                subject=change.subject,
                digest=change.digest,
                key=change.detail,
                severity=placed(severity, change.location._replace(path=path), "user" if path.startswith("~/") else "repo"),
                fix="compare it with what was approved; if it is wanted, review it and write the manifest again",
            )


def _what(change: Change) -> str:
    """Which parts of a server are others, in words."""
    facts, parts = set(change.facts), []
    if "launcher" in facts:
        parts.append("command")
    if "package" in facts and _packages(change, 0) != _packages(change, 1):
        parts.append("package")
    elif facts & {"package", "pin", "requirement"}:
        parts.append("version of the package")
    if "command-digest" in facts and not parts:
        parts.append("arguments")
    names = (("url", "URL"), ("env-names", "names of variables"), ("transport", "transport"), ("auto-approved", "approval of its tools"))
    parts += [name for fact, name in names if fact in facts]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _packages(change: Change, side: int) -> str:
    """The package, without its version, as it was before (0) or is now (1)."""
    fact = next((part for part in change.detail.split("; ") if part.startswith("package: ")), "")
    return fact.removeprefix("package: ").split(" → ")[side].partition("?")[0].partition("@")[0] if " → " in fact else ""


RULE = Rule(id="SG507", name="server-not-in-manifest", severity=Severity.HIGH, check=check, doc=__doc__)
