"""Two clients start the same server in different versions.

## Why it matters
The settings of several clients hold the same server, and an update reached only some of them. Who audits one file believes
that the old version is gone; the other client goes on to start it. Only exact versions and digests of the same package are
compared, in different files: what is not pinned is SG401. The finding stands where the lowest version is.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.4.2"]}}}
~~~
~~~json path=.cursor/mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.3.0"]}}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.4.2"]}}}
~~~
~~~json path=.cursor/mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.4.2"]}}}
~~~

## How to fix
Name the same version everywhere, or start the server from a lockfile, so that there is one place to update.

## References
- OWASP Top 10 CI/CD Security Risks, "Dependency Chain Abuse"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sbomgate.model import Finding, Server, Severity
from sbomgate.policy import Context, Rule
from sbomgate.purl import without_version
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    packages: dict[str, list[Server]] = {}
    for server in context.inventory.servers:
        if server.pin in ("exact", "digest") and server.purl and not server.disabled:
            packages.setdefault(without_version(server.purl), []).append(server)
    for package, servers in packages.items():
        versions = {server.version for server in servers}
        if len(versions) < 2 or len({server.location.path for server in servers}) < 2:
            continue
        oldest, *_, newest = ordered = sorted(servers, key=_age)
        told = ", ".join(f"{server.location} ({server.client}) starts {_short(server.version)}" for server in ordered[:8])
        yield RULE.finding(
            oldest.location,
            f"{oldest.package} is started in {len(versions)} versions: {told}",
            subject=package,
            key="\0".join(sorted(versions)),
            severity=min((placed(RULE.severity, one.location, one.scope) for one in servers), key=lambda severity: severity.rank),
            fix=f"name the same version in all of them, {_short(newest.version)} for example",
        )


def _short(version: str) -> str:
    return version[:19] + "…" if version.startswith("sha") and len(version) > 20 else version


def _age(server: Server) -> tuple[Any, ...]:
    """Older versions first, as far as their numbers tell."""
    return [int(number) for number in re.findall(r"[0-9]{1,9}", server.version)[:6]], server.version, server.location


RULE = Rule(id="SG409", name="server-launched-twice-differently", severity=Severity.LOW, check=check, doc=__doc__)
