"""Roo Code. Format: Roo Code documentation, "Using MCP in Roo Code"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("roo-code", approvals=("alwaysAllow",), disables=True))
# fmt: off
FILES: Final = (
    File(".roo/mcp.json", "repo", "servers", "jsonc", _SERVERS),
)
# fmt: on
