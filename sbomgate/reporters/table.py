"""For people at a terminal: the gravest first; what, where and how to fix; last what the verdict rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sbomgate.inventory import STRENGTHS
from sbomgate.model import Finding, Report, Severity
from sbomgate.reporters.escapes import clean, inert
from sbomgate.reporters.pages import page
from sbomgate.reporters.places import AGENT, MAX_WAY, Places, problems
from sbomgate.reporters.summary import NOTHING, SOUGHT, basis, chain, counted, found, reaches_gate, reason, summarise, verdict

SHOWN_BELOW_GATE: Final = 10
"""Findings of one rule and severity that are listed when they do not make the gate fail; the rest is counted."""
MAX_TEXT: Final = 2000
"""Characters of one text; the JSON report has all of it."""

MAX_STEP: Final = 200

_BOLD, _DIM, _GREEN, _RED, _YELLOW = "1", "2", "32", "31", "33"
_STYLES: Final = {Severity.CRITICAL: "1;97;41", Severity.HIGH: "1;31", Severity.MEDIUM: "1;33", Severity.LOW: "1;36", Severity.INFO: "1;2"}
_STRENGTHS: Final = {"broken": _RED, "version": _YELLOW, "record": _YELLOW, "bytes": _GREEN}
_WARNING = "1;33"
_VERDICTS: Final = {"PASS": "1;32", "FAIL": "1;31"}


def render(report: Report, *, color: bool = False, width: int = 100) -> str:
    """`report` as text, no line longer than `width` but for a path or a name that is."""
    pen = Pen(color=color, width=max(width, 40))
    places = Places(report)
    lines = [
        *_findings(report, places, pen),
        *_accepted(report, places, pen),
        *_problems(report, places, pen),
        *_notes(report, pen),
        *_custody(report, pen),
        *_summary(report, pen),
    ]
    return "\n".join(inert(line) for line in lines) + "\n"


class Pen:
    """Colours and wraps. Text must be printable before it gets here."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.color, self.width = color, width

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and text and style else text

    def wrap(self, text: str, first: str, rest: str, style: str = "") -> Iterator[str]:
        """`text` broken at spaces, the first line after `first`, the others after `rest`; words longer than a line stay whole."""
        line, indent = "", first
        for word in text.split(" "):
            if line and len(indent) + len(line) + 1 + len(word) > self.width:
                yield indent + self.paint(line, style)
                line, indent = word, rest
            else:
                line = f"{line} {word}" if line else word
        yield indent + self.paint(line, style)

    def parts(self, parts: Iterable[tuple[str, str]], first: str, rest: str, between: str) -> Iterator[str]:
        """(text, style) side by side with `between`, broken only between them."""
        line, length, indent = "", 0, first
        for text, style in parts:
            if length and len(indent) + length + len(between) + len(text) > self.width:
                yield indent + line
                line, length, indent = "", 0, rest
            if length:
                line, length = line + self.paint(between, _DIM), length + len(between)
            line, length = line + self.paint(text, style), length + len(text)
        yield indent + line


def _findings(report: Report, places: Places, pen: Pen) -> Iterator[str]:
    groups: dict[tuple[Severity, str, str], list[tuple[Finding, tuple[str, ...]]]] = {}
    for finding, way in _with_ways(report):
        if finding.accepted is None:
            groups.setdefault((finding.severity, finding.rule, finding.name), []).append((finding, way))
    for (severity, rule, name), group in sorted(groups.items(), key=lambda item: item[0][0].rank):
        title = page(group[0][0]).title
        head = [(f" {severity.upper()} " if pen.color else severity.upper(), _STYLES[severity]), (_clean(f"{rule} {name}"), _BOLD)]
        if len(group) > 1:
            head.append((f"({len(group):,} findings)", _DIM))
        yield from pen.parts(head, "", "  ", "  ")
        if title:
            yield from pen.wrap(title, "  ", "  ", _DIM)
        yield ""
        shown = group if reaches_gate(report, group[0][0]) else group[:SHOWN_BELOW_GATE]
        compact = len(group) > 1 and len({finding.fix for finding, _ in group}) == 1  # one fix for all: said once, below
        for finding, way in shown:
            yield from _finding(finding, way, places, pen)
            if not compact:
                yield from _fix(finding, pen, "    ")
                yield ""
        if hidden := len(group) - len(shown):
            yield from pen.wrap(f"… and {hidden:,} more of {_clean(rule)}: --format json lists them", "  ", "  ", _DIM)
        if compact:
            yield from _fix(group[0][0], pen, "  ")
        if compact or hidden:
            yield ""
    if groups:
        gravest = min(groups, key=lambda group: group[0].rank)[1]
        yield from pen.wrap(f"why it matters: sbomgate explain {_clean(gravest)}", "", "  ", _DIM)
        yield ""


def _with_ways(report: Report) -> Iterable[tuple[Finding, tuple[str, ...]]]:
    if not report.findings:
        return ()
    from sbomgate.paths import ways  # here: a clean run has no use for it

    return zip(report.findings, ways(report), strict=True)


