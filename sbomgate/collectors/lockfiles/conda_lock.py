"""conda-lock.yml, the unified lockfile of conda-lock. Format: its code, `lockfile/v1/models.py`.

A row is one artifact for one platform, of conda or of pip; a row that several categories need is written once for each.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.fields import require, type_name
from sbomgate.collectors.lockfiles.provenance import filename
from sbomgate.collectors.lockfiles.rows import MAX_VERSIONS, LockReader, Noun, Row, shown
from sbomgate.errors import CollectError
from sbomgate.model import Location, Pin, Setting, Source
from sbomgate.purl import canonical_name, generic, pypi
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile
from sbomgate.yaml_text import YamlDocument

VERSION: Final = 1
PLATFORM: Final = "sbomgate:conda:platform"

_ENDS: Final = (".conda", ".tar.bz2")
_CATEGORIES: Final = {"main": 0, "dev": 2}
_MAX_DUPLICATES: Final = 50
_VCS: Final = re.compile(r"(git|hg|svn|bzr)\+").match


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per artifact; CollectError if `file` is no lockfile of conda-lock."""
    documents = file.yaml()
    document = documents[0].value if documents else None
    if not isinstance(document, dict) or not ("package" in document or "metadata" in document):
        raise CollectError("neither 'package' nor 'metadata' in it", file.path, fix="run `conda-lock`")
    return iter(_Reader(file, documents).read())


class _Reader(LockReader):
    fix = "run `conda-lock`"

    def __init__(self, file: SourceFile, documents: list[YamlDocument]) -> None:
        super().__init__(file)
        self.documents = documents
        self.document: Any = documents[0].value
        self.known: dict[tuple[str, ...], Row] = {}
        self.found: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
        """Platform, manager, name → rows."""

    def read(self) -> list[Noun]:
        if len(self.documents) > 1:
            self.problem(f"{len(self.documents)} documents in one file; the first one is read", "")
        for place, line in self.documents[0].duplicates[:_MAX_DUPLICATES]:
            self.problem(f"stands twice in its table (line {line}); the last one is read", place)
        version = self.document.get("version")
        if isinstance(version, bool) or version != VERSION:
            self.problem(f"unknown version {shown(version)}", "version", f"read as version {VERSION}; scan with a newer sbomgate")
        self._channels()
        for index, table in enumerate(self.soft(self.document, "package", list, "") or ()):
            try:
                self._package(table, f"package[{index}]", self.documents[0].line(table))
            except CollectError as error:
                self.problem(error.what, error.where)
        for row in self.rows:
            self._edges(row)
        return self.components()

    def _channels(self) -> None:
        metadata = self.soft(self.document, "metadata", dict, "") or {}
        for i, channel in enumerate(self.soft(metadata, "channels", list, "metadata") or ()):
            if isinstance(channel, (str, dict)):
                url = channel if isinstance(channel, str) else self.soft(channel, "url", str, f"metadata.channels[{i}]") or ""
                line = self.documents[0].line(channel)
                self.secret(url, line)
                self.nouns.append(Setting("channel", redacted_url(url), Location(self.file.path, line)))
            else:
                self.problem(f"expected table, found {type_name(channel)}", f"metadata.channels[{i}]")

    def _package(self, table: Any, where: str, line: int) -> None:
        name = require(table, "name", str, self.file, where)
        version = self._version(table, where)
        manager = self.soft(table, "manager", str, where) or "conda"
        platform = self.soft(table, "platform", str, where) or ""
        url = self.soft(table, "url", str, where) or ""
        if manager not in ("conda", "pip"):
            self.problem(f"unknown manager {shown(manager)}", f"{where}.manager", "scan with a newer sbomgate")
        name = canonical_name(name) if manager == "pip" else name.lower()
        category = self.soft(table, "category", str, where) or "main"
        scope = _CATEGORIES.get(category, 1)
        row = self.known.get((manager, platform, name, version, url))
        if row is None:
            row = self.known[manager, platform, name, version, url] = Row(name, version, line, where, table)
            row.scope = scope
            row.groups = set() if scope == 0 else {category}
            self._artifact(row, manager, platform, url)
            self.add(row)
            self.found[platform, manager, name].append(row)
            return
        row.more.append(line)
        if scope == 0 or row.scope == 0:
            row.scope, row.groups = 0, set()
        else:
            row.scope = min(row.scope, scope)
            row.groups.add(category)

    def _version(self, table: Any, where: str) -> str:
        value = table.get("version")
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)  # `version: 9`, written without quotation marks
        return self.soft(table, "version", str, where) or ""

    def _artifact(self, row: Row, manager: str, platform: str, url: str) -> None:
        where = f"{row.where}.hash"
        written = []
        for alg, value in (self.soft(row.table, "hash", dict, row.where) or {}).items():
            if isinstance(value, str):
                written += [f"{alg}:{value}"] if value else []  # empty for a virtual package, `__osx`, which early versions wrote
            elif value is not None:
                self.problem(f"expected string, found {type_name(value)}", f"{where}.{alg}")
        if manager == "pip" and _VCS(url):
            repository, at, commit = url.partition("#")[0].rpartition("@")
            if not at or "/" not in repository.partition("://")[2]:  # the only @ belongs to a login
                repository, commit = url.partition("#")[0], ""
            self.from_vcs(row, repository, commit, commit)
            return
        self.artifact(row, url, "", self.digests(row, written))
        if platform:
            row.properties.add((PLATFORM, platform))
        if manager == "pip":
            self.from_index(row)
            row.purl = pypi(row.name, row.version)
            return
        clean = redacted_url(url)
        channel, _, subdir = clean.rpartition("/")[0].rpartition("/")
        file = filename(url)
        end = next((end for end in _ENDS if file.endswith(end)), "")
        start = f"{row.name}-{row.version}-"
        is_named = end and file.startswith(start)
        build = file[len(start) : len(file) - len(end)] if is_named else self.soft(row.table, "build", str, row.where) or ""
        row.source = Source("index", channel)
        row.pin = Pin.HASHED if row.is_strong else Pin.EXACT if row.version else Pin.NONE
        row.purl = generic(
            "conda", row.name, row.version, build=build, channel=channel.rpartition("/")[2], subdir=subdir, type=end.removeprefix(".")
        )

    def _edges(self, row: Row) -> None:
        written = row.table.get("platform")
        platform = written if isinstance(written, str) else ""
        is_pip = row.purl.startswith("pkg:pypi/")
        for name in self.soft(row.table, "dependencies", dict, row.where) or {}:
            # a package of pip may need one of conda; never the other way, but for pip itself, which conda writes by its name
            keys = ((platform, "pip", canonical_name(name)), (platform, "conda", name.lower()))
            found = next((rows for key in (keys if is_pip else keys[::-1]) if (rows := self.found.get(key))), [])
            row.edges.update(other.index for other in found[:MAX_VERSIONS])
