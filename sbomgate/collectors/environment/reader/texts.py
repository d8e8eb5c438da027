"""Text that becomes code: what reaches `exec`, what cannot be parsed, and what is too much to be followed."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

from sbomgate.collectors.environment.reader.bounds import (
    MAX_LAYERS,
    MAX_SOURCE,
)
from sbomgate.collectors.environment.reader.syntax import is_needless, shown_code
from sbomgate.collectors.environment.reader.tables import OUTSIDE
from sbomgate.collectors.environment.reader.values import Const, Either, Partial, Scope, Unknown, either

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader


def executed(reader: Reader, name: str, value: Any, node: Any, scope: Scope | None, *, expression: bool = False) -> Any:
    """`value` is run as code."""
    if isinstance(value, Partial) and value.kind == "compile":
        value = value.inner
    if isinstance(value, Either):
        return either([executed(reader, name, option, node, scope, expression=expression) for option in value.values[:6]])
    if isinstance(value, Const) and isinstance(value.value, (str, bytes)):
        text = value.value
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        shown = text.strip()
        if value.tags & {"decoded", "letters"} or ("computed" in value.tags and reader.own):
            reader.layers.append(text[:4000])
            reader.note("decoded-code", f"{name} of text that is decoded first: {shown}")
        elif value.tags & {"joined", "stripped"} and reader.own:
            reader.layers.append(text[:4000])
            reader.note("hiding", f"{name} of text that is put together first: {shown}")
        elif value.tags & OUTSIDE:
            reader.note("decoded-code", f"{name} of something that is not in the file: {shown_code(node)}")
        return run_nested(reader, text, value.tags, scope, expression=expression)
    tags = value.tags
    if tags & OUTSIDE:
        origin = {
            "file": "a file",
            "network": "the network",
            "env": "the surroundings (a variable, an argument, a program)",
            "decoded": "decoded data",
        }
        reader.note(
            "decoded-code",
            f"{name} of what comes from {' and '.join(origin[tag] for tag in sorted(tags & OUTSIDE))}: {shown_code(node)}",
        )
    else:
        reader.note("dynamic-code", f"{name} of something that is not a constant: {shown_code(node)}")
    return Unknown()


def run_nested(
    reader: Reader, text: str, tags: frozenset[str], scope: Scope | None, *, expression: bool = False, quiet: bool = False
) -> Any:
    if reader.layer >= MAX_LAYERS or len(text) > MAX_SOURCE:
        reader.give_up(f"code in more than {MAX_LAYERS} layers")
        return Unknown()
    scope = scope or Scope({})
    if scope.module is None:
        scope.module = scope
    fixed = reader.fixed
    reader.fixed = fixed or reader.line
    reader.layer += 1
    try:
        if expression:
            tree = parse(reader, text.strip(" \t\n"), "eval")
            return Unknown() if tree is None else reader.value(tree.body, scope)
        tree = parse(reader, text, "exec")
        if tree is None:
            return Unknown()
        if not quiet and is_needless(tree) and (reader.own or len(tree.body) < 3) and not tags:
            reader.note("hiding", f"code in a text though it needs none: {text.strip()}")
        reader.block(tree.body, scope)
    finally:
        reader.layer -= 1
        reader.fixed = fixed
    return Unknown()


def parse(reader: Reader, text: str, mode: str) -> Any:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode=mode)
    except (SyntaxError, ValueError) as error:
        reason = getattr(error, "msg", None) or str(error)
        if not reader.own and reader.layer:
            reader.note("unread", f"a text that is run is not valid Python ({reason})")
            return None
        reader.note("unreadable", f"not valid Python ({reason})")
        scan_text(reader, text)
        return None
    except (RecursionError, MemoryError, OverflowError):
        reader.note("unreadable", "nested too deeply to be read")
        scan_text(reader, text)
        return None
    return tree


def scan_text(reader: Reader, text: str) -> None:
    """Dangerous words in what cannot be parsed; the part in front of a NUL may parse."""

    if "\0" in text:
        reader.note("hiding", "a NUL character in code")
    words = re.findall(
        r"\b(?:exec|eval|compile|__import__|subprocess|popen|Popen|urlopen|b64decode|system|fromhex|unhexlify|marshal|ctypes|socket|requests|spawn\w*)\b",
        text[:MAX_SOURCE],
    )
    if not reader.own:
        words = [word for word in words if word in _TELLING]
    if words:
        reader.note("hiding", f"unreadable code that names {', '.join(sorted(set(words))[:6])}")


def scan_tree(reader: Reader, tree: Any) -> bool:
    """Tell dangerous names anywhere in a tree that was too large to follow; whether there are any."""
    names = set()
    pending = [tree]
    count = 0
    while pending and count < 150_000:
        node = pending.pop()
        count += 1
        pending.extend(ast.iter_child_nodes(node))
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name in _SCANNED and (reader.own or name not in _COMMON):
            names.add(name)
    if names:
        reader.note("hiding", f"too much code to follow, and it names {', '.join(sorted(names)[:6])}")
    return bool(names)


_TELLING: Final = frozenset({"popen", "Popen", "urlopen", "b64decode", "fromhex", "unhexlify", "marshal"})
"""Words that a library which is too large to be read seldom has."""


_COMMON: Final = frozenset(
    {"compile", "system", "__import__", "settrace", "ctypes", "__globals__", "eval", "exec", "__subclasses__", "marshal"}
)
"""Of these, those that libraries use for good reasons."""


_SCANNED: Final = frozenset(
    [
        "exec",
        "eval",
        "compile",
        "system",
        "popen",
        "Popen",
        "check_output",
        "urlopen",
        "b64decode",
        "unhexlify",
        "fromhex",
        "spawn",
        "fork",
        "execv",
        "execve",
        "create_connection",
        "marshal",
        "ctypes",
        "run_path",
        "__import__",
        "__subclasses__",
        "__globals__",
        "settrace",
    ]
)
