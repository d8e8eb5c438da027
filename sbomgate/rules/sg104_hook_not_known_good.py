"""Code runs at every start of Python, and it is not known to be good.

## Why it matters
sbomgate has read it as far as it could and saw nothing that matters, or could not follow it to its end: a module is missing
(whoever supplies it later will run), or belongs to another distribution. The next release of the hook may do anything.
A hook that was read to its end and belongs to a distribution is `low`; all others are `medium`.

## Bad
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/boot.pth
import acme_bootstrap
~~~

## Good
~~~text path=venv/pyvenv.cfg
home = /usr/bin
include-system-site-packages = false
version = 3.12.3
~~~

~~~text path=venv/lib/python3.12/site-packages/_virtualenv.pth
import _virtualenv
~~~

## How to fix
Read the hook. If it is wanted, accept it by its digest with a reason: `sbomgate allow`. If not, uninstall its owner.

## References
- Python documentation, `site`
- PEP 829, "Security implications"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    hooks = context.inventory.hooks
    yield from hook_findings(RULE, (hook for hook in hooks if hook.verdict == RULE.name))
    read = [hook for hook in hooks if hook.verdict == "harmless"]
    yield from hook_findings(RULE, (hook for hook in read if hook.owner), severity=Severity.LOW, verdict="harmless")
    yield from hook_findings(RULE, (hook for hook in read if not hook.owner), verdict="harmless")


RULE = Rule(id="SG104", name="hook-not-known-good", severity=Severity.MEDIUM, check=check, doc=__doc__)
