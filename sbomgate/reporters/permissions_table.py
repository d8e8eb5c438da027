"""What would run unasked, as a table for a person and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sbomgate.permissions import OUTCOMES, SEMANTICS, Answer, Outlook
from sbomgate.reporters.encode import dumps
from sbomgate.reporters.escapes import clean, inert

_COLORS: Final = {"allowed": "31", "reachable": "31", "sandboxed": "33", "unknown": "33", "asked": "32", "denied": "32"}
_MAX: Final = 200
"""Characters of one cell."""


def tell(outlooks: Iterable[Outlook], *, color: bool = False) -> str:
    """One table for each session, and what the words mean."""
    lines: list[str] = []
    for outlook in outlooks:
        lines += [*_heading(outlook), *_rows(outlook, color=color), ""]
    lines += [f"{outcome}: {about}" for outcome, about in OUTCOMES.items()]
    return "".join(f"{inert(line)}\n" for line in lines)


def _heading(outlook: Outlook) -> Iterator[str]:
    session = outlook.session
    name = session.client + (f", {session.part}" if session.part else "")
    where = f" in {clean(session.project, _MAX)}" if session.project else ""
    limit = f", {clean(session.only_for, _MAX)}" if session.only_for else ""
    yield f"{name}{where}{limit}"
    for file in session.files:
        if not file.in_force:
            yield f"  not in force: {clean(str(file.location), _MAX)}: {clean(file.why_not, _MAX)}"
    if note := SEMANTICS[session.client].note:
        yield f"  {note}"


def _rows(outlook: Outlook, *, color: bool) -> Iterator[str]:
    width = max(len(answer.probe.about) for answer in outlook.answers)
    for answer in outlook.answers:
        outcome = answer.verdict.outcome.ljust(max(map(len, OUTCOMES)))
        shown = f"\x1b[{_COLORS[answer.verdict.outcome]}m{outcome}\x1b[0m" if color else outcome
        yield f"  {answer.probe.about:<{width}}  {shown}  {_reason(answer)}"


def _reason(answer: Answer) -> str:
    verdict = answer.verdict
    said = clean(verdict.basis, _MAX)
    if verdict.via:
        said += f": {clean(verdict.via, _MAX)}"
    if verdict.location:
        said = f"{clean(verdict.rule, _MAX)}  {clean(str(verdict.location), _MAX)}  ({said})"
    return said


def document(outlooks: Iterable[Outlook], *, complete: bool) -> str:
    """The same as a JSON document."""
    return dumps({"schema_version": "1.0", "complete": complete, "sessions": [_session(outlook) for outlook in outlooks]}, indent=2) + "\n"


def _session(outlook: Outlook) -> dict[str, Any]:
    session = outlook.session
    return {
        "client": session.client,
        "part": session.part,
        "project": session.project,
        "only_for": session.only_for,
        "files": [
            {"path": file.location.path, "scope": file.scope, "in_force": file.in_force, "why_not": file.why_not} for file in session.files
        ],
        "note": SEMANTICS[session.client].note,
        "answers": [_answer(answer) for answer in outlook.answers],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    verdict, location = answer.verdict, answer.verdict.location
    return {
        "probe": answer.probe.name,
        "group": answer.probe.group,
        "about": answer.probe.about,
        "action": answer.action.text,
        "verdict": verdict.outcome,
        "directly": answer.direct.outcome,
        "rule": verdict.rule,
        "scope": verdict.cause.scope if verdict.cause else "",
        "location": {"path": location.path, "line": location.line} if location else None,
        "basis": verdict.basis,
        "via": verdict.via,
    }
