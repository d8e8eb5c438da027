#!/usr/bin/env python3
"""Write the lockfile fixtures of `tests/data/collectors` anew, by running npm and uv themselves.

    scripts/make_fixtures.py           all of them; needs npm, git and uv, and a network or a cache for a few packages
    scripts/make_fixtures.py npm       only those whose name has `npm` in it

Everything is resolved in a scratch folder, nothing is installed and no script of a package runs. Hosts are rewritten to
names under `.example`, so that a fixture names neither a registry nor a machine. Afterwards:

    UPDATE_EXPECTED=1 pytest tests/test_collectors.py && git diff tests/data
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "tests" / "data" / "collectors"
HOST = re.compile(r"https?://[^/\s\"'?#]+")


def run(*command: object, cwd: Path) -> None:
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z"}
    done = subprocess.run([*map(str, command)], cwd=cwd, env={**os.environ, **quiet}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def write(root: Path, files: dict[str, object]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2) + "\n", "utf-8")


def repository(root: Path, files: dict[str, object]) -> Path:
    """A git repository with one commit, always the same, and a tag."""
    write(root, files)
    identity = ("-c", "user.name=Fixture", "-c", "user.email=fixture@git.example", "-c", "commit.gpgsign=false")
    run("git", "init", "-q", "-b", "main", cwd=root)
    run("git", "add", "-A", cwd=root)
    run("git", *identity, "commit", "-q", "-m", "One", cwd=root)
    run("git", "tag", "v1", cwd=root)
    return root


def keep(case: str, root: Path, names: tuple[str, ...], rewrite: Callable[[str], str]) -> None:
    target = DATA / case / "input"
    shutil.rmtree(target, ignore_errors=True)
    for name in names:
        text = rewrite((root / name).read_text("utf-8").replace(str(root), "/work"))
        write(target, {name: text})
    print(f"{case}: {', '.join(names)}")


# npm ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

SHOP = {
    "package.json": {
        "name": "shop",
        "version": "1.0.0",
        "workspaces": ["packages/*"],
        "dependencies": {
            "ansi-regex": "^6.0.1",
            "boxed": "file:vendor/boxed-1.0.0.tgz",
            "debug": "2.6.9",
            "ms-alias": "npm:ms@2.1.3",
            "strip-ansi": "6.0.1",
            "widget": "GIT#main",
        },
        "optionalDependencies": {"fsevents": "2.3.3"},
        "devDependencies": {"ms-old": "npm:ms@2.0.0", "keyv": "4.5.4"},
        "peerDependencies": {"is-number": "7.0.0"},
    },
    "packages/tool/package.json": {
        "name": "@shop/tool",
        "version": "0.2.0",
        "dependencies": {"ms": "2.0.0", "shop-link": "file:../../vendor/link"},
        "peerDependencies": {"debug": "*"},
        "peerDependenciesMeta": {"debug": {"optional": True}},
    },
    "vendor/link/package.json": {"name": "shop-link", "version": "3.0.0", "dependencies": {"ansi-regex": "5.0.1"}},
    "boxed/package.json": {"name": "boxed", "version": "1.0.0", "dependencies": {"inner": "1.0.0"}, "bundleDependencies": ["inner"]},
    "boxed/node_modules/inner/package.json": {"name": "inner", "version": "1.0.0", "license": "MIT"},
}


def npm(version: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "shop")
        write(root, SHOP)
        git = repository(Path(scratch, "widget"), {"package.json": {"name": "widget", "version": "0.3.0", "dependencies": {"ms": "2.1.3"}}})
        manifest = (root / "package.json").read_text("utf-8")
        (root / "package.json").write_text(manifest.replace("GIT#", f"git+file://{git}#"), "utf-8")
        run("npm", "pack", "--ignore-scripts", "--pack-destination", root / "vendor", "./boxed", cwd=root)
        options = ("--ignore-scripts", "--package-lock-only", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved=false")
        run("npm", "install", *options, f"--lockfile-version={version}", cwd=root)

        def rewrite(text: str) -> str:
            text = text.replace(f"git+file://{git}", "git+ssh://git@git.example/shop/widget.git")
            text = re.sub(r"(\"(?:resolved|version)\": \")https?://[^/\"]+", r"\1https://registry.example", text)
            return re.sub(r"https?://(?!registry\.example)[^/\"?#]+", "https://www.example", text)

        keep(f"package-lock/npm-v{version}", root, ("package.json", "package-lock.json"), rewrite)
        npm_listing(version)


def npm_listing(version: int) -> None:
    """What `npm ls` says of a fixture: it reads the lockfile alone. Names and versions are kept, the rest is of this machine."""
    case = DATA / "package-lock" / f"npm-v{version}"
    command = ["npm", "ls", "--all", "--json", "--package-lock-only"]
    done = subprocess.run(command, cwd=case / "input", capture_output=True, text=True, check=False)  # exit 1: nothing is installed

    def kept(node: dict[str, Any]) -> dict[str, Any]:
        below = {name: kept(inner) for name, inner in node.get("dependencies", {}).items() if "version" in inner}
        return {"version": node["version"], **({"dependencies": below} if below else {})}

    tree = json.loads(done.stdout)
    write(case, {"list.json": {"name": tree["name"], **kept(tree)}})


# uv ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def wheel(folder: Path, name: str, version: str) -> Path:
    """A wheel without content, always the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    parts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: fixture\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in parts.items():
            archive.writestr(zipfile.ZipInfo(inner, (2024, 1, 1, 0, 0, 0)), text)
    return path


