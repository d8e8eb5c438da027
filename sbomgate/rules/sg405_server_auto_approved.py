"""A configuration switches off confirmation for every tool of a server.

## Why it matters
The confirmation is what stands between a text that the agent has read (a web page, an issue, a file) and an action on
this machine or account. Without it, one hidden instruction is enough, also for tools that the server adds tomorrow.
Only members that the client itself reads count; copied from another client's file they have no effect and are noted. In
Visual Studio Code a sandboxed server's tools are not confirmed either, which is `low`. A disabled server counts two
steps less, as does one in a folder of examples, documentation or tests; one in a person's own settings counts one less.

## Bad
~~~json path=.kiro/settings/mcp.json
{"mcpServers": {"docs": {"command": "docs-mcp", "autoApprove": ["*"]}}}
~~~

## Good
~~~json path=.kiro/settings/mcp.json
{"mcpServers": {"docs": {"command": "docs-mcp", "autoApprove": ["search", "read_page"]}}}
~~~

## How to fix
List the tools that only read, one by one; let the others ask.

## References
- Kiro documentation, "MCP configuration"
- Visual Studio Code documentation, "MCP configuration reference"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    for server in context.inventory.servers:
        if server.auto_approved != "all":
            continue
        sandboxed = server.client == "vscode"
        severity = Severity.LOW if sandboxed else RULE.severity
        yield RULE.finding(
            server.location,
            f"{server.client} runs every tool of server {server.name!r} without asking"
            + (", because it is sandboxed" if sandboxed else ""),
            subject=server.name,
            key=server.client,
            severity=placed(severity.lowered(2 * server.disabled), server.location, server.scope),
            fix="keep the sandbox as narrow as the tools need" if sandboxed else "list the tools that may run unasked, one by one",
        )


RULE = Rule(id="SG405", name="server-auto-approved", severity=Severity.MEDIUM, check=check, doc=__doc__)
