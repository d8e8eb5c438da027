#!/usr/bin/env python3
"""Write the fixtures of pnpm, Yarn, Bun and Deno in `tests/data/collectors` anew, by running these tools themselves.

    scripts/make_npm_fixtures.py             all of them; needs npm, git, and a network or a cache for a few packages
    scripts/make_npm_fixtures.py yarn        only those whose name has `yarn` in it

The tools come from the registry that npm is configured for, into a scratch folder. No script of a package runs. Hosts
are rewritten to names under `.example`, so that a fixture names neither a registry nor a machine. What the tool itself
lists is kept beside the input, and a test compares. Afterwards:

    UPDATE_EXPECTED=1 pytest tests/test_collectors.py && git diff tests/data
"""

from __future__ import annotations

import functools
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

from make_fixtures import DATA, repository, write

REGISTRY = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=True).stdout.strip()
PROJECT: dict[str, Any] = {
    "package.json": {
        "name": "shop",
        "version": "1.0.0",
        "private": True,
        "workspaces": ["packages/*"],
        "dependencies": {
            "ansi-regex": "^6.0.1",
            "boxed": "file:vendor/boxed-1.0.0.tgz",
            "debug": "2.6.9",
            "is-number": f"{REGISTRY}is-number/-/is-number-7.0.0.tgz",
            "ms-alias": "npm:ms@2.1.3",
            "react": "17.0.2",
            "strip-ansi": "6.0.1",
            "use-sync-external-store": "1.2.0",
            "widget": "GIT#v1",
        },
        "optionalDependencies": {"fsevents": "2.3.3"},
        "devDependencies": {"keyv": "4.5.4", "ms-old": "npm:ms@2.0.0", "q": "1.5.1"},
    },
    "packages/tool/package.json": {
        "name": "@shop/tool",
        "version": "0.2.0",
        "dependencies": {"ms": "2.0.0", "react": "18.2.0", "shop-link": "link:../../vendor/link", "use-sync-external-store": "1.2.0"},
        "devDependencies": {"@shop/kit": "workspace:*"},
    },
    "packages/kit/package.json": {"name": "@shop/kit", "version": "0.3.0", "dependencies": {"@types/ms": "0.7.34"}},
    "vendor/link/package.json": {"name": "shop-link", "version": "3.0.0"},
    "boxed/package.json": {"name": "boxed", "version": "1.0.0", "dependencies": {"ms": "2.0.0"}},
}
PATCH = "diff --git a/readme.md b/readme.md\nnew file mode 100644\n--- /dev/null\n+++ b/patched.md\n@@ -0,0 +1 @@\n+patched\n"


@functools.cache
def tool(spec: str, binary: str) -> Path:
    """The program `binary` of the package `spec`, installed into a folder of its own."""
    folder = Path(tempfile.gettempdir(), "sbomgate-tools", re.sub(r"\W+", "-", spec))
    if not folder.exists():
        folder.mkdir(parents=True)
        run("npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", spec, cwd=folder)
    return folder / "node_modules" / binary


def run(*command: object, cwd: Path, **environment: str) -> str:
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "CI": "", "NO_COLOR": "1", "COREPACK_ENABLE_STRICT": "0"}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**os.environ, **quiet, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def project(scratch: Path, change: Callable[[dict[str, Any]], None] = lambda _: None) -> tuple[Path, Callable[[str], str]]:
    """The project in a folder of `scratch`, and what takes the names of this machine out of a text."""
    files = json.loads(json.dumps(PROJECT))
    git = repository(scratch / "widget", {"package.json": {"name": "widget", "version": "0.3.0", "dependencies": {"ms": "2.1.3"}}})
    files["package.json"]["dependencies"]["widget"] = f"git+file://{git}#v1"
    change(files)
    root = scratch / "shop"
    write(root, files)
    run("npm", "pack", "--ignore-scripts", "--pack-destination", root / "vendor", "./boxed", cwd=root)

    def rewrite(text: str) -> str:
        for prefix in ("git+file://", "git@file:", "file://", ""):
            text = text.replace(f"{prefix}{git}", "git+https://git.example/shop/widget.git" if prefix != "file://" else "https://git.example/shop/widget.git")
        text = text.replace(f"file+{str(git).replace('/', '+')}", "widget")
        text = text.replace(str(root), "/shop").replace(str(scratch), "")
        text = re.sub(r"https?://[^/\s\"'#]+(?=/[^\s\"']*\.tgz|/?[\"'\s])(?<!git\.example)", "https://registry.example", text)
        return re.sub(r"https?://(?!registry\.example|git\.example)[^/\s\"'?#)]+", "https://www.example", text)

    return root, rewrite


def keep(case: str, root: Path, names: tuple[str, ...], rewrite: Callable[[str], str], listing: dict[str, str]) -> None:
    target = DATA / case
    shutil.rmtree(target / "input", ignore_errors=True)
    for name in names:
        write(target / "input", {name: rewrite((root / name).read_text("utf-8"))})
    for name, text in listing.items():
        write(target, {name: rewrite(text)})
    print(f"{case}: {', '.join((*names, *listing))}")


MANIFESTS = ("package.json", "packages/tool/package.json", "packages/kit/package.json")


def pnpm(version: int) -> None:
    settings = {"overrides": {"json-buffer": "3.0.1"}, "patchedDependencies": {"ms@2.0.0": "patches/ms.patch"}}

    def change(files: dict[str, Any]) -> None:
        workspace = "packages:\n  - packages/*\n"
        if version < 7:
            del settings["patchedDependencies"]
        if version < 11:
            files["package.json"]["pnpm"] = settings
        else:
            workspace += "overrides:\n  json-buffer: 3.0.1\npatchedDependencies:\n  ms@2.0.0: patches/ms.patch\nminimumReleaseAge: 0\nblockExoticSubdeps: false\n"
        files |= {"pnpm-workspace.yaml": workspace, "patches/ms.patch": PATCH}
        if version >= 11:
            files["package.json"]["packageManager"] = "pnpm@" + json.loads((tool(f"pnpm@{version}", "pnpm") / "package.json").read_text())["version"]

    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        root, rewrite = project(scratch, change)
        program = next(path for end in ("bin/pnpm.cjs", "bin/pnpm.mjs", "dist/pnpm.cjs") if (path := tool(f"pnpm@{version}", "pnpm") / end).exists())
        store = ("--store-dir", scratch / "store", "--registry", REGISTRY)
        run("node", program, "install", "--ignore-scripts", "--no-frozen-lockfile", *store, cwd=root)
        listing = run("node", program, "ls", "-r", "--json", "--depth", "Infinity", cwd=root)
        keep(f"pnpm-lock/pnpm-{version}", root, (*MANIFESTS, "pnpm-lock.yaml"), rewrite, {"list.json": listing})


CASES: dict[str, Callable[[], None]] = {
    **{f"pnpm-{version}": functools.partial(pnpm, version) for version in (6, 7, 8, 9, 12)},
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or [""]
    for name, make in CASES.items():
        if any(part in name for part in wanted):
            make()
