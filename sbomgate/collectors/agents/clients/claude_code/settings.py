"""settings.json of Claude Code in all its scopes, and the few members of `~/.claude.json` that start or trust something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.clients.claude_code import CLIENT
from sbomgate.collectors.agents.clients.claude_code.sources import marketplace_source, source_secrets
from sbomgate.collectors.agents.commands import command, hooks
from sbomgate.collectors.agents.facts import Key, Parts, option, options, permissions, too_many, variables
from sbomgate.collectors.agents.reading import MAX_ITEMS, Found, Reading
from sbomgate.collectors.agents.servers import read_servers

MODES: Final = ("default", "manual", "acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions")
_OWN: Final = ("repo-local", "user", "managed")
_PERSONAL: Final = ("user", "managed")
_MANAGED: Final = ("managed",)
# fmt: off
KEYS: Final = (
    #   path                                          kind                     values that have the effect      read from
    Key("skipDangerousModePermissionPrompt",          "bypass-prompt-skipped", (True,),                         _OWN),
    Key("skipAutoPermissionPrompt",                   "bypass-prompt-skipped", (True,),                         _PERSONAL),
    Key("permissions.disableBypassPermissionsMode",   "protective",            ("disable",)),
    Key("permissions.disableAutoMode",                "protective",            ("disable",)),
    Key("disableAutoMode",                            "protective",            ("disable",)),
    Key("permissions.additionalDirectories",          "directories"),
    Key("permissions.blockReadsOutsideWorkingDirectories", "protective",    (True,)),
    Key("enableAllProjectMcpServers",                 "servers-approved",      (True,)),
    Key("enabledMcpjsonServers",                      "server-approved",       named=True),
    Key("disabledMcpjsonServers",                     "server-denied",         named=True),
    Key("allowManagedPermissionRulesOnly",            "protective",            (True,),                         _MANAGED),
    Key("allowManagedHooksOnly",                      "protective",            (True,),                         _MANAGED),
    Key("allowManagedMcpServersOnly",                 "protective",            (True,),                         _MANAGED),
    Key("allowAllClaudeAiMcps",                       "servers-approved",      (True,),                         _MANAGED),
    Key("disableClaudeAiConnectors",                  "protective",            (True,)),
    Key("disableAllHooks",                            "protective",            (True,)),
    Key("disableSkillShellExecution",                 "protective",            (True,)),
    Key("disableCommandPluginSources",                "protective",            (True,)),
    Key("strictKnownMarketplaces",                    "protective",            (),                              _MANAGED),
    Key("allowedMarketplaces",                        "protective",            (),                              _MANAGED),
    Key("blockedMarketplaces",                        "protective",            (),                              _MANAGED),
    Key("sandbox.enabled",                            "sandbox"),
    Key("sandbox.failIfUnavailable",                  "protective",            (True,)),
    Key("sandbox.autoAllowBashIfSandboxed",           "sandbox-weakened",      (True,), as_false="protective"),
    Key("sandbox.allowUnsandboxedCommands",           "sandbox-weakened",      (True,), as_false="protective"),
    Key("sandbox.excludedCommands",                   "sandbox-weakened"),
    Key("sandbox.filesystem.disabled",                "sandbox-weakened",      (True,)),
    Key("sandbox.filesystem.allowWrite",              "sandbox-weakened"),
    Key("sandbox.filesystem.allowRead",               "sandbox-weakened"),
    Key("sandbox.filesystem.denyWrite",               "protective"),
    Key("sandbox.filesystem.denyRead",                "protective"),
    Key("sandbox.network.allowedDomains",             "sandbox-weakened"),
    Key("sandbox.network.deniedDomains",              "protective"),
    Key("sandbox.network.strictAllowlist",            "protective",            (True,),                         _PERSONAL),
    Key("sandbox.network.allowAllUnixSockets",        "sandbox-weakened",      (True,)),
    Key("sandbox.network.allowUnixSockets",           "sandbox-weakened"),
    Key("sandbox.network.allowLocalBinding",          "sandbox-weakened",      (True,)),
    Key("sandbox.enableWeakerNestedSandbox",          "sandbox-weakened",      (True,)),
    Key("sandbox.enableWeakerNetworkIsolation",       "sandbox-weakened",      (True,)),
    Key("sandbox.allowAppleEvents",                   "sandbox-weakened",      (True,)),
)
HELPERS: Final = (
    # event                  where its command stands             read from
    ("statusLine",           ("statusLine", "command"),           ()),
    ("subagentStatusLine",   ("subagentStatusLine", "command"),   ()),
    ("fileSuggestion",       ("fileSuggestion", "command"),       ()),
    ("apiKeyHelper",         ("apiKeyHelper",),                   ()),
    ("awsAuthRefresh",       ("awsAuthRefresh",),                 ()),
    ("awsCredentialExport",  ("awsCredentialExport",),            ()),
    ("gcpAuthRefresh",       ("gcpAuthRefresh",),                 ()),
    ("otelHeadersHelper",    ("otelHeadersHelper",),              ()),
    ("processWrapper",       ("processWrapper",),                 ()),
    ("policyHelper",         ("policyHelper", "path"),            _MANAGED),
)
# fmt: on
_PATH_TOOLS: Final = ("Read", "Edit", "Write", "MultiEdit", "NotebookEdit", "Glob", "Grep", "LS", "Cd")
_NEVER_CONSULTED: Final = ("Write", "MultiEdit", "NotebookEdit", "Glob")
_SHELLS: Final = ("Bash", "PowerShell")


def settings(reading: Reading) -> Iterator[Found]:
    """Everything in a settings file that permits, forbids, runs, redirects or loads something."""
    for key in ("sandbox", "enabledPlugins", "extraKnownMarketplaces", "additionalMarketplaces"):
        if reading.get(key) is not None and not isinstance(reading.get(key), dict):
            yield reading.expected("table", key)
        yield from too_many(reading, reading.get(key), key)
    yield from _permissions(reading)
    yield from options(reading, KEYS)
    yield from _server_lists(reading)
    yield from variables(reading, "env")
    yield from hooks(reading, "hooks")
    yield from _helpers(reading)
    for key in ("extraKnownMarketplaces", "additionalMarketplaces"):
        yield from _marketplaces(reading, key)
    for name, value in list(reading.table("enabledPlugins").items())[:MAX_ITEMS]:
        yield from option(reading, "plugin", value, "enabledPlugins", name, name=name)
    if "mcpServers" in reading.value:
        ignored = reading.narrowed(
            why_not="claude-code does not read mcpServers from its settings; they stand in .mcp.json or ~/.claude.json"
        )
        yield from read_servers(ignored, reading.value["mcpServers"], ("mcpServers",), CLIENT)


def _permissions(reading: Reading) -> Iterator[Found]:
    if reading.get("permissions") is not None and not isinstance(reading.get("permissions"), dict):
        yield reading.expected("table", "permissions")
        return
    for effect in ("allow", "ask", "deny"):
        yield from permissions(reading, effect, "permissions", effect, judge=judged)
    yield from mode(reading, "permissions", "defaultMode")


def mode(reading: Reading, *keys: str) -> Iterator[Found]:
    """The mode at `keys`, if there is one."""
    value = reading.get(*keys)
    if value is None:
        return
    why_not = ""
    if value not in MODES:
        why_not = f"no mode of claude-code; its modes are {', '.join(MODES)}"
    elif value == "auto" and reading.scope in ("repo", "repo-local"):
        why_not = "claude-code does not take the mode auto from a file of the project (since 2.1.142)"
    yield from option(reading, "mode", value, *keys, why_not=why_not)


def judged(effect: str, rule: Parts, scope: str) -> tuple[str, str]:  # noqa: ARG001 - the signature of `facts.permissions`
    """How the specifier of a rule is compared, and why the rule has no effect, if so.

    Source: Claude Code documentation, "Configure permissions", "Permission rule syntax".
    """
    tool, specifier, is_whole = rule
    if not is_whole:
        return "", ""
    if effect == "allow" and "*" in tool and not re.fullmatch(r"mcp__(?!_)[^*]*[^*_]__[^*]*\*?", tool):
        return "", "claude-code skips an allow rule with a pattern for its tool; only mcp__server__* may end in one"
    if tool.startswith("mcp__") and specifier:
        return "", "claude-code skips a rule for a server's tool that has brackets"
    if specifier in ("", "*"):
        return "all", ""
    if tool in _SHELLS and specifier.startswith("command:"):
        return "", f"claude-code ignores a rule for the parameter command; {tool}(…) without it compares the command"
    if tool in _NEVER_CONSULTED:
        return "path", f"claude-code never consults {tool}(…); Edit(…) and Read(…) are the rules for paths"
    if tool in _PATH_TOOLS:
        return "path", ""
    if tool == "WebFetch" and specifier.startswith("domain:"):
        return ("all" if specifier == "domain:*" else "domain"), ""
    if tool in _SHELLS:
        return ("all" if specifier in (":*", "**") else "wildcard" if "*" in specifier else "exact"), ""
    return "", ""


def _server_lists(reading: Reading) -> Iterator[Found]:
    """`allowedMcpServers` and `deniedMcpServers`: each entry names a server by name, command or URL."""
    for key, kind in (("allowedMcpServers", "server-allowed"), ("deniedMcpServers", "server-denied")):
        items = reading.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            yield reading.expected("array", key)
            continue
        yield from too_many(reading, items, key)
        if not items and kind == "server-allowed":
            yield from option(reading, "protective", items, key)
        for index, item in enumerate(items[:MAX_ITEMS]):
            said = item if isinstance(item, dict) else {}
            name, words, url = said.get("serverName"), said.get("serverCommand"), said.get("serverUrl")
            if isinstance(name, str):
                yield from option(reading, kind, f"name {name}", key, index, name=name)
            elif isinstance(words, list):
                yield from option(reading, kind, "command " + " ".join(word for word in words if isinstance(word, str)), key, index)
            elif isinstance(url, str):
                yield from option(reading, kind, f"url {url}", key, index)
            else:
                yield reading.problem("expected one of serverName, serverCommand, serverUrl", key, index)


def _helpers(reading: Reading) -> Iterator[Found]:
    for event, path, scopes in HELPERS:
        value: Any = reading.get(*path)
        if value is None and isinstance(reading.get(path[0]), str):
            value, path = reading.get(path[0]), path[:1]
        if value is not None:
            read = not scopes or reading.scope in scopes
            why_not = "" if read else f"claude-code does not read {path[0]} from a file of scope {reading.scope}"
            yield from command(reading, event, value, *path, why_not=why_not)


def _marketplaces(reading: Reading, key: str) -> Iterator[Found]:
    for name, entry in list(reading.table(key).items())[:MAX_ITEMS]:
        source = entry.get("source") if isinstance(entry, dict) else None
        stated, keys = (source, (key, name, "source")) if isinstance(source, dict) else (entry, (key, name))
        said, pin = marketplace_source(stated)
        yield from option(reading, "marketplace", said, key, name, name=name, pin=pin, secrets=False)
        yield from source_secrets(reading, stated, *keys)


# --- ~/.claude.json --------------------------------------------------------------------------------------------------

_PROJECT_KEYS: Final = (
    Key("enabledMcpjsonServers", "server-approved", named=True),
    Key("disabledMcpjsonServers", "server-denied", named=True),
    Key("disabledMcpServers", "server-denied", named=True),
    Key("hasTrustDialogAccepted", "trusted-folder", (True,)),
)
MAX_PROJECTS: Final = 2000


def state(reading: Reading) -> Iterator[Found]:
    """Servers, approvals and trust in `~/.claude.json`; nothing of its history is looked at."""
    if "mcpServers" in reading.value:
        yield from read_servers(reading, reading.value["mcpServers"], ("mcpServers",), CLIENT)
    yield from options(reading, (Key("bypassPermissionsModeAccepted", "bypass-prompt-skipped", (True,)),))
    projects = reading.table("projects")
    for path in list(projects)[:MAX_PROJECTS]:
        if not isinstance(projects[path], dict):
            continue
        project = reading.narrowed("projects", path, only_for=f"project {path}")
        if project.get("mcpServers"):
            yield from read_servers(project, project.value["mcpServers"], ("mcpServers",), CLIENT)
        yield from options(project, _PROJECT_KEYS)
        yield from permissions(project, "allow", "allowedTools", judge=judged)
    if len(projects) > MAX_PROJECTS:
        yield reading.problem(f"more than {MAX_PROJECTS} projects; the rest was not read", "projects")
