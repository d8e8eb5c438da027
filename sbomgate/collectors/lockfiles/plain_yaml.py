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

# YAML forbids the control characters; the others are line breaks in YAML 1.1 only, tabs, and byte-order marks
_FOREIGN: Final = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# a plain scalar ends at ": " and at " #"; possessive, so that no line costs more than its length
_REST: Final = r"[^\s:]*+(?:(?::| ++)[^\s:#][^\s:]*+)*+"
_LINE: Final = re.compile(
    rf"^( *+)(?:(?:'([^'\n]++)'|\"([^\"\\\n]++)\"|([A-Za-z0-9_./(]{_REST})):(?: ([^ \n].*+))?+$|- ([^ \n].*+)$|(.*+)$)", re.MULTILINE
)
_is_plain: Final = re.compile(rf"[A-Za-z0-9_./(^~+$<]{_REST}").fullmatch
_FLOW_REST: Final = r"[^\s:,\[\]{}]*+(?:(?::| ++)[^\s:#,\[\]{}][^\s:,\[\]{}]*+)*+"
_FLOW_SCALAR: Final = rf"(?:'[^']*+'|\"[^\"\\]*+\"|[A-Za-z0-9_./(^~+$<]{_FLOW_REST})"
_FLOW_KEY: Final = r"(?:'[^']++'|\"[^\"\\]++\"|[A-Za-z0-9_./(][^\s:,\[\]{}'\"]*+)"
_is_flow_map: Final = re.compile(rf"\{{(?:{_FLOW_KEY}: {_FLOW_SCALAR}(?:, {_FLOW_KEY}: {_FLOW_SCALAR})*+)?+\}}").fullmatch
_is_flow_list: Final = re.compile(rf"\[(?:{_FLOW_SCALAR}(?:, {_FLOW_SCALAR})*+)?+\]").fullmatch
_flow_pairs: Final = re.compile(rf"({_FLOW_KEY}): ({_FLOW_SCALAR})(?:, |\}})").findall
_flow_items: Final = re.compile(rf"({_FLOW_SCALAR})(?:, |\])").findall
_is_integer: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})").fullmatch
_is_base64: Final = re.compile(r"\{integrity: [A-Za-z0-9][A-Za-z0-9+/=-]*+\}").fullmatch
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
    first = number
    root: dict[str, Any] = {}
    here: Any = root
    parents: list[tuple[int, Any]] = []
    depth = 0
    pending: str | None = None  # a key without a value, which deeper lines may give it
    explicit: tuple[int, str] | None = None  # a key behind `? `, whose `:` has not come yet
    block: list[str] | None = None  # lines of a literal
    starts: dict[int, int] = {}
    known: dict[str, Any] = dict(_WORDS)
    key_line = 0
    for indent, single, double, plain, value, item, other in _LINE.findall(text):
        number += 1
        at = len(indent)
        key = plain or double or single
        if block is not None:
            if at > depth or not (key or item or other):
                block.append(indent + _unparsed(single, double, plain, value, item, other))
                continue
            if not _end_literal(block, here, pending):
                return None
            block = pending = None
        if not key:
            if not item and (not other or other[0] == "#"):
                continue
            if item:
                if at > depth and pending is not None and len(parents) < MAX_DEPTH:
                    parents.append((depth, here))
                    found: Any = []
                    here[pending] = found
                    starts[id(found)] = key_line
                    here, depth, pending = found, at, None
                if at != depth or type(here) is not list or (found := _scalar(item)) is _NOT:
                    return None
                here.append(found)
                continue
            if other == ":" and explicit is not None and explicit[0] == at:
                key, value, explicit = explicit[1], "", None
            elif other[:3] in ('? "', "? '") and explicit is None and type(found := _scalar(other[2:])) is str and found:
                explicit = (at, found)
                key_line = number
                continue
            else:
                return None
        elif explicit is not None:
            return None
        else:
            key_line_before, key_line = key_line, number
        if at != depth:
            if at > depth:
                if pending is None or len(parents) >= MAX_DEPTH:
                    return None
                parents.append((depth, here))
                found = {}
                here[pending] = found
                starts[id(found)] = key_line_before
                here, depth = found, at
            else:
                while depth > at:
                    depth, here = parents.pop()
                if depth != at:
                    return None
        pending = None
        if type(here) is not dict or key in here:
            return None
        if not value:
            here[key] = None
            pending = key
            continue
        start = value[0]
        if start == "{":
            if _is_base64(value):
                here[key] = {"integrity": value[12:-1]}
                continue
            found = known.get(value) if len(parents) > 1 else None
            if found is None:
                if (found := _flow_map(value)) is None:
                    return None
                known[value] = found
                if len(parents) < 2:
                    starts[id(found)] = number
            here[key] = found
        elif start == "[":
            if (found := _flow_list(value)) is None:
                return None
            starts[id(found)] = number
            here[key] = found
        elif start == "|":
            if value not in ("|", "|-"):
                return None
            block, pending = [value], key
        else:
            found = known.get(value, _NOT)
            if found is _NOT:
                found = _scalar(value)
                if found is _NOT:
                    return None
                known[value] = found
            here[key] = found
    if block is not None and not _end_literal(block, here, pending):
        return None
    if explicit is not None or not root:
        return None
    starts[id(root)] = first + 1
    return YamlDocument(root, starts, ())
