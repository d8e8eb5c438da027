"""Claude Desktop. Format: Claude Code documentation, "Import MCP servers from Claude Desktop". Strict JSON, stdio servers."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("claude-desktop"))
# fmt: off
FILES: Final = (
    File("<cfg>/Claude/claude_desktop_config.json", "user", "servers", "json", _SERVERS),
    File("claude_desktop_config.json", "repo", "servers", "json", _SERVERS),
)
# fmt: on
