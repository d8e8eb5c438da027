"""How the other clients decide, from nouns as their collectors make them."""

from __future__ import annotations

import json

import pytest
from support import DATA

from sbomgate.agent_model import AgentFile, AgentOption, PermissionRule
from sbomgate.collectors.agents.clients import CLIENTS
from sbomgate.model import Location
from sbomgate.permissions import SEMANTICS, outlooks
from sbomgate.permissions.clients import PARTS, evaluator_for, part_of
from sbomgate.permissions.probes import Action
from sbomgate.permissions.sessions import Session, project_of, sessions
from sbomgate.permissions.verdicts import OUTCOMES

HERE = Location("settings", 1)


def rule(
    client: str, effect: str, specifier: str, matching: str, *, tool: str = "", key: str = "", order: int = 0, scope: str = "repo"
) -> PermissionRule:
    return PermissionRule(
        client=client, scope=scope, effect=effect, text=specifier or tool, tool=tool, specifier=specifier, matching=matching, location=HERE, key=key,
        order=order,
    )  # fmt: skip


def option(client: str, kind: str, key: str, value: str, *, name: str = "", scope: str = "repo", only_for: str = "") -> AgentOption:
    return AgentOption(client=client, scope=scope, kind=kind, key=key, value=value, name=name, location=HERE, only_for=only_for)


def outcome(client: str, nouns: list[PermissionRule | AgentOption], kind: str, text: str, *, part: str = "", only_for: str = "") -> str:
    rules = tuple(item for item in nouns if isinstance(item, PermissionRule))
    options = tuple(item for item in nouns if isinstance(item, AgentOption))
    session = Session(client, part, "", only_for, (), rules, options)
    return evaluator_for(session).judge(Action(kind, text)).outcome


def allow(client: str, specifier: str, matching: str, **others: object) -> PermissionRule:
    return rule(client, "allow", specifier, matching, **others)  # type: ignore[arg-type]


EDITOR, LINE = "editor", "command line"


@pytest.mark.parametrize(
    ("nouns", "command", "part", "expected"),
    [
        ([allow("cursor", "**", "all", tool="Shell", key="permissions.allow[0]")], "terraform destroy", LINE, "allowed"),
        ([allow("cursor", "git", "exact", tool="Shell", key="permissions.allow[0]")], "git push --force", LINE, "allowed"),
        ([allow("cursor", "git", "exact", tool="Shell", key="permissions.allow[0]")], "gitk", LINE, "asked"),
        ([allow("cursor", "npm:run *", "wildcard", tool="Shell", key="permissions.allow[0]")], "npm run build", LINE, "allowed"),
        ([allow("cursor", "npm:run *", "wildcard", tool="Shell", key="permissions.allow[0]")], "npm publish", LINE, "asked"),
        (
            [allow("cursor", "git", "exact", tool="Shell"), rule("cursor", "deny", "git:push*", "wildcard", tool="Shell")],
            "git push",
            LINE,
            "denied",
        ),
        ([allow("cursor", "npm test", "prefix", key="terminalAllowlist[0]")], "npm test", EDITOR, "allowed"),
        ([allow("cursor", "npm", "prefix", key="terminalAllowlist[0]")], "npm publish", EDITOR, "allowed"),
        ([allow("cursor", "npm test", "prefix", key="terminalAllowlist[0]")], "npm publish", EDITOR, "unknown"),
        ([allow("cursor", "npm test", "prefix", key="terminalAllowlist[0]")], "npm test && npm publish", EDITOR, "unknown"),
    ],
)
def test_cursor(nouns: list[PermissionRule | AgentOption], command: str, part: str, expected: str) -> None:
    assert outcome("cursor", nouns, "shell", command, part=part) == expected


