"""A tarball is read only if every installer sees the same in it; anything else is refused with one line that says why."""

from __future__ import annotations

import gzip
import json
import tarfile
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tarballs import archive, member, package, tarball, zipped
from wheels import sha256

from sbomgate.custody import tarball as module
from sbomgate.custody.archives import RefusedError
from sbomgate.custody.tarball import read_tarball

FILES = package("demo", files={"lib/a.js": b"a\n" * 999, "empty": b"", "bin/x": b"#!/usr/bin/env node\r\nx\r\n"}, bin="bin/x")
PLAIN = tarball(FILES, programs=("bin/x",))
RAW = gzip.decompress(PLAIN)
MANIFEST = (member("package/package.json"), FILES["package.json"])


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        read_tarball(data)
    text = str(caught.value)
    assert "\n" not in text
    return text


def packed(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    return zipped(archive([MANIFEST, *members], form))


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("top", ["package", "demo-1.0.0", "node"])
def test_reads_what_was_packed(form: int, top: str) -> None:
    long = "/".join(["folder" * 5] * 7) + "/file.js"
    found = read_tarball(tarball({**FILES, long: b"long"}, top, ("bin/x",), form))
    assert (found.name, found.version, found.scripts, found.links) == ("demo", "1.0.0", (), ())
    assert {name: file.sha256 for name, file in found.files.items()} == {
        name: sha256(body) for name, body in {**FILES, long: b"long"}.items()
    }
    assert [name for name, file in found.files.items() if file.executable] == ["bin/x"]
    assert found.files["bin/x"].unix == sha256(b"#!/usr/bin/env node\nx\r\n")
    assert found.files["lib/a.js"].unix == ""
    assert found.manifest == FILES["package.json"]


def test_takes_folders_and_leaves_links_out() -> None:
    data = packed(
        (member("package/lib", 0o755, tarfile.DIRTYPE), b""),
        (member("package/lib/a.js"), b"1"),
        (member("package/l", kind=tarfile.SYMTYPE, linkname="/etc/passwd"), b""),
        (member("package/h", kind=tarfile.LNKTYPE, linkname="package/lib/a.js"), b""),
    )
    found = read_tarball(data)
    assert sorted(found.files) == ["lib/a.js", "package.json"]
    assert found.links == ("h", "l")


@pytest.mark.parametrize(
    ("manifest", "name", "version"), [({}, "", ""), ({"name": "a", "version": 1}, "a", ""), ({"version": " v1.0.0"}, "", "1.0.0")]
)
def test_what_no_registry_serves_may_have_no_name(manifest: dict[str, object], name: str, version: str) -> None:
    found = read_tarball(tarball({"package.json": json.dumps(manifest).encode()}))
    assert (found.name, found.version) == (name, version)


@pytest.mark.parametrize(
    ("manifest", "files", "scripts"),
    [
        ({"scripts": {"postinstall": "x", "test": "y"}}, {}, ("postinstall",)),
        ({}, {"binding.gyp": b"{}"}, ("node-gyp rebuild",)),
        ({"gypfile": False}, {"binding.gyp": b"{}"}, ()),
        ({"scripts": {"install": "x"}}, {"binding.gyp": b"{}"}, ("install",)),
        ({"scripts": ["x"]}, {}, ()),
    ],
)
def test_what_runs_at_installation(manifest: dict[str, object], files: dict[str, bytes], scripts: tuple[str, ...]) -> None:
    assert read_tarball(tarball(package("demo", files=files, **manifest))).scripts == scripts


def test_equal_members_of_one_name_are_one_and_zeros_behind_the_end_are_nothing() -> None:
    data = packed((member("package/a"), b"1"), (member("package/a"), b"1"))
    assert sorted(read_tarball(data + b"\0" * 100).files) == ["a", "package.json"]
    assert read_tarball(zipped(archive([MANIFEST])[:1024])).name == "demo"  # an archive without an end mark


def pax(text: bytes, kind: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    return member("package/pax", kind=kind), text


def record(key: str, value: str) -> bytes:
    for length in range(5, 999):
        line = f"{length} {key}={value}\n".encode()
        if len(line) == length:
            return line
    raise AssertionError


FILE = (member("package/a"), b"1")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "packed archive ends"),
        (b"no archive", "not a gzip archive"),
        (RAW, "not a gzip archive"),
        (PLAIN[:-1], "packed archive ends"),
        (PLAIN[:-5] + b"\0" * 5, "not a gzip archive, or a broken one"),
        (PLAIN + PLAIN, "bytes behind the end of the packed"),
        (PLAIN + b"x", "bytes behind the end of the packed"),
        (zipped(RAW + RAW), "bytes behind the end of the archive"),
        (zipped(RAW.rstrip(b"\0") + b"\0" * 1024 + b"x" * 512), "bytes behind the end|checksum|not a number|ends inside"),
        (zipped(RAW[:700]), "ends inside a member"),
        (zipped(b""), "no package.json"),
        (zipped(bytes(1024)), "no package.json"),
        (zipped(b"x" + RAW[1:]), "wrong checksum"),
        (packed((member("/etc/passwd"), b"x")), "leads elsewhere"),
        (packed((member("package/../../x"), b"x")), "leads elsewhere"),
        (packed((member("package//x"), b"x")), "leads elsewhere"),
        (packed((member("./package/x"), b"x")), "leads elsewhere"),
        (packed((member("C:/x"), b"x")), "leads elsewhere"),
        (packed((member("package/a\\b"), b"x")), "no file should have"),
        (packed((member("package/a\nb"), b"x")), "no file should have"),
        (packed((member("x"), b"x")), "outside the folder"),
        (packed((member("package/\udcff"), b"x")), "decode differently"),
        (packed((member("package/f", kind=tarfile.FIFOTYPE), b"")), "neither file nor folder"),
        (packed((member("package/d", kind=tarfile.CHRTYPE), b"")), "neither file nor folder"),
        (packed((member("package/s", kind=tarfile.GNUTYPE_SPARSE), b"")), "neither file nor folder"),
        (packed((member("package/a"), b"1"), (member("package/a"), b"2")), "two members of one name"),
        (packed((member("package/package.json"), b"{}")), "two members of one name"),
        (packed((member("package/a"), b"1"), (member("other/a"), b"2")), "two members of one name"),
        (packed((member("package/a"), b"1"), (member("package/a/b"), b"2")), "a file and a folder"),
        (packed(pax(b"junk"), FILE), "an extended header that is none"),
        (packed(pax(b"9 path=a\n"), FILE), "outside the folder"),
        (packed(pax(record("path", "package/b") + record("path", "package/c")), FILE), "path stated twice"),
        (packed(pax(record("path", "package/b")), pax(record("path", "package/c")), FILE), "path stated twice"),
        (packed(pax(record("path", "package/b"), b"g"), FILE), "path of all members"),
        (packed(pax(record("size", "0")), FILE), "two sizes"),
        (packed(pax(record("path", "../b")), FILE), "leads elsewhere"),
        (packed(pax(record("path", "package/b\0c")), FILE), "no file should have"),
        (packed(pax(record("path", "package/b"))), "without a member"),
        (tarball({"index.js": b""}), "no package.json"),
        (tarball({"package.json": b"{"}), "cannot be read"),
        (tarball({"package.json": b"\xff"}), "not valid UTF-8"),
        (tarball({"package.json": b"[" * 9999}), "cannot be read"),
        (tarball({"package.json": b"[]"}), "expected table, found array"),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",
)  # fmt: skip
def test_refuses(data: bytes, why: str) -> None:
    text = refusal(data)
    assert any(part in text for part in why.split("|")), text


