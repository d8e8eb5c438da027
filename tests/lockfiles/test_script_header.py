"""The `# /// script` block: what the specification calls one, and the requirements in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from locks import Lock, facts
from support import DATA

from sbomgate.collectors import by_name
from sbomgate.collectors.lockfiles import requirements, script_header, uv_lock
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Pin, Setting
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

LOCK = Lock(script_header, "tool.py")
REFERENCE = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
"""The canonical expression of the specification."""


def script(*rows: str) -> str:
    return (
        "#!/usr/bin/env -S uv run --script\n# /// script\n" + "".join(f"# {row}\n" if row else "#\n" for row in rows) + "# ///\nimport x\n"
    )


def test_requirements_are_read_with_their_lines() -> None:
    text = script(
        "dependencies = [", "  'exact==1.0',", "", '  "ranged>=2", # "not this"', '  "gitted @ git+https://git.example/a@main",', "]"
    )
    found = {item.name: item for item in LOCK.components(text).values()}
    assert {name: (item.pin, item.locations[0].line) for name, item in found.items()} == {
        "exact": (Pin.EXACT, 4), "ranged": (Pin.RANGE, 6), "gitted": (Pin.VCS_REF, 7),
    }  # fmt: skip


def test_the_sources_of_uv_count() -> None:
    text = script(
        'dependencies = ["a", "b"]', "[tool.uv.sources]", 'A = { git = "https://git.example/a", rev = "' + "c" * 40 + '" }', "b = 7"
    )
    assert LOCK.components(text)["pkg:pypi/a?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa%40" + "c" * 40].pin is Pin.VCS_COMMIT


def test_a_lock_beside_it_has_the_last_word() -> None:
    found = LOCK.nouns(script('dependencies = ["A>=1"]'), **{"tool.py.lock": ""})
    assert found == [Setting("declares", "a >=1", found[0].location)]


def test_a_block_ends_with_its_comment() -> None:
    text = "# /// script\n# dependencies = ['a']\n# ///\n# x = 1\n# ///\n"
    with pytest.raises(CollectError, match="not valid TOML"):  # the specification's expression is greedy: `///` is in the content
        LOCK.nouns(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no `# /// script` block"),
        ("import x\n", "no `# /// script` block"),
        ("# /// script\n# dependencies = []\nimport x\n# ///\n", "no `# /// script` block"),
        ("#/// script\n# dependencies = []\n# ///\n", "no `# /// script` block"),
        ("# /// other\n# dependencies = []\n# ///\n", "no `# /// script` block"),
        ("# /// script\n# a = 1\n# ///\n\n# /// script\n# ///\n# b\n# ///\n", "more than one"),
        ("# /// script\n# a = [\n# ///\n", "not valid TOML"),
    ],
)
def test_what_has_no_block_is_refused(text: str, what: str) -> None:
    with pytest.raises(CollectError, match=re.escape(what)):
        LOCK.nouns(text)


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("dependencies = 1", "dependencies"),
        ("dependencies = [1, 'b']", "dependencies[0]"),
        ("dependencies = ['!', 'b']", "dependencies[0]"),
    ],
)
def test_a_wrong_type_is_told(row: str, where: str) -> None:
    assert [place for place, _ in LOCK.problems(script(row))] == [where]


def test_uv_locks_what_is_read() -> None:
    folder = DATA / "collectors" / "script" / "uv" / "input"
    tree = FolderTree(str(folder))
    declared = {noun.value.partition(" ")[0] for noun in script_header.collect(SourceFile(tree, "tool.py"))}
    requirements = tomllib.loads((folder / "tool.py.lock").read_text("utf-8"))["manifest"]["requirements"]
    assert declared == {row["name"] for row in requirements} == {"anyio", "gitted"}
    alone = LOCK.components((folder / "tool.py").read_text("utf-8"))
    assert sorted(item.pin for item in alone.values()) == [Pin.EXACT, Pin.VCS_REF]


def test_uv_exports_the_same() -> None:
    """`uv export --script`, written when the fixture was made: what the script names is among it, and its lock has the rest."""
    case = DATA / "collectors" / "script" / "uv"
    tree = FolderTree(str(case / "input"))

    def packages(nouns: Iterable[Any]) -> dict[str, Any]:
        return {noun.name: facts(noun) for noun in nouns if isinstance(noun, Component) and noun.origin is not Origin.PROJECT}

    theirs = packages(requirements.collect(SourceFile(FolderTree(str(case)), "export.txt")))
    assert packages(uv_lock.collect(SourceFile(tree, "tool.py.lock"))) == theirs
    alone = SourceFile(MemoryTree({"tool.py": tree.read("tool.py")}), "tool.py")
    assert set(packages(script_header.collect(alone))) == {"anyio", "gitted"} <= set(theirs)


def test_only_a_named_file_is_opened() -> None:
    assert by_name("src/tool.py") is not None
    assert by_name("src/tool.py", walked=True) is None
    assert by_name("tool.py.lock", walked=True).name == "uv-lock"


ROWS = st.sampled_from(["# /// script", "# ///", "#", "# a", "x", "", "#a", "# /// script "])


@settings(max_examples=500, deadline=None)
@given(st.lists(ROWS, max_size=12))
def test_blocks_are_those_of_the_specification(rows: list[str]) -> None:
    text = "\n".join(rows) + "\n"
    theirs = [
        "".join(row[2:] if row.startswith("# ") else row[1:] for row in match["content"].splitlines(keepends=True)).rstrip("\n")
        for match in REFERENCE.finditer(text)
        if match["type"] == "script"
    ]
    ours = [content for _, content in script_header._blocks(rows)]
    assert [content.rstrip("\n") for content in ours] == theirs
