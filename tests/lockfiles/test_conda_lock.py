"""conda-lock.yml: artifacts of conda and pip, platforms, categories, and hostile YAML."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locks import COMMIT, Lock, documents
from support import DATA

from sbomgate.collectors.lockfiles import conda_lock
from sbomgate.errors import CollectError
from sbomgate.model import Component, Pin, Problem, Setting
from sbomgate.tree import FolderTree, SourceFile

LOCK = Lock(conda_lock, "conda-lock.yml")
SHA = "a" * 64
MD5 = "b" * 32


def row(name: str = "a", version: str = "1.0", **others: Any) -> dict[str, Any]:
    url = f"https://conda.example/conda-forge/linux-64/{name}-{version}-h1_0.conda"
    base = {"name": name, "version": version, "manager": "conda", "platform": "linux-64", "dependencies": {}, "url": url}
    return {**base, "hash": {"md5": MD5, "sha256": SHA}, "category": "main", "optional": False, **others}


def text(*rows: Any, version: Any = 1, **others: Any) -> str:
    document = {
        "version": version,
        "metadata": {"channels": [{"url": "conda-forge", "used_env_vars": []}]},
        "package": list(rows),
        **others,
    }
    return json.dumps(document, indent=1)  # JSON is YAML


def test_a_package_of_conda() -> None:
    found = LOCK.one(text(row()))
    assert found.purl == "pkg:conda/a@1.0?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda"
    assert (found.ecosystem, found.pin, found.source) == ("conda", Pin.HASHED, ("index", "https://conda.example/conda-forge", "", ""))
    assert {(digest.alg, digest.value) for digest in found.hashes} == {("md5", MD5), ("sha256", SHA)}
    assert found.properties == (("sbomgate:conda:platform", "linux-64"),)


@pytest.mark.parametrize(
    ("others", "purl", "pin"),
    [
        ({"hash": {"md5": ""}}, "pkg:conda/a@1.0?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda", Pin.EXACT),
        ({"hash": {"md5": MD5}}, "pkg:conda/a@1.0?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda", Pin.EXACT),
        ({"url": "https://conda.example/main/noarch/a-1.0-py_0.tar.bz2"}, "pkg:conda/a@1.0?build=py_0&channel=main&subdir=noarch&type=tar.bz2", Pin.HASHED),
        ({"url": "https://conda.example/main/noarch/other.conda", "build": "h7"}, "pkg:conda/a@1.0?build=h7&channel=main&subdir=noarch&type=conda", Pin.HASHED),
        ({"manager": "pip", "name": "My.A", "url": "https://files.example/my_a-1.0.tar.gz"}, "pkg:pypi/my-a@1.0", Pin.HASHED),
        ({"manager": "pip", "url": f"git+https://git.example/a@{COMMIT}"}, f"pkg:pypi/a@1.0?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa%40{COMMIT}", Pin.VCS_COMMIT),
        ({"manager": "pip", "url": "git+ssh://git@git.example/a"}, "pkg:pypi/a@1.0?vcs_url=git%2Bssh:%2F%2Fgit%40git.example%2Fa", Pin.VCS_REF),
        ({"version": 9, "url": "x"}, "pkg:conda/a@9", Pin.HASHED),
    ],
)  # fmt: skip
def test_each_kind_of_row(others: dict[str, Any], purl: str, pin: Pin) -> None:
    found = LOCK.one(text(row(**others)))
    assert (found.purl, found.pin) == (purl, pin)


def test_an_empty_hash_is_none() -> None:
    """Early versions of conda-lock wrote `md5: ''` for `__osx` and its like, which stand for the system."""
    assert LOCK.one(text(row(hash={"md5": ""}))).properties == (("sbomgate:conda:platform", "linux-64"),)


def test_categories_of_one_package_are_one_component() -> None:
    found = LOCK.components(text(row(category="dev"), row(category="docs"), row("b", category="dev"), row("b"), row("c", category="dev")))
    assert {item.name: (item.scope, item.groups, len(item.locations)) for item in found.values()} == {
        "a": ("optional", ("dev", "docs"), 2), "b": ("runtime", (), 2), "c": ("dev", ("dev",), 1),
    }  # fmt: skip


def test_edges_stay_on_their_platform_and_may_lead_from_pip_to_conda() -> None:
    other = row(platform="osx-arm64", url="https://conda.example/conda-forge/osx-arm64/a-1.0-h2_0.conda")
    pip = row("p", manager="pip", dependencies={"A": ">=1", "Q.q": "", "__glibc": "", "gone": ""}, url="https://files.example/p.whl")
    found = LOCK.components(
        text(row(), other, row("b", dependencies={"a": ">=1"}), pip, row("q-q", manager="pip", url="https://files.example/q.whl"))
    )
    assert found["pkg:pypi/p@1.0"].dependencies == (
        "pkg:conda/a@1.0?build=h1_0&channel=conda-forge&subdir=linux-64&type=conda",
        "pkg:pypi/q-q@1.0",
    )
    assert len(next(item for item in found.values() if item.name == "b").dependencies) == 1


def test_lines_are_those_of_the_rows() -> None:
    document = "version: 1\nmetadata: {}\npackage:\n- name: a\n  version: '1'\n\n- name: b\n  version: '1'\n"
    assert [item.locations[0].line for item in LOCK.components(document).values()] == [4, 7]


def test_channels_are_told_and_logins_taken_out() -> None:
    found = LOCK.nouns(text(metadata={"channels": [{"url": "https://user:pass-word@conda.example/t"}, "main", 1]}))
    assert "pass-word" not in repr(found)
    assert [(noun.kind, noun.value) for noun in found if isinstance(noun, Setting)] == [
        ("credentials", "user and password (9 characters)"), ("channel", "https://***@conda.example/t"), ("channel", "main"),
    ]  # fmt: skip
    assert [noun.where for noun in found if isinstance(noun, Problem)] == ["metadata.channels[2]"]


@pytest.mark.parametrize("version", [2, "1", None, True])
def test_an_unknown_version_is_told_and_read(version: Any) -> None:
    document = text(row(), version=version)
    assert [where for where, _ in LOCK.problems(document)] == ["version"]
    assert LOCK.names(document) == ["a"]


def test_duplicate_keys_and_documents_are_told() -> None:
    document = "version: 1\npackage:\n- name: a\n  version: '1'\n  version: '2'\n---\nb: 1\n"
    assert LOCK.problems(document) == [
        ("", "2 documents in one file; the first one is read"),
        ("package[0].version", "stands twice in its table (line 5); the last one is read"),
    ]
    assert [noun.version for noun in LOCK.nouns(document) if isinstance(noun, Component)] == ["2"]


@pytest.mark.parametrize(
    "document", ["", "a", "[]", "lockfileVersion: 9", "package: [", "version: 1\n<<<<<<< ours\npackage: []\n", "package: *x", "[" * 100_000]
)
def test_what_is_no_lockfile_is_refused(document: str) -> None:
    with pytest.raises(CollectError):
        LOCK.nouns(document)


@pytest.mark.parametrize(
    ("others", "where"),
    [
        ({"name": 1}, "name"), ({"version": []}, "version"), ({"manager": 1}, "manager"), ({"manager": "apt"}, "manager"), ({"platform": 1}, "platform"),
        ({"url": 1}, "url"), ({"hash": 1}, "hash"), ({"hash": {"md5": 1}}, "hash.md5"), ({"category": 1}, "category"), ({"dependencies": []}, "dependencies"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_told_with_its_place_and_loses_nothing_else(others: dict[str, Any], where: str) -> None:
    document = text(row(**others), row("b"))
    assert [place for place, _ in LOCK.problems(document)] == [f"package[0].{where}"]
    assert LOCK.names(document) == (["b"] if where == "name" else ["a", "b"])


def test_a_row_that_is_none_is_told() -> None:
    assert LOCK.problems(text(1, row())) == [("package[0]", "expected table, found integer")]
    assert LOCK.problems("version: 1\npackage: 1\n") == [("package", "expected array, found integer")]


def test_conda_lock_renders_the_same() -> None:
    """`conda-lock render -k explicit`, written when the fixture was made: the files for one platform, those of pip as comments."""
    case = DATA / "collectors" / "conda-lock" / "conda-lock-4"
    theirs = set()
    for path in case.glob("list-conda-*.txt"):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("# pip "):
                name, _, url = line.removeprefix("# pip ").partition(" @ ")
                theirs.add((name, url.partition("#")[0]))
            elif "://" in line:
                url = line.partition("#")[0]
                theirs.add((url.rpartition("/")[2].rsplit("-", 2)[0], url))
    found = conda_lock.collect(SourceFile(FolderTree(str(case / "input")), "conda-lock.yml"))
    ours = set()
    for item in (noun for noun in found if isinstance(noun, Component)):
        source = item.source
        if source and source.kind == "vcs":
            ours.add((item.name, f"{source.url}@{source.commit}"))
        ours |= {(item.name, artifact.url) for artifact in item.artifacts}
    assert ours == theirs
    assert len(theirs) == 8


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(documents("name", "version", "manager", "pip", "platform", "url", "hash", "md5", "sha256", "category", "dependencies"), max_size=4),
    metadata=documents("channels", "url"),
)  # fmt: skip
def test_any_document_is_read(rows: list[Any], metadata: Any) -> None:
    found = LOCK.nouns(text(*[({"name": "a"} | row) if isinstance(row, dict) else row for row in rows], metadata=metadata))
    purls = {noun.purl for noun in found if isinstance(noun, Component)}
    assert all(set(noun.dependencies) <= purls for noun in found if isinstance(noun, Component))
    pickle.dumps(found)
