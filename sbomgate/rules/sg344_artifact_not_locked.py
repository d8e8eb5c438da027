"""An artifact has another hash than the lockfile says.

## Why it matters
Another file was served, or put into the wheelhouse or npm's cache, under the locked name and version. It is told and never
opened; what was downloaded is deleted. The hash in `direct_url.json`, or in npm's hidden lockfile, counts as well: an
installer wrote it of what it installed. Found by `sbomgate verify ENV --lock LOCK --artifacts DIR`, or `--online`.

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
demo==1.0 --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
~~~
~~~text path=wheels/demo-1.0-py3-none-any.whl
not the wheel that was locked
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
demo==1.0 --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
~~~

## How to fix
Find out where the file came from, remove it, and get the artifact again from the locked source.

## References
- Python packaging specifications, "Binary distribution format", "Recording installed projects"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for evidence in context.inventory.custody:
        if evidence.fault == "artifact":
            yield RULE.finding(
                evidence.location,
                f"{evidence.purl}: {evidence.reason}",
                subject=evidence.purl,
                key=evidence.reason,
                fix="find out where the artifact came from, and get the locked one again",
            )


RULE = Rule(id="SG344", name="artifact-not-locked", severity=Severity.CRITICAL, check=check, doc=__doc__)
