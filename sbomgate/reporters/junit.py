"""JUnit XML, for the test report of a CI system: a suite a target, a test case a rule that found something in it.

There is no standard; this is the dialect of the Jenkins xUnit plugin, which others read too. Findings at or above the
gate are failures, the others stand in `system-out` of a case that passes, an input that could not be read is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from sbomgate.model import Finding, Report
from sbomgate.reporters.escapes import clean
from sbomgate.reporters.places import Places, problems
from sbomgate.reporters.summary import SOUGHT, counted, reaches_gate, summarise

MAX_TEXT = 16_000
"""Characters of one text."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test case, every text still unescaped."""

    name: str
    outcome: str = ""
    """`failure` · `error`; empty when it passes."""
    kind: str = ""
    message: str = ""
    detail: tuple[str, ...] = ()
    """Lines."""
    output: tuple[str, ...] = ()
    """Lines."""


def render(report: Report, *, color: bool = False, width: int = 100) -> str:
    """`report` as JUnit XML."""
    suites = {target: [*cases] for target, cases in _suites(report)}
    every = [case for cases in suites.values() for case in cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="sbomgate" {_totals(every)}>']
    for target, cases in suites.items():
        lines.append(f'  <testsuite name="{_text(target)}" {_totals(cases)}>')
        for case in cases:
            lines += _case(case, target)
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suites(report: Report) -> Iterator[tuple[str, Iterator[Case]]]:
    names = [*(inventory.target.path for inventory in report.inventories), *(finding.target for finding in report.findings)]
    return ((target, _cases(report, target)) for target in dict.fromkeys(names))


def _cases(report: Report, target: str) -> Iterator[Case]:
    places = Places(report)
    rules: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        if finding.target == target:
            rules.setdefault((finding.rule, finding.name), []).append(finding)
    for (rule, name), findings in rules.items():
        failing = [finding for finding in findings if reaches_gate(report, finding)]
        others = [finding for finding in findings if not reaches_gate(report, finding)]
        yield Case(
            name=f"{rule} {name}",
            outcome="failure" if failing else "",
            kind=failing[0].severity if failing else "",
            message=(f"{counted(len(failing), 'finding')}, the first: " if len(failing) > 1 else "") + failing[0].message
            if failing
            else "",
            detail=tuple(line for finding in failing for line in _story(finding, places)),
            output=tuple(line for finding in others for line in _story(finding, places)),
        )
    unread = [problem for where, problem in problems(report) if where == target]
    for problem in unread:
        what = ": ".join(part for part in (problem.where, problem.what) if part)
        fix = (f"fix: {problem.fix}",) if problem.fix else ()
        yield Case(f"reads {places.path(target, problem.path)}", "error", "problem", what, fix)
    if target in summarise(report).empty:
        yield Case("finds something to scan", "error", "problem", f"nothing to scan: {SOUGHT}")
    elif not rules and not unread:
        yield Case("no findings")


def _story(finding: Finding, places: Places) -> Iterator[str]:
    yield f"{finding.severity}: {places.place(finding)}: {finding.message}"
    for label, text in (
        ("about", finding.subject),
        ("came in", places.came_in(finding)),
        ("fix", finding.fix),
        ("id", finding.fingerprint),
        ("accepted", finding.accepted),
    ):
        if text:
            yield f"  {label}: {text}"


def _case(case: Case, target: str) -> Iterator[str]:
    head = f'    <testcase classname="{_text(target)}" name="{_text(case.name)}"'
    if not case.outcome and not case.output:
        yield head + "/>"
        return
    yield head + ">"
    if case.outcome:
        start = f'      <{case.outcome} type="{_text(case.kind)}" message="{_text(case.message)}"'
        yield f"{start}>{_lines(case.detail)}</{case.outcome}>" if case.detail else f"{start}/>"
    if case.output:
        yield f"      <system-out>{_lines(case.output)}</system-out>"
    yield "    </testcase>"


def _totals(cases: list[Case]) -> str:
    failures = sum(case.outcome == "failure" for case in cases)
    errors = sum(case.outcome == "error" for case in cases)
    return f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'


def _lines(lines: tuple[str, ...]) -> str:
    return "\n".join(_text(line) for line in lines)


def _text(text: str) -> str:
    """`text` for an attribute or an element: what XML 1.0 has no way to write (controls, surrogates) is an escape."""
    return escape(clean(text, MAX_TEXT))
