"""Laws that hold for any report, whatever its texts are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbomgate.errors import UsageError
from sbomgate.model import (
    Capability,
    Component,
    Confidence,
    Digest,
    Environment,
    Finding,
    Inventory,
    Location,
    Origin,
    Pin,
    Problem,
    Report,
    Server,
    Severity,
    StartupHook,
    Target,
)
from sbomgate.reporters import FORMATS, render
from sbomgate.reporters.escapes import clean, inert
from sbomgate.reporters.hooks_story import stories, tell
from sbomgate.reporters.places import Places

MINE = tuple(name for name in FORMATS if name not in ("json", "cyclonedx"))
SAME = tuple(name for name in MINE if name != "vdr")  # each issue of such a document has a serial number of its own
NASTY = (
    "::error::x",
    "##[error]",
    "##vso[x]",
    "\x1b]8;;x\x07",
    "<script>",
    "</code>",
    "|",
    "]]>",
    "&#60;",
    "%0A",
    "../..",
    "C:/x",
    "\u202e",
    "\ud800",
    "",
    "//x",
)

texts = st.lists(st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(NASTY), max_size=4).map("".join)
locations = st.builds(Location, path=texts, line=st.integers(0, 9999))
severities = st.sampled_from(Severity)
targets = st.sampled_from(("", ".", "/srv", "a b/", "\x1b\n")) | texts
findings = st.builds(
    Finding,
    rule=st.sampled_from(("SG201", "SG999")) | texts,
    name=texts,
    severity=severities,
    confidence=st.sampled_from(Confidence),
    message=texts,
    location=locations,
    subject=texts,
    fingerprint=texts,
    fix=texts,
    digest=texts,
    target=targets,
    accepted=st.none() | texts,
)
components = st.builds(
    Component,
    ecosystem=texts,
    name=texts,
    version=texts,
    purl=texts,
    origin=st.sampled_from(Origin),
    pin=st.sampled_from(Pin),
    locations=st.tuples(locations),
    requirement=texts,
    hashes=st.lists(st.builds(Digest, texts, texts), max_size=1).map(tuple),
)
hooks = st.builds(
    StartupHook,
    kind=st.sampled_from(("pyvenv-cfg", "python-pth", "pth", "start", "sitecustomize", "usercustomize", "entry-points")) | texts,
    location=locations,
    sha256=texts,
    owner=texts,
    executes=st.lists(texts, max_size=2).map(tuple),
    verdict=st.sampled_from(("known-good", "inert", "harmless")) | texts,
    reason=texts,
    adds_paths=st.lists(texts, max_size=1).map(tuple),
    capabilities=st.lists(st.builds(Capability, texts, texts, locations), max_size=1).map(tuple),
)
environments = st.builds(
    Environment, root=texts, sites=st.lists(texts, min_size=1, max_size=2).map(tuple), python=st.sampled_from(("", "3.9", "3.12", "3.15"))
)
servers = st.builds(
    Server, client=texts, scope=texts, name=texts, location=locations, transport=texts, launcher=texts, package=texts, version=texts, requirement=texts, url=texts,
    extra_packages=st.just(()), env_names=st.just(()),
)  # fmt: skip
problems = st.builds(Problem, path=texts, what=texts, where=texts, fix=texts)
inventories = st.builds(
    Inventory,
    target=st.builds(Target, path=targets, kind=st.sampled_from(("", "project", "file"))),
    components=st.lists(components, max_size=2).map(tuple),
    environments=st.lists(environments, max_size=1).map(tuple),
    hooks=st.lists(hooks, max_size=2).map(tuple),
    servers=st.lists(servers, max_size=1).map(tuple),
    files=st.just(()),
    problems=st.lists(problems, max_size=2).map(tuple),
    notes=st.lists(texts, max_size=1).map(tuple),
    agent=st.just(frozenset()),
    roots=st.just(()),
    files_verified=st.integers(0, 99999),
    sources=st.integers(0, 2),
)
reports = st.builds(
    Report,
    inventories=st.lists(inventories, max_size=2).map(tuple),
    findings=st.lists(findings, max_size=3).map(tuple),
    fail_on=st.sampled_from((*Severity, "never")),
    policy=texts,
)


def holds_for_any_report(law: Callable[[Report], None]) -> Callable[[], None]:
    decorated: Any = settings(deadline=None)(given(reports)(law))
    result: Callable[[], None] = decorated
    return result


def is_log_safe(text: str) -> bool:
    """Neither a terminal nor a CI system that reads `text` as its log finds a command in it."""
    return (
        all(c == "\n" or c.isprintable() for c in text) and not re.search(r"##\w*\[", text) and not re.search(r"^\s*::", text, re.MULTILINE)
    )


@holds_for_any_report
def test_a_table_is_safe_to_print(report: Report) -> None:
    assert is_log_safe(render("table", report))
    assert is_log_safe(re.sub(r"\x1b\[[0-9;]*m", "", render("table", report, color=True)))


@holds_for_any_report
def test_annotations_are_commands_of_ours(report: Report) -> None:
    text = render("github", report)
    assert all(c == "\n" or c.isprintable() for c in text)
    assert all(re.fullmatch(r"::(error|warning|notice) file=[^:,]*(,line=\d+)?,title=[^:,]*::.*", line) for line in text.split("\n")[:-1])


@holds_for_any_report
def test_sarif_is_json_and_names_every_finding(report: Report) -> None:
    text = render("sarif", report)
    text.encode()
    run = json.loads(text)["runs"][0]
    assert [result["properties"]["severity"] for result in run["results"]] == [finding.severity for finding in report.findings]
    assert all(
        re.fullmatch(r"file:///([A-Za-z]:)?[\w.~/%-]*|[\w.~/%-]+", result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        for result in run["results"]
    )


@holds_for_any_report
def test_junit_is_xml(report: Report) -> None:
    text = render("junit", report)
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    assert is_log_safe(text)


@holds_for_any_report
def test_markdown_has_no_markup_of_a_target(report: Report) -> None:
    text = render("markdown", report)
    assert is_log_safe(text.replace("\ufe0f", ""))
    ours = {"<code>", "</code>", "<br>", "<details>", "</details>", "<summary>", "</summary>", "<!-- -->"}
    assert set(re.findall(r"<[^>]*>?", text)) <= ours
    assert all(
        re.fullmatch(r"[\w \-/,;.&#\x80-\U0010ffff]*", code.replace("<!-- -->", "")) for code in re.findall(r"<code>(.*?)</code>", text)
    )


@holds_for_any_report
def test_html_has_no_markup_of_a_target(report: Report) -> None:
    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            allowed = "html head meta title style body main h1 h2 section strong p code div b span small details summary dl dt dd table thead tbody tr th td br footer"
            assert tag in allowed.split()
            assert {name for name, _ in attrs} <= {"lang", "charset", "http-equiv", "content", "name", "class", "open", "title"}

    text = render("html", report)
    text.encode()
    assert is_log_safe(text)
    Tags().feed(text)


@pytest.mark.parametrize("name", SAME)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    @holds_for_any_report
    def law(report: Report) -> None:
        assert render(name, report).encode() == render(name, report).encode()

    law()


@given(texts, st.integers(0, 50))
def test_clean_text_is_one_safe_line(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert shown.isprintable()
    assert is_log_safe(inert(shown))
    assert inert(inert(shown)) == inert(shown)


@given(targets, texts)
def test_a_place_is_never_empty_and_has_one_spelling(target: str, path: str) -> None:
    place = Places(Report(inventories=(), findings=())).path(target, path)
    assert place
    assert place == Places(Report(inventories=(), findings=())).path("", place)


def test_an_unknown_format_is_a_wrong_call(reports: dict[str, Report]) -> None:
    with pytest.raises(UsageError, match="no format 'yaml'"):
        render("yaml", reports["clean"])


@settings(deadline=None, max_examples=30)
@given(report=reports)
def test_the_story_of_any_report_is_log_safe_and_leaves_no_hook_out(report: Report) -> None:
    assert is_log_safe(tell(report))
    told = [hook for story in stories(report) for hook in (*story.start, *story.later)]
    assert sorted(map(repr, told)) == sorted(repr(hook) for inventory in report.inventories for hook in inventory.hooks)
