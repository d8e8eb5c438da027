"""pnpm-lock.yaml: what its three forms say, what hostile ones try, and that pnpm sees the same packages."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockfiles.npm_cases import Found, labels, sri
from support import DATA, bounded

from sbomgate.collectors.lockfiles import pnpm_lock
from sbomgate.collectors.lockfiles.npm import ALIAS, PATCH, sides
from sbomgate.errors import CollectError
from sbomgate.model import Component, Digest, Origin, Pin
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

FIXTURES = DATA / "collectors" / "pnpm-lock"
LISTED = sorted(FIXTURES.glob("*/list.json"))


def read(text: str | bytes, **others: str) -> Found:
    return Found(pnpm_lock.collect, "pnpm-lock.yaml", text, **others)


def lock(packages: str = "", snapshots: str = "", importers: str = "", **more: str) -> str:
    parts = {"importers": importers, "packages": packages, "snapshots": snapshots, **more}
    return "lockfileVersion: '9.0'\n" + "".join(f"\n{name}:\n{text}" for name, text in parts.items() if text)


def row(key: str, resolution: str = "", more: str = "") -> str:
    return f"\n  '{key}':\n    resolution: {resolution or '{integrity: ' + sri(key) + '}'}\n{more}"


def listed(tree: list[dict[str, Any]]) -> tuple[set[str], dict[str, set[str]]]:
    """Packages and edges in what `pnpm ls -r --json --depth Infinity` prints."""
    names: set[str] = set()
    edges: dict[str, set[str]] = {}
    pending: list[tuple[str, dict[str, Any], bool]] = [("", project, True) for project in tree]
    while pending:
        parent, node, is_project = pending.pop()
        own = f"{node['name']}@{node['version']}" if is_project else parent
        for table in ("dependencies", "devDependencies", "optionalDependencies"):
            for name, inner in node.get(table, {}).items():
                version = inner["version"]
                if version.startswith(("link:", "file:")) and "resolved" not in inner and not version.endswith(".tgz"):
                    continue
                label = f"{inner.get('from', name)}@{version}"
                names.add(label)
                edges.setdefault(own, set()).add(label)
                pending.append((label, inner, False))
    return names, edges


@pytest.mark.parametrize("path", LISTED, ids=lambda path: path.parts[-2])
def test_pnpm_lists_the_same_packages(path: Path) -> None:
    """What pnpm shows by an address, we show by the version that stands in the row; what it could not install, it leaves out."""
    names, _ = listed(json.loads(path.read_text("utf-8")))
    file = SourceFile(FolderTree(str(path.parent / "input")), "pnpm-lock.yaml")
    ours = labels(noun for noun in pnpm_lock.collect(file) if isinstance(noun, Component) and noun.origin is Origin.LOCKED)
    by_address = {name for name in names if name.startswith(("widget@", "boxed@"))}
    assert names - by_address <= ours
    assert ours - names <= {"fsevents@2.3.3", "boxed@1.0.0", "widget@0.3.0"}
    assert len(by_address) == 2


def test_there_are_listings() -> None:
    assert len(LISTED) >= 4


def test_a_row_is_read_whole() -> None:
    text = lock(row("@acme/lib@1.2.3", more="    engines: {node: '>=8'}\n    hasBin: true\n"), "\n  '@acme/lib@1.2.3': {}\n")
    lib = read(text).packages["%40acme/lib@1.2.3"]
    assert (lib.name, lib.version, lib.pin, lib.origin, lib.scope) == ("@acme/lib", "1.2.3", Pin.HASHED, Origin.LOCKED, "runtime")
    assert [(place.path, place.line) for place in lib.locations] == [("pnpm-lock.yaml", 5)]
    assert lib.hashes == lib.artifacts[0].digests and isinstance(lib.hashes[0], Digest)
    copy = Component(**{name: getattr(lib, name) for name in Component.__slots__})
    assert copy == lib and hash(copy) == hash(lib) and type(lib) is Component
    assert pickle.loads(pickle.dumps(lib)) == lib


def test_lines_are_the_same_with_the_library() -> None:
    text = lock(row("a@1.0.0") + row("b@1.0.0"), "\n  a@1.0.0: {}\n\n  b@1.0.0: {}\n")
    tagged = text.replace("lockfileVersion: '9.0'", "lockfileVersion: !!str '9.0'")
    assert read(text).all == read(tagged).all


@pytest.mark.parametrize(
    ("key", "resolution", "expected"),
    [
        ("a@1.0.0", "{integrity: " + sri("x", "sha1") + "}", (Pin.EXACT, "", "", "")),
        ("a@1.0.0", f"{{integrity: {sri('x')}, tarball: https://registry.example/a/-/a-1.0.0.tgz}}", (Pin.HASHED, "index", "https://registry.example/", "")),
        ("a@1.0.0", "{tarball: https://registry.example/down/a/1.0.0/x}", (Pin.EXACT, "index", "https://registry.example/", "")),
        ("a@https://files.example/a.tgz", "{tarball: https://files.example/a.tgz}", (Pin.URL, "url", "https://files.example/a.tgz", "")),
        ("a@https://files.example/a.tgz", f"{{integrity: {sri('x')}, tarball: https://files.example/a.tgz}}", (Pin.HASHED, "url", "https://files.example/a.tgz", "")),
        ("a@file:a.tgz", "{tarball: file:a.tgz}", (Pin.PATH, "path", "a.tgz", "")),
        ("a@file:a", "{directory: ./a, type: directory}", (Pin.PATH, "path", "a", "")),
        ("a@git+ssh://git@git.example/a/b.git#" + "a" * 40, "{commit: " + "a" * 40 + ", repo: ssh://git@git.example/a/b.git, type: git}",
         (Pin.VCS_COMMIT, "vcs", "git+ssh://git@git.example/a/b.git", "a" * 40)),
        ("a@https://codeload.git.example/a/b/tar.gz/" + "b" * 40, "{tarball: https://codeload.git.example/a/b/tar.gz/" + "b" * 40 + "}",
         (Pin.VCS_COMMIT, "vcs", "git+https://git.example/a/b", "b" * 40)),
        ("a@1.0.0", "{}", (Pin.EXACT, "", "", "")),
    ],
)  # fmt: skip
def test_sources(key: str, resolution: str, expected: tuple[Pin, str, str, str]) -> None:
    (found,) = read(lock(row(key, resolution, "    version: 1.0.0\n"))).packages.values()
    source = found.source
    assert (found.pin, source.kind if source else "", source.url if source else "", source.commit if source else "") == expected
    assert (found.name, found.version) == ("a", "1.0.0")


def test_peers_are_edges_and_their_variants_one_component() -> None:
    packages = row("a@1.0.0") + row("peer@1.0.0") + row("peer@2.0.0")
    snapshots = """
  a@1.0.0(peer@1.0.0):
    dependencies:
      peer: 1.0.0

  a@1.0.0(peer@2.0.0):
    dependencies:
      peer: 2.0.0

  peer@1.0.0: {}

  peer@2.0.0: {}
