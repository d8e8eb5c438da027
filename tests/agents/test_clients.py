"""Agents' settings: whose a file is, what is in force, what leaves the collector, and what holds for any content."""

from __future__ import annotations

import json
import os
import pickle
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import DATA, bounded, write_tree

from sbomgate import collect as collect_target
from sbomgate.agent_model import (
    COMMAND_KINDS,
    EFFECTS,
    FIELDS,
    FILE_KINDS,
    MATCHINGS,
    OPTION_KINDS,
    AgentCommand,
    AgentFile,
    AgentOption,
    Instruction,
    PermissionRule,
)
from sbomgate.collectors import by_name
from sbomgate.collectors.agents import documents, variables
from sbomgate.collectors.agents.clients import CLIENTS, _expanded, find, fits, has_tail, is_anchored, spelled
from sbomgate.collectors.agents.configuration import collect
from sbomgate.collectors.agents.facts import parts, permissions
from sbomgate.collectors.agents.jsonc import parse
from sbomgate.collectors.agents.reading import File, Reading
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Problem, Secret, Server, Target
from sbomgate.reporters.json import inventory_document
from sbomgate.tree import HomeTree, MemoryTree, SourceFile

SETTINGS = ".claude/settings.json"


def read(content: Any, path: str = SETTINGS) -> list[Any]:
    text = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
    return list(collect(SourceFile(MemoryTree({path: text}), path)))


def only(found: list[Any], kind: type[Any]) -> list[Any]:
    return [item for item in found if isinstance(item, kind)]


# --- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", CLIENTS, ids=lambda line: line.name)
def test_a_line_and_its_module_name_the_same_files(line: Any) -> None:
    spellings = [path for file in line.files for path in spelled(file.path)]
    for path in spellings:
        assert any(has_tail(path, pattern) for pattern in line.patterns), path
        assert by_name(path.replace("*", "x")) is not None
        found = find(path.replace("*", "x"))
        assert found is not None
        assert found[0] is line
        assert path in spelled(found[1].path)
    for pattern in line.patterns:
        assert any(has_tail(path, pattern) for path in spellings), pattern
        assert find(f"project/{pattern.replace('*', 'x')}") is not None, "a search would take it up, and nobody could read it"
    for file in line.files:
        assert file.kind in FILE_KINDS
        assert file.format in ("json", "jsonc", "toml", "yaml", "markdown", "text", "zip")
        assert (file.scope in ("user", "managed", "plugin")) or not is_anchored(file.path)


@pytest.mark.parametrize(
    ("path", "client", "scope"),
    [
        ("/home/ada/.claude/settings.json", "claude-code", "user"),
        ("/Users/ada/.claude/settings.json", "claude-code", "user"),
        ("C:/Users/ada/.claude/settings.json", "claude-code", "user"),
        ("/home/ada/project/.claude/settings.json", "claude-code", "repo"),
        ("~/.claude/settings.json", "claude-code", "user"),
        ("sub/.claude/settings.local.json", "claude-code", "repo-local"),
        ("/etc/claude-code/managed-settings.json", "claude-code", "managed"),
        ("/etc/claude-code/managed-settings.d/10-acme.json", "claude-code", "managed"),
        ("~/.claude/plugins/cache/acme/tool/1.0/.mcp.json", "claude-code", "plugin"),
        ("~/.cursor/mcp.json", "cursor", "user"),
        ("~/.config/Code/User/profiles/a/mcp.json", "vscode", "user"),
        ("~/AppData/Roaming/Claude/claude_desktop_config.json", "claude-desktop", "user"),
        ("x/mcp.json", "mcp-json", "repo"),
    ],
)
def test_the_path_tells_client_and_scope(path: str, client: str, scope: str) -> None:
    found = find(path)
    assert found is not None
    assert (found[0].name, found[1].scope) == (client, scope)


@given(text=st.text("ab./", max_size=8), pattern=st.text("ab./*", max_size=6))
def test_a_pattern_fits_what_the_shell_says(text: str, pattern: str) -> None:
    assert fits(text, pattern) == fnmatchcase(text, pattern)


