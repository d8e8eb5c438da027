"""Amp: servers, permissions, delegates. Format: Amp manual, "Configuration", and its appendix "Permissions reference".

Keys have a dot in them: `amp.permissions`. The first rule that fits decides. A server of a workspace is started after a question.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command
from sbomgate.collectors.agents.facts import Key, option, options, permission, too_many
from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.servers import Client, read_servers

_CLIENT: Final = Client("amp", key="amp.mcpServers")
_ACTIONS: Final = {"allow": "allow", "ask": "ask", "reject": "deny"}
_KEYS: Final = (
    Key(("amp.guardedFiles.allowlist",), "edits-approved"),
    Key(("amp.url",), "endpoint"),
    Key(("amp.tools.disable",), "protective"),
)
_TABLE: Final = "expected a rule with tool, and action (allow, reject, ask, delegate)"


def settings(reading: Reading) -> Iterator[Found]:
    """What a settings file starts and permits."""
    if "amp.mcpServers" in reading.value:
        yield from read_servers(reading, reading.value["amp.mcpServers"], ("amp.mcpServers",), _CLIENT)
    if reading.get("amp.dangerouslyAllowAll") is True:
        yield from option(reading, "mode", "dangerouslyAllowAll", "amp.dangerouslyAllowAll")
    yield from options(reading, _KEYS)
    yield from _permissions(reading)
    yield from _server_rules(reading)


def _permissions(reading: Reading) -> Iterator[Found]:
    rules = reading.get("amp.permissions")
    if rules is None:
        return
    if not isinstance(rules, list):
        yield reading.expected("array", "amp.permissions")
        return
    yield from too_many(reading, rules, "amp.permissions")
    for index, rule in enumerate(rules[:MAX_ITEMS]):
        tool = rule.get("tool") if isinstance(rule, dict) else None
        action = rule.get("action") if isinstance(rule, dict) else None
        if not isinstance(tool, str) or action not in (*_ACTIONS, "delegate"):
            yield reading.problem(_TABLE, "amp.permissions", index)
            continue
        if action == "delegate":
            if rule.get("to") is not None:
                yield from command(reading, "delegate", rule["to"], "amp.permissions", index, "to", matcher=tool)
            continue
        own = reading.narrowed(only_for="sub-agents") if rule.get("context") == "subagent" else reading
        for text, at in _conditions(rule.get("matches"), ("amp.permissions", index)):
            is_regex = len(text) > 1 and text.startswith("/") and text.endswith("/")
            yield from permission(
                own,
                _ACTIONS[action],
                f"{tool}({text})" if text else tool,
                *at,
                tool=tool,
                specifier=text[1:-1] if is_regex else text,
                matching="regex" if is_regex else "",
                order=index,
            )


def _conditions(matches: Any, at: Pointer) -> Iterator[tuple[str, Pointer]]:
    """The patterns of a rule; none stands for every use of the tool."""
    found = False
    for key, value in list(matches.items())[:MAX_ITEMS] if isinstance(matches, dict) else ():
        for number, text in enumerate(value[:MAX_ITEMS] if isinstance(value, list) else [value]):
            if isinstance(text, str):
                found = True
                yield text, (*at, "matches", key, *((number,) if isinstance(value, list) else ()))
    if not found:
        yield "", at


def _server_rules(reading: Reading) -> Iterator[Found]:
    """`amp.mcpPermissions`: which servers may be used at all."""
    rules = reading.get("amp.mcpPermissions")
    if rules is not None and not isinstance(rules, list):
        yield reading.expected("array", "amp.mcpPermissions")
    for index, rule in enumerate(rules[:MAX_ITEMS] if isinstance(rules, list) else ()):
        matches = rule.get("matches") if isinstance(rule, dict) else None
        action = rule.get("action") if isinstance(rule, dict) else None
        kind = {"allow": "server-allowed", "reject": "server-denied"}.get(action) if isinstance(action, str) else None
        if kind and isinstance(matches, dict):
            for key in ("command", "url"):
                if isinstance(value := matches.get(key), str):
                    yield from option(reading, kind, f"{key} {value}", "amp.mcpPermissions", index, "matches", key)
        else:
            yield reading.problem("expected a rule with matches, and action (allow, reject)", "amp.mcpPermissions", index)


_MANAGED: Final = ("/etc/ampcode", "/Library/Application Support/ampcode", "C:/ProgramData/ampcode")
# fmt: off
FILES: Final = (
    *(File(f"{folder}/settings.{end}", scope, "settings", "jsonc", settings)
      for folder, scope in ((".amp", "repo"), ("~/.config/amp", "user")) for end in ("json", "jsonc")),
    *(File(f"{folder}/managed-settings.json", "managed", "settings", "jsonc", settings) for folder in _MANAGED),
)
# fmt: on
