"""The table of everything that sbomgate can read, and how a target is searched for it.

One line is one format: its module is imported on first use, the README's support table and the `files:` pattern of
`.pre-commit-hooks.yaml` are made from it. There are no entry points and no plugin folders: an auditor must not run
code that it finds in what it audits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from sbomgate.collectors.agents import instruction_names
from sbomgate.collectors.agents.clients import CLIENTS, has_tail, personal_files
from sbomgate.errors import CollectError
from sbomgate.model import Component, Environment, FileFact, Problem, ProjectFile, Provides, Secret, Server, Setting, StartupHook
from sbomgate.tree import Entry, SourceFile, SourceFolder, Tree, walk

if TYPE_CHECKING:
    from sbomgate.agent_model import AgentCommand, AgentFile, AgentOption, AgentStep, Instruction, PermissionRule
    from sbomgate.custody_model import Ledger, PackageLedger

    AgentNoun = AgentFile | PermissionRule | AgentOption | AgentCommand | Instruction | AgentStep
    Noun = (
        Component
        | Environment
        | StartupHook
        | Server
        | Secret
        | Setting
        | FileFact
        | Problem
        | ProjectFile
        | Ledger
        | PackageLedger
        | Provides
        | AgentNoun
        | str
        | int
    )
    """What a collector yields; a `str` is a note for the reader of the report, an `int` a number of files that were hashed."""


class Spec(NamedTuple):
    """One line of the table."""

    name: str
    """Kebab-case; the folder of its fixtures, and what reports call the format."""
    patterns: tuple[str, ...]
    """Shell patterns for the tail of a path, part by part; one that ends in `/` is a folder."""
    module: str
    """Below `sbomgate.collectors`; has `collect(SourceFile)` or, for folders, `collect(SourceFolder)`."""
    about: str
    """What is read from it, for the README's table."""
    walked: bool = True
    """False: read only when the file itself is the target, or by the collector of its environment."""
    alone: bool = True
    """False: most files of such a name say nothing of what is looked for; one that yields nothing counts as no input of a search."""

    @property
    def is_folder(self) -> bool:
        """Whether the collector takes a folder as a whole."""
        return any(pattern.endswith("/") for pattern in self.patterns)

    def collect(self, source: SourceFile | SourceFolder) -> Iterator[Noun]:
        """The nouns in `source`; CollectError if it is not of this format."""
        module = import_module(f"{__name__}.{self.module}")
        return iter(module.collect(source))


