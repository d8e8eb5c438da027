"""OpenAI Codex. Formats: Codex documentation, "Config basics", "Configuration reference", "Managed configuration", "Hooks", "Rules";
its source, `config.schema.json` and the list of keys that a project's file is not asked for, `config/src/loader`.

A project's `.codex` counts once the project is trusted, and its hooks once each of them was looked at. A rule is about
commands that begin with its words; of several that fit the strictest counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command, hooks
from sbomgate.collectors.agents.facts import Key, address, found_secrets, option, options, permission, variables
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.servers import Client, read_servers


def _approved(entry: dict[str, Any]) -> str:
    if entry.get("default_tools_approval_mode") == "approve":
        return "all"
    tools = entry.get("tools")
    modes = [tool.get("approval_mode") for tool in tools.values() if isinstance(tool, dict)] if isinstance(tools, dict) else []
    return "some" if "approve" in modes else "none"


CLIENT: Final = Client("codex", key="mcp_servers", disables=True, approved=_approved)
_OWN: Final = ("user", "managed")
_NOT_ASKED: Final = frozenset(
    {
        *("apps_mcp_product_sku", "chatgpt_base_url", "experimental_realtime_webrtc_call_base_url", "experimental_realtime_ws_base_url"),
        *("model_provider", "model_providers", "notify", "openai_base_url", "otel", "profile", "profiles", "projects"),
        "responses_api_metadata",
    }
)
"""Keys that codex does not take from the file of a project."""
# fmt: off
KEYS: Final = (
    #   path                                           kind                 values that have the effect
    Key("approval_policy",                             "mode"),
    Key("sandbox_mode",                                "sandbox",           ("read-only", "workspace-write", "danger-full-access")),
    Key("default_permissions",                         "sandbox"),
    Key("approvals_reviewer",                          "model-decides",     ("auto_review", "guardian_subagent")),
    Key("sandbox_workspace_write.network_access",      "sandbox-weakened",  (True,)),
    Key("sandbox_workspace_write.writable_roots",      "sandbox-weakened"),
    Key("shell_environment_policy.ignore_default_excludes", "guard-dropped", (True,)),
    Key("model_instructions_file",                     "instructions"),
    Key("experimental_instructions_file",              "instructions"),
    Key("mcp_oauth_credentials_store",                 "protective",        ("keyring",)),
)
# fmt: on


def _configuration(reading: Reading) -> Iterator[Found]:
    yield from _layer(reading)
    for name, table in list(reading.table("profiles").items())[:MAX_ITEMS]:
        if isinstance(table, dict):
            yield from _layer(reading.narrowed("profiles", name, only_for=f"profile {name}", why_not=_ignored(reading, "profiles")))
    if reading.get("mcp_servers") is not None:
        yield from read_servers(reading, reading.get("mcp_servers"), ("mcp_servers",), CLIENT)
    yield from hooks(reading, "hooks", settings=frozenset({"state"}))
    yield from _providers(reading)
    yield from _notify(reading)
    yield from _permission_profiles(reading)
    yield from _applications(reading)
    ignored = _ignored(reading, "projects")
    for path, table in list(reading.table("projects").items())[:MAX_ITEMS]:
        if isinstance(table, dict) and table.get("trust_level") == "trusted":
            yield from option(reading, "trusted-folder", "trusted", "projects", path, "trust_level", name=path, why_not=ignored)
    yield from variables(reading, "shell_environment_policy", "set")
    if reading.get("features", "hooks") is False or reading.get("features", "codex_hooks") is False:
        yield from option(reading, "protective", False, "features", "hooks")


def _ignored(reading: Reading, key: str) -> str:
    return f"codex does not take {key} from the file of a project" if reading.scope == "repo" and key in _NOT_ASKED else ""


def _layer(reading: Reading) -> Iterator[Found]:
    """What may stand at the top and in a profile."""
    policy = reading.get("approval_policy")
    keys = KEYS[1:] if isinstance(policy, dict) else KEYS
    if isinstance(policy, dict):  # { granular = { … } }: one value
        yield from option(reading, "mode", policy, "approval_policy")
    yield from options(reading, keys)
    for key in ("openai_base_url", "chatgpt_base_url"):
        if reading.get(key) is not None:
            yield from address(reading, "endpoint", reading.get(key), key, name=key, why_not=_ignored(reading, key))


def _providers(reading: Reading) -> Iterator[Found]:
    own = reading.narrowed(why_not=_ignored(reading, "model_providers"))
    for name, table in list(reading.table("model_providers").items())[:MAX_ITEMS]:
        if not isinstance(table, dict):
            continue
        at = ("model_providers", name)
        if table.get("base_url") is not None:
            yield from address(own, "endpoint", table["base_url"], *at, "base_url", name=name)
        for key in ("http_headers", "query_params"):
            for header, value in list(own.table(*at, key).items())[:MAX_ITEMS]:
                if isinstance(value, str):
                    yield from found_secrets(own, value, *at, key, header, name=header)
        if isinstance(token := table.get("experimental_bearer_token"), str):
            yield from found_secrets(own, token, *at, "experimental_bearer_token", name="bearer_token")
        if own.get(*at, "auth", "command") is not None:
            arguments = own.get(*at, "auth", "args")
            place = (*at, "auth", "command")
            yield from command(own, "provider-auth", own.get(*place), *place, arguments=arguments if isinstance(arguments, list) else [])
    exporter = reading.get("otel", "exporter")
    for kind, table in exporter.items() if isinstance(exporter, dict) else ():
        if isinstance(table, dict) and table.get("endpoint") is not None:
            where = ("otel", "exporter", kind, "endpoint")
            yield from address(reading, "endpoint", table["endpoint"], *where, name="otel", why_not=_ignored(reading, "otel"))


def _notify(reading: Reading) -> Iterator[Found]:
    words = reading.get("notify")
    if isinstance(words, list) and words:
        yield from command(reading, "notify", words[0], "notify", arguments=words[1:], why_not=_ignored(reading, "notify"))
    elif words is not None and words != []:
        yield reading.expected("array", "notify")


def _permission_profiles(reading: Reading) -> Iterator[Found]:
    """`[permissions.NAME]`: what commands reach under a named profile of permissions."""
    for name, table in list(reading.table("permissions").items())[:MAX_ITEMS]:
        if not isinstance(table, dict):
            continue
        own = reading.narrowed("permissions", name, only_for=f"permissions {name}")
        for path, value in list(own.table("filesystem").items())[:MAX_ITEMS]:
            if isinstance(value, str):
                kind = "sandbox-weakened" if value == "write" else "protective" if value in ("none", "deny") else ""
                if kind:
                    yield from option(own, kind, value, "filesystem", path, name=path)
        yield from options(own, (Key("network.enabled", "sandbox-weakened", (True,)),))
        for host, value in list(own.table("network", "domains").items())[:MAX_ITEMS]:
            kind = "sandbox-weakened" if value == "allow" else "protective"
            yield from option(own, kind, value, "network", "domains", host, name=host)


def _applications(reading: Reading) -> Iterator[Found]:
    """`[apps.NAME]`: tools of connected services."""
    for name, table in list(reading.table("apps").items())[:MAX_ITEMS]:
        if not isinstance(table, dict):
            continue
        if table.get("default_tools_approval_mode") == "approve":
            yield from option(reading, "tools-approved", "approve", "apps", name, "default_tools_approval_mode", name=name)
        for tool, entry in list(reading.table("apps", name, "tools").items())[:MAX_ITEMS]:
            if isinstance(entry, dict) and entry.get("approval_mode") == "approve":
                shown = f"{name}({tool})"
                yield from permission(reading, "allow", shown, "apps", name, "tools", tool, "approval_mode")
        for key in ("destructive_enabled", "open_world_enabled"):
            if table.get(key) is False:
                yield from option(reading, "protective", False, "apps", name, key, name=name)


def _hooks(reading: Reading) -> Iterator[Found]:
    yield from hooks(reading, "hooks")


# --- requirements ----------------------------------------------------------------------------------------------------

_REQUIREMENTS: Final = (
    Key("allowed_approval_policies", "protective"),
    Key("allowed_sandbox_modes", "protective"),
    Key("allowed_approvals_reviewers", "protective"),
    Key("allow_managed_hooks_only", "protective", (True,)),
)


def _requirements(reading: Reading) -> Iterator[Found]:
    """What an administrator lets the settings of others say, and which servers there may be: by name and by what they are."""
    yield from options(reading, _REQUIREMENTS)
    for name, table in list(reading.table("mcp_servers").items())[:MAX_ITEMS]:
        identity = table.get("identity") if isinstance(table, dict) else None
        for key in ("command", "url"):
            if isinstance(identity, dict) and isinstance(identity.get(key), str):
                at = ("mcp_servers", name, "identity", key)
                yield from option(reading, "server-allowed", f"{key} {identity[key]}", *at, name=name)
    yield from hooks(reading, "hooks", settings=frozenset({"state", "managed_dir", "windows_managed_dir"}))
    rules = reading.get("rules", "prefix_rules")
    for index, rule in enumerate(rules[:MAX_ITEMS] if isinstance(rules, list) else ()):
        if isinstance(rule, dict) and isinstance(rule.get("pattern"), list):
            words = [_alternatives(item) for item in rule["pattern"][:100]]
            yield from _prefix_rule(reading, words, rule.get("decision"), index, "rules", "prefix_rules", index)


def _alternatives(item: Any) -> list[str]:
    if isinstance(item, dict):
        item = item.get("any_of", item.get("token"))
    return [item] if isinstance(item, str) else [text for text in item if isinstance(text, str)] if isinstance(item, list) else []


_DECISIONS: Final = {None: "allow", "allow": "allow", "prompt": "ask", "forbidden": "deny"}
MAX_SPELLINGS: Final = 100
"""Commands that the alternatives of one rule may come to."""


def _prefix_rule(reading: Reading, words: list[list[str]], decision: Any, order: int, *at: str | int) -> Iterator[Found]:
    effect = _DECISIONS.get(decision) if decision is None or isinstance(decision, str) else None
    if effect is None or not words or not all(words):
        yield reading.problem("expected a pattern of words, and allow, prompt or forbidden for a decision", *at)
        return
    spellings = [""]
    for choices in words:
        if len(spellings) * len(choices) > MAX_SPELLINGS:
            yield reading.problem(f"stands for more than {MAX_SPELLINGS} commands; the rest was not read", *at)
            spellings = [f"{start} {choices[0]}" for start in spellings]
            continue
        spellings = [f"{start} {word}" for start in spellings for word in choices]
    for spelling in spellings:
        text = spelling.strip()
        yield from permission(reading, effect, text, *at, tool="shell", specifier=text, matching="words", order=order)


# --- *.rules ---------------------------------------------------------------------------------------------------------

_TOKEN: Final = re.compile(
    r"""
    \s+ | \#[^\n]*
    | (?P<long>\"{3}[\s\S]*?\"{3} | '{3}[\s\S]*?'{3})
    | (?P<string>"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
    | (?P<broken>\"{3}[\s\S]* | '{3}[\s\S]* | ["'][^\n]*)    # what does not end: taken at once, or every quote in it is tried
    | (?P<name>[A-Za-z_]\w*) | (?P<sign>[()\[\],=]) | (?P<other>.)
    """,
    re.VERBOSE,
)
MAX_TOKENS: Final = 200_000


def _rules(reading: Reading) -> Iterator[Found]:
    """The calls of `prefix_rule` in a file of rules. Its language is Starlark, of which such files use calls, lists and texts."""
    from sbomgate.collectors.agents.jsonc import Document, Pointer

    lines: dict[Pointer, int] = {}
    own = reading.narrowed()
    own.document = Document(None, lines)
    tokens = _tokens(reading.text)
    at = count = 0
    while at < len(tokens):
        kind, text, line = tokens[at]
        at += 1
        if kind != "name" or text != "prefix_rule" or at >= len(tokens) or tokens[at][1] != "(":
            continue
        members, at, is_whole = _call(tokens, at + 1)
        lines["prefix_rule", count] = line
        pattern = members.get("pattern")
        words = [item if isinstance(item, list) else [item] for item in pattern] if isinstance(pattern, list) else []
        if is_whole:
            yield from _prefix_rule(own, words, members.get("decision"), count, "prefix_rule", count)
        else:
            yield own.problem("a rule that is more than names, lists and texts; it was not read", "prefix_rule", count)
        count += 1
        if count >= MAX_ITEMS:
            yield own.problem(f"more than {MAX_ITEMS} rules; the rest was not read")
            return


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup:
            kind, value = match.lastgroup, match[0]
            if kind in ("string", "long"):
                quotes = 1 if kind == "string" else 3
                kind, value = "string", re.sub(r"\\(.)", r"\1", value[quotes:-quotes])
            found.append((kind, value, line))
            if len(found) >= MAX_TOKENS:
                break
        line += match[0].count("\n")
    return found


def _call(tokens: list[tuple[str, str, int]], at: int) -> tuple[dict[str, Any], int, bool]:
    """The members of a call from behind its bracket, where it ends, and whether all of it was understood."""
    members: dict[str, Any] = {}
    is_whole = True
    while at < len(tokens) and tokens[at][:2] != ("sign", ")"):
        if tokens[at][0] == "name" and tokens[at + 1 : at + 2] and tokens[at + 1][1] == "=":
            name = tokens[at][1]
            value, at = _value(tokens, at + 2)
            if value is None and name in ("pattern", "decision"):
                is_whole = False
            members[name] = value
        else:
            is_whole = is_whole and tokens[at][1] == ","
            at += 1
    return members, at + 1, is_whole and at < len(tokens)


def _value(tokens: list[tuple[str, str, int]], at: int) -> tuple[Any, int]:
    """A text, or a list of texts and of lists of texts; None for anything else."""
    if at >= len(tokens):
        return None, at
    kind, text, _ = tokens[at]
    if kind == "string":
        return text, at + 1
    if text != "[":
        return None, at + 1
    items: list[Any] = []
    inner: list[Any] | None = None
    at += 1
    while at < len(tokens):
        kind, text, _ = tokens[at]
        at += 1
        if kind == "string":
            (items if inner is None else inner).append(text)
        elif kind == "sign" and text == "[" and inner is None:
            inner = []
        elif kind == "sign" and text == "]":
            if inner is None:
                return items, at
            items.append(inner)
            inner = None
        elif text != ",":
            return None, at
    return None, at


# fmt: off
FILES: Final = (
    File(".codex/config.toml",                "repo",    "settings", "toml",  _configuration),
    File("~/.codex/config.toml",              "user",    "settings", "toml",  _configuration),
    File("~/.codex/*.config.toml",            "user",    "settings", "toml",  _configuration),
    File("/etc/codex/config.toml",            "managed", "settings", "toml",  _configuration),
    File("/etc/codex/managed_config.toml",    "managed", "settings", "toml",  _configuration),
    File("/etc/codex/requirements.toml",      "managed", "settings", "toml",  _requirements),
    File(".codex/hooks.json",                 "repo",    "hooks",    "json",  _hooks),
    File("~/.codex/hooks.json",               "user",    "hooks",    "json",  _hooks),
    File(".codex/rules/*.rules",              "repo",    "settings", "text",  _rules),
    File("~/.codex/rules/*.rules",            "user",    "settings", "text",  _rules),
)
# fmt: on
