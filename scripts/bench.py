#!/usr/bin/env python3
"""Measure sbomgate against a floor: what the same machine needs, in the same run, for the unavoidable part of the work.

    scripts/bench.py                     every row; makes its environment with uv first (some minutes, once)
    scripts/bench.py --env .venv lock    the rows whose name has `lock` in it, on an environment of your own
    scripts/bench.py --markdown          the table for the README

A row is run in turn with its floor, A B A B …; the figure is the median of the ratios, so that a machine that slows down
slows both. Times are of whole processes: user and system CPU, or wall time where several processors are used. So is peak
memory. The rows of one kind of lockfile, and those of made-up environments, differ in length alone: the last column tells how
much more, or less, a package or file costs in the longer one; what is linear stays below 1, since the start is paid once.

Before a run with a cold cache the kernel is asked to forget each file (`posix_fadvise`, which needs no root); folders and
inodes stay in memory, so it is the reading that is cold and not the listing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bench_inputs import WRITERS, write_environment, write_export, write_hooks, write_node_modules

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
LOAD_DOCUMENTS = "import json, sys; [json.load(open(path, 'rb')) for path in sys.argv[1:]]"
READ_MANIFEST = f"import gc, sys; gc.disable(); sys.path.insert(0, {str(ROOT)!r}); from sbomgate.manifest import load; load(sys.argv[1])"
LOAD_YAML = "import sys, yaml; yaml.load(open(sys.argv[1], 'rb'), yaml.CSafeLoader)"
# a dictionary for each package, by its key: less than any reader of the format does
SPLIT_YARN = """
import sys
packages = {}
for line in open(sys.argv[1], encoding="utf-8"):
    if line[0] not in "# \\n":
        package = packages[line] = {}
    elif line[0] == " ":
        key, _, value = line.strip().partition(" ")
        package[key] = value
"""
# name, version and hashes, as nothing but text
SPLIT_REQUIREMENTS = """
import re, sys
text = open(sys.argv[1], encoding="utf-8").read().replace("\\\\\\n", "")
[(name, version, re.findall(r"--hash=(\\S+)", rest)) for name, version, rest in re.findall(r"(?m)^([\\w.-]+)==(\\S+)(.*)", text)]
"""
# the judge against reading the same bytes, both with everything imported and the metadata of the distributions read
_BEFORE_HOOKS = """
import os, re, sys
sys.path.insert(0, sys.argv[1])
import sbomgate.collectors.environment
from sbomgate.tree import FolderTree
tree = FolderTree(sys.argv[2])
for entry in tree.entries(""):
    if entry.name.endswith(".dist-info"):
        tree.read(entry.name + "/METADATA")
"""
JUDGE_HOOKS = f"""{_BEFORE_HOOKS}
from sbomgate.collectors.environment import hooks
list(hooks.collect_hooks(tree, "", python=(3, 12), owners={{}}))
"""
READ_HOOKS = f"""{_BEFORE_HOOKS}
for entry in os.scandir(sys.argv[2]):
    if entry.name.endswith((".pth", ".start", ".egg-link")) or re.match("(?:site|user)customize", entry.name):
        open(entry.path, "rb").read()
    elif entry.name.endswith(".dist-info") and os.path.exists(entry.path + "/entry_points.txt"):
        open(entry.path + "/entry_points.txt", "rb").read()
