from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support import distribution, environment, sbomgate, write_tree

from sbomgate import scan
from sbomgate.model import Capability, Environment, Inventory, Location, Problem, Report, StartupHook, Target
from sbomgate.reporters.hooks_story import MAX_LINES, stories, tell

SITE = "lib/python3.12/site-packages"
SHIM = b"import _virtualenv"
TREES: dict[str, dict[str, bytes]] = {
    "nothing-runs": environment(distribution("acme", "1.0", {"acme/__init__.py": b""})),
    "in-order": environment(
        distribution("acme", "1.0", {"zz_acme.pth": b"import acme_boot\n", "acme_boot.py": b"import os\n"}),
        distribution(
            "plug", "2.0", {"plug.py": b"", "plug-2.0.dist-info/entry_points.txt": b"[pytest11]\nplug = plug\nplug2 = plug:two\n"}
        ),
        extra={
            "_virtualenv.pth": SHIM,
            "a.pth": b"../../../src\n/opt/team/lib\n",
            "evil.pth": b"import os; os.system('true')\n../lib\n",
            "sitecustomize.py": b"# hello\nNAME = 1\n",
            "usercustomize.py": b"NAME = 1\n",
            "boot.start": b"acme_boot:main\n",
        },
    ),
    "version-unknown": {"site-packages/b.pth": b"import site\n", "site-packages/B.pth": b"lib\n", "site-packages/x.start": b"a:b\n"},
    "system-sites": {
        "pyvenv.cfg": b"home = /usr/bin\ninclude-system-site-packages = true\n",
        "lib/python3.15/site-packages/a.pth": b"import acme\n",
        "lib/python3.15/site-packages/b.start": b"acme:main\n",
        "lib64/python3.15/site-packages/c.pth": b"import acme; acme.go()\n",
        "lib64/python3.15/site-packages/sitecustomize.py": b"\n",
        "lib/python3.15/site-packages/sitecustomize.py": b"\n",
        "lib/python3.15/site-packages/usercustomize.py": b"\n",
    },
    "several-versions": {
        "conda-meta/history": b"",
        "lib/pypy3.10/site-packages/a.pth": b"import site\n",
        "lib/pypy3.11/site-packages/a.pth": b"# nothing\n",
        "lib/pypy3.11/site-packages/usercustomize.py": b"NAME = 1\n",
    },
    "no-python": {"requirements.txt": b"acme==1.0\n"},
    "two": {f"{name}/{path}": content for name in ("one", "two") for path, content in environment(extra={"n.pth": SHIM}).items()},
}


@pytest.fixture(params=TREES)
def name(request: pytest.FixtureRequest) -> str:
    parameter: str = request.param
    return parameter


def report_of(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    write_tree(tmp_path / name, dict(TREES[name]))
    monkeypatch.chdir(tmp_path)
    return scan(name)


def test_a_story_reads_as_expected(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_as_file: Callable[[str, str], None]
) -> None:
    same_as_file(tell(report_of(name, tmp_path, monkeypatch)), f"hooks-story.{name}.txt")


def test_a_start_up_file_alone_has_a_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_as_file: Callable[[str, str], None]
) -> None:
    write_tree(tmp_path, {"boot.pth": "import os; os.system('true')\n"})
    monkeypatch.chdir(tmp_path)
    same_as_file(tell(scan("boot.pth")), "hooks-story.single-file.txt")


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_a_line_is_wider_only_for_one_word_that_is(width: int, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in tell(report_of(name, tmp_path, monkeypatch), width=width).splitlines():
        words = re.sub(r"^(from|-|\d+\.) +", "", line.strip())
        assert len(line) <= width or " " not in words, line


def test_colour_adds_sgr_codes_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of("in-order", tmp_path, monkeypatch)
    assert re.sub(r"\x1b\[[0-9;]*m", "", tell(report, color=True)) == tell(report) != tell(report, color=True)


def test_hostile_text_stays_in_its_place(hostile: str, same_as_file: Callable[[str, str], None]) -> None:
    hook = StartupHook(
        kind="pth",
        location=Location(f"lib/{hostile}.pth", 1),
        sha256="ab" * 32,
        owner=hostile,
        executes=(hostile, "::error::x", "##vso[x]y"),
        adds_paths=(hostile,),
        verdict=hostile,
        reason=hostile,
        capabilities=(Capability(hostile, hostile, Location(hostile)),) * 9,
    )
    place = Environment("", (f"lib/{hostile}",), python=hostile if hostile.isdigit() else "", virtual=True)
    inventory = Inventory(
        target=Target(hostile, "environment"),
        environments=(place,),
        hooks=(hook, replace(hook, kind="python-pth"), replace(hook, kind=hostile), replace(hook, kind="entry-points")),
        sources=1,
    )
    text = tell(Report(inventories=(inventory,), findings=()))
    same_as_file(text, "hooks-story.hostile.txt")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e\ud800-\udfff]", text)
    assert not re.search(r"^\s*::|##\w*\[", text, re.MULTILINE)
    assert text.count(f"… and {9 - MAX_LINES} more") == 4


