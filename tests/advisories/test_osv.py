"""One OSV record: read, or refused with its place."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import json_values
from support import DATA

from sbomgate.advisories.importing import record as stored
from sbomgate.advisories.osv import MAX_LIST, MAX_RECORD, Advisory, NoRecordError, advisory, parse
from sbomgate.errors import CollectError

RECORDS = sorted((DATA / "osv").glob("*.json"))
KEYS = "id modified aliases affected package ecosystem name PyPI npm versions ranges type SEMVER events introduced fixed severity score withdrawn"


def record(**more: Any) -> dict[str, Any]:
    package = {"ecosystem": "PyPI", "name": "Acme_Parser"}
    return {"id": "GHSA-1", "modified": "2026-01-31T12:00:00Z", "affected": [{"package": package, "versions": ["1.0"]}], **more}


def about(**more: Any) -> dict[str, Any]:
    return record(affected=[{"package": {"ecosystem": "npm", "name": "@a/b"}, **more}])


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_the_records_of_the_tests_are_read(path) -> None:
    found = parse(path.read_bytes(), path.name)
    assert found.id == path.stem
    assert found.malicious == (path.stem.startswith("MAL-") or any(name.startswith("MAL-") for name in found.aliases))
    assert found.affected


def test_everything_that_is_kept() -> None:
    found = advisory(
        record(
            schema_version="1.7.4",
            published="2026-01-30T12:00:00.5Z",
            withdrawn="2026-02-01T00:00:00Z",
            aliases=["CVE-2026-1"],
            related=["GHSA-2"],
            upstream=["CVE-2026-2"],
            summary="a defect",
            severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/…"}],
            references=[{"type": "WEB", "url": "https://a.example"}],
            database_specific={"severity": "Moderate"},
            credits=[{"name": "Ada"}],
        ),
        "r.json",
    )
    assert found[:12] == (
        "GHSA-1", "2026-01-31T12:00:00", "2026-01-30T12:00:00.5", "2026-02-01T00:00:00", False, ("CVE-2026-1",), ("GHSA-2",), ("CVE-2026-2",),
        "a defect", (("CVSS_V3", "CVSS:3.1/…"),), "MODERATE", ("https://a.example",),
    )  # fmt: skip
    assert [(one.ecosystem, one.name, one.versions) for one in found.affected] == [("pypi", "acme-parser", ("1.0",))]


@pytest.mark.parametrize(
    ("more", "malicious"),
    [
        ({}, False),
        ({"id": "MAL-2026-1"}, True),
        ({"aliases": ["MAL-2026-1"]}, True),
        ({"database_specific": {"malicious-packages-origins": []}}, True),
        ({"related": ["MAL-2026-1"]}, False),
    ],
)
def test_malicious_is_told_apart(more: dict[str, Any], malicious: bool) -> None:
    assert advisory(record(**more), "r").malicious is malicious


def test_ranges_of_commits_are_left_out_and_said() -> None:
    git = {"type": "GIT", "repo": "https://a.example", "events": [{"introduced": "0"}]}
    assert advisory(about(ranges=[git]), "r").affected[0].git_only
    mixed = advisory(about(ranges=[git, {"type": "SEMVER", "events": [{"introduced": "0"}]}]), "r").affected[0]
    assert not mixed.git_only
    assert mixed.ranges == ((("introduced", "0"),),)


def test_other_ecosystems_are_counted() -> None:
    rows = [{"package": {"ecosystem": name, "name": "x"}} for name in ("Go", "Debian:12", "npm", "PyPI:mirror")]
    found = advisory(record(affected=[*rows, {"ranges": []}]), "r")
    assert [one.ecosystem for one in found.affected] == ["npm", "pypi"]
    assert found.others == 3


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (record(id=""), "id"),
        (record(id="x" * 200), "id"),
        (record(id="GHSA-1\n2"), "id"),
        (record(schema_version="2.0.0"), "schema_version"),
        (record(modified=None), "modified"),
        (record(modified="2026-01-31"), "modified"),
        (record(modified="2026-01-31T12:00:00+01:00"), "modified"),
        (record(withdrawn=True), "withdrawn"),
        (record(aliases="CVE-2026-1"), "aliases"),
        (record(aliases=[1]), "aliases"),
        (record(summary=[]), "summary"),
        (record(severity=[{"type": "CVSS_V3"}]), "severity[0]"),
        (record(database_specific=[]), "database_specific"),
        (record(affected={}), "affected"),
        (record(affected=[1]), "affected[0]"),
        (record(affected=[{"package": []}]), "affected[0].package"),
        (record(affected=[{"package": {"name": "x"}}]), "affected[0].package"),
        (record(affected=[{"package": {"ecosystem": "npm", "name": "a b"}}]), "affected[0].package.name"),
        (about(versions=[1.0]), "affected[0].versions"),
        (about(versions=["1.0\n2.0"]), "affected[0].versions"),
        (about(versions=["1"] * (MAX_LIST + 1)), "affected[0].versions"),
        (about(ranges=[[]]), "affected[0].ranges[0].type"),
        (about(ranges=[{"type": "ODD"}]), "affected[0].ranges[0].type"),
        (about(ranges=[{"type": "SEMVER", "events": {}}]), "affected[0].ranges[0].events"),
        (about(ranges=[{"type": "SEMVER", "events": ["0"]}]), "affected[0].ranges[0].events[0]"),
        (about(ranges=[{"type": "SEMVER", "events": [{}]}]), "affected[0].ranges[0].events[0]"),
        (about(ranges=[{"type": "SEMVER", "events": [{"introduced": "0", "fixed": "1"}]}]), "affected[0].ranges[0].events[0]"),
        (about(ranges=[{"type": "SEMVER", "events": [{"introduced": 0}]}]), "affected[0].ranges[0].events[0].introduced"),
        (about(ranges=[{"type": "SEMVER", "events": [{"fixed": "1\t2"}]}]), "affected[0].ranges[0].events[0].fixed"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(document: Any, where: str) -> None:
    with pytest.raises(CollectError) as caught:
        advisory(document, "r.json")
    assert (caught.value.path, caught.value.where) == ("r.json", where)
    assert not isinstance(caught.value, NoRecordError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("document", [[], "x", None, {}, {"name": "a", "version": "1"}])
def test_json_of_something_else_is_no_record(document: Any) -> None:
    with pytest.raises(NoRecordError):
        advisory(document, "package.json")


def test_the_size_of_a_record_is_bounded() -> None:
    with pytest.raises(CollectError, match="more than"):
        parse(b" " * (MAX_RECORD + 1), "r")


@given(st.binary() | json_values(KEYS).map(lambda value: json.dumps(value).encode()))
@example(b"[" * 100_000)
@example(b'{"id": "A-1", "modified": "2026-01-31T12:00:00Z", "summary": "\\ud800", "affected": []}')
@example(b'{"id": ' + b"9" * 5000 + b"}")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(CollectError):
        found = parse(data, "r")
        assert isinstance(found, Advisory)
        repr(found).encode()


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@given(
    TEXTS,
    st.lists(TEXTS, max_size=3),
    st.lists(st.tuples(TEXTS, TEXTS), max_size=2),
    st.lists(st.sampled_from(("CVE-1", "GHSA-2")), max_size=2),
)
def test_what_the_store_keeps_of_a_record_is_what_json_would_write(
    summary: str, urls: list[str], scores: list[tuple[str, str]], names: list[str]
) -> None:
    found = advisory(
        record(
            summary=summary,
            aliases=names,
            references=[{"url": url} for url in urls],
            severity=[{"type": kind, "score": score} for kind, score in scores],
        ),
        "r",
    )
    expected = {
        "aliases": names,
        "summary": summary,
        "severities": [list(pair) for pair in scores],
        "references": urls,
        "packages": [["pypi", "acme-parser"]],
    }
    assert stored(found).detail == json.dumps({key: value for key, value in expected.items() if value}, separators=(",", ":"))
