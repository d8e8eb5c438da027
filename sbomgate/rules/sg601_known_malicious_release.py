"""A release that is known to carry malicious code.

## Why it matters
The release is on the list that ships with sbomgate (`allowlists/known-bad.toml`), each entry with its advisory and
its source. Whoever installed or started it must expect that every secret of the machine is known to others.

## Bad
~~~text path=requirements.txt
litellm==1.82.8
~~~

## Good
~~~text path=requirements.txt
litellm==1.82.6 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~

## How to fix
Do not install it. Where it was installed: take the machine off the network, rotate every credential that it could
read, and build it anew.

## References
- OSV, the `MAL-` records of the malicious-packages collection
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    from sbomgate.data import known_bad_releases, mentions

    if not mentions("known-bad.toml", (component.name for component in context.inventory.components)):
        return
    known = known_bad_releases()
    for component in context.inventory.components:
        entry = known.get((component.ecosystem, component.name))
        if entry is not None and (component.version in entry.versions or "*" in entry.versions):
            yield RULE.finding(
                component.locations[0],
                f"{component.name} {component.version or '(any version)'} is known malicious ({', '.join(entry.advisories) or entry.sources[0]}): {entry.summary}",
                subject=component.purl,
                key=component.purl,
                fix="do not install it; where it ran, rotate every credential that it could read and build the machine anew",
            )


RULE = Rule(id="SG601", name="known-malicious-release", severity=Severity.CRITICAL, check=check, doc=__doc__)
