"""A start-up hook or an MCP server of the known-good manifest is not there any more.

## Why it matters
Nothing new runs. It is told so that a manifest does not grow stale, and because a guard may have been among them.

## Bad
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": [{"type": "file", "name": "boot.pth", "properties": [{"name": "sbomgate:hook:kind", "value": "pth"}, {"name": "sbomgate:hook:sha256", "value": "0000000000000000000000000000000000000000000000000000000000000000"}]}]}
~~~
~~~text path=venv/lib/python3.12/site-packages/readme.txt
no hook here
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
Write the manifest again.

## References
- `sbomgate manifest write`, `sbomgate diff`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for change in context.changes:
        if change.kind in ("hook-removed", "server-removed"):
            yield RULE.finding(
                change.location,
                f"{change.subject} is in the manifest and not here",
                subject=change.subject,
                digest=change.digest,
                key=change.detail,
                fix="if it is wanted, review it and write the manifest again",
            )


RULE = Rule(id="SG508", name="hook-or-server-gone", severity=Severity.LOW, check=check, doc=__doc__)
