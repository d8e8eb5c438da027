"""What would fix a server's version, and what would lock everything below it, in the words of its launcher."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sbomgate.model import Inventory, Origin, Server

if TYPE_CHECKING:
    from sbomgate.implementations import Implementations

_PLAIN: Final = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._/:@-]*").fullmatch
"""Names that a shell takes as they are: no other stands in a command that somebody may copy."""
_ASKS: Final = {
    "npm": "npm view {} version",
    "pypi": "pip index versions {}",
    "oci": "docker buildx imagetools inspect {}",
    "jsr": "deno info jsr:{}",
    "golang": "go list -m {}@latest",
    "nuget": "dotnet package search {} --exact-match",
}
"""Ecosystem → the command that tells which versions there are, or the digest of an image."""
_NPM: Final = "install it from package-lock.json with npm ci and start it with npx --no-install"
_PNPM: Final = "install it with pnpm install --frozen-lockfile and start it with pnpm exec"
_YARN: Final = "install it with yarn install --immutable and start it with yarn exec"
_BUN: Final = "install it with bun install --frozen-lockfile and start it with bunx --no-install"
_DENO: Final = "start it with --lock and --frozen, so that deno compares every file with deno.lock"
_UV: Final = (
    "add it to a project with uv.lock and start it with uv run --frozen; short of that, uvx --constraints FILE fixes the versions below it"
    " and --exclude-newer DATE freezes them"
)
_PIPX: Final = "add it to a project with a lockfile and start it from there (uv run --frozen); pipx has nothing that locks"
_LOCKS: Final = {
    **dict.fromkeys(("npx", "npm"), _NPM),
    **dict.fromkeys(("pnpm", "pnpx", "pnx"), _PNPM),
    **dict.fromkeys(("yarn", "yarnpkg"), _YARN),
    **dict.fromkeys(("bunx", "bun"), _BUN),
    "deno": _DENO,
    **dict.fromkeys(("uvx", "uv"), _UV),
    "pipx": _PIPX,
}
_BY_ECOSYSTEM: Final = {
    "npm": _NPM,
    "jsr": _DENO,
    "pypi": _UV,
    "git": "install the server from a lockfile that holds its dependencies too",
}


def lock(server: Server) -> str:
    """What would lock the packages below the version that the command names; empty where that fixes all of it."""
    if server.ecosystem not in _BY_ECOSYSTEM:
        return ""
    return _BY_ECOSYSTEM["git"] if server.ecosystem == "git" else _LOCKS.get(server.launcher, _BY_ECOSYSTEM[server.ecosystem])


def implementations(inventory: Inventory) -> Implementations | None:
    """What the lockfiles and environments of the target hold; None where it has none."""
    if not any(item.origin in (Origin.LOCKED, Origin.INSTALLED) for item in inventory.components):
        return None
    from sbomgate.implementations import Implementations

    return Implementations(inventory.components, inventory.environments)


def patch(server: Server, known: Implementations | None) -> str:
    """The package as the command should name it, or how to find out."""
    name, ecosystem = server.package, server.ecosystem
    line = f" in line {server.location.line}" if server.location.line else ""
    if ecosystem == "git" or server.pin in ("vcs-ref", "url"):
        return (
            f"name the commit, all 40 digits of it{line}" if server.pin == "vcs-ref" else f"name an archive with its #sha256= digest{line}"
        )
    if not name or ecosystem not in _ASKS:
        return f"name an exact version of everything that the command fetches{line}"
    there = known.version_of(server) if known and ecosystem in ("npm", "pypi") else None
    if there is not None:
        return f"write {_named(server, there.version)}{line}, as {there.locations[0]} has it"
    asked = f"{name}:{server.requirement}" if ecosystem == "oci" and server.requirement else name
    ask = f", which `{_ASKS[ecosystem].format(asked)}` tells" if _PLAIN(asked) else ""
    return f"write {_named(server, '…')}{line}{ask}"


def _named(server: Server, version: str) -> str:
    if server.ecosystem == "oci":
        return f"{server.package}@sha256:{version}"
    return f"{server.package}{'==' if server.ecosystem == 'pypi' else '@'}{version}"
