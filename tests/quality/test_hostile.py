"""Any JSON is scored or refused, in time that grows with its length alone."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from quality_documents import FULL, component
from strategies import json_values

from sbomgate.errors import CollectError
from sbomgate.quality import score
from sbomgate.quality.licences import classify
from sbomgate.reporters.score import as_json, table

KEYS = """
bomFormat specVersion metadata components component dependencies ref dependsOn compositions aggregate assemblies bom-ref name version purl cpe swid tagId
omniborId swhid supplier manufacturer contact email url authors author hashes alg content licenses license id expression acknowledgement properties value
externalReferences type lifecycles phase tools services timestamp serialNumber signature signers algorithm vulnerabilities
""".strip()
HEAD = {"bomFormat": "CycloneDX", "specVersion": "1.6"}


def scored_or_refused(document: Any, *, printed: bool = False) -> None:
    try:
        found = score(document, "bom.json")
    except CollectError as error:
        assert "\n" not in str(error)
        return
    assert 0 <= found.points <= 10
    for profile in found.profiles:
        for result in profile.results:
            assert 0 <= result.have <= result.of
            assert 0 <= result.stated_unknown <= result.of - result.have
            assert result.points is None or 0 <= result.points <= 10
    if printed:
        assert json.loads(as_json(found))["score"] == found.points
        assert all(line.isprintable() for line in table(found).split("\n"))


@settings(max_examples=100, deadline=None)
@given(document=json_values(KEYS))
@example(document=None)
@example(document={"bomFormat": "CycloneDX"})
@example(document={**HEAD, "specVersion": "9.9"})
@example(document={**HEAD, "specVersion": ["1.6"]})
def test_any_json_is_scored_or_refused(document: Any) -> None:
    scored_or_refused(document)


@settings(max_examples=100, deadline=None)
@given(parts=st.dictionaries(st.sampled_from(KEYS.split()), json_values(KEYS), max_size=6), row=json_values(KEYS), top=json_values(KEYS))
def test_any_parts_of_a_document_are_scored_or_refused(parts: dict[str, Any], row: Any, top: Any) -> None:
    scored_or_refused({**parts, **HEAD})
    scored_or_refused({**HEAD, "metadata": parts, "components": [row, parts, {"components": [parts, row]}]})
    scored_or_refused({**FULL, **dict.fromkeys(("dependencies", "compositions", "signature", "vulnerabilities", "version"), top)})


@settings(max_examples=100, deadline=None)
@given(place=st.sampled_from(sorted(component("one"))), value=json_values(KEYS))
def test_any_value_of_a_component_is_scored(place: str, value: Any) -> None:
    scored_or_refused({**FULL, "components": [{**component("one"), place: value}]}, printed=True)


@settings(max_examples=100, deadline=None)
@given(text=st.text())
@example(text="(" * 400)
@example(text="MIT AND " * 60 + "MIT")
@example(text="MIT WITH MIT WITH MIT")
@example(text="x" * 100_000)
def test_any_licence_is_classified(text: str) -> None:
    assert 0 <= classify(text) < 32


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "bomFormat"),
        ({"spdxVersion": "SPDX-2.3"}, "bomFormat"),
        ({"bomFormat": "CycloneDX", "specVersion": "2.0"}, "specVersion"),
        ({**HEAD, "metadata": []}, "metadata"),
        ({**HEAD, "components": {}}, "components"),
        ({**HEAD, "components": [{"components": [7]}]}, "components[0].components[0]"),
    ],
)
def test_what_is_refused_says_where(document: Any, where: str) -> None:
    with pytest.raises(CollectError) as caught:
        score(document, "bom.json")
    assert caught.value.where == where
    assert caught.value.fix


def test_more_components_than_can_be_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from sbomgate.quality import facts

    monkeypatch.setattr(facts, "MAX_COMPONENTS", 3)
    with pytest.raises(CollectError, match="more than 3 components"):
        score({**HEAD, "components": [{}] * 4}, "bom.json")


def test_a_hundred_thousand_components() -> None:
    """Not timed: with a quadratic step in any of it, this test would not end."""
    count = 100_000
    refs = [f"r{number}" for number in range(count)]
    row = {"name": "n", "type": "library", "version": "1"}
    chain: dict[str, Any] = {"bom-ref": refs[-1], **row}
    for number in range(1_000):
        chain = {"bom-ref": f"deep{number}", "components": [chain], **row}
    document = {
        **HEAD,
        "metadata": {"component": {"bom-ref": "root", "name": "root"}},
        "components": [{"bom-ref": ref, **row} for ref in refs] + [chain],
        "dependencies": [{"ref": "root", "dependsOn": refs}, *({"ref": ref, "dependsOn": ["root", refs[-1]]} for ref in refs)],
        "compositions": [{"aggregate": "complete", "dependencies": refs}] * 3,
    }
    found = score(document, "bom.json")
    assert found.components == count + 1_001
    result = next(result for result in found.profiles[0].results if result.id == "comp_with_dependencies")
    assert (result.have, result.of) == (count, count + 1)


def test_components_that_are_all_different_cost_no_more() -> None:
    """As many kinds as there are components, which the fields are counted over."""
    names = [
        "name",
        "version",
        "bom-ref",
        "purl",
        "supplier",
        "manufacturer",
        "hashes",
        "externalReferences",
        "licenses",
        "properties",
        "type",
    ]
    full = component("one")
    rows = [{key: full[key] for bit, key in enumerate(names) if number >> bit & 1} for number in range(2 ** len(names))]
    for number, row in enumerate(rows):
        row["bom-ref"] = f"r{number}"
    assert score({**HEAD, "components": rows}, "bom.json").components == len(rows)


def test_hostile_names_cannot_forge_a_line() -> None:
    document = copy.deepcopy(FULL)
    document["components"][1] |= {"name": "evil\n::error::x\x1b[31m", "hashes": []}
    text = table(score(document, "a\n::warning::b"))
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "evil\\n::error::x\\x1b[31m@1.0" in text
