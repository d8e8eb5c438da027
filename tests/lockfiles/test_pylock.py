"""pylock.toml: every kind of source, markers of extras and groups, versions, and that pip and uv write what is read."""

from __future__ import annotations

import pickle
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locks import COMMIT, HEX, Lock, documents
from support import DATA

from sbomgate.collectors.lockfiles import pylock
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin, Setting
from sbomgate.tree import MemoryTree, SourceFile

LOCK = Lock(pylock, "pylock.toml")
HEAD = 'lock-version = "1.0"\ncreated-by = "test"\n'
WHEEL = f'wheels = [{{ name = "a-1.0-py3-none-any.whl", url = "https://files.example/a-1.0-py3-none-any.whl", hashes = {{ sha256 = "{HEX}" }} }}]'


def package(name: str = "a", version: str = "1.0", body: str = WHEEL) -> str:
    return f'\n[[packages]]\nname = "{name}"\n' + (f'version = "{version}"\n' if version else "") + body + "\n"


@pytest.mark.parametrize(
    ("body", "pin", "kind", "origin"),
    [
        (WHEEL, Pin.HASHED, "index", Origin.LOCKED),
        ('sdist = { url = "https://files.example/a-1.0.tar.gz", hashes = {} }', Pin.EXACT, "index", Origin.LOCKED),
        (f'sdist = {{ path = "a-1.0.tar.gz", hashes = {{ md5 = "{"a" * 32}" }} }}', Pin.EXACT, "index", Origin.LOCKED),
        (f'sdist = {{ path = "a.tar.gz", hashes = {{ md5 = "{"a" * 32}", sha256 = "{HEX}" }} }}', Pin.HASHED, "index", Origin.LOCKED),
        (f'vcs = {{ type = "git", url = "https://git.example/a", commit-id = "{COMMIT}" }}', Pin.VCS_COMMIT, "vcs", Origin.LOCKED),
        ('vcs = { type = "hg", url = "https://hg.example/a", requested-revision = "tip", commit-id = "7" }', Pin.VCS_REF, "vcs", Origin.LOCKED),
        ('directory = { path = "../a" }', Pin.PATH, "path", Origin.PROJECT),
        (f'archive = {{ url = "https://files.example/a.zip", hashes = {{ sha256 = "{HEX}" }} }}', Pin.HASHED, "url", Origin.LOCKED),
        ('archive = { url = "https://files.example/a.zip" }', Pin.URL, "url", Origin.LOCKED),
        (f'archive = {{ path = "a.whl", hashes = {{ sha512 = "{"b" * 128}" }} }}', Pin.HASHED, "path", Origin.LOCKED),
        ('archive = { url = "file:///srv/a.whl" }', Pin.PATH, "path", Origin.LOCKED),
    ],
)  # fmt: skip
def test_each_kind_of_source(body: str, pin: Pin, kind: str, origin: Origin) -> None:
    found = LOCK.one(HEAD + package(body=body))
    assert found.source
    assert (found.pin, found.source.kind, found.origin) == (pin, kind, origin)
    assert ("?" in found.purl) == (kind in ("vcs", "url"))


def test_artifacts_are_read_whole() -> None:
    body = (
        'index = "https://index.example/simple"\n'
        f'sdist = {{ name = "A-1.0.tar.gz", upload-time = 2024-01-01T00:00:00Z, url = "https://files.example/x", size = 7, hashes = {{ sha256 = "{HEX}" }} }}\n'
        f"{WHEEL}\n"
    )
    found = LOCK.one(HEAD + package(body=body))
    assert [(item.filename, item.size, len(item.digests)) for item in found.artifacts] == [
        ("A-1.0.tar.gz", 7, 1), ("a-1.0-py3-none-any.whl", 0, 1),
    ]  # fmt: skip
    assert found.source == ("index", "https://index.example/simple", "", "")


def test_the_version_of_an_archive_is_in_its_name() -> None:
    body = 'archive = { url = "https://files.example/NAME" }'
    assert LOCK.one(HEAD + package("my-a", "", body.replace("NAME", "My.A-2.0-py3-none-any.whl"))).version == "2.0"
    assert LOCK.one(HEAD + package("my-a", "", body.replace("NAME", "other-2.0-py3-none-any.whl"))).version == ""


