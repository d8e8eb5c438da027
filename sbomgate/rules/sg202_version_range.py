"""A package is required by a range of versions.

## Why it matters
`>=1.2` and `~=1.2` name no release: the next installation takes the newest one that fits, and a malicious release is
always the newest. In the agent graph this is `high`; elsewhere it is `low`, and one finding for all such lines of a file.

## Bad
~~~text path=requirements.txt
litellm>=1.80,<2
~~~

## Good
~~~text path=requirements.txt
litellm==1.82.6 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~

## How to fix
Keep the range in `pyproject.toml` and install from a lock made of it: `uv lock`, `uv pip compile --generate-hashes`. Or
give an exact version in a constraints file that the requirements file includes.

## References
- pip documentation, "Repeatable installs"
- PEP 440, "Version specifiers"
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
        pinned(context, Pin.RANGE),
        lambda component: f"{component.name} {component.requirement} names no release: the newest one that fits is installed",
        lambda component: f"pin {component.name} to an exact version with its hash",
        what="are required by a range",
    )


RULE = Rule(id="SG202", name="version-range", severity=Severity.HIGH, check=check, doc=__doc__)