# --- in force --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "rule", "in_force"),
    [
        ("allow", "Bash(npm run *)", True),
        ("allow", "*", False),
        ("allow", "B*", False),
        ("allow", "mcp__*", False),
        ("allow", "mcp__gh*__x", False),
        ("allow", "mcp__gh__*", True),
        ("allow", "mcp__gh", True),
        ("deny", "*", True),
        ("ask", "mcp__*", True),
        ("deny", "Write(/etc/**)", False),
        ("allow", "Write", True),
        ("deny", "Edit(/etc/**)", True),
        ("deny", "Read(.env", False),
    ],
)
def test_a_rule_is_in_force_if_its_client_heeds_it(effect: str, rule: str, in_force: bool) -> None:
    (found,) = only(read({"permissions": {effect: [rule]}}), PermissionRule)
    assert (found.effect, found.in_force, bool(found.why_not)) == (effect, in_force, not in_force)


@pytest.mark.parametrize(
    ("path", "content", "in_force"),
    [
        (SETTINGS, {"permissions": {"defaultMode": "bypassPermissions"}}, True),
        (SETTINGS, {"permissions": {"defaultMode": "auto"}}, False),
        ("~/.claude/settings.json", {"permissions": {"defaultMode": "auto"}}, True),
        (SETTINGS, {"skipDangerousModePermissionPrompt": True}, False),
        (".claude/settings.local.json", {"skipDangerousModePermissionPrompt": True}, True),
        (".claude/settings.local.json", {"skipAutoPermissionPrompt": True}, False),
        ("~/.claude/settings.json", {"allowManagedHooksOnly": True}, False),
        ("/etc/claude-code/managed-settings.json", {"allowManagedHooksOnly": True}, True),
        (SETTINGS, {"permissions": {"disableBypassPermissionsMode": "disable"}}, True),
        (SETTINGS, {"permissions": {"disableBypassPermissionsMode": True}}, False),
        (SETTINGS, '{"enableAllProjectMcpServers": true}', True),
        (SETTINGS, '{"enableAllProjectMcpServers": true,}', False),
    ],
)
def test_an_option_is_in_force_if_its_client_heeds_it(path: str, content: Any, in_force: bool) -> None:
    (found,) = only(read(content, path), AgentOption)
    assert (found.in_force, bool(found.why_not)) == (in_force, not in_force)


def test_a_comment_puts_everything_out_of_force() -> None:
    found = read(
        '{"permissions": {"deny": ["Read(.env)"]}, // no\n"hooks": {"Stop": [{"hooks": [{"command": "make"}]}]}, "env": {"PATH": "."}}'
    )
    facts = [item for item in found if type(item).__name__ in FIELDS]
    assert [type(item) for item in facts] == [AgentFile, PermissionRule, AgentOption, AgentCommand]
    assert {item.in_force for item in facts} == {False}
    assert {item.why_not for item in facts} == {"claude-code reads strict JSON and drops a file with a comment in line 1"}


def test_a_file_that_is_no_json_is_told_before_it_is_a_problem() -> None:
    nouns = collect(SourceFile(MemoryTree({SETTINGS: b"{"}), SETTINGS))
    assert next(nouns).in_force is False  # type: ignore[union-attr]
    with pytest.raises(CollectError, match="not valid JSON"):
        next(nouns)


def test_a_switch_that_is_off_where_only_on_counts_is_no_fact() -> None:
    assert not only(read({"enableAllProjectMcpServers": False, "disableAllHooks": False}), AgentOption)
    (found,) = only(read({"sandbox": {"autoAllowBashIfSandboxed": False}}), AgentOption)
    assert (found.kind, found.value, found.in_force) == ("protective", "false", True)


# --- commands, variables, documents ----------------------------------------------------------------------------------


