"""LM Studio. Format: LM Studio documentation, "Use MCP servers"; the notation is Cursor's."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("lm-studio"))
# fmt: off
FILES: Final = (
    File("~/.lmstudio/mcp.json", "user", "servers", "jsonc", _SERVERS),
)
# fmt: on
