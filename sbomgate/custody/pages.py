"""The page of a project in a package index, read in a time that grows with its length and with nothing else.

`pypi_simple` has the nouns, and reads what is JSON. Links in HTML are found here: a parser that builds a tree needs minutes for 300 kB of
links in links. A file whose name no installer would take is left out before its parts are looked for, which takes long for many hyphens.
Sources: "Simple repository API" (PEP 503, 592, 629, 691, 700, 792).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Final
from urllib.parse import urljoin

from pypi_simple import DistributionPackage, Link, ProjectPage, RepositoryPage

JSON: Final = "application/vnd.pypi.simple.v1+json"
HTML: Final = ("text/html", "application/vnd.pypi.simple.v1+html")
MAX_FILES: Final = 100_000
"""Of one project; the largest have some ten thousand."""
_MAX_NAME: Final = 200
_MAX_HYPHENS: Final = 20
_tags: Final = re.compile(r"<(?=(?:a|meta|base)[\s/>])", re.IGNORECASE).split
_tag: Final = re.compile(r"[a-z]+", re.IGNORECASE).match
_attribute: Final = re.compile(r"""[\s/]*([^\s/>=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?""").match
_end: Final = re.compile(r"[\s/]*>").match
_closing: Final = re.compile(r"</a[\s>]", re.IGNORECASE).split
_markup: Final = re.compile(r"<[^<>]*>").sub


def read(body: bytes, kind: str, charset: str, url: str, name: str) -> ProjectPage:
    """The page of the project `name` that came from `url`, of the media type `kind`. ValueError, or an error of the parser's own, if it is none."""
    if kind == JSON:
        document = json.loads(body)
        if isinstance(document, dict) and isinstance(document.get("files"), list):
            _count(len(document["files"]))
            document["files"] = [row for row in document["files"] if _is_readable(row)]
        return ProjectPage.from_json_data(document, url)
    page = _html(body.decode(charset or "utf-8", "replace"), url)
    if int((page.repository_version or "1").partition(".")[0]) > 1:
        raise ValueError("a later version of the protocol")
    return ProjectPage(
        project=name,
        packages=[DistributionPackage.from_link(link, name) for link in page.links],
        repository_version=page.repository_version,
        last_serial=None,
        status=page.status,
        status_reason=page.status_reason,
    )


def _count(number: int) -> None:
    if number > MAX_FILES:
        raise ValueError(f"more than {MAX_FILES:,} files")


def _is_readable(row: Any) -> bool:
    """Whether the name in `row` is one that may be taken apart; what is no row at all is for the parser to refuse."""
    name = row.get("filename") if isinstance(row, dict) else None
    return not isinstance(name, str) or _is_short(name)


def _is_short(name: str) -> bool:
    return len(name) <= _MAX_NAME and name.count("-") <= _MAX_HYPHENS


def _html(text: str, url: str) -> RepositoryPage:
    links: list[Link] = []
    meta: dict[str, list[str]] = {}
    base = ""
    for tag, attributes, rest in _elements(_without_comments(text)):
        if tag == "base" and not base:
            base = attributes.get("href", "")
        elif tag == "meta" and attributes.get("name", "").startswith("pypi:"):
            meta.setdefault(attributes["name"][5:], []).append(attributes.get("content", ""))
        elif tag == "a" and "href" in attributes:
            shown = unescape(_markup("", _closing(rest, 1)[0])).strip()
            if _is_short(shown):
                links.append(Link(shown, attributes["href"], {**attributes}))
    start = urljoin(url, base) if base else url
    links = [Link(link.text, urljoin(start, link.url), link.attrs) for link in links]
    return RepositoryPage(next(iter(meta.get("repository-version", ())), None), links, meta)


def _without_comments(text: str) -> str:
    first, *others = text.split("<!--")
    return first + "".join(part.partition("-->")[2] for part in others)


def _elements(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """(name, attributes, what follows) of each tag that matters; ValueError if one does not end."""
    pieces = _tags(text)[1:]
    _count(len(pieces))
    for piece in pieces:
        name = _tag(piece)
        assert name is not None
        attributes: dict[str, str] = {}
        at = name.end()
        while found := _attribute(piece, at):
            at = found.end()
            attributes.setdefault(found[1].lower(), unescape(found[2] or found[3] or found[4] or ""))
        end = _end(piece, at)
        if end is None:
            raise ValueError("a tag without an end")
        yield name[0].lower(), attributes, piece[end.end() :]
