"""poetry.lock: each generation of the format, sources, groups and extras, and that Poetry exports the same."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locks import COMMIT, HASH, HEX, Lock, documents, facts
from support import DATA

from sbomgate.collectors.lockfiles import poetry_lock, requirements
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin, Setting
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

LOCK = Lock(poetry_lock, "poetry.lock")
CASE = DATA / "collectors" / "poetry-lock" / "poetry-2"
END = '\n[metadata]\nlock-version = "2.1"\npython-versions = ">=3.9"\ncontent-hash = "x"\n'
FILES = f'files = [{{file = "a-1.0-py3-none-any.whl", hash = "{HASH}"}}]'


def package(name: str = "a", version: str = "1.0", body: str = FILES) -> str:
    return f'\n[[package]]\nname = "{name}"\nversion = "{version}"\noptional = false\n{body}\n'


@pytest.mark.parametrize(
    ("body", "pin", "kind", "origin"),
    [
        (FILES, Pin.HASHED, "index", Origin.LOCKED),
        ("files = []", Pin.EXACT, "index", Origin.LOCKED),
        ('files = [{file = "a.whl"}]', Pin.EXACT, "index", Origin.LOCKED),
        (f'{FILES}\n[package.source]\ntype = "legacy"\nurl = "https://index.example/simple"\nreference = "x"', Pin.HASHED, "index", Origin.LOCKED),
        (f'[package.source]\ntype = "git"\nurl = "https://git.example/a"\nreference = "v1"\nresolved_reference = "{COMMIT}"', Pin.VCS_COMMIT, "vcs", Origin.LOCKED),
        ('[package.source]\ntype = "git"\nurl = "https://git.example/a"\nreference = "main"', Pin.VCS_REF, "vcs", Origin.LOCKED),
        (f'{FILES}\n[package.source]\ntype = "url"\nurl = "https://files.example/a.whl"', Pin.HASHED, "url", Origin.LOCKED),
        ('[package.source]\ntype = "url"\nurl = "https://files.example/a.whl"', Pin.URL, "url", Origin.LOCKED),
        (f'{FILES}\n[package.source]\ntype = "file"\nurl = "vendor/a.whl"', Pin.HASHED, "path", Origin.LOCKED),
        ('[package.source]\ntype = "directory"\nurl = "../a"', Pin.PATH, "path", Origin.PROJECT),
    ],
)  # fmt: skip
def test_each_kind_of_source(body: str, pin: Pin, kind: str, origin: Origin) -> None:
    found = LOCK.one(package(body=body) + END)
    assert found.source
    assert (found.pin, found.source.kind, found.origin) == (pin, kind, origin)


def test_files_in_the_place_of_version_1() -> None:
    old = f"""
