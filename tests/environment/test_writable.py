"""What every user of the machine can write to is told; groups, the sticky bit and file systems without permissions are known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import SITE, distribution, environment, write_tree

from sbomgate import scan
from sbomgate.tree import FolderTree, MemoryTree

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no permissions of others")
BOOT = {"boot.pth": b"/srv/app/src\n", "sitecustomize.py": b"", "lines.pth": b"added\n", "added/a.py": b""}


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """An environment in which nobody but its owner and his group can write."""
    root = write_tree(
        tmp_path / "env",
        environment(distribution("demo", "1.0", {"demo/__init__.py": b"", **BOOT})) | {"bin/python": b"ELF", "bin/activate": b""},
    )
    for path in (root, *root.rglob("*")):
        path.chmod(0o775 if path.is_dir() else 0o664)
    return root


def told(root: Path) -> dict[str, str]:
    return {item.location.path: item.severity.value for item in scan(str(root)).findings if item.rule == "SG309"}


def test_what_a_group_can_write_is_not_told(env: Path) -> None:
    assert told(env) == {}


@pytest.mark.parametrize(
    ("path", "mode", "severity"),
    [
        (SITE, 0o777, "medium"),
        (SITE, 0o1777, "medium"),
        (SITE, 0o773, "medium"),
        (f"{SITE}/added", 0o777, "medium"),
        (f"{SITE}/demo", 0o777, ""),
        ("bin", 0o777, "medium"),
        (".", 0o777, "medium"),
        (".", 0o1777, ""),
        (f"{SITE}/boot.pth", 0o666, "high"),
        (f"{SITE}/sitecustomize.py", 0o646, "high"),
        ("bin/python", 0o777, "high"),
        ("pyvenv.cfg", 0o666, "high"),
        (f"{SITE}/demo/__init__.py", 0o666, ""),
    ],
)
def test_each_place_that_decides_what_runs(env: Path, path: str, mode: int, severity: str) -> None:
    (env / path).chmod(mode)
    assert told(env) == ({path: severity} if severity else {})


def test_a_base_interpreter_inside_the_target(env: Path) -> None:
    write_tree(env, {"base/bin/python3.12": b"ELF", "pyvenv.cfg": f"home = {env}/base/bin\nversion = 3.12.1\n"})
    assert told(env) == {}
    (env / "base/bin/python3.12").chmod(0o757)
    assert told(env) == {"base/bin/python3.12": "high"}


def test_a_file_system_without_permissions_is_a_note(env: Path) -> None:
    for path in (env, *env.rglob("*")):
        path.chmod(0o777)
    assert told(env) == {}
    assert any("grants everything to everybody" in note for one in scan(str(env)).inventories for note in one.notes)


def test_a_link_has_no_permissions_of_its_own(env: Path) -> None:
    (env / "bin" / "python3").symlink_to("python")
    assert told(env) == {}
    assert FolderTree(str(env)).mode("bin/python3") is None
    assert FolderTree(str(env)).mode("no\0name") is None
    assert MemoryTree({"a": b""}).mode("a") is None


def test_a_flood_is_counted(env: Path) -> None:
    for number in range(200):
        (env / "bin" / f"tool{number}").write_bytes(b"")
        (env / "bin" / f"tool{number}").chmod(0o666)
    assert len(told(env)) == 101
