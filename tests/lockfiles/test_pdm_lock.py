"""pdm.lock: each generation of the format, sources, rows of one package, and that PDM exports the same."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locks import COMMIT, HASH, Lock, documents, facts
from support import DATA

from sbomgate.collectors.lockfiles import pdm_lock, requirements
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin, Setting
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

LOCK = Lock(pdm_lock, "pdm.lock")
CASE = DATA / "collectors" / "pdm-lock" / "pdm-2"
HEAD = '[metadata]\ngroups = ["default"]\nlock_version = "4.5.0"\ncontent_hash = "sha256:x"\n'
FILES = f'files = [{{file = "a-1.0-py3-none-any.whl", hash = "{HASH}"}}]'


def package(name: str = "a", version: str = "1.0", body: str = FILES) -> str:
    return f'\n[[package]]\nname = "{name}"\n' + (f'version = "{version}"\n' if version else "") + body + "\n"


@pytest.mark.parametrize(
    ("body", "pin", "kind", "origin"),
    [
        (FILES, Pin.HASHED, "index", Origin.LOCKED),
        (f'files = [{{url = "https://files.example/a-1.0.tar.gz", hash = "{HASH}"}}]', Pin.HASHED, "index", Origin.LOCKED),
        ("", Pin.EXACT, "index", Origin.LOCKED),
        (f'git = "https://git.example/a"\nref = "main"\nrevision = "{COMMIT}"', Pin.VCS_COMMIT, "vcs", Origin.LOCKED),
        ('hg = "https://hg.example/a"\nref = "tip"', Pin.VCS_REF, "vcs", Origin.LOCKED),
        (f'url = "https://files.example/a-1.0.zip"\n{FILES}', Pin.HASHED, "url", Origin.LOCKED),
        ('url = "https://files.example/a-1.0.zip"', Pin.URL, "url", Origin.LOCKED),
        (f'url = "file:///${{PROJECT_ROOT}}/a-1.0.zip"\n{FILES}', Pin.HASHED, "path", Origin.LOCKED),
        ('path = "./a"\neditable = true', Pin.PATH, "path", Origin.PROJECT),
        (f'path = "./a-1.0.whl"\n{FILES}', Pin.HASHED, "path", Origin.LOCKED),
    ],
)  # fmt: skip
def test_each_kind_of_source(body: str, pin: Pin, kind: str, origin: Origin) -> None:
    found = LOCK.one(HEAD + package(body=body))
    assert found.source
    assert (found.pin, found.source.kind, found.origin) == (pin, kind, origin)


def test_a_package_with_extras_is_one_component() -> None:
    rows = package("b", body=f'groups = ["default"]\ndependencies = ["a"]\n{FILES}')
    rows += (
        package("b", body=f'extras = ["Socks", "x"]\ngroups = ["web"]\ndependencies = ["b==1.0", "c"]\n{FILES}')
        + package("a")
        + package("c")
    )
    found = LOCK.components(HEAD + rows)["pkg:pypi/b@1.0"]
    assert found.dependencies == ("pkg:pypi/a@1.0", "pkg:pypi/c@1.0")
    assert (found.scope, found.groups, dict(found.properties)["sbomgate:python:extras"]) == ("runtime", (), "socks,x")


def test_files_in_the_old_place() -> None:
    old = f'[metadata]\nlock_version = "4.2"\n[metadata.files]\n"My.A 1.0" = [{{url = "https://files.example/a-1.0.tar.gz", hash = "{HASH}"}}]\n'
    found = LOCK.components(old + package("My.A", body="sections = ['default']") + package("b", body=""))
    assert found["pkg:pypi/my-a@1.0"].pin is Pin.HASHED
    assert found["pkg:pypi/b@1.0"].pin is Pin.EXACT


@pytest.mark.parametrize(
    ("groups", "project", "scope", "named"),
    [
        ("['default', 'dev']", None, "runtime", ()),
        ("['web']", None, "optional", ("web",)),
        ("['web']", "[project.optional-dependencies]\nweb = []", "optional", ("web",)),
        ("['dev']", "[project.optional-dependencies]\nweb = []", "dev", ("dev",)),
        ("['dev']", "[project]\nname = 'x'", "dev", ("dev",)),
        ("['dev']", "[project", "optional", ("dev",)),
        ("[]", None, "runtime", ()),
    ],
)
def test_scope(groups: str, project: str | None, scope: str, named: tuple[str, ...]) -> None:
    others = {} if project is None else {"pyproject.toml": project}
    found = LOCK.one(HEAD + package(body=f"groups = {groups}\n{FILES}"), **others)
    assert (found.scope, found.groups) == (scope, named)


def test_edges_go_to_the_version_that_fits() -> None:
    app = package("app", body='dependencies = ["A[x]>=2; os_name == \'nt\'", "b @ https://files.example/b.whl", "gone", "app[y]"]')
    found = LOCK.components(HEAD + app + package("a") + package("a", "2.0") + package("b"))
    assert found["pkg:pypi/app@1.0"].dependencies == ("pkg:pypi/a@2.0", "pkg:pypi/b@1.0")


def test_what_else_is_kept() -> None:
    found = LOCK.one(HEAD + package(body=f"marker = \"os_name == 'nt'\"\neditable = true\n{FILES.replace(HASH, 'sha256:zz')}"))
    assert dict(found.properties) == {
        "sbomgate:python:marker": "os_name == 'nt'", "sbomgate:python:editable": "true", "sbomgate:integrity-malformed": "sha256:zz",
    }  # fmt: skip


def test_a_login_is_told_and_taken_out() -> None:
    found = LOCK.nouns(HEAD + package(body='git = "https://user:pass-word@git.example/a"'))
    assert "pass-word" not in repr(found)
    assert [noun.value for noun in found if isinstance(noun, Setting)] == ["user and password (9 characters)"]


@pytest.mark.parametrize(("version", "told"), [("5.0", True), ("x", True), ("4.9.9", False), ("3.1", False)])
def test_an_unknown_version_is_told_and_read(version: str, told: bool) -> None:
    text = HEAD.replace("4.5.0", version) + package()
    assert bool(LOCK.problems(text)) == told
    assert LOCK.names(text) == ["a"]


@pytest.mark.parametrize("text", ["", "x", "[tool]\n", HEAD + "<<<<<<< ours\n", "a = " + "[" * 3000])
def test_what_is_no_lockfile_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        LOCK.nouns(text)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("files = 1", "package[0].files"),
        ("files = [1]", "package[0].files[0]"),
        ("files = [{url = 1}]", "package[0].files[0].url"),
        ("files = [{hash = 1}]", "package[0].files[0].hash"),
        ("groups = 1", "package[0].groups"),
        ("extras = [1]", "package[0].extras[0]"),
        ("dependencies = 1", "package[0].dependencies"),
        ("dependencies = [1]", "package[0].dependencies[0]"),
        ("git = 1", "package[0].git"),
        ("path = 1", "package[0].path"),
        ("editable = 1", "package[0].editable"),
        ("marker = 1", "package[0].marker"),
    ],
)
def test_a_wrong_type_is_told_with_its_place_and_loses_nothing_else(body: str, where: str) -> None:
    text = HEAD + package(body=body) + package("b")
    assert [place for place, _ in LOCK.problems(text)] == [where]
    assert LOCK.names(text) == ["a", "b"]


def test_lines_are_those_of_the_headers() -> None:
    text = HEAD + package("a") + package("b")
    lines = text.splitlines()
    assert all(lines[item.locations[0].line - 1] == "[[package]]" for item in LOCK.components(text).values())


def test_pdm_exports_the_same() -> None:
    """`pdm export -G :all`, written when the fixture was made."""
    exported = requirements.collect(SourceFile(FolderTree(str(CASE)), "export.txt"))
    theirs = {facts(noun) for noun in exported if isinstance(noun, Component) and noun.name != "plain"}
    locked = pdm_lock.collect(SourceFile(FolderTree(str(CASE / "input")), "pdm.lock"))
    ours = {facts(noun) for noun in locked if isinstance(noun, Component) and noun.name != "plain"}
    assert ours == theirs
    assert len(ours) > 10


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(documents("version", "extras", "groups", "files", "file", "hash", "git", "url", "path", "dependencies", "marker"), max_size=4),
    metadata=documents("files", "a 1.0", "lock_version"),
)  # fmt: skip
def test_any_document_is_read(rows: list[Any], metadata: Any) -> None:
    document = {"package": [({"name": "a"} | row) if isinstance(row, dict) else row for row in rows], "metadata": metadata}
    found = pdm_lock._Reader(SourceFile(MemoryTree({"f": b""}), "f"), document).read()
    purls = {noun.purl for noun in found if isinstance(noun, Component)}
    assert all(set(noun.dependencies) <= purls for noun in found if isinstance(noun, Component))
    pickle.dumps(found)
