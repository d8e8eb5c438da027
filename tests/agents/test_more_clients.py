"""Clients besides Claude Code: what each heeds, how it compares rules, and what holds for any content of their files."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import bounded, write_tree

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
from sbomgate.collectors.agents.clients import CLIENTS, find
from sbomgate.collectors.agents.clients.codex import MAX_SPELLINGS
from sbomgate.collectors.agents.configuration import collect
from sbomgate.collectors.agents.editors import GUESTS
from sbomgate.errors import CollectError
from sbomgate.model import Component, Problem, Secret, Server, Target
from sbomgate.tree import MemoryTree, SourceFile

CURSOR = ".cursor/permissions.json"
EDITOR = ".vscode/settings.json"
GEMINI = ".gemini/settings.json"
CODEX = ".codex/config.toml"
OWN_CODEX = "~/.codex/config.toml"
ZED = "~/.config/zed/settings.json"


def read(content: Any, path: str) -> list[Any]:
    text = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
    return list(collect(SourceFile(MemoryTree({path: text}), path)))


def only(found: list[Any], kind: type[Any]) -> list[Any]:
    return [item for item in found if isinstance(item, kind)]


# --- whose a file is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "client", "scope"),
    [
        ("/etc/github-copilot/managed-settings.json", "copilot-cli", "managed"),
        ("backup/etc/github-copilot/managed-settings.json", "copilot-cli", "managed"),
        ("backup/managed-settings.json", "claude-code", "managed"),
        ("backup/etc/cursor/hooks.json", "cursor", "managed"),
        ("dotfiles/Code/User/settings.json", "vscode", "user"),
        ("Library/Application Support/Cursor/User/settings.json", "cursor", "user"),
        ("Trae/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", "roo-code", "user"),
        ("/home/ada/.codex/fast.config.toml", "codex", "user"),
        ("/home/ada/p/.codex/config.toml", "codex", "repo"),
        ("~/.config/zed/settings.json", "zed", "user"),
        ("p/.zed/settings.json", "zed", "repo"),
        ("~/.gemini/policies/a.toml", "gemini-cli", "user"),
        ("C:/ProgramData/gemini-cli/policies/a.toml", "gemini-cli", "managed"),
        (".github/agents/x.agent.md", "vscode", "repo"),
        ("a/b.code-workspace", "vscode", "repo"),
        (".clinerules/hooks/PreToolUse", "cline", "repo"),
    ],
)
def test_the_path_tells_client_and_scope(path: str, client: str, scope: str) -> None:
    found = find(path)
    assert found is not None
    assert (found[0].name, found[1].scope) == (client, scope)


def test_every_tail_of_the_table_leads_to_a_file() -> None:
    """What a search takes up must not end as a file that nobody is known to read."""
    for line in CLIENTS:
        for pattern in line.patterns:
            assert find(f"some/place/{pattern.replace('*', 'x')}") is not None, pattern


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (EDITOR, '{"editor.tabSize": 2, "editor.tabSize": 4,}'),
        (EDITOR, "// nothing but a comment\n"),
        (EDITOR, '{"chat.fontSize": 12}'),
        (".vscode/tasks.json", '{"tasks": [{"label": "a", "command": "make"}]}'),
        ("a.code-workspace", '{"folders": [], "settings": {"files.eol": "x"}}'),
        (".zed/settings.json", '{"tab_size": 2, "lsp": {"ra": {"settings": {}}}}'),
        (".github/agents/x.md", "---\nname: x\n---\nText.\n"),
    ],
)
def test_settings_that_are_not_about_agents_are_no_file_of_an_agent(path: str, content: str) -> None:
    assert [item for item in read(content, path) if not isinstance(item, Instruction)] == []


def test_of_an_editors_settings_only_what_is_about_agents_is_told_to_stand_twice() -> None:
    found = read('{"a": 1, "a": 2, "chat.permissions.default": "default", "chat.permissions.default": "autopilot"}', EDITOR)
    assert [item.where for item in only(found, Problem)] == ["chat.permissions.default"]
    assert [item.value for item in only(found, AgentOption)] == ["autopilot"]


def test_an_editors_settings_that_cannot_be_read_are_a_problem_and_no_file() -> None:
    nouns = collect(SourceFile(MemoryTree({EDITOR: b'{"chat."'}), EDITOR))
    with pytest.raises(CollectError, match="not valid JSON"):
        next(nouns)


@pytest.mark.parametrize("start", GUESTS)
def test_a_guest_of_an_editor_is_read_by_its_own_module(start: str) -> None:
    keys = {"windsurf.": "windsurf.cascadeCommandsAllowList", "kiroAgent.": "kiroAgent.trustedCommands"}
    key = keys.get(start, f"{start}allowedCommands")
    (rule,) = only(read({key: ["git"]}, EDITOR), PermissionRule)
    assert (rule.client, rule.specifier) == (GUESTS[start].replace("_", "-"), "git")


# --- how rules are compared ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "content", "rule"),
    [
        (CURSOR, {"terminalAllowlist": ["git"]}, ("allow", "Shell", "git", "prefix")),
        (CURSOR, {"mcpAllowlist": ["*:*"]}, ("allow", "Mcp", "*:*", "all")),
        (CURSOR, {"mcpAllowlist": ["db:get_*"]}, ("allow", "Mcp", "db:get_*", "wildcard")),
        (".cursor/cli.json", {"permissions": {"allow": ["Shell(**)"]}}, ("allow", "Shell", "**", "all")),
        (".cursor/cli.json", {"permissions": {"deny": ["Shell(rm)"]}}, ("deny", "Shell", "rm", "words")),
        (".cursor/cli.json", {"permissions": {"deny": ["Read(.env*)"]}}, ("deny", "Read", ".env*", "path")),
        (EDITOR, {"chat.tools.terminal.autoApprove": {"git": True}}, ("allow", "terminal", "git", "words")),
        (EDITOR, {"chat.tools.terminal.autoApprove": {"": True}}, ("allow", "terminal", "", "all")),
        (EDITOR, {"chat.tools.terminal.autoApprove": {"/.*/": True}}, ("allow", "terminal", ".*", "all")),
        (EDITOR, {"chat.tools.terminal.autoApprove": {"/^git/i": {"approve": True}}}, ("allow", "terminal", "(?i)^git", "regex")),
        (EDITOR, {"chat.tools.terminal.autoApprove": {"rm": False}}, ("ask", "terminal", "rm", "words")),
        (EDITOR, {"chat.tools.urls.autoApprove": {"https://*": True}}, ("allow", "url", "https://*", "all")),
        (EDITOR, {"chat.tools.urls.autoApprove": {"https://x.example": {"approveRequest": True}}}, ("allow", "url", "https://x.example", "exact")),
        (EDITOR, {"chat.tools.edits.autoApprove": {"**/*": True}}, ("allow", "edit", "**/*", "all")),
        (EDITOR, {"roo-cline.deniedCommands": ["rm"]}, ("deny", "execute_command", "rm", "prefix")),
        (EDITOR, {"kiroAgent.trustedCommands": ["npm *"]}, ("allow", "shell", "npm *", "wildcard")),
        (GEMINI, {"tools": {"allowed": ["run_shell_command"]}}, ("allow", "run_shell_command", "", "all")),
        (GEMINI, {"tools": {"allowed": ["run_shell_command(git log)"]}}, ("allow", "run_shell_command", "git log", "words")),
        (GEMINI, {"tools": {"confirmationRequired": ["write_file"]}}, ("ask", "write_file", "", "all")),
        (".qwen/settings.json", {"permissions": {"deny": ["Read(.env)"]}}, ("deny", "Read", ".env", "path")),
        (ZED, {"agent": {"tool_permissions": {"tools": {"terminal": {"always_deny": [{"pattern": "rm"}]}}}}}, ("deny", "terminal", "(?i)rm", "regex")),
        (ZED, {"agent": {"tool_permissions": {"tools": {"fetch": {"default": "confirm"}}}}}, ("ask", "fetch", "", "all")),
        ("kilo.json", {"permission": "ask"}, ("ask", "*", "", "all")),
        ("kilo.json", {"permission": {"bash": {"git *": "allow"}}}, ("allow", "bash", "git *", "wildcard")),
        (".codex/rules/a.rules", 'prefix_rule(pattern=["git", "push"], decision="prompt")', ("ask", "shell", "git push", "words")),
        (".codex/rules/a.rules", "prefix_rule(pattern = ['npx'])", ("allow", "shell", "npx", "words")),
        ("~/.gemini/policies/a.toml", '[[rule]]\nmcpName = "db"\ndecision = "allow"\npriority = 9\n', ("allow", "mcp_db_*", "", "all")),
        ("~/.gemini/policies/a.toml", '[[rule]]\ncommandRegex = "a.*"\ndecision = "deny"\n', ("deny", "run_shell_command", "a.*", "regex")),
        ("~/.copilot/permissions-config.json", {"locations": {"/p": {"tool_approvals": [{"kind": "commands", "commandIdentifiers": ["git:*"]}]}}}, ("allow", "shell", "git:*", "words")),
        ("~/.copilot/permissions-config.json", {"locations": {"/p": {"tool_approvals": [{"kind": "mcp", "serverName": "db", "toolName": None}]}}}, ("allow", "db", "", "all")),
    ],
)  # fmt: skip
def test_a_rule_is_compared_as_its_client_does(path: str, content: Any, rule: tuple[str, str, str, str]) -> None:
    (found,) = only(read(content, path), PermissionRule)
    assert (found.effect, found.tool, found.specifier, found.matching) == rule
    assert found.in_force


def test_rules_keep_the_order_that_their_client_heeds() -> None:
    found = only(read('{"permission": {"bash": {"rm *": "deny", "*": "allow"}, "*": "ask"}}', "kilo.json"), PermissionRule)
    assert [(rule.order, rule.tool, rule.specifier) for rule in found] == [(0, "bash", "rm *"), (1, "bash", "*"), (2, "*", "")]
    text = '[[rule]]\ntoolName = "a"\ndecision = "deny"\npriority = 1\n[[rule]]\ntoolName = "b"\ndecision = "allow"\npriority = 900\n'
    found = only(read(text, "~/.gemini/policies/a.toml"), PermissionRule)
    assert [rule.tool for rule in sorted(found, key=lambda rule: rule.order)] == ["b", "a"]


def test_a_rule_of_a_policy_may_be_limited() -> None:
    text = '[[rule]]\ntoolName = "a"\ndecision = "allow"\nmodes = ["yolo", "plan"]\nsubagent = "x"\ninteractive = false\n'
    (found,) = only(read(text, "~/.gemini/policies/a.toml"), PermissionRule)
    assert found.only_for == "mode yolo/plan, agent x, use without a person"


def test_rules_of_codex_know_alternatives_and_strings() -> None:
    text = (
        "# prefix_rule(pattern=['no'])\nx = 'prefix_rule(pattern=[\"no\"])'\n"
        'prefix_rule(\n  pattern = ["a", ["b", ")"]],\n  justification = """two\nlines""",\n  match = [["a", "b"], "a )"],\n  decision = "forbidden",\n)\n'
    )
    found = only(read(text, ".codex/rules/a.rules"), PermissionRule)
    assert [(rule.text, rule.effect, rule.location.line) for rule in found] == [("a b", "deny", 3), ("a )", "deny", 3)]


def test_alternatives_are_not_multiplied_without_end() -> None:
    choices = "[" + ",".join(f'"{number}"' for number in range(20)) + "]"
    found = read(f"prefix_rule(pattern=[{','.join([choices] * 6)}])", ".codex/rules/a.rules")
    assert len(only(found, PermissionRule)) <= MAX_SPELLINGS
    assert only(found, Problem)


# --- in force --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "content", "in_force"),
    [
        (EDITOR, {"chat.tools.global.autoApprove": True}, False),
        ("~/.config/Code/User/settings.json", {"chat.tools.global.autoApprove": True}, True),
        (EDITOR, {"chat.tools.autoApprove": True}, False),
        (EDITOR, {"chat.permissions.default": "autopilot"}, True),
        (GEMINI, {"general": {"defaultApprovalMode": "auto_edit"}}, True),
        (GEMINI, {"general": {"defaultApprovalMode": "yolo"}}, False),
        (GEMINI, {"security": {"folderTrust": {"enabled": False}}}, False),
        ("~/.gemini/settings.json", {"security": {"folderTrust": {"enabled": False}}}, True),
        (GEMINI, {"autoAccept": True}, False),
        (".qwen/settings.json", {"tools": {"approvalMode": "yolo"}}, True),
        (CODEX, 'approval_policy = "never"', True),
        (CODEX, 'sandbox_mode = "everything"', False),
        (CODEX, 'openai_base_url = "https://x.example"', False),
        (OWN_CODEX, 'openai_base_url = "https://x.example"', True),
        (CODEX, '[projects."/"]\ntrust_level = "trusted"', False),
        (OWN_CODEX, '[projects."/"]\ntrust_level = "trusted"', True),
        (CODEX, '[profiles.a]\napproval_policy = "never"', False),
        (".zed/settings.json", {"agent": {"tool_permissions": {"default": "allow"}}}, False),
        (ZED, {"agent": {"tool_permissions": {"default": "allow"}}}, True),
        (ZED, {"agent": {"always_allow_tool_actions": True}}, False),
        (".cursor/cli.json", {"approvalMode": "unrestricted"}, False),
        ("~/.cursor/cli-config.json", {"approvalMode": "unrestricted"}, True),
        (".github/copilot/settings.json", {"sandbox": {"enabled": False}}, False),
        ("~/.copilot/settings.json", {"sandbox": {"enabled": False}}, True),
        (".github/copilot/settings.json", {"disableAllHooks": True}, True),
    ],
)
def test_an_option_is_in_force_if_its_client_heeds_it(path: str, content: Any, in_force: bool) -> None:
    (found,) = only(read(content, path), AgentOption)
    assert (found.in_force, bool(found.why_not)) == (in_force, not in_force)


@pytest.mark.parametrize(
    ("path", "content", "in_force"),
    [
        (".cursor/hooks.json", {"hooks": {"beforeShellExecution": [{"command": "x"}]}}, True),
        (".cursor/hooks.json", {"hooks": {"PreToolUse": [{"command": "x"}]}}, False),
        (".windsurf/hooks.json", {"hooks": {"pre_run_command": [{"command": "x"}]}}, True),
        (".windsurf/hooks.json", {"hooks": {"preRunCommand": [{"command": "x"}]}}, False),
        (GEMINI, {"hooks": {"BeforeTool": [{"hooks": [{"command": "x"}]}]}}, True),
        (GEMINI, {"hooks": {"PreToolUse": [{"hooks": [{"command": "x"}]}]}}, False),
        (GEMINI, {"hooksConfig": {"enabled": False}, "hooks": {"BeforeTool": [{"hooks": [{"command": "x"}]}]}}, False),
        (".codex/hooks.json", {"hooks": {"Stop": [{"hooks": [{"command": "x"}]}]}}, True),
        (".codex/hooks.json", '{"hooks": {"Stop": [{"hooks": [{"command": "x"}]}]},}', False),
        (CODEX, 'notify = ["x"]', False),
        (OWN_CODEX, 'notify = ["x"]', True),
        (".github/copilot/settings.json", {"statusLine": {"command": "x"}}, False),
        (".zed/settings.json", {"lsp": {"a": {"binary": {"path": "x"}}}}, True),
        (".zed/settings.json", {"agent_servers": {"a": {"command": "x"}}}, False),
    ],
)
def test_a_command_is_in_force_if_its_client_runs_it(path: str, content: Any, in_force: bool) -> None:
    (found,) = only(read(content, path), AgentCommand)
    assert (found.in_force, bool(found.why_not)) == (in_force, not in_force)


@pytest.mark.parametrize(
    ("path", "entry", "approved"),
    [
        (GEMINI, {"trust": True}, "all"),
        (GEMINI, {"trust": False}, "none"),
        (GEMINI, {"alwaysAllow": ["a"]}, "none"),
        ("gemini-extension.json", {"trust": True}, "none"),
        ("~/.codeium/windsurf/mcp_config.json", {"alwaysAllow": ["*"]}, "none"),
        ("~/.cline/mcp.json", {"autoApprove": ["a"]}, "some"),
        (CODEX, {"default_tools_approval_mode": "approve"}, "all"),
        (CODEX, {"default_tools_approval_mode": "auto"}, "none"),
        (CODEX, {"tools": {"a": {"approval_mode": "approve"}}}, "some"),
        (CODEX, {"tools": {"a": {"approval_mode": "prompt"}}, "trust": True}, "none"),
    ],
)
def test_only_members_that_the_client_reads_approve(path: str, entry: dict[str, Any], approved: str) -> None:
    key = "mcp_servers" if path == CODEX else "mcpServers"
    content: Any = {key: {"x": {"command": "uvx", **entry}}}
    if path == CODEX:
        members = "\n".join(f"{name} = {_toml(value)}" for name, value in {"command": "uvx", **entry}.items())
        content = f"[mcp_servers.x]\n{members}\n"
    (server,) = only(read(content, path), Server)
    assert server.auto_approved == approved


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + "}"
    return json.dumps(value)


def test_a_server_is_off_where_its_client_says_so() -> None:
    for path, content, off in (
        (CODEX, '[mcp_servers.x]\ncommand = "uvx"\nenabled = false\n', True),
        ("kilo.json", {"mcp": {"x": {"type": "local", "command": ["uvx", "a"], "enabled": False}}}, True),
        (".zed/settings.json", {"context_servers": {"x": {"command": "uvx", "enabled": False}}}, True),
        (GEMINI, {"mcpServers": {"x": {"command": "uvx", "disabled": True}}}, False),
    ):
        (server,) = only(read(content, path), Server)
        assert server.disabled is off, path


def test_variables_that_codex_only_names_are_no_secrets() -> None:
    text = '[mcp_servers.x]\nurl = "https://x.example"\nbearer_token_env_var = "ACME_TOKEN_7f3a9c2e1b4d"\nenv_vars = ["ACME_KEY"]\n'
    found = read(text, CODEX)
    assert not only(found, Secret)
    assert only(found, Server)[0].env_names == ("ACME_KEY",)


def test_a_task_runs_by_itself_only_where_it_says_so() -> None:
    task = {"label": "a", "command": "npx", "args": ["-y", "acme@1.2.3"]}
    content = {"tasks": [task, {**task, "runOptions": {"runOn": "default"}}, {**task, "runOptions": {"runOn": "folderOpen"}}]}
    (found,) = only(read(content, ".vscode/tasks.json"), AgentCommand)
    assert (found.key, found.event, found.packages, found.pinned) == ("tasks[2].command", "folderOpen", ("pkg:npm/acme@1.2.3",), True)


def test_a_home_folder_is_read_for_every_client(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            ".codex/config.toml": 'approval_policy = "never"\n',
            ".codex/rules/default.rules": 'prefix_rule(pattern=["npx"])\n',
            ".gemini/policies/a.toml": '[[rule]]\ntoolName = "x"\ndecision = "deny"\n',
            ".config/zed/settings.json": '{"agent": {"tool_permissions": {"default": "allow"}}}',
            ".config/Code/User/settings.json": '{"editor.tabSize": 2}',
            ".config/Cursor/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json": '{"mcpServers": {"x": {"command": "uvx", "args": ["a"]}}}',
            "project/.cursor/hooks.json": "{}",
        },
    )
    inventory = collect_target(Target(str(tmp_path), "home"))
    assert [(file.client, file.location.path) for file in inventory.agent_files] == [
        ("codex", "~/.codex/config.toml"),
        ("codex", "~/.codex/rules/default.rules"),
        ("kilo-code", "~/.config/Cursor/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json"),
        ("zed", "~/.config/zed/settings.json"),
        ("gemini-cli", "~/.gemini/policies/a.toml"),
    ]
    assert not inventory.problems


# --- any input -------------------------------------------------------------------------------------------------------

PATHS = sorted(
    {
        file.path.replace("<cfg>", "~/.config").replace("*", "x")
        for line in CLIENTS
        if line.name in ("cursor", "vscode", "copilot-cli", "windsurf", "gemini-cli", "qwen-code", "codex", "zed", "cline", "roo-code", "kilo-code")
        for file in line.files
    }
)  # fmt: skip
KEYS = """
    mcpServers mcp_servers context_servers servers mcp command args env url trust alwaysAllow autoApprove hooks beforeShellExecution BeforeTool Stop
    permissions permission allow ask deny bash * tools allowed exclude core security folderTrust enabled general defaultApprovalMode rule toolName
    commandPrefix decision priority modes approval_policy sandbox_mode profiles projects trust_level model_providers base_url notify apps
    default_tools_approval_mode agent tool_permissions default always_allow pattern lsp binary path agent_servers plugin instructions provider
    options baseURL terminalAllowlist mcpAllowlist autoRun allow_instructions networkPolicy locations tool_approvals kind commandIdentifiers
    allowedUrls extraKnownMarketplaces source enabledPlugins allowedMcpServers serverName lspServers tasks runOptions runOn settings
    chat.tools.terminal.autoApprove chat.tools.urls.autoApprove chat.tools.eligibleForAutoApproval roo-cline.allowedCommands github.copilot.advanced
    chat.permissions.default autoApproval execute otel exporter endpoint rules prefix_rules identity features
