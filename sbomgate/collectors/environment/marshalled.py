"""The code in a `.pyc` file as plain values: a reader for the marshal format that never makes a code object.

`marshal.loads` is not for hostile data: it can crash the interpreter. This reader knows the types that compilers write,
takes each byte once, and refuses everything else. Sources: CPython `Python/marshal.c` (`r_object`), PEP 552 for the
header, `importlib._bootstrap_external` for the magic numbers.
"""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple

MAGIC: Final = {3413: (3, 8), 3425: (3, 9), 3439: (3, 10), 3495: (3, 11), 3531: (3, 12), 3571: (3, 13), 3627: (3, 14)}
"""Magic number of each final release → its version."""
MAX_NESTED: Final = 120
"""Objects inside each other; the compiler stops at 100 indentations, and nobody writes constants that deep."""
HEADER: Final = 16
_FLAG_REF: Final = 0x80
_INT: Final = struct.Struct("<i")


class Header(NamedTuple):
    """The first 16 bytes of a `.pyc`. Source: PEP 552."""

    python: tuple[int, int] | None
    """None: of no final release, so no such interpreter takes the file."""
    by_hash: bool
    checked: bool
    """The hash is compared with the source's; False: the source is never looked at."""
    time: int
    size: int
    source_hash: bytes


class Code(NamedTuple):
    """What a code object says, without where its lines are."""

    arguments: tuple[int, ...]
    """Positional ones, those that are only positional, those that are only keywords."""
    flags: int
    code: bytes
    consts: tuple[Any, ...]
    names: tuple[Any, ...]
    local_names: tuple[Any, ...]
    """Variables, then cells, then free ones."""
    name: Any
    handlers: Any
    """The table of exception handlers, from 3.11 on."""


class Float(NamedTuple):
    """A number by its bytes: neither zeros of two signs nor NaN are what they seem."""

    data: bytes


class Members(NamedTuple):
    """The members of a frozen set, in an order of their own."""

    items: tuple[Any, ...]


class Slice(NamedTuple):
    """A constant slice, from 3.14 on."""

    parts: tuple[Any, ...]


def parse_header(data: bytes) -> Header | None:
    """The header; None if there is none."""
    if len(data) < HEADER or data[2:4] != b"\r\n":
        return None
    flags = int.from_bytes(data[4:8], "little")
    return Header(
        python=MAGIC.get(int.from_bytes(data[:2], "little")),
        by_hash=bool(flags & 1),
        checked=bool(flags & 2),
        time=int.from_bytes(data[8:12], "little"),
        size=int.from_bytes(data[12:16], "little"),
        source_hash=data[8:16],
    )


def parse_code(data: bytes, python: tuple[int, int]) -> Code:
    """The code that follows the header, as `python` wrote it; ValueError if no compiler writes such a file."""
    reader = _Reader(data, python)
    try:
        found = reader.read(0)
    except (IndexError, struct.error, RecursionError) as error:
        raise ValueError("ends before its code does") from error
    if not isinstance(found, Code):
        raise ValueError("holds no code")  # noqa: TRY004 - of the file, not of an argument
    return found


