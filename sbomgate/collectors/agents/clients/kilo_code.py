"""Kilo Code, as far as its older versions. Format: Kilo Code documentation, "Using MCP"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("kilo-code", approvals=("alwaysAllow",), disables=True))
# fmt: off
FILES: Final = (
    File(".kilocode/mcp.json", "repo", "servers", "jsonc", _SERVERS),
)
# fmt: on
