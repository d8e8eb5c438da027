"""Agents of Amazon Q Developer, and of Kiro, which took its format over: one JSON file is one agent.

Formats: Amazon Q Developer CLI, `docs/agent-format.md` and `docs/built-in-tools.md`; Kiro documentation, "Agent configuration
reference". What `allowedTools` lists runs unasked; a lone `*` has no meaning there. Patterns of commands are regular
expressions for the whole command; denials go first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.commands import hooks
from sbomgate.collectors.agents.facts import Key, foreign_texts, option, options, permission, too_many
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, Found, Reading
from sbomgate.collectors.agents.servers import Client, read_servers

# fmt: off
_LISTS: Final = (
    # names of the tool           member              effect    how it is compared
    (("execute_bash", "shell"),   "allowedCommands",  "allow",  "regex"),
    (("execute_bash", "shell"),   "deniedCommands",   "deny",   "regex"),
    (("fs_read", "read"),         "allowedPaths",     "allow",  "path"),
    (("fs_read", "read"),         "deniedPaths",      "deny",   "path"),
    (("fs_write", "write"),       "allowedPaths",     "allow",  "path"),
    (("fs_write", "write"),       "deniedPaths",      "deny",   "path"),
    (("use_aws", "aws"),          "allowedServices",  "allow",  "exact"),
    (("use_aws", "aws"),          "deniedServices",   "deny",   "exact"),
)
_SWITCHES: Final = tuple(
    Key(("toolsSettings", tool, "denyByDefault"), "protective", (True,)) for tool in ("execute_bash", "shell")
)
# fmt: on
_LONE: Final = "a lone * is no pattern of allowedTools; tools are named one by one, or by server"


def agent(reading: Reading, client: Client) -> Iterator[Found]:
    """Servers, permissions, hooks and resources of the agent that a file is."""
    name = reading.get("name")
    stem = reading.path.rpartition("/")[2].rpartition(".")[0]
    own = reading.narrowed(only_for=f"agent {(name if isinstance(name, str) and name else stem)[:MAX_NAME]}")
    if "mcpServers" in own.value:
        yield from read_servers(own, own.value["mcpServers"], ("mcpServers",), client)
    yield from _allowed(own)
    yield from _settings(own)
    yield from hooks(own, "hooks")
    yield from foreign_texts(own, "resources")
    yield from foreign_texts(own, "prompt")


def _allowed(reading: Reading) -> Iterator[Found]:
    items = reading.get("allowedTools")
    if items is None:
        return
    if not isinstance(items, list):
        yield reading.expected("array", "allowedTools")
        return
    yield from too_many(reading, items, "allowedTools")
    for index, item in enumerate(items[:MAX_ITEMS]):
        if not isinstance(item, str):
            yield reading.expected("string", "allowedTools", index)
            continue
        why_not = _LONE if item == "*" else ""
        yield from permission(reading, "allow", item, "allowedTools", index, tool=item, matching="all", order=index, why_not=why_not)
        server, _, tool = item.removeprefix("@").partition("/")
        if item.startswith("@") and item != "@builtin" and tool in ("", "*"):
            yield from option(reading, "server-trusted", item, "allowedTools", index, name=server, secrets=False)


def _settings(reading: Reading) -> Iterator[Found]:
    if reading.get("toolsSettings") is not None and not isinstance(reading.get("toolsSettings"), dict):
        yield reading.expected("table", "toolsSettings")
        return
    for tools, member, effect, matching in _LISTS:
        for tool in tools:
            at = ("toolsSettings", tool, member)
            items = reading.get(*at)
            if items is not None and not isinstance(items, list):
                yield reading.expected("array", *at)
                continue
            yield from too_many(reading, items, *at)
            for index, item in enumerate((items or [])[:MAX_ITEMS]):
                if not isinstance(item, str):
                    yield reading.expected("string", *at, index)
                    continue
                specifier = rf"\A(?:{item})\Z" if matching == "regex" else item
                yield from permission(reading, effect, item, *at, index, tool=tool, specifier=specifier, matching=matching, order=index)
    yield from options(reading, _SWITCHES)
    for tool in ("execute_bash", "shell"):
        for key in ("autoAllowReadonly", "allowReadOnly"):
            if reading.get("toolsSettings", tool, key) is True:
                yield from option(reading, "tools-approved", True, "toolsSettings", tool, key, name="commands that only read")
