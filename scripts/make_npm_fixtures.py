#!/usr/bin/env python3
"""Write the fixtures of pnpm, Yarn, Bun and Deno, and those of what they and npm install, in `tests/data/collectors` anew, by running these tools themselves.

    scripts/make_npm_fixtures.py             all of them; needs npm, git, and a network or a cache for a few packages
    scripts/make_npm_fixtures.py yarn        only those whose name has `yarn` in it

The tools come from the registry that npm is configured for, into a scratch folder. No script of a package runs. Hosts
are rewritten to names under `.example`, so that a fixture names neither a registry nor a machine. What the tool itself
lists is kept beside the input, and a test compares. Afterwards:

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def project(
    change: Callable[[dict[str, Any]], None] = lambda _: None, reference: str = "git+URL#v1"
) -> Iterator[tuple[Path, Callable[[str], str]]]:
    """The project in a scratch folder, and what takes the names of this machine out of a text.

    Its git repository is served over HTTP: not all of the tools can name one on disk in their lockfile.
    """
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        repository(scratch / "work", {"package.json": {"name": "widget", "version": "0.3.0", "dependencies": {"ms": "2.1.3"}}})
        run("git", "clone", "-q", "--bare", scratch / "work", scratch / "served" / "widget.git", cwd=scratch)
        run("git", "update-server-info", cwd=scratch / "served" / "widget.git")
        handler = functools.partial(QuietHandler, directory=str(scratch / "served"))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            files = json.loads(json.dumps(PROJECT))
            files["package.json"]["dependencies"]["widget"] = reference.replace("URL", f"http://127.0.0.1:{server.server_port}/widget.git")
            change(files)
            root = scratch / "shop"
            write(root, files)
            run("npm", "pack", "--ignore-scripts", "--pack-destination", root / "vendor", "./boxed", cwd=root)

            def rewrite(text: str) -> str:
                text = text.replace(f"127.0.0.1:{server.server_port}", "git.example").replace(
                    f"127.0.0.1+{server.server_port}", "git.example"
                )
                text = text.replace(str(root), "/shop").replace(str(scratch), "")
                return re.sub(
                    r"https?://(?!git\.example)[^/\s\"'#?)]+(/[^\s\"'#?)]*)?",
                    lambda match: (
                        f"https://{'registry' if '/-/' in match[0] or not (match[1] or '').strip('/') else 'www'}.example{match[1] or ''}"
                    ),
                    text,
                )

            yield root, rewrite
            server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def keep(case: str, root: Path, names: tuple[str, ...], rewrite: Callable[[str], str], listing: dict[str, str]) -> None:
    target = DATA / case
    shutil.rmtree(target / "input", ignore_errors=True)
    for name in names:
        write(target / "input", {name: rewrite((root / name).read_text("utf-8"))})
    for name, text in listing.items():
        write(target, {name: rewrite(text)})
    print(f"{case}: {', '.join((*names, *listing))}")


KEPT = (
    "name", "version", "description", "license", "licenses", "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta",
    "bundleDependencies", "bundledDependencies", "gypfile", "workspaces", "_from", "_id", "_integrity", "_location", "_requested", "_resolved",
)  # fmt: skip
STATES = (".package-lock.json", ".modules.yaml", ".yarn-integrity")


def keep_modules(case: str, root: Path, rewrite: Callable[[str], str], listing: dict[str, str]) -> None:
    """Keep what is installed, cut down to what sbomgate reads: links, and of each package its package.json."""

    def named(path: str) -> str:
        """pnpm and Bun name folders after addresses."""
        return re.sub(r"https\+\+\+[^+]+\+", "https+++registry.example+", rewrite(path))

    target = DATA / "node-modules" / case
    shutil.rmtree(target / "input", ignore_errors=True)
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        inner = place.parts[-3:] if place.parts[-3:-2] and place.parts[-3].startswith("@") else place.parts[-2:]
        if path.is_symlink():
            if path.is_dir() and ".bin" not in place.parts:
                link = target / "input" / named(str(place))
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(named(os.path.relpath(os.path.realpath(path), os.path.realpath(path.parent))))
        elif path.name == "package.json" and (
            str(place) in MANIFESTS or (len(place.parts) > len(inner) and place.parts[-len(inner) - 1] == "node_modules")
        ):
            document = json.loads(path.read_text("utf-8"))
            cut = {key: document[key] for key in KEPT if key in document}
            if "node_modules" not in place.parts and "devDependencies" in document:
                cut["devDependencies"] = document["devDependencies"]
            scripts = {name: text for name, text in document.get("scripts", {}).items() if "install" in name}
            write(
                target / "input", {named(str(place)): rewrite(json.dumps(cut | ({"scripts": scripts} if scripts else {}), indent=2)) + "\n"}
            )
        elif path.name in STATES and path.parent.name == "node_modules":
            write(target / "input", {str(place): rewrite(path.read_text("utf-8")) if path.name == STATES[0] else ""})
    for name, text in listing.items():
        write(target, {name: rewrite(text)})
    print(f"node-modules/{case}: {', '.join(listing)}")


MANIFESTS = ("package.json", "packages/tool/package.json", "packages/kit/package.json", "vendor/link/package.json")


def pnpm(version: int) -> None:
    """Version 7 writes what 5 and 6 did, and runs on a current Node.js."""
    settings = {"overrides": {"json-buffer": "3.0.1"}, "patchedDependencies": {"ms@2.0.0": "patches/ms.patch"}}

    def change(files: dict[str, Any]) -> None:
        workspace = "packages:\n  - packages/*\n"
        if version < 11:
            files["package.json"]["pnpm"] = settings
        else:
            workspace += "overrides:\n  json-buffer: 3.0.1\npatchedDependencies:\n  ms@2.0.0: patches/ms.patch\nminimumReleaseAge: 0\nblockExoticSubdeps: false\n"
        files |= {"pnpm-workspace.yaml": workspace, "patches/ms.patch": PATCH}
        if version >= 11:
            files["package.json"]["packageManager"] = (
                "pnpm@" + json.loads((tool(f"pnpm@{version}", "pnpm") / "package.json").read_text())["version"]
            )

    with project(change) as (root, rewrite):
        program = next(path for end in ("bin/pnpm.cjs", "bin/pnpm.mjs") if (path := tool(f"pnpm@{version}", "pnpm") / end).exists())
        store = ("--store-dir", root.parent / "store", "--registry", REGISTRY)
        run("node", program, "install", "--ignore-scripts", "--no-frozen-lockfile", *store, cwd=root)
        listing = run("node", program, "ls", "-r", "--json", "--depth", "Infinity", cwd=root)
        if version == 9:
            keep_modules("pnpm-9", root, rewrite, {"list.json": listing})
        keep(f"pnpm-lock/pnpm-{version}", root, (*MANIFESTS, "pnpm-lock.yaml"), rewrite, {"list.json": listing})


def yarn_1() -> None:
    def change(files: dict[str, Any]) -> None:
        files["packages/tool/package.json"]["devDependencies"]["@shop/kit"] = "0.3.0"
        files["package.json"]["resolutions"] = {"json-buffer": "3.0.0"}

    with project(change, "git+URL#v1") as (root, rewrite):
        program = tool("yarn@1", "yarn") / "bin" / "yarn.js"
        common = ("--registry", REGISTRY, "--cache-folder", root.parent / "cache", "--non-interactive")
        run("node", program, "install", "--ignore-scripts", "--ignore-engines", *common, cwd=root)
        listing = run("node", program, "list", "--json", "--no-progress", cwd=root)
        keep_modules("yarn-1", root, rewrite, {"list.json": listing})
        keep("yarn-lock/yarn-1", root, (*MANIFESTS, "yarn.lock"), rewrite, {"list.json": listing})


def berry(version: int) -> None:
    def change(files: dict[str, Any]) -> None:
        files["package.json"]["resolutions"] = {"json-buffer": "3.0.0", "ms@npm:2.0.0": "patch:ms@npm:2.0.0#./patches/ms.patch"}
        files["packages/kit/package.json"]["dependencies"]["shop-port"] = "portal:../../vendor/port"
        files["vendor/port/package.json"] = {
            "name": "shop-port",
            "version": "4.0.0",
            "dependencies": {"js-tokens": "4.0.0"},
            "peerDependencies": {"react": "*"},
        }
        files["package.json"]["devDependencies"]["typescript"] = "5.0.4" if version > 2 else "4.2.3"
        files["patches/ms.patch"] = PATCH
        files["yarn.lock"] = ""

    with project(change, "URL#tag=v1") as (root, rewrite):
        program = tool(f"@yarnpkg/cli-dist@{version}", "@yarnpkg/cli-dist") / "bin" / "yarn.js"
        settings = {
            "NPM_REGISTRY_SERVER": REGISTRY, "ENABLE_TELEMETRY": "0", "ENABLE_GLOBAL_CACHE": "0", "CACHE_FOLDER": str(root.parent / "cache"),
            "GLOBAL_FOLDER": str(root.parent / "global"), "NODE_LINKER": "node-modules", "ENABLE_SCRIPTS": "0", "ENABLE_IMMUTABLE_INSTALLS": "0",
            "UNSAFE_HTTP_WHITELIST": "127.0.0.1", "ENABLE_COLORS": "0", "IGNORE_PATH": "1",
        }  # fmt: skip
        if version > 3:
            settings |= {"NPM_MINIMAL_AGE_GATE": "0", "APPROVED_GIT_REPOSITORIES": "**"}
        environment = {f"YARN_{name}": value for name, value in settings.items()}
        run("node", program, "install", cwd=root, **environment)
        listing = run("node", program, "info", "--all", "--recursive", "--json", cwd=root, **environment)
        keep(f"yarn-lock/berry-{version}", root, (*MANIFESTS, "vendor/port/package.json", "yarn.lock"), rewrite, {"list.json": listing})


def npm(version: int) -> None:
    """Version 6 knows no workspaces, and keeps no record beside what each package.json says."""

    def change(files: dict[str, Any]) -> None:
        tool_needs = files["packages/tool/package.json"]
        tool_needs["devDependencies"]["@shop/kit"] = "0.3.0"
        tool_needs["dependencies"]["shop-link"] = "file:../../vendor/link"
        files["boxed/package.json"]["bundleDependencies"] = ["ms"]
        files["boxed/node_modules/ms/package.json"] = {"name": "ms", "version": "2.0.0"}
        if version < 7:
            del files["package.json"]["workspaces"]

    with project(change) as (root, rewrite):
        program = tool(f"npm@{version}", "npm") / "bin" / "npm-cli.js"
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--registry", REGISTRY)
        run("node", program, "install", "--omit-lockfile-registry-resolved=false", *quiet, cwd=root)
        listing = run("node", program, "ls", "--all", "--json", cwd=root)
        shutil.rmtree(root / "boxed")
        keep_modules(f"npm-{version}", root, rewrite, {"list.json": listing})
        if version > 6:
            write(
                DATA / "node-modules" / f"npm-{version}" / "input",
                {"package-lock.json": rewrite((root / "package-lock.json").read_text("utf-8"))},
            )


def native(spec: str, prefix: str, name: str) -> Path:
    """The program itself: its package is a script that would put it in place when it is installed."""
    path = next(path for path in tool(spec, prefix).glob(f"*linux*/**/{name}") if "musl" not in str(path) and path.is_file())
    path.chmod(0o755)
    return path


def bun() -> None:
    def change(files: dict[str, Any]) -> None:
        files["package.json"] |= {
            "overrides": {"json-buffer": "3.0.0"},
            "trustedDependencies": ["fsevents"],
            "patchedDependencies": {"ms@2.0.0": "patches/ms.patch"},
        }
        files["package.json"]["peerDependencies"] = {"object-assign": "4.1.1"}
        files["packages/tool/package.json"]["dependencies"]["shop-link"] = "file:../../vendor/link"
        files["patches/ms.patch"] = PATCH

    with project(change) as (root, rewrite):
        program = native("bun@1", "@oven", "bun")
        environment = {
            "BUN_INSTALL": str(root.parent / "bun"),
            "BUN_CONFIG_REGISTRY": REGISTRY,
            "BUN_INSTALL_CACHE_DIR": str(root.parent / "cache"),
        }
        run(program, "install", "--ignore-scripts", "--save-text-lockfile", cwd=root, **environment)
        listing = run(program, "pm", "ls", "--all", cwd=root, **environment)
        keep_modules("bun-1", root, rewrite, {"list.txt": listing})
        keep("bun-lock/bun-1", root, (*MANIFESTS, "bun.lock"), rewrite, {"list.txt": listing})


DENO: dict[str, Any] = {
    "deno.json": {
        "name": "@shop/root",
        "version": "1.0.0",
        "workspace": ["./tool"],
        "imports": {"react": "npm:react@17.0.2", "short": "npm:ms@2.1.3"},
    },
    "tool/deno.json": {
        "name": "@shop/tool",
        "version": "0.2.0",
        "imports": {"sync": "npm:use-sync-external-store@1.2.0", "react": "npm:react@^18.2.0"},
    },
    "tool/package.json": {"name": "@shop/tool", "dependencies": {"strip-ansi": "6.0.1", "old": "npm:ms@2.0.0"}},
    "main.ts": 'import "npm:react@17.0.2";\nimport "npm:chokidar@3.5.3";\nimport "npm:debug@2";\n',
}


def deno(version: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "shop")
        write(root, DENO)
        environment = {
            "NPM_CONFIG_REGISTRY": REGISTRY,
            "DENO_DIR": str(Path(name, "deno")),
            "DENO_NO_UPDATE_CHECK": "1",
            "DENO_TLS_CA_STORE": "system",
        }
        program = native(f"deno@{version}", "@deno", "deno")
        if version.startswith("1."):
            run(program, "cache", "--lock=deno.lock", "--lock-write", "main.ts", cwd=root, **environment)
        else:
            run(program, "install", *(("--minimum-dependency-age=0",) if version > "2.6" else ()), cwd=root, **environment)
        keep(
            f"deno-lock/deno-{version}",
            root,
            ("deno.json", "tool/deno.json", "deno.lock"),
            lambda text: re.sub(r"https?://[^/\s\"]+", "https://registry.example", text),
            {},
        )


CASES: dict[str, Callable[[], None]] = {
    **{f"pnpm-{version}": functools.partial(pnpm, version) for version in (7, 8, 9, 12)},
    **{f"npm-{version}": functools.partial(npm, version) for version in (6, 11)},
    "yarn-1": yarn_1,
    **{f"berry-{version}": functools.partial(berry, version) for version in (2, 3, 4)},
    "bun-1": bun,
    **{f"deno-{version}": functools.partial(deno, version) for version in ("1.46.3", "2.2.15", "2.9.6")},
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or [""]
    for name, make in CASES.items():
        if any(part in name for part in wanted):
            make()
