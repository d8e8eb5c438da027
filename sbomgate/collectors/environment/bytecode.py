"""Cached bytecode that Python runs in the place of a source it does not come from.

Python takes `__pycache__/x.cpython-312.pyc` without a look at `x.py` if the header says so (unchecked hash), and otherwise
if the recorded time and size, or the recorded hash, are those of the source; RECORD vouches for the source alone. The
header of every cache is read. Its code is compared with the source where the header keeps Python from doing so, and for
the modules at the top of the site folder, which run first; more than `MAX_COMPARED` bytes are not compared in one run.

For the version of Python that runs sbomgate the source is compiled, which executes nothing, and every name, constant and
instruction is compared; for a module at the top only if some word of the bytecode is not in the source. For another
version the names of the bytecode have to occur in the source: that proves a difference, and no equality. Sources: PEP 552, PEP 3147, `importlib._bootstrap_external`.
"""

from __future__ import annotations

import re
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import MAGIC_NUMBER
from types import CodeType
from typing import Any, Final

from sbomgate.collectors.environment import marshalled
from sbomgate.collectors.environment.layout import Layout
from sbomgate.collectors.environment.marshalled import Code, Float, Header, Members, Slice
from sbomgate.errors import CollectError
from sbomgate.model import FileFact, Problem
from sbomgate.tree import Tree

MAX_BYTECODE: Final = 4 * 2**20
MAX_SOURCE: Final = 2 * 2**20
MAX_COMPARED: Final = 2**20
"""Bytes of bytecode that are compared in one site folder: more would be felt in every run."""
MAX_TOLD: Final = 200
MAX_LOOKED_UP: Final = 200
"""Words that are looked for in the whole text of one source, because they are none of its words."""
_CACHE: Final = re.compile(r"(?P<stem>.+)\.(?:cpython-|pypy)(?P<major>\d)(?P<minor>\d{1,2})(?:\.opt-(?P<level>[12]))?\.pyc\Z")
_MADE_UP: Final = re.compile(r"\.\w+(?:\.\w+)?|<.*>|__\w+__", re.DOTALL)
"""Names that compilers add: `.0`, `<listcomp>`, `__module__`."""
_WORD: Final = re.compile(r"\w+")
_ADDED: Final = frozenset({"AssertionError", "NotImplementedError", "annotations", "format", "join"})
"""Of asserts, annotations and long f-strings."""
_TEXT_FLAG: Final = 0x40
"""CO_NOFREE, which 3.11 gave up; older versions set it themselves."""


def collect_bytecode(
    tree: Tree, layout: Layout, site: str, present: Mapping[str, str], owners: Mapping[str, str], reached: Iterable[str] = ()
) -> Iterator[FileFact | Problem | str]:
    """Yield the caches below `site` that would run and are not, or cannot be shown to be, what their source says.

    `present`: path → kind of every file below `site`. `reached`: sources that start-up hooks load.
    """
    wanted = set(reached)
    run = _Run(tree, layout, site, owners, wanted)
    later: list[tuple[str, str, Header, int]] = []
    for path in present:
        if not path.endswith(".pyc") or "__pycache__/" not in path:
            continue
        folder, _, name = path.rpartition("/")
        match = _CACHE.match(name)
        if match is None or not folder.endswith("__pycache__"):
            continue
        source = f"{folder[: -len('__pycache__')]}{match['stem']}.py"
        version = (int(match["major"]), int(match["minor"]))
        if present.get(source) != "file" or (layout.python is not None and version != layout.python):
            continue  # nothing looks for it
        try:
            header = marshalled.parse_header(tree.head(path, marshalled.HEADER))
        except CollectError as error:
            yield Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
            continue
        if header is None or header.python != version:
            continue  # of another version, so Python compiles again
        level = int(match["level"] or 0)
        if header.by_hash and not header.checked:
            run.unchecked.append(path)
            later.append((path, source, header, level))
        elif source in wanted or _is_top(source, site):
            later.append((path, source, header, level))
        else:
            run.left += 1
    later.sort(key=lambda item: (item[1] not in wanted, item[2].checked or not item[2].by_hash, item[0]))
    for item in later:
        yield from run.compare(*item)
    yield from run.close()


def _is_top(source: str, site: str) -> bool:
    """Whether `source` is a module, or the `__init__` of a package, directly in the site folder."""
    inner = source[len(site) + 1 :] if site else source
    return "/" not in inner or (inner.endswith("/__init__.py") and inner.count("/") == 1)


