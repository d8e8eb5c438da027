"""Fixture folders: what is in `input` collects to `expected.json`. `UPDATE_EXPECTED=1` rewrites; a human reads the diff."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support import DATA

from sbomgate import collect
from sbomgate.collectors import COLLECTORS, Spec, discover
from sbomgate.errors import CollectError
from sbomgate.model import Component, FileFact, Inventory, Problem, Server, StartupHook
from sbomgate.reporters.encode import dumps
from sbomgate.reporters.json import inventory_document
from sbomgate.tree import FolderTree, MemoryTree, SourceFile, SourceFolder

CASES = sorted((DATA / "collectors").glob("*/*/input"))


def outcome(inventory: Inventory) -> dict[str, object]:
    """What a case expects: everything that was read, and everything that could not be."""
    document: dict[str, object] = dict(inventory_document(inventory))
    document["problems"] = [{"path": item.path, "where": item.where, "what": item.what} for item in inventory.problems]
    document["notes"] = list(inventory.notes)
    document["roots"] = list(inventory.roots)
    return {key: value for key, value in document.items() if value}


@pytest.mark.parametrize("folder", CASES, ids=lambda path: f"{path.parts[-3]}/{path.parts[-2]}")
def test_collects_what_the_case_expects(folder: Path) -> None:
    found = outcome(collect(str(folder)))
    path = folder.parent / "expected.json"
    if os.environ.get("UPDATE_EXPECTED"):
        path.write_text(dumps(found, indent=1) + "\n", "utf-8")
    assert found == json.loads(path.read_text("utf-8"))


def test_there_are_cases_and_none_is_stale() -> None:
    assert len(CASES) >= 12
    named = {spec.name for spec in COLLECTORS}
    assert {path.parts[-3] for path in CASES} <= named
    assert {path.parent for path in CASES} == {path.parent for path in (DATA / "collectors").glob("*/*/expected.json")}


FILES = [spec for spec in COLLECTORS if not spec.is_folder]
KEYS = [
    "packages", "dependencies", "name", "version", "resolved", "integrity", "lockfileVersion", "", "node_modules/a", "mcpServers", "servers", "command", "args", "env",
    "url", "package", "source", "wheels", "sdist", "__proto__",
]  # fmt: skip
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), inner, max_size=6),
    max_leaves=30,
)


@pytest.mark.parametrize("spec", FILES, ids=lambda spec: spec.name)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
@example(content=b"[" * 100_000)
@example(content=b'{"a":' * 50_000)
@example(content=b"a = " + b"[" * 5_000)
@example(content=b"\xff\xfe\x00")
@example(content=b"1" * 10_000)
def test_any_bytes_are_collected_or_refused(spec: Spec, content: bytes) -> None:
    name = {"startup-file": "boot.pth"}.get(spec.name, spec.patterns[0].replace("*", ""))
    try:
        nouns = list(spec.collect(SourceFile(MemoryTree({name: content}), name)))
    except CollectError as error:
        assert "\n" not in str(error)
        return
    assert all(
        isinstance(noun, (Component, StartupHook, Server, FileFact, Problem, str, int))
        or type(noun).__module__ in ("sbomgate.model", "sbomgate.agent_model")
        for noun in nouns
    )


ENVIRONMENT_FILES = st.dictionaries(
    st.sampled_from(
        [
            "pyvenv.cfg",
            *(
                f"lib/python3.12/site-packages/{name}"
                for name in ("a.pth", "a.start", "sitecustomize.py", "demo.py", "demo/__init__.py", "x.egg-link", "y.egg-info")
            ),
            *(
                f"lib/python3.12/site-packages/demo-1.dist-info/{name}"
                for name in ("METADATA", "RECORD", "WHEEL", "INSTALLER", "direct_url.json", "entry_points.txt", "sboms/a.json", "sboms")
            ),
        ]
    ),
    st.binary(max_size=120)
    | st.sampled_from(
        [b'{"bomFormat": "CycloneDX", "components": [{"name": "a"}, {"purl": "pkg:pypi/demo@1", "name": "demo"}, {"name": 1}]}']
    )
    | st.sampled_from([b"", b"Name: demo\nVersion: 1\n", b"demo.py,sha256=AAAA,1\n", b'"', b"import os\n", b"a,b,c\n../../../../x,,\n"]),
)


@settings(max_examples=150, deadline=None)
@given(files=ENVIRONMENT_FILES)
def test_any_environment_is_collected_or_refused(files: dict[str, bytes]) -> None:
    tree = MemoryTree({"pyvenv.cfg": b"", "lib/python3.12/site-packages/z/__init__.py": b"", **files})
    nouns = list(COLLECTORS[0].collect(SourceFolder(tree, "")))
    assert nouns


class CountingTree(FolderTree):
    """Counts how often each file is read."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.reads: Counter[str] = Counter()

    def _read(self, path: str, limit: int) -> bytes:
        self.reads[path] += 1
        return super()._read(path, limit)


@pytest.mark.parametrize("folder", CASES, ids=lambda path: f"{path.parts[-3]}/{path.parts[-2]}")
def test_every_file_is_read_once(folder: Path) -> None:
    """One read a file is what makes a scan quick. A project file beside a lock may be looked at for several of its rows."""
    for spec, path in discover(FolderTree(str(folder)), "", lambda _: None, lambda _: None):
        tree = CountingTree(str(folder))
        source = SourceFolder(tree, path, files=False) if spec.is_folder else SourceFile(tree, path)
        is_theirs = False
        """Of a name that other programs use too, and known by its first bytes to be theirs."""
        with suppress(CollectError):
            is_theirs = not list(spec.collect(source))
        if spec.module == "known_bad":
            continue  # hashed in pieces, however large it is
        assert tree.reads[path] == (not spec.is_folder) or (is_theirs and not tree.reads[path])
        if spec.is_folder:
            own = ("METADATA", "RECORD", ".pth", "package.json", ".package-lock.json")
            assert not [name for name, count in tree.reads.items() if count > 1 and name.endswith(own)]
