"""What a document says that it does not know: reported as that, accepted where a rule book accepts it, never counted as present."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from quality_documents import FULL, results

from sbomgate.quality import Verdict, score

UNKNOWN_OF = {
    "supplier": ("component-producer", "supplier", "component-creator", "comp_with_supplier", ("supplier", "manufacturer")),
    "license": ("component-license", None, "distribution-licences", "comp_with_licenses", ("licenses",)),
    "hash": ("component-hash-value", None, "deployable-hash", "comp_with_strong_checksums", ("hashes", "externalReferences")),
    "version": ("component-version", "version", "component-version", "comp_with_version", ("version",)),
}


def stating(field: str, removed: tuple[str, ...]) -> dict[str, Any]:
    """A full document whose last component lacks something and says so."""
    document = copy.deepcopy(FULL)
    last = document["components"][1]
    for key in removed:
        del last[key]
    last["properties"].append({"name": "sbomgate:unknown", "value": field})
    return document


@pytest.mark.parametrize("field", UNKNOWN_OF)
def test_a_component_that_says_so(field: str) -> None:
    cisa_id, ntia_id, bsi_id, sbomqs_id, removed = UNKNOWN_OF[field]
    document = stating(field, removed)
    found = results(document, "cisa-2026")[cisa_id]
    assert (found.verdict, found.have, found.stated_unknown, found.examples) == (Verdict.STATED_UNKNOWN, 2, 1, ())
    if ntia_id:
        assert results(document, "ntia-2021")[ntia_id].verdict is Verdict.STATED_UNKNOWN
    assert results(document, "bsi-2.1")[bsi_id].verdict is Verdict.PARTLY
    for_sum = results(document, "sbomqs")[sbomqs_id]
    assert (for_sum.verdict, for_sum.have) == (Verdict.STATED_UNKNOWN, 2)
    assert for_sum.points == pytest.approx(6.67)
    document["components"][1]["properties"].pop()
    assert results(document, "cisa-2026")[cisa_id].verdict is Verdict.PARTLY
    assert results(document, "sbomqs")[sbomqs_id].points == pytest.approx(6.67), "it changes no sum"


@pytest.mark.parametrize("word", ["unknown", "NOASSERTION", "None", " Unknown "])
def test_the_words_of_other_tools(word: str) -> None:
    document = copy.deepcopy(FULL)
    last = document["components"][1]
    last |= {"version": word, "supplier": {"name": word}, "licenses": [{"license": {"name": word}}]}
    del last["manufacturer"]
    for id_ in ("component-version", "component-producer", "component-license"):
        assert results(document, "cisa-2026")[id_].verdict is Verdict.STATED_UNKNOWN
    for id_ in ("comp_with_version", "comp_with_supplier", "comp_with_licenses"):
        assert results(document, "sbomqs")[id_].have == 2


def test_the_document_itself() -> None:
    document = copy.deepcopy(FULL)
    for key in ("authors", "manufacturer", "supplier", "tools"):
        del document["metadata"][key]
    document["metadata"]["properties"] = [{"name": "sbomgate:unknown", "value": "author"}]
    assert results(document, "cisa-2026")["sbom-author"].verdict is Verdict.STATED_UNKNOWN
    assert results(document, "ntia-2021")["author"].verdict is Verdict.STATED_UNKNOWN
    assert results(document, "bsi-2.1")["sbom-creator"].verdict is Verdict.MISSING
    assert results(document, "sbomqs")["sbom_authors"].points == 0


def test_some_present_some_unknown_some_silent_is_partly() -> None:
    document = stating("hash", ("hashes",))
    del document["components"][0]["hashes"]
    found = results(document, "cisa-2026")["component-hash-value"]
    assert (found.verdict, found.have, found.stated_unknown, found.examples) == (Verdict.PARTLY, 1, 1, ("one@1.0",))


def test_a_value_that_is_there_wins_over_the_statement_that_it_is_not() -> None:
    document = stating("version", ())
    assert results(document, "cisa-2026")["component-version"].verdict is Verdict.MET
    assert score(document, "x").points == score(FULL, "x").points
