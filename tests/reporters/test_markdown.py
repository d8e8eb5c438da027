from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from sbomgate.model import Location, Report
from sbomgate.reporters import render

OURS = {"<code>", "</code>", "<br>", "<details>", "</details>", "<summary>", "</summary>", "<!-- -->"}


@pytest.mark.parametrize("name", ["clean", "failing", "failing-and-incomplete", "nothing", "hostile"])
def test_a_report_reads_as_expected(name: str, reports: dict[str, Report], same_as_file: Callable[[str, str], None]) -> None:
    same_as_file(render("markdown", reports[name]), f"{name}.markdown.md")


def test_a_row_has_as_many_cells_as_its_table(report: Report) -> None:
    table: list[int] = []
    for line in render("markdown", report).splitlines():
        table = [*table, line.count("|")] if line.startswith("|") else []
        assert len(set(table)) <= 1, line


def test_no_markup_comes_from_a_target(reports: dict[str, Report]) -> None:
    text = render("markdown", reports["hostile"])
    assert set(re.findall(r"<[^>]*>", text)) <= OURS
    body = re.sub(r"<code>(.*?)</code>", lambda match: re.sub(r"&#\d+;|<!-- -->", "", match[1]), text)
    assert "octocat" in body
    for trace in ("@", "`", "](", "://", "www.", "\\"):
        assert trace not in body


def test_it_fits_into_a_comment_and_says_what_does_not(reports: dict[str, Report]) -> None:
    base = reports["failing"]
    many = tuple(replace(base.findings[1], location=Location("requirements.txt", line)) for line in range(1, 1001))
    text = render("markdown", replace(base, findings=(*many, base.findings[-1])))
    assert len(text) < 65_536
    shown = text.count("requirements.txt&#58;")
    assert f"**{1000 - shown:,} more findings** did not fit here" in text
    assert "| 🔴 high | 1,000 |" in text
