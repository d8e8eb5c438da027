"""uv.lock: every kind of source, forks, extras and groups, and that uv exports the same packages."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import DATA

from sbomgate.collectors.lockfiles import requirements, uv_lock
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin, Problem, Setting
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

CASE = DATA / "collectors" / "uv-lock" / "workspace"
HASH = "sha256:" + "a" * 64
INDEX = 'source = { registry = "https://index.example/simple" }'
HEAD = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'


def package(name: str, version: str = "1.0", source: str = INDEX, body: str | None = None) -> str:
    if body is None:
        body = f'wheels = [{{ url = "https://files.example/{name}-{version}-py3-none-any.whl", hash = "{HASH}", size = 3 }}]'
    return f'\n[[package]]\nname = "{name}"\n' + (f'version = "{version}"\n' if version else "") + f"{source}\n{body}\n"


def nouns(text: str) -> list[Any]:
    return list(uv_lock.collect(SourceFile(MemoryTree({"uv.lock": text.encode("utf-8", "surrogatepass")}), "uv.lock")))


def components(text: str) -> dict[str, Component]:
    found = nouns(text)
    assert not [noun for noun in found if isinstance(noun, Problem)], found
    return {noun.purl: noun for noun in found if isinstance(noun, Component)}


def problems(text: str) -> list[tuple[str, str]]:
    return [(noun.where, noun.what) for noun in nouns(text) if isinstance(noun, Problem)]


def test_artifacts_are_read_whole() -> None:
    body = (
        f'sdist = {{ url = "https://files.example/My%2BLib-1.0.tar.gz", hash = "{HASH}", size = 7, upload-time = "2024-01-01T00:00:00Z" }}\n'
        f'wheels = [{{ path = "dist/my_lib-1.0-py3-none-any.whl", hash = "sha512:{"B" * 128}" }}, {{ filename = "x-1.0.whl", hash = "{HASH}" }}]'
    )
    found = components(HEAD + package("My.Lib", body=body))["pkg:pypi/my-lib@1.0"]
    assert [(item.filename, item.size, item.digests[0].alg) for item in found.artifacts] == [
        ("My+Lib-1.0.tar.gz", 7, "sha256"), ("my_lib-1.0-py3-none-any.whl", 0, "sha512"), ("x-1.0.whl", 0, "sha256"),
    ]  # fmt: skip
    assert len(found.hashes) == 2
    assert found.hashes[1].value == "b" * 128


@pytest.mark.parametrize(
    ("source", "body", "pin", "kind", "origin"),
    [
        (INDEX, None, Pin.HASHED, "index", Origin.LOCKED),
        (INDEX, "", Pin.EXACT, "index", Origin.LOCKED),
        (INDEX, 'wheels = [{ url = "https://files.example/a.whl" }]', Pin.EXACT, "index", Origin.LOCKED),
        (INDEX, f'wheels = [{{ filename = "a.whl", hash = "md5:{"a" * 32}" }}]', Pin.EXACT, "index", Origin.LOCKED),
        ('source = { git = "https://git.example/a?rev=main#' + "c" * 40 + '" }', "", Pin.VCS_COMMIT, "vcs", Origin.LOCKED),
        ('source = { git = "https://git.example/a?branch=main" }', "", Pin.VCS_REF, "vcs", Origin.LOCKED),
        ('source = { git = "ssh://git@git.example/a?tag=v1%2F2#abc" }', "", Pin.VCS_REF, "vcs", Origin.LOCKED),
        ('source = { url = "https://files.example/a.zip" }', "", Pin.URL, "url", Origin.LOCKED),
        ('source = { url = "https://files.example/a.zip" }', f'sdist = {{ hash = "{HASH}" }}', Pin.HASHED, "url", Origin.LOCKED),
        ('source = { path = "a.whl" }', f'wheels = [{{ filename = "a.whl", hash = "{HASH}" }}]', Pin.HASHED, "path", Origin.LOCKED),
        ('source = { path = "a.whl" }', "", Pin.PATH, "path", Origin.LOCKED),
        ('source = { directory = "../a" }', "", Pin.PATH, "path", Origin.PROJECT),
        ('source = { editable = "." }', "", Pin.PATH, "path", Origin.PROJECT),
        ('source = { virtual = "." }', "", Pin.PATH, "path", Origin.PROJECT),
    ],
)
def test_each_kind_of_source(source: str, body: str | None, pin: Pin, kind: str, origin: Origin) -> None:
    (found,) = components(HEAD + package("a", source=source, body=body)).values()
    assert found.source
    assert (found.pin, found.source.kind, found.origin) == (pin, kind, origin)
    assert ("?" in found.purl) == (kind in ("vcs", "url"))


def test_a_git_source_keeps_what_was_asked_for() -> None:
    text = 'source = { git = "https://user:pass-word@git.example/a?tag=v1%2F2#' + "c" * 40 + '" }'
    found = nouns(HEAD + package("a", source=text, body=""))
    assert "pass-word" not in repr(found)
    (a,) = (noun for noun in found if isinstance(noun, Component))
    assert a.source == ("vcs", "git+https://***@git.example/a", "v1/2", "c" * 40)
    assert [noun.value for noun in found if isinstance(noun, Setting)] == ["user and password (9 characters)"]


def test_edges_of_a_fork_name_the_version() -> None:
    root = package("app", source='source = { virtual = "." }', body=(
        'dependencies = [\n{ name = "a", version = "1.0", source = { registry = "https://index.example/simple" }, marker = "x" },\n{ name = "b" },\n]'
    ))  # fmt: skip
    found = components(HEAD + root + package("a") + package("a", "2.0") + package("b", body='dependencies = [{ name = "A" }]'))
    assert found["pkg:pypi/app@1.0"].dependencies == ("pkg:pypi/a@1.0", "pkg:pypi/b@1.0")
    assert found["pkg:pypi/b@1.0"].dependencies == ("pkg:pypi/a@1.0", "pkg:pypi/a@2.0")


def test_edges_of_a_fork_name_the_source() -> None:
    other = 'source = { registry = "https://other.example/simple" }'
    root = package("app", source='source = { virtual = "." }', body=(
        'dependencies = [{ name = "a", version = "1.0", source = { git = "https://git.example/a#' + "c" * 40 + '" } }]'
    ))  # fmt: skip
    git = package("a", source='source = { git = "https://git.example/a#' + "c" * 40 + '" }', body="")
    found = components(HEAD + root + package("a", source=other) + git)
    assert [purl.partition("?")[2][:8] for purl in found["pkg:pypi/app@1.0"].dependencies] == ["vcs_url="]


def test_scope_is_how_near_a_member_needs_it() -> None:
    root = package("app", source='source = { virtual = "." }', body=(
        'dependencies = [{ name = "run" }]\n'
        '[package.optional-dependencies]\nweb = [{ name = "web" }, { name = "run" }]\nall = [{ name = "web" }]\n'
        '[package.dev-dependencies]\ntest = [{ name = "dev" }, { name = "web" }, { name = "run", extra = ["more"] }]\n'
    ))  # fmt: skip
    run = package("run", body='dependencies = [{ name = "base" }]\n[package.optional-dependencies]\nmore = [{ name = "extra" }]')
    rest = package("web", body='dependencies = [{ name = "low" }]') + "".join(map(package, ("base", "dev", "extra", "low", "orphan")))
    found = {item.name: (item.scope, item.groups) for item in components(HEAD + root + run + rest).values()}
    assert found == {
        "app": ("runtime", ()), "run": ("runtime", ()), "base": ("runtime", ()), "orphan": ("runtime", ()),
        "web": ("optional", ("all", "web")), "low": ("optional", ("all", "web")), "dev": ("dev", ("test",)), "extra": ("dev", ("test",)),
    }  # fmt: skip


def test_a_script_lock_has_its_requirements_in_the_manifest() -> None:
    text = HEAD + '[manifest]\nrequirements = [{ name = "a", specifier = ">=1" }]\n[manifest.dependency-groups]\ndev = [{ name = "b" }]\n'
    found = components(text + package("a") + package("b"))
    assert {item.name: item.scope for item in found.values()} == {"a": "runtime", "b": "dev"}


def test_cycles_end() -> None:
    found = components(
        HEAD + package("a", body='dependencies = [{ name = "b" }]') + package("b", body='dependencies = [{ name = "a" }, { name = "b" }]')
    )
    assert found["pkg:pypi/b@1.0"].dependencies == ("pkg:pypi/a@1.0",)


def test_lines_are_those_of_the_headers() -> None:
    text = HEAD + package("a") + package("b")
    lines = text.splitlines()
    for item in components(text).values():
        assert lines[item.locations[0].line - 1] == "[[package]]"


def test_a_header_inside_a_string_costs_the_lines_and_nothing_else() -> None:
    found = components(HEAD + 'x = """\n[[package]]\n"""\n' + package("a"))
    assert [item.locations[0].line for item in found.values()] == [0]


def test_a_malformed_hash_is_kept() -> None:
    found = components(HEAD + package("a", body='wheels = [{ filename = "a.whl", hash = "sha256:zz" }]'))["pkg:pypi/a@1.0"]
    assert (found.properties, found.pin) == ((("sbomgate:integrity-malformed", "sha256:zz"),), Pin.EXACT)


@pytest.mark.parametrize(("head", "where"), [("version = 2", ["version"]), ("version = 1\nrevision = 99", [])])
def test_a_newer_format_is_told_and_read(head: str, where: list[str]) -> None:
    found = nouns(head + "\n" + package("a"))
    assert [noun.where for noun in found if isinstance(noun, Problem)] == where
    assert any(isinstance(noun, Component) for noun in found)
    assert where or any(isinstance(noun, str) for noun in found)


@pytest.mark.parametrize(
    "text", ["", "x", "version = true", 'version = "1"', "[[package]]\nname = 1", "version = 1\n<<<<<<< ours\n", "a = " + "[" * 3000]
)
def test_what_is_no_lockfile_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        nouns(text)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("wheels = 1", "package[0].wheels"),
        ("wheels = [1]", "package[0].wheels[0]"),
        ("wheels = [{ url = 1 }]", "package[0].wheels[0].url"),
        ("sdist = { hash = 1 }", "package[0].sdist.hash"),
        ("dependencies = [1]", "package[0].dependencies[0]"),
        ("dependencies = [{ name = 1 }]", "package[0].dependencies[0].name"),
        ("dependencies = {}", "package[0].dependencies"),
        ("optional-dependencies = { a = 1 }", "package[0].optional-dependencies.a"),
        ('source = "x"', "package[0].source"),
        ("source = { registry = 1 }", "package[0].source.registry"),
        ("source = { cloud = 'x' }", "package[0].source"),
    ],
)
def test_a_wrong_type_is_told_with_its_place_and_loses_nothing_else(body: str, where: str) -> None:
    text = HEAD + package("a", source="" if body.startswith("source") else INDEX, body=body) + package("b")
    assert [place for place, _ in problems(text)] == [where]
    assert {noun.name for noun in nouns(text) if isinstance(noun, Component)} == {"a", "b"}


def test_a_package_without_a_name_is_told() -> None:
    assert problems(HEAD + "[[package]]\nversion = '1'\n" + package("b")) == [("package[0].name", "missing, expected string")]


def test_uv_exports_the_same() -> None:
    """`uv export --all-extras --all-packages --no-emit-local`, written when the fixture was made."""
    exported = requirements.collect(SourceFile(FolderTree(str(CASE)), "export.txt"))
    locked = list(uv_lock.collect(SourceFile(FolderTree(str(CASE / "input")), "uv.lock")))
    theirs = {(noun.name, noun.version or (noun.source and noun.source.url), noun.pin) for noun in exported if isinstance(noun, Component)}
    ours = {
        (noun.name, noun.source.url if noun.source.kind == "vcs" else noun.version, noun.pin)
        for noun in locked
        if isinstance(noun, Component) and noun.source and noun.source.kind != "path"
    }
    assert ours == theirs


SCALARS = st.none() | st.booleans() | st.integers(0, 9) | st.text("ab-._", max_size=4) | st.sampled_from([HASH, "a", "b", "1.0"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "version",
                    "source",
                    "registry",
                    "git",
                    "virtual",
                    "wheels",
                    "sdist",
                    "url",
                    "hash",
                    "dependencies",
                    "extra",
                    "a",
                    "b",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["name", "version", "source", "sdist", "wheels", "dependencies", "optional-dependencies", "dev-dependencies", "resolution-markers"]
)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.dictionaries(KEYS, VALUES, max_size=6) | VALUES, max_size=4), manifest=VALUES, version=st.sampled_from([1, 2]))
def test_any_document_is_read(rows: list[Any], manifest: Any, version: int) -> None:
    document = {
        "version": version,
        "package": [({"name": "a"} | row) if isinstance(row, dict) else row for row in rows],
        "manifest": manifest,
    }
    found = uv_lock._Reader(SourceFile(MemoryTree({"uv.lock": b""}), "uv.lock"), document).read()
    purls = {noun.purl for noun in found if isinstance(noun, Component)}
    assert all(set(noun.dependencies) <= purls for noun in found if isinstance(noun, Component))
    pickle.dumps(found)


def test_one_name_in_too_many_rows_is_told_and_not_quadratic() -> None:
    edge = "dependencies = [{ name = 'a' }]\n"
    text = HEAD + "".join(package("a", f"1.{i}", body=edge) for i in range(3000))
    assert [what for _, what in problems(text)] == ["'a' has more than 100 rows; an edge to it means the first ones"]


def test_an_edge_means_its_version_however_many_there_are() -> None:
    text = HEAD + package("r", body="dependencies = [{ name = 'a', version = '1.150' }]")
    found = components(text + "".join(package("a", f"1.{i}") for i in range(200)))
    assert found["pkg:pypi/r@1.0"].dependencies == ("pkg:pypi/a@1.150",)


def test_too_many_ways_from_extras_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scopes stay right; only the names of further extras are missing."""
    monkeypatch.setattr(uv_lock, "MAX_STEPS", 20)
    extras = "[package.optional-dependencies]\n" + "".join(f"x{i} = [{{ name = 'a0' }}]\n" for i in range(9))
    chain = (package(f"a{i}", body=f"dependencies = [{{ name = 'a{i + 1}' }}]" if i < 8 else "") for i in range(9))
    text = HEAD + package("r", source='source = { editable = "." }', body=extras) + "".join(chain)
    assert [what for _, what in problems(text)] == ["more than 20 edges below extras and groups; not all groups of a package are told"]
    found = [noun for noun in nouns(text) if isinstance(noun, Component) and noun.name != "r"]
    assert {component.scope for component in found} == {"optional"}
    assert 1 <= len(found[0].groups) < 9


def test_extras_of_a_long_chain_are_not_quadratic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv_lock, "MAX_STEPS", 10_000)
    count = 4000
    extras = "[package.optional-dependencies]\n" + "".join(f"x{i} = [{{ name = 'a0' }}]\n" for i in range(count))
    chain = (package(f"a{i}", body=f"dependencies = [{{ name = 'a{(i + 1) % count}' }}]") for i in range(count))
    assert len(problems(HEAD + package("r", source='source = { editable = "." }', body=extras) + "".join(chain))) == 1
