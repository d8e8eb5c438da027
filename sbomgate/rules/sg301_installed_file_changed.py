"""An installed file differs from what its RECORD says.

## Why it matters
RECORD holds the hash of every file as it was installed. A file that differs was changed afterwards: by hand, by a
tool that patches in place, or by somebody who wants code to run in this environment. That another distribution lists
the file as it is now is an excuse only if that one has a good part of the package too: a distribution that brings a
single file of somebody else's package replaces it.

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
demo.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
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
Install the distribution again from its artifact (`pip install --force-reinstall --no-deps NAME==VERSION`), and find
out who changed the file. A change on purpose is accepted by the digest of the file as it is now.

## References
- Python packaging specifications, "Recording installed projects", the RECORD file
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind == "changed":
            alg, _, actual = fact.actual.partition(":")
            yield RULE.finding(
                Location(fact.path),
                f"changed since it was installed: {alg} is {actual[:16]}…, RECORD says {fact.expected.partition(':')[2][:16]}…"
                + (f"; {fact.detail}" if fact.detail else ""),
                subject=fact.owners[0],
                digest=actual if alg == "sha256" else "",
                key=actual,
                fix="install the distribution again, and find out who changed the file",
            )


RULE = Rule(id="SG301", name="installed-file-changed", severity=Severity.HIGH, check=check, doc=__doc__)