@pytest.mark.parametrize(
    ("nouns", "command", "expected"),
    [
        ([], "terraform destroy", "asked"),
        ([allow("vscode", "git", "prefix", tool="terminal")], "git push", "allowed"),
        (
            [allow("vscode", "git", "prefix", tool="terminal"), rule("vscode", "ask", "git push", "prefix", tool="terminal")],
            "git push",
            "asked",
        ),
        ([allow("vscode", "/.*/", "regex", tool="terminal")], "terraform destroy", "allowed"),
        ([allow("vscode", "/.*/", "regex", tool="terminal")], "rm -rf src", "asked"),
        (
            [allow("vscode", "/.*/", "regex"), option("vscode", "protective", "chat.tools.terminal.ignoreDefaultAutoApproveRules", "true")],
            "rm -rf x",
            "allowed",
        ),
        ([allow("vscode", "", "prefix")], "terraform destroy", "allowed"),
        ([allow("vscode", r"/^git (status|diff)\b/", "regex")], "git diff", "allowed"),
        ([allow("vscode", r"/^git (status|diff)\b/", "regex")], "git push", "asked"),
        ([allow("vscode", r"/^git(?!.*push)/", "regex")], "git push", "asked"),
        ([allow("vscode", r"/^GIT/i", "regex")], "git push", "allowed"),
        ([allow("vscode", "npm test", "prefix")], "npm test && npm publish", "asked"),
        (
            [allow("vscode", "git", "prefix"), option("vscode", "protective", "chat.tools.terminal.enableAutoApprove", "false")],
            "git push",
            "asked",
        ),
        ([allow("vscode", r"/(?<=x)git/", "regex")], "git push", "unknown"),
        ([rule("vscode", "ask", r"/(?<=x)git/", "regex"), allow("vscode", "git", "prefix")], "git push", "allowed"),
        ([option("vscode", "tools-approved", "chat.tools.global.autoApprove", "true")], "terraform destroy", "allowed"),
        ([option("vscode", "mode", "chat.tools.autoApprove", "true")], "rm -rf src", "allowed"),
        (
            [option("vscode", "mode", "chat.permissions.default", "autopilot"), rule("vscode", "ask", "rm", "prefix")],
            "rm -rf src",
            "allowed",
        ),
        ([option("vscode", "mode", "chat.permissions.default", "assisted")], "rm -rf src", "unknown"),
        ([option("vscode", "tools-approved", "chat.tools.global.autoApprove", "false")], "terraform destroy", "asked"),
    ],
)
def test_vscode(nouns: list[PermissionRule | AgentOption], command: str, expected: str) -> None:
    assert outcome("vscode", nouns, "shell", command) == expected


@pytest.mark.parametrize(
    ("nouns", "command", "expected"),
    [
        ([allow("gemini-cli", "", "all", tool="run_shell_command")], "terraform destroy", "allowed"),
        ([allow("gemini-cli", "git", "prefix", tool="run_shell_command")], "git push", "allowed"),
        ([allow("gemini-cli", "git", "prefix", tool="run_shell_command")], "gitk", "asked"),
        ([allow("gemini-cli", "git status", "prefix", tool="ShellTool")], "git status && git push", "asked"),
        ([option("gemini-cli", "mode", "general.defaultApprovalMode", "auto_edit")], "terraform destroy", "asked"),
        (
            [
                rule("gemini-cli", "deny", "git push", "prefix", tool="run_shell_command"),
                allow("gemini-cli", "", "all", tool="run_shell_command"),
            ],
            "git push",
            "denied",
        ),
        (
            [
                rule("gemini-cli", "deny", "git push", "prefix", tool="run_shell_command", key="rule[0]"),
                allow("gemini-cli", "git", "prefix", tool="run_shell_command", key="rule[1]"),
            ],
            "git push",
            "unknown",
        ),
    ],
)
def test_gemini(nouns: list[PermissionRule | AgentOption], command: str, expected: str) -> None:
    assert outcome("gemini-cli", nouns, "shell", command) == expected


def codex(approval: str = "", sandbox: str = "", only_for: str = "") -> list[PermissionRule | AgentOption]:
    prefix = f"profiles.{only_for}." if only_for else ""
    return [
        *(
            [option("codex", "mode", f"{prefix}approval_policy", approval, only_for=f"profile {only_for}" if only_for else "")]
            if approval
            else []
        ),
        *([option("codex", "sandbox", f"{prefix}sandbox_mode", sandbox)] if sandbox else []),
    ]


@pytest.mark.parametrize(
    ("nouns", "command", "expected"),
    [
        (codex("never", "danger-full-access"), "terraform destroy", "allowed"),
        (codex("never", "workspace-write"), "terraform destroy", "sandboxed"),
        (codex("never", "read-only"), "terraform destroy", "sandboxed"),
        (codex("on-failure", "danger-full-access"), "terraform destroy", "allowed"),
        (codex("on-request", "danger-full-access"), "terraform destroy", "unknown"),
        (codex("on-request", "workspace-write"), "terraform destroy", "sandboxed"),
        (codex("untrusted", "danger-full-access"), "terraform destroy", "asked"),
        (codex("never"), "terraform destroy", "sandboxed"),
        (codex(), "terraform destroy", "sandboxed"),
        ([*codex("never", "danger-full-access"), rule("codex", "deny", "terraform", "prefix")], "terraform destroy", "denied"),
        ([*codex("untrusted"), allow("codex", "terraform", "prefix")], "terraform destroy", "allowed"),
        (codex('{"granular": {}}', "workspace-write"), "terraform destroy", "unknown"),
    ],
)
def test_codex(nouns: list[PermissionRule | AgentOption], command: str, expected: str) -> None:
    assert outcome("codex", nouns, "shell", command) == expected


