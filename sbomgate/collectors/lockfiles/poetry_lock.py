"""poetry.lock of Poetry 0.12 to 2. Format: Poetry's code, `packages/locker.py`; there is no other description.

What changed: files stood in `[metadata.hashes]` (0.12), then in `[metadata.files]` (lock version 1), now in each package
(2.0); `category` told main from dev until 1.4, nothing did in 1.5 to 1.8 (pyproject.toml does), `groups` do since 2.0 (lock version 2.1).
The project itself is not in the file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Any, Final

from sbomgate.collectors.fields import require, type_name
from sbomgate.collectors.lockfiles.provenance import from_filename
from sbomgate.collectors.lockfiles.requirements import EDITABLE, MARKER
from sbomgate.collectors.lockfiles.rows import MAX_GROUPS, MAX_MARKER, MAX_VERSIONS, LockReader, Noun, Row, requirement_name, shown
from sbomgate.collectors.lockfiles.uv_lock import MAX_STEPS, header_lines
from sbomgate.errors import CollectError
from sbomgate.purl import canonical_name
from sbomgate.tree import SourceFile
from sbomgate.versions import allows, public

GROUP: Final = "cdx:poetry:group"
MAJORS: Final = (1, 2)
MINOR: Final = 1
"""The newest known of the last of MAJORS."""

_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*package[ \t]*\]\]", re.MULTILINE)
_VERSION: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?").fullmatch
_MAIN: Final = ("main", "default")


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per `[[package]]`; CollectError if `file` is no lockfile of Poetry."""
    document = file.toml()
    if "package" not in document and "metadata" not in document:
        raise CollectError("neither 'package' nor 'metadata' in it", file.path, fix="run `poetry lock`")
    return iter(_Reader(file, document).read())


