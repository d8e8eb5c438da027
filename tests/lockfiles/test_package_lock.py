"""npm lockfiles: what the format says, what hostile ones try, and that npm sees the same packages."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import DATA

from sbomgate.collectors.lockfiles import package_lock
from sbomgate.errors import CollectError
from sbomgate.model import Component, Digest, Location, Origin, Pin, Problem, Setting
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

FIXTURES = DATA / "collectors" / "package-lock"
PATH = "package-lock.json"


def sri(text: str, alg: str = "sha512") -> str:
    return f"{alg}-{base64.b64encode(hashlib.new(alg, text.encode()).digest()).decode()}"


def row(name: str, version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    base = name.rpartition("/")[2]
    found = {
        "version": version,
        "resolved": f"https://registry.example/{name}/-/{base}-{version}.tgz",
        "integrity": sri(f"{name}{version}"),
        **more,
    }
    return {key: value for key, value in found.items() if value is not None}


def lock(packages: dict[str, Any] | None = None, version: Any = 3, **more: Any) -> dict[str, Any]:
    root = {"": {"name": "app", "version": "1.0.0"}} if packages is not None and "" not in packages else {}
    document = {
        "name": "app",
        "version": "1.0.0",
        "lockfileVersion": version,
        "packages": None if packages is None else root | packages,
        **more,
    }
    return {key: value for key, value in document.items() if value is not None}


def nouns(document: Any, path: str = PATH, **others: str) -> list[Any]:
    text = document if isinstance(document, str) else json.dumps(document, indent=2)
    files = {path: text.encode(), **{name: content.encode() for name, content in others.items()}}
    return list(package_lock.collect(SourceFile(MemoryTree(files), path)))


def components(document: Any, **options: Any) -> dict[str, Component]:
    found = nouns(document, **options)
    assert not [noun for noun in found if isinstance(noun, Problem)]
    packages = [noun for noun in found if isinstance(noun, Component)]
    assert len({package.purl for package in packages}) == len(packages)
    return {package.purl: package for package in packages}


def problems(document: Any) -> list[tuple[str, str]]:
    return [(noun.where, noun.what) for noun in nouns(document) if isinstance(noun, Problem)]


def test_a_registry_row_is_read_whole() -> None:
    packages = {"node_modules/@acme/lib": row("@acme/lib", "1.2.3", license="MIT", hasInstallScript=True, dev=True)}
    lib = components(lock(packages))["pkg:npm/%40acme/lib@1.2.3"]
    value = hashlib.sha512(b"@acme/lib1.2.3").hexdigest()
    assert (lib.name, lib.version, lib.pin, lib.origin, lib.scope, lib.install_script) == (
        "@acme/lib",
        "1.2.3",
        Pin.HASHED,
        Origin.LOCKED,
        "dev",
        True,
    )
    assert lib.hashes == lib.artifacts[0].digests == (Digest("sha512", value),)
    assert lib.artifacts[0].url == "https://registry.example/@acme/lib/-/lib-1.2.3.tgz"
    assert lib.artifacts[0].filename == "lib-1.2.3.tgz"
    assert lib.source and (lib.source.kind, lib.source.url) == ("index", "https://registry.example/")
    assert lib.metadata and lib.metadata.license_expression == "MIT"


def test_a_component_of_the_fast_path_is_like_any_other() -> None:
    (lib,) = (item for item in components(lock({"node_modules/a": row("a")})).values() if item.name == "a")
    copy = Component(**{name: getattr(lib, name) for name in Component.__slots__})
    assert copy == lib and hash(copy) == hash(lib) and repr(copy) == repr(lib) and type(lib) is Component
    assert pickle.loads(pickle.dumps(lib)) == lib
    with pytest.raises(AttributeError):
        lib.name = "b"  # type: ignore[misc]


def test_edges_follow_the_resolution_of_node() -> None:
    packages = {
        "": {"name": "app", "version": "1.0.0", "dependencies": {"a": "1", "b": "2"}, "devDependencies": {"d": "*"}},
        "node_modules/a": row("a", dependencies={"b": "^1", "c": "*"}),
        "node_modules/a/node_modules/b": row("b", "1.5.0", dependencies={"c": "*", "absent": "*"}),
        "node_modules/a/node_modules/b/node_modules/c": row("c", "3.0.0"),
        "node_modules/b": row("b", "2.0.0", peerDependencies={"c": "*", "no-such": "*"}, optionalDependencies={"d": "1"}),
        "node_modules/c": row("c"),
        "node_modules/d": row("d", dev=True),
    }
    found = components(lock(packages))
    assert found["pkg:npm/app@1.0.0"].dependencies == ("pkg:npm/a@1.0.0", "pkg:npm/b@2.0.0", "pkg:npm/d@1.0.0")
    assert found["pkg:npm/a@1.0.0"].dependencies == ("pkg:npm/b@1.5.0", "pkg:npm/c@1.0.0")
    assert found["pkg:npm/b@1.5.0"].dependencies == ("pkg:npm/c@3.0.0",)
    assert found["pkg:npm/b@2.0.0"].dependencies == ("pkg:npm/c@1.0.0", "pkg:npm/d@1.0.0")


def test_installs_of_one_version_are_one_component() -> None:
    packages = {
        "node_modules/a": row("a", dependencies={"c": "*"}),
        "node_modules/b": row("b", "2.0.0"),
        "node_modules/b/node_modules/a": row("a", dependencies={"c": "*"}, hasInstallScript=True, dev=True),
        "node_modules/b/node_modules/c": row("c", "2.0.0"),
        "node_modules/c": row("c", "1.0.0"),
    }
    a = components(lock(packages))["pkg:npm/a@1.0.0"]
    assert len(a.locations) == 2 and len(a.artifacts) == 1
    assert a.dependencies == ("pkg:npm/c@1.0.0", "pkg:npm/c@2.0.0")
    assert a.install_script and a.scope == "runtime"


def test_two_installs_with_different_hashes_keep_both() -> None:
    packages = {"node_modules/a": row("a"), "node_modules/b": row("b"), "node_modules/b/node_modules/a": row("a", integrity=sri("other"))}
    a = components(lock(packages))["pkg:npm/a@1.0.0"]
    assert len(a.artifacts) == len(a.hashes) == 2


def test_the_pin_of_several_installs_is_the_loosest() -> None:
    packages = {"node_modules/a": row("a"), "node_modules/b": row("b"), "node_modules/b/node_modules/a": row("a", integrity=None)}
    assert components(lock(packages))["pkg:npm/a@1.0.0"].pin is Pin.EXACT


def test_an_alias_is_the_package_that_it_stands_for() -> None:
    packages = {
        "": {"name": "app", "version": "1.0.0", "dependencies": {"short": "npm:@acme/lib@^1"}},
        "node_modules/short": {**row("@acme/lib"), "name": "@acme/lib"},
    }
    found = components(lock(packages))
    assert found["pkg:npm/%40acme/lib@1.0.0"].properties == ((package_lock.ALIAS, "short"),)
    assert found["pkg:npm/app@1.0.0"].dependencies == ("pkg:npm/%40acme/lib@1.0.0",)


@pytest.mark.parametrize(
    ("resolved", "pin", "kind", "commit"),
    [
        ("git+ssh://git@git.example/a/b.git#" + "a" * 40, Pin.VCS_COMMIT, "vcs", "a" * 40),
        ("git+https://git.example/a/b.git#main", Pin.VCS_REF, "vcs", ""),
        ("git+https://git.example/a/b.git#abc1234", Pin.VCS_REF, "vcs", ""),
        ("git://git.example/a/b.git", Pin.VCS_REF, "vcs", ""),
        ("github:a/b#" + "b" * 40, Pin.VCS_COMMIT, "vcs", "b" * 40),
        ("file:vendor/a-1.0.0.tgz", Pin.PATH, "path", ""),
        ("https://files.example/a.tgz", Pin.URL, "url", ""),
        ("HTTPS://FILES.example/a.tgz", Pin.URL, "url", ""),
        ("https://registry.example/download/a/1.0.0/abcdef", Pin.EXACT, "index", ""),
    ],
)
def test_a_source_that_is_no_registry(resolved: str, pin: Pin, kind: str, commit: str) -> None:
    root = {"name": "app", "version": "1.0.0", "dependencies": {"a": resolved if kind == "url" else "^1"}}
    found = [
        item
        for item in nouns(lock({"": root, "node_modules/a": row("a", resolved=resolved, integrity=None)}))
        if isinstance(item, Component)
    ]
    (a,) = (item for item in found if item.name == "a")
    assert a.source
    assert (a.pin, a.source.kind, a.source.commit) == (pin, kind, commit)
    assert ("?" in a.purl) == (kind in ("vcs", "url"))


def test_a_hash_makes_a_tarball_firm_wherever_it_is_from() -> None:
    root = {"name": "app", "version": "1.0.0", "dependencies": {"a": "https://files.example/a.tgz"}}
    packages = {
        "": root,
        "node_modules/a": row("a", resolved="https://files.example/a.tgz"),
        "node_modules/b": row("b", resolved="file:b.tgz"),
    }
    assert {item.pin for item in components(lock(packages)).values() if item.origin is Origin.LOCKED} == {Pin.HASHED}


@pytest.mark.parametrize(
    ("integrity", "algs", "malformed", "pin"),
    [
        (sri("x", "sha1"), ["sha1"], 0, Pin.EXACT),
        (f"{sri('x', 'sha1')} {sri('x')}", ["sha1", "sha512"], 0, Pin.HASHED),
        (sri("x", "sha256") + "?opt", ["sha256"], 0, Pin.HASHED),
        (sri("x")[:-1], [], 1, Pin.EXACT),
        (sri("x")[:-4], [], 1, Pin.EXACT),
        ("sha512-" + "é" * 88, [], 1, Pin.EXACT),
        ("sha3-AAAA", [], 1, Pin.EXACT),
        ("SHA512-" + sri("x")[7:], [], 1, Pin.EXACT),
        ("", [], 1, Pin.EXACT),
        (f"sha512-!!!! {sri('x')}", ["sha512"], 1, Pin.HASHED),
        (f"{sri('x')} {sri('y')}", ["sha512", "sha512"], 0, Pin.HASHED),
    ],
)
def test_integrity(integrity: str, algs: list[str], malformed: int, pin: Pin) -> None:
    a = components(lock({"node_modules/a": row("a", integrity=integrity)}))["pkg:npm/a@1.0.0"]
    assert [digest.alg for digest in a.hashes] == algs
    assert [name for name, _ in a.properties] == ["sbomgate:integrity-malformed"] * malformed
    assert a.pin is pin


def test_credentials_are_told_once_and_never_shown() -> None:
    secret = "not-a-real-token"
    packages = {
        f"node_modules/{name}": row(name, resolved=f"https://ci:{secret}@registry.example/{name}/-/{name}-1.0.0.tgz") for name in "abc"
    }
    found = nouns(lock(packages))
    assert secret not in repr(found)
    assert [(noun.kind, noun.value) for noun in found if isinstance(noun, Setting)] == [
        ("credentials", f"user and password ({len(secret)} characters)")
    ]
    assert all(
        item.source and item.source.kind == "index" for item in found if isinstance(item, Component) and item.origin is Origin.LOCKED
    )


def test_workspaces_and_links_are_projects() -> None:
    packages = {
        "": {"name": "app", "version": "1.0.0", "workspaces": ["packages/*"], "dependencies": {"out": "file:../out"}},
        "../out": {"name": "out", "version": "5.0.0", "dependencies": {"a": "*"}},
        "node_modules/@app/tool": {"resolved": "packages/tool", "link": True},
        "node_modules/a": row("a"),
        "node_modules/gone": {"resolved": "packages/gone", "link": True},
        "node_modules/out": {"resolved": "../out", "link": True},
        "packages/tool": {"name": "@app/tool", "version": "0.1.0", "devDependencies": {"a": "*"}},
    }
    found = components(lock(packages))
    tool = found["pkg:npm/%40app/tool@0.1.0"]
    assert (tool.origin, tool.pin, tool.dependencies, len(tool.locations)) == (Origin.PROJECT, Pin.PATH, ("pkg:npm/a@1.0.0",), 2)
    assert tool.source and tool.source.url == "packages/tool"
    assert found["pkg:npm/gone"].origin is Origin.PROJECT
    assert found["pkg:npm/out@5.0.0"].dependencies == ()  # node does not look into our node_modules from outside
    assert found["pkg:npm/app@1.0.0"].dependencies == ("pkg:npm/out@5.0.0",)


def test_links_into_a_store_are_edges_only() -> None:
    """`install-strategy=linked`."""
    store = "node_modules/.store/a@1.0.0/node_modules/a"
    found = components(
        lock({"": {"name": "app", "dependencies": {"a": "1"}}, "node_modules/a": {"resolved": store, "link": True}, store: row("a")})
    )
    assert found["pkg:npm/app"].dependencies == ("pkg:npm/a@1.0.0",)
    assert found["pkg:npm/a@1.0.0"].origin is Origin.LOCKED


def test_a_project_is_not_joined_with_a_package_of_its_name() -> None:
    found = [noun for noun in nouns(lock({"node_modules/app": row("app")})) if isinstance(noun, Component)]
    assert [item.origin for item in found] == [Origin.PROJECT, Origin.LOCKED]


@pytest.mark.parametrize(
    ("flags", "scope"),
    [
        ({}, "runtime"),
        ({"dev": True}, "dev"),
        ({"optional": True}, "optional"),
        ({"dev": True, "optional": True}, "dev"),
        ({"devOptional": True}, "optional"),
        ({"peer": True}, "peer"),
        ({"dev": False}, "runtime"),
    ],
)
def test_scope(flags: dict[str, bool], scope: str) -> None:
    assert components(lock({"node_modules/a": row("a", **flags)}))["pkg:npm/a@1.0.0"].scope == scope


def test_bundled_packages_are_marked() -> None:
    inner = components(lock({"node_modules/a": row("a"), "node_modules/a/node_modules/b": {"version": "1.0.0", "inBundle": True}}))[
        "pkg:npm/b@1.0.0"
    ]
    assert inner.properties == (package_lock.BUNDLED,)


def test_the_hidden_lockfile_tells_what_is_installed() -> None:
    found = components({"lockfileVersion": 3, "packages": {"node_modules/a": row("a")}}, path="node_modules/.package-lock.json")
    assert [item.origin for item in found.values()] == [Origin.INSTALLED]


def test_version_1_is_read_as_the_tree_that_it_is() -> None:
    tree = {
        "a": {**row("a"), "requires": {"b": "^1"}, "dependencies": {"b": {**row("b", "1.0.0"), "requires": {"c": "*"}}}},
        "b": {**row("b", "2.0.0"), "dev": True},
        "c": {"version": "npm:real@3.0.0", "integrity": sri("c")},
        "g": {"version": "git+ssh://git@git.example/g.git#" + "c" * 40, "from": "g@git.example", "requires": True},
        "u": {"version": "https://files.example/u.tgz", "integrity": sri("u")},
        "l": {"version": "file:../l"},
        "z": {"version": "1.0.0", "bundled": True},
    }
    document = lock(None, 1, requires=True, dependencies=tree)
    found = components(document)
    assert found["pkg:npm/a@1.0.0"].dependencies == ("pkg:npm/b@1.0.0",)
    assert found["pkg:npm/b@1.0.0"].dependencies == ("pkg:npm/real@3.0.0",)
    assert found["pkg:npm/real@3.0.0"].properties == ((package_lock.ALIAS, "c"),)
    assert {item.name: str(item.pin) for item in found.values()} == {
        "app": "path", "a": "hashed", "b": "hashed", "real": "hashed", "g": "vcs-commit", "u": "hashed", "l": "path", "z": "exact",
    }  # fmt: skip
    assert {item.name: item.source.kind for item in found.values() if item.source} | {} == {
        "app": "path", "a": "index", "b": "index", "g": "vcs", "u": "url", "l": "path",
    }  # fmt: skip
    assert found["pkg:npm/app@1.0.0"].dependencies[:2] == ("pkg:npm/a@1.0.0", "pkg:npm/b@2.0.0")
    text = json.dumps(document, indent=2).splitlines()
    assert '"b": {' in text[found["pkg:npm/b@1.0.0"].locations[0].line - 1]


def test_version_1_takes_the_direct_dependencies_from_package_json() -> None:
    document = lock(None, 1, dependencies={"a": {**row("a"), "requires": {"b": "*"}}, "b": row("b")})
    manifest = json.dumps({"dependencies": {"a": "1", "b": "1", "none": "1"}})
    assert components(document)["pkg:npm/app@1.0.0"].dependencies == ("pkg:npm/a@1.0.0",)
    assert components(document, **{"package.json": manifest})["pkg:npm/app@1.0.0"].dependencies == ("pkg:npm/a@1.0.0", "pkg:npm/b@1.0.0")
    broken = nouns(document, **{"package.json": "{"})
    assert [noun.path for noun in broken if isinstance(noun, Problem)] == ["package.json"]


@pytest.mark.parametrize("version", [4, 0, "3", True, 1.5, []])
def test_an_unknown_version_is_told_and_read(version: Any) -> None:
    found = nouns(lock({"node_modules/a": row("a")}, version))
    assert [noun.where for noun in found if isinstance(noun, Problem)] == ["lockfileVersion"]
    assert "pkg:npm/a@1.0.0" in {noun.purl for noun in found if isinstance(noun, Component)}


@pytest.mark.parametrize("text", ["", "[]", "1", "{", "null", '{"a": 1}', "\xff", '{"packages": {'])
def test_what_is_no_lockfile_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        nouns(text)


def test_a_merge_conflict_is_told_with_its_line() -> None:
    text = json.dumps(lock({"node_modules/a": row("a")}), indent=2).replace('    "node_modules/a"', '<<<<<<< ours\n    "node_modules/a"')
    with pytest.raises(CollectError, match="line 10: merge-conflict marker"):
        nouns(text)


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (7, ""),
        (None, ""),
        ({"version": 7}, ".version"),
        ({"resolved": ["x"]}, ".resolved"),
        ({"integrity": {}}, ".integrity"),
        ({"name": 1.5}, ".name"),
        ({"dependencies": ["b"]}, ".dependencies"),
        ({"peerDependencies": "b"}, ".peerDependencies"),
        ({"optional": "yes"}, ".optional"),
        ({"hasInstallScript": 1}, ".hasInstallScript"),
        ({"link": "yes"}, ".link"),
    ],
)
def test_a_wrong_type_is_told_with_its_place_and_loses_nothing_else(entry: Any, place: str) -> None:
    document = lock({"node_modules/x": entry if not isinstance(entry, dict) else {**row("x"), **entry}, "node_modules/y": row("y")})
    assert [where for where, _ in problems(document)] == [f'packages["node_modules/x"]{place}']
    names = {noun.name for noun in nouns(document) if isinstance(noun, Component)}
    assert names == ({"app", "y"} if not place else {"app", "x", "y"})


def test_a_wrong_type_in_version_1_is_told_with_its_place() -> None:
    tree = {"a": {"version": "1", "dependencies": {"b": {"version": 2}}}, "c": 1, "d": {"version": "1", "dependencies": 3}}
    assert sorted(where for where, _ in problems(lock(None, 1, dependencies=tree))) == [
        'dependencies["a"].dependencies["b"].version', 'dependencies["c"]', 'dependencies["d"].dependencies',
    ]  # fmt: skip


def test_names_of_prototypes_are_names() -> None:
    packages = {f"node_modules/{name}": row(name) for name in ("__proto__", "constructor", "hasOwnProperty")} | {
        "__proto__": {"version": "1"}
    }
    assert {"__proto__", "constructor", "hasOwnProperty"} <= {item.name for item in components(lock(packages)).values()}


@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
def test_lines_are_those_of_the_rows(indent: Any) -> None:
    packages = {f"node_modules/{name}": row(name, dependencies=dict.fromkeys("abc", "*")) for name in "abc"}
    text = json.dumps(lock(packages), indent=indent)
    lines = text.splitlines()
    for item in components(text).values():
        if item.origin is Origin.LOCKED:
            assert f'"node_modules/{item.name}":' in lines[item.locations[0].line - 1]


def test_a_lost_line_loses_no_component() -> None:
    text = json.dumps(lock({f"node_modules/p{i}": row(f"p{i}") for i in range(200)})).replace('": ', '" : ')
    found = components(text)
    assert len(found) == 201
    assert {item.locations for item in found.values()} == {(Location(PATH, 0),)}


def test_deep_and_long_paths_end() -> None:
    deep = "/".join(["node_modules/a"] * 250)
    packages = {
        "/".join(["node_modules/a"] * depth): row("a", f"{depth}.0.0", dependencies={f"x{i}": "*" for i in range(20)})
        for depth in range(1, 250)
    }
    assert len(components(lock(packages))) == 250
    where, what = problems(lock({deep + "b" * 5000: row("a")}))[0]
    assert "path of" in what and len(where) < 200


class Counting(str):
    """A text that counts what is searched in it."""

    __slots__ = ()
    searched = 0

    def find(self, text: str, start: int = 0) -> int:  # type: ignore[override]
        found = str.find(self, text, start)
        Counting.searched += (found if found >= 0 else len(self)) - start
        return found


@pytest.mark.parametrize("replacement", ['":', '" :'])
def test_lines_take_one_pass(replacement: str) -> None:
    """However long the file, the text is gone through a bounded number of times, also where no key is found."""
    text = json.dumps(lock({f"node_modules/p{i}": row(f"p{i}") for i in range(2000)})).replace('":', replacement)
    document = json.loads(text)
    Counting.searched = 0
    package_lock._Reader(SourceFile(MemoryTree({}), PATH), Counting(text), document)._lines(document["packages"])
    assert Counting.searched <= 60 * len(text) if replacement != '":' else Counting.searched <= 2 * len(text)


NAMES = st.sampled_from(["a", "b", "@s/c", "__proto__", "", "..", "a\nb", "\u202e", "node_modules", "\ud800"]) | st.text(max_size=5)
PATHS = st.lists(NAMES, max_size=3).map(lambda names: "/".join(f"node_modules/{name}" for name in names)) | NAMES
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
VERSIONS = st.sampled_from(
    ["1.0.0", "npm:x@1", "npm:", "file:..", "git+ssh://git@h.example/x#main", "https://h.example/x.tgz", sri("x"), "sha512-", ""]
)
TABLES = st.dictionaries(NAMES, VERSIONS | SCALARS, max_size=3)
FIELDS = st.sampled_from(
    ["version", "resolved", "integrity", "name", "link", "dev", "optional", "peer", "inBundle", "bundled", "dependencies", "peerDependencies", "requires",
     "optionalDependencies", "license", "hasInstallScript", "extraneous", "devOptional"]
)  # fmt: skip
ROWS = st.recursive(
    st.dictionaries(FIELDS, VERSIONS | SCALARS | TABLES, max_size=8) | SCALARS,
    lambda inner: st.fixed_dictionaries({"version": VERSIONS, "dependencies": st.dictionaries(NAMES, inner, max_size=3)}),
    max_leaves=6,
)
LOCKS = st.fixed_dictionaries(
    {"lockfileVersion": st.sampled_from([1, 2, 3, 4, None, "x"])},
    optional={
        "packages": st.dictionaries(PATHS, ROWS, max_size=6) | SCALARS,
        "dependencies": st.dictionaries(NAMES, ROWS, max_size=4) | SCALARS,
        "name": SCALARS,
        "version": SCALARS,
    },
)


@settings(max_examples=300, deadline=None)
@given(document=LOCKS)
@example(document={"lockfileVersion": 3, "packages": {"": {}, "node_modules/": {}, "node_modules/a/node_modules/": {"link": True}}})
def test_any_lockfile_is_read_or_refused(document: dict[str, Any]) -> None:
    try:
        found = nouns(json.dumps(document))
    except CollectError:
        return
    purls = set()
    for noun in found:
        assert isinstance(noun, (Component, Problem, Setting))
        if isinstance(noun, Component):
            assert noun.name and noun.purl.startswith("pkg:npm/") and noun.locations
            assert all(type(value) is str for value in (noun.name, noun.version, noun.purl))
            assert noun.dependencies == tuple(sorted(set(noun.dependencies)))
            purls.add(noun.purl)
    assert all(set(noun.dependencies) <= purls for noun in found if isinstance(noun, Component))
    pickle.dumps(found)


def edges_of_npm(node: dict[str, Any], name: str, found: set[tuple[str, str]]) -> None:
    """(parent, child) by name and version as `npm ls` lists them."""
    for child, inner in node.get("dependencies", {}).items():
        if "version" in inner:
            found.add((name, f"{child}@{inner['version']}"))
            edges_of_npm(inner, f"{child}@{inner['version']}", found)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_npm_lists_the_same(version: int) -> None:
    """`npm ls --all --package-lock-only`, written when the fixture was made."""
    folder = FIXTURES / f"npm-v{version}"
    listed: set[tuple[str, str]] = set()
    edges_of_npm(json.loads((folder / "list.json").read_text("utf-8")), "shop@1.0.0", listed)
    found = list(package_lock.collect(SourceFile(FolderTree(str(folder / "input")), PATH)))
    packages = {noun.purl: noun for noun in found if isinstance(noun, Component)}
    aliases = {"ms-alias@2.1.3": "ms@2.1.3", "ms-old@2.0.0": "ms@2.0.0"}
    unlisted: set[str] = set()
    if version == 1:  # no versions of what no registry has: npm takes that of a tarball from its name, and leaves out the others
        aliases["boxed@1.0.0"] = "boxed@"
        unlisted = {"widget@", "shop-link@", "@shop/tool@"}
    wanted = {(aliases.get(a, a), aliases.get(b, b)) for a, b in listed}
    ours = {
        (f"{item.name}@{item.version}", f"{packages[purl].name}@{packages[purl].version}")
        for item in packages.values()
        for purl in item.dependencies
    }
    # npm hangs under the root what no requirement leads to: the workspace's own link
    assert {pair for pair in wanted - ours if pair[0] != "shop@1.0.0"} == set()
    assert {pair for pair in ours - wanted if not unlisted & {*pair}} == set()


@pytest.mark.parametrize("name", ["package-lock", "uv-lock", "requirements"])
def test_no_fixture_names_a_real_host(name: str) -> None:
    for path in (DATA / "collectors" / name).rglob("*"):
        if path.is_file():
            hosts = {
                host.decode().rpartition("@")[2].partition(":")[0]
                for host in re.findall(rb"://([^/\s\"'#?,)]+)", path.read_bytes().replace(b"\0", b""))
            }
            assert {host for host in hosts if not host.endswith(".example")} <= {"localhost", "127.0.0.1", ""}, path
