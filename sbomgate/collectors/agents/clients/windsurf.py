"""Windsurf, whose agent is Cascade. Formats: Windsurf documentation, "Model Context Protocol (MCP)", "Cascade Hooks", "Terminal".

How much runs unasked is a setting of the app, in no file; the two lists of commands count on top of it. A command is compared
by how it begins, and a denied beginning goes first. Hooks of all places run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.commands import hooks
from sbomgate.collectors.agents.editors import settings_files
from sbomgate.collectors.agents.facts import patterns
from sbomgate.collectors.agents.reading import File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("windsurf", disables=True))


def in_editor(reading: Reading) -> Iterator[Found]:
    """What the settings of an editor tell Cascade."""
    own = reading.narrowed(client="windsurf")
    ignored = "" if reading.scope == "user" else "windsurf documents this list for the user's settings alone"
    for effect, key in (("allow", "windsurf.cascadeCommandsAllowList"), ("deny", "windsurf.cascadeCommandsDenyList")):
        yield from patterns(own, effect, key, tool="run_command", matching="prefix", everything=("*",), why_not=ignored)


def _hooks(reading: Reading) -> Iterator[Found]:
    yield from hooks(reading, "hooks", events=r"(?:pre|post)_[a-z_]+")


# fmt: off
FILES: Final = (
    File("~/.codeium/windsurf/mcp_config.json",                "user",    "servers", "jsonc", _SERVERS),
    File("~/.codeium/mcp_config.json",                         "user",    "servers", "jsonc", _SERVERS),
    File(".windsurf/hooks.json",                               "repo",    "hooks",   "jsonc", _hooks),
    File("~/.codeium/windsurf/hooks.json",                     "user",    "hooks",   "jsonc", _hooks),
    File("~/.codeium/hooks.json",                              "user",    "hooks",   "jsonc", _hooks),
    File("/etc/windsurf/hooks.json",                           "managed", "hooks",   "jsonc", _hooks),
    File("/Library/Application Support/Windsurf/hooks.json",   "managed", "hooks",   "jsonc", _hooks),
    File("C:/ProgramData/Windsurf/hooks.json",                 "managed", "hooks",   "jsonc", _hooks),
    *settings_files("Windsurf"),
)
# fmt: on
