"""Rules that should allow something have no effect.

## Why it matters
Nothing is allowed that should not be; but whoever wrote the rule believes it is, and often answers the questions that
follow with a broader one. A rule has no effect when its client skips its form (`*`, `mcp__*`, `Write(docs/**)`), drops
the whole file, or when another rule denies all that it allows. One finding for each file.

## Bad
~~~json path=.claude/settings.json
{"permissions": {"allow": ["mcp__*", "Write(docs/**)", "Bash(git push *)"], "deny": ["Bash(git push *)"]}}
~~~

## Good
~~~json path=.claude/settings.json
{"permissions": {"allow": ["mcp__docs__search", "Edit(docs/**)"], "deny": ["Bash(git push *)"]}}
~~~

## How to fix
Remove the rules, or write them in the form that the client heeds: `Edit(…)` for paths, `mcp__SERVER__*` for a server.

## References
- Claude Code documentation, "Configure permissions"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sbomgate.agent_model import PermissionRule
from sbomgate.model import Finding, Severity
from sbomgate.permissions import SEMANTICS
from sbomgate.policy import Context, Rule
from sbomgate.rules._unasked import by_file, evaluated, named
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    idle = [rule for rule in context.inventory.permissions if rule.effect == "allow" and not rule.in_force]
    for who, found in by_file([*idle, *_overruled(context)]):
        first = found[0]
        reasons = list(dict.fromkeys(cause.why_not for cause in found if cause.why_not))
        yield RULE.finding(
            first.location,
            f"{who} allows nothing by {named(found)}: {'; '.join(reasons[:3])}",
            subject=first.client,
            key=first.only_for,
            severity=placed(RULE.severity, first.location, first.scope),
            fix="remove these rules, or write them in a form that the client heeds",
        )


def _overruled(context: Context) -> Iterator[PermissionRule]:
    """Allow rules whose whole extent the same file, or one of the same session, denies."""
    for outlook in evaluated(context):
        session = outlook.session
        if SEMANTICS[session.client].order != "strict":
            continue
        denied = {
            (rule.tool, rule.specifier.removesuffix(":*").removesuffix(" *"), rule.matching) for rule in session.rules if _denies(rule)
        }
        tools = {rule.tool for rule in session.rules if _denies(rule) and rule.matching == "all"}
        for rule in session.rules:
            if rule.effect == "allow" and rule.in_force:
                extent = (rule.tool, rule.specifier.removesuffix(":*").removesuffix(" *"), rule.matching)
                if rule.tool in tools or extent in denied:
                    yield replace(rule, why_not="another rule denies all of it")


def _denies(rule: PermissionRule) -> bool:
    return rule.effect == "deny" and rule.in_force


RULE = Rule(id="SG415", name="allow-rule-is-ineffective", severity=Severity.LOW, check=check, doc=__doc__)