""".split()  # noqa: SIM905 - a hundred words in quotes are no better
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["allow", "folderOpen", "npx a", "./x", "/.*/", "approve", "commands", "mcp"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=5),
    max_leaves=30,
)


def holds(found: list[Any]) -> None:
    """What is true of everything that is collected."""
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


@given(value=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6) | JSON, path=st.sampled_from(PATHS))
@settings(max_examples=150)
def test_any_json_is_collected_or_refused(value: Any, path: str) -> None:
    text = json.dumps(value)
    if path.endswith(".md"):
        text = f"---\n{text}\n---\n"
    if path.endswith(".toml"):
        text = "\n".join(f"{json.dumps(key)} = {_inline(item)}" for key, item in value.items()) if isinstance(value, dict) else "a = 1"
    with suppress(CollectError):
        holds(read(text, path))


def _inline(value: Any) -> str:
    """`value` as TOML on one line, without nulls, which it does not have."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(item)}" for key, item in value.items() if item is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value if item is not None) + "]"
    return '""' if value is None else json.dumps(value) if not isinstance(value, float) else "1.5"


@given(
    content=st.binary(max_size=200)
    | st.text("prefix_rule()[]=,\"'\\\n# abdecisontr", max_size=80).map(lambda text: f"prefix_rule({text}".encode()),
    path=st.sampled_from(PATHS),
)
@settings(max_examples=150)
def test_any_bytes_are_collected_or_refused(content: bytes, path: str) -> None:
    with suppress(CollectError):
        holds(read(content, path))


