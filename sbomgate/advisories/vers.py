"""Ranges of versions as `vers` writes them: `vers:pypi/>=1.0|!=1.3|<2.0`.

Source: VERS, the version range specifier of Package-URL (ECMA-427 draft), "Parsing and validating", "Simplifying", "Checking if a
version is contained within a range". Of what it forbids, constraints out of order are put in order, and everything else is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from sbomgate import npm_ranges, versions

SCHEMES: Final[dict[str, Callable[[str], Any]]] = {"npm": npm_ranges.order, "pypi": versions.order}
"""Scheme, which is also the type of the purls that it is about → what orders a version, None for what is none."""
_MAX: Final = 10_000
_COMPARATORS: Final = ("!=", "<=", ">=", "<", ">", "=")


class Range(NamedTuple):
    """Constraints on the versions of packages of one type; none at all: every version."""

    scheme: str
    """Lower case; may be one whose versions are not compared here."""
    constraints: tuple[tuple[str, str], ...]
    """(`=` · `!=` · `<` · `<=` · `>` · `>=`, version), in the order of the versions where the scheme is in `SCHEMES`."""

    def holds(self, scheme: str, version: str) -> bool:
        """Whether `version` of a package of the type `scheme` is one of those meant; what has no order is not."""
        mine = SCHEMES[scheme](version) if scheme == self.scheme and scheme in SCHEMES else None
        if mine is None:
            return False
        rows = [(comparator, SCHEMES[scheme](bound)) for comparator, bound in self.constraints]
        if not rows:
            return True
        for comparator, bound in rows:
            if mine == bound:
                return comparator in ("=", "<=", ">=")
        ends = [(comparator, bound) for comparator, bound in rows if comparator not in ("=", "!=")]
        # each pair of neighbours, and what lies before the first and behind the last
        before = [("", None), *ends]
        for (low, begin), (high, end) in zip(before, [*ends, ("", None)], strict=True):
            opens = low in (">", ">=") and mine > begin
            closes = high in ("<", "<=") and mine < end
            if (opens and (closes or not high)) or (closes and not low):
                return True
        return False


def parse(text: str) -> Range:
    """The range that `text` writes; ValueError, which says why, if it is none."""
    head, colon, rest = text.partition(":")
    scheme, slash, written = rest.partition("/")
    scheme = scheme.lower()
    if head != "vers" or not colon or not slash or not scheme.replace("-", "").replace(".", "").isalnum():
        raise ValueError("it does not begin with `vers:TYPE/`")
    if len(text) > _MAX:
        raise ValueError(f"longer than {_MAX:,} characters")
    parts = "".join(written.split()).split("|")
    if parts == ["*"]:
        return Range(scheme, ())
    found = [_constraint(part) for part in parts if part]
    if not found:
        raise ValueError("it names no version")
    order = SCHEMES.get(scheme)
    if order is None:
        return Range(scheme, tuple(found))
    keys = [order(version) for _, version in found]
    for (_, version), key in zip(found, keys, strict=True):
        if key is None:
            raise ValueError(f"{version[:60]!r} is no version of {scheme}")
    if len(set(keys)) < len(keys):
        raise ValueError("it names one version twice")
    return Range(scheme, _simplified([found[number] for number in sorted(range(len(found)), key=keys.__getitem__)]))


def _simplified(ordered: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """`ordered` without the constraints that a neighbour makes idle: of `>=1|>=2` the second, of `<1|<2` the first."""
    kept: list[tuple[str, str]] = []
    for one in ordered:
        if one[0] == "!=":
            continue
        if kept and kept[-1][0] in (">", ">=") and one[0] in ("=", ">", ">="):
            continue
        while one[0] in ("<", "<=") and kept and kept[-1][0] in ("=", "<", "<="):
            kept.pop()
        kept.append(one)
    counted = {*kept, *(one for one in ordered if one[0] == "!=")}
    return tuple(one for one in ordered if one in counted)


def _constraint(part: str) -> tuple[str, str]:
    comparator = next((sign for sign in _COMPARATORS if part.startswith(sign)), "")
    version = unquote(part[len(comparator) :])
    if not version or "*" in version:
        raise ValueError(f"{part[:60]!r} is no constraint")
    return comparator or "=", version
