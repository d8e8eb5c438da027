"""The members of a ZIP archive, read in memory and strictly: what two readers could see differently is refused.

Sources: APPNOTE.TXT 6.3.10 (PKWARE), RFC 1951. An archive is taken only if its local files and its central directory
tile the whole of it and agree on every member, so that there is no second archive inside, before or behind the first.
Nothing is written, nothing is unpacked to disk; sizes are bounded before a byte is inflated.
"""

from __future__ import annotations

import mmap
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, NamedTuple

MAX_MEMBERS: Final = 200_000
"""The largest wheels known have 30,000."""
MAX_UNPACKED: Final = 16 * 2**30
MAX_RATIO: Final = 200
"""Unpacked bytes for each packed one, over the whole archive; real wheels stay below 20."""
FREE: Final = 64 * 2**20
"""So much may always be unpacked: small archives of repetitive text are not bombs."""
MAX_NAME: Final = 1024

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_MAX16: Final = 0xFFFF
_MAX32: Final = 0xFFFFFFFF
_MAX_VERSION: Final = 63
_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR: Final = 0x0008
_UTF8: Final = 0x0800
_KNOWN_FLAGS: Final = _DESCRIPTOR | _UTF8 | 0x0006
"""Bits 1 and 2 say how hard the compressor tried."""
_KIND: Final = 0o170000
"""Of a mode: what `stat.S_IFMT` leaves of it."""
_STORED: Final = 0
_DEFLATED: Final = 8
_ZIP64: Final = 0x0001
_OTHER_NAME: Final = frozenset({0x7075, 0x0008})
"""Extra fields that give a second name: readers that know them see another file."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_is_plain: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*+/?").fullmatch
_CHUNK: Final = 2**20


Data = bytes | mmap.mmap


class RefusedError(Exception):
    """An archive that is not what it should be; the text says why, on one line."""


class Member(NamedTuple):
    """One file of an archive."""

    name: str
    size: int
    start: int
    """Offset of its packed bytes."""
    packed: int
    method: int
    crc: int


def members(data: Data, most: int = 0) -> list[Member]:
    """The files of the ZIP archive `data`, in the order of its directory; RefusedError if it is not one, or not plainly one.

    `most`: entries that it may have; `MAX_MEMBERS` when 0.
    """
    start, count, end = _directory(data)
    if count > (most := most or MAX_MEMBERS):
        raise RefusedError(f"more than {most:,} members")
    rows = list(_central(data, start, count, end))
    total = sum(member.size for member, _, _, _ in rows)
    if total > min(MAX_UNPACKED, MAX_RATIO * len(data) + FREE):
        raise RefusedError(f"would unpack to {total:,} bytes from {len(data):,}")
    at = 0
    bodies: dict[int, int] = {}
    for row in sorted(rows, key=_offset):
        bodies[row[1]], at = _local(data, *row, at=at, end=start)
    if at != start:
        raise RefusedError(f"{start - at:,} bytes between the last member and the directory")
    found = []
    for (name, size, _, packed, method, crc), offset, _, _ in rows:
        if name[-1] != "/":
            found.append(Member(name, size, bodies[offset], packed, method, crc))
        elif size:
            raise RefusedError(f"folder with content: {name!r}")
    check_distinct([member.name for member, _, _, _ in rows])
    return found


def chunks(data: Data, member: Member) -> Iterator[bytes]:
    """The content of `member`, piece by piece; RefusedError if its size or its checksum is not as stated."""
    packed = memoryview(data)[member.start : member.start + member.packed]
    length = crc = 0
    if member.method == _STORED:
        for at in range(0, len(packed), _CHUNK):
            piece = bytes(packed[at : at + _CHUNK])
            length, crc = length + len(piece), zlib.crc32(piece, crc)
            yield piece
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        at = 0
        try:
            while not inflater.eof and (at < len(packed) or inflater.unconsumed_tail):
                rest = inflater.unconsumed_tail or packed[at : (at := at + _CHUNK // 4)]
                # one byte more than stated: what is longer is found without inflating all of it
                piece = inflater.decompress(rest, min(_CHUNK, member.size - length + 1))
                length, crc = length + len(piece), zlib.crc32(piece, crc)
                if length > member.size:
                    raise RefusedError(f"content is not of the stated size: {member.name!r}")
                yield piece
        except zlib.error as error:
            raise RefusedError(f"packed content is broken: {member.name!r}") from error
        if not inflater.eof or inflater.unused_data or at < len(packed):
            raise RefusedError(f"packed content ends before or after its stated end: {member.name!r}")
    if length != member.size:
        raise RefusedError(f"content is not of the stated size: {member.name!r}")
    if crc != member.crc:
        raise RefusedError(f"wrong checksum: {member.name!r}")


def content(data: Data, member: Member, limit: int) -> bytes:
    """The whole content of `member`; RefusedError if it has more than `limit` bytes."""
    if member.size > limit:
        raise RefusedError(f"larger than {limit:,} bytes: {member.name!r}")
    if member.method == _DEFLATED and member.packed <= _CHUNK and member.size <= _CHUNK:
        # what a small one is in one step; if anything is wrong with it, `chunks` says what
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        with suppress(zlib.error):
            whole = inflater.decompress(data[member.start : member.start + member.packed], member.size + 1)
            if inflater.eof and not inflater.unused_data and len(whole) == member.size and zlib.crc32(whole) == member.crc:
                return whole
    return b"".join(chunks(data, member))


def _directory(data: Data) -> tuple[int, int, int]:
    """(start of the central directory, its entries, its end). APPNOTE 4.3.14 to 4.3.16."""
    end = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - _MAX16))
    if end < 0 or end + _END.size > len(data):
        raise RefusedError("not a ZIP archive")
    _, disk, first, here, count, size, start, comment = _END.unpack_from(data, end)
    if end + _END.size + comment != len(data):
        raise RefusedError("bytes behind the end of the archive")
    limit = end
    if data[max(0, end - _LOCATOR.size) : end][:4] == b"PK\6\7":
        _, disk64, at, disks = _LOCATOR.unpack_from(data, end - _LOCATOR.size)
        limit = at
        if disk64 or disks > 1 or at + _END64.size != end - _LOCATOR.size or data[at : at + 4] != b"PK\6\6":
            raise RefusedError("ZIP64 end of directory is not where it should be")
        _, length, _, _, disk64, first64, here64, count64, size64, start64 = _END64.unpack_from(data, at)
        if length + 12 != _END64.size:
            raise RefusedError("ZIP64 end of directory of another length")
        pairs = ((disk, disk64, _MAX16), (first, first64, _MAX16), (here, here64, _MAX16), (count, count64, _MAX16))
        for plain, wide, most in (*pairs, (size, size64, _MAX32), (start, start64, _MAX32)):
            if plain not in (wide, most):
                raise RefusedError("ZIP64 end of directory says something else than the plain one")
        disk, first, here, count, size, start = disk64, first64, here64, count64, size64, start64
    if disk or first or here != count:
        raise RefusedError("part of an archive of several files")
    if start + size != limit:
        raise RefusedError("the directory does not lie at the end of the archive")
    return start, count, limit


def _central(data: Data, at: int, count: int, end: int) -> Iterator[tuple[Member, int, int, bytes]]:
    """(member, offset of its local header, flags, name as written) for each entry of the central directory. APPNOTE 4.3.12."""
    for _ in range(count):
        if at + _CENTRAL.size > end:
            raise RefusedError("directory ends before its last entry")
        mark, _, needed, flags, method, _, _, crc, packed, size, name_length, extra_length, comment, disk, _, attributes, offset = (
            _CENTRAL.unpack_from(data, at)
        )
        if mark != b"PK\1\2":
            raise RefusedError("directory ends before its last entry")
        at += _CENTRAL.size
        raw = data[at : at + name_length]
        extra = data[at + name_length : at + name_length + extra_length] if extra_length else b""
        at += name_length + extra_length + comment
        if at > end:
            raise RefusedError("directory ends inside an entry")
        name = _name(raw, flags)
        if needed & 0xFF > _MAX_VERSION:
            raise RefusedError(f"made for a later version of the format: {name!r}")
        if flags & _ENCRYPTED:
            raise RefusedError(f"encrypted member: {name!r}")
        if flags & ~_KNOWN_FLAGS:
            raise RefusedError(f"unknown flags {flags:#06x}: {name!r}")
        if method not in (_STORED, _DEFLATED):
            raise RefusedError(f"unknown compression {method}: {name!r}")
        kind = attributes >> 16 & _KIND
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > name.endswith("/"):
            raise RefusedError(f"{'symbolic link' if kind == stat.S_IFLNK else 'neither file nor folder'}: {name!r}")
        if extra or disk or _MAX32 in (size, packed, offset):
            size, packed, offset, disk = _widened(extra, name, ((size, _MAX32), (packed, _MAX32), (offset, _MAX32), (disk, _MAX16)))
            if disk:
                raise RefusedError("part of an archive of several files")
        if method == _STORED and packed != size:
            raise RefusedError(f"stored with two sizes: {name!r}")
        yield Member(name, size, 0, packed, method, crc), offset, flags, raw
    if at != end:
        raise RefusedError("directory with bytes behind its last entry")


def _offset(row: tuple[Member, int, int, bytes]) -> int:
    return row[1]


def _local(data: Data, member: Member, offset: int, flags: int, written: bytes, *, at: int, end: int) -> tuple[int, int]:
    """(start of the content, end) of the member whose local header lies at `offset`, which must be `at`; it must say what the directory says.

    APPNOTE 4.3.7.
    """
    name = member.name
    if offset != at:
        raise RefusedError(
            f"bytes before the archive or between its members, before {name!r}" if offset > at else f"members overlap: {name!r}"
        )
    if offset + _LOCAL.size > end:
        raise RefusedError(f"no local header where the directory says: {name!r}")
    mark, _, flags2, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(data, offset)
    if mark != b"PK\3\4":
        raise RefusedError(f"no local header where the directory says: {name!r}")
    at = offset + _LOCAL.size
    raw = data[at : at + name_length]
    extra = data[at + name_length : at + name_length + extra_length] if extra_length else b""
    if raw != written or flags2 != flags or method != member.method:
        raise RefusedError(f"local header and directory differ: {name!r}")
    if extra or _MAX32 in (size, packed):
        size, packed = _widened(extra, name, ((size, _MAX32), (packed, _MAX32)))
    stated, known = (crc, packed, size), (member.crc, member.packed, member.size)
    if stated != known and not (flags & _DESCRIPTOR and stated == (0, 0, 0)):
        raise RefusedError(f"local header and directory differ: {name!r}")
    body = at + name_length + extra_length
    at = body + member.packed
    if flags & _DESCRIPTOR:
        at = _descriptor(data, member, at)
    if at > end:
        raise RefusedError(f"member reaches into the directory: {name!r}")
    return body, at


def _descriptor(data: Data, member: Member, at: int) -> int:
    """The end of the data descriptor at `at`: with or without signature, in 32 or 64 bits. APPNOTE 4.3.9."""
    for form in ("<4s3L", "<4sL2Q", "<3L", "<L2Q"):
        values = (member.crc, member.packed, member.size)
        if "Q" not in form and max(values[1:]) > _MAX32:
            continue
        expected = struct.pack(form, *((b"PK\7\x08", *values) if "s" in form else values))
        if data[at : at + len(expected)] == expected:
            return at + len(expected)
    raise RefusedError(f"data descriptor and directory differ: {member.name!r}")


def _widened(extra: bytes, name: str, fields: tuple[tuple[int, int], ...]) -> list[int]:
    """The values of `fields` (value, what means "see the ZIP64 field"), those taken from there that say so. APPNOTE 4.5.3."""
    values = [value for value, _ in fields]
    at, wide = 0, None
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        body = extra[at + 4 : at + 4 + length]
        at += 4 + length
        if kind in _OTHER_NAME:
            raise RefusedError(f"a second name: {name!r}")
        if kind == _ZIP64:
            if wide is not None:
                raise RefusedError(f"two ZIP64 fields: {name!r}")
            wide = body
    if at > len(extra):
        raise RefusedError(f"broken extra field: {name!r}")
    asked = [index for index, (value, most) in enumerate(fields) if value == most]
    if wide is None:
        if asked:
            raise RefusedError(f"size that no ZIP64 field gives: {name!r}")
        return values
    # in its order, and only what was asked for (APPNOTE 4.5.3): a reader that takes more, or less, sees other sizes
    needed = sum(4 if fields[index][1] == _MAX16 else 8 for index in asked)
    if not asked and wide == b"".join(value.to_bytes(8, "little") for value in values):
        return values  # sizes said twice and alike: CPython's `force_zip64`
    if len(wide) != needed:
        raise RefusedError(f"ZIP64 field of the wrong length: {name!r}")
    at = 0
    for index in asked:
        width = 4 if fields[index][1] == _MAX16 else 8
        values[index] = int.from_bytes(wide[at : at + width], "little")
        at += width
    return values


def _name(raw: bytes, flags: int) -> str:
    """A member's name, which must be one that every reader sees and that stays below the folder it is unpacked in."""
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError as error:
        raise RefusedError(f"name that readers decode differently: {raw[:80]!r}") from error
    check_name(name)
    return name


def check_name(name: str) -> None:
    """RefusedError if some system would not take `name` for a place below the folder that it is unpacked in."""
    if _is_plain(name) and len(name) <= MAX_NAME:
        return  # nearly every one, at a third of the time
    if not name or len(name) > MAX_NAME or _CONTROL.search(name):
        raise RefusedError(f"name that no file should have: {name[:80]!r}")
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or name[1:2] == ":" or any(part in ("", ".", "..") for part in parts):
        raise RefusedError(f"name that leads elsewhere: {name[:200]!r}")


def check_distinct(names: list[str]) -> None:
    """RefusedError if two members are one file, or one is the folder of another."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise RefusedError(f"two members of one name: {name!r}")
        seen.add(name)
    files = {name for name in names if not name.endswith("/")}
    folders = {name[:-1] for name in names if name.endswith("/")}
    for name in names:
        above = name.removesuffix("/").rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    if both := files & folders:
        raise RefusedError(f"a file and a folder of one name: {min(both)!r}")