def test_a_profile_of_codex_goes_before_the_file() -> None:
    nouns = [*codex("on-request", "danger-full-access"), *codex("never", only_for="fast")]
    assert outcome("codex", nouns, "shell", "x", only_for="profile fast") == "allowed"


@pytest.mark.parametrize(
    ("client", "nouns", "kind", "text", "expected"),
    [
        # the last rule that fits decides
        ("opencode", [], "shell", "terraform destroy", "allowed"),
        ("opencode", [rule("opencode", "ask", "*", "all", tool="*")], "shell", "terraform destroy", "asked"),
        ("opencode", [allow("opencode", "*", "all", tool="*")], "shell", "terraform destroy", "allowed"),
        ("opencode", [rule("opencode", "ask", "*", "all", tool="bash"), allow("opencode", "git *", "wildcard", tool="bash", order=1)], "shell", "git", "allowed"),
        ("opencode", [allow("opencode", "git *", "wildcard", tool="bash"), rule("opencode", "ask", "*", "all", tool="bash", order=1)], "shell", "git x", "asked"),
        ("opencode", [option("opencode", "mode", "permission", "ask")], "shell", "git x", "asked"),
        ("opencode", [rule("opencode", "deny", "*.env", "wildcard", tool="read")], "read", "secret.env", "denied"),
        ("opencode", [rule("opencode", "deny", "*", "all", tool="edit")], "edit", "", "denied"),
        ("kilo-code", [], "shell", "terraform destroy", "asked"),
        # the longest beginning decides, and of equal ones the denial
        ("roo-code", [allow("roo-code", "*", "prefix")], "shell", "terraform destroy", "allowed"),
        ("roo-code", [allow("roo-code", "git", "prefix"), rule("roo-code", "deny", "git push", "prefix")], "shell", "git push", "denied"),
        ("roo-code", [rule("roo-code", "deny", "git", "prefix"), allow("roo-code", "git status", "prefix")], "shell", "git status", "allowed"),
        ("roo-code", [allow("roo-code", "git", "prefix"), rule("roo-code", "deny", "git", "prefix")], "shell", "git status", "denied"),
        # regular expressions
        ("zed", [allow("zed", ".*", "regex", tool="terminal")], "shell", "terraform destroy", "allowed"),
        ("zed", [allow("zed", "^CARGO ", "regex", tool="terminal")], "shell", "cargo test", "allowed"),
        ("zed", [allow("zed", "^cargo ", "regex", tool="terminal"), rule("zed", "deny", "publish", "regex", tool="terminal")], "shell", "cargo publish", "denied"),
        ("zed", [option("zed", "tools-approved", "agent.always_allow_tool_actions", "true")], "shell", "x", "allowed"),
        ("zed", [option("zed", "mode", "agent.tool_permissions.default", "allow")], "shell", "x", "allowed"),
        ("amazon-q", [allow("amazon-q", "git", "regex", tool="execute_bash")], "shell", "git push", "asked"),
        ("amazon-q", [allow("amazon-q", "git .*", "regex", tool="execute_bash")], "shell", "git push", "allowed"),
        ("amazon-q", [allow("amazon-q", "", "all", tool="execute_bash")], "shell", "git push", "allowed"),
        ("amazon-q", [allow("amazon-q", "", "all", tool="fs_*")], "shell", "git push", "asked"),
        ("amazon-q", [allow("amazon-q", "", "all", tool="fs_*")], "edit", "src/a", "allowed"),
        ("amazon-q", [allow("amazon-q", "", "all", tool="@docs/search")], "shell", "git push", "asked"),
        ("kiro", [allow("kiro", "*", "all")], "shell", "terraform destroy", "allowed"),
        ("kiro", [allow("kiro", "npm *", "wildcard")], "shell", "npm publish", "allowed"),
        ("kiro", [allow("kiro", "npm *", "wildcard")], "shell", "git push", "asked"),
        ("windsurf", [allow("windsurf", "git", "prefix"), rule("windsurf", "deny", "git push", "prefix")], "shell", "git push", "denied"),
        ("windsurf", [], "shell", "git push", "unknown"),
        ("warp", [allow("warp", "ls( .*)?", "regex")], "shell", "ls -la", "allowed"),
        ("warp", [], "shell", "git push", "unknown"),
        ("goose", [], "shell", "git push", "allowed"),
        ("goose", [option("goose", "mode", "GOOSE_MODE", "approve")], "shell", "git push", "asked"),
        ("goose", [option("goose", "mode", "GOOSE_MODE", "smart_approve")], "shell", "git push", "unknown"),
        ("goose", [option("goose", "mode", "GOOSE_MODE", "chat")], "shell", "git push", "denied"),
        ("goose", [option("goose", "mode", "GOOSE_MODE", "auto")], "shell", "git push", "allowed"),
        ("goose", [option("goose", "mode", "GOOSE_MODE", "auto"), rule("goose", "deny", "", "all", tool="developer__shell")], "shell", "x", "denied"),
        ("continue-dev", [allow("continue-dev", "git *", "wildcard", tool="Bash")], "shell", "git push", "allowed"),
        ("continue-dev", [], "shell", "git push", "asked"),
        ("amp", [allow("amp", "git *", "wildcard", tool="Bash"), rule("amp", "deny", "git push*", "wildcard", tool="Bash")], "shell", "git push", "allowed"),
        ("amp", [option("amp", "tools-approved", "amp.dangerouslyAllowAll", "true")], "shell", "git push", "allowed"),
        ("aider", [option("aider", "mode", "yes-always", "true")], "shell", "git push", "allowed"),
        ("cline", [], "shell", "git push", "unknown"),
        ("gemini-cli", [option("gemini-cli", "mode", "general.defaultApprovalMode", "auto_edit")], "edit", "src/a", "allowed"),
        ("vscode", [option("vscode", "edits-approved", "chat.tools.edits.autoApprove", "true", name="**/*")], "edit", "", "allowed"),
        ("vscode", [option("vscode", "edits-approved", "chat.tools.edits.autoApprove", "true", name="docs/*")], "edit", "", "asked"),
    ],
)  # fmt: skip
def test_others(client: str, nouns: list[PermissionRule | AgentOption], kind: str, text: str, expected: str) -> None:
    assert outcome(client, nouns, kind, text) == expected


