"""The page of a rule, cut into what a report quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sbomgate.model import Finding, Severity

_SECTION = re.compile(r"^## +(?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """What a rule says of itself."""

    title: str = ""
    """What is wrong, one sentence without its full stop."""
    why: str = ""
    """Section "Why it matters", unwrapped to one line a paragraph."""
    text: str = ""
    """The whole page, Markdown."""
    severity: Severity | None = None
    """The default of the rule; None if no such rule is known."""


def page(finding: Finding) -> Page:
    """The page of the rule of `finding`; an empty one if the rule has none (a report of another version)."""
    return _page(finding.rule)


@cache
def _page(rule_id: str) -> Page:
    from sbomgate.rules import by_id

    rule = by_id(rule_id)
    return Page() if rule is None else read_page(rule.doc, rule.severity)


def read_page(doc: str, severity: Severity | None = None) -> Page:
    """`doc`, the docstring of a rule, as a page."""
    text = doc.strip()
    parts = _SECTION.split(text)  # intro, title, body, title, body …
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    why = "\n".join(" ".join(paragraph.split()) for paragraph in sections.get("Why it matters", "").strip().split("\n\n"))
    return Page(title=" ".join(parts[0].split("\n\n")[0].split()).rstrip("."), why=why, text=text, severity=severity)