def test_bombs_are_refused_before_they_are_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was inflated is counted: a hundredth of what the bomb holds."""
    monkeypatch.setattr(module, "FREE", 2**20)
    inflated = 0
    real = zlib.decompressobj

    class Counting:
        def __init__(self, *arguments: int) -> None:
            self.inner = real(*arguments)

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

        def decompress(self, data: bytes, limit: int) -> bytes:
            nonlocal inflated
            found = self.inner.decompress(data, limit)
            inflated += len(found)
            return found

    bomb = tarball(package("demo", files={"zeros": bytes(100 * 2**20)}))
    monkeypatch.setattr(zlib, "decompressobj", Counting)
    assert "far more than its" in refusal(bomb)
    assert inflated <= module.MAX_RATIO * len(bomb) + 2 * 2**20


def test_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MEMBERS", 3)
    assert "more than 3 members" in refusal(PLAIN)


def test_a_large_extended_header_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HEADER", 10)
    assert "extended header larger" in refusal(packed(pax(record("path", "package/long/name")), FILE))


@given(st.binary(max_size=2000))
@example(b"")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for attempt in (data, zipped(data), zipped(archive([MANIFEST]) + data)):
        try:
            read_tarball(attempt)
        except RefusedError as error:
            assert "\n" not in str(error)


@given(st.integers(0, len(RAW.rstrip(b"\0")) - 1), st.binary(min_size=1, max_size=20))
def test_any_damage_is_read_or_refused(at: int, new: bytes) -> None:
    try:
        found = read_tarball(zipped(RAW[:at] + new + RAW[at + len(new) :]))
    except RefusedError:
        return
    assert not any(name.startswith("/") or ".." in name.split("/") for name in found.files)
