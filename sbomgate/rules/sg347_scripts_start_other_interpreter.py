"""The scripts of an environment start the interpreter of another one.

## Why it matters
Every generated script names the interpreter that it starts by its full path. Where that is another environment, the
script runs what is installed there: nothing of what was verified here. `sbomgate scan` tells a script that differs from
most of the others, which no installer does. That all of them name another place is told by `sbomgate verify ENV --lock
LOCK`: so it is after an environment was moved or copied, and whoever can write to the old place decides what the scripts
do. A mounted image is no such case. A script that names the system's own interpreter is not told.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
version = 3.12.1
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA
Name: demo
Version: 1.0
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/RECORD
demo-1.0.dist-info/METADATA,,
../../../bin/demo,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=locked/requirements.txt
demo==1.0
~~~
~~~text path=venv/bin/demo
#!/build/venv/bin/python
import sys
from demo import main
if __name__ == '__main__':
    sys.exit(main())
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
version = 3.12.1
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA
Name: demo
Version: 1.0
~~~
~~~text path=venv/lib/python3.12/site-packages/demo-1.0.dist-info/RECORD
demo-1.0.dist-info/METADATA,,
demo-1.0.dist-info/RECORD,,
~~~
~~~text path=locked/requirements.txt
demo==1.0
~~~

## How to fix
Make the environment where it is used, or with relocatable scripts (`uv venv --relocatable`).

## References
- Python packaging specifications, "Binary distribution format", "Recording installed projects"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind == "interpreter":
            yield RULE.finding(
                Location(fact.path),
                f"starts the interpreter in {fact.detail}, not that of this environment",
                key=fact.detail,
                fix="install what the script belongs to again; make the environment where it is used, or with relocatable scripts",
            )


RULE = Rule(id="SG347", name="scripts-start-other-interpreter", severity=Severity.MEDIUM, check=check, doc=__doc__)
