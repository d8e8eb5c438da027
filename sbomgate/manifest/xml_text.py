"""A CycloneDX document in XML, told as `json_text` tells the same document in JSON.

With expat itself, fed in pieces: no tree is built but of the one component that is being read. A document type
declaration is refused, so there are no entities to expand and nothing outside to fetch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, Final

from sbomgate.errors import CollectError
from sbomgate.manifest.json_text import PIECE, Event

MAX_DEPTH: Final = 200
"""Elements in each other; what tools write has about ten."""
_NAMESPACE: Final = "http://cyclonedx.org/schema/bom/"
_TEXTS: Final = frozenset(("group", "name", "version", "purl", "vendor"))
_ROWS: Final = {"components": "component", "services": "service"}


def events(file: IO[bytes], path: str, limit: int, start: bytes = b"") -> Iterator[Event]:
    """What the document in `file` states; CollectError with the line for what is no XML or has a document type declaration."""
    from xml.parsers import expat

    reader = _Reader(path)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.doctype
    size = len(start)
    piece = start or file.read(PIECE)
    while True:
        try:
            parser.Parse(piece, not piece)
        except expat.ExpatError as error:
            what = expat.errors.messages[error.code]
            raise CollectError(f"not valid XML ({what})", path, f"line {error.lineno} column {error.offset + 1}") from error
        except CollectError as error:
            raise CollectError(error.what, path, f"line {parser.CurrentLineNumber}", error.fix) from error
        except (ValueError, LookupError) as error:  # an encoding that Python does not know, or not as expat needs it
            raise CollectError(f"not valid XML ({str(error)[:100]})", path, "line 1") from error
        yield from reader.ready
        reader.ready.clear()
        if not piece:
            return
        piece = file.read(PIECE)
        size += len(piece)
        if size > limit:
            raise CollectError(f"larger than {limit // 2**20} MiB", path, fix="no real document is; look at it by hand")


class _Element:
    """An element that is kept."""

    __slots__ = ("attributes", "children", "tag", "texts")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[_Element] = []
        self.texts: list[str] = []

    @property
    def raw(self) -> str:
        return "".join(self.texts)

    @property
    def text(self) -> str:
        return self.raw.strip()

    def child(self, tag: str) -> _Element | None:
        return next((child for child in self.children if child.tag == tag), None)

    def rows(self, tag: str) -> list[_Element]:
        """The elements inside the child `tag`."""
        found = self.child(tag)
        return found.children if found else []


class _Reader:
    def __init__(self, path: str) -> None:
        self.path = path
        self.ready: list[Event] = []
        self.names: list[str] = []
        """Of the open elements, from the root."""
        self.kept: list[_Element] = []
        """The open elements that are kept, from the row of the document."""
        self.counts: dict[str, int] = {}

    def doctype(self, *_: object) -> None:
        raise CollectError("has a document type declaration", self.path, fix="no CycloneDX document needs one")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, tag = name.rpartition(" ")
        self.names.append(tag)
        depth = len(self.names)
        if depth > MAX_DEPTH:
            raise CollectError(f"elements nested deeper than {MAX_DEPTH}", self.path)
        if depth == 1:
            if tag != "bom" or not space.startswith(_NAMESPACE):
                raise CollectError("no CycloneDX document", self.path, fix="its root is `bom` of a CycloneDX namespace")
            self.ready += [("bomFormat", None, "CycloneDX"), ("specVersion", None, space.removeprefix(_NAMESPACE))]
        elif depth == 2 and tag in _ROWS:
            if tag in self.counts:
                raise CollectError(f"{tag} stands twice", self.path)
            self.counts[tag] = 0
            self.ready.append((tag, -1, None))
        elif self.kept or (depth == 2 and tag == "metadata") or (depth == 3 and self.names[1] in _ROWS):
            element = _Element(tag, attributes)
            if self.kept:
                self.kept[-1].children.append(element)
            self.kept.append(element)

    def characters(self, text: str) -> None:
        if self.kept:
            self.kept[-1].texts.append(text)

    def end(self, _: str) -> None:
        self.names.pop()
        if not self.kept:
            return
        element = self.kept.pop()
        if self.kept:
            return
        if element.tag == "metadata":
            if "metadata" in self.counts:
                raise CollectError("metadata stands twice", self.path)
            self.counts["metadata"] = 1
            self.ready.append(("metadata", None, _metadata(element)))
        else:
            key = self.names[1]
            if element.tag != _ROWS[key]:
                raise CollectError(f"{element.tag[:100]!r} is no {_ROWS[key]}", self.path)
            self.ready.append((key, self.counts[key], _component(element)))
            self.counts[key] += 1


def _component(element: _Element) -> dict[str, Any]:
    """A component or a service as it would stand in JSON, as far as it is read."""
    row: dict[str, Any] = {key: element.attributes[key] for key in ("type", "bom-ref") if key in element.attributes}
    for child in element.children:
        if child.tag in _TEXTS:
            if child.tag in row:
                raise CollectError(f"{child.tag} stands twice", "")
            row[child.tag] = child.text
    row["hashes"] = _hashes(element)
    row["licenses"] = [
        {"expression": choice.text, **choice.attributes}
        if choice.tag == "expression"
        else {"license": {**choice.attributes, **{part.tag: part.text for part in choice.children if part.tag in ("id", "name")}}}
        for choice in element.rows("licenses")
    ]
    row["properties"] = [{"name": item.attributes.get("name", ""), "value": item.raw} for item in element.rows("properties")]
    row["externalReferences"] = [
        {"type": item.attributes.get("type", ""), "hashes": _hashes(item)} for item in element.rows("externalReferences")
    ]
    for key, tag in _ROWS.items():
        if inner := [_component(item) for item in element.rows(key) if item.tag == tag]:
            row[key] = inner
    return row


def _hashes(element: _Element) -> list[dict[str, str]]:
    return [{"alg": item.attributes.get("alg", ""), "content": item.text} for item in element.rows("hashes")]


def _metadata(element: _Element) -> dict[str, Any]:
    own = element.child("component")
    tools = [_component(item) for item in element.rows("tools") if item.tag == "tool"]
    inside = element.child("tools")
    if inside and inside.child("components"):
        tools = [_component(item) for item in inside.rows("components")]
    return {
        "tools": tools,
        "properties": [{"name": item.attributes.get("name", ""), "value": item.raw} for item in element.rows("properties")],
        **({"component": _component(own)} if own else {}),
    }
