"""A file in a site folder that no distribution installed.

## Why it matters
Whatever lies on the import path can be imported, and can shadow what should be imported. Installers record every file
that they put there, so a module or a program that no RECORD lists came by another way. Data files are told at `low`;
where distributions without RECORD are present, ownership cannot be known and one `low` finding says so.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
version = 3.12.1
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA
Name: demo
Version: 1.0
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/RECORD
demo.py,sha256=Nyet_1JOBhYCLq3Y9K8hoHeLKfxMd73-_Rr84sv15Lc,10
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=venv/lib/python3.12/site-packages/demo.py
import os
~~~
~~~text path=venv/lib/python3.12/site-packages/evil.py
import os
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
version = 3.12.1
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA
Name: demo
Version: 1.0
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/RECORD
demo.py,sha256=Nyet_1JOBhYCLq3Y9K8hoHeLKfxMd73-_Rr84sv15Lc,10
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=venv/lib/python3.12/site-packages/demo.py
import os
~~~

## How to fix
Remove the file, or install what it belongs to properly, so that a RECORD lists it. A file that belongs there is
accepted by path with a reason.

## References
- Python packaging specifications, "Recording installed projects", the RECORD file
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Confidence, Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind in ("unowned", "unowned-data"):
            importable = fact.kind == "unowned"
            what = "code" if importable else "data"
            yield RULE.finding(
                Location(fact.path),
                f"{what} that no distribution installed" + (f" ({fact.detail})" if fact.detail else ""),
                digest=fact.actual.removeprefix("sha256:"),
                severity=Severity.HIGH if importable else Severity.LOW,
                fix="remove it, or install what it belongs to so that a RECORD lists it",
            )
        elif fact.kind == "unattributed":
            yield RULE.finding(
                Location(fact.path),
                f"files that cannot be tied to a distribution: {fact.detail}",
                severity=Severity.LOW,
                confidence=Confidence.LOW,
                fix="install with pip or uv, which write a RECORD",
            )


RULE = Rule(id="SG303", name="file-without-owner", severity=Severity.HIGH, check=check, doc=__doc__)
