"""Warp: what its profiles let an agent run, and the servers of its files.

Formats: Warp documentation, "All settings", "Agent profiles and permissions", "MCP servers". Commands are compared as a whole
with regular expressions; what is on the list of denials is asked about, also where all else runs unasked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.facts import Key, option, options, permission, too_many
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("warp"))
# fmt: off
_KEYS: Final = (
    Key("agents.profiles.agent_mode_coding_file_read_allowlist",  "directories"),
    Key("agents.mcp_servers.file_based_mcp_enabled",              "servers-approved",  (True,)),
)
_PROFILE: Final = (
    Key("execute_commands",     "mode"),
    Key("apply_code_diffs",     "edits-approved",  ("always_allow",)),
    Key("mcp_permissions",      "tools-approved",  ("always_allow",)),
    Key("directory_allowlist",  "directories"),
    Key("mcp_allowlist",        "server-trusted",  named=True),
    Key("mcp_denylist",         "server-denied",   named=True),
)
# fmt: on


def settings(reading: Reading) -> Iterator[Found]:
    """What the profiles of `settings.toml` allow."""
    yield from options(reading, _KEYS)
    if reading.get("agents", "profiles", "agent_mode_execute_readonly_commands") is True:
        at = ("agents", "profiles", "agent_mode_execute_readonly_commands")
        yield from option(reading, "tools-approved", True, *at, name="commands that only read")
    old = reading.narrowed("agents", "profiles") if reading.table("agents", "profiles") else None
    if old is not None:
        yield from _commands(old, "agent_mode_command_execution_allowlist", "agent_mode_command_execution_denylist")
    for name, profile in list(reading.table("agents", "execution_profiles").items())[:MAX_ITEMS]:
        if isinstance(profile, dict):
            own_profile = reading.narrowed("agents", "execution_profiles", name, only_for=f"profile {name[:MAX_NAME]}")
            yield from options(own_profile, _PROFILE)
            yield from _commands(own_profile, "command_allowlist", "command_denylist")
        else:
            yield reading.expected("table", "agents", "execution_profiles", name)


def _commands(reading: Reading, allowed: str, denied: str) -> Iterator[Found]:
    for key, effect in ((allowed, "allow"), (denied, "ask")):
        items = reading.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            yield reading.expected("array", key)
            continue
        yield from too_many(reading, items, key)
        for index, item in enumerate(items[:MAX_ITEMS]):
            if isinstance(item, str):
                specifier = rf"\A(?:{item})\Z"
                yield from permission(reading, effect, item, key, index, tool="command", specifier=specifier, matching="regex", order=index)
            else:
                yield reading.expected("string", key, index)


# fmt: off
FILES: Final = (
    File(".warp/.mcp.json",                                 "repo",  "servers",   "jsonc",  _SERVERS),
    File("~/.warp/.mcp.json",                               "user",  "servers",   "jsonc",  _SERVERS),
    File("~/.warp/settings.toml",                           "user",  "settings",  "toml",   settings),
    File("~/.config/warp-terminal/settings.toml",           "user",  "settings",  "toml",   settings),
    File("~/AppData/Local/warp/Warp/config/settings.toml",  "user",  "settings",  "toml",   settings),
)
# fmt: on
