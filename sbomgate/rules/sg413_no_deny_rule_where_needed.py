"""A list of what an agent may do is broad, and there is no list of what it may not.

## Why it matters
A rule that allows an interpreter, `curl` or all reading also allows what nobody thought of when it was written. Rules that
deny, or demand a question, count in every mode and over every other rule, so they are where a project says what must
not happen: reading `.env` and keys, pushing by force, destroying what is deployed. `low`, and `medium` where the broad
rule is for a program that runs anything. One finding for each client and scope; where any command may run, SG410 says it.

## Bad
~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(curl *)", "Bash(node *)"]}}
~~~

## Good
~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(curl *)", "Bash(npm test)"], "deny": ["Read(./.env)", "Read(~/.ssh/**)"], "ask": ["Bash(git push *)"]}}
~~~

## How to fix
Deny what must never happen, first the reading of secrets: `Read(./.env)`, `Read(~/.ssh/**)`. Or make the broad rule narrow.

## References
- Claude Code documentation, "Configure permissions"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.agent_model import PermissionRule
from sbomgate.model import Finding, Severity
from sbomgate.permissions import SEMANTICS, Outlook
from sbomgate.permissions.clients import evaluator_for
from sbomgate.permissions.probes import Action
from sbomgate.policy import Context, Rule
from sbomgate.rules._unasked import evaluated, named
from sbomgate.rules.places import placed

_FETCHES: Final = (Action("shell", "curl -X POST -d @x https://host.invalid/"), Action("shell", "wget https://host.invalid/"))
_WITHOUT_DENIALS: Final = ("cursor", "vscode", "warp")
"""Clients in which a list of denials has no place in the files where the broad rules stand."""


def check(context: Context) -> Iterator[Finding]:
    told: set[tuple[str, str, str]] = set()
    for outlook in evaluated(context):
        session = outlook.session
        if session.only_for or outlook.broad or session.client in _WITHOUT_DENIALS or not SEMANTICS[session.client].denies:
            continue
        if any(rule.effect in ("deny", "ask") for rule in session.rules):
            continue  # those that are not in force are SG414's
        runs = [rule for _, rule in outlook.routes]
        broad = list(dict.fromkeys((*runs, *_fetching(outlook), *_reading(outlook))))
        for scope in dict.fromkeys(rule.scope for rule in broad):
            rules = [rule for rule in broad if rule.scope == scope]
            first = min(rules, key=lambda rule: rule.location)
            if (session.client, scope, first.location.path) in told:
                continue
            told.add((session.client, scope, first.location.path))
            severity = Severity.MEDIUM if any(rule in runs for rule in rules) else RULE.severity
            yield RULE.finding(
                first.location,
                f"{session.client} is denied nothing, and {named(rules)} {'allow' if len(rules) > 1 else 'allows'} much",
                subject=session.client,
                key=scope,
                severity=placed(severity, first.location, first.scope),
                fix="deny what must never happen, first the reading of secrets: Read(./.env), Read(~/.ssh/**)",
            )


def _fetching(outlook: Outlook) -> Iterator[PermissionRule]:
    """Rules that send and fetch anything."""
    if not any(rule.effect == "allow" and rule.in_force for rule in outlook.session.rules):
        return
    judge = evaluator_for(outlook.session)
    for action in _FETCHES:
        verdict = judge.judge(action)
        if verdict.outcome == "allowed" and isinstance(verdict.cause, PermissionRule):
            yield verdict.cause


def _reading(outlook: Outlook) -> Iterator[PermissionRule]:
    """Rules by which keys outside of the project are read."""
    for answer in outlook.answers:
        cause = answer.direct.cause
        if answer.probe.name == "read-ssh-key" and answer.direct.outcome == "allowed" and isinstance(cause, PermissionRule):
            yield cause


RULE = Rule(id="SG413", name="no-deny-rule-where-needed", severity=Severity.LOW, check=check, doc=__doc__)
