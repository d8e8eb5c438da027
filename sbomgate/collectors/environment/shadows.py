"""Modules that are imported in the place of another one, by the order in which the import system searches.

The import path begins with the folder of the program that runs (`bin/` for the commands of an environment), then come
`pythonXY.zip`, the standard library, the site folders and, last, what path lines add. So a file in a site folder never
stands before a module that this version of Python has; one in `bin/` does, and one that bears the name of a module
that was removed has no rival. Inside one folder a package comes first, then native code, source, bytecode.
Sources: Python documentation, "The initialization of the sys.path module search path"; `importlib._bootstrap_external`,
`FileFinder` and `_get_supported_file_loaders`; `BuiltinImporter` and `FrozenImporter` come before any folder.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sbomgate.collectors.environment import stdlib
from sbomgate.collectors.environment.layout import Layout, inside
from sbomgate.errors import CollectError
from sbomgate.model import FileFact, Problem
from sbomgate.tree import Tree

MAX_CODE: Final = 64 * 2**20
"""Bytes of a file that is hashed so that it can be accepted by its digest."""
MAX_TOLD: Final = 200
"""Facts of one kind for one site folder; the remainder is counted."""
_NATIVE: Final = re.compile(r"(?P<stem>[^.]+)(?:\.(?:cpython-|cp|pypy)(?P<major>\d)(?P<minor>\d{1,2})(?!\d)[^.]*|\.abi3t?)?\.(?:so|pyd)\Z")
_INITIAL: Final = "__init__"
_RANKS: Final = ((".so", ".pyd"), (".py",), (".pyc",))
"""What comes first where several files could be the same module."""


def collect_shadows(
    tree: Tree,
    layout: Layout,
    site: str,
    present: Mapping[str, str],
    owners: Mapping[str, str],
    added: Iterable[str] = (),
    *,
    complete: bool = True,
) -> Iterator[FileFact | Problem]:
    """Yield what stands before a module of the standard library, or of another distribution.

    `present`: path → kind of every file below `site`. `owners`: path → purl of who lists it. `added`: what path lines add.
    `complete`: every distribution has a RECORD, so what none of them lists is nobody's.
    """
    tops = _tops(present, site, layout)
    yield from _in_site(tree, layout, tops, owners, complete=complete)
    for folder in sorted({folder for text in added if (folder := inside(tree, site, text)) and folder != site}):
        yield from _in_site(tree, layout, _listed_tops(tree, folder, layout), owners, complete=False)
    yield from _capped(_in_one_folder(tree, layout, present, owners), site)
    if layout.prefix is not None and site == layout.sites[0]:
        yield from _in_programs(tree, layout, tops, owners)
        yield from _archive(tree, layout)


def module_name(name: str, python: tuple[int, int] | None) -> str:
    """The module that a file called `name` is for this version of Python; empty if it cannot be imported."""
    if name.endswith((".py", ".pyc")):
        stem = name.rpartition(".")[0]
        return stem if "." not in stem else ""
    match = _NATIVE.match(name)
    if match is None or (python is not None and match["major"] and (int(match["major"]), int(match["minor"])) != python):
        return ""
    return match["stem"]


def _tops(present: Mapping[str, str], site: str, layout: Layout) -> dict[str, str]:
    """Top-level module → the file that its import runs; folders without `__init__` give way to everything and do not count."""
    prefix = f"{site}/" if site else ""
    found: dict[str, tuple[int, str]] = {}
    for path in present:
        first, slash, rest = path[len(prefix) :].partition("/")
        name = rest or first
        if slash and (not rest.startswith(_INITIAL) or "/" in rest):
            continue
        module = module_name(name, layout.python)
        if module and (module == _INITIAL if slash else module != _INITIAL):
            candidate = (_rank(name) + (0 if slash else len(_RANKS)), path)
            found[first if slash else module] = min(found.get(first if slash else module, candidate), candidate)
    return {name: path for name, (_, path) in found.items()}


def _rank(name: str) -> int:
    return next((rank for rank, tails in enumerate(_RANKS) if name.endswith(tails)), len(_RANKS))


def _listed_tops(tree: Tree, folder: str, layout: Layout) -> dict[str, str]:
    """`_tops` for a folder of which no files are known yet."""
    prefix = f"{folder}/" if folder else ""
    present: dict[str, str] = {}
    try:
        for entry in tree.entries(folder):
            if entry.kind == "file":
                present[prefix + entry.name] = entry.kind
            elif entry.kind == "folder" and (initial := _initial(tree, prefix + entry.name)):
                present[initial] = "file"
    except CollectError:
        return {}  # a path line may name a folder that is not there
    return _tops(present, folder, layout)


def _initial(tree: Tree, folder: str) -> str:
    return next((path for tail in (".so", ".pyd", ".py", ".pyc") if tree.kind(path := f"{folder}/{_INITIAL}{tail}") == "file"), "")


def _in_site(
    tree: Tree, layout: Layout, tops: Mapping[str, str], owners: Mapping[str, str], *, complete: bool
) -> Iterator[FileFact | Problem]:
    """What bears the name of a module of the standard library in a folder that is searched after it."""
    gone = stdlib.removed(layout.python) if layout.python else frozenset()
    has = _standard(layout)
    for name in sorted(tops):
        owner = owners.get(tops[name], "")
        if name in gone and not _is_backport(owner):
            detail = f"this version of Python has no module {name} any more, so whoever imports it gets this file"
            yield _fact(tree, "removed-module", tops[name], owner, detail)
        elif name in has and not owner and complete:
            yield _fact(tree, "stdlib-name", tops[name], owner, f"{name} is a module of the standard library")


def _standard(layout: Layout) -> frozenset[str]:
    return stdlib.names(layout.python) if layout.python and layout.python[0] == 3 else stdlib.in_every_version()


def _is_backport(owner: str) -> bool:
    return owner.removeprefix("pkg:pypi/").partition("@")[0] in stdlib.backports()


def _in_programs(tree: Tree, layout: Layout, tops: Mapping[str, str], owners: Mapping[str, str]) -> Iterator[FileFact | Problem]:
    """Modules beside the programs: their folder is the first one that every program of the environment searches."""
    folder = f"{layout.prefix}/bin" if layout.prefix else "bin"
    if layout.windows or not (layout.virtual or layout.conda) or tree.kind(folder) != "folder":
        return  # Windows: a launcher's own path is searched, not its folder
    has = _standard(layout) - stdlib.loaded_first()
    beside = _listed_tops(tree, folder, layout)
    for name, path in sorted(beside.items()):
        owner = owners.get(path, "")
        if name in has:
            yield _fact(tree, "stdlib-shadow", path, owner, f"every program in {folder} that imports {name} gets this file")
        elif name in tops and layout.virtual and (not owner or owner != owners.get(tops[name], "")):
            detail = f"every program in {folder} that imports {name} gets this file, not {tops[name]}"
            yield _fact(tree, "module-shadow", path, owner, detail)


def _archive(tree: Tree, layout: Layout) -> Iterator[FileFact | Problem]:
    """`lib/pythonXY.zip`, the first place that is searched for the standard library."""
    if layout.virtual or layout.python is None or layout.windows:
        return  # a virtual environment has the archive of its base, Windows ships one
    path = f"{layout.prefix}/lib/python{layout.python[0]}{layout.python[1]}.zip".lstrip("/")
    if tree.kind(path):
        yield _fact(tree, "stdlib-shadow", path, "", "searched before the standard library")


def _in_one_folder(tree: Tree, layout: Layout, present: Mapping[str, str], owners: Mapping[str, str]) -> Iterator[FileFact | Problem]:
    """Files of one folder that the same import could mean, where the one that is run is not of the distribution of the other."""
    native: dict[str, str] = {}
    for path in present:
        if path.endswith((".so", ".pyd")):
            folder, _, name = path.rpartition("/")
            if stem := module_name(name, layout.python):
                native[f"{folder}/{stem}"] = path
    pairs = [(path, f"{stem}.py") for stem, path in native.items() if f"{stem}.py" in present]
    for path in present:
        if path.endswith(("/__init__.py", "/__init__.pyc")):
            package = path.rpartition("/")[0]
            if f"{package}.py" in present:
                pairs.append((path, f"{package}.py"))
            elif package in native:
                pairs.append((path, native[package]))
    for stem, path in native.items():
        package = stem.rpartition("/")[0]
        if stem.endswith("/__init__") and f"{package}.py" in present:
            pairs.append((path, f"{package}.py"))
    for winner, loser in sorted(pairs):
        whose = owners.get(loser, "")
        owner = owners.get(winner, "")
        if whose and owner != whose:
            yield _fact(tree, "module-shadow", winner, owner, f"imported in the place of {loser} of {whose}")


def _capped(facts: Iterable[FileFact | Problem], site: str) -> Iterator[FileFact | Problem]:
    """The first facts, and one that counts the remainder: a hostile folder can hold any number."""
    more = 0
    for number, fact in enumerate(facts):
        if number < MAX_TOLD:
            yield fact
        else:
            more += 1
    if more:
        yield FileFact(kind="module-shadow", path=site or ".", detail=f"{more} more")


def _fact(tree: Tree, kind: str, path: str, owner: str, detail: str) -> FileFact | Problem:
    owners = (owner,) if owner else ()
    if tree.kind(path) == "link" and tree.link_target(path) is None:
        return FileFact(kind=kind, path=path, owners=owners, detail=f"{detail}; a link that leads out of the target, or to nothing")
    try:
        actual = f"sha256:{hashlib.sha256(tree.read(path, MAX_CODE)).hexdigest()}"
    except CollectError as error:
        return Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
    return FileFact(kind=kind, path=path, owners=owners, actual=actual, detail=detail)