"""
# the writers alone, of an inventory or document that is at hand, and the validator; the floor writes the same document
_WRITTEN = """
import gc, json, sys, time
sys.path.insert(0, sys.argv[1])
from sbomgate import collect
from sbomgate.reporters import cyclonedx
inventory = collect(sys.argv[2])
document = cyclonedx.document([inventory], reproducible=True)
gc.disable()
def cpu(work):
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return sorted(times)[1]
"""
WRITE_DOCUMENT = f"{_WRITTEN}print(cpu(lambda: cyclonedx.text([inventory], reproducible=True)), cpu(lambda: json.dumps(document)))"
CONVERT_DOCUMENT = f"{_WRITTEN}print(cpu(lambda: cyclonedx.converted(document, *sys.argv[3:])), cpu(lambda: json.dumps(document)))"
VALIDATE_DOCUMENT = f"""{_WRITTEN}
import os, jsonschema_rs
folder = os.path.join(sys.argv[1], "tests", "data", "schemas", "cyclonedx")
load = lambda uri: json.load(open(os.path.join(folder, uri.rpartition("/")[2]), encoding="utf-8"))
validator = jsonschema_rs.Draft7Validator(load("bom-1.6.SNAPSHOT.schema.json"), retriever=load, validate_formats=True)
assert validator.is_valid(document)
print(cpu(lambda: validator.is_valid(document)), cpu(lambda: json.dumps(document)))
"""
DOCUMENTS = {
    "written": (WRITE_DOCUMENT, ()),
    "to 1.4 JSON": (CONVERT_DOCUMENT, ("1.4", "json")),
    "to 1.6 XML": (CONVERT_DOCUMENT, ("1.6", "xml")),
    "validated by jsonschema-rs": (VALIDATE_DOCUMENT, ()),
}
"""What is done with a document → the program that prints its processor time and that of `json.dumps`, with arguments."""
READ_EXPORT = """
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as export:
    for name in export.namelist():
        json.loads(export.read(name))
"""
# matching against reading the same file, both with everything imported and the components made
_BEFORE_MATCHES = """
import sys
sys.path.insert(0, sys.argv[1])
import cvss, sqlite3
from sbomgate import advisories, npm_ranges, versions
from sbomgate.advisories import matching, severity, store
from sbomgate.model import Component, Location, Origin, Pin
components = [
    Component(ecosystem="npm", name=f"package-{i * 35}", version=f"{i % 5}.{i % 11}.{i % 7}", purl=f"pkg:npm/package-{i * 35}@{i % 5}.{i % 11}.{i % 7}",
              origin=Origin.LOCKED, pin=Pin.EXACT, locations=(Location("package-lock.json", i),))
    for i in range(5000)
]
"""
MATCH = f"""{_BEFORE_MATCHES}
with store.Store(sys.argv[2]) as opened:
    advisories.match(components, opened)
"""
READ_STORE = f"""{_BEFORE_MATCHES}
with open(sys.argv[2], "rb") as file:
    while file.read(2**20):
        pass
"""
_COUNTS = (5_000, 10_000, 20_000)
LOCKFILES = {
    "package-lock.json": ("`json.load` of it", LOAD_JSON, _COUNTS),
    "pnpm-lock.yaml": ("`yaml.CSafeLoader` of it", LOAD_YAML, _COUNTS),
    "yarn.lock (v1)": ("its lines, split into a `dict` for each package", SPLIT_YARN, _COUNTS),
    "yarn.lock (Berry)": ("`yaml.CSafeLoader` of it", LOAD_YAML, _COUNTS),
    "Pipfile.lock": ("`json.load` of it", LOAD_JSON, (1_250, 2_500, 5_000)),
    "requirements.txt": ("its lines, split by two regular expressions", SPLIT_REQUIREMENTS, (1_250, 2_500, 5_000)),
}
"""Kind → the fastest parser that Python has for it, in words and as code, and the numbers of packages."""
WRITE_SPDX = """
import gc, pickle, sys
gc.disable()
sys.path.insert(0, sys.argv[1])
from sbomgate.reporters import cyclonedx, spdx
with open(sys.argv[2], "rb") as f:
    inventories = pickle.load(f)
with open(sys.argv[3], "w", encoding="ascii") as f:
    f.writelines(spdx.pieces(cyclonedx.document(inventories, reproducible=True)))
"""
DUMP_SPDX = """
import gc, json, pickle, sys
gc.disable()
with open(sys.argv[1], "rb") as f:
    document = pickle.load(f)
with open(sys.argv[2], "w", encoding="ascii") as f:
    f.write(json.dumps(document))
