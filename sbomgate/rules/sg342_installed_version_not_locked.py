"""A component is installed at another version than the locked one.

## Why it matters
What runs is not what was resolved, reviewed and hashed. Found by `sbomgate verify ENV --lock LOCK`.
A package-lock.json locks places: there, so does another version that is locked elsewhere in the tree.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
version = 3.12.1
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.1.dist-info/METADATA
Name: demo
Version: 1.1
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.1.dist-info/RECORD
demo-1.1.dist-info/METADATA,,
demo-1.1.dist-info/RECORD,,
~~~
~~~text path=locked/requirements.txt
demo==1.0
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
~~~

## How to fix
Install from the lock again, or lock the version that is meant.

## References
- Python packaging specifications, "Binary distribution format", "Recording installed projects"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for evidence in context.inventory.custody:
        if evidence.fault == "version":
            yield RULE.finding(
                evidence.location,
                f"{evidence.purl}: {evidence.reason}",
                subject=evidence.purl,
                fix="install from the lock again, or lock the version that is meant",
            )


RULE = Rule(id="SG342", name="installed-version-not-locked", severity=Severity.HIGH, check=check, doc=__doc__)
