"""The score of an SBOM as a table for people, and as JSON for a gate."""

from __future__ import annotations

import json
from typing import Any

from sbomgate import __version__
from sbomgate.quality import Profile, Result, Score, Verdict
from sbomgate.reporters.escapes import clean, inert

SCHEMA_VERSION = "1.0"
_VERDICTS = (Verdict.MET, Verdict.STATED_UNKNOWN, Verdict.PARTLY, Verdict.MISSING, Verdict.NOT_APPLICABLE)
_VERDICT_WIDTH = max(map(len, _VERDICTS))
_NAME_LIMIT = 60


def table(score: Score) -> str:
    """One line a field, and below it what would make it better."""
    lines = [
        f"SCORE  {score.points:.1f} of 10, grade {score.grade}",
        f"  {score.path}: CycloneDX {score.spec_version}, {_number(score.components, 'component')}",
    ]
    for profile in score.profiles:
        lines += ["", *_profile(profile)]
    return "".join(inert(clean(line)) + "\n" for line in lines)


def _profile(profile: Profile) -> list[str]:
    counts = " · ".join(f"{number} {verdict}" for verdict in _VERDICTS if (number := profile.count(verdict)))
    points = f"  {profile.score:.2f} of 10, grade {profile.grade}:" if profile.score is not None else ""
    lines = [f"{profile.name}{points}  {counts}"]
    group = ""
    for result in profile.results:
        if result.group != group:
            group = result.group
            lines.append(f"  {group}")
        lines += _result(result)
    return lines + [f"  note: {note}" for note in profile.notes]


def _result(result: Result) -> list[str]:
    share = f"{result.have}/{result.of}" if result.of > 1 else ""
    points = f"{result.points:4.1f}  " if result.points is not None else "      " if result.weight else ""
    stated = f", {result.stated_unknown} stated unknown" if result.stated_unknown and result.of > 1 else ""
    lines = [f"    {result.verdict:<{_VERDICT_WIDTH}}  {points}{result.name}" + (f" ({share}{stated})" if share else "")]
    if result.better and result.verdict not in (Verdict.NOT_APPLICABLE, Verdict.STATED_UNKNOWN):
        lines.append(f"{'':<{_VERDICT_WIDTH + 6}}better: {result.better}")
        if result.examples:
            names = ", ".join(clean(name, _NAME_LIMIT) for name in result.examples)
            lines.append(f"{'':<{_VERDICT_WIDTH + 6}}without: {names}" + (" …" if _lacking(result) > len(result.examples) else ""))
    return lines


def _lacking(result: Result) -> int:
    return result.of - result.have - result.stated_unknown


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def as_json(score: Score) -> str:
    """The same as JSON, ASCII, with a final newline; `schema_version` changes when a member goes or changes its meaning."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "sbomgate", "version": __version__},
        "document": {"path": score.path, "spec_version": score.spec_version, "components": score.components},
        "score": score.points,
        "grade": score.grade,
        "profiles": [_profile_json(profile) for profile in score.profiles],
    }
    return json.dumps(document, indent=2) + "\n"


def _profile_json(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "name": profile.name,
        "source": profile.source,
        "score": profile.score,
        "grade": profile.grade or None,
        "verdicts": {verdict.value: profile.count(verdict) for verdict in _VERDICTS},
        "notes": list(profile.notes),
        "fields": [
            {
                "id": result.id,
                "name": result.name,
                "group": result.group,
                "rule": result.rule,
                "verdict": result.verdict.value,
                "have": result.have,
                "of": result.of,
                "stated_unknown": result.stated_unknown,
                "weight": result.weight or None,
                "points": result.points,
                "better": result.better,
                "examples": list(result.examples),
            }
            for result in profile.results
        ],
    }
