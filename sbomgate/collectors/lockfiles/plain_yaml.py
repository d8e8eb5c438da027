"""A quick reader of the part of YAML that pnpm and Yarn write; what is outside of it is left to the YAML library.

The part: block mappings, block lists of scalars, mappings and lists of scalars on one line, plain and quoted scalars on
one line, literal blocks, comments that have a line for themselves, several documents. All else (anchors, aliases, tags,
merge keys, scalars over several lines, duplicate keys …) makes `read` give up, so that it never takes a document for
something that the library would not. It makes of a scalar what `yaml_text` makes of it.
Source: YAML 1.2.2, chapters 7 and 8; YAML 1.1 where PyYAML still follows it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sbomgate.errors import CollectError
from sbomgate.tree import conflict_marker
from sbomgate.yaml_text import YamlDocument, parse_yaml

MAX_DEPTH: Final = 30
"""Containers within each other; the library has a limit of its own."""
MAX_KEY: Final = 1000
"""Characters of a key; the library takes 1024, quotes included."""

# YAML forbids the control characters; the others are line breaks in YAML 1.1 only, tabs, and byte-order marks
_FOREIGN: Final = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# a plain scalar ends at ": " and at " #"; possessive, so that no line costs more than its length
_REST: Final = r"[^\s:]*+(?:(?::| ++)[^\s:#][^\s:]*+)*+"
_LINE: Final = re.compile(
    rf"^( *+)(?:(?:'([^'\n]++)'|\"([^\"\\\n]++)\"|([A-Za-z0-9_./(]{_REST})):(?: ([^ \n].*+))?+$|- ([^ \n].*+)$|(.*+)$)", re.MULTILINE
)
_is_plain: Final = re.compile(rf"[A-Za-z0-9_./(^~+$<]{_REST}").fullmatch
_FLOW_REST: Final = r"[^\s:?,\[\]{}]*+(?:(?::| ++)[^\s:?#,\[\]{}][^\s:?,\[\]{}]*+)*+"
_FLOW_SCALAR: Final = rf"(?:'[^']*+'|\"[^\"\\]*+\"|[A-Za-z0-9_./(^~+$<]{_FLOW_REST})"
_FLOW_KEY: Final = r"(?:'[^']++'|\"[^\"\\]++\"|[A-Za-z0-9_./(][^\s:?,\[\]{}'\"]*+)"
_is_flow_map: Final = re.compile(rf"\{{(?:{_FLOW_KEY}: {_FLOW_SCALAR}(?:, {_FLOW_KEY}: {_FLOW_SCALAR})*+)?+\}}").fullmatch
_is_flow_list: Final = re.compile(rf"\[(?:{_FLOW_SCALAR}(?:, {_FLOW_SCALAR})*+)?+\]").fullmatch
_flow_pairs: Final = re.compile(rf"({_FLOW_KEY}): ({_FLOW_SCALAR})(?:, |\}})").findall
_flow_items: Final = re.compile(rf"({_FLOW_SCALAR})(?:, |\])").findall
_is_integer: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})").fullmatch
_is_integrity: Final = re.compile(r"\{integrity: [A-Za-z0-9][A-Za-z0-9+/=-]*+\}").fullmatch
_is_single_quoted: Final = re.compile(r"'(?:[^']|'')*+'").fullmatch
_is_double_quoted: Final = re.compile(r'"(?:[^"\\]|\\["\\nt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})*+"').fullmatch
_WORDS: Final = {"~": None, "null": None, "Null": None, "NULL": None, **dict.fromkeys(("true", "True", "TRUE"), True),
                 **dict.fromkeys(("false", "False", "FALSE"), False)}  # fmt: skip
_NOT: Final = object()
"""In place of a value that is not of the plain kind; None is a value."""


def load(text: str, path: str) -> list[YamlDocument]:
    """The documents of `text`, read quickly if they are of the plain kind, by the library if not; CollectError if it is no YAML."""
    documents = read(text)
    if documents is not None:
        return documents
    try:
        return parse_yaml(text, path)
    except CollectError as error:
        raise CollectError(error.what, path, conflict_marker(text) or error.where, error.fix) from error


def read(text: str) -> list[YamlDocument] | None:
    """The documents of `text`, in time linear to its length; None if they are not of the plain kind.

    Lines are those of block containers, and of the mappings and lists on one line in the two outer levels.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if _FOREIGN.search(text):
        return None
    documents: list[YamlDocument] = []
    parts = [text] if not text.startswith("---\n") and "\n---\n" not in text else re.split(r"^---\n", text, flags=re.MULTILINE)
    line = 0
    for index, part in enumerate(parts):
        if index or len(parts) == 1 or part.strip():
            document = _read(part, line)
            if document is None:
                return None
            documents.append(document)
        line += part.count("\n") + 1
    return documents