class _Run:
    """The comparison in one site folder."""

    def __init__(self, tree: Tree, layout: Layout, site: str, owners: Mapping[str, str], wanted: set[str]) -> None:
        self.tree, self.layout, self.site, self.owners, self.wanted = tree, layout, site, owners, wanted
        self.unchecked: list[str] = []
        self.equal: set[str] = set()
        self.told: set[str] = set()
        self.spent = self.left = 0

    def compare(self, path: str, source: str, header: Header, level: int) -> Iterator[FileFact | Problem]:
        """The fact about one cache, if there is one."""
        if self.spent > MAX_COMPARED or len(self.told) >= MAX_TOLD:
            self.left += 1
            return
        try:
            content = self.tree.read(source, MAX_SOURCE)
            if not self.used(source, header, content):
                self.equal.add(path)  # stale: Python compiles again
                return
            data = self.tree.read(path, MAX_BYTECODE)
        except CollectError as error:
            if error.what.startswith("larger than"):
                self.left += 1
            else:
                yield Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
            return
        self.spent += len(data)
        why, grave = difference(data, content, level, thorough=header.by_hash or source in self.wanted)
        if why is None:
            self.equal.add(path)
        elif why:
            self.told.add(path)
            yield self.fact("bytecode-differs" if grave else "bytecode-deviates", path, why, data)

    def used(self, source: str, header: Header, content: bytes) -> bool:
        """Whether Python would take the cache for this source."""
        if header.by_hash:
            assert header.python is not None, "others are not compared"
            return not header.checked or header.source_hash == source_hash(content, header.python)
        if header.size != len(content) & 0xFFFFFFFF:
            return False
        time = self.tree.modified(source)
        return time is None or header.time == time & 0xFFFFFFFF

    def fact(self, kind: str, path: str, why: str, data: bytes) -> FileFact:
        import hashlib

        owner = self.owners.get(path, "")
        return FileFact(
            kind=kind, path=path, owners=(owner,) if owner else (), actual=f"sha256:{hashlib.sha256(data).hexdigest()}", detail=why
        )

    def close(self) -> Iterator[FileFact | str]:
        """What holds for many files at once."""
        unproven = sorted(path for path in self.unchecked if path not in self.equal and path not in self.told)
        if unproven:
            more = f" and {len(unproven) - 1} more" if len(unproven) > 1 else ""
            detail = f"Python runs it without a look at its source, and it cannot be shown here that it comes from there{more}"
            yield FileFact(kind="bytecode-unchecked", path=unproven[0], detail=detail)
        if self.left:
            yield f"{self.site or '.'}: {self.left} files of cached bytecode were not compared with their sources; those of top-level modules were"


def difference(data: bytes, source: bytes, level: int = 0, *, thorough: bool = True) -> tuple[str | None, bool]:
    """(why the cache `data` is not of `source`, whether that is proof of other code).

    None: they are the same, or, unless `thorough`, every word of the bytecode is in the source. Empty: nothing speaks
    against it, and nothing proves it.
    """
    from sbomgate.collectors.environment.hooks import decode_source

    header = marshalled.parse_header(data)
    if header is None or header.python is None:
        return "", False
    try:
        theirs = marshalled.parse_code(data, header.python)
    except ValueError as error:
        return f"the bytecode {error}", True
    text, problem = decode_source(source)
    if text is None or problem:
        return "", False
    same_version = data[:4] == MAGIC_NUMBER
    if not same_version or not thorough:
        text = text if text.isascii() else unicodedata.normalize("NFKC", text)  # as the compiler reads identifiers
        words = set(_WORD.findall(text))
        names, texts = marshalled.strings(theirs)
        foreign = sorted(_foreign_names(names, text, words))
        if not same_version:
            return (f"the bytecode names {', '.join(map(repr, foreign[:5]))}, which the source does not", True) if foreign else ("", False)
        others = {word for one in texts for word in _WORD.findall(one)} - words
        if not foreign and len(others) <= MAX_LOOKED_UP and all(word in text for word in others):
            return None, False
    ours = _compiled(text, level)
    return _deviation(theirs, ours) if ours is not None else ("the source cannot be compiled, the bytecode is of something else", True)


def _foreign_names(names: Iterable[str], text: str, words: set[str]) -> set[str]:
    """Names that the bytecode uses and that occur nowhere in the source."""
    found: set[str] = set()
    looked_up = 0
    for dotted in names:
        if dotted in words or _MADE_UP.fullmatch(dotted):
            continue
        for name in dotted.split("."):
            if not name or name in words or name in _ADDED or _MADE_UP.fullmatch(name) or _is_mangled(name, words):
                continue
            looked_up += not name.isascii()
            if name.isascii() or (looked_up <= MAX_LOOKED_UP and name not in text):  # marks belong to names, not to what `\w` means
                found.add(name)
    return found


def _is_mangled(name: str, words: set[str]) -> bool:
    """Whether `name` is `_Class__x` for an `__x` of the source."""
    return name.startswith("_") and any(name[at.start() :] in words for at in re.finditer("(?=__)", name[:200]) if at.start())


