"""`sbomgate explain-permissions` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import sbomgate, write_tree

from sbomgate.permissions import PROBES

SETTINGS = '{"permissions": {"allow": ["Bash(terraform *)", "Bash(python *)"], "deny": ["Bash(rm *)"]}}'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "project", {".claude/settings.json": SETTINGS})


def test_the_table_answers_every_probe(project: Path) -> None:
    done = sbomgate("explain-permissions", project)
    assert (done.returncode, done.stderr) == (0, "")
    for probe in PROBES:
        assert probe.about in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if "terraform destroy" in line)
    assert "allowed" in line
    assert "Bash(terraform *)  .claude/settings.json:1" in line
    (line,) = (line for line in done.stdout.splitlines() if "rm -rf src" in line)
    assert "reachable" in line
    assert "python -c" in line


def test_json_says_the_same(project: Path) -> None:
    done = sbomgate("explain-permissions", "-f", "json", cwd=project)
    report = json.loads(done.stdout)
    assert (done.returncode, report["schema_version"], report["complete"]) == (0, "1.0", True)
    (session,) = report["sessions"]
    assert session["client"] == "claude-code"
    answers = {answer["probe"]: answer for answer in session["answers"]}
    assert list(answers) == [probe.name for probe in PROBES]
    assert answers["terraform-destroy"]["verdict"] == "allowed"
    assert answers["terraform-destroy"]["location"] == {"path": ".claude/settings.json", "line": 1}
    assert (answers["remove-files"]["verdict"], answers["remove-files"]["directly"]) == ("reachable", "denied")


def test_settings_of_a_home_folder_meet_those_of_the_project(project: Path, tmp_path: Path) -> None:
    home = write_tree(tmp_path / "home", {".claude/settings.json": '{"permissions": {"deny": ["Bash(terraform *)", "Bash(python *)"]}}'})
    done = sbomgate("explain-permissions", project, "--user-home", home, "-f", "json")
    (session,) = json.loads(done.stdout)["sessions"]
    assert {answer["verdict"] for answer in session["answers"] if answer["probe"] == "terraform-destroy"} == {"denied"}
    assert {file["scope"] for file in session["files"]} == {"repo", "user"}
    done = sbomgate("explain-permissions", project, "--user", "-f", "json")
    assert done.returncode == 0


def test_exit_codes(project: Path, tmp_path: Path) -> None:
    assert sbomgate("explain-permissions", tmp_path / "nowhere").returncode == 2
    done = sbomgate("explain-permissions", project, "--client", "nobody")
    assert done.returncode == 2
    assert "claude-code" in done.stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    done = sbomgate("explain-permissions", empty)
    assert (done.returncode, done.stdout) == (3, "")
    assert "no settings" in done.stderr
    assert sbomgate("explain-permissions", project, "--client", "cursor").returncode == 3
    broken = write_tree(tmp_path / "broken", {".claude/settings.json": '{"permissions": {'})
    done = sbomgate("explain-permissions", broken)
    assert done.returncode == 3
    assert "problem: .claude/settings.json" in done.stderr
    assert "not in force" in done.stdout


def test_a_problem_elsewhere_does_not_matter(project: Path) -> None:
    write_tree(project, {"package-lock.json": "{"})
    assert sbomgate("explain-permissions", project).returncode == 0


def test_hostile_text_is_escaped(tmp_path: Path) -> None:
    rule = "Bash(terraform \x1b[31m\u202e\n::error::*)"
    write_tree(tmp_path, {".claude/settings.json": json.dumps({"permissions": {"allow": ["Bash(terraform *)", rule], "deny": [rule]}})})
    write_tree(tmp_path, {"::error::x/.claude/settings.json": SETTINGS})
    for format_ in ("table", "json"):
        done = sbomgate("explain-permissions", tmp_path, "-f", format_)
        assert all(line.isprintable() for line in done.stdout.splitlines())
        assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]


def test_several_projects_and_skills_are_told_apart(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "a/.claude/settings.json": SETTINGS,
            "b/.claude/settings.json": "{}",
            "b/.claude/skills/x/SKILL.md": "---\nname: x\nallowed-tools: Bash(*)\n---\n",
        },
    )
    done = sbomgate("explain-permissions", tmp_path)
    headings = [line for line in done.stdout.splitlines() if line.startswith("claude-code")]
    assert headings == ["claude-code in a", "claude-code in b", "claude-code in b, skill x"]
