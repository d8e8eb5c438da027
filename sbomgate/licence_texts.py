"""Which licence a text is: one whose every word is known, or none.

What is compared are words, by the SPDX license list matching guidelines (SPDX specification, "License matching guidelines and
templates"): case, white space, punctuation, marks of comments and of lists, and ways of spelling do not count. Above the text
may stand its title and notices of copyright, and nothing else. Where a licence has a place to fill in (the holder's name), what
is filled in is short, and has no word that could grant or forbid something. The rest has to be the licence word by word: one
word more, fewer or other is no known text. Nothing is guessed.

`allowlists/licence-texts.json` has digests only; `scripts/make_licence_texts.py` makes it. What it has, in this order: forms of
licences as (identifier, digest of the first words, steps); a step is (how many words may stand before it, alternatives); an alternative is
(count of words, digest), the first that fits is taken.
"""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from typing import Final, NamedTuple

MAX_TEXT: Final = 2**16
"""Bytes; the longest known text, LGPL-3.0 with the GPL below it, has 42,000, and 50,000 as a comment."""
LEAD: Final = 6
"""Words by whose digest a form is found. Every form begins with that many fixed ones."""
_BEGINNING: Final = 1000
"""Characters in which these words are, or it is no known text."""
FAMILY: Final = frozenset({"AGPL-3.0", "GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0"})
"""Texts that do not tell whether a later version may be chosen: the package says that, `-only` or `-or-later`."""
POINTER: Final = "pointer"
"""In the place of an identifier: a text that only says in which other files the licences stand."""

_Step = tuple[int, list[tuple[int, str]]]
_MAX_HEAD: Final = 200
"""Lines above a text; some projects name every contributor."""
_MAX_NOTICE: Final = 40
"""Words of one notice of copyright."""
_BEFORE: Final = 5
"""Words among which `copyright` is: "Original work copyright Ada"."""
_MAX_CONTINUED: Final = 12
_MAX_LINE: Final = 2000
_WORDS: Final = re.compile(r"[^\W_]+")
_SEPARATORS: Final = {code: " " for code in range(128) if not chr(code).isalnum()}
# "1.", "(a)", "iv)", "2.1." before white space; also inside of a line, where wrapping may have put it (guidelines, "Bullets and numbering")
_NUMBER: Final = re.compile(r"(?<![\w(])\(?(?:[0-9]{1,2}|[a-z]|[ivx]{1,4})(?:\.[0-9]{1,2}){0,3}[.)]{1,2}\Z")
_NUMBER_END: Final = re.compile(r"[.)]+(?=\s|\Z)")
_MAX_NUMBER: Final = 17
"""Characters of a number, and the one before it."""
_SPELLINGS: Final = {
    "acknowledgement": "acknowledgment", "analog": "analogue", "analyse": "analyze", "artefact": "artifact",
    "authorisation": "authorization", "authorised": "authorized", "cancelled": "canceled", "capitalisations": "capitalizations",
    "catalog": "catalogue", "centre": "center", "emphasised": "emphasized", "favour": "favor", "favourite": "favorite",
    "fulfil": "fulfill", "fulfilment": "fulfillment", "https": "http", "initialise": "initialize", "judgement": "judgment",
    "labelling": "labeling", "labour": "labor", "licence": "license", "licenced": "licensed", "licences": "licenses",
    "maximise": "maximize", "modelled": "modeled", "modelling": "modeling", "noncommercial": "non commercial", "offence": "offense",
    "optimise": "optimize", "organisation": "organization", "organisations": "organizations", "organise": "organize",
    "percent": "per cent", "practise": "practice", "programme": "program", "realise": "realize", "recognise": "recognize",
    "signalling": "signaling", "sublicence": "sublicense", "sublicences": "sublicenses", "licencing": "licensing",
    "utilisation": "utilization", "whilst": "while", "wilful": "wilfull",
}  # fmt: skip
"""Source: guidelines, "Varietal word spelling"."""
_PHRASES: Final = (
    (" sub license ", " sublicense "),
    (" copyright owner ", " copyright holder "),
    (" copyright owners ", " copyright holders "),
)
_NOTICE: Final = re.compile(r"\W*(?:\(c\)|\u00a9)")
_RESERVED: Final = frozenset({"all rights reserved", "all right reserved", "all rights reserved by the authors"})
_OPERATIVE: Final = frozenset({
    "academic", "agree", "agreement", "allow", "allowed", "allows", "applies", "apply", "authorized", "but", "cannot", "clause",
    "commercial", "condition", "conditions", "copied", "disclaimed", "disclaims", "distribute", "distributed", "distribution",
    "educational", "evaluation", "except", "exception", "exclude", "excluded", "excludes", "excluding", "fee", "fees", "following",
    "forbidden", "grant", "granted", "grants", "if", "internal", "licensable", "license", "licensed", "licensee", "licenses",
    "limitation", "limitations", "limited", "may", "modification", "modified", "modify", "must", "never", "no", "non", "not", "only",
    "otherwise", "paid", "patent", "patents", "pay", "permission", "permissions", "permit", "permits", "permitted", "personal",
    "prohibit", "prohibited", "prohibits", "proprietary", "provided", "public", "purpose", "redistribute", "redistributed",
    "redistribution", "redistributions", "required", "requires", "research", "restrict", "restricted", "restriction", "restrictions",
    "sell", "shall", "should", "subject", "sublicense", "terms", "unless", "unlicensed", "use", "used", "uses", "using", "warranties",
    "warranty", "without",
})  # fmt: skip
"""Words with which something is granted, forbidden or bound to a condition: no notice of copyright and no name has one."""