def test_a_command_brings_its_packages() -> None:
    found = read({"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"command": "npx -y acme-guard@1.2.3 && uvx other"}]}]}})
    (command,) = only(found, AgentCommand)
    assert command.packages == ("pkg:npm/acme-guard@1.2.3", "pkg:pypi/other")
    assert (command.pinned, command.matcher, command.event) == (False, "Bash", "PreToolUse")
    assert [(item.kind, item.detail) for item in command.capabilities] == [("unpinned", "other")]
    assert {item.purl for item in only(found, Component)} == set(command.packages)
    assert {item.origin for item in only(found, Component)} == {Origin.LAUNCHED}


def test_the_digest_of_a_command_changes_with_it_and_not_with_its_secrets() -> None:
    def digest(text: str) -> str:
        (found,) = only(read({"apiKeyHelper": text}), AgentCommand)
        assert isinstance(found, AgentCommand)
        return found.digest

    assert digest("a --token q7Lw9xTz2Vb4") == digest("a --token other-value-1")
    assert digest("a --x 1") != digest("a --x 2")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ANTHROPIC_BASE_URL", "endpoint"),
        ("https_proxy", "proxy"),
        ("NPM_CONFIG_REGISTRY", "registry"),
        ("LD_PRELOAD", "preload"),
        ("GIT_CONFIG_KEY_0", "preload"),
        ("Path", "path"),
        ("path", ""),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "tls"),
        ("CODEX_HOME", "home"),
        ("ACME_TOKEN", ""),
        ("editor", ""),
    ],
)
def test_a_variable_is_known_by_what_it_does(name: str, kind: str) -> None:
    assert variables.kind_of(name) == kind


def test_every_kind_of_variable_is_a_kind_of_option() -> None:
    assert set(variables._KINDS) <= set(OPTION_KINDS)
    assert all(variables.kind_of(name.upper()) for names in variables._KINDS.values() for name in names.split())


def test_a_server_that_overrides_something_says_so_without_the_value() -> None:
    (found,) = only(read({"mcpServers": {"x": {"command": "x", "env": {"NODE_OPTIONS": "--require ./a.js"}}}}, ".mcp.json"), AgentOption)
    assert (found.kind, found.name, found.value, found.only_for) == ("preload", "NODE_OPTIONS", "--require", "server x")


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [
        ("PATH", "./bin:/usr/bin:/tmp/zq92x", "./…:/tmp"),
        ("LD_PRELOAD", "/opt/zq92x.so", "…"),
        ("NODE_OPTIONS", "--max-old-space-size=9", "…"),
        ("NODE_OPTIONS", "--zq92x --import=zq92x", "--import"),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0", "0"),
        ("SSL_CERT_FILE", "zq92x", ""),
        ("PATH", "${PATH}", ""),
        ("HTTP_PROXY", "zq92x", ""),
    ],
)
def test_of_a_servers_variable_only_words_of_ours_are_told(name: str, value: str, shape: str) -> None:
    (found,) = only(read({"mcpServers": {"x": {"command": "x", "env": {name: value}}}}, ".mcp.json"), AgentOption)
    assert found.value == shape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bash", ("Bash", "", True)),
        ("Bash(a (b))", ("Bash", "a (b)", True)),
        ("Bash(", ("Bash", "", False)),
        ("", ("", "", False)),
        ("(a)", ("", "a", False)),
    ],
)
def test_a_rule_is_taken_apart(text: str, expected: Any) -> None:
    assert tuple(parts(text)) == expected


def test_toml_has_lines() -> None:
    text = 'a = 1\n[mcp_servers.docs]\ncommand = "npx"\n[mcp_servers."x.y".env]\nA = "b"\n[[rule]]\nx = 1\n[[rule]]\nx = 2\n'
    document = documents.load(SourceFile(MemoryTree({"c.toml": text.encode()}), "c.toml"), "toml")
    assert document.line("mcp_servers", "docs", "command") == 3
    assert document.line("mcp_servers", "x.y", "env", "A") == 5
    assert (document.line("rule", 0, "x"), document.line("rule", 1, "x")) == (7, 9)
    assert document.value["rule"][1]["x"] == 2


def test_yaml_has_lines() -> None:
    text = "extensions:\n  docs:\n    cmd: npx\n    args: [-y]\n"
    document = documents.load(SourceFile(MemoryTree({"c.yaml": text.encode()}), "c.yaml"), "yaml")
    assert document.value["extensions"]["docs"]["args"] == ["-y"]
    assert (document.line("extensions", "docs"), document.line("extensions", "docs", "args")) == (2, 4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no front matter", {}),
        ("---\nname: a\n---\ntext", {"name": "a"}),
        ("---\r\nname: a\r\n---\r\n", {"name": "a"}),
        ("---\ndescription: one: two\nname: a\n---\n", {"description": "one: two", "name": "a"}),
        ("---\nargument-hint: [a] [b]\ntools: [Read, Edit]\n---\n", {"argument-hint": "[a] [b]", "tools": ["Read", "Edit"]}),
        ("---\nname: a\n", {}),
        ("---\n---\n", {}),
        ("---\n- a\n---\n", {}),
    ],
)
def test_front_matter_is_read_as_clients_read_it(text: str, value: Any) -> None:
    assert documents.front_matter(text, "x.md").value == value


