"""A configuration switches off confirmation for every tool of a server.

## Why it matters
The confirmation is what stands between a text that the agent has read (a web page, an issue, a file) and an action on
this machine or account. Without it, one hidden instruction is enough, also for tools that the server adds tomorrow.
Only members that the client itself reads count; copied from another client's file they have no effect and are noted. In
Visual Studio Code a sandboxed server's tools are not confirmed either, which is `low`. A disabled server counts two
steps less. The same said elsewhere counts too: a rule that allows a whole server (`mcp__docs`, `mcp__docs__*`), an
entry that trusts it. Two steps less in a folder of examples, documentation or tests, one in a person's own settings.

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

import re
from collections.abc import Iterator

from sbomgate.agent_model import AgentOption, PermissionRule
from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import listed
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    yield from _by_entry(context)
    if context.inventory.permissions or context.inventory.options:
        yield from _by_settings(context)


def _by_settings(context: Context) -> Iterator[Finding]:
    """Of the approvals that stand beside the entries of servers, those of a whole server: one finding a file."""
    said = {(server.client, server.name) for server in context.inventory.servers if server.auto_approved == "all"}
    files: dict[str, list[tuple[str, AgentOption | PermissionRule]]] = {}
    for rule in context.inventory.permissions:
        if rule.effect == "allow" and rule.in_force and (name := _whole_server(rule)):
            files.setdefault(rule.location.path, []).append((name, rule))
    for option in context.inventory.options:
        whole = option.kind in ("server-trusted", "tools-approved") and option.name and option.value.lower() != "false"
        if whole and option.in_force and (option.client, option.name) not in said:
            files.setdefault(option.location.path, []).append((option.name, option))
    for found in files.values():
        names = list(dict.fromkeys(name for name, _ in found))
        first = found[0][1]
        yield RULE.finding(
            first.location,
            f"{first.client} runs every tool of {'server' if len(names) == 1 else 'servers'} {listed(names)} without asking: {first.key}",
            subject=names[0] if len(names) == 1 else first.client,
            key="\n".join((first.client, *sorted(names))),
            severity=placed(RULE.severity, first.location, first.scope),
            fix="list the tools that may run unasked, one by one",
        )


def _whole_server(rule: PermissionRule) -> str:
    """The server all of whose tools `rule` names; empty if it names less."""
    match = re.fullmatch(r"mcp__((?:(?!__)[^*])+)(?:__\*)?", rule.tool)
    if match and rule.specifier in ("", "*"):
        return match[1]
    server, colon, tools = rule.specifier.partition(":")
    return server if rule.tool.lower() == "mcp" and colon and tools == "*" and server != "*" else ""


def _by_entry(context: Context) -> Iterator[Finding]:
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
