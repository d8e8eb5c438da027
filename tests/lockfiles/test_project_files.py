"""Project files: every table that states a requirement, lines, locks that have the last word, and what locks must fit."""

from __future__ import annotations

import json
import pickle
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locks import HASH, Lock, documents
from support import DATA, scan_files

from sbomgate import collect, scan
from sbomgate.collectors.lockfiles import project_files
from sbomgate.collectors.lockfiles.declared import Lines, is_governed
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin, Problem, ProjectFile, Setting
from sbomgate.tree import MemoryTree, SourceFile

LOCK = Lock(project_files, "pyproject.toml")
CFG = Lock(project_files, "setup.cfg")
CASES = DATA / "collectors" / "project-file"
HEAD = '[project]\nname = "app"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("text", "pin", "scope", "groups"),
    [
        ('[project]\ndependencies = ["a"]', Pin.NONE, "runtime", ()),
        ('[project]\ndependencies = ["A==1.0"]', Pin.EXACT, "runtime", ()),
        ('[project]\noptional-dependencies.web = ["a>1"]', Pin.RANGE, "optional", ("web",)),
        ('[dependency-groups]\ntest = ["a~=1.0"]', Pin.RANGE, "dev", ("test",)),
        ('[build-system]\nrequires = ["a"]', Pin.NONE, "dev", ("build-system",)),
        ('[tool.uv]\ndev-dependencies = ["a @ git+https://git.example/a"]', Pin.VCS_REF, "dev", ("dev",)),
        ('[tool.pdm.dev-dependencies]\nx = ["a @ https://files.example/a.zip"]', Pin.URL, "dev", ("x",)),
        ('[tool.poetry.dependencies]\na = "1.0"', Pin.EXACT, "runtime", ()),
        ('[tool.poetry.dependencies]\na = "^1.0"', Pin.RANGE, "runtime", ()),
        ('[tool.poetry.dependencies]\na = "*"', Pin.NONE, "runtime", ()),
        ('[tool.poetry.dependencies]\na = "1.0 || 2.0"', Pin.RANGE, "runtime", ()),
        ('[tool.poetry.dependencies]\na = { version = "*", optional = true }', Pin.NONE, "optional", ()),
        ('[tool.poetry.dependencies]\na = { file = "a-1.0.whl" }', Pin.PATH, "runtime", ()),
        ('[tool.poetry.dev-dependencies]\na = { git = "https://git.example/a", rev = "' + "c" * 40 + '" }', Pin.VCS_COMMIT, "dev", ("dev",)),
        ('[tool.poetry.group.docs.dependencies.a]\nversion = ">=1"', Pin.RANGE, "dev", ("docs",)),
    ],
)  # fmt: skip
def test_each_table(text: str, pin: Pin, scope: str, groups: tuple[str, ...]) -> None:
    found = LOCK.one(text)
    assert (found.name, found.pin, found.scope, found.groups) == ("a", pin, scope, groups)
    assert found.origin is Origin.REQUIRED
    assert "a" in text.splitlines()[found.locations[0].line - 1].lower()


def test_the_project_asks_for_all_of_them() -> None:
    found = LOCK.components(HEAD + 'dependencies = ["a", "b==1"]\noptional-dependencies.all = ["app[x]", "c"]')
    assert found["pkg:pypi/app@1"].dependencies == ("pkg:pypi/a", "pkg:pypi/b@1", "pkg:pypi/c")
    assert found["pkg:pypi/app@1"].origin is Origin.PROJECT


def test_lines_are_those_of_the_strings() -> None:
    text = (CASES / "pep621" / "input" / "pyproject.toml").read_text("utf-8")
    lines = text.splitlines()
    for item in LOCK.nouns(text):
        if isinstance(item, Component):
            row = lines[item.locations[0].line - 1].lower()
            assert item.name in row.replace("_", "-").replace(".", "-"), (item.name, row)


def test_strings_in_comments_and_in_longer_strings_are_none() -> None:
    lines = Lines('# "a"\nx = """\n"a"\n"""\ny = \'\'\'"a"\'\'\'\nz = "\\u0061"\nw = [\n"b",\n"b"]\n')
    assert lines.string("a") == 6
    assert (lines.string("b"), lines.string("b"), lines.string("b"), lines.string("c")) == (8, 9, 9, 0)


@pytest.mark.parametrize(
    "files",
    [
        {"uv.lock": ""},
        {"poetry.lock": ""},
        {"pdm.lock": ""},
        {"pylock.toml": ""},
        {"Pipfile.lock": ""},
        {"requirements.txt": f"a==1 --hash={HASH}"},
    ],
)
def test_a_lock_has_the_last_word(files: dict[str, str]) -> None:
    found = LOCK.nouns(HEAD + 'dependencies = ["A [x,y] >= 1 ; os_name == \'nt\'", "b @ https://u:pass-word@files.example/b.whl"]', **files)
    assert isinstance(found[0], ProjectFile)  # what the project says of itself, whatever the lock says
    assert [(noun.kind, noun.value) for noun in found[1:]] == [
        ("declares", "a[x,y] >= 1 ; os_name == 'nt'"), ("credentials", "user and password (9 characters)"), ("declares", "b @ https://***@files.example/b.whl"),
    ]  # fmt: skip


