"""Configuration in any format as one kind of document: a plain value, and the line of each of its members.

JSON with and without comments is `jsonc`'s. TOML and YAML are read by the parsers that the lockfiles use; what those do not
tell, a line, is looked for, or that of the table around. Of Markdown it is the front matter that is read, of a bundle its
manifest.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sbomgate.collectors.agents.jsonc import Document, Pointer, parse
from sbomgate.errors import CollectError
from sbomgate.tree import SourceFile, conflict_marker, parse_json

MAX_LINES: Final = 200_000
"""Lines of a TOML file that are searched for keys."""
MAX_FRONT_MATTER: Final = 64 * 2**10
"""Characters."""
_LINES_DEPTH: Final = 8
_HEADER: Final = re.compile(r"\s*\[\[?([^\[\]\n]{1,500})\]\]?\s*(?:#.*)?\Z")
_KEY: Final = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"\n]{0,300}"|'[^'\n]{0,300}')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"\n]{0,300}"|'[^'\n]{0,300}')){0,8})\s*="""
)
_PART: Final = re.compile(r"""[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'""")
_MEMBER: Final = re.compile(r"(?m)^([A-Za-z][\w-]*):[ \t]+([^\s\"'|>][^\n]*)$")
_TOP: Final = re.compile(r"(?m)^([A-Za-z_][\w-]*):")
_FLOW: Final = re.compile(r"\[[^\[\]]*\]\s*|\{[^{}]*\}\s*")


def load(source: SourceFile, format_: str) -> Document:
    """The document in `source`; CollectError with its line if it is not of `format_`."""
    if format_ == "toml":
        return Document(source.toml(), _toml_lines(source.text()))
    if format_ == "yaml":
        return _yaml(source)
    if format_ == "text":
        source.text()
        return Document({}, {})
    if format_ == "markdown":
        return front_matter(source.text(), source.path)
    if format_ == "zip":
        from sbomgate.collectors.agents.bundles import manifest

        return manifest(source)
    text = source.text()
    try:
        return Document(parse_json(text, source.path), {})
    except CollectError:
        if format_ == "json":
            raise
    return parse(text, source.path)


def _yaml(source: SourceFile) -> Document:
    documents = source.yaml()
    if not documents:
        return Document(None, {}, relaxed="no value", empty=True)
    lines: dict[Pointer, int] = {}
    _gather(documents[0].value, (), documents[0].lines, lines)
    duplicates = tuple(((where,), line) for where, line in documents[0].duplicates[:20])
    value = documents[0].value
    if isinstance(value, dict):
        text = source.text()
        number = at = 0
        for match in _TOP.finditer(text):  # scalars have no line of their own
            number, at = number + text.count("\n", at, match.start()), match.start()
            if match[1] in value:
                lines.setdefault((match[1],), number + 1)
    return Document(value, lines, duplicates, empty=value is None, relaxed="no value" if value is None else "")


def _gather(value: Any, pointer: Pointer, known: dict[int, int], lines: dict[Pointer, int]) -> None:
    """Fill `lines`. Depth and number of nodes are limited: aliases may stand for more than the text holds."""
    if len(pointer) > _LINES_DEPTH or len(lines) > MAX_LINES:
        return
    if (line := known.get(id(value))) is not None:
        lines[pointer] = line
    if isinstance(value, dict):
        for key, item in value.items():
            _gather(item, (*pointer, key), known, lines)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _gather(item, (*pointer, index), known, lines)


def _toml_lines(text: str) -> dict[Pointer, int]:
    """The lines of tables and keys, by their looks: inside a string of several lines a wrong one may be found, never a wrong value."""
    lines: dict[Pointer, int] = {}
    table: Pointer = ()
    count: dict[Pointer, int] = {}
    for number, line in enumerate(text.split("\n")[:MAX_LINES], start=1):
        if len(line) > 20_000:
            continue
        line = line.rstrip("\r")
        if match := _HEADER.match(line):
            table = _dotted(match[1])
            if line.lstrip().startswith("[["):
                index = count[table] = count.get(table, -1) + 1
                table = (*table, index)
            lines.setdefault(table, number)
        elif match := _KEY.match(line):
            lines.setdefault((*table, *_dotted(match[1])), number)
    return lines


def _dotted(text: str) -> Pointer:
    return tuple(part.strip("\"'") if part[0] in "\"'" else part for part in _PART.findall(text)[:_LINES_DEPTH])


def _quoted(member: re.Match[str]) -> str:
    """The member with its value in quotes, if YAML would read that as something else than text or a list."""
    key, value = member[1], member[2].rstrip()
    odd = ": " in value or " #" in value or value.endswith(":") or (value[0] in "[{*&!@%`" and not _FLOW.fullmatch(value))
    return f"{key}: '{value.replace(chr(39), chr(39) * 2)}'" if odd else member[0]


def front_matter(text: str, path: str) -> Document:
    """What stands between the first two lines `---`, as YAML; an empty table where there is none.

    Clients forgive a colon or a bracket in an unquoted description, which YAML does not: such a value is taken as text.
    """
    if not re.match(r"---[ \t]*\r?\n", text):
        return Document({}, {})
    start = text.index("\n") + 1
    end = re.compile(r"(?m)^---[ \t]*\r?$").search(text, start - 1)
    if end is None:
        return Document({}, {})
    if end.start() - start > MAX_FRONT_MATTER:
        raise CollectError(
            f"front matter longer than {MAX_FRONT_MATTER // 1024} Ki characters", path, fix="no real one is; look at it by hand"
        )
    from sbomgate.yaml_text import parse_yaml

    inner = text[start : end.start()]
    try:
        documents = parse_yaml(inner, path)
    except CollectError:
        quoted = _MEMBER.sub(_quoted, inner)
        try:
            documents = parse_yaml(quoted, path)
        except CollectError as error:
            raise CollectError(error.what, path, conflict_marker(text) or error.where, "quote the values of the front matter") from error
    value = documents[0].value if documents else None
    lines: dict[Pointer, int] = {}
    if isinstance(value, dict) and value:
        _gather(value, (), documents[0].lines, lines)
        lines = {pointer: line + 1 for pointer, line in lines.items() if pointer}
        for match in re.finditer(r"(?m)^([\w-]+):", inner):
            lines.setdefault((match[1],), inner.count("\n", 0, match.start()) + 2)
    return Document(value if isinstance(value, dict) else {}, lines)
