"""A setting does away with confirmations as a whole, or with the warning before that.

## Why it matters
A mode holds for everything that no rule names, so it decides more than the lists do. `medium`: a mode of a person's own
settings in which nobody is asked (`bypassPermissions`, `yolo`, approvals of every tool), and a warning that is switched
off before it. `low`: files are changed without a question (`acceptEdits`, `auto_edit`), or a model decides instead of a
person. Modes that refuse what nobody approved (`dontAsk`, `plan`) are no finding. In a repository's files a mode that lets
every command run is SG410.

## Bad
~~~json path=.claude/settings.json
{"permissions": {"defaultMode": "acceptEdits"}}
~~~

## Good
~~~json path=.claude/settings.json
{"permissions": {"defaultMode": "default"}}
~~~

## How to fix
Remove the setting from the file, and choose the mode for the one session that needs it.

## References
- Claude Code documentation, "Permission modes"
- Codex documentation, "Configuration reference"
- Gemini CLI documentation, "Configuration"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.agent_model import AgentOption
from sbomgate.model import Finding, Severity
from sbomgate.permissions import SEMANTICS
from sbomgate.policy import Context, Rule
from sbomgate.rules._unasked import MODE_KINDS, by_file, lets_anything, named
from sbomgate.rules.places import placed

_ALL: Final = ("bypassPermissions", "yolo", "autoApprove", "autopilot")
_SOME: Final = ("acceptEdits", "auto", "auto_edit", "auto-edit", "never", "on-failure", "assisted", "smart_approve", "auto_review")
_OFF: Final = ("false", "off", "[]", "{}", "null", "")


def check(context: Context) -> Iterator[Finding]:
    broad = {cause for found in lets_anything(context).values() for cause in found}
    locked = {(option.client, "bypassPermissions") for option in context.inventory.options if option.in_force and _forbids_bypass(option)}
    weights = {
        option: weight
        for option in context.inventory.options
        if option.in_force
        and option.kind in MODE_KINDS
        and (option.scope == "user" or option not in broad)
        and (option.client, option.value) not in locked
        and (weight := _weight(option))
    }
    for who, found in by_file(weights):
        options = [cause for cause in found if isinstance(cause, AgentOption)]
        first = options[0]
        gravest = min((weights[option] for option in options), key=lambda severity: severity.rank)
        yield RULE.finding(
            first.location,
            f"{who} does not ask: {named(options)}",
            subject=first.client,
            key="\0".join((first.only_for, *sorted({f"{option.key} {option.value}" for option in options}))),
            severity=placed(gravest, first.location, "repo" if gravest is Severity.LOW else first.scope),
            fix="remove it from the file, and choose the mode for the session that needs it",
        )


def _forbids_bypass(option: AgentOption) -> bool:
    return option.key.endswith("disableBypassPermissionsMode") and option.value == "disable"


def _weight(option: AgentOption) -> Severity | None:
    """How much it does away with, in a repository; None for nothing."""
    effects = dict(SEMANTICS[option.client].modes) if option.client in SEMANTICS else {}
    if option.kind == "mode":
        effect = effects.get(option.value, "")
        if effect == "all" or (not effect and option.value in _ALL):
            return Severity.HIGH
        return Severity.LOW if effect in ("edits", "model") or (not effect and option.value in _SOME) else None
    if option.value in _OFF:
        return None
    if option.kind == "tools-approved":
        return Severity.HIGH if not option.name else Severity.LOW
    if option.kind == "bypass-prompt-skipped":
        return Severity.HIGH if "auto" not in option.key.lower() else Severity.LOW
    return Severity.LOW


RULE = Rule(id="SG416", name="agent-bypasses-confirmation", severity=Severity.MEDIUM, check=check, doc=__doc__)