def _finding(finding: Finding, way: tuple[str, ...], places: Places, pen: Pen) -> Iterator[str]:
    yield from pen.wrap(_clean(finding.message), "  ", "  ")
    about = [(_clean(places.place(finding)), _BOLD), (_clean(finding.subject), "")]
    about += [(AGENT if places.is_agent(finding) else "", _BOLD), (_clean(finding.fingerprint), _DIM)]
    yield from pen.parts([part for part in about if part[0]], "    at ", "       ", " · ")
    if len(way) > 2 or (way and not way[0].startswith("server ")):  # the message names the server that starts a package
        above = way[:-1] if len(way) <= MAX_WAY else (*way[: MAX_WAY - 3], "…", way[-2])
        yield from pen.wrap(" → ".join(clean(step, MAX_STEP) for step in above), "    via ", "        ", _DIM)


def _fix(finding: Finding, pen: Pen, indent: str) -> Iterator[str]:
    if finding.fix:
        yield from pen.wrap(_clean(finding.fix), f"{indent}fix: ", f"{indent}     ", _GREEN)


def _accepted(report: Report, places: Places, pen: Pen) -> Iterator[str]:
    accepted = [finding for finding in report.findings if finding.accepted is not None]
    if not accepted:
        return
    yield f"{pen.paint('ACCEPTED', _BOLD)}  {counted(len(accepted), 'finding')}, on purpose"
    yield ""
    for finding in accepted:
        head = [(_clean(f"{finding.rule} {finding.name}"), ""), (_clean(places.place(finding)), ""), (_clean(finding.fingerprint), _DIM)]
        yield from pen.parts([part for part in head if part[0]], "  ", "    ", " · ")
        yield from pen.wrap(_clean(f"because: {finding.accepted}"), "    ", "    ", _DIM)
    yield ""


def _problems(report: Report, places: Places, pen: Pen) -> Iterator[str]:
    if not report.problems:
        return
    yield f"{pen.paint('PROBLEMS', _WARNING)}  {counted(len(report.problems), 'input')} could not be read"
    yield ""
    for target, problem in problems(report):
        where = (places.path(target, problem.path), problem.where, problem.what)
        yield from pen.wrap(": ".join(_clean(part) for part in where if part), "  ", "    ")
        if problem.fix:
            yield from pen.wrap(_clean(problem.fix), "    fix: ", "         ", _GREEN)
    yield ""


def _notes(report: Report, pen: Pen) -> Iterator[str]:
    notes = dict.fromkeys(note for inventory in report.inventories for note in inventory.notes)
    for note in notes:
        yield from pen.wrap(_clean(note), "note: ", "      ", _DIM)
    if notes:
        yield ""


def _custody(report: Report, pen: Pen) -> Iterator[str]:
    """What is known how firmly, the weakest first; distributions of one reason on one line."""
    evidence = [item for inventory in report.inventories for item in inventory.custody]
    if not evidence:
        return
    yield f"{pen.paint('CHAIN OF CUSTODY', _BOLD)}  {chain(summarise(report))}"
    yield ""
    groups: dict[tuple[str, str], list[str]] = {}
    for item in evidence:
        groups.setdefault((item.strength, item.reason), []).append(item.purl.partition("/")[2].replace("%40", "@", 1))
    ordered = sorted(groups.items(), key=lambda group: (STRENGTHS.index(group[0][0]), group[0][1]))
    for (strength, why), names in ordered:
        more = f" and {len(names) - SHOWN_BELOW_GATE:,} more" if len(names) > SHOWN_BELOW_GATE else ""
        told = ", ".join(map(_clean, names[:SHOWN_BELOW_GATE])) + more
        text = (
            f"{told}: {_clean(why)}" if why else f"{counted(len(names), 'component')}, every installed file is that of the locked artifact"
        )
        label = f"  {strength:<8}"
        lines = pen.wrap(text, label, " " * len(label))
        yield next(lines).replace(label, pen.paint(label, _STRENGTHS[strength]), 1)
        yield from lines
    yield ""


def _summary(report: Report, pen: Pen) -> Iterator[str]:
    summary = summarise(report)
    word = verdict(report)
    if word == NOTHING:
        targets = ", ".join(_clean(target) for target in summary.empty)
        lines = pen.wrap(f"{SOUGHT} in {targets}", f"{word}  ", "  ")
        yield next(lines).replace(word, pen.paint(word, _WARNING), 1)
        yield from lines
        yield from pen.wrap(reason(report), "", "  ", _DIM)
        return
    for target in summary.empty:
        yield from pen.wrap(f"nothing to scan in {_clean(target)}: {SOUGHT}", "", "  ")
    if summary.empty:
        yield ""
    style = _RED if report.failed else _YELLOW if any(summary.findings.values()) else _GREEN
    head = [(word, _VERDICTS.get(word, _WARNING)), ("  ", ""), (found(summary), style)]
    painted = "".join(pen.paint(*part) for part in head)
    parts = list(basis(summary, len(report.inventories)))
    if sum(len(text) for text, _ in head) + 3 + len(" · ".join(parts)) <= pen.width:
        yield f"{painted}   {' · '.join(parts)}"
    else:
        yield painted
        yield from pen.parts([(part, "") for part in parts], "  ", "  ", " · ")
    yield from pen.wrap(reason(report), "", "  ", _DIM)


def _clean(text: str) -> str:
    return clean(text, MAX_TEXT)
