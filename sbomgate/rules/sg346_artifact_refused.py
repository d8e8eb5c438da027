"""An artifact with the locked hash is not plainly a wheel or tarball, and was not read.

## Why it matters
An archive that two readers can see differently hides from one what it gives to the other: members outside the directory,
names that lead elsewhere, sizes that contradict each other, what would unpack to far more than it is. It is refused as a
whole. Found by `sbomgate verify ENV --lock LOCK --artifacts DIR`.

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
demo==1.0 --hash=sha256:343a6471d3b0dbb2c99805a72e86bba3182d430a42eed91cd73dadc8bdfabd3c
~~~
~~~text path=wheels/demo-1.0-py3-none-any.whl
no archive at all
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
demo==1.0 --hash=sha256:343a6471d3b0dbb2c99805a72e86bba3182d430a42eed91cd73dadc8bdfabd3c
~~~

## How to fix
Look at the archive by hand, in a place where nothing can happen; lock another release, or tell its authors.

## References
- Python packaging specifications, "Binary distribution format", "Recording installed projects"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for evidence in context.inventory.custody:
        if evidence.fault == "refused":
            yield RULE.finding(
                evidence.location,
                f"{evidence.purl}: {evidence.reason}",
                subject=evidence.purl,
                key=evidence.reason,
                fix="look at the archive by hand; lock another release, or tell its authors",
            )


RULE = Rule(id="SG346", name="artifact-refused", severity=Severity.HIGH, check=check, doc=__doc__)
