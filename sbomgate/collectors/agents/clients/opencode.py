"""opencode: servers, permissions, plugins, agents and commands.

Formats: opencode documentation, "Config", "Permissions", "MCP servers", "Plugins", "Agents", "Commands", and of version 2
"Migrate from V1": both forms are read by both. The last rule that fits decides; without any rule most things are allowed.
Plugins of npm are installed and loaded whenever opencode starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command, command_list, shell_lines
from sbomgate.collectors.agents.facts import foreign_texts, found_secrets, option, permission, too_many
from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.launched import component_of
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, File, Found, Reading
from sbomgate.collectors.agents.references import npm_reference
from sbomgate.collectors.agents.servers import Client, read_servers
from sbomgate.collectors.fields import type_name
from sbomgate.model import Pin

_CLIENT: Final = Client("opencode", key="mcp", disables=True)
_EFFECTS: Final = ("allow", "ask", "deny")
_SHELL: Final = re.compile(r"!`([^`\n]{1,20000})`")


def config(reading: Reading) -> Iterator[Found]:
    """Everything in a configuration that starts, permits, loads or redirects something."""
    yield from _servers(reading)
    yield from rules(reading)
    for key in ("agent", "agents", "mode"):
        for name, entry in list(reading.table(key).items())[:MAX_ITEMS]:
            if isinstance(entry, dict):
                yield from rules(reading.narrowed(key, name, only_for=f"agent {name[:MAX_NAME]}"))
            elif entry is not None:
                yield reading.expected("table", key, name)
    for key in ("plugin", "plugins"):
        yield from _plugins(reading, key)
    yield from foreign_texts(reading, "instructions")
    yield from _providers(reading)
    for key, event in (("formatter", "formatter"), ("lsp", "lsp-server")):
        for name, entry in list(reading.table(key).items())[:MAX_ITEMS]:
            if isinstance(entry, dict):
                off = "switched off: disabled is true" if entry.get("disabled") is True else ""
                yield from command_list(reading, event, entry.get("command"), key, name, "command", why_not=off)
    for key in ("command", "commands"):
        for name, entry in list(reading.table(key).items())[:MAX_ITEMS]:
            template = entry.get("template") if isinstance(entry, dict) else None
            own = reading.narrowed(only_for=f"command {name[:MAX_NAME]}")
            for match in list(_SHELL.finditer(template))[:MAX_ITEMS] if isinstance(template, str) else ():
                yield from command(own, "command", match[1], key, name, "template")


def _servers(reading: Reading) -> Iterator[Found]:
    table: Any = reading.get("mcp")
    if table is None:
        return
    at: Pointer = ("mcp",)
    inner = table.get("servers") if isinstance(table, dict) else None
    if isinstance(inner, dict) and not {"command", "url", "type"} & inner.keys():
        at, table = ("mcp", "servers"), inner
    if isinstance(table, dict):  # `enabled` alone switches a server of the organisation on or off
        table = {name: entry for name, entry in table.items() if not (isinstance(entry, dict) and entry.keys() == {"enabled"})}
    yield from read_servers(reading, table, at, _CLIENT)


# --- permissions -----------------------------------------------------------------------------------------------------


def rules(reading: Reading) -> Iterator[Found]:
    """The rules of a configuration, or of one agent, in their order: `tools`, `permission`, and `permissions` of version 2."""
    order = 0
    found: list[tuple[Any, Any, Any, Pointer]] = []
    for name, value in list(reading.table("tools").items())[:MAX_ITEMS]:
        if isinstance(value, bool):
            found.append((name, "", "allow" if value else "deny", ("tools", name)))
    yield from _table_rules(reading, found)
    items = reading.get("permissions")
    if isinstance(items, list):
        yield from too_many(reading, items, "permissions")
        for index, item in enumerate(items[:MAX_ITEMS]):
            said = item if isinstance(item, dict) else {}
            found.append((said.get("action"), said.get("resource", ""), said.get("effect"), ("permissions", index)))
    elif items is not None:
        yield reading.expected("array", "permissions")
    for tool, pattern, effect, at in found:
        if not isinstance(tool, str) or not isinstance(pattern, str) or effect not in _EFFECTS:
            yield reading.problem(f"expected {', '.join(_EFFECTS)} for a tool", *at)
            continue
        text = f"{tool}({pattern})" if pattern else tool
        yield from permission(reading, effect, text, *at, tool=tool, specifier=pattern, order=order)
        order += 1


def _table_rules(reading: Reading, found: list[tuple[Any, Any, Any, Pointer]]) -> Iterator[Found]:
    """Add the rules of `permission`: one word for all, or tool → word, or tool → pattern → word."""
    value = reading.get("permission")
    if isinstance(value, str):
        found.append(("*", "", value, ("permission",)))
    elif isinstance(value, dict):
        yield from too_many(reading, value, "permission")
        for tool, said in list(value.items())[:MAX_ITEMS]:
            if isinstance(said, dict):
                yield from too_many(reading, said, "permission", tool)
                found += ((tool, pattern, effect, ("permission", tool, pattern)) for pattern, effect in list(said.items())[:MAX_ITEMS])
            else:
                found.append((tool, "", said, ("permission", tool)))
    elif value is not None:
        yield reading.problem(f"expected table, found {type_name(value)}", "permission")


# --- what is loaded --------------------------------------------------------------------------------------------------


def _plugins(reading: Reading, key: str) -> Iterator[Found]:
    items = reading.get(key)
    if items is None:
        return
    if not isinstance(items, list):
        yield reading.expected("array", key)
        return
    yield from too_many(reading, items, key)
    for index, item in enumerate(items[:MAX_ITEMS]):
        spec: Any = item[0] if isinstance(item, list) and item else item.get("package") if isinstance(item, dict) else item
        if not isinstance(spec, str):
            yield reading.problem(f"expected string, found {type_name(spec)}", key, index)
        elif not spec.startswith(("-", "!")):  # switches one off
            yield from package(reading, spec, key, index)


def package(reading: Reading, spec: str, *keys: str | int) -> Iterator[Found]:
    """The plugin `spec`, and the package that is fetched for it."""
    reference = npm_reference(spec)
    is_fetched = bool(reference.ecosystem and reference.name) and not spec.startswith("file:")
    pin = reference.pin if reference.pin in tuple(Pin) else Pin.NONE.value
    yield from option(reading, "plugin", spec, *keys, name=reference.name, pin=pin if is_fetched else Pin.PATH.value)
    if is_fetched:
        yield component_of(reference, reading.location(*keys))


def _providers(reading: Reading) -> Iterator[Found]:
    for key in ("provider", "providers"):
        for name, entry in list(reading.table(key).items())[:MAX_ITEMS]:
            own = reading.narrowed(key, name) if isinstance(entry, dict) else None
            if own is None:
                continue
            url, secret, module = own.get("options", "baseURL"), own.get("options", "apiKey"), own.get("npm")
            if isinstance(url, str) and url:
                yield from option(own, "endpoint", url, "options", "baseURL", name=name)
            if isinstance(secret, str):
                yield from found_secrets(own, secret, "options", "apiKey", name="apiKey")
            if isinstance(module, str) and not module.startswith("@ai-sdk/"):  # those come with opencode
                yield from package(own, module, "npm")


def markdown(reading: Reading) -> Iterator[Found]:
    """The agent or command of a Markdown file: its permissions, and the commands in its text."""
    sort = "agent" if "/agent" in f"/{reading.path.rpartition('/')[0]}" else "command"
    own = reading.narrowed(only_for=f"{sort} {reading.path.rpartition('/')[2].removesuffix('.md')[:MAX_NAME]}")
    yield from rules(own)
    if sort == "command":
        yield from shell_lines(own, "command", reading.text)


_MANAGED: Final = ("/etc/opencode", "/Library/Application Support/opencode", "C:/ProgramData/opencode")
_TEXTS: Final = ("agent", "agents", "command", "commands")
# fmt: off
FILES: Final = (
    *(File(f"{folder}opencode.{end}", scope, "settings", "jsonc", config)
      for folder, scope in (("", "repo"), (".opencode/", "repo"), ("~/.config/opencode/", "user"), *((f"{folder}/", "managed") for folder in _MANAGED))
      for end in ("json", "jsonc")),
    *(File(f"{folder}/{kind}/*.md", scope, "instructions", "markdown", markdown)
      for folder, scope in ((".opencode", "repo"), ("~/.config/opencode", "user")) for kind in _TEXTS),
)
# fmt: on
