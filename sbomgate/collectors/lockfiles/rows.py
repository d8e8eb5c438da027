"""What the readers of Python's lockfiles share: rows with edges, how near each is needed, and problems that lose nothing.

A row is one entry of a lockfile. It becomes a Component when all rows are known, for an edge names only a package.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sbomgate.collectors.fields import optional, type_name
from sbomgate.collectors.lockfiles.integrity import STRONG, malformed_properties, parse_hash
from sbomgate.collectors.lockfiles.provenance import credentials, filename, from_filename, vcs, vcs_pin, vcs_url
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Component, Digest, Location, Origin, Pin, Problem, ProjectFile, Setting, Source
from sbomgate.purl import canonical_name, pypi
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile

SCOPES: Final = ("runtime", "optional", "dev")
"""The nearest first."""
MAX_MARKER: Final = 1000
MAX_VERSIONS: Final = 100
"""Rows of one name that an edge may mean; forks for each platform make ten. More would be quadratic."""
MAX_GROUPS: Final = 500
"""Extras that are followed one by one."""
_SHOWN: Final = 80

Noun = Component | Problem | ProjectFile | Setting | str


class Row:
    """One entry of a lockfile while the edges are being resolved."""

    __slots__ = (
        "artifacts", "edges", "groups", "hashes", "index", "line", "malformed", "more", "name", "origin", "pin", "properties", "purl", "requirement",
        "scope", "source", "table", "version", "where",
    )  # fmt: skip

    def __init__(self, name: str, version: str, line: int, where: str, table: dict[str, Any]) -> None:
        self.name, self.version, self.line = name, version, line
        self.where, self.table = where, table
        self.index = 0
        self.more: list[int] = []
        """Further lines that state the same."""
        self.purl = ""
        self.pin = Pin.NONE
        self.origin = Origin.LOCKED
        self.requirement = ""
        self.source: Source | None = None
        self.artifacts: list[Artifact] = []
        self.hashes: list[Digest] = []
        """Of artifacts that the row does not tell apart."""
        self.malformed: list[str] = []
        self.properties: set[tuple[str, str]] = set()
        self.edges: set[int] = set()
        self.scope = 0
        """An index of SCOPES."""
        self.groups: set[str] = set()

    @property
    def is_strong(self) -> bool:
        """Whether a strong hash stands for everything that may be installed for the row."""
        if self.hashes and not self.artifacts:
            return _has_strong(self.hashes)
        return bool(self.artifacts) and all(_has_strong(artifact.digests) for artifact in self.artifacts)


def _has_strong(digests: Iterable[Digest]) -> bool:
    return not STRONG.isdisjoint([digest.alg for digest in digests])


class LockReader:
    """One pass over one lockfile; the base of each format's reader."""

    fix = "run the tool that wrote it again"

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.nouns: list[Noun] = []
        self.rows: list[Row] = []
        self.by_name: defaultdict[str, list[Row]] = defaultdict(list)
        self._told: set[tuple[str, str]] = set()

    def add(self, row: Row) -> None:
        row.index = len(self.rows)
        self.rows.append(row)
        self.by_name[row.name].append(row)

    def named(self, name: str) -> list[Row]:
        """The rows of the package `name`, which is normalised."""
        found = self.by_name.get(name, [])
        if len(found) > MAX_VERSIONS:
            if ("name", name) not in self._told:
                self._told.add(("name", name))
                self.problem(f"{name!r} has more than {MAX_VERSIONS} rows; an edge to it means the first ones", "", "look at it by hand")
            return found[:MAX_VERSIONS]
        return found

    def soft(self, table: Any, key: str, kind: type[Any], where: str) -> Any:
        """`fields.optional`, whose error becomes a Problem: the rest of the table is still read."""
        try:
            return optional(table, key, kind, self.file, where)
        except CollectError as error:
            self.problem(error.what, error.where)
            return None

    def texts(self, table: Any, key: str, where: str) -> list[str]:
        """The strings of an array; a Problem for what is none."""
        values: list[Any] = self.soft(table, key, list, where) or []
        if {*map(type, values)} <= {str}:
            return values
        found = []
        place = f"{where}.{key}" if where else key
        for i, value in enumerate(values):
            if isinstance(value, str):
                found.append(value)
            else:
                self.problem(f"expected string, found {type_name(value)}", f"{place}[{i}]")
        return found

    def problem(self, what: str, where: str, fix: str = "") -> None:
        self.nouns.append(Problem(path=self.file.path, what=what, where=where, fix=fix or self.fix))

    def secret(self, url: str, line: int) -> None:
        """Tell a login in `url`, once for each host."""
        if "@" in url and (secret := credentials(url)):
            host = redacted_url(url).partition("://")[2].partition("/")[0]
            if (secret, host) not in self._told:
                self._told.add((secret, host))
                self.nouns.append(Setting("credentials", secret, Location(self.file.path, line)))

    def digests(self, row: Row, written: Iterable[str]) -> tuple[Digest, ...]:
        """The digests in `alg:hex` texts; what is none is kept as malformed."""
        found = []
        for text in written:
            if digest := parse_hash(text):
                found.append(digest)
            else:
                row.malformed.append(text)
        return tuple(found)

    def artifact(self, row: Row, url: str, name: str, digests: Sequence[Digest], size: int = 0) -> None:
        self.secret(url, row.line)
        clean = redacted_url(url)
        row.artifacts.append(Artifact(clean, name or filename(clean.replace("\\", "/")), tuple(digests), max(size, 0)))

    def from_index(self, row: Row, url: str = "") -> None:
        self.secret(url, row.line)
        row.source = Source("index", redacted_url(url))
        row.pin = Pin.HASHED if row.is_strong else Pin.EXACT if row.version else Pin.NONE
        row.purl = pypi(row.name, row.version)

    def from_vcs(self, row: Row, url: str, commit: str, reference: str, kind: str = "git") -> None:
        self.secret(url, row.line)
        row.source = vcs(url if "+" in url.partition("://")[0] else f"{kind}+{url}", commit, reference)
        row.pin = vcs_pin(row.source)
        row.purl = pypi(row.name, row.version, vcs_url=vcs_url(row.source))

    def from_url(self, row: Row, url: str) -> None:
        self.secret(url, row.line)
        clean = redacted_url(url.partition("#")[0])
        _version(row, clean)
        row.source = Source("url", clean)
        row.pin = Pin.HASHED if row.is_strong else Pin.URL
        row.purl = pypi(row.name, row.version, download_url=clean)

    def from_path(self, row: Row, path: str, *, is_archive: bool) -> None:
        if is_archive:
            _version(row, path)
        row.source = Source("path", path)
        row.pin = Pin.HASHED if is_archive and row.is_strong else Pin.PATH
        row.origin = Origin.LOCKED if is_archive else Origin.PROJECT
        row.purl = pypi(row.name, row.version)

    def reach(self, starts: Iterable[Row], scope: int, group: str = "") -> None:
        """Say of all that `starts` need that they are needed in `scope`, by `group`; what is needed nearer stays as it is."""
        seen: set[int] = set()
        pending = list(starts)
        while pending:
            row = pending.pop()
            if row.index in seen or row.scope < scope:
                continue
            seen.add(row.index)
            row.scope = scope
            if group:
                row.groups.add(group)
            pending += [self.rows[index] for index in row.edges]

    def component(self, row: Row) -> Component:
        digests = dict.fromkeys([*row.hashes, *[digest for artifact in row.artifacts for digest in artifact.digests]])
        return Component(
            ecosystem="pypi" if row.purl.startswith("pkg:pypi/") else "conda",
            name=row.name,
            version=row.version,
            purl=row.purl,
            origin=row.origin,
            pin=row.pin,
            locations=tuple(Location(self.file.path, line) for line in (row.line, *row.more)),
            requirement=row.requirement,
            scope=SCOPES[row.scope % len(SCOPES)],
            groups=tuple(sorted(row.groups)),
            hashes=tuple(digests),
            artifacts=tuple(row.artifacts),
            source=row.source,
            dependencies=tuple(sorted({self.rows[index].purl for index in row.edges} - {row.purl})),
            properties=tuple(sorted((*row.properties, *malformed_properties(row.malformed)))),
        )

    def components(self) -> list[Noun]:
        self.nouns.extend(map(self.component, self.rows))
        return self.nouns


def _version(row: Row, place: str) -> None:
    """Take the version from the name of an archive, where the row states none and the archive is of its package."""
    if not row.version:
        name, version = from_filename(filename(place.replace("\\", "/")))
        if canonical_name(name) == row.name:
            row.version = version


def requirement_name(text: str) -> str:
    """The normalised name that a PEP 508 requirement begins with; empty if it begins with none."""
    end = next((i for i, c in enumerate(text) if not (c.isascii() and (c.isalnum() or c in "._-"))), len(text))
    return canonical_name(text[:end].strip("._-"))


def shown(value: Any) -> str:
    """A value of the file in a message, cut, without a login."""
    return redacted_url(repr(value))[:_SHOWN]
