"""A package is required without any version.

## Why it matters
Whatever the index serves at the moment of the next installation is what runs. An attacker who takes over the package,
or the index, needs no further step; nothing in the repository changes. In the agent graph, where packages hold model
keys and run tools, this is `high`; elsewhere it is `low`, and one finding for all such lines of a file.

## Bad
~~~text path=requirements.txt
litellm
~~~

## Good
~~~text path=requirements.txt
litellm==1.82.6 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~

## How to fix
Pin the exact version with its hashes: `uv lock`, `uv pip compile --generate-hashes`, or `pip-compile --generate-hashes`.

## References
- pip documentation, "Secure installs"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import judged, pinned


def check(context: Context) -> Iterator[Finding]:
    yield from judged(
        context,
        RULE,
        pinned(context, Pin.NONE),
        lambda component: f"{component.name} has no version: the newest release is installed, whatever it is",
        lambda component: f"pin {component.name} to an exact version with its hash",
        what="have no version",
    )


RULE = Rule(id="SG201", name="unpinned", severity=Severity.HIGH, check=check, doc=__doc__)