def test_a_document_inside_another_one_has_the_place_of_that() -> None:
    text = '{"steps": [\n{"with":\n{"settings": "{}"}}]}'
    source = SourceFile(MemoryTree({"x.json": text.encode()}), "x.json")
    reading = Reading(source, "x", File("x.json", "ci", "workflow", "json", lambda _: iter(())), parse(text, "x.json"))
    inner = reading.narrowed("steps", 0, only_for="job a").embedded(
        parse('{"permissions": {"allow": ["Bash"]}}', "x.json"), "with", "settings"
    )
    (rule,) = only(list(permissions(inner, "allow", "permissions", "allow")), PermissionRule)
    assert (rule.key, rule.location.line) == ("steps[0].with.settings.permissions.allow[0]", 3)
    assert (rule.scope, rule.only_for) == ("ci", "job a")


# --- home folders ----------------------------------------------------------------------------------------------------


def home(root: Path) -> Path:
    return write_tree(
        root,
        {
            ".claude/settings.json": '{"permissions": {"allow": ["Bash"]}}',
            ".claude.json": '{"mcpServers": {"x": {"command": "uvx", "args": ["a"]}}}',
            ".cursor/mcp.json": '{"mcpServers": {"y": {"command": "uvx", "args": ["b"]}}}',
            "project/.mcp.json": '{"mcpServers": {"z": {"command": "uvx", "args": ["c"]}}}',
            "AppData/Roaming/Claude/claude_desktop_config.json": "{}",
        },
    )


def test_a_home_folder_is_read_by_its_known_places_alone(tmp_path: Path) -> None:
    inventory = collect_target(Target(str(home(tmp_path)), "home"))
    assert [file.location.path for file in inventory.agent_files] == [
        "~/.claude.json",
        "~/.claude/settings.json",
        "~/.cursor/mcp.json",
        "~/AppData/Roaming/Claude/claude_desktop_config.json",
    ]
    assert {file.scope for file in inventory.agent_files} == {"user"}
    assert [(server.name, server.scope) for server in inventory.servers] == [("x", "user"), ("y", "user")]
    assert not inventory.problems
    assert inventory.target.kind == "home"


def test_a_home_folder_without_agents_is_complete(tmp_path: Path) -> None:
    inventory = collect_target(Target(str(tmp_path), "home"))
    assert inventory.sources
    assert not inventory.problems


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_out_of_the_home_folder_is_a_problem_and_one_inside_is_read(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"out/settings.json": "{}", "home/dotfiles/cursor.json": '{"mcpServers": {"y": {"command": "uvx", "args": ["b"]}}}'}
    )
    (tmp_path / "home/.claude").mkdir()
    (tmp_path / "home/.cursor").mkdir()
    (tmp_path / "home/.claude/settings.json").symlink_to(tmp_path / "out/settings.json")
    (tmp_path / "home/.cursor/mcp.json").symlink_to(tmp_path / "home/dotfiles/cursor.json")
    inventory = collect_target(Target(str(tmp_path / "home"), "home"))
    assert [(item.path, "out of the target" in item.what) for item in inventory.problems] == [("~/.claude/settings.json", True)]
    assert [server.name for server in inventory.servers] == ["y"]


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_the_texts_of_a_plugin_are_read_through_links_and_told_where_they_are_not(tmp_path: Path) -> None:
    rule = "---\nallowed-tools: Bash(*)\n---\ntext\n"
    write_tree(tmp_path, {"out/a.md": rule, "repo/shared/deploy/SKILL.md": rule, "repo/p/.claude-plugin/plugin.json": '{"name": "p"}'})
    (tmp_path / "repo/p/agents").mkdir()
    (tmp_path / "repo/p/agents/a.md").symlink_to(tmp_path / "out/a.md")
    (tmp_path / "repo/p/skills").symlink_to(tmp_path / "repo/shared")
    inventory = collect_target(Target(str(tmp_path / "repo")))
    assert [item.path for item in inventory.problems if "out of the target" in item.what] == ["p/agents/a.md"]
    assert "p/skills/deploy/SKILL.md" in [rule.location.path for rule in inventory.permissions]


