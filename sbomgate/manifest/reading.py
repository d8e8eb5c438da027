"""The manifest that a CycloneDX document states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Final

from sbomgate.errors import CollectError
from sbomgate.manifest.names import (
    AGENT,
    COMPLETE,
    CONTENT,
    HASH_LENGTHS,
    HOOK,
    HOOK_FACTS,
    ORIGIN,
    SERVER,
    SERVER_FACTS,
    SETTING,
    SETTINGS,
    is_digest,
)
from sbomgate.manifest.nouns import AND, Known, Manifest, Package, gathered
from sbomgate.model import Location, Origin
from sbomgate.purl import pattern as purl_pattern
from sbomgate.purl import without_version

if TYPE_CHECKING:
    from sbomgate.manifest.json_text import Event

MAX_DOCUMENT: Final = 256 * 2**20
MAX_COMPONENTS: Final = 1_000_000
VERSIONS: Final = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
_NO_HASHES: Final[frozenset[tuple[str, str]]] = frozenset()
_SINGLE: Final = frozenset(
    (AGENT, COMPLETE, CONTENT, ORIGIN, f"{SERVER}key", *(HOOK + name for name in HOOK_FACTS), *(SERVER + name for name in SERVER_FACTS))
)
"""Properties that are read: of two values it would not be known which counts."""
_REFERENCES: Final = frozenset(("distribution", "source-distribution", "distribution-intake"))


def load(path: str) -> Manifest:
    """The manifest in the CycloneDX file, JSON or XML, at `path`; CollectError if it is none."""
    import os
    import stat

    from sbomgate.tree import OPEN_FLAGS

    try:
        handle = os.open(os.path.realpath(path), OPEN_FLAGS)  # named by the caller: a link is as good as a file
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        raise CollectError(f"cannot be read ({what})", path) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise CollectError("not a regular file", path, fix="a manifest is CycloneDX JSON")
        if status.st_size > MAX_DOCUMENT:
            raise CollectError(f"larger than {MAX_DOCUMENT // 2**20} MiB", path, fix="no real document is; look at it by hand")
        with os.fdopen(handle, "rb", buffering=0, closefd=False) as file:
            return _manifest(_file_events(file, path), path)
    except OSError as error:
        raise CollectError(f"cannot be read ({error.strerror})", path) from error
    finally:
        os.close(handle)


def read(path: str) -> bytes:
    """The bytes of the file at `path`, as many as a manifest may have; CollectError if they cannot be read."""
    import os

    from sbomgate.tree import read_regular

    try:
        return read_regular(os.path.realpath(path), MAX_DOCUMENT)  # named by the caller: a link is as good as a file
    except OSError as error:
        raise CollectError(f"cannot be read ({error.strerror})", path) from error


def parse(data: bytes, path: str) -> Manifest:
    """The manifest that the bytes of a CycloneDX file state; CollectError if they are none. Who verified a signature has these bytes."""
    from io import BytesIO

    return _manifest(_file_events(BytesIO(data), path), path)


def _file_events(file: IO[bytes], path: str) -> Iterator[Event]:
    start = file.read(4096)
    if start.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] == b"<":
        from sbomgate.manifest import xml_text

        return xml_text.events(file, path, MAX_DOCUMENT, start)
    if b"\0" in start[:4]:
        raise CollectError("not UTF-8, but UTF-16 or UTF-32", path, fix="a manifest is CycloneDX JSON in UTF-8")
    from sbomgate.manifest import json_text

    return json_text.events(file, path, MAX_DOCUMENT, start)


def from_document(document: Any, path: str) -> Manifest:
    """The manifest that a parsed CycloneDX document states; CollectError if it is no such document."""
    if not isinstance(document, dict):
        raise _no_document(path)
    return _manifest(_events(document), path)


def license_names(rows: Any) -> tuple[str, ...]:
    """What the array `licenses` of a component declares, sorted: ids, names, expressions. What somebody else concluded does not count."""
    found = set()
    for row in rows if isinstance(rows, list) else ():
        inner = row.get("license") if isinstance(row, dict) else None
        values = [row.get("expression"), row.get("acknowledgement")] if isinstance(row, dict) else []
        if isinstance(inner, dict):
            values = [inner.get("id") or inner.get("name"), inner.get("acknowledgement")]
        if values and isinstance(values[0], str) and values[0] and values[1] != "concluded":
            found.add(values[0])
    return tuple(sorted(found))


def _events(document: dict[str, Any]) -> Iterator[Event]:
    for key, value in document.items():
        if isinstance(value, list):
            yield key, -1, None
            for index, item in enumerate(value):
                yield key, index, item
        else:
            yield key, None, value


def _no_document(path: str, *, spdx: bool = False) -> CollectError:
    if spdx:
        return CollectError(
            "an SPDX document, no CycloneDX", path, "bomFormat", "write it with `sbomgate manifest write`, from the same target"
        )
    return CollectError("no CycloneDX document", path, "bomFormat", "write it with `sbomgate manifest write`")


def _manifest(events: Iterable[Event], path: str) -> Manifest:
    reading = _Reading(path)
    for key, index, value in events:
        reading.take(key, index, value)
    return reading.manifest()


class _Reading:
    """What was read so far. Members may come in any order, so what another tool says is judged at the end."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.location = Location(path)
        self.bom_format: Any = None
        self.spdx = False
        self.spec_version: Any = None
        self.metadata: dict[str, Any] = {}
        self.properties: dict[str, str] = {}
        self.packages: dict[str, Package] = {}
        self.referenced: dict[str, frozenset[tuple[str, str]]] = {}
        """purl → hashes that stand on its distribution alone."""
        self.hooks: list[Known] = []
        self.servers: list[Known] = []
        self.settings: dict[tuple[str, str, str], Location] = {}
        self.unnamed: list[tuple[dict[str, Any], dict[str, str]]] = []
        """Components without a purl, as far as a purl could be made of them."""
        self.texts: dict[str, str] = {}
        """Versions and algorithms, one object for each: a large document has few of them."""
        self.count = 0
        self.nameless = 0
        self.references: set[int] = set()
        """Hashes of the bom-refs: a million of them take a fifth of the memory of their texts."""
        self.repeated = 0
        self.first_repeated = ""
        self.counts = {"digests": 0, "versions": 0, "unnamed": 0}

    def take(self, key: str, index: int | None, value: Any) -> None:
        if key == "bomFormat":
            self.bom_format = value
        elif key == "spdxVersion":
            self.spdx = True
        elif key == "specVersion":
            self.spec_version = [] if index == -1 else value if index is None else self.spec_version
        elif key == "metadata":
            if index is not None or not (value is None or isinstance(value, dict)):
                raise CollectError("expected table", self.path, "metadata")
            self.metadata = value or {}
            self.properties = self._properties(self.metadata, "metadata")
        elif key in ("components", "services"):
            if index is None and value is not None:
                raise CollectError("expected array", self.path, key)
            if index is not None and index >= 0:
                (self._component_tree if key == "components" else self._service)(f"{key}[{index}]", value)

    def manifest(self) -> Manifest:
        if self.bom_format != "CycloneDX":
            raise _no_document(self.path, spdx=self.spdx)
        if self.spec_version not in VERSIONS:
            what = f"CycloneDX version {str(self.spec_version)[:20]!r} is not known"
            raise CollectError(what, self.path, "specVersion", "1.2 to 1.7 are read")
        native = COMPLETE in self.properties
        limits = self._own_subject() if native else self._from_elsewhere()
        if self.repeated:
            count = f"{self.repeated} references (bom-ref) occur" if self.repeated > 1 else "1 reference (bom-ref) occurs"
            limits.append(f"{count} more than once, first at {self.first_repeated}; components were told apart by their purls")
        by_name: dict[str, tuple[Package, ...]] = {}
        for purl in sorted(self.packages):
            package = self.packages[purl]
            name = without_version(purl)
            by_name[name] = (*by_name[name], package) if name in by_name else (package,)
        return Manifest(
            path=self.path,
            packages=by_name,
            hooks=gathered(self.hooks),
            servers=gathered(self.servers),
            settings=self.settings,
            native=native,
            complete=self.properties.get(COMPLETE, "true") == "true",
            unnamed=self.counts["unnamed"] if not native else self.nameless,
            tool="" if native else self._tool(),
            limits=tuple(limits),
        )

    def _own_subject(self) -> list[str]:
        """Take up what a document of ours is about, if that is a component of the inventory: its purl is its reference where nobody publishes it."""
        component = self.metadata.get("component")
        if isinstance(component, dict) and ORIGIN in (own := self._properties(component, "metadata.component")):
            purl = self._text(component, "purl", "metadata.component") or self._text(component, "bom-ref", "metadata.component")
            version = self._text(component, "version", "metadata.component")
            if purl.startswith("pkg:"):
                self._add(self._package(purl_pattern(purl), version, self._hashes(component, "metadata.component"), own, ()))
            for where, inner in self._below("metadata.component", component):
                if where != "metadata.component":
                    self._component(where, inner)
        return []

    def _tool(self) -> str:
        from sbomgate.manifest.foreign import tool_name

        return tool_name(self.metadata)

    def _from_elsewhere(self) -> list[str]:
        """Make of the packages of another tool what we would have said of them; what cannot be compared, in sentences."""
        from sbomgate.manifest.foreign import derived, limits, normal, same_version, stated_version, versioned

        tool = self._tool()
        raw, self.packages = self.packages, {}
        unnamed: list[str] = []
        self.counts["unnamed"] = self.nameless - len(self.unnamed)
        for package in raw.values():
            purl = normal(package.purl)
            if not purl:
                self.counts["unnamed"] += 1
                unnamed.append(package.purl[:50])
                continue
            version = "" if package.version == "UNKNOWN" else package.version  # syft's word for none
            if version and not stated_version(purl):
                purl = versioned(purl, version)
            self.counts["versions"] += not same_version(purl, version)
            hashes = package.hashes or self.referenced.get(package.purl, _NO_HASHES)
            self._add(replace(package, purl=purl, version=stated_version(purl), hashes=hashes))
        for component, properties in self.unnamed:
            if purl := derived(component, properties, tool):
                hashes = self._hashes(component, "") or self._referenced(component, "")
                licenses = license_names(component.get("licenses"))
                self._add(self._package(purl, stated_version(purl), hashes, {}, licenses))
            else:
                self.counts["unnamed"] += 1
                unnamed.append(str(component.get("name", ""))[:50])
        self._roots()
        return limits([item for item in self.packages.values() if not item.project], unnamed, self.counts)

    def _roots(self) -> None:
        """What the document is about is known to it, though it is no component of it."""
        from sbomgate.manifest.foreign import derived, normal

        for where, component in self._below("metadata.component", self.metadata.get("component")):
            purl = self._text(component, "purl", where)
            own = self._properties(component, where)
            if name := normal(purl) or derived(component, own, self._tool()):
                before = self.packages.get(name)
                root = self._package(name, self._text(component, "version", where), _NO_HASHES, own, ())
                self.packages[name] = replace(before or root, project=True)

    def _below(self, where: str, top: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """`top`, if there is one, and every component inside of it, with their places; CollectError for what is none, or too many."""
        pending = [(where, top)] if top is not None else []
        while pending:
            place, item = pending.pop()
            if not isinstance(item, dict):
                raise CollectError("expected table", self.path, place)
            self.count += 1
            if self.count > MAX_COMPONENTS:
                raise CollectError(f"more than {MAX_COMPONENTS} components", self.path)
            yield place, item
            inside = self._list(item, "components", place)
            pending.extend((f"{place}.components[{index}]", inside[index]) for index in reversed(range(len(inside))))

    def _component_tree(self, where: str, value: Any) -> None:
        if value is None:
            raise CollectError("expected table", self.path, where)
        if isinstance(value, dict) and "components" not in value and self.count < MAX_COMPONENTS:  # nearly all of them
            self.count += 1
            self._component(where, value)
            return
        for place, component in self._below(where, value):
            self._component(place, component)

    def _component(self, where: str, component: dict[str, Any]) -> None:
        own = self._properties(component, where)
        purl = self._text(component, "purl", where)
        kind = self._text(component, "type", where)
        self._reference(component, where)
        if kind == "file" and f"{HOOK}kind" in own:
            self.hooks.append(Known(key=self._text(component, "name", where), facts=_facts(own, HOOK, HOOK_FACTS), location=self.location))
        elif kind == "file" and any(f"{SETTING}{name}" in own for name in SETTINGS):
            self._settings(where, component)
        elif purl:
            version = self._text(component, "version", where)
            hashes = self._hashes(component, where)
            if not hashes and (referenced := self._referenced(component, where)):
                self.referenced[purl_pattern(purl)] = referenced
            self._add(self._package(purl_pattern(purl), version, hashes, own, license_names(self._list(component, "licenses", where))))
        elif kind != "file":
            self.nameless += 1
            if isinstance(component.get("name"), str):
                keys = ("type", "bom-ref", "group", "name", "version", "hashes", "licenses", "externalReferences")
                self._hashes(component, where)
                self._referenced(component, where)
                self.unnamed.append(({key: component[key] for key in keys if key in component}, own))

    def _package(
        self, purl: str, version: str, hashes: frozenset[tuple[str, str]], own: dict[str, str], licenses: tuple[str, ...]
    ) -> Package:
        return Package(
            purl=purl,
            version=self.texts.setdefault(version, version),
            hashes=hashes,
            content=own.get(CONTENT, ""),
            agent=own.get(AGENT) == "true",
            location=self.location,
            bundled=own.get(ORIGIN) == Origin.BUNDLED,
            licenses=licenses,
            project=own.get(ORIGIN) == Origin.PROJECT,
        )

    def _add(self, package: Package) -> None:
        """Rows of one purl are one: with the hashes of all, and with every content that one of them states."""
        before = self.packages.get(package.purl)
        if before is not None:
            contents = sorted({*before.content.split(AND), *package.content.split(AND)} - {""})
            package = replace(
                package,
                hashes=before.hashes | package.hashes,
                content=AND.join(contents),
                agent=before.agent or package.agent,
                bundled=before.bundled and package.bundled,
                licenses=tuple(sorted({*before.licenses, *package.licenses})),
                project=before.project and package.project,
            )
        self.packages[package.purl] = package

    def _service(self, where: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise CollectError("expected table", self.path, where)
        self.count += 1
        if self.count > MAX_COMPONENTS:
            raise CollectError(f"more than {MAX_COMPONENTS} components", self.path)
        own = self._properties(value, where)
        self._reference(value, where)
        if f"{SERVER}key" in own:
            self.servers.append(Known(key=own[f"{SERVER}key"], facts=_facts(own, SERVER, SERVER_FACTS), location=self.location))

    def _settings(self, where: str, component: dict[str, Any]) -> None:
        """What agents read in a file: properties that stand there as often as there are facts."""
        path = self._text(component, "name", where)
        for row in self._list(component, "properties", where):
            name, value = row.get("name"), row.get("value")
            if isinstance(name, str) and isinstance(value, str) and name.startswith(SETTING) and name[len(SETTING) :] in SETTINGS:
                self.settings[path, name[len(SETTING) :], value] = self.location

    def _reference(self, table: dict[str, Any], where: str) -> None:
        reference = self._text(table, "bom-ref", where)
        if reference:
            number = hash(reference)
            if number in self.references:
                self.repeated += 1
                self.first_repeated = self.first_repeated or where
            self.references.add(number)

    def _properties(self, table: dict[str, Any], where: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for index, row in enumerate(self._list(table, "properties", where)):
            if not isinstance(row, dict):
                raise CollectError("expected table", self.path, f"{where}.properties[{index}]")
            name, value = row.get("name"), row.get("value")
            if isinstance(name, str) and isinstance(value, str):
                if name in _SINGLE and found.get(name, value) != value:
                    raise CollectError(f"{name} stands twice, with different values", self.path, f"{where}.properties[{index}]")
                found[name] = value
        return found

    def _hashes(self, table: dict[str, Any], where: str) -> frozenset[tuple[str, str]]:
        rows = self._list(table, "hashes", where)
        if not rows:
            return _NO_HASHES
        found = []
        for index, row in enumerate(rows):
            if not isinstance(row, dict):
                raise CollectError("expected table", self.path, f"{where}.hashes[{index}]")
            place = f"{where}.hashes[{index}]"
            algorithm, content = self._text(row, "alg", place), self._text(row, "content", place)
            pair: tuple[str, str] | None = (algorithm, content)
            if algorithm not in HASH_LENGTHS or not is_digest(content):
                from sbomgate.manifest.foreign import digest

                pair = digest(algorithm, content)
            if pair is None:
                self.counts["digests"] += 1
            else:
                found.append((self.texts.setdefault(pair[0], pair[0]), pair[1]))
        return frozenset(found)

    def _referenced(self, component: dict[str, Any], where: str) -> frozenset[tuple[str, str]]:
        """The hashes of the artifacts that the component may be had from."""
        found: frozenset[tuple[str, str]] = _NO_HASHES
        for index, row in enumerate(self._list(component, "externalReferences", where)):
            if not isinstance(row, dict):
                raise CollectError("expected table", self.path, f"{where}.externalReferences[{index}]")
            if "hashes" in row and row.get("type") in _REFERENCES:
                found |= self._hashes(row, f"{where}.externalReferences[{index}]")
        return found

    def _text(self, table: dict[str, Any], key: str, where: str) -> str:
        value = table.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise CollectError("expected string", self.path, f"{where}.{key}")
        return value

    def _list(self, table: dict[str, Any], key: str, where: str) -> list[Any]:
        value = table.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise CollectError("expected array", self.path, f"{where}.{key}" if where else key)
        return value


def _facts(properties: dict[str, str], prefix: str, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The facts that `hook_facts` or `server_facts` wrote; everything else below the prefix is for people."""
    return tuple((name, properties[prefix + name]) for name in names if properties.get(prefix + name))
