"""Trae. Format: Trae documentation, "Model Context Protocol"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("trae"))
# fmt: off
FILES: Final = (
    File(".trae/mcp.json", "repo", "servers", "jsonc", _SERVERS),
)
# fmt: on
