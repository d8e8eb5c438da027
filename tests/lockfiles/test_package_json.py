"""package.json: what a project asks for, and which lockfile has the last word instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockfiles.npm_cases import Found

from sbomgate.collectors.lockfiles import package_json
from sbomgate.collectors.lockfiles.npm import wanted
from sbomgate.collectors.lockfiles.workspaces import is_member, members
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin, ProjectFile
from sbomgate.tree import MemoryTree


def read(document: Any, path: str = "package.json", **others: str) -> Found:
    return Found(package_json.collect, path, document if isinstance(document, (str, bytes)) else json.dumps(document, indent=2), **others)


PROJECT = {"name": "app", "version": "1.0.0", "dependencies": {"a": "^1.0.0"}}


@pytest.mark.parametrize(
    ("text", "name", "pin", "version", "kind"),
    [
        ("1.2.3", "x", Pin.EXACT, "1.2.3", ""),
        ("=1.2.3-rc.1+b", "x", Pin.EXACT, "1.2.3-rc.1+b", ""),
        (" v1.2.3 ", "x", Pin.EXACT, "1.2.3", ""),
        ("^1", "x", Pin.RANGE, "", ""),
        ("1.2", "x", Pin.RANGE, "", ""),
        (">= 1 < 2", "x", Pin.RANGE, "", ""),
        ("1.x || 2", "x", Pin.RANGE, "", ""),
        ("", "x", Pin.NONE, "", ""),
        ("*", "x", Pin.NONE, "", ""),
        ("x", "x", Pin.NONE, "", ""),
        (">=0", "x", Pin.NONE, "", ""),
        ("latest", "x", Pin.DIST_TAG, "", ""),
        ("next-14", "x", Pin.DIST_TAG, "", ""),
        ("npm:real@1.0.0", "real", Pin.EXACT, "1.0.0", ""),
        ("npm:@s/real@^1", "@s/real", Pin.RANGE, "", ""),
        ("npm:@s/real", "@s/real", Pin.NONE, "", ""),
        ("npm:^1", "x", Pin.RANGE, "", ""),
        ("npm:1.0.0", "x", Pin.EXACT, "1.0.0", ""),
        ("patch:x@npm%3A1.0.0#~/x.patch", "x", Pin.EXACT, "1.0.0", ""),
        ("file:../x", "x", Pin.PATH, "", "path"),
        ("link:x", "x", Pin.PATH, "", "path"),
        ("./x.tgz", "x", Pin.PATH, "", "path"),
        ("~/x", "x", Pin.PATH, "", "path"),
        ("C:\\x", "x", Pin.PATH, "", "path"),
        ("workspace:^", "x", Pin.PATH, "", ""),
        ("workspace:packages/x", "x", Pin.PATH, "", "path"),
        ("catalog:react", "x", Pin.RANGE, "", ""),
        ("user/repo", "x", Pin.VCS_REF, "", "vcs"),
        ("github:user/repo#" + "a" * 40, "x", Pin.VCS_COMMIT, "", "vcs"),
        ("git@git.example:a/b.git", "x", Pin.VCS_REF, "", "vcs"),
        ("https://git.example/a/b.git#v1", "x", Pin.VCS_REF, "", "vcs"),
        ("https://github.com/a/b", "x", Pin.VCS_REF, "", "vcs"),
        ("https://files.example/x.tgz", "x", Pin.URL, "", "url"),
        ("jsr:@std/x@^1", "x", Pin.RANGE, "", ""),
    ],
)
def test_what_a_requirement_means(text: str, name: str, pin: Pin, version: str, kind: str) -> None:
    found = wanted("x", text)
    assert (found.name, found.pin, found.version, found.source.kind if found.source else "") == (name, pin, version, kind)


def test_a_project_without_a_lockfile_is_what_it_asks_for() -> None:
    document = {**PROJECT, "devDependencies": {"a": "2.0.0", "d": "npm:real@1.0.0"}, "optionalDependencies": {"o": "latest"}, "peerDependencies": {"p": "*", "q": "*"}, "peerDependenciesMeta": {"q": {"optional": True}}}  # fmt: skip
    found = read(document)
    assert found.needs("app@1.0.0") == ["a", "o", "p", "real@1.0.0"]
    assert {item.name: (item.scope, item.pin, item.requirement, item.origin) for item in found.packages.values()} == {
        "a": ("runtime", Pin.RANGE, "^1.0.0", Origin.REQUIRED),
        "o": ("optional", Pin.DIST_TAG, "latest", Origin.REQUIRED),
        "p": ("peer", Pin.NONE, "*", Origin.REQUIRED),
        "real": ("dev", Pin.EXACT, "", Origin.REQUIRED),
    }
    assert found.packages["a"].locations[0].line == 5


@pytest.mark.parametrize("lock", package_json.LOCKS)
def test_a_lockfile_beside_it_has_the_last_word(lock: str) -> None:
    found = read(PROJECT, **{lock: ""})
    assert not found.all and found.settings == [("declares-npm", "a ^1.0.0")]


@pytest.mark.parametrize(
    ("around", "path", "governed"),
    [
        ({"package.json": '{"workspaces": ["packages/*"]}', "yarn.lock": ""}, "packages/a/package.json", True),
        ({"package.json": '{"workspaces": {"packages": ["packages/**"]}}', "yarn.lock": ""}, "packages/a/b/package.json", True),
        ({"package.json": '{"workspaces": ["packages/*"]}', "yarn.lock": ""}, "packages/a/b/package.json", False),
        ({"package.json": '{"workspaces": ["packages/*", "!packages/a"]}', "yarn.lock": ""}, "packages/a/package.json", False),
        ({"package.json": '{"workspaces": ["packages/*"]}'}, "packages/a/package.json", False),
        ({"package.json": "{}", "package-lock.json": "{}"}, "examples/a/package.json", False),
        ({"package.json": '{"dependencies": {"a": "file:./vendor/a"}}', "package-lock.json": "{}"}, "vendor/a/package.json", True),
        ({"pnpm-workspace.yaml": "packages:\n  - packages/*\n", "pnpm-lock.yaml": ""}, "packages/a/package.json", True),
        ({"pnpm-workspace.yaml": "packages:\n  - other/*\n", "pnpm-lock.yaml": ""}, "packages/a/package.json", False),
        ({"pnpm-workspace.yaml": "packages: [", "pnpm-lock.yaml": ""}, "packages/a/package.json", True),
        ({"w/package.json": '{"workspaces": ["./a/"]}', "w/bun.lock": "", "package.json": "[]", "yarn.lock": ""}, "w/a/package.json", True),
        ({"package.json": "{", "yarn.lock": ""}, "a/package.json", False),
    ],
)
def test_a_lockfile_around_it_governs_the_members_of_its_workspace(around: dict[str, str], path: str, governed: bool) -> None:
    found = read(PROJECT, path, **around)
    assert bool(found.settings) is governed and bool(found.all) is not governed


def test_a_binary_lockfile_is_told() -> None:
    found = read(PROJECT, "a/package.json", **{"a/bun.lockb": ""})
    assert found.problems == [("", "binary lockfile, which is not read")] and found.settings == [("declares-npm", "a ^1.0.0")]


@pytest.mark.parametrize(
    "document", ["{}", '{"type": "module"}', '{"dependencies": {}}', '{"name": "x", "scripts": {"install": "x"}}', '{"dependencies": []}']
)
def test_a_file_that_asks_for_nothing_is_nothing(document: str) -> None:
    assert not [noun for noun in read(document).nouns if not isinstance(noun, ProjectFile)]


def test_secrets_are_never_shown() -> None:
    secret = "not-a-real-token"
    document = {
        "dependencies": {
            "a": f"git+https://ci:{secret}@git.example/a.git#main",
            "b": f"https://ci:{secret}@files.example/b.tgz?key={secret}",
        }
    }
    for others in ({}, {"yarn.lock": ""}):
        found = read(document, **others)
        assert secret not in repr(found.nouns)
        assert ("credentials", "user and password (16 characters)") in found.settings


@pytest.mark.parametrize("text", ["", "[]", "{", "1", '{"dependencies": {"a": ', "\xff"])
def test_what_is_no_package_json_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        read(text.encode("latin-1"))


@pytest.mark.parametrize(
    ("pattern", "folder", "fits"),
    [
        ("packages/*", "packages/a", True),
        ("packages/*", "packages", False),
        ("./packages/*/", "packages/a", True),
        ("packages/**", "packages/a/b", True),
        ("**/a", "x/y/a", True),
        ("**/a", "a", True),
        ("packages/{a,b}", "packages/b", True),
        ("packages/{a,b}", "packages/c", False),
        ("p?", "pa", True),
        ("a.b", "axb", False),
        ("a{b", "a{b", True),
        ("a", "a", True),
        ("[", "[", True),
    ],
)
def test_patterns_of_workspaces(pattern: str, folder: str, fits: bool) -> None:
    assert is_member(folder, (pattern,)) is fits


def test_members_are_found_on_disk() -> None:
    files = [
        "package.json",
        "p/a/package.json",
        "p/b/readme",
        "p/a/node_modules/x/package.json",
        "p/.c/package.json",
        "q/d/e/package.json",
        "p/x/y/package.json",
    ]
    tree = MemoryTree({f"root/{name}": b"{}" for name in files})
    assert members(tree, "root", ("p/*", "q/**", "!p/none")) == ["p/a", "q/d/e"]
    assert members(tree, "root", ("none/*",)) == [] == members(tree, "root", ())


VALUES = st.recursive(
    st.none() | st.integers() | st.booleans() | st.sampled_from(["", "^1", "npm:", "npm:@", "git+https://x", "file:", "workspace:", "a/b", "patch:", "patch:%40", "#"]) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["", "a", "@s/a", "__proto__", "optional"]) | st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    document=st.dictionaries(
        st.sampled_from(
            [
                "name",
                "version",
                "workspaces",
                "dependencies",
                "devDependencies",
                "optionalDependencies",
                "peerDependencies",
                "peerDependenciesMeta",
            ]
        ),
        VALUES,
    ),
    locked=st.booleans(),
)
def test_any_document_is_collected_or_refused(document: Any, locked: bool) -> None:
    text = json.dumps(document).encode()
    nouns = list(package_json.collect(_file(text, locked)))
    packages = [noun for noun in nouns if isinstance(noun, Component)]
    assert not (locked and packages)
    known = {package.purl for package in packages}
    assert all(set(package.dependencies) <= known for package in packages)


@settings(max_examples=300, deadline=None)
@given(name=st.text(max_size=5), text=st.text(max_size=30))
def test_any_requirement_means_something(name: str, text: str) -> None:
    assert wanted(name, text).pin in Pin


def _file(text: bytes, locked: bool) -> Any:
    from sbomgate.tree import SourceFile

    return SourceFile(MemoryTree({"package.json": text, **({"yarn.lock": b""} if locked else {})}), "package.json")


@pytest.mark.parametrize("piece", ["npm:a@", "patch:a@"])
def test_a_requirement_within_a_requirement_ends(piece: str) -> None:
    assert wanted("x", piece * 50_000).name
