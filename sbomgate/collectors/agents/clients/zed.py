"""Zed. Formats: Zed documentation, "Tool permissions", "Model Context Protocol", "External agents", "Zed and trusted worktrees".

Patterns are searched for, of either case unless said otherwise. What is always denied goes first, then what is always
confirmed, then what is always allowed, then the default of the tool, then that of all tools. Of the settings of a project Zed
takes language servers and MCP servers, and nothing about the agent (its source, `ProjectSettingsContent`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command
from sbomgate.collectors.agents.facts import Key, option, options, permission, spelled, variables
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.servers import Client, read_servers

CLIENT: Final = Client("zed", key="context_servers", disables=True)
_USER: Final = ("user",)
# fmt: off
KEYS: Final = (
    Key("agent.tool_permissions.default",     "mode",           scopes=_USER),
    Key("session.trust_all_worktrees",        "trusted-folder", (True,), _USER),
    Key("disable_ai",                         "protective",     (True,)),
)
# fmt: on
_LISTS: Final = (("deny", "always_deny"), ("ask", "always_confirm"), ("allow", "always_allow"))
_EFFECTS: Final = {"allow": "allow", "confirm": "ask", "deny": "deny"}
_LAST: Final = 10 * MAX_ITEMS
"""Rank of the default of a tool."""


def _settings(reading: Reading) -> Iterator[Found]:
    yield from options(reading, KEYS)
    if reading.get("agent", "always_allow_tool_actions") is True:
        old = "zed has agent.tool_permissions in its place since 0.224"
        yield from option(reading, "mode", True, "agent", "always_allow_tool_actions", why_not=old)
    ignored = "" if reading.scope == "user" else f"zed does not read agent.tool_permissions from a file of scope {reading.scope}"
    for tool, table in list(reading.table("agent", "tool_permissions", "tools").items())[:MAX_ITEMS]:
        yield from _tool(reading, tool, table, ignored)
    servers = reading.get("context_servers")
    if isinstance(servers, dict):  # an extension's server has its settings here and its command in the extension
        servers = {name: entry for name, entry in servers.items() if not _is_of_extension(entry)}
    if servers is not None:
        yield from read_servers(reading, servers, ("context_servers",), CLIENT)
    yield from _programs(reading)


def _tool(reading: Reading, tool: str, table: Any, ignored: str) -> Iterator[Found]:
    base = ("agent", "tool_permissions", "tools", tool)
    if not isinstance(table, dict):
        yield reading.expected("table", *base)
        return
    count = 0
    for effect, key in _LISTS:
        rules = table.get(key)
        for index, rule in enumerate(rules[:MAX_ITEMS] if isinstance(rules, list) else ()):
            pattern = rule.get("pattern") if isinstance(rule, dict) else rule
            at = (*base, key, index)
            if not isinstance(pattern, str):
                yield reading.problem("expected a table with a pattern", *at)
                continue
            fits_all = pattern in ("", ".*", "^.*$", ".+", "^", "^.*")
            specifier = pattern if isinstance(rule, dict) and rule.get("case_sensitive") is True else f"(?i){pattern}"
            matching = "all" if fits_all else "regex"
            yield from permission(
                reading, effect, pattern, *at, tool=tool, specifier=specifier, matching=matching, order=count, why_not=ignored
            )
            count += 1
    default = table.get("default")
    if default is not None:
        if default not in _EFFECTS:
            yield reading.problem(f"expected allow, confirm or deny, found {spelled(default)[:40]!r}", *base, "default")
        else:
            yield from permission(reading, _EFFECTS[default], tool, *base, "default", tool=tool, order=_LAST, why_not=ignored)


def _is_of_extension(entry: Any) -> bool:
    return isinstance(entry, dict) and (entry.get("source") == "extension" or ("settings" in entry and "command" not in entry))


def _programs(reading: Reading) -> Iterator[Found]:
    """Language servers and agents of others that are started by a command in the settings."""
    for name, table in list(reading.table("lsp").items())[:MAX_ITEMS]:
        binary = table.get("binary") if isinstance(table, dict) else None
        if isinstance(binary, dict) and binary.get("path") is not None:
            arguments = binary.get("arguments") if isinstance(binary.get("arguments"), list) else []
            yield from command(reading, "lsp", binary["path"], "lsp", name, "binary", "path", arguments=arguments)
            if binary.get("env") is not None:
                yield from variables(reading, "lsp", name, "binary", "env")
    ignored = "" if reading.scope == "user" else f"zed does not read agent_servers from a file of scope {reading.scope}"
    for name, table in list(reading.table("agent_servers").items())[:MAX_ITEMS]:
        if isinstance(table, dict) and table.get("command") is not None:
            arguments = table.get("args") if isinstance(table.get("args"), list) else []
            at = ("agent_servers", name, "command")
            yield from command(reading, "agent-server", table["command"], *at, arguments=arguments, why_not=ignored)
            if table.get("env") is not None:
                yield from variables(reading.narrowed(why_not=ignored), "agent_servers", name, "env")


_SUBJECTS: Final = ("agent", "context_servers", "lsp", "session", "disable_ai")
# fmt: off
FILES: Final = (
    File(".zed/settings.json",                     "repo", "settings", "jsonc", _settings, subjects=_SUBJECTS),
    File("~/.config/zed/settings.json",            "user", "settings", "jsonc", _settings, subjects=_SUBJECTS),
    File("~/AppData/Roaming/Zed/settings.json",    "user", "settings", "jsonc", _settings, subjects=_SUBJECTS),
)
# fmt: on