"""
    found = read(lock(packages, snapshots))
    assert found.needs("a@1.0.0") == ["peer@1.0.0", "peer@2.0.0"]
    assert not found.problems


def test_version_6_and_5_name_their_rows_otherwise() -> None:
    six = f"""lockfileVersion: '6.0'
dependencies:
  '@s/a':
    specifier: ^1.0.0
    version: 1.0.0(p@2.0.0)(q@3.0.0)
packages:
  /@s/a@1.0.0(p@2.0.0)(q@3.0.0):
    resolution: {{integrity: {sri("a")}}}
    dependencies:
      p: 2.0.0
      short: /q@3.0.0
  /p@2.0.0:
    resolution: {{integrity: {sri("p")}}}
    optional: true
  /q@3.0.0:
    resolution: {{integrity: {sri("q")}}}
    requiresBuild: true
    dev: true
"""
    five = six.replace("'6.0'", "5.4").replace("(p@2.0.0)(q@3.0.0)", "_p@2.0.0+q@3.0.0")
    for name, version in (("@s/a", "1.0.0"), ("p", "2.0.0"), ("q", "3.0.0")):
        five = five.replace(f"/{name}@{version}", f"/{name}/{version}")
    for text in (six, five):
        found = read(text)
        assert not found.problems
        assert found.needs("%40s/a@1.0.0") == ["p@2.0.0", "q@3.0.0"] and found.needs("project") == ["%40s/a@1.0.0"]
        assert found.packages["q@3.0.0"].properties == ((ALIAS, "short"),)
        assert found.packages["q@3.0.0"].install_script and found.packages["q@3.0.0"].scope == "dev"
        assert found.packages["p@2.0.0"].scope == "optional"


def test_scopes_of_version_9_follow_from_the_edges() -> None:
    importers = """
  .:
    dependencies:
      a:
        specifier: ^1
        version: 1.0.0
    devDependencies:
      d:
        specifier: ^1
        version: 1.0.0
    optionalDependencies:
      o:
        specifier: ^1
        version: 1.0.0
"""
    packages = "".join(row(f"{name}@1.0.0") for name in ("a", "b", "d", "e", "m", "o", "p", "unused"))
    snapshots = """
  a@1.0.0:
    dependencies:
      b: 1.0.0
    optionalDependencies:
      m: 1.0.0
  b@1.0.0: {}
  d@1.0.0:
    dependencies:
      b: 1.0.0
      e: 1.0.0
  e@1.0.0: {}
  m@1.0.0: {}
  o@1.0.0:
    dependencies:
      p: 1.0.0
  p@1.0.0: {}
  unused@1.0.0: {}
