"""An archive is read only if every reader sees the same in it; anything else is refused with one line that says why."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wheels import archive

from sbomgate.custody import archives
from sbomgate.custody.archives import RefusedError, chunks, content, members

FILES = {"demo/__init__.py": b"x = 1\n" * 50, "demo/data.bin": bytes(range(256)), "demo/empty": b""}
PLAIN = archive(FILES)


def unpacked(data: bytes) -> dict[str, bytes]:
    return {member.name: content(data, member, 2**24) for member in members(data)}


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        unpacked(data)
    text = str(caught.value)
    assert "\n" not in text
    return text


def with_info(name: str = "a.py", body: bytes = b"pass\n", **fields: object) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        info = zipfile.ZipInfo(name)
        for key, value in fields.items():
            setattr(info, key, value)
        zipped.writestr(info, body)
    return buffer.getvalue()


def central(data: bytes) -> int:
    return data.index(b"PK\1\2")


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_reads_what_zipfile_reads(compression: int) -> None:
    assert unpacked(archive(FILES, compression=compression)) == FILES


def test_reads_folders_comments_and_names_in_utf8() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.mkdir("demo")
        zipped.writestr("demo/ü.py", b"1")
        zipped.comment = b"built by hand"
    assert unpacked(buffer.getvalue()) == {"demo/ü.py": b"1"}


class Pipe(io.RawIOBase):
    """Cannot seek: zipfile then writes data descriptors behind the members."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.parts.append(bytes(data))
        return len(data)


def test_reads_data_descriptors() -> None:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, body in FILES.items():
            zipped.writestr(name, body)
    assert unpacked(b"".join(pipe.parts)) == FILES


def test_reads_sizes_in_64_bits() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped, zipped.open("big", "w", force_zip64=True) as member:
        member.write(b"small after all")
    assert unpacked(buffer.getvalue()) == {"big": b"small after all"}


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../up", "a/../../up", "a/./b", "a//b", "C:/x", "a\\b", "a\nb", "a\x1b[2J", "x" * 2000, "a/..", "./a"],
)
def test_names_that_lead_elsewhere(name: str) -> None:
    assert "name" in refusal(with_info(name))


def test_a_name_cut_at_a_nul() -> None:
    data = with_info("evil.py_x").replace(b"evil.py_x", b"evil.py\0x")
    assert "name that no file should have" in refusal(data)


def test_a_name_that_readers_decode_differently() -> None:
    assert "decode differently" in refusal(with_info("aaaa").replace(b"aaaa", b"\xc3\xbc\xe4a"))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a ZIP"),
        (b"PK\5\6", "not a ZIP"),
        (b"#!/bin/sh\n" + PLAIN, "does not lie at the end"),
        (PLAIN + b"more", "bytes behind the end"),
        (PLAIN + PLAIN, "does not lie at the end"),
        (PLAIN[:-1], "not a ZIP"),
        (with_info(external_attr=(stat.S_IFLNK | 0o777) << 16), "symbolic link"),
        (with_info(external_attr=(stat.S_IFIFO | 0o777) << 16), "neither file nor folder"),
        (with_info(compress_type=zipfile.ZIP_BZIP2), "unknown compression 12"),
        (with_info(compress_type=zipfile.ZIP_LZMA), "unknown"),
        (with_info(extra=struct.pack("<2H", 0x7075, 0)), "a second name"),
        (with_info(extra=b"\x01"), ""),
        (archive({"a": b"", "a/b": b""}), "a file and a folder"),
        (with_info("folder/", b"content"), "folder with content"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused(data: bytes, why: str) -> None:
    if why:
        assert why in refusal(data)
    else:
        assert unpacked(data)  # a stray byte of padding says nothing


def test_two_members_of_one_name() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as zipped:
            zipped.writestr("a.py", b"good")
            zipped.writestr("a.py", b"evil")
    assert "two members of one name" in refusal(buffer.getvalue())


def test_an_encrypted_member() -> None:
    at = central(PLAIN)
    assert "encrypted" in refusal(patched(PLAIN, at + 8, b"\1\0"))


def test_a_member_that_the_directory_does_not_list() -> None:
    """A stream reader would unpack it, a reader of the directory would not."""
    at = central(PLAIN)
    _, _, _, _, count, size, start, _ = struct.unpack_from("<4s4H2LH", PLAIN, len(PLAIN) - 22)
    name_length, extra_length, comment = struct.unpack_from("<3H", PLAIN, at + 28)
    cut = 46 + name_length + extra_length + comment
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count - 1, count - 1, size - cut, start, 0)
    assert "between its members" in refusal(PLAIN[:at] + PLAIN[at + cut : -22] + end)


