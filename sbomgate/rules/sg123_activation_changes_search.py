"""The activation of an environment changes where code is searched, or whom installers trust.

## Why it matters
`PYTHONPATH` comes before the standard library, so a folder in it can replace any module in every Python that is started
afterwards, also outside of the environment. An index, a proxy of an API or a switch that turns off TLS decides where
code and answers come from. A person may have added the line; the tools that make environments do not.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/README.txt
An environment.
~~~

~~~sh path=venv/bin/activate
PATH="$VIRTUAL_ENV/bin:$PATH"
export PATH
export PYTHONPATH="$HOME/helpers:$PYTHONPATH"
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/README.txt
An environment.
~~~

~~~sh path=venv/bin/activate
_OLD_VIRTUAL_PYTHONHOME="${PYTHONHOME:-}"
unset PYTHONHOME
PATH="$VIRTUAL_ENV/bin:$PATH"
export PATH
~~~

## How to fix
Set the variable where it is needed, or accept the file by its digest.

## References
- Python documentation, "Environment variables", PYTHONPATH
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG123", name="activation-changes-search", severity=Severity.MEDIUM, check=check, doc=__doc__)
