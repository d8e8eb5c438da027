"""Bytecode is run without a look at its source.

## Why it matters
A cache with an "unchecked hash" in its header is what Python runs, whatever the source beside it says: a reader of the
source, and RECORD, vouch for something that is never executed. Installers do not make such caches; some image builders
do, to save the look at each file. Where the code can be compared and is that of the source, nothing is told. It can be
compared for the version of Python that runs sbomgate.

## How to fix
Remove the `__pycache__` folders, or compile again with `python -m compileall --invalidation-mode checked-hash`.

## References
- PEP 552, "Deterministic pycs"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind == "bytecode-unchecked":
            yield RULE.finding(
                Location(fact.path),
                fact.detail,
                fix="remove the cached bytecode, or scan with the version of Python that runs it",
            )


RULE = Rule(id="SG119", name="bytecode-is-unchecked", severity=Severity.MEDIUM, check=check, doc=__doc__)
