"""Small documents that other tools made of two Python packages and two of npm, and what is to be said of them.

Made with cyclonedx-py 7.5.0, syft 1.18.1, cdxgen 12.8.4 and cyclonedx-npm 6.0.1; hosts of indexes replaced.
`UPDATE_EXPECTED=1` rewrites what is expected; a human reads the diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support import DATA

from sbomgate.quality import score

DOCUMENTS = sorted(path for path in (DATA / "quality" / "foreign").glob("*.json") if not path.name.endswith(".expected.json"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_foreign_document(path: Path) -> None:
    found = score(json.loads(path.read_text("utf-8")), path.name)
    told = {
        "score": found.points,
        "grade": found.grade,
        "components": found.components,
        **{
            profile.id: {result.id: f"{result.verdict} {result.have}/{result.of}" for result in profile.results}
            for profile in found.profiles
        },
    }
    expected = path.with_suffix(".expected.json")
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    assert told == json.loads(expected.read_text("utf-8"))


def test_there_are_documents_and_none_is_stale() -> None:
    assert {path.stem for path in DOCUMENTS} == {"cdxgen", "cyclonedx-npm", "cyclonedx-py", "syft"}
    assert {path.name.partition(".")[0] for path in (DATA / "quality" / "foreign").iterdir()} == {path.stem for path in DOCUMENTS}


def test_the_figures_in_the_readme_are_of_this_scorer() -> None:
    """Every row that scripts/compare_sboms.py wrote names the profiles and fields that there are."""
    from sbomgate.quality import bsi, cisa, ntia

    path = DATA.parent.parent / "docs" / "sbom-comparison.json"
    rows = json.loads(path.read_text("utf-8"))["rows"]
    assert {row["tool"] for row in rows} >= {"sbomgate", "cyclonedx-py"}
    for row in rows:
        for name, module in (("cisa-2026", cisa), ("ntia-2021", ntia), ("bsi-2.1", bsi)):
            assert sum(row["profiles"][name].values()) == len(module.FIELDS)
            assert set(row["missing"][name]) <= {field.id for field in module.FIELDS}
