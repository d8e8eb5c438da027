from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema_rs
import pytest

from sbomgate.model import Location, Report, Severity, Target
from sbomgate.reporters import render, sarif

SCHEMA = Path(__file__).parents[1] / "data" / "schemas" / "sarif-2.1.0.json"


@pytest.fixture(autouse=True)
def _fixed_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "__version__", "0.0.0")


@pytest.fixture(scope="module")
def schema() -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), validate_formats=True)


def run(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render("sarif", report))
    only: dict[str, Any] = document["runs"][0]
    return only


@pytest.mark.parametrize("name", ["failing", "failing-and-incomplete", "nothing", "hostile"])
def test_a_report_reads_as_expected(name: str, reports: dict[str, Report], same_as_file: Callable[[str, str], None]) -> None:
    same_as_file(render("sarif", reports[name]), f"{name}.sarif")


def test_it_is_valid(report: Report, schema: jsonschema_rs.Draft4Validator) -> None:
    errors = [f"{list(error.instance_path)}: {error.message}" for error in schema.iter_errors(json.loads(render("sarif", report)))]
    assert errors == []


def test_a_rule_brings_its_page(reports: dict[str, Report], real_rules: None) -> None:
    rules = run(reports["never"])["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["SG201"]
    assert rules[0]["help"]["markdown"].startswith(rules[0]["shortDescription"]["text"])
    assert "## How to fix" in rules[0]["help"]["text"]


def test_rules_are_those_of_the_results_and_the_index_is_right(report: Report) -> None:
    only = run(report)
    rules = only["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {result["ruleId"] for result in only["results"]}
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in only["results"])


def test_results_keep_the_order_and_have_a_place(report: Report) -> None:
    results = run(report)["results"]
    assert [result["properties"]["severity"] for result in results] == [finding.severity for finding in report.findings]
    assert all(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results)


@pytest.mark.parametrize(
    ("severity", "score", "level"), [("critical", "9.5", "error"), ("medium", "5.5", "warning"), ("info", "0.0", "note")]
)
def test_github_ranks_a_rule_by_its_gravest_finding(severity: str, score: str, level: str, reports: dict[str, Report]) -> None:
    base = reports["never"]
    info, other = (replace(finding, severity=Severity(rank)) for finding, rank in zip(base.findings, ("info", severity), strict=True))
    only = run(replace(base, findings=(other, info)))
    rule = only["tool"]["driver"]["rules"][0]
    assert rule["properties"]["security-severity"] == score
    assert rule["defaultConfiguration"]["level"] == "error"
    assert [result["level"] for result in only["results"]] == [level, "note"]


def test_an_accepted_finding_is_suppressed_with_its_reason(reports: dict[str, Report]) -> None:
    *others, accepted = run(reports["failing"])["results"]
    assert accepted["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "written by our image build, ticket 12"}
    ]
    assert all(result["suppressions"] == [] for result in others)
    assert all("suppressions" not in result for result in run(reports["never"])["results"])


def test_a_problem_makes_the_run_unsuccessful(reports: dict[str, Report]) -> None:
    invocation = run(reports["incomplete"])["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "package[3].name: expected str, found int\nfix: run `uv lock` again"
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "uv.lock"
    assert run(reports["failing"])["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(
    ("target", "path", "uri"),
    [
        (".", "a b/ä.txt", "a%20b/%C3%A4.txt"),
        ("./sub/", "c:d.txt", "sub/c%3Ad.txt"),
        ("/srv/app", "x%20.txt", "file:///srv/app/x%2520.txt"),
        ("C:/app", "x.txt", "file:///C:/app/x.txt"),
        (".", "not-utf-8-\udcff", "not-utf-8-%FF"),
    ],
)
def test_a_path_is_a_uri(target: str, path: str, uri: str, reports: dict[str, Report]) -> None:
    finding = replace(reports["never"].findings[0], target=target, location=Location(path))
    [result] = run(Report(inventories=(), findings=(finding,)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert unquote_to_bytes(uri).endswith(path.encode("utf-8", "surrogateescape"))


def test_a_path_of_a_file_target_is_beside_it(reports: dict[str, Report]) -> None:
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run(reports["file-target"])["results"]]
    assert uris == ["sub/requirements.txt", "base.txt"]


def test_no_link_is_made_of_a_message(reports: dict[str, Report]) -> None:
    assert "](" not in json.dumps([result["message"] for result in run(reports["hostile"])["results"]])


def test_a_target_that_is_empty_is_told(reports: dict[str, Report]) -> None:
    report = Report(
        inventories=(replace(reports["nothing"].inventories[0], target=Target("a")), reports["clean"].inventories[0]), findings=()
    )
    [notification] = run(report)["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("nothing to scan")
