"""Pages of projects in an index: what they say, and that nothing in them takes long."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypi_simple import ProjectPage, ProjectStatus

from sbomgate.custody import pages
from sbomgate.custody.download import RefusedError, read_page

URL = "https://index.example/simple/acme/"
LINK = '<a href="../../files/acme-{version}-py3-none-any.whl#sha256={digest}"{more}>acme-{version}-py3-none-any.whl</a><br/>\n'


def html(text: str, kind: str = "text/html") -> ProjectPage:
    return read_page(text.encode(), kind, URL, "acme")


def test_a_page_in_html_says_what_the_parser_of_trees_reads_in_it() -> None:
    text = (
        "<!DOCTYPE html><html><head><title>acme</title><meta name='pypi:repository-version' content='1.1'>"
        '<META name=pypi:project-status CONTENT=archived><meta content="moved &amp; done" name="pypi:project-status-reason"></head><body>\n'
        + LINK.format(version="1.0", digest="a" * 64, more=' data-requires-python="&gt;=3.8" data-yanked="broken &lt; here"')
        + LINK.format(version="1.1", digest="b" * 64, more=" data-yanked  rel=internal")
        + LINK.format(version="1.2", digest="c" * 64, more=' data-gpg-sig = "true"').upper().replace("ACME-1.2-PY3-NONE-ANY.WHL", "acme-1.2-py3-none-any.whl")
        + '<a href="acme-1.3.tar.gz"><b>acme-1.3</b>.tar.gz</a><a name="x">no link</a><a href="https://files.example/y">other</a>\n'
        "<!-- <a href=acme-9.tar.gz>acme-9.tar.gz</a> --></body></html>"
    )  # fmt: skip
    found, theirs = html(text), ProjectPage.from_html("acme", text, URL)
    assert found == theirs
    assert [(file.version, file.is_yanked, file.yanked_reason) for file in found.packages] == [
        ("1.0", True, "broken < here"),
        ("1.1", True, ""),
        ("1.2", False, None),
        ("1.3", False, None),
        (None, False, None),
    ]
    assert (found.status, found.status_reason) == (ProjectStatus.ARCHIVED, "moved & done")
    assert found.packages[0].url == "https://index.example/files/acme-1.0-py3-none-any.whl"


def test_a_base_moves_the_links() -> None:
    page = html('<base href="/elsewhere/"><a href=acme-1.tar.gz>acme-1.tar.gz</a>', "Application/vnd.pypi.simple.v1+html; charset=latin-1")
    assert [file.url for file in page.packages] == ["https://index.example/elsewhere/acme-1.tar.gz"]


@pytest.mark.parametrize(
    "text",
    [
        '<a href="x',
        '<meta name="pypi:repository-version" content="2.0">',
        '<meta name="pypi:repository-version" content="x">',
        '<meta name="pypi:project-status" content="lost">',
        "<a href=x>&#" + "9" * 5000 + ";</a>",
        "<a href=x>y</a>" * (pages.MAX_FILES + 1),
    ],
)
def test_what_is_no_page_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match=r"the page of https://index\.example cannot be read \(\w+\)"):
        html(text)


@pytest.mark.parametrize("kind", ["text/plain", "", "text/html charset", "application/json"])
def test_what_is_of_another_type_is_refused(kind: str) -> None:
    with pytest.raises(RefusedError, match="does not answer as an index does"):
        html("<a href=x>y</a>", kind)


def test_names_that_would_take_long_are_left_out() -> None:
    """Ten minutes and more, with the parser of file names alone: each pair of hyphens is tried as the ends of a version."""
    bad = "a" + "-a" * 90 + ".wh"
    rows = [{"filename": name, "url": name, "hashes": {}} for name in (*[bad] * 2000, "a" * 201, "acme-1.0.tar.gz")]
    found = read_page(json.dumps({"meta": {"api-version": "1.1"}, "name": "acme", "files": rows}).encode(), pages.JSON, URL, "acme")
    assert [file.filename for file in found.packages] == ["acme-1.0.tar.gz"]
    assert [file.filename for file in html(f"<a href=x>{bad}</a>" * 2000 + "<a href=x>acme-1.0.zip</a>").packages] == ["acme-1.0.zip"]


def test_links_in_links_are_read_in_one_pass() -> None:
    """Two minutes with a parser that builds a tree of them."""
    assert len(html("<a href=x>" * 30_000).packages) == 30_000


@settings(max_examples=200, deadline=None)
@given(
    body=st.binary(max_size=200)
    | st.lists(st.sampled_from(["<a", "<a href=", '"', "'", ">", "</a>", "<meta ", "name=pypi:", "content=", "<!--", "-->", " ", "=", "x", "&#", "<base href="]), max_size=40).map(lambda parts: "".join(parts).encode()),
    kind=st.sampled_from([*pages.HTML, pages.JSON, "text/html; charset=nonsense", "text/html; charset=utf-16"]),
)  # fmt: skip
@example(body=b"[" * 100_000, kind=pages.JSON)
@example(body=b'{"files": [1], "meta": {"api-version": "1.0"}, "name": "x"}', kind=pages.JSON)
@example(body=b'{"files": {}, "meta": {"api-version": "9.0"}, "name": "x"}', kind=pages.JSON)
def test_any_bytes_are_a_page_or_refused(body: bytes, kind: str) -> None:
    try:
        assert isinstance(read_page(body, kind, URL, "acme"), ProjectPage)
    except RefusedError as error:
        assert "\n" not in error.what
