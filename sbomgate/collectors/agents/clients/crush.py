"""Crush: servers, language servers, allowed tools, providers. Format: Crush documentation, its README.

A `$(…)` in a value is run by a shell when the configuration is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command, hooks
from sbomgate.collectors.agents.facts import addresses, foreign_texts, found_secrets, permission, too_many
from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.servers import Client, read_servers

_CLIENT: Final = Client("crush", key="mcp", disables=True)
_MAX_DEPTH: Final = 6
_MAX_SUBSTITUTIONS: Final = 1000


def config(reading: Reading) -> Iterator[Found]:
    """What a configuration starts, permits, runs while it is loaded, and talks to."""
    if reading.get("mcp") is not None:
        yield from read_servers(reading, reading.value["mcp"], ("mcp",), _CLIENT)
    items = reading.get("permissions", "allowed_tools")
    if items is not None and not isinstance(items, list):
        yield reading.expected("array", "permissions", "allowed_tools")
    yield from too_many(reading, items, "permissions", "allowed_tools")
    for index, item in enumerate(items[:MAX_ITEMS] if isinstance(items, list) else ()):
        if isinstance(item, str):
            yield from permission(reading, "allow", item, "permissions", "allowed_tools", index, tool=item, matching="all", order=index)
        else:
            yield reading.expected("string", "permissions", "allowed_tools", index)
    for name, entry in list(reading.table("lsp").items())[:MAX_ITEMS]:
        if isinstance(entry, dict) and entry.get("command") is not None:
            arguments = entry.get("args") if isinstance(entry.get("args"), list) else None
            yield from command(reading, "lsp-server", entry["command"], "lsp", name, "command", arguments=arguments)
        elif not isinstance(entry, dict):
            yield reading.expected("table", "lsp", name)
    yield from hooks(reading, "hooks")
    yield from addresses(reading, "endpoint", "base_url", "providers")
    for name, entry in list(reading.table("providers").items())[:MAX_ITEMS]:
        if isinstance(entry, dict) and isinstance(entry.get("api_key"), str):
            yield from found_secrets(reading, entry["api_key"], "providers", name, "api_key", name="api_key")
    yield from foreign_texts(reading, "options", "context_paths")
    for key in ("mcp", "providers"):
        for count, (text, at) in enumerate(_substitutions(reading.get(key), (key,))):
            if count >= _MAX_SUBSTITUTIONS:
                yield reading.problem(f"more than {_MAX_SUBSTITUTIONS} substitutions; the rest was not read", key)
                break
            yield from command(reading, "substitution", text, *at)


def _substitutions(value: Any, at: Pointer) -> Iterator[tuple[str, Pointer]]:
    """The commands in the texts below `value`."""
    if isinstance(value, dict | list) and len(at) <= _MAX_DEPTH:
        for key, item in (list(value.items()) if isinstance(value, dict) else list(enumerate(value)))[:MAX_ITEMS]:
            yield from _substitutions(item, (*at, key))
    elif isinstance(value, str):
        yield from ((text, at) for text in commands_in(value))


def commands_in(text: str) -> list[str]:
    """The insides of the outermost `$(…)` of `text`."""
    found: list[str] = []
    end = 0
    while (start := text.find("$(", end)) >= 0:
        level, end = 1, start + 2
        while end < len(text) and level:
            level += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        found.append(text[start + 2 : end - (not level)])
    return found


# fmt: off
FILES: Final = (
    File("crush.json", "repo", "settings", "jsonc", config),
    File(".crush.json", "repo", "settings", "jsonc", config),
    File("~/.config/crush/crush.json", "user", "settings", "jsonc", config),
    File("~/AppData/Local/crush/crush.json", "user", "settings", "jsonc", config),
)
# fmt: on
