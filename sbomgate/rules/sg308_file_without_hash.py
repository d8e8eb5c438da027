"""A RECORD lists code without a hash, so nothing says what it should hold.

## Why it matters
Every row of code has a hash; only RECORD itself and bytecode may go without. A row that has lost its hash lets the
file change unseen. In the agent graph this is `high`.

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
demo.py,,
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=venv/lib/python3.12/site-packages/demo.py
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
Install the distribution again from its artifact.

## References
- Python packaging specifications, "Recording installed projects", the RECORD file
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    files: dict[str, list[str]] = defaultdict(list)
    for fact in context.inventory.files:
        if fact.kind == "unhashed":
            files[fact.owners[0]].append(fact.path)
    for owner, paths in sorted(files.items()):
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield RULE.finding(
            Location(paths[0]),
            f"listed without a hash: {paths[0]}{more}",
            subject=owner,
            key=str(len(paths)),
            severity=Severity.HIGH if context.is_agent(owner) else Severity.MEDIUM,
            fix="install the distribution again",
        )


RULE = Rule(id="SG308", name="file-without-hash", severity=Severity.MEDIUM, check=check, doc=__doc__)
