"""Cline. Formats: Cline documentation, "MCP overview", "Auto approve", "Hooks".

What else is approved, and whether nothing is asked at all, is the state of the extension, in no file; whether a command is a
safe one is decided by the model. A hook is a script that is named after its event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.clients import CLINE_EVENTS
from sbomgate.collectors.agents.commands import command
from sbomgate.collectors.agents.editors import storage
from sbomgate.collectors.agents.reading import File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("cline", approvals=("autoApprove", "alwaysAllow"), disables=True))


def _hook(reading: Reading) -> Iterator[Found]:
    yield from command(reading, reading.path.rpartition("/")[2], reading.text)


# fmt: off
FILES: Final = (
    File("~/.cline/mcp.json",                                      "user", "servers", "jsonc", _SERVERS),
    File("~/.cline/data/settings/cline_mcp_settings.json",         "user", "servers", "jsonc", _SERVERS),
    *(File(path,                                                   "user", "servers", "jsonc", _SERVERS) for path in storage("saoudrizwan.claude-dev/settings/cline_mcp_settings.json")),
    *(File(f".clinerules/hooks/{event}",                           "repo", "hooks",   "text",  _hook) for event in CLINE_EVENTS),
    *(File(f"~/Documents/Cline/Hooks/{event}",                     "user", "hooks",   "text",  _hook) for event in CLINE_EVENTS),
)
# fmt: on
