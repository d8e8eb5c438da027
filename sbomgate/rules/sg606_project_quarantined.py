"""The index has put the project into quarantine.

## Why it matters
An index quarantines what it takes for malware, until somebody has looked: nobody can install any of it meanwhile, and an advisory
often comes days later, or never. What is locked or installed is from before. npm removes malware and holds the name with a release
that ends with `-security`; where that is the latest one and the release in question is not there any more, this is it.
`--advisories index` asks. `critical` in the agent graph, `high` elsewhere.

A quarantine is a suspicion. It may be lifted, and it says nothing of which release was meant. Where nothing but your own configuration
names the index, a private package of the same name may be in use; the finding is less sure then.

## Bad
~~~text path=requirements.txt
acme-parser==1.4.0 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~
~~~json path=index/acme-parser.json
{
  "meta": {"api-version": "1.4"}, "name": "acme-parser", "versions": [], "files": [],
  "project-status": {"status": "quarantined", "reason": "reported as malware"}
}
~~~

## Good
~~~text path=requirements.txt
acme-parser==1.4.0 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~
~~~json path=index/acme-parser.json
{
  "meta": {"api-version": "1.4"}, "name": "acme-parser", "versions": ["1.4.0"],
  "files": [{"filename": "acme_parser-1.4.0-py3-none-any.whl", "url": "acme_parser-1.4.0-py3-none-any.whl", "hashes": {}}]
}
~~~

## How to fix
Treat it as malware until you know better: stop what uses it, do not start the environment again, and change the credentials that it
could read (`sbomgate blast` tells which). Take a release that you have looked at, or another package.

## References
- PEP 792, "Project Status Markers in the Simple Index"
- npm documentation, "Reporting malware in an npm package"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Confidence, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._advisories import stated_first
from sbomgate.text import printable

_SHOWN = 200


def check(context: Context) -> Iterator[Finding]:
    places = stated_first(context.inventory)
    told: set[str] = set()
    for one in context.inventory.releases:
        component = places.get(one.purl)
        if one.state == "quarantined" and component is not None and one.purl not in told:
            told.add(one.purl)
            why = f": {printable(one.reason, _SHOWN)}" if one.reason else ""
            yield RULE.finding(
                component.locations[0],
                f"{one.place} has put {component.name} into quarantine{why}; {component.version or 'some release'} is in use here",
                subject=one.purl,
                key=one.purl,
                confidence=Confidence.HIGH if one.named else Confidence.MEDIUM,
                severity=Severity.CRITICAL if context.is_agent(one.purl) else RULE.severity,
                fix=f"treat {component.name} as malware until you know better, and change the credentials that it could read",
            )


RULE = Rule(id="SG606", name="project-quarantined", severity=Severity.HIGH, check=check, doc=__doc__)
