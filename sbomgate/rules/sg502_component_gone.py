"""A component of the known-good manifest is not there any more.

## Why it matters
Usually an upgrade dropped it. It matters when the component was a guard.

## Bad
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": [{"type": "library", "name": "demo", "version": "1.0", "purl": "pkg:pypi/demo@1.0", "hashes": [{"alg": "SHA-256", "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]},
{"type": "library", "name": "guard", "version": "2.0", "purl": "pkg:pypi/guard@2.0", "hashes": [{"alg": "SHA-256", "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]}]}
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
Install it again, or write the manifest again.

## References
- `sbomgate manifest write`, `sbomgate diff`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for change in context.changes:
        if change.kind == "removed":
            yield RULE.finding(
                change.location,
                f"{change.subject} is in the manifest and not here",
                subject=change.subject,
                digest=change.digest,
                key=change.detail,
                fix="if it is wanted, review it and write the manifest again",
            )


RULE = Rule(id="SG502", name="component-gone", severity=Severity.LOW, check=check, doc=__doc__)
