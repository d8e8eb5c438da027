"""Kiro, the editor and the command line: servers, agents, hooks, permissions.

Formats: Kiro documentation, "MCP configuration", "Custom agents", "Hooks", "Permissions", and, for the settings of the editor
before 1.0, its 0.x reference. Permissions are a person's own; a file of that name in a repository is not read, and the effect
that forbids most wins. For agents in JSON see `amazon_agents`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from sbomgate.collectors.agents.amazon_agents import agent
from sbomgate.collectors.agents.commands import command, prompt
from sbomgate.collectors.agents.facts import Key, options, permission, too_many
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client, read_servers
from sbomgate.collectors.fields import type_name

_CLIENT: Final = Client("kiro", approvals=("autoApprove",), wildcard=True, disables=True)
_SERVERS: Final = servers_of(_CLIENT)
_AGENT: Final = partial(agent, client=_CLIENT)
_EFFECTS: Final = ("allow", "ask", "deny")
_OFF: Final = "switched off: enabled is false"


# --- permissions -----------------------------------------------------------------------------------------------------


def permission_file(reading: Reading) -> Iterator[Found]:
    """The rules of `permissions.yaml`."""
    yield from capability_rules(reading, "rules")


def capability_rules(reading: Reading, key: str) -> Iterator[Found]:
    """Each rule of the list at `key`: a capability, an effect, patterns of what it is for."""
    rules = reading.get(key)
    if rules is None:
        return
    if not isinstance(rules, list):
        yield reading.expected("array", key)
        return
    yield from too_many(reading, rules, key)
    for index, rule in enumerate(rules[:MAX_ITEMS]):
        capability = rule.get("capability") if isinstance(rule, dict) else None
        effect = rule.get("effect") if isinstance(rule, dict) else None
        if not isinstance(capability, str) or effect not in _EFFECTS:
            yield reading.problem("expected a rule with capability and effect (deny, ask, allow)", key, index)
            continue
        tool = "*" if capability == "all" else capability
        patterns: list[tuple[Any, tuple[str | int, ...]]] = [(None, (key, index))]
        if isinstance(rule.get("match"), list):
            patterns = [(item, (key, index, "match", number)) for number, item in enumerate(rule["match"][:MAX_ITEMS])]
        elif rule.get("match") is not None:
            patterns = [(rule["match"], (key, index, "match"))]
        for pattern, at in patterns:
            if pattern is not None and not isinstance(pattern, str):
                yield reading.problem(f"expected string, found {type_name(pattern)}", *at)
                continue
            matching = "all" if pattern in (None, "*", "**") else "path" if capability.startswith("fs_") else ""
            text = f"{capability}({pattern})" if pattern else capability
            yield from permission(reading, effect, text, *at, tool=tool, specifier=pattern or "", matching=matching, order=index)
        if rule.get("exclude"):
            yield f"{reading.path}: {reading.place(key, index)}: what exclude exempts from the rule is not taken into account"


def markdown_agent(reading: Reading) -> Iterator[Found]:
    """The agent whose settings are the front matter of a Markdown file."""
    name = reading.path.rpartition("/")[2].removesuffix(".md")
    own = reading.narrowed(only_for=f"agent {name[:MAX_NAME]}")
    if own.get("mcpServers") is not None:
        yield from read_servers(own, own.value["mcpServers"], ("mcpServers",), _CLIENT)
    yield from capability_rules(own, "permissions")


# --- hooks -----------------------------------------------------------------------------------------------------------


def editor_hook(reading: Reading) -> Iterator[Found]:
    """The hook of a `.kiro.hook` file: `when` an event, `then` a command or a prompt."""
    event, patterns = reading.get("when", "type"), reading.get("when", "patterns")
    matcher = ", ".join(item for item in patterns[:100] if isinstance(item, str)) if isinstance(patterns, list) else ""
    yield from _action(reading, event, ("then",), matcher)


def hook_list(reading: Reading) -> Iterator[Found]:
    """The hooks of a file in the format of Kiro 1.0: each has a trigger, a matcher and an action."""
    items = reading.get("hooks")
    if items is None:
        return
    if not isinstance(items, list):
        yield reading.expected("array", "hooks")
        return
    yield from too_many(reading, items, "hooks")
    for index in range(len(items[:MAX_ITEMS])):
        if not isinstance(items[index], dict):
            yield reading.expected("table", "hooks", index)
            continue
        own = reading.narrowed("hooks", index)
        matcher = own.get("matcher")
        yield from _action(own, own.get("trigger"), ("action",), matcher if isinstance(matcher, str) else "")


def _action(reading: Reading, event: Any, at: tuple[str, ...], matcher: str) -> Iterator[Found]:
    name = event if isinstance(event, str) else ""
    why_not = _OFF if reading.get("enabled") is False else ""
    if reading.get(*at, "command") is not None:
        yield from command(reading, name, reading.get(*at, "command"), *at, "command", matcher=matcher, why_not=why_not)
    elif reading.get(*at, "prompt") is not None:
        yield from prompt(reading, name, reading.get(*at, "prompt"), *at, "prompt", matcher=matcher, why_not=why_not)
    else:
        yield reading.problem("a hook without a command or prompt", *at, fix="remove it, or write what it does")


# --- settings of the editor ------------------------------------------------------------------------------------------

_SETTINGS: Final = (
    Key(("kiroAgent.agentAutonomy",), "mode"),
    Key(("kiroAgent.trustedTools",), "tools-approved", named=True),
)
_BEFORE_1: Final = ("kiroAgent.trustedCommands", "kiroAgent.commandDenylist")


def editor_settings(reading: Reading) -> Iterator[Found]:
    """What settings of the editor, of a person or of a workspace, let Kiro do unasked."""
    for key, effect in zip(_BEFORE_1, ("allow", "ask"), strict=True):
        items = reading.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            yield reading.expected("array", key)
            continue
        yield from too_many(reading, items, key)
        for index, item in enumerate(items[:MAX_ITEMS]):
            if not isinstance(item, str):
                yield reading.expected("string", key, index)
                continue
            specifier = item if effect == "allow" else f"*{item}*"
            yield from permission(reading, effect, item, key, index, tool="shell", specifier=specifier, order=index)
        yield f"{reading.path}: {key} counts in Kiro 0.x; Kiro 1.0 has rules of its own (permissions.yaml)"
    yield from options(reading, _SETTINGS)


def in_editor(reading: Reading) -> Iterator[Found]:
    """What the settings of another editor, or of a workspace, tell Kiro."""
    yield from editor_settings(reading.narrowed(client="kiro"))


_NOT_READ: Final = "kiro reads no permissions from a repository; they are a person's own, in ~/.kiro"
# fmt: off
FILES: Final = (
    File(".kiro/settings/mcp.json",                 "repo",  "servers",       "jsonc",     _SERVERS),
    File(".kiro/settings/permissions.yaml",         "repo",  "settings",      "yaml",      permission_file, why_not=_NOT_READ),
    File(".kiro/agents/*.json",                     "repo",  "settings",      "json",      _AGENT),
    File(".kiro/agents/*.md",                       "repo",  "instructions",  "markdown",  markdown_agent),
    File(".kiro/hooks/*.kiro.hook",                 "repo",  "hooks",         "jsonc",     editor_hook),
    File(".kiro/hooks/*.json",                      "repo",  "hooks",         "jsonc",     hook_list),
    File("~/.kiro/settings/mcp.json",               "user",  "servers",       "jsonc",     _SERVERS),
    File("~/.kiro/settings/permissions.yaml",       "user",  "settings",      "yaml",      permission_file),
    File("~/.kiro/workspace-roots/*/permissions.yaml", "user", "settings",    "yaml",      permission_file),
    File("~/.kiro/agents/*.json",                   "user",  "settings",      "json",      _AGENT),
    File("~/.kiro/agents/*.md",                     "user",  "instructions",  "markdown",  markdown_agent),
    File("~/.kiro/hooks/*.json",                    "user",  "hooks",         "jsonc",     hook_list),
    File("<cfg>/Kiro/User/settings.json",           "user",  "settings",      "jsonc",     editor_settings),
)
# fmt: on
