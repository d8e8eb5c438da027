"""What the cache tells, to whom, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SITE, write_tree
from wheels import archive, installed, recorded, sha256, wheel_files

from sbomgate import engine
from sbomgate.custody import artifacts, cache
from sbomgate.custody.wheel import read_wheel
from sbomgate.custody_model import Evidence
from sbomgate.errors import CollectError, UsageError
from sbomgate.model import Digest, Report

MEMBERS = wheel_files(
    "demo",
    "1.0",
    {
        "demo/__init__.py": b"x = 1\n",
        "demo/naïve.py": b"",
        "demo-1.0.data/scripts/run": b"#!python\nimport demo\n",
        "demo-1.0.data/headers/demo.h": b"int x;\n",
        "demo-1.0.data/data/share/demo/a.json": b"{}",
    },
    "[console_scripts]\ndemo = demo.cli:main\n",
)
WHEEL = archive(MEMBERS)
DIGEST = sha256(WHEEL)
KEY = b"k" * cache.MIN_KEY
ENTRY = cache.write_entry(KEY, DIGEST, read_wheel(WHEEL))


class Case:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = installed(MEMBERS, {"demo": "demo.cli:main"})
        self.cache, self.key = root / "cache", root / "config" / "key"
        write_tree(root, {"requirements.txt": f"demo==1.0 --hash=sha256:{DIGEST}\n", "wheels/demo-1.0-py3-none-any.whl": WHEEL})

    def verify(self, *, wheels: bool = False, key: Path | None = None) -> Report:
        write_tree(self.root / "srv" / "env", {"pyvenv.cfg": b"home = /usr/bin\nversion = 3.12.1\n", **self.files})
        folders = [str(self.root / "wheels")] if wheels else []
        lock = str(self.root / "requirements.txt")
        return engine.verify(str(self.root / "srv" / "env"), lock, artifacts=folders, cache=str(self.cache), cache_key=str(key or self.key))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def evidence(report: Report) -> Evidence:
    (one,) = report.inventories[0].custody
    return one


def test_the_next_run_needs_no_artifact(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert evidence(case.verify()).strength == "record"
    read = evidence(case.verify(wheels=True))
    assert (read.strength, read.reason) == ("bytes", "")
    shutil.rmtree(case.root / "wheels")
    monkeypatch.setattr(artifacts, "read_wheel", None)
    report = case.verify()
    one = evidence(report)
    assert one.strength == "bytes"
    assert one.reason.startswith("the artifact was read on 2")
    assert one._replace(reason="") == read
    assert (report.problems, report.exit_code) == ((), 0)
    assert sorted(os.listdir(case.cache)) == [DIGEST]
    assert case.key.stat().st_mode & 0o777 == 0o600


def test_tampering_is_found_through_the_cache(case: Case) -> None:
    case.verify(wheels=True)
    case.files = recorded({**case.files, f"{SITE}/demo/__init__.py": b"import evil\n"}, "demo-1.0.dist-info")
    assert [finding.rule for finding in case.verify().findings] == ["SG345"]


def test_an_entry_that_was_changed_is_a_problem_and_is_not_believed(case: Case) -> None:
    case.verify(wheels=True)
    entry = case.cache / DIGEST
    evil = entry.read_bytes().replace(sha256(b"x = 1\n").encode(), sha256(b"import evil\n").encode())
    assert evil != entry.read_bytes()
    entry.write_bytes(evil)
    case.files = recorded({**case.files, f"{SITE}/demo/__init__.py": b"import evil\n"}, "demo-1.0.dist-info")
    report = case.verify()
    assert evidence(report).strength == "record"
    (problem,) = report.problems
    assert (problem.path, problem.what) == (DIGEST, "entry of the cache that was not written with this key")
    assert report.exit_code == 3
    report = case.verify(wheels=True)  # the artifact says it, and the entry stays to be looked at
    assert [finding.rule for finding in report.findings] == ["SG345"]
    assert report.problems == (problem,)
    assert entry.read_bytes() == evil
    entry.unlink()
    case.verify(wheels=True)
    assert case.verify().problems == ()


def test_an_entry_of_another_key_or_under_another_name(case: Case) -> None:
    case.verify(wheels=True)
    (problem,) = case.verify(key=case.root / "another").problems
    assert "not written with this key" in problem.what
    other = archive(wheel_files("other", "1.0", {}))
    write_tree(case.root, {"requirements.txt": f"demo==1.0 --hash=sha256:{sha256(other)}\n"})
    (case.cache / DIGEST).rename(case.cache / sha256(other))
    (problem,) = case.verify().problems
    assert "under the name of another one" in problem.what


@pytest.mark.parametrize("kind", ["link", "fifo", "large"])
def test_what_is_no_entry(case: Case, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case.verify(wheels=True)
    entry = case.cache / DIGEST
    if kind == "large":
        monkeypatch.setattr(cache, "MAX_ENTRY", 100)
    else:
        entry.unlink()
        entry.symlink_to(case.key) if kind == "link" else os.mkfifo(entry)
    report = case.verify()
    assert (len(report.problems), report.exit_code, evidence(report).strength) == (1, 3, "record")


def test_an_entry_of_another_version_is_written_anew(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(cache, "__version__", "0.0.1")
        case.verify(wheels=True)
    report = case.verify()
    assert (evidence(report).strength, report.problems) == ("record", ())
    case.verify(wheels=True)
    assert evidence(case.verify()).strength == "bytes"


def test_sdists_and_refused_archives_have_no_entry(case: Case) -> None:
    hostile = b"#!/bin/sh\n" + WHEEL
    write_tree(case.root, {"wheels/demo-1.0-py3-none-any.whl": hostile, "requirements.txt": f"demo==1.0 --hash=sha256:{sha256(hostile)}\n"})
    case.verify(wheels=True)
    assert os.listdir(case.cache) == []


def test_a_folder_that_cannot_be_written_is_a_problem(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "replace", refuse)
    (problem,) = case.verify(wheels=True).problems
    assert problem.what == "cannot be written (No space left on device)"


@pytest.mark.skipif(os.name != "posix", reason="modes of Unix")
def test_keys_that_are_none(case: Case) -> None:
    key = case.root / "bad"
    for content, mode, what in ((b"short", 0o600, "not a key"), (b"x" * 5000, 0o600, "not a key"), (b"k" * 64, 0o644, "others can read")):
        key.write_bytes(content)
        key.chmod(mode)
        with pytest.raises(UsageError, match=what):
            case.verify(key=key)
    for path, what in (
        (case.root, "not a key|cannot be used|others can read"),
        (case.cache / "key", "in the cache"),
        (case.root / "wheels" / "x.whl" / "k", "cannot be used"),
    ):
        write_tree(case.root / "wheels", {"x.whl": b""})
        with pytest.raises(UsageError, match=what):
            case.verify(key=path)
    with pytest.raises(UsageError, match="goes with --cache"):
        engine.verify(str(case.root / "srv" / "env"), str(case.root / "requirements.txt"), cache_key="x")


def test_the_key_of_the_user(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(case.root / "xdg"))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache.default_key_file() == str(case.root / "xdg" / "sbomgate" / "cache-key")
    one, two = cache.open_cache(str(case.cache)), cache.open_cache(str(case.cache))
    assert one == two
    assert len(one.key) >= cache.MIN_KEY
    assert one.key.decode() not in repr(one)


def test_what_is_written_is_what_was_read() -> None:
    found = cache.read_entry(KEY, DIGEST, ENTRY)
    assert found is not None
    assert found.wheel == read_wheel(WHEEL)
    assert (found.digests, found.locked) == ((Digest("sha256", DIGEST),), True)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CollectError):
        cache.read_entry(KEY, DIGEST, data)


@settings(deadline=None)
@given(st.integers(0, len(ENTRY) - 1), st.integers(1, 255))
def test_any_changed_byte_is_found(at: int, by: int) -> None:
    with pytest.raises(CollectError):
        cache.read_entry(KEY, DIGEST, ENTRY[:at] + bytes([ENTRY[at] ^ by]) + ENTRY[at + 1 :])


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["sbomgate", "artifact", "read", "wheel", "files", "x"]), inner, max_size=5)
        ),
    )
)
def test_any_document_with_a_right_signature_is_read_or_refused(document: object) -> None:
    """Another program of the same user may sign nonsense; it must not become a crash."""
    body = json.dumps(document).encode()
    with suppress(CollectError):
        assert cache.read_entry(KEY, DIGEST, cache._signature(KEY, body) + b"\n" + body) is None
