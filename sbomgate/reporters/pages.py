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
    return _pages().get(finding.rule, _NO_PAGE)


_NO_PAGE = Page()


@cache
def _pages() -> dict[str, Page]:
    from sbomgate.rules import all_rules

    return {rule.id: read_page(rule.doc, rule.severity) for rule in all_rules()}


def read_page(doc: str, severity: Severity | None = None) -> Page:
    """`doc`, the docstring of a rule, as a page."""
    text = doc.strip()
    parts = _SECTION.split(text)  # intro, title, body, title, body …
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    why = "\n".join(" ".join(paragraph.split()) for paragraph in sections.get("Why it matters", "").strip().split("\n\n"))
    return Page(title=" ".join(parts[0].split("\n\n")[0].split()).rstrip("."), why=why, text=text, severity=severity)
