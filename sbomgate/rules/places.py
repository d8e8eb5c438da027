"""How much less a finding about an agent's settings weighs for the place that it was found in."""

from __future__ import annotations

from typing import Final

from sbomgate.model import Location, Severity

_SAMPLES: Final = frozenset(
    {"example", "examples", "sample", "samples", "doc", "docs", "test", "tests", "testdata", "fixture", "fixtures", "__fixtures__"}
)
_OWN: Final = ("user", "repo-local")


def placed(severity: Severity, location: Location, scope: str) -> Severity:
    """`severity` as it counts there: a person's own settings one step lower, a folder of examples or tests two.

    What arrives with a clone, and what an organisation imposes, counts in full.
    """
    folders = location.path.lower().split("/")[:-1]
    return severity.lowered((scope in _OWN) + 2 * any(folder in _SAMPLES for folder in folders))
