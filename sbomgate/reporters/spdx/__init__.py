"""SPDX 2.3 documents, mapped from our CycloneDX document: one place knows the facts, so the two formats cannot disagree.

What SPDX has no field for stands in annotations of type OTHER, whose comment is JSON; docs/spdx.md has the table.

Sources: SPDX 2.3 §6 (document), §11 (relationships), §12 (annotations), and its JSON schema.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from sbomgate import __version__, manifest
from sbomgate.reporters.cyclonedx.layout import array
from sbomgate.reporters.encode import dumps
from sbomgate.reporters.spdx.licensing import Licenses
from sbomgate.reporters.spdx.packages import Annotator, package, properties
from sbomgate.reporters.spdx.values import NOASSERTION, actor, identifiers, one_line

__all__ = ["pieces", "text"]

_DOCUMENT: Final = "SPDXRef-DOCUMENT"
_TOOL: Final = f"Tool: sbomgate-{__version__}"
_NO_TIME: Final = "1970-01-01T00:00:00Z"
_NAMESPACE: Final = "5b1f9c0e-6a57-5c38-9d0c-7f0a4f2f3c11"
"""What the UUIDs of our documents are derived in (RFC 9562, version 5)."""
_SCOPES: Final = {"excluded": "DEV_DEPENDENCY_OF", "optional": "OPTIONAL_DEPENDENCY_OF"}
_DESCRIBED: Final = frozenset({"component", "properties", "licenses", "timestamp", "tools", "authors", "manufacturer", "supplier"})
"""Parts of the CycloneDX metadata that have a field of their own."""


def text(bom: Mapping[str, Any]) -> str:
    """The SPDX document of a CycloneDX document of ours, ASCII, with a final newline; one package or relationship a line."""
    return "".join(pieces(bom))


def pieces(bom: Mapping[str, Any]) -> Iterator[str]:
    """`text` in pieces of some hundred lines.

    The namespace is a UUID over all that stands above it, which is why it stands last: the same document has the same
    one, a different document another. As a URN it names no host, which would have to be ours.
    """
    content = hashlib.sha256()
    for piece in _above_namespace(bom):
        content.update(piece.encode())
        yield piece
    from uuid import UUID, uuid5

    yield f',\n  "documentNamespace": "urn:uuid:{uuid5(UUID(_NAMESPACE), content.hexdigest())}"\n}}\n'


def _above_namespace(bom: Mapping[str, Any]) -> Iterator[str]:
    metadata = bom["metadata"]
    created = metadata.get("timestamp") or _NO_TIME
    annotator = Annotator(_TOOL, created)
    licenses = Licenses()
    root = {"supplier": metadata["supplier"], **metadata["component"]} if "supplier" in metadata else metadata["component"]
    rows = list(_elements(bom))
    ids = identifiers([root["bom-ref"], *(row["bom-ref"] for row, _ in rows)])
    yield "{\n"
    for key, value in _head(metadata, root, created, annotator).items():
        yield f"  {dumps(key)}: {dumps(value)},\n"
    described = (package(row, ids[row["bom-ref"]], annotator, licenses) for row in chain([root], (row for row, _ in rows)))
    yield from array("packages", described)
    if licenses.extracted:
        yield ",\n"
        yield from array("hasExtractedLicensingInfos", map(dumps, licenses.extracted.values()))
    yield ",\n"
    yield from array("relationships", _relationships(bom, root, rows, ids))


def _head(metadata: Mapping[str, Any], root: Mapping[str, Any], created: str, annotator: Annotator) -> dict[str, Any]:
    creators = [_TOOL]
    creators += [actor("Person", author) for author in metadata.get("authors", ())]
    creators += [actor("Organization", metadata["manufacturer"])] if "manufacturer" in metadata else []
    creation: dict[str, Any] = {"created": created, "creators": [name for name in creators if name != NOASSERTION]}
    if "timestamp" not in metadata:
        creation["comment"] = "Made to be reproducible, without a clock: `created` and the dates of annotations are no times of anything."
    facts = {**properties(metadata), **{key: value for key, value in metadata.items() if key not in _DESCRIBED}}
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": one_line(root["name"]),
        "comment": _coverage(_complete(metadata)),
        "creationInfo": creation,
        "annotations": [json.loads(annotator.row(facts))],
    }


def _coverage(complete: bool) -> str:
    if complete:
        return (
            "Everything that was found was read. DEPENDS_ON NONE: depends on nothing that is described here. "
            "DEPENDS_ON NOASSERTION: the input does not tell dependencies."
        )
    return (
        "Incomplete: something could not be read, see the annotation. There may be more packages and more relationships "
        "than are told; DEPENDS_ON NOASSERTION stands where none is known."
    )


def _complete(metadata: Mapping[str, Any]) -> bool:
    return properties(metadata).get(manifest.COMPLETE) == "true"


def _elements(bom: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each component and service with the reference of the component that it lies in; empty where it lies in none."""
    root = bom["metadata"]["component"]
    pending = [(row, "") for key in ("services", "components") for row in reversed(bom.get(key, ()))]
    pending += [(part, root["bom-ref"]) for part in reversed(root.get("components", ()))]
    while pending:
        row, owner = pending.pop()
        yield row, owner
        pending += [(part, row["bom-ref"]) for key in ("services", "components") for part in reversed(row.get(key, ()))]


def _relationships(
    bom: Mapping[str, Any], root: Mapping[str, Any], rows: Sequence[tuple[Mapping[str, Any], str]], ids: Mapping[str, str]
) -> Iterator[str]:
    complete = _complete(bom["metadata"])
    top = root["bom-ref"]
    yield _relationship(_DOCUMENT, "DESCRIBES", ids[top])
    for row, owner in rows:
        if owner:
            yield _relationship(ids[owner], "CONTAINS", ids[row["bom-ref"]])
    scopes = {row["bom-ref"]: row.get("scope", "") for row, _ in rows}
    files = {row["bom-ref"] for row, _ in rows if row.get("type") == "file"}
    edges = {row["ref"]: row.get("dependsOn", ()) for row in bom["dependencies"]}
    told = {ref for one in bom["compositions"] if one["aggregate"] == "complete" for ref in one.get("dependencies", ())}
    for source in (top, *(row["bom-ref"] for row, _ in rows)):
        for target in edges.get(source, ()):
            yield _edge(source, target, ids, scopes, files)
    for row, _ in rows:
        ref = row["bom-ref"]
        if ref not in files and not edges.get(ref):
            yield _relationship(ids[ref], "DEPENDS_ON", "NONE" if ref in told else NOASSERTION)
    if not complete:
        yield _relationship(ids[top], "DEPENDS_ON", NOASSERTION)


def _edge(source: str, target: str, ids: Mapping[str, str], scopes: Mapping[str, str], files: set[str]) -> str:
    if target in files:
        return _relationship(ids[source], "CONTAINS", ids[target])
    if source in files:  # a start-up hook belongs to the distribution that installed it
        return _relationship(ids[target], "CONTAINS", ids[source])
    scope = scopes.get(target, "")
    if scope in _SCOPES and scopes.get(source, "") != scope:  # below the first of them it is an ordinary dependency
        return _relationship(ids[target], _SCOPES[scope], ids[source])
    return _relationship(ids[source], "DEPENDS_ON", ids[target])


def _relationship(source: str, kind: str, target: str) -> str:
    return f'{{"spdxElementId":"{source}","relationshipType":"{kind}","relatedSpdxElement":"{target}"}}'
