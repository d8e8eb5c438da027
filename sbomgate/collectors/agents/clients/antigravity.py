"""Google Antigravity. Format: its documentation, "MCP"; the notation is Windsurf's."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("antigravity", disables=True))
# fmt: off
FILES: Final = (
    File("~/.gemini/antigravity/mcp_config.json", "user", "servers", "jsonc", _SERVERS),
)
# fmt: on
