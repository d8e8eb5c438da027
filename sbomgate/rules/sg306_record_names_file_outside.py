"""A RECORD names a file outside its environment.

## Why it matters
No installer writes such a row: paths in a wheel cannot leave the environment. It is the trace of an archive that
tried to, or of a RECORD made by hand; uninstalling the distribution would delete the file that it names.

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
../../../../../outside.py,sha256=Nyet_1JOBhYCLq3Y9K8hoHeLKfxMd73-_Rr84sv15Lc,10
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
Do not uninstall the distribution with a tool that trusts RECORD. Build the environment anew from known artifacts.

## References
- Python packaging specifications, "Recording installed projects", the RECORD file
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind == "outside":
            yield RULE.finding(
                Location(fact.path),
                f"RECORD of {fact.owners[0]} names a file outside the environment",
                subject=fact.owners[0],
                fix="build the environment anew; do not uninstall this distribution with a tool that trusts RECORD",
            )


RULE = Rule(id="SG306", name="record-names-file-outside", severity=Severity.HIGH, check=check, doc=__doc__)
