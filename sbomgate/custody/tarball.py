"""What a tarball of npm installs: each file with the digest that it must have, read in memory and strictly.

A tarball is one gzip stream with one tar archive in it. It is inflated piece by piece, never as a whole and never to disk,
and what two readers could see differently is refused: a second gzip stream, bytes behind either end, extended headers that
contradict what they extend, two files of one name. Installers take files and folders, and take the first folder off each
name; links are left out, as npm and pnpm do.
Sources: RFC 1952; POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format";
pacote, `lib/fetcher.js`, and node-tar, `src/header.ts`, `src/unpack.ts`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final, NamedTuple

from sbomgate.collectors.fields import type_name
from sbomgate.custody.archives import FREE, MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED, RefusedError, check_distinct, check_name
from sbomgate.errors import CollectError
from sbomgate.tree import parse_json

MAX_MANIFEST: Final = 16 * 2**20
"""Bytes of the package.json."""
MAX_HEADER: Final = 2**20
"""Bytes of one extended header, as node-tar has it."""

_BLOCK: Final = 512
_CHUNK: Final = 2**18
_FILES: Final = b"0\x007"
_FOLDER: Final = b"5"
_LINKS: Final = b"12"
_PAX: Final = b"x"
_GLOBAL: Final = b"g"
_LONG_NAME: Final = b"L"
_LONG_LINK: Final = b"K"
_PLACES: Final = frozenset({"path", "linkpath", "size"})
_SCRIPTS: Final = ("preinstall", "install", "postinstall")
_octal: Final = re.compile(rb" *([0-7]{1,20})[ \0]*\Z").match
_record: Final = re.compile(rb"([1-9][0-9]{0,6}) ([^=\0\n]{1,255})=").match
_crlf_program: Final = re.compile(rb"#![^\n]+\r\n").match
_MAX_FIRST_LINE: Final = 2048


class File(NamedTuple):
    """One file of a package."""

    sha256: str
    size: int
    executable: bool
    unix: str = ""
    """SHA-256 with the first line ended as Unix does, where that is `#!…` and ends as on Windows: so programs are installed."""


class Tarball(NamedTuple):
    """One tarball, read. Paths are below the folder of the package."""

    name: str
    """Empty where its package.json has none, as in what no registry serves."""
    version: str
    """As npm writes it: without a `v` before it."""
    files: dict[str, File]
    links: tuple[str, ...]
    """Members that are links: no installer writes them."""
    scripts: tuple[str, ...]
    """What runs when it is installed."""
    manifest: bytes
    """Its package.json."""


def read_tarball(data: bytes) -> Tarball:
    """The package in the tarball `data`; RefusedError if it is none, or not plainly one."""
    files: dict[str, File] = {}
    links: list[str] = []
    names: list[str] = []
    manifest: bytes | None = None
    archive = _Archive(data)
    for name, kind, executable, size in archive.members():
        path = name.partition("/")[2]
        if kind == "folder":
            names.append(f"{path.rstrip('/')}/") if path.rstrip("/") else None
            continue
        if not path or path.endswith("/"):
            raise RefusedError(f"outside the folder of the package: {name[:200]!r}")
        if kind == "link":
            links.append(path)
            continue
        pieces = archive.body(size)
        if path == "package.json":
            if size > MAX_MANIFEST:
                raise RefusedError(f"package.json larger than {MAX_MANIFEST:,} bytes")
            text = b"".join(pieces)
            file, pieces = _file(iter((text,)), size, executable=executable), iter(())
            if manifest not in (None, text):
                raise RefusedError("two members of one name: 'package.json'")
            manifest = text
        else:
            file = _file(pieces, size, executable=executable)
        known = files.setdefault(path, file)
        if known.sha256 != file.sha256:
            raise RefusedError(f"two members of one name: {path!r}")
        if known is file:
            names.append(path)
    check_distinct([*dict.fromkeys(names)])
    if manifest is None:
        raise RefusedError("no package.json in it")
    document = _parsed(manifest)
    return Tarball(
        name=_word(document, "name"),
        version=_word(document, "version").strip().lstrip("=v "),
        files=files,
        links=tuple(sorted(set(links))),
        scripts=_scripts(document, files),
        manifest=manifest,
    )


def _parsed(manifest: bytes) -> dict[str, Any]:
    try:
        document = parse_json(manifest.decode("utf-8-sig"), "package.json")
    except (CollectError, UnicodeDecodeError) as error:
        what = error.what if isinstance(error, CollectError) else "not valid UTF-8"
        raise RefusedError(f"its package.json cannot be read: {what}") from error
    if not isinstance(document, dict):
        raise RefusedError(f"its package.json cannot be read: expected table, found {type_name(document)}")
    return document


def _word(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""


def _scripts(document: dict[str, Any], files: dict[str, File]) -> tuple[str, ...]:
    scripts = document.get("scripts")
    names = [name for name in _SCRIPTS if isinstance(text := scripts.get(name), str) and text] if isinstance(scripts, dict) else []
    if "binding.gyp" in files and document.get("gypfile") is not False and not {"preinstall", "install"} & set(names):
        names.append("node-gyp rebuild")
    return tuple(names)


def _file(pieces: Iterator[bytes], size: int, *, executable: bool) -> File:
    digest = sha256()
    unix = None
    first = True
    for piece in pieces:
        digest.update(piece)
        if first and (match := _crlf_program(piece[:_MAX_FIRST_LINE])):
            unix = sha256(match[0][:-2] + b"\n")
            unix.update(memoryview(piece)[match.end() :])
        elif unix is not None:
            unix.update(piece)
        first = False
    return File(digest.hexdigest(), size, executable, unix.hexdigest() if unix is not None else "")


class _Archive:
    """One pass over the members of the tar archive in a gzip stream."""

    def __init__(self, data: bytes) -> None:
        self.stream = _Stream(data)
        self.left = 0
        """Bytes of the current member, padding included, that were not taken yet."""

    def members(self) -> Iterator[tuple[str, str, bool, int]]:
        """(name, `file` · `folder` · `link`, executable, size) of each member; its body is to be taken before the next one."""
        pending: dict[str, str] = {}
        count = 0
        while (header := self._header()) is not None:
            count += 1
            if count > MAX_MEMBERS:
                raise RefusedError(f"more than {MAX_MEMBERS:,} members")
            kind = header[156:157]
            size = _number(header[124:136], empty=0 if kind == _FOLDER or kind in _LINKS else None)
            if kind in (_PAX, _GLOBAL, _LONG_NAME, _LONG_LINK):
                self._extend(pending, kind, size)
                continue
            name = _text(pending["path"].encode()) if "path" in pending else _name(header)
            if "size" in pending and pending["size"] != str(size):
                raise RefusedError(f"two sizes: {name[:200]!r}")
            pending.clear()
            if kind in _FILES and name.endswith("/"):
                kind = _FOLDER
            if kind in _LINKS or kind == _FOLDER:
                if size:
                    raise RefusedError(f"{'folder' if kind == _FOLDER else 'link'} with content: {name[:200]!r}")
            elif kind not in _FILES:
                raise RefusedError(f"neither file nor folder ({kind!r}): {name[:200]!r}")
            check_name(name)
            mode = _number(header[100:108], empty=0)
            self._expect(size)
            yield name, "folder" if kind == _FOLDER else "link" if kind in _LINKS else "file", bool(mode & 0o111), size
            self._skip()
        if pending:
            raise RefusedError("an extended header without a member")
        self.stream.finish()

    def body(self, size: int) -> Iterator[bytes]:
        """The content of the member, piece by piece."""
        while size:
            piece = self.stream.take(min(size, _CHUNK))
            size -= len(piece)
            self.left -= len(piece)
            yield piece

    def _expect(self, size: int) -> None:
        self.left = size + -size % _BLOCK

    def _skip(self) -> None:
        while self.left:
            self.left -= len(self.stream.take(min(self.left, _CHUNK)))

    def _header(self) -> bytes | None:
        """The next header; None at the end of the archive."""
        block = self.stream.take(_BLOCK, at_end=True)
        if not block or not any(block):
            return None
        stated = _number(block[148:156])
        if stated != sum(block) - sum(block[148:156]) + 8 * 32:
            raise RefusedError("wrong checksum of a header")
        return block

    def _extend(self, pending: dict[str, str], kind: bytes, size: int) -> None:
        """Take what an extended header says of the member that follows."""
        if size > MAX_HEADER:
            raise RefusedError(f"extended header larger than {MAX_HEADER:,} bytes")
        self._expect(size)
        text = b"".join(self.body(size))
        self._skip()
        pairs = _pairs(text) if kind in (_PAX, _GLOBAL) else [("path" if kind == _LONG_NAME else "linkpath", _text(text.rstrip(b"\0")))]
        for key, value in pairs:
            if key not in _PLACES:
                continue
            if kind == _GLOBAL:
                raise RefusedError(f"{key} of all members at once")
            if key in pending:
                raise RefusedError(f"{key} stated twice")
            pending[key] = value


class _Stream:
    """The inflated bytes of a gzip stream, within bounds."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.at = 0
        self.inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self.rest = b""
        """Inflated and not taken."""
        self.allowed = min(MAX_UNPACKED, MAX_RATIO * len(data) + FREE)
        self.ended = False

    def take(self, count: int, *, at_end: bool = False) -> bytes:
        """The next `count` bytes; RefusedError if there are fewer. `at_end`: none at all, which gives `b""`, is allowed."""
        parts = []
        missing = count
        while missing:
            if not self.rest and not self._more():
                if at_end and missing == count:
                    return b""
                raise RefusedError("ends inside a member")
            part = self.rest[:missing]
            self.rest = self.rest[missing:]
            missing -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def finish(self) -> None:
        """RefusedError unless only zeros follow, in the archive and behind its packed form."""
        while self.rest or self._more():
            if any(self.rest):
                raise RefusedError("bytes behind the end of the archive")
            self.rest = b""
        if any(self.inflater.unused_data) or any(self.data[self.at :]):
            raise RefusedError("bytes behind the end of the packed archive")

    def _more(self) -> bool:
        """Inflate a piece; False at the end."""
        inflater = self.inflater
        try:
            while not inflater.eof:
                packed = inflater.unconsumed_tail
                if not packed:
                    if self.at >= len(self.data):
                        raise RefusedError("packed archive ends before its end")
                    packed = bytes(self.data[self.at : self.at + _CHUNK])
                    self.at += len(packed)
                self.rest = inflater.decompress(packed, _CHUNK)
                self.allowed -= len(self.rest)
                if self.allowed < 0:
                    raise RefusedError(f"would unpack to far more than its {len(self.data):,} bytes")
                if self.rest:
                    return True
        except zlib.error as error:
            raise RefusedError("not a gzip archive, or a broken one") from error
        return False


def _number(field: bytes, empty: int | None = None) -> int:
    """A number of a header: octal, or in base 256 where it is too large for that."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    if empty is not None and not field.strip(b" \0"):
        return empty
    match = _octal(field)
    if match is None:
        raise RefusedError(f"not a number in a header: {field!r}")
    return int(match[1], 8)


def _name(header: bytes) -> str:
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    if prefix:
        if header[263:265] != b"00":
            raise RefusedError(f"first half of a name in a header of unknown version: {name[:80]!r}")
        name = prefix + b"/" + name
    return _text(name)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise RefusedError(f"name that readers decode differently: {raw[:80]!r}") from error


def _pairs(text: bytes) -> Iterator[tuple[str, str]]:
    """The records of a pax header: `length key=value`, each with a line feed."""
    at = 0
    while at < len(text):
        match = _record(text[at : at + 300])
        end = at + int(match[1]) if match else 0
        if match is None or end > len(text) or at + match.end() >= end or text[end - 1] != 0x0A:
            raise RefusedError("an extended header that is none")
        value = text[at + match.end() : end - 1]
        key = match[2].decode("utf-8", "replace")
        yield key, _text(value) if key in _PLACES else ""
        at = end
