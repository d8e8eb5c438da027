"""Droid, the command line of Factory: servers, autonomy, commands, hooks, plugins.

Formats: Factory documentation, "Settings", "Hierarchical settings & org control", "MCP", "Hooks". Every level has the same keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.commands import hooks
from sbomgate.collectors.agents.facts import Key, addresses, found_secrets, option, options, permission, too_many
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("factory", disables=True))
# fmt: off
_KEYS: Final = (
    Key("autonomyLevel",                         "mode"),
    Key("sessionDefaultSettings.autonomyLevel",  "mode"),
    Key("sessionDefaultSettings.autonomyMode",   "mode"),
    Key("maxAutonomyLevel",                      "protective"),
    Key("enableDroidShield",                     "protective",  (True,)),
    Key("hooksDisabled",                         "protective",  (True,)),
)
# fmt: on


def settings(reading: Reading) -> Iterator[Found]:
    """What droid does unasked, runs by itself, and talks to."""
    yield from options(reading, _KEYS)
    for key, effect in (("commandAllowlist", "allow"), ("commandDenylist", "ask")):
        items = reading.get(key)
        if items is not None and not isinstance(items, list):
            yield reading.expected("array", key)
            continue
        yield from too_many(reading, items, key)
        for index, item in enumerate((items or [])[:MAX_ITEMS]):
            if isinstance(item, str):
                yield from permission(reading, effect, item, key, index, tool="Execute", specifier=item, order=index)
            else:
                yield reading.expected("string", key, index)
    off = "switched off: hooksDisabled is true" if reading.get("hooksDisabled") is True else ""
    yield from hooks(reading, "hooks", why_not=off)
    yield from addresses(reading, "endpoint", "baseUrl", "customModels")
    models = reading.get("customModels")
    for index, model in enumerate(models[:MAX_ITEMS] if isinstance(models, list) else ()):
        if isinstance(model, dict) and isinstance(model.get("apiKey"), str):
            yield from found_secrets(reading, model["apiKey"], "customModels", index, "apiKey", name="apiKey")
    for name, value in list(reading.table("enabledPlugins").items())[:MAX_ITEMS]:
        yield from option(reading, "plugin", value, "enabledPlugins", name, name=name)


# fmt: off
FILES: Final = (
    File(".factory/mcp.json", "repo", "servers", "jsonc", _SERVERS),
    File(".factory/settings.json", "repo", "settings", "jsonc", settings),
    File(".factory/settings.local.json", "repo-local", "settings", "jsonc", settings),
    File("~/.factory/mcp.json", "user", "servers", "jsonc", _SERVERS),
    File("~/.factory/settings.json", "user", "settings", "jsonc", settings),
    File("~/.factory/settings.local.json", "user", "settings", "jsonc", settings),
)
# fmt: on
