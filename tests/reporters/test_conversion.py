"""Other versions and XML: valid by the official schemas, nothing lost that a version has a field for, read alike by another reader."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from hypothesis import given, settings
from lxml import etree
from reporters.test_cyclonedx import CASES, SCHEMAS, VALIDATORS, VERSIONS, XML
from reporters.test_properties import inventories

from sbomgate.model import Inventory
from sbomgate.reporters import cyclonedx
from sbomgate.reporters.cyclonedx.conversion import converted, narrowed
from sbomgate.reporters.cyclonedx.fields import AGGREGATES, HASHES, IDENTITIES, KINDS, REFERENCES, TYPES, UNWRITTEN

SPECS = {version: json.loads((SCHEMAS / f"bom-{version}.SNAPSHOT.schema.json").read_text("utf-8")) for version in VERSIONS}
NEWEST = VERSIONS[-1]
DEFINITIONS = {
    "bom": (), "metadata": ("definitions", "metadata"), "lifecycle": ("definitions", "metadata", "properties", "lifecycles", "items", "oneOf"),
    "tool": ("definitions", "tool"), "entity": ("definitions", "organizationalEntity"), "address": ("definitions", "postalAddress"),
    "contact": ("definitions", "organizationalContact"), "component": ("definitions", "component"), "hash": ("definitions", "hash"),
    "property": ("definitions", "property"), "reference": ("definitions", "externalReference"), "license": ("definitions", "license"),
    "attached": ("definitions", "attachment"), "pedigree": ("definitions", "component", "properties", "pedigree"), "commit": ("definitions", "commit"),
    "action": ("definitions", "identifiableAction"), "patch": ("definitions", "patch"), "diff": ("definitions", "diff"), "issue": ("definitions", "issue"),
    "evidence": ("definitions", "componentEvidence"),
    "occurrence": ("definitions", "componentEvidence", "properties", "occurrences", "items"), "service": ("definitions", "service"),
    "dependency": ("definitions", "dependency"), "composition": ("definitions", "compositions"), "annotation": ("definitions", "annotations"),
    "annotator": ("definitions", "annotations", "properties", "annotator"), "copyright": ("definitions", "copyright"),
}  # fmt: skip
"""Type of the table → its place in the schemas."""

ORGANISATION = {
    "name": "Acme",
    "url": ["https://acme.example/", "https://acme.example/about"],
    "contact": [{"name": "Ada", "email": "ada@acme.example", "phone": "1"}],
}
PERSON = {"bom-ref": "ada", "name": "Ada", "email": "ada@acme.example", "phone": "2"}
SHA = {"alg": "SHA-256", "content": "a" * 64}
LICENSES = [
    {"license": {"id": "MIT", "acknowledgement": "declared", "bom-ref": "l1", "text": {"content": "x < y", "contentType": "text/plain"}, "url": "https://h.example/l"}},
    {"license": {"name": "Own & other", "acknowledgement": "concluded", "properties": [{"name": "a", "value": "b"}]}},
]  # fmt: skip
EXPRESSION = [{"expression": "MIT OR ISC", "acknowledgement": "declared", "bom-ref": "e1"}]
REFERENCE = {"type": "source-distribution", "url": "https://h.example/a.tar.gz", "comment": "c", "hashes": [SHA]}
PART = {"type": "library", "name": "part", "bom-ref": "part", "version": "1"}
FULL: dict[str, Any] = {
    "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "version": 7,
    "metadata": {
        "timestamp": "2027-01-31T00:00:00Z",
        "lifecycles": [{"phase": "pre-build"}, {"name": "own", "description": "d"}],
        "tools": {
            "components": [{"type": "application", "name": "tool", "version": "2", "hashes": [SHA], "manufacturer": {"name": "Acme"}, "bom-ref": "t"}],
            "services": [{"name": "remote", "bom-ref": "rt"}],
        },
        "manufacturer": {**ORGANISATION, "address": {"country": "NL", "locality": "Delft"}},
        "authors": [PERSON],
        "component": {"type": "platform", "name": "root", "bom-ref": "root", "manufacturer": {"name": "Maker"}},
        "supplier": {**ORGANISATION, "bom-ref": "sup"},
        "licenses": [{"license": {"id": "CC0-1.0"}}],
        "properties": [{"name": "p", "value": "v & w"}],
    },
    "components": [
        {
            "type": "library", "mime-type": "text/plain", "bom-ref": "full", "supplier": ORGANISATION, "manufacturer": {"name": "Maker"},
            "authors": [{"name": "Ada", "email": "ada@acme.example"}, {"name": "Bob"}], "publisher": "p", "group": "g", "name": "n", "version": "1",
            "description": "a <b> & \"c\" 'd'\nsecond", "scope": "optional", "hashes": [SHA, {"alg": "SHA-512", "content": "b" * 128}], "licenses": LICENSES,
            "copyright": "me", "cpe": "cpe:2.3:a:b:c:1:*:*:*:*:*:*:*", "purl": "pkg:pypi/n@1", "omniborId": ["gitoid:blob:sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"],
            "swhid": ["swh:1:cnt:94a9ed024d3859793618152ea559a168bbcbb5e2"],
            "pedigree": {
                "ancestors": [{**PART, "bom-ref": "anc"}], "commits": [
                    {"uid": "1", "url": "https://h.example/1", "author": {"timestamp": "2027-01-31T00:00:00Z", "name": "A", "email": "a@h.example"}, "message": "m"}
                ],
                "patches": [
                    {"type": "unofficial", "diff": {"text": {"content": "x", "contentType": "text/plain"}, "url": "https://h.example/d"},
                     "resolves": [{"type": "security", "id": "i", "name": "n", "description": "d", "source": {"name": "s", "url": "https://h.example/s"}, "references": ["https://h.example/r"]}]}
                ],
                "notes": "n",
            },
            "externalReferences": [REFERENCE, {"type": "rfc-9116", "url": "https://h.example/s"}, {"type": "attestation", "url": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1"}],
            "components": [PART], "tags": ["one", "two"],
            "evidence": {
                "identity": [
                    {"field": "name", "confidence": 1, "methods": [{"technique": "filename", "confidence": 0.3, "value": "n"}]},
                    {"field": "purl", "confidence": 0.9, "concludedValue": "pkg:pypi/n@1",
                     "methods": [{"technique": "manifest-analysis", "confidence": 0.7, "value": "METADATA"}], "tools": ["t"]},
                ],
                "occurrences": [{"bom-ref": "o1", "location": "a/b", "line": 3, "offset": 1, "symbol": "s", "additionalContext": "c"}],
                "licenses": [{"license": {"id": "MIT"}}], "copyright": [{"text": "c"}],
            },
            "properties": [{"name": "a", "value": "b"}, {"name": "a", "value": "c"}],
        },
        {"type": "cryptographic-asset", "name": "odd", "bom-ref": "odd", "licenses": EXPRESSION, "cryptoProperties": {"assetType": "protocol"}},
    ],
    "services": [
        {
            "bom-ref": "service", "provider": ORGANISATION, "group": "g", "name": "s", "version": "1", "description": "d", "endpoints": ["https://h.example/mcp"],
            "authenticated": True, "x-trust-boundary": False, "trustZone": "remote",
            "data": [{"flow": "bi-directional", "classification": "PII", "name": "n", "description": "d", "source": ["https://h.example/"], "destination": ["https://i.example/"]}],
            "licenses": [{"expression": "MIT AND ISC"}], "externalReferences": [{"type": "configuration", "url": "m.json"}], "properties": [{"name": "a", "value": "b"}], "tags": ["t"],
            "services": [{"name": "inner", "bom-ref": "inner", "data": [{"flow": "inbound", "classification": "x"}]}],
        }
    ],
    "externalReferences": [{"type": "bom", "url": "https://h.example/bom"}],
    "dependencies": [{"ref": "root", "dependsOn": ["full", "service"]}, {"ref": "full", "dependsOn": [], "provides": ["odd"]}, {"ref": "service"}],
    "compositions": [
        {"aggregate": "incomplete"}, {"bom-ref": "c1", "aggregate": "complete", "assemblies": ["full"], "dependencies": ["root", "full"], "vulnerabilities": ["v"]},
        {"aggregate": "incomplete_third_party_opensource_only", "dependencies": ["service"]},
    ],
    "annotations": [
        {"bom-ref": "a1", "subjects": ["full", "service"], "annotator": {"component": {"type": "application", "name": "tool"}}, "timestamp": "2027-01-31T00:00:00Z", "text": "x < y"},
        {"subjects": ["full"], "annotator": {"individual": {"name": "Ada"}}, "timestamp": "2027-01-31T00:00:00Z", "text": "t"},
        {"subjects": ["full"], "annotator": {"organization": {"name": "Acme"}}, "timestamp": "2027-01-31T00:00:00Z", "text": "t"},
        {"subjects": ["full"], "annotator": {"service": {"name": "s"}}, "timestamp": "2027-01-31T00:00:00Z", "text": "t"},
    ],
    "properties": [{"name": "whole", "value": "bom"}],
}  # fmt: skip
"""Something in every field of the table."""


def keys_of(version: str, kind: str) -> set[str]:
    """The fields that the schema of `version` gives a type; empty if it has no such type."""
    place: Any = SPECS[version]
    for part in DEFINITIONS[kind]:
        place = place.get(part) if isinstance(place, dict) else None
    tables = place if isinstance(place, list) else [place] if place else []
    return {key for table in tables for key in table.get("properties", {})}


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_the_table_is_that_of_the_schemas(kind: str) -> None:
    table = {field.key: field.since for field in TYPES[kind]}
    assert table.keys() | UNWRITTEN.get(kind, frozenset()) >= keys_of(NEWEST, kind) - {"signature"}
    for key, since in table.items():
        versions = [version for version in VERSIONS if key in keys_of(version, kind)]
        assert versions[:1] == [since], key
        assert versions == [version for version in VERSIONS if version >= since], key


@pytest.mark.parametrize(
    ("values", "place"),
    [
        (KINDS, ("component", "properties", "type")),
        (REFERENCES, ("externalReference", "properties", "type")),
        (AGGREGATES, ("aggregateType",)),
        (HASHES, ("hash-alg",)),
        (IDENTITIES, ("componentIdentityEvidence", "properties", "field")),
    ],
    ids=("kinds", "references", "aggregates", "hashes", "identities"),
)
def test_the_values_are_those_of_the_schemas(values: dict[str, tuple[str, str]], place: tuple[str, ...]) -> None:
    known = {}
    for version in VERSIONS:
        table = SPECS[version]["definitions"]
        if place[0] == "componentIdentityEvidence" and version < "1.6":
            table = {place[0]: SPECS["1.5"]["definitions"]["componentEvidence"]["properties"]["identity"]}
        for part in place:
            table = table[part]
        known[version] = set(table["enum"])
    for value in known[NEWEST]:
        first = next(version for version in VERSIONS if value in known[version])
        assert values.get(value, ("1.5" if place[0] == "componentIdentityEvidence" else "1.4", ""))[0] in (
            first,
            "1.5" if first == "1.4" else first,
        )
    for since, instead in values.values():
        assert not instead or any(instead in known[version] for version in VERSIONS if version < since)


def assert_each_is_valid(bom: dict[str, Any]) -> None:
    for version in VERSIONS:
        text = converted(bom, version)
        assert text.isascii()
        assert [error.message[:300] for error in VALIDATORS[version].iter_errors(json.loads(text))] == [], version
        xml = converted(bom, version, "xml")
        parsed = etree.fromstring(xml.encode())
        XML[version].assertValid(parsed)


def test_something_in_every_field_is_valid_everywhere() -> None:
    assert_each_is_valid(FULL)


@settings(max_examples=40, deadline=None)
@given(inventories)
def test_any_inventory_is_valid_everywhere(inventory: Inventory) -> None:
    named = tuple(replace(item, purl=item.purl or "pkg:generic/x") for item in inventory.components)  # no collector leaves it empty
    assert_each_is_valid(cyclonedx.document([replace(inventory, components=named)], reproducible=True))


@pytest.mark.parametrize("name", CASES)
def test_what_a_document_has_stands_in_the_table(name: str) -> None:
    document = cyclonedx.document([CASES[name]])
    assert narrowed(document, "1.6") == document


def values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from values(item)
    elif isinstance(value, list):
        for item in value:
            yield from values(item)
    else:
        yield str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())


@pytest.mark.parametrize("version", VERSIONS)
def test_xml_holds_every_value_of_the_json(version: str) -> None:
    """Counted, not placed: the schema and the reader below see to the places."""
    wanted = sorted(
        values({key: value for key, value in narrowed(FULL, version).items() if key not in ("$schema", "bomFormat", "specVersion")})
    )
    parsed = etree.fromstring(converted(FULL, version, "xml").encode())
    found = []
    for element in parsed.iter():
        found += [" ".join(text.split()) for text in element.attrib.values()]
        if element.text and element.text.strip():
            found.append(" ".join(element.text.split()))
    assert sorted(found) == wanted


def read_by_the_library(text: str, version: str, output_format: str) -> dict[str, Any]:
    """What cyclonedx-python-lib makes of `text`, as the JSON that it writes of it."""
    from xml.etree import ElementTree as ET

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a root without dependencies: it may well have none
        warnings.simplefilter("ignore", DeprecationWarning)  # it holds old documents in the classes of new ones
        bom: Any = Bom.from_json(json.loads(text)) if output_format == "json" else Bom.from_xml(ET.fromstring(text))  # type: ignore[attr-defined]
        outputter = make_outputter(bom, OutputFormat.JSON, SchemaVersion.from_version(version))
        found: dict[str, Any] = json.loads(outputter.output_as_string())
    return found


UNKNOWN_TO_THE_LIBRARY = ("compositions", "annotations")
LIBRARY_LOSES = {"trustZone", "$schema", "specVersion", "bomFormat"}


def comparable(value: Any) -> Any:
    """`value` without what the library has no field for, without order and without empty arrays."""
    if isinstance(value, dict):
        pairs = {key: comparable(item) for key, item in value.items() if key not in {*UNKNOWN_TO_THE_LIBRARY, *LIBRARY_LOSES}}
        return {key: item for key, item in pairs.items() if item not in ([], {}, None)}
    if isinstance(value, list):
        return sorted((comparable(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value.replace("+00:00", "Z") if isinstance(value, str) else value


@pytest.mark.parametrize("output_format", ["json", "xml"])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["everything", "licences", "nothing"])
def test_another_reader_finds_every_field(name: str, version: str, output_format: str) -> None:
    document = cyclonedx.document([CASES[name]])
    ours = json.loads(converted(document, version))
    theirs = read_by_the_library(converted(document, version, output_format), version, output_format)
    for row in theirs.get("components", ()):  # made up where there is none
        for occurrence in row.get("evidence", {}).get("occurrences", ()):
            occurrence.pop("bom-ref", None)
    for occurrence in theirs["metadata"]["component"].get("evidence", {}).get("occurrences", ()):
        occurrence.pop("bom-ref", None)
    assert comparable(theirs) == comparable(ours)
