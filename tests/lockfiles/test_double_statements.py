"""What a package-lock.json states twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sbomgate.collectors.lockfiles import double_statements, package_lock
from sbomgate.model import Problem, Setting
from sbomgate.tree import MemoryTree, SourceFile

from .test_package_lock import lock, row

PACKAGES = {f"node_modules/{name}": row(name, engines={"node": ">=1"}, os=["linux", "mac"]) for name in ("a", "b", "c")}
STYLES = [{"indent": 2}, {"indent": 4}, {"indent": "\t"}, {"indent": None}, {"indent": None, "separators": (",", ":")}]


def nouns(text: str) -> list[Any]:
    return list(package_lock.collect(SourceFile(MemoryTree({"package-lock.json": text.encode()}), "package-lock.json")))


def twice(text: str) -> list[tuple[str, str]]:
    return [(noun.what, noun.where) for noun in nouns(text) if isinstance(noun, Problem)]


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_no_key_stands_twice(style: dict[str, Any]) -> None:
    assert twice(json.dumps(lock(PACKAGES), **style)) == []
    assert twice(json.dumps(lock({}), **style)) == []


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize(
    ("key", "again", "where"),
    [
        ('"node_modules/b"', '"node_modules/b": {"version": "6.6.6"}', "packages.node_modules/b"),
        ('"resolved"', '"resolved": "https://evil.example/x.tgz"', "packages.node_modules/a.resolved"),
        ('"packages"', '"packages": {"x": {}}', "packages"),
    ],
)
def test_a_key_that_stands_twice(style: dict[str, Any], key: str, again: str, where: str) -> None:
    text = json.dumps(lock(PACKAGES), **style)
    at = text.index(key)
    ((what, place),) = twice(f"{text[:at]}{again}, {text[at:]}")
    assert what.startswith("duplicate key in line ")
    assert place == where


def test_a_key_that_stands_twice_in_version_1() -> None:
    tree = {"a": {"version": "1.0.0"}}
    text = json.dumps({"lockfileVersion": 1, "dependencies": tree}, indent=2)
    assert twice(text) == []
    ((_, where),) = twice(text.replace('"version"', '"version": "0.0.0", "version"'))
    assert where == "dependencies.a.version"


def contradictions(tree: dict[str, Any], packages: dict[str, Any] = PACKAGES) -> list[str]:
    found = nouns(json.dumps(lock(packages, 2, dependencies=tree), indent=2))
    return [noun.value for noun in found if isinstance(noun, Setting) and noun.kind == double_statements.CONTRADICTION]


def old(name: str, version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    return row(name, version, **more)


@pytest.mark.parametrize(
    ("tree", "fields"),
    [
        ({"a": old("a"), "b": old("b")}, []),
        ({"a": old("a", "2.0.0")}, ["version", "resolved", "integrity"]),
        ({"a": old("a", resolved="https://evil.example/a.tgz")}, ["resolved"]),
        ({"a": old("a", integrity=row("b")["integrity"])}, ["integrity"]),
        ({"a": old("a", integrity=None)}, []),
        ({"only-here": old("only-here")}, []),
        ({"a": {"version": "file:packages/a", "dependencies": {"x": old("x")}}}, []),
        ({"a": {"version": "npm:real@1.0.0"}}, []),
        ({"x": {"version": "1.0.0", "dependencies": {"y": old("y", "9.0.0", resolved=None, integrity=None)}}}, ["version"]),
        ({"a": None, "b": {"version": 1, "dependencies": []}}, []),
    ],
)
def test_halves_that_differ(tree: dict[str, Any], fields: list[str]) -> None:
    packages = PACKAGES | {"node_modules/x": row("x"), "node_modules/x/node_modules/y": row("y")}
    assert [value.split()[1] for value in contradictions(tree, packages)] == fields


def test_a_login_is_in_no_contradiction() -> None:
    found = contradictions({"a": old("a", resolved="https://ada:not-a-real-one@evil.example/a.tgz")})
    assert len(found) == 1
    assert "not-a-real-one" not in found[0]


def test_that_a_long_file_is_not_searched_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_lock, "MAX_SEARCHED", 100)
    assert any(isinstance(noun, str) and "keys that stand twice" in noun for noun in nouns(json.dumps(lock(PACKAGES))))
