"""Each criterion holds on a document that has everything, and stops to hold when its one thing is taken away."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from quality_documents import FULL, REFS, SECOND, component, results

from sbomgate.quality import Verdict, bsi, cisa, ntia, sbomqs, score

Change = Callable[[dict[str, Any]], object]


def without(key: str) -> Change:
    return lambda document: document.pop(key)


def no_metadata(key: str) -> Change:
    return lambda document: document["metadata"].pop(key)


def second(key: str, value: Any = None) -> Change:
    """The last component without `key`, or with another value."""
    return lambda document: document["components"][1].pop(key) if value is None else document["components"][1].update({key: value})


def no_reference(kind: str) -> Change:
    return lambda document: document["components"][1].update(
        externalReferences=[row for row in SECOND["externalReferences"] if row["type"] != kind]
    )


def no_property(name: str) -> Change:
    return lambda document: document["components"][1].update(
        properties=[row for row in SECOND["properties"] if row["name"] != f"bsi:component:{name}"]
    )


def only(acknowledgement: str) -> Change:
    return second("licenses", [row for row in SECOND["licenses"] if row["license"]["acknowledgement"] == acknowledgement])


def concluded(text: str) -> Change:
    return second("licenses", [{"license": {"name": text, "acknowledgement": "concluded"}}])


def several(*changes: Change) -> Change:
    return lambda document: [change(document) for change in changes]


def weak(document: dict[str, Any]) -> None:
    document["components"][1]["hashes"] = [{"alg": "SHA-1", "content": "cd" * 20}]


def nobody(document: dict[str, Any]) -> None:
    for key in ("authors", "tools", "supplier", "manufacturer"):
        document["metadata"].pop(key)


def old(version: str) -> Change:
    return lambda document: document.update(specVersion=version)


no_maker = several(second("supplier"), second("manufacturer"))
no_rows = lambda document: document["dependencies"].pop()  # noqa: E731

CHANGES: dict[str, dict[str, Change | None]] = {
    "cisa-2026": {
        "sbom-author": several(no_metadata("authors"), no_metadata("manufacturer")),
        "sbom-author-signature": without("signature"),
        "sbom-format-name": None,  # a document of another format is refused
        "sbom-format-version": old("1.3"),
        "sbom-generation-context": no_metadata("lifecycles"),
        "sbom-timestamp": lambda document: document["metadata"].update(timestamp="yesterday"),
        "sbom-tool-name": no_metadata("tools"),
        "sbom-tool-version": lambda document: document["metadata"].update(tools=[{"name": "tool"}]),
        "sbom-version": lambda document: document.update(serialNumber="bom-1"),
        "component-producer": no_maker,
        "component-name": second("name"),
        "component-version": second("version"),
        "component-identifiers": second("purl", "two"),
        "component-hash-value": second("hashes"),
        "component-hash-algorithm": second("hashes", [{"content": "cd"}]),
        "component-license": second("licenses"),
        "component-dependency-relationship": no_rows,
    },
    "ntia-2021": {
        "supplier": no_maker,
        "name": second("name", " "),
        "version": second("version", 1),
        "identifiers": second("purl"),
        "dependencies": lambda document: document["dependencies"].pop(0),
        "author": nobody,
        "timestamp": no_metadata("timestamp"),
    },
    "bsi-2.1": {
        "format": old("1.5"),
        "no-vulnerabilities": lambda document: document.update(vulnerabilities=[{"id": "CVE-2026-1"}]),
        "sbom-creator": lambda document: document["metadata"].update(manufacturer={"name": "Acme"}),
        "timestamp": lambda document: document["metadata"].update(timestamp="2026-11-21T09:00:00"),
        "component-creator": second("manufacturer", {"name": "Acme"}),
        "component-name": second("name"),
        "component-version": second("version"),
        "filename": no_property("filename"),
        "dependencies": no_rows,
        "dependencies-completeness": without("compositions"),
        "distribution-licences": only("declared"),
        "deployable-hash": no_reference("distribution"),
        "executable": no_property("executable"),
        "archive": no_property("archive"),
        "structured": second("properties", [{"name": "bsi:component:structured", "value": "yes"}]),
        "sbom-uri": without("serialNumber"),
        "source-uri": no_reference("vcs"),
        "deployable-uri": no_reference("distribution"),
        "identifiers": second("purl"),
        "original-licences": only("concluded"),
        "effective-licence": no_property("effectiveLicense"),
        "source-hash": no_reference("vcs"),
        "security-txt": no_reference("rfc-9116"),
    },
    "sbomqs": {
        "comp_with_name": second("name"),
        "comp_with_version": second("version"),
        "comp_with_local_id": second("bom-ref"),
        "sbom_creation_timestamp": no_metadata("timestamp"),
        "sbom_authors": no_metadata("authors"),
        "sbom_tool_version": lambda document: document["metadata"].update(tools=[{"name": "tool"}]),
        "sbom_supplier": lambda document: document["metadata"].update(supplier={"name": "Acme"}),
        "sbom_namespace": without("serialNumber"),
        "sbom_lifecycle": no_metadata("lifecycles"),
        "comp_with_strong_checksums": weak,
        "comp_with_weak_checksums": weak,
        "sbom_signature": without("signature"),
        "comp_with_dependencies": lambda document: document["compositions"].pop(),
        "sbom_completeness_declared": lambda document: document["compositions"].pop(0),
        "sbom_primary_component": lambda document: document["metadata"]["component"].pop("bom-ref"),
        "comp_with_source_code": no_reference("vcs"),
        "comp_with_supplier": second("supplier"),
        "comp_with_purpose": second("type", "platform"),
        "comp_with_licenses": only("declared"),
        "comp_with_valid_licenses": concluded("Acme terms"),
        "comp_spdx_listed_license": concluded("LicenseRef-Acme"),
        "comp_no_deprecated_licenses": concluded("GPL-2.0"),
        "comp_no_restrictive_licenses": concluded("MIT OR GPL-2.0-only"),
        "comp_with_declared_licenses": only("concluded"),
        "sbom_data_license": no_metadata("licenses"),
        "comp_with_purl_or_cpe": second("purl"),
        "sbom_spec_declared": None,  # a document of another format or version is refused
        "sbom_spec_version": None,
        "sbom_file_format": None,
        "sbom_schema_valid": None,  # test_validity
    },
}
HALF = {"sbom_signature"}
"""Never fully met: a signature is not verified."""


def test_the_table_has_every_field() -> None:
    assert list(CHANGES["cisa-2026"]) == [field.id for field in cisa.FIELDS]
    assert len(cisa.FIELDS) == 17
    assert list(CHANGES["ntia-2021"]) == [field.id for field in ntia.FIELDS]
    assert len(ntia.FIELDS) == 7
    assert list(CHANGES["bsi-2.1"]) == [field.id for field in bsi.FIELDS]
    assert list(CHANGES["sbomqs"]) == [feature.id for category in sbomqs.CATEGORIES for feature in category.features]


@pytest.mark.parametrize("profile", CHANGES)
def test_a_full_document_meets_everything(profile: str) -> None:
    found = results(FULL, profile)
    assert {id_ for id_, result in found.items() if result.verdict is not Verdict.MET} <= HALF
    assert all(not result.better for id_, result in found.items() if id_ not in HALF)


@pytest.mark.parametrize(
    ("profile", "id_"), [(profile, id_) for profile, table in CHANGES.items() for id_, change in table.items() if change]
)
def test_a_field_that_is_taken_away_is_told(profile: str, id_: str) -> None:
    document = copy.deepcopy(FULL)
    change = CHANGES[profile][id_]
    assert change is not None
    change(document)
    before, after = results(FULL, profile)[id_], results(document, profile)[id_]
    assert after.verdict is not Verdict.MET
    assert (after.have, after.points or 0.0) < (before.have, before.points or 0.0) or after.have < before.have
    assert after.better


def test_validity() -> None:
    for valid, verdict in ((True, Verdict.MET), (False, Verdict.MISSING), (None, Verdict.NOT_APPLICABLE)):
        profile = score(FULL, "bom.json", schema_valid=valid).profiles[0]
        assert next(result.verdict for result in profile.results if result.id == "sbom_schema_valid") is verdict
        assert bool(profile.notes) is (valid is None)


def test_the_sum_is_that_of_the_published_weights() -> None:
    """By hand: everything but half of the signature, 0.1 of Integrity, which is 15 of 82."""
    assert sum(category.weight for category in sbomqs.CATEGORIES) == 82
    assert score(FULL, "bom.json", schema_valid=True).points == round(10 - 15 / 82 * 0.1 * 5, 2)
    bare = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "one"}]}
    # Identification 0.40; purpose 0.10 of Completeness; Structural in full, the schema left out
    assert score(bare, "bom.json").points == round((10 * 4.0 + 12 * 1.0 + 8 * 10) / 82, 2)


def test_one_of_many_is_never_rounded_up_to_all() -> None:
    document = {**FULL, "components": [component(f"c{number}") for number in range(500)]}
    del document["components"][7]["version"]
    result = results(document, "sbomqs")["comp_with_version"]
    assert (result.have, result.of, result.points) == (500, 501, 9.9)
    assert result.examples == ("c7",)


@pytest.mark.parametrize(
    ("points", "grade"), [(10, "A"), (9, "A"), (8.99, "B"), (8, "B"), (7.99, "C"), (7, "C"), (6.9, "D"), (5, "D"), (4.9, "F"), (0, "F")]
)
def test_grades(points: float, grade: str) -> None:
    assert sbomqs.grade(points) == grade


def test_licences_without_acknowledgement_count_by_version() -> None:
    document = copy.deepcopy(FULL)
    for item in (document["metadata"]["component"], *document["components"]):
        item["licenses"] = [{"expression": "MIT"}]
    assert results(document, "sbomqs")["comp_with_licenses"].have == 0
    assert results(document, "sbomqs")["comp_with_declared_licenses"].have == 3
    document["specVersion"] = "1.5"
    assert results(document, "sbomqs")["comp_with_licenses"].have == 3
    assert results(document, "sbomqs")["comp_with_declared_licenses"].have == 0


def test_a_cpe_will_do_in_the_place_of_a_purl() -> None:
    document = copy.deepcopy(FULL)
    document["components"][1] |= {"purl": "", "cpe": "cpe:2.3:a:acme:two:1.0:*:*:*:*:*:*:*"}
    assert results(document, "cisa-2026")["component-identifiers"].verdict is Verdict.MET
    assert results(document, "sbomqs")["comp_with_purl_or_cpe"].have == 2  # the better of both shares, not their union
    document["components"][1]["cpe"] = "cpe:2.3:a:acme"
    assert results(document, "cisa-2026")["component-identifiers"].have == 2


def test_nested_components_count_and_one_that_stands_twice_counts_once() -> None:
    document = copy.deepcopy(FULL)
    document["components"][0]["components"] = [component("inner"), component("two")]
    assert score(document, "bom.json").components == 4


def test_a_document_about_nothing_else_needs_no_dependencies() -> None:
    document = {**FULL, "components": [], "dependencies": [{"ref": REFS[0]}]}
    assert results(document, "cisa-2026")["component-dependency-relationship"].verdict is Verdict.MET
    del document["metadata"]
    assert results(document, "cisa-2026")["component-name"].verdict is Verdict.NOT_APPLICABLE


def test_results_are_plain_data() -> None:
    import pickle

    found = score(FULL, "bom.json")
    assert pickle.loads(pickle.dumps(found)) == found
    assert json.dumps(FULL) == json.dumps(copy.deepcopy(FULL)), "scoring changes nothing"
