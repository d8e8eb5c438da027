"""Visual Studio Code with GitHub Copilot. Formats: Visual Studio Code documentation, "MCP configuration reference", "Manage approvals
and permissions", "AI settings reference", "Custom agents", "Tasks"; the scopes of settings from its source, `chat.contribution.ts`.

Rules for the terminal are compared with every part of a command by how it begins, in whole words; an expression is searched
for; of several that fit, one that asks goes first, and none of them blocks. Settings, servers and tasks of a folder count
once the person trusts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command
from sbomgate.collectors.agents.editors import GUESTS, guests
from sbomgate.collectors.agents.facts import Key, option, options, permission, spelled
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.server_tables import server_file, servers_of
from sbomgate.collectors.agents.servers import Client, read_servers


def _approved(entry: dict[str, Any]) -> str:
    """Visual Studio Code documentation, "Sandbox MCP servers": tools of a sandboxed server are not confirmed."""
    return "all" if entry.get("sandboxEnabled") is True else "none"


CLIENT: Final = Client("vscode", key="servers", approved=_approved)
_SERVERS: Final = servers_of(CLIENT)
_USER: Final = ("user",)
_APPLICATION: Final = "vscode reads this setting from those of the user alone"
_OLD_NAME: Final = "the old name of chat.tools.global.autoApprove, which vscode reads from the settings of the user alone"
# fmt: off
KEYS: Final = (
    #   setting                                                kind                    values that have the effect
    Key(("chat.tools.global.autoApprove",),                    "mode",                 (True,), _USER, _APPLICATION),
    Key(("chat.tools.autoApprove",),                           "mode",                 (True,), _USER, _OLD_NAME),
    Key(("chat.permissions.default",),                         "mode"),
    Key(("chat.autopilot.advanced.enabled",),                  "model-decides",        (True,)),
    Key(("chat.tools.terminal.ignoreDefaultAutoApproveRules",), "guard-dropped",       (True,)),
    Key(("chat.tools.terminal.blockDetectedFileWrites",),      "guard-dropped",        ("never",)),
    Key(("chat.agent.sandbox.enabled",),                       "sandbox"),
    Key(("chat.mcp.access",),                                  "protective",           ("registry", "none")),
    Key(("chat.mcp.gallery.serviceUrl",),                      "registry"),
    Key(("task.allowAutomaticTasks",),                         "tasks-approved",       ("on", True)),
)
# fmt: on
_WHOLE: Final = ("", ".*", "^.*$", ".+", "^.+$", "^", "^.*", ".")
"""Expressions that fit every command."""


def settings(reading: Reading) -> Iterator[Found]:
    """What the settings of an editor say about its own agent, and about its guests."""
    if not isinstance(reading.value, dict):
        return
    yield from options(reading, KEYS)
    if reading.get("chat.tools.terminal.enableAutoApprove") is False:
        yield from option(reading, "protective", False, "chat.tools.terminal.enableAutoApprove")
    for table in ("chat.tools.terminal.autoApprove", "chat.tools.urls.autoApprove", "chat.tools.edits.autoApprove"):
        if reading.get(table) is not None and not isinstance(reading.get(table), dict):
            yield reading.expected("table", table)
    yield from _terminal(reading)
    yield from _addresses(reading)
    yield from _edits(reading)
    for name, value in list(reading.table("chat.tools.eligibleForAutoApproval").items())[:MAX_ITEMS]:
        if value is False:
            yield from option(reading, "protective", value, "chat.tools.eligibleForAutoApproval", name, name=name)
    for key, value in reading.value.items():
        if key.startswith("chat.agent.sandbox") and key.endswith(("allowNetwork", "allowUnsandboxedCommands")):
            yield from option(reading, "sandbox-weakened" if value is True else "protective", value, key)
    yield from _proxies(reading)
    inner = reading.get("mcp", "servers")
    if inner is not None:
        yield from read_servers(reading, inner, ("mcp", "servers"), CLIENT)
    if "mcpServers" in reading.value:
        ignored = reading.narrowed(why_not="vscode does not read mcpServers from its settings; servers stand in .vscode/mcp.json")
        yield from read_servers(ignored, reading.value["mcpServers"], ("mcpServers",), CLIENT)
    yield from guests(reading)


def _rule(reading: Reading, tool: str, matching: str, value: Any, *at: str, specifier: str) -> Iterator[Found]:
    """`true` approves, `false` asks; a table says the same of one part of it."""
    if isinstance(value, dict):
        said = [value.get(key) for key in ("approve", "approveRequest", "approveResponse") if isinstance(value.get(key), bool)]
        effect = "allow" if said and all(said) else "ask"
    elif isinstance(value, bool):
        effect = "allow" if value else "ask"
    else:
        yield reading.problem(f"expected true or false, found {spelled(value)[:40]}", *at)
        return
    yield from permission(reading, effect, at[-1], *at, tool=tool, specifier=specifier, matching=matching)


def _terminal(reading: Reading) -> Iterator[Found]:
    table = "chat.tools.terminal.autoApprove"
    for name, value in list(reading.table(table).items())[:MAX_ITEMS]:
        if value is None:  # takes back a rule of the built-in list, those that ask included
            yield from option(reading, "guard-dropped", value, table, name, name=name)
            continue
        specifier, matching = name, "words" if name.strip() else "all"
        if expression := re.fullmatch(r"/(.*)/([a-z]*)", name, re.DOTALL):
            specifier = f"(?i){expression[1]}" if "i" in expression[2] else expression[1]
            matching = "all" if expression[1] in _WHOLE else "regex"
        yield from _rule(reading, "terminal", matching, value, table, name, specifier=specifier)


def _addresses(reading: Reading) -> Iterator[Found]:
    table = "chat.tools.urls.autoApprove"
    for name, value in list(reading.table(table).items())[:MAX_ITEMS]:
        matching = "all" if name in ("*", "**", "https://*", "http://*", "*://*") else "wildcard" if "*" in name else "exact"
        yield from _rule(reading, "url", matching, value, table, name, specifier=name)


def _edits(reading: Reading) -> Iterator[Found]:
    table = "chat.tools.edits.autoApprove"
    for name, value in list(reading.table(table).items())[:MAX_ITEMS]:
        yield from _rule(reading, "edit", "all" if name in ("**/*", "**", "*") else "path", value, table, name, specifier=name)


def _proxies(reading: Reading) -> Iterator[Found]:
    """Where the requests of GitHub Copilot go instead."""
    from sbomgate.collectors.agents.facts import address

    advanced = "github.copilot.advanced"
    for key in reading.table(advanced):
        if key.startswith("debug.") and key.lower().endswith("url"):
            yield from address(reading, "endpoint", reading.table(advanced)[key], advanced, key, name=key)
    for key in reading.table():
        if key.startswith("github.copilot.advanced.debug.") and key.lower().endswith("url"):
            yield from address(reading, "endpoint", reading.table()[key], key, name=key)


def tasks(reading: Reading) -> Iterator[Found]:
    """The tasks that start when the folder is opened."""
    items = reading.get("tasks")
    for index, task in enumerate(items[:MAX_ITEMS] if isinstance(items, list) else ()):
        run = task.get("runOptions") if isinstance(task, dict) else None
        if not isinstance(run, dict) or run.get("runOn") != "folderOpen":
            continue
        found = False
        for place in ((), ("linux",), ("osx",), ("windows",)):
            table = reading.get("tasks", index, *place)
            words = table.get("command") if isinstance(table, dict) else None
            if isinstance(words, dict):  # {value, quoting}
                words = words.get("value")
            if isinstance(words, list) and words:
                words = " ".join(word for word in words if isinstance(word, str))
            if isinstance(words, str):
                found = True
                texts = reading.get("tasks", index, *place, "args")
                said = (text.get("value") if isinstance(text, dict) else text for text in (texts if isinstance(texts, list) else []))
                more = [text for text in said if isinstance(text, str)]
                at = ("tasks", index, *place, "command")
                if task.get("type") == "process":
                    yield from command(reading, "folderOpen", words, *at, arguments=more)
                else:
                    yield from command(reading, "folderOpen", " ".join((words, *more)), *at)
        script = task.get("script")
        if not found and task.get("type") == "npm" and isinstance(script, str):
            yield from command(reading, "folderOpen", "npm", "tasks", index, "script", arguments=["run", script])


def _workspace(reading: Reading) -> Iterator[Found]:
    """A file of a workspace has settings, servers and tasks, each under a key of its own."""
    if isinstance(reading.get("settings"), dict):
        yield from settings(reading.narrowed("settings"))
    if isinstance(reading.get("mcp"), dict):
        yield from read_servers(reading, reading.get("mcp", "servers") or {}, ("mcp", "servers"), CLIENT)
    if isinstance(reading.get("tasks"), dict):
        yield from tasks(reading.narrowed("tasks"))


def _agent(reading: Reading) -> Iterator[Found]:
    """The servers in the front matter of an agent; its `tools` are those that it has, not those that run unasked."""
    name = reading.get("name")
    path = reading.path.rpartition("/")[2].partition(".")[0]
    own = reading.narrowed(only_for=f"agent {name if isinstance(name, str) and name else path}")
    for key in ("mcp-servers", "mcpServers"):
        if isinstance(reading.get(key), dict):
            yield from read_servers(own, reading.get(key), (key,), CLIENT._replace(approved=None))


def _old_servers(reading: Reading) -> Iterator[Found]:
    return server_file(reading, client=CLIENT)


SUBJECTS: Final = (
    "chat.", "github.copilot.", "task.allowAutomaticTasks", "mcp", *GUESTS,
)  # fmt: skip
_EDITORS: Final = ("Code", "Code - Insiders", "VSCodium")
# fmt: off
FILES: Final = (
    File(".vscode/mcp.json",                  "repo", "servers",      "jsonc",    _SERVERS),
    File(".vscode/settings.json",             "repo", "settings",     "jsonc",    settings,   subjects=SUBJECTS),
    File(".vscode/tasks.json",                "repo", "hooks",        "jsonc",    tasks,      subjects=("tasks",)),
    File("*.code-workspace",                  "repo", "settings",     "jsonc",    _workspace, subjects=("settings", "mcp", "tasks")),
    File(".github/agents/*.md",               "repo", "instructions", "markdown", _agent,     also=("copilot-cli",), subjects=("mcp",)),
    File(".github/chatmodes/*.chatmode.md",   "repo", "instructions", "markdown", _agent,     subjects=("mcp",)),
    *(File(f"<cfg>/{editor}/User/{folder}{name}.json", "user", kind, "jsonc", reader, subjects=subjects)
      for editor in _EDITORS for folder in ("", "profiles/*/")
      for name, kind, reader, subjects in (("mcp", "servers", _SERVERS, ()), ("settings", "settings", settings, SUBJECTS), ("tasks", "hooks", tasks, ("tasks",)))),
)
# fmt: on
