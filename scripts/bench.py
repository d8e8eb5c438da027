#!/usr/bin/env python3
"""Measure sbomgate against a floor: what the same machine needs, in the same run, for the unavoidable part of the work.

    scripts/bench.py                     every row; makes its environment with uv first (some minutes, once)
    scripts/bench.py --env .venv lock    the rows whose name has `lock` in it, on an environment of your own
    scripts/bench.py --markdown          the table for the README

A row is run in turn with its floor, A B A B …; the figure is the median of the ratios, so that a machine that slows down
slows both. Times are of whole processes: user and system CPU, or wall time where several processors are used.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "bench"
PYTHON = sys.executable
SBOMGATE = [PYTHON, "-m", "sbomgate"]
PACKAGES = [
    "llama-index", "crewai", "langchain", "langchain-community", "litellm[proxy]", "chromadb", "haystack-ai", "pydantic-ai", "mcp", "openai", "anthropic",
    "jupyterlab", "pandas", "scikit-learn", "matplotlib", "django", "flask", "sphinx", "boto3",
]  # fmt: skip

READ_METADATA = """
import os, sys
for site in sys.argv[1:]:
    for entry in os.scandir(site):
        if entry.name.endswith(".dist-info"):
            for name in ("METADATA", "RECORD"):
                with open(entry.path + "/" + name, "rb") as f:
                    f.read()
"""
PARSE_METADATA = """
import importlib.metadata, sys
for distribution in importlib.metadata.distributions(path=sys.argv[1:]):
    distribution.metadata["Name"], distribution.requires, distribution.files
"""
HASH_FILES = """
import hashlib, multiprocessing, os, sys
def digest(paths):
    for path in paths:
        with open(path, "rb") as f:
            hashlib.sha256(f.read()).digest()
if __name__ == "__main__":
    with open(sys.argv[1], "rb") as f:
        paths = f.read().decode("utf-8", "surrogateescape").split("\\n")
    jobs = len(os.sched_getaffinity(0))
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        pool.map(digest, [paths[i : i + 200] for i in range(0, len(paths), 200)])
"""
READ_MANIFESTS = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    if "package.json" in names:
        with open(folder + "/package.json", "rb") as f:
            f.read()
"""
LOAD_JSON = "import json, sys; json.load(open(sys.argv[1], 'rb'))"


@dataclass
class Row:
    """One comparison."""

    name: str
    floor: str
    """What the floor does, for a reader."""
    goal: str
    ours: list[str]
    base: list[str]
    wall: bool = False
    difference: bool = False
    """Tell milliseconds above the floor instead of a ratio."""


# bytecode must be cached on both sides, as it is for every installed tool
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def usage(command: list[str], *, wall: bool) -> tuple[float, int]:
    """(seconds, peak memory in KiB) of one run of `command`, its children included in the seconds."""
    with open(os.devnull, "wb") as sink:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=CACHE, env=ENVIRONMENT)
        _, status, used = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"bench: exit {process.returncode}: {' '.join(command)[:200]}")
    return (elapsed if wall else used.ru_utime + used.ru_stime), used.ru_maxrss


def measure(row: Row, runs: int) -> dict[str, str]:
    """The row of the table: medians over `runs` pairs after one that is not counted."""
    ours, base, peaks = [], [], []
    for number in range(runs + 1):
        a, peak = usage(row.ours, wall=row.wall)
        b, _ = usage(row.base, wall=row.wall)
        if number:
            ours.append(a)
            base.append(b)
            peaks.append(peak)
    ratio = statistics.median(a / b for a, b in zip(ours, base, strict=True))
    gap = statistics.median(a - b for a, b in zip(ours, base, strict=True))
    figure = f"{gap * 1000:.0f} ms above" if row.difference else f"{ratio:.2f}×"
    clock = "wall" if row.wall else "CPU"
    return {
        "what": row.name,
        "floor": row.floor,
        "ours": f"{statistics.median(ours) * 1000:.0f} ms {clock}",
        "base": f"{statistics.median(base) * 1000:.0f} ms",
        "figure": figure,
        "goal": row.goal,
        "memory": f"{max(peaks) / 1024:.0f} MB",
    }


