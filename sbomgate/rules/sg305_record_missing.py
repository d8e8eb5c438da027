"""A distribution has no RECORD, so its files cannot be checked.

## Why it matters
Without RECORD nothing here can tell whether a file was changed, or which files belong to the distribution. Packages
of an operating system and eggs have none by design (`low`, told once a site folder); pip and uv always write one, so
for theirs it was removed (`medium`).

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
version = 3.12.1
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA
Name: demo
Version: 1.0
~~~
~~~text path=venv/lib/python3.12/site-packages/demo.py
import os
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/INSTALLER
pip
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
Install the distribution again with pip or uv. For packages of the operating system, use its own verification
(`debsums`, `rpm -V`).

## References
- Python packaging specifications, "Recording installed projects", the RECORD file
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    without: dict[str, list[str]] = defaultdict(list)
    for component in context.inventory.components:
        installation = component.installation
        if installation is None or installation.record == "present":
            continue
        if installation.installer in ("pip", "uv"):
            yield RULE.finding(
                component.locations[0],
                f"{component.name} was installed by {installation.installer}, which writes a RECORD, and has {'an empty one' if installation.record == 'empty' else 'none'}",
                subject=component.purl,
                severity=Severity.MEDIUM,
                fix="install the distribution again, and find out who removed its RECORD",
            )
        else:
            without[installation.site].append(component.name)
    for site, names in sorted(without.items()):
        more = ", …" if len(names) > 5 else ""
        yield RULE.finding(
            Location(site or "."),
            f"{len(names)} distributions without RECORD, their files cannot be checked: {', '.join(names[:5])}{more}",
            fix="install with pip or uv, or use the operating system's own verification",
        )


RULE = Rule(id="SG305", name="record-missing", severity=Severity.LOW, check=check, doc=__doc__)
