"""A component that the known-good manifest does not have.

## Why it matters
The manifest is the list of what was looked at. What is not on it was not.

## Bad
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": []}
~~~
~~~text path=requirements.txt
demo==1.0 --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
~~~

## Good
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": [{"type": "library", "name": "demo", "version": "1.0", "purl": "pkg:pypi/demo@1.0", "hashes": [{"alg": "SHA-256", "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]}]}
~~~
~~~text path=requirements.txt
demo==1.0 --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
~~~

## How to fix
Find out why it came in (`sbomgate why NAME`). If it is wanted, write the manifest again and review the difference.

## References
- `sbomgate manifest write`, `sbomgate diff`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for change in context.changes:
        if change.kind == "added":
            yield RULE.finding(
                change.location,
                f"{change.subject} is not in the manifest",
                subject=change.subject,
                digest=change.digest,
                key=change.detail,
                fix="if it is wanted, review it and write the manifest again",
            )


RULE = Rule(id="SG501", name="component-not-in-manifest", severity=Severity.HIGH, check=check, doc=__doc__)
