"""Distributions of an environment: what is broken is told and the rest still counts; no single one decides for all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SITE, distribution, environment, record_row, write_tree

from sbomgate.collectors import environment as module
from sbomgate.engine import collect
from sbomgate.model import Artifact, Component, Digest, Inventory, Pin
from sbomgate.tree import MemoryTree, SourceFolder


@pytest.fixture
def scan(tmp_path: Path):
    def run(*parts: dict[str, bytes], extra: dict[str, bytes] | None = None) -> Inventory:
        return collect(str(write_tree(tmp_path, environment(*parts, extra=extra))))  # type: ignore[arg-type]

    return run


def by_name(inventory: Inventory) -> dict[str, Component]:
    return {item.name: item for item in inventory.components}


A = distribution("a", "1.0", {"a.py": b""})
INFO = "a-1.0.dist-info"


def test_a_sound_environment_is_verified_and_silent(scan) -> None:
    inventory = scan(
        A,
        distribution("b", "2", {"b.py": b""}, metadata="Requires-Dist: A>=1\nRequires-Dist: c ; sys_platform == 'win32'\n"),
        distribution("c", "1", {"c.py": b""}),
    )
    assert (inventory.problems, inventory.files) == ((), ())
    found = by_name(inventory)
    assert found["b"].dependencies[0] == "pkg:pypi/a@1.0"
    assert all(item.installation is not None and item.installation.verified for item in found.values())
    assert found["a"].pin is Pin.EXACT
    assert inventory.files_verified == 9


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("direct_url.json", b"{", "not valid JSON"),
        ("direct_url.json", b"[]", "expected a table with url"),
        ("provenance_url.json", b'{"url": "https://h.example/a.whl"}', "expected a table with url and archive_info"),
        ("RECORD", b"a.py,,\nbroken\n", "RECORD is not readable (line 2"),
        ("INSTALLER", b"x" * (2**20 + 1), "larger than"),
        ("WHEEL", b"x" * (2**20 + 1), "larger than"),
    ],
)
def test_a_broken_file_of_the_metadata_is_a_problem_and_the_distribution_stays(scan, name: str, content: bytes, what: str) -> None:
    inventory = scan({**A, f"{INFO}/{name}": content})
    assert any(problem.path == f"{SITE}/{INFO}/{name}" and what in problem.what for problem in inventory.problems), inventory.problems
    item = by_name(inventory)["a"]
    assert item.installation is not None
    assert not item.installation.verified


@pytest.mark.parametrize(
    "change",
    [
        {"a.py": b"evil"},
        {f"{INFO}/RECORD": b"a.py,,\n"},
        {f"{INFO}/RECORD": A[f"{INFO}/RECORD"] + b"gone.py,sha256=eA,1\n"},
        {f"{INFO}/RECORD": b""},
    ],
)
def test_what_deviates_is_not_verified(scan, change: dict[str, bytes]) -> None:
    item = by_name(scan({**A, **change}))["a"]
    assert item.installation is not None
    assert not item.installation.verified


def test_metadata_is_known_in_any_case_as_importlib_knows_it(scan) -> None:
    inventory = scan({"Evil-1.DIST-INFO/METADATA": b"Name: evil\nVersion: 1\n", "Odd-1.EGG-INFO/PKG-INFO": b"Name: odd\nVersion: 1\n"})
    assert sorted(by_name(inventory)) == ["evil", "odd"]


def test_a_folder_that_is_named_for_another_distribution_is_noted(scan) -> None:
    inventory = scan(
        A,
        {"litellm-1.82.8.dist-info/METADATA": b"Name: harmless\nVersion: 1.0\n"},
        {"zope_interface-7.dist-info/METADATA": b"Name: zope.interface\nVersion: 7\n"},
    )
    assert [note for note in inventory.notes if "METADATA says" in note] == [
        f"{SITE}/litellm-1.82.8.dist-info: METADATA says harmless, the folder is named for another distribution; told by its METADATA"
    ]


@pytest.mark.parametrize("metadata", [b"", b"Name: \nVersion: \n", b"\xff\xfe", b"Summary: x\n"])
def test_name_and_version_come_from_the_folder_where_the_metadata_has_none(scan, metadata: bytes) -> None:
    assert by_name(scan({f"{INFO}/METADATA": metadata}))["a"].version == "1.0"


def test_what_has_no_name_at_all_is_a_problem(scan) -> None:
    inventory = scan(A, {"-1.dist-info/METADATA": b"", "b.dist-info/METADATA": b"Name: b\n", ".egg-link": b"/x", "c-1.dist-info/x": b""})
    assert sorted(problem.path.removeprefix(f"{SITE}/") for problem in inventory.problems) == [
        "-1.dist-info",
        ".egg-link",
        "b.dist-info",
        "c-1.dist-info/METADATA",
    ]
    assert list(by_name(inventory)) == ["a"]


def test_eggs(scan) -> None:
    inventory = scan(
        A,
        {
            "old-1.0-py3.12.egg-info": b"Name: Old\nVersion: 1.0\n",
            "dev.egg-link": b"/home/ada/dev\n.\n",
            "new.egg-info/PKG-INFO": b"Name: new\nVersion: 3\n",
            "new.egg-info/requires.txt": b"a\n\n[x]\nold\n\n[:sys_platform == 'win32']\ndev\n\n[x:python_version > '3']\nnew2\n# c\n",
            "new.egg-info/top_level.txt": b"new\nnew_more\n",
            "new.py": b"",
            "new_more.py": b"",
            "zip-2-py3.12.egg/EGG-INFO/PKG-INFO": b"Name: zip\nVersion: 2\n",
            "zip-2-py3.12.egg/zip.py": b"",
            "evil.py": b"",
        },
        *(distribution(name, "1", {f"{name}.py": b""}) for name in ("p", "q", "r", "s")),
    )
    found = by_name(inventory)
    assert {name: item.version for name, item in found.items() if name in ("old", "dev", "new", "zip")} == {
        "old": "1.0",
        "dev": "",
        "new": "3",
        "zip": "2",
    }
    assert set(found["new"].dependencies) == {"pkg:pypi/a@1.0", "pkg:pypi/dev"}  # no wheel tells the platform
    assert found["dev"].installation is not None
    assert found["dev"].installation.editable
    assert found["dev"].source is not None
    assert found["dev"].source.url == "file:.../dev"
    assert sorted((fact.kind, fact.path.removeprefix(f"{SITE}/")) for fact in inventory.files) == [
        ("unattributed", SITE),
        ("unowned", "evil.py"),
    ]


def test_left_overs_and_links_in_place_of_metadata(tmp_path: Path) -> None:
    write_tree(tmp_path, environment(A, {"~a-1.0.dist-info/METADATA": b"Name: a\nVersion: 1\n"}))
    (tmp_path / SITE / "evil-1.dist-info").symlink_to("/tmp")
    inventory = collect(str(tmp_path))
    assert list(by_name(inventory)) == ["a"]
    assert [problem.path for problem in inventory.problems] == [f"{SITE}/evil-1.dist-info"]
    assert any("did not finish" in note for note in inventory.notes)


def test_vendored_metadata_is_no_installed_distribution(scan) -> None:
    assert list(by_name(scan({**A, "a/_vendor/b-1.dist-info/METADATA": b"Name: b\nVersion: 1\n"}))) == ["a"]


def wheel(name: str, *tags: str, metadata: str = "") -> dict[str, bytes]:
    text = "Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags)
    part = distribution(name, "1", {f"{name}.py": b""}, metadata=metadata)
    return {
        **part,
        f"{name}-1.dist-info/WHEEL": text.encode(),
        f"{name}-1.dist-info/RECORD": part[f"{name}-1.dist-info/RECORD"] + record_row(f"{name}-1.dist-info/WHEEL", text.encode()).encode(),
    }


def test_one_wheel_does_not_decide_about_the_platform(scan) -> None:
    linux = "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64"
    needs = "Requires-Dist: linux ; sys_platform == 'linux'\nRequires-Dist: windows ; sys_platform == 'win32'\n"
    inventory = scan(
        wheel("aaa", *["cp312-cp312-win_amd64"] * 50),
        wheel("b", linux, metadata=needs),
        wheel("c", linux),
        wheel("linux", "py3-none-any"),
        wheel("windows", "py3-none-any"),
    )
    assert by_name(inventory)["b"].dependencies == ("pkg:pypi/linux@1",)


def test_a_site_folder_that_cannot_be_listed_takes_no_other_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    write_tree(
        tmp_path,
        {
            **environment(A),
            **{f"lib64/python3.12/site-packages/{path}": content for path, content in distribution("b", "1", {"b.py": b""}).items()},
        },
    )  # type: ignore[arg-type]
    scandir = os.scandir

    def deny(path: str):
        if str(path).endswith(SITE):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deny)
    inventory = collect(str(tmp_path))
    assert list(by_name(inventory)) == ["b"]
    assert SITE in {problem.path for problem in inventory.problems}


@pytest.mark.parametrize(
    ("direct", "pin", "purl"),
    [
        (
            '{"url": "https://h.example/r", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
            Pin.VCS_COMMIT,
            "pkg:pypi/a@1.0?vcs_url=git%2Bhttps:%2F%2Fh.example%2Fr%40abc",
        ),
        (
            '{"url": "https://h.example/r", "vcs_info": {"vcs": "git"}}',
            Pin.VCS_REF,
            "pkg:pypi/a@1.0?vcs_url=git%2Bhttps:%2F%2Fh.example%2Fr",
        ),
        ('{"url": "https://h.example/a.whl", "archive_info": {}}', Pin.URL, "pkg:pypi/a@1.0?download_url=https:%2F%2Fh.example%2Fa.whl"),
        (
            '{"url": "https://h.example/a.whl", "archive_info": {"hash": "sha256=%s"}}' % ("a" * 64),
            Pin.HASHED,
            "pkg:pypi/a@1.0?download_url=https:%2F%2Fh.example%2Fa.whl",
        ),
        (
            '{"url": "https://h.example/a.whl", "archive_info": {"hash": "sha256=none"}}',
            Pin.URL,
            "pkg:pypi/a@1.0?download_url=https:%2F%2Fh.example%2Fa.whl",
        ),
        ('{"url": "file:///home/ada/a", "dir_info": {"editable": true}}', Pin.PATH, "pkg:pypi/a@1.0"),
    ],
)
def test_where_it_came_from(scan, direct: str, pin: Pin, purl: str) -> None:
    item = by_name(scan({**A, f"{INFO}/direct_url.json": direct.encode()}))["a"]
    assert (item.pin, item.purl) == (pin, purl)
    assert "/home/ada" not in repr(item)


def test_the_artifact_that_pep_710_records(scan) -> None:
    text = (
        '{"url": "https://user:secret@index.example/a-1.0-py3-none-any.whl#x", "archive_info": {"hashes": {"sha256": "%s", "md5": "%s"}}}'
    )
    item = by_name(scan({**A, f"{INFO}/provenance_url.json": (text % ("a" * 64, "b" * 32)).encode()}))["a"]
    digest = Digest("sha256", "a" * 64)
    assert item.artifacts == (Artifact("https://***@index.example/a-1.0-py3-none-any.whl", "a-1.0-py3-none-any.whl", (digest,)),)
    assert (item.hashes, item.source, item.purl) == ((digest,), None, "pkg:pypi/a@1.0")
    direct = {f"{INFO}/direct_url.json": b'{"url": "https://h.example/a.whl", "archive_info": {}}'}
    assert by_name(scan({**A, **direct, f"{INFO}/provenance_url.json": (text % ("a" * 64, "")).encode()}))["a"].hashes == ()


NAMES = st.sampled_from(
    ["METADATA", "RECORD", "WHEEL", "INSTALLER", "direct_url.json", "provenance_url.json", "top_level.txt", "PKG-INFO", "requires.txt"]
)
FOLDERS = st.sampled_from([INFO, "b.egg-info", "c-1.egg/EGG-INFO", "~d-1.dist-info", "D-2.DIST-INFO", "package"])


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.tuples(FOLDERS, NAMES).map("/".join),
        st.binary(max_size=80) | st.sampled_from([b"Name: x\nVersion: 1\n", b"a.py,,\n", b'{"url": "x"}']),
        max_size=6,
    ),
    st.binary(max_size=40),
)
def test_any_bytes_in_any_place_are_told_or_read(files: dict[str, bytes], config: bytes) -> None:
    tree = MemoryTree({"pyvenv.cfg": config, f"{SITE}/a.py": b"", **{f"{SITE}/{path}": content for path, content in files.items()}})
    list(module.collect(SourceFolder(tree, "")))
