"""A component is locked and needed in this environment, but not installed.

## Why it matters
The environment is not the one that was locked: an installation failed half-way, or something was removed. Markers are
evaluated for the Python and the platform of the environment; what only an extra or a group needs may be absent. Of npm's
packages, optional ones may be, and all that are for development together, as `npm ci --omit=dev` leaves them. Found by
`sbomgate verify ENV --lock LOCK`.

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
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=locked/requirements.txt
demo==1.0
gone==2.0
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
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=locked/requirements.txt
demo==1.0
gone==2.0 ; python_version < '3.0'
~~~

## How to fix
Install from the lock again.

## References
- Python packaging specifications, "Binary distribution format", "Recording installed projects"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for evidence in context.inventory.custody:
        if evidence.fault == "not-installed":
            yield RULE.finding(
                evidence.location, f"{evidence.purl} is {evidence.reason}", subject=evidence.purl, fix="install from the lock again"
            )


RULE = Rule(id="SG341", name="locked-but-not-installed", severity=Severity.MEDIUM, check=check, doc=__doc__)
