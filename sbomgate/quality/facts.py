"""What a CycloneDX document says, as flags: read once, in linear time, whoever wrote it.

A component becomes one integer. Documents have many components and few kinds of them, so that every field of every
profile is looked up once for each kind and not for each component.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sbomgate.errors import CollectError
from sbomgate.manifest import UNKNOWN
from sbomgate.manifest.reading import MAX_COMPONENTS
from sbomgate.quality import licences

SPEC_VERSIONS: Final = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")

# facts of a component
NAME: Final = 1 << 0
VERSION: Final = 1 << 1
REFERENCE: Final = 1 << 2
PURL: Final = 1 << 3
CPE: Final = 1 << 4
OTHER_IDENTIFIER: Final = 1 << 5
"""swid, omniborId or swhid."""
SUPPLIER: Final = 1 << 6
"""A supplier with a name, an e-mail address or a URL."""
SUPPLIER_NAMED: Final = 1 << 7
"""A supplier with a name or an e-mail address."""
MANUFACTURER: Final = 1 << 8
MANUFACTURER_CONTACT: Final = 1 << 9
"""A manufacturer with an e-mail address or a URL."""
AUTHOR: Final = 1 << 10
HASH_VALUE: Final = 1 << 11
HASH_ALGORITHM: Final = 1 << 12
HASH_STRONG: Final = 1 << 13
HASH_WEAK: Final = 1 << 14
DISTRIBUTION: Final = 1 << 15
DISTRIBUTION_SHA512: Final = 1 << 16
VCS: Final = 1 << 17
SOURCE_DISTRIBUTION: Final = 1 << 18
SOURCE_SHA512: Final = 1 << 19
SECURITY_TXT: Final = 1 << 20
PURPOSE: Final = 1 << 21
DECLARED: Final = 1 << 22
DECLARED_VALID: Final = 1 << 23
"""At least one declared licence is an SPDX identifier or expression, or a `LicenseRef-`."""
CONCLUDED: Final = 1 << 24
CONCLUDED_SOME_VALID: Final = 1 << 25
CONCLUDED_VALID: Final = 1 << 26
"""Every concluded licence is."""
CONCLUDED_LISTED: Final = 1 << 27
CONCLUDED_DEPRECATED: Final = 1 << 28
CONCLUDED_RESTRICTIVE: Final = 1 << 29
FILENAME: Final = 1 << 30
EXECUTABLE: Final = 1 << 31
ARCHIVE: Final = 1 << 32
STRUCTURED: Final = 1 << 33
EFFECTIVE_LICENCE: Final = 1 << 34
DEPENDENCIES: Final = 1 << 35
"""It has a row of its own in `dependencies`; the root has one that is not empty."""
COMPLETENESS: Final = 1 << 36
"""A composition says whether its dependencies are all there."""

# what a component says that it does not know
UNKNOWN_SUPPLIER: Final = 1 << 40
UNKNOWN_LICENSE: Final = 1 << 41
UNKNOWN_HASH: Final = 1 << 42
UNKNOWN_VERSION: Final = 1 << 43
UNKNOWN_IDENTIFIER: Final = 1 << 44
UNKNOWN_DEPENDENCIES: Final = 1 << 45

_UNKNOWN_FIELDS: Final = {
    "supplier": UNKNOWN_SUPPLIER,
    "license": UNKNOWN_LICENSE,
    "hash": UNKNOWN_HASH,
    "version": UNKNOWN_VERSION,
    "identifier": UNKNOWN_IDENTIFIER,
    "dependencies": UNKNOWN_DEPENDENCIES,
}
_UNKNOWN_WORDS: Final = licences.UNKNOWN_WORDS
# sbomqs, `pkg/scorer/v2/common/common.go`, isStrongChecksum and isWeakChecksum, written as it normalises them
_STRONG: Final = frozenset({
    "SHA224", "SHA256", "SHA384", "SHA512", "SHA3224", "SHA3256", "SHA3384", "SHA3512", "BLAKE2B256", "BLAKE2B384", "BLAKE2B512", "BLAKE3",
    "STREEBOG256", "STREEBOG512",
})  # fmt: skip
_WEAK: Final = frozenset({"MD2", "MD4", "MD5", "MD6", "SHA1", "ADLER32"})
# sbomqs, `pkg/sbom/cdx.go`, cdxPrimaryPurpose
_PURPOSES: Final = frozenset({"application", "framework", "library", "container", "operating-system", "device", "firmware", "file"})
_BSI: Final = {
    "bsi:component:executable": (EXECUTABLE, ("executable", "non-executable")),
    "bsi:component:archive": (ARCHIVE, ("archive", "no archive")),
    "bsi:component:structured": (STRUCTURED, ("structured", "unstructured")),
}
_PURL: Final = re.compile(r"pkg:/*[A-Za-z][A-Za-z0-9.+-]*/[^@?#]*[^@?#/]")
# RFC 3339, and the suffix in brackets that RFC 9557 allows after it
_TIMESTAMP: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))(?:\[[^\]]{1,60}\]){0,4}", re.ASCII
)
_EXAMPLES: Final = 3
_NAME_LENGTH: Final = 80


@dataclass(slots=True)
class Kind:
    """Components about which the same is to be said."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the profiles ask."""

    path: str
    spec_version: str
    total: int
    """Components, the root included; a reference or purl that occurs twice is counted once, as sbomqs does."""
    kinds: Mapping[int, Kind]
    document: frozenset[str]
    """Facts of the document, by name."""
    unknown: frozenset[str]
    """What the document says of itself that it does not know."""
    stated_complete: tuple[int, int]
    """(with a complete composition, all) of the root and its direct dependencies, as far as they depend on anything."""


