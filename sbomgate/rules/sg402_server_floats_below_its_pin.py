"""An MCP server names a version, but what it runs can still change.

## Why it matters
`npx` and `uvx` fetch an exact version of one package, and the newest fitting versions of everything below it, at each
start, with no hash to compare them with. A taken-over dependency arrives without any change in the repository. The tag
of an image can be moved to another image by whoever may push it. This finding is the rest of the risk that an exact
version leaves: `low` for a version, `medium` for an image tag, because there even the top can be replaced. A disabled
server counts two steps less, as does one in a folder of examples, documentation or tests; one in a person's own
settings counts one less.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "uvx", "args": ["acme-docs-mcp==1.4.2"]}}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "uv", "args": ["run", "--frozen", "--directory", "tools/docs-mcp", "acme-docs-mcp"]}}}
~~~

## How to fix
Let a lockfile hold the whole tree, and start what is installed from it:

| Started with | Locked by | Then started with |
|---|---|---|
| `npx`, `npm exec` | `npm ci` | `npx --no-install` |
| `pnpm dlx`, `pnpx` | `pnpm install --frozen-lockfile` | `pnpm exec` |
| `yarn dlx` | `yarn install --immutable` | `yarn exec` |
| `bunx` | `bun install --frozen-lockfile` | `bunx --no-install` |
| `deno run npm:`, `jsr:` | `deno.lock` | `deno run --lock --frozen` |
| `uvx`, `pipx run` | `uv.lock` | `uv run --frozen` |
| `docker run`, `podman run` | the digest of the image | the same |

If that is too much, `uvx --constraints FILE` fixes the versions below, and `uvx --exclude-newer DATE` freezes them; neither
compares a hash.

## References
- npm documentation, "npm exec" and "npm ci"
- uv documentation, "Locking and syncing"
- OCI Image Format Specification, content descriptors
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._launching import lock
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    for server in context.inventory.servers:
        if server.pin == "tag":
            severity, message = Severity.MEDIUM, f"image {server.package}:{server.requirement} can be replaced under its tag"
            fix = f"name the image by its digest: {server.package}@sha256:…"
        elif server.pinned and server.pin in ("exact", "vcs-commit") and (below := lock(server)):
            severity = RULE.severity
            message = f"{server.launcher} fixes {server.package} {server.version}, not the packages below it, and checks no hash"
            fix = below
        else:
            continue
        yield RULE.finding(
            server.location,
            f"server {server.name!r}: {message}",
            subject=server.purl,
            key=server.name,
            severity=placed(severity.lowered(2 * server.disabled), server.location, server.scope),
            fix=fix,
        )


RULE = Rule(id="SG402", name="server-floats-below-its-pin", severity=Severity.LOW, check=check, doc=__doc__)
