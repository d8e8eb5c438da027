"""GitHub-flavoured Markdown, for a comment on a pull request or the summary of a job.

Whatever came from a target stands in a `<code>` element with every character that could mean something written as
a reference, so that it makes no markup, no link, no mention and no reference to an issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sbomgate.model import Finding, Report, Severity
from sbomgate.reporters.escapes import clean
from sbomgate.reporters.places import AGENT, Places, problems
from sbomgate.reporters.summary import SOUGHT, basis, found, reason, summarise, verdict

MAX_TEXT: Final = 500
"""Characters of one text before escaping."""
MAX_SIZE: Final = 60_000
"""Characters of the tables together: GitHub refuses a comment of more than 65,536."""

_MARKS: Final = {"PASS": "✅", "FAIL": "❌"}
_DOTS: Final = {Severity.CRITICAL: "🟣", Severity.HIGH: "🔴", Severity.MEDIUM: "🟠", Severity.LOW: "🔵", Severity.INFO: "⚪"}
_MARKUP: Final = re.compile(
    r"[^\w \-/,;.\x80-\U0010ffff]|_|(?<=[wW])\."
)  # ASCII punctuation but what means nothing inside <code>; the dot of `www.` does


def render(report: Report, *, color: bool = False, width: int = 100) -> str:
    """`report` as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    places = Places(report)
    summary = summarise(report)
    word = verdict(report)
    yield f"## {_MARKS.get(word, '⚠️')} sbomgate: {word.lower()}, {found(summary)}"
    yield ""
    yield " · ".join(basis(summary, len(report.inventories)))
    yield ""
    yield f"**{reason(report)}**"
    room = Room()
    open_findings = [finding for finding in report.findings if finding.accepted is None]
    if open_findings:
        yield ""
        yield "| severity | findings |"
        yield "|---|---:|"
        for severity, count in summary.findings.items():
            if count:
                yield f"| {_DOTS[severity]} {severity} | {count:,} |"
        yield ""
        yield "| severity | what | where | fix |"
        yield "|---|---|---|---|"
        yield from room.rows((_finding(finding, places) for finding in open_findings), len(open_findings), "findings")
    unread = list(problems(report))
    if unread or summary.empty:
        yield ""
        yield "### Could not be read"
        yield ""
        yield "| where | what | fix |"
        yield "|---|---|---|"
        rows = [
            row(code(places.path(target, problem.path)), _codes((problem.where, problem.what)), code(problem.fix))
            for target, problem in unread
        ]
        rows += [row(code(places.path(target, "")), f"nothing to scan: {SOUGHT}", "") for target in summary.empty]
        yield from room.rows(rows, len(rows), "problems")
    accepted = [finding for finding in report.findings if finding.accepted is not None]
    if accepted:
        yield ""
        yield f"<details><summary>{len(accepted):,} accepted</summary>"
        yield ""
        yield "| what | where | reason |"
        yield "|---|---|---|"
        rows = [row(_what(finding), code(places.place(finding)), code(finding.accepted or "")) for finding in accepted]
        yield from room.rows(rows, len(rows), "accepted findings")
        yield ""
        yield "</details>"
    for note in dict.fromkeys(note for inventory in report.inventories for note in inventory.notes):
        yield ""
        yield f"> {code(note)}"


class Room:
    """How much more may be said: shared by all tables of one report."""

    def __init__(self) -> None:
        self.left = MAX_SIZE

    def rows(self, rows: Iterable[str], total: int, what: str) -> Iterator[str]:
        """As many of `rows` as there is room for, then one that says how many are missing."""
        for index, row in enumerate(rows):
            self.left -= len(row) + 1
            if self.left < 0:
                yield ""
                yield f"**{total - index:,} more {what}** did not fit here; the other formats have them."
                return
            yield row


def _finding(finding: Finding, places: Places) -> str:
    parts = [code(text) for text in (places.place(finding), finding.subject) if text]
    parts += [f"via {code(way)}"] if (way := places.way_text(finding)) else []
    where = "<br>".join([*parts, AGENT] if places.is_agent(finding) else parts)
    return row(f"{_DOTS[finding.severity]} {finding.severity}", f"{_what(finding)}<br>{code(finding.message)}", where, code(finding.fix))


def _what(finding: Finding) -> str:
    return _codes((finding.rule, finding.name), " ")


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _codes(texts: Iterable[str], between: str = ": ") -> str:
    return between.join(code(text) for text in texts if text)


def code(text: str) -> str:
    """`text` as code in a table cell. The comment after `@` keeps an e-mail address from being linked."""
    if not text:
        return ""
    return f"<code>{_MARKUP.sub(_reference, clean(text, MAX_TEXT))}</code>"


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};" + ("<!-- -->" if match[0] == "@" else "")
