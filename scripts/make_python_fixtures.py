#!/usr/bin/env python3
"""Write the fixtures of Python's other lockfiles anew, by running pip, uv, Poetry, PDM and Pipenv themselves.

    scripts/make_python_fixtures.py            all of them; needs uv, git, and a network or a cache for a few packages
    scripts/make_python_fixtures.py poetry     only those whose name has `poetry` in it

Each tool is run by `uv tool run` in the version that is written here. Everything is resolved in a scratch folder; only the
files that are kept matter, and hosts in them are rewritten to names under `.example`. Afterwards:

    UPDATE_EXPECTED=1 pytest tests/test_collectors.py && git diff tests/data
"""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from make_fixtures import DATA, keep, repository, run, wheel
from make_fixtures import write as write_as_it_is

QUIET = {
    "PIPENV_NOSPIN": "1",
    "PIPENV_IGNORE_VIRTUALENVS": "1",
    "PIPENV_VENV_IN_PROJECT": "1",
    "PDM_CHECK_UPDATE": "0",
    "VIRTUAL_ENV": "",
    "PIP_FIND_LINKS": "",
}
POETRY, POETRY_1_4 = "poetry==2.5.1", "poetry==1.4.2"
CONDA_LOCK = "conda-lock==4.0.3"
PDM, PIPENV, PIP = "pdm==2.12.4", "pipenv==2026.10.3", "pip==26.3"


@functools.cache
def index() -> str:
    """The index that pip is configured to use: Poetry, PDM and Pipenv want to be told."""
    done = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False)
    return os.environ.get("PIP_INDEX_URL") or done.stdout.strip() or sys.exit("tell the index: PIP_INDEX_URL=…")


def write(root: Path, files: dict[str, str]) -> None:
    """Write `files` below `root`, with the index in place of its mark."""
    write_as_it_is(root, {name: text.replace("@INDEX@", index()) if "@INDEX@" in text else text for name, text in files.items()})


