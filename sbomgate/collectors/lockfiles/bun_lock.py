"""bun.lock, the text lockfile of Bun since 1.1.39, versions 0 to 2. The older bun.lockb is binary and not read.

Format: Bun, `src/install/lockfile/bun.lock.zig`. `packages` is a flat table from the place of a package (`a`, or `b/a`
below `b`) to an array: what it is, then, by kind, the address of its tarball, a table of what it needs, its digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.npm import (
    ALIAS,
    BUNDLED,
    PATCH,
    TABLES,
    Noun,
    Reader,
    git_source,
    is_git,
    is_http,
    member_lines,
    project_name,
    read_sides,
    split_locator,
)
from sbomgate.collectors.lockfiles.provenance import ARCHIVES, filename
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Location, Setting, Source
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, normalised, parse_json

_FIX: Final = "run `bun install --lockfile-only`"
_KNOWN: Final = (0, 1, 2)
_MAX_KEY: Final = 2000  # a package below a hundred others would have a shorter place
_SCOPES: Final = {"dependencies": "runtime", "optionalDependencies": "optional", "devDependencies": "dev", "peerDependencies": "peer"}
# a string has no line break in it, so that this comma stands between members
_TRAILING_COMMA: Final = re.compile(r",(?=[ \t]*\r?\n\s*+[\]}])")


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package, version and source; CollectError if `file` is no bun.lock."""
    return read_sides(file, lambda text: _read(file, text))


def _read(file: SourceFile, text: str) -> list[Noun]:
    document = _parsed(text, file.path)
    if type(document) is not dict:
        raise CollectError(f"expected table, found {type_name(document)}", file.path, fix=_FIX)
    if not any(key in document for key in ("lockfileVersion", "packages", "workspaces")):
        raise CollectError("neither 'lockfileVersion' nor 'packages' in it", file.path, fix=_FIX)
    return _Lock(Reader(file, fix=_FIX), document, text).read()


def _parsed(text: str, path: str) -> Any:
    """`text` as Bun writes it, with a comma after each last member; with comments too if a person was there."""
    try:
        return parse_json(_TRAILING_COMMA.sub("", text), path)
    except CollectError:
        from sbomgate.collectors.agents.jsonc import parse

        return parse(text, path).value


