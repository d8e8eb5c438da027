"""Cached bytecode: what Python would run is compared with its source, and what hostile bytes say is read or refused."""

from __future__ import annotations

import importlib.util
import marshal
import py_compile
import subprocess
import sys
from glob import glob
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import SITE, distribution, environment, write_tree

from sbomgate import scan
from sbomgate.collectors.environment import bytecode, collect, marshalled
from sbomgate.model import FileFact
from sbomgate.tree import FolderTree, MemoryTree, SourceFolder

OWN = sys.version_info[:2]
TAG = f"cpython-{OWN[0]}{OWN[1]}"
OWN_SITE = f"lib/python{OWN[0]}.{OWN[1]}/site-packages"
OTHERS = str(Path.home() / ".pyenv/versions/3.")
INTERPRETERS = sorted({sys.executable, *glob(f"{OTHERS}[89].*/bin/python"), *glob(f"{OTHERS}1?.*/bin/python")})
CONFIG = {"pyvenv.cfg": b"home = /usr/bin\n"}
PLAIN = b"import os\n\ndef home(name='x'):\n    return os.path.join('/', name)\n"
EVIL = b"import os\n\ndef home(name='x'):\n    return os.system('true')\n"
ODD = b"# coding: rot13\nvzcbeg bf\n"
"""A source that is not compared: its encoding hides it."""
MADE_BY = """
import importlib.util, marshal, sys
for text in eval(sys.stdin.read()):
    code = marshal.dumps(compile(text, "x.py", "exec", dont_inherit=True))
    print((importlib.util.MAGIC_NUMBER + bytes(12) + code).hex())
"""
SOURCES = [
    PLAIN,
    b"",
    b"x = 1, -1, 2**70, -(2**70), 1.5, -0.0, 0.0, 1j, True, None, ..., b'a', 'a', '\\u00e9', '\\U0001f600', '\\ud800', (), ((1,), (2, 'b'))\n",
    b"class A:\n    'Doc.'\n    __slots__ = ('__x',)\n    def __init__(self): self.__x = {1: 2 for i in range(3) if i in {1, 'a', 2.0, (3,)}}\n",
    b"def f(a, /, b, *c, d=1, **e):\n    def g():\n        nonlocal b\n        b = a\n        yield from (c, d)\n    return lambda: (g, e, f'{a!r:>{b}} x {c}')\n",
    b"async def f():\n    async with a as b:\n        try:\n            await b\n        except ValueError as error:\n            raise TypeError from error\n        finally:\n            del b\n",
    b"from . import sibling\nfrom .. import *\nimport a.b.c as d\nassert d, 'no'\nx: int = d[1:2, ::3]\n",
    "d\u00e9f = '\u05e2\u05b4'\n\u05e2\u05b4\u05d1 = 1\n".encode(),
    b"x = (" + b"1, " * 3000 + b")\ny = '" + b"a" * 300 + b"'\n",
]


def header(kind: str, source: bytes, time: int = 0) -> bytes:
    """The 16 bytes before the code; `kind`: `time`, `checked` or `unchecked`."""
    if kind == "time":
        return importlib.util.MAGIC_NUMBER + bytes(4) + time.to_bytes(4, "little") + len(source).to_bytes(4, "little")
    return importlib.util.MAGIC_NUMBER + (1 if kind == "unchecked" else 3).to_bytes(4, "little") + importlib.util.source_hash(source)


def cache(source: bytes, kind: str = "time", *, of: bytes | None = None, optimize: int = 0) -> bytes:
    """A cache that claims to be of `of` and has the code of `source`."""
    code = compile(source, "/x/demo.py", "exec", dont_inherit=True, optimize=optimize)
    return header(kind, source if of is None else of) + marshal.dumps(code)


def facts(files: dict[str, bytes], **options: bool) -> list[tuple[str, str]]:
    found = collect(SourceFolder(MemoryTree(files | CONFIG), "", **options))
    chosen = [item for item in found if isinstance(item, FileFact) and item.kind.startswith("bytecode")]
    return [(item.kind, item.path.removeprefix(f"{OWN_SITE}/")) for item in chosen]


def told(files: dict[str, bytes], source: bytes = PLAIN, **options: bool) -> list[tuple[str, str]]:
    """(kind, path) of the facts about bytecode in an environment with `demo.py`, the package `kit`, and `files`."""
    demo = distribution("demo", "1.0", {"demo.py": source, "kit/__init__.py": source, "kit/deep.py": source})
    return facts(environment(demo, extra=files, site=OWN_SITE), **options)


DEMO, DEEP = f"__pycache__/demo.{TAG}.pyc", f"kit/__pycache__/deep.{TAG}.pyc"


