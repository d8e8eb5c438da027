"""Whether a version is affected, and what all records of one defect say together.

Source: OSV schema 1.7, "Evaluation". Python versions are in the order of PEP 440 and npm's in that of SemVer 2.0.0, whatever the type of
the range says, for that is what their installers go by. What the schema leaves open:

- events of one version: it ends to be affected before it begins, and is itself affected where it is the last one. So
  `fixed 1.0, introduced 1.0` leaves no gap;
- a local label (`2.0+cu118`) names another build of the same release, so it counts only against versions that have one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sbomgate import npm_ranges, versions

_ENDS: Final = {"fixed": 0, "introduced": 1, "last_affected": 2}
_MAX_CANDIDATES: Final = 64
_FIRST: Final = ("MAL-", "GHSA-", "PYSEC-", "CVE-")
"""Whose record is quoted where several tell of one defect."""

Events = tuple[tuple[str, str], ...]
Ranges = tuple[Events, ...]


class ImpossibleError(ValueError):
    """A range that says nothing: the text says why."""


class Judgement(NamedTuple):
    """What a record says of one version."""

    affected: bool
    flaw: str = ""
    """Why "not affected" is not to be believed; empty if it is."""


def judge(ecosystem: str, version: str, listed: str, ranges: Ranges) -> Judgement:
    """Whether `version` is affected. `listed`: the affected versions in one spelling, as `spelled` makes it."""
    if f"\n{spelling(ecosystem, version)}\n" in listed:
        return Judgement(affected=True)
    flaw = "" if listed or ranges else "it names neither versions nor a range of them"
    for events in ranges:
        try:
            if _within(ecosystem, version, events):
                return Judgement(affected=True)
            if fault := _disorder(ecosystem, events):
                flaw = fault
        except ImpossibleError as error:
            flaw = str(error)
    return Judgement(affected=False, flaw=flaw)


def covers_everything(ranges: Ranges) -> bool:
    """Whether a range holds every version: it begins before the first and nothing ends it."""
    return any(("introduced", "0") in events and all(kind == "introduced" for kind, _ in events) for events in ranges)


def spelled(ecosystem: str, listed: Iterable[str]) -> str:
    """`listed` as one text, a version a line in the spelling of `spelling`, with a line break before and behind each; empty for none."""
    text = "\n".join([spelling(ecosystem, version) for version in listed])
    return f"\n{text}\n" if text else ""


@lru_cache(maxsize=65536)
def spelling(ecosystem: str, version: str) -> str:
    """`version` so that equal versions have equal texts; what is none, as it is."""
    if ecosystem == "npm":
        return version.lstrip("v=").partition("+")[0]
    if not version.isdecimal() and not version.replace(".", "").isdecimal():
        return versions.public(version).removeprefix("0!") or version
    while version.endswith(".0"):
        version = version[:-2]
    return version


def fault(ecosystem: str, ranges: Ranges) -> str:
    """Why one of `ranges` is impossible; empty if none is."""
    for events in ranges:
        try:
            if found := _disorder(ecosystem, events):
                return found
        except ImpossibleError as error:
            return str(error)
    return ""


def _within(ecosystem: str, version: str, events: Events) -> bool:
    """`IncludedInRanges` of the schema, for one range."""
    mine = _order(ecosystem)(version)
    if mine is None:
        raise ImpossibleError(f"{version!r} is no version that can be ordered")
    is_affected = False
    for key, rank, _ in _timeline(ecosystem, events):
        # -1: the bound begins before every version
        compared = 1 if key is None else _compare(ecosystem, mine, key)
        if rank == 1 and compared >= 0:
            is_affected = True
        elif (rank == 0 and compared >= 0) or (rank == 2 and compared > 0):
            is_affected = False
    return is_affected and _before_limits(ecosystem, mine, events)


def _before_limits(ecosystem: str, mine: Any, events: Events) -> bool:
    limits = [version for kind, version in events if kind == "limit"]
    return not limits or any("*" in limit or _compare(ecosystem, mine, _bound(ecosystem, limit)) < 0 for limit in limits)


@lru_cache(maxsize=16384)
def _timeline(ecosystem: str, events: tuple[tuple[str, str], ...]) -> tuple[tuple[Any, int, str], ...]:
    """(what orders the version, rank of the kind, version) of each event but the limits, in order; ImpossibleError for a range that is none."""
    if not any(kind == "introduced" for kind, _ in events):
        raise ImpossibleError("a range has no beginning (no `introduced`)")
    rows = []
    for kind, version in events:
        if kind == "limit":
            if "*" not in version:
                _bound(ecosystem, version)
        elif kind == "introduced" and version == "0":
            rows.append((None, _ENDS[kind], version))
        else:
            rows.append((_bound(ecosystem, version), _ENDS[kind], version))
    return tuple(sorted(rows, key=lambda row: ((), row[1]) if row[0] is None else ((1, row[0]), row[1])))


def _disorder(ecosystem: str, events: Events) -> str:
    """What makes a range contradict itself; empty if nothing does."""
    rows = _timeline(ecosystem, events)
    if rows[0][1] != _ENDS["introduced"]:
        kind = next(name for name, rank in _ENDS.items() if rank == rows[0][1])
        return f"a range ends before it begins (`{kind}` {rows[0][2]!r})"
    return ""


def _bound(ecosystem: str, version: str) -> Any:
    key = _order(ecosystem)(version)
    if key is None:
        raise ImpossibleError(f"a range ends or begins at {version!r}, which is no version")
    return key


def _order(ecosystem: str) -> Callable[[str], Any]:
    return npm_ranges.order if ecosystem == "npm" else versions.order


def _compare(ecosystem: str, mine: Any, bound: Any) -> int:
    """Below, at or above `bound`: less than zero, zero, more."""
    if ecosystem != "npm" and not bound[1]:
        mine, bound = mine[0], bound[0]
    return int(mine > bound) - int(mine < bound)


def fixed_for(ecosystem: str, version: str, rows: Sequence[tuple[str, Ranges]]) -> str:
    """The lowest version above `version` that ends a range of `rows` and is affected by none of them; empty if there is none.

    `rows`: (listed versions, ranges) of each record of one defect.
    """
    mine = _order(ecosystem)(version)
    if mine is None:
        return ""
    found: dict[str, Any] = {}
    for _, ranges in rows:
        for events in ranges:
            for kind, bound in events:
                key = _order(ecosystem)(bound) if kind == "fixed" and bound not in found else None
                if key is not None and _compare(ecosystem, mine, key) < 0:
                    found[bound] = key
    for bound in sorted(found, key=found.__getitem__)[:_MAX_CANDIDATES]:
        if not any(judge(ecosystem, bound, listed, ranges).affected for listed, ranges in rows):
            return bound
    return ""


def by_defect(records: Sequence[tuple[str, Sequence[str]]]) -> list[list[int]]:
    """The numbers of those of `records`, (id, aliases), that tell of one defect: linked by an id or an alias, over however many steps."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        path = []
        while (above := leader.setdefault(name, name)) != name:
            path.append(name)
            name = above
        for one in path:
            leader[one] = name
        return name

    for name, aliases in records:
        for alias in aliases:
            leader[find(alias)] = find(name)
    groups: dict[str, list[int]] = {}
    for number, (name, _) in enumerate(records):
        groups.setdefault(find(name), []).append(number)
    return list(groups.values())


def precedence(name: str) -> tuple[int, str]:
    """What orders the ids of one defect: whose record says most stands first."""
    return next((rank for rank, start in enumerate(_FIRST) if name.startswith(start)), len(_FIRST)), name


_LETTERS: Final = {"introduced": "i", "fixed": "f", "last_affected": "a", "limit": "l"}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}


def packed(ranges: Ranges) -> str:
    """`ranges` as the store keeps them: a range a line, each event a tab, the letter of its kind and the version."""
    return "".join(["".join([f"\t{_LETTERS[kind]}{version}" for kind, version in events]) + "\n" for events in ranges])


@lru_cache(maxsize=16384)
def unpacked(text: str) -> Ranges:
    """The ranges that `packed` made `text` of; KeyError if it did not."""
    return tuple(tuple((_KINDS[event[:1]], event[1:]) for event in line.split("\t")[1:]) for line in text.split("\n")[:-1])
