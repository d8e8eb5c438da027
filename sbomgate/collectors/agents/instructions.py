"""Files that an agent takes up as instructions: what is odd about their text, and what they take in.

A file is read as text and never rendered. Its text is not kept: only its digest, its imports, and its marks, without secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sbomgate.agent_model import Instruction
from sbomgate.collectors.agents.instruction_names import named
from sbomgate.collectors.agents.reading import Found
from sbomgate.errors import CollectError
from sbomgate.model import Location, Problem
from sbomgate.text_marks import MAX_DETAIL, marks
from sbomgate.tree import SourceFile, Tree

MAX_TEXT: Final = 8 * 2**20
"""Bytes of one file."""
MAX_FILES: Final = 5000
"""Of the packages of one environment, or of one node_modules."""
MAX_BYTES: Final = 64 * 2**20
"""Of all of them."""
MAX_IMPORTS: Final = 200
# Claude Code and Gemini CLI: `@path`, not in the middle of a word, where a path begins, or a name with an ending; Amazon Q and Kiro: `file://`
_IMPORT: Final = re.compile(
    r"(?<![\w`@./-])@((?:~/|\.{1,2}/|/)[\w./~+-]{1,300}|[\w-][\w./+-]{0,300}\.(?:mdc?|txt))(?![\w`])|\b(file://[^\s)>\"'`]{1,300})"
)
_FENCED: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_NAME: Final = re.compile(r"\A\ufeff?---\r?\n(?:[^\n]*\n){0,50}?name:[ \t]*([^\n]{1,200})\n")


def collect(source: SourceFile) -> Iterator[Found]:
    """Yield the instructions in a file of a repository; raise CollectError if it cannot be read."""
    yield instruction(source.tree, source.path, "repo")


def instruction(tree: Tree, path: str, scope: str, *, package: str = "", client: str = "", limit: int = MAX_TEXT) -> Instruction:
    """The file at `path` as instructions. `client`: whose table of files names it."""
    from hashlib import sha256

    data = tree.read(path, limit)
    text = _decoded(data)
    known = named(path)
    kind, clients = known or ("rule", ())
    if client:
        clients = tuple(sorted({client, *clients} - {"unknown"}))
    is_markdown_front = _NAME.match(text)
    return Instruction(
        location=Location(path),
        clients=clients,
        kind=kind,
        scope=scope,
        name=_clean(is_markdown_front[1].strip().strip("\"'")) if is_markdown_front else "",
        package=package,
        imports=_imports(text),
        sha256=sha256(data).hexdigest(),
        size=len(data),
        marks=tuple((mark.kind, mark.line, _clean(mark.detail)) for mark in marks(text)),
    )


def packaged(tree: Tree, files: Iterable[tuple[str, str]]) -> Iterator[Found]:
    """The instructions among `files`, pairs of a path and the purl of the package that it came with."""
    count = size = 0
    for path, package in files:
        if count >= MAX_FILES or size >= MAX_BYTES:
            yield Problem(
                path=path,
                what=f"more than {MAX_FILES} files of instructions, or {MAX_BYTES} bytes, in packages; the rest was not read",
                fix="look at them by hand",
            )
            return
        if tree.kind(path) != "file":
            continue  # a missing file, or a link, is told where RECORD is compared
        try:
            found = instruction(tree, path, "repo", package=package)
        except CollectError as error:
            yield Problem(path=error.path or path, what=error.what, where=error.where, fix=error.fix or "look at it by hand")
            continue
        count += 1
        size += found.size
        yield found


def _decoded(data: bytes) -> str:
    """The text of a file as a client would show it to its model: what is no text becomes U+FFFD there as well."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def _clean(text: str) -> str:
    from sbomgate.collectors.agents import redaction

    return redaction.redacted(text)[:MAX_DETAIL]


def _imports(text: str) -> tuple[str, ...]:
    """What the text takes in, as written; an example in a block of code takes in nothing."""
    if "@" not in text and "file://" not in text:
        return ()
    fences = [match.start() for match in _FENCED.finditer(text)]
    from bisect import bisect_right

    found: dict[str, None] = {}
    for match in _IMPORT.finditer(text):
        start = text.rfind("\n", max(0, match.start() - 1000), match.start()) + 1
        if bisect_right(fences, match.start()) % 2 or text.count("`", start, match.start()) % 2:
            continue
        found[_clean((match[1] or match[2]).rstrip("."))] = None
        if len(found) >= MAX_IMPORTS:
            break
    return tuple(found)