_ENV = ("pyvenv.cfg", "conda-meta/", "site-packages/", "dist-packages/")
_KNOWN_BAD = (
    "_index.js", "bun_environment.js", "bw1.js", "ld.py", "Math_Symbol.js", "node-ipc.cjs", "pgmonitor.py", "pgsql-monitor.service", "rope.pyz",
    "router_init.js", "router_runtime.js", "setup.cjs", "setup.mjs", "setup_bun.js", "sysmon.py", "tanstack_runner.js", "transformers.pyz",
)  # fmt: skip
"""`indicators.names` without those in `indicators.COMMON`; a test compares them."""
# fmt: off
COLLECTORS: Final = (
    #    name               tail of the path                                     module                     what is read
    Spec("environment",     _ENV,                                                "environment",             "installed distributions, RECORD, start-up hooks, SBOMs inside wheels (PEP 770)"),
    Spec("startup-file",    ("*.pth", "*.start", "sitecustomize.py", "usercustomize.py"), "environment.hooks", "executed lines, added paths", walked=False),
    Spec("node-modules",    ("node_modules/",),                                  "node_modules",            "installed packages, with npm's hidden lockfile or without: versions, hashes, edges, aliases, bundled, install scripts; stores of pnpm, Bun and npm"),
    Spec("package-lock",    ("package-lock.json", "npm-shrinkwrap.json", ".package-lock.json"), "lockfiles.package_lock",  "versions 1, 2 and 3; packages, hashes, edges, links, bundled, install scripts"),
    Spec("uv-lock",         ("uv.lock", "*.py.lock"),                            "lockfiles.uv_lock",       "packages, artifacts with hashes, sources, extras and groups, edges"),
    Spec("requirements",    ("*requirements*.txt", "requirements/*.txt", "*constraints*.txt", "constraints/*.txt"),
                                                                                 "lockfiles.requirements",  "every line that pip reads: -r, -c, -e, hashes, markers, extras, VCS, URL, path"),
    Spec("pnpm-lock",       ("pnpm-lock.yaml",),                                 "lockfiles.pnpm_lock",     "versions 5, 6 and 9; packages, hashes, edges, peers, workspaces, aliases, patches, overrides"),
    Spec("yarn-lock",       ("yarn.lock",),                                      "lockfiles.yarn_lock",     "Yarn 1 and Berry: packages, hashes, edges, workspaces, aliases, patches, git and tarball URLs"),
    Spec("pylock",          ("pylock.toml", "pylock.*.toml"),                    "lockfiles.pylock",        "PEP 751: every kind of source, artifacts with hashes, extras and groups, stated edges, publishers"),
    Spec("poetry-lock",     ("poetry.lock",),                                    "lockfiles.poetry_lock",   "versions 1 and 2: packages, hashes, sources, groups, extras, edges"),
    Spec("pdm-lock",        ("pdm.lock",),                                       "lockfiles.pdm_lock",      "versions 2 to 4: packages, hashes, sources, groups, extras, edges"),
    Spec("pipfile-lock",    ("Pipfile.lock",),                                   "lockfiles.pipfile_lock",  "every category: packages, hashes, sources, indexes"),
    Spec("conda-lock",      ("conda-lock.yml", "conda-lock.yaml", "*.conda-lock.yml"), "lockfiles.conda_lock", "packages of conda and pip for each platform, hashes, channels, categories, edges"),
    Spec("script",          ("*.py",),                                           "lockfiles.script_header", "the dependencies in its `# /// script` block (PEP 723)", walked=False),
    Spec("project-file",    ("pyproject.toml", "setup.cfg"),                     "lockfiles.project_files", "requirements, extras, groups, build requirements, indexes; compared with the lock beside it, where there is one"),
    Spec("bun-lock",        ("bun.lock",),                                       "lockfiles.bun_lock",      "packages, hashes, edges, workspaces, aliases, git and tarball URLs, patches, overrides"),
    Spec("deno-lock",       ("deno.lock",),                                      "lockfiles.deno_lock",     "versions 2 to 5, npm packages: hashes, edges, workspaces, install scripts"),
    Spec("package-json",    ("package.json",),                                   "lockfiles.package_json",  "requirements of a project without a lockfile; what is to be compared with the lockfile, where there is one"),
    Spec("npmrc",           (".npmrc",),                                         "settings.npm",            "registries, of scopes too, tokens (their place, not their value), ignore-scripts, strict-ssl, what loads code"),
    Spec("yarnrc",          (".yarnrc.yml", ".yarnrc"),                          "settings.npm",            "the same of Yarn"),
    Spec("bunfig",          ("bunfig.toml",),                                    "settings.npm",            "the same of Bun"),
    Spec("pnpm-workspace",  ("pnpm-workspace.yaml",),                            "settings.npm",            "the same of pnpm; whose scripts may run"),
    Spec("pip-conf",        ("pip.conf", "pip.ini"),                             "settings.pip",            "indexes, trusted hosts"),
    Spec("uv-toml",         ("uv.toml",),                                        "settings.pip",            "indexes, index strategy, insecure hosts"),
    Spec("npm-startup",     (".pnpmfile.cjs", ".pnpmfile.mjs", "binding.gyp"),   "npm_startup",             "code that pnpm and node-gyp run at every installation"),
    Spec("known-bad",       _KNOWN_BAD,                                          "known_bad",               "files that are known from attacks, by content or by name, in every folder that is searched; likewise in installed packages", alone=False),
    Spec("dotenv",          (".env", ".env.local"),                              "settings.dotenv",         "by name: variables that move an agent's settings or the service it talks to; no other value", alone=False),
    Spec("workflow",        (".github/workflows/*.yml", ".github/workflows/*.yaml", "action.yml", "action.yaml"), "agents.workflows", "steps that start an agent: actions with their pins and inputs, command lines; who can cause them, what their token and secrets reach", alone=False),
    Spec("container-file",  ("devcontainer.json", ".devcontainer.json", "Dockerfile", "*.Dockerfile", "Dockerfile.dev", "Dockerfile.agent", "Containerfile", "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"),
                                                                                 "agents.container_files",  "containers that an agent works in: what they reach of their host, agents started without confirmations; commands of a development container", alone=False),
    Spec("task-file",       ("Makefile", "GNUmakefile", "justfile", "Justfile"), "agents.task_files",       "lines that start an agent without confirmations", alone=False),
    *(Spec(line.name, line.patterns, "agents.configuration", line.about) for line in CLIENTS),  # each with a line of its own there
    Spec("instructions",    instruction_names.PATTERNS,                          "agents.instructions",     "texts for agents, also inside installed packages: hidden characters and comments, directives, what they take in; names in any case"),
)
# fmt: on

