"""A file is imported in the place of a module that another distribution installed.

## Why it matters
In one folder Python takes a package before a file, and native code before source: `demo.so` or `demo/__init__.py` beside
`demo.py` is what `import demo` runs, and the file that RECORD vouches for is never looked at. Wheels that ship both
compiled and plain modules own both. In the `bin` folder a module stands before every site folder.

`high` if no distribution owns the file, `medium` if another one does.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA
Name: demo
Version: 1.0
~~~

~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/RECORD
demo.py,sha256=Nyet_1JOBhYCLq3Y9K8hoHeLKfxMd73-_Rr84sv15Lc,10
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~

~~~text path=venv/lib/python3.12/site-packages/demo.py
import os
~~~

~~~text path=venv/lib/python3.12/site-packages/demo.abi3.so
stands for native code
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA
Name: demo
Version: 1.0
~~~

~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/RECORD
demo.py,sha256=Nyet_1JOBhYCLq3Y9K8hoHeLKfxMd73-_Rr84sv15Lc,10
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~

~~~text path=venv/lib/python3.12/site-packages/demo.py
import os
~~~

## How to fix
Remove the file; install the distribution again. If two distributions supply the same module, keep one of them.

## References
- Python documentation, `importlib.machinery.FileFinder`
- PEP 3149, "ABI version tagged .so files"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind == "module-shadow":
            owner = fact.owners[0] if fact.owners else ""
            yield RULE.finding(
                Location(fact.path),
                f"{fact.detail} ({f'owned by {owner}' if owner else 'no distribution owns it'})",
                subject=owner,
                digest=fact.actual.removeprefix("sha256:"),
                severity=Severity.MEDIUM if owner else Severity.HIGH,
                fix=f"uninstall {owner}, or what it stands for" if owner else "remove it, and install what it stands for again",
            )


RULE = Rule(id="SG118", name="module-shadows-module", severity=Severity.HIGH, check=check, doc=__doc__)
