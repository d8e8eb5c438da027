"""The quick reader of YAML: what it takes, it takes exactly as the YAML library does."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import DATA, bounded

from sbomgate.collectors.lockfiles.plain_yaml import load, read
from sbomgate.errors import CollectError
from sbomgate.yaml_text import YamlDocument, parse_yaml

REAL = sorted([*(DATA / "collectors").glob("pnpm-lock/*/input/*.yaml"), *(DATA / "collectors").glob("yarn-lock/berry*/input/yarn.lock")])


def block_lines(document: YamlDocument) -> dict[str, int]:
    """Place of each table and list in the document → its line; 0 where it has none."""
    found = {}
    pending: list[tuple[str, Any]] = [("", document.value)]
    while pending:
        place, value = pending.pop()
        if isinstance(value, (dict, list)):
            found[place] = document.lines.get(id(value), 0)
            pending += [(f"{place}/{key}", inner) for key, inner in (value.items() if isinstance(value, dict) else enumerate(value))]
    return found


def same(text: str) -> bool:
    """Whether the quick reader took `text`; fails if it took it for something else than the library does."""
    quick = read(text)
    if quick is None:
        return False
    slow = parse_yaml(text, "f")
    assert [document.value for document in quick] == [document.value for document in slow]
    assert not any(document.duplicates for document in slow)
    for one, other in zip(quick, slow, strict=True):
        known = block_lines(other)
        assert all(line in (0, known[place]) for place, line in block_lines(one).items() if place)
    return True


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.parts[-3])
def test_real_files_are_read_as_the_library_reads_them(path: Any) -> None:
    taken = same(path.read_text("utf-8"))
    assert taken or path.parts[-3] in ("hostile", "v5-historic", "berry-hostile")


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "a: b",
        "# comment\n\na:\n  # comment\n  b: c\n\n  d: e\n",
        "a:\n    b:\n      c: d\n    e: f\ng:\n  h: i\n",
        "'a b': 'it''s'\n\"c: d\": \"e # f\"\n",
        'a: "line\\nbreak \\u00e9 \\\\"\n',
        "a: {}\nb: []\nc: {d: e, 'f': 'g, h', i: \"}\"}\nd: [a, 'b, c', 1]\n",
        "a:\n  - b\n  - 'c: d'\n  - 12\n",
        "a: true\nb: False\nc: ~\nd: null\ne: 12\nf: -1\ng: 1.10\nh: 0x1f\ni: 007\nj: 1_0\nk: yes\nl: 2024-01-01\n",
        "a: {b: true, c: 3, d: 1.10}\n",
        "a: |-\n  key: value\n\n    indented\n  # no comment\n\nb: |\n  one\nc:\n  d: |-\n    text\ne: f\n",
        "? 'long'\n:\n  a: b\n",
        'a:\n  ? "long"\n  :\n    b: c\n',
        "---\na: b\n---\nc: d\n",
        "a: b\r\nc:\r\n  d: e\r\n",
        "overrides:\n  a@>=1 <2: '>=2'\n  file: link:../x\n  url: https://host.example/a#b\n",
        "a:\nb:\n  c:\n",
    ],
)
def test_the_plain_kind_is_taken(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "- a\n",
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: >-\n  folded\n",
        "a: |2\n   x\n",
        "<<: {a: b}\n",
        "a: b\n  c\n",
        "a: 'b\n  c'\n",
        "a: b # comment\n",
        "a: b: c\n",
        "a: {b: {c: d}}\n",
        "a:\n- b\n",
        "a:\n  - b: c\n",
        "a: 1\na: 2\n",
        "a: {b: 1, b: 2}\n",
        "a: b\n   \tc: d\n",
        "a: b\n c: d\n",
        "a:\n   b: c\n  d: e\n",
        "a: \x07\n",
        "a: \x85b\n",
        "a: @b\n",
        "a: %b\n",
        "a: `b\n",
        'a: "\\x41"\n',
        "a: [b, [c]]\n",
        "a: |-\n  x\n   \n  y\n",
        "a: b\n---\n",
        "a: b\n...\n",
        "%YAML 1.2\n---\na: b\n",
        "? a\n: b\n",
        "? 'a'\n: b\n",
        "a:\n" + "".join(f"{' ' * depth}b:\n" for depth in range(1, 60)),
        "a" * 1001 + ": b\n",
        "a: b \n",
        "a : b\n",
    ],
)
def test_all_else_is_left_to_the_library(text: str) -> None:
    assert read(text) is None


def test_what_neither_reads_is_refused_with_its_place() -> None:
    with pytest.raises(CollectError) as caught:
        load("a: b\n<<<<<<< ours\nc: [d\n=======\n>>>>>>> theirs\n", "pnpm-lock.yaml")
    assert caught.value.where == "line 2: merge-conflict marker"


SCALARS = st.text(string.ascii_letters + string.digits + " .:@/^~=<>*'\"#{}[],|&!%-?_\\é\u200b", max_size=12)
KEYS = st.sampled_from(
    ["a", "packages", "/a/1.0.0_b@2", "a@1.0.0(b@2)", "'@s/a@1'", '"b@npm:^1, b@^2"', "resolution", "x y", "1", "~", "true"]
)
LINES = st.lists(
    st.tuples(
        st.integers(0, 4).map(lambda depth: "  " * depth) | st.sampled_from([" ", "   "]),
        st.tuples(
            KEYS,
            st.sampled_from([":", ": ", ": |-", ": {}", ": {a: b}", ": [a, b]", ": 'q'", ": plain", ":  x"]) | SCALARS.map(": {}".format),
        ).map("".join)
        | SCALARS.map("- {}".format)
        | SCALARS
        | st.sampled_from(["? 'k'", ":", "---", "# c", ""]),
    ).map("".join),
    max_size=12,
).map("\n".join)


@settings(max_examples=1500, deadline=None)
@given(text=LINES)
@example(text="a: |-\n\n\n  b\n\n\nc: d")
@example(text="a:\n  b: |-\n   x\n  c: d")
@example(text="a: {b: c:d, e: 'f''g'}")
@example(text="a: [b?c]")
@example(text="a: {~: b, 1: c}")
@example(text="a:\n\n  # c\n  b: c\n# d\n  e: f")
def test_what_is_taken_is_what_the_library_reads(text: str) -> None:
    same(text)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_taken_exactly_or_left(text: str) -> None:
    same(text)


@pytest.mark.parametrize(
    "piece", ["a: b\n", "  ", "? 'a'\n", "- a\n", "a:\n  - b\n", "'", "{a: b, ", "a b ", "a:b", "a: |-\n  b\n", "#\n", "a: {a: 'b', c: "]
)
def test_many_rows_are_read_in_linear_time(piece: str) -> None:
    count = 400_000
    with bounded():
        read(piece * count)
        read("a: " + piece * count)
