"""A server is open to the network, or is reached through somebody else's tunnel.

## Why it matters
A server that listens on all addresses answers everybody in the network, usually without a login, with the rights of
whoever started it; a web page can reach it through the browser, too. A tunnel (`*.ngrok-free.app`, `*.trycloudflare.com`)
is a name that anybody may get who asks for it after its owner has gone, and its traffic is opened at the tunnel's
operator. Inside a container, listening on all addresses is how it is reached, and no finding. A disabled server counts
two steps less. Plain http is SG404, a login in the URL SG407.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"type": "http", "url": "https://a1b2c3.ngrok-free.app/mcp"}, "own": {"command": "docs-mcp", "args": ["--transport", "http", "--host", "0.0.0.0"]}}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"type": "http", "url": "https://mcp.acme.example/mcp"}, "own": {"command": "docs-mcp", "args": ["--transport", "http", "--host", "127.0.0.1"]}}}
~~~

## How to fix
Let the server listen on 127.0.0.1, or use stdio. Give a server that others need a host of its own, with a login.

## References
- Model Context Protocol specification, "Transports", security warning
- CVE-2025-49596: a server for development that listened to everybody
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.model import Finding, Location, Server, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._agent_settings import ends_with, host
from sbomgate.rules.places import placed

_TUNNELS: Final = (
    "ngrok.io", "ngrok.app", "ngrok-free.app", "ngrok.dev", "ngrok-free.dev", "trycloudflare.com", "loca.lt", "localtunnel.me", "serveo.net", "localhost.run",
    "lhr.life", "lhr.rocks", "pinggy.io", "pinggy.link", "pinggy.online", "devtunnels.ms", "tunnelmole.net", "bore.pub", "localxpose.io", "loclx.io", "telebit.io",
    "webhook.site", "requestbin.com", "pipedream.net", "beeceptor.com",
)  # fmt: skip


def check(context: Context) -> Iterator[Finding]:
    for server in context.inventory.servers:
        if not server.in_force:
            continue
        name = host(server.url)
        if name and ends_with(name, _TUNNELS):
            yield _finding(server, server.location, f"is reached through a tunnel: {name}", name, "give it a host of its own, with a login")
        for capability in server.capabilities:
            if capability.kind == "listens":
                yield _finding(
                    server,
                    capability.location,
                    f"listens to everybody: {capability.detail}",
                    capability.detail,
                    "let it listen on 127.0.0.1",
                )


def _finding(server: Server, location: Location, message: str, key: str, fix: str) -> Finding:
    severity = placed(RULE.severity.lowered(2) if server.disabled else RULE.severity, location, server.scope)
    return RULE.finding(location, f"server {server.name!r} {message}", subject=server.name, key=key, severity=severity, fix=fix)


RULE = Rule(id="SG456", name="insecure-remote-server", severity=Severity.MEDIUM, check=check, doc=__doc__)
