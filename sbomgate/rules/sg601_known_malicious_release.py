"""A release that is known to carry malicious code.

## Why it matters
The release is on the list that ships with sbomgate (`allowlists/known-bad.toml`), each entry with its advisory and
its source, or a record of the advisory store (`--advisories osv`) calls it malicious. Whoever installed or started it must expect that every secret of the machine is known to others.

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
from typing import TYPE_CHECKING

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule

if TYPE_CHECKING:
    from sbomgate.advisory_model import Match


def check(context: Context) -> Iterator[Finding]:
    from sbomgate.data import BadRelease, known_bad_releases, mentions

    matches: dict[str, list[Match]] = {}
    for match in context.inventory.matches:
        if match.malicious and match.state == "affected":
            matches.setdefault(match.purl, []).append(match)
    known: dict[tuple[str, str], BadRelease] = {}
    if mentions("known-bad.toml", (component.name for component in context.inventory.components)):
        known = known_bad_releases()
    if not known and not matches:
        return
    for component in context.inventory.components:
        entry = known.get((component.ecosystem, component.name))
        if entry is not None and not (component.version in entry.versions or "*" in entry.versions):
            entry = None
        told = matches.get(component.purl, [])
        if entry is None and not told:
            continue
        ids = dict.fromkeys((*(entry.advisories if entry else ()), *(name for match in told for name in match.ids)))
        said = (
            [entry.summary]
            if entry
            else [f"{match.summary or 'no summary'} ({', '.join(filter(None, (match.source, match.modified[:10])))})" for match in told]
        )
        yield RULE.finding(
            component.locations[0],
            f"{component.name} {component.version or '(any version)'} is known malicious ({', '.join(ids) or (entry.sources[0] if entry else '')}): {'; '.join(said)}",
            subject=component.purl,
            key=component.purl,
            fix="do not install it; where it ran, rotate every credential that it could read and build the machine anew",
        )


RULE = Rule(id="SG601", name="known-malicious-release", severity=Severity.CRITICAL, check=check, doc=__doc__)