def read(document: Any, path: str) -> Facts:
    """The facts of a parsed CycloneDX document; CollectError if it is none that can be scored."""
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise CollectError("no CycloneDX document", path, "bomFormat", "name a CycloneDX JSON file, or a target to make one of")
    version = document.get("specVersion")
    if version not in SPEC_VERSIONS:
        raise CollectError(f"CycloneDX version {version!r:.40} is not known", path, "specVersion", "1.2 to 1.7 are read")
    metadata = document.get("metadata", {})
    if not isinstance(metadata, dict):
        raise CollectError("expected object", path, "metadata", "have the tool that wrote it write it again")
    root = metadata.get("component")
    root = root if isinstance(root, dict) else None
    root_ref = _text(root.get("bom-ref")) if root else ""
    dependencies = _dependencies(document)
    everywhere, stated, complete = _compositions(document)
    modern = version not in ("1.2", "1.3", "1.4", "1.5")

    kinds: dict[int, Kind] = {}
    references: set[str] = set()
    total = 0
    for component in _elements(root, document.get("components"), path):
        ref = _text(component.get("bom-ref"))
        flags = _flags(component, modern=modern)
        if ref:
            references.add(ref)
            if ref in dependencies and (dependencies[ref] or component is not root):
                flags |= DEPENDENCIES
            if everywhere or ref in stated:
                flags |= COMPLETENESS
        total += 1
        kind = kinds.get(flags)
        if kind is None:
            kind = kinds[flags] = Kind()
        kind.count += 1
        if kind.count <= _EXAMPLES:
            kind.examples.append(_called(component, ref))
    if root is not None and total == 1 and root_ref in dependencies:  # a root alone depends on nothing
        ((flags, kind),) = kinds.items()
        kinds = {flags | DEPENDENCIES: kind}

    relevant = [root_ref, *dependencies.get(root_ref, ())] if root_ref and dependencies.get(root_ref) else []
    depending = [ref for ref in dict.fromkeys(relevant) if any(target in references for target in dependencies.get(ref, ()))]
    document_facts, unknown = _document(document, metadata, root_ref)
    if relevant:
        document_facts.add("root-dependencies")
    return Facts(
        path=path,
        spec_version=version,
        total=total,
        kinds=kinds,
        document=frozenset(document_facts),
        unknown=unknown,
        stated_complete=(sum(ref in complete for ref in depending), len(depending)),
    )


