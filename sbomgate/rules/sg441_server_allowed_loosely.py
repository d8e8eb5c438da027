"""An entry of the list of approved servers approves what nobody has seen yet.

## Why it matters
A package without a version, or an image without a digest, is approved in every release, the next one included. An
approved server with fifteen good versions sent each mail to its author from the sixteenth on. An entry can say which
release was looked at; then a new one is a decision, not an accident.

## Bad
~~~toml path=sbomgate.toml
[agents]
deny-by-default = true

[[agents.mcp-servers]]
package = "pkg:npm/@acme/docs-mcp"
reason = "reviewed by Ada"
~~~
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.4.2"]}}}
~~~

## Good
~~~toml path=sbomgate.toml
[agents]
deny-by-default = true

[[agents.mcp-servers]]
package = "pkg:npm/@acme/docs-mcp"
version = "1.4.2"
reason = "reviewed by Ada"
~~~
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.4.2"]}}}
~~~

## How to fix
Add the version, or the digest of the image, to the entry; have the configuration ask for just that one.

## References
- ossf/malicious-packages, MAL-2025-47604
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule
from sbomgate.server_allowlist import file_path, judge


def check(context: Context) -> Iterator[Finding]:
    agents = context.agents
    if agents is None or not any(entry.is_loose for entry in agents.servers):
        return
    users: dict[str, list[str]] = {}
    for server in context.inventory.servers:
        for entry in judge(server, agents.servers).entries:
            users.setdefault(entry.place, []).append(server.name)
    for entry in agents.servers:
        if not entry.is_loose or not (names := sorted(set(users.get(entry.place, ())))):
            continue
        what = "each digest" if entry.kind == "image" else "each version"
        shown = ", ".join(map(repr, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        yield RULE.finding(
            Location(file_path(agents.file, context.policy_path) or context.policy_path),
            f"{entry.place} approves {what} of {entry.value}; server {shown} rests on it",
            subject=entry.value,
            key=entry.value,
            fix=f'write image = "{entry.value}@sha256:…"'
            if entry.kind == "image"
            else 'add version = "…" with the release that was looked at',
        )


RULE = Rule(id="SG441", name="server-allowed-loosely", severity=Severity.MEDIUM, check=check, doc=__doc__)
