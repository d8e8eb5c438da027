"""What a rule denies an agent is reachable through a program that another rule allows.

## Why it matters
`Bash(python *)`, `Bash(npx *)` or `Bash(env *)` runs whatever it is given. Beside such a rule a denial of `rm` or of
`.env` stops the spelling that it names and nothing else: a script removes the folder and reads the file, without a
question. Somebody relies on the denial, and it does not hold.

## Bad
~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(python *)"], "deny": ["Bash(rm *)", "Read(./.env)"]}}
~~~

## Good
~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(python -m pytest *)"], "deny": ["Bash(rm *)", "Read(./.env)"]}}
~~~

## How to fix
Allow the script or module that is needed instead of the interpreter, or confine commands with the client's sandbox, which
does not look at how a command is spelled.

## References
- Claude Code documentation, "Configure permissions", "What a Bash rule doesn't match"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.agent_model import PermissionRule
from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._unasked import by_file, evaluated, named
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    denials: dict[PermissionRule, dict[PermissionRule, str]] = {}
    for outlook in evaluated(context):
        if outlook.broad:
            continue
        for answer in outlook.answers:
            through = answer.verdict.cause
            if answer.verdict.outcome == "reachable" and answer.denied and isinstance(through, PermissionRule):
                denials.setdefault(through, {})[answer.denied] = answer.verdict.via
    for who, found in by_file(denials):
        rules = [cause for cause in found if isinstance(cause, PermissionRule)]
        first = rules[0]
        denied_rules = list(dict.fromkeys(denial for rule in rules for denial in denials[rule]))
        yield RULE.finding(
            first.location,
            f"{who}: what {named(denied_rules)} denies is reached through {named(rules)}",
            subject=first.client,
            key="\0".join((first.only_for, *sorted({rule.text for rule in rules}))),
            severity=placed(RULE.severity, first.location, first.scope),
            fix="allow the script or module that is needed instead of the program that runs anything",
        )


RULE = Rule(id="SG412", name="agent-reaches-interpreter", severity=Severity.MEDIUM, check=check, doc=__doc__)
