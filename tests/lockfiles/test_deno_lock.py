"""deno.lock: what its four forms say of npm, and what hostile ones try."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockfiles.npm_cases import Found, labels, sri
from support import DATA, bounded

from sbomgate.collectors.lockfiles import deno_lock
from sbomgate.collectors.lockfiles.npm import ALIAS
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin
from sbomgate.tree import FolderTree, SourceFile

FIXTURES = DATA / "collectors" / "deno-lock"


def read(document: Any, **others: str) -> Found:
    text = document if isinstance(document, (str, bytes)) else json.dumps(document, indent=2)
    return Found(deno_lock.collect, "deno.lock", text, **others)


def row(key: str, **more: Any) -> dict[str, Any]:
    return {"integrity": sri(key), **more}


@pytest.mark.parametrize("case", sorted(path.name for path in FIXTURES.glob("deno-*")))
def test_all_that_deno_resolved_is_there_and_reached(case: str) -> None:
    """Deno has no listing; its own table of what it resolved tells the direct ones, and nothing is locked in vain."""
    root = FIXTURES / case / "input"
    document = json.loads((root / "deno.lock").read_text("utf-8"))
    found = [noun for noun in deno_lock.collect(SourceFile(FolderTree(str(root)), "deno.lock")) if isinstance(noun, Component)]
    table = document.get("npm") or document["packages"]["npm"]
    assert labels(item for item in found if item.origin is Origin.LOCKED) == {key.partition("_")[0] for key in table}
    needed = {purl for item in found for purl in item.dependencies}
    assert needed == {item.purl for item in found if item.origin is Origin.LOCKED}
    assert all(item.pin is Pin.HASHED and item.locations[0].line for item in found if item.origin is Origin.LOCKED)


FORMS = {
    "2": {
        "version": "2",
        "npm": {
            "specifiers": {"a@1": "a@1.0.0_p@2.0.0"},
            "packages": {
                "a@1.0.0_p@2.0.0": row("a", dependencies={"p": "p@2.0.0", "short": "@s/q@3.0.0"}),
                "p@2.0.0": row("p", dependencies={}),
                "@s/q@3.0.0": row("q", dependencies={}),
            },
        },
    },
    "3": {
        "version": "3",
        "packages": {
            "specifiers": {"npm:a@1": "npm:a@1.0.0_p@2.0.0", "jsr:@std/x@1": "jsr:@std/x@1.0.0"},
            "jsr": {"@std/x@1.0.0": {}},
            "npm": {
                "a@1.0.0_p@2.0.0": row("a", dependencies={"p": "p@2.0.0", "short": "@s/q@3.0.0"}),
                "p@2.0.0": row("p", dependencies={}),
                "@s/q@3.0.0": row("q", dependencies={}),
            },
        },
        "remote": {"https://modules.example/x.ts": "00"},
    },
    "4": {
        "version": "4",
        "specifiers": {"npm:a@1": "1.0.0_p@2.0.0"},
        "npm": {"a@1.0.0_p@2.0.0": row("a", dependencies=["p", "short@npm:@s/q@3.0.0"]), "p@2.0.0": row("p"), "@s/q@3.0.0": row("q")},
    },
    "5": {
        "version": "5",
        "specifiers": {"npm:a@1": "1.0.0_p@2.0.0"},
        "npm": {
            "a@1.0.0_p@2.0.0": row("a", dependencies=["p@2.0.0"], optionalDependencies=["short@npm:@s/q@3.0.0"]),
            "p@2.0.0": row("p", scripts=True, bin=True),
            "@s/q@3.0.0": row("q", os=["linux"]),
        },
    },
}


@pytest.mark.parametrize("version", FORMS)
def test_all_versions_say_the_same(version: str) -> None:
    found = read(FORMS[version], **{"deno.json": '{"name": "@w/app", "version": "1.0.0", /* c */}'})
    assert not found.problems
    assert found.needs("%40w/app@1.0.0") == ["a@1.0.0"] and found.needs("a@1.0.0") == ["%40s/q@3.0.0", "p@2.0.0"]
    assert found.packages["%40s/q@3.0.0"].properties == ((ALIAS, "short"),)
    assert all(package.locations[0].line > 3 and package.pin is Pin.HASHED for package in found.packages.values())
    assert found.packages["p@2.0.0"].install_script is (version == "5")
    assert found.packages["%40s/q@3.0.0"].scope == ("optional" if version == "5" else "runtime")
    notes = [noun for noun in found.nouns if isinstance(noun, str)]
    assert notes == (
        ["deno.lock: 1 packages of JSR and 1 modules from URLs in it were not read; only its npm packages are"] if version == "3" else []
    )


def test_members_of_a_workspace_are_projects() -> None:
    workspace = {"members": {"tool": {"packageJson": {"dependencies": ["npm:b@1", "jsr:@std/x@1"]}}}, "dependencies": ["npm:a@1"]}
    document = {
        "version": "5",
        "specifiers": {"npm:a@1": "1.0.0", "npm:b@1": "1.0.0", "npm:c@1": "1.0.0"},
        "npm": {f"{name}@1.0.0": row(name) for name in "abc"},
    }
    found = read(document | {"workspace": workspace}, **{"tool/package.json": '{"name": "tool", "version": "2.0.0"}'})
    assert found.needs("project") == ["a@1.0.0", "c@1.0.0"] and found.needs("tool@2.0.0") == ["b@1.0.0"]


def test_credentials_are_never_shown() -> None:
    secret = "not-a-real-token"
    found = read({"version": "5", "npm": {"a@1.0.0": row("a", tarball=f"https://ci:{secret}@registry.example/a/-/a-1.0.0.tgz")}})
    assert secret not in repr(found.nouns) and found.settings == [("credentials", "user and password (16 characters)")]
    assert found.packages["a@1.0.0"].artifacts[0].filename == "a-1.0.0.tgz"


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", "deno", '{"version": "4",'])
def test_what_is_no_deno_lock_is_refused(text: str) -> None:
    with pytest.raises(CollectError):
        read(text)


VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["", "1.0.0", "a@1.0.0", "@s/a@1_b@2", "x@npm:a@1.0.0", "npm:a@1", "@", "_"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["", "npm", "specifiers", "packages", "a@1.0.0", "@s/a@1_b@2", "npm:a@1", "dependencies", "members", "packageJson", "integrity", "__proto__"]), inner, max_size=4
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(document=st.dictionaries(st.sampled_from(["version", "npm", "packages", "specifiers", "workspace", "jsr", "remote"]), VALUES))
def test_any_document_is_collected_or_refused(document: Any) -> None:
    try:
        found = read(document)
    except CollectError:
        return
    assert all(set(package.dependencies) <= set(found.all) for package in found.all.values())


def test_many_rows_are_read_in_linear_time() -> None:
    count = 30_000
    document = {"version": "5", "npm": {f"p{i}@1.0.0": row(f"p{i}", dependencies=[f"p{(i * 7) % count}"]) for i in range(count)}}
    text = json.dumps(document, indent=2)
    with bounded():
        read(text)