def test_a_requirements_file_without_hashes_locks_nothing() -> None:
    assert "pkg:pypi/a" in LOCK.components(HEAD + 'dependencies = ["a"]', **{"requirements.txt": "a==1"})


@pytest.mark.parametrize(
    ("path", "governed"),
    [("packages/kit", True), ("packages/kit/deep", False), ("packages/out", False), ("other", False), ("", True)],
)
def test_the_lock_of_a_workspace_governs_its_members(path: str, governed: bool) -> None:
    files = {
        "uv.lock": b"", "pyproject.toml": b'[tool.uv.workspace]\nmembers = ["packages/kit", "packages/o*"]\nexclude = ["packages/out"]\n',
        "packages/kit/pyproject.toml": b"", "packages/kit/deep/pyproject.toml": b"", "packages/out/pyproject.toml": b"", "other/pyproject.toml": b"",
    }  # fmt: skip
    assert is_governed(SourceFile(MemoryTree(files), f"{path}/pyproject.toml" if path else "pyproject.toml")) is governed


def test_sources_of_uv() -> None:
    text = (
        HEAD
        + 'dependencies = ["a", "B", "c", "d"]\n[tool.uv.sources]\na = { git = "https://git.example/a", tag = "v1" }\nb = { path = "vendor/b-1.0.whl" }\nc = { url = "https://files.example/c.zip" }\nd = { index = "own" }\n'
    )
    found = {item.name: (item.pin, item.source and item.source.kind) for item in LOCK.components(text).values()}
    assert found == {
        "app": (Pin.PATH, "path"),
        "a": (Pin.VCS_REF, "vcs"),
        "b": (Pin.PATH, "path"),
        "c": (Pin.URL, "url"),
        "d": (Pin.NONE, None),
    }


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('[[tool.uv.index]]\nurl = "https://a.example"', ["index-url"]),
        ('[tool.uv]\nindex-strategy = "unsafe-best-match"\nindex = [{ url = "https://a.example" }, { url = "https://b.example", default = true }]', ["index-strategy", "extra-index-url", "index-url"]),
        ('[tool.uv]\nindex-url = "https://a.example"\nextra-index-url = ["https://b.example"]', ["index-url", "index-url"]),
        ('[[tool.poetry.source]]\nurl = "https://a.example"\n[[tool.poetry.source]]\nurl = "https://b.example"\n[[tool.poetry.source]]\nurl = "https://c.example"\npriority = "explicit"', ["index-url", "extra-index-url", "index-url"]),
        ('[[tool.poetry.source]]\nurl = "https://a.example"\npriority = "secondary"', ["extra-index-url"]),
    ],
)  # fmt: skip
def test_indexes(text: str, kinds: list[str]) -> None:
    assert [noun.kind for noun in LOCK.nouns(text) if isinstance(noun, Setting)] == kinds
    assert all(noun.location.line for noun in LOCK.nouns(text) if isinstance(noun, Setting))


def test_dynamic_dependencies_are_told() -> None:
    assert [noun for noun in LOCK.nouns('[project]\nname = "a"\ndynamic = ["dependencies"]') if isinstance(noun, str)]


@pytest.mark.parametrize("text", ["x", "[project", "a = 1\n<<<<<<< ours\n", "a = " + "[" * 3000])
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        LOCK.nouns(text)


def test_a_login_in_what_is_no_requirement_is_taken_out() -> None:
    found = LOCK.nouns('[project]\ndependencies = ["a b https://user:pass-word@files.example/x"]')
    assert "pass-word" not in repr(found)


def test_groups_that_include_each_other_end() -> None:
    text = "[dependency-groups]\n" + "".join(f'g{i} = ["p{i}", {{ include-group = "G{(i + 1) % 50}" }}]\n' for i in range(50))
    assert all(len(item.groups) == 50 for item in LOCK.components(text).values())


def test_a_setup_cfg_beside_a_project_table_is_overruled() -> None:
    text = "[options]\ninstall_requires = a"
    assert CFG.names(text) == ["a"]
    assert CFG.nouns(text, **{"pyproject.toml": HEAD}) == []
    assert CFG.names(text) == ["a"]
    assert len(CFG.nouns(text, **{"pyproject.toml": '[project]\nname = "a"\ndynamic = ["dependencies"]'})) == 1
    assert len(CFG.nouns(text, **{"pyproject.toml": "[build-system]"})) == 1
    assert len(CFG.nouns(text, **{"pyproject.toml": "[broken"})) == 1


