from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from sbomgate.model import Report
from sbomgate.reporters import render

SCHEMA = Path(__file__).parents[1] / "data" / "schemas" / "junit-10.xsd"


@pytest.mark.parametrize("name", ["clean", "failing", "failing-and-incomplete", "nothing", "hostile"])
def test_a_report_reads_as_expected(name: str, reports: dict[str, Report], same_as_file: Callable[[str, str], None]) -> None:
    same_as_file(render("junit", reports[name]), f"{name}.junit.xml")


def test_it_is_valid(report: Report) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    schema.assertValid(etree.fromstring(render("junit", report).encode()))


def test_the_totals_are_right(report: Report) -> None:
    root = ET.fromstring(render("junit", report))
    for element in (root, *root.iter("testsuite")):
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(element.get(attribute, "")) == len([*element.iter(tag)])


def test_the_suite_fails_when_the_gate_or_the_reading_does(report: Report) -> None:
    root = ET.fromstring(render("junit", report))
    assert (root.get("failures") != "0") == report.failed
    assert (root.get("errors") != "0") == (not report.complete)


def test_what_is_below_the_gate_or_accepted_passes_and_is_told(reports: dict[str, Report]) -> None:
    root = ET.fromstring(render("junit", reports["accepted"]))
    [case] = root.iter("testcase")
    assert [child.tag for child in case] == ["system-out"]
    assert "accepted: written by our image build, ticket 12" in str(case.findtext("system-out"))
