"""JSON with comments: what it accepts, what it refuses, and that it agrees with the standard decoder."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bounded

from sbomgate.collectors.agents.jsonc import MAX_DEPTH, parse
from sbomgate.errors import CollectError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(value=VALUES, indent=st.none() | st.integers(0, 3), ascii_only=st.booleans())
def test_plain_json_is_read_as_the_standard_decoder_reads_it(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    for strict in (True, False):
        document = parse(text, "f", strict=strict)
        assert document.value == value
        assert (document.relaxed, document.duplicates) == ("", ())


@given(text=st.text() | st.text(alphabet='{}[]:,"/*\\ \n1e-.truefalsn', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(CollectError):
        document = parse(text, "f", strict=True)
        assert document.value == json.loads(text.lstrip("\ufeff")) or document.value != document.value
    with suppress(CollectError):
        parse(text, "f")


@pytest.mark.parametrize(
    ("text", "value", "relaxed"),
    [
        ('{"a": 1, // one\n "b": [1, 2,],}', {"a": 1, "b": [1, 2]}, "comment in line 1"),
        ('/* x\n */ {"a": "// no comment /* */"}', {"a": "// no comment /* */"}, "comment in line 1"),
        ('{"a": 1,\n}', {"a": 1}, "trailing comma in line 1"),
        ("[/**/]", [], "comment in line 1"),
        ("{}//", {}, "comment in line 1"),
        ('{"a"/**/:/**/1/**/}', {"a": 1}, "comment in line 1"),
    ],
)
def test_reads_comments_and_trailing_commas(text: str, value: Any, relaxed: str) -> None:
    document = parse(text, "f")
    assert (document.value, document.relaxed) == (value, relaxed)
    with pytest.raises(CollectError, match="which strict JSON does not have"):
        parse(text, "f", strict=True)


@pytest.mark.parametrize("text", ["", " \n", "// template\n", "/* {} */"])
def test_a_text_without_a_value_is_empty(text: str) -> None:
    assert parse(text, "f").empty
    with pytest.raises(CollectError):
        parse(text, "f", strict=True)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ('{"a" 1}', "line 1 column 6", "expected ':'"),
        ("{\n  a: 1}", "line 2 column 3", "expected a key in double quotes"),
        ("{'a': 1}", "line 1 column 2", "expected a key in double quotes"),
        ('{"a": NaN}', "line 1 column 7", "expected a value"),
        ("[1 2]", "line 1 column 4", "expected ',' or ']'"),
        ("[,]", "line 1 column 2", "expected a value"),
        ("[1,,]", "line 1 column 4", "expected a value"),
        ('{"a": 1} x', "line 1 column 10", "something follows"),
        ('{"a": "\n"}', "line 1 column 8", "invalid control character"),
        ('{"a": "x', "line 1 column 7", "unterminated string"),
        ('["\\x"]', "line 1 column 3", "invalid \\\\escape"),
        ("/* x", "line 1 column 1", "comment without end"),
        ("01", "line 1 column 2", "something follows"),
        ("[" * (MAX_DEPTH + 1), f"line 1 column {MAX_DEPTH + 1}", "nested deeper"),
        ("{\n<<<<<<< ours\n", "line 2: merge-conflict marker", "expected a key"),
    ],
)
def test_says_where_a_text_goes_wrong(text: str, where: str, what: str) -> None:
    with pytest.raises(CollectError, match=what) as error:
        parse(text, "f")
    assert error.value.where == where


def test_keeps_lines_and_duplicates() -> None:
    document = parse('{\n"a": {\n"b": 1,\n"b": [\n"x",\n"y"]\n}\n}', "f")
    assert document.value == {"a": {"b": ["x", "y"]}}
    assert document.line("a") == 2
    assert document.line("a", "b", 1) == 6
    assert document.line("a", "c") == 2
    assert document.line("z") == 0
    assert document.duplicates == ((("a", "b"), 4),)


def test_numbers_are_never_too_long() -> None:
    assert parse("9" * 10000, "f").value == float("inf")
    assert parse("1e999999", "f").value == float("inf")
    assert parse("123", "f").value == 123


def test_lone_surrogates_are_escaped() -> None:
    value = parse('{"\\ud800": "\\udfff"}', "f").value
    json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 500_000,
        '{"a":' * 200_000,
        "/**/" * 200_000,
        "//\n" * 200_000,
        '{"a":1,' + '"a":1,' * 100_000 + '"a":1}',
        "[" + "[]," * 200_000 + "[]]",
        '"' + "\\\\" * 500_000,
        "1" * 2_000_000,
        "\n" * 1_000_000 + "x",
    ],
)
def test_hostile_texts_take_linear_time(text: str) -> None:
    with bounded(), suppress(CollectError):
        parse(text, "f")