"""


@dataclass
class Row:
    """One comparison."""

    name: str
    floor: str
    """What the floor does, for a reader."""
    goal: str
    ours: list[str]
    base: list[str]
    """Empty: `ours` prints both times."""
    wall: bool = False
    difference: bool = False
    """Tell milliseconds above the floor instead of a ratio."""
    forget: tuple[str, ...] = ()
    """Files that are to be read from the disk."""
    series: str = ""
    """Rows of one series differ in `size` alone; the last is compared with the first."""
    size: int = 0


# bytecode must be cached on both sides, as it is for every installed tool
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


# A process of its own for each run: what a new program is told as its peak begins with the memory of the one that forked it.
LAUNCH = """
import os, sys, time
sink = os.open(os.devnull, os.O_WRONLY)
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, sink, 1)])
_, status, used = os.wait4(child, 0)
print(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status))
"""


def usage(command: list[str], *, wall: bool) -> tuple[float, int]:
    """(seconds, peak memory in KiB) of one run of `command`, its children included in both."""
    launch = [PYTHON, "-I", "-S", "-c", LAUNCH, *command]
    done = subprocess.run(launch, capture_output=True, check=True, text=True, cwd=CACHE, env=ENVIRONMENT)
    elapsed, cpu, peak, code = done.stdout.split()
    if code not in ("0", "1") or "Traceback" in done.stderr:  # 1: the gate, or a program that broke
        sys.exit(f"bench: exit {code}: {' '.join(command)[:200]}\n{done.stderr[-1000:]}")
    return float(elapsed if wall else cpu), int(peak)


def forget(paths: Iterable[str]) -> None:
    """Have the kernel drop what it holds of the files at `paths`; what was never written back, it keeps."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def both_times(command: list[str]) -> tuple[float, int, float, int]:
    """As two of `usage`, of a program that prints both processor times itself: the rest of it is no part of the comparison."""
    launch = [PYTHON, "-I", "-S", "-c", LAUNCH.replace("(os.POSIX_SPAWN_DUP2, sink, 1)", ""), *command]
    done = subprocess.run(launch, capture_output=True, check=True, text=True, cwd=CACHE, env=ENVIRONMENT)
    ours, base, _, _, peak, code = done.stdout.split()
    if code != "0":
        sys.exit(f"bench: exit {code}: {' '.join(command)[:200]}\n{done.stderr[-1000:]}")
    return float(ours), int(peak), float(base), int(peak)


FIRST: dict[str, float] = {}
"""Series → seconds for each package in its first row."""


