"""A repository approves the servers that it brings itself.

## Why it matters
The question "start this server?" is the only look that a person has at a command that arrives with a clone. A settings
file of the same repository that answers it makes the look vanish: `high` for all servers, also those of tomorrow's
commit, `medium` for named ones, since the name says nothing about the command behind it. In a person's own settings
it is about every repository that they open, one step less; names in them are their own choice and no finding. Newer
versions of Claude Code heed the shared file only in a folder that was trusted once.

## Bad
~~~json path=.claude/settings.json
{"enableAllProjectMcpServers": true}
~~~

## Good
~~~json path=.claude/settings.json
{"disabledMcpjsonServers": ["legacy"]}
~~~

## How to fix
Remove the key from the repository; each person approves the servers once. An organisation lists the commands and URLs that
are allowed (`allowedMcpServers`) in managed settings.

## References
- Claude Code documentation, "Claude Code settings", `enableAllProjectMcpServers`, and "Connect Claude Code to tools via MCP"
- CVE-2025-59536
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._agent_settings import Judged, told


def check(context: Context) -> Iterator[Finding]:
    every, some = [], []
    for option in context.inventory.options:
        if not option.in_force or option.scope == "managed":
            continue
        if option.kind == "servers-approved":
            # a client writes it into the local file when a person chooses so in its question
            severity = RULE.severity.lowered(1) if option.scope == "repo-local" else RULE.severity
            every.append(Judged(option, severity, option.key))
        elif option.kind == "server-approved" and option.scope in ("repo", "plugin"):
            some.append(Judged(option, Severity.MEDIUM, option.name or option.value))
    yield from told(
        RULE, every, "every server that a repository names is started unasked", "remove the key, and approve servers one by one"
    )
    yield from told(RULE, some, "the repository approves its own servers, by name", "remove the names; each person approves a server once")


RULE = Rule(id="SG452", name="repository-approves-its-servers", severity=Severity.HIGH, check=check, doc=__doc__)