SECRET = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=40).map(lambda text: f"zQ9{text}7w")
PLACES = [
    (CURSOR, lambda s: {"terminalAllowlist": [f"curl -H 'Authorization: Bearer {s}'"]}),
    (CURSOR, lambda s: {"autoRun": {"allow_instructions": [f"use api_key={s}"]}}),
    (".cursor/hooks.json", lambda s: {"hooks": {"stop": [{"command": f"notify --token {s}"}]}}),
    (EDITOR, lambda s: {"chat.tools.terminal.autoApprove": {f"API_KEY={s} npm test": True}}),
    (EDITOR, lambda s: {"chat.tools.urls.autoApprove": {f"https://u:{s}@x.example": True}}),
    (EDITOR, lambda s: {"github.copilot.advanced": {"debug.overrideProxyUrl": f"https://u:{s}@x.example/?key={s}"}}),
    (EDITOR, lambda s: {"roo-cline.allowedCommands": [f"x --password={s}"]}),
    (".vscode/tasks.json", lambda s: {"tasks": [{"command": f"x --token {s}", "runOptions": {"runOn": "folderOpen"}}]}),
    ("~/.copilot/settings.json", lambda s: {"proxyUrl": f"http://u:{s}@x.example"}),
    (GEMINI, lambda s: {"telemetry": {"otlpEndpoint": f"https://u:{s}@x.example"}, "tools": {"callCommand": f"x --token {s}"}}),
    (GEMINI, lambda s: {"mcpServers": {"x": {"httpUrl": f"https://x.example/?api_key={s}", "headers": {"Authorization": f"Bearer {s}"}}}}),
    (OWN_CODEX, lambda s: f'[model_providers.x]\nbase_url = "https://u:{s}@x.example"\nexperimental_bearer_token = "{s}"\nhttp_headers = {{ Authorization = "Bearer {s}" }}\n'),
    (OWN_CODEX, lambda s: f'notify = ["x", "--token", "{s}"]\n'),
    (OWN_CODEX, lambda s: f'[mcp_servers.x]\nurl = "https://x.example"\nhttp_headers = {{ X-Api-Key = "{s}" }}\n'),
    (OWN_CODEX, lambda s: f'[shell_environment_policy.set]\nAPI_KEY = "{s}"\n'),
    (".codex/rules/a.rules", lambda s: f'prefix_rule(pattern=["curl", "--token={s}"])\n'),
    (ZED, lambda s: {"agent_servers": {"x": {"command": "x", "args": ["--token", s], "env": {"API_TOKEN": s}}}}),
    ("kilo.json", lambda s: {"instructions": [f"https://x.example/a?token={s}"], "provider": {"x": {"options": {"baseURL": f"https://u:{s}@x.example"}}}}),
    (".clinerules/hooks/PreToolUse", lambda s: f"#!/bin/sh\ncurl -H 'Authorization: Bearer {s}' https://x.example\n"),
]  # fmt: skip