class TestEnvironment:
    @pytest.mark.parametrize("kind", ["time", "checked", "unchecked"])
    @pytest.mark.parametrize("path", [DEMO, DEEP, f"kit/__pycache__/__init__.{TAG}.pyc"])
    def test_code_of_the_source_is_nothing(self, kind: str, path: str) -> None:
        assert told({path: cache(PLAIN, kind)}) == []

    @pytest.mark.parametrize("kind", ["time", "checked", "unchecked"])
    def test_other_code_is_told(self, kind: str) -> None:
        assert told({DEMO: cache(EVIL, kind, of=PLAIN)}) == [("bytecode-differs", DEMO)]

    def test_unchecked_cache_is_compared_wherever_it_lies(self) -> None:
        assert told({DEEP: cache(EVIL, "unchecked")}) == [("bytecode-differs", DEEP)]

    def test_stale_cache_is_never_run(self) -> None:
        assert told({DEMO: cache(EVIL + b"#", "time")}) == []
        assert told({DEMO: cache(EVIL, "checked")}) == []

    def test_cache_of_another_version_is_never_run(self) -> None:
        evil = cache(EVIL, of=PLAIN)
        assert told({"__pycache__/demo.cpython-39.pyc": evil, DEMO: b"\0\0\r\n" + evil[4:]}) == []

    def test_cache_without_a_source_is_never_run(self) -> None:
        assert told({f"__pycache__/gone.{TAG}.pyc": cache(EVIL, "unchecked")}) == []

    def test_only_other_instructions_are_told_apart(self) -> None:
        assert told({DEMO: cache(PLAIN.replace(b"'/', name", b"name, '/'"), "unchecked", of=PLAIN)}) == [("bytecode-deviates", DEMO)]

    @pytest.mark.parametrize("level", [1, 2])
    def test_levels_of_optimisation_have_their_own_caches(self, level: int) -> None:
        source = b"'Doc.'\nassert __debug__\n"
        path = f"__pycache__/demo.{TAG}.opt-{level}.pyc"
        assert told({path: cache(source, "unchecked", optimize=level)}, source) == []
        assert told({DEMO: cache(source, "unchecked", optimize=level)}, source) == [("bytecode-differs", DEMO)]

    def test_cut_cache_is_told(self) -> None:
        assert told({DEMO: cache(PLAIN)[:-40]}) == [("bytecode-differs", DEMO)]

    def test_unproven_ones_are_told_once(self) -> None:
        assert told({DEMO: cache(PLAIN, "unchecked"), DEEP: cache(PLAIN, "unchecked")}, ODD) == [("bytecode-unchecked", DEMO)]

    def test_where_content_is_not_verified_bytecode_is_not_read(self) -> None:
        assert told({DEMO: cache(EVIL, of=PLAIN)}, verify=False) == []

    def test_bytes_compared_are_capped_and_the_rest_is_noted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bytecode, "MAX_COMPARED", 0)
        demo = distribution("demo", "1.0", {"a.py": PLAIN, "b.py": PLAIN})
        caches = {f"__pycache__/{name}.{TAG}.pyc": cache(EVIL, of=PLAIN) for name in "ab"}
        files = environment(demo, extra=caches, site=OWN_SITE)
        assert facts(files) == [("bytecode-differs", f"__pycache__/a.{TAG}.pyc")]
        notes = [item for item in collect(SourceFolder(MemoryTree(files), "")) if isinstance(item, str)]
        assert any("1 files of cached bytecode were not compared" in note for note in notes)

    def test_bytecode_without_source_is_code_that_nobody_owns(self) -> None:
        files = environment(distribution("demo", "1.0", {"kit/__init__.py": b""}), extra={"kit/extra.pyc": cache(EVIL)})
        found = [item for item in collect(SourceFolder(MemoryTree(files), "")) if isinstance(item, FileFact)]
        assert [(item.kind, item.path) for item in found] == [("unowned", f"{SITE}/kit/extra.pyc")]


def test_rules_tell_what_was_found(tmp_path: Path) -> None:
    demo = distribution("demo", "1.0", {"demo.py": PLAIN, "odd.py": ODD})
    caches = {DEMO: cache(EVIL, "unchecked"), f"__pycache__/odd.{TAG}.pyc": cache(PLAIN, "unchecked")}
    report = scan(str(write_tree(tmp_path, {**environment(demo, extra=caches, site=OWN_SITE), **CONFIG})))
    assert {(finding.rule, finding.severity.value) for finding in report.findings} == {("SG119", "medium"), ("SG121", "high")}


def test_the_recorded_time_decides(tmp_path: Path) -> None:
    write_tree(tmp_path, {**environment(distribution("demo", "1.0", {"demo.py": PLAIN}), site=OWN_SITE), **CONFIG})
    source, path = tmp_path / OWN_SITE / "demo.py", tmp_path / OWN_SITE / DEMO
    path.parent.mkdir()
    code = marshal.dumps(compile(EVIL, "x", "exec", dont_inherit=True))

    def kinds() -> list[str]:
        return [item.kind for item in collect(SourceFolder(FolderTree(str(tmp_path)), "")) if isinstance(item, FileFact)]

    time = int(source.stat().st_mtime)
    path.write_bytes(header("time", PLAIN, time) + code)
    assert kinds() == ["bytecode-differs"]
    path.write_bytes(header("time", PLAIN, time + 1) + code)
    assert kinds() == []
    py_compile.compile(str(source), cfile=str(path))
    assert kinds() == []


