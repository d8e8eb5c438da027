"""Cline. Format: Cline documentation, "MCP overview"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("cline", approvals=("autoApprove", "alwaysAllow"), disables=True))
# fmt: off
FILES: Final = (
    File("~/.cline/mcp.json", "user", "servers", "jsonc", _SERVERS),
)
# fmt: on
