"""The files of agents' clients: who reads one, as what, and whether it is in force there.

A file that its client refuses is read all the same, as far as it can be, and everything in it is marked: a list of what is
denied does not exist where a comment makes the client drop the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.clients import find, is_anchored
from sbomgate.collectors.agents.jsonc import Document, parse
from sbomgate.collectors.agents.reading import File, Found, Reading, file_noun, is_subject, place, refused
from sbomgate.collectors.fields import type_name
from sbomgate.errors import CollectError
from sbomgate.model import Problem
from sbomgate.tree import SourceFile


def collect(source: SourceFile) -> Iterator[Found]:
    """Yield the file and everything in it; raise CollectError if it cannot be read, or is of another format."""
    known = find(source.path if is_anchored(source.path) or not source.tree.root else source.full_path)
    if known is None:
        raise CollectError("no client is known to read a file of this name", source.path)
    line, file = known
    client = "unknown" if line.name == "mcp-json" else line.name
    if file.known_by:
        head = source.tree.head(source.path, _HEAD)
        if not any(mark in head for mark in file.known_by):
            return
    if file.kind == "instructions":
        from sbomgate.collectors.agents.instructions import instruction

        yield instruction(source.tree, source.path, file.scope, client=client, limit=file.limit)
    try:
        document = _document(source, file)
    except CollectError as error:
        if file.subjects:
            raise
        yield file_noun(Reading(source, client, file, Document(None, {}), f"{client} cannot read it: {error.what}"), file.kind, file.also)
        raise
    is_strict = file.format == "json" and document.relaxed not in ("", "no value")
    reading = Reading(source, client, file, document, refused(client, document.relaxed) if is_strict else "")
    if file.subjects:
        yield from _subjects(reading, file)
        return
    yield file_noun(reading, file.kind, file.also)
    if document.empty:
        if document.relaxed:
            yield f"{source.path}: holds no value"
        return
    if is_strict:
        yield f"{source.path}: {document.relaxed}: {client} reads strict JSON, so nothing in this file is in force there"
    if not isinstance(document.value, dict):
        raise CollectError(f"expected table, found {type_name(document.value)}", source.path)
    yield from _duplicates(reading)
    yield from file.read(reading)


def _subjects(reading: Reading, file: File) -> Iterator[Found]:
    """What a file that is mostly about other things says about agents; nothing, and no file, if that is nothing."""
    if not is_subject(reading, file):
        return
    found = list(file.read(reading))
    if found:
        yield file_noun(reading, file.kind, file.also)
        yield from _duplicates(reading, file.subjects)
        yield from found


def _duplicates(reading: Reading, subjects: tuple[str, ...] = ("",)) -> Iterator[Problem]:
    for pointer, number in reading.document.duplicates:
        if str(pointer[0]).startswith(subjects):
            yield Problem(
                path=reading.path,
                what=f"stands more than once in its table (again in line {number}); the last one counts"
                if number
                else "stands more than once; the last one counts",
                where=place(pointer),
                fix="remove all but one",
            )


def _document(source: SourceFile, file: File) -> Document:
    source.read(file.limit)
    if file.format in ("json", "jsonc"):
        text = source.text()
        if file.format == "json" and not text.strip():
            raise CollectError("the file is empty", source.path, fix="remove it, or write {} into it")
        if len(text) <= _LARGE:
            return parse(text, source.path)
    from sbomgate.collectors.agents import documents

    return documents.load(source, file.format)


_HEAD: Final = 64 * 2**10
"""Bytes that tell whose file it is."""
_LARGE: Final = 2 * 2**20
"""Characters, beyond which JSON is read at once and without its lines: a client's state with its history."""
