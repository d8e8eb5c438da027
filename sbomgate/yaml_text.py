"""YAML as lockfiles are written in it, made into plain values: no object is built, and nothing grows without bound.

Read from the events of PyYAML's parser (libyaml's when it is there), not with one of its loaders: an event knows its
line, twice the speed is left over, and duplicate keys, depth and aliases can be watched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from sbomgate.errors import CollectError

MAX_DEPTH: Final = 100
"""Containers within each other; lockfiles have five. libyaml itself takes time quadratic in the depth."""
MAX_EXPANDED: Final = 1_000_000
"""Nodes that aliases stand for, all told. What is built is shared and small, but who walks it would walk so many."""

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})").fullmatch
_CONSTANTS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_FIX: Final = "run the tool that wrote it again"


class YamlDocument(NamedTuple):
    """One document of a YAML stream."""

    value: Any
    """dict, list, str, int, bool or None; the keys of a dict are always text, as written."""
    lines: dict[int, int]
    """`id` of each dict and list in `value` → the line of its key in the dict around it, or of its own first character."""
    duplicates: tuple[tuple[str, int], ...]
    """(place in the document, line) of each key that stands twice in its mapping; the last one is in `value`."""

    def line(self, container: Any) -> int:
        """Where the dict or list `container`, which is part of `value`, stands; 0 if it is no part of it."""
        return self.lines.get(id(container), 0)


def parse_yaml(text: str, path: str) -> list[YamlDocument]:
    """The documents of `text`; CollectError with the line if it is not YAML, too deep, or its aliases expand to too much.

    An unquoted scalar is null, true, false, or an integer that has only one spelling. All else is text as written, also
    what looks like a float or a date: in a lockfile it is a version or a hash, and `1.10` is not `1.1`. Tags are not acted on.
    """
    import yaml

    loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        parser = loader(text)  # the reader looks at the first characters at once
        return list(_documents(parser, path, is_python=loader is yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        if mark is not None:
            where = f"line {mark.line + 1} column {mark.column + 1}"
        else:
            position = getattr(error, "position", None)  # of a character that YAML forbids
            where = f"line {text.count(chr(10), 0, position) + 1}" if isinstance(position, int) else ""
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise CollectError(f"not valid YAML ({what})", path, where, _FIX) from error


def _documents(parser: Any, path: str, *, is_python: bool) -> Iterator[YamlDocument]:
    from yaml import events

    following: Callable[[], Any] = parser.get_event
    while True:
        event = following()
        kind = type(event)
        if kind is events.StreamEndEvent:
            return
        if kind is events.DocumentStartEvent:
            yield _document(following, path, is_python=is_python)


class _Frame:
    """A mapping or a sequence that is not yet at its end."""

    __slots__ = ("anchor", "container", "key", "merged", "start")

    def __init__(self, container: Any, anchor: str | None, start: int) -> None:
        self.container = container
        self.key: str | None = None
        """Of the entry that is being read; None where a key is expected, and always in a sequence."""
        self.anchor = anchor
        self.start = start
        """Nodes counted before it."""
        self.merged: list[Any] | None = None
        """What its `<<` refers to."""


def _document(following: Callable[[], Any], path: str, *, is_python: bool) -> YamlDocument:
    from yaml.events import AliasEvent, DocumentEndEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

    lines: dict[int, int] = {}
    duplicates: list[tuple[str, int]] = []
    anchors: dict[str, tuple[Any, int] | None] = {}
    """Anchor → the node and how many nodes it stands for; None while the node is not at its end."""
    stack: list[_Frame] = []
    top = _Frame([], None, 0)
    """Holds the root, as a sequence of one."""
    root = top
    nodes = expanded = 0
    key_line = 0
    while True:
        event = following()
        kind = type(event)
        container = top.container
        if kind is ScalarEvent:
            text = event.value
            if is_python:  # libyaml refuses the escape of a lone surrogate by itself
                from sbomgate.text import without_surrogates

                text = without_surrogates(text)
            nodes += 1
            if type(container) is dict and top.key is None:
                if event.anchor is not None:
                    anchors[event.anchor] = (text, 1 + len(text) // 64)
                key_line = event.start_mark.line + 1
                if text in container:
                    duplicates.append((_place(root, stack, top, text), key_line))
                elif text == "<<" and event.implicit[0]:
                    top.merged = top.merged or []
                top.key = text
                continue
            value = text
            if event.implicit[0]:
                if text in _CONSTANTS:
                    value = _CONSTANTS[text]
                elif text[0] in "-0123456789" and _INTEGER(text):
                    value = int(text)
            if event.anchor is not None:
                anchors[event.anchor] = (value, 1 + len(text) // 64)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            line = event.start_mark.line + 1
            if type(container) is dict:
                if top.key is None:
                    raise CollectError("a mapping or a sequence as a key", path, f"line {line}", _FIX)
                line = key_line
            if len(stack) >= MAX_DEPTH:
                raise CollectError(
                    f"nested deeper than {MAX_DEPTH}", path, f"line {line}", "no real file of this kind is; look at it by hand"
                )
            if event.anchor is not None:
                anchors[event.anchor] = None
            stack.append(top)
            top = _Frame({} if kind is MappingStartEvent else [], event.anchor, nodes)
            lines[id(top.container)] = line
            nodes += 1
            continue
        elif kind is AliasEvent:
            line = event.start_mark.line + 1
            found = anchors.get(event.anchor, ())
            if not found:
                what = "within what it refers to" if found is None else "to nothing"
                raise CollectError(f"alias {event.anchor!r} {what}", path, f"line {line}", _FIX)
            value, size = found
            nodes += size
            expanded += size
            if expanded > MAX_EXPANDED:
                what = f"aliases that stand for more than {MAX_EXPANDED} values"
                raise CollectError(what, path, f"line {line}", "no real file of this kind has them; look at it by hand")
            if type(container) is dict and top.key is None:
                if not isinstance(value, str):
                    raise CollectError("a key that is no text", path, f"line {line}", _FIX)
                key_line = line
                if value in container:
                    duplicates.append((_place(root, stack, top, value), line))
                top.key = value
                continue
        elif kind is DocumentEndEvent:
            return YamlDocument(container[0] if container else None, lines, tuple(duplicates))
        else:  # the end of a mapping or a sequence
            if top.merged:
                _merge(container, top.merged)
            if top.anchor is not None:
                anchors[top.anchor] = (container, nodes - top.start)
            value = container
            top = stack.pop()
            container = top.container
        if type(container) is dict:
            if top.key == "<<" and top.merged is not None and isinstance(value, (dict, list)):
                top.merged.append(value)
            else:
                container[top.key] = value
            top.key = None
        else:
            container.append(value)


def _merge(container: dict[str, Any], merged: list[Any]) -> None:
    """Add what the `<<` of `container` refers to, its own keys first. Source: YAML 1.1, "Merge Key Language-Independent Type"."""
    for value in merged:
        for mapping in value if isinstance(value, list) else (value,):
            if isinstance(mapping, dict):
                for key, item in mapping.items():
                    container.setdefault(key, item)


def _place(root: _Frame, stack: list[_Frame], top: _Frame, key: str) -> str:
    """The path of `key` of the innermost mapping, as `packages.a[3].name`."""
    text = ""
    for frame in (*stack, top):
        if frame is root:
            continue
        if frame is top:
            text += f".{key}"
        elif isinstance(frame.container, list):
            text += f"[{len(frame.container)}]"
        else:
            text += f".{frame.key}"
    return text.removeprefix(".")
