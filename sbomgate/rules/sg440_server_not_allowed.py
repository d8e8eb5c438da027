"""An MCP server that the project's list of approved servers does not cover.

## Why it matters
A server runs with the credentials of who works here, and an entry in a configuration is all that it takes to start one.
With `deny-by-default = true` in the table `[agents]` of the policy, a server is `high` until somebody approved it: by
package and version, by the digest of its image, by the digest of its command, or by its address. Its name approves
nothing, since whoever swaps the command keeps the name. Every package that the command fetches needs an entry, and an
address that it is given too. A command that says where packages come from, that runs more than these, or that reaches
out of its container is approved by its digest only, which is in the report. A variable that loads code or moves where
packages come from, `NODE_OPTIONS` for one, is covered by no entry: take it out, or accept the finding by its fingerprint.

Without `deny-by-default`, a list that is there makes the others `low`. A server that its client does not start counts
two steps less, one of a person's own settings one step, and one in `examples/`, `docs/` or `tests/` two.

## Bad
~~~toml path=sbomgate.toml
[agents]
deny-by-default = true

[[agents.mcp-servers]]
package = "pkg:npm/@acme/docs-mcp"
version = "1.4.2"
reason = "reviewed by Ada"
~~~
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "acme-docs-mcp@1.4.2"]}}}
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
Read what the server is. Then remove it, or add an entry with a reason: `sbomgate allow --server WHAT --reason TEXT`
writes it, WHAT being the package with its version, the image with its digest, `sha256:` with the digest of the command, or
the address.

## References
- CVE-2025-54136: an approved name whose command was swapped
- CVE-2025-54135: a server that was written into the configuration and started
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Server, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed
from sbomgate.server_allowlist import judge, proposals
from sbomgate.text import sha256_hex


def check(context: Context) -> Iterator[Finding]:
    agents = context.agents
    if agents is None or not (agents.deny_by_default or agents.servers):
        return
    for server in context.inventory.servers:
        verdict = judge(server, agents.servers)
        if not verdict.missing:
            continue
        severity = placed(RULE.severity if agents.deny_by_default else Severity.LOW, server.location, server.scope)
        idle = server.disabled or not server.in_force
        shown = "; ".join(verdict.missing[:4]) + (f" and {len(verdict.missing) - 4} more" if len(verdict.missing) > 4 else "")
        yield RULE.finding(
            server.location,
            f"server {server.name!r} is not on the list of approved servers: {shown}",
            subject=server.name,
            digest=server.command_digest,
            # what it is, so that an entry of the allowlist ends when the server becomes another one
            key=sha256_hex("\0".join((server.command_digest, server.url, server.purl, *server.extra_packages, *server.detours))),
            severity=severity.lowered(2) if idle else severity,
            fix=_fix(server, agents.file),
        )


def _fix(server: Server, file: str) -> str:
    if any(detour.startswith("variable ") for detour in server.detours):
        return "take the variable out of the entry, or read what it does and accept this finding by its fingerprint; then approve what the server is"
    found = [" = ".join((key, f'"{value}"')) for key, value in proposals(server)]
    place = file or "[[agents.mcp-servers]] of the policy"
    if found:
        return f"remove the server, or approve what it is in {place}, with a reason: {'; '.join(found)}"
    if server.command_digest:
        return f'remove the server; or name exact versions and a digest, then approve those; or read all that it runs and approve just this command in {place}: command-digest = "{server.command_digest}"'
    return "remove the server, or write it so that it names an exact version, a digest or an address, and approve that"


RULE = Rule(id="SG440", name="server-not-allowed", severity=Severity.HIGH, check=check, doc=__doc__)
