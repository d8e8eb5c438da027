"""`sbom --score`: what is scored, what is printed, and with which exit code it ends."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from quality_documents import FULL
from support import DATA, sbomgate, write_tree

SCHEMA = json.loads((DATA / "quality" / "score.schema.json").read_text("utf-8"))
LOCK = DATA / "collectors" / "uv-lock"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    write_tree(tmp_path, {"bom.json": json.dumps(FULL)})
    return tmp_path / "bom.json"


def test_a_foreign_document_is_scored_as_it_is(document: Path) -> None:
    done = sbomgate("sbom", "--score", document)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("SCORE  9.9 of 10, grade A\n")
    assert "CISA 2026 Minimum Elements  17 met\n" in done.stdout
    assert "note: left out of the sum: sbom_schema_valid" in done.stdout


def test_json_has_its_stable_form(document: Path, tmp_path: Path) -> None:
    done = sbomgate("sbom", "--score", document, "--output-format", "json")
    found = json.loads(done.stdout)
    jsonschema_rs.validator_for(SCHEMA).validate(found)
    assert found["score"] == 9.91
    assert [profile["id"] for profile in found["profiles"]] == ["sbomqs", "cisa-2026", "ntia-2021", "bsi-2.1"]
    out = tmp_path / "score.json"
    assert sbomgate("sbom", "--score", document, "--output-format", "json", "-o", out).stdout == ""
    assert json.loads(out.read_text("utf-8")) == found


def test_the_gate(document: Path) -> None:
    assert sbomgate("sbom", "--score", document, "--min-score", "9.9").returncode == 0
    done = sbomgate("sbom", "--score", document, "--min-score", "9.95")
    assert done.returncode == 1
    assert done.stdout.startswith("SCORE")


def test_a_target_is_scored_by_the_document_that_would_be_written(tmp_path: Path) -> None:
    source = min(LOCK.glob("*/input"))
    first = sbomgate("sbom", "--score", source, "--output-format", "json")
    written = sbomgate("sbom", source, "-o", tmp_path / "own.json")
    assert first.returncode == written.returncode
    second = sbomgate("sbom", "--score", tmp_path / "own.json", "--output-format", "json")
    scored, again = json.loads(first.stdout), json.loads(second.stdout)
    assert scored["profiles"] == again["profiles"]
    assert scored["score"] > 3


def test_an_older_version_is_scored_as_that(tmp_path: Path) -> None:
    source = min(LOCK.glob("*/input"))
    found = json.loads(sbomgate("sbom", "--score", source, "--spec-version", "1.4", "--output-format", "json").stdout)
    assert found["document"]["spec_version"] == "1.4"
    bsi = next(profile for profile in found["profiles"] if profile["id"] == "bsi-2.1")
    assert next(field["verdict"] for field in bsi["fields"] if field["id"] == "format") == "missing"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "no CycloneDX document"),
        ('{"spdxVersion": "SPDX-2.3"}', "no CycloneDX document"),
        ('<?xml version="1.0"?><bom/>', "XML, which is not scored"),
        (b"\xff", "not valid UTF-8"),
    ],
)
def test_a_document_that_cannot_be_scored_is_exit_3(tmp_path: Path, content: str | bytes, message: str) -> None:
    write_tree(tmp_path, {"bom.json": content})
    done = sbomgate("sbom", "--score", tmp_path / "bom.json")
    assert (done.returncode, done.stdout) == (3, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_wrong_usage(document: Path, tmp_path: Path) -> None:
    for arguments in (
        ["--min-score", "5", document],
        ["--score", document, document.with_name("nothing.json")],
        ["--score", document, "--output-format", "xml"],
        ["--score", document, "--min-score", "11"],
        ["--score", tmp_path / "nothing"],
    ):
        done = sbomgate("sbom", *arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments


def test_nothing_to_score_is_exit_3(tmp_path: Path) -> None:
    assert sbomgate("sbom", "--score", tmp_path).returncode == 3


def test_incomplete_is_exit_3_and_the_gate_wins(tmp_path: Path) -> None:
    write_tree(tmp_path, {"requirements.txt": "six==1.0\n", "uv.lock": "version = "})
    assert sbomgate("sbom", "--score", tmp_path).returncode == 3
    assert sbomgate("sbom", "--score", tmp_path, "--min-score", "9").returncode == 1