def _elements(root: dict[str, Any] | None, components: Any, path: str) -> Iterator[dict[str, Any]]:
    """Every component once, the root first, nested ones too; CollectError for what is none, or too many of them."""
    seen: set[str] = set()
    count = 0
    pending: list[tuple[str, Any]] = [("components", components)]
    if root is not None:
        pending.append(("metadata.component", [root]))
    while pending:
        where, items = pending.pop()
        if items is None:
            continue
        if not isinstance(items, list):
            raise CollectError("expected array", path, where, "have the tool that wrote it write it again")
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise CollectError("expected object", path, f"{where}[{index}]", "have the tool that wrote it write it again")
            count += 1
            if count > MAX_COMPONENTS:
                raise CollectError(f"more than {MAX_COMPONENTS} components", path, fix="score its parts")
            if "components" in item:
                pending.append((f"{where}[{index}].components"[-200:], item["components"]))
            identity = _text(item.get("bom-ref")) or _text(item.get("purl"))
            if identity:
                if identity in seen:
                    continue
                seen.add(identity)
            yield item


def _flags(component: dict[str, Any], *, modern: bool) -> int:
    """The facts of one component, but for those that stand in other parts of the document."""
    get = component.get
    flags = 0
    if _text(get("name")):
        flags |= NAME
    version = _text(get("version"))
    if version:
        flags |= UNKNOWN_VERSION if version.lower() in _UNKNOWN_WORDS else VERSION
    if _text(get("bom-ref")):
        flags |= REFERENCE
    purl = get("purl")
    if isinstance(purl, str) and _PURL.match(purl):
        flags |= PURL
    if "cpe" in component and _is_cpe(_text(get("cpe"))):
        flags |= CPE
    if "swid" in component or "omniborId" in component or "swhid" in component:
        swid = get("swid")
        if (isinstance(swid, dict) and _text(swid.get("tagId"))) or any(_texts(get("omniborId"))) or any(_texts(get("swhid"))):
            flags |= OTHER_IDENTIFIER
    if _text(get("type")) in _PURPOSES:
        flags |= PURPOSE
    flags |= _makers(component)
    if "hashes" in component:
        flags |= _hashes(get("hashes"))
    if "licenses" in component:
        flags |= _licenses(get("licenses"), modern=modern)
    if "externalReferences" in component:
        flags |= _references(get("externalReferences"))
    if "properties" in component:
        for name, value in _properties(component):
            if name == UNKNOWN:
                flags |= _UNKNOWN_FIELDS.get(value, 0)
            elif name.startswith("bsi:"):
                flags |= _bsi(name, value)
    return flags


def _makers(component: dict[str, Any]) -> int:
    flags = 0
    if "supplier" in component:
        name, email, url, unknown = _organisation(component["supplier"])
        flags |= (SUPPLIER if name or email or url else 0) | (SUPPLIER_NAMED if name or email else 0) | (UNKNOWN_SUPPLIER if unknown else 0)
    if "manufacturer" in component:
        name, email, url, unknown = _organisation(component["manufacturer"])
        flags |= (MANUFACTURER if name or email or url else 0) | (MANUFACTURER_CONTACT if email or url else 0)
        flags |= UNKNOWN_SUPPLIER if unknown else 0
    if "authors" in component:
        flags |= AUTHOR if any(_is_person(row) for row in _tables(component["authors"])) else 0
    author = _text(component.get("author"))
    if author and author.lower() not in _UNKNOWN_WORDS:
        flags |= AUTHOR
    return flags


def _hashes(value: Any) -> int:
    flags = 0
    for row in _tables(value):
        content, algorithm = _text(row.get("content")), _text(row.get("alg"))
        if not content or content.lower() in _UNKNOWN_WORDS:
            continue
        flags |= HASH_VALUE
        if algorithm:
            normal = algorithm.upper().replace("-", "").replace("_", "")
            flags |= HASH_ALGORITHM | (HASH_STRONG if normal in _STRONG else HASH_WEAK if normal in _WEAK else 0)
    return flags


