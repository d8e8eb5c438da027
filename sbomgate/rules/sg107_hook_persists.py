"""A start-up hook makes itself at home elsewhere.

## Why it matters
It writes to places that are read at some other start: shell profiles, services, cron, other start-up files, the settings of
coding assistants. Uninstalling the distribution does not undo that.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import os; open(os.path.expanduser("~/.bashrc"), "a").write("true")
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
Uninstall the distribution that owns the file and look at the place that it writes to.

## References
- MITRE ATT&CK T1546, "Event Triggered Execution"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG107", name="hook-persists", severity=Severity.CRITICAL, check=check, doc=__doc__)
