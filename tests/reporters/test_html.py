from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from sbomgate.model import Report
from sbomgate.reporters import render

VOID = {"meta", "br"}


class Page(HTMLParser):
    """What a browser would make of the page, as far as it matters here."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(report: Report) -> Page:
    page = Page()
    page.feed(render("html", report))
    page.close()
    assert page.open == []
    return page


@pytest.mark.parametrize("name", ["failing", "failing-and-incomplete", "hostile"])
def test_a_report_reads_as_expected(name: str, reports: dict[str, Report], same_as_file: Callable[[str, str], None]) -> None:
    same_as_file(render("html", reports[name]), f"{name}.html")


def test_it_stands_alone(report: Report) -> None:
    page = read(report)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "form", "a", "base", "svg"})
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "open", "title"}
    text = render("html", report)
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert "url(" not in text
    assert "@import" not in text


def test_a_hostile_text_is_shown_and_nothing_more(reports: dict[str, Report]) -> None:
    page = read(reports["hostile"])
    assert "script" not in page.tags
    assert any("<script>alert(1)</script>" in text for text in page.texts)


def test_the_gravest_findings_are_unfolded(reports: dict[str, Report]) -> None:
    text = render("html", reports["failing"])
    assert '<details class="finding critical" open>' in text
    assert '<details class="finding low">' in text