def environment() -> Path:
    """A real environment of 250 or more distributions, made once with uv."""
    path = CACHE / "env"
    if not (path / "complete").exists():
        uv = str(Path(PYTHON).with_name("uv"))
        print("bench: making an environment with uv (once) …", file=sys.stderr)
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", PYTHON, str(path)], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--link-mode", "copy", "--python", str(path / "bin" / "python"), *PACKAGES], check=True
        )
        (path / "complete").touch()
    return path


def site_folders(env: Path) -> list[str]:
    return sorted(str(path) for path in env.glob("lib/python3*/site-packages"))


def listed_files(env: Path) -> Path:
    """A file with the paths of all files that a RECORD of `env` gives a hash for: what both sides hash."""
    paths = []
    for site in site_folders(env):
        for record in Path(site).glob("*.dist-info/RECORD"):
            for line in record.read_text("utf-8", "surrogateescape").splitlines():
                name, _, rest = line.rpartition(",")[0].rpartition(",")
                if rest.startswith("sha256=") and os.path.isfile(os.path.join(site, name.strip('"'))):
                    paths.append(os.path.join(site, name.strip('"')))
    path = CACHE / "files.txt"
    path.write_bytes("\n".join(sorted(set(paths))).encode("utf-8", "surrogateescape"))
    return path


def package_lock(count: int) -> Path:
    """A package-lock.json, version 3, of `count` packages: scopes, nesting, ranges, licences and engines as npm writes them."""
    import base64
    import hashlib
    import random

    path = CACHE / f"{count}" / "package-lock.json"
    if path.exists():
        return path
    chance = random.Random(count)
    names = [f"@scope{i % 97}/package-{i}" if i % 5 == 0 else f"package-{i}" for i in range(count)]
    packages: dict[str, object] = {"": {"name": "bench", "version": "1.0.0", "dependencies": dict.fromkeys(names[:200], "^1.0.0")}}
    for i, name in enumerate(names):
        place = f"node_modules/{names[i // 3]}/node_modules/{name}" if i % 7 == 3 else f"node_modules/{name}"
        version = f"{i % 9}.{i % 23}.{i % 5}"
        entry: dict[str, object] = {
            "version": version,
            "resolved": f"https://registry.example/{name}/-/{name.rpartition('/')[2]}-{version}.tgz",
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(name.encode()).digest()).decode(),
            "license": "MIT",
            "engines": {"node": ">=18"},
        }
        if i % 3:
            entry["dependencies"] = {names[chance.randrange(count)]: "^1.0.0" for _ in range(chance.randrange(1, 6))}
        if i % 4 == 0:
            entry["dev"] = True
        packages[place] = entry
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"name": "bench", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    path.write_text(json.dumps(document, indent=2), "utf-8")
    return path


def node_modules(count: int) -> Path:
    """An installed tree of `count` packages: what `package_lock` would install, with the record that npm keeps of it."""
    root = CACHE / f"installed-{count}"
    if (root / "complete").exists():
        return root / "node_modules"
    packages = json.loads(package_lock(count).read_text("utf-8"))["packages"]
    del packages[""]
    for place, entry in packages.items():
        folder = root / place
        (folder / "lib").mkdir(parents=True, exist_ok=True)
        (folder / "lib" / "index.js").write_text("module.exports = {}\n", "utf-8")
        manifest = {
            "name": place.rpartition("node_modules/")[2],
            "version": entry["version"],
            "description": "A package that is there to be measured",
            "license": "MIT",
            "main": "lib/index.js",
            "scripts": {"test": "node test", "build": "tsc -p ."},
            "dependencies": entry.get("dependencies", {}),
            "devDependencies": {"typescript": "^5.0.0"},
        }
        (folder / "package.json").write_text(json.dumps(manifest, indent=2), "utf-8")
    document = {"name": "bench", "lockfileVersion": 3, "requires": True, "packages": packages}
    (root / "node_modules" / ".package-lock.json").write_text(json.dumps(document, indent=2), "utf-8")
    (root / "complete").touch()
    return root / "node_modules"