@pytest.mark.skipif(os.name != "posix", reason="paths")
def test_a_machine_is_read_only_where_it_is_meant(tmp_path: Path) -> None:
    managed = tmp_path / "etc/acme.json"
    write_tree(tmp_path, {"etc/acme.json": "{}", "home/x": ""})
    assert HomeTree(str(tmp_path / "home"), machine=True).read(str(managed)) == b"{}"
    with pytest.raises(CollectError, match="No such file"):
        HomeTree(str(tmp_path / "home"), machine=False).read(str(managed))
    assert list(_expanded(HomeTree(str(tmp_path), machine=True), f"{tmp_path}/e*/*.json")) == [str(managed)]
    for path in ("~/../etc/acme.json", "~/./../etc/acme.json"):
        with pytest.raises(CollectError, match="outside"):
            HomeTree(str(tmp_path / "home"), machine=True).read(path)


# --- any input -------------------------------------------------------------------------------------------------------

PATHS = [
    SETTINGS,
    "~/.claude.json",
    ".claude-plugin/plugin.json",
    ".claude-plugin/marketplace.json",
    ".claude/agents/a.md",
    ".claude/commands/a.md",
]
KEYS = [
    *(
        "permissions",
        "allow",
        "deny",
        "defaultMode",
        "hooks",
        "Stop",
        "command",
        "args",
        "type",
        "url",
        "matcher",
        "env",
        "PATH",
        "sandbox",
        "network",
    ),
    *(
        "mcpServers",
        "enabledPlugins",
        "extraKnownMarketplaces",
        "source",
        "repo",
        "sha",
        "plugins",
        "name",
        "projects",
        "lspServers",
        "monitors",
        "headers",
    ),
    *(
        "allowedMcpServers",
        "serverName",
        "statusLine",
        "apiKeyHelper",
        "allowed-tools",
        "permissionMode",
        "package",
        "allowedTools",
        "headersHelper",
    ),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(["Bash(*)", "npx a", "./x.json", "npm", "http"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)


@given(value=JSON, path=st.sampled_from(PATHS))
@settings(max_examples=150, deadline=None)
def test_any_json_is_collected_or_refused(value: Any, path: str) -> None:
    text = json.dumps(value)
    with suppress(CollectError):
        found = read(f"---\n{text}\n---\n!`{text}`\n" if path.endswith(".md") else text, path)
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


@given(
    content=st.binary(max_size=200) | st.text("-\n{}[]:!`'\"ab# &*", max_size=60).map(lambda text: f"---\n{text}\n---\n".encode()),
    path=st.sampled_from(PATHS),
)
@settings(deadline=None)
def test_any_bytes_are_collected_or_refused(content: bytes, path: str) -> None:
    with suppress(CollectError):
        read(content, path)


SECRET = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=40).map(lambda text: f"zQ9{text}7w")
PLACES = [
    lambda s: {"permissions": {"allow": [f"Bash(curl -H 'Authorization: Bearer {s}' *)"]}},
    lambda s: {"permissions": {"allow": [f"Bash(API_KEY={s} npm test)"]}},
    lambda s: {"permissions": {"deny": [f"Bash(psql postgres://u:{s}@db.example/x)"]}},
    lambda s: {"permissions": {"allow": [f"WebFetch(https://u:{s}@x.example)"]}},
    lambda s: {"permissions": {"additionalDirectories": [f"https://u:{s}@x.example"]}},
    lambda s: {"hooks": {"Stop": [{"hooks": [{"command": f"notify --token {s}"}]}]}},
    lambda s: {"hooks": {"Stop": [{"hooks": [{"command": "notify", "args": ["--token", s]}]}]}},
    lambda s: {"hooks": {"Stop": [{"hooks": [{"type": "http", "url": f"https://x.example/a?key={s}", "headers": {"Authorization": s}}]}]}},
    lambda s: {"hooks": {"Stop": [{"hooks": [{"command": "x", "env": {"API_TOKEN": s}}]}]}},
    lambda s: {"env": {"API_KEY": s, "ANTHROPIC_AUTH_TOKEN": s}},
    lambda s: {"env": {"ANTHROPIC_BASE_URL": f"https://u:{s}@x.example/?k={s}", "HTTPS_PROXY": f"http://u:{s}@x.example"}},
    lambda s: {"apiKeyHelper": f"echo api_key={s}"},
    lambda s: {"extraKnownMarketplaces": {"a": {"source": {"source": "git", "url": f"https://u:{s}@x.example/r.git"}}}},
    lambda s: {"allowedMcpServers": [{"serverUrl": f"https://u:{s}@x.example/*"}, {"serverCommand": ["npx", "a", f"--token={s}"]}]},
    lambda s: {"sandbox": {"excludedCommands": [f"curl -H 'Authorization: Bearer {s}'"]}},
]


@given(secret=SECRET, place=st.sampled_from(PLACES))
@settings(max_examples=150, deadline=None)
def test_no_secret_leaves_the_collector(secret: str, place: Any) -> None:
    assert secret not in repr(read(place(secret)))


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_a_secret_is_found_where_it_stands(place: int) -> None:
    found = read(PLACES[place]("zQ9k3abcDEF7w88"))
    assert only(found, Secret)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"permissions": {"allow": [f"Bash(a{i} *)" for i in range(20_000)]}}, SETTINGS),
        ({"permissions": {"allow": ["Bash(" * 20_000, "(" * 60_000, "*" * 60_000]}}, SETTINGS),
        ({"hooks": {f"e{i}": [{"hooks": [{"command": "npx a"}]}] for i in range(3000)}}, SETTINGS),
        ({"hooks": {"Stop": [{"hooks": [{"command": "a;" * 20_000}]}]}}, SETTINGS),
        ({"env": {f"git_config_key_{i}": "a=" * 50 for i in range(6_000)}}, SETTINGS),
        ({"projects": {f"/p{i}": {"allowedTools": ["Bash"]} for i in range(20_000)}}, "~/.claude.json"),
        ({"plugins": [{"name": "a", "source": "./a", "hooks": ["./x.json"] * 50} for _ in range(500)]}, ".claude-plugin/marketplace.json"),
        ("---\n" + "allowed-tools: " + "(" * 50_000 + "\n---\n", ".claude/commands/a.md"),
        ("---\n" + "a: [" * 10_000 + "\n---\n", ".claude/commands/a.md"),
        ("!`" * 100_000 + "```!\n" * 50_000, ".claude/commands/a.md"),
        ("!`x`\n" * 50_000, ".claude/commands/a.md"),
        ("---\n" * 100_000, ".claude/agents/a.md"),
    ],
    ids=range(12),
)
def test_hostile_files_take_bounded_time(content: Any, path: str) -> None:
    with bounded(), suppress(CollectError):
        read(content, path)