def _licenses(value: Any, *, modern: bool) -> int:
    """Declared and concluded licences apart.

    Without any acknowledgement they count as declared since 1.6, and as concluded before it had the field: sbomqs,
    `pkg/sbom/cdx.go`, copyC.
    """
    declared: list[int] = []
    concluded: list[int] = []
    plain: list[int] = []
    for row in _tables(value):
        inner = row.get("license")
        if isinstance(inner, dict):
            text, acknowledgement = _text(inner.get("id")) or _text(inner.get("name")), inner.get("acknowledgement")
        else:
            text, acknowledgement = _text(row.get("expression")), row.get("acknowledgement")
        if text:
            kind = declared if acknowledgement == "declared" else concluded if acknowledgement == "concluded" else plain
            kind.append(licences.classify(text))
    if not declared and not concluded:
        declared, concluded = (plain, []) if modern else ([], plain)
    flags = UNKNOWN_LICENSE if any(item & licences.UNKNOWN for item in (*declared, *concluded, *plain)) else 0
    declared = [item for item in declared if not item & licences.UNKNOWN]
    concluded = [item for item in concluded if not item & licences.UNKNOWN]
    if declared:
        flags |= DECLARED | (DECLARED_VALID if any(item & licences.VALID for item in declared) else 0)
    if concluded:
        flags |= CONCLUDED | (CONCLUDED_SOME_VALID if any(item & licences.VALID for item in concluded) else 0)
        flags |= CONCLUDED_VALID if all(item & licences.VALID for item in concluded) else 0
        flags |= CONCLUDED_LISTED if all(item & licences.LISTED for item in concluded) else 0
        flags |= CONCLUDED_DEPRECATED if any(item & licences.DEPRECATED for item in concluded) else 0
        flags |= CONCLUDED_RESTRICTIVE if any(item & licences.RESTRICTIVE for item in concluded) else 0
    return flags


def _references(value: Any) -> int:
    flags = 0
    for row in _tables(value):
        kind = row.get("type")
        if not isinstance(kind, str) or not _text(row.get("url")):
            continue
        if kind in ("distribution", "distribution-intake"):
            flags |= DISTRIBUTION | (DISTRIBUTION_SHA512 if _has_sha512(row) else 0)
        elif kind == "vcs":
            flags |= VCS | (SOURCE_SHA512 if _has_sha512(row) else 0)
        elif kind == "source-distribution":
            flags |= SOURCE_DISTRIBUTION | (SOURCE_SHA512 if _has_sha512(row) else 0)
        elif kind == "rfc-9116":
            flags |= SECURITY_TXT
    return flags


def _has_sha512(row: dict[str, Any]) -> bool:
    return "hashes" in row and any(_text(item.get("content")) and item.get("alg") == "SHA-512" for item in _tables(row["hashes"]))


def _bsi(name: str, value: str) -> int:
    if name in _BSI:
        flag, values = _BSI[name]
        return flag if value in values else 0
    if not value:
        return 0
    return FILENAME if name == "bsi:component:filename" else EFFECTIVE_LICENCE if name == "bsi:component:effectiveLicense" else 0


def _dependencies(document: dict[str, Any]) -> dict[str, list[str]]:
    """Reference → what it depends on; the rows of one reference together."""
    found: dict[str, list[str]] = {}
    for row in _tables(document.get("dependencies")):
        ref = _text(row.get("ref"))
        if ref:
            found.setdefault(ref, []).extend(_texts(row.get("dependsOn")))
    return found


def _compositions(document: dict[str, Any]) -> tuple[bool, frozenset[str], frozenset[str]]:
    """(one is about everything, the references that others name, those whose dependencies are said to be complete)."""
    everywhere = False
    stated: set[str] = set()
    complete: set[str] = set()
    for row in _tables(document.get("compositions")):
        aggregate = _text(row.get("aggregate"))
        if not aggregate or aggregate == "not_specified":
            continue
        dependencies, assemblies = _texts(row.get("dependencies")), _texts(row.get("assemblies"))
        stated.update(dependencies, assemblies)
        if aggregate == "complete":
            complete.update(dependencies)
        if not dependencies and not assemblies and not row.get("vulnerabilities"):
            everywhere = True
    return everywhere, frozenset(stated), frozenset(complete)


