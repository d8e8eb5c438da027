"""A start-up hook hides what it does, or cannot be read.

## Why it matters
Names put together from pieces, functions reached through dictionaries or `getattr`, invisible or look-alike characters,
code far to the right of the screen, an encoding that nobody uses, content that is not text: each makes the hook say something
else to a reader than to Python.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import os; getattr(os, "get" + "pid")(); exec("pri" + "nt(1)")
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
Uninstall the distribution that owns the file. If you know the hook, accept it by its digest with a reason.

## References
- Trojan Source, CVE-2021-42574
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG105", name="hook-hides-code", severity=Severity.HIGH, check=check, doc=__doc__)
