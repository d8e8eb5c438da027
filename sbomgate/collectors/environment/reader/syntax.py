"""Questions about syntax trees, and code as one line of text."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=512)
def shown_code(node: Any) -> str:
    """The code of `node` on one line, cut."""
    if node is None:
        return "a call"
    try:
        return ast.unparse(_shortened(node))[:400].replace("\n", " ")
    except (RecursionError, ValueError, AttributeError, MemoryError):
        return type(node).__name__


def shown_call(name: str, node: Any) -> str:
    """The code of a call, in front of it the full name if the code does not show it."""
    shown = shown_code(node) if node is not None else f"{name}(…)"
    return shown if name.rpartition(".")[2] in shown else f"{name}: {shown}"


def _shortened(node: Any) -> Any:
    for count, _ in enumerate(ast.walk(node)):
        if count >= 3000:
            return ast.Constant(f"{type(node).__name__} with more than 3000 parts")
    return node


def as_load(node: Any) -> Any:
    if isinstance(node, ast.Name):
        return ast.Name(node.id, ast.Load())
    if isinstance(node, ast.Attribute):
        return ast.Attribute(node.value, node.attr, ast.Load())
    return ast.Subscript(node.value, node.slice, ast.Load())


def is_main_guard(node: Any) -> bool:
    return (
        isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Name)
        and node.left.id == "__name__"
        and len(node.ops) == 1
        and isinstance(node.ops[0], ast.Eq)
        and isinstance(node.comparators[0], ast.Constant)
        and node.comparators[0].value == "__main__"
    )


def is_needless(tree: Any) -> bool:
    """Whether the program consists of simple statements with a call: it could stand in the line itself."""
    simple = (ast.Expr, ast.Assign, ast.Import, ast.ImportFrom, ast.AugAssign, ast.Delete)
    if not tree.body or not all(isinstance(statement, simple) for statement in tree.body):
        return False
    return any(
        isinstance(statement, ast.Expr) and isinstance(statement.value, (ast.Call, ast.BoolOp, ast.IfExp, ast.ListComp, ast.Await))
        for statement in tree.body
    )


def climbs(node: Any) -> bool:
    """Whether an expression goes up the classes of a value: `().__class__.__base__`."""
    return (isinstance(node, ast.Attribute) and node.attr in ("__class__", "__base__", "__mro__", "__bases__")) or (
        isinstance(node, ast.Subscript) and climbs(node.value)
    )


def _decorators(node: Any) -> list[str]:
    return [
        d.id if isinstance(d, ast.Name) else d.attr if isinstance(d, ast.Attribute) else "" for d in getattr(node, "decorator_list", ())
    ]


def is_static(node: Any) -> bool:
    return "staticmethod" in _decorators(node)


def is_classmethod(node: Any) -> bool:
    return "classmethod" in _decorators(node)


def is_property(node: Any) -> bool:
    return bool({"property", "cached_property"} & set(_decorators(node)))
