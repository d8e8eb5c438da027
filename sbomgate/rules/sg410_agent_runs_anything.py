"""A rule or a mode lets an agent run any command without a question.

## Why it matters
The question is what stands between a text that the agent has read (an issue, a web page, a file of a dependency) and a
command on this machine. With `Bash(*)`, a bare `Bash`, `Shell(**)`, a pattern that fits everything, or a mode without
confirmations in the repository, one hidden instruction is enough, and everyone who clones the repository takes the rule
over with it. Denials beside it do not help: a list of what is bad is never complete, and a program that is started does
what the list forbids.

In a person's own settings a rule is one step less; a mode there is SG416. A mode that newer versions of the client no
longer take from a repository still counts, since older ones do: the message says so. Files below `examples`, `docs` or
`tests` count two steps less.

## Bad
~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(*)", "Read"]}}
~~~

## Good
~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(npm run test *)", "Bash(git status)"], "deny": ["Read(./.env)"]}}
~~~

## How to fix
Name the commands that are needed, with as much of each as never changes. For unattended work, use a container or the
client's sandbox, and set the mode on the command line that starts it, where it holds for that one run.
`sbomgate explain-permissions` shows what would run.

## References
- Claude Code documentation, "Configure permissions" and "Permission modes"
- Visual Studio Code documentation, "Manage approvals and permissions"
- Codex documentation, "Configuration reference"
- opencode documentation, "Permissions"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.agent_model import AgentOption
from sbomgate.model import Confidence, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._unasked import by_file, lets_anything, named
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    causes = [cause for found in lets_anything(context).values() for cause in found]
    for who, found in by_file(cause for cause in causes if cause.scope != "user" or not isinstance(cause, AgentOption)):
        first = found[0]
        fades = all(
            isinstance(cause, AgentOption) and cause.client == "claude-code" and cause.scope in ("repo", "repo-local") for cause in found
        )
        since = "; from version 2.1.257 on this mode is not taken from a project" if fades else ""
        yield RULE.finding(
            first.location,
            f"{who} runs any command without a question: {named(found)}{since}",
            subject=first.client,
            key="\0".join((first.only_for, *sorted({cause.key if isinstance(cause, AgentOption) else cause.text for cause in found}))),
            severity=placed(RULE.severity, first.location, first.scope),
            confidence=Confidence.MEDIUM if fades else None,
            fix="remove it, and allow the commands that are needed by name",
        )


RULE = Rule(id="SG410", name="agent-runs-anything", severity=Severity.HIGH, check=check, doc=__doc__)