"""
    found = read(lock(packages, snapshots, importers))
    scopes = {package.name: package.scope for package in found.packages.values()}
    assert scopes == {
        "a": "runtime", "b": "runtime", "d": "dev", "e": "dev", "m": "optional", "o": "optional", "p": "optional", "unused": "runtime",
    }  # fmt: skip


def test_patches_and_overrides_are_told() -> None:
    more = {"overrides": "  a: 1.0.0\n", "patchedDependencies": "  a@1.0.0:\n    hash: abc\n    path: patches/a.patch\n"}
    found = read(lock(row("a@1.0.0"), "\n  a@1.0.0(patch_hash=abc): {}\n", **more))
    assert found.packages["a@1.0.0"].properties == ((PATCH, "patches/a.patch"),)
    assert found.settings == [("override", "a: 1.0.0")]


def test_workspaces_and_links_are_projects() -> None:
    importers = """
  .: {}

  packages/a:
    dependencies:
      b:
        specifier: workspace:*
        version: link:../b
      out:
        specifier: link:../../../out
        version: link:../../../out

  packages/b: {}
"""
    found = read(lock(importers=importers), **{"packages/b/package.json": '{"name": "@w/b", "version": "2.0.0"}', "package.json": "[]"})
    assert found.needs("a") == ["%40w/b@2.0.0", "out"]
    assert set(found.projects) == {"project", "a", "%40w/b@2.0.0", "out"}
    assert not found.problems


def test_credentials_are_told_once_and_never_shown() -> None:
    secret = "not-a-real-token"
    rows = "".join(row(f"{name}@1.0.0", f"{{tarball: https://ci:{secret}@registry.example/{name}/-/{name}-1.0.0.tgz}}") for name in "abc")
    found = read(lock(rows))
    assert secret not in repr(found.nouns)
    assert found.settings == [("credentials", "user and password (16 characters)")]


def test_a_conflict_is_told_and_both_sides_are_read() -> None:
    text = lock(
        "<<<<<<< ours\n"
        + row("a@1.0.0")
        + "||||||| base\n"
        + row("a@0.9.0")
        + "=======\n"
        + row("a@2.0.0")
        + ">>>>>>> theirs\n"
        + row("b@1.0.0")
    )
    nouns = list(pnpm_lock.collect(SourceFile(MemoryTree({"pnpm-lock.yaml": text.encode()}), "pnpm-lock.yaml")))
    assert {noun.purl for noun in nouns if isinstance(noun, Component)} >= {"pkg:npm/a@1.0.0", "pkg:npm/a@2.0.0", "pkg:npm/b@1.0.0"}
    assert "a@0.9.0" not in repr(nouns)
    assert [(noun.where, noun.what) for noun in nouns if not isinstance(noun, Component)] == [
        ("line 4", "merge-conflict marker; both sides were read")
    ]


@given(st.lists(st.sampled_from(["<<<<<<< a", "=======", ">>>>>>> b", "||||||| c", "x", ""]), max_size=20))
def test_sides_keep_their_lines(lines: list[str]) -> None:
    assert all(side.count("\n") == "\n".join(lines).count("\n") for side in sides("\n".join(lines)))


@pytest.mark.parametrize("text", ["", "text", "- a\n", "a: b\n", "packages: [\n", "a: &a [*a]\n", "\x00"])
def test_what_is_no_pnpm_lockfile_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        read(text)


def test_a_file_that_was_cut_says_so() -> None:
    text = lock(row("a@1.0.0") + row("b@1.0.0"), "\n  a@1.0.0:\n    dependencies:\n      b: 1.0.0\n      c: 1.0.0\n")
    assert read(text).problems == [('snapshots["a@1.0.0"].dependencies.c', "leads to no row of the file: it was cut or changed by hand")]


def test_an_alias_bomb_is_refused() -> None:
    text = "a: &a0 {x: y}\n" + "".join(f"b{i}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]\n" for i in range(10)) + "lockfileVersion: '9.0'\n"
    with pytest.raises(CollectError):
        read(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["1.0.0", "link:../x", "file:x", "/a/1.0.0", "a@1.0.0(b@1)", "", ")", "(", "@", "__proto__"]) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "lockfileVersion", "importers", ".", "packages", "snapshots", "dependencies", "optionalDependencies", "devDependencies", "resolution", "integrity", "tarball",
            "type", "repo", "commit", "directory", "variants", "version", "name", "a@1.0.0", "/a/1.0.0", "/a@1.0.0(b@1)", "host.example/a/1.0.0", "overrides", "patchedDependencies",
            "packages/a", "../..", "__proto__", "constructor", "", "optional", "dev",
        ]),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    document=st.dictionaries(
        st.sampled_from(["lockfileVersion", "importers", "packages", "snapshots", "dependencies", "overrides", "patchedDependencies"]),
        VALUES,
    )
)
def test_any_document_is_collected_or_refused(document: Any) -> None:
    try:
        found = read(json.dumps(document))  # JSON is YAML
    except CollectError:
        return
    known = set(found.all)
    assert all(set(package.dependencies) <= known - {purl} for purl, package in found.all.items())
    assert all(package.locations for package in found.all.values())


def test_many_rows_are_read_in_linear_time() -> None:
    count = 20_000
    text = lock(
        "".join(row(f"p{i}@1.0.0") for i in range(count)),
        "".join(f"\n  p{i}@1.0.0:\n    dependencies:\n      p{(i * 7) % count}: 1.0.0\n" for i in range(count)),
    )
    with bounded():
        read(text)
