"""Cursor, the editor and its CLI. Formats: Cursor documentation, "permissions.json reference", "sandbox.json reference", "Hooks",
"CLI: Permissions", "CLI: Configuration", "Model Context Protocol".

How much runs unasked (the run mode) is a setting of the app, in no file: the lists here count where it allows any. Older
versions of the documentation know permissions.json of the home folder alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.commands import hooks
from sbomgate.collectors.agents.editors import settings_files
from sbomgate.collectors.agents.facts import Key, Parts, option, options, patterns, permission, permissions
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("cursor"))
_OWN: Final = ("user", "managed")
# fmt: off
CLI_KEYS: Final = (
    Key("approvalMode",             "mode",              scopes=_OWN, why_not="cursor takes nothing but permissions from the cli.json of a project"),
    Key("sandbox.mode",             "sandbox",           scopes=_OWN, why_not="cursor takes nothing but permissions from the cli.json of a project"),
)
SANDBOX_KEYS: Final = (
    Key("type",                     "sandbox"),
    Key("additionalReadwritePaths", "sandbox-weakened"),
    Key("additionalReadonlyPaths",  "sandbox-weakened"),
    Key("additionalReadPaths",      "sandbox-weakened"),
    Key("enableSharedBuildCache",   "sandbox-weakened",  (True,)),
    Key("disableTmpWrite",          "protective",        (True,)),
    Key("readBoundary",             "protective",        ("workspace",)),
    Key("networkPolicy.allow",      "sandbox-weakened"),
    Key("networkPolicy.deny",       "protective"),
)
# fmt: on


def _permissions(reading: Reading) -> Iterator[Found]:
    """permissions.json: lists of what the agent of the editor runs unasked, and prose for the model that decides on the rest."""
    yield from patterns(reading, "allow", "terminalAllowlist", tool="Shell", matching="prefix", everything=("*",))
    items = reading.get("mcpAllowlist")
    if items is not None and not isinstance(items, list):
        yield reading.expected("array", "mcpAllowlist")
        items = []
    for index, text in enumerate((items or [])[:MAX_ITEMS]):
        if isinstance(text, str):
            matching = "all" if text.strip() in ("*", "*:*") else "wildcard" if "*" in text else "exact"
            at = ("mcpAllowlist", index)
            yield from permission(reading, "allow", text, *at, tool="Mcp", specifier=text, matching=matching, order=index)
        else:
            yield reading.expected("string", "mcpAllowlist", index)
    for key, kind in (("allow_instructions", "model-decides"), ("block_instructions", "protective")):
        prose = reading.get("autoRun", key)
        for index, text in enumerate(prose[:MAX_ITEMS] if isinstance(prose, list) else ()):
            yield from option(reading, kind, text, "autoRun", key, index)


def _judged(effect: str, rule: Parts, scope: str) -> tuple[str, str]:  # noqa: ARG001 - the signature of `facts.permissions`
    """How the specifier of a token is compared: of `Shell` the command's first word, and what stands behind a colon."""
    if rule.specifier in ("", "*", "**", "*:*"):
        return "all", ""
    if rule.tool == "Shell":
        return ("wildcard" if "*" in rule.specifier.removesuffix(":*") else "words"), ""
    return {"Read": "path", "Write": "path", "WebFetch": "domain"}.get(rule.tool, ""), ""


def _cli(reading: Reading) -> Iterator[Found]:
    for effect in ("allow", "deny"):
        yield from permissions(reading, effect, "permissions", effect, judge=_judged)
    yield from options(reading, CLI_KEYS)


def _hooks(reading: Reading) -> Iterator[Found]:
    yield from hooks(reading, "hooks", events=r"[a-z][A-Za-z]*")


def _sandbox(reading: Reading) -> Iterator[Found]:
    yield from options(reading, SANDBOX_KEYS)
    default = reading.get("networkPolicy", "default")
    if default is not None:
        yield from option(reading, "sandbox-weakened" if default == "allow" else "protective", default, "networkPolicy", "default")


# fmt: off
FILES: Final = (
    File(".cursor/mcp.json",                                 "repo",    "servers",  "jsonc", _SERVERS),
    File("~/.cursor/mcp.json",                               "user",    "servers",  "jsonc", _SERVERS),
    File(".cursor/permissions.json",                         "repo",    "settings", "jsonc", _permissions),
    File("~/.cursor/permissions.json",                       "user",    "settings", "jsonc", _permissions),
    File(".cursor/cli.json",                                 "repo",    "settings", "json",  _cli),
    File("~/.cursor/cli-config.json",                        "user",    "settings", "json",  _cli),
    File("~/.config/cursor/cli-config.json",                 "user",    "settings", "json",  _cli),
    File(".cursor/sandbox.json",                             "repo",    "settings", "jsonc", _sandbox),
    File("~/.cursor/sandbox.json",                           "user",    "settings", "jsonc", _sandbox),
    File(".cursor/hooks.json",                               "repo",    "hooks",    "jsonc", _hooks),
    File("~/.cursor/hooks.json",                             "user",    "hooks",    "jsonc", _hooks),
    File("/etc/cursor/hooks.json",                           "managed", "hooks",    "jsonc", _hooks),
    File("/Library/Application Support/Cursor/hooks.json",   "managed", "hooks",    "jsonc", _hooks),
    File("C:/ProgramData/Cursor/hooks.json",                 "managed", "hooks",    "jsonc", _hooks),
    *settings_files("Cursor"),
)
# fmt: on