def test_bytes_before_the_first_member_with_offsets_that_fit() -> None:
    """A prefix that the directory knows of, as a self-extracting archive has it."""
    shift = 4
    data = bytearray(b"MZ\0\0" + PLAIN)
    at = data.index(b"PK\1\2")
    struct.pack_into("<L", data, len(data) - 6, at)
    while data[at : at + 4] == b"PK\1\2":
        (offset,) = struct.unpack_from("<L", data, at + 42)
        struct.pack_into("<L", data, at + 42, offset + shift)
        at += 46 + sum(struct.unpack_from("<3H", data, at + 28))
    assert "bytes before the archive" in refusal(bytes(data))


@pytest.mark.parametrize(("offset", "what"), [(8, "method"), (14, "checksum"), (18, "packed size"), (22, "size"), (30, "name")], ids=str)
def test_local_header_that_says_something_else(offset: int, what: str) -> None:
    changed = patched(PLAIN, offset, bytes([PLAIN[offset] ^ 1]))
    assert "local header and directory differ" in refusal(changed), what


def test_a_wrong_checksum_in_both_places() -> None:
    data = archive({"a": b"content"}, compression=zipfile.ZIP_STORED)
    assert "wrong checksum" in refusal(data.replace(b"content", b"contenu"))


def test_content_that_is_longer_than_stated_is_not_inflated_to_its_end() -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(bytes(2**24)) + packed.flush()
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(body), 10, 1, 0) + b"a" + body
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(body), 10, 1, 0, 0, 0, 0, 0, 0) + b"a"
    data = local + entry + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local), 0)
    (member,) = members(data)
    length = 0
    with pytest.raises(RefusedError, match="stated size"):
        for piece in chunks(data, member):
            length += len(piece)
    assert length <= 11


def test_a_bomb_is_refused_before_it_is_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FREE", 2**10)
    monkeypatch.setattr(zlib, "decompressobj", None)
    with pytest.raises(RefusedError, match="would unpack to"):
        members(archive({"zeros": bytes(2**20)}))


def test_too_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    assert "more than 2 members" in refusal(PLAIN)


def test_zip64_end_that_contradicts_the_plain_one() -> None:
    start, end = central(PLAIN), len(PLAIN) - 22
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, end - start, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    assert "says something else" in refusal(PLAIN[:end] + wide + locator + PLAIN[end:])
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 3, 3, end - start, start)
    assert unpacked(PLAIN[:end] + wide + locator + PLAIN[end:]) == FILES


@given(st.binary(max_size=400))
@example(b"PK\5\6" + bytes(18))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        unpacked(data)
    except RefusedError as error:
        assert "\n" not in str(error)


@given(st.data())
def test_a_changed_archive_is_refused_or_reads_the_same_for_zipfile(data: st.DataObject) -> None:
    """The law of the strict reader: what it takes, the reader of the standard library sees alike."""
    changed = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(PLAIN) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    try:
        found = unpacked(bytes(changed))
    except RefusedError:
        return
    with zipfile.ZipFile(io.BytesIO(bytes(changed))) as zipped:
        assert {name: zipped.read(name) for name in zipped.namelist() if not name.endswith("/")} == found
