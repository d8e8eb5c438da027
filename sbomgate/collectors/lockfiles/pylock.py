"""pylock.toml and pylock.NAME.toml. Format: PEP 751 and the PyPA specification "pylock.toml Specification".

A row has exactly one source: a repository, a folder, an archive, or the files of an index. What a package depends on is
written for people only, and many tools leave it out: an edge is given where it stands, none is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.fields import require, type_name
from sbomgate.collectors.lockfiles.requirements import EDITABLE, MARKER
from sbomgate.collectors.lockfiles.rows import MAX_MARKER, LockReader, Noun, Row, shown
from sbomgate.collectors.lockfiles.uv_lock import header_lines
from sbomgate.errors import CollectError
from sbomgate.model import Digest
from sbomgate.purl import canonical_name
from sbomgate.tree import SourceFile

MAJOR: Final = 1
MINOR: Final = 0
ATTESTED: Final = "sbomgate:python:attested-by"
"""Property: a publisher whose attestation the one who locked says to have seen. Nothing is verified here."""

_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*packages[ \t]*\]\]", re.MULTILINE)
_VERSION: Final = re.compile(r"([0-9]+)\.([0-9]+)").fullmatch
_SOURCES: Final = ("vcs", "directory", "archive")
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<paren>[()])|(?P<op>not\s+in\b|in\b|===?|~=|!=|<=?|>=?)|(?P<word>[A-Za-z_][\w.]*))"
)
_SETS: Final = ("extras", "dependency_groups")
_MAX_TERMS: Final = 2000  # of one marker; real ones have ten


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per `[[packages]]`; CollectError if `file` is no pylock.toml or of another major version."""
    document = file.toml()
    version = require(document, "lock-version", str, file)
    match = _VERSION(version)
    if match is None:
        raise CollectError(f"not a version of this format: {shown(version)}", file.path, "lock-version")
    if int(match[1]) != MAJOR:  # PEP 751: "If a tool doesn't support the major version, it MUST raise an error"
        raise CollectError(f"unknown version {shown(version)}", file.path, "lock-version", "scan with a newer sbomgate")
    return iter(_Reader(file, document, int(match[2])).read())


class _Reader(LockReader):
    fix = "lock again"

    def __init__(self, file: SourceFile, document: dict[str, Any], minor: int = 0) -> None:
        super().__init__(file)
        self.document = document
        self.minor = minor
        self.default_groups: frozenset[str] = frozenset()

    def read(self) -> list[Noun]:
        if self.minor > MINOR:
            self.nouns.append(
                f"{self.file.path}: version {MAJOR}.{self.minor} is newer than the {MAJOR}.{MINOR} that is known; fields it adds are not read"
            )
        self.default_groups = frozenset(map(canonical_name, self.texts(self.document, "default-groups", "")))
        rows = self.soft(self.document, "packages", list, "")
        if rows is None and "packages" not in self.document:
            self.problem("missing, expected array", "packages")
        lines = header_lines(self.file.text(), _HEADER, len(rows or ()))
        for index, (table, line) in enumerate(zip(rows or (), lines, strict=True)):
            try:
                self._package(table, f"packages[{index}]", line)
            except CollectError as error:
                self.problem(error.what, error.where)
        for row in self.rows:
            self._edges(row)
        return self.components()

    def _package(self, table: Any, where: str, line: int) -> None:
        name = canonical_name(require(table, "name", str, self.file, where))
        row = Row(name, self.soft(table, "version", str, where) or "", line, where, table)
        marker = self.soft(table, "marker", str, where) or ""
        if marker:
            row.properties.add((MARKER, marker[:MAX_MARKER]))
            self._need(row, marker)
        for i, identity in enumerate(self.soft(table, "attestation-identities", list, where) or ()):
            place = f"{where}.attestation-identities[{i}]"
            if isinstance(identity, dict):
                kind = self.soft(identity, "kind", str, place) or "?"
                rest = [f"{key}={value}" for key, value in sorted(identity.items()) if key != "kind" and isinstance(value, str)]
                row.properties.add((ATTESTED, " ".join((kind, *rest))[:MAX_MARKER]))
            else:
                self.problem(f"expected table, found {type_name(identity)}", place)
        self._source(row)
        self.add(row)

    def _source(self, row: Row) -> None:
        """Set source, artifacts, pin and purl. Source: PEP 751, the sections of `packages.vcs` to `packages.wheels`."""
        table, where = row.table, row.where
        present: list[str] = [key for key in _SOURCES if key in table]
        if "sdist" in table or "wheels" in table:
            present.append("sdist" if "sdist" in table else "wheels")
        if len(present) != 1:
            what = f"several sources: {', '.join(present)}" if present else "no source: neither vcs, directory, archive, sdist nor wheels"
            self.problem(what, where)
        kind = present[0] if present else ""
        place = f"{where}.{kind}"
        inner = self.soft(table, kind, dict, where) or {} if kind in _SOURCES else {}
        if kind == "vcs":
            url = self.soft(inner, "url", str, place) or self.soft(inner, "path", str, place) or ""
            commit = self.soft(inner, "commit-id", str, place) or ""
            reference = self.soft(inner, "requested-revision", str, place) or ("" if len(commit) in (40, 64) else commit)
            self.from_vcs(row, url, commit, reference, self.soft(inner, "type", str, place) or "git")
        elif kind == "directory":
            if self.soft(inner, "editable", bool, place):
                row.properties.add((EDITABLE, "true"))
            self.from_path(row, self.soft(inner, "path", str, place) or "", is_archive=False)
        elif kind == "archive":
            self._artifact(row, inner, place)
            url = self.soft(inner, "url", str, place)
            if url is not None and url.lower().startswith("file:"):  # pip writes so what it was given as a path
                self.from_path(row, url.removeprefix("file://"), is_archive=True)
            elif url is None and (path := self.soft(inner, "path", str, place)) is not None:
                self.from_path(row, path, is_archive=True)
            else:
                self.from_url(row, url or "")
        else:
            if (sdist := self.soft(table, "sdist", dict, where)) is not None:
                self._artifact(row, sdist, f"{where}.sdist")
            for i, wheel in enumerate(self.soft(table, "wheels", list, where) or ()):
                if isinstance(wheel, dict):
                    self._artifact(row, wheel, f"{where}.wheels[{i}]")
                else:
                    self.problem(f"expected table, found {type_name(wheel)}", f"{where}.wheels[{i}]")
            self.from_index(row, self.soft(table, "index", str, where) or "")

    def _artifact(self, row: Row, table: dict[str, Any], where: str) -> None:
        written: list[str] = []
        for alg, value in (self.soft(table, "hashes", dict, where) or {}).items():
            if isinstance(value, str):
                written.append(f"{alg}:{value}")
            else:
                self.problem(f"expected string, found {type_name(value)}", f"{where}.hashes.{alg}")
        digests: tuple[Digest, ...] = self.digests(row, written)
        url = self.soft(table, "url", str, where) or self.soft(table, "path", str, where) or ""
        self.artifact(row, url, self.soft(table, "name", str, where) or "", digests, self.soft(table, "size", int, where) or 0)

    def _need(self, row: Row, marker: str) -> None:
        """Set scope and groups: whether the marker can hold with the default groups, with an extra, or only with a group."""
        if not any(name in marker for name in _SETS):
            return
        terms = _parsed(marker)
        if terms is None:
            self.problem(f"not a marker: {shown(marker)}", f"{row.where}.marker")
            return
        mentioned: dict[str, set[str]] = {name: set() for name in _SETS}
        for term in terms:
            if isinstance(term, tuple):
                mentioned[term[1]].add(term[0])
        extras, groups = frozenset(mentioned["extras"]), frozenset(mentioned["dependency_groups"])
        if _holds(terms, frozenset(), self.default_groups):
            row.scope = 0
        else:
            row.scope = 1 if _holds(terms, extras, self.default_groups) else 2
            row.groups = set(extras | groups) - self.default_groups

    def _edges(self, row: Row) -> None:
        """An entry may name any keys of the row that it means. Source: PEP 751, `packages.dependencies`."""
        for i, entry in enumerate(self.soft(row.table, "dependencies", list, row.where) or ()):
            place = f"{row.where}.dependencies[{i}]"
            try:
                name = canonical_name(require(entry, "name", str, self.file, place))
            except CollectError as error:
                self.problem(error.what, error.where)
                continue
            found = self.named(name)
            if len(found) > 1:
                wanted = {key: value for key, value in entry.items() if key != "name"}
                found = [other for other in found if all(other.table.get(key) == value for key, value in wanted.items())] or found
            row.edges.update(other.index for other in found)


