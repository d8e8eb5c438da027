"""A start-up hook reads credentials.

## Why it matters
It names files or variables that hold keys: `~/.ssh`, cloud and registry tokens, wallets, browser data. Reading them at every
start has one purpose.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import os; open(os.path.expanduser("~/.ssh/id_rsa")).read()
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
Uninstall the distribution that owns the file and replace every key that it could read.

## References
- MITRE ATT&CK T1552, "Unsecured Credentials"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG106", name="hook-reads-credentials", severity=Severity.CRITICAL, check=check, doc=__doc__)
