"""A CycloneDX document in JSON, member by member and row by row.

`json.load` of a document of 256 MiB makes some gigabytes of it. Here the file is read in pieces, and of the arrays at
its top one row at a time is made a value: memory is that of the largest row.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final

from sbomgate.errors import CollectError
from sbomgate.text import without_surrogates

Event = tuple[str, int | None, Any]
"""(member of the document, number of the row, value). A whole member that is no array has None for the number, the start
of an array has -1 and no value."""

PIECE: Final = 2**20
"""Bytes that are read at a time."""
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_CUT: Final = 16
"""Characters before the end of what is at hand in which an error may come from the end itself: `tru`, `\\u00`, `-`."""
_TAIL: Final = 2
"""Characters after a number that may belong to it once more is read: `1` before `e+5`."""
_OPEN_ENDED: Final = ("Unterminated string", "Invalid \\")


def events(file: IO[bytes], path: str, limit: int, start: bytes = b"") -> Iterator[Event]:
    """What the document in `file` states, in its order; CollectError with the place for what is no JSON object.

    `start`: bytes of the file that were read already.
    """
    return _Reader(file, path, limit, start).events()


class _RepeatedError(Exception):
    """A key that an object has twice: readers differ in which of the two counts."""


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        seen: set[str] = set()
        raise _RepeatedError(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return table


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


class _Reader:
    def __init__(self, file: IO[bytes], path: str, limit: int, start: bytes) -> None:
        self.file, self.path, self.limit = file, path, limit
        self.size = 0
        self.decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self.scan = json.JSONDecoder(object_pairs_hook=_table, parse_constant=_constant).raw_decode
        self.text = ""
        self.at = 0
        self.lines, self.columns = 1, 0
        """Line of the first character of `text`, and characters of that line before it."""
        self.ended = False
        self.where = ""
        self._take(start)

    def events(self) -> Iterator[Event]:
        if self._next() != "{":
            raise self._error("not a JSON object")
        self.at += 1
        seen: set[str] = set()
        while (mark := self._next()) != "}" or seen:
            key = self._value()
            if not isinstance(key, str):
                raise self._error("expected a name in quotes")
            if key in seen:
                raise CollectError(f"stands twice in the document: {key[:100]!r}", self.path, key[:100], "leave one of them")
            seen.add(key)
            self._skip(":")
            self.where = key[:100]
            if self._next() == "[":
                self.at += 1
                yield key, -1, None
                yield from self._rows(key)
            else:
                yield key, None, self._value()
            self.where = ""
            if (mark := self._next()) == "}":
                break
            self._skip(",")
        self.at += 1
        if mark := self._next():
            raise self._error(f"more after its end ({mark!r})")

    def _rows(self, key: str) -> Iterator[Event]:
        if self._next() == "]":
            self.at += 1
            return
        index = 0
        while True:
            self.where = f"{key[:100]}[{index}]"
            yield key, index, self._value()
            index += 1
            mark = self._next()
            if mark == "]":
                self.at += 1
                return
            self._skip(",")

    def _value(self) -> Any:
        """The value that begins here."""
        self._next()
        wanted = PIECE
        while True:
            try:
                value, end = self.scan(self.text, self.at)
                if self.text.find("\\u", self.at, end) >= 0:
                    value = _mapped(value)
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith(_OPEN_ENDED)
                if self.ended or not (is_open or error.pos >= len(self.text) - _CUT):
                    self.at = len(self.text) if is_open and self.ended else error.pos
                    raise self._error(error.msg) from error
            except _RepeatedError as error:
                raise CollectError(f"the key {str(error)[:100]!r} stands twice", self.path, self.where, "leave one of them") from error
            except RecursionError as error:
                raise CollectError("not valid JSON (nested too deeply)", self.path, self.where) from error
            except ValueError as error:  # an integer of more digits than int() takes, NaN
                raise CollectError(f"not valid JSON ({str(error).partition(';')[0]})", self.path, self.where) from error
            else:
                if end + _TAIL < len(self.text) or self.ended:
                    self.at = end
                    return value
            wanted *= 2  # each attempt begins anew: twice as much each time keeps the sum linear
            self._more(wanted)

    def _next(self) -> str:
        """The next character that is no space, not taken; empty at the end."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if self.ended:
                return ""
            self._more(PIECE)

    def _skip(self, mark: str) -> None:
        if self._next() != mark:
            raise self._error(f"expected {mark!r}")
        self.at += 1

    def _more(self, count: int) -> None:
        """Drop what was taken, and read on until so many bytes were added or the file ends."""
        gone = self.text[: self.at]
        lines = gone.count("\n")
        self.columns = len(gone) - gone.rfind("\n") - 1 if lines else self.columns + len(gone)
        self.lines += lines
        self.text = self.text[self.at :]
        self.at = 0
        parts = [self.text]
        while count > 0 and not self.ended:
            piece = self.file.read(min(count, PIECE))
            count -= len(piece)
            parts.append(self._decoded(piece))
        self.text = "".join(parts)

    def _take(self, start: bytes) -> None:
        self.text = self._decoded(start) if start else ""

    def _decoded(self, piece: bytes) -> str:
        self.size += len(piece)
        if self.size > self.limit:
            raise CollectError(f"larger than {self.limit // 2**20} MiB", self.path, fix="no real document is; look at it by hand")
        self.ended = not piece
        try:
            return self.decode(piece, not piece)
        except UnicodeDecodeError as error:
            where = f"byte {self.size - len(piece) + error.start}"
            raise CollectError("not valid UTF-8", self.path, where, "a manifest is CycloneDX in UTF-8") from error

    def _error(self, what: str) -> CollectError:
        lines = self.text.count("\n", 0, self.at)
        column = self.at - self.text.rfind("\n", 0, self.at) if lines else self.columns + self.at + 1
        if self.text.startswith(("<<<<<<< ", "=======", ">>>>>>> "), self.at):
            what = "merge-conflict marker"
        spot = ": ".join(part for part in (self.where, f"line {self.lines + lines} column {column}") if part)
        if self.ended and self.at >= len(self.text):
            what = "truncated" if self.size else "empty"
        return CollectError(f"not valid JSON ({what})", self.path, spot, "run the tool that wrote it again")


def _mapped(value: Any) -> Any:
    """`value` with lone surrogates written as escapes."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, list):
        return [_mapped(item) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(key): _mapped(item) for key, item in value.items()}
    return value