def measure(row: Row, runs: int) -> dict[str, str]:
    """The row of the table: medians over `runs` pairs after one that is not counted."""
    ours, base, peaks, low = [], [], [], []
    for number in range(runs + 1):
        if row.base:
            forget(row.forget)
            a, peak = usage(row.ours, wall=row.wall)
            forget(row.forget)
            b, floor = usage(row.base, wall=row.wall)
        else:
            a, peak, b, floor = both_times(row.ours)
        if number:
            ours.append(a)
            base.append(b)
            peaks.append(peak)
            low.append(floor)
    ratio = statistics.median(a / b for a, b in zip(ours, base, strict=True))
    gap = statistics.median(a - b for a, b in zip(ours, base, strict=True))
    figure = f"{gap * 1000:.0f} ms above" if row.difference else f"{ratio:.2f}×"
    clock = "wall" if row.wall else "CPU"
    linear = ""
    if row.series:
        each = statistics.median(ours) / row.size
        linear = f"{each / FIRST.setdefault(row.series, each):.2f}×"
    return {
        "what": row.name,
        "floor": row.floor,
        "ours": f"{statistics.median(ours) * 1000:.0f} ms {clock}",
        "base": f"{statistics.median(base) * 1000:.0f} ms",
        "figure": figure,
        "goal": row.goal,
        "memory": f"{max(peaks) / 1024:.0f} MB",
        "memory of the floor": f"{max(low) / 1024:.0f} MB",
        "memory ratio": f"{max(peaks) / max(low):.1f}×",
        "each": linear,
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


def listed_files(env: Path, name: str) -> Path:
    """A file with the paths of all files that a RECORD of `env` gives a hash for: what both sides hash."""
    paths = []
    for site in site_folders(env):
        for record in Path(site).glob("*.dist-info/RECORD"):
            for line in record.read_text("utf-8", "surrogateescape").splitlines():
                file, _, rest = line.rpartition(",")[0].rpartition(",")
                if rest.startswith("sha256=") and os.path.isfile(os.path.join(site, file.strip('"'))):
                    paths.append(os.path.join(site, file.strip('"')))
    path = CACHE / f"{name}.txt"
    path.write_bytes("\n".join(sorted(set(paths))).encode("utf-8", "surrogateescape"))
    return path


def made_environment(count: int, size: int, *, wheels: bool = False) -> Path:
    """A folder with an environment `env` of `count` files of `size` bytes, made once."""
    root = CACHE / f"made-{count}-{size}{'-wheels' if wheels else ''}"
    if not (root / "complete").exists():
        write_environment(root, count, size, wheels=wheels)
        os.sync()
        (root / "complete").touch()
    return root


def hashing_row(
    name: str, env: Path, *, also: Iterable[Path] = (), goal: str = "", ours: list[str] | None = None, cold: bool = False
) -> Row:
    """A row whose floor hashes the files of `env`, and the files `also`, on all processors."""
    files = listed_files(env, f"{env.parent.name}-{env.name}")
    paths = [os.fsdecode(path) for path in files.read_bytes().split(b"\n")] + list(map(str, also))
    files.write_bytes(b"\n".join(map(os.fsencode, paths)))
    script = CACHE / "hash_files.py"
    script.write_text(HASH_FILES, "utf-8")
    size = sum(os.path.getsize(path) for path in paths)
    what = f"{name} ({len(paths):,} files, {size / 2**20:,.0f} MB)"
    floor = "hashlib over the same files, all processors"
    command = ours or [*SBOMGATE, "scan", str(env)]
    return Row(what, floor, goal, command, [PYTHON, str(script), str(files)], wall=True, forget=tuple(paths) if cold else ())


def lockfile(name: str, count: int) -> Path:
    """A lockfile of `count` packages; its name begins with that of its kind in `bench_inputs.WRITERS`."""
    path = CACHE / f"{name.partition('.')[0]}{name.partition('(')[2].rstrip(')')}-{count}" / name.partition(" ")[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(WRITERS[name](count), "utf-8")
    return path


def document(count: int) -> Path:
    """Our own SBOM of a package-lock.json of `count` packages."""
    path = CACHE / f"score-{count}.cdx.json"
    subprocess.run([*SBOMGATE, "sbom", str(lockfile("package-lock.json", count)), "-o", str(path)], check=True, cwd=CACHE)
    return path


def manifests(count: int) -> list[Path]:
    """Two manifests of a lockfile of `count` packages: in the second every fiftieth is at another version."""
    paths = [CACHE / f"manifest-{count}-{name}.cdx.json" for name in ("old", "new")]
    lock = str(lockfile("package-lock.json", count))
    subprocess.run([*SBOMGATE, "sbom", lock, "--reproducible", "-o", str(paths[0])], check=True, cwd=ROOT)
    lines = paths[0].read_text("utf-8").split("\n")
    for number in range(0, len(lines), 50):
        lines[number] = re.sub(r"(package-[0-9]+@[0-9.]+)", r"\1.1", lines[number])
    paths[1].write_text("\n".join(lines), "utf-8")
    return paths


def bare_manifest(count: int) -> Path:
    """A document of `count` components with a purl and a hash each, and no more: as many as are read fit into its largest size."""
    path = CACHE / f"manifest-{count}-bare.cdx.json"
    if not path.exists():
        with path.open("w", encoding="utf-8") as file:
            file.write('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[')
            for number in range(count):
                purl = f"pkg:npm/%40scope{number % 97}/package-{number}@{number % 9}.{number % 23}.0"
                digest = hashlib.sha256(purl.encode()).hexdigest()
                row = f'{{"type":"library","name":"package-{number}","version":"{number % 9}.{number % 23}.0","purl":"{purl}",'
                file.write((",\n" if number else "\n") + row + f'"hashes":[{{"alg":"SHA-256","content":"{digest}"}}]}}')
            file.write("]}\n")
    return path


def installed_packages(count: int) -> Path:
    """A node_modules of `count` packages, made once."""
    root = CACHE / f"installed-{count}"
    if not (root / "complete").exists():
        write_node_modules(root, count)
        (root / "complete").touch()
    return root / "node_modules"


def spdx_row(name: str, count: int) -> Row:
    """A row that writes the SPDX document of `count` packages from memory; its floor has the document and encodes it."""
    from sbomgate import collect
    from sbomgate.reporters import cyclonedx, spdx

    inventories = [collect(str(lockfile("package-lock.json", count)))]
    paths = [str(CACHE / f"spdx-{count}.{what}.pickle") for what in ("inventories", "document")]
    for path, value in zip(paths, (inventories, json.loads(spdx.text(cyclonedx.document(inventories, reproducible=True)))), strict=True):
        Path(path).write_bytes(pickle.dumps(value))
    out = str(CACHE / "out.spdx.json")
    ours = [PYTHON, "-c", WRITE_SPDX, str(ROOT), paths[0], out]
    return Row(name, "`json.dumps` of the document", "", ours, [PYTHON, "-c", DUMP_SPDX, paths[1], out], series="spdx", size=count)


def advisory_export(count: int) -> Path:
    """An export of `count` advisories."""
    path = CACHE / f"advisories-{count}.zip"
    if not path.exists():
        scratch = path.with_suffix(".part")
        write_export(scratch, count)
        scratch.replace(path)
    return path


def rows(env: Callable[[], Path], wanted: Callable[[str], bool]) -> list[Row]:
    """The rows whose name is wanted, their inputs made."""
    result = []
    out = str(CACHE / "out.json")
    if wanted("start: pre-commit over one lockfile"):
        lock = lockfile("package-lock.json", 50)
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
        ours = [*SBOMGATE, "sbom", str(env())]
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
        result.append(hashing_row("env: verify every file", env(), goal="1.15×"))
    if wanted("env: verify every file, cold cache"):
        result.append(hashing_row("env: verify every file, cold cache", env(), goal="1.15×", cold=True))
    for count in (10, 1_000, 10_000, 100_000):
        name = f"files: {count:,} made up"
        if wanted(name):
            row = hashing_row(name, made_environment(count, 4096) / "env")
            result.append(replace(row, series="files", size=count) if count > 10 else row)  # ten files are the start alone
    if wanted("memory: 1 GB of files"):
        result.append(hashing_row("memory: 1 GB of files", made_environment(1_000, 2**20) / "env", goal="< 120 MB"))
    if wanted("verify: against a lock and its wheels"):
        made = made_environment(10_000, 16_384, wheels=True)
        ours = [*SBOMGATE, "verify", str(made / "env"), "--lock", str(made / "requirements.txt"), "--artifacts", str(made / "wheels")]
        wheels = sorted((made / "wheels").iterdir())
        result.append(hashing_row("verify: against a lock and its wheels", made / "env", also=wheels, ours=ours))
    name = "hooks: 300 distributions, 10 hooks"
    if wanted(name):
        site = CACHE / "hooks" / "site-packages"
        if not site.exists():
            write_hooks(site)
        judge, read = ([PYTHON, "-c", code, str(ROOT), str(site)] for code in (JUDGE_HOOKS, READ_HOOKS))
        result.append(Row(name, "the same files read, nothing judged", "", judge, read, difference=True))
    name = "node_modules: 2,000 packages to CycloneDX"
    if wanted(name):
        folder = str(installed_packages(2_000))
        ours = [*SBOMGATE, "sbom", folder, "-o", out]
        result.append(Row(name, "find and read every package.json, parse nothing", "", ours, [PYTHON, "-I", "-c", READ_MANIFESTS, folder]))
    for count in _COUNTS:
        name = f"score: SBOM of {count:,} components"
        if wanted(name):
            path = str(document(count))
            goal = "2×" if count == 20_000 else ""
            command = [*SBOMGATE, "sbom", "--score", path]
            result.append(Row(name, "`json.load` of it", goal, command, [PYTHON, "-c", LOAD_JSON, path], series="score", size=count))
    for count in (4_000, 20_000):
        name = f"SPDX: {count:,} packages from memory"
        if wanted(name):
            result.append(spdx_row(name, count))
    for count in (20_000, 1_000_000):
        name = f"manifest: {count:,} components read"
        if wanted(name):
            path = str(bare_manifest(count)) if count > 20_000 else str(manifests(count)[0])
            ours = [PYTHON, "-c", READ_MANIFEST, path]
            result.append(Row(name, "`json.load` of it", "", ours, [PYTHON, "-c", LOAD_DOCUMENTS, path], series="manifest", size=count))
    name = "manifest: diff of two of 20,000 components"
    if wanted(name):
        paths = [str(path) for path in manifests(20_000)]
        result.append(Row(name, "`json.load` of both", "", [*SBOMGATE, "diff", *paths], [PYTHON, "-c", LOAD_DOCUMENTS, *paths]))
    name = "advisories: import 200,000 records"
    if wanted(name):
        export = advisory_export(200_000)
        ours = [*SBOMGATE, "advisories", "import", str(export), "--advisory-db", str(CACHE / "out.sqlite"), "-q"]
        read = [PYTHON, "-I", "-c", READ_EXPORT, str(export)]
        goal = "20,000 a second"
        result.append(Row(name, "`zipfile` and `json.loads` of every record, one process", goal, ours, read, wall=True))
        result.append(Row(name, "the same, CPU", "", ours, read))
    name = "advisories: 5,000 components in 200,000 records"
    if wanted(name):
        store = CACHE / "advisories-200000.sqlite"
        if not store.exists():
            command = [*SBOMGATE, "advisories", "import", str(advisory_export(200_000)), "--advisory-db", str(store), "-q"]
            subprocess.run(command, check=True, cwd=ROOT)
        match, read = ([PYTHON, "-c", code, str(ROOT), str(store)] for code in (MATCH, READ_STORE))
        floor = "the store read as bytes, the same imported"
        result.append(Row(name, floor, "< 300 ms above", match, read, difference=True))
        result.append(Row(name, floor, "", match, read))
    for kind, (floor, code, counts) in LOCKFILES.items():
        for count in counts:
            name = f"lock: {kind} of {count:,} to CycloneDX"
            if wanted(name):
                path = str(lockfile(kind, count))
                goal = "5×" if (kind, count) == ("package-lock.json", 20_000) else ""
                command = [*SBOMGATE, "sbom", path]  # to nowhere: a document that stands there would be read as the previous issue
                result.append(Row(name, floor, goal, command, [PYTHON, "-c", code, path], series=kind, size=count))
    for count in (5_000, 20_000):
        name = f"blast: {count:,} components ranked"
        if wanted(name):
            path, policy = str(lockfile("package-lock.json", count)), CACHE / "blast.toml"
            policy.write_text('agent-packages = ["pkg:npm/*"]\n', "utf-8")
            ours = [*SBOMGATE, "blast", path, "-f", "json", "-q", "--policy", str(policy)]
            result.append(Row(name, "`json.load` of it", "", ours, [PYTHON, "-c", LOAD_JSON, path], series="blast", size=count))
    for what, (code, more) in DOCUMENTS.items():
        for count in (4_000, 20_000):
            name = f"document: {count:,} components {what}"
            if wanted(name):
                path = str(lockfile("package-lock.json", count))
                command = [PYTHON, "-c", code, str(ROOT), path, *more]
                result.append(Row(name, "`json.dumps` of it", "", command, [], series=what, size=count))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="?", default="", help="only rows with this in their name")
    parser.add_argument("--env", type=Path, help="an environment to measure on instead of making one")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    (CACHE / ".git").mkdir(parents=True, exist_ok=True)  # the root of a repository without a policy, as most are: ours is not looked for
    env = options.env.resolve if options.env else environment
    table = (measure(row, options.runs) for row in rows(env, lambda name: options.filter in name))
    if options.markdown:
        print("| what | floor | CPU | floor | ratio | goal | peak memory | floor | ratio | per package or file, to the first |")
        print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for row in table:
        keys = ("what", "floor", "ours", "base", "figure", "goal", "memory", "memory of the floor", "memory ratio", "each")
        if options.markdown:
            print("| " + " | ".join(row[key] for key in keys) + " |", flush=True)
        else:
            each = f"; each {row['each']} of the first" if row["each"] else ""
            print(f"{row['what']:<58} {row['figure']:>14}  (goal {row['goal'] or 'none'}; {row['ours']} against {row['base']};", end=" ")
            print(f"{row['memory']} against {row['memory of the floor']}{each}; floor: {row['floor']})", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
