"""SG410 to SG416 over whole projects: what fires, how gravely, and what is told once only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import scan_files

from sbomgate.model import Finding
from sbomgate.permissions import outlooks
from sbomgate.rules import rules_for

HERE = ".claude/settings.json"


def found(root: Path, files: dict[str, Any]) -> list[Finding]:
    """The findings of SG410 to SG416."""
    written: dict[str, str | bytes] = {
        path: content if isinstance(content, str) else json.dumps(content) for path, content in files.items()
    }
    return [finding for finding in scan_files(root, written).findings if finding.rule.startswith("SG41")]


def told(root: Path, files: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding.rule, str(finding.severity)) for finding in found(root, files)]


def settings(**permissions: Any) -> dict[str, Any]:
    return {"permissions": permissions}


DENIES = ["Read(./.env)", "Read(~/.ssh/**)"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # SG410: once for a file, and nothing beside it for the same cause
        ({HERE: settings(allow=["Bash(*)", "Bash", "Read"])}, [("SG410", "high")]),
        ({HERE: settings(allow=["Bash(*)"], defaultMode="bypassPermissions")}, [("SG410", "high")]),
        ({HERE: settings(allow=["Bash(*)", "Bash(terraform *)", "Bash(python *)"], deny=["Bash(rm *)"])}, [("SG410", "high")]),
        ({HERE: settings(defaultMode="bypassPermissions")}, [("SG410", "high")]),
        ({HERE: settings(defaultMode="bypassPermissions", disableBypassPermissionsMode="disable")}, []),
        ({HERE: settings(allow=["Bash(*)"], deny=["Bash"])}, [("SG415", "low")]),
        ({HERE: settings(allow=["Bash(*)"], ask=["Bash"])}, []),
        ({f"examples/{HERE}": settings(allow=["Bash(*)"])}, [("SG410", "low")]),
        ({f"tests/data/{HERE}": settings(allow=["Bash(*)"])}, [("SG410", "low")]),
        ({".claude/settings.local.json": settings(allow=["Bash(*)"])}, [("SG410", "medium")]),
        ({".claude/skills/x/SKILL.md": "---\nname: x\nallowed-tools: Bash(*)\n---\ntext\n"}, [("SG410", "high")]),
        ({f"{name}/{HERE}": settings(allow=["Bash(*)"]) for name in ("a", "b")}, [("SG410", "high")] * 2),
        # SG411
        ({HERE: settings(allow=["Bash(terraform *)", "Bash(kubectl *)"], deny=DENIES)}, [("SG411", "high")]),
        ({HERE: settings(allow=["Bash(git push *)", "Bash(rm *)"], deny=DENIES)}, [("SG411", "medium")]),
        ({HERE: settings(allow=["Bash(terraform *)"], deny=["Bash(terraform destroy *)"])}, []),
        ({HERE: settings(allow=["Bash(* -auto-approve)"])}, [("SG411", "high")]),
        ({HERE: settings(allow=["Bash(git add *)", "Bash(git commit *)", "Bash(npm run test *)"])}, []),
        ({f"docs/{HERE}": settings(allow=["Bash(terraform *)"])}, [("SG411", "low")]),
        # SG412
        ({HERE: settings(allow=["Bash(python *)"], deny=["Bash(rm *)"])}, [("SG412", "medium")]),
        ({HERE: settings(allow=["Bash(env *)"], deny=["Bash(npm publish *)"])}, [("SG412", "medium")]),
        ({HERE: settings(allow=["Bash(python *)"], deny=["Bash(rm -rf *)"])}, [("SG412", "medium")]),
        ({HERE: settings(allow=["Bash(python manage.py *)"], deny=["Bash(rm *)"])}, []),
        ({HERE: settings(allow=["Bash(env *)"], deny=["Bash(*publish*)"])}, []),
        # SG413
        ({HERE: settings(allow=["Bash(python *)"])}, [("SG413", "medium")]),
        ({HERE: settings(allow=["Bash(curl *)"])}, [("SG413", "low")]),
        ({HERE: settings(allow=["Read(~/**)"])}, [("SG413", "low")]),
        ({HERE: settings(allow=["Bash(npm test)", "Read", "Edit(src/**)"], deny=DENIES)}, []),
        ({HERE: settings(allow=["Bash(npm test)", "Bash(cargo build *)", "WebSearch"])}, []),
        # SG414
        ({HERE: '{"permissions": {"deny": ["Read(./.env)"],}}'}, [("SG414", "high")]),
        ({HERE: settings(deny=["Write(./.env)"])}, [("SG414", "medium")]),
        ({HERE: settings(deny=["Bash(command:rm *)"])}, [("SG414", "medium")]),
        ({HERE: settings(deny=["mcp__db__query(x)"])}, [("SG414", "medium")]),
        ({HERE: {"allowManagedPermissionRulesOnly": True}}, [("SG414", "medium")]),
        ({HERE: '{"permissions": {"deny": ['}, [("SG414", "medium")]),
        ({HERE: settings(deny=["Read(./.env)"])}, []),
        # SG415
        ({HERE: settings(allow=["mcp__*", "Write(src/**)", "B*"])}, [("SG415", "low")]),
        ({HERE: '{"permissions": {"allow": ["Bash(*)"]},} // all'}, [("SG415", "low")]),
        # SG416
        ({HERE: settings(defaultMode="acceptEdits")}, [("SG416", "low")]),
        ({".claude/settings.local.json": {"skipDangerousModePermissionPrompt": True}}, [("SG416", "medium")]),
        ({HERE: {"skipDangerousModePermissionPrompt": True}}, []),
        ({HERE: settings(defaultMode="auto")}, []),
        *(({HERE: settings(defaultMode=mode)}, []) for mode in ("default", "manual", "plan", "dontAsk")),
    ],
)  # fmt: skip
def test_findings_of_a_project(files: dict[str, Any], expected: list[tuple[str, str]], tmp_path: Path) -> None:
    assert told(tmp_path, files) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (settings(allow=["Bash(*)"]), [("SG410", "medium")]),
        (settings(defaultMode="bypassPermissions"), [("SG416", "medium")]),
        (settings(allow=["Bash(terraform *)"]), [("SG411", "medium")]),
        (settings(defaultMode="acceptEdits"), [("SG416", "low")]),
        (settings(allow=["Bash(git status)"]), []),
    ],
)
def test_a_persons_own_settings_weigh_less(content: dict[str, Any], expected: list[tuple[str, str]], tmp_path: Path) -> None:
    from sbomgate import scan
    from sbomgate.model import Target

    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    (home / HERE).write_text(json.dumps(content))
    report = scan(Target(str(home), "home"))
    assert [(finding.rule, str(finding.severity)) for finding in report.findings if finding.rule.startswith("SG41")] == expected


def test_a_mode_that_newer_versions_ignore_is_said_to_be_one(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, {HERE: settings(defaultMode="bypassPermissions")})
    assert "2.1.257" in finding.message
    assert finding.confidence == "medium"


def test_a_message_names_rules_and_commands(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, {HERE: settings(allow=["Bash(terraform *)"], deny=DENIES)})
    assert finding.message == "claude-code runs `terraform destroy` without a question: `Bash(terraform *)`"
    assert finding.location.path == HERE


def test_hostile_rules_stay_on_one_line(tmp_path: Path) -> None:
    (finding,) = found(
        tmp_path, {HERE: settings(allow=["Bash(terraform\n\x1b[31m*)", "Bash(terraform *)", "Bash(kubectl * \u202e*)"], deny=DENIES)}
    )
    assert finding.message.isprintable()


def test_many_rules_make_one_finding(tmp_path: Path) -> None:
    rules = [f"Bash({tool} *)" for tool in ("terraform", "kubectl", "aws", "rm", "git push", "npm publish")]
    (finding,) = found(tmp_path, {HERE: settings(allow=rules, deny=DENIES)})
    assert "and 2 more" in finding.message
    assert finding.severity == "high"


def test_a_fingerprint_does_not_depend_on_lines(tmp_path: Path) -> None:
    content = settings(allow=["Bash(*)"])
    (one,) = found(tmp_path / "a", {HERE: json.dumps(content)})
    (two,) = found(tmp_path / "b", {HERE: "\n\n" + json.dumps(content, indent=4)})
    assert one.fingerprint == two.fingerprint
    assert one.location.line != two.location.line


REAL = (
    settings(allow=["Bash(npm run lint)", "Bash(npm run test:*)", "Bash(git diff:*)", "Bash(git log:*)", "WebFetch(domain:docs.example.com)"],
             deny=["Read(./.env)", "Read(./.env.*)", "Read(./secrets/**)"]),
    settings(allow=["Bash(uv run pytest:*)", "Bash(uv sync)", "Bash(ruff check:*)", "Bash(mypy:*)", "Edit(src/**)", "mcp__context7__get-library-docs"], defaultMode="default"),
    settings(allow=["Bash(go test ./...)", "Bash(go build ./...)", "Bash(golangci-lint run:*)", "Bash(git add:*)", "Bash(git commit:*)"], ask=["Bash(git push:*)"]),
    settings(allow=["Bash(cargo check:*)", "Bash(cargo clippy:*)", "Bash(cargo fmt:*)", "Bash(cargo test:*)", "WebSearch"], additionalDirectories=["../docs"]),
    settings(allow=["Bash(gh pr view:*)", "Bash(gh issue list:*)", "Bash(ls:*)", "Bash(grep:*)", "Bash(find:*)", "Read(//tmp/**)"]),
    {**settings(allow=["Bash(make test)"], deny=["Bash(sudo:*)"]), "hooks": {"PostToolUse": [{"matcher": "Edit", "hooks": [{"type": "command", "command": "make fmt"}]}]}},
    settings(allow=["Bash(pnpm test:*)", "Bash(pnpm lint)", "Skill(review)", "Agent(explore)"], defaultMode="plan"),
)  # fmt: skip


@pytest.mark.parametrize("content", REAL, ids=range(len(REAL)))
def test_settings_as_careful_projects_have_them_are_clean(content: dict[str, Any], tmp_path: Path) -> None:
    assert told(tmp_path, {HERE: content}) == []


CARELESS = (
    (settings(allow=["Bash", "Edit", "Write", "Read", "WebFetch", "mcp__github"]), {"SG410"}),
    (settings(allow=["Bash(git:*)", "Bash(python3:*)", "Bash(npm:*)", "Bash(docker:*)", "Bash(rm:*)"]), {"SG411", "SG413"}),
    (settings(allow=["Bash(npx:*)", "Bash(node:*)"], deny=["Bash(rm -rf:*)", "Read(./.env)"]), {"SG412"}),
    (settings(allow=["*"], defaultMode="acceptEdits"), {"SG415", "SG416"}),
)


@pytest.mark.parametrize(("content", "expected"), CARELESS, ids=range(len(CARELESS)))
def test_settings_as_careless_projects_have_them(content: dict[str, Any], expected: set[str], tmp_path: Path) -> None:
    assert {rule for rule, _ in told(tmp_path, {HERE: content})} == expected


def test_rules_are_evaluated_once_for_all_findings(tmp_path: Path) -> None:
    outlooks.cache_clear()
    found(tmp_path, {HERE: settings(allow=["Bash(*)"])})
    assert outlooks.cache_info().misses == 1


def test_without_permissions_the_rules_are_not_even_loaded(tmp_path: Path) -> None:
    from sbomgate import collect
    from sbomgate.policy import Context

    (tmp_path / ".mcp.json").write_text('{"mcpServers": {"docs": {"command": "docs-mcp"}}}')
    names = {rule.id for rule in rules_for(Context(collect(str(tmp_path))))}
    assert not {name for name in names if name.startswith("SG41") and name <= "SG416"}
