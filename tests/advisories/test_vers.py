"""`vers:` ranges: what they hold, by the specification's examples and against plain comparisons; what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bounded

from sbomgate.advisories import vers


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("vers:npm/1.2.3|>=2.0.0|<5.0.0", ("1.2.3", "2.0.0", "4.9.9"), ("1.2.4", "5.0.0", "1.0.0", "6.0.0")),
        ("vers:pypi/0.0.0|0.0.1|0.0.2|0.0.3|1.0|2.0pre1", ("0.0.0", "1.0", "1.0.0", "2.0rc1"), ("0.0.4", "2.0")),
        ("vers:pypi/*", ("0", "99", "1.0a1"), ()),
        ("vers:pypi/!=1.5", (), ("1.5",)),
        ("vers:pypi/>=1.0|!=1.5|<2.0", ("1.0", "1.4", "1.6", "2.0rc1"), ("1.5", "1.5.0", "2.0", "0.9")),
        ("vers:pypi/<2.0|>=1.0", ("1.0", "1.9"), ("2.0", "0.9")),
        ("vers:pypi/<1.0|>2.0", ("0.9", "2.1"), ("1.0", "1.5", "2.0")),
        ("vers:pypi/>=1.0|>=2.0|2.5", ("1.0", "1.5", "2.5", "9"), ("0.9",)),
        ("vers:pypi/<1.0|<=2.0", ("0.1", "1.0", "2.0"), ("2.1",)),
        ("vers:PyPI/ >= 1.0 | < 2.0 ", ("1.5",), ("2.0",)),
        ("vers:pypi/1.0%2Blocal", ("1.0+local",), ("1.0",)),
        ("vers:npm/>1.0.0-beta.2|<1.0.0", ("1.0.0-beta.10", "1.0.0-rc.1"), ("1.0.0", "1.0.0-beta.2", "1.0.0-beta.1")),
    ],
)
def test_ranges(text: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    found = vers.parse(text)
    assert [version for version in inside if not found.holds(found.scheme, version)] == []
    assert [version for version in outside if found.holds(found.scheme, version)] == []


def test_a_type_that_is_not_compared_holds_nothing() -> None:
    assert not vers.parse("vers:deb/>=1.0").holds("deb", "2.0")
    assert not vers.parse("vers:pypi/>=1.0").holds("npm", "2.0.0")
    assert not vers.parse("vers:pypi/>=1.0").holds("pypi", "no version")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begin"),
        (">=1.0", "begin"),
        ("vers:pypi", "begin"),
        ("vers:/1.0", "begin"),
        ("vers:pypi/", "names no version"),
        ("vers:pypi/|", "names no version"),
        ("vers:pypi/>=", "no constraint"),
        ("vers:pypi/1.*", "no constraint"),
        ("vers:pypi/*|1.0", "no constraint"),
        ("vers:pypi/>=1.0|<1.0.0", "twice"),
        ("vers:pypi/=>1.0", "no version of pypi"),
        ("vers:npm/latest", "no version of npm"),
        (f"vers:pypi/{'1|' * 6000}1", "longer"),
    ],
)
def test_what_is_no_range_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        vers.parse(text)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["vers:", "pypi/", "npm/", "|", "*", ">=", "<", "!=", "1.0", "2", "%", " "]), max_size=12).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = vers.parse(text)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert found.holds(found.scheme, "1.0") in (True, False)


NUMBERS = st.lists(st.integers(0, 40), min_size=2, max_size=12, unique=True).filter(lambda numbers: len(numbers) % 2 == 0)


@given(NUMBERS, st.sets(st.integers(0, 40)), st.randoms(use_true_random=False), st.booleans())
def test_intervals_hold_what_lies_in_them(bounds: list[int], holes: set[int], order: object, closed: bool) -> None:
    """Disjoint intervals with holes, their constraints in any order."""
    bounds.sort()
    holes -= set(bounds)
    pairs = list(zip(bounds[::2], bounds[1::2], strict=True))
    low, high = (">=", "<=") if closed else (">", "<")
    parts = [part for begin, end in pairs for part in (f"{low}{begin}", f"{high}{end}")] + [f"!={hole}" for hole in sorted(holes)]
    order.shuffle(parts)
    found = vers.parse(f"vers:pypi/{'|'.join(parts)}")
    for number in range(42):
        expected = any(begin <= number <= end if closed else begin < number < end for begin, end in pairs) and number not in holes
        assert found.holds("pypi", str(number)) is expected, (parts, number)


def test_a_long_range_takes_bounded_time() -> None:
    with bounded():
        found = vers.parse("vers:pypi/" + "|".join(f">={number}.0|<{number}.5" for number in range(550)))
        assert found.holds("pypi", "300.2")
