"""A file that RECORD lists is not there.

## Why it matters
The distribution is not what was installed: an uninstallation stopped half-way, an image was slimmed, or a file was
removed to switch something off, for example a check.

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
other.txt,,
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=venv/lib/python3.12/site-packages/other.txt
x
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
Install the distribution again. For images that are slimmed on purpose, accept the finding with the reason.

## References
- Python packaging specifications, "Recording installed projects", the RECORD file
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    missing: dict[str, list[str]] = defaultdict(list)
    for fact in context.inventory.files:
        if fact.kind == "missing":
            missing[fact.owners[0]].append(fact.path)
    for owner, paths in sorted(missing.items()):
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield RULE.finding(
            Location(paths[0]),
            f"listed in RECORD, not there: {paths[0]}{more}",
            subject=owner,
            key=str(len(paths)),
            fix="install the distribution again",
        )


RULE = Rule(id="SG302", name="installed-file-missing", severity=Severity.MEDIUM, check=check, doc=__doc__)
