"""A remote server is reached without encryption.

## Why it matters
What a server answers becomes instructions and tool results of the agent, and what the agent sends holds its tokens. Over
plain http everyone on the way reads both and can change both. Names and addresses that only a private network knows
count one step less; the same machine is no finding. A disabled server counts two steps less, as does
one in a folder of examples, documentation or tests; one in a person's own settings counts one less.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"type": "http", "url": "http://mcp.acme.example/mcp"}}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"type": "http", "url": "https://mcp.acme.example/mcp"}, "own": {"type": "http", "url": "http://localhost:8931/mcp"}}}
~~~

## How to fix
Use https. For a server on another machine of your own, put a TLS proxy in front of it or tunnel it to localhost.

## References
- Model Context Protocol specification, "Authorization" and "Transports"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_PLAIN: Final = re.compile(r"(?:http|ws)://(?P<host>\[[^\]/]*\]|[^/:?#]*)", re.IGNORECASE)
_SAME_MACHINE: Final = re.compile(
    r"localhost|(?:[^/]+\.)?localhost|127(?:\.[0-9]{1,3}){1,3}|\[::1\]|\[::ffff:127\.[0-9.]+\]|host\.docker\.internal", re.IGNORECASE
)
_PRIVATE: Final = re.compile(
    r"10(?:\.[0-9]{1,3}){3}|192\.168(?:\.[0-9]{1,3}){2}|172\.(?:1[6-9]|2[0-9]|3[01])(?:\.[0-9]{1,3}){2}|\[f[cd][0-9a-f:]*\]|\[fe80:[^\]]*\]|[^.\[\]]+|.*\.(?:local|internal|lan|home\.arpa|svc)",
    re.IGNORECASE,
)


def check(context: Context) -> Iterator[Finding]:
    for server in context.inventory.servers:
        match = _PLAIN.match(server.url)
        if not match or _SAME_MACHINE.fullmatch(match["host"]) or any(mark in match["host"] for mark in "${%<"):
            continue
        steps = bool(_PRIVATE.fullmatch(match["host"])) + 2 * server.disabled
        yield RULE.finding(
            server.location,
            f"server {server.name!r} is reached over plain http: {server.url}",
            subject=server.name,
            key=match["host"].lower(),
            severity=placed(RULE.severity.lowered(steps), server.location, server.scope),
            fix="use https, or a tunnel to localhost",
        )


RULE = Rule(id="SG404", name="server-url-plain-http", severity=Severity.HIGH, check=check, doc=__doc__)
