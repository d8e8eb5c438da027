"""A command of the environment hides one of the system.

## Why it matters
A distribution installs a command named like a program that people and scripts call: while the environment is active, theirs
runs instead of the system's.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/acme-1.0.dist-info/entry_points.txt
[console_scripts]
pip = acme_cli:main
~~~

~~~text path=venv/lib/python3.12/site-packages/acme-1.0.dist-info/METADATA
Metadata-Version: 2.1
Name: acme
Version: 1.0
~~~

~~~text path=venv/lib/python3.12/site-packages/acme-1.0.dist-info/RECORD
acme-1.0.dist-info/entry_points.txt,,
acme-1.0.dist-info/METADATA,,
acme-1.0.dist-info/RECORD,,
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
Uninstall the distribution, or accept the entry with a reason.

## References
- Python packaging user guide, "Entry points specification"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG114", name="entry-point-is-risky", severity=Severity.HIGH, check=check, doc=__doc__)