def uv() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "shop")
        git = repository(
            Path(scratch, "gitted"),
            {"pyproject.toml": '[project]\nname = "gitted"\nversion = "0.4.0"\nrequires-python = ">=3.9"\ndependencies = ["idna"]\n'},
        )
        served = Path(scratch, "served")
        wheel(served, "fetched", "2.0")
        wheel(root / "vendor", "boxed", "1.0")
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(served))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            write(
                root,
                {
                    "pyproject.toml": f"""\
[project]
name = "Shop"
version = "1.0.0"
requires-python = ">=3.9"
dependencies = [
    "idna==3.7",
    "kit[extra]",
    "colorama; sys_platform == 'win32'",
    "zipp==3.15.0; python_version < '3.10'",
    "zipp==3.20.2; python_version >= '3.10'",
    "boxed", "fetched", "gitted", "plain", "linked",
]

[project.optional-dependencies]
http = ["h11==0.14.0"]

[dependency-groups]
dev = ["iniconfig"]

[tool.uv.sources]
kit = {{ workspace = true }}
boxed = {{ path = "vendor/boxed-1.0-py3-none-any.whl" }}
fetched = {{ url = "http://127.0.0.1:{server.server_port}/fetched-2.0-py3-none-any.whl" }}
gitted = {{ git = "file://{git}", tag = "v1" }}
plain = {{ path = "vendor/plain" }}
linked = {{ path = "vendor/linked", editable = true }}

[tool.uv.workspace]
members = ["packages/*"]
""",
                    "packages/kit/pyproject.toml": """\
[project]
name = "kit"
version = "0.2.0"
requires-python = ">=3.9"
dependencies = ["typing-extensions>=4"]

[project.optional-dependencies]
extra = ["sniffio"]
""",
                    "vendor/plain/pyproject.toml": '[project]\nname = "plain"\nversion = "0.1"\n',
                    "vendor/linked/pyproject.toml": '[project]\nname = "linked"\nversion = "0.1"\n[build-system]\nrequires = []\n',
                },
            )
            run("uv", "lock", "-q", cwd=root)
            export = subprocess.run(
                ["uv", "export", "-q", "--all-extras", "--all-packages", "--no-emit-local", "--format", "requirements.txt", "--no-header"],
                cwd=root, capture_output=True, text=True, check=True,
            ).stdout  # fmt: skip

            def rewrite(text: str) -> str:
                text = text.replace(f"file://{git}", "https://git.example/shop/gitted")
                text = re.sub(r"https?://[^/\"\s]+/simple", "https://index.example/simple", text)
                return re.sub(r"https?://(?!git\.example|index\.example)[^/\"\s?#]+", "https://files.example", text)

            keep("uv-lock/workspace", root, ("uv.lock",), rewrite)
            write(DATA / "uv-lock" / "workspace", {"export.txt": rewrite(export)})
            server.shutdown()


def pip() -> None:
    """What `uv pip compile --generate-hashes` writes, as pip-compile does."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        write(root, {"requirements.in": "anyio==4.4.0\nzipp==3.20.2 ; python_version >= '3.10'\ncolorama ; sys_platform == 'win32'\n"})
        run(
            "uv",
            "pip",
            "compile",
            "-q",
            "--universal",
            "--python-version",
            "3.11",
            "--generate-hashes",
            "requirements.in",
            "-o",
            "requirements.txt",
            cwd=root,
        )
        keep("requirements/compiled", root, ("requirements.txt",), lambda text: HOST.sub("https://index.example", text))


CASES: dict[str, Callable[[], None]] = {
    "npm-v1": lambda: npm(1),
    "npm-v2": lambda: npm(2),
    "npm-v3": lambda: npm(3),
    "uv": uv,
    "pip": pip,
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or [""]
    for name, make in CASES.items():
        if any(part in name for part in wanted):
            make()