class _Lock:
    """One lockfile, and the facts that its rows share."""

    def __init__(self, reader: Reader, document: dict[str, Any], text: str) -> None:
        self.reader = reader
        self.document = document
        self.text = text
        self.places: dict[str, str] = {}
        """Place of a package → purl."""
        self.below: dict[str, dict[str, str]] = {"": {}}
        """Place → the packages right below it, by the name that they are installed under."""
        self.chains: dict[str, tuple[dict[str, str], ...]] = {"": (self.below[""],)}
        self.folders: dict[str, str] = {}
        """Folder of a project → purl."""
        self.patches: dict[str, str] = {}

    def read(self) -> list[Noun]:
        reader, document = self.reader, self.document
        version = document.get("lockfileVersion")
        if type(version) is not int or version not in _KNOWN:
            reader.problem(f"unknown version {version!r}"[:80], "lockfileVersion", "read like version 1; scan with a newer sbomgate")
        self.patches = reader.texts(document, "patchedDependencies", "")
        workspaces = self._read_workspaces()
        packages = reader.table(document, "packages")
        lines = member_lines(self.text, "packages", self._repeated)
        unresolved: list[tuple[str, str, dict[str, Any]]] = []
        for place, row in packages.items():
            where = f'packages["{place[:200]}"]'
            if type(row) is not list or not row or type(row[0]) is not str:
                reader.problem(f"expected array of a text and more, found {type_name(row)}", where)
            elif len(place) > _MAX_KEY:
                reader.problem(f"place of {len(place)} characters, which no real file has", where)
            else:
                info = self._add(place, row, lines.get(place, 0), where)
                if info:
                    unresolved.append((place, where, info))
        for place, where, info in unresolved:
            self._connect(place, where, info)
        for folder, where, entry in workspaces:
            self._connect_project(folder, where, entry)
        at = Location(reader.file.path, self._line("overrides"))
        overrides = reader.table(document, "overrides")
        reader.nouns += (
            Setting("override", f"{name}: {redacted_url(value)}", at) for name, value in overrides.items() if type(value) is str
        )
        trusted = document.get("trustedDependencies")
        if type(trusted) is list:
            at = Location(reader.file.path, self._line("trustedDependencies"))
            reader.nouns += (Setting("trusted-scripts", name, at) for name in trusted if type(name) is str)
        elif trusted is not None:
            reader.problem(f"expected array, found {type_name(trusted)}", "trustedDependencies")
        return reader.finish(scoped=True)

    def _repeated(self, key: str, line: int) -> None:
        self.reader.problem(f"duplicate key in line {line}; the last one was read", f'packages["{key[:200]}"]')

    def _line(self, key: str) -> int:
        at = self.text.find(f'\n  "{key}":')
        return self.text.count("\n", 0, at + 1) + 1 if at >= 0 else 0

    def _read_workspaces(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Take the projects; gives them as (folder, place in the document, entry)."""
        found = []
        lines = member_lines(self.text, "workspaces", lambda *_: None)
        for folder, entry in self.reader.table(self.document, "workspaces").items():
            where = f'workspaces["{folder}"]'
            if type(entry) is not dict:
                self.reader.problem(f"expected table, found {type_name(entry)}", where)
                continue
            path = normalised(folder or ".")
            name, version = project_name(
                {**self.reader.manifest(path), **{key: entry[key] for key in ("name", "version") if key in entry}}, path
            )
            self.folders[path] = self.reader.add_project(name, version, path, lines.get(folder, 0))
            found.append((path, where, entry))
        return found

    def _add(self, place: str, row: list[Any], line: int, where: str) -> dict[str, Any] | None:
        """Take a row; gives the table of what it needs."""
        reader = self.reader
        name, reference = split_locator(row[0])
        info = next((part for part in row[1:] if type(part) is dict), None)
        if not name or name == row[0]:
            reader.problem(f"not of the form 'name@version': {row[0][:80]!r}", where)
            return None
        integrity = (
            row[3] or None if len(row) > 3 else next((part for part in row[1:] if type(part) is str and part[:3] in ("sha", "md5")), None)
        )
        digests, properties, pin = reader.integrity(integrity, f"{where}[3]")
        source: Source | None = None
        artifacts: tuple[Artifact, ...] = ()
        version = reference
        if reference.startswith(("workspace:", "root:", "link:")) or (
            reference.startswith("file:") and not reference.lower().endswith(ARCHIVES)
        ):
            folder = normalised(reference.partition(":")[2] or ".")
            purl = self.folders.get(folder)
            if purl is None:
                manifest = reader.manifest(folder)
                purl = self.folders[folder] = reader.add_project(name, project_name(manifest, folder)[1], folder, line)
            self._put(place, purl)
            return info
        if is_git(reference):
            reader.tell_credentials(reference, line)
            source, version = git_source(reference), ""
        elif is_http(reference):
            reader.tell_credentials(reference, line)
            source, version = Source("url", redacted_url(reference)), ""
            if "/-/" in reference:  # a version, asked for by its address
                source = reader.index(reference, name)
                version = filename(reference).removeprefix(f"{name.rpartition('/')[2]}-").removesuffix(".tgz")
            artifacts = reader.artifact(reference, digests)
        elif reference.startswith(("file:", ".", "/")) or reference.lower().endswith(ARCHIVES):
            source, version = Source("path", normalised(reference.removeprefix("file:"))), ""
            artifacts = (Artifact("", filename(reference), digests),)
        else:
            address = row[1] if len(row) > 1 and type(row[1]) is str and row[1] != integrity else ""
            if is_http(address):
                reader.tell_credentials(address, line)
                source = reader.index(address, name)
                artifacts = reader.artifact(address if address.lower().endswith(ARCHIVES) or "/-/" in address else "", digests)
            else:
                artifacts = reader.artifact("", digests)
        installed = _last(place)
        pairs = set(properties)
        if installed != name:
            pairs.add((ALIAS, installed))
        if info and info.get("bundled") is True:
            pairs.add(BUNDLED)
        if patch := self.patches.get(f"{name}@{reference}"):
            pairs.add((PATCH, patch[:200]))
        self._put(
            place,
            reader.add(name, version, line, pin, digests=digests, artifacts=artifacts, source=source, properties=tuple(sorted(pairs))),
        )
        return info

    def _put(self, place: str, purl: str) -> None:
        self.places[place] = purl
        self.below.setdefault(_around(place), {})[_last(place)] = purl

    def _connect(self, place: str, where: str, info: dict[str, Any]) -> None:
        purl = self.places.get(place)
        if purl is None:
            return
        reader = self.reader
        for key, edges in (
            ("dependencies", reader.needs),
            ("optionalDependencies", reader.optional),
            ("peerDependencies", reader.optional),
        ):
            if key in info:
                for name in reader.table(info, key, where):
                    if (need := self._find(place, name)) is not None:
                        edges.setdefault(purl, []).append(need)
                    elif key == "dependencies":
                        reader.problem("leads to no row of the file: it was cut or changed by hand", f"{where}.{key}.{name}")

    def _connect_project(self, folder: str, where: str, entry: dict[str, Any]) -> None:
        purl = self.folders[folder]
        name = entry.get("name") if folder != "." else ""
        for key in TABLES:
            for wanted in self.reader.table(entry, key, where):
                need = self._find(name if isinstance(name, str) else "", wanted)
                if need is not None:
                    self.reader.needed(purl, need, _SCOPES[key])
                elif key == "dependencies":
                    self.reader.problem("leads to no row of the file: it was cut or changed by hand", f"{where}.{key}.{wanted}")

    def _find(self, place: str, name: str) -> str | None:
        """What `name` means at `place`: the package below it, or below the nearest place around it that has one."""
        for table in self._chain(place):
            if name in table:
                return table[name]
        return None

    def _chain(self, place: str) -> tuple[dict[str, str], ...]:
        """The packages right below `place`, then those below each place around it, where there are any."""
        pending = []
        while (known := self.chains.get(place)) is None:
            pending.append(place)
            place = _around(place)
        for inner in reversed(pending):
            own = self.below.get(inner)
            known = self.chains[inner] = (own, *known) if own else known
        return known


def _last(place: str) -> str:
    """The name at the end of a place: `@s/a` of `b/@s/a`."""
    around = _around(place)
    return place[len(around) + 1 :] if around else place


def _around(place: str) -> str:
    """`b` of `b/a` and of `b/@s/a`; empty for `a` and `@s/a`."""
    rest = place.rpartition("/")[0]
    start, _, last = rest.rpartition("/")
    return (start if last.startswith("@") else rest) if rest else ""