def _compiled(text: str, level: int) -> CodeType | None:
    """What our own compiler makes of the source, which is not executed; None if that is nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(text, "<source>", "exec", dont_inherit=True, optimize=level)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return None


def _deviation(theirs: Code, ours: CodeType) -> tuple[str | None, bool]:
    pending: list[tuple[Code, CodeType]] = [(theirs, ours)]
    slight = ""
    while pending:
        code, own = pending.pop()
        where = "the module" if own.co_name == "<module>" else own.co_name
        if code.names != own.co_names:
            extra = [name for name in code.names if name not in own.co_names]
            return f"{where}: the bytecode names {', '.join(map(repr, extra[:5])) or 'other things'}, the source does not", True
        if code.local_names != _local_names(own) or code.name != own.co_name:
            return f"{where}: the bytecode has other variables than the source", True
        if len(code.consts) != len(own.co_consts):
            return f"{where}: the bytecode has {len(code.consts)} constants, the source {len(own.co_consts)}", True
        for one, other in zip(code.consts, own.co_consts, strict=True):
            if isinstance(one, Code) and isinstance(other, CodeType):
                pending.append((one, other))
            elif not _same(one, other):
                return f"{where}: the bytecode has the constant {_shown(one)}, the source {_shown(other)}", True
        arguments = (own.co_argcount, own.co_posonlyargcount, own.co_kwonlyargcount)
        if code.code != own.co_code or code.arguments != arguments or (code.flags ^ own.co_flags) & ~_TEXT_FLAG:
            slight = slight or f"{where}: the same names and constants, other instructions"
        elif sys.version_info >= (3, 11) and code.handlers != own.co_exceptiontable:
            slight = slight or f"{where}: the same instructions, other handlers of exceptions"
    return (slight or None), False


def _local_names(code: CodeType) -> tuple[str, ...]:
    return (*code.co_varnames, *(name for name in code.co_cellvars if name not in code.co_varnames), *code.co_freevars)


def _same(theirs: Any, ours: Any) -> bool:
    """Whether a constant that was read is one that the compiler made; depth and size are those of ours."""
    if isinstance(ours, (float, complex)):
        import struct

        parts = (ours,) if isinstance(ours, float) else (ours.real, ours.imag)
        return isinstance(theirs, Float) and theirs.data == struct.pack(f"<{len(parts)}d", *parts)
    if isinstance(ours, frozenset):
        return isinstance(theirs, Members) and sorted(map(repr, theirs.items)) == sorted(repr(_readable(item)) for item in ours)
    if isinstance(ours, tuple):
        return (
            type(theirs) is tuple and len(theirs) == len(ours) and all(_same(one, other) for one, other in zip(theirs, ours, strict=True))
        )
    if isinstance(ours, slice):
        return isinstance(theirs, Slice) and _same(theirs.parts, (ours.start, ours.stop, ours.step))
    return type(theirs) is type(ours) and bool(theirs == ours)


def _readable(value: Any) -> Any:
    """A constant of ours as the reader would give it."""
    import struct

    if isinstance(value, float):
        return Float(struct.pack("<d", value))
    if isinstance(value, complex):
        return Float(struct.pack("<2d", value.real, value.imag))
    if isinstance(value, tuple):
        return tuple(map(_readable, value))
    return Members(tuple(map(_readable, value))) if isinstance(value, frozenset) else value


def _shown(value: Any) -> str:
    """A constant for a message, cut."""
    if isinstance(value, (Code, CodeType)):
        return "of a function"
    if isinstance(value, (str, bytes)):
        return repr(value[:80])
    return repr(value) if value is None or isinstance(value, bool) else f"of type {type(value).__name__}"


def source_hash(content: bytes, python: tuple[int, int]) -> bytes:
    """What a checked cache records of its source: SipHash with the magic number as key. Source: `_imp.source_hash`."""
    magic = next(number for number, version in marshalled.MAGIC.items() if version == python)
    return siphash(magic | 0x0A0D0000, content, rounds=1 if python >= (3, 11) else 2)


def siphash(key: int, data: bytes, rounds: int) -> bytes:
    """SipHash-1-3 or SipHash-2-4 with a key whose second half is zero. Source: J.-P. Aumasson and D. J. Bernstein, "SipHash", 2012."""
    mask = 2**64 - 1
    a, b, c, d = key ^ 0x736F6D6570736575, 0x646F72616E646F6D, key ^ 0x6C7967656E657261, 0x7465646279746573

    def mix(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
        a = (a + b) & mask
        b = ((b << 13) | (b >> 51)) & mask ^ a
        a = (a << 32 | a >> 32) & mask
        c = (c + d) & mask
        d = ((d << 16) | (d >> 48)) & mask ^ c
        a = (a + d) & mask
        d = ((d << 21) | (d >> 43)) & mask ^ a
        c = (c + b) & mask
        b = ((b << 17) | (b >> 47)) & mask ^ c
        return a, b, (c << 32 | c >> 32) & mask, d

    end = len(data) - len(data) % 8
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, end, 8)]
    for word in (*words, int.from_bytes(data[end:], "little") | (len(data) & 0xFF) << 56):
        d ^= word
        for _ in range(rounds):
            a, b, c, d = mix(a, b, c, d)
        a ^= word
    c ^= 0xFF
    for _ in range(rounds + 2):
        a, b, c, d = mix(a, b, c, d)
    return (a ^ b ^ c ^ d).to_bytes(8, "little")
