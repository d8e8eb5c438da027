"""Bytecode without its source runs at start.

## Why it matters
A `.pyc` without the source that it was made from cannot be reviewed, and no installer leaves one.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/sitecustomize.pyc
stands for bytecode
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/project.pth
/home/ada/src/project
~~~

## How to fix
Remove the file, or put the source beside it and compile it again.

## References
- PEP 3147, "Python behavior"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG113", name="startup-bytecode", severity=Severity.HIGH, check=check, doc=__doc__)
