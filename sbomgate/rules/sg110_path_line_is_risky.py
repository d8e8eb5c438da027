"""Code may be imported from a place that it should not come from.

## Why it matters
A path line opens a hidden, temporary, world-writable or documentation folder, an archive, a network share or a name with
look-alike letters; or a folder whose modules stand in front of those of the standard library.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/extra.pth
/tmp/.cache/lib
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
Remove the line, or uninstall the distribution that owns the file.

## References
- Python documentation, `site`, "path configuration file"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG110", name="path-line-is-risky", severity=Severity.HIGH, check=check, doc=__doc__)
