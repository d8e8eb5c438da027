"""Places of an environment that every user of the machine can write to: whoever has an account decides what runs there.

Only what decides what is run is looked at: the folders of the import path, `bin/`, the root with its pyvenv.cfg, the files
that are read at every start, the programs. Membership in a group is not told: a group is chosen on purpose. In a folder
with the sticky bit others cannot replace a file, but they can add one, which is enough on an import path.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from typing import Final

from sbomgate.collectors.environment.layout import Layout, inside
from sbomgate.errors import CollectError
from sbomgate.model import FileFact
from sbomgate.tree import Tree

MAX_PROGRAMS: Final = 5000
MAX_TOLD: Final = 100
_EVERYTHING: Final = 0o777


def collect_writable(tree: Tree, layout: Layout, site: str, hooks: Iterable[str], added: Iterable[str]) -> Iterator[FileFact | str]:
    """Yield the folders and files that are writable by others. `hooks`: start-up files; `added`: path lines as written."""
    if tree.mode(site) is None:
        return  # a tree in memory, Windows
    first = site == layout.sites[0]
    config = f"{layout.root}/pyvenv.cfg".lstrip("/")
    if tree.mode(config) == _EVERYTHING and tree.mode(site) == _EVERYTHING:
        if first:
            yield f"{layout.root or '.'}: the file system grants everything to everybody, so permissions were not looked at"
        return
    found = [_folder(tree, site, "add modules to it", sticky_counts=True)]
    lines = {path for text in added if (path := inside(tree, site, text)) and tree.kind(path) == "folder" and path != site}
    found += [
        _folder(tree, path, "add modules to it, and a path line makes Python look there", sticky_counts=True) for path in sorted(lines)
    ]
    found += [_file(tree, path, "it runs whenever Python starts") for path in sorted(set(hooks))]
    if first and (layout.virtual or layout.conda):
        found.append(_folder(tree, layout.root, "exchange the folders in it", sticky_counts=False))
        found.append(_file(tree, config, "it says which Python is started"))
        found += _programs(tree, f"{layout.root}/{'Scripts' if layout.windows else 'bin'}".lstrip("/"))
        if layout.home and (home := inside(tree, layout.root, layout.home)):
            found += _programs(tree, home)
    facts = {fact.path: fact for fact in found if fact is not None}
    yield from list(facts.values())[:MAX_TOLD]
    if len(facts) > MAX_TOLD:
        yield FileFact(kind="writable", path=site or ".", detail=f"{len(facts) - MAX_TOLD} more")


def _programs(tree: Tree, folder: str) -> Iterator[FileFact | None]:
    if tree.kind(folder) != "folder":
        return
    yield _folder(tree, folder, "add programs to it", sticky_counts=True)
    try:
        entries = tree.entries(folder)
    except CollectError:
        return  # told by those who read the programs
    for entry in entries[:MAX_PROGRAMS]:
        if entry.kind == "file":
            yield _file(tree, f"{folder}/{entry.name}", "it is a program of the environment")


def _folder(tree: Tree, path: str, what: str, *, sticky_counts: bool) -> FileFact | None:
    mode = tree.mode(path)
    if mode is None or not mode & stat.S_IWOTH or (mode & stat.S_ISVTX and not sticky_counts):
        return None
    return FileFact(kind="writable", path=path or ".", actual=f"mode:{mode:04o}", detail=f"every user of the machine can {what}")


def _file(tree: Tree, path: str, what: str) -> FileFact | None:
    mode = tree.mode(path)
    if mode is None or not mode & stat.S_IWOTH:
        return None
    return FileFact(
        kind="writable-code", path=path, actual=f"mode:{mode:04o}", detail=f"every user of the machine can change it, and {what}"
    )
