"""One hook on its way to a verdict: what was seen of it, and what that makes of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from sbomgate import indicators
from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.site_folder import Site
from sbomgate.errors import CollectError
from sbomgate.model import Capability, Location, Problem, StartupHook

MAX_PTH: Final = 4 * 2**20
"""Bytes of a `.pth`; the largest one known to have been used in an attack had 35 thousand."""
MAX_MODULE: Final = 2 * 2**20
MAX_LINE: Final = 4096
"""Characters of a line that are kept to be shown."""
KNOWN_GOOD, INERT, HARMLESS = "known-good", "inert", "harmless"
VERDICTS: Final[dict[str, str]] = {
    "indicator": "hook-matches-indicator",
    "imitation": "hook-imitates-known-good",
    "process": "hook-starts-process",
    "credentials": "hook-reads-credentials",
    "network": "hook-opens-network",
    "persistence": "hook-persists",
    "decoded-code": "hook-runs-decoded-code",
    "hiding": "hook-hides-code",
    "unreadable": "hook-hides-code",
    "bytecode": "startup-bytecode",
    "pyvenv": "pyvenv-cfg-redirects",
    "path": "path-line-is-risky",
    "command-shadow": "entry-point-is-risky",
    "dynamic-code": "hook-runs-risky-code",
    "native-code": "hook-runs-risky-code",
    "import-system": "hook-runs-risky-code",
    "program-hook": "hook-runs-risky-code",
    "file-write": "hook-runs-risky-code",
    "environment": "hook-runs-risky-code",
    "tls-off": "hook-runs-risky-code",
    "patch": "hook-runs-risky-code",
    "foreign-code": "hook-runs-risky-code",
    "output": "hook-runs-risky-code",
    "path-unusual": "path-line-is-unusual",
    "pyvenv-unusual": "pyvenv-cfg-is-unusual",
    "not-read": "hook-not-known-good",
    "missing-module": "hook-not-known-good",
    "unfollowed": "hook-not-known-good",
    "environment-read": "hook-not-known-good",
}
"""What a capability makes of a hook, the gravest first."""
_ORDER: Final = {kind: rank for rank, kind in enumerate(VERDICTS)}


@dataclass(slots=True)
class Case:
    """One hook on its way to a verdict."""

    site: Site
    name: str
    kind: str
    data: bytes
    seen: list[Capability] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """Why modules that it loads are known to be good."""
    followed: int = 0
    adds_sites: bool = False
    """Whether it adds folders whose own `.pth` files are read."""

    @property
    def path(self) -> str:
        return self.site.path(self.name)

    def note(self, kind: str, detail: str, line: int = 0, path: str = "") -> None:
        self.seen.append(Capability(kind, " ".join(detail.split("\n"))[:2000], Location(path or self.path, line)))

    def finish(self, executes: tuple[pth.Line, ...], paths: tuple[pth.Line, ...], *, good: str = "", harmless: str = "") -> StartupHook:
        """The hook with the verdict of its gravest capability; `good`: why it is known, if nothing speaks against it."""
        digest = hashlib.sha256(self.data).hexdigest()
        if bad := indicators.bad_files().get(digest):
            self.note("indicator", f"byte for byte a known malicious file: {bad.summary}")
        seen = sorted(self.seen, key=lambda item: _ORDER.get(item.kind, 99))
        if seen:
            gravest = seen[0]
            verdict, reason = VERDICTS[gravest.kind], f"{gravest.kind} at {gravest.location}: {gravest.detail}"
        elif good:
            verdict, reason = KNOWN_GOOD, good
        elif not executes:
            verdict, reason = INERT, harmless or "nothing is executed"
        else:
            verdict, reason = HARMLESS, harmless or f"read to its end with {self.followed} imported modules; nothing in it matters"
        return StartupHook(
            kind=self.kind,
            location=Location(self.path, (executes or paths or (pth.Line(0, ""),))[0].number),
            sha256=digest,
            owner=self.site.owners.get(self.path, ""),
            executes=tuple(line.text[:MAX_LINE] for line in executes),
            adds_paths=tuple(line.text[:MAX_LINE] for line in paths),
            verdict=verdict,
            reason=reason[:2000],
            capabilities=tuple(seen),
        )


def read_case(site: Site, name: str, kind: str, limit: int) -> Case | StartupHook | Problem:
    """The file, ready to be judged; what is wrong with it if it cannot be read."""
    path = site.path(name)
    try:
        return Case(site, name, kind, site.tree.read(path, limit))
    except CollectError as error:
        if site.tree.kind(path) == "link" or "larger than" in error.what:
            return StartupHook(
                kind=kind,
                location=Location(path),
                sha256="",
                owner=site.owners.get(path, ""),
                verdict=VERDICTS["unreadable"],
                reason=f"unreadable at {path}: {error.what}",
                capabilities=(Capability("unreadable", error.what, Location(path)),),
            )
        return Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
