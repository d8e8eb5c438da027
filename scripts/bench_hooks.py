#!/usr/bin/env python3
"""What the start-up hooks of an environment cost: 300 distributions with 10 hooks, against reading the bytes of the same files.

    scripts/bench_hooks.py [SITE]    a made-up site folder, or one that is there

The figure is the CPU time of a fresh process from the import of the judge to its last verdict, with the metadata of the
distributions read before, as a scan has it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
DISTRIBUTIONS, RUNS = 300, 11
SHIM = "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hack').add_shim(); \n"
PLUGIN = '''"""Fixtures for the tests of those who use this package."""

import os
import pytest

from {name} import settings


@pytest.fixture
def {name}_home(tmp_path, monkeypatch):
    monkeypatch.setenv("{NAME}_HOME", os.fspath(tmp_path))
    return tmp_path


def pytest_configure(config):
    config.addinivalue_line("markers", "{name}: uses the fixtures of this package")
'''
COLLECT = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
import sbomgate.collectors.environment
from sbomgate.tree import FolderTree
tree = FolderTree(sys.argv[2])
for entry in tree.entries(""):
    if entry.name.endswith(".dist-info"):
        tree.read(entry.name + "/METADATA")
started = time.process_time()
from sbomgate.collectors.environment import hooks
found = list(hooks.collect_hooks(tree, "", python=(3, 12), owners={}))
print((time.process_time() - started) * 1000, len(found))
"""
READ = """
import os, re, sys, time
started = time.process_time()
for entry in os.scandir(sys.argv[2]):
    if entry.name.endswith((".pth", ".start", ".egg-link")) or re.match("(?:site|user)customize", entry.name):
        open(entry.path, "rb").read()
    elif entry.name.endswith(".dist-info") and os.path.exists(entry.path + "/entry_points.txt"):
        open(entry.path + "/entry_points.txt", "rb").read()
print((time.process_time() - started) * 1000, 0)
"""


class Row(NamedTuple):
    """One comparison, in milliseconds of CPU."""

    name: str
    ours: float
    floor: float
    hooks: int

    @property
    def above(self) -> float:
        return self.ours - self.floor


def make_site(folder: Path) -> Path:
    """A site folder of 300 distributions with ten hooks: four `.pth` files, six plugins; half of the others have commands."""
    site = folder / "site-packages"
    site.mkdir(parents=True)
    (site / "distutils-precedence.pth").write_text(SHIM)
    (site / "_virtualenv.pth").write_text("import _virtualenv\n")
    (site / "team.pth").write_text("/srv/app/src\n")
    (site / "locale.pth").write_text("import locale; locale.setlocale(locale.LC_ALL, '')\n")
    for index in range(DISTRIBUTIONS):
        name = f"acme{index:03}"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (site / name).mkdir()
        (site / name / "__init__.py").write_text("settings = {}\n")
        if index % 50 == 0:
            (site / name / "plugin.py").write_text(PLUGIN.replace("{name}", name).replace("{NAME}", name.upper()))
            (info / "entry_points.txt").write_text(f"[console_scripts]\n{name} = {name}:main\n\n[pytest11]\n{name} = {name}.plugin\n")
        elif index % 2:
            (info / "entry_points.txt").write_text(f"[console_scripts]\n{name} = {name}:main\n")
    return site


def hook_rows(folder: Path) -> list[Row]:
    """The row for a made-up site folder below `folder`."""
    site = folder / "site-packages"
    return [measure(f"hooks: {DISTRIBUTIONS} distributions, 10 hooks", site if site.exists() else make_site(folder))]


def measure(name: str, site: Path) -> Row:
    ours, floor, hooks = [], [], 0
    for _ in range(RUNS):
        milliseconds, hooks = _run(COLLECT, site)
        ours.append(milliseconds)
        floor.append(_run(READ, site)[0])
    return Row(name, statistics.median(ours), statistics.median(floor), hooks)


def _run(code: str, site: Path) -> tuple[float, int]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run([PYTHON, "-c", code, str(ROOT), str(site)], capture_output=True, text=True, check=True, env=environment)
    milliseconds, count = done.stdout.split()
    return float(milliseconds), int(count)


def main() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(sys.argv[1], Path(sys.argv[1]))] if len(sys.argv) > 1 else hook_rows(Path(folder))
    for row in rows:
        print(f"{row.name}: {row.hooks} hooks, {row.ours:.1f} ms, reading alone {row.floor:.1f} ms, {row.above:.1f} ms above")


if __name__ == "__main__":
    main()
