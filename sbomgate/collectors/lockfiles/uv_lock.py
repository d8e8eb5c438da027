"""uv.lock and the locks of scripts (`*.py.lock`). Format: uv documentation, "Locking and syncing"; its code, `lock/mod.rs`.

One `[[package]]` is one version from one source; a name may stand in several (a fork for each set of markers), and an
edge then says which it means. A package without any artifact of an index is a folder, a repository or a URL.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sbomgate.collectors.fields import optional, require, type_name
from sbomgate.collectors.lockfiles.integrity import STRONG, malformed_properties, parse_hash
from sbomgate.collectors.lockfiles.provenance import credentials, filename, vcs, vcs_pin, vcs_url
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Component, Digest, Location, Origin, Pin, Problem, Setting, Source
from sbomgate.purl import canonical_name, pypi
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile

VERSION: Final = 1
REVISION: Final = 5
"""The newest revision whose fields are known; a later one only adds to them."""
MARKERS: Final = "sbomgate:uv:resolution-markers"

_SOURCES: Final = ("registry", "git", "url", "path", "directory", "editable", "virtual")
_LOCAL: Final = ("directory", "editable", "virtual")
_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*package[ \t]*\]\]", re.MULTILINE)
_FIX: Final = "run `uv lock`"
_SCOPES: Final = ("runtime", "optional", "dev")

MAX_VERSIONS: Final = 100
"""Rows of one name and version that an edge may mean; forks make ten of a name. More would be quadratic."""
MAX_STEPS: Final = 1_000_000
"""Edges that are followed to tell which groups bring a package in: as many as all packages of the largest known lock, from each of its 150 extras."""

Noun = Component | Problem | Setting | str
Key = tuple[str, str, str]
"""Name, version, source as in the file: what an edge refers to."""


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package, version and source; CollectError if `file` is no uv lockfile."""
    document = file.toml()
    version = document.get("version")
    if isinstance(version, bool) or not isinstance(version, int):
        raise CollectError(f"expected integer, found {type_name(version)}", file.path, "version", _FIX)
    return iter(_Reader(file, document).read())


class _Package:
    """One `[[package]]` while its edges are being resolved."""

    __slots__ = (
        "artifacts",
        "dev_edges",
        "edges",
        "groups",
        "kind",
        "line",
        "name",
        "optional_edges",
        "pin",
        "properties",
        "purl",
        "scope",
        "source",
        "version",
    )

    def __init__(self, name: str, version: str, line: int) -> None:
        self.name, self.version, self.line = name, version, line
        self.kind = ""
        self.purl = ""
        self.pin = Pin.NONE
        self.source: Source | None = None
        self.artifacts: tuple[Artifact, ...] = ()
        self.properties: tuple[tuple[str, str], ...] = ()
        self.edges: list[tuple[int, tuple[str, ...]]] = []
        self.optional_edges: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self.dev_edges: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self.scope = len(_SCOPES)
        self.groups: set[str] = set()