class _Reader:
    def __init__(self, data: bytes, python: tuple[int, int]) -> None:
        self.data, self.python, self.at = data, python, HEADER
        self.refs: list[Any] = []

    def take(self, count: int) -> bytes:
        part = self.data[self.at : self.at + count]
        if count < 0 or len(part) != count:
            raise ValueError("ends before its code does")
        self.at += count
        return part

    def integer(self) -> int:
        value: int = _INT.unpack_from(self.data, self.at)[0]
        self.at += 4
        return value

    def read(self, depth: int) -> Any:
        if depth > MAX_NESTED:
            raise ValueError(f"nested deeper than {MAX_NESTED}")
        byte = self.data[self.at]
        self.at += 1
        kind = chr(byte & ~_FLAG_REF)
        if kind == "r":
            number = self.integer()
            if not 0 <= number < len(self.refs) or self.refs[number] is _Reader:
                raise ValueError("refers to what is not there")
            return self.refs[number]
        place = -1
        if byte & _FLAG_REF:
            place = len(self.refs)
            self.refs.append(_Reader)  # stands for an object that is not complete
        value = self.value(kind, depth)
        if place >= 0:
            self.refs[place] = value
        return value

    def value(self, kind: str, depth: int) -> Any:
        if kind in "zZ":
            return self.take(self.take(1)[0]).decode("latin-1")
        if kind in "aA":
            return self.take(self.integer()).decode("latin-1")
        if kind in "ut":
            return self.take(self.integer()).decode("utf-8", "surrogatepass")
        if kind == ")":
            return self.several(self.take(1)[0], depth)
        if kind == "(":
            return self.several(self.integer(), depth)
        if kind == "s":
            return self.take(self.integer())
        if kind == "i":
            return self.integer()
        if kind in _SINGLE:
            return _SINGLE[kind]
        if kind == "c":
            return self.code(depth)
        if kind == "g":
            return Float(self.take(8))
        if kind == "y":
            return Float(self.take(16))
        if kind == "l":
            return self.long()
        if kind == ">":
            return Members(self.several(self.integer(), depth))
        if kind == ":" and self.python >= (3, 14):
            return Slice(self.several(3, depth))
        raise ValueError(f"has a value of a kind that no compiler writes ({kind!r})")

    def several(self, count: int, depth: int) -> tuple[Any, ...]:
        if not 0 <= count <= len(self.data) - self.at:
            raise ValueError("ends before its code does")
        return tuple([self.read(depth + 1) for _ in range(count)])

    def long(self) -> int:
        count = self.integer()
        raw = self.take(2 * abs(count))
        digits = [int.from_bytes(raw[at : at + 2], "little") & 0x7FFF for at in range(len(raw) - 2, -1, -2)]
        value = int("".join([format(digit, "015b") for digit in digits]) or "0", 2)  # linear, as shifting is not
        return -value if count < 0 else value

    def code(self, depth: int) -> Code:
        arguments = (self.integer(), self.integer(), self.integer())
        if self.python < (3, 11):
            self.integer()  # the number of locals
        self.integer()  # the size of the stack
        flags = self.integer()
        code, consts, names, variables, second, third = (self.read(depth + 1) for _ in range(6))
        if self.python >= (3, 11):
            local_names, _, name, _ = variables, third, self.read(depth + 1), self.read(depth + 1)
        else:
            _, name = self.read(depth + 1), self.read(depth + 1)
            local_names = (*_tuple(variables), *_tuple(third), *_tuple(second))
        self.integer()  # the first line
        self.read(depth + 1)  # where the lines are
        handlers = self.read(depth + 1) if self.python >= (3, 11) else b""
        if not isinstance(code, bytes):
            raise ValueError("has code of a kind that no compiler writes")  # noqa: TRY004
        return Code(arguments, flags, code, _tuple(consts), _tuple(names), _tuple(local_names), name, handlers)


_SINGLE: Final[dict[str, Any]] = {"N": None, "T": True, "F": False, ".": Ellipsis, "S": StopIteration}


def _tuple(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, tuple) or isinstance(value, (Code, Float, Members, Slice)):
        raise ValueError("has code of a kind that no compiler writes")  # noqa: TRY004
    return value


def strings(code: Code) -> tuple[set[str], set[str]]:
    """(names, texts among the constants) of `code` and of everything in it."""
    names: set[str] = set()
    texts: set[str] = set()
    pending: list[Any] = [code]
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            texts.add(value)
        elif isinstance(value, tuple) and not isinstance(value, Float) and id(value) not in seen:
            seen.add(id(value))  # an object may be referred to any number of times
            if isinstance(value, Code):
                names.update(name for name in (*value.names, *value.local_names, value.name) if isinstance(name, str))
                pending.extend(value.consts)
            elif isinstance(value, (Members, Slice)):
                pending.extend(value[0])
            else:
                pending.extend(value)
    return names, texts