@pytest.mark.parametrize("client", sorted(SEMANTICS))
def test_every_client_answers_every_probe_from_nothing(client: str) -> None:
    file = AgentFile(client=client, scope="repo", location=Location("x"), kind="settings", format="json")
    found = outlooks((file,), (), ())
    assert [outlook.session.part for outlook in found] == list(PARTS.get(client, ("",)))
    for outlook in found:
        assert {answer.verdict.outcome for answer in outlook.answers} <= OUTCOMES.keys()
        assert not outlook.broad
        assert all(answer.verdict.basis for answer in outlook.answers)


def test_rules_of_other_projects_do_not_meet() -> None:
    one = PermissionRule(
        client="claude-code", scope="repo", effect="allow", text="Bash", tool="Bash", location=Location("a/.claude/settings.json", 1)
    )
    two = PermissionRule(
        client="claude-code", scope="repo", effect="deny", text="Bash", tool="Bash", location=Location("b/.claude/settings.json", 1)
    )
    own = PermissionRule(
        client="claude-code", scope="user", effect="deny", text="Read", tool="Read", location=Location("~/.claude/settings.json", 1)
    )
    found = sessions([], [one, two, own], [])
    assert [(item.project, {rule.text for rule in item.rules}) for item in found] == [("a", {"Bash", "Read"}), ("b", {"Bash", "Read"})]
    assert {rule.effect for rule in found[0].rules if rule.tool == "Bash"} == {"allow"}


@pytest.mark.parametrize(
    ("path", "project"),
    [
        (".claude/settings.json", ""),
        ("a/b/.claude/skills/x/SKILL.md", "a/b"),
        ("opencode.json", ""),
        ("examples/opencode.json", "examples"),
        ("settings.json", ""),
        ("a/.vscode/settings.json", "a"),
    ],
)
def test_the_project_of_a_file(path: str, project: str) -> None:
    assert project_of(path) == project


def test_what_is_limited_to_a_skill_is_a_session_of_its_own() -> None:
    wide = PermissionRule(
        client="claude-code", scope="repo", effect="allow", text="Bash", tool="Bash", location=Location(".claude/skills/x/SKILL.md", 1), only_for="skill x"
    )  # fmt: skip
    found = outlooks((), (wide,), ())
    assert [(item.session.only_for, len(item.broad)) for item in found] == [("", 0), ("skill x", 1)]


def test_the_rules_of_cursors_two_programs_do_not_meet() -> None:
    assert part_of("cursor", "terminalAllowlist[0]") == EDITOR
    assert part_of("cursor", "permissions.allow[0]") == LINE
    found = outlooks((), (allow("cursor", "**", "all", tool="Shell", key="permissions.allow[0]"),), ())
    assert [(item.session.part, len(item.broad)) for item in found] == [(EDITOR, 0), (LINE, 1)]


def test_every_client_whose_rules_are_read_gets_an_answer() -> None:
    """The fixtures of all clients name who has rules; a client without an evaluator would be judged by nobody."""
    with_rules = set()
    for path in (DATA / "collectors").glob("*/*/expected.json"):
        found = json.loads(path.read_text("utf-8"))
        with_rules |= {row["client"] for row in found.get("permissions", ())} if isinstance(found, dict) else set()
    assert len(with_rules) > 20
    assert with_rules <= SEMANTICS.keys()
    assert SEMANTICS.keys() <= {line.name for line in CLIENTS}
