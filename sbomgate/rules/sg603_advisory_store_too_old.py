"""The advisories are older than the policy allows.

## Why it matters
Malicious releases are found within hours, and most attacks are over within days. A store of last month knows nothing of
this month, and a scan that finds nothing in it says little. Its age is that of the newest record in it, not of the import:
an old export that is imported today is as old as it was. 30 days are allowed, or `max-age-days` of `[advisories]`.

## Bad
~~~text path=requirements.txt
acme-parser==1.4.1 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~
~~~json path=osv/GHSA-2345-6789-cfgh.json
{"id": "GHSA-2345-6789-cfgh", "modified": "2024-05-02T10:00:00Z", "affected": [{"package": {"ecosystem": "PyPI", "name": "other"}, "versions": ["1.0"]}]}
~~~

## Good
~~~text path=requirements.txt
acme-parser==1.4.1 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~
~~~json path=osv/GHSA-2345-6789-cfgh.json
{"id": "GHSA-2345-6789-cfgh", "modified": "2099-05-02T10:00:00Z", "affected": [{"package": {"ecosystem": "PyPI", "name": "other"}, "versions": ["1.0"]}]}
~~~

## How to fix
Fetch new exports and import them: `sbomgate advisories update`, or `sbomgate advisories import`.

## References
- OSV schema, "modified"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    from datetime import date

    for source in context.inventory.advisory_sources:
        if source.kind != "osv":
            continue  # a service answers with what it knows today
        try:
            days = (date.fromisoformat(context.today) - date.fromisoformat(source.newest[:10])).days
            if days <= context.max_age_days:
                continue
            age = f"its newest record is of {source.newest[:10]}, {days} days ago"
        except ValueError:
            age = "nothing in it has a date"
        yield RULE.finding(
            Location(context.policy_path or "."),
            f"the advisory store is too old: {age}; {context.max_age_days} days are allowed ({source.place})",
            key=source.kind,
            fix="run `sbomgate advisories update`, or import a new export",
        )


RULE = Rule(id="SG603", name="advisory-store-too-old", severity=Severity.MEDIUM, check=check, doc=__doc__)
