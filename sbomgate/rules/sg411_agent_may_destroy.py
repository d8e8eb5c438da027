"""A rule lets an agent destroy or publish something without a question.

## Why it matters
A rule such as `Bash(terraform *)` is meant for `terraform plan` and covers `terraform destroy` as well. What it destroys
is not in version control, and nobody is asked. `high` where the rule reaches infrastructure (terraform, kubectl, the AWS
command line), `medium` for pushing by force, removing folders, publishing a package, or a container with the machine's
root inside; one step less in a person's own settings. Where any command may run, SG410 says it.

## Bad
~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(terraform *)", "Bash(git push *)"]}}
~~~

## Good
~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(terraform plan *)", "Bash(git push origin feature)"], "deny": ["Bash(terraform destroy *)"]}}
~~~

## How to fix
Allow the subcommands that only read, and put those that destroy on the list of what is asked about or denied.

## References
- Claude Code documentation, "Configure permissions", "Wildcard patterns"
- Cursor documentation, "permissions.json reference"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.agent_model import PermissionRule
from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._unasked import by_file, evaluated, named
from sbomgate.rules.places import placed

_GROUPS: Final = ("infrastructure", "destructive", "host")


def check(context: Context) -> Iterator[Finding]:
    probes: dict[PermissionRule, dict[str, str]] = {}
    for outlook in evaluated(context):
        if outlook.broad:
            continue
        for answer in outlook.answers:
            cause = answer.direct.cause
            if answer.probe.group in _GROUPS and answer.direct.outcome == "allowed" and isinstance(cause, PermissionRule):
                probes.setdefault(cause, {})[answer.action.text] = answer.probe.group
    for who, found in by_file(probes):
        rules = [cause for cause in found if isinstance(cause, PermissionRule)]
        first = rules[0]
        commands = list(dict.fromkeys(text for rule in rules for text in probes[rule]))
        reaches_far = any("infrastructure" in probes[rule].values() for rule in rules)
        yield RULE.finding(
            first.location,
            f"{who} runs {', '.join(f'`{text}`' for text in commands)} without a question: {named(rules)}",
            subject=first.client,
            key="\0".join((first.only_for, *sorted({rule.text for rule in rules}))),
            severity=placed(Severity.HIGH if reaches_far else RULE.severity, first.location, first.scope),
            fix="allow only the subcommands that are needed, and deny or ask about the others",
        )


RULE = Rule(id="SG411", name="agent-may-destroy", severity=Severity.MEDIUM, check=check, doc=__doc__)
