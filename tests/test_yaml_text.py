"""YAML: values, lines, duplicates, and that hostile documents are refused in time."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import bounded

from sbomgate.errors import CollectError
from sbomgate.tree import MemoryTree, SourceFile
from sbomgate.yaml_text import MAX_DEPTH, MAX_EXPANDED, YamlDocument, parse_yaml


@pytest.fixture(autouse=True, params=["libyaml", "python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader")


def document(text: str) -> YamlDocument:
    (found,) = parse_yaml(text, "f.yaml")
    return found


def refusal(text: str) -> CollectError:
    with pytest.raises(CollectError) as caught:
        parse_yaml(text, "f.yaml")
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-7", -7), ("0", 0), ("true", True), ("False", False), ("~", None), ("", None), ("null", None),
        ("1.10", "1.10"), ("5.4", "5.4"), ("007", "007"), ("+1", "+1"), ("0x1f", "0x1f"), ("1_000", "1_000"), ("1:30", "1:30"),
        ("12e4567", "12e4567"), ("2024-01-01", "2024-01-01"), ("yes", "yes"), ("on", "on"), ("9" * 30, "9" * 30), (".inf", ".inf"),
        ("'1'", "1"), ('"true"', "true"), ("!!str 1", "1"), ("!!int '1'", "1"), ("!!python/object/apply:os.system [x]", ["x"]),
    ],
)  # fmt: skip
def test_a_scalar_loses_nothing(text: str, value: Any) -> None:
    assert document(f"a: {text}\n").value == {"a": value}


def test_keys_are_text() -> None:
    assert document("1: a\ntrue: b\n~: c\n? d\n: e\n").value == {"1": "a", "true": "b", "~": "c", "d": "e"}


def test_lines_are_those_of_the_keys() -> None:
    found = document("# one\na:\n  b:\n\n    c: 1\nd:\n  - e: 1\n  -\n    f: 2\ng: {h: {}}\n")
    value = found.value
    lines = [found.line(item) for item in (value, value["a"], value["a"]["b"], value["d"], *value["d"], value["g"], value["g"]["h"])]
    assert lines == [2, 2, 3, 6, 7, 9, 10, 10]
    assert found.line({}) == 0


def test_duplicate_keys_are_told_and_the_last_one_counts() -> None:
    found = document("a:\n  - b: 1\n  - b: 2\n    c: 3\n    b: 4\na: 5\n")
    assert found.value == {"a": 5}
    assert found.duplicates == (("a[1].b", 5), ("a", 6))


def test_anchors_and_merges() -> None:
    found = document("a: &x {k: 1, m: 2}\nb: *x\nc: {<<: *x, k: 3}\nd: {<<: [*x, {z: 1}], <<: {y: 1}}\n'<<': 1\n")
    same = {"k": 1, "m": 2}
    assert found.value == {"a": same, "b": same, "c": {"k": 3, "m": 2}, "d": {**same, "z": 1, "y": 1}, "<<": 1}
    assert document("a: &k key\n*k : 1\n").value == {"a": "key", "key": 1}


def test_several_documents() -> None:
    assert [item.value for item in parse_yaml("--- 1\n--- {a: b}\n...\n", "f")] == [1, {"a": "b"}]
    assert parse_yaml("", "f") == []


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("a: [1, 2\n", "not valid YAML", "line 2"),
        ("a: b: c\n", "not valid YAML", "line 1"),
        ("a: \x01\n", "not valid YAML", ""),
        ("\ta: 1\n", "not valid YAML", "line 1"),
        ("? [a]\n: 1\n", "as a key", "line 1"),
        ("a: 1\n&x b: &y {c: 1}\n*y : 1\n", "a key that is no text", "line 3"),
        ("a: *b\n", "alias 'b' to nothing", "line 1"),
        ("a: &a\n  b: *a\n", "alias 'a' within what it refers to", "line 2"),
    ],
)
def test_what_is_not_read_is_refused_with_its_line(text: str, what: str, where: str) -> None:
    error = refusal(text)
    assert what in error.what
    assert error.where.startswith(where)


def test_a_conflict_is_named() -> None:
    with pytest.raises(CollectError) as caught:
        SourceFile(MemoryTree({"f": b"a: 1\n<<<<<<< ours\nb: 2\n=======\nb: 3\n>>>>>>> theirs\n"}), "f").yaml()
    assert caught.value.where == "line 2: merge-conflict marker"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 20)), "aliases"),
        ("a0: &a0 {k: v}\n" + "".join(f"a{i}: &a{i} {{<<: *a{i - 1}, {', '.join(f'k{i}{j}: *a{i - 1}' for j in range(9))}}}\n" for i in range(1, 20)), "aliases"),
        ("a: &a " + "x" * 1_000_000 + "\nb: [" + "*a, " * 100_000 + "]\n", "aliases"),
        ("[" * 100_000, "deeper"),
        ("- " * 20_000 + "a", "deeper"),
        ("{a: " * 50_000, "deeper"),
    ],
    ids=["lists", "merges", "long-text", "flow", "block", "flow-mappings"],
)  # fmt: skip
def test_bombs_are_refused_in_time(text: str, what: str) -> None:
    with bounded():
        assert what in refusal(text).what
    assert MAX_DEPTH
    assert MAX_EXPANDED


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff\u2028\u2029\x85\ufeff"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT.filter(lambda key: key != "<<"), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
def test_json_is_read_as_json(value: Any, loader: None) -> None:
    assert document(json.dumps(value, ensure_ascii=False) + "\n").value == value


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
def test_what_pyyaml_writes_is_read(value: Any, loader: None) -> None:
    assert document(yaml.safe_dump(value, allow_unicode=True)).value == value


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text("ab-:[]{}&*<>!|'\"?,# \n\t1~%@", max_size=60))
def test_any_text_is_read_or_refused(text: str, loader: None) -> None:
    try:
        found = parse_yaml(text, "f")
    except CollectError as error:
        assert "\n" not in str(error)
        return
    json.dumps([item.value for item in found])
