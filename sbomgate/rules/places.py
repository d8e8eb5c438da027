"""How grave a finding about an agent's setting is, by where the setting stands."""

from __future__ import annotations

import re
from typing import Final

from sbomgate.model import Location, Severity

_SAMPLES: Final = re.compile(r"(?:^|/)(?:examples?|docs?|tests?|fixtures?|testdata)/", re.IGNORECASE)


def placed(severity: Severity, location: Location, scope: str) -> Severity:
    """`severity` one step lower for a person's own settings, two steps lower for samples. What a repository or an organisation states counts in full."""
    steps = (1 if scope == "user" else 0) + (2 if scope != "managed" and _SAMPLES.search(location.path) else 0)
    return severity.lowered(steps) if steps else severity
