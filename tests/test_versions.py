"""Ranges: what Poetry's documentation says of its own, and PEP 440 for the rest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbomgate.versions import allows


@pytest.mark.parametrize(
    ("constraint", "within", "outside"),
    [
        # Poetry documentation, "Caret requirements", "Tilde requirements", "Wildcard requirements"
        ("^1.2.3", "1.9", "2.0.0"), ("^1.2", "1.2.0", "1.1"), ("^1", "1.99", "2"), ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"), ("^0.0", "0.0.9", "0.1.0"), ("^0", "0.9", "1.0"),
        ("~1.2.3", "1.2.9", "1.3.0"), ("~1.2", "1.2.9", "1.3.0"), ("~1", "1.9", "2.0.0"),
        ("*", "7", "x"), ("1.*", "1.9", "2.0"), ("1.2.*", "1.2.9", "1.3"), ("1.2.3", "1.2.3", "1.2.4"), ("==1.2.3", "1.2.3.0", "1.2"),
        (">=1,<2", "1.5", "2"), (">=1 <2", "1.5", "2"), ("<1 || >=2", "2", "1.5"), ("<1|>=2", "0.1", "1.5"), ("~=1.2.3", "1.2.9", "1.3"),
        ("!=1.5", "1.4", "1.5"), ("^1!2.0", "1!2.5", "1!3.0"), ("^2.0b1", "2.0rc1", "2.0a1"), ("v1.0", "1.0", "2"), ("", "1", "x"),
    ],
)  # fmt: skip
def test_poetry(constraint: str, within: str, outside: str) -> None:
    assert allows(constraint, within, poetry=True) is True
    assert not allows(constraint, outside, poetry=True)


@pytest.mark.parametrize(("specifier", "version", "expected"), [
    (">=1", "2.0rc1", True), ("==1.*", "2", False), ("===x", "x", None), ("^1", "1", None), (">=1", "one", None), ("", "1", True),
    ("==1.0+cpu", "1.0+cpu", True), ("==1.0", "1.0+cpu", True), (">" * 600, "1", None), ("~=1", "1", None),
])  # fmt: skip
def test_pep_440(specifier: str, version: str, expected: bool | None) -> None:
    assert allows(specifier, version) is expected


@settings(max_examples=300, deadline=None)
@given(st.text("^~=<>!|*,. 0123va!+-", max_size=20), st.text("0123.abrc+!", max_size=8), st.booleans())
def test_any_text_is_judged_or_left(constraint: str, version: str, poetry: bool) -> None:
    assert allows(constraint, version, poetry=poetry) in (True, False, None)
