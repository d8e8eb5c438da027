"""A path line opens a place that others may write to.

## Why it matters
Mounted, shared and variable folders are not part of the environment: what lies there may change without any installation.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/team.pth
/mnt/shared/team/lib
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
Install what lies there as a distribution, or accept the line with a reason.

## References
- Python documentation, `site`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG115", name="path-line-is-unusual", severity=Severity.MEDIUM, check=check, doc=__doc__)