TOOL_STATE: Final = frozenset({".git", ".hg", ".svn", ".jj", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"})
"""Folders that hold only a tool's own state; not searched."""
_SITES: Final = ("site-packages", "dist-packages")
_LIBRARIES: Final = ("lib", "lib64", "local/lib")
_ENVIRONMENT_OWN: Final = ("Lib", "conda-meta", "etc", "include", "Include", "man", "pkgs", "share")
"""Folders of an environment with what interpreters and installers put there; not searched."""
_MODULES: Final = "node_modules"
"""Read as a whole, not searched: lockfiles inside belong to the authors of the packages and are not used."""
_OWN_TARGET: Final = "name it as a target of its own"


def by_name(path: str, *, walked: bool = False) -> Spec | None:
    """The line for the file at `path`; None if no pattern fits. `walked`: only lines that a search uses."""
    name = path.rpartition("/")[2]
    for pattern, spec in _BY_NAME.get(name, ()):
        if (spec.walked or not walked) and (pattern == name or has_tail(path, pattern)):
            return spec
    for pattern, spec in _BY_ENDING.get(name.rpartition(".")[2], ()):
        if (spec.walked or not walked) and has_tail(path, pattern):
            return spec
    return COLLECTORS[-1] if name.lower().endswith(instruction_names.ENDINGS) and instruction_names.named(path) else None


def personal(tree: Tree) -> Iterator[tuple[Spec, str]]:
    """Yield (line, path) for every file of agents' settings in `tree`, a `tree.HomeTree`, and for what attacks are known to leave there."""
    from sbomgate import indicators

    specs = {spec.name: spec for spec in COLLECTORS}
    for path in indicators.home_paths():
        if tree.kind(path):
            yield specs["known-bad"], path
    for line, path in personal_files(tree):
        yield specs[line.name], path


def discover(tree: Tree, start: str, problem: Callable[[CollectError], None], note: Callable[[str], None]) -> Iterator[tuple[Spec, str]]:
    """Yield (line, path) for everything below the folder `start` that can be read, parents first.

    What belongs to an environment is its collector's and is not searched again; what else lies in its folder is, or a
    `pyvenv.cfg` in a project would hide the project. What looks like an input but is neither a file nor a folder is
    told to `problem`.
    """
    environment = COLLECTORS[0]
    modules = next(spec for spec in COLLECTORS if spec.name == "node-modules")
    taken: set[str] = set()
    libraries: set[str] = set()
    """`lib` folders of environments: their `pythonX.Y` and site folders are taken."""
    filled = False

    def take(root: str) -> None:
        if root.rpartition("/")[2] in _SITES:
            taken.add(root)
        prefix = f"{root}/" if root else ""
        taken.update(prefix + name for name in _ENVIRONMENT_OWN)
        libraries.update(prefix + name for name in _LIBRARIES)

    def is_taken(folder: str, name: str) -> bool:
        path = f"{folder}/{name}" if folder else name
        return path in taken or (folder in libraries and (name in _SITES or name.lower().startswith(("python", "pypy"))))

    def enter(folder: str, entry: Entry) -> bool:
        if entry.name in TOOL_STATE or entry.name == _MODULES or is_taken(folder, entry.name):
            return False
        return not (filled and folder == start) or entry.name.startswith(".")

    if is_node_modules(tree, start):
        yield modules, start
        return
    if (found := environment_root(tree, start)) is not None:
        yield environment, found
        name = (start or tree.root.replace("\\", "/").rstrip("/")).rpartition("/")[2]
        if name in _SITES:
            return
        take(start)
        prefix = f"{start}/" if start else ""
        filled = not tree.kind(f"{prefix}pyvenv.cfg") and tree.kind(f"{prefix}conda-meta") != "folder"
        if filled:
            note(f"{start or '.'}: taken for a folder that `pip install --target` filled; its folders were not searched for other inputs")
    for folder, entries in walk(tree, start, enter, problem):
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.kind == "folder":
                if entry.name in TOOL_STATE or is_taken(folder, entry.name):
                    continue
                if entry.name == _MODULES:
                    yield modules, path
                elif environment_root(tree, path) is not None:
                    take(path)
                    yield environment, path
            elif entry.kind == "link":
                if entry.name == _MODULES and tree.kind(f"{path}/.") == "folder":
                    target = tree.link_target(path)
                    if target is None:
                        problem(CollectError("node_modules behind a symbolic link is not followed", path, fix=_OWN_TARGET))
                    elif target.rpartition("/")[2] != _MODULES or not TOOL_STATE.isdisjoint(target.split("/")):
                        yield modules, target if target != "." else ""  # one of the usual name is found where it lies
                    continue
                outside = tree.link_target(path) is None and tree.kind(f"{path}/.") == "folder"
                if outside and not is_taken(folder, entry.name) and environment_root(tree, path) is not None:
                    problem(CollectError("environment behind a symbolic link is not followed", path, fix=_OWN_TARGET))
                elif outside and path not in libraries and not is_taken(folder, entry.name):
                    note(f"{path}: not searched; a symbolic link to a folder outside the target")
                elif (spec := by_name(path, walked=True)) is not None:
                    yield spec, path
            elif (spec := by_name(path, walked=True)) is not None:
                if entry.kind == "file":
                    yield spec, path
                else:
                    problem(CollectError("not a regular file", path, fix="replace it by a file or remove it"))


def folder_kind(tree: Tree) -> str:
    """The `Target.kind` of the folder that `tree` is."""
    return "node_modules" if is_node_modules(tree, "") else "environment" if environment_root(tree, "") is not None else "project"


def is_node_modules(tree: Tree, path: str) -> bool:
    """Whether the folder at `path` is named as one that packages of npm are installed in."""
    return (path or tree.root.replace("\\", "/").rstrip("/")).rpartition("/")[2] == _MODULES


def environment_root(tree: Tree, path: str) -> str | None:
    """`path` if the folder there is a Python environment or a site folder; None otherwise."""
    name = (path or tree.root.replace("\\", "/").rstrip("/")).rpartition("/")[2]
    if name in _SITES:
        return path
    prefix = f"{path}/" if path else ""
    if tree.kind(f"{prefix}pyvenv.cfg") or tree.kind(f"{prefix}conda-meta") == "folder":
        return path
    # a folder that was filled by `pip install --target`: only when it is what the caller named
    try:
        if not path and any(entry.kind == "folder" and entry.name.endswith(".dist-info") for entry in tree.entries("")):
            return path
    except CollectError:
        return None  # the search tells why
    return None


def _index(*, by_ending: bool) -> dict[str, list[tuple[str, Spec]]]:
    """The patterns by the last part of the path, the longer ones first; those with `*` in that part by its ending."""
    found: dict[str, list[tuple[str, Spec]]] = {}
    for spec in COLLECTORS[1:-1]:  # what belongs to an environment, and the names of instructions, are told in other ways
        for pattern in spec.patterns:
            last = pattern.rpartition("/")[2]
            if not spec.is_folder and ("*" in last) == by_ending:
                found.setdefault(last.rpartition(".")[2] if by_ending else last, []).append((pattern, spec))
    if not by_ending:
        for rows in found.values():
            rows.sort(key=lambda row: -row[0].count("/"))
    return found


_BY_NAME: Final = _index(by_ending=False)
_BY_ENDING: Final = _index(by_ending=True)
