"""What cannot be read, is no file, goes away or changes meanwhile: a problem each, and never a pass; an interruption leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from support import SITE, distribution, environment, write_tree

from sbomgate import hashing, scan
from sbomgate.model import Report

FILES = {"demo/__init__.py": b"", "demo/data.txt": b"x" * 100}


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "env", environment(distribution("demo", "1.0", FILES)))


def problems(report: Report) -> list[tuple[str, str]]:
    assert report.exit_code != 0
    assert not any(component.installation.verified for one in report.inventories for component in one.components if component.installation)
    return [(problem.path.removeprefix(f"{SITE}/"), problem.what) for problem in report.problems]


def test_the_environment_as_it_is_passes(env: Path) -> None:
    assert scan(str(env)).exit_code == 0


@pytest.mark.parametrize("name", ["demo/data.txt", "demo/__init__.py"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(env: Path, name: str) -> None:
    (env / SITE / name).unlink()
    os.mkfifo(env / SITE / name)
    assert problems(scan(str(env))) == [(name, "not a regular file")]


@pytest.mark.parametrize("name", ["pipe", "evil.py", "demo/pipe.dat", "boot.pth", "sitecustomize.py"])
def test_a_pipe_that_nobody_installed_is_no_pass(env: Path, name: str) -> None:
    os.mkfifo(env / SITE / name)
    report = scan(str(env))
    assert report.exit_code != 0
    assert (f"{SITE}/{name}", "not a regular file") in {(problem.path, problem.what) for problem in report.problems}


def test_a_socket_is_no_file_either(env: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(env / SITE)  # a socket's path has to be short
        try:
            one.bind("s")
        finally:
            os.chdir(here)
    assert [problem.path for problem in scan(str(env)).problems] == [f"{SITE}/s"]


def test_a_flood_of_pipes_is_counted(env: Path) -> None:
    for number in range(120):
        os.mkfifo(env / SITE / f"p{number}")
    report = scan(str(env))
    assert len(report.problems) == 100
    assert report.problems[0].what == "not a regular file (120 such files in all)"


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_goes_away_meanwhile(env: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    real = hashing._Files._open

    def vanish(self: hashing._Files, path: str) -> int:
        if path.endswith("data.txt"):
            (env / path).unlink()
        return real(self, path)

    monkeypatch.setattr(hashing._Files, "_open", vanish)
    assert problems(scan(str(env), jobs=jobs)) == [("demo/data.txt", "installed file cannot be read (No such file or directory)")]


def test_a_file_that_changes_meanwhile(env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = hashing._read_into

    def grow(handle: int, buffer: bytearray) -> int:
        count = real(handle, buffer)
        with (env / SITE / "demo/data.txt").open("ab") as file:
            file.write(b"more")
        return count

    monkeypatch.setattr(hashing, "_read_into", grow)
    (env / SITE / "demo/data.txt").write_bytes(b"other")
    assert ("demo/data.txt", "installed file cannot be read (changed while it was read)") in problems(scan(str(env), jobs=1))


@pytest.mark.parametrize("call", ["open", "scandir"])
def test_what_may_not_be_read(env: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    real = getattr(os, call)

    def deny(path, *arguments, **options):
        if str(path).endswith({"open": "data.txt", "scandir": "/demo"}[call]):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, call, deny)
    path, what = problems(scan(str(env), jobs=1))[0]
    assert path.startswith("demo")
    assert "Permission denied" in what


def members(group: int) -> int:
    """How many processes a process group has."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # gone meanwhile
            found += int(status.read_text().rpartition(")")[2].split()[2]) == group
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc for the processes")
def test_an_interruption_while_files_are_hashed_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    """With the signal that a terminal sends: to every process of the group."""
    write_tree(tmp_path / "env", environment(distribution("demo", "1.0", {f"demo/m{number}.py": b"" for number in range(400)})))
    with (tmp_path / "env" / SITE / "demo-1.0.dist-info" / "RECORD").open("a") as listing:
        for number in range(6):
            with (tmp_path / "env" / SITE / "demo" / f"huge{number}").open("wb") as file:
                file.truncate(3 * 2**30)  # takes no room, and some seconds
            listing.write(f"demo/huge{number},sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,{3 * 2**30}\n")
    # whoever runs the tests in the background has the signal ignored, and every program that they start
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from sbomgate.cli import run; run()"
    command = [sys.executable, "-c", heed, "scan", "env", "--jobs", "3", "-o", "json=out.json"]
    before = set(tmp_path.rglob("*"))
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        limit = time.monotonic() + 20
        while process.poll() is None and members(process.pid) < 3 and time.monotonic() < limit:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err == "sbomgate: interrupted; nothing was reported\n"
    assert out == ""
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert set(tmp_path.rglob("*")) == before
