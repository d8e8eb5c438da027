"""Kiro. Format: Kiro documentation, "MCP configuration"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("kiro", approvals=("autoApprove",), wildcard=True, disables=True))
# fmt: off
FILES: Final = (
    File(".kiro/settings/mcp.json", "repo", "servers", "jsonc", _SERVERS),
    File("~/.kiro/settings/mcp.json", "user", "servers", "jsonc", _SERVERS),
)
# fmt: on
