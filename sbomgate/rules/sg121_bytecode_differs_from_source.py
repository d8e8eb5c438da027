"""Cached bytecode is not what its source says.

## Why it matters
Python runs `__pycache__/x.cpython-312.pyc` in the place of `x.py` if the recorded time and size fit, or without any look
if the header says so. RECORD lists no caches, so changing one changes a program and leaves every listed file intact.

`high` if the bytecode has other names or constants than the source; `medium`, with little confidence, if only its
instructions are others: another release of the same compiler may have made them.

## How to fix
Remove the `__pycache__` folder, which Python makes again, and find out who changed the file.

## References
- PEP 3147, "PYC Repository Directories"
- PEP 552, "Deterministic pycs"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Confidence, Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind in ("bytecode-differs", "bytecode-deviates"):
            certain = fact.kind == "bytecode-differs"
            yield RULE.finding(
                Location(fact.path),
                f"Python runs this and not the source: {fact.detail}",
                subject=fact.owners[0] if fact.owners else "",
                digest=fact.actual.removeprefix("sha256:"),
                severity=Severity.HIGH if certain else Severity.MEDIUM,
                confidence=Confidence.HIGH if certain else Confidence.LOW,
                fix="remove the cached bytecode, and find out who changed it",
            )


RULE = Rule(id="SG121", name="bytecode-differs-from-source", severity=Severity.HIGH, check=check, doc=__doc__)
