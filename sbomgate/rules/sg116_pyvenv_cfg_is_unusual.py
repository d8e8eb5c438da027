"""`pyvenv.cfg` does not say clearly where the interpreter comes from.

## Why it matters
`home` is missing or lies in a mounted or shared place, or a switch has a value that is neither true nor false.

## Bad
~~~text path=venv/pyvenv.cfg
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
Make the environment again.

## References
- PEP 405
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG116", name="pyvenv-cfg-is-unusual", severity=Severity.MEDIUM, check=check, doc=__doc__)
