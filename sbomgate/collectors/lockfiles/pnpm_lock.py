"""pnpm-lock.yaml, versions 5, 6 and 9 (pnpm 3 to 12).

Format: pnpm, `lockfile/types` and `deps/path` of its sources. A row of `packages` has a dependency path as its key:
`/a/1.0.0_peer@2.0.0` in version 5, `/a@1.0.0(peer@2.0.0)` in version 6, `a@1.0.0` in version 9, which keeps what
depends on the peers in `snapshots`, under `a@1.0.0(peer@2.0.0)`. All rows of one package are one component.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.integrity import deprecated_property
from sbomgate.collectors.lockfiles.npm import (
    ALIAS,
    PATCH,
    Noun,
    Reader,
    git_source,
    hosted_archive,
    is_http,
    project_name,
    read_sides,
    split_locator,
)
from sbomgate.collectors.lockfiles.plain_yaml import load
from sbomgate.collectors.lockfiles.provenance import filename
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Location, Pin, Setting, Source
from sbomgate.purl import generic
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, normalised
from sbomgate.yaml_text import YamlDocument

_FIX: Final = "run `pnpm install --lockfile-only`"
_KNOWN: Final = ("5", "6", "9")
_TABLES: Final = {
    "dependencies": "runtime",
    "optionalDependencies": "optional",
    "devDependencies": "dev",
    "configDependencies": "dev",  # pnpm's own plugins, and the pnpm that a project asks for
    "packageManagerDependencies": "dev",
}
_MAX_DUPLICATES: Final = 20


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package, version and source; CollectError if `file` is no pnpm lockfile."""
    return read_sides(file, lambda text: _read(file, text))


def _read(file: SourceFile, text: str) -> list[Noun]:
    reader = Reader(file, fix=_FIX)
    documents = load(text, file.path)
    if not any(type(document.value) is dict for document in documents):
        found = type_name(documents[0].value) if documents else "nothing"
        raise CollectError(f"expected table, found {found}", file.path, fix=_FIX)
    names = ("lockfileVersion", "packages", "importers", *_TABLES)
    if not any(name in document.value for document in documents if type(document.value) is dict for name in names):
        raise CollectError("neither 'lockfileVersion' nor 'packages' in it", file.path, fix=_FIX)
    scoped = False
    for document in documents:  # pnpm 11 and later put what they need themselves into a document before the project's
        for place, line in document.duplicates[:_MAX_DUPLICATES]:
            reader.problem(f"duplicate key in line {line}, which pnpm refuses; the last one was read", place)
        if type(document.value) is dict:
            lock = _Lock(reader, document)
            lock.read()
            scoped = scoped or not lock.has_flags
        else:
            reader.problem(f"expected table, found {type_name(document.value)}", "")
    return reader.finish(scoped=scoped)


