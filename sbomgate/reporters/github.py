"""Annotations of a GitHub Actions run: one workflow command a line, read by the runner from standard output.

Format: GitHub documentation, "Workflow commands for GitHub Actions"; escaping as in `actions/toolkit`, `command.ts`.
A line that does not begin with `::` is plain log text, so no text of a target may begin one: everything of a target
stands inside a command, on its one line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.model import Report, Severity
from sbomgate.reporters.escapes import clean
from sbomgate.reporters.places import Places, problems
from sbomgate.reporters.summary import SOUGHT, summarise

COMMANDS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
MAX_TEXT: Final = 4000
"""Characters of one text; the runner cuts an annotation at 64 KiB."""


def render(report: Report, *, color: bool = False, width: int = 100) -> str:
    """`report` as workflow commands: findings that nobody accepted, then problems; empty when there are none."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    places = Places(report)
    for finding in report.findings:
        if finding.accepted is None:
            path = places.path(finding.target, finding.location.path)
            title = f"{finding.rule} {finding.name} ({finding.severity})"
            parts = (finding.message, places.came_in(finding), finding.fix and f"fix: {finding.fix}", finding.subject)
            message = "\n".join(_clean(part) for part in parts if part)
            yield _command(COMMANDS[finding.severity], path, finding.location.line, title, message)
    for target, problem in problems(report):
        what = ": ".join(_clean(part) for part in (problem.where, problem.what) if part)
        message = f"{what}\nfix: {_clean(problem.fix)}" if problem.fix else what
        yield _command("warning", places.path(target, problem.path), 0, "could not be read", message)
    for target in summarise(report).empty:
        yield _command("warning", places.path(target, ""), 0, "nothing to scan", SOUGHT)


def _command(name: str, path: str, line: int, title: str, message: str) -> str:
    properties = [f"file={_property(path)}", *([f"line={line}"] if line > 0 else []), f"title={_property(title)}"]
    return f"::{name} {','.join(properties)}::{_data(message)}"


def _data(text: str) -> str:
    """`text` as the message of a command; its parts are clean already, its line breaks are ours."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(_clean(text)).replace(":", "%3A").replace(",", "%2C")


def _clean(text: str) -> str:
    return clean(text, MAX_TEXT)
