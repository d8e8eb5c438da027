"""A document as CycloneDX XML, written from the table of fields in one pass.

Source: `bom-1.4.xsd` to `bom-1.7.xsd`. The text is UTF-8; what XML 1.0 has no way to write stands in it as an escape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from sbomgate.reporters.cyclonedx.fields import TYPES, Field
from sbomgate.reporters.cyclonedx.layout import MAX_VERSION
from sbomgate.reporters.cyclonedx.urls import iri

_TO_ESCAPE: Final = re.compile('[&<>"\r\n\t\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|##')
_UNLAWFUL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def written(bom: Mapping[str, Any], version: str) -> str:
    """The document as XML of `version`; every field in it is one that the version has."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    _element(lines, "", "bom", bom, "bom", f' xmlns="http://cyclonedx.org/schema/bom/{version}"')
    lines.append("")
    return "\n".join(lines)


def _escape(value: Any) -> str:
    """`value` as the text of an element or attribute. Line ends and tabs are references: else a reader may turn them into spaces."""
    if value is True or value is False:
        return "true" if value else "false"
    text = str(value)
    return _TO_ESCAPE.sub(_escaped, text) if _TO_ESCAPE.search(text) else text


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if found == "##":
        return "#&#35;"  # some CI systems act on `##[…]` wherever a log shows it
    if found in _ENTITIES:
        return _ENTITIES[found]
    if "\x7f" <= found <= "\x9f":
        return f"&#{ord(found)};"
    return found.encode("unicode_escape").decode("ascii")


@cache
def _plan(kind: str) -> tuple[tuple[Field, ...], Field | None, tuple[Field, ...]]:
    """The attributes of a type, its content, and its elements in their order."""
    fields = TYPES[kind]
    content = next((field for field in fields if field.xml == "="), None)
    return (
        tuple(field for field in fields if field.xml.startswith("@")),
        content,
        tuple(field for field in fields if field.xml[:1] not in ("@", "=", "-")),
    )


def _element(lines: list[str], indent: str, name: str, row: Mapping[str, Any], kind: str, more: str = "") -> None:
    attributes, content, elements = _plan(kind)
    head = name + more
    for field in attributes:
        if field.key in row:
            head += f' {field.xml[1:] or field.key}="{_escape(row[field.key])}"'
    if content is not None:
        lines.append(f"{indent}<{head}>{_escape(row.get(content.key, ''))}</{name}>")
        return
    at = len(lines)
    lines.append("")
    inner = indent + "  "
    for field in elements:
        if field.key in row:
            _field(lines, inner, field, row)
    if len(lines) == at + 1:
        lines[at] = f"{indent}<{head}/>"
    else:
        lines[at] = f"{indent}<{head}>"
        lines.append(f"{indent}</{name}>")


def _field(lines: list[str], indent: str, field: Field, row: Mapping[str, Any]) -> None:
    value, key = row[field.key], field.key
    if special := _SPECIAL.get((field.of, key)):
        special(lines, indent, row)
    elif field.xml in ("", "*"):
        for item in value if isinstance(value, list) else (value,):
            if field.of:
                _element(lines, indent, key, item, field.of)
            else:
                lines.append(f"{indent}<{key}>{_escape(item)}</{key}>")
    elif field.xml.startswith(">>"):
        lines += [f'{indent}<{field.xml[2:]} ref="{_escape(ref)}"/>' for ref in value]
    elif value:  # an empty list has no element: the schemas want one item or more
        lines.append(f"{indent}<{key}>")
        inner = indent + "  "
        if field.xml.startswith(">"):
            lines += [f'{inner}<{field.xml[1:]} ref="{_escape(ref)}"/>' for ref in value]
        elif field.of:
            for item in value:
                _element(lines, inner, field.xml, item, field.of)
        else:
            lines += [f"{inner}<{field.xml}>{_escape(item)}</{field.xml}>" for item in value]
        lines.append(f"{indent}</{key}>")


def _licenses(lines: list[str], indent: str, row: Mapping[str, Any]) -> None:
    """`license` and `expression` stand beside each other, without an element for the choice."""
    if not row["licenses"]:
        return
    lines.append(f"{indent}<licenses>")
    for choice in row["licenses"]:
        if "license" in choice:
            _element(lines, indent + "  ", "license", choice["license"], "license")
        else:
            attributes = "".join(f' {key}="{_escape(choice[key])}"' for key in ("bom-ref", "acknowledgement") if key in choice)
            lines.append(f"{indent}  <expression{attributes}>{_escape(choice['expression'])}</expression>")
    lines.append(f"{indent}</licenses>")


def _tools(lines: list[str], indent: str, row: Mapping[str, Any]) -> None:
    """An object of components and services since 1.5, a list of tools before."""
    tools = row["tools"]
    if isinstance(tools, dict):
        _element(lines, indent, "tools", tools, "tools")
        return
    if tools:
        lines.append(f"{indent}<tools>")
        for tool in tools:
            _element(lines, indent + "  ", "tool", tool, "tool")
        lines.append(f"{indent}</tools>")


def _data(lines: list[str], indent: str, row: Mapping[str, Any]) -> None:
    """A row that tells no more than 1.4 could is written as there, which every version allows."""
    plain = all(item.keys() <= {"flow", "classification"} for item in row["data"])
    if row["data"]:
        lines.append(f"{indent}<data>")
        for item in row["data"]:
            if plain:
                _flow(lines, indent + "  ", item)
            else:
                _element(lines, indent + "  ", "dataflow", item, "data")
        lines.append(f"{indent}</data>")


def _flow(lines: list[str], indent: str, row: Mapping[str, Any]) -> None:
    lines.append(f'{indent}<classification flow="{_escape(row.get("flow", "unknown"))}">{_escape(row["classification"])}</classification>')


def _purl(lines: list[str], indent: str, row: Mapping[str, Any]) -> None:
    """XML has it as an address: what somebody else's SBOM calls a purl must not spoil the document."""
    lines.append(f"{indent}<purl>{_escape(iri(row['purl']))}</purl>")


def _version(lines: list[str], indent: str, row: Mapping[str, Any]) -> None:
    """What is written as an escape counts for the longest version that there may be."""
    lines.append(f"{indent}<version>{_escape(_UNLAWFUL.sub(_escaped, row['version'])[:MAX_VERSION])}</version>")


_SPECIAL: Final = {
    ("license-choice", "licenses"): _licenses,
    ("tools", "tools"): _tools,
    ("data", "data"): _data,
    ("", "classification"): _flow,
    ("", "purl"): _purl,
    ("", "version"): _version,
}
"""(type, key) → what writes it, where JSON and XML are built differently."""
