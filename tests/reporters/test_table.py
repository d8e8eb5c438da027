from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from sbomgate.model import Location, Report
from sbomgate.reporters import render
from sbomgate.reporters.table import SHOWN_BELOW_GATE

SGR = re.compile(r"\x1b\[[0-9;]*m")
NAMES = ("clean", "failing", "incomplete", "failing-and-incomplete", "nothing", "accepted", "never", "file-target", "hostile")


@pytest.mark.parametrize("name", NAMES)
def test_a_report_reads_as_expected(name: str, reports: dict[str, Report], same_as_file: Callable[[str, str], None]) -> None:
    same_as_file(render("table", reports[name]), f"{name}.table.txt")


def test_colour_adds_sgr_codes_and_nothing_else(report: Report) -> None:
    painted = render("table", report, color=True)
    plain = SGR.sub("", painted)
    assert "\x1b" not in plain
    assert painted != plain
    for severity in ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"):  # the label has room around it when it is on a coloured ground
        plain = plain.replace(f" {severity} ", severity)
    assert plain == render("table", report)


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_a_line_is_wider_only_for_one_word_that_is(width: int, reports: dict[str, Report]) -> None:
    for line in render("table", reports["failing"], width=width).splitlines():
        words = re.sub(r"^(at|via|fix:|note:|because:) +", "", line.strip())
        assert len(line) <= width or " " not in words, line


def test_a_clean_scan_is_two_lines(reports: dict[str, Report]) -> None:
    assert render("table", reports["clean"]).splitlines() == [
        "PASS  no findings   2 components (1 in the agent graph) · 0 problems",
        "exit 0: no finding at or above high",
    ]


def test_the_last_line_names_the_exit_code(report: Report) -> None:
    assert render("table", report, width=1000).splitlines()[-1].startswith(f"exit {report.exit_code}: ")


def test_all_findings_are_shown_that_fail_the_gate_and_a_few_of_the_others(reports: dict[str, Report]) -> None:
    one = reports["never"].findings[0]
    many = tuple(replace(one, location=Location("requirements.txt", line)) for line in range(1, 101))
    report = replace(reports["never"], findings=many)
    assert render("table", replace(report, fail_on="high")).count("    at requirements.txt:") == 100
    below = render("table", replace(report, fail_on="critical"))
    assert below.count("    at requirements.txt:") == SHOWN_BELOW_GATE
    assert "… and 90 more of SG201: --format json lists them" in below


def test_no_text_of_a_target_is_a_command_of_a_ci_system(reports: dict[str, Report]) -> None:
    base = reports["never"]
    texts = ("::stop-commands::x", "##[error]x", "##vso[task.setvariable variable=a]b", "##teamcity[x]", "a " * 45 + "::add-mask::e")
    report = replace(base, findings=tuple(replace(base.findings[0], message=text, fix=text, subject=text) for text in texts))
    text = render("table", report)
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert not re.search(r"##\w*\[", text)
    assert r"\x3a:stop-commands::x" in text
