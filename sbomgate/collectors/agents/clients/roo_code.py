"""Roo Code. Formats: Roo Code documentation, "Using MCP in Roo Code", "Auto-approving actions".

What else is approved is the state of the extension, in no file. A command is compared by how it begins, whole words or not;
of an allowed and a denied beginning the longer one counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.editors import storage
from sbomgate.collectors.agents.facts import Key, options, patterns
from sbomgate.collectors.agents.reading import File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("roo-code", approvals=("alwaysAllow",), disables=True))
KEYS: Final = (Key(("roo-cline.autoImportSettingsPath",), "home"), Key(("roo-cline.customStoragePath",), "home"))


def in_editor(reading: Reading) -> Iterator[Found]:
    """What the settings of an editor tell Roo Code."""
    own = reading.narrowed(client="roo-code")
    yield from commands_in_editor(own, "roo-cline")
    yield from options(own, KEYS)


def commands_in_editor(reading: Reading, name: str) -> Iterator[Found]:
    """The lists of commands that Roo Code and the extensions made from it keep in an editor's settings."""
    yield from patterns(reading, "allow", f"{name}.allowedCommands", tool="execute_command", matching="prefix", everything=("*",))
    yield from patterns(reading, "deny", f"{name}.deniedCommands", tool="execute_command", matching="prefix", everything=("*",))


# fmt: off
FILES: Final = (
    File(".roo/mcp.json", "repo", "servers", "jsonc", _SERVERS),
    *(File(path, "user", "servers", "jsonc", _SERVERS) for path in storage("rooveterinaryinc.roo-cline/settings/mcp_settings.json")),
)
# fmt: on
