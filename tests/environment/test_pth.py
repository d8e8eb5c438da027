"""How `.pth` and `.start` files are read, version by version."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sbomgate.collectors.environment import pth

VERSIONS = [(3, minor) for minor in range(8, 19)]


def executed(data: bytes, python: tuple[int, int] | None, **options: bool) -> list[tuple[int, str]]:
    return [(line.number, line.text) for line in pth.parse_pth(data, python, **options).executes]


def paths(data: bytes, python: tuple[int, int] | None) -> list[str]:
    return [line.text for line in pth.parse_pth(data, python).paths]


@pytest.mark.parametrize("python", [version for version in VERSIONS if version < pth.IMPORTS_IGNORED])
def test_import_lines_are_executed_and_others_are_paths(python: tuple[int, int]) -> None:
    data = b"# import a\n\nlib\nimport b\nimport\tc\nimport_d\n import e\nfrom os import f\nimport\x20\nIMPORT g\n"
    assert executed(data, python) == [(4, "import b"), (5, "import\tc"), (9, "import ")]
    assert paths(data, python) == ["lib", "import_d", " import e", "from os import f", "IMPORT g"]


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_new_versions_see_more_line_ends(separator: str) -> None:
    data = f"# harmless{separator}import os\n".encode()
    assert executed(data, (3, 12)) == []
    assert executed(data, (3, 13)) == [(2, "import os")]
    reading = pth.parse_pth(data)
    assert [line.text for line in reading.executes] == ["import os"]
    assert reading.differs


@pytest.mark.parametrize("python", [(3, 8), (3, 12), (3, 13), None])
def test_a_bare_carriage_return_ends_a_line(python: tuple[int, int] | None) -> None:
    assert [text for _, text in executed(b"# a\rimport os\r\nlib", python)] == ["import os"]


def test_the_mark_hides_a_line_from_old_versions() -> None:
    data = b"\xef\xbb\xbfimport os\n"
    assert executed(data, (3, 12)) == []
    assert paths(data, (3, 12)) == ["\ufeffimport os"]
    assert executed(data, (3, 13)) == [(1, "import os")]
    assert [text for _, text in executed(data, None)] == ["import os"]


def test_old_versions_execute_what_stands_before_an_undecodable_chunk() -> None:
    data = b"import os\n" + b"#" * 8190 + b"\n\xff\nimport sys\n"
    assert executed(data, (3, 12)) == [(1, "import os")]
    assert pth.parse_pth(data, (3, 12)).undecodable
    assert executed(data, (3, 13)) == []
    assert pth.parse_pth(data, (3, 13)).undecodable


def test_a_line_with_nul_ends_the_file() -> None:
    assert executed(b"import a\nimport b\0\nimport c\n", (3, 13)) == [(1, "import a"), (2, "import b\0")]
    assert paths(b"a\0b\nlib\n", (3, 13)) == ["lib"]


def test_start_files_mute_import_lines() -> None:
    assert executed(b"import a\nlib\n", (3, 14), muted=True) == [(1, "import a")]
    assert executed(b"import a\nlib\n", (3, 15), muted=True) == []
    assert executed(b"import a\n", (3, 18)) == []
    assert executed(b"import a\n", None, muted=True) == [(1, "import a")]


@pytest.mark.parametrize(
    ("name", "python", "read"),
    [
        ("a.pth", (3, 11), True),
        (".a.pth", (3, 11), True),
        (".a.pth", (3, 13), False),
        (".a.pth", None, True),
        ("a.PTH", (3, 11), False),
        ("a.start", (3, 14), False),
        ("a.start", (3, 15), True),
        (".a.start", (3, 15), False),
        ("a.start", None, True),
        ("a.py", None, False),
    ],
)
def test_which_names_are_read(name: str, python: tuple[int, int] | None, read: bool) -> None:
    assert pth.is_read(name, python) is read


def test_entry_points_of_a_start_file() -> None:
    data = b"\xef\xbb\xbf# comment\n\n  pkg.mod:run  \npkg\npkg:\n:run\npkg mod:run\n1a:b\npkg:run.it\nimport os\n"
    assert [(line.number, line.text) for line in pth.parse_start(data).executes] == [(3, "pkg.mod:run"), (9, "pkg:run.it")]
    assert pth.split_entry_point("pkg.mod:run.it") == ("pkg.mod", "run.it")
    assert pth.split_entry_point("import os") == ("", "")
    assert pth.parse_start(b"\xff").undecodable


@given(st.binary(max_size=300), st.sampled_from([None, *VERSIONS]), st.booleans())
@example(b"\xef\xbb\xbf", None, True)
@example(b"\xef\xbb", (3, 12), True)
def test_any_bytes_are_read(data: bytes, python: tuple[int, int] | None, muted: bool) -> None:
    reading = pth.parse_pth(data, python, muted=muted)
    for line in reading.executes:
        assert line.text.startswith(("import ", "import\t"))
        assert line.number >= 1
    assert all(line.text and "\0" not in line.text for line in reading.paths)
    pth.parse_start(data)


@given(st.text(alphabet="import os;#\n\r\x0b\x85\u2028 \t", max_size=60))
def test_the_unknown_version_misses_nothing(text: str) -> None:
    data = text.encode()
    everything = {line.text for line in pth.parse_pth(data).executes}
    for python in VERSIONS:
        assert {line.text for line in pth.parse_pth(data, python).executes} <= everything