class _Reader(LockReader):
    fix = "run `poetry lock`"

    def __init__(self, file: SourceFile, document: dict[str, Any]) -> None:
        super().__init__(file)
        self.document = document
        self.metadata: dict[str, Any] = {}
        self.old_files: dict[str, Any] = {}
        self.old_hashes: dict[str, Any] = {}
        self.optional: set[int] = set()
        self.by_version: dict[str, dict[str, list[tuple[int, Any]]]] = {}
        """Name → version, as far as the name of a file tells it → entries of `metadata.files`."""

    def read(self) -> list[Noun]:
        document = self.document
        self.metadata = self.soft(document, "metadata", dict, "") or {}
        self._version()
        for key in ("files", "hashes"):
            found = self.soft(self.metadata, key, dict, "metadata") or {}
            setattr(self, f"old_{key}", {canonical_name(name): entries for name, entries in found.items()})
        rows = self.soft(document, "package", list, "") or []
        lines = header_lines(self.file.text(), _HEADER, len(rows))
        for index, (table, line) in enumerate(zip(rows, lines, strict=True)):
            try:
                self._package(table, f"package[{index}]", line)
            except CollectError as error:
                self.problem(error.what, error.where)
        for row in self.rows:
            self._files(row)  # here: only now is it known which names stand for several versions
            self._source(row)
            self._edges(row)
        self._extras()
        if self.rows and not any("groups" in row.table or "category" in row.table for row in self.rows):
            self._groups_of_project()
        return self.components()

    def _version(self) -> None:
        version = self.soft(self.metadata, "lock-version", str, "metadata")
        if version is None:
            return  # Poetry before 1.0 wrote none
        match = _VERSION(version)
        if match is None or int(match[1]) not in MAJORS:
            what = f"unknown version {shown(version)}"
            self.problem(what, "metadata.lock-version", f"read as version {MAJORS[-1]}.{MINOR}; scan with a newer sbomgate")
        elif int(match[1]) == MAJORS[-1] and int(match[2] or 0) > MINOR:
            self.nouns.append(
                f"{self.file.path}: version {version} is newer than the {MAJORS[-1]}.{MINOR} that is known; fields it adds are not read"
            )

    def _package(self, table: Any, where: str, line: int) -> None:
        name = canonical_name(require(table, "name", str, self.file, where))
        row = Row(name, self.soft(table, "version", str, where) or "", line, where, table)
        groups = self._groups(row)
        is_optional = bool(self.soft(table, "optional", bool, where))
        if not groups or any(group in _MAIN for group in groups):
            row.scope = 1 if is_optional else 0
        else:
            row.scope = 2
            row.groups = set(groups)
        row.properties.update((GROUP, group) for group in groups[:MAX_GROUPS] if group)
        markers = table.get("markers", table.get("marker"))  # `marker` before 1.0
        if isinstance(markers, dict):  # one for each group
            texts = [f"{group}: {text}" for group, text in markers.items() if isinstance(text, str)]
        else:
            texts = [markers] if isinstance(markers, str) else []
            if markers is not None and not texts:
                self.problem(f"expected string, found {type_name(markers)}", f"{where}.markers")
        row.properties.update((MARKER, text[:MAX_MARKER]) for text in texts)
        if self.soft(table, "develop", bool, where):
            row.properties.add((EDITABLE, "true"))
        self.add(row)
        if is_optional:
            self.optional.add(row.index)

    def _groups(self, row: Row) -> list[str]:
        if "groups" in row.table:
            return self.texts(row.table, "groups", row.where)
        category = self.soft(row.table, "category", str, row.where)
        return [category] if category else []

    def _files(self, row: Row) -> None:
        """Artifacts, from the first of the three places that knows the package."""
        if "files" in row.table:
            entries, where = self.soft(row.table, "files", list, row.where) or [], f"{row.where}.files"
        else:
            entries, where = self.old_files.get(row.name, []), f"metadata.files.{row.name}"
            if not isinstance(entries, list):
                self.problem(f"expected array, found {type_name(entries)}", where)
                entries = []
        is_shared = len(self.by_name[row.name]) > 1 and "files" not in row.table
        for i, entry in self._of_version(row, entries) if is_shared else enumerate(entries):
            place = f"{where}[{i}]"
            if not isinstance(entry, dict):
                self.problem(f"expected table, found {type_name(entry)}", place)
                continue
            name = self.soft(entry, "file", str, place) or ""
            written = self.soft(entry, "hash", str, place)
            digests = self.digests(row, [] if written is None else [written])
            self.artifact(row, self.soft(entry, "url", str, place) or "", name, digests)
        is_crowded = len(self.by_name[row.name]) > MAX_VERSIONS
        hashes = self.old_hashes.pop(row.name, []) if is_crowded else self.old_hashes.get(row.name, [])
        if isinstance(hashes, list):
            row.hashes += self.digests(row, [f"sha256:{text}" for text in hashes if isinstance(text, str)])
        else:
            self.problem(f"expected array, found {type_name(hashes)}", f"metadata.hashes.{row.name}")

    def _of_version(self, row: Row, entries: list[Any]) -> list[tuple[int, Any]]:
        """Those of `entries`, the files of all versions of a name, that are of the version of `row` or do not tell theirs.

        Where the name has too many rows, which `named` tells, a file goes to the first row that it may belong to.
        """
        if row.name not in self.by_version:
            versions: defaultdict[str, list[tuple[int, Any]]] = defaultdict(list)
            for i, entry in enumerate(entries):
                file = entry.get("file") if isinstance(entry, dict) else None
                versions[public(from_filename(file)[1]) if isinstance(file, str) else ""].append((i, entry))
            self.by_version[row.name] = versions
        known = self.by_version[row.name]
        keys = dict.fromkeys((public(row.version), ""))
        is_crowded = len(self.named(row.name)) < len(self.by_name[row.name])
        found = [pair for key in keys for pair in (known.pop(key, ()) if is_crowded else known.get(key, ()))]
        return sorted(
            (pair for pair in found if not _is_of_another(pair[1], row.version)),
            key=itemgetter(0),
        )

    def _source(self, row: Row) -> None:
        """Set source, pin and purl. Source: Poetry's `packages/locker.py`, `_get_locked_package`."""
        source, place = self.soft(row.table, "source", dict, row.where) or {}, f"{row.where}.source"
        kind = self.soft(source, "type", str, place) or ""
        url = self.soft(source, "url", str, place) or ""
        if kind == "git":
            commit = self.soft(source, "resolved_reference", str, place) or ""
            self.from_vcs(row, url, commit, self.soft(source, "reference", str, place) or "")
        elif kind == "url":
            self.from_url(row, url)
        elif kind in ("file", "directory"):
            self.from_path(row, url, is_archive=kind == "file")
        else:
            if kind not in ("", "legacy"):
                self.problem(f"unknown kind of source: {shown(kind)}", f"{place}.type", "scan with a newer sbomgate")
            self.from_index(row, url)  # without a source: the public index

    def _edges(self, row: Row) -> None:
        for name, written in (self.soft(row.table, "dependencies", dict, row.where) or {}).items():
            place = f"{row.where}.dependencies.{name}"
            for wanted in written if isinstance(written, list) else [written]:
                if isinstance(wanted, dict):
                    constraint = self.soft(wanted, "version", str, place) or "*"
                elif isinstance(wanted, str):
                    constraint = wanted
                else:
                    self.problem(f"expected string or table, found {type_name(wanted)}", place)
                    continue
                found = self.named(canonical_name(name))
                if len(found) > 1:
                    found = [other for other in found if allows(constraint, other.version, poetry=True) is not False] or found
                row.edges.update(other.index for other in found)

    def _groups_of_project(self) -> None:
        """Say what only development groups need: Poetry 1.5 to 1.8 left it to pyproject.toml."""
        project = self.file.sibling("pyproject.toml")
        if project is None:
            return
        try:
            main, groups = _wanted(project.toml())
        except CollectError:
            return  # told when the project file itself is read
        if len(groups) > MAX_GROUPS:
            self.problem(f"more than {MAX_GROUPS} groups in pyproject.toml; the first ones are followed", "", "look at it by hand")
        needed = self._below(main)
        steps = 0
        for group, names in islice(groups.items(), MAX_GROUPS):
            if steps > MAX_STEPS:
                self.problem(f"more than {MAX_STEPS} edges below groups; not all groups of a package are told", "", "look at it by hand")
                break
            found = self._below(names)
            steps += sum(1 + len(self.rows[index].edges) for index in found)
            for index in found - needed:
                self.rows[index].scope = 2
                self.rows[index].groups.add(group)

    def _below(self, names: Iterable[str]) -> set[int]:
        """The rows of the packages of these names, and of all that they need."""
        pending = [row.index for name in names for row in self.named(name)]
        found = set(pending)
        while pending:
            more = self.rows[pending.pop()].edges - found
            found |= more
            pending += more
        return found

    def _extras(self) -> None:
        """Name the extras that bring in what is optional: those of the project, in `[extras]`."""
        extras = self.soft(self.document, "extras", dict, "") or {}
        if len(extras) > MAX_GROUPS:
            self.problem(f"more than {MAX_GROUPS} extras; the first ones are followed", "extras", "look at it by hand")
        steps = 0
        for extra, names in islice(extras.items(), MAX_GROUPS):
            if not isinstance(names, list):
                self.problem(f"expected array, found {type_name(names)}", f"extras.{extra}")
                continue
            if steps > MAX_STEPS:
                self.problem(
                    f"more than {MAX_STEPS} edges below extras; not all extras of a package are told", "extras", "look at it by hand"
                )
                break
            pending = [row for name in names if isinstance(name, str) for row in self.by_name.get(canonical_name(name), [])]
            while pending:
                row = pending.pop()
                if row.index in self.optional and extra not in row.groups:
                    row.groups.add(extra)
                    pending += [self.rows[index] for index in row.edges]
                    steps += len(row.edges)