def _read(text: str, number: int) -> YamlDocument | None:
    """The one document in `text`, before whose first line there are `number` others."""
    before = number
    root: dict[str, Any] = {}
    here: Any = root
    found: Any
    parents: list[tuple[int, Any]] = []
    depth = 0
    pending: str | None = None  # a key without a value, which deeper lines may give it
    pending_line = 0
    explicit: tuple[int, str, int] | None = None  # a key behind `? `, whose `:` has not come yet
    block: list[int] | None = None  # numbers of the lines of a literal, and whether it keeps its last line break
    lines: dict[int, int] = {}
    known: dict[str, Any] = dict(_WORDS)
    rows: list[str] = []  # the lines as they are, once there is a literal
    for indent, single, double, plain, value, item, other in _LINE.findall(text):
        number += 1
        at = len(indent)
        key = plain or double or single
        if block is not None:
            if at > depth or not (key or item or other):
                block.append(number - before - 1)
                continue
            if (found := _literal(block, rows)) is None:
                return None
            here[pending] = found
            block = pending = None
        line = number
        if not key:
            if not item and (not other or other[0] == "#"):
                continue
            if explicit is None:
                if item:
                    if at > depth and pending is not None and len(parents) < MAX_DEPTH:
                        parents.append((depth, here))
                        found = here[pending] = []
                        lines[id(found)] = pending_line
                        here, depth, pending = found, at, None
                    if at != depth or type(here) is not list or (found := _scalar(item)) is _NOT:
                        return None
                    here.append(found)
                elif other[:3] in ('? "', "? '") and type(found := _scalar(other[2:])) is str and found:
                    explicit = (at, found, number)
                else:
                    return None
                continue
            if other != ":" or explicit[0] != at:
                return None
            key, line, explicit = explicit[1], explicit[2], None
        elif explicit is not None or len(key) > MAX_KEY:
            return None
        if at != depth:
            if at > depth:
                if pending is None or len(parents) >= MAX_DEPTH:
                    return None
                parents.append((depth, here))
                found = here[pending] = {}
                lines[id(found)] = pending_line
                here, depth = found, at
            else:
                while depth > at:
                    depth, here = parents.pop()
                if depth != at:
                    return None
        if type(here) is not dict or key in here:
            return None
        pending = None
        if not value:
            here[key] = None
            pending, pending_line = key, line
            continue
        start = value[0]
        if start == "{":
            if _is_integrity(value):
                here[key] = {"integrity": value[12:-1]}
                continue
            found = known.get(value) if len(parents) > 1 else None
            if found is None:
                if (found := _flow_map(value)) is None:
                    return None
                if len(parents) > 1:
                    known[value] = found  # one object for all: nobody changes what was read
                else:
                    lines[id(found)] = line
            here[key] = found
        elif start == "[":
            if (found := _flow_list(value)) is None:
                return None
            lines[id(found)] = line
            here[key] = found
        elif start == "|":
            if value not in ("|", "|-"):
                return None
            here[key] = ""
            rows = rows or text.split("\n")
            block, pending = [value == "|"], key
        else:
            found = known.get(value, _NOT)
            if found is _NOT:
                if (found := _scalar(value)) is _NOT:
                    return None
                known[value] = found
            here[key] = found
    if block is not None:
        if (found := _literal(block, rows)) is None:
            return None
        here[pending] = found
    if explicit is not None or not root:
        return None
    lines[id(root)] = before + text[: text.index(next(iter(root)))].count("\n") + 1
    return YamlDocument(root, lines, ())


def _scalar(text: str) -> Any:
    """The value of a scalar on one line; `_NOT` if it is not of the plain kind."""
    start = text[0]
    if start == "'":
        return text[1:-1].replace("''", "'") if _is_single_quoted(text) else _NOT
    if start == '"':
        if not _is_double_quoted(text):
            return _NOT
        if "\\" not in text:
            return text[1:-1]
        from json import loads

        return loads(text)
    if _is_plain(text):
        return int(text) if _is_integer(text) else _WORDS.get(text, text)
    return int(text) if _is_integer(text) else _NOT


def _flow_map(text: str) -> dict[str, Any] | None:
    if not _is_flow_map(text):
        return None
    pairs = _flow_pairs(text)
    found = {key if key[0] not in "'\"" else key[1:-1]: _scalar(value) for key, value in pairs}
    return found if len(found) == len(pairs) and all(len(key) <= MAX_KEY for key in found) else None


def _flow_list(text: str) -> list[Any] | None:
    return [_scalar(item) for item in _flow_items(text)] if _is_flow_list(text) else None


def _literal(block: list[int], rows: list[str]) -> str | None:
    """The text of a literal: `block` tells whether it keeps its last line break, then its lines; None if it is not plain."""
    found = [rows[row] for row in block[1:]]
    while found and not found[-1].strip(" "):
        if found.pop():
            return None  # spaces on a line of their own: of the text, or not
    if not found:
        return None
    indent = len(found[0]) - len(found[0].lstrip(" "))
    if not found[0].strip(" ") or any(row[:indent].strip(" ") or (row and not row.strip(" ")) for row in found):
        return None
    return "\n".join(row[indent:] for row in found) + ("\n" if block[0] else "")
