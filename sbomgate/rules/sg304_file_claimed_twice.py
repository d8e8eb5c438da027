"""Two distributions installed different content at one path.

## Why it matters
The one that was installed last won, and the other runs with a file that is not its own. So it is with a fork beside its
original, or with packages that all bring a folder `tests`; in the agent graph it is `medium`. A distribution that brings
one file of a package which is not its own otherwise is told as `installed-file-changed`.

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
shared/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=venv/lib/python3.12/site-packages/demo.py
import os
~~~
~~~text path=venv/lib/python3.12/site-packages/shared/__init__.py
import sys
~~~
~~~text path=venv/lib/python3.12/site-packages/other-1.0.dist-info/METADATA
Name: other
Version: 1.0
~~~
~~~text path=venv/lib/python3.12/site-packages/other-1.0.dist-info/RECORD
shared/__init__.py,sha256=xRdXeFHEieRauuJZElbEBASgXG0ZzU1a5_0isAhM7Gw,11
shared/other.py,sha256=Nyet_1JOBhYCLq3Y9K8hoHeLKfxMd73-_Rr84sv15Lc,10
other-1.0.dist-info/METADATA,,
other-1.0.dist-info/RECORD,,
~~~
~~~text path=venv/lib/python3.12/site-packages/shared/other.py
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
Remove one of the two distributions, or report the clash to its authors.

## References
- Python packaging specifications, "Recording installed projects", the RECORD file
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind == "shared":
            agent = any(context.is_agent(owner) for owner in fact.owners)
            yield RULE.finding(
                Location(fact.path),
                f"installed by {' and '.join(fact.owners)} with different content; the last one won",
                subject=fact.owners[0],
                severity=Severity.MEDIUM if agent else Severity.LOW,
                fix="remove one of the distributions, or report the clash to its authors",
            )


RULE = Rule(id="SG304", name="file-claimed-twice", severity=Severity.LOW, check=check, doc=__doc__)
