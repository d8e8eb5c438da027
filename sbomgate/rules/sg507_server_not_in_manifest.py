"""An MCP server that the known-good manifest does not have, or has with another command.

## Why it matters
Servers are approved by name, and names are chosen by whoever writes the file: a swapped command under an approved
name runs unasked.

## Bad
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": []}
~~~
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.0.0"]}}}
~~~

## Good
~~~json path=sbomgate.cdx.json
{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]},
 "components": []}
~~~
~~~json path=.mcp.json
{"mcpServers": {}}
~~~

## How to fix
Compare command, arguments, URL and variables with what was approved. If the change is wanted, write the manifest
again.

## References
- `sbomgate manifest write`, `sbomgate diff`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for change in context.changes:
        if change.kind in ("server-added", "server-changed"):
            yield RULE.finding(
                change.location,
                f"server {change.subject} is not as in the manifest" + (f": {change.detail}" if change.detail else ": it is new"),
                subject=change.subject,
                digest=change.digest,
                key=change.detail,
                fix="compare it with what was approved; if it is wanted, review it and write the manifest again",
            )


RULE = Rule(id="SG507", name="server-not-in-manifest", severity=Severity.HIGH, check=check, doc=__doc__)
