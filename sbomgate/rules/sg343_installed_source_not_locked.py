"""A distribution was installed from another source than the locked one.

## Why it matters
The version agrees, but the code came from elsewhere: a repository, a URL or a folder instead of the index, or another
commit. Told from `direct_url.json`, and only where no artifact proves the content. Found by `sbomgate verify ENV --lock LOCK`.

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
~~~json path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/direct_url.json
{"url": "https://git.example/demo", "vcs_info": {"vcs": "git", "commit_id": "0123456789012345678901234567890123456789"}}
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
Install from the lock again, or lock the source that is meant.

## References
- Python packaging specifications, "Binary distribution format", "Recording installed projects"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for evidence in context.inventory.custody:
        if evidence.fault == "source":
            yield RULE.finding(
                evidence.location,
                f"{evidence.purl}: {evidence.reason}",
                subject=evidence.purl,
                key=evidence.reason,
                fix="install from the lock again, or lock the source that is meant",
            )


RULE = Rule(id="SG343", name="installed-source-not-locked", severity=Severity.HIGH, check=check, doc=__doc__)
