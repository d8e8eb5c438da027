"""JetBrains Junie. Format: Junie documentation, "Model Context Protocol"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("junie"))
# fmt: off
FILES: Final = (
    File(".junie/mcp/mcp.json", "repo", "servers", "jsonc", _SERVERS),
    File("~/.junie/mcp/mcp.json", "user", "servers", "jsonc", _SERVERS),
)
# fmt: on
