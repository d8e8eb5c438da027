"""Typed access to untrusted documents: the value, or an error that names the place in the document."""

from __future__ import annotations

from typing import Any, TypeVar

from sbomgate.errors import CollectError
from sbomgate.tree import SourceFile

T = TypeVar("T")
_NAMES = {dict: "table", list: "array", str: "string", int: "integer", bool: "boolean"}


def require(table: Any, key: str, kind: type[T], file: SourceFile, where: str = "") -> T:
    """`table[key]`, which must be there and a `kind`; CollectError with its place otherwise."""
    value = optional(table, key, kind, file, where)
    if value is None:
        raise CollectError(f"missing, expected {type_label(kind)}", file.path, _place(where, key))
    return value


def optional(table: Any, key: str, kind: type[T], file: SourceFile, where: str = "") -> T | None:
    """`table[key]` if it is there and not null; CollectError with its place if it is no `kind`."""
    if not isinstance(table, dict):
        raise CollectError(f"expected table, found {type_name(table)}", file.path, where)
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise CollectError(f"expected {type_label(kind)}, found {type_name(value)}", file.path, _place(where, key))
    return value


def type_name(value: Any) -> str:
    """What a person calls the type of a parsed value."""
    return "null" if value is None else type_label(type(value))


def type_label(kind: type[Any]) -> str:
    return _NAMES.get(kind, kind.__name__)


def _place(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
