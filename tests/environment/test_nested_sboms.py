"""SBOMs inside wheels: CycloneDX and SPDX, one component for each purl, and documents of any shape."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locks import HEX, documents

from sbomgate.collectors.environment.nested_sboms import MAX_DOCUMENTS, Nested, read_nested
from sbomgate.model import Component, Location, Pin, Problem
from sbomgate.tree import MemoryTree

INFO = "site-packages/demo-1.0.dist-info"
OWNER = "pkg:pypi/demo@1.0"
LIBRARY = "pkg:rpm/almalinux/openssl-libs@1.1.1k-12.el8_9?arch=x86_64"

AUDITWHEEL = {  # the shape that auditwheel 6.5 writes
    "bomFormat": "CycloneDX",
    "specVersion": "1.4",
    "version": 1,
    "metadata": {
        "component": {"type": "library", "bom-ref": "pkg:pypi/Demo@1.0?file_name=demo.whl", "name": "demo", "version": "1.0", "purl": "pkg:pypi/Demo@1.0?file_name=demo.whl"},
        "tools": [{"name": "auditwheel", "version": "6.5.0"}],
    },
    "components": [
        {"type": "library", "bom-ref": "pkg:pypi/Demo@1.0?file_name=demo.whl", "name": "demo", "version": "1.0", "purl": "pkg:pypi/Demo@1.0?file_name=demo.whl"},
        {"type": "library", "bom-ref": LIBRARY + "#abc", "name": "openssl-libs", "version": "1.1.1k-12.el8_9", "purl": LIBRARY},
    ],
    "dependencies": [{"ref": "pkg:pypi/Demo@1.0?file_name=demo.whl", "dependsOn": [LIBRARY + "#abc"]}, {"ref": LIBRARY + "#abc"}],
}  # fmt: skip
SPDX_2 = {
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {"SPDXID": "SPDXRef-a", "name": "libwebp", "versionInfo": "1.4.0", "licenseConcluded": "BSD-3-Clause", "checksums": [{"algorithm": "SHA256", "checksumValue": HEX}],
         "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:generic/libwebp@1.4.0"}]},
        {"SPDXID": "SPDXRef-b", "name": "libsharpyuv", "licenseConcluded": "NOASSERTION"},
    ],
    "relationships": [{"spdxElementId": "SPDXRef-a", "relatedSpdxElement": "SPDXRef-b", "relationshipType": "DEPENDS_ON"}],
}  # fmt: skip
SPDX_3 = {
    "@context": "https://spdx.example/context",
    "@graph": [
        {"type": "software_Package", "spdxId": "urn:a", "name": "zlib", "software_packageVersion": "1.3", "software_packageUrl": "pkg:generic/zlib@1.3"},
        {"type": "software_Package", "spdxId": "urn:b", "name": "bits", "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": "pkg:cargo/bits@2"}],
         "verifiedUsing": [{"algorithm": "sha256", "hashValue": HEX}]},
        {"type": "Relationship", "relationshipType": "dependsOn", "from": "urn:b", "to": ["urn:a"]},
        {"type": "Person", "name": "nobody"},
    ],
}  # fmt: skip


def read(**files: Any) -> Nested:
    """The documents, `_` in a name standing for a dot; text and bytes as they are."""
    content = {
        f"{INFO}/sboms/{name.replace('_', '.')}": value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value, indent=1)).encode()
        for name, value in files.items()
    }  # fmt: skip
    return read_nested(MemoryTree({f"{INFO}/METADATA": b"", **content}), INFO, OWNER)


def components(nested: Nested) -> dict[str, Component]:
    assert not [noun for noun in nested.nouns if isinstance(noun, Problem)], nested
    return {noun.purl: noun for noun in nested.nouns if isinstance(noun, Component)}


def test_what_auditwheel_grafted() -> None:
    nested = read(auditwheel_cdx_json=AUDITWHEEL)
    (found,) = components(nested).values()
    assert (found.ecosystem, found.name, found.version, found.pin) == ("rpm", "openssl-libs", "1.1.1k-12.el8_9", Pin.EXACT)
    assert found.purl == LIBRARY
    assert found.properties == (("sbomgate:bundled-in", OWNER),)
    assert nested.roots == (LIBRARY,)
    row = json.dumps(AUDITWHEEL, indent=1).splitlines()[found.locations[0].line - 1]
    assert LIBRARY in row
    assert found.locations[0].path == f"{INFO}/sboms/auditwheel.cdx.json"


def test_spdx_2() -> None:
    nested = read(a_spdx_json=SPDX_2)
    found = components(nested)
    webp, yuv = found["pkg:generic/libwebp@1.4.0"], found["pkg:generic/libsharpyuv"]
    assert (webp.dependencies, [digest.value for digest in webp.hashes]) == ((yuv.purl,), [HEX])
    assert webp.metadata
    assert webp.metadata.license_expression == "BSD-3-Clause"
    assert (yuv.metadata, yuv.pin) == (None, Pin.NONE)
    assert nested.roots == (webp.purl,)


def test_spdx_3() -> None:
    nested = read(a_spdx3_json=SPDX_3)
    assert set(components(nested)) == {"pkg:generic/zlib@1.3", "pkg:cargo/bits@2"}
    assert nested.roots == ("pkg:cargo/bits@2",)


def test_one_component_for_each_purl() -> None:
    other = {
        "bomFormat": "CycloneDX",
        "components": [{"name": "zlib", "purl": "pkg:generic/zlib@1.3", "hashes": [{"alg": "SHA-256", "content": HEX}]}],
    }
    found = components(read(a_json=SPDX_3, b_json=other))
    zlib = found["pkg:generic/zlib@1.3"]
    assert [place.path.rpartition("/")[2] for place in zlib.locations] == ["a.json", "b.json"]
    assert len(found) == 2
    assert [digest.value for digest in zlib.hashes] == [HEX]


def test_nested_components_and_names_without_purl() -> None:
    document = {"bomFormat": "CycloneDX", "components": [
        {"name": "outer", "group": "acme", "version": "1", "components": [{"name": "inner", "licenses": [{"license": {"id": "MIT"}}]}]},
        {"name": "@acme/ui", "purl": "pkg:npm/@acme/ui@1"}, {"name": "Py.Dep", "purl": "pkg:PyPI/Py.Dep@2%2Blocal"},
    ]}  # fmt: skip
    found = components(read(a_json=document))
    assert set(found) == {"pkg:generic/acme/outer@1", "pkg:generic/inner", "pkg:npm/%40acme/ui@1", "pkg:pypi/py-dep@2%2Blocal"}
    assert found["pkg:npm/%40acme/ui@1"].name == "@acme/ui"
    assert found["pkg:pypi/py-dep@2%2Blocal"].version == "2+local"


@pytest.mark.parametrize(
    "purl", ["pkg:", "pkg:generic/", "not a purl", "pkg:generic/a b", "pkg:generic/\u202ea", "pkg:generic/" + "a" * 2000, "pkg:generic//@1"]
)
def test_a_purl_that_is_none_is_replaced_by_the_name(purl: str) -> None:
    assert set(components(read(a_json={"bomFormat": "CycloneDX", "components": [{"name": "a", "version": "1", "purl": purl}]}))) == {
        "pkg:generic/a@1"
    }


def test_a_cycle_has_a_root() -> None:
    rows = [{"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": ["a", "a", "gone"]}]
    document = {"bomFormat": "CycloneDX", "components": [{"bom-ref": name, "name": name} for name in "ab"], "dependencies": rows}
    assert read(a_json=document).roots == ("pkg:generic/a",)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("[]", "expected table, found array"),
        ("{}", "neither CycloneDX nor SPDX"),
        ("{", "not valid JSON"),
        (b"\xff", "not valid UTF-8"),
        ("[" * 100_000, "not valid JSON"),
        ('{"bomFormat": "CycloneDX", "components": [{}]}', "a component without a name"),
    ],
)
def test_what_cannot_be_read_is_told(content: Any, what: str) -> None:
    nested = read(bad_json=content, good_json=SPDX_2)
    problems = [noun for noun in nested.nouns if isinstance(noun, Problem)]
    assert [problem.path for problem in problems] == [f"{INFO}/sboms/bad.json"]
    assert problems[0].what.startswith(what)
    assert len(nested.roots) == 1


def test_other_formats_are_noted() -> None:
    assert read(a_xml="<bom/>").nouns == (f"{INFO}/sboms/a.xml: not read; only JSON documents are",)


def test_no_folder_is_nothing() -> None:
    assert read() == Nested((), ())
    assert read_nested(MemoryTree({f"{INFO}/sboms": b""}), INFO, OWNER) == Nested((), ())


def test_too_many_documents_are_told() -> None:
    nested = read(**{f"d{i:04}_json": SPDX_2 for i in range(MAX_DOCUMENTS + 1)})
    assert [noun.what for noun in nested.nouns if isinstance(noun, Problem)] == [
        f"more than {MAX_DOCUMENTS} documents; the first ones are read"
    ]


def test_locations_say_where() -> None:
    row = next(i for i, line in enumerate(json.dumps(SPDX_2, indent=1).splitlines(), 1) if "pkg:generic/libwebp@1.4.0" in line)
    assert components(read(a_json=SPDX_2))["pkg:generic/libwebp@1.4.0"].locations == (Location(f"{INFO}/sboms/a.json", row),)


def test_an_environment_holds_what_its_wheels_hold() -> None:
    """Against the fixture that `test_collectors` compares in full: edges, findings, the document."""
    from support import DATA

    from sbomgate import manifest, scan
    from sbomgate.inventory import BUNDLED_IN
    from sbomgate.reporters import cyclonedx

    report = scan(str(DATA / "collectors/environment/bundled/input"))
    assert [(found.rule, found.subject, found.location.path.rpartition("/")[2]) for found in report.findings] == [
        ("SG601", "pkg:npm/%40antv/mcp-server-chart@0.10.10", "web.cdx.json")
    ]
    bom = cyclonedx.document(report.inventories, reproducible=True)
    rows = {row["purl"]: row for row in bom["components"] if "purl" in row}
    needs = {row["ref"]: row["dependsOn"] for row in bom["dependencies"]}
    for owner in ("pkg:pypi/acme-speed@1.0", "pkg:pypi/acme-image@2.0"):
        inner = {row["purl"]: row for row in rows[owner]["components"]}
        assert inner[LIBRARY]["bom-ref"] in needs[owner]
        assert needs.keys() >= {row["bom-ref"] for row in inner.values()}
    assert LIBRARY not in rows
    owners = [item["value"] for item in inner[LIBRARY]["properties"] if item["name"] == BUNDLED_IN]
    assert owners == ["pkg:pypi/acme-image@2.0", "pkg:pypi/acme-speed@1.0"]
    assert "hashes" not in rows["pkg:pypi/acme-speed@1.0"]  # what another wheel says of it
    assert bom["metadata"]["lifecycles"] == [{"phase": "post-build"}]
    known = manifest.from_document(bom, "m")
    assert list(manifest.diff(known, manifest.from_inventory(report.inventories[0]))) == []
    other = {**bom, "components": [{**row, "components": []} for row in bom["components"]]}
    changed = scan(str(DATA / "collectors/environment/bundled/input"), manifest=manifest.from_document(other, "m"))
    assert {found.rule for found in changed.findings} == {"SG601"}


def test_targets_of_one_crate_are_one_component() -> None:
    rows = [{"name": "demo", "purl": f"pkg:cargo/demo@1?download_url=file://.{part}"} for part in ("", "#src/lib.rs", "#src/main.rs")]
    assert set(components(read(a_json={"bomFormat": "CycloneDX", "components": rows}))) == {"pkg:cargo/demo@1?download_url=file://."}


KEYS = (
    "bomFormat", "spdxVersion", "@graph", "components", "metadata", "component", "name", "version", "purl", "bom-ref", "dependencies", "ref", "dependsOn",
    "hashes", "alg", "content", "licenses", "license", "packages", "SPDXID", "relationships", "type", "software_Package", "externalRefs", "group",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(document=documents(*KEYS), head=st.sampled_from([{"bomFormat": "CycloneDX"}, {"spdxVersion": "SPDX-2.3"}, {"@graph": []}, {}]))
def test_any_document_is_read(document: Any, head: dict[str, Any]) -> None:
    nested = read(a_json={**head, **document} if isinstance(document, dict) else document)
    purls = {noun.purl for noun in nested.nouns if isinstance(noun, Component)}
    assert set(nested.roots) <= purls
    assert all(set(noun.dependencies) <= purls for noun in nested.nouns if isinstance(noun, Component))
    assert bool(nested.roots) == bool(purls)
    pickle.dumps(nested)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60))
def test_any_bytes_are_read(content: bytes) -> None:
    read(a_json=content)