def _wanted(project: dict[str, Any]) -> tuple[set[str], dict[str, set[str]]]:
    """The names that a pyproject.toml asks for: for use, and by development group. What is of another type is told elsewhere."""
    table = _table(project, "project")
    poetry = _table(project, "tool", "poetry")
    extras = _table(table, "optional-dependencies").values()
    texts = [text for texts in (table.get("dependencies"), *extras) if isinstance(texts, list) for text in texts if isinstance(text, str)]
    main = {*map(requirement_name, texts), *map(canonical_name, _table(poetry, "dependencies"))}
    groups = {name: _table(_table(poetry, "group"), name, "dependencies") for name in _table(poetry, "group")}
    groups["dev"] = {**groups.get("dev", {}), **_table(poetry, "dev-dependencies")}  # until Poetry 1.2
    return main, {name: set(map(canonical_name, wanted)) for name, wanted in groups.items()}


def _table(holder: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The table below `keys`; an empty one if it is not there."""
    for key in keys:
        found = holder.get(key)
        holder = found if isinstance(found, dict) else {}
    return holder


def _is_of_another(entry: Any, version: str) -> bool:
    """Whether the name of a file tells another version."""
    file = entry.get("file") if isinstance(entry, dict) else None
    return isinstance(file, str) and bool(own := from_filename(file)[1]) and allows(f"=={version}", own) is False
