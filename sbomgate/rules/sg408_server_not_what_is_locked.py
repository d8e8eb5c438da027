"""A server is started in another version than the project's lockfile has.

## Why it matters
The lockfile is what was reviewed, tested and scanned; the command of the server fetches something else. `npx` and `uvx` do
not look at the lockfile when a version is named: both copies exist, and the one that talks to the agent is the one that no
audit has seen. Often only the lockfile was updated, and the known hole is still started. Compared are the lockfiles of the
folder that the server runs in, or of the nearest one above; a lockfile that has the started version among others is none of
this. A disabled server counts two steps less, as does one in a folder of examples, documentation or tests.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "docs-mcp@1.4.2"]}}}
~~~
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0", "dependencies": {"docs-mcp": "^1.5.0"}},
    "node_modules/docs-mcp": {"version": "1.5.0"}
  }
}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["--no-install", "docs-mcp"]}}}
~~~
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0", "dependencies": {"docs-mcp": "^1.5.0"}},
    "node_modules/docs-mcp": {"version": "1.5.0"}
  }
}
~~~

## How to fix
Start what is installed from the lockfile (`npx --no-install`, `uv run --frozen`), or name the version that is locked.
If the lockfile is what is wrong, update it.

## References
- npm documentation, "npm exec"
- uv documentation, "Using tools"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Confidence, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._launching import implementations
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    known = implementations(context.inventory)
    for server in context.inventory.servers if known else ():
        rows = known.other_versions(server) if known else []
        if not rows:
            continue
        versions = sorted({row.version for row in rows})
        places = ", ".join(dict.fromkeys(str(row.locations[0]) for row in rows[:3]))
        local = "uv run --frozen" if server.ecosystem == "pypi" else "npx --no-install"
        mark = "==" if server.ecosystem == "pypi" else "@"
        yield RULE.finding(
            server.location,
            f"server {server.name!r}: {server.launcher} starts {server.package} {server.version}, and {places} has {', '.join(versions)}",
            subject=server.purl,
            key="\0".join((server.name, *versions)),
            severity=placed(RULE.severity.lowered(2 * server.disabled), server.location, server.scope),
            fix=f"start what the lockfile has ({local}), or write {server.package}{mark}{versions[-1]}; if that is too new, lock {server.version}",
        )


RULE = Rule(id="SG408", name="server-not-what-is-locked", severity=Severity.MEDIUM, confidence=Confidence.MEDIUM, check=check, doc=__doc__)