def rows(env: Callable[[], Path], wanted: Callable[[str], bool]) -> list[Row]:
    """The rows whose name is wanted, their inputs made."""
    result = []
    out = str(CACHE / "out.json")
    if wanted("start: pre-commit over one lockfile"):
        lock = package_lock(50)
        result.append(
            Row(
                "start: pre-commit over one lockfile",
                "`python -c pass`",
                "< 100 ms above",
                [*SBOMGATE, "scan", str(lock)],
                [PYTHON, "-c", "pass"],
                difference=True,
            )
        )
    if wanted("start: pre-commit over one .mcp.json"):
        config = CACHE / ".mcp.json"
        config.write_text('{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.2.3"]}}}', "utf-8")
        result.append(
            Row(
                "start: pre-commit over one .mcp.json",
                "`python -c pass`",
                "< 100 ms above",
                [*SBOMGATE, "scan", str(config)],
                [PYTHON, "-c", "pass"],
                difference=True,
            )
        )
    if wanted("env: SBOM"):
        sites = site_folders(env())
        count = sum(len(list(Path(site).glob("*.dist-info"))) for site in sites)
        ours = [*SBOMGATE, "sbom", str(env()), "-o", out]
        result.append(
            Row(
                f"env: SBOM of {count} distributions",
                "read every METADATA and RECORD, parse nothing",
                "2×",
                ours,
                [PYTHON, "-I", "-c", READ_METADATA, *sites],
            )
        )
        result.append(
            Row(
                f"env: SBOM of {count} distributions",
                "the same with `importlib.metadata`",
                "",
                ours,
                [PYTHON, "-I", "-c", PARSE_METADATA, *sites],
            )
        )
    if wanted("env: verify every file"):
        files = listed_files(env())
        script = CACHE / "hash_files.py"
        script.write_text(HASH_FILES, "utf-8")
        paths = files.read_bytes().split(b"\n")
        size = sum(os.path.getsize(path) for path in paths)
        name = f"env: verify every file ({len(paths):,} files, {size / 2**20:,.0f} MB)"
        result.append(
            Row(
                name,
                "hashlib over the same files, all processors",
                "1.5×",
                [*SBOMGATE, "scan", str(env())],
                [PYTHON, str(script), str(files)],
                wall=True,
            )
        )
    for packages in (5_000, 10_000, 20_000):
        name = f"lock: package-lock.json of {packages:,} packages to CycloneDX"
        if wanted(name):
            lock = package_lock(packages)
            result.append(
                Row(
                    name,
                    "`json.load` of it",
                    "5×" if packages == 20_000 else "",
                    [*SBOMGATE, "sbom", str(lock), "-o", out],
                    [PYTHON, "-c", LOAD_JSON, str(lock)],
                )
            )
    name = "node_modules: 2,000 packages to CycloneDX"
    if wanted(name):
        folder = str(node_modules(2_000))
        ours = [*SBOMGATE, "sbom", folder, "-o", out]
        result.append(Row(name, "find and read every package.json, parse nothing", "", ours, [PYTHON, "-I", "-c", READ_MANIFESTS, folder]))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="?", default="", help="only rows with this in their name")
    parser.add_argument("--env", type=Path, help="an environment to measure on instead of making one")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    env = options.env.resolve if options.env else environment
    table = [measure(row, options.runs) for row in rows(env, lambda name: options.filter in name)]
    if options.markdown:
        print("| what | floor | sbomgate | floor | ratio | goal | peak memory |\n|---|---|--:|--:|--:|--:|--:|")
    for row in table:
        cells = (row["what"], row["floor"], row["ours"], row["base"], row["figure"], row["goal"], row["memory"])
        print(
            "| " + " | ".join(cells) + " |"
            if options.markdown
            else f"{row['what']:<58} {row['figure']:>14}  (goal {row['goal'] or 'none'}; {row['ours']} against {row['base']}; {row['memory']}; floor: {row['floor']})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