@pytest.mark.parametrize(
    ("marker", "scope", "groups"),
    [
        ("sys_platform == 'win32'", "runtime", ()),
        ("'x' in extras", "optional", ("x",)),
        ("'Dev_Test' in dependency_groups", "dev", ("dev-test",)),
        ('"dev" in dependency_groups or "docs" in dependency_groups', "dev", ("dev", "docs")),
        ("'base' in dependency_groups", "runtime", ()),
        ("'base' in dependency_groups and 'x' in extras", "optional", ("x",)),
        ("'dev' in dependency_groups or 'x' in extras", "optional", ("dev", "x")),
        ("python_version < '3.9' and ('dev' in dependency_groups or 'x' not in extras)", "runtime", ()),
        ("os_name == 'nt' or 'dev' in dependency_groups and 'x' in extras", "runtime", ()),
        ("'x' not in extras and 'dev' in dependency_groups", "dev", ("dev", "x")),
        ("(('x' in extras))", "optional", ("x",)),
        ("'x' not  in extras", "runtime", ()),
    ],
)
def test_scope_is_what_the_marker_leaves(marker: str, scope: str, groups: tuple[str, ...]) -> None:
    quoted = marker.replace('"', '\\"')
    found = LOCK.one(HEAD + 'default-groups = ["base"]\n' + package(body=f'marker = "{quoted}"\n{WHEEL}'))
    assert (found.scope, found.groups) == (scope, groups)
    assert dict(found.properties)["sbomgate:python:marker"] == marker


@pytest.mark.parametrize("marker", ["extras", "'x' in extras and 'y' in", "in extras 'x'", "'x' in extras 'y'", "extras ~", "'x in extras"])
def test_what_is_no_marker_is_told(marker: str) -> None:
    text = HEAD + package(body=f'marker = "{marker}"\n{WHEEL}')
    assert [where for where, _ in LOCK.problems(text)] == ["packages[0].marker"]
    assert LOCK.names(text) == ["a"]


def test_edges_name_what_they_need_to() -> None:
    app = package(
        "app", body='dependencies = [{ name = "a", version = "2.0" }, { name = "B" }, { name = "gone" }]\ndirectory = { path = "." }'
    )
    found = LOCK.components(
        HEAD + app + package("a") + package("a", "2.0") + package("b", body=f'dependencies = [{{ name = "a" }}]\n{WHEEL}')
    )
    assert found["pkg:pypi/app@1.0"].dependencies == ("pkg:pypi/a@2.0", "pkg:pypi/b@1.0")
    assert found["pkg:pypi/b@1.0"].dependencies == ("pkg:pypi/a@1.0", "pkg:pypi/a@2.0")


def test_who_attested_is_kept_unverified() -> None:
    body = WHEEL + '\n[[packages.attestation-identities]]\nkind = "Forge"\nrepository = "acme/a"\nworkflow = "release.yml"'
    assert (
        dict(LOCK.one(HEAD + package(body=body)).properties)["sbomgate:python:attested-by"]
        == "Forge repository=acme/a workflow=release.yml"
    )


def test_editable_and_commit() -> None:
    found = LOCK.one(HEAD + package(body='directory = { path = "a", editable = true }'))
    assert ("sbomgate:python:editable", "true") in found.properties
    body = f'vcs = {{ type = "git", url = "ssh://git@git.example/a", requested-revision = "v1", commit-id = "{COMMIT}" }}'
    assert LOCK.one(HEAD + package(body=body)).source == ("vcs", "git+ssh://git@git.example/a", "v1", COMMIT)


def test_a_login_is_told_and_taken_out() -> None:
    found = LOCK.nouns(HEAD + package(body=WHEEL.replace("https://", "https://user:pass-word@")))
    assert "pass-word" not in repr(found)
    assert [noun.value for noun in found if isinstance(noun, Setting)] == ["user and password (9 characters)"]


def test_lines_are_those_of_the_headers() -> None:
    text = HEAD + package("a") + package("b")
    lines = text.splitlines()
    assert all(lines[item.locations[0].line - 1] == "[[packages]]" for item in LOCK.components(text).values())


@pytest.mark.parametrize("version", ['"2.0"', '"0.9"', '"1"', '"x"', "1.0", '"1.0.0"', '""'])
def test_another_major_version_is_refused(version: str) -> None:
    with pytest.raises(CollectError) as caught:
        LOCK.nouns(f"lock-version = {version}\n" + package())
    assert caught.value.where == "lock-version"


def test_a_later_minor_version_is_told_and_read() -> None:
    found = LOCK.nouns('lock-version = "1.9"\n' + package())
    assert [type(noun) for noun in found] == [str, Component]