@given(secret=SECRET, place=st.sampled_from(PLACES))
@settings(max_examples=80)
def test_no_secret_leaves_the_collector(secret: str, place: Any) -> None:
    path, content = place
    assert secret not in repr(read(content(secret), path))


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_a_secret_is_found_where_it_stands(place: int) -> None:
    path, content = PLACES[place]
    assert only(read(content("zQ9k3abcDEF7w88"), path), Secret)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (CURSOR, {"terminalAllowlist": ["git"] * 20_000, "mcpAllowlist": ["*" * 50] * 20_000}),
        (EDITOR, {"chat.tools.terminal.autoApprove": {f"/{'(a+)+' * 20}{i}/": True for i in range(8000)}}),
        (".vscode/tasks.json", {"tasks": [{"command": "npx a", "runOptions": {"runOn": "folderOpen"}}] * 3000}),
        (".codex/rules/a.rules", "prefix_rule(" * 50_000),
        (".codex/rules/a.rules", 'prefix_rule(pattern=["' + '\\"' * 200_000),
        (".codex/rules/a.rules", '"""' * 99_999 + '"'),
        (".codex/rules/a.rules", "prefix_rule(pattern=[" + "[" * 100_000),
        ("~/.gemini/policies/a.toml", '[[rule]]\ntoolName = "a"\ndecision = "deny"\n' * 6000),
        (GEMINI, {"tools": {"allowed": ["a(" * 100] * 6000}}),
        ("kilo.json", {"permission": {f"t{i}": {"*": "allow", "a": "deny"} for i in range(6000)}}),
        ("~/.copilot/permissions-config.json", {"locations": {f"/{i}": {"tool_approvals": [{"kind": "write"}]} for i in range(6000)}}),
    ],
    ids=range(11),
)
def test_hostile_files_take_bounded_time(path: str, content: Any) -> None:
    with bounded(), suppress(CollectError):
        read(content, path)


@given(
    patterns=st.lists(
        st.lists(st.sampled_from(["git", "a b", 'quo"te', "back\\slash", ")", "["]), min_size=1, max_size=3), min_size=1, max_size=3
    )
)
def test_rules_of_codex_are_read_as_they_were_written(patterns: list[list[str]]) -> None:
    text = "\n".join(f"prefix_rule(pattern={json.dumps(pattern)}, decision='prompt')  # {index}" for index, pattern in enumerate(patterns))
    found = only(read(text, ".codex/rules/a.rules"), PermissionRule)
    assert [rule.specifier for rule in found] == [" ".join(pattern) for pattern in patterns]
    assert [rule.location.line for rule in found] == list(range(1, len(patterns) + 1))
