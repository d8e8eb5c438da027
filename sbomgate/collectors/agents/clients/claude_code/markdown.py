"""Agents, skills and commands of Claude Code: what their front matter permits, and the commands in their text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.clients.claude_code import CLIENT
from sbomgate.collectors.agents.commands import hooks, shell_lines
from sbomgate.collectors.agents.facts import parts, permission, too_many
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, Found, Reading
from sbomgate.collectors.agents.servers import read_servers
from sbomgate.collectors.fields import type_name

_FOLDERS: Final = {"agents": "agent", "commands": "command", "skills": "skill"}
_IN_PLUGIN: Final = "claude-code does not take hooks, servers or a mode from an agent that came with a plugin"


def markdown(reading: Reading) -> Iterator[Found]:
    """What the file at `.claude/agents`, `skills` or `commands` adds to the settings."""
    folder = next((part for part in reversed(reading.path.split("/")[:-1]) if part in _FOLDERS), "skills")
    yield from front_matter_facts(reading, folder)


def front_matter_facts(reading: Reading, folder: str, owner: str = "") -> Iterator[Found]:
    """What the front matter says, limited to the agent, skill or command of the file. `owner`: ` of plugin acme`."""
    from sbomgate.collectors.agents.clients.claude_code.settings import judged, mode

    sort = _FOLDERS[folder]
    name = reading.get("name")
    path = reading.path.removesuffix("/SKILL.md").removesuffix(".md").rpartition("/")[2]
    own = reading.narrowed(only_for=f"{sort} {(name if isinstance(name, str) and name else path)[:MAX_NAME]}{owner}")
    yield from too_many(own, own.get("allowed-tools"), "allowed-tools")
    limited = own.narrowed(why_not=_IN_PLUGIN) if owner and sort == "agent" else own
    for key in ("allowed-tools", "allowedTools"):
        for count, (text, at) in enumerate(_listed(own, key)):
            matching, why_not = judged("allow", parts(text), own.scope)
            yield from permission(own, "allow", text, *at, order=count, matching=matching, why_not=why_not)
    for count, (text, at) in enumerate(_listed(own, "disallowedTools")):
        yield from permission(own, "deny", text, *at, order=count, matching=judged("deny", parts(text), own.scope)[0])
    yield from mode(limited, "permissionMode")
    yield from hooks(limited, "hooks")
    yield from _servers(limited)
    if sort != "agent":
        yield from shell_lines(own, sort, reading.text)


def _listed(reading: Reading, key: str) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The rules at `key`: a list, or one text with commas or spaces between them."""
    value = reading.get(key)
    if isinstance(value, list):
        for index, item in enumerate(value[:MAX_ITEMS]):
            if isinstance(item, str):
                yield item, (key, index)
    elif isinstance(value, str):
        for text in _divided(value[:100_000])[:MAX_ITEMS]:
            yield text, (key,)


def _divided(text: str) -> list[str]:
    """`Bash(git add:*), Read Edit` as three rules: commas and spaces inside brackets divide nothing."""
    found: list[str] = []
    start = level = 0
    for match in re.finditer(r"[(),\s]", text):
        if match[0] == "(":
            level += 1
        elif match[0] == ")":
            level = max(level - 1, 0)
        elif not level:
            found.append(text[start : match.start()])
            start = match.end()
    found.append(text[start:])
    return [item for item in found if item]


def _servers(reading: Reading) -> Iterator[Found]:
    """Servers of an agent: a table, or a list of names and of tables; a name means a server that stands elsewhere."""
    value: Any = reading.get("mcpServers")
    if isinstance(value, dict):
        yield from read_servers(reading, value, ("mcpServers",), CLIENT)
    elif isinstance(value, list):
        for index, item in enumerate(value[:MAX_ITEMS]):
            if isinstance(item, dict):
                yield from read_servers(reading, item, ("mcpServers", index), CLIENT)
    elif value is not None and not isinstance(value, str):
        yield reading.problem(f"expected table, found {type_name(value)}", "mcpServers")
