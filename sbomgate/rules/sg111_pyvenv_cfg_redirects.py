"""`pyvenv.cfg` takes the interpreter or its library from a doubtful place.

## Why it matters
`home` decides which standard library every program of the environment runs. A temporary, hidden or relative place, or a key
that is set twice (the last one counts, readers see the first) gives the environment to whoever can write there.

## Bad
~~~text path=venv/pyvenv.cfg
home = /tmp/.python/bin
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/README.txt
An environment.
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/README.txt
An environment.
~~~

## How to fix
Make the environment again with an interpreter that you trust.

## References
- PEP 405, "Specification"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG111", name="pyvenv-cfg-redirects", severity=Severity.HIGH, check=check, doc=__doc__)
