"""GitHub Copilot CLI. Formats: GitHub documentation, "Copilot CLI configuration directory", "Hooks reference", "Add MCP servers",
"Add LSP servers", "Configure GitHub Copilot CLI".

A committed settings.json may say what is denied and which plugins and hooks there are; every other key in it is ignored. It
takes up `.mcp.json` and the settings of Claude Code as well. What `--allow-all` and the like approve is in no file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command, hooks
from sbomgate.collectors.agents.facts import Key, Parts, address, option, options, patterns, permission, permissions
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client

_SERVERS: Final = servers_of(Client("copilot-cli", bare=True))
_OWN: Final = ("user", "managed")
_USER: Final = ("user",)
_MANAGED: Final = ("managed",)
# fmt: off
KEYS: Final = (
    #   path                                          kind                     values that have the effect      read from
    Key("permissions.disableBypassPermissionsMode",   "protective",            ("disable", "allow-auto-only"),  _OWN),
    Key("disableAllHooks",                            "protective",            (True,)),
    Key("disabledMcpServers",                         "server-denied",         named=True),
    Key("trustedFolders",                             "trusted-folder",        (),                              _USER, named=True),
    Key("trusted_folders",                            "trusted-folder",        (),                              _USER, named=True),
    Key("bashEnv",                                    "preload",               (True,),                         _USER),
    Key("skillDirectories",                           "instructions",          (),                              _USER),
    Key("sandbox.enabled",                            "sandbox",               (),                              _OWN),
    Key("sandbox.allowBypass",                        "sandbox-weakened",      (True,),                         _OWN, as_false="protective"),
    Key("sandbox.auth.git",                           "sandbox-weakened",      (True,),                         _OWN, as_false="protective"),
    Key("sandbox.auth.gh",                            "sandbox-weakened",      (True,),                         _OWN, as_false="protective"),
    Key("sandbox.failIfUnavailable",                  "protective",            (True,),                         _MANAGED),
    Key("sandbox.userPolicy.network.allowLocalNetwork", "sandbox-weakened",    (True,),                         _OWN),
    Key("sandbox.userPolicy.network.allowedHosts",    "protective",            (),                              _OWN),
    Key("sandbox.userPolicy.network.blockedHosts",    "protective",            (),                              _OWN),
    Key("sandbox.userPolicy.filesystem.deniedPaths",  "protective",            (),                              _OWN),
    Key("sandbox.userPolicy.seatbelt.keychainAccess", "sandbox-weakened",      (True,),                         _OWN),
    Key("strictKnownMarketplaces",                    "protective",            (),                              _MANAGED),
)
# fmt: on


def _settings(reading: Reading) -> Iterator[Found]:
    yield from options(reading, KEYS)
    elsewhere = "" if reading.scope in _OWN else f"copilot-cli does not read this from a file of scope {reading.scope}"
    yield from patterns(reading, "allow", "allowedUrls", tool="url", matching="domain", everything=("*",), why_not=elsewhere)
    yield from patterns(reading, "deny", "deniedUrls", tool="url", matching="domain", everything=("*",))
    for effect in ("allow", "ask", "deny"):
        yield from permissions(reading.narrowed(why_not=_only_managed(reading)), effect, "permissions", effect, judge=_judged)
    if reading.get("proxyUrl") is not None:
        yield from address(reading, "proxy", reading.get("proxyUrl"), "proxyUrl", why_not=elsewhere)
    yield from hooks(reading, "hooks")
    if reading.get("statusLine", "command") is not None:
        yield from command(reading, "statusLine", reading.get("statusLine", "command"), "statusLine", "command", why_not=elsewhere)
    if reading.get("policyHelper", "path") is not None:
        arguments = reading.get("policyHelper", "args")
        yield from command(
            reading,
            "policyHelper",
            reading.get("policyHelper", "path"),
            "policyHelper",
            "path",
            arguments=arguments if isinstance(arguments, list) else [],
            why_not=_only_managed(reading),
        )
    yield from _plugins(reading)
    yield from _server_lists(reading)


def _only_managed(reading: Reading) -> str:
    return "" if reading.scope == "managed" else f"copilot-cli reads this from managed settings, not from a file of scope {reading.scope}"


def _judged(effect: str, rule: Parts, scope: str) -> tuple[str, str]:  # noqa: ARG001 - the signature of `facts.permissions`
    """`:*` at the end stands for further words, and nothing else for anything."""
    if rule.specifier in ("", "*"):
        return "all", ""
    return ("words" if rule.specifier.endswith(":*") else "domain" if rule.tool.lower() == "url" else "exact"), ""


def _plugins(reading: Reading) -> Iterator[Found]:
    from sbomgate.collectors.agents.clients.claude_code.sources import marketplace_source, source_secrets

    for name, entry in list(reading.table("extraKnownMarketplaces").items())[:MAX_ITEMS]:
        source = entry.get("source") if isinstance(entry, dict) else None
        stated, keys = (
            (source, ("extraKnownMarketplaces", name, "source")) if isinstance(source, dict) else (entry, ("extraKnownMarketplaces", name))
        )
        said, pin = marketplace_source(stated)
        yield from option(reading, "marketplace", said, "extraKnownMarketplaces", name, name=name, pin=pin, secrets=False)
        yield from source_secrets(reading, stated, *keys)
    for name, value in list(reading.table("enabledPlugins").items())[:MAX_ITEMS]:
        yield from option(reading, "plugin", value, "enabledPlugins", name, name=name)


def _server_lists(reading: Reading) -> Iterator[Found]:
    for key, kind in (("allowedMcpServers", "server-allowed"), ("deniedMcpServers", "server-denied")):
        items = reading.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            yield reading.expected("array", key)
            continue
        if not items and kind == "server-allowed":
            yield from option(reading, "protective", items, key, why_not=_only_managed(reading))
        for index, item in enumerate(items[:MAX_ITEMS]):
            said = item if isinstance(item, dict) else {}
            name, words, url = said.get("serverName"), said.get("serverCommand"), said.get("serverUrl")
            text = f"name {name}" if isinstance(name, str) else f"url {url}" if isinstance(url, str) else ""
            if isinstance(words, list):
                text = "command " + " ".join(word for word in words if isinstance(word, str))
            if not text:
                yield reading.problem("expected one of serverName, serverCommand, serverUrl", key, index)
                continue
            shown = name if isinstance(name, str) else ""
            yield from option(reading, kind, text, key, index, name=shown, why_not=_only_managed(reading))


_TOOLS: Final = {"read": "read", "write": "write", "memory": "memory", "extension-management": "extension-management"}


def _saved(reading: Reading) -> Iterator[Found]:
    """permissions-config.json: what a person approved for good, by the folder that it holds for."""
    for path, table in list(reading.table("locations").items())[:MAX_ITEMS]:
        if not isinstance(table, dict):
            yield reading.expected("table", "locations", path)
            continue
        own = reading.narrowed("locations", path, only_for=f"project {path}")
        approvals = table.get("tool_approvals")
        for index, item in enumerate(approvals[:MAX_ITEMS] if isinstance(approvals, list) else ()):
            if isinstance(item, dict):
                yield from _approval(own, item, index)
            else:
                yield own.expected("table", "tool_approvals", index)
        yield from options(own, (Key("allowed_directories", "directories"),))


def _approval(own: Reading, item: dict[str, Any], index: int) -> Iterator[Found]:
    at = ("tool_approvals", index)
    kind = item.get("kind")
    if kind == "commands":
        texts = item.get("commandIdentifiers")
        for number, text in enumerate(texts[:MAX_ITEMS] if isinstance(texts, list) else ()):
            if isinstance(text, str):
                how = "words" if text.endswith(":*") else "exact"
                place = (*at, "commandIdentifiers", number)
                yield from permission(own, "allow", text, *place, tool="shell", specifier=text, matching=how, order=index)
    elif kind in ("mcp", "mcp-sampling") and isinstance(item.get("serverName"), str):
        tool = item.get("toolName") if kind == "mcp" else "sampling"
        specifier = tool if isinstance(tool, str) else ""
        text = f"{item['serverName']}({specifier})" if specifier else item["serverName"]
        yield from permission(own, "allow", text, *at, tool=item["serverName"], specifier=specifier, order=index)
    elif kind == "custom-tool" and isinstance(item.get("toolName"), str):
        yield from permission(own, "allow", item["toolName"], *at, tool=item["toolName"], order=index)
    elif kind in _TOOLS:
        yield from permission(own, "allow", _TOOLS[str(kind)], *at, tool=_TOOLS[str(kind)], order=index)


def _state(reading: Reading) -> Iterator[Found]:
    """config.json: the state of the program; settings that are left in it are moved to settings.json at the next start."""
    keys = tuple(key for key in KEYS if key.path in ("trustedFolders", "trusted_folders"))
    yield from options(reading, keys)


def _hooks(reading: Reading) -> Iterator[Found]:
    yield from hooks(reading, "hooks")


def _language_servers(reading: Reading) -> Iterator[Found]:
    for name, entry in list(reading.table("lspServers").items())[:MAX_ITEMS]:
        if isinstance(entry, dict) and entry.get("command") is not None:
            arguments = entry.get("args") if isinstance(entry.get("args"), list) else []
            yield from command(reading, "lsp-server", entry["command"], "lspServers", name, "command", arguments=arguments)


# fmt: off
FILES: Final = (
    File(".github/mcp.json",                        "repo",       "servers",  "jsonc", _SERVERS),
    File("~/.copilot/mcp-config.json",              "user",       "servers",  "jsonc", _SERVERS),
    File(".github/copilot/settings.json",           "repo",       "settings", "jsonc", _settings),
    File(".github/copilot/settings.local.json",     "repo-local", "settings", "jsonc", _settings),
    File("~/.copilot/settings.json",                "user",       "settings", "jsonc", _settings),
    File("~/.copilot/config.json",                  "user",       "settings", "jsonc", _state),
    File("~/.copilot/permissions-config.json",      "user",       "settings", "jsonc", _saved),
    File("/etc/github-copilot/managed-settings.json", "managed",  "settings", "jsonc", _settings),
    File("/Library/Application Support/GitHubCopilot/managed-settings.json", "managed", "settings", "jsonc", _settings),
    File("C:/Program Files/GitHubCopilot/managed-settings.json", "managed", "settings", "jsonc", _settings),
    File(".github/hooks/*.json",                    "repo",       "hooks",    "jsonc", _hooks, also=("vscode",)),
    File("~/.copilot/hooks/*.json",                 "user",       "hooks",    "jsonc", _hooks),
    File(".github/lsp.json",                        "repo",       "hooks",    "jsonc", _language_servers),
    File("~/.copilot/lsp-config.json",              "user",       "hooks",    "jsonc", _language_servers),
)
# fmt: on
