"""A version is affected exactly when the schema's algorithm says so."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from sbomgate.advisories.matching import by_defect, covers_everything, fault, fixed_for, judge, packed, precedence, spelled, unpacked

PYTHON = [
    "0",
    "0.1.dev1",
    "0.9",
    "1.0.dev1",
    "1.0a1",
    "1.0b2",
    "1.0rc1",
    "1.0",
    "1.0.0",
    "1.0.post1",
    "1.0.1",
    "1.1",
    "1.10",
    "2.0",
    "1!0.1",
]
NPM = [
    "0.0.0-0",
    "0.0.1",
    "0.9.9",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-rc.2",
    "1.0.0-rc.10",
    "1.0.0",
    "1.0.1",
    "1.10.0",
    "2.0.0-0",
    "2.0.0",
]
KINDS = ("introduced", "fixed", "last_affected", "limit")


def semver_key(text: str) -> Any:
    """SemVer 2.0.0, section 11, written down a second time."""
    release, _, tags = text.partition("-")
    numbers = [int(part) for part in release.split(".")]
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in tags.split(".")] if tags else []
    return (*numbers, not tags, parts)


KEYS = {"pypi": Version, "npm": semver_key}
SAMPLES = {"pypi": PYTHON, "npm": NPM}


def is_vulnerable(ecosystem: str, version: str, listed: list[str], ranges: list[list[tuple[str, str]]]) -> bool:
    """The pseudo-code of the schema, line by line; ties in the order that `matching` documents."""
    key = KEYS[ecosystem]
    v = key(version)

    def at_least(bound: str) -> bool:
        return v >= key(bound)

    def included_in_versions() -> bool:
        return any(v == key(one) for one in listed)

    def before_limits(events: list[tuple[str, str]]) -> bool:
        limits = [bound for kind, bound in events if kind == "limit"]
        return not limits or any(bound == "*" or v < key(bound) for bound in limits)

    def included_in_ranges() -> bool:
        for events in ranges:
            if before_limits(events):
                vulnerable = False
                rows = [event for event in events if event[0] != "limit"]
                lowest = [event for event in rows if event == ("introduced", "0")]
                rest = [event for event in rows if event != ("introduced", "0")]
                rest.sort(key=lambda event: (key(event[1]), ("fixed", "introduced", "last_affected").index(event[0])))
                for kind, bound in lowest + rest:
                    if kind == "introduced" and (bound == "0" or at_least(bound)):
                        vulnerable = True
                    elif (kind == "fixed" and at_least(bound)) or (kind == "last_affected" and v > key(bound)):
                        vulnerable = False
                if vulnerable:
                    return True
        return False

    return included_in_versions() or included_in_ranges()


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[str], list[list[tuple[str, str]]]]:
    ecosystem = draw(st.sampled_from(("pypi", "npm")))
    versions = st.sampled_from(SAMPLES[ecosystem])
    event = st.tuples(st.sampled_from(KINDS), versions) | st.just(("introduced", "0")) | st.just(("limit", "*"))
    ranges = draw(st.lists(st.lists(event, min_size=1, max_size=6), max_size=3))
    # a range has a beginning; what has none is another test
    ranges = [[("introduced", draw(st.sampled_from(("0", *SAMPLES[ecosystem])))), *events] for events in ranges]
    return ecosystem, draw(st.lists(versions, max_size=3)), [draw(st.permutations(events)) for events in ranges]


def judged(ecosystem: str, version: str, listed: list[str], ranges: list[list[tuple[str, str]]]) -> Any:
    return judge(ecosystem, version, spelled(ecosystem, listed), unpacked(packed(tuple(map(tuple, ranges)))))


@given(cases())
def test_a_version_is_affected_exactly_when_the_schema_says_so(case: Any) -> None:
    ecosystem, listed, ranges = case
    for version in SAMPLES[ecosystem]:
        assert judged(ecosystem, version, listed, ranges).affected is is_vulnerable(ecosystem, version, listed, ranges), version


@given(cases())
def test_what_fixes_it_is_above_and_not_affected(case: Any) -> None:
    ecosystem, listed, ranges = case
    rows = [(spelled(ecosystem, listed), tuple(map(tuple, ranges)))]
    key = KEYS[ecosystem]
    for version in SAMPLES[ecosystem]:
        fixed = fixed_for(ecosystem, version, rows)
        candidates = [bound for events in ranges for kind, bound in events if kind == "fixed" and key(bound) > key(version)]
        good = [bound for bound in candidates if not is_vulnerable(ecosystem, bound, listed, ranges)]
        assert (key(fixed) == min(map(key, good))) if fixed else not good


@given(st.sampled_from(PYTHON), st.sampled_from(PYTHON))
def test_python_versions_are_in_the_order_of_pep_440(one: str, other: str) -> None:
    from sbomgate.versions import order

    assert (order(one) < order(other)) is (Version(one) < Version(other))
    assert (order(one) == order(other)) is (Version(one) == Version(other))


@pytest.mark.parametrize("text", ["1.0+abc", "1.0+abc.1", "1.0+1", "1.0+2.b", "1.0+10", "1.0"])
@pytest.mark.parametrize("other", ["1.0+abc", "1.0+abc.2", "1.0+1", "1.0+2.a", "1.0+9", "1.0", "1.0.post1"])
def test_local_versions_are_ordered_as_well(text: str, other: str) -> None:
    from sbomgate.versions import order

    assert (order(text) < order(other)) is (Version(text) < Version(other))


def test_npm_versions_are_in_the_order_of_semver() -> None:
    from sbomgate.npm_ranges import order

    keys = [order(version) for version in NPM]
    assert keys == sorted(keys)
    assert order("v1.2") == order("1.2.0") == order("=1.2.0+build.5")
    for text in ("", "x", "1.2.3.4", "01.0.0", "1.0.0-01", "1.0.0-", "9" * 300, f"{2**53}.0.0"):
        assert order(text) is None, text


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("1.1", False), ("1.2.dev1", False), ("1.2rc1", False), ("1.2", True), ("1.2.0", True), ("1.2.post1", True), ("1.4.0", True),
        ("1.4.1rc1", True), ("1.4.1", False), ("1.4.1.post1", False), ("1.4.0+cu118", True), ("1.4.1+cu118", False), ("v1.3", True),
    ],
)  # fmt: skip
def test_every_boundary_of_a_python_range(version: str, affected: bool) -> None:
    assert judged("pypi", version, [], [[("introduced", "1.2"), ("fixed", "1.4.1")]]).affected is affected


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("1.4.0", True), ("1.4.1-rc.1", True), ("1.4.1", False), ("1.4.1+build", False), ("2.0.0-alpha", False), ("2.0.0-rc.1", True),
        ("2.0.0-rc.10", True), ("2.0.9", True), ("2.1.0-0", True), ("2.1.0", False),
    ],
)  # fmt: skip
def test_every_boundary_of_an_npm_range(version: str, affected: bool) -> None:
    events = [("fixed", "2.1.0"), ("introduced", "0"), ("introduced", "2.0.0-rc.1"), ("fixed", "1.4.1")]
    assert judged("npm", version, [], [events]).affected is affected


@pytest.mark.parametrize(("version", "affected"), [("1.9", False), ("2.0", True), ("2.0+cu118", True), ("2.0.post1", False)])
def test_the_last_affected_version_and_its_rebuilds_are_affected(version: str, affected: bool) -> None:
    assert judged("pypi", version, [], [[("introduced", "2.0"), ("last_affected", "2.0")]]).affected is affected


def test_a_bound_with_a_local_label_is_one_build() -> None:
    events = [[("introduced", "0"), ("fixed", "2.0+safe.1")]]
    assert judged("pypi", "2.0", [], events).affected
    assert not judged("pypi", "2.0+safe.1", [], events).affected


@pytest.mark.parametrize(
    ("listed", "version"), [("1.0", "1.0.0"), ("1.0.0", "1"), ("1.0-RC.1", "1.0rc1"), ("1.0", "1.0+cu118"), ("2004d", "2004d")]
)
def test_listed_python_versions_are_compared_as_versions(listed: str, version: str) -> None:
    assert judged("pypi", version, ["0.1", listed], []).affected


@pytest.mark.parametrize(("listed", "version"), [("1.0.0", "v1.0.0"), ("v1.0.0", "1.0.0+x"), ("1.0.0+y", "1.0.0")])
def test_listed_npm_versions_are_compared_as_versions(listed: str, version: str) -> None:
    assert judged("npm", version, [listed], []).affected
    assert not judged("npm", f"{version.partition('+')[0]}-0", [listed], []).affected


@pytest.mark.parametrize(
    ("ranges", "why"),
    [
        ([[("fixed", "1.0")]], "no beginning"),
        ([[]], "no beginning"),
        ([[("limit", "1.0")]], "no beginning"),
        ([[("introduced", "2.0"), ("fixed", "1.0")]], "ends before it begins"),
        ([[("introduced", "2.0"), ("fixed", "2.0")]], "ends before it begins"),
        ([[("introduced", "0"), ("fixed", "next")]], "'next', which is no version"),
        ([[("introduced", "first"), ("fixed", "1.0")]], "'first', which is no version"),
        ([[("introduced", "0"), ("limit", "end")]], "'end', which is no version"),
        ([[("introduced", "9.0")], [("fixed", "1.0")]], "no beginning"),
    ],
)
def test_an_impossible_range_is_never_silently_not_affected(ranges: Any, why: str) -> None:
    found = judged("pypi", "0.5", [], ranges)
    assert not found.affected
    assert why in found.flaw
    assert why in fault("pypi", tuple(map(tuple, ranges)))
    assert judged("pypi", "0.5", ["0.5"], ranges).affected


def test_what_cannot_be_ordered_is_not_judged() -> None:
    assert "'2004d' is no version" in judged("pypi", "2004d", [], [[("introduced", "0"), ("fixed", "1.0")]]).flaw
    assert "neither versions nor a range" in judged("pypi", "1.0", [], []).flaw
    assert judged("pypi", "1.0", ["2.0"], []) == (False, "")


def test_what_covers_every_version() -> None:
    assert covers_everything(((("introduced", "0"),),))
    assert not covers_everything(((("introduced", "0"), ("fixed", "1.0")), (("introduced", "1.0"),)))
    assert not covers_everything(((("introduced", "0"), ("limit", "1.0")),))


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDEFGH"), st.lists(st.sampled_from("ABCDEFGHxyz"), max_size=3)),
        max_size=8,
        unique_by=lambda row: row[0],
    )
)
def test_records_that_are_linked_are_one_defect(records: list[tuple[str, list[str]]]) -> None:
    names = [{name, *aliases} for name, aliases in records]
    linked = [set(one) for one in names]
    for _ in names:
        for one, other in itertools.product(linked, linked):
            if one & other:
                one.update(other)
    expected = {frozenset(i for i, own in enumerate(names) if own <= whole) for whole in linked}
    assert {frozenset(group) for group in by_defect(records)} == expected


def test_who_is_quoted() -> None:
    assert sorted(["CVE-1", "X-1", "PYSEC-1", "GHSA-1", "MAL-1"], key=precedence) == ["MAL-1", "GHSA-1", "PYSEC-1", "CVE-1", "X-1"]
