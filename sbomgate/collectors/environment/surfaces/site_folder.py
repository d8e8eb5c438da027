"""A site folder: what is known about it, and the way from a module's name to its file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sbomgate.errors import CollectError
from sbomgate.tree import Tree

EXTENSION: Final = re.compile(r"(?P<stem>[^.]+)(?:\.(?:cpython-|cp|pypy|abi)[^/]*)?\.(?:so|pyd|dll|dylib)\Z")


class Site:
    """A site folder with what is known about it, and the way from a module's name to its file."""

    def __init__(self, tree: Tree, folder: str, python: tuple[int, int] | None, owners: Mapping[str, str]) -> None:
        self.tree, self.folder, self.python, self.owners = tree, folder, python, owners
        self._listed: dict[str, dict[str, str]] = {}

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    def entries(self, folder: str) -> dict[str, str]:
        """Name → kind of what `folder` holds; CollectError if it cannot be listed."""
        if folder not in self._listed:
            self._listed[folder] = {entry.name: entry.kind for entry in self.tree.entries(folder)}
        return self._listed[folder]

    def listing(self, folder: str) -> dict[str, str]:
        """`entries`, and nothing where there is no such folder."""
        try:
            return self.entries(folder)
        except CollectError:
            self._listed[folder] = {}
            return {}

    def locate(self, name: str, folders: list[str]) -> tuple[str, str] | None:
        """(path, kind of source) of the module with the dotted name, as the path finder would choose; None if it is nowhere."""
        head, _, rest = name.partition(".")
        namespaces = []
        for folder in folders:
            names = self.listing(folder)
            prefix = f"{folder}/" if folder else ""
            found: tuple[str, str] | None = None
            if names.get(head) in ("folder", "link"):
                inner = self.listing(f"{prefix}{head}")
                initial = _module_file(inner, "__init__")
                if initial is not None:
                    if rest:
                        return self.locate(rest, [f"{prefix}{head}"])
                    found = (f"{prefix}{head}/{initial[0]}", initial[1])
                elif rest:
                    namespaces.append(f"{prefix}{head}")
                    continue
            if found is None and not rest and (file := _module_file(names, head)) is not None:
                found = (f"{prefix}{file[0]}", file[1])
            if found is not None:
                return found
            if not rest and names.get(head) == "folder":
                namespaces.append(f"{prefix}{head}")
        if namespaces:
            return self.locate(rest, namespaces) if rest else (namespaces[0], "namespace")
        return None


def _module_file(names: Mapping[str, str], stem: str) -> tuple[str, str] | None:
    """The file for the module `stem` in a folder: native code wins over source, source over bytecode."""
    for name in names:
        if name.startswith(stem) and (match := EXTENSION.match(name)) and match["stem"] == stem:
            return name, "native"
    if f"{stem}.py" in names and names[f"{stem}.py"] != "folder":
        return f"{stem}.py", "source"
    if f"{stem}.pyc" in names:
        return f"{stem}.pyc", "bytecode"
    return None
