"""A file says what an agent must not do, and its client does not heed it.

## Why it matters
A list of denials that is not in force is worse than none: somebody relies on it. One comment is enough where a client reads
strict JSON, and it goes on without the file, or without the rule, and says so at best in a window that is soon closed.
`high` where the client drops a file that denies something, `medium` where a single rule or protective key does not count:
it is of a form that is never consulted, or is not read from a file of this scope. One step less in a person's own settings.

## Bad
~~~json path=.claude/settings.json
{
  // secrets stay secret
  "permissions": {"deny": ["Read(./.env)", "Bash(curl *)"]}
}
~~~

## Good
~~~json path=.claude/settings.json
{
  "permissions": {"deny": ["Read(./.env)", "Bash(curl *)"]}
}
~~~

## How to fix
Write the file as its client reads it: strict JSON without comments and commas too many. Write a rule for paths as
`Read(…)` or `Edit(…)`, and a key where it is read: the message names the reason.

## References
- Claude Code documentation, "Claude Code settings" and "Configure permissions"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.agent_model import AgentFile, AgentOption, PermissionRule
from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._unasked import by_file, named
from sbomgate.rules.places import placed

_PROTECTIVE: Final = ("protective", "server-denied")


def check(context: Context) -> Iterator[Finding]:
    inventory = context.inventory
    guards: list[PermissionRule | AgentOption] = [
        *(rule for rule in inventory.permissions if rule.effect in ("deny", "ask") and not rule.in_force),
        *(option for option in inventory.options if not option.in_force and _protects(option)),
    ]
    dropped = {(file.client, file.location.path): file for file in inventory.agent_files if not file.in_force}
    holding = {(rule.client, rule.location.path) for rule in inventory.permissions}
    holding |= {(option.client, option.location.path) for option in inventory.options}
    for who, found in by_file(guards):
        first = found[0]
        file = dropped.get((first.client, first.location.path))
        reasons = list(dict.fromkeys(cause.why_not for cause in found if cause.why_not))
        yield RULE.finding(
            file.location if file else first.location,
            f"{who} does not heed {named(found)}: {'; '.join(reasons[:3])}",
            subject=first.client,
            key="\0".join((first.only_for, *sorted({cause.text if isinstance(cause, PermissionRule) else cause.key for cause in found}))),
            severity=placed(Severity.HIGH if file else RULE.severity, first.location, first.scope),
            fix="write the file as its client reads it" if file else "write each in a form, and in a file, that its client reads",
        )
    for key, file in dropped.items():
        if key not in holding and file.kind == "settings" and _is_unreadable(file):
            yield RULE.finding(
                file.location,
                f"whatever this file denies is not in force: {file.why_not}",
                subject=file.client,
                severity=placed(RULE.severity, file.location, file.scope),
                fix="write the file as its client reads it",
            )


def _protects(option: AgentOption) -> bool:
    return option.kind in _PROTECTIVE or (option.kind == "sandbox" and option.value not in ("false", "off", "danger-full-access"))


def _is_unreadable(file: AgentFile) -> bool:
    return " cannot read it: " in file.why_not


RULE = Rule(id="SG414", name="agent-settings-not-in-force", severity=Severity.MEDIUM, check=check, doc=__doc__)
