"""pdm.lock. Format: PDM's code, `project/lockfile`; the fields of a package are those of its `Candidate`.

One `[[package]]` is one version with one set of extras: `httpx` and `httpx[socks]` are two rows of one component.
Files stood in `[metadata.files]` before lock version 4.3, groups were called sections before 4.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.fields import require, type_name
from sbomgate.collectors.lockfiles.provenance import ARCHIVES
from sbomgate.collectors.lockfiles.requirements import EDITABLE, EXTRAS, MARKER
from sbomgate.collectors.lockfiles.rows import MAX_MARKER, LockReader, Noun, Row, requirement_name, shown
from sbomgate.collectors.lockfiles.uv_lock import header_lines
from sbomgate.errors import CollectError
from sbomgate.purl import canonical_name
from sbomgate.tree import SourceFile
from sbomgate.versions import allows

MAJORS: Final = ("2", "3", "4")

_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*package[ \t]*\]\]", re.MULTILINE)
_SPECIFIER: Final = re.compile(r"[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*\(?([^;@)]*)").match
_VCS: Final = ("git", "hg", "svn", "bzr")
_DEFAULT: Final = "default"


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package and version; CollectError if `file` is no lockfile of PDM."""
    document = file.toml()
    if "package" not in document and "metadata" not in document:
        raise CollectError("neither 'package' nor 'metadata' in it", file.path, fix="run `pdm lock`")
    return iter(_Reader(file, document).read())


class _Reader(LockReader):
    fix = "run `pdm lock`"

    def __init__(self, file: SourceFile, document: dict[str, Any]) -> None:
        super().__init__(file)
        self.document = document
        self.files: dict[str, Any] = {}
        self.known: dict[tuple[str, ...], Row] = {}
        self.tables: list[tuple[Row, dict[str, Any], str]] = []
        """Each row of the file with the row that it became part of."""
        self.grouped: dict[int, set[str]] = {}

    def read(self) -> list[Noun]:
        metadata = self.soft(self.document, "metadata", dict, "") or {}
        version = self.soft(metadata, "lock_version", str, "metadata")
        if version is not None and version.partition(".")[0] not in MAJORS:
            what = f"unknown version {shown(version)}"
            self.problem(what, "metadata.lock_version", f"read as version {MAJORS[-1]}; scan with a newer sbomgate")
        self.files = self.soft(metadata, "files", dict, "metadata") or {}
        tables = self.soft(self.document, "package", list, "") or []
        lines = header_lines(self.file.text(), _HEADER, len(tables))
        for index, (table, line) in enumerate(zip(tables, lines, strict=True)):
            try:
                self._package(table, f"package[{index}]", line)
            except CollectError as error:
                self.problem(error.what, error.where)
        for row, table, where in self.tables:
            self._edges(row, table, where)
        self._need()
        return self.components()

    def _package(self, table: Any, where: str, line: int) -> None:
        name = canonical_name(require(table, "name", str, self.file, where))
        version = self.soft(table, "version", str, where) or ""
        place = [str(table[key]) for key in (*_VCS, "revision", "url", "path") if key in table]
        row = self.known.get((name, version, *place))
        if row is None:
            row = self.known[name, version, *place] = Row(name, version, line, where, table)
            self._files(row)
            self._source(row)
            if marker := self.soft(table, "marker", str, where):
                row.properties.add((MARKER, marker[:MAX_MARKER]))
            if self.soft(table, "editable", bool, where):
                row.properties.add((EDITABLE, "true"))
            self.add(row)
        if extras := self.texts(table, "extras", where):
            row.properties.add((EXTRAS, ",".join(sorted(set(map(canonical_name, extras))))))
        groups = self.texts(table, "groups" if "groups" in table else "sections", where)
        self.grouped.setdefault(row.index, set()).update(groups)
        self.tables.append((row, table, where))

    def _files(self, row: Row) -> None:
        if "files" in row.table:
            entries, where = self.soft(row.table, "files", list, row.where) or [], f"{row.where}.files"
        else:
            key = next((key for key in (f"{row.table['name']} {row.version}", f"{row.name} {row.version}") if key in self.files), "")
            entries, where = self.files.get(key, []), f"metadata.files.{key}"
            if not isinstance(entries, list):
                self.problem(f"expected array, found {type_name(entries)}", where)
                entries = []
        for i, entry in enumerate(entries):
            place = f"{where}[{i}]"
            if not isinstance(entry, dict):
                self.problem(f"expected table, found {type_name(entry)}", place)
                continue
            written = self.soft(entry, "hash", str, place)
            digests = self.digests(row, [] if written is None else [written])
            self.artifact(row, self.soft(entry, "url", str, place) or "", self.soft(entry, "file", str, place) or "", digests)

    def _source(self, row: Row) -> None:
        table, where = row.table, row.where
        kind = next((key for key in (*_VCS, "url", "path") if key in table), "")
        text = self.soft(table, kind, str, where) or "" if kind else ""
        if kind in _VCS:
            commit = self.soft(table, "revision", str, where) or ""
            self.from_vcs(row, text, commit, self.soft(table, "ref", str, where) or "", kind)
        elif kind == "url" and not text.lower().startswith("file:"):
            self.from_url(row, text)
        elif kind:
            path = text.removeprefix("file://")
            self.from_path(row, path, is_archive=path.lower().endswith(ARCHIVES))
        else:
            self.from_index(row)

    def _edges(self, row: Row, table: dict[str, Any], where: str) -> None:
        for text in self.texts(table, "dependencies", where):
            found = self.named(requirement_name(text))
            if len(found) > 1 and (match := _SPECIFIER(text)):
                found = [other for other in found if allows(match[1].strip(), other.version) is not False] or found
            row.edges.update(other.index for other in found)
        row.edges.discard(row.index)

    def _need(self) -> None:
        """Set scope and groups. The lock does not tell an extra from a development group: pyproject.toml beside it does."""
        extras: set[str] | None = None
        for row in self.rows:
            groups = self.grouped.get(row.index, set())
            if not groups or _DEFAULT in groups:
                continue
            if extras is None:
                extras = self._project_extras(groups)
            row.groups = groups
            row.scope = 1 if groups & extras else 2

    def _project_extras(self, unknown: set[str]) -> set[str]:
        """The extras of the project; without a project file `unknown`, for nearer is safer."""
        project = self.file.sibling("pyproject.toml")
        if project is None:
            return unknown
        try:
            table = project.toml().get("project")
        except CollectError:
            return unknown  # told when the project file itself is read
        extras = table.get("optional-dependencies") if isinstance(table, dict) else None
        return set(extras) if isinstance(extras, dict) else set()
