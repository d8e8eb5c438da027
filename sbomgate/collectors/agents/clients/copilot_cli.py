"""GitHub Copilot CLI. Format: GitHub documentation, "Configure GitHub Copilot CLI"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("copilot-cli", bare=True))
# fmt: off
FILES: Final = (
    File(".github/mcp.json", "repo", "servers", "jsonc", _SERVERS),
)
# fmt: on