[metadata]
lock-version = "1.1"
[metadata.files]
A = [{{file = "a-1.0.tar.gz", hash = "{HASH}"}}, {{file = "a-2.0-py3-none-any.whl", hash = "{HASH.replace("aa", "bb")}"}}, {{file = "odd.zip", hash = "{HASH}"}}]
b = []
"""
    found = LOCK.components(package("a", body="") + package("a", "2.0", body="") + package("b", body="") + old)
    assert [item.filename for item in found["pkg:pypi/a@1.0"].artifacts] == ["a-1.0.tar.gz", "odd.zip"]
    assert [item.filename for item in found["pkg:pypi/a@2.0"].artifacts] == ["a-2.0-py3-none-any.whl", "odd.zip"]
    assert found["pkg:pypi/b@1.0"].pin is Pin.EXACT
    alone = LOCK.one(package("a", body="") + old.replace("b = []\n", ""))
    assert len(alone.artifacts) == 3  # of one version there is nothing to tell apart


def test_hashes_in_the_place_of_0_12() -> None:
    found = LOCK.one(package(body="category = 'main'") + f'\n[metadata]\ncontent-hash = "x"\n[metadata.hashes]\na = ["{HEX}", "short"]\n')
    assert (found.pin, [digest.value for digest in found.hashes], found.artifacts) == (Pin.HASHED, [HEX], ())
    assert found.properties == (("cdx:poetry:group", "main"), ("sbomgate:integrity-malformed", "sha256:short"))


@pytest.mark.parametrize(
    ("body", "scope", "groups"),
    [
        ("category = 'main'", "runtime", ()),
        ("category = 'dev'", "dev", ("dev",)),
        ("", "runtime", ()),
        ("groups = ['main', 'dev']", "runtime", ()),
        ("groups = ['docs', 'dev']", "dev", ("dev", "docs")),
        ("groups = []", "runtime", ()),
    ],
)
def test_scope_of_each_generation(body: str, scope: str, groups: tuple[str, ...]) -> None:
    found = LOCK.one(package(body=f"{body}\n{FILES}") + END)
    assert (found.scope, found.groups) == (scope, groups)
    assert {value for name, value in found.properties if name == "cdx:poetry:group"} >= set(groups)


def test_extras_name_what_they_bring_in() -> None:
    def optional(name: str, body: str = "") -> str:
        return package(name, body=body).replace("optional = false", "optional = true")

    text = (
        package("app", body='[package.dependencies]\nshared = "*"') + package("shared")
        + optional("web", "[package.dependencies]\nlow = {version = '*'}\nshared = '*'") + optional("low") + optional("orphan")
        + "\n[extras]\nhttp = ['Web']\nall = ['web', 'shared', 'gone', 1]\n"
    )  # fmt: skip
    found = {item.name: (item.scope, item.groups) for item in LOCK.components(text + END).values()}
    assert found == {
        "app": ("runtime", ()), "shared": ("runtime", ()), "web": ("optional", ("all", "http")), "low": ("optional", ("all", "http")),
        "orphan": ("optional", ()),
    }  # fmt: skip


def test_edges_go_to_the_version_that_fits() -> None:
    text = (
        package("app", body='[package.dependencies]\nA = [{version = "^1.0", python = "<3.10"}, {version = ">=3", python = ">=3.10"}]\nb = ">=1"\ngone = "*"')
        + package("a") + package("a", "2.0") + package("a", "3.1") + package("b", body='[package.dependencies]\na = "^9"')
    )  # fmt: skip
    found = LOCK.components(text + END)
    assert found["pkg:pypi/app@1.0"].dependencies == ("pkg:pypi/a@1.0", "pkg:pypi/a@3.1", "pkg:pypi/b@1.0")
    assert len(found["pkg:pypi/b@1.0"].dependencies) == 3  # none fits: any of them may be meant


def test_markers_of_both_shapes() -> None:
    one = LOCK.one(package(body=f"markers = \"os_name == 'nt'\"\n{FILES}") + END)
    assert one.properties == (("sbomgate:python:marker", "os_name == 'nt'"),)
    two = LOCK.one(package(body=f'markers = {{main = "os_name == \'nt\'", dev = "x"}}\n{FILES}') + END)
    assert [value for _, value in two.properties] == ["dev: x", "main: os_name == 'nt'"]


def test_develop_is_editable_and_logins_are_told() -> None:
    found = LOCK.one(package(body='develop = true\n[package.source]\ntype = "directory"\nurl = "a"') + END)
    assert ("sbomgate:python:editable", "true") in found.properties
    nouns = LOCK.nouns(package(body='[package.source]\ntype = "legacy"\nurl = "https://user:pass-word@index.example/simple"') + END)
    assert "pass-word" not in repr(nouns)
    assert [noun.value for noun in nouns if isinstance(noun, Setting)] == ["user and password (9 characters)"]


def test_lines_are_those_of_the_headers() -> None:
    text = "# generated\n" + package("a") + package("b") + END
    lines = text.splitlines()
    assert all(lines[item.locations[0].line - 1] == "[[package]]" for item in LOCK.components(text).values())


@pytest.mark.parametrize(
    ("version", "told"), [("3.0", "metadata.lock-version"), ("x", "metadata.lock-version"), ("2.9", ""), ("1.7", None)]
)
def test_an_unknown_version_is_told_and_read(version: str, told: str | None) -> None:
    text = package() + END.replace("2.1", version)
    assert [where for where, _ in LOCK.problems(text)] == ([told] if told else [])
    assert any(isinstance(noun, str) for noun in LOCK.nouns(text)) == (told == "")
    assert LOCK.names(text) == ["a"]


@pytest.mark.parametrize("text", ["", "x", "[tool]\n", package() + "<<<<<<< ours\n" + END, "a = " + "[" * 3000])
def test_what_is_no_lockfile_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        LOCK.nouns(text)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("files = 1", "package[0].files"),
        ("files = [1]", "package[0].files[0]"),
        ("files = [{file = 1}]", "package[0].files[0].file"),
        ("files = [{hash = 1}]", "package[0].files[0].hash"),
        ("category = 1", "package[0].category"),
        ("groups = 1", "package[0].groups"),
        ("groups = [1]", "package[0].groups[0]"),
        ("markers = 1", "package[0].markers"),
        ("develop = 1", "package[0].develop"),
        ("dependencies = 1", "package[0].dependencies"),
        ("dependencies = {b = 1}", "package[0].dependencies.b"),
        ("dependencies = {b = [1]}", "package[0].dependencies.b"),
        ("dependencies = {b = {version = 1}}", "package[0].dependencies.b.version"),
        ("source = 1", "package[0].source"),
        ("source = {type = 1}", "package[0].source.type"),
        ("source = {type = 'cloud'}", "package[0].source.type"),
        ("source = {url = 1}", "package[0].source.url"),
    ],
)
def test_a_wrong_type_is_told_with_its_place_and_loses_nothing_else(body: str, where: str) -> None:
    text = package(body=body) + package("b") + END
    assert [place for place, _ in LOCK.problems(text)] == [where]
    assert LOCK.names(text) == ["a", "b"]


@pytest.mark.parametrize(
    ("end", "where"),
    [
        ("metadata = 1", "metadata"),
        ("[metadata]\nlock-version = 1", "metadata.lock-version"),
        ("[metadata]\nfiles = 1", "metadata.files"),
        ("[metadata.files]\nc = 1", "metadata.files.c"),
        ("[metadata.hashes]\nc = 1", "metadata.hashes.c"),
        ("[metadata]\n[extras]\nx = 1", "extras.x"),
    ],
)
def test_wrong_types_of_the_whole_are_told(end: str, where: str) -> None:
    text = f"{end}\n" + package() + package("c", body="") if end.startswith("metadata") else package() + package("c", body="") + end
    assert [place for place, _ in LOCK.problems(text)] == [where]
    assert LOCK.names(text) == ["a", "c"]


def test_one_name_many_times_is_not_quadratic() -> None:
    text = "".join(package("a", f"{i}.0", "[package.dependencies]\na = '*'") for i in range(150))
    assert len(LOCK.problems(text + END)) == 1


def test_too_many_extras_are_told() -> None:
    text = package() + "\n[extras]\n" + "".join(f"x{i} = ['a']\n" for i in range(600)) + END
    assert [where for where, _ in LOCK.problems(text)] == ["extras"]


def test_poetry_exports_the_same() -> None:
    """`poetry export --all-groups --all-extras`, written when the fixture was made. Folders have a marker for a name there."""
    exported = requirements.collect(SourceFile(FolderTree(str(CASE)), "export.txt"))
    theirs = {facts(noun) for noun in exported if isinstance(noun, Component) and not (noun.source and noun.source.kind == "path")}
    locked = poetry_lock.collect(SourceFile(FolderTree(str(CASE / "input")), "poetry.lock"))
    ours = {facts(noun) for noun in locked if isinstance(noun, Component) and noun.source and noun.source.kind != "path"}
    assert ours == theirs
    assert len(ours) > 10


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(documents("version", "optional", "groups", "category", "files", "file", "hash", "source", "type", "url", "dependencies", "markers"), max_size=4),
    metadata=documents("files", "hashes", "lock-version"), extras=documents(),
)  # fmt: skip
def test_any_document_is_read(rows: list[Any], metadata: Any, extras: Any) -> None:
    document = {
        "package": [({"name": "a"} | row) if isinstance(row, dict) else row for row in rows],
        "metadata": metadata,
        "extras": extras,
    }
    found = poetry_lock._Reader(SourceFile(MemoryTree({"f": b""}), "f"), document).read()
    purls = {noun.purl for noun in found if isinstance(noun, Component)}
    assert all(set(noun.dependencies) <= purls for noun in found if isinstance(noun, Component))
    pickle.dumps(found)


def test_old_files_of_one_name_many_times_are_not_quadratic() -> None:
    count = 4000
    rows = "".join(f"[[package]]\nname = 'a'\nversion = '1.{i}'\n" for i in range(count))
    files = ",".join(f"{{file = 'a-1.{i}-py3-none-any.whl', hash = '{HASH}'}}" for i in range(count))
    found = LOCK.nouns(f"{rows}[metadata]\nlock-version = '1.1'\n[metadata.files]\na = [{files}]\n")
    components = [noun for noun in found if isinstance(noun, Component)]
    assert {len(component.artifacts) for component in components} == {1}
    assert len(components) == count
    assert len(found) == count + 1  # with the problem


def test_old_files_go_to_their_version_in_any_spelling() -> None:
    rows = "".join(f"[[package]]\nname = 'a'\nversion = '{version}'\n" for version in ("1.0", "2.0rc1", "1!1.0"))
    names = ("a-1.0.0-py3-none-any.whl", "a-1.0+cpu-py3-none-any.whl", "a-2.0.rc1.tar.gz", "a-1!1-py3-none-any.whl", "a-any.zip")
    files = ",".join(f"{{file = '{name}', hash = '{HASH}'}}" for name in names)
    found = LOCK.components(f"{rows}[metadata]\nlock-version = '1.1'\n[metadata.files]\na = [{files}]\n")
    assert {component.version: [item.filename for item in component.artifacts] for component in found.values()} == {
        "1.0": [names[0], names[1], names[4]],
        "2.0rc1": [names[2], names[4]],
        "1!1.0": [names[3], names[4]],
    }


def test_too_many_ways_from_extras_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poetry_lock, "MAX_STEPS", 2)
    rows = "".join(package(f"a{i}", body=f"[package.dependencies]\na{(i + 1) % 4} = '*'") for i in range(4)).replace("= false", "= true")
    text = rows + "\n[extras]\nx = ['a0']\ny = ['a0']\n" + END
    assert LOCK.problems(text) == [("extras", "more than 2 edges below extras; not all extras of a package are told")]


@pytest.mark.parametrize(
    "project",
    [
        "[tool.poetry.dependencies]\npython = '^3.9'\nA = '*'\n[tool.poetry.group.dev.dependencies]\nc = '*'\n[tool.poetry.group.docs.dependencies]\nd = '*'",
        "[project]\ndependencies = ['a>1']\n[tool.poetry.dev-dependencies]\nc = '*'\n[tool.poetry.group.docs.dependencies]\nd = '*'",
    ],
)
def test_groups_that_only_the_project_tells(project: str) -> None:
    """As Poetry 1.8 locks: neither a category nor groups in the file."""
    needs = {"a": "b", "b": "a", "c": "b", "d": "e", "e": "d", "f": "b"}
    rows = "".join(package(name, body=f"files = []\n[package.dependencies]\n{need} = '*'") for name, need in needs.items())
    found = LOCK.components(rows + END.replace("2.1", "2.0"), **{"pyproject.toml": project})
    assert {component.name: (component.scope, component.groups) for component in found.values()} == {
        "a": ("runtime", ()),
        "b": ("runtime", ()),
        "c": ("dev", ("dev",)),
        "d": ("dev", ("docs",)),
        "e": ("dev", ("docs",)),
        "f": ("runtime", ()),
    }


@pytest.mark.parametrize("project", ["[", "[tool]\npoetry = 1", "[tool.poetry]\ngroup = {x = 1}\ndependencies = 3"])
def test_a_project_of_another_shape_changes_nothing(project: str) -> None:
    found = LOCK.components(package("a") + END, **{"pyproject.toml": project})
    assert [component.scope for component in found.values()] == ["runtime"]
