"""What a score is made of: one result a field, one table a profile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What is to be said of one field."""

    MET = "met"
    PARTLY = "partly"
    MISSING = "missing"
    STATED_UNKNOWN = "stated unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One field of one profile."""

    id: str
    name: str
    group: str
    """Where it stands in its rule book: `document`, `component`, or a category of sbomqs."""
    rule: str
    """What counts as present, with the place in CycloneDX."""
    verdict: Verdict
    have: int
    of: int
    """Components, or 1 for a field of the document; 0 if there is nothing that could have it."""
    stated_unknown: int = 0
    """Of those that do not have it: how many say that it is not known."""
    weight: float = 0.0
    """Its share of its category; 0 where a rule book gives no weights."""
    points: float | None = None
    """0 to 10; None where a rule book gives no points, or where the field is left out of the sum."""
    better: str = ""
    """What would make it better; empty if nothing would."""
    examples: tuple[str, ...] = ()
    """The first components that neither have it nor say that it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One rule book."""

    id: str
    name: str
    source: str
    results: tuple[Result, ...]
    score: float | None = None
    """0 to 10; None where a rule book gives no points."""
    grade: str = ""
    notes: tuple[str, ...] = ()
    """What was left out, and other things to know."""

    def count(self, verdict: Verdict) -> int:
        """How many fields have this verdict."""
        return sum(result.verdict is verdict for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One document under every profile."""

    path: str
    spec_version: str
    components: int
    profiles: tuple[Profile, ...]

    @property
    def points(self) -> float:
        """The score of the one profile that has points."""
        return next(profile.score for profile in self.profiles if profile.score is not None)

    @property
    def grade(self) -> str:
        """The grade that goes with `points`."""
        return next(profile.grade for profile in self.profiles if profile.score is not None)
