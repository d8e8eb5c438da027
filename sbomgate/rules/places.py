"""How much the place of a fact in agents' settings takes off its severity."""

from __future__ import annotations

from typing import Final

from sbomgate.model import Location, Severity

_ASIDE: Final = frozenset(
    {"doc", "docs", "documentation", "example", "examples", "fixture", "fixtures", "sample", "samples", "test", "tests"}
)


def placed(severity: Severity, location: Location, scope: str) -> Severity:
    """`severity`, one step lower for a person's own file, two for one that lies among examples, documentation or tests."""
    steps = 1 if scope == "user" else 0
    if _ASIDE & set(location.path.lower().split("/")[:-1]):
        steps += 2
    return severity.lowered(steps) if steps else severity
