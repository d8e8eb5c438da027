"""The SBOMs in `.dist-info/sboms/`: what a wheel carries inside itself and no metadata names. Source: PEP 770.

They are the author's word: nothing in them can be checked against the wheel. Read are CycloneDX 1.x, SPDX 2.x and SPDX
3.0, as JSON, which is what the tools that write such documents (auditwheel, maturin, build backends) choose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.integrity import parse_hash
from sbomgate.errors import CollectError
from sbomgate.inventory import BUNDLED_IN
from sbomgate.model import Component, Digest, Location, Metadata, Origin, Pin, Problem
from sbomgate.purl import canonical_name, generic
from sbomgate.purl import pattern as purl_pattern
from sbomgate.tree import Tree, parse_json

FOLDER: Final = "sboms"
MAX_DOCUMENT: Final = 32 * 2**20
MAX_DOCUMENTS: Final = 100
MAX_COMPONENTS: Final = 50_000
"""Of one distribution; a Rust extension has three hundred."""

_PURL: Final = re.compile(
    r"pkg:(?P<type>[A-Za-z][A-Za-z0-9.+-]{0,40})/(?P<path>@?[^@?#\s]{1,500})(?:@(?P<version>[^?#\s]{0,200}))?(?:[?#]\S{0,500})?"
).fullmatch
_MAX_TEXT: Final = 300
_MAX_LOST: Final = 50
_FIX: Final = "ask its author for a readable SBOM"


class Nested(NamedTuple):
    """What the SBOMs of one distribution say."""

    nouns: tuple[Component | Problem | str, ...]
    roots: tuple[str, ...]
    """purls that the distribution holds itself: those that no other of its components brings in."""


class _Stated(NamedTuple):
    """One component as a document states it."""

    reference: str
    name: str
    version: str
    purl: str
    digests: tuple[Digest, ...]
    license: str


def read_nested(tree: Tree, metadata_path: str, owner_purl: str) -> Nested:
    """The components in the SBOMs below `metadata_path`, the `.dist-info` of the distribution `owner_purl`.

    One for each purl, however many documents name it; the distribution itself is none. Never raises: what cannot be read
    is a Problem among the nouns.
    """
    folder = f"{metadata_path}/{FOLDER}"
    if tree.kind(folder) != "folder":
        return Nested((), ())
    reader = _Reader(tree, owner_purl)
    try:
        entries = tree.entries(folder)
    except CollectError as error:
        return Nested((Problem(path=error.path, where=error.where, what=error.what, fix=error.fix),), ())
    if len(entries) > MAX_DOCUMENTS:
        reader.problem(folder, f"more than {MAX_DOCUMENTS} documents; the first ones are read")
    for entry in entries[:MAX_DOCUMENTS]:
        path = f"{folder}/{entry.name}"
        if entry.kind == "folder":
            continue
        if not entry.name.lower().endswith(".json"):
            reader.notes.append(f"{path}: not read; only JSON documents are")
            continue
        try:
            reader.document(path)
        except CollectError as error:
            reader.problem(error.path or path, error.what, error.where)
    return reader.result()


class _Reader:
    def __init__(self, tree: Tree, owner_purl: str) -> None:
        self.tree = tree
        self.owner = owner_purl
        self.owner_name = canonical_name(owner_purl.removeprefix("pkg:pypi/").partition("@")[0].partition("?")[0])
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.found: dict[str, tuple[_Stated, list[Location]]] = {}
        self.edges: defaultdict[str, set[str]] = defaultdict(set)
        self.digests: defaultdict[str, dict[Digest, None]] = defaultdict(dict)
        self.is_full = False

    def problem(self, path: str, what: str, where: str = "") -> None:
        self.problems.append(Problem(path=path, what=what, where=where, fix=_FIX))

    def document(self, path: str) -> None:
        try:
            text = self.tree.read(path, MAX_DOCUMENT).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise CollectError(f"not valid UTF-8 (byte {error.start})", path) from error
        value = parse_json(text, path)
        if not isinstance(value, dict):
            raise CollectError(f"expected table, found {type_name(value)}", path)
        if value.get("bomFormat") == "CycloneDX":
            stated, pairs = list(_cyclonedx(value)), _cyclonedx_edges(value)
        elif isinstance(value.get("spdxVersion"), str):
            stated, pairs = list(_spdx_2(value)), _spdx_2_edges(value)
        elif isinstance(value.get("@graph"), list):
            stated, pairs = list(_spdx_3(value)), _spdx_3_edges(value)
        else:
            raise CollectError("neither CycloneDX nor SPDX", path)
        purls = self._components(path, text, stated)
        for one, other in pairs:
            if (source := purls.get(one)) and (target := purls.get(other)) and source != target:
                self.edges[source].add(target)

    def _components(self, path: str, text: str, stated: list[_Stated]) -> dict[str, str]:
        """Take the components; reference → purl."""
        purls: dict[str, str] = {}
        at = line = 0
        lost = 0
        for item in stated:
            purl, name, version = _identity(item)
            if not purl:
                self.problem(path, "a component without a name", item.reference[:_MAX_TEXT])
                continue
            if purl.startswith("pkg:pypi/") and name == self.owner_name:
                continue  # the distribution itself
            if len(self.found) >= MAX_COMPONENTS and purl not in self.found:
                if not self.is_full:
                    self.problem(path, f"more than {MAX_COMPONENTS} components; the first ones are read")
                self.is_full = True
                break
            written = f'"{item.purl or item.name}"'
            if lost < _MAX_LOST:
                place = text.find(written, at)
                if place < 0:  # documents are sorted by other things too
                    lost += 1
                    place = text.find(written)
                    at, line = 0, 0
                if place >= 0:
                    line += text.count("\n", at, place)
                    at = place
            else:
                place = -1
            location = Location(path, line + 1 if place >= 0 else 0)
            if purl in self.found:
                self.found[purl][1].append(location)
            else:
                self.found[purl] = (item._replace(name=name, version=version), [location])
            self.digests[purl].update(dict.fromkeys(item.digests))
            purls[item.reference or purl] = purl
        return purls

    def result(self) -> Nested:
        needed = {purl for purls in self.edges.values() for purl in purls}
        components = []
        for purl, (item, locations) in self.found.items():
            components.append(
                Component(
                    ecosystem=purl[4:].partition("/")[0],
                    name=item.name,
                    version=item.version,
                    purl=purl,
                    origin=Origin.BUNDLED,
                    pin=Pin.EXACT if item.version else Pin.NONE,
                    locations=tuple(dict.fromkeys(locations)),
                    hashes=tuple(self.digests[purl]),
                    dependencies=tuple(sorted(self.edges.get(purl, ()))),
                    metadata=Metadata(license_expression=item.license) if item.license else None,
                    properties=((BUNDLED_IN, self.owner),),
                )
            )
        roots = set(self.found) - needed
        if self.found and not roots:
            roots = {next(iter(self.found))}  # a cycle: the first stands for all
        return Nested((*components, *self.problems, *self.notes), tuple(sorted(roots)))


def _identity(item: _Stated) -> tuple[str, str, str]:
    """purl, name and version of a stated component; all empty if it has neither a name nor a purl."""
    match = _PURL(item.purl) if item.purl.isprintable() and item.purl.isascii() else None
    if match is not None:
        kind, version = match["type"].lower(), item.version
        if match["version"]:
            from urllib.parse import unquote

            version = unquote(match["version"])
        path = match["path"].strip("/")
        if path:
            name = path.replace("%40", "@") if kind == "npm" else path.rpartition("/")[2]
            if kind == "pypi":
                name = canonical_name(name)
            # without the subpath: cargo-cyclonedx gives one to each library and program that is built from one crate
            return purl_pattern(f"pkg:{kind}{item.purl[4 + len(match['type']) :].partition('#')[0]}"), name, version
    if not item.name.strip("/ "):
        return "", "", ""
    return generic("generic", item.name, item.version), item.name, item.version


def _text(value: Any) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _cyclonedx(document: dict[str, Any]) -> Iterator[_Stated]:
    """Every component, nested ones too. The one that the document is about comes first."""
    metadata = document.get("metadata")
    first = metadata.get("component") if isinstance(metadata, dict) else None
    pending = [*([first] if isinstance(first, dict) else []), *_tables(document.get("components"))][::-1]
    while pending:
        item = pending.pop()
        pending.extend(reversed(list(_tables(item.get("components")))))
        digests = [f"{_text(row.get('alg')).lower().replace('-', '')}:{_text(row.get('content'))}" for row in _tables(item.get("hashes"))]
        name = "/".join(part for part in (_text(item.get("group")), _text(item.get("name"))) if part)
        yield _Stated(
            _text(item.get("bom-ref")),
            name,
            _text(item.get("version")),
            _purl(item.get("purl")),
            _digests(digests),
            _cyclonedx_license(item),
        )


def _cyclonedx_license(item: dict[str, Any]) -> str:
    found = []
    for row in _tables(item.get("licenses")):
        inner = row.get("license")
        found.append(_text(row.get("expression")) or (_text(inner.get("id")) if isinstance(inner, dict) else ""))
    return found[0] if len(found) == 1 else ""


def _cyclonedx_edges(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for row in _tables(document.get("dependencies")):
        targets = row.get("dependsOn")
        for target in targets if isinstance(targets, list) else ():
            yield _text(row.get("ref")), _text(target)


def _spdx_2(document: dict[str, Any]) -> Iterator[_Stated]:
    for item in _tables(document.get("packages")):
        digests = [f"{_text(row.get('algorithm')).lower()}:{_text(row.get('checksumValue'))}" for row in _tables(item.get("checksums"))]
        located = (_purl(row.get("referenceLocator")) for row in _tables(item.get("externalRefs")) if row.get("referenceType") == "purl")
        license_ = _text(item.get("licenseConcluded"))
        yield _Stated(
            _text(item.get("SPDXID")), _text(item.get("name")), _text(item.get("versionInfo")), next(located, ""), _digests(digests),
            license_ if license_ not in ("NOASSERTION", "NONE") else "",
        )  # fmt: skip


def _spdx_2_edges(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for row in _tables(document.get("relationships")):
        one, other = _text(row.get("spdxElementId")), _text(row.get("relatedSpdxElement"))
        kind = row.get("relationshipType")
        if kind in ("DEPENDS_ON", "CONTAINS"):
            yield one, other
        elif kind in ("DEPENDENCY_OF", "CONTAINED_BY"):
            yield other, one


def _spdx_3(document: dict[str, Any]) -> Iterator[_Stated]:
    for item in _tables(document.get("@graph")):
        if _text(item.get("type", item.get("@type"))) != "software_Package":
            continue
        digests = [f"{_text(row.get('algorithm')).lower()}:{_text(row.get('hashValue'))}" for row in _tables(item.get("verifiedUsing"))]
        purl = _purl(item.get("software_packageUrl"))
        located = (
            _purl(row.get("identifier"))
            for row in _tables(item.get("externalIdentifier"))
            if row.get("externalIdentifierType") == "packageUrl"
        )
        yield _Stated(
            _text(item.get("spdxId", item.get("@id"))), _text(item.get("name")), _text(item.get("software_packageVersion")),
            purl or next(located, ""), _digests(digests), "",
        )  # fmt: skip


def _spdx_3_edges(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for item in _tables(document.get("@graph")):
        if item.get("relationshipType") in ("dependsOn", "contains"):
            targets = item.get("to")
            for target in targets if isinstance(targets, list) else ():
                yield _text(item.get("from")), _text(target)


def _purl(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 1000 else ""


def _digests(written: Iterable[str]) -> tuple[Digest, ...]:
    return tuple(digest for text in written if (digest := parse_hash(text)) is not None)
