"""A start-up hook has the name of a known one, and is not it.

## Why it matters
Its file name is that of a hook which every environment has, so that nobody looks; its text has a clause more, a look-alike
letter, or another target.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/distutils-precedence.pth
import os; __import__('_distutils_hack').add_shim(); os.getenv("CI") and exec("print(1)")
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/distutils-precedence.pth
import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hack').add_shim();
~~~

## How to fix
Install the distribution that the name belongs to again, from a lock with hashes, and find out what replaced it.

## References
- MITRE ATT&CK T1036, "Masquerading"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG108", name="hook-imitates-known-good", severity=Severity.CRITICAL, check=check, doc=__doc__)
