"""Pipfile.lock. Format: pipenv's documentation, "Pipfile & Pipfile.lock"; the specification number 6 of its `_meta`.

`default`, `develop` and any category of the project's own are tables of packages. A package has no edges, and its hashes
are not told apart: any file with one of them may be installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.provenance import ARCHIVES
from sbomgate.collectors.lockfiles.requirements import EDITABLE, EXTRAS, MARKER
from sbomgate.collectors.lockfiles.rows import MAX_MARKER, LockReader, Noun, Row, shown
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Component, Location, Pin, Setting
from sbomgate.purl import canonical_name, pypi
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, parse_json

SPECIFICATION: Final = 6
CATEGORY: Final = "cdx:pipenv:category"

_VCS: Final = ("git", "hg", "svn", "bzr")
_SCOPES: Final = {"default": 0, "develop": 2}
_MAX_LOST: Final = 50  # keys that are searched for in vain before lines are given up: each is a whole pass


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package and source; CollectError if `file` is no lockfile of pipenv."""
    text = file.text()
    document = parse_json(text, file.path)
    if not isinstance(document, dict):
        raise CollectError(f"expected table, found {type_name(document)}", file.path, fix="run `pipenv lock`")
    if not any(key in document for key in ("_meta", "default", "develop")):
        raise CollectError("neither '_meta' nor 'default' in it", file.path, fix="run `pipenv lock`")
    return iter(_Reader(file, text, document).read())


class _Reader(LockReader):
    fix = "run `pipenv lock`"

    def __init__(self, file: SourceFile, text: str, document: dict[str, Any]) -> None:
        super().__init__(file)
        self.text = text
        self.document = document
        self.indexes: dict[str, str] = {}
        self.first_index = ""
        self.at = 0
        self.line = 1
        self.lost = 0

    def read(self) -> list[Noun]:
        for key in duplicate_keys(self.text):
            self.problem("stands twice in its table; the last one is read", key)
        self._meta()
        for section in self.document:
            if section == "_meta":
                continue
            self._line_of(section)
            for name, table in (self.soft(self.document, section, dict, "") or {}).items():
                line = self._line_of(name)
                where = f"{section}.{name}"
                if isinstance(table, dict):
                    self._package(name, table, where, line, section)
                else:
                    self.problem(f"expected table, found {type_name(table)}", where)
        return [*self._joined(), *self.nouns]

    def _meta(self) -> None:
        line = self._line_of("_meta")
        meta = self.soft(self.document, "_meta", dict, "") or {}
        number = meta.get("pipfile-spec")
        if number is not None and (isinstance(number, bool) or number != SPECIFICATION):
            fix = f"read as version {SPECIFICATION}; scan with a newer sbomgate"
            self.problem(f"unknown version {shown(number)}", "_meta.pipfile-spec", fix)
        for i, source in enumerate(self.soft(meta, "sources", list, "_meta") or ()):
            place = f"_meta.sources[{i}]"
            url = self.soft(source, "url", str, place)
            if url is None:
                continue
            self.secret(url, line)
            clean = redacted_url(url)
            self.nouns.append(Setting("index-url", clean, Location(self.file.path, line)))
            if self.soft(source, "verify_ssl", bool, place) is False:
                host = clean.partition("://")[2].partition("/")[0].rpartition("@")[2]
                self.nouns.append(Setting("trusted-host", host, Location(self.file.path, line)))
            self.indexes[self.soft(source, "name", str, place) or ""] = clean
            self.first_index = self.first_index or clean

    def _package(self, written: str, table: dict[str, Any], where: str, line: int, section: str) -> None:
        version = self.soft(table, "version", str, where) or ""
        exact = version.lstrip("=").strip() if version.startswith("==") and not version.endswith("*") and "," not in version else ""
        row = Row(canonical_name(written), exact, line, where, table)
        row.scope = _SCOPES.get(section, 1)
        row.groups = set() if section == "default" else {section}
        row.properties.update([(CATEGORY, section)] if section else ())
        digests = self.digests(row, self.texts(table, "hashes", where))
        row.artifacts = [Artifact("", "", (digest,)) for digest in dict.fromkeys(digests)]
        if marker := self.soft(table, "markers", str, where):
            row.properties.add((MARKER, marker[:MAX_MARKER]))
        if extras := self.texts(table, "extras", where):
            row.properties.add((EXTRAS, ",".join(sorted(set(map(canonical_name, extras))))))
        if self.soft(table, "editable", bool, where):
            row.properties.add((EDITABLE, "true"))
        self._source(row, table, where, version)
        self.add(row)

    def _source(self, row: Row, table: dict[str, Any], where: str, version: str) -> None:
        kind = next((key for key in (*_VCS, "file", "path") if key in table), "")
        text = self.soft(table, kind, str, where) or "" if kind else ""
        if kind in _VCS:
            self.from_vcs(row, text, "", self.soft(table, "ref", str, where) or "", kind)
        elif kind == "file" and "://" in text and not text.lower().startswith("file:"):
            self.from_url(row, text)
        elif kind:
            path = text.removeprefix("file://")
            self.from_path(row, path, is_archive=path.lower().endswith(ARCHIVES))
        else:
            index = self.soft(table, "index", str, where)
            self.from_index(row, self.indexes.get(index, self.first_index) if index is not None else self.first_index)
            if not row.version:
                row.pin = Pin.RANGE if version not in ("", "*") else Pin.NONE
                row.requirement = version
                row.purl = pypi(row.name)

    def _joined(self) -> list[Component]:
        """One component for a package that stands in several sections alike, the nearest first."""
        found: dict[tuple[Any, ...], Component] = {}
        for row in sorted(self.rows, key=lambda row: row.scope):
            component = self.component(row)
            key = (component.purl, component.hashes, component.source, component.requirement)
            if (known := found.get(key)) is None:
                found[key] = component
            else:
                groups = set(known.groups) | set(component.groups) if known.scope != "runtime" else set()
                found[key] = replace(
                    known,
                    locations=(*known.locations, *component.locations),
                    groups=tuple(sorted(groups)),
                    properties=tuple(sorted({*known.properties, *component.properties})),
                )
        return list(found.values())

    def _line_of(self, key: str) -> int:
        """The line of the next `"key":`, in document order; 0 if it is not found."""
        if self.lost > _MAX_LOST:
            return 0
        for quoted in dict.fromkeys((json.dumps(key, ensure_ascii=False), json.dumps(key))):
            found = self.text.find(quoted, self.at)
            while found >= 0:
                after = found + len(quoted)
                if self.text[after : after + 20].lstrip()[:1] == ":":
                    self.line += self.text.count("\n", self.at, found)
                    self.at = found
                    return self.line
                found = self.text.find(quoted, after)
        self.lost += 1
        return 0


def duplicate_keys(text: str) -> list[str]:
    """The keys of JSON that stand twice in one table, each once, in order. `text` is known to be JSON."""
    found: dict[str, None] = {}

    def build(pairs: list[tuple[str, Any]]) -> None:
        if len({key for key, _ in pairs}) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    found[key] = None
                seen.add(key)

    json.loads(text, object_pairs_hook=build)
    return list(found)