class _Lock:
    """One document, and the facts that its rows share."""

    def __init__(self, reader: Reader, document: YamlDocument) -> None:
        self.reader = reader
        self.document = document
        self.root: dict[str, Any] = document.value
        self.known: dict[str, str] = {}
        """Dependency path → purl."""
        self.bare: dict[str, str] = {}
        """Dependency path without what stands for peers and patches → purl."""
        self.projects: dict[str, str] = {}
        """Folder → purl."""
        self.lost: list[str] = []
        self.version = str(self.root.get("lockfileVersion") or "")
        self.is_5 = self.version.startswith("5")
        self.has_flags = "snapshots" not in self.root and not self.version.startswith("9")
        """Whether rows say for themselves that they are for development only, as they did up to version 6."""
        self.patches: dict[str, str] = {}

    def read(self) -> None:
        if self.version.partition(".")[0] not in _KNOWN:
            told = f"unknown version {self.version!r}"[:80] if self.version else "no version"
            self.reader.problem(told, "lockfileVersion", "read by the shape of its keys; scan with a newer sbomgate")
            self.is_5 = any(_is_path_5(key) for key in self.reader.table(self.root, "packages"))
        self._read_patches()
        rows = self._read_packages()
        for key, entry in self.reader.table(self.root, "snapshots").items():
            if type(entry) is dict:
                rows.append((key, self._snapshot(key, entry), entry, "snapshots"))
            else:
                self.reader.problem(f"expected table, found {type_name(entry)}", f'snapshots["{key}"]')
        self._read_importers()
        for key, purl, entry, section in rows:
            if "dependencies" in entry:
                self._edges(key, purl, entry, section, "dependencies", self.reader.needs)
            if "optionalDependencies" in entry:
                self._edges(key, purl, entry, section, "optionalDependencies", self.reader.optional)
        if self.lost:
            more = f" (and {len(self.lost) - 1} more)" if len(self.lost) > 1 else ""
            self.reader.problem(f"leads to no row of the file{more}: it was cut or changed by hand", self.lost[0])
        overrides = self.reader.texts(self.root, "overrides", "")
        place = Location(self.reader.file.path, self.document.line(overrides))
        self.reader.nouns += (Setting("override", f"{name}: {redacted_url(value)}", place) for name, value in overrides.items())

    def _read_patches(self) -> None:
        for name, patch in self.reader.table(self.root, "patchedDependencies").items():
            where = f'patchedDependencies["{name}"]'
            if type(patch) is dict:
                self.patches[name] = self.reader.text(patch, "path", where) or self.reader.text(patch, "hash", where)
            elif type(patch) is str:  # only the digest of the patch, since pnpm 11
                self.patches[name] = patch
            else:
                self.reader.problem(f"expected table, found {type_name(patch)}", where)

    def _read_packages(self) -> list[tuple[str, str, dict[str, Any], str]]:
        """Take the rows of `packages`; gives those that have edges, as (key, purl, entry, section)."""
        reader, known, bare, line_of = self.reader, self.known, self.bare, self.document.line
        rows: list[tuple[str, str, dict[str, Any], str]] = []
        for key, entry in reader.table(self.root, "packages").items():
            if type(entry) is not dict:
                if not (key and entry is None):
                    reader.problem(f"expected table, found {type_name(entry)}", f'packages["{key}"]')
                    continue
                entry = {}  # the last line of a file that was cut
                reader.problem("nothing in it", f'packages["{key}"]')
            get = entry.get
            path = key[: key.index("(")] if key[-1:] == ")" and "(" in key else key
            name, version, index = self._identity(path)
            if "name" in entry:
                name = reader.text(entry, "name", f'packages["{key}"]') or name
            if "version" in entry:
                version = reader.text(entry, "version", f'packages["{key}"]') or version
            if not name:
                reader.problem("no name of a package", f'packages["{key}"]')
                continue
            resolution = get("resolution")
            source = None
            purl = ""
            scope = "runtime"
            if type(resolution) is dict:
                integrity = resolution.get("integrity")
                if len(resolution) == 1 and integrity is not None and index is None:
                    digests, properties, pin = reader.integrity(integrity, key)
                    artifacts = reader.artifact("", digests)
                else:
                    digests, properties, pin, artifacts, source = self._resolved(key, name, resolution, index, line_of(entry))
                    if resolution.get("type") in ("variations", "binary"):
                        purl = generic("generic", name, version)
            else:
                digests, properties, pin, artifacts = (), (), Pin.EXACT, ()
                if resolution is not None:
                    reader.problem(f"expected table, found {type_name(resolution)}", f'packages["{key}"].resolution')
            script = False
            if "deprecated" in entry:
                properties = tuple(sorted({*properties, *deprecated_property(entry["deprecated"])}))
            if "dev" in entry or "optional" in entry or "requiresBuild" in entry:
                where = f'packages["{key}"]'
                if self.has_flags:
                    optional = reader.flag(entry, "optional", where)
                    scope = "dev" if reader.flag(entry, "dev", where) else "optional" if optional else "runtime"
                script = reader.flag(entry, "requiresBuild", where)
            purl = reader.add(
                name, version, line_of(entry), pin, digests=digests, artifacts=artifacts, source=source, scope=scope, script=script,
                properties=properties, purl=purl,
            )  # fmt: skip
            known[key] = purl
            bare.setdefault(path, purl)
            if self.patches or "patch_hash=" in key:
                self._mark_patch(key, purl, name, version)
            if self.has_flags:
                rows.append((key, purl, entry, "packages"))
        return rows

    def _snapshot(self, key: str, entry: dict[str, Any]) -> str:
        """The purl of a row of `snapshots`, which belongs to one of `packages`."""
        path = key[: key.index("(")] if key[-1:] == ")" and "(" in key else key
        purl = self.bare.get(path)
        if purl is None:
            name, version, _ = self._identity(path)
            self.reader.problem("no row of 'packages' for it", f'snapshots["{key}"]')
            purl = self.bare[path] = self.reader.add(name or path, version, self.document.line(entry), Pin.EXACT)
        self.known[key] = purl
        if "patch_hash=" in key:
            self._mark_patch(key, purl, *split_locator(path))
        return purl

    def _mark_patch(self, key: str, purl: str, name: str, version: str) -> None:
        patch = self.patches.get(f"{name}@{version}") or self.patches.get(name) or ""
        if not patch and "patch_hash=" in key:
            patch = key.partition("patch_hash=")[2].partition(")")[0]
        if patch:
            self.reader.add_property(purl, (PATCH, patch[:200]))

    def _identity(self, path: str) -> tuple[str, str, str | None]:
        """Name, version and, where the path has one, host of the registry. Source: pnpm, `deps/path`, "parse"."""
        host = None
        rest = path
        if path[:1] == "/":
            rest = path[1:]
        elif not self.is_5 and path.find("@", 1) > 0 and not _has_host(path):
            return *_versioned(*split_locator(path)), None
        else:
            start, slash, after = path.partition("/")
            if slash and "." in start.lstrip("."):
                host, rest = start.lstrip("@"), after
        if self.is_5:
            parts = rest.split("/")
            count = 2 if rest[:1] == "@" else 1
            if len(parts) <= count:
                return "", "", None
            return "/".join(parts[:count]), parts[count].partition("_")[0], host
        name, version = split_locator(rest)
        return (name, version, host) if version else ("", "", None)

    def _resolved(self, key: str, name: str, resolution: dict[str, Any], host: str | None, line: int) -> Any:
        """Digests, properties, pin, artifacts and source of a row that has more than a digest."""
        reader = self.reader
        where = f'packages["{key}"].resolution'
        kind = reader.text(resolution, "type", where)
        if kind == "variations":
            return self._variants(resolution, where)
        digests, properties, pin = reader.integrity(resolution.get("integrity"), f"{where}.integrity")
        url = reader.text(resolution, "tarball", where) or (reader.text(resolution, "url", where) if kind == "binary" else "")
        repository = reader.text(resolution, "repo", where)
        source: Source | None = None
        if kind == "git" or repository:
            reader.tell_credentials(repository, line)
            return digests, properties, pin, (), git_source(repository, reader.text(resolution, "commit", where))
        if kind == "directory" or "directory" in resolution:
            return digests, properties, pin, (), Source("path", normalised(reader.text(resolution, "directory", where) or "."))
        if not url:
            return digests, properties, pin, reader.artifact("", digests), Source("index", f"https://{host}/") if host else None
        if is_http(url):
            reader.tell_credentials(url, line)
            if self._is_registry_path(key, host):
                source = reader.index(url, name)
            else:
                source = hosted_archive(url) or Source("url", redacted_url(url))
        elif url.startswith("file:"):
            source = Source("path", normalised(url[5:]))
            url = ""
        else:  # relative to a registry that the user's configuration names
            source = Source("index", f"https://{host}/") if host else None
            return digests, properties, pin, (Artifact("", filename(url), digests),), source
        return digests, properties, pin, reader.artifact(url, digests), source

    def _is_registry_path(self, key: str, host: str | None) -> bool:
        """Whether the dependency path is that of a version, and not of an address."""
        if self.has_flags:
            return key[:1] == "/" or (host is not None and "name" not in self.root["packages"][key])
        _, rest = split_locator(key)
        return ":" not in rest.partition("(")[0]

    def _variants(self, resolution: dict[str, Any], where: str) -> Any:
        """A program with an artifact for each platform: `node@runtime:22.0.0`."""
        variants = resolution.get("variants")
        artifacts: list[Artifact] = []
        pin = Pin.HASHED
        for number, variant in enumerate(variants if type(variants) is list else ()):
            inner = variant.get("resolution") if type(variant) is dict else None
            if type(inner) is not dict:
                self.reader.problem(f"expected table, found {type_name(inner)}", f"{where}.variants[{number}].resolution")
                continue
            digests, _, one = self.reader.integrity(inner.get("integrity"), f"{where}.variants[{number}].resolution.integrity")
            artifacts += self.reader.artifact(self.reader.text(inner, "url", f"{where}.variants[{number}].resolution"), digests)
            pin = pin if one is Pin.HASHED else Pin.EXACT
        found = tuple(dict.fromkeys(artifacts))
        digests = tuple(dict.fromkeys(digest for artifact in found for digest in artifact.digests))
        return digests, (), pin if found else Pin.EXACT, found, None

    def _read_importers(self) -> None:
        """Take the projects that the file is for: the root, or each member of the workspace."""
        importers = self.reader.table(self.root, "importers")
        if not importers:
            importers = {".": {key: self.root[key] for key in ("specifiers", *_TABLES) if key in self.root}}
        for folder, entry in importers.items():
            line = self.document.line(entry)
            name, version = project_name(self.reader.manifest(folder), folder)
            self.projects[normalised(folder)] = self.reader.add_project(name, version, normalised(folder), line)
        for folder, entry in importers.items():
            where = f'importers["{folder}"]' if "importers" in self.root else ""
            if type(entry) is not dict:
                if entry is not None:
                    self.reader.problem(f"expected table, found {type_name(entry)}", where)
                continue
            project = self.projects[normalised(folder)]
            for key, scope in _TABLES.items():
                for name, value in self.reader.table(entry, key, where).items():
                    place = f"{where}.{key}.{name}" if where else f"{key}.{name}"
                    ref = self.reader.text(value, "version", place) if type(value) is dict else value
                    if type(ref) is not str:
                        self.reader.problem(f"expected string, found {type_name(ref)}", place)
                    elif ref.startswith("link:"):
                        self.reader.needed(project, self._linked(folder, name, ref), scope)
                    elif (purl := self._find(name, ref)) is not None:
                        self.reader.needed(project, purl, scope)
                    elif ref:
                        self.lost.append(place)

    def _linked(self, folder: str, name: str, ref: str) -> str:
        """The project that a link leads to: a member of the workspace, or a folder beside it."""
        target = normalised(f"{folder}/{ref[5:]}" if folder not in ("", ".") and not ref[5:].startswith("/") else ref[5:])
        purl = self.projects.get(target)
        if purl is None:
            manifest = self.reader.manifest(target) if not target.startswith(("/", "..")) else {}
            found, version = project_name(manifest, target)
            purl = self.projects[target] = self.reader.add_project(found if manifest else name, version, target, 0)
        return purl

    def _edges(self, key: str, purl: str, entry: dict[str, Any], section: str, table: str, edges: dict[str, list[str]]) -> None:
        wanted = entry[table]
        if type(wanted) is not dict:
            if wanted is not None:
                self.reader.problem(f"expected table, found {type_name(wanted)}", f'{section}["{key}"].{table}')
            return
        known, prefix, middle = self.known, "/" if self.has_flags else "", "/" if self.is_5 else "@"
        found = edges.setdefault(purl, [])
        for name, ref in wanted.items():
            need = known.get(f"{prefix}{name}{middle}{ref}")
            if need is None:
                if type(ref) is str and ref.startswith("link:"):
                    need = self._linked(".", name, ref)
                elif (need := self._find(name, str(ref))) is None:
                    self.lost.append(f'{section}["{key}"].{table}.{name}')
                    continue
            found.append(need)

    def _find(self, name: str, ref: str) -> str | None:
        """The purl of what `name` means where it is resolved to `ref`. Source: pnpm, `deps/path`, "refToRelative"."""
        for path in (f"{name}@{ref}", f"/{name}@{ref}", f"/{name}/{ref}", ref, f"/{ref}"):
            if (purl := self.known.get(path)) is not None:
                component = self.reader.components[purl]
                if component.name != name:
                    self.reader.add_property(purl, (ALIAS, name))
                return purl
        if "(" in ref and (purl := self.bare.get(f"{name}@{ref.partition('(')[0]}")) is not None:
            return purl
        return None


def _versioned(name: str, version: str) -> tuple[str, str]:
    """A version where `version` is one, and not the address of a package whose row has it in a field of its own."""
    if version.startswith("runtime:"):
        return name, version[8:]
    return (name, "") if ":" in version else (name, version)


def _has_host(path: str) -> bool:
    """Whether a path begins with a host: `registry.example/a@1.0.0`, `git.example/user/a/commit`."""
    start, slash, _ = path.partition("/")
    return bool(slash) and "@" not in start[1:] and "." in start[1:] and ":" not in start


def _is_path_5(key: str) -> bool:
    parts = key.split("/")
    return key[:1] == "/" and len(parts) > 2 and parts[-1][:1].isdigit()
