"""Kilo Code. Formats: Kilo Code documentation, "Auto-approving actions", "Agent permissions", "Using MCP", "Settings".

Since 1.0 one configuration for editor and terminal, whose rules are taken in the order they are written in: the last that
fits counts, and what none fits is asked. Older versions kept the lists that they had from Roo Code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.clients.roo_code import commands_in_editor
from sbomgate.collectors.agents.commands import command
from sbomgate.collectors.agents.editors import storage
from sbomgate.collectors.agents.facts import Key, address, option, options, patterns, permission, spelled
from sbomgate.collectors.agents.launched import component_of
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.references import npm_reference
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client, read_servers

CLIENT: Final = Client("kilo-code", key="mcp", disables=True)
_SERVERS: Final = servers_of(Client("kilo-code", approvals=("alwaysAllow",), disables=True))
_EFFECTS: Final = ("allow", "ask", "deny")


def in_editor(reading: Reading) -> Iterator[Found]:
    """What the settings of an editor tell Kilo Code, as far as versions before 1.0."""
    yield from commands_in_editor(reading.narrowed(client="kilo-code"), "kilo-code")


def _configuration(reading: Reading) -> Iterator[Found]:
    yield from _permissions(reading)
    for key in ("agent", "mode"):
        for name, table in list(reading.table(key).items())[:MAX_ITEMS]:
            if isinstance(table, dict):
                yield from _permissions(reading.narrowed(key, name, only_for=f"agent {name}"))
    if reading.get("mcp") is not None:
        yield from read_servers(reading, reading.get("mcp"), ("mcp",), CLIENT)
    yield from _plugins(reading)
    yield from _instructions(reading)
    for event in ("lsp", "formatter"):
        for name, table in list(reading.table(event).items())[:MAX_ITEMS]:
            words = table.get("command") if isinstance(table, dict) else None
            if isinstance(words, list) and words:
                yield from command(reading, event, words[0], event, name, "command", arguments=words[1:])
    for name, table in list(reading.table("provider").items())[:MAX_ITEMS]:
        base = table.get("options", {}) if isinstance(table, dict) else {}
        if isinstance(base, dict) and base.get("baseURL") is not None:
            yield from address(reading, "endpoint", base["baseURL"], "provider", name, "options", "baseURL", name=name)


def _permissions(reading: Reading) -> Iterator[Found]:
    """`permission`: one word for everything, or a table of tools to a word or to patterns."""
    rules = reading.get("permission")
    if rules is None:
        return
    if isinstance(rules, str):
        yield from _rule(reading, "*", "", rules, 0, "permission")
        return
    if not isinstance(rules, dict):
        yield reading.expected("table", "permission")
        return
    order = 0
    for tool, value in rules.items():
        for pattern, effect in value.items() if isinstance(value, dict) else (("", value),):
            at = ("permission", tool, pattern) if isinstance(value, dict) else ("permission", tool)
            yield from _rule(reading, tool, pattern, effect, order, *at)
            order += 1
            if order >= MAX_ITEMS:
                yield reading.problem(f"more than {MAX_ITEMS} rules; the rest was not read", "permission")
                return


def _rule(reading: Reading, tool: str, pattern: str, effect: Any, order: int, *at: str) -> Iterator[Found]:
    if effect is None:
        return
    if effect not in _EFFECTS:
        yield reading.problem(f"expected allow, ask or deny, found {spelled(effect)[:40]!r}", *at)
        return
    matching = "all" if pattern in ("", "*", "**") else "wildcard" if "*" in pattern or "?" in pattern else "exact"
    text = f"{tool}({pattern})" if pattern else tool
    yield from permission(reading, effect, text, *at, tool=tool, specifier=pattern, matching=matching, order=order)


def _plugins(reading: Reading) -> Iterator[Found]:
    """Packages of npm that are installed and loaded at every start."""
    plugins = reading.get("plugin")
    for index, text in enumerate(plugins[:MAX_ITEMS] if isinstance(plugins, list) else ()):
        if not isinstance(text, str):
            yield reading.expected("string", "plugin", index)
            continue
        if text.startswith(("./", "../", "/", "~", "file:")):
            yield from option(reading, "plugin", text, "plugin", index, name=text, pin="path")
            continue
        reference = npm_reference(text)
        component = component_of(reference, reading.location("plugin", index)) if reference.ecosystem and reference.name else None
        yield from option(reading, "plugin", text, "plugin", index, name=text, pin=str(component.pin) if component else "")
        if component:
            yield component


def _instructions(reading: Reading) -> Iterator[Found]:
    """Text from an address, or from outside the project; files of the project are read where they lie."""
    texts = reading.get("instructions")
    for index, text in enumerate(texts[:MAX_ITEMS] if isinstance(texts, list) else ()):
        if isinstance(text, str) and "://" in text:
            yield from address(reading, "instructions", text, "instructions", index)
        elif isinstance(text, str) and text.startswith(("~", "/", "../")):
            yield from option(reading, "instructions", text, "instructions", index)


_OLD_KEYS: Final = (
    Key("autoApproval.write.enabled", "edits-approved", (True,)),
    Key("autoApproval.write.outside", "edits-approved", (True,)),
    Key("autoApproval.write.protected", "edits-approved", (True,)),
    Key("autoApproval.mcp.enabled", "tools-approved", (True,)),
)


def _old_configuration(reading: Reading) -> Iterator[Found]:
    """`config.json` of the terminal's client before 1.0: nothing in it counts unless all of it is switched on."""
    off = "" if reading.get("autoApproval", "enabled") is True else "autoApproval.enabled is not true"
    own = reading.narrowed(why_not=off)
    yield from options(own, _OLD_KEYS)
    unused = "" if reading.get("autoApproval", "execute", "enabled") is not False else "autoApproval.execute.enabled is false"
    for effect, key in (("allow", "allowed"), ("deny", "denied")):
        at = ("autoApproval", "execute", key)
        yield from patterns(own, effect, *at, tool="execute_command", matching="prefix", everything=("*",), why_not=unused)


# fmt: off
FILES: Final = (
    File("kilo.jsonc",                        "repo", "settings", "jsonc", _configuration),
    File("kilo.json",                         "repo", "settings", "jsonc", _configuration),
    File(".kilo/kilo.jsonc",                  "repo", "settings", "jsonc", _configuration),
    File(".kilo/kilo.json",                   "repo", "settings", "jsonc", _configuration),
    File("~/.config/kilo/kilo.jsonc",         "user", "settings", "jsonc", _configuration),
    File("~/.config/kilo/kilo.json",          "user", "settings", "jsonc", _configuration),
    File(".kilocode/mcp.json",                "repo", "servers",  "jsonc", _SERVERS),
    File("~/.kilocode/cli/config.json",       "user", "settings", "jsonc", _old_configuration),
    File("~/.kilocode/cli/global/settings/mcp_settings.json", "user", "servers", "jsonc", _SERVERS),
    *(File(path,                              "user", "servers",  "jsonc", _SERVERS) for path in storage("kilocode.kilo-code/settings/mcp_settings.json")),
)
# fmt: on
