"""bun.lock: what it says, what hostile ones try, and that Bun sees the same packages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockfiles.npm_cases import Found, sri
from support import DATA, bounded

from sbomgate.collectors.lockfiles import bun_lock
from sbomgate.collectors.lockfiles.npm import ALIAS, BUNDLED, PATCH
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

FIXTURES = DATA / "collectors" / "bun-lock"


def read(document: Any, **others: str) -> Found:
    text = document if isinstance(document, (str, bytes)) else json.dumps(document, indent=2)
    return Found(bun_lock.collect, "bun.lock", text, **others)


def lock(packages: dict[str, Any], root: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"lockfileVersion": 1, "workspaces": {"": {"name": "app", **(root or {})}}, "packages": packages, **more}


def row(locator: str, **info: Any) -> list[Any]:
    return [locator, "", info, sri(locator)]


def test_bun_lists_the_same_packages() -> None:
    """The listing has the tree as Bun would install it; a name in it is the place, not the package."""
    listed = set()
    for line in (FIXTURES / "bun-1" / "list.txt").read_text("utf-8").splitlines()[1:]:
        name, _, version = line.lstrip("│├└─ ").rpartition("@")
        if name.startswith("widget"):
            name, version = "widget", ""
        elif name.startswith("is-number"):
            version = "7.0.0"
        elif name.startswith("boxed"):
            version = ""
        listed.add((name.removeprefix("ms-").replace("alias", "ms").replace("old", "ms"), version))
    file = SourceFile(FolderTree(str(FIXTURES / "bun-1" / "input")), "bun.lock")
    ours = {(item.name, item.version) for item in bun_lock.collect(file) if isinstance(item, Component) and item.origin is Origin.LOCKED}
    listed = {(name, version) for name, version in listed if "workspace:" not in version and name != "shop-link"}
    assert ours == listed | {("fsevents", "2.3.3")}  # not listed where it cannot run


def test_a_row_is_read_whole() -> None:
    text = json.dumps(lock({"@acme/lib": row("@acme/lib@1.2.3")}), indent=2).replace("\n    }\n", ",\n    },\n", 1)
    lib = read(text).packages["%40acme/lib@1.2.3"]
    assert (lib.name, lib.version, lib.pin, lib.locations[0].line) == ("@acme/lib", "1.2.3", Pin.HASHED, 9)
    assert lib.hashes == lib.artifacts[0].digests and not lib.source


@pytest.mark.parametrize(
    ("row_", "expected"),
    [
        (["a@1.0.0", "https://registry.example/a/-/a-1.0.0.tgz", {}, sri("x")], (Pin.HASHED, "index", "https://registry.example/", "")),
        (["a@1.0.0", "https://registry.example/", {}], (Pin.EXACT, "index", "https://registry.example/", "")),
        (["a@https://files.example/a.tgz", {}], (Pin.URL, "url", "https://files.example/a.tgz", "")),
        (["a@https://files.example/a.tgz", {}, sri("x")], (Pin.HASHED, "url", "https://files.example/a.tgz", "")),
        (["a@https://registry.example/a/-/a-1.0.0.tgz", {}], (Pin.EXACT, "index", "https://registry.example/", "")),
        (["a@vendor/a.tgz", {}], (Pin.PATH, "path", "vendor/a.tgz", "")),
        (
            ["a@git+ssh://git@git.example/a.git#" + "a" * 40, {}, "a" * 40],
            (Pin.VCS_COMMIT, "vcs", "git+ssh://git@git.example/a.git", "a" * 40),
        ),
        (["a@github:user/a#abc1234", {}, "user-a-abc1234"], (Pin.VCS_REF, "vcs", "github:user/a", "")),
        (["a@github:user/a#abc1234", {}, "user-a-abc1234", sri("x")], (Pin.HASHED, "vcs", "github:user/a", "")),
    ],
)
def test_sources(row_: list[Any], expected: tuple[Pin, str, str, str]) -> None:
    (found,) = read(lock({"a": row_})).packages.values()
    assert found.source
    assert (found.pin, found.source.kind, found.source.url, found.source.commit) == expected


def test_edges_follow_the_places() -> None:
    packages = {
        "@w/b": ["@w/b@workspace:packages/b"],
        "@w/b/c": row("c@3.0.0"),
        "a": row("a@1.0.0", dependencies={"c": "*", "@s/d": "*"}, peerDependencies={"missing": "*"}),
        "a/@s/d": row("@s/d@2.0.0", dependencies={"c": "*"}, optionalDependencies={"o": "*"}),
        "a/@s/d/c": row("c@2.0.0", bundled=True),
        "@s/d": row("@s/d@1.0.0"),
        "c": row("c@1.0.0"),
        "o": row("o@1.0.0"),
        "short": row("real@1.0.0"),
    }
    document = lock(
        packages,
        {"dependencies": {"a": "1"}, "devDependencies": {"short": "npm:real@1"}},
        patchedDependencies={"c@1.0.0": "patches/c.patch"},
    )
    document["workspaces"]["packages/b"] = {"name": "@w/b", "version": "1.0.0", "dependencies": {"c": "3", "a": "1"}}
    found = read(document)
    assert not found.problems
    assert found.needs("app") == ["a@1.0.0", "real@1.0.0"] and found.needs("%40w/b@1.0.0") == ["a@1.0.0", "c@3.0.0"]
    assert found.needs("a@1.0.0") == ["%40s/d@2.0.0", "c@1.0.0"] and found.needs("%40s/d@2.0.0") == ["c@2.0.0", "o@1.0.0"]
    assert found.packages["c@2.0.0"].properties == (BUNDLED,) and found.packages["c@1.0.0"].properties == ((PATCH, "patches/c.patch"),)
    assert found.packages["real@1.0.0"].properties == ((ALIAS, "short"),)
    assert [found.packages[name].scope for name in ("c@2.0.0", "o@1.0.0", "real@1.0.0")] == ["runtime", "optional", "dev"]


def test_settings_and_credentials() -> None:
    secret = "not-a-real-token"
    packages = {name: [f"{name}@1.0.0", f"https://ci:{secret}@registry.example/{name}/-/{name}-1.0.0.tgz", {}] for name in "ab"}
    found = read(lock(packages, overrides={"a": "1.0.0"}, trustedDependencies=["a"]))
    assert secret not in repr(found.nouns)
    assert found.settings == [("credentials", "user and password (16 characters)"), ("override", "a: 1.0.0"), ("trusted-scripts", "a")]


def test_comments_and_trailing_commas_are_of_the_format() -> None:
    text = '{ // by hand\n  "lockfileVersion": 1,\n  "packages": {\n    "a": ["a@1.0.0", "", {}, ""], /* , } */\n    "b": ["b@1.0.0, ]", "", {},],\n  },\n}\n'
    found = read(text)
    assert [package.locations[0].line for package in found.packages.values()] == [4, 5]


def test_a_conflict_is_told_and_both_sides_are_read() -> None:
    text = json.dumps(lock({"a": row("a@1.0.0")}), indent=2)
    lines = text.split("\n")
    at = next(index for index, line in enumerate(lines) if '"a": [' in line)
    entry = lines[at : at + 6]
    other = [line.replace("1.0.0", "2.0.0") for line in entry]
    text = "\n".join([*lines[:at], "<<<<<<< a", *entry, "=======", *other, ">>>>>>> b", *lines[at + 6 :]])
    nouns = list(bun_lock.collect(SourceFile(MemoryTree({"bun.lock": text.encode()}), "bun.lock")))
    assert {noun.version for noun in nouns if isinstance(noun, Component) and noun.name == "a"} == {"1.0.0", "2.0.0"}


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"packages": {', "bun"])
def test_what_is_no_bun_lock_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        read(text)


VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["", "a@1.0.0", "@s/a@1", "a@workspace:x", "a@github:b/c#d", "a@https://x.example/a.tgz", "sha512-x", "a@", "@"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["", "a", "a/b", "@s/a", "a/@s/b", "/", "@", "dependencies", "peerDependencies", "name", "version", "__proto__"]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    document=st.dictionaries(
        st.sampled_from(["lockfileVersion", "workspaces", "packages", "overrides", "patchedDependencies", "trustedDependencies"]), VALUES
    )
)
def test_any_document_is_collected_or_refused(document: Any) -> None:
    try:
        found = read(document)
    except CollectError:
        return
    known = set(found.all)
    assert all(set(package.dependencies) <= known for package in found.all.values())


def test_many_rows_are_read_in_linear_time() -> None:
    count = 20_000
    packages = {f"p{i}": row(f"p{i}@1.0.0", dependencies={f"p{(i * 7) % count}": "*"}) for i in range(count)}
    packages |= {"/".join(["a"] * min(i, 900)) + f"/{i}": row("deep@1.0.0", dependencies={"none": "*"}) for i in range(count // 10)}
    text = json.dumps(lock(packages), indent=2)
    with bounded():
        read(text)
