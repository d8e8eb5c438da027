"""An agent may do more, runs something else unasked, or is told something else than the known-good manifest says.

## Why it matters
A hook, an allow rule or a switch is a line in a file that every commit can change, and no lockfile lists it. Worms of
2026 stayed on machines as a session hook of an agent's settings.

A hook or helper that is new or changed is `high`; so is an allow rule for all of a tool, a deny rule that is gone, and a
switch that asks less, confines less, sends prompts elsewhere or loads code. Any other allow rule, an ask rule that is gone
and any other switch is `medium`, a text for the agent `low`. A rule is not told where another one says as much. Narrower
rules and whatever only takes away are no finding; `sbomgate diff` shows them. Of a person's own settings it is one step
less, in `examples/`, `docs/` and `tests/` two. Only what its client heeds counts: a deny rule in a file that is no longer
valid is gone.

## Bad
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": [{"type": "file", "name": ".claude/settings.json", "properties": [
  {"name": "sbomgate:agents:deny", "value": "claude-code: Read(./.env)"}]}]}
~~~
~~~json path=.claude/settings.json
{"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "node .claude/setup.mjs"}]}]}}
~~~

## Good
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": [{"type": "file", "name": ".claude/settings.json", "properties": [
  {"name": "sbomgate:agents:deny", "value": "claude-code: Read(./.env)"}]}]}
~~~
~~~json path=.claude/settings.json
{"permissions": {"deny": ["Read(./.env)", "Read(./secrets/**)"]}}
~~~

## How to fix
Read the change (`sbomgate diff MANIFEST .` shows it with what was there before). If it is wanted, write the manifest again:
`sbomgate manifest write --update --accept SUBJECT --reason TEXT`. A manifest that an earlier version wrote knows nothing of
these: write it again too.

## References
- CVE-2025-59536: hooks in a repository's settings
- CVE-2025-53773: a switch that an agent wrote into its own settings
- `sbomgate manifest write`, `sbomgate diff`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed
from sbomgate.text import sha256_hex

if TYPE_CHECKING:
    from sbomgate.manifest import Change

_GRAVE: Final = frozenset((
    "mode", "tools-approved", "servers-approved", "server-approved", "server-trusted", "edits-approved", "sandbox", "sandbox-weakened",
    "endpoint", "proxy", "registry", "preload", "path", "tls", "home",
))  # fmt: skip
"""Kinds of options that are `high` when they are new or others."""
_GUARDS: Final = frozenset(("sandbox", "protective", "server-denied", "server-allowed"))
"""Kinds of options of which the absence matters, and not the arrival."""
_WHOLE: Final = re.compile(r"[^(]*(?:\((?:\*|:\*|\*\*|/\*\*|~/\*\*)\))?\Z")
"""A rule for all of a tool."""
_NAMED: Final = 5


def check(context: Context) -> Iterator[Finding]:
    bundles: dict[tuple[str, str, Severity], list[Change]] = {}
    for change in context.changes:
        if not change.kind.startswith("agent-") or change.direction == "within":
            continue
        _, kind, verb = change.kind.split("-")
        severity = _severity(kind, verb, change)
        if severity is None:
            continue
        severity = placed(severity, change.location._replace(path=change.holder), "user" if change.holder.startswith("~/") else "repo")
        bundles.setdefault((_WORDS[kind, verb], "" if kind == "instruction" else change.holder, severity), []).append(change)
    for (words, path, severity), changes in bundles.items():
        shown = [_shown(change) for change in changes[:_NAMED]]
        more = f", and {len(changes) - _NAMED} more" if len(changes) > _NAMED else ""
        yield RULE.finding(
            changes[0].location,
            f"{words}, not as in the manifest: {'; '.join(shown)}{more}",
            subject=changes[0].subject if len(changes) == 1 else path or changes[0].holder,
            digest=changes[0].digest if len(changes) == 1 else "",
            key=sha256_hex("\0".join(f"{change.subject} {change.before} {change.after}" for change in changes)),
            severity=severity,
            fix=f"read it; put back what was there, or write the manifest again: --update --accept {changes[0].subject!r} --reason TEXT",
        )


_WORDS: Final = {
    (kind, verb): f"{name} {'gone' if verb == 'removed' else verb if verb == 'changed' else 'new'}"
    for kind, name in (
        ("command", "hook or helper"), ("allow", "allow rule"), ("ask", "ask rule"), ("deny", "deny rule"), ("option", "option"),
        ("instruction", "text for the agent"),
    )
    for verb in ("added", "changed", "removed")
}  # fmt: skip


def _severity(kind: str, verb: str, change: Change) -> Severity | None:
    """How grave the change is by itself; None for what takes possibilities away."""
    if kind == "command":
        return None if verb == "removed" else Severity.HIGH
    if kind == "instruction":
        return None if verb == "removed" else Severity.LOW
    rule = change.subject.removeprefix(f"{change.holder}: {kind} ")
    if kind == "allow":
        return None if verb == "removed" else Severity.HIGH if _WHOLE.match(rule.partition(": ")[2]) else Severity.MEDIUM
    if kind in ("deny", "ask"):
        return None if verb == "added" else Severity.HIGH if kind == "deny" else Severity.MEDIUM
    option = rule.partition(": ")[2].partition(" ")[0]
    if option in _GUARDS:
        return None if verb == "added" else Severity.HIGH if option == "sandbox" else Severity.MEDIUM
    return None if verb == "removed" else Severity.HIGH if option in _GRAVE else Severity.MEDIUM


def _shown(change: Change) -> str:
    text = change.subject.removeprefix(f"{change.holder}: ").partition(" ")[2]
    return f"{text}: {change.detail}" if change.detail else text


RULE = Rule(id="SG509", name="agent-setting-not-in-manifest", severity=Severity.HIGH, check=check, doc=__doc__)
