"""Agents in workflows, containers and build files: what is told apart, what is a finding, and what holds for any content."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import bounded, scan_files

from sbomgate import collect as collect_target
from sbomgate.agent_model import AgentCommand, AgentOption, AgentStep, PermissionRule
from sbomgate.collectors.agents import container_files, task_files, workflows
from sbomgate.collectors.agents.starts import argument_words, opens_shell, starts
from sbomgate.errors import CollectError
from sbomgate.model import Component, Inventory, Location, Problem, Secret, Server, Severity, Target
from sbomgate.policy import Context
from sbomgate.rules import by_id
from sbomgate.tree import MemoryTree, SourceFile

PATH = ".github/workflows/agent.yml"
SHA = "0123456789abcdef0123456789abcdef01234567"


def read(text: str, path: str = PATH) -> list[Any]:
    module = (
        workflows if path.startswith(".github") or path.endswith("action.yml") else task_files if "akefile" in path else container_files
    )
    return list(module.collect(SourceFile(MemoryTree({path: text.encode()}), path)))


def steps(text: str, path: str = PATH) -> list[AgentStep]:
    return [item for item in read(text, path) if isinstance(item, AgentStep)]


def workflow(on: str = "issue_comment", job: str = "", step: str = 'run: claude -p "go"', top: str = "") -> str:
    return f"on: {on}\n{top}\njobs:\n  a:\n    runs-on: ubuntu-latest\n{job}\n    steps:\n      - {step}\n"


def found(tmp_path: Path, text: str, path: str = PATH) -> dict[str, Severity]:
    report = scan_files(tmp_path, {path: text, "uv.toml": ""})
    assert not report.problems
    return {finding.rule: finding.severity for finding in report.findings}


# --- command lines ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "client", "unconfined"),
    [
        ("claude -p go", "claude-code", ()),
        ("claude --dangerously-skip-permissions", "claude-code", ("--dangerously-skip-permissions",)),
        ("claude --permission-mode=bypassPermissions", "claude-code", ("--permission-mode bypassPermissions",)),
        ("claude --permission-mode plan", "claude-code", ()),
        ('claude -p go --allowedTools "Bash(git diff:*),Read"', "claude-code", ()),
        ('claude -p go --allowedTools "Read,Bash"', "claude-code", ("--allowedTools Bash",)),
        ("claude -p go --allowedTools Read Bash --model x", "claude-code", ("--allowedTools Bash",)),
        ('claude -p go --allowed-tools "Bash(*)"', "claude-code", ("--allowed-tools Bash",)),
        ("FOO=1 timeout 600 npx -y @anthropic-ai/claude-code@1.0.9 -p go", "claude-code", ()),
        ("gemini -y -p go", "gemini-cli", ("-y",)),
        ("gemini --approval-mode yolo", "gemini-cli", ("--approval-mode yolo",)),
        ("codex exec --full-auto go", "codex", ()),
        ("codex --yolo", "codex", ("--yolo",)),
        ("codex exec -s danger-full-access go", "codex", ("-s danger-full-access",)),
        ("cursor-agent -f go", "cursor", ("-f",)),
        ("copilot -p go --allow-all-tools", "copilot-cli", ("--allow-all-tools",)),
        ("amp --dangerously-allow-all -x go", "amp", ("--dangerously-allow-all",)),
        ("uvx --from aider-chat aider --yes-always", "aider", ("--yes-always",)),
        ("GOOSE_MODE=auto goose run -t go", "goose", ("GOOSE_MODE=auto",)),
        ("export GOOSE_MODE=auto; goose session", "goose", ("GOOSE_MODE=auto",)),
        ("bash -c 'claude --dangerously-skip-permissions'", "claude-code", ("--dangerously-skip-permissions",)),
        ('X="$(claude -p go --dangerously-skip-permissions)"', "claude-code", ("--dangerously-skip-permissions",)),
        ("if true; then claude -p go; fi", "claude-code", ()),
        ("droid exec --skip-permissions-unsafe go", "factory", ("--skip-permissions-unsafe",)),
        ("q chat --trust-all-tools go", "amazon-q", ("--trust-all-tools",)),
    ],
)
def test_an_agent_is_known_by_its_command_line(line: str, client: str, unconfined: tuple[str, ...]) -> None:
    assert [(start.client, start.unconfined) for start in starts(line)] == [(client, unconfined)]


@pytest.mark.parametrize(
    "line",
    [
        "claude --version", "claude mcp add docs -- npx docs", "codex login", "npm install -g @anthropic-ai/claude-code", "goose up", "copilot deploy --name x",
        "echo claude --dangerously-skip-permissions", "git log -q", "cat gemini.txt", "cp claude.md x", "opencode upgrade", "# claude -p go", "pip install aider-chat",
        "uv tool install aider-chat", "amp", "kubectl -n claude get pods",
    ],
)  # fmt: skip
def test_what_starts_no_agent_is_none(line: str) -> None:
    assert list(starts(line)) == []


def test_arguments_of_an_input_keep_their_brackets() -> None:
    assert argument_words('--allowedTools "Bash(git diff:*),Read" --max-turns 5\n# a comment') == [
        "--allowedTools",
        "Bash(git diff:*),Read",
        "--max-turns",
        "5",
    ]
    assert argument_words('["--yolo", 1, "x"]') == ["--yolo", "x"]
    assert argument_words('["unfinished"') == ["[unfinished"]
    assert opens_shell("Edit, Bash")
    assert not opens_shell("Bash(git *), BashOutput")


# --- who, and with what ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "outsiders"),
    [
        ("push", ()), ("pull_request", ()), ("issues", ("issues",)), ("[issues, push]", ("issues",)), ("{issues: {types: [labeled]}}", ()),
        ("{issues: {types: labeled}}", ()), ("{issues: {types: [opened, labeled]}}", ("issues",)), ("{issue_comment: , push: }", ("issue_comment",)),
        ("{pull_request_target: {types: [labeled]}}", ()), ("{workflow_run: {workflows: [ci]}}", ("workflow_run",)), ("schedule", ()), ("[1, 2]", ()), ("true", ()),
    ],
)  # fmt: skip
def test_outsiders_cause_some_events_only(on: str, outsiders: tuple[str, ...]) -> None:
    assert steps(workflow(on))[0].outsiders == outsiders


@pytest.mark.parametrize("key", ["on", "'on'", '"on"'])
def test_the_key_on_is_no_truth(key: str) -> None:
    assert steps(workflow().replace("on:", f"{key}:", 1))[0].triggers == ("issue_comment",)


@pytest.mark.parametrize(
    ("condition", "is_gate"),
    [
        ("contains(github.event.comment.body, '@claude')", False),
        ("github.event.comment.author_association == 'OWNER'", True),
        ("github.actor == 'ada'", True),
        ("github.actor != 'ada'", False),
        ("contains(fromJSON('[\"ada\"]'), github.actor)", True),
        ("contains('ada bob', github.event.comment.user.login)", True),
        ("github.event.pull_request.head.repo.full_name == github.repository", True),
        ("github.event.label.name == 'agent'", True),
        ("needs.check.outputs.authorized == 'true'", True),
        ("needs.build.outputs.version == '1'", False),
        ("github.repository == 'acme/app'", False),
    ],
)
def test_a_gate_looks_at_who(condition: str, is_gate: bool) -> None:
    assert bool(steps(workflow(job=f"    if: {json.dumps(condition)}"))[0].gate) is is_gate
    assert bool(steps(workflow(step=f"run: claude -p go\n        if: {json.dumps(condition)}"))[0].gate) is is_gate


@pytest.mark.parametrize(
    ("top", "job", "writes"),
    [
        ("", "", ("unstated",)),
        ("permissions: write-all", "", ("all",)),
        ("permissions: read-all", "", ()),
        ("permissions: {contents: write, issues: read}", "", ("contents",)),
        ("permissions: write-all", "    permissions: {}", ()),
    ],
)
def test_the_token_of_the_job_goes_before_that_of_the_workflow(top: str, job: str, writes: tuple[str, ...]) -> None:
    assert steps(workflow(top=top, job=job))[0].writes == writes


def test_the_key_of_a_model_is_no_secret_of_the_repository() -> None:
    top = "env: {A: '${{ secrets.ANTHROPIC_API_KEY }}', B: \"${{ secrets['DEPLOY'] }}\", C: '${{ secrets.GITHUB_TOKEN }}'}"
    assert steps(workflow(top=top))[0].secrets == ("DEPLOY",)


def test_an_action_by_commit_is_pinned_and_one_in_the_repository_is_no_component() -> None:
    items = read(workflow(step=f"uses: Anthropics/Claude-Code-Action@{SHA}"))
    [component] = [item for item in items if isinstance(item, Component)]
    assert (component.version, component.pin) == (SHA, "vcs-commit")
    assert component.purl == f"pkg:githubactions/Anthropics/Claude-Code-Action@{SHA}"
    assert not read(workflow(step="uses: ./claude-code-action"))


def test_servers_in_the_arguments_are_read() -> None:
    step = f'uses: anthropics/claude-code-action@{SHA}\n        with:\n          claude_args: >-\n            --mcp-config \'{{"mcpServers": {{"docs": {{"command": "npx", "args": ["-y", "@acme/docs"]}}}}}}\''
    [server] = [item for item in read(workflow(step=step)) if isinstance(item, Server)]
    assert (server.client, server.scope, server.name, server.package) == ("claude-code", "ci", "docs", "@acme/docs")


@pytest.mark.parametrize("name", ["settings", "mcp_config"])
def test_settings_that_are_no_json_are_a_problem(name: str) -> None:
    found = read(workflow(step=f"uses: anthropics/claude-code-action@{SHA}\n        with: {{{name}: '{{\"a\": '}}"))
    assert [item.where for item in found if isinstance(item, Problem)] == [f"jobs.a.steps[0].with.{name}"]


def test_settings_of_gemini_cli_are_read_as_its_own_file_is() -> None:
    settings = {
        "mcpServers": {"x": {"command": "npx", "args": ["-y", "acme-mcp"]}},
        "tools": {"allowed": ["run_shell_command"]},
        "telemetry": {"otlpEndpoint": "http://collector.example:4317"},
    }
    step = f"uses: google-github-actions/run-gemini-cli@{SHA}\n        with:\n          settings: '{json.dumps(settings)}'"
    found = read(workflow(step=step))
    assert [server.name for server in found if isinstance(server, Server)] == ["x"]
    assert [rule.text for rule in found if isinstance(rule, PermissionRule)] == ["run_shell_command"]
    assert "telemetry" in [option.name for option in found if isinstance(option, AgentOption)]


def test_no_secret_leaves_the_collector() -> None:
    secret = "ghp_" + "a1B2c3D4e5" * 3 + "F6g7H8"
    step = f"uses: anthropics/claude-code-action@{SHA}\n        with: {{prompt: 'use {secret}'}}\n      - run: claude -p 'use {secret}' --dangerously-skip-permissions"
    items = read(workflow(step=step))
    assert secret not in repr(items)
    assert len([item for item in items if isinstance(item, Secret)]) == 2


def test_a_file_without_an_agent_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("all:\n\ttrue\n", "utf-8")
    assert [problem.what for problem in collect_target(str(tmp_path)).problems] == ["nothing found to scan"]
    inventory = collect_target(str(tmp_path / "Makefile"))
    assert not inventory.problems
    assert inventory.sources == 1


# --- findings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (workflow(top="permissions: {contents: write}"), {"SG420": "high"}),
        (workflow(top="permissions: {issues: write}"), {"SG420": "medium"}),
        (workflow(top="permissions: {}"), {"SG420": "medium"}),
        (workflow(top="permissions: {}", job="    env: {T: '${{ secrets.DEPLOY }}'}"), {"SG420": "high"}),
        (workflow(on="push", top="permissions: {contents: write}"), {}),
        (workflow(on="pull_request"), {}),
        (workflow(step=f"uses: anthropics/claude-code-action@{SHA}"), {}),
        (workflow(step=f"uses: anthropics/claude-code-action@{SHA}\n        with: {{allowed_bots: '*'}}"), {"SG420": "high"}),
        (workflow(on="push", step=f"uses: anthropics/claude-code-action@{SHA}\n        with: {{allowed_bots: '*'}}"), {}),
        (workflow(on="pull_request", step=f"uses: anthropics/claude-code-action@{SHA}\n        with: {{allowed_non_write_users: '*'}}"), {"SG420": "medium"}),
        (workflow(step=f"uses: openai/codex-action@{SHA}\n        with: {{allow-users: 'ada,bob'}}"), {}),
        (workflow(on="push", step="run: claude --dangerously-skip-permissions"), {"SG421": "medium"}),
        (workflow(on="push", top="permissions: {}", step="run: claude --dangerously-skip-permissions"), {"SG421": "low"}),
        (workflow(on="push", step="run: codex --yolo").replace("ubuntu-latest", "self-hosted"), {"SG421": "high"}),
        (workflow(on="push", step="uses: openai/codex-action@v1"), {"SG422": "medium"}),
        (workflow(on="push", step=f"uses: anthropics/claude-code-action@{SHA}\n        with: {{show_full_output: true}}"), {"SG427": "low"}),
    ],
)  # fmt: skip
def test_severity_goes_by_what_is_in_reach(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    assert found(tmp_path, text) == expected


CHECKOUT = "uses: actions/checkout@v4\n        with: {ref: '${{ github.event.pull_request.head.sha }}'}\n      - run: claude -p go"


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (workflow("pull_request_target", step=CHECKOUT), "high"),
        (workflow("pull_request", step=CHECKOUT), None),
        (workflow("{pull_request_target: {types: [labeled]}}", step=CHECKOUT), "medium"),
        (
            workflow(
                "pull_request_target", step=CHECKOUT, job="    if: github.event.pull_request.head.repo.full_name == github.repository"
            ),
            None,
        ),
        (workflow("pull_request_target", step=CHECKOUT.replace("ref:", "path: proposal, ref:")), None),
        (workflow("pull_request_target", step=CHECKOUT.replace("ref:", "path: ./, ref:")), "high"),
        (workflow("issue_comment", step="run: gh pr checkout 7\n      - run: claude -p go"), "high"),
        (workflow("issue_comment", step="run: claude -p go\n      - run: gh pr checkout 7"), None),
    ],
)
def test_the_files_of_a_proposal(tmp_path: Path, text: str, severity: str | None) -> None:
    assert found(tmp_path, text).get("SG423") == severity


def test_examples_weigh_less(tmp_path: Path) -> None:
    text = workflow(on="push", step="uses: openai/codex-action@v1")
    assert found(tmp_path, text, f"examples/{PATH}") == {"SG422": "info"}


def test_many_of_a_kind_are_one_finding(tmp_path: Path) -> None:
    text = workflow(on="push", step="\n      - ".join(f"uses: openai/codex-action@v{number}" for number in range(9)))
    report = scan_files(tmp_path, {PATH: text})
    assert [finding.rule for finding in report.findings] == ["SG422"]
    assert "and 4 more" in report.findings[0].message


@pytest.mark.parametrize(
    ("approved", "capable", "severity"), [(True, True, "high"), (False, True, "medium"), (True, False, "medium"), (False, False, None)]
)
def test_tasks_that_start_with_the_folder(approved: bool, capable: bool, severity: str | None) -> None:
    from sbomgate.model import Capability

    place = Location(".vscode/tasks.json", 3)
    task = AgentCommand(
        client="vscode", scope="repo", event="folderOpen", kind="command", text="node x", digest="0", location=place,
        capabilities=(Capability("fetch-and-run", "curl | sh", place),) if capable else (),
    )  # fmt: skip
    option = AgentOption(
        client="vscode", scope="repo", kind="tasks-approved", key="k", value="on", location=Location(".vscode/settings.json", 1)
    )
    rule = by_id("SG426")
    assert rule is not None
    inventory = Inventory(target=Target("."), commands=(task,), options=(option,) if approved else ())
    assert [finding.severity for finding in rule.check(Context(inventory))] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ({"source": "github", "repo": "acme/plugins"}, "medium"),
        ({"source": "github", "repo": "acme/plugins", "ref": "v1"}, "low"),
        ({"source": "directory", "path": "./plugins"}, None),
    ],
)
def test_marketplaces(tmp_path: Path, source: dict[str, str], severity: str | None) -> None:
    text = json.dumps({"extraKnownMarketplaces": {"acme": {"source": source}}})
    assert found(tmp_path, text, ".claude/settings.json").get("SG424") == severity


def test_plugins_of_a_marketplace_are_pinned_by_commit(tmp_path: Path) -> None:
    text = json.dumps(
        {"name": "m", "plugins": [{"name": "a", "source": {"source": "github", "repo": "a/b", "sha": SHA}}, {"name": "b", "source": "./b"}]}
    )
    assert "SG424" not in found(tmp_path, text, ".claude-plugin/marketplace.json")


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ('{"image": "x", "privileged": true}', None),
        ('{"image": "acme/claude:1", "privileged": true}', "high"),
        ('{"image": "acme/claude:1", "runArgs": ["--network=host"]}', "medium"),
        ('{"image": "acme/claude:1", "mounts": ["source=${localEnv:HOME},target=/h,type=bind"]}', "high"),
        ('{"image": "acme/claude:1", "mounts": ["source=agent,target=/h,type=volume"]}', None),
    ],
)
def test_containers_that_agents_work_in(tmp_path: Path, text: str, severity: str | None) -> None:
    assert found(tmp_path, text, ".devcontainer/devcontainer.json").get("SG425") == severity


# --- any content -----------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "on", "jobs", "steps", "uses", "run", "with", "if", "needs", "permissions", "env", "a", "services", "command", "volumes", "image", "claude -p go", "settings",
        "anthropics/claude-code-action@v1", "openai/codex-action@main", "codex-args", "claude_args", "ref", "github.head_ref", "actions/checkout@v4", "issues", "types",
        '{"mcpServers": 3}', '["--yolo"', "mounts", "runArgs", "postCreateCommand", "initializeCommand", "claude --dangerously-skip-permissions", "runs", "customizations",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=40,
)


@pytest.mark.parametrize("path", [PATH, "action.yml", "compose.yaml", ".devcontainer/devcontainer.json", "Dockerfile", "Makefile"])
@settings(max_examples=80, deadline=None)
@given(value=VALUES, tail=st.binary(max_size=40))
@example(value={"jobs": {"a": {"needs": "a", "steps": [{"run": "claude -p go"}]}}}, tail=b"")
def test_any_content_is_read_or_refused(path: str, value: Any, tail: bytes) -> None:
    content = (
        json.dumps({"claude": 1, "jobs": {"a": {"steps": value}}} if not isinstance(value, dict) else {**value, "name": "claude"}).encode()
        + tail
    )
    module = workflows if path in (PATH, "action.yml") else task_files if path == "Makefile" else container_files
    with suppress(CollectError):
        list(module.collect(SourceFile(MemoryTree({path: content}), path)))


@pytest.mark.parametrize(
    "text",
    [
        "claude " * 30_000,
        "outputs." * 30_000,
        "contains(" * 20_000,
        "git fetch pull/" * 15_000,
        "$(claude " * 20_000,
        "'\"" * 50_000 + " claude",
        "secrets." * 30_000,
    ],
)
def test_hostile_text_takes_bounded_time(text: str) -> None:
    body = json.dumps(text)
    with bounded(5):
        steps(
            workflow(
                step=f"run: {body}\n        if: {body}\n      - uses: anthropics/claude-code-action@v1\n        with: {{claude_args: {body}, prompt: {body}}}"
            )
        )
        list(starts(text))


def test_many_steps_take_bounded_time() -> None:
    step = f"uses: openai/codex-action@{SHA}\n        with: {{prompt: '${{{{ secrets.A }}}}'}}\n        env: {{A: b}}"
    with bounded(10):
        assert len(steps(workflow(step="\n      - ".join([step] * 1001)))) == 1000


def test_scripts_of_package_json_that_start_an_agent_unconfined(tmp_path: Path) -> None:
    scripts = {"ai": "claude --dangerously-skip-permissions -p go", "test": "jest --yolo", "ask": "claude -p hello"}
    (tmp_path / "package.json").write_text(json.dumps({"name": "x", "version": "1.0.0", "scripts": scripts}, indent=1), "utf-8")
    (step,) = collect_target(str(tmp_path)).agent_steps
    assert (step.client, step.location, step.unconfined) == (
        "claude-code", Location("package.json", 5), ("--dangerously-skip-permissions",),
    )  # fmt: skip