@pytest.mark.parametrize(
    "text", ["", "[", "[options", "x", "=", "[options]\ninstall_requires", "[options]\n  a", "\x00", "[options]\n" + " " * 100_000 + "x"]
)
def test_any_setup_cfg_is_read(text: str) -> None:
    assert CFG.nouns(text) == []


def test_a_lock_that_does_not_fit_is_found() -> None:
    lock = f'[[package]]\nname = "a"\nversion = "1.0"\noptional = false\nfiles = [{{file = "a-1.0.whl", hash = "{HASH}"}}]\n[metadata]\nlock-version = "2.1"\n'
    project = """\
[tool.poetry]
name = "app"
version = "1"
[tool.poetry.dependencies]
python = "^3.11"
a = "^2.0"
gone = "*"
maybe = { version = "*", markers = "os_name == 'nt'" }
[tool.poetry.group.dev.dependencies]
also = "^1"
"""
    files = {"poetry.lock": lock, "pyproject.toml": project}
    found = sg330(files)
    assert found == ["2 dependencies are not in poetry.lock: also, gone", "poetry.lock holds a==1.0, which a ^2.0 does not allow"]
    assert sg330({**files, "pyproject.toml": project.replace("^2.0", "^1.0 || ^2.0").replace("gone", "A").replace("also", "a")}) == []
    partial = {
        "pylock.toml": 'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "2.0"\ndirectory = { path = "a" }\n',
        "pyproject.toml": project,
    }
    assert sg330(partial) == ["gone is not in pylock.toml"]


def sg330(files: dict[str, str]) -> list[str]:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        report = scan_files(Path(folder), files)
    return sorted(finding.message for finding in report.findings if finding.rule == "SG330")


@pytest.mark.parametrize("case", ["poetry-lock/poetry-2", "project-file/workspace", "script/uv"])
def test_real_locks_fit_their_projects(case: str) -> None:
    report = scan(str(DATA / "collectors" / case / "input"))
    assert not [finding for finding in report.findings if finding.rule == "SG330"]


def test_a_lock_of_a_tool_that_ignores_groups_does_not_fit() -> None:
    """PDM 2.12 knows no PEP 735."""
    report = scan(str(DATA / "collectors" / "pdm-lock" / "pdm-2" / "input"))
    assert [finding.message for finding in report.findings if finding.rule == "SG330"] == ["iniconfig is not in pdm.lock"]


def test_the_metadata_of_the_reference_is_ours() -> None:
    """`packaging` reads every requirement of the fixtures as we do."""
    from packaging.requirements import Requirement

    from sbomgate.purl import canonical_name

    text = (CASES / "pep621" / "input" / "pyproject.toml").read_text("utf-8")
    rows = tomllib.loads(text)["project"]["dependencies"]
    theirs = {(canonical_name(item.name), str(item.marker or "").replace('"', "'")) for item in map(Requirement, rows)}
    ours = {
        (item.name, dict(item.properties).get("sbomgate:python:marker", ""))
        for item in LOCK.nouns(text)
        if isinstance(item, Component) and item.scope == "runtime" and item.name != "my-app"
    }
    assert ours == theirs


@settings(max_examples=300, deadline=None)
@given(
    document=st.dictionaries(st.sampled_from(["project", "tool", "dependency-groups", "build-system"]), documents(
        "name", "version", "dependencies", "optional-dependencies", "dynamic", "requires", "poetry", "uv", "pdm", "group", "sources", "index", "source", "url",
        "dev-dependencies", "include-group", "git", "path", "extras", "markers", "optional",
    ), max_size=4),
    locked=st.booleans(),
)  # fmt: skip
def test_any_document_is_read(document: dict[str, Any], locked: bool) -> None:
    files = {"pyproject.toml": b"", **({"uv.lock": b""} if locked else {})}
    found = project_files._Pyproject(SourceFile(MemoryTree(files), "pyproject.toml"), document).read()
    assert not (locked and any(isinstance(noun, Component) for noun in found))
    pickle.dumps(found)


@settings(max_examples=200, deadline=None)
@given(st.text("[options].xrqa=:;# \n\tinstall_requires>1", max_size=80).map(lambda text: f"[options]\n{text}"))
def test_any_setup_cfg_text_is_read(text: str) -> None:
    assert all(isinstance(noun, (Component, Problem, Setting, str)) for noun in CFG.nouns(text))


def test_the_fixture_of_each_tool_is_whole() -> None:
    for case in ("pep621", "poetry", "setuptools"):
        inventory = collect(str(CASES / case / "input"))
        assert not inventory.problems, json.dumps([item.what for item in inventory.problems])
