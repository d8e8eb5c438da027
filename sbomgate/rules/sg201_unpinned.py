"""A package is required without any version.

## Why it matters
Whatever the index serves at the moment of the next installation is what runs. An attacker who takes over the package,
or the index, needs no further step; nothing in the repository changes. In the agent graph, where packages hold model
keys and run tools, this is `high`; elsewhere it is `low`.

## Bad
~~~text path=requirements.txt
litellm
~~~

## Good
~~~text path=requirements.txt
litellm==1.82.6 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~

## How to fix
Pin the exact version with its hashes: `uv lock`, `pip-compile --generate-hashes`, or `pip lock`.

## References
- pip documentation, "Secure installs"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Origin, Pin, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for component in context.inventory.components:
        if component.pin is Pin.NONE and component.origin in (Origin.REQUIRED, Origin.LOCKED):
            agent = context.is_agent(component.purl)
            yield RULE.finding(
                component.locations[0],
                f"{component.name} has no version: the newest release is installed, whatever it is",
                subject=component.purl,
                severity=Severity.HIGH if agent else Severity.LOW,
                fix=f"pin {component.name} to an exact version with its hash",
            )


RULE = Rule(id="SG201", name="unpinned", severity=Severity.HIGH, check=check, doc=__doc__)
