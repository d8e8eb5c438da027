"""MCP servers are fetched at each start, and nothing fixes which ones.

## Why it matters
`npx -y some-server@latest` is a dependency of production that no lockfile lists. At the next start of the agent, whoever
can publish that package, or move that tag, runs code with the agent's credentials. No review, no diff, no build sees it.
This finding is about commands that fix no version at all: none, a dist-tag, a range, an image without a tag, a branch.
What is fixed but still moves below its pin is SG402. There is one finding for each file, with what its lines should be.
Accepted by its fingerprint it is accepted for these servers: one more makes another finding.

A package that the launcher takes from the project itself is fixed by the project's lockfile, and no finding: `npx docs-mcp`
where package-lock.json has docs-mcp. That is known only when the project is scanned, not the file alone. A server that its
client would not start counts two steps less, as does one in a folder of examples, documentation or tests; one in a person's
own settings counts one less.

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
from typing import TYPE_CHECKING, Final, NamedTuple

from sbomgate.model import Finding, Server, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._launching import implementations, lock, patch
from sbomgate.rules.places import placed

if TYPE_CHECKING:
    from sbomgate.implementations import Implementations

_WHAT: Final = {
    "none": "without a version",
    "range": "by a range",
    "dist-tag": "by a tag that moves",
    "vcs-ref": "from a branch or tag",
    "url": "from an address, without a hash",
}
_MAX_TOLD: Final = 50
"""Servers of one file that are named."""


class _Case(NamedTuple):
    server: Server
    text: str
    loose: list[str]
    """purls of further packages that float."""
    severity: Severity


def check(context: Context) -> Iterator[Finding]:
    files: dict[str, list[_Case]] = {}
    for server in context.inventory.servers:
        parts = [_main(server)] if _floats(server) else []
        loose = [purl for purl in server.extra_packages if not _fixes_version(purl)]
        if loose:
            parts.append(f"{'and' if parts else 'the command fetches'} {', '.join(loose)} without a fixed version")
        if parts:
            severity = placed(RULE.severity.lowered(2 * server.disabled), server.location, server.scope)
            files.setdefault(server.location.path, []).append(_Case(server, ", ".join(parts), loose, severity))
    known = implementations(context.inventory) if files else None
    for cases in files.values():
        first = cases[0]
        one = len(cases) == 1
        named = [f"{case.server.name!r}: {case.text}" for case in cases[:_MAX_TOLD]]
        more = [f"{len(cases) - _MAX_TOLD} more"] if len(cases) > _MAX_TOLD else []
        yield RULE.finding(
            first.server.location,
            f"server {named[0]}" if one else f"{len(cases)} servers are not pinned: {'; '.join([*named, *more])}",
            subject=_subject(first) if one else first.server.location.path,
            # whoever accepts the file accepts these servers: another one makes another finding
            key=first.server.name if one else "\0".join(sorted(f"{case.server.name}={_subject(case)}" for case in cases)),
            severity=min((case.severity for case in cases), key=lambda severity: severity.rank),
            fix="; ".join([*(_fix(case, known, one=one) for case in cases[:_MAX_TOLD]), *(["the others likewise"] if more else [])]),
        )


def _subject(case: _Case) -> str:
    return case.server.purl or (case.loose[0] if case.loose else case.server.name)


def _fix(case: _Case, known: Implementations | None, *, one: bool) -> str:
    parts = [patch(case.server, known)] if _floats(case.server) else []
    if case.loose:
        parts.append(f"{'also ' if parts else ''}name an exact version of {', '.join(case.loose)}")
    lock_hint = f"; to lock what is below it too, {hint}" if one and (hint := lock(case.server)) and _floats(case.server) else ""
    return ("" if one else f"{case.server.name!r}: ") + ", ".join(parts) + lock_hint


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


RULE = Rule(id="SG401", name="server-unpinned", severity=Severity.HIGH, check=check, doc=__doc__)
