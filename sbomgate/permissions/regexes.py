"""Regular expressions of settings, compared in bounded time.

They come from the file that is audited, and Python's own engine may need exponential time for them. Here the parsed
expression is walked with the set of all positions that it can reach, each step at most once for each position: a text of n
characters and an expression of m nodes take n²·m steps at the worst, and there is a budget.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any, Final

MAX_TEXT: Final = 500
"""Characters of the text; the probes are shorter."""
MAX_NODES: Final = 2000
MAX_STEPS: Final = 50_000


class TooHardError(Exception):
    """The expression has a construct that is not judged, or takes too long."""


@lru_cache(maxsize=1024)
def search(text: str, pattern: str, *, anchored: bool = False, ignore_case: bool = False) -> bool | None:
    """Whether `pattern` fits somewhere in `text` (`anchored`: all of it); None if that cannot be told."""
    from re import _parser as parser  # type: ignore[attr-defined]  # the standard library's own reader of expressions

    if len(text) > MAX_TEXT or len(pattern) > MAX_NODES or "\\K" in pattern:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about constructs that will mean something else one day
            tree = parser.parse(pattern)
    except (re.error, ValueError, RecursionError, OverflowError):
        return None
    walk = _Walk(text, ignore_case=ignore_case or bool(tree.state.flags & re.IGNORECASE))
    try:
        if anchored:
            return len(text) in walk.ends(tree, frozenset({0}))
        return bool(walk.ends(tree, frozenset(range(len(text) + 1))))
    except (TooHardError, RecursionError):
        return None


class _Walk:
    """One text, and what was found out about it."""

    def __init__(self, text: str, *, ignore_case: bool) -> None:
        self.text = text
        self.spellings = [{char, char.lower(), char.upper()} if ignore_case else {char} for char in text]
        self.steps = 0

    def ends(self, items: Any, starts: frozenset[int]) -> frozenset[int]:
        """Where the sequence `items` can end if it begins at one of `starts`."""
        for operator, argument in items:
            if not starts:
                return starts
            self.steps += 1 + len(starts)
            if self.steps > MAX_STEPS:
                raise TooHardError
            starts = self.one(str(operator), argument, starts)
        return starts

    def one(self, operator: str, argument: Any, starts: frozenset[int]) -> frozenset[int]:
        text, end = self.text, len(self.text)
        match operator:
            case "LITERAL":
                char = chr(argument)
                return frozenset(at + 1 for at in starts if at < end and char in self.spellings[at])
            case "NOT_LITERAL":
                char = chr(argument)
                return frozenset(at + 1 for at in starts if at < end and char not in self.spellings[at])
            case "ANY":
                return frozenset(at + 1 for at in starts if at < end and text[at] != "\n")
            case "IN":
                return frozenset(at + 1 for at in starts if at < end and _is_in(self.spellings[at], argument))
            case "BRANCH":
                return frozenset().union(*(self.ends(branch, starts) for branch in argument[1]))
            case "SUBPATTERN":
                _, added, _, inner = argument
                if added:
                    raise TooHardError  # flags of a group
                return self.ends(inner, starts)
            case "ATOMIC_GROUP":
                return self.ends(argument, starts)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, inner = argument
                return self.repeated(low, high, inner, starts)
            case "AT":
                return frozenset(at for at in starts if self.is_at(str(argument), at))
            case "ASSERT" | "ASSERT_NOT":
                direction, inner = argument
                if direction < 0:
                    raise TooHardError
                wanted = operator == "ASSERT"
                return frozenset(at for at in starts if bool(self.ends(inner, frozenset({at}))) == wanted)
            case _:
                raise TooHardError

    def repeated(self, low: int, high: Any, inner: Any, starts: frozenset[int]) -> frozenset[int]:
        current = starts
        for _ in range(min(low, len(self.text) + 1)):
            current = self.ends(inner, current)
        found = current
        most = len(self.text) + 1 if str(high) == "MAXREPEAT" else min(int(high) - low, len(self.text) + 1)
        for _ in range(most):
            current = self.ends(inner, current) - found
            if not current:
                break
            found |= current
        return found

    def is_at(self, place: str, at: int) -> bool:
        text = self.text
        if place in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            return at == 0
        if place in ("AT_END", "AT_END_STRING"):
            return at == len(text)
        if place in ("AT_BOUNDARY", "AT_NON_BOUNDARY"):
            before = at > 0 and _is_word(text[at - 1])
            after = at < len(text) and _is_word(text[at])
            return (before != after) == (place == "AT_BOUNDARY")
        raise TooHardError


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _is_in(spellings: set[str], members: Any) -> bool:
    negated = found = False
    codes = [ord(char) for char in spellings if len(char) == 1]
    for operator, argument in members:
        match str(operator):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found = found or argument in codes
            case "RANGE":
                found = found or any(argument[0] <= code <= argument[1] for code in codes)
            case "CATEGORY":
                found = found or any(_is_of(char, str(argument)) for char in spellings)
            case _:
                raise TooHardError
    return found != negated


def _is_of(char: str, category: str) -> bool:
    kind = category.removeprefix("CATEGORY_")
    positive = kind.removeprefix("NOT_")
    found = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": _is_word(char)}.get(positive)
    if found is None:
        raise TooHardError
    return found if positive == kind else not found
