"""The review of a comparison: the alarming on top, direction told, every value escaped, counts that are right, in each format."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest.test_comparison import INVENTORIES, OTHER, SHA, environment, hook, installed, server
from test_inventory import component

from sbomgate import npm_ranges, versions
from sbomgate.manifest import Manifest, diff, from_inventory
from sbomgate.model import Component, Digest, Inventory, Metadata, Problem
from sbomgate.reporters.changes import FORMATS, SECTIONS, review, section_of, show_changes


def at(version: str, name: str = "a", kind: str = "pypi", **changes: object) -> Component:
    return replace(component(name), version=version, purl=f"pkg:{kind}/{name}@{version}", **changes)


def licensed(text: str, version: str = "1") -> Component:
    return at(version, metadata=Metadata(license_expression=text))


def kinds(old: Manifest, new: Manifest) -> list[tuple[str, str]]:
    return [(change.kind, change.direction) for change in diff(old, new)]


OLD = environment(
    installed("same"), installed("content", "sgc1:1"), at("1", "up"), at("2", "down"), at("x", "odd"), component("gone"), licensed("MIT"),
    hooks=(hook(),), servers=(server(command_digest="1"),),
)  # fmt: skip
NEW = environment(
    installed("same"), installed("content", "sgc1:2"), at("1.10", "up"), at("1.9", "down"), at("y", "odd"), component("come"),
    licensed("GPL-3.0-only"), hooks=(hook(sha="b" * 64),), servers=(server(command_digest="2"),),
)  # fmt: skip


def test_the_sections_stand_in_order_with_what_alarms_on_top() -> None:
    text = show_changes("table", review(OLD, NEW))
    titles = [line for line in text.splitlines() if line[:1].isupper() and line[:2].isupper()]
    assert titles == [
        "CONTENT CHANGED AT THE SAME VERSION  1",
        "START-UP HOOKS  1",
        "MCP SERVERS  1",
        "UPGRADED  1",
        "DOWNGRADED  1",
        "CHANGED VERSION, IN NO ORDER THAT IS KNOWN  1",
        "ADDED  1",
        "REMOVED  1",
        "DECLARED LICENCE CHANGED  1",
    ]
    assert "  ~ pkg:pypi/down  2 → 1.9\n" in text
    assert "  - pkg:pypi/gone@1\n" in text
    assert text.splitlines()[-1] == "nothing else changed: 1 component, 0 start-up hooks, 0 MCP servers as before"


def test_nothing_else_is_said_to_have_changed_only_where_that_is_known() -> None:
    foreign = replace(OLD, native=False, path="syft.json")
    for found in (review(foreign, NEW), review(OLD, NEW, [Problem(path="p", what="w")])):
        assert "not everything could be compared" in show_changes("table", found)
        assert "nothing else changed" not in show_changes("table", found)
        assert not json.loads(show_changes("json", found))["complete"]
    assert show_changes("table", review(OLD, OLD)) == "no change\nthe same: 7 components, 1 start-up hook, 1 MCP server\n"


def test_colour_is_only_where_it_is_asked_for() -> None:
    found = review(OLD, NEW)
    assert "\x1b[" not in show_changes("table", found)
    assert "\x1b[1;97;41mCONTENT" in show_changes("table", found, color=True)


@pytest.mark.parametrize(
    ("kind", "before", "after", "direction"),
    [
        ("pypi", "1.9", "1.10", "up"),
        ("pypi", "1.0", "1.0rc1", "down"),
        ("pypi", "1.0", "1.0.0", ""),
        ("pypi", "1.0", "1.0+cpu", "up"),
        ("pypi", "1.0", "main", ""),
        ("npm", "1.0.0-rc.2", "1.0.0-rc.10", "up"),
        ("npm", "1.0.0", "1.0.0-rc.1", "down"),
        ("npm", "1.0.0", "1.0.0+b", ""),
        ("npm", "1.0", "2.0", "up"),
        ("npm", "main", "2.0", ""),
        ("oci", "1", "2", ""),
    ],
)
def test_an_upgrade_and_a_downgrade_are_told_apart(kind: str, before: str, after: str, direction: str) -> None:
    sides = (environment(at(version, kind=kind)) for version in (before, after))
    assert kinds(*sides) == [("version", direction)]


def test_of_several_versions_all_must_go_one_way() -> None:
    one = environment(at("2"), at("3"))
    assert kinds(one, environment(at("4"), at("5"))) == [("version", "up")]
    assert kinds(one, environment(at("1"))) == [("version", "down")]
    assert kinds(one, environment(at("1"), at("4"))) == [("version", "")]


@given(st.text(max_size=8) | st.from_regex(r"\A[0-9]\.[0-9](\.[0-9])?(-?[ab]\.?[0-9])?\Z"), st.text(max_size=8) | st.just("1.0.0"))
def test_order_is_that_of_one_line(one: str, other: str) -> None:
    for compared in (versions.compared, npm_ranges.compared):
        forth, back = compared(one, other), compared(other, one)
        assert (forth is None) == (back is None)
        assert forth is None or (forth == -back and forth in (-1, 0, 1))


def test_licences_are_compared_where_both_sides_declare_one() -> None:
    assert kinds(environment(licensed("MIT")), environment(licensed("GPL-3.0-only"))) == [("license", "")]
    assert kinds(environment(licensed("MIT")), environment(licensed("GPL-3.0-only", "2"))) == [("version", "up"), ("license", "")]
    assert kinds(environment(licensed("MIT")), environment(at("1"))) == []
    assert kinds(environment(licensed("mit")), environment(licensed("MIT"))) == []


def test_weaker_hashes_are_a_change() -> None:
    md5 = Digest("md5", "c" * 32)
    strong, weak = environment(at("1", hashes=(SHA, md5))), environment(at("1", hashes=(md5,)))
    assert kinds(strong, weak) == [("weaker-hash", "")]
    assert kinds(weak, strong) == []
    assert kinds(strong, environment(at("2", hashes=(md5,)))) == [("version", "up"), ("weaker-hash", "")]
    assert kinds(strong, environment(at("2", hashes=(OTHER,)))) == [("version", "up")]
    assert kinds(strong, environment(at("1"))) == []


def test_a_hook_in_a_folder_of_metadata_is_the_same_at_the_next_version() -> None:
    places = [f"lib/python3.12/site-packages/x_y-{version}.dist-info/entry_points.txt" for version in ("1.0", "2.0")]
    old, same, other = (
        environment(hooks=(hook(place, sha),)) for place, sha in ((places[0], "a" * 64), (places[1], "a" * 64), (places[1], "b" * 64))
    )
    assert kinds(old, same) == []
    (change,) = diff(old, other)
    assert (change.kind, change.subject) == ("hook-changed", "x_y-2.0.dist-info/entry_points.txt")


def test_json_has_every_change_with_its_facts() -> None:
    document = json.loads(show_changes("json", review(OLD, NEW)))
    assert document["counts"] == {
        "content": 1, "hooks": 1, "servers": 1, "upgraded": 1, "downgraded": 1, "changed": 1, "added": 1, "removed": 1, "licenses": 1,
    }  # fmt: skip
    assert document["unchanged"] == {"components": 1, "hooks": 0, "servers": 0, "settings": 0}
    down = next(row for row in document["changes"] if row["section"] == "downgraded")
    assert (down["subject"], down["before"], down["after"], down["direction"]) == ("pkg:pypi/down@1.9", "2", "1.9", "down")


def test_markdown_is_for_a_comment() -> None:
    text = show_changes("markdown", review(OLD, NEW))
    assert text.startswith("## ❌ sbomgate diff: 9 changes: 1 with other content, ")
    assert "### Content changed at the same version (1)" in text
    many = environment(*(at("1", f"n{number}") for number in range(5000)))
    long = show_changes("markdown", review(environment(), many))
    assert "<details><summary>Added (5,000)</summary>" in long
    assert len(long) < 65_536
    assert "more changes** did not fit here" in long
    assert show_changes("markdown", review(OLD, OLD)).startswith("## ✅ sbomgate diff: no change\n")


HOSTILE = "x\x1b[31m\n::error::y ##[command]z | <b> @me `c` \u202e"


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_are_escaped(name: str) -> None:
    evil = environment(hooks=(hook(f"lib/python3.12/site-packages/{HOSTILE}"),), servers=(server(HOSTILE),))
    text = show_changes(name, review(environment(), evil))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    if name != "json":
        assert "##[" not in text
    if name == "markdown":
        assert "<b>" not in text
        assert "@me" not in text


@settings(max_examples=60, deadline=None)
@given(INVENTORIES, INVENTORIES)
def test_every_change_has_a_section_and_a_line_in_every_format(one: Inventory, other: Inventory) -> None:
    found = review(from_inventory(one), from_inventory(other))
    assert all(section_of(change) in SECTIONS for change in found.changes)
    assert len(json.loads(show_changes("json", found))["changes"]) == len(found.changes)
    for name in FORMATS:
        assert show_changes(name, found).endswith("\n")
