"""A start-up hook holds an indicator of a known attack.

## Why it matters
A host or a file name in its code, or its digest, is on the shipped list of known-bad releases with its sources.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import os; TARGET = "https://models.litellm.cloud/"
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
Treat the machine as taken over: uninstall the distribution, look for what it left, replace every key.

## References
- `allowlists/known-bad.toml`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG112", name="hook-matches-indicator", severity=Severity.CRITICAL, check=check, doc=__doc__)
