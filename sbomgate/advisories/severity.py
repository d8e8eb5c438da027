"""How grave a defect is, by the vectors of its records.

Sources: CVSS v2.0, v3.0, v3.1 and v4.0 specifications (FIRST), "Qualitative Severity Rating Scale". Version 2 has no scale of its own
that knows `critical`; the National Vulnerability Database ends at `high`, and so do we.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

_MAX_VECTOR: Final = 512
_KINDS: Final = ("CVSS_V4", "CVSS_V3", "CVSS_V2")
"""The later one counts where a record has several."""
_RATINGS: Final = {"CRITICAL": "critical", "HIGH": "high", "MODERATE": "medium", "MEDIUM": "medium", "LOW": "low"}


class Gravity(NamedTuple):
    """A severity, and what it rests on; all empty: unknown."""

    severity: str = ""
    score: str = ""
    vector: str = ""
    rating: str = ""


def gravity(severities: Iterable[tuple[str, str]], ratings: Iterable[str] = ()) -> Gravity:
    """The severity that (type, vector) pairs tell, the highest of the latest CVSS version; else that of the databases' own words."""
    given = list(severities)
    for kind in _KINDS:
        scored = [(score, vector) for one, vector in given if one == kind and (score := base_score(kind, vector)) is not None]
        if scored:
            score, vector = max(scored)
            return Gravity(_level(kind, score), f"{score:.1f}", vector)
    known = [rating for rating in ratings if rating in _RATINGS]
    if known:
        rating = min(known, key=list(_RATINGS).index)
        return Gravity(_RATINGS[rating], rating=rating)
    return Gravity()


@lru_cache(maxsize=4096)
def base_score(kind: str, vector: str) -> float | None:
    """The base score of `vector`; None if it is none of its kind."""
    import cvss

    if len(vector) > _MAX_VECTOR or not vector.isascii():
        return None
    try:
        if kind == "CVSS_V2":
            return float(cvss.CVSS2(vector).base_score)
        if kind == "CVSS_V3":
            return float(cvss.CVSS3(vector).base_score)
        return float(cvss.CVSS4(vector).base_score)
    except (cvss.CVSSError, ArithmeticError, LookupError, ValueError, TypeError, AttributeError):  # a vector is a stranger's text
        return None


def _level(kind: str, score: float) -> str:
    if score >= 9 and kind != "CVSS_V2":
        return "critical"
    return "high" if score >= 7 else "medium" if score >= 4 else "low" if score > 0 else "info"
