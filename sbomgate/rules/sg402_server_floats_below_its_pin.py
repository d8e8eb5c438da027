"""An MCP server names a version, but what it runs can still change.

## Why it matters
`npx` and `uvx` fetch an exact version of one package, and the newest fitting versions of everything below it, at each
start, with no hash to compare them with. A taken-over dependency arrives without any change in the repository. The tag
of an image can be moved to another image by whoever may push it. This finding is the rest of the risk that an exact
version leaves: `low` for a version, `medium` for an image tag, because there even the top can be replaced. A disabled
server counts two steps less.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "uvx", "args": ["acme-docs-mcp==1.4.2"]}}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "uv", "args": ["run", "--frozen", "--directory", "tools/docs-mcp", "acme-docs-mcp"]}}}
~~~

## How to fix
Let a lockfile hold the whole tree: `npm ci` and `npx --no-install`, `uv sync --frozen` and `uv run`. Or name an image by
its digest. If that is too much, `uvx --exclude-newer DATE` at least freezes the resolution.

## References
- npm documentation, "npm exec" and "npm ci"
- uv documentation, "Locking and syncing"
- OCI Image Format Specification, content descriptors
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule

_LOCK: Final = {
    "npm": "install the server with npm ci from a lockfile and start it with npx --no-install",
    "jsr": "run it with --lock and --frozen",
    "pypi": "add the server to a project with uv.lock and start it with uv run --frozen",
    "git": "install the server from a lockfile that holds its dependencies too",
}


def check(context: Context) -> Iterator[Finding]:
    for server in context.inventory.servers:
        if server.pin == "tag":
            severity, message = Severity.MEDIUM, f"image {server.package}:{server.requirement} can be replaced under its tag"
            fix = f"name the image by its digest: {server.package}@sha256:…"
        elif server.pinned and server.pin in ("exact", "vcs-commit") and server.ecosystem in _LOCK:
            severity = RULE.severity
            message = f"{server.launcher} fixes {server.package} {server.version}, not the packages below it, and checks no hash"
            fix = _LOCK[server.ecosystem]
        else:
            continue
        yield RULE.finding(
            server.location,
            f"server {server.name!r}: {message}",
            subject=server.purl,
            key=server.name,
            severity=severity.lowered(2) if server.disabled else severity,
            fix=fix,
        )


RULE = Rule(id="SG402", name="server-floats-below-its-pin", severity=Severity.LOW, check=check, doc=__doc__)