class TestComparison:
    @pytest.mark.parametrize("thorough", [True, False])
    @pytest.mark.parametrize("source", SOURCES)
    def test_own_code_is_equal(self, source: bytes, *, thorough: bool) -> None:
        assert bytecode.difference(cache(source), source, thorough=thorough) == (None, False)

    @pytest.mark.parametrize(
        "other",
        ["import sys", "import os, sys", "os.x", "'x'; x = 1", "x = 1.0", "x = True", "x = 0.0", "x = -0.0", "x = 2 in {1, 'b'}", "def x(): pass", "def x(y): pass", "def x(*, y): pass"],
    )  # fmt: skip
    def test_other_code_is_not(self, other: str) -> None:
        for source in (b"x = 1", b"x = 3", PLAIN):
            assert bytecode.difference(cache(other.encode()), source)[0]

    def test_source_that_does_not_compile_has_no_bytecode(self) -> None:
        assert bytecode.difference(cache(PLAIN), b"def\n") == ("the source cannot be compiled, the bytecode is of something else", True)

    @pytest.mark.parametrize("interpreter", INTERPRETERS)
    def test_code_of_every_version_is_read_and_its_names_are_in_its_source(self, interpreter: str) -> None:
        done = subprocess.run(
            [interpreter, "-I", "-S", "-W", "ignore", "-c", MADE_BY],
            input=repr([*SOURCES, EVIL]),
            capture_output=True,
            text=True,
            check=True,
        )
        *caches, evil = map(bytes.fromhex, done.stdout.split())
        for data, source in zip(caches, SOURCES, strict=True):
            found = marshalled.parse_header(data)
            assert found is not None
            assert found.python is not None
            marshalled.parse_code(data, found.python)
            assert not bytecode.difference(data, source)[0]
        assert bytecode.difference(evil, PLAIN)[1]

    @pytest.mark.parametrize("interpreter", INTERPRETERS)
    def test_hash_of_a_source_is_that_of_every_version(self, interpreter: str) -> None:
        texts = [b"", b"a", bytes(range(256)), b"x" * 1001]
        code = f"import sys, importlib.util as u; print(*sys.version_info[:2], *[u.source_hash(text).hex() for text in {texts}])"
        done = subprocess.run([interpreter, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
        major, minor, *hashes = done.stdout.split()
        assert [bytecode.source_hash(text, (int(major), int(minor))).hex() for text in texts] == hashes


@st.composite
def changed_caches(draw: st.DrawFn) -> bytes:
    """Caches with a few bytes changed."""
    data = bytearray(cache(draw(st.sampled_from(SOURCES[:8]))))
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(16, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200).map(lambda tail: bytes(16) + tail) | changed_caches(), st.sampled_from(sorted(marshalled.MAGIC.values())))
@example(bytes(16) + b"(\xff\xff\xff\x7f", (3, 12))
@example(bytes(16) + b")\x01" * 5000, (3, 12))
@example(bytes(16) + b"l\x00\x00\x00\x80", (3, 12))
@example(bytes(16) + b"\xa9\x01r\x00\x00\x00\x00", (3, 12))
def test_any_bytes_are_code_or_refused(data: bytes, python: tuple[int, int]) -> None:
    try:
        found = marshalled.parse_code(data, python)
    except ValueError as error:
        assert str(error)
    else:
        marshalled.strings(found)


@settings(max_examples=150, deadline=None)
@given(changed_caches(), st.booleans(), st.sampled_from(SOURCES[:8]))
def test_any_change_is_judged(data: bytes, thorough: bool, source: bytes) -> None:
    why, grave = bytecode.difference(data, source, thorough=thorough)
    assert why or not grave


def test_an_object_that_is_referred_to_often_is_looked_at_once() -> None:
    pairs = [b"\xa9\x02r" + number.to_bytes(4, "little") + b"r" + number.to_bytes(4, "little") for number in range(60)]
    constants = b"(" + (len(pairs) + 1).to_bytes(4, "little") + b"\xa9\x00" + b"".join(pairs)
    numbers, nothing = bytes(20), b")\x00"
    body = (
        b"c"
        + numbers
        + b"s\x00\x00\x00\x00"
        + constants
        + nothing
        + nothing
        + b"s\x00\x00\x00\x00"
        + b"z\x01x" * 3
        + bytes(4)
        + b"s\x00\x00\x00\x00" * 2
    )
    assert marshalled.strings(marshalled.parse_code(bytes(16) + body, (3, 12))) == ({"x"}, set())
