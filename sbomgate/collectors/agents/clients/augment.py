"""Auggie, the command line of Augment: servers, permissions, hooks. Format: Augment documentation, "Tool permissions", "Hooks",
"Integrations and MCP". The first rule that fits decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.commands import command, hooks
from sbomgate.collectors.agents.facts import option, permission, too_many
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.server_tables import server_list
from sbomgate.collectors.agents.servers import Client, read_servers

_CLIENT: Final = Client("augment")
_EFFECTS: Final = {"allow": "allow", "deny": "deny", "ask-user": "ask"}


def settings(reading: Reading) -> Iterator[Found]:
    """What a settings file starts, permits and runs."""
    servers = reading.get("mcpServers")
    if isinstance(servers, list):
        yield from server_list(reading, servers, ("mcpServers",), _CLIENT)
    elif servers is not None:
        yield from read_servers(reading, servers, ("mcpServers",), _CLIENT)
    yield from _permissions(reading)
    yield from hooks(reading, "hooks")


def _permissions(reading: Reading) -> Iterator[Found]:
    rules = reading.get("toolPermissions")
    if rules is None:
        return
    if not isinstance(rules, list):
        yield reading.expected("array", "toolPermissions")
        return
    yield from too_many(reading, rules, "toolPermissions")
    for index, rule in enumerate(rules[:MAX_ITEMS]):
        at = ("toolPermissions", index)
        tool, kind = reading.get(*at, "toolName"), reading.get(*at, "permission", "type")
        if not isinstance(tool, str) or not isinstance(kind, str):
            yield reading.problem("expected a rule with toolName, and permission.type (allow, deny, ask-user)", *at)
        elif kind in _EFFECTS:
            pattern = rule.get("shellInputRegex")
            specifier = pattern if isinstance(pattern, str) else ""
            text = f"{tool}({specifier})" if specifier else tool
            matching = "regex" if specifier else "all"
            yield from permission(reading, _EFFECTS[kind], text, *at, tool=tool, specifier=specifier, matching=matching, order=index)
        elif kind == "script-policy" and reading.get(*at, "permission", "script") is not None:
            yield from command(
                reading, "script-policy", reading.get(*at, "permission", "script"), *at, "permission", "script", matcher=tool
            )
        elif kind == "webhook-policy" and isinstance(url := reading.get(*at, "permission", "webhookUrl"), str):
            yield from option(reading, "endpoint", url, *at, "permission", "webhookUrl", name=tool)


# fmt: off
FILES: Final = (
    File(".augment/settings.json", "repo", "settings", "jsonc", settings),
    File(".augment/settings.local.json", "repo-local", "settings", "jsonc", settings),
    File("~/.augment/settings.json", "user", "settings", "jsonc", settings),
)
# fmt: on
