from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sbomgate.model import Report
from sbomgate.reporters import render

COMMAND = re.compile(
    r"::(?P<name>error|warning|notice) file=(?P<file>[^:,\r\n]*)(,line=(?P<line>[1-9]\d*))?,title=(?P<title>[^:,\r\n]*)::(?P<message>.*)"
)


@pytest.mark.parametrize("name", ["failing", "failing-and-incomplete", "nothing", "hostile"])
def test_a_report_reads_as_expected(name: str, reports: dict[str, Report], same_as_file: Callable[[str, str], None]) -> None:
    same_as_file(render("github", reports[name]), f"{name}.github.txt")


def test_every_line_is_one_command(report: Report) -> None:
    open_findings = sum(finding.accepted is None for finding in report.findings)
    empty = sum(not inventory.sources for inventory in report.inventories)
    lines = render("github", report).splitlines()
    assert len(lines) == open_findings + len(report.problems) + empty
    assert all(COMMAND.fullmatch(line) for line in lines)


def test_a_clean_report_is_empty(reports: dict[str, Report]) -> None:
    assert render("github", reports["clean"]) == ""


def test_the_escape_of_an_escape_is_escaped(reports: dict[str, Report]) -> None:
    line = render("github", reports["hostile"]).splitlines()[0]
    assert "%0A]]>" not in line
    assert "%250A]]>" in line