def _document(document: dict[str, Any], metadata: dict[str, Any], root_ref: str) -> tuple[set[str], frozenset[str]]:
    """(facts of the document, what it says that it does not know)."""
    facts: set[str] = set()
    unknown = {value for name, value in _properties(metadata) if name == UNKNOWN}
    authors = list(_tables(metadata.get("authors")))
    if any(_is_person(row) for row in authors):
        facts.add("author-person")
    elif authors and any(_text(row.get("name")).lower() in _UNKNOWN_WORDS for row in authors):
        unknown.add("author")
    name, email, url, stated = _organisation(metadata.get("manufacturer") or metadata.get("manufacture"))
    if name or email or url:
        facts.add("manufacturer")
    if email or url:
        facts.add("manufacturer-contact")
    if stated:
        unknown.add("author")
    name, email, url, stated = _organisation(metadata.get("supplier"))
    if name and (email or url):
        facts.add("supplier-contact")
    if name or email or url:
        facts.add("supplier")
    if stated:
        unknown.add("supplier")
    tools = list(_tools(metadata.get("tools")))
    if any(name for name, _ in tools):
        facts.add("tool-name")
    if any(version for _, version in tools):
        facts.add("tool-version")
    if any(name and version for name, version in tools):
        facts.add("tool")
    if any(_text(row.get("phase")) or _text(row.get("name")) for row in _tables(metadata.get("lifecycles"))):
        facts.add("lifecycle")
    if _is_timestamp(_text(metadata.get("timestamp"))):
        facts.add("timestamp")
    data_licences = [_licence_text(row) for row in _tables(metadata.get("licenses"))]
    if data_licences and all(licences.classify(text) & licences.VALID for text in data_licences):
        facts.add("data-licence")
    if _text(document.get("serialNumber")).startswith("urn:uuid:"):
        facts.add("serial")
        number = document.get("version", 1)  # 1 is the default of the schema
        if isinstance(number, int) and not isinstance(number, bool) and number >= 1:
            facts.add("serial-and-version")
    signature = document.get("signature")
    if isinstance(signature, dict):
        rows = [signature, *_tables(signature.get("signers")), *_tables(signature.get("chain"))]
        if any(_text(row.get("algorithm")) and _text(row.get("value")) for row in rows):
            facts.add("signature")
    if root_ref:
        facts.add("root")
    if any(
        row.get("aggregate") == "complete" and not any(row.get(key) for key in ("dependencies", "assemblies", "vulnerabilities"))
        for row in _tables(document.get("compositions"))
    ):
        facts.add("complete")
    if not document.get("vulnerabilities"):
        facts.add("no-vulnerabilities")
    return facts, frozenset(unknown)


def _tools(value: Any) -> Iterator[tuple[str, str]]:
    """(name, version) of each tool, in the old form and in the one since 1.5."""
    rows = value if isinstance(value, list) else []
    if isinstance(value, dict):
        rows = [*_tables(value.get("components")), *_tables(value.get("services"))]
    for row in _tables(rows):
        yield _text(row.get("name")), _text(row.get("version"))


def _organisation(value: Any) -> tuple[bool, bool, bool, bool]:
    """(has a name, has an e-mail address, has a URL, says that it is not known)."""
    if not isinstance(value, dict):
        return False, False, False, False
    name = _text(value.get("name"))
    unknown = name.lower() in _UNKNOWN_WORDS
    urls = value.get("url")
    email = "contact" in value and any(_text(row.get("email")) for row in _tables(value["contact"]))
    return bool(name) and not unknown, email, bool(_text(urls) or any(_texts(urls))), unknown


def _is_person(row: dict[str, Any]) -> bool:
    name = _text(row.get("name"))
    return bool(_text(row.get("email"))) or (bool(name) and name.lower() not in _UNKNOWN_WORDS)


def _licence_text(row: dict[str, Any]) -> str:
    inner = row.get("license")
    if isinstance(inner, dict):
        return _text(inner.get("id")) or _text(inner.get("name"))
    return _text(row.get("expression"))


def _is_cpe(text: str) -> bool:
    if text.startswith("cpe:2.3:"):
        return len(re.split(r"(?<!\\):", text)) == 13  # NISTIR 7695, 6.2: eleven attributes
    return text.startswith(("cpe:/a:", "cpe:/o:", "cpe:/h:"))


def _is_timestamp(text: str) -> bool:
    from datetime import datetime

    match = _TIMESTAMP.fullmatch(text[:200])
    if match is None:
        return False
    try:
        datetime.fromisoformat(match[1].upper())
    except ValueError:
        return False
    return True


def _called(component: dict[str, Any], ref: str) -> str:
    """What to call a component in a message."""
    name = _text(component.get("name")) or ref or "a component without a name"
    version = _text(component.get("version"))
    return (f"{name}@{version}" if version else name)[:_NAME_LENGTH]


def _properties(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for row in _tables(table.get("properties")):
        name, value = row.get("name"), row.get("value")
        if isinstance(name, str) and isinstance(value, str):
            yield name, value.strip()


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str) and item.strip()] if isinstance(value, list) else []


def _tables(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
