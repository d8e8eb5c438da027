"""Strategies that several property tests share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


def json_values(keys: str) -> st.SearchStrategy[Any]:
    """Values as a JSON or TOML document has them, of every type in every place; tables have some of `keys`, parted by spaces."""
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    names = st.sampled_from(keys.split())
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4))
