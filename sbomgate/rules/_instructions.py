"""What the rules about instructions share: which marks count how much."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sbomgate.agent_model import Instruction
from sbomgate.model import Location, Severity
from sbomgate.text_marks import HIDDEN_MESSAGES, INVISIBLE, OUT_OF_SIGHT

_REORDERED: Final = frozenset({"bidi-override", "terminal-escape", "homoglyph"})
_MANY_KINDS: Final = 3
_MODELS_WORDS: Final = frozenset({"skill", "agent", "command", "rule", "prompt"})
"""Kinds of instructions in which a delimiter of a model's own format has no business; documentation tells of them."""
_NAMED: Final = 3


class MarkOf(NamedTuple):
    """One mark of an `Instruction`."""

    kind: str
    line: int
    detail: str


def marks_of(item: Instruction, kinds: Iterable[str]) -> list[MarkOf]:
    """The marks of these kinds."""
    wanted = frozenset(kinds)
    return [MarkOf(*mark) for mark in item.marks if mark[0] in wanted]


def hidden(item: Instruction) -> tuple[Severity, list[MarkOf]] | None:
    """How grave what people do not see in a text is, and the marks of that, the gravest first; None where there is nothing."""
    messages = marks_of(item, HIDDEN_MESSAGES)
    reordered = marks_of(item, _REORDERED | OUT_OF_SIGHT)
    invisible = marks_of(item, INVISIBLE)
    tags = marks_of(item, ("role-tag",)) if item.kind in _MODELS_WORDS else []
    found = [*messages, *reordered, *invisible, *tags]
    if not found:
        return None
    if messages:
        return Severity.HIGH, found
    if reordered or len({mark.kind for mark in invisible}) >= _MANY_KINDS:
        return Severity.MEDIUM, found
    return Severity.LOW, found


def said(marks: list[MarkOf]) -> str:
    """`marks` as a message names them."""
    shown = [f"{mark.kind.replace('-', ' ')} in line {mark.line}: {mark.detail}" for mark in marks[:_NAMED]]
    return "; ".join(shown) + (f"; and {len(marks) - _NAMED} more" if len(marks) > _NAMED else "")


def at(item: Instruction, marks: list[MarkOf]) -> Location:
    return Location(item.location.path, marks[0].line)