class Scene(NamedTuple):
    """A project's folder, and where its dependencies that no index has lie."""

    root: Path
    git: str
    url: str

    def rewrite(self, text: str) -> str:
        text = text.replace(self.git.replace("file://", "file://None"), "https://git.example/shop/gitted")
        text = text.replace(self.git, "https://git.example/shop/gitted").replace(self.url, "https://files.example")
        text = text.replace(self.git.removeprefix("file://"), "https://git.example/shop/gitted")
        text = re.sub(r"https?://[^/\"\s]+/simple/?", "https://index.example/simple", text)
        text = re.sub(r"https?://(?!git\.example|index\.example|files\.example)[^/\"'\s?#]+", "https://files.example", text)
        text = re.sub(r"file:///(?!work/|\$)[^\"'\s]*/", "https://files.example/", text)
        text = text.replace("file:///work/", "file:///srv/shop/")
        return re.sub(r"ssh://git@(?!git\.example)[^/\"'\s?#]+", "ssh://git@git.example", text)

    def tool(self, package: str, *command: str) -> str:
        done = subprocess.run(
            ["uv", "tool", "run", "-q", "--python", "3.11", "--from", *package.split(), *command],
            cwd=self.root, env={**os.environ, **QUIET}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def scene() -> Iterator[Scene]:
    """A scratch folder with a repository, a server of wheels, wheels and folders beside the project."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "shop")
        git = repository(
            Path(scratch, "gitted"),
            {
                "pyproject.toml": '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
                '[project]\nname = "gitted"\nversion = "0.4.0"\nrequires-python = ">=3.9"\ndependencies = ["idna"]\n',
                "gitted.py": "",
            },
        )
        served = Path(scratch, "served")
        wheel(served, "fetched", "2.0")
        wheel(root / "vendor", "boxed", "1.0")
        write(
            root,
            {
                "vendor/plain/pyproject.toml": '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
                '[project]\nname = "plain"\nversion = "0.1"\ndependencies = ["sniffio"]\n',
                "vendor/plain/plain.py": "",
            },
        )

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

        handler = functools.partial(Quiet, directory=str(served))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield Scene(root, f"file://{git}", f"http://127.0.0.1:{server.server_port}")
            server.shutdown()


def project(case: Scene) -> str:
    """A `[project]` with every kind of dependency that PEP 508 can name."""
    return f"""\
[project]
name = "shop"
version = "1.0.0"
requires-python = ">=3.9,<4"
dependencies = [
    "anyio==4.4.0",
    "colorama; sys_platform == 'win32'",
    "zipp==3.15.0; python_version < '3.10'",
    "zipp==3.20.2; python_version >= '3.10'",
    "gitted @ git+{case.git}@v1",
    "fetched @ {case.url}/fetched-2.0-py3-none-any.whl",
]

[project.optional-dependencies]
http = ["h11==0.14.0"]

[dependency-groups]
dev = ["iniconfig==2.0.0"]
"""


def pylock_uv() -> None:
    with scene() as case:
        write(
            case.root,
            {
                "pyproject.toml": project(case)
                + "\n[tool.uv.sources]\nplain = { path = 'vendor/plain' }\nboxed = { path = 'vendor/boxed-1.0-py3-none-any.whl' }\n"
            },
        )
        text = (
            (case.root / "pyproject.toml")
            .read_text("utf-8")
            .replace('dependencies = [\n    "anyio', 'dependencies = [\n    "plain", "boxed",\n    "anyio', 1)
        )
        write(case.root, {"pyproject.toml": text})
        run("uv", "lock", "-q", cwd=case.root)
        run(
            "uv",
            "export",
            "-q",
            "--all-extras",
            "--all-groups",
            "--no-header",
            "--no-emit-project",
            "--format",
            "pylock.toml",
            "-o",
            "pylock.toml",
            cwd=case.root,
        )
        keep("pylock/uv", case.root, ("pylock.toml",), case.rewrite)


def script() -> None:
    with scene() as case:
        rows = (
            "/// script",
            'requires-python = ">=3.11"',
            "dependencies = [",
            '    "anyio==4.4.0",',
            f'    "gitted @ git+{case.git}@v1",',
            "]",
            "///",
        )
        write(case.root, {"tool.py": "".join(f"# {row}\n" for row in rows) + "import anyio\n"})
        run("uv", "lock", "-q", "--script", "tool.py", cwd=case.root)
        keep("script/uv", case.root, ("tool.py", "tool.py.lock"), case.rewrite)
        script_export()


def script_export() -> None:
    """What uv exports of the fixture; with `--frozen` it asks nobody."""
    command = ["uv", "export", "-q", "--frozen", "--no-header", "--script", "tool.py"]
    done = subprocess.run(command, cwd=DATA / "script" / "uv" / "input", capture_output=True, text=True, check=True)
    write(DATA / "script" / "uv", {"export.txt": done.stdout})


def pylock_pip() -> None:
    with scene() as case:
        case.tool(
            PIP,
            "pip",
            "lock",
            "-q",
            "-o",
            "pylock.pip.toml",
            "anyio==4.4.0",
            f"gitted @ git+{case.git}@v1",
            f"fetched @ {case.url}/fetched-2.0-py3-none-any.whl",
            "./vendor/plain",
            "./vendor/boxed-1.0-py3-none-any.whl",
        )
        keep("pylock/pip", case.root, ("pylock.pip.toml",), case.rewrite)


def poetry() -> None:
    with scene() as case:
        text = (
            project(case).replace("dependencies = [\n", 'dependencies = [\n    "httpx[socks]==0.27.2", "plain", "boxed",\n', 1)
            + """
[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
plain = { path = "vendor/plain", develop = true }
boxed = { path = "vendor/boxed-1.0-py3-none-any.whl" }

[tool.poetry.group.docs.dependencies]
tomli = "^2.0"

[[tool.poetry.source]]
name = "main"
url = "@INDEX@"
priority = "primary"
"""
        )
        write(case.root, {"pyproject.toml": text})
        case.tool(POETRY, "poetry", "lock")
        export = case.tool(
            f"{POETRY} --with poetry-plugin-export",
            "poetry",
            "export",
            "-q",
            "--all-groups",
            "--all-extras",
            "--without-urls",
            "-o",
            "export.txt",
        )
        export = (case.root / "export.txt").read_text("utf-8")
        keep("poetry-lock/poetry-2", case.root, ("pyproject.toml", "poetry.lock"), case.rewrite)
        write(
            DATA / "poetry-lock" / "poetry-2",
            {"export.txt": re.sub(r"file:///\S*/vendor/", "./vendor/", case.rewrite(export.replace(str(case.root), "/work")))},
        )


OLD = """\
[tool.poetry]
name = "shop"
version = "1.0.0"
description = ""
authors = []

[tool.poetry.dependencies]
python = "^3.9"
anyio = "4.4.0"
h11 = { version = "^0.14", optional = true }
colorama = { version = "*", markers = "sys_platform == 'win32'" }
zipp = [
    { version = "3.15.0", python = "<3.10" },
    { version = "3.20.2", python = ">=3.10" },
]
gitted = { git = "GIT", tag = "v1" }
fetched = { url = "URL/fetched-2.0-py3-none-any.whl" }
plain = { path = "vendor/plain", develop = true }
boxed = { path = "vendor/boxed-1.0-py3-none-any.whl" }

[tool.poetry.extras]
http = ["h11"]

[tool.poetry.dev-dependencies]
iniconfig = "2.0.0"

[[tool.poetry.source]]
name = "main"
url = "@INDEX@"
default = true
"""


def poetry_1(package: str, name: str) -> None:
    with scene() as case:
        write(case.root, {"pyproject.toml": OLD.replace("GIT", case.git).replace("URL", case.url)})
        case.tool(package, "poetry", "lock")
        keep(f"poetry-lock/{name}", case.root, ("poetry.lock",), case.rewrite)


def pdm() -> None:
    with scene() as case:
        text = project(case).replace("dependencies = [\n", 'dependencies = [\n    "httpx[socks]==0.27.2",\n', 1)
        text = re.sub(r"    \"gitted.*\n", "", text)  # PDM takes git+file:// for a host
        write(case.root, {"pyproject.toml": text + "\n[tool.pdm.dev-dependencies]\nlocal = ['-e file:///${PROJECT_ROOT}/vendor/plain']\n"})
        case.tool(PDM, "pdm", "lock", "-G", ":all")
        export = case.tool(PDM, "pdm", "export", "-G", ":all")
        keep("pdm-lock/pdm-2", case.root, ("pyproject.toml", "pdm.lock"), case.rewrite)
        write(DATA / "pdm-lock" / "pdm-2", {"export.txt": case.rewrite(export)})


def pipenv() -> None:
    with scene() as case:
        write(
            case.root,
            {
                "Pipfile": f"""\
[[source]]
url = "@INDEX@"
verify_ssl = true
name = "main"

[packages]
anyio = "==4.4.0"
httpx = {{ version = "==0.27.2", extras = ["socks"] }}
colorama = {{ version = "*", markers = "sys_platform == 'win32'" }}
gitted = {{ git = "{case.git}", ref = "v1" }}
fetched = {{ file = "{case.url}/fetched-2.0-py3-none-any.whl" }}
boxed = {{ path = "./vendor/boxed-1.0-py3-none-any.whl" }}
plain = {{ path = "./vendor/plain", editable = true }}

[dev-packages]
iniconfig = "==2.0.0"

[docs]
tomli = "==2.0.1"
"""
            },
        )
        case.tool(PIPENV, "pipenv", "lock", "--categories", "packages dev-packages docs")
        export = case.tool(PIPENV, "pipenv", "requirements", "--hash", "--categories", "packages dev-packages docs")
        keep("pipfile-lock/pipenv", case.root, ("Pipfile.lock",), case.rewrite)
        write(DATA / "pipfile-lock" / "pipenv", {"export.txt": case.rewrite(export)})


CONDA = """
from pathlib import Path
from conda_lock.lockfile import write_conda_lock_file
from conda_lock.lockfile.v2prelim.models import HashModel, LockedDependency, LockMeta, Lockfile
from conda_lock.models.channel import Channel

def row(name, version, build, platform="linux-64", manager="conda", needs=None, categories=("main",), url=None, sha256="a"):
    url = url or f"https://conda.example/conda-forge/{platform}/{name}-{version}-{build}.conda"
    return LockedDependency(name=name, version=version, manager=manager, platform=platform, dependencies=needs or {}, url=url,
        hash=HashModel(md5="d" * 32 if manager == "conda" else None, sha256=sha256 * 64), categories=set(categories))

rows = [
    row("libzlib", "1.3.1", "hb9d3cd8_2"), row("libzlib", "1.3.1", "h8359307_2", "osx-arm64"),
    row("tzdata", "2025b", "h78e105d_0", url="https://conda.example/conda-forge/noarch/tzdata-2025b-h78e105d_0.conda"),
    row("python", "3.12.9", "h9e4cc4f_1", needs={"__glibc": ">=2.17", "libzlib": ">=1.3.1,<2.0a0", "tzdata": ""}),
    row("python", "3.12.9", "hc22306f_1", "osx-arm64", needs={"libzlib": ">=1.3.1,<2.0a0"}),
    row("mamba_old", "1.0", "0", url="https://conda.example/main/linux-64/mamba_old-1.0-0.tar.bz2", categories=("dev", "docs")),
    row("typing-extensions", "4.12.2", "", manager="pip", needs={"python": ">=3.8"}, url="https://files.example/typing_extensions-4.12.2-py3-none-any.whl", sha256="b"),
    row("gitted", "0.4.0", "", manager="pip", needs={"typing-extensions": ">=4"}, url="git+https://git.example/shop/gitted.git@f4c63a78b14b0041d33dc28d089124719fd87161", sha256="c"),
]
meta = LockMeta(content_hash={"linux-64": "e" * 64, "osx-arm64": "f" * 64}, channels=[Channel(url="conda-forge", used_env_vars=frozenset())],
    platforms=["linux-64", "osx-arm64"], sources=["environment.yml"])
write_conda_lock_file(Lockfile(package=rows, metadata=meta), Path("conda-lock.yml"), None)
"""


def conda() -> None:
    """What conda-lock's own writer makes of rows that it was given: solving would need conda, and a channel."""
    with tempfile.TemporaryDirectory() as scratch:
        case = Scene(Path(scratch), "file:///none", "http://none")
        case.tool(CONDA_LOCK, "python", "-c", CONDA)
        keep("conda-lock/conda-lock-4", case.root, ("conda-lock.yml",), str)
        conda_listing()


def conda_listing() -> None:
    """What conda-lock renders of the fixture, for each platform."""
    with tempfile.TemporaryDirectory() as scratch:
        case = Scene(Path(scratch), "file:///none", "http://none")
        source = DATA / "conda-lock" / "conda-lock-4"
        write(case.root, {"conda-lock.yml": (source / "input" / "conda-lock.yml").read_text("utf-8")})
        case.tool(CONDA_LOCK, "conda-lock", "render", "-k", "explicit", "conda-lock.yml")
        write(source, {f"list-{path.stem}.txt": path.read_text("utf-8") for path in case.root.glob("conda-*.lock")})


CASES: dict[str, Callable[[], None]] = {
    "pylock-uv": pylock_uv,
    "script": script,
    "pylock-pip": pylock_pip,
    "poetry-2": poetry,
    "poetry-1.4": lambda: poetry_1(POETRY_1_4, "poetry-1.4"),
    "pdm": pdm,
    "pipenv": pipenv,
    "conda": conda,
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or [""]
    for name, make in CASES.items():
        if any(part in name for part in wanted):
            make()
