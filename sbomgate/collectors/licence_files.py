"""The licence files that came with an installed package, and which known licence each is the text of.

Sources: PEP 639 (`License-File`, `.dist-info/licenses/`), the core metadata specification; npm documentation, "package.json", files:
LICENSE and LICENCE are in every package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final

from sbomgate.errors import CollectError
from sbomgate.licence_texts import MAX_TEXT, identify
from sbomgate.model import LicenceFile, Problem
from sbomgate.tree import Entry, Tree

MAX_FILES: Final = 40
"""Of one package that are read; one that has more holds the licences of others, and nothing is concluded from it."""

_NAMES: Final = ("license", "licence", "copying", "unlicense")
_NO_LICENCES: Final = (
    "authors",
    "changelog",
    "changes",
    "contributing",
    "contributors",
    "credits",
    "maintainers",
    "notice",
    "readme",
    "thanks",
)
"""What PEP 639 and setuptools put among licence files, and what grants nothing by itself."""
_CODE: Final = (".js", ".mjs", ".cjs", ".ts", ".json", ".map", ".py", ".pyc", ".yml", ".yaml", ".html")


class Reader:
    """Reads the licence files of the packages of one folder; each content is looked at once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.problems: list[Problem] = []
        """What could not be read."""
        self._known: dict[bytes, str] = {}

    def of_distribution(self, info: str, named: Iterable[str]) -> tuple[LicenceFile, ...]:
        """Those of the `.dist-info` at `info`; `named`: what its metadata calls its licence files."""
        # up to PEP 639 they lay in the folder itself, under the last part of their names
        stated = {name.replace("\\", "/").rpartition("/")[2] for name in named}
        return self._of_folder(info, lambda name: _is_licence(name) or (name in stated and _may_be_licence(name)), "licenses")

    def of_package(self, folder: str) -> tuple[LicenceFile, ...]:
        """Those in the folder of a package of npm."""
        return self._of_folder(folder, _is_licence)

    def _of_folder(self, folder: str, wanted: Callable[[str], bool], below: str = "") -> tuple[LicenceFile, ...]:
        prefix = f"{folder}/" if folder else ""
        try:
            entries = self.tree.entries(folder)
        except CollectError as error:
            self._tell(error)
            return ()
        kinds = {prefix + entry.name: entry.kind for entry in entries if entry.kind != "folder" and wanted(entry.name)}
        if below and Entry(below, "folder") in entries:
            inner = self.tree.files_below(prefix + below, self._tell)
            kinds |= {path: kind for path, kind in inner.items() if _may_be_licence(path.rpartition("/")[2])}
        if len(kinds) > MAX_FILES:
            return tuple(LicenceFile(path) for path in sorted(kinds)[:MAX_FILES])
        return tuple(LicenceFile(path, self._identify(path) if kinds[path] == "file" else "") for path in sorted(kinds))

    def _identify(self, path: str) -> str:
        try:
            data = self.tree.head(path, MAX_TEXT + 1)
        except CollectError as error:
            self._tell(error)
            return ""
        key = sha256(data).digest()
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = identify(data)
        return known

    def _tell(self, error: CollectError) -> None:
        self.problems.append(Problem(path=error.path, where=error.where, what=error.what, fix=error.fix or "install the package again"))


def _is_licence(name: str) -> bool:
    """Whether the file says by its name that it is a licence."""
    name = name.lower()
    return name.startswith(_NAMES) and not name.endswith(_CODE)


def _may_be_licence(name: str) -> bool:
    """Whether a file among licence files may be one."""
    return not name.lower().startswith(_NO_LICENCES)
