"""A module bears the name of one of the standard library.

## Why it matters
`import json` runs the first `json` on the import path. The folder of the program comes before the standard library, so a
`json.py` in the `bin` folder of an environment runs in every command of that environment. A module that this version of
Python no longer has (`imp`, `cgi`, `asyncore` from 3.12 on, 3.13 on) has no rival at all: whoever takes its name is run
by every old import of it. In a site folder, which is searched after the standard library, the name alone does nothing
until something moves that folder to the front.

`high` if the file is imported instead of the module, `medium` if a distribution owns it, `low` if only the name is the
same. Distributions that exist to bring removed modules back are not told.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~python path=venv/bin/json.py
import os
~~~

~~~text path=venv/lib/python3.12/site-packages/README.txt
An environment.
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~python path=venv/bin/tool.py
import json
~~~

~~~text path=venv/lib/python3.12/site-packages/README.txt
An environment.
~~~

## How to fix
Remove the file, or uninstall the distribution that owns it.

## References
- Python documentation, "The initialization of the sys.path module search path"
- Python documentation, `sys.stdlib_module_names`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind in ("stdlib-shadow", "stdlib-name", "removed-module"):
            owner = fact.owners[0] if fact.owners else ""
            severity = Severity.LOW if fact.kind == "stdlib-name" else Severity.MEDIUM if owner else Severity.HIGH
            yield RULE.finding(
                Location(fact.path),
                f"{fact.detail} ({f'owned by {owner}' if owner else 'no distribution owns it'})",
                subject=owner,
                digest=fact.actual.removeprefix("sha256:"),
                severity=severity,
                fix=f"uninstall {owner}" if owner else "remove it, or give it another name",
            )


RULE = Rule(id="SG117", name="module-shadows-standard-library", severity=Severity.HIGH, check=check, doc=__doc__)
