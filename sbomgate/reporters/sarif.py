"""SARIF 2.1.0, for code scanning services and editors. Specification: OASIS, SARIF 2.1.0 with Errata 01.

What GitHub reads of it: GitHub documentation, "SARIF support for code scanning". It ranks a result by the
`security-severity` of its rule, and there is one of it for all results of a rule: it is the gravest in this report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from sbomgate import __version__
from sbomgate.model import Finding, Problem, Report, Severity
from sbomgate.reporters.escapes import clean
from sbomgate.reporters.pages import page
from sbomgate.reporters.places import Places, problems, uri
from sbomgate.reporters.summary import SOUGHT, reason, summarise

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
SCORES: Final = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0", Severity.INFO: "0.0"}
FAMILIES: Final = {"SG1": "startup", "SG2": "pinning", "SG3": "integrity", "SG4": "agents", "SG5": "drift", "SG6": "advisories"}
MAX_TEXT: Final = 16_000
"""Characters of one text."""


def render(report: Report, *, color: bool = False, width: int = 100) -> str:
    """`report` as a SARIF log of one run, indented."""
    return json.dumps(to_sarif(report), indent=2, ensure_ascii=False) + "\n"


def to_sarif(report: Report) -> dict[str, Any]:
    """`report` as a SARIF log, ready for JSON."""
    places = Places(report)
    rules: dict[str, list[Finding]] = {}
    for finding in report.findings:
        rules.setdefault(_clean(finding.rule), []).append(finding)
    order = {key: index for index, key in enumerate(sorted(rules))}
    with_suppressions = any(finding.accepted is not None for finding in report.findings)
    driver = {
        "name": "sbomgate",
        "semanticVersion": __version__,
        "rules": [_rule(rules[key]) for key in order],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [_invocation(report, places)],
                "results": [
                    _result(finding, order[_clean(finding.rule)], places, with_suppressions=with_suppressions)
                    for finding in report.findings
                ],
            }
        ],
    }


def _rule(findings: list[Finding]) -> dict[str, Any]:
    """One `reportingDescriptor` (§3.49) for the findings of one rule."""
    first = findings[0]
    about = page(first)
    gravest = min((finding.severity for finding in findings), key=lambda severity: severity.rank)
    family = FAMILIES.get(first.rule[:3])
    descriptor: dict[str, Any] = {
        "id": _clean(first.rule),
        "name": _clean(first.name),
        "shortDescription": {"text": about.title or _clean(first.name)},
        "defaultConfiguration": {"level": LEVELS[about.severity or gravest]},
        "properties": {"tags": ["security", "supply-chain", *([family] if family else [])], "security-severity": SCORES[gravest]},
    }
    if about.text:
        descriptor["fullDescription"] = {"text": about.why or about.title}
        descriptor["help"] = {"text": about.text, "markdown": about.text}
    return descriptor


def _result(finding: Finding, index: int, places: Places, *, with_suppressions: bool) -> dict[str, Any]:
    """One `result` (§3.27). Lines are 1-based; an unknown line is left out."""
    message = "\n".join(_clean(part) for part in (finding.message, finding.fix and f"fix: {finding.fix}") if part)
    result: dict[str, Any] = {
        "ruleId": _clean(finding.rule),
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": message or _clean(finding.name)},
        "locations": [_location(places.uri(finding), finding.location.line, finding.subject)],
        "partialFingerprints": {"sbomgate/v1": _clean(finding.fingerprint)},
    }
    if with_suppressions:  # §3.27.23: on every result of a run, or on none
        accepted = finding.accepted
        result["suppressions"] = [] if accepted is None else [{"kind": "external", "status": "accepted", "justification": _clean(accepted)}]
    result["properties"] = {"severity": finding.severity, "confidence": finding.confidence}
    if way := places.way(finding):
        result["properties"]["path"] = [_clean(step) for step in way]
    if places.is_agent(finding):
        result["properties"]["agent"] = True
    if finding.digest:
        result["properties"]["sha256"] = _clean(finding.digest)
    return result


def _location(where: str, line: int = 0, subject: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": where}}
    if line > 0:
        physical["region"] = {"startLine": line}
    if not subject:
        return {"physicalLocation": physical}
    return {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": _clean(subject), "kind": "package"}]}


def _invocation(report: Report, places: Places) -> dict[str, Any]:
    """How the scan went (§3.20): a problem is a notification, and makes the run unsuccessful."""
    unread = [_unread(problem, uri(places.path(target, problem.path))) for target, problem in problems(report)]
    empty = [_notification("error", f"nothing to scan: {SOUGHT}", uri(places.path(target, ""))) for target in summarise(report).empty]
    notes = [_notification("note", _clean(note)) for note in dict.fromkeys(_notes(report))]
    return {
        "executionSuccessful": report.complete,
        "exitCode": report.exit_code,
        "exitCodeDescription": reason(report),
        "toolExecutionNotifications": unread + empty + notes,
    }


def _unread(problem: Problem, where: str) -> dict[str, Any]:
    what = ": ".join(_clean(part) for part in (problem.where, problem.what) if part)
    return _notification("error", f"{what}\nfix: {_clean(problem.fix)}" if problem.fix else what, where)


def _notification(level: str, text: str, where: str = "") -> dict[str, Any]:
    notification: dict[str, Any] = {"level": level, "message": {"text": text}}
    if where:
        notification["locations"] = [_location(where)]
    return notification


def _notes(report: Report) -> Iterable[str]:
    return (note for inventory in report.inventories for note in inventory.notes)


def _clean(text: str) -> str:
    """`text` on one line, without what a viewer would take for a link: `[text](target)` (§3.11.6)."""
    return clean(text, MAX_TEXT).replace("](", "] (")
