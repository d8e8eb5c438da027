"""yarn.lock: version 1, which has a grammar of its own, and those of Yarn 2 and later, which are YAML.

Format: Yarn 1, `src/lockfile/parse.js`; Yarn 4, `packages/yarnpkg-core/sources/Project.ts` and
`packages/yarnpkg-parsers/sources/syml.ts`. A row has all descriptors (`name@range`) that are resolved to one package as
its key. Version 1 does not know the project and its workspaces: they are read from package.json.

`checksum` of Yarn 2 and later is the digest of the zip archive that Yarn makes of the tarball for its cache, in a form
that `cacheKey` names. It fixes the content, so the package counts as pinned by a hash; it is no digest of any
artifact that a registry serves, so it is a property and not one of the hashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.integrity import malformed_properties
from sbomgate.collectors.lockfiles.npm import (
    ALIAS,
    PATCH,
    TABLES,
    Noun,
    Reader,
    git_source,
    hosted_archive,
    is_git,
    is_http,
    project_name,
    read_sides,
    split_locator,
    wanted,
)
from sbomgate.collectors.lockfiles.plain_yaml import load
from sbomgate.collectors.lockfiles.provenance import filename
from sbomgate.collectors.lockfiles.workspaces import globs, members
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Digest, Pin, Source
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, normalised

CHECKSUM: Final = "sbomgate:npm:yarn-checksum"
"""Property: the digest of the archive in Yarn's cache, after the key of the form that it has."""
CONDITIONS: Final = "sbomgate:npm:yarn-conditions"
"""Property: the platforms that a package is for, `os=darwin & cpu=arm64`. Yarn writes no checksum of such a package."""

_FIX: Final = "run `yarn install`"
_SCOPES: Final = {"dependencies": "runtime", "optionalDependencies": "optional", "devDependencies": "dev", "peerDependencies": "peer"}
_MAX_UNREADABLE: Final = 20
_MAX_CONDITIONS: Final = 200
_MAX_PATCHED: Final = 4096  # characters of a reference to a patched package, which may itself be patched
_MAX_STEPS: Final = 1_000_000  # times that a peer is looked for in what a dependent needs
_NEWEST: Final = 10
"""`__metadata.version` of Yarn 4 is 8; 9 and 10 are written by its successors."""

_LINE: Final = re.compile(
    r'^(?:(    |  )(?:"([^"\\\n]*+)"|([^\s":,\\#]++))(?:(:)| (?:"([^"\\\n]*+)"|([^\s",:\\]++)))|([^\s].*+)|(.*+))$', re.MULTILINE
)
_descriptors: Final = re.compile(r'\s*+(?:("(?:[^"\\]|\\.)*+")|([^\s",:]++))\s*+([,:]|\Z)').match
_escaped_line: Final = re.compile(r'( {2}| {4})("(?:[^"\\]|\\.)*+"|[^\s":,]++)(?:(:)| ("(?:[^"\\]|\\.)*+"|[^\s",:]++))\Z').match
_is_sha1: Final = re.compile(r"[0-9a-fA-F]{40}").fullmatch
_is_checksum: Final = re.compile(r"(?:[A-Za-z0-9.]+/)?(?:[0-9a-f]{128}|[0-9a-f]{64})").fullmatch
_is_modern: Final = re.compile(r"^__metadata:", re.MULTILINE).search


