"""A release with a known vulnerability.

## Why it matters
A record of the advisory store (`--advisories osv`) says that this version is affected. The severity is that of the CVSS vector
of the record: critical from 9.0, high from 7.0, medium from 4.0. Where there is no vector, it is the word of the database,
and the finding says so; where there is none either, it is unknown, and the finding is `medium` and says so too.

Records that name one another as aliases are one finding. What is malicious is SG601. What a VEX document (`--vex`) calls not
affected or fixed is accepted, with its words as the reason; what it calls affected or under investigation is not, and says so.

## Bad
~~~text path=requirements.txt
acme-parser==1.4.0 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~
~~~json path=osv/GHSA-2345-6789-cfgh.json
{
  "schema_version": "1.7.0",
  "id": "GHSA-2345-6789-cfgh",
  "modified": "2026-05-02T10:00:00Z",
  "summary": "acme-parser reads files outside of its folder",
  "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
  "affected": [{
    "package": {"ecosystem": "PyPI", "name": "acme-parser"},
    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.2"}, {"fixed": "1.4.1"}]}]
  }]
}
~~~

## Good
~~~text path=requirements.txt
acme-parser==1.4.1 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~
~~~json path=osv/GHSA-2345-6789-cfgh.json
{
  "schema_version": "1.7.0",
  "id": "GHSA-2345-6789-cfgh",
  "modified": "2026-05-02T10:00:00Z",
  "affected": [{
    "package": {"ecosystem": "PyPI", "name": "acme-parser"},
    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.2"}, {"fixed": "1.4.1"}]}]
  }]
}
~~~

## How to fix
Take the fixed version that the finding names, and lock again. Where there is none, or the defect cannot be reached, accept
the finding with the reason and a date: `sbomgate allow`, or a VEX document.

## References
- OSV schema, "Evaluation"
- CVSS specifications, "Qualitative Severity Rating Scale"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sbomgate.advisory_model import Match
from sbomgate.model import Component, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._advisories import ACCEPTING, described, stated_first


def check(context: Context) -> Iterator[Finding]:
    places = stated_first(context.inventory)
    for match in context.inventory.matches:
        component = places.get(match.purl)
        if match.state == "affected" and not match.malicious and component is not None:
            found = RULE.finding(
                component.locations[0],
                _message(component, match),
                subject=match.purl,
                key=match.advisory,
                severity=Severity(match.severity) if match.severity else RULE.severity,
                fix=f"take {component.name} {match.fixed} or a later one, and lock again"
                if match.fixed
                else f"no fixed version is known: replace {component.name}, or accept the finding with a reason and a date",
            )
            stated = match.analysis
            yield replace(found, accepted=described(stated)) if stated is not None and stated.state in ACCEPTING else found


def _message(component: Component, match: Match) -> str:
    if match.vector:
        grave = f"CVSS {match.score}, {match.vector}"
    elif match.rating:
        grave = f"{match.rating.lower()} by its database's own word, no CVSS vector"
    else:
        grave = "severity unknown"
    origin = ", ".join(filter(None, (match.source, match.modified[:10])))
    fixed = f"; fixed in {match.fixed}" if match.fixed else "; no fixed version known"
    stated = f"; {described(match.analysis)}" if match.analysis is not None and match.analysis.state not in ACCEPTING else ""
    return (
        f"{component.name} {component.version}: {match.summary or 'no summary'} ({', '.join(match.ids)}; {grave}{fixed}; {origin}){stated}"
    )


RULE = Rule(id="SG602", name="known-vulnerable", severity=Severity.MEDIUM, check=check, doc=__doc__)
