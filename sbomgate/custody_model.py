"""The nouns of custody: what is compared with lockfiles and artifacts, and what the comparison shows. A scan that verifies nothing loads none."""

from __future__ import annotations

from typing import NamedTuple

from sbomgate.model import Location


class Ledger(NamedTuple):
    """One site folder, file by file, for the comparison with artifacts. Only made when it is asked for."""

    prefix: str | None
    """The folder of the environment; None when it lies outside the target."""
    windows: bool
    site: str
    markers: tuple[tuple[str, str], ...]
    """The marker variables that the files of the environment tell."""
    files: dict[str, dict[str, str]]
    """Metadata path of a distribution → path of each file that its RECORD lists and that is there → its SHA-256 as it is
    on disk, hex; empty where it was not hashed with that."""
    requires: tuple[tuple[str, tuple[str, ...]], ...]
    """(normalised name, its Requires-Dist lines) of each distribution."""


class PackageFolder(NamedTuple):
    """One folder with a package of npm, as its package.json tells it."""

    path: str
    """The real one, relative to the target."""
    manifest: str
    """Its package.json; the folder itself where there is none."""
    name: str
    version: str
    installed: str
    """The name of its folder; empty where its place does not tell one."""
    purl: str
    programs: tuple[tuple[str, str], ...]
    """(name of a command, path below the folder); the name is empty for a folder of which every file is one."""


class PackageLedger(NamedTuple):
    """One node_modules folder, package by package, for the comparison with tarballs. Only made when it is asked for."""

    top: str
    """Relative to the target; empty for the target itself."""
    packages: tuple[PackageFolder, ...]


class Deviation(NamedTuple):
    """One installed file that is not what the artifact says."""

    kind: str
    """`differs` · `missing` · `added` (the artifact does not have it; of a distribution, RECORD lists it) · `link` · `mode` (more
    may be done with it) · `script` (a generated script does something else than its entry point, a program in `.bin` is not
    the one that its package names) · `unread`."""
    path: str
    code: bool
    """Whether it is code, or makes other code run."""
    digest: str = ""
    """SHA-256 as it is on disk; empty where there is none."""
    detail: str = ""


class Evidence(NamedTuple):
    """How firmly one installed component is known to be what was locked."""

    purl: str
    strength: str
    """`bytes` (locked hash, artifact read, every installed file is the artifact's) · `record` (the files are as RECORD
    says, no artifact was compared) · `version` (name and version agree, nothing more is known) · `broken`."""
    location: Location
    """The metadata of the installed component, or the row of the lockfile."""
    reason: str = ""
    """Why it is not stronger."""
    fault: str = ""
    """Of what is broken: `not-locked` · `not-installed` · `version` · `source` · `artifact` (another hash) · `content` ·
    `refused` (an archive that is not plainly one) · `record` (a file is not as RECORD says, and there is no artifact)."""
    artifact: str = ""
    """SHA-256 of the artifact that was read."""
    content: str = ""
    """Content digest of that artifact; see the manifest docs."""
    files: int = 0
    """Installed files that were compared with it."""
    deviations: tuple[Deviation, ...] = ()
