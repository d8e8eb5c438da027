"""A lockfile of npm's ecosystem, by what a comparison with a node_modules asks it for."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from sbomgate.collectors.lockfiles.integrity import parse_integrity
from sbomgate.collectors.lockfiles.npm import ALIAS
from sbomgate.collectors.lockfiles.package_lock import rows as locked_rows
from sbomgate.custody.npm_names import MODULES
from sbomgate.custody_model import PackageFolder, PackageLedger
from sbomgate.errors import CollectError
from sbomgate.model import Component, Digest, Inventory, Origin
from sbomgate.tree import FolderTree, SourceFile, Tree, normalised


class Locked(NamedTuple):
    """What the lock has for one package."""

    name: str
    version: str
    digests: tuple[Digest, ...]
    component: Component | None
    is_version: bool
    """Whether it is a version that a registry serves, and not an address, a repository or a folder."""


class Lock:
    """A lockfile, by what it is asked for."""

    def __init__(self, lock: Inventory, kind: str, path: str, base: str) -> None:
        self.kind = kind
        self.base = base
        """The folder of the project in the target, with `/`; NUL where the target is its node_modules."""
        self.versions: dict[str, list[str]] = defaultdict(list)
        self.components: list[Component] = []
        self._exact: dict[tuple[str, str], Component] = {}
        self._loose: dict[str, Component] = {}
        """Name → the component whose version only its source knows."""
        self.projects: set[str] = set()
        for item in lock.components:
            if item.ecosystem == "npm" and item.origin is Origin.PROJECT:
                self.projects.add(normalised(f"{base}{item.source.url if item.source else '.'}"))
            elif item.ecosystem == "npm":
                self.components.append(item)
                self.versions[item.name].append(item.version)
                self._exact.setdefault((item.name, item.version), item)
                if not item.version or not is_version(item):
                    self._loose.setdefault(item.name, item)
        self.rows: dict[str, dict[str, Any]] = {}
        if kind == "package-lock":
            folder, name = os.path.split(os.path.abspath(path))
            with suppress(CollectError):  # a problem of the lock, which was told when it was collected
                self.rows = locked_rows(SourceFile(FolderTree(folder), name))
        self.aliases = {value for item in lock.components for key, value in item.properties if key == ALIAS}

    def key(self, path: str) -> str:
        """`path` as npm's lock has it."""
        return path.removeprefix(self.base) if not self.base.startswith("\0") else f"{MODULES}/{path}"

    def path(self, key: str) -> str:
        """The path in the target of what npm's lock has at `key`; empty if that is outside."""
        if not self.base.startswith("\0"):
            return self.base + key
        return key.removeprefix(f"{MODULES}/") if key.startswith(f"{MODULES}/") else ""

    def row(self, folder: PackageFolder) -> dict[str, Any] | None:
        return self.rows.get(self.key(folder.path))

    def find(self, folder: PackageFolder) -> Locked | None:
        """What is locked for the package in `folder`: at its place where the lock knows places, else by name and version."""
        row = self.row(folder)
        if row is not None and row.get("link") is not True:
            name, version = text_of(row, "name") or folder.installed, text_of(row, "version")
            digests = parse_integrity(integrity)[0] if (integrity := text_of(row, "integrity")) else ()
            component = self.component(name, version)
            return Locked(name, version, digests, component, component is None or is_version(component))
        component = self.component(folder.name, folder.version)
        if component is None:
            return None
        return Locked(component.name, component.version, component.hashes, component, is_version(component))

    def component(self, name: str, version: str) -> Component | None:
        """The component of this name and version; or the one whose version only its source knows."""
        return self._exact.get((name, version)) or self._loose.get(name)


def find_base(tree: Tree, ledgers: Sequence[PackageLedger], lock: str) -> str:
    """What comes before the paths of the lock to make them those of the target; NUL where the target is the node_modules."""
    if os.path.basename(os.path.realpath(tree.root)) == MODULES and tree.kind(MODULES) != "folder":
        return "\0"
    inside = os.path.relpath(os.path.realpath(os.path.dirname(os.path.abspath(lock))), os.path.realpath(tree.root)).replace(os.sep, "/")
    if inside not in (".", "..") and not inside.startswith("../") and tree.kind(f"{inside}/{MODULES}") == "folder":
        return f"{inside}/"
    if len(ledgers) == 1 and tree.kind(MODULES) != "folder":
        return ledgers[0].top.removesuffix(MODULES)
    return ""


def is_version(item: Component) -> bool:
    return item.source is None or item.source.kind == "index"


def text_of(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""
