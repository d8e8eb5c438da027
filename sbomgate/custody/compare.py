"""What is installed against what was locked: one piece of evidence for each distribution.

The chain is lock → artifact → RECORD → file. It is as strong as the link that is missing: see `custody_model.Evidence`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from sbomgate.collectors.environment import edges
from sbomgate.collectors.lockfiles.integrity import STRONG
from sbomgate.collectors.lockfiles.requirements import MARKER
from sbomgate.custody import installed
from sbomgate.custody.artifacts import SDISTS, Found
from sbomgate.custody_model import Evidence, Ledger
from sbomgate.inventory import STRENGTHS
from sbomgate.model import Component, Digest, FileFact, Inventory, Origin, Source
from sbomgate.purl import canonical_name
from sbomgate.tree import Tree
from sbomgate.versions import allows, same

PYTHON_LOCKS: Final = ("uv-lock", "pylock", "poetry-lock", "pdm-lock", "pipfile-lock", "requirements")
"""What can be compared with, as the support table names it."""
SEEDS: Final = frozenset({"pip", "setuptools", "wheel"})
"""What venv and virtualenv put into a new environment: rarely locked."""
_ROW_MARKERS: Final = frozenset({"pylock", "pdm-lock", "pipfile-lock", "requirements"})
"""Formats in which a row says itself for which machines it is meant; in the others the edges say it."""
_MAX_SHOWN: Final = 5
_BROKEN_RECORD: Final = frozenset({"changed", "missing", "symlink"})


class Custody(NamedTuple):
    """What a comparison gives."""

    installed: tuple[Evidence, ...]
    """The weakest first."""
    absent: tuple[Evidence, ...]
    """Locked, needed here, not installed."""
    facts: tuple[FileFact, ...]
    """Environments whose scripts start the interpreter of another one."""
    notes: tuple[str, ...]


class Row(NamedTuple):
    """An installed distribution with the rows of the lock that fit it."""

    item: Component
    named: tuple[Component, ...]
    """All rows of its name."""
    rows: tuple[Component, ...]
    ledger: Ledger | None
    candidates: tuple[Found, ...]
    """Files whose hash is locked for it."""
    strangers: tuple[Found, ...]
    """Files that claim to be its artifact by their name, with a hash that is not locked."""


def locked_digests(lock: Inventory, ecosystem: str) -> frozenset[Digest]:
    """Every hash of an artifact in `lock` that is worth comparing."""
    return frozenset(digest for item in lock.components if item.ecosystem == ecosystem for digest in item.hashes if digest.alg in STRONG)


def compare(environment: Inventory, ledgers: Sequence[Ledger], lock: Inventory, kind: str, found: Sequence[Found], tree: Tree) -> Custody:
    """The evidence for everything that is installed, and for what is locked but not there. `kind`: one of PYTHON_LOCKS."""
    rows: dict[str, list[Component]] = defaultdict(list)
    for item in lock.components:
        if item.ecosystem == "pypi":
            rows[item.name].append(item)
    broken = _broken(environment.files)
    matched = match(environment, ledgers, lock, found)
    # the wheel of each is chosen first: what another one ships under the same path must be known
    chosen = [_chosen(row) for row in matched]
    neighbours = installed.find_neighbours(chosen)
    homes = {ledger.site: installed.find_homes(tree, ledger) for ledger in ledgers}
    evidence = [_evidence(row, want, neighbours, tree, broken, homes) for row, want in zip(matched, chosen, strict=True)]
    evidence.sort(key=lambda one: (STRENGTHS.index(one.strength), one.purl, one.location))
    weak = sum(one.strength in ("record", "version") and one.fault == "" and one.artifact == "" for one in evidence)
    notes = (f"{weak} of {len(evidence)} distributions were not compared with an artifact; give a folder that holds it",) if weak else ()
    moved = sorted({(ledger.prefix or "", home) for ledger in ledgers if (home := homes[ledger.site].moved_from)})
    facts = tuple(FileFact(kind="interpreter", path=f"{prefix}/bin".lstrip("/"), detail=home) for prefix, home in moved)
    return Custody(tuple(evidence), tuple(_absent(environment, ledgers, rows, kind)), facts, notes)


def match(environment: Inventory, ledgers: Sequence[Ledger], lock: Inventory, found: Sequence[Found]) -> list[Row]:
    """Each installed distribution with the rows of `lock` and the files that fit it."""
    rows: dict[str, list[Component]] = defaultdict(list)
    for item in lock.components:
        if item.ecosystem == "pypi":
            rows[item.name].append(item)
    index = _Index(found)
    return [_matched(item, rows.get(item.name, []), ledgers, index) for item in environment.components if item.installation]


def _broken(files: Sequence[FileFact]) -> dict[str, list[str]]:
    """purl → its files that are not as RECORD says."""
    found: dict[str, list[str]] = defaultdict(list)
    for fact in files:
        if fact.kind in _BROKEN_RECORD:
            for owner in fact.owners:
                found[owner].append(fact.path)
    return found


def _matched(item: Component, rows: Sequence[Component], ledgers: Sequence[Ledger], found: _Index) -> Row:
    assert item.installation is not None, "only what is installed is matched"
    fitting = tuple(row for row in rows if _version_fits(item, row))
    digests = {digest for row in fitting for digest in row.hashes if digest.alg in STRONG}
    ledger = next((one for one in ledgers if one.site == item.installation.site), None)
    names = {artifact.filename for row in fitting for artifact in row.artifacts if artifact.filename}
    by_path = {one.path: one for digest in digests for one in found.by_digest.get(digest, ())}
    candidates = tuple(by_path[path] for path in sorted(by_path))
    named = [one for name in sorted(names) for one in found.by_name.get(name, ())] if names else found.by_version.get(item.name, ())
    strangers = tuple(
        one for one in named if digests and digests.isdisjoint(one.digests) and (names or same(one.filename.split("-")[1], item.version))
    )
    return Row(item, tuple(rows), fitting, ledger, candidates, strangers)


class _Index:
    """The files that were found, by what they may be asked for."""

    def __init__(self, found: Sequence[Found]) -> None:
        self.by_digest: dict[Digest, list[Found]] = defaultdict(list)
        self.by_name: dict[str, list[Found]] = defaultdict(list)
        self.by_version: dict[str, list[Found]] = defaultdict(list)
        """Normalised name → wheels that are named for it."""
        for one in found:
            for digest in one.digests if one.locked else ():
                self.by_digest[digest].append(one)
            self.by_name[one.filename].append(one)
            if one.filename.endswith(".whl") and "-" in one.filename:
                self.by_version[canonical_name(one.filename.partition("-")[0])].append(one)


def _version_fits(item: Component, row: Component) -> bool:
    if not item.version or row.origin is Origin.PROJECT:
        return True  # an .egg-link has none; a project's own is where its code says it
    if row.version:
        return same(row.version, item.version)
    return not row.requirement or row.source is not None or allows(row.requirement, item.version) is not False


def _chosen(row: Row) -> installed.Expected | None:
    """The wheel that the distribution was installed from, of those that are locked for it; None if none was found.

    The installed WHEEL file names the platform; it is itself a file of the wheel, so a wrong choice shows as a deviation.
    """
    assert row.item.installation is not None
    if row.ledger is None:
        return None
    wheels = [
        one.wheel for one in row.candidates if one.wheel and one.wheel.name == row.item.name and same(one.wheel.version, row.item.version)
    ]
    listed = row.ledger.files.get(row.item.installation.metadata_path, {})
    here = listed.get(f"{row.item.installation.metadata_path}/WHEEL", "")
    wheels.sort(key=lambda wheel: dict(wheel.files).get(f"{wheel.info}/WHEEL", "") != here)
    return installed.expected(wheels[0], row.ledger, row.item.installation.metadata_path) if wheels else None


def _evidence(
    row: Row,
    want: installed.Expected | None,
    neighbours: installed.Neighbours,
    tree: Tree,
    broken: dict[str, list[str]],
    homes: dict[str, installed.Homes],
) -> Evidence:
    item = row.item
    installation = item.installation
    assert installation is not None
    place = item.locations[0]
    own = broken.get(item.purl, ())
    # the files as RECORD has them: what is said where no artifact says more
    strength = "broken" if own else "record" if installation.verified else "version"
    weaker = (
        ""
        if installation.verified
        else f"RECORD is {installation.record}"
        if installation.record != "present"
        else "not every file could be checked"
    )
    if own:
        weaker = f"{_files(own, 'not as RECORD says')}"
    by_record = Evidence(item.purl, strength, place, weaker, "record" if own else "")

    def fault(name: str, reason: str) -> Evidence:
        return by_record._replace(strength="broken", fault=name, reason=reason)

    def because(reason: str) -> Evidence:
        return by_record._replace(reason="; ".join(filter(None, (reason, weaker))))

    if row.named and not row.rows:
        versions = sorted({one.version or one.requirement for one in row.named})
        return fault("version", f"{item.version} is installed, {' or '.join(versions[:_MAX_SHOWN])} is locked")
    if not row.rows:
        return _unlocked(item, fault, because)
    if row.strangers and not row.candidates:
        stranger = row.strangers[0]
        return fault("artifact", f"{stranger.path} has sha256 {stranger.sha256[:16]}…, which is not locked for {item.name} {item.version}")
    locked = {digest for one in row.rows for digest in one.hashes}
    stated = [digest for digest in item.hashes if digest.alg in STRONG]
    if stated and locked and locked.isdisjoint(stated) and {digest.alg for digest in locked} & {digest.alg for digest in stated}:
        return fault("artifact", f"was installed from an artifact with {stated[0].alg} {stated[0].value[:16]}…, which is not locked")
    source = _source_fault(item, row.rows)
    refused = next((one for one in row.candidates if one.refused), None)
    if want is None or row.ledger is None:
        if source:
            return fault("source", source)
        if refused:
            return fault("refused", f"{refused.path}: {refused.refused}")
        wrong = next((one.wheel for one in row.candidates if one.wheel), None)
        if wrong:
            return fault("artifact", f"the locked artifact is one of {wrong.name} {wrong.version}")
        return because(_why_no_artifact(item, row))
    result = installed.compare(tree, row.ledger, installation.metadata_path, want, neighbours, homes[row.ledger.site])
    artifact = next(one for one in row.candidates if one.wheel is want.wheel)
    known = by_record._replace(
        artifact=artifact.sha256, content=want.wheel.content_digest, files=result.files, deviations=result.deviations
    )
    if result.deviations:
        reason = _files([one.path for one in sorted(result.deviations, key=lambda one: not one.code)], "not as the artifact says")
        return known._replace(strength="broken", fault="content", reason=reason)
    remembered = (f"the artifact was read on {artifact.remembered}, the cache tells what is in it",) if artifact.remembered else ()
    return known._replace(strength="bytes", reason="; ".join((*remembered, *result.remarks)), fault="")


def _files(paths: Sequence[str], what: str) -> str:
    return f"{paths[0]} is {what}" if len(paths) == 1 else f"{len(paths)} files are {what}, {paths[0]} among them"


def _unlocked(item: Component, fault: Callable[[str, str], Evidence], because: Callable[[str], Evidence]) -> Evidence:
    if item.name in SEEDS and item.source is None:
        evidence = because("not locked; a tool that venv or virtualenv installs")
        return evidence._replace(fault=evidence.fault or "seed")
    if item.source is not None and item.source.kind == "path":
        evidence = because("not locked; installed from a local folder")
        return evidence._replace(fault=evidence.fault or "local")
    return fault("not-locked", "installed, but not locked")


def _why_no_artifact(item: Component, row: Row) -> str:
    """Why the files of the distribution cannot be compared with an artifact."""
    kinds = {one.source.kind for one in row.rows if one.source}
    if item.installation is not None and item.installation.editable:
        return "editable: its code lies in a local folder"
    if (item.source and item.source.kind == "vcs") or kinds == {"vcs"}:
        return "built on this machine from a repository: what a build writes cannot be derived"
    if (item.source and item.source.kind == "path") or any(one.origin is Origin.PROJECT for one in row.rows):
        return "built on this machine from a local folder: what a build writes cannot be derived"
    if not any(digest.alg in STRONG for one in row.rows for digest in one.hashes):
        return "the lock has no hash of its artifact"
    names = [artifact.filename for one in row.rows for artifact in one.artifacts]
    if row.candidates or (names and all(name.endswith(SDISTS) for name in names)):
        return "built on this machine from an sdist: what a build writes cannot be derived"
    return "its artifact was not found"


def _source_fault(item: Component, rows: Sequence[Component]) -> str:
    """What is wrong with where the distribution came from; empty if it fits one of `rows`."""
    faults = [_source_differs(item.source, row) for row in rows]
    return "" if not all(faults) else faults[0]


def _source_differs(have: Source | None, row: Component) -> str:
    want = row.source
    kind = have.kind if have else "index"
    locked = want.kind if want else "index"
    if row.origin is Origin.PROJECT:
        return "" if kind != "index" else "installed from an index, locked as a local project"
    if locked == "vcs" and want and have and kind == "vcs":
        if want.commit and have.commit:
            return "" if want.commit == have.commit else f"installed from commit {have.commit[:12]}, locked is {want.commit[:12]}"
        return "" if _repository(want.url) == _repository(have.url) else f"installed from {have.url}, locked is {want.url}"
    if locked == "url" and want and have and kind == "url":
        return "" if _bare(want.url) == _bare(have.url) else f"installed from {have.url}, locked is {want.url}"
    if locked == "path" and kind in ("path", "url"):
        return ""
    if kind == locked or (kind == "url" and row.hashes and have and not have.url.lower().startswith("http")):
        return ""  # a file of a wheelhouse: its hash is compared, not its place
    return f"installed from {_told(have)}, locked is {_told(want)}"


def _told(source: Source | None) -> str:
    return f"{source.kind} {source.url}" if source and source.kind != "index" else "an index"


def _repository(url: str) -> str:
    return _bare(url).partition("://")[2].rpartition("@")[2].removesuffix(".git").lower()


def _bare(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].rstrip("/")


def _absent(environment: Inventory, ledgers: Sequence[Ledger], rows: dict[str, list[Component]], kind: str) -> list[Evidence]:
    """What is locked and, as far as can be told, needed in this environment, but not installed."""
    present = {item.name for item in environment.components if item.installation}
    missing = {name: items for name, items in rows.items() if name not in present}
    needed: set[str] = set()
    markers: tuple[tuple[str, str], ...] = ()
    for ledger in ledgers:
        markers = ledger.markers
        names, _ = edges.resolve([*ledger.requires, *((name, ()) for name in missing)], dict(markers))
        needed = needed.union(*names[: len(ledger.requires)])
    found = []
    for name, items in sorted(missing.items()):
        for row in items:
            if row.origin is Origin.PROJECT:
                continue
            conditions = [value for key, value in row.properties if key == MARKER]
            holds = all(edges.decided(condition, markers) for condition in conditions)
            wanted = kind in _ROW_MARKERS and row.scope == "runtime" and not row.groups
            if holds and (wanted or name in needed):
                found.append(Evidence(row.purl, "broken", row.locations[0], "locked, but not installed", "not-installed"))
                break
    return found
