"""Gemini CLI. Formats: Gemini CLI documentation, "Configuration", "Policy engine", "MCP servers", "Hooks", "Extensions", "Trusted folders".

Settings: system defaults, then the user's, the project's, the system's; the last counts. Of the rules of policies the one of
highest priority that fits counts, and a place goes before another whatever the priorities: administrator, user, extension. A
folder that is not trusted has no settings and no servers. The mode without confirmations is an option of the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command, hooks
from sbomgate.collectors.agents.facts import Key, Parts, address, option, options, permission, permissions, spelled
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, File, Found, Reading
from sbomgate.collectors.agents.servers import Client, read_servers

CLIENT: Final = Client("gemini-cli", approvals=("trust",))
_OWN: Final = ("user", "managed")
_FLAT: Final = "a key from before version 0.3: the settings have had tables since"
# fmt: off
KEYS: Final = (
    #   path                                           kind               values that have the effect
    Key("tools.sandbox",                               "sandbox"),
    Key("security.toolSandboxing",                     "sandbox",         (True,)),
    Key("security.disableYoloMode",                    "protective",      (True,)),
    Key("security.disableAlwaysAllow",                 "protective",      (True,)),
    Key("security.blockGitExtensions",                 "protective",      (True,)),
    Key("security.allowedExtensions",                  "protective"),
    Key("security.enableConseca",                      "protective",      (True,)),
    Key("security.environmentVariableRedaction.enabled", "protective",    (True,)),
    Key("security.folderTrust.enabled",                "protective",      (True,), _OWN, as_false="guard-dropped"),
    Key("admin.secureModeEnabled",                     "protective",      (True,), ("managed",)),
    Key("context.includeDirectories",                  "directories"),
    Key("policyPaths",                                 "home"),
    Key("adminPolicyPaths",                            "home",            (), ("managed",)),
    Key("experimental.extensionRegistryURI",           "registry"),
)
OLD_KEYS: Final = (
    Key("autoAccept",                                  "tools-approved",  (True,)),
    Key("sandbox",                                     "sandbox"),
    Key("includeDirectories",                          "directories"),
)
COMMANDS: Final = (
    ("toolDiscovery",  ("tools", "discoveryCommand")),
    ("toolCall",       ("tools", "callCommand")),
    ("mcpServer",      ("mcp", "serverCommand")),
)
_OLD_COMMANDS: Final = (("toolDiscovery", "toolDiscoveryCommand"), ("toolCall", "toolCallCommand"), ("mcpServer", "mcpServerCommand"))
# fmt: on
_EVENTS: Final = r"(?!(?:PreToolUse|PostToolUse|UserPromptSubmit|Stop|SubagentStop|PreCompact)\Z)[A-Z][A-Za-z]*"
"""Names that Claude Code has for its events are none here; others that Gemini CLI may have one day are let pass."""
_HOOK_SETTINGS: Final = frozenset({"enabled", "disabled", "notifications"})


def settings(reading: Reading) -> Iterator[Found]:
    """Everything in a settings file that permits, forbids, runs, redirects or loads something."""
    yield from shared(reading, CLIENT)
    yield from options(reading, KEYS)
    mode = reading.get("general", "defaultApprovalMode")
    if mode is not None:
        only = "gemini-cli takes the mode yolo from the command line alone" if mode == "yolo" else ""
        yield from option(reading, "mode", mode, "general", "defaultApprovalMode", why_not=only)
    if reading.get("tools", "autoAccept") is True:
        gone = "gemini-cli has no such setting any more"
        yield from option(reading, "tools-approved", True, "tools", "autoAccept", why_not=gone)
    yield from _server_lists(reading)
    old = reading.narrowed(why_not=_FLAT)
    yield from options(old, OLD_KEYS)
    for effect, key in (("allow", "allowedTools"), ("deny", "excludeTools")):
        yield from permissions(old, effect, key, judge=judged)
    for event, key in _OLD_COMMANDS:
        if reading.get(key) is not None:
            yield from command(old, event, reading.get(key), key)


def shared(reading: Reading, client: Client) -> Iterator[Found]:
    """What Gemini CLI and the clients made from it read alike: tools, servers, commands, hooks, telemetry."""
    for effect, key in (("allow", "allowed"), ("ask", "confirmationRequired"), ("deny", "exclude")):
        yield from permissions(reading, effect, "tools", key, judge=judged)
    if reading.get("tools", "core") is not None:
        yield from option(reading, "protective", reading.get("tools", "core"), "tools", "core")
    if reading.get("mcpServers") is not None:
        yield from read_servers(reading, reading.get("mcpServers"), ("mcpServers",), client)
    for event, path in COMMANDS:
        if reading.get(*path) is not None:
            yield from command(reading, event, reading.get(*path), *path)
    off = "hooksConfig.enabled is false" if reading.get("hooksConfig", "enabled") is False else ""
    yield from hooks(reading, "hooks", why_not=off, events=_EVENTS if client is CLIENT else "", settings=_HOOK_SETTINGS)
    if off:
        yield from option(reading, "protective", False, "hooksConfig", "enabled")
    if reading.get("telemetry", "otlpEndpoint") is not None:
        yield from address(reading, "endpoint", reading.get("telemetry", "otlpEndpoint"), "telemetry", "otlpEndpoint", name="telemetry")


def judged(effect: str, rule: Parts, scope: str) -> tuple[str, str]:  # noqa: ARG001 - the signature of `facts.permissions`
    """`run_shell_command(git)` is about commands that begin with these words."""
    if rule.specifier in ("", "*"):
        return "all", ""
    return "words", ""


def _server_lists(reading: Reading) -> Iterator[Found]:
    old = reading.narrowed(why_not=_FLAT)
    for kind, where, path in (
        ("server-allowed", reading, ("mcp", "allowed")),
        ("server-denied", reading, ("mcp", "excluded")),
        ("server-allowed", old, ("allowMCPServers",)),
        ("server-denied", old, ("excludeMCPServers",)),
    ):
        names = reading.get(*path)
        for index, name in enumerate(names[:MAX_ITEMS] if isinstance(names, list) else ()):
            if isinstance(name, str):
                yield from option(where, kind, f"name {name}", *path, index, name=name)
            else:
                yield reading.expected("string", *path, index)


def extension(reading: Reading) -> Iterator[Found]:
    """The manifest of an extension: its servers; it cannot trust them for the person."""
    name = reading.get("name")
    own = reading.narrowed(only_for=f"plugin {name[:MAX_NAME]}" if isinstance(name, str) else "plugin")
    if reading.get("mcpServers") is not None:
        yield from read_servers(own, reading.get("mcpServers"), ("mcpServers",), CLIENT._replace(approvals=()))
    yield from permissions(own, "deny", "excludeTools", judge=judged)


def _extension_hooks(reading: Reading) -> Iterator[Found]:
    own = reading.narrowed(only_for=f"plugin {reading.path.split('/')[-3][:MAX_NAME]}" if reading.path.count("/") > 1 else "plugin")
    yield from hooks(own, "hooks", events=_EVENTS, settings=_HOOK_SETTINGS)


def _trusted(reading: Reading) -> Iterator[Found]:
    """trustedFolders.json: a path to what is believed of it."""
    for path, value in list(reading.table().items())[:MAX_ITEMS]:
        kind = "protective" if value == "DO_NOT_TRUST" else "trusted-folder"
        yield from option(reading, kind, value, path, name=path)


# --- policies --------------------------------------------------------------------------------------------------------

_DECISIONS: Final = {"allow": "allow", "deny": "deny", "ask_user": "ask"}
_PRIORITIES: Final = 999
_SHELL: Final = "run_shell_command"
_WORKSPACE: Final = "gemini-cli documents that policies of the workspace have no effect at present; they stand in ~/.gemini/policies"


def policy(reading: Reading) -> Iterator[Found]:
    """The rules of a policy, one for each tool and each beginning of a command that it names."""
    rules = reading.get("rule")
    if rules is None:
        return
    if not isinstance(rules, list):
        yield reading.expected("array", "rule")
        return
    own = reading.narrowed(why_not=_WORKSPACE) if reading.scope == "repo" else reading
    for index, rule in enumerate(rules[:MAX_ITEMS]):
        if isinstance(rule, dict):
            yield from _rule(own, rule, index)
        else:
            yield reading.expected("table", "rule", index)
    if len(rules) > MAX_ITEMS:
        yield reading.problem(f"more than {MAX_ITEMS} rules; the rest was not read", "rule")


def _texts(value: Any) -> list[str]:
    """One text or a list of them."""
    return [value] if isinstance(value, str) else [text for text in value[:200] if isinstance(text, str)] if isinstance(value, list) else []


def _rule(reading: Reading, rule: dict[str, Any], index: int) -> Iterator[Found]:
    effect = _DECISIONS.get(rule["decision"]) if isinstance(rule.get("decision"), str) else None
    if effect is None:
        yield reading.problem(f"expected allow, deny or ask_user, found {spelled(rule.get('decision'))[:40]!r}", "rule", index, "decision")
        return
    priority = rule.get("priority")
    order = _PRIORITIES - priority if isinstance(priority, int) and not isinstance(priority, bool) else _PRIORITIES
    limits = [f"mode {'/'.join(modes)}"] if (modes := _texts(rule.get("modes"))) else []
    limits += [f"agent {rule['subagent']}"] if isinstance(rule.get("subagent"), str) else []
    limits += ["interactive use" if rule["interactive"] else "use without a person"] if isinstance(rule.get("interactive"), bool) else []
    own = reading.narrowed(only_for=", ".join(limits)[:MAX_NAME])
    servers, tools = _texts(rule.get("mcpName")), _texts(rule.get("toolName"))
    if servers:
        tools = [f"mcp_{server}_{tool}" for server in servers for tool in (tools or ["*"])]
    # What a rule is compared with, how, and where in the file that stands
    compared: list[tuple[str, str, str]] = [(text, "words", "commandPrefix") for text in _texts(rule.get("commandPrefix"))]
    compared += [(text, "regex", "commandRegex") for text in _texts(rule.get("commandRegex"))]
    if compared:
        tools = [_SHELL]
    else:
        compared = [(text, "regex", "argsPattern") for text in _texts(rule.get("argsPattern"))] or [("", "all", "decision")]
    for tool in tools or ["*"]:
        for text, matching, key in compared:
            shown = f"{tool}({text})" if text else tool
            yield from permission(own, effect, shown, "rule", index, key, tool=tool, specifier=text, matching=matching, order=order)


_SYSTEM: Final = ("/etc/gemini-cli", "/Library/Application Support/GeminiCli", "C:/ProgramData/gemini-cli")
# fmt: off
FILES: Final = (
    File(".gemini/settings.json",                         "repo",    "settings", "jsonc", settings),
    File("~/.gemini/settings.json",                       "user",    "settings", "jsonc", settings),
    *(File(f"{folder}/settings.json",                     "managed", "settings", "jsonc", settings) for folder in _SYSTEM),
    *(File(f"{folder}/system-defaults.json",              "managed", "settings", "jsonc", settings) for folder in _SYSTEM),
    File(".gemini/policies/*.toml",                       "repo",    "settings", "toml",  policy),
    File("~/.gemini/policies/*.toml",                     "user",    "settings", "toml",  policy),
    *(File(f"{folder}/policies/*.toml",                   "managed", "settings", "toml",  policy) for folder in _SYSTEM),
    File("~/.gemini/trustedFolders.json",                 "user",    "settings", "jsonc", _trusted),
    File("gemini-extension.json",                         "plugin",  "plugin",   "jsonc", extension),
    File("~/.gemini/extensions/*/gemini-extension.json",  "plugin",  "plugin",   "jsonc", extension),
    File("~/.gemini/extensions/*/hooks/hooks.json",       "plugin",  "hooks",    "jsonc", _extension_hooks),
)
# fmt: on
