"""JSON as agents' clients read it: comments and trailing commas noticed, duplicate keys told, lines kept.

The grammar is RFC 8259 plus `//` and `/* */` comments and one comma after the last member, which is what the editors
that call it JSONC accept. NaN, Infinity, single quotes and bare keys are no part of it, although Python's own decoder
takes the first two: a file that its client refuses must not look as if it were in force.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any, Final, NamedTuple

from sbomgate.errors import CollectError
from sbomgate.text import without_surrogates
from sbomgate.tree import conflict_marker

MAX_DEPTH: Final = 64
"""Arrays and objects in each other; agents' configurations use at most eight."""
MAX_TEXT: Final = 32 * 2**20
"""Characters. The largest file of this kind, one client's state with its history, has a few million."""
LINES_DEPTH: Final = 8
"""Members deeper than this get no line of their own."""
MAX_DUPLICATES: Final = 20
"""Duplicate keys that are told one by one."""

Pointer = tuple[str | int, ...]
"""The way to a member: keys and indexes, from the root."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_LINE_COMMENT: Final = re.compile(r"//[^\r\n]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<rest>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]+)?")
_WORDS: Final = (("true", True), ("false", False), ("null", None))
_EXACT_DIGITS: Final = 19


class Document(NamedTuple):
    """A parsed text with what its value alone no longer tells."""

    value: Any
    """None also for a text that holds nothing but comments; `empty` tells the two apart."""
    lines: dict[Pointer, int]
    """1-based line of each object member and array item, down to `LINES_DEPTH`."""
    duplicates: tuple[tuple[Pointer, int], ...] = ()
    """Members whose key stood in the same object before; the last one counts, as in every client."""
    relaxed: str = ""
    """What a strict client would refuse, with its line; empty if the text is plain JSON."""
    empty: bool = False

    def line(self, *pointer: str | int) -> int:
        """The line of the member at `pointer`, or of the nearest one around it; 0 if there is none."""
        for length in range(len(pointer), 0, -1):
            if line := self.lines.get(pointer[:length]):
                return line
        return 0


def parse(text: str, path: str, *, strict: bool = False) -> Document:
    """The document in `text`, in time linear to its length; CollectError with line and column if it is none.

    `strict` refuses comments, trailing commas and an empty text.
    """
    if len(text) > MAX_TEXT:
        raise CollectError(f"longer than {MAX_TEXT // 2**20} Mi characters", path, fix="no real file of this kind is; look at it by hand")
    return _Reader(text, path, strict).document()


class _Reader:
    """One pass over one text."""

    def __init__(self, text: str, path: str, strict: bool) -> None:
        import json.decoder

        self.text, self.path, self.strict = text, path, strict
        self.scan_string = json.decoder.scanstring  # type: ignore[attr-defined]  # the decoder's own, in C
        self.string_error = json.JSONDecodeError
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.at = 0
        self.lines: dict[Pointer, int] = {}
        self.duplicates: list[tuple[Pointer, int]] = []
        self.relaxed = ""

    def document(self) -> Document:
        self.skip()
        if self.at == len(self.text):
            if self.strict:
                raise self.error("the file is empty" if not self.text.strip() else "nothing but comments")
            return Document(None, {}, relaxed=self.relaxed or "no value", empty=True)
        value = self.value((), 0)
        self.skip()
        if self.at != len(self.text):
            raise self.error("something follows the end of the document")
        return Document(value, self.lines, tuple(self.duplicates), self.relaxed)

    def value(self, pointer: Pointer, depth: int) -> Any:
        first = self.text[self.at : self.at + 1]
        if first in ("{", "["):
            if depth >= MAX_DEPTH:
                raise self.error(f"nested deeper than {MAX_DEPTH}")
            return self.object(pointer, depth) if first == "{" else self.array(pointer, depth)
        if first == '"':
            return self.string()
        for word, value in _WORDS:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        if match := _NUMBER.match(self.text, self.at):
            self.at = match.end()
            # Clients keep numbers as doubles; int() of thousands of digits would also be refused by Python
            is_integer = match["rest"] is None and match["exponent"] is None and len(match[0]) <= _EXACT_DIGITS
            return int(match[0]) if is_integer else float(match[0])
        raise self.error("expected a value")

    def object(self, pointer: Pointer, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self.at += 1
        self.skip()
        while not self.closes("}", bool(members)):
            if self.text[self.at : self.at + 1] != '"':
                raise self.error("expected a key in double quotes")
            start = self.at
            key = self.string()
            inner = (*pointer, key) if depth < LINES_DEPTH else pointer
            if depth < LINES_DEPTH:
                self.lines[inner] = self.line(start)
            if key in members and len(self.duplicates) < MAX_DUPLICATES:
                self.duplicates.append(((*pointer, key), self.line(start)))
            self.skip()
            if self.text[self.at : self.at + 1] != ":":
                raise self.error("expected ':' after the key")
            self.at += 1
            self.skip()
            members[key] = self.value(inner, depth + 1)
        return members

    def array(self, pointer: Pointer, depth: int) -> list[Any]:
        items: list[Any] = []
        self.at += 1
        self.skip()
        while not self.closes("]", bool(items)):
            inner = (*pointer, len(items)) if depth < LINES_DEPTH else pointer
            if depth < LINES_DEPTH:
                self.lines[inner] = self.line(self.at)
            items.append(self.value(inner, depth + 1))
        return items

    def closes(self, bracket: str, has_items: bool) -> bool:
        """Whether the container ends here; takes the bracket, or the comma before the next item."""
        self.skip()
        found = self.text[self.at : self.at + 1]
        if found == bracket:
            self.at += 1
            return True
        if not has_items:
            return False
        if found != ",":
            raise self.error(f"expected ',' or {bracket!r}")
        comma = self.at
        self.at += 1
        self.skip()
        if self.text[self.at : self.at + 1] == bracket:
            self.relax("trailing comma", comma)
            self.at += 1
            return True
        return False

    def string(self) -> str:
        try:
            value, self.at = self.scan_string(self.text, self.at + 1, True)
        except self.string_error as error:
            self.at = error.pos
            raise self.error(error.msg[:1].lower() + error.msg[1:].removesuffix(" at")) from error
        return without_surrogates(value)

    def skip(self) -> None:
        """Go past white space and comments."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if comment := _LINE_COMMENT.match(self.text, self.at):
                self.relax("comment", self.at)
                self.at = comment.end()
            elif self.text.startswith("/*", self.at):
                end = self.text.find("*/", self.at + 2)
                if end < 0:
                    raise self.error("comment without end")
                self.relax("comment", self.at)
                self.at = end + 2
            else:
                return

    def relax(self, what: str, at: int) -> None:
        if self.strict:
            self.at = at
            raise self.error(f"{what}, which strict JSON does not have")
        self.relaxed = self.relaxed or f"{what} in line {self.line(at)}"

    def line(self, at: int) -> int:
        return bisect_left(self.breaks, at) + 1

    def error(self, what: str) -> CollectError:
        line = self.line(self.at)
        column = self.at - (self.breaks[line - 2] if line > 1 else -1)
        where = conflict_marker(self.text) or f"line {line} column {column}"
        return CollectError(f"not valid JSON ({what})", self.path, where, "correct it; its client does not read it either")