@pytest.mark.parametrize("text", ["", "x", "packages = []", HEAD + "<<<<<<< ours\n", "a = " + "[" * 3000])
def test_what_is_no_lockfile_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        LOCK.nouns(text)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("wheels = 1", "packages[0].wheels"),
        ("wheels = [1]", "packages[0].wheels[0]"),
        ("wheels = [{ url = 1 }]", "packages[0].wheels[0].url"),
        ("sdist = { hashes = 1 }", "packages[0].sdist.hashes"),
        ("sdist = { hashes = { sha256 = 1 } }", "packages[0].sdist.hashes.sha256"),
        ("vcs = { commit-id = 1 }", "packages[0].vcs.commit-id"),
        ("vcs = 1", "packages[0].vcs"),
        ('directory = { path = ".", editable = 1 }', "packages[0].directory.editable"),
        ("archive = []", "packages[0].archive"),
        ("archive = { url = 1 }", "packages[0].archive.url"),
        (WHEEL + "\nmarker = 1", "packages[0].marker"),
        (WHEEL + "\nindex = 1", "packages[0].index"),
        (WHEEL + "\ndependencies = 1", "packages[0].dependencies"),
        (WHEEL + "\ndependencies = [1]", "packages[0].dependencies[0]"),
        (WHEEL + "\ndependencies = [{ name = 1 }]", "packages[0].dependencies[0].name"),
        (WHEEL + "\nattestation-identities = [1]", "packages[0].attestation-identities[0]"),
        ("", "packages[0]"),
        (WHEEL + '\nvcs = { url = "https://git.example/a" }', "packages[0]"),
    ],
)
def test_a_wrong_type_is_told_with_its_place_and_loses_nothing_else(body: str, where: str) -> None:
    text = HEAD + package(body=body) + package("b")
    assert {place for place, _ in LOCK.problems(text)} == {where}
    assert LOCK.names(text) == ["a", "b"]


@pytest.mark.parametrize("text", ["[[packages]]\nversion = '1'\n", "[[packages]]\nname = 1\n"])
def test_a_package_without_a_name_is_told(text: str) -> None:
    assert [place for place, _ in LOCK.problems(HEAD + text + package("b"))] == ["packages[0].name"]


def test_packages_must_be_there() -> None:
    assert LOCK.problems(HEAD) == [("packages", "missing, expected array")]
    assert LOCK.problems(HEAD + "packages = 1") == [("packages", "expected array, found integer")]


@pytest.mark.parametrize("case", ["uv/input/pylock.toml", "pip/input/pylock.pip.toml"])
def test_the_reference_reads_the_same(case: str) -> None:
    """`packaging.pylock`, the reference implementation of PEP 751."""
    from packaging.pylock import Pylock

    text = (DATA / "collectors" / "pylock" / case).read_text("utf-8")
    theirs = []
    for item in Pylock.from_dict(tomllib.loads(text)).packages:
        files = [file for file in (item.sdist, *(item.wheels or ()), item.archive) if file is not None]
        theirs.append(
            (item.name, {(alg, value) for file in files for alg, value in file.hashes.items()}, item.vcs.commit_id if item.vcs else "")
        )
    ours = [(item.name, set(map(tuple, item.hashes)), item.source.commit if item.source else "") for item in LOCK.components(text).values()]
    assert ours == theirs


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(documents("name", "version", "vcs", "directory", "archive", "sdist", "wheels", "url", "path", "hashes", "sha256", "marker", "dependencies"), max_size=4),
    groups=documents(),
)  # fmt: skip
def test_any_document_is_read(rows: list[Any], groups: Any) -> None:
    document = {"packages": [({"name": "a"} | row) if isinstance(row, dict) else row for row in rows], "default-groups": groups}
    found = pylock._Reader(SourceFile(MemoryTree({"f": b""}), "f"), document).read()
    purls = {noun.purl for noun in found if isinstance(noun, Component)}
    assert all(set(noun.dependencies) <= purls for noun in found if isinstance(noun, Component))
    pickle.dumps(found)


@settings(max_examples=200, deadline=None)
@given(
    marker=st.lists(
        st.sampled_from(["'a'", "in", "not in", "extras", "dependency_groups", "and", "or", "(", ")", "==", "os_name"]), max_size=12
    ).map(" ".join)
)
def test_any_marker_is_judged_or_told(marker: str) -> None:
    terms = pylock._parsed(marker)
    assert terms is None or pylock._holds(terms, frozenset({"a"}), frozenset()) in (True, False)
