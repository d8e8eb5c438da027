"""Junie. Formats: Junie documentation, "MCP settings", "Add commands to Action Allowlist". The first rule that fits decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.facts import option, permission, too_many
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("junie"))
_GROUPS: Final = ("executables", "fileEditing", "mcpTools", "readOutsideProject")


def allowlist(reading: Reading) -> Iterator[Found]:
    """What Junie does unasked: a default, and rules for commands, files and tools."""
    if reading.get("defaultBehavior") is not None:
        yield from option(reading, "mode", reading.get("defaultBehavior"), "defaultBehavior")
    if reading.get("allowReadonlyCommands") is True:
        yield from option(reading, "tools-approved", True, "allowReadonlyCommands", name="commands that only read")
    for group in _GROUPS:
        if reading.get("rules", group) is not None and not isinstance(reading.get("rules", group), dict):
            yield reading.expected("table", "rules", group)
        rules = reading.get("rules", group, "rules")
        if rules is None:
            continue
        if not isinstance(rules, list):
            yield reading.expected("array", "rules", group, "rules")
            continue
        yield from too_many(reading, rules, "rules", group, "rules")
        for index, rule in enumerate(rules[:MAX_ITEMS]):
            said = rule if isinstance(rule, dict) else {}
            form = "prefix" if isinstance(said.get("prefix"), str) else "pattern"
            text, effect = said.get(form), said.get("action")
            if not isinstance(text, str) or effect not in ("allow", "ask", "deny"):
                yield reading.problem("expected a rule with prefix or pattern, and action (allow, ask)", "rules", group, "rules", index)
                continue
            matching = "prefix" if form == "prefix" else "all" if text in ("*", "**") else "wildcard"
            yield from permission(
                reading, effect, text, "rules", group, "rules", index, tool=group, specifier=text, matching=matching, order=index
            )


# fmt: off
FILES: Final = (
    File(".junie/mcp/mcp.json", "repo", "servers", "jsonc", _SERVERS),
    File("~/.junie/mcp/mcp.json", "user", "servers", "jsonc", _SERVERS),
    File("~/.junie/allowlist.json", "user", "settings", "jsonc", allowlist),
)
# fmt: on