def test_what_is_not_read_to_the_end_is_a_problem() -> None:
    for content in (
        {"permissions": {"allow": ["a"] * 5001}},
        {"env": {f"A{i}": "1" for i in range(1001)}},
        {"enabledMcpjsonServers": ["a"] * 5001},
        {"enabledPlugins": {f"a{i}": True for i in range(5001)}},
        {"hooks": {"Stop": [{"hooks": [{"command": "a"}] * 2001}]}},
    ):
        assert [item for item in only(read(content), Problem) if "the rest was not read" in item.what]


def test_a_large_state_file_is_read_and_a_larger_one_refused() -> None:
    state = {"history": ["x" * 1000] * 3000, "mcpServers": {"x": {"command": "uvx", "args": ["a"]}}}
    (server,) = only(read(state, "~/.claude.json"), Server)
    assert server.location.line == 0
    with pytest.raises(CollectError, match="larger than 16 MiB"):
        read(b" " * (16 * 2**20 + 1))


def test_the_json_report_has_all_of_it() -> None:
    inventory = collect_target(str(DATA / "collectors/claude-code/settings/input"))
    document = inventory_document(inventory)
    assert all(len(document[field]) == len(getattr(inventory, field)) for field in FIELDS.values())
    assert json.loads(json.dumps(document)) == document
    assert pickle.loads(pickle.dumps(inventory)) == inventory
    rule = document["permissions"][0]
    assert (rule["text"], rule["location"]) == ("Bash(npm run *)", {"path": ".claude/settings.json", "line": 4})
