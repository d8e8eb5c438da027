"""A start-up hook changes how every program behaves.

## Why it matters
It runs computed code, writes files, loads native code, replaces functions of other modules, installs import or trace hooks,
sets variables that other programs obey, switches certificate checks off, or prints in the name of every program. Some tools
do this on purpose; such a hook has to be known.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import sys; sys.settrace(lambda frame, event, argument: None)
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
Uninstall the distribution that owns the file, or accept the hook by its digest with a reason.

## References
- Python documentation, `sys.settrace`, `sys.meta_path`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG109", name="hook-runs-risky-code", severity=Severity.HIGH, check=check, doc=__doc__)
