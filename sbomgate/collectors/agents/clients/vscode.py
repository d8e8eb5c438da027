"""Visual Studio Code with GitHub Copilot. Format: Visual Studio Code documentation, "MCP configuration reference"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("vscode", key="servers"))
# fmt: off
FILES: Final = (
    File(".vscode/mcp.json", "repo", "servers", "jsonc", _SERVERS),
    File("<cfg>/Code/User/mcp.json", "user", "servers", "jsonc", _SERVERS),
    File("<cfg>/Code/User/profiles/*/mcp.json", "user", "servers", "jsonc", _SERVERS),
    File("<cfg>/Code - Insiders/User/mcp.json", "user", "servers", "jsonc", _SERVERS),
    File("<cfg>/Code - Insiders/User/profiles/*/mcp.json", "user", "servers", "jsonc", _SERVERS),
    File("<cfg>/VSCodium/User/mcp.json", "user", "servers", "jsonc", _SERVERS),
    File("<cfg>/VSCodium/User/profiles/*/mcp.json", "user", "servers", "jsonc", _SERVERS),
)
# fmt: on