Term = str | tuple[str, str, bool]
"""`(`, `)`, `and`, `or`, `?` for what depends on the machine, or (name, set, whether it must be in it)."""


def _parsed(marker: str) -> list[Term] | None:
    """The terms of a marker; None if it is none. Only `in` and `not in` of extras and groups are told apart."""
    terms: list[Term] = []
    operands: list[str] = []
    at, end = 0, len(marker.rstrip())
    while at < end:
        match = _TOKEN.match(marker, at)
        if match is None or len(terms) > _MAX_TERMS:
            return None
        at = match.end()
        if (word := match["word"]) in ("and", "or") or match["paren"]:
            if operands:
                return None
            terms.append(word or match["paren"])
            continue
        if (match["op"] is not None) is not (len(operands) == 1):
            return None  # an operator stands between two operands and nowhere else
        operands.append(match[match.lastgroup or 0].strip())
        if len(operands) == 3:
            left, operator, right = operands
            operands = []
            if right in _SETS and left[0] in "'\"" and operator.endswith("in"):
                terms.append((canonical_name(left[1:-1]), right, operator == "in"))
            else:
                terms.append("?")
    return None if operands or not terms else terms


def _holds(terms: list[Term], extras: frozenset[str], groups: frozenset[str]) -> bool:
    """Whether the marker can hold on some machine, with these extras and groups. `and` binds closer than `or` (PEP 508)."""
    values: list[bool] = []
    pending: list[str] = []

    def reduce(*, down_to_or: bool) -> None:
        while pending and (pending[-1] == "and" or (down_to_or and pending[-1] == "or")) and len(values) > 1:
            right = values.pop()
            values[-1] = (values[-1] and right) if pending.pop() == "and" else (values[-1] or right)

    for term in terms:
        if isinstance(term, tuple):
            name, where, wanted = term
            values.append((name in (extras if where == "extras" else groups)) is wanted)
        elif term == "?":
            values.append(True)
        elif term == ")":
            reduce(down_to_or=True)
            if pending and pending[-1] == "(":
                pending.pop()
        else:
            if term == "or":
                reduce(down_to_or=False)
            pending.append(term)
    reduce(down_to_or=True)
    return values[0] if values else True
