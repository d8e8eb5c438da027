"""A start-up hook that the known-good manifest does not have, or has with other content.

## Why it matters
What runs at every start of the interpreter should never change without somebody having looked.

## Bad
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": [{"type": "file", "name": "boot.pth", "properties": [{"name": "sbomgate:hook:kind", "value": "pth"}, {"name": "sbomgate:hook:sha256", "value": "0000000000000000000000000000000000000000000000000000000000000000"}]}]}
~~~
~~~text path=venv/lib/python3.12/site-packages/boot.pth
import os
~~~

## Good
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": []}
~~~
~~~text path=venv/lib/python3.12/site-packages/readme.txt
no hook here
~~~

## How to fix
Read the hook. If it is wanted, write the manifest again.

## References
- `sbomgate manifest write`, `sbomgate diff`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for change in context.changes:
        if change.kind in ("hook-added", "hook-changed"):
            yield RULE.finding(
                change.location,
                f"start-up hook {change.subject} is not as in the manifest" + (f": {change.detail}" if change.detail else ": it is new"),
                subject=change.subject,
                digest=change.digest,
                key=change.detail,
                fix="read the hook; if it is wanted, review it and write the manifest again",
            )


RULE = Rule(id="SG506", name="hook-not-in-manifest", severity=Severity.HIGH, check=check, doc=__doc__)
