"""Claude Code: its settings, servers, plugins, and what the front matter of agents, skills and commands adds to them.

Formats: Claude Code documentation, "Claude Code settings", "All settings", "Configure permissions", "Connect Claude Code to
tools via MCP", "Hooks reference", "Plugins reference", "Create and distribute a plugin marketplace", "Skills", "Subagents".
Settings are strict JSON: with a comment in it a file is dropped, its deny rules with it. Lists merge over all files; deny
goes before ask, ask before allow, wherever each stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.reading import File, Found, Reading
from sbomgate.collectors.agents.server_tables import server_file, servers_of
from sbomgate.collectors.agents.servers import Client

CLIENT: Final = Client("claude-code")
_SERVERS: Final = servers_of(CLIENT)


def _settings(reading: Reading) -> Iterator[Found]:
    from sbomgate.collectors.agents.clients.claude_code.settings import settings

    return settings(reading)


def _state(reading: Reading) -> Iterator[Found]:
    from sbomgate.collectors.agents.clients.claude_code.settings import state

    return state(reading)


def _plugin(reading: Reading) -> Iterator[Found]:
    from sbomgate.collectors.agents.clients.claude_code.plugins import plugin

    return plugin(reading)


def _marketplace(reading: Reading) -> Iterator[Found]:
    from sbomgate.collectors.agents.clients.claude_code.plugins import marketplace

    return marketplace(reading)


def _markdown(reading: Reading) -> Iterator[Found]:
    from sbomgate.collectors.agents.clients.claude_code.markdown import markdown

    return markdown(reading)


def _plugin_servers(reading: Reading) -> Iterator[Found]:
    return server_file(reading, client=CLIENT._replace(bare=True))


_PLUGIN: Final = "~/.claude/plugins/cache/*/*/*"
_MANAGED: Final = ("/etc/claude-code", "/Library/Application Support/ClaudeCode", "C:/Program Files/ClaudeCode")
_ALSO: Final = ("copilot-cli",)
"""GitHub Copilot CLI documentation: takes up these files of the repository as well."""
# fmt: off
FILES: Final = (
    #    path                                           scope         kind            format      reader
    File(".mcp.json",                                   "repo",       "servers",      "json",     _SERVERS, also=_ALSO),
    File(".claude/settings.json",                       "repo",       "settings",     "json",     _settings, also=_ALSO),
    File(".claude/settings.local.json",                 "repo-local", "settings",     "json",     _settings, also=_ALSO),
    File("~/.claude/settings.json",                     "user",       "settings",     "json",     _settings),
    File("~/.claude.json",                              "user",       "servers",      "json",     _state, limit=64 * 2**20),
    *(File(f"{folder}/managed-settings.json",           "managed",    "settings",     "json",     _settings) for folder in _MANAGED),
    *(File(f"{folder}/managed-settings.d/*.json",       "managed",    "settings",     "json",     _settings) for folder in _MANAGED),
    *(File(f"{folder}/managed-mcp.json",                "managed",    "servers",      "json",     _SERVERS) for folder in _MANAGED),
    File(".claude-plugin/plugin.json",                  "plugin",     "plugin",       "json",     _plugin),
    File(f"{_PLUGIN}/.claude-plugin/plugin.json",       "plugin",     "plugin",       "json",     _plugin),
    File(f"{_PLUGIN}/.mcp.json",                        "plugin",     "servers",      "json",     _plugin_servers),
    File(".claude-plugin/marketplace.json",             "repo",       "marketplace",  "json",     _marketplace),
    File("~/.claude/plugins/marketplaces/*/.claude-plugin/marketplace.json", "user", "marketplace", "json", _marketplace),
    File(".claude/agents/*.md",                         "repo",       "instructions", "markdown", _markdown),
    File(".claude/agents/*/*.md",                       "repo",       "instructions", "markdown", _markdown),
    File(".claude/skills/*/SKILL.md",                   "repo",       "instructions", "markdown", _markdown),
    File(".claude/commands/*.md",                       "repo",       "instructions", "markdown", _markdown),
    File(".claude/commands/*/*.md",                     "repo",       "instructions", "markdown", _markdown),
    File("~/.claude/agents/*.md",                       "user",       "instructions", "markdown", _markdown),
    File("~/.claude/agents/*/*.md",                     "user",       "instructions", "markdown", _markdown),
    File("~/.claude/skills/*/SKILL.md",                 "user",       "instructions", "markdown", _markdown),
    File("~/.claude/commands/*.md",                     "user",       "instructions", "markdown", _markdown),
    File("~/.claude/commands/*/*.md",                   "user",       "instructions", "markdown", _markdown),
)
# fmt: on
