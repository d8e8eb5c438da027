"""The same version is installed with other files than the known-good manifest says.

## Why it matters
The content digest covers every file that comes from the artifact. If it differs while the version is the same, the
installed files are not those that were looked at, and RECORD was changed with them: `installed-file-changed` alone
would not see it.

## Bad
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": [{"type": "library", "name": "demo", "version": "1.0", "purl": "pkg:pypi/demo@1.0", "hashes": [{"alg": "SHA-256", "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}], "properties": [{"name": "sbomgate:content-digest", "value": "sgc1:8db253c9cd66925d7611fc005129bf3f62cb42f9c16223c16b2f9cabca4a78eb"}]}]}
~~~
~~~text path=venv/pyvenv.cfg
home = /usr/bin
version = 3.12.1
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA
Name: demo
Version: 1.0
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/RECORD
demo.py,sha256=qDAzMxLEycIjO7AnYr1JggOxw78FJ2FHNWk7S3n20Wc,10
demo-1.0.dist-info/METADATA,sha256=rn0_ELq0RKztllag_WV1Q_h1nsh6a1-swZFMqlj9p4w,26
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=venv/lib/python3.12/site-packages/demo.py
import re
~~~

## Good
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": [{"type": "library", "name": "demo", "version": "1.0", "purl": "pkg:pypi/demo@1.0", "hashes": [{"alg": "SHA-256", "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}], "properties": [{"name": "sbomgate:content-digest", "value": "sgc1:8db253c9cd66925d7611fc005129bf3f62cb42f9c16223c16b2f9cabca4a78eb"}]}]}
~~~
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
demo-1.0.dist-info/METADATA,sha256=rn0_ELq0RKztllag_WV1Q_h1nsh6a1-swZFMqlj9p4w,26
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=venv/lib/python3.12/site-packages/demo.py
import os
~~~

## How to fix
Build the environment anew from known artifacts, and find out how the files came there.

## References
- `sbomgate manifest write`, `sbomgate diff`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for change in context.changes:
        if change.kind == "content":
            yield RULE.finding(
                change.location,
                f"same version, other content: {change.detail}",
                subject=change.subject,
                digest=change.digest,
                key=change.detail,
                fix="build the environment anew, and find out how the files came there",
            )


RULE = Rule(id="SG505", name="content-not-in-manifest", severity=Severity.CRITICAL, check=check, doc=__doc__)
