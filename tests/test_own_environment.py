"""An environment that sbomgate audits from within has run its hooks already: the report says so, and there is a way around."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from support import ROOT

NOTE = "sbomgate itself runs in this environment, so its start-up hooks have already run"
NEEDED = ("click", "packaging", "yaml", "sbomgate")
ISOLATED = "import sys; sys.path.append(sys.argv.pop(1)); from sbomgate.cli import run; run()"
"""The command of the README; below it stands the site folder, then the arguments of sbomgate."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two environments, `own` and `other`; sbomgate is on the import path of both, and both leave a mark at every start."""
    root = tmp_path_factory.mktemp("home")
    for name in ("own", "other"):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / name], check=True)
        site = site_of(root / name)
        for module in NEEDED:
            found = find_spec(module)
            assert found is not None
            assert found.origin is not None
            (site / module).symlink_to(Path(found.origin).parent)
        (site / "allowlists").symlink_to(ROOT / "allowlists")
        (site / "canary.pth").write_text(f"import os; open({str(root / 'mark')!r}, 'w').close()\n")
        (site / "sitecustomize.py").write_text(f"open({str(root / 'mark')!r}, 'w').close()\n")
    (root / "elsewhere").mkdir()
    (root / "linked").symlink_to(root / "own")
    return root


def site_of(environment: Path) -> Path:
    (site,) = environment.glob("lib/python3*/site-packages")
    return site


def run(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    (home / "mark").unlink(missing_ok=True)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
    return subprocess.run([*arguments], cwd=home / "elsewhere", env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("target", "told"), [("own", True), ("linked", True), ("", True), ("other", False), ("own/bin", False)])
def test_an_environment_that_sbomgate_runs_in_gets_a_note(home: Path, target: str, told: bool) -> None:
    done = run(home, home / "own" / "bin" / "python", "-m", "sbomgate", "scan", home / target, "-f", "json", "-q")
    notes = [note for note in json.loads(done.stdout)["notes"] if NOTE in note]
    assert len(notes) == told
    if told:
        assert notes[0].startswith(str(home / (target or "own")) + ": ")
    assert (home / "mark").exists()


def test_a_single_site_folder_gets_it_too(home: Path) -> None:
    done = run(home, home / "own" / "bin" / "python", "-m", "sbomgate", "scan", site_of(home / "own"))
    assert NOTE.split(",", maxsplit=1)[0] in " ".join(done.stdout.split())


@pytest.mark.parametrize("format_", ["table", "markdown", "html", "sarif"])
def test_the_note_reaches_the_formats_for_people(home: Path, format_: str) -> None:
    done = run(home, home / "own" / "bin" / "python", "-m", "sbomgate", "scan", home / "own", "-f", format_, "-q", "--no-verify")
    assert "sbomgate itself runs in this environment" in " ".join(done.stdout.split())


def test_the_note_changes_no_exit_code(home: Path) -> None:
    inside = run(home, home / "own" / "bin" / "python", "-m", "sbomgate", "scan", home / "own", "-q", "--select", "SG1")
    outside = run(home, sys.executable, "-m", "sbomgate", "scan", home / "own", "-q", "--select", "SG1")
    assert inside.returncode == outside.returncode
    assert NOTE not in outside.stdout


def test_a_manifest_made_from_within_says_so(home: Path) -> None:
    done = run(home, home / "own" / "bin" / "python", "-m", "sbomgate", "manifest", "write", home / "own", "-o", home / "known.json")
    assert NOTE in done.stderr


def test_the_isolated_command_runs_no_hook_of_the_environment(home: Path) -> None:
    python, site = home / "own" / "bin" / "python", site_of(home / "own")
    done = run(home, python, "-I", "-S", "-c", ISOLATED, site, "scan", home / "own", "-f", "json", "-q")
    assert not (home / "mark").exists()
    report = json.loads(done.stdout)
    assert {hook["kind"] for hook in report["inventory"]["hooks"]} == {"pth", "pyvenv-cfg", "sitecustomize"}
    assert not [note for note in report["notes"] if NOTE in note]
    assert ISOLATED in (ROOT / "README.md").read_text("utf-8")