def test_an_accepted_or_unselected_finding_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of("in-order", tmp_path, monkeypatch)
    accepted = tuple(replace(finding, accepted="read by Ada") for finding in report.findings)
    assert "SG101 hook-starts-process, critical, accepted: read by Ada" in tell(replace(report, findings=accepted), width=200)
    assert "hook-starts-process (its rule is not selected)" in tell(replace(report, findings=()))


def test_the_order_is_that_of_the_running_interpreter(tmp_path: Path) -> None:
    """Each file writes its name when it runs; CPython up to 3.14 does so twice for a `.pth` of a virtual environment."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    site = f"lib/{version}/site-packages"
    log = "import os; os.write(2, b'{}\\n')\n"
    names = ("b.pth", "B.pth", "_.pth", "a-b.pth", "a.pth", "é.pth", "sitecustomize.py", "usercustomize.py")
    files: dict[str, str | bytes] = {f"{site}/{name}": log.format(name.encode().hex()) for name in names}
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    write_tree(tmp_path, files | {"pyvenv.cfg": f"home = {base.parent}\ninclude-system-site-packages = false\n"})
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(base)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
    done = subprocess.run([tmp_path / "bin" / "python", "-c", "0"], env=variables, capture_output=True, text=True, check=True)
    ran = [bytes.fromhex(line).decode() for line in dict.fromkeys(done.stderr.split())]
    (story,) = stories(scan(str(tmp_path)))
    told = [hook.location.path.rpartition("/")[2] for hook in story.start if hook.kind != "pyvenv-cfg"]
    assert told == [*ran, "usercustomize.py"]
    assert "usercustomize.py" not in ran
    assert "not imported here: a virtual environment" in tell(scan(str(tmp_path)))


def test_the_command_tells_the_story_before_the_report(tmp_path: Path) -> None:
    write_tree(tmp_path, dict(TREES["in-order"]))
    done = sbomgate("scan", ".", "--explain-hooks", "--select", "SG1", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("Before your program, Python 3.12 in . reads ")
    assert done.stdout.endswith("exit 1: 1 finding at or above high\n")
    refused = sbomgate("scan", ".", "--explain-hooks", "-f", "json", cwd=tmp_path)
    assert refused.returncode == 2
    assert "table format only" in refused.stderr
    assert len(json.loads(sbomgate("scan", ".", "-f", "json", cwd=tmp_path).stdout)["inventory"]["hooks"]) == 9


def test_what_could_not_be_read_is_not_told_as_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, dict(TREES["nothing-runs"]))
    (tmp_path / SITE / "link.pth").symlink_to("/dev/null")
    (tmp_path / SITE / "acme-1.0.dist-info" / "METADATA").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    text = tell(scan("."), width=200)
    assert "1 only sets paths, 1 cannot be read" in text
    assert "SG105 hook-hides-code, high" in text
    broken = replace(scan("."), inventories=(Inventory(target=Target("x"), problems=(Problem(path="a", what="is locked"),)),))
    assert "but 1 input could not be read" in tell(broken, width=200)
    (inventory,) = scan(".").inventories
    partly = replace(inventory, problems=(Problem(path="lib/x", what="is locked"),))
    assert "1 input of this environment could not be read" in tell(Report(inventories=(partly,), findings=()), width=200)
