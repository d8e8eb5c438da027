"""A file named `mcp.json` outside any folder that a client is known to read: the shape is the same everywhere."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("unknown", bare=True))
# fmt: off
FILES: Final = (
    File("mcp.json", "repo", "servers", "jsonc", _SERVERS),
)
# fmt: on