class _Reader:
    def __init__(self, file: SourceFile, document: dict[str, Any]) -> None:
        self.file = file
        self.document = document
        self.nouns: list[Noun] = []
        self.packages: list[_Package] = []
        self.tables: list[dict[str, Any]] = []
        self.by_name: defaultdict[str, list[int]] = defaultdict(list)
        self.by_version: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self.crowded: set[str] = set()
        """Names that were told to have too many rows."""
        self.steps = 0
        self.is_cut = False
        self.secrets: set[str] = set()

    def read(self) -> list[Noun]:
        document = self.document
        if document["version"] != VERSION:
            self._problem(f"unknown version {document['version']}", "version", f"read as version {VERSION}; scan with a newer sbomgate")
        revision = document.get("revision")
        if isinstance(revision, int) and revision > REVISION:
            self.nouns.append(
                f"{self.file.path}: revision {revision} is newer than the {REVISION} that is known; fields it adds are not read"
            )
        rows = document.get("package", [])
        if not isinstance(rows, list):
            self._problem(f"expected array, found {type_name(rows)}", "package")
            rows = []
        lines = header_lines(self.file.text(), _HEADER, len(rows))
        for index, (table, line) in enumerate(zip(rows, lines, strict=True)):
            try:
                self._package(table, f"package[{index}]", line)
            except CollectError as error:
                self._problem(error.what, error.where)
        for package, table in zip(self.packages, self.tables, strict=True):
            self._edges(package, table)
        members = self._members()
        self._reach(members)
        for index, package in enumerate(self.packages):
            self._component(package, index in members)
        return self.nouns

    def _package(self, table: Any, where: str, line: int) -> None:
        file = self.file
        name = canonical_name(require(table, "name", str, file, where))
        package = _Package(name, self._soft(table, "version", str, where) or "", line)
        source = self._soft(table, "source", dict, where) or {}
        sdist = self._soft(table, "sdist", dict, where)
        wheels = self._soft(table, "wheels", list, where) or []
        malformed: list[str] = []
        rows = [(sdist, f"{where}.sdist")] if sdist is not None else []
        rows += [(wheel, f"{where}.wheels[{i}]") for i, wheel in enumerate(wheels)]
        artifacts = [found for row, place in rows if (found := self._artifact(row, place, malformed, line)) is not None]
        markers = self._soft(table, "resolution-markers", list, where) or []
        package.artifacts = tuple(artifacts)
        texts = [marker for marker in markers if isinstance(marker, str)]
        package.properties = tuple(sorted((*malformed_properties(malformed), *(((MARKERS, " ; ".join(texts)),) if texts else ()))))
        self._source(package, source, where)
        self.by_name[name].append(len(self.packages))
        self.by_version[name, package.version].append(len(self.packages))
        self.packages.append(package)
        self.tables.append({**table, "where": where})

    def _artifact(self, row: Any, where: str, malformed: list[str], line: int) -> Artifact | None:
        """An sdist or a wheel. A file in a local folder has `path`, a flat index may give only `filename`."""
        if not isinstance(row, dict):
            self._problem(f"expected table, found {type_name(row)}", where)
            return None
        url = self._soft(row, "url", str, where) or self._soft(row, "path", str, where) or ""
        written = self._soft(row, "hash", str, where)
        size = self._soft(row, "size", int, where) or 0
        digests: tuple[Digest, ...] = ()
        if written is not None:
            digest = parse_hash(written)
            if digest is None:
                malformed.append(written)
            else:
                digests = (digest,)
        self._secret(url, line)
        return Artifact(
            redacted_url(url), self._soft(row, "filename", str, where) or filename(url.replace("\\", "/")), digests, max(size, 0)
        )

    def _source(self, package: _Package, source: dict[str, Any], where: str) -> None:
        """Set kind, source, pin and purl. The kinds: uv's `lock/mod.rs`, `SourceWire`."""
        place = f"{where}.source"
        kind = next((key for key in _SOURCES if key in source), "")
        text = self._soft(source, kind, str, place) or "" if kind else ""
        if source and not kind:
            self._problem(f"unknown kind of source: {', '.join(map(repr, list(source)[:3]))}", place, "scan with a newer sbomgate")
        self._secret(text, package.line)
        name, version, clean = package.name, package.version, redacted_url(text)
        package.kind = kind
        strong = all(any(digest.alg in STRONG for digest in artifact.digests) for artifact in package.artifacts) and bool(package.artifacts)
        if kind == "git":
            package.source = _git(text)
            package.pin = vcs_pin(package.source)
            package.purl = pypi(name, version, vcs_url=vcs_url(package.source))
        elif kind == "url":
            package.source = Source("url", clean)
            package.pin = Pin.HASHED if strong else Pin.URL
            package.purl = pypi(name, version, download_url=clean)
        elif kind == "path":
            package.source = Source("path", text)
            package.pin = Pin.HASHED if strong else Pin.PATH
            package.purl = pypi(name, version)
        elif kind in _LOCAL:
            package.source = Source("path", text)
            package.pin = Pin.PATH
            package.purl = pypi(name, version)
        else:
            package.source = Source("index", clean) if kind else None
            package.pin = Pin.HASHED if strong else Pin.EXACT if version else Pin.NONE
            package.purl = pypi(name, version)

    def _edges(self, package: _Package, table: dict[str, Any]) -> None:
        where = table["where"]
        package.edges = self._targets(self._soft(table, "dependencies", list, where), f"{where}.dependencies")
        for key, edges in (("optional-dependencies", package.optional_edges), ("dev-dependencies", package.dev_edges)):
            for group, rows in (self._soft(table, key, dict, where) or {}).items():
                if not isinstance(rows, list):
                    self._problem(f"expected array, found {type_name(rows)}", f"{where}.{key}.{group}")
                    continue
                edges[group] = self._targets(rows, f"{where}.{key}.{group}")

    def _targets(self, rows: list[Any] | None, where: str) -> list[tuple[int, tuple[str, ...]]]:
        """What the rows of a dependency array mean: (index of the package, extras asked of it)."""
        found = []
        for i, row in enumerate(rows or ()):
            place = f"{where}[{i}]"
            try:
                name = canonical_name(require(row, "name", str, self.file, place))
            except CollectError as error:
                self._problem(error.what, error.where)
                continue
            extras = self._soft(row, "extra", list, place) or self._soft(row, "extras", list, place) or []
            wanted = tuple(extra for extra in extras if isinstance(extra, str))
            matching = self.by_name.get(name, [])
            if len(matching) > 1:
                matching = self._narrowed(name, row, place)
            found += [(index, wanted) for index in matching]
        return found

    def _narrowed(self, name: str, row: dict[str, Any], where: str) -> list[int]:
        """Those of several packages of one name that an edge means; all of them if it does not say."""
        version = self._soft(row, "version", str, where)
        source = self._soft(row, "source", dict, where)
        indexes = (self.by_version.get((name, version)) if version is not None else None) or self.by_name[name]
        if len(indexes) > MAX_VERSIONS:
            if name not in self.crowded:
                self.crowded.add(name)
                self._problem(
                    f"{name!r} has more than {MAX_VERSIONS} rows; an edge to it means the first ones", where, "look at it by hand"
                )
            indexes = indexes[:MAX_VERSIONS]
        if source is not None:
            indexes = [i for i in indexes if self.tables[i].get("source") == source] or indexes
        return indexes

    def _members(self) -> set[int]:
        """What is locked for: the workspace's members, or the requirements of a script."""
        manifest = self._soft(self.document, "manifest", dict, "") or {}
        names = {canonical_name(name) for name in self._soft(manifest, "members", list, "manifest") or [] if isinstance(name, str)}
        local = {i for i, package in enumerate(self.packages) if package.kind in _LOCAL}
        if names:
            return {i for i in local if self.packages[i].name in names}
        return {i for i in local if self.packages[i].kind in ("virtual", "editable")} or local

    def _reach(self, members: set[int]) -> None:
        """Set scope and groups: a package is needed at run time, only by an extra, or only by a development group."""
        manifest = self._soft(self.document, "manifest", dict, "") or {}
        script = self._targets(self._soft(manifest, "requirements", list, "manifest"), "manifest.requirements")
        groups = self._soft(manifest, "dependency-groups", dict, "manifest") or {}
        for member in members:
            self.packages[member].scope = 0
        self._walk(
            [*((edge, "") for member in sorted(members) for edge in self.packages[member].edges), *((edge, "") for edge in script)], 0
        )
        extras = [(edge, group) for member in members for group, edges in self.packages[member].optional_edges.items() for edge in edges]
        self._walk(extras, 1)
        development = [(edge, group) for member in members for group, edges in self.packages[member].dev_edges.items() for edge in edges]
        for group, rows in groups.items():
            if isinstance(rows, list):
                development += [(edge, group) for edge in self._targets(rows, f"manifest.dependency-groups.{group}")]
        self._walk(development, 2)

    def _walk(self, starts: Iterable[tuple[tuple[int, tuple[str, ...]], str]], scope: int) -> None:
        seen: set[tuple[int, str, str]] = set()
        pending = [(index, extras, group) for (index, extras), group in starts]
        while pending:
            index, extras, group = pending.pop()
            if self.steps > MAX_STEPS:
                group = ""
            package = self.packages[index]
            fresh = [extra for extra in ("", *extras) if (index, extra, group) not in seen]
            seen.update((index, extra, group) for extra in fresh)
            package.scope = min(package.scope, scope)
            if group and package.scope == scope:
                package.groups.add(group)
            if package.scope < scope:  # all that it needs is as near as itself; an extra of it may be new
                fresh = [extra for extra in fresh if extra]
            for extra in fresh:
                edges = package.optional_edges.get(extra, []) if extra else package.edges
                pending += [(target, wanted, group) for target, wanted in edges]
                self.steps += len(edges) if group else 0
        if self.steps > MAX_STEPS and not self.is_cut:
            self.is_cut = True
            self._problem(
                f"more than {MAX_STEPS} edges below extras and groups; not all groups of a package are told", "", "look at it by hand"
            )

    def _component(self, package: _Package, is_member: bool) -> None:
        targets = {index for index, _ in package.edges}
        for edges in (*package.optional_edges.values(), *package.dev_edges.values()):
            targets.update(index for index, _ in edges)
        purls = {self.packages[index].purl for index in targets} - {package.purl}
        digests = tuple(dict.fromkeys(digest for artifact in package.artifacts for digest in artifact.digests))
        self.nouns.append(
            Component(
                ecosystem="pypi",
                name=package.name,
                version=package.version,
                purl=package.purl,
                origin=Origin.PROJECT if is_member or package.kind in _LOCAL else Origin.LOCKED,
                pin=package.pin,
                locations=(Location(self.file.path, package.line),),
                scope=_SCOPES[package.scope % len(_SCOPES)],  # what nothing reaches counts as needed
                groups=tuple(sorted(package.groups)),
                hashes=digests,
                artifacts=package.artifacts,
                source=package.source,
                dependencies=tuple(sorted(purls)),
                properties=package.properties,
            )
        )

    def _soft(self, table: Any, key: str, kind: type[Any], where: str) -> Any:
        """`fields.optional`, whose error becomes a Problem: the rest of the table is still read."""
        try:
            return optional(table, key, kind, self.file, where)
        except CollectError as error:
            self._problem(error.what, error.where)
            return None

    def _secret(self, url: str, line: int) -> None:
        if "@" in url and (secret := credentials(url)):
            place = f"{secret} {redacted_url(url).split('/', 3)[2:3]}"
            if place not in self.secrets:
                self.secrets.add(place)
                self.nouns.append(Setting("credentials", secret, Location(self.file.path, line)))

    def _problem(self, what: str, where: str, fix: str = _FIX) -> None:
        self.nouns.append(Problem(path=self.file.path, what=what, where=where, fix=fix))


def header_lines(text: str, header: re.Pattern[str], count: int) -> list[int]:
    """The line of each of `count` table headers; zeros if another number of them is found."""
    lines = []
    at = line = 0
    for match in header.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        lines.append(line + 1)
    return lines if len(lines) == count else [0] * count


def _git(text: str) -> Source:
    """`https://host/repo?rev=main&subdirectory=x#commit`. Source: uv's `lock/mod.rs`, `GitSource`."""
    url, _, commit = text.partition("#")
    url, _, query = url.partition("?")
    pairs = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
    reference = next((pairs[key] for key in ("rev", "tag", "branch", "ref") if pairs.get(key)), "")
    if "%" in reference:
        from urllib.parse import unquote

        reference = unquote(reference)
    return vcs(url if url.startswith("git+") else f"git+{url}", commit, reference)