def words_of(text: str) -> list[str]:
    """The words of `text` as they are compared."""
    plain = _without_numbers(text.lower())
    found = plain.translate(_SEPARATORS).split() if plain.isascii() else _WORDS.findall(plain)  # the same, at a fifth of the time
    if not _SPELLINGS.keys().isdisjoint(found):
        found = [_SPELLINGS.get(word, word) for word in found]
    joined = f" {' '.join(found)} "
    for written, meant in _PHRASES:
        joined = joined.replace(written, meant)
    return joined.split()


def _without_numbers(text: str) -> str:
    """`text` without the numbers of lists. Looked for from their ends: at every place of the text it would take four times as long."""
    parts = []
    at = 0
    for end in _NUMBER_END.finditer(text):
        near = max(at, end.end() - _MAX_NUMBER)
        number = _NUMBER.search(text[near : end.end()])
        if number:
            parts.append(text[at : near + number.start()])
            at = end.end()
    parts.append(text[at:])
    return " ".join(parts)


def digest(words: list[str]) -> str:
    """What stands for `words` in the table."""
    return sha256(" ".join(words).encode("utf-8", "backslashreplace")).hexdigest()[:32]


class _Table(NamedTuple):
    forms: dict[str, list[tuple[str, list[_Step]]]]
    """Digest of the first words → (identifier, steps)."""
    titles: dict[str, frozenset[str]]
    """Words of a line above a text → the licences that it may stand above; none: any."""


@cache
def _table() -> _Table:
    from sbomgate.data import read_text

    shipped = json.loads(read_text("licence-texts.json"))
    forms: dict[str, list[tuple[str, list[_Step]]]] = {}
    for identifier, lead, steps in shipped["forms"]:
        forms.setdefault(lead, []).append((identifier, steps))
    return _Table(forms, {title: frozenset(identifiers) for title, identifiers in shipped["titles"].items()})


def identify(data: bytes) -> str:
    """The identifier of the licence that `data` is the text of, one of `FAMILY`, or `POINTER`; empty if it is no known text.

    Takes time linear in the size of `data`; more than `MAX_TEXT` bytes are no known text.
    """
    if len(data) > MAX_TEXT:
        return ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # a name above the text in an old encoding
    lines = text.splitlines()
    start, allowed = _head(lines)
    rest = "\n".join(lines[start:])
    first = words_of(rest[:_BEGINNING])[:LEAD]
    forms = [form for form in _table().forms.get(digest(first), ()) if allowed is None or form[0] in allowed]
    words = words_of(rest) if forms else []
    return next((identifier for identifier, steps in forms if _fits(words, steps)), "")


def _head(lines: list[str]) -> tuple[int, frozenset[str] | None]:
    """The number of lines above the text, and the licences that its title may stand for; None: any."""
    allowed: frozenset[str] | None = None
    titles = _table().titles
    is_continued = False
    for number, line in enumerate(lines[:_MAX_HEAD]):
        if len(line) > _MAX_LINE:
            return number, allowed
        words = words_of(line)
        if not words:
            is_continued = False
            continue
        joined = " ".join(words)
        title = titles.get(joined)
        if title is not None:
            if title:
                allowed = title if allowed is None else allowed & title
            is_continued = False
            continue
        is_notice = ("copyright" in words[:_BEFORE] or _NOTICE.match(line[:200].lower()) is not None) and len(words) <= _MAX_NOTICE
        is_continuation = is_continued and len(words) <= _MAX_CONTINUED
        if joined not in _RESERVED and (not (is_notice or is_continuation) or not _OPERATIVE.isdisjoint(words)):
            return number, allowed
        is_continued = is_notice or is_continuation
    return min(len(lines), _MAX_HEAD), allowed


def _fits(words: list[str], steps: list[_Step]) -> bool:
    """Whether `words` are the text of a form from the first to the last."""
    at = 0
    for gap, alternatives in steps:
        found = _next(words, at, gap, alternatives)
        if found is None or not _OPERATIVE.isdisjoint(words[at : found[0]]):
            return False
        at = found[1]
    return at == len(words)


def _next(words: list[str], at: int, gap: int, alternatives: list[tuple[int, str]]) -> tuple[int, int] | None:
    """Where the first alternative that fits begins and ends, at most `gap` words behind `at`."""
    for start in range(at, min(at + gap, len(words)) + 1):
        for count, wanted in alternatives:
            if start + count <= len(words) and (not count or digest(words[start : start + count]) == wanted):
                return start, start + count
    return None
