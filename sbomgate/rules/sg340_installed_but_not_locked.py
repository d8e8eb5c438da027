"""A component is installed that the lockfile does not have.

## Why it matters
Nobody resolved, reviewed or hashed it: it came by hand, by another tool, or by what was installed after the lock. Found
by `sbomgate verify ENV --lock LOCK`. `low` for pip, setuptools and wheel, which venv and virtualenv bring; `medium` for
what was installed from a local folder, as the project itself often is. In a node_modules also a file or a link beside the
packages: Node.js loads `x.js` in the place of the package `x`.

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
~~~text path=venv/lib/python3.12/site-packages/stray-2.0.dist-info/METADATA
Name: stray
Version: 2.0
~~~
~~~text path=venv/lib/python3.12/site-packages/stray-2.0.dist-info/RECORD
stray-2.0.dist-info/METADATA,,
stray-2.0.dist-info/RECORD,,
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
Lock it, or build the environment anew from the lock (`uv sync`, `pip-sync`, `pip install --require-hashes` into a new one,
`npm ci`, `pnpm install --frozen-lockfile` after deleting node_modules).

## References
- Python packaging specifications, "Binary distribution format", "Recording installed projects"
- Node.js documentation, "Loading from node_modules folders"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule

_SEVERITIES = {"not-locked": Severity.HIGH, "local": Severity.MEDIUM, "seed": Severity.LOW}


def check(context: Context) -> Iterator[Finding]:
    for evidence in context.inventory.custody:
        if evidence.fault in _SEVERITIES:
            yield RULE.finding(
                evidence.location,
                f"{evidence.purl} is {evidence.reason}",
                subject=evidence.purl,
                severity=_SEVERITIES[evidence.fault],
                fix="lock it, or build the environment anew from the lock",
            )


RULE = Rule(id="SG340", name="installed-but-not-locked", severity=Severity.HIGH, check=check, doc=__doc__)
