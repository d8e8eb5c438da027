"""Every user of the machine can change what this environment runs.

## Why it matters
RECORD is compared once; what can be written to by anybody can be something else a moment later. In a folder of the import
path a new module is enough: one named `sitecustomize` runs whenever Python starts. For a file that runs by itself (a `.pth`
file, a program in `bin/`) it is `high`. Permissions of a group are not told, nor those of a file system that keeps none.

## How to fix
`chmod -R o-w ENVIRONMENT`, then install again what may have been changed meanwhile. Look for a `umask 000` where the
environment was made: images and shared volumes are often unpacked with one.

## References
- CWE-732, Incorrect Permission Assignment for Critical Resource
- Python documentation, "The initialization of the sys.path module search path"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind in ("writable", "writable-code"):
            yield RULE.finding(
                Location(fact.path),
                f"writable by others ({fact.actual.replace(':', ' ')}): {fact.detail}"
                if fact.actual
                else f"writable by others: {fact.detail}",
                severity=Severity.HIGH if fact.kind == "writable-code" else Severity.MEDIUM,
                key=fact.actual,
                fix="take the permission away (chmod o-w), and install again what may have been changed",
            )


RULE = Rule(id="SG309", name="writable-by-others", severity=Severity.MEDIUM, check=check, doc=__doc__)
