"""The container of a server or hook is given the machine that it should be kept from.

## Why it matters
A container around a server is a good idea as long as it is one. With the container engine's socket, `--privileged`, the
root or home folder mounted, or the namespaces of the host, code inside is as free as code outside, usually as root. The
host's network alone, a device, or a folder with credentials is `medium`: sometimes it is the purpose. A disabled server
counts two steps less, as does one in a folder of examples, documentation or tests; one in a person's own settings counts
one less. A hook or helper that starts such a container counts like a server.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "docker", "args": ["run", "-i", "--rm", "-v", "/var/run/docker.sock:/var/run/docker.sock", "acme/docs-mcp:1.4.2"]}}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "docker", "args": ["run", "-i", "--rm", "--read-only", "-v", "${PWD}/docs:/docs:ro", "acme/docs-mcp:1.4.2"]}}}
~~~

## How to fix
Mount only the folders that the server works on, read-only where that will do, and drop the privileges.

## References
- Docker documentation, "Docker Engine security" and "docker container run"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_SOMETIMES_MEANT: Final = ("net namespace of the host", "device of the host", "credentials folder mounted", "capability NET_ADMIN")


def check(context: Context) -> Iterator[Finding]:
    yield from _of_servers(context)
    for command in context.inventory.commands:
        details = [capability.detail for capability in command.capabilities if capability.kind == "host-access"]
        if details and command.in_force:
            yield RULE.finding(
                command.location,
                f"the container of {command.client}'s {command.event} reaches its host: {', '.join(details)}",
                subject=command.event,
                key="\0".join((command.key, *details)),
                digest=command.digest,
                severity=placed(_severity(details), command.location, command.scope),
                fix="mount only the folders that the command works on and drop the privileges",
            )


def _severity(details: list[str]) -> Severity:
    return Severity.MEDIUM if all(detail in _SOMETIMES_MEANT for detail in details) else RULE.severity


def _of_servers(context: Context) -> Iterator[Finding]:
    for server in context.inventory.servers:
        risks = [capability for capability in server.capabilities if capability.kind == "host-access"]
        if not risks:
            continue
        details = [capability.detail for capability in risks]
        severity = _severity(details)
        yield RULE.finding(
            risks[0].location,
            f"the container of server {server.name!r} reaches its host: {', '.join(details)}",
            subject=server.purl or server.name,
            key="\0".join((server.name, *details)),
            severity=placed(severity.lowered(2 * server.disabled), server.location, server.scope),
            fix="mount only the folders that the server works on and drop the privileges",
        )


RULE = Rule(id="SG406", name="container-escapes", severity=Severity.HIGH, check=check, doc=__doc__)
