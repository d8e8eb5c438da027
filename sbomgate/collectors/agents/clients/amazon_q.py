"""Amazon Q Developer, in editors and on the command line.

Formats: Amazon Q documentation, "MCP configuration"; for agents see `amazon_agents`. An agent of the repository goes before
the person's own of the same name.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from sbomgate.collectors.agents.amazon_agents import agent
from sbomgate.collectors.agents.reading import File
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_CLIENT: Final = Client("amazon-q", disables=True)
_SERVERS: Final = servers_of(_CLIENT)
_AGENT: Final = partial(agent, client=_CLIENT)
# fmt: off
FILES: Final = (
    File(".amazonq/mcp.json", "repo", "servers", "jsonc", _SERVERS),
    File(".amazonq/agents/*.json", "repo", "settings", "json", _AGENT),
    File(".amazonq/cli-agents/*.json", "repo", "settings", "json", _AGENT),
    File("~/.aws/amazonq/mcp.json", "user", "servers", "jsonc", _SERVERS),
    File("~/.aws/amazonq/agents/*.json", "user", "settings", "json", _AGENT),
    File("~/.aws/amazonq/cli-agents/*.json", "user", "settings", "json", _AGENT),
)
# fmt: on
