"""A start-up hook runs code that cannot be read in the file.

## Why it matters
The code is decoded, unpacked, downloaded, or read from a file or a variable first. Whoever hides what runs at every start
has a reason to. The message shows the decoded text, as far as it could be worked out without running anything.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import base64; exec(base64.b64decode("cHJpbnQoMSk="))
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
- MITRE ATT&CK T1027, T1546.018
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG102", name="hook-runs-decoded-code", severity=Severity.CRITICAL, check=check, doc=__doc__)
