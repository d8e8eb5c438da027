"""The activation of an environment, or a program in it, makes other programs load code.

## Why it matters
What `source bin/activate` exports is inherited by every process of that shell. `LD_PRELOAD`, `PYTHONSTARTUP`, `BASH_ENV`
or `NODE_OPTIONS=--require` run code in programs that have nothing to do with the environment, and a search path that
leads to a temporary or hidden folder does so for whoever can write there. The tools that make environments write none of
these, and their scripts fetch, decode and evaluate nothing.

Read are the activation scripts of venv, virtualenv, uv and conda, the variables that conda keeps, the `.env` of the
environment and of the folder around it, and the scripts in `bin`. Only names of variables are told.

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
export LD_PRELOAD="$VIRTUAL_ENV/lib/libhelper.so"
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
Make the environment again, or remove the line.

## References
- Linux manual, ld.so(8), "ENVIRONMENT"
- Python documentation, "Environment variables"
- Node.js documentation, `NODE_OPTIONS`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG122", name="activation-loads-code", severity=Severity.HIGH, check=check, doc=__doc__)