class _Row(NamedTuple):
    """One entry of version 1."""

    descriptors: list[str]
    line: int
    fields: dict[str, str]
    tables: dict[str, dict[str, str]]


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package, version and source; CollectError if `file` is no lockfile of Yarn."""
    return read_sides(file, lambda text: _read_modern(file, text) if _is_modern(text) else _read_classic(file, text))


# version 1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read_classic(file: SourceFile, text: str) -> list[Noun]:
    reader = Reader(file, fix=_FIX)
    rows = _rows(reader, text.replace("\r\n", "\n") if "\r" in text else text)
    if not rows and (reader.nouns or "yarn lockfile v1" not in text[:500]):
        raise CollectError("neither rows nor the first lines of a lockfile of Yarn in it", file.path, fix=_FIX)
    by_descriptor: dict[str, str] = {}
    by_name: dict[str, set[str]] = {}
    edges: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
    for row in rows:
        purl = _add_classic(reader, row)
        if purl is None:
            continue
        for descriptor in row.descriptors:
            by_descriptor.setdefault(descriptor, purl)
            by_name.setdefault(descriptor[: descriptor.find("@", 1)], set()).add(purl)
        if row.tables:
            for key, table in (("dependencies", reader.needs), ("optionalDependencies", reader.optional)):
                if key in row.tables:
                    edges.append((purl, row.tables[key], table))
    lost: list[str] = []
    for purl, needs, table in edges:
        found = table.setdefault(purl, [])
        for name, text_ in needs.items():
            need = by_descriptor.get(f"{name}@{text_}")
            if need is None and (need := _only(by_name, name)) is None:
                lost.append(f"{reader.components[purl].name}.{name}")
            else:
                found.append(need)
    if lost:
        more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        reader.problem(f"leads to no row of the file{more}: it was cut or changed by hand", lost[0])
    _read_projects(reader, by_descriptor, by_name)
    return reader.finish(scoped=True)


def _rows(reader: Reader, text: str) -> list[_Row]:
    """The entries of a version 1 file, in time linear to its length. What does not fit the grammar is told and left out."""
    rows: list[_Row] = []
    fields: dict[str, str] = {}
    tables: dict[str, dict[str, str]] = {}
    table: dict[str, str] | None = None
    unreadable = 0
    number = 0
    for indent, quoted_key, bare_key, colon, quoted, bare, head, other in _LINE.findall(text):
        number += 1
        if head:
            if head[0] == "#":
                continue
            descriptors = head[:-1].split(", ") if '"' not in head and head.find(":") == len(head) - 1 else _split(head)
            if descriptors:
                fields, tables, table = {}, {}, None
                rows.append(_Row(descriptors, number, fields, tables))
                continue
        elif indent:
            if rows:
                key = quoted_key or bare_key
                if len(indent) == 4:
                    if table is not None and not colon:
                        table[key] = quoted or bare
                        continue
                elif colon:
                    table = tables.setdefault(key, {})
                    continue
                else:
                    fields[key] = quoted or bare
                    table = None
                    continue
        elif not other or not other.strip() or other.lstrip()[0] == "#":
            continue
        elif rows and (match := _escaped_line(other)) is not None:
            key, value = _unquoted(match[2]), _unquoted(match[4] or "")
            if len(match[1]) == 4 and table is not None:
                table[key] = value
                continue
            if len(match[1]) == 2:
                if match[3]:
                    table = tables.setdefault(key, {})
                else:
                    fields[key] = value
                continue
        unreadable += 1
        if unreadable <= _MAX_UNREADABLE:
            reader.problem("not of the grammar of yarn.lock", f"line {number}")
    return rows


def _split(head: str) -> list[str]:
    """The descriptors in the first line of an entry; empty if it is none."""
    found = []
    at = 0
    while match := _descriptors(head, at):
        found.append(_unquoted(match[1]) if match[1] else match[2])
        at = match.end()
        if match[3] == ":":
            return found if not head[at:].strip() else []
        if not match[3]:
            return []
    return []


def _unquoted(text: str) -> str:
    if text[:1] != '"':
        return text
    if "\\" not in text:
        return text[1:-1]
    from json import loads

    try:
        found: str = loads(text)
    except ValueError:
        return text[1:-1]
    from sbomgate.text import without_surrogates

    return without_surrogates(found)


def _add_classic(reader: Reader, row: _Row) -> str | None:
    """Take an entry of version 1; gives the purl of its component."""
    first = row.descriptors[0]
    at = first.find("@", 1)
    name, asked = (first[:at], first[at + 1 :]) if at > 0 else (first, "")
    aliases: tuple[tuple[str, str], ...] = ()
    if "@npm:" in first or (len(row.descriptors) > 1 and any("@npm:" in descriptor for descriptor in row.descriptors)):
        pairs = [split_locator(descriptor) for descriptor in row.descriptors]
        name, asked = next(((wanted(one, text).name, "") for one, text in pairs if text.startswith("npm:")), (name, asked))
        aliases = tuple(sorted({(ALIAS, one) for one, _ in pairs if one != name}))
    get = row.fields.get
    version, resolved = get("version") or "", get("resolved")
    if not name:
        reader.problem("no name of a package", f"line {row.line}")
        return None
    digests, properties, pin = reader.integrity(get("integrity"), f'"{first}".integrity')
    source: Source | None = None
    artifacts: tuple[Artifact, ...] = ()
    if resolved:
        url, mark, fragment = resolved.partition("#")
        if not (url[:8] == "https://" and "/-/" in url) and is_git(resolved):
            source = git_source(resolved)
            reader.tell_credentials(resolved, row.line)
        else:
            if mark and _is_sha1(fragment):
                digests = (*digests, Digest("sha1", fragment.lower()))
            if is_http(url):
                if "@" in url:
                    reader.tell_credentials(url, row.line)
                if "/-/" in url or (not is_http(asked) and "/" not in asked):
                    source = reader.index(url, name)
                else:
                    source = hosted_archive(url) or Source("url", redacted_url(url))
                artifacts = reader.artifact(url, digests)
            elif url.startswith("file:"):
                source = Source("path", normalised(url[5:]))
                artifacts = (Artifact("", filename(url), digests),)
            else:  # a file of an offline mirror, whose folder the configuration names
                artifacts = (Artifact("", filename(url), digests),)
    elif asked[:5] == "link:":
        return reader.add_project(name, version if version != "0.0.0" else "", normalised(asked[5:]), row.line)
    elif asked[:5] == "file:" or asked[:1] in ("/", ".", "~"):
        source = Source("path", normalised(asked.removeprefix("file:")))
    elif digests:
        artifacts = reader.artifact("", digests)
    if not version:
        reader.problem("no version", f'"{first}"')
    return reader.add(
        name, version, row.line, pin, digests=digests, artifacts=artifacts, source=source, properties=tuple(sorted({*properties, *aliases}))
    )


def _read_projects(reader: Reader, by_descriptor: dict[str, str], by_name: dict[str, set[str]]) -> None:
    """Take the project beside the lockfile and the members of its workspace, with what they ask for."""
    root = reader.manifest("")
    if not root:
        return
    folder = reader.file.path.rpartition("/")[0]
    manifests = {"": root}
    for member in members(reader.file.tree, folder, globs(root)):
        manifests[member] = reader.manifest(member)
    purls = {path: reader.add_project(*project_name(manifest, path), path, 0) for path, manifest in manifests.items()}
    named = {manifest["name"]: purls[path] for path, manifest in manifests.items() if isinstance(manifest.get("name"), str)}
    for path, manifest in manifests.items():
        for key in TABLES:
            table = manifest.get(key)
            for name, text in table.items() if isinstance(table, dict) else ():
                purl = by_descriptor.get(f"{name}@{text}") or named.get(name) or _only(by_name, name)
                if purl is not None and purl != purls[path]:
                    reader.needed(purls[path], purl, _SCOPES[key])


def _only(by_name: dict[str, set[str]], name: str) -> str | None:
    """The only package of this name: what a range stands for that `resolutions` of a package.json has overruled."""
    found = by_name.get(name, ())
    return next(iter(found)) if len(found) == 1 else None


# version 2 and later ──────────────────────────────────────────────────────────────────────────────────────────────────


def _read_modern(file: SourceFile, text: str) -> list[Noun]:
    document = load(text, file.path)[0]
    if type(document.value) is not dict:
        raise CollectError(f"expected table, found {type_name(document.value)}", file.path, fix=_FIX)
    reader = Reader(file, fix=_FIX)
    for place, line in document.duplicates[:_MAX_UNREADABLE]:
        reader.problem(f"duplicate key in line {line}; the last one was read", place)
    metadata = reader.table(document.value, "__metadata")
    version = metadata.get("version")
    if type(version) is not int or not 1 <= version <= _NEWEST:
        reader.problem(f"unknown version {version!r}"[:80], "__metadata.version", "scan with a newer sbomgate")
    lock = _Modern(reader)
    # rows of patches come after those of what they change, whose components they join
    for key, entry in sorted(document.value.items(), key=lambda item: "@patch:" in item[0]):
        if key == "__metadata":
            continue
        if type(entry) is dict:
            lock.add(key, entry, document.line(entry))
        else:
            reader.problem(f"expected table, found {type_name(entry)}", f'["{key}"]')
    lock.connect()
    return reader.finish(scoped=True)


class _Modern:
    """The rows of one file of Yarn 2 or later, and what they are known by."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.by_descriptor: dict[str, str] = {}
        self.by_name: dict[str, set[str]] = {}
        self.projects: dict[str, str] = {}
        """purl of a project → its folder, if it is a member of the workspace; empty for a linked one."""
        self.edges: list[tuple[str, dict[str, Any], str]] = []
        self.with_peers: set[str] = set()
        self.dependents: dict[str, list[str]] = {}
        """purl of a package with peers → who needs it."""
        self.found: dict[str, dict[str, str]] = {}
        """purl → name that it needs → purl."""
        self.hashed: set[str] = set()
        """`name@version` of what has a checksum."""

    def add(self, key: str, entry: dict[str, Any], line: int) -> None:
        """Take a row; its edges wait until all rows are known."""
        reader = self.reader
        where = f'["{key}"]'
        descriptors = key.split(", ") if ", " in key else [key]
        locator = entry.get("resolution")
        if type(locator) is not str:
            reader.problem(f"expected string, found {type_name(locator)}", f"{where}.resolution")
            locator = descriptors[0]
        name, reference = split_locator(locator)
        if not name:
            reader.problem("no name of a package", where)
            return
        version = reader.text(entry, "version", where) if type(entry.get("version")) is not str else entry["version"]
        if reference[:4] == "npm:" and "::" not in reference:
            source, url = None, ""
        else:
            source, url = self._source(name, reference, line)
        if source is not None and source.kind == "path" and (entry.get("linkType") == "soft" or reference.startswith("workspace:")):
            folder = source.url
            is_member = reference.startswith("workspace:")
            manifest = reader.manifest(folder)
            own = manifest.get("version")
            purl = reader.add_project(name, own if isinstance(own, str) else version.replace("0.0.0-use.local", ""), folder, line)
            self.projects[purl] = folder if is_member else ""
        else:
            purl = self._add_package(name, version, line, entry, source, url, where, is_patch=reference.startswith("patch:"))
        for descriptor in descriptors:
            self.by_descriptor.setdefault(descriptor, purl)
            if "::" in descriptor:  # bound to the project that asks for it: `a@file:./a::locator=…`
                self.by_descriptor.setdefault(descriptor[: descriptor.index("::")], purl)
            at = descriptor.find("@", 1)
            self.by_name.setdefault(descriptor[:at], set()).add(purl)
            if descriptor[:at] != name and at > 0:
                reader.add_property(purl, (ALIAS, descriptor[:at]))
        if reference.startswith("patch:"):
            reader.add_property(purl, (PATCH, _patch(reference)))
        if "dependencies" in entry or "peerDependencies" in entry:
            self.edges.append((purl, entry, where))
            if "peerDependencies" in entry:
                self.with_peers.add(purl)

    def _add_package(
        self, name: str, version: str, line: int, entry: dict[str, Any], source: Source | None, url: str, where: str, *, is_patch: bool
    ) -> str:
        checksum = entry.get("checksum")
        properties: tuple[tuple[str, str], ...] = ()
        pin = Pin.EXACT
        if type(checksum) is int:  # of digits only, which one in 10^26 is
            checksum = str(checksum)
        if type(checksum) is str:
            if _is_checksum(checksum):
                properties, pin = ((CHECKSUM, checksum),), Pin.HASHED
            else:
                properties = malformed_properties((checksum or '""',))
        elif checksum is not None:
            self.reader.problem(f"expected string, found {type_name(checksum)}", f"{where}.checksum")
        elif is_patch and f"{name}@{version}" in self.hashed:
            pin = Pin.HASHED  # what is patched has the checksum, and the patch is Yarn's own or a file of the project
        if pin is Pin.HASHED:
            self.hashed.add(f"{name}@{version}")
        if (conditions := self.reader.text(entry, "conditions", where)) and checksum is None:
            properties = (*properties, (CONDITIONS, conditions[:_MAX_CONDITIONS]))
        artifacts = self.reader.artifact(url, ()) if url else ()
        return self.reader.add(name, version, line, pin, artifacts=artifacts, source=source, properties=properties)

    def _source(self, name: str, reference: str, line: int) -> tuple[Source | None, str]:
        """Where a package comes from, and its address. Source: the `Resolver` of each protocol in Yarn's sources."""
        reader = self.reader
        if reference.startswith("virtual:"):
            reference = reference.partition("#")[2]
        if reference.startswith("patch:"):
            inner = _unescaped(reference[6:].partition("#")[0])
            is_sound = inner.find("@", 1) > 0 and len(inner) < len(reference) < _MAX_PATCHED
            return self._source(*split_locator(inner), line) if is_sound else (None, "")
        bound, _, parameters = reference.partition("::")
        if bound.startswith("npm:"):
            for pair in parameters.split("&"):
                key, _, value = pair.partition("=")
                if key == "__archiveUrl":
                    url = _unescaped(value)
                    reader.tell_credentials(url, line)
                    return reader.index(url, name), url
            return None, ""
        protocol, colon, path = bound.partition(":")
        if colon and protocol in ("workspace", "link", "portal", "file", "exec"):
            path = path.partition("#")[0] or "."
            base = _unescaped(parameters.partition("locator=")[2].partition("&")[0]).partition("@workspace:")[2]
            return Source("path", normalised(f"{base}/{path}" if base and not path.startswith("/") else path)), ""
        reader.tell_credentials(bound, line)
        if is_git(bound) or "#commit=" in bound:
            return git_source(bound), ""
        if is_http(bound):
            url = bound.partition("#")[0]
            return reader.index(url, name) if "/-/" in url else hosted_archive(url) or Source("url", redacted_url(url)), url
        return None, ""

    def connect(self) -> None:
        """Resolve what each row needs to the row that has it."""
        reader = self.reader
        lost: list[str] = []
        for purl, entry, where in self.edges:
            wanted_ = reader.texts(entry, "dependencies", where)
            optional = reader.table(entry, "dependenciesMeta", where) if "dependenciesMeta" in entry else {}
            manifest = reader.manifest(self.projects[purl]) if self.projects.get(purl) else {}
            is_project = purl in self.projects
            for name, text in wanted_.items():
                need = self._find(name, text)
                if need is None:
                    lost.append(f"{where}.dependencies.{name}")
                    continue
                if need in self.with_peers:
                    self.dependents.setdefault(need, []).append(purl)
                self.found.setdefault(purl, {})[name] = need
                if is_project:
                    if need != purl:
                        reader.needed(purl, need, _scope(manifest, name))
                else:
                    meta = optional.get(name)
                    is_optional = type(meta) is dict and meta.get("optional") is True
                    (reader.optional if is_optional else reader.needs).setdefault(purl, []).append(need)
        self._connect_peers()
        if lost:
            more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
            reader.problem(f"leads to no row of the file{more}: it was cut or changed by hand", lost[0])

    def _connect_peers(self) -> None:
        """Let each peer be what those who need the package have under its name, or else the only package of that name.

        The file does not resolve peers: Yarn does it anew for each dependent, `Project.ts`, "resolvePeerDependencies".
        """
        reader = self.reader
        steps = 0
        for purl, entry, where in self.edges:
            if "peerDependencies" not in entry:
                continue
            dependents = self.dependents.get(purl, ())
            for name in reader.table(entry, "peerDependencies", where):
                steps += 1 + len(dependents)
                if steps > _MAX_STEPS:
                    reader.problem(
                        f"more than {_MAX_STEPS} ways to a peer; further peers are not told",
                        f"{where}.peerDependencies",
                        "look at it by hand",
                    )
                    return
                needs = {need for dependent in dependents if (need := self.found.get(dependent, {}).get(name)) is not None}
                if not needs and (only := _only(self.by_name, name)) is not None:
                    needs = {only}
                for need in sorted(needs - {purl}):
                    if purl in self.projects:
                        reader.needed(purl, need, "peer")
                    else:
                        reader.optional.setdefault(purl, []).append(need)

    def _find(self, name: str, text: str) -> str | None:
        """The purl of what `name: text` means. Ranges have had `npm:` before them in all places since version 8."""
        known = self.by_descriptor
        return known.get(f"{name}@{text}") or known.get(f"{name}@npm:{text}") or _only(self.by_name, name)


def _scope(manifest: dict[str, Any], name: str) -> str:
    """Why a project needs `name`: the lockfile has all in one table."""
    for key in TABLES:
        table = manifest.get(key)
        if isinstance(table, dict) and name in table:
            return _SCOPES[key]
    return "runtime"


def _patch(reference: str) -> str:
    """What a package is patched with: `~/.yarn/patches/a.patch`, or `builtin<compat/a>`."""
    text = _unescaped(reference.partition("#")[2].partition("::")[0])
    return re.sub(r"^(?:~|optional!|\./)*(?=builtin)", "", text)[:200]


def _unescaped(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text, errors="backslashreplace")
