"""Pipfile.lock: sections, sources, lines, and that pipenv lists the same."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from locks import COMMIT, HASH, Lock, documents, facts
from support import DATA

from sbomgate.collectors.lockfiles import pipfile_lock, requirements
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin, Setting
from sbomgate.tree import FolderTree, SourceFile

LOCK = Lock(pipfile_lock, "Pipfile.lock")
CASE = DATA / "collectors" / "pipfile-lock" / "pipenv"
META = {
    "hash": {"sha256": "x"},
    "pipfile-spec": 6,
    "requires": {},
    "sources": [{"name": "main", "url": "https://index.example/simple", "verify_ssl": True}],
}


def text(default: Any = None, *, meta: Any = META, **sections: Any) -> str:
    return json.dumps({"_meta": meta, "default": {} if default is None else default, **sections}, indent=4)


@pytest.mark.parametrize(
    ("row", "pin", "kind", "version"),
    [
        ({"version": "==1.0", "hashes": [HASH]}, Pin.HASHED, "index", "1.0"),
        ({"version": "==1.0", "hashes": ["md5:" + "a" * 32]}, Pin.EXACT, "index", "1.0"),
        ({"version": "===1.0-x"}, Pin.EXACT, "index", "1.0-x"),
        ({"version": "*"}, Pin.NONE, "index", ""),
        ({"version": ">=1"}, Pin.RANGE, "index", ""),
        ({"version": "==1.*"}, Pin.RANGE, "index", ""),
        ({"git": "https://git.example/a", "ref": COMMIT}, Pin.VCS_COMMIT, "vcs", ""),
        ({"git": "https://git.example/a", "ref": "main"}, Pin.VCS_REF, "vcs", ""),
        ({"svn": "https://svn.example/a"}, Pin.VCS_REF, "vcs", ""),
        ({"file": "https://files.example/a-1.0-py3-none-any.whl"}, Pin.URL, "url", "1.0"),
        ({"file": "https://files.example/a-1.0-py3-none-any.whl", "hashes": [HASH]}, Pin.HASHED, "url", "1.0"),
        ({"file": "file:///srv/a-1.0.tar.gz", "hashes": [HASH]}, Pin.HASHED, "path", "1.0"),
        ({"path": "."}, Pin.PATH, "path", ""),
        ({"path": "./a-1.0.tar.gz"}, Pin.PATH, "path", "1.0"),
    ],
)
def test_each_kind_of_source(row: dict[str, Any], pin: Pin, kind: str, version: str) -> None:
    found = LOCK.one(text({"a": row}))
    assert found.source
    assert (found.pin, found.source.kind, found.version) == (pin, kind, version)
    assert found.origin is (Origin.PROJECT if row.get("path") == "." else Origin.LOCKED)


def test_the_index_is_the_named_one_or_the_first() -> None:
    sources = [*META["sources"], {"name": "own", "url": "https://user:pass-word@own.example/simple", "verify_ssl": False}]
    row = {"version": "==1", "hashes": [HASH]}
    nouns = LOCK.nouns(text({"a": row, "b": {**row, "index": "own"}, "c": {**row, "index": "gone"}}, meta={**META, "sources": sources}))
    found = [noun.source.url for noun in nouns if isinstance(noun, Component) and noun.source]
    assert found == ["https://index.example/simple", "https://***@own.example/simple", "https://index.example/simple"]
    assert "pass-word" not in repr(nouns)
    assert [(noun.kind, noun.value) for noun in nouns if isinstance(noun, Setting)] == [
        ("index-url", "https://index.example/simple"), ("credentials", "user and password (9 characters)"),
        ("index-url", "https://***@own.example/simple"), ("trusted-host", "own.example"),
    ]  # fmt: skip


def test_sections_are_scopes_and_a_package_in_two_is_one() -> None:
    row = {"version": "==1", "hashes": [HASH]}
    found = LOCK.components(text({"a": row}, develop={"a": row, "b": row}, docs={"b": row, "c": row}))
    assert {item.name: (item.scope, item.groups, len(item.locations)) for item in found.values()} == {
        "a": ("runtime", (), 2), "b": ("optional", ("develop", "docs"), 2), "c": ("optional", ("docs",), 1),
    }  # fmt: skip
    other = {"version": "==1", "hashes": [HASH.replace("aa", "bb")]}
    assert len([noun for noun in LOCK.nouns(text({"a": row}, develop={"a": other})) if isinstance(noun, Component)]) == 2


def test_lines_are_those_of_the_keys() -> None:
    row = {"version": "==1", "index": "b", "extras": ["b"]}
    document = text({"a": row, "b": row, "é": row}, develop={"default": row, "b": row})
    lines = document.splitlines()
    for item in LOCK.components(document).values():
        for place in item.locations:
            assert lines[place.line - 1].strip().endswith("{")
            assert json.loads(lines[place.line - 1].strip()[:-3]).lower() in (item.name, "é")


def test_what_else_is_kept() -> None:
    found = LOCK.one(
        text({"a": {"path": ".", "editable": True, "extras": ["Y", "x"], "markers": "os_name == 'nt'", "hashes": ["sha256:zz"]}})
    )
    assert dict(found.properties) == {
        "sbomgate:python:editable": "true", "sbomgate:python:extras": "x,y", "sbomgate:python:marker": "os_name == 'nt'",
        "sbomgate:integrity-malformed": "sha256:zz", "cdx:pipenv:category": "default",
    }  # fmt: skip


def test_an_unknown_version_and_a_duplicate_key_are_told() -> None:
    row = '{"version": "==1"}'
    document = f'{{"_meta": {{"pipfile-spec": 7}}, "default": {{"a": {row}, "a": {row}, "b": {row}}}}}'
    assert LOCK.problems(document) == [
        ("a", "stands twice in its table; the last one is read"),
        ("_meta.pipfile-spec", "unknown version 7"),
    ]
    assert LOCK.names(document) == ["a", "b"]


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"lockfileVersion": 3}', '{"default": {}', "<<<<<<< a\n{}", "[" * 100_000, "1" * 10_000]
)
def test_what_is_no_lockfile_is_refused(document: str) -> None:
    with pytest.raises(CollectError):
        LOCK.nouns(document)


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (1, "default.a"),
        ({"version": 1}, "default.a.version"),
        ({"hashes": 1}, "default.a.hashes"),
        ({"hashes": [1]}, "default.a.hashes[0]"),
        ({"git": 1}, "default.a.git"),
        ({"git": "x", "ref": 1}, "default.a.ref"),
        ({"file": 1}, "default.a.file"),
        ({"path": 1}, "default.a.path"),
        ({"index": 1}, "default.a.index"),
        ({"extras": 1}, "default.a.extras"),
        ({"editable": 1}, "default.a.editable"),
        ({"markers": 1}, "default.a.markers"),
    ],
)
def test_a_wrong_type_is_told_with_its_place_and_loses_nothing_else(row: Any, where: str) -> None:
    document = text({"a": row, "b": {"version": "==1"}})
    assert [place for place, _ in LOCK.problems(document)] == [where]
    assert LOCK.names(document) == (["a", "b"] if isinstance(row, dict) else ["b"])


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (text(meta=1), "_meta"),
        (text(meta={"sources": 1}), "_meta.sources"),
        (text(meta={"sources": [1]}), "_meta.sources[0]"),
        (text(meta={"sources": [{"url": 1}]}), "_meta.sources[0].url"),
        (text([]), "default"),
        (text(develop=1), "develop"),
    ],
)
def test_wrong_types_of_the_whole_are_told(document: str, where: str) -> None:
    assert [place for place, _ in LOCK.problems(document)] == [where]


def test_pipenv_lists_the_same() -> None:
    """`pipenv requirements`, written when the fixture was made; it leaves the hashes of archives out."""
    exported = requirements.collect(SourceFile(FolderTree(str(CASE)), "export.txt"))
    theirs = {facts(noun) for noun in exported if isinstance(noun, Component) and not (noun.source and noun.source.kind == "path")}
    locked = pipfile_lock.collect(SourceFile(FolderTree(str(CASE / "input")), "Pipfile.lock"))
    ours = {facts(noun) for noun in locked if isinstance(noun, Component) and noun.source and noun.source.kind != "path"}
    assert ours == theirs
    assert len(ours) > 10


@settings(max_examples=200, deadline=None)
@given(
    document=documents(
        "_meta", "default", "develop", "sources", "name", "url", "version", "hashes", "git", "file", "path", "index", "extras", "__proto__"
    )
)
def test_any_document_is_read(document: Any) -> None:
    document = {"_meta": {}, **document} if isinstance(document, dict) else {"default": document}
    pickle.dumps(LOCK.nouns(json.dumps(document)))
