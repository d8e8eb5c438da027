"""An MCP server is fetched at each start, and nothing fixes which one.

## Why it matters
`npx -y some-server@latest` is a dependency of production that no lockfile lists. At the next start of the agent, whoever
can publish that package, or move that tag, runs code with the agent's credentials. No review, no diff, no build sees it.
This finding is about commands that fix no version at all: none, a dist-tag, a range, an image without a tag, a branch.
What is fixed but still moves below its pin is SG402. A server that its client would not start counts two steps less.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@latest"]}}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.4.2"]}}}
~~~

## How to fix
Name an exact version, an image by its digest, or a repository by its commit. Best is to install the server from a
lockfile and to start what is installed: `npm ci`, then `npx --no-install`; `uv sync --frozen`, then `uv run`.

## References
- npm documentation, "npm exec"
- uv documentation, "Using tools"
- Docker documentation, "docker image pull", by digest
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sbomgate.model import Finding, Server, Severity
from sbomgate.policy import Context, Rule

_WHAT: Final = {
    "none": "without a version",
    "range": "by a range",
    "dist-tag": "by a tag that moves",
    "vcs-ref": "from a branch or tag",
    "url": "from an address, without a hash",
}


def check(context: Context) -> Iterator[Finding]:
    for server in context.inventory.servers:
        parts = [_main(server)] if _floats(server) else []
        loose = [purl for purl in server.extra_packages if not _fixes_version(purl)]
        if loose:
            parts.append(f"{'and' if parts else 'the command fetches'} {', '.join(loose)} without a fixed version")
        if parts:
            yield RULE.finding(
                server.location,
                f"server {server.name!r}: {', '.join(parts)}",
                subject=server.purl or (loose[0] if loose else server.name),
                key=server.name,
                severity=RULE.severity.lowered(2) if server.disabled else RULE.severity,
                fix=_fix(server),
            )


def _floats(server: Server) -> bool:
    return server.pinned is False and server.pin != "tag"


def _main(server: Server) -> str:
    asked = f" ({server.requirement})" if server.requirement else ""
    how = "without a tag" if server.ecosystem == "oci" and server.pin == "none" else _WHAT.get(server.pin, "without a fixed version")
    return f"{server.launcher} fetches {server.package or 'a package'} {how}{asked}"


def _fixes_version(purl: str) -> bool:
    """Whether the purl names a version, a commit or a checksum."""
    package, _, qualifiers = purl.partition("?")
    return "@" in package or re.search(r"(?:^|&)(?:checksum=|vcs_url=[^&]*%40[0-9a-f]{40,64}(?:&|\Z))", qualifiers) is not None


def _fix(server: Server) -> str:
    if server.ecosystem == "oci":
        return f"name the image by its digest: {server.package}@sha256:…"
    if server.pin == "vcs-ref":
        return "name the commit, all 40 digits of it"
    if server.ecosystem == "npm":
        return f"write {server.package or 'the package'}@ with an exact version; to lock its dependencies too, install it with npm ci and start it with npx --no-install"
    if server.ecosystem == "pypi":
        return f"write {server.package or 'the package'}== with an exact version; to lock its dependencies too, add it to a project with uv.lock and start it with uv run --frozen"
    return "name an exact version, a digest or a commit of everything that the command fetches"


RULE = Rule(id="SG401", name="server-unpinned", severity=Severity.HIGH, check=check, doc=__doc__)
