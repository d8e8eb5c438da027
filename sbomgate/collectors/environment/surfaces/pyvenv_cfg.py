"""`pyvenv.cfg` and `python*._pth`: where the interpreter of an environment and its library come from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.cases import (
    Case,
    read_case,
)
from sbomgate.collectors.environment.surfaces.site_folder import Site
from sbomgate.errors import CollectError
from sbomgate.model import Problem, StartupHook
from sbomgate.tree import Tree


def collect_pyvenv(tree: Tree, root: str) -> Iterator[StartupHook | Problem | str]:
    """`pyvenv.cfg` and `python*._pth` of the environment at `root`: where its interpreter and its library come from."""
    prefix = f"{root}/" if root else ""
    if tree.kind(f"{prefix}pyvenv.cfg"):
        yield from _pyvenv(tree, f"{prefix}pyvenv.cfg")
    for folder in (root, f"{prefix}Scripts", f"{prefix}bin"):
        if folder and tree.kind(folder) != "folder":
            continue
        try:
            entries = tree.entries(folder)
        except CollectError:
            continue
        for entry in entries:
            if re.fullmatch(r"(?i)pythonw?\d*(?:_d)?\._pth", entry.name) and entry.kind != "folder":
                yield from _embedded(tree, f"{folder}/{entry.name}" if folder else entry.name)


def _pyvenv(tree: Tree, path: str) -> Iterator[StartupHook | Problem | str]:
    from sbomgate.collectors.environment import paths

    folder, _, name = path.rpartition("/")
    case = read_case(Site(tree, folder, None, {}), name, "pyvenv-cfg", 2**20)
    if not isinstance(case, Case):
        yield case
        return
    try:
        text = case.data.decode("utf-8")
    except UnicodeDecodeError:
        case.note("unreadable", "not UTF-8: the interpreter does not start")
        yield case.finish((), ())
        return
    values: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        key, separator, value = line.partition("=")
        key, value = key.strip().lower(), value.strip()
        if not separator:
            continue
        if key in values and key in ("home", "include-system-site-packages", "executable") and values[key][1].lower() != value.lower():
            case.note("pyvenv", f"{key} is set twice, and the last one counts: {values[key][1]!r}, then {value!r}", number)
        values[key] = (number, value)
        if odd := paths.odd_characters(line):
            case.note("pyvenv", f"{odd}: {line}", number)
    for key in ("home", "executable", "base-prefix", "base-exec-prefix", "base-executable"):
        if key not in values:
            continue
        number, value = values[key]
        found = paths.danger(value)
        if found is not None:
            case.note("pyvenv" if found.grave else "pyvenv-unusual", f"{key} is {found.why}: {value}", number)
        elif not value.startswith(("/", "\\")) and not re.match(r"[A-Za-z]:[\\/]", value):
            case.note("pyvenv", f"{key} is a relative path: {value!r}", number)
        elif (folder and value.startswith(f"/{folder}/")) or re.search(r"/site-packages(?:/|\Z)|/node_modules(?:/|\Z)", value):
            case.note("pyvenv", f"{key} lies where packages are installed: {value}", number)
    if values.get("include-system-site-packages", (0, "false"))[1].lower() not in ("true", "false"):
        case.note(
            "pyvenv-unusual",
            f"include-system-site-packages is neither true nor false: {values['include-system-site-packages'][1]!r}",
            values["include-system-site-packages"][0],
        )
    home = values.get("home")
    shown = (pth.Line(home[0], home[1]),) if home else ()
    if not home:
        case.note("pyvenv-unusual", "no home: the interpreter does not take this for an environment")
    yield case.finish((), shown, harmless=f"the interpreter comes from {home[1] if home else 'nowhere'}")


def _embedded(tree: Tree, path: str) -> Iterator[StartupHook | Problem | str]:
    """`python311._pth`: on Windows it replaces the whole import path. Source: CPython documentation, "Finding modules"."""
    from sbomgate.collectors.environment import paths

    folder, _, name = path.rpartition("/")
    case = read_case(Site(tree, folder, None, {}), name, "python-pth", 2**20)
    if not isinstance(case, Case):
        yield case
        return
    added = []
    for number, line in enumerate(case.data.decode("utf-8", "replace").splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text or text == "import site":
            continue
        added.append(pth.Line(number, text))
        found = paths.danger(text)
        if found is not None and not re.fullmatch(r"(?i)python\d+\.zip", text):
            case.note("path" if found.grave else "path-unusual", f"{found.why}: {text}", number)
    yield case.finish((), tuple(added))
