"""Which tarballs are still needed: of each installed package of npm the one that is locked for it, where the lock has its address."""

from __future__ import annotations

from collections.abc import Sequence

from sbomgate.collectors.lockfiles.npm import PATCH
from sbomgate.custody.artifacts import Found
from sbomgate.custody.indexes import is_web
from sbomgate.custody.wanted import Wanted, strong
from sbomgate.custody_model import PackageLedger
from sbomgate.model import Artifact, Inventory, Origin, Problem
from sbomgate.tree import Tree


def wanted_tarballs(
    _: Inventory, ledgers: Sequence[PackageLedger], lock: Inventory, found: Sequence[Found], __: Tree
) -> tuple[list[Wanted], list[str], list[Problem]]:
    """What to download for what `found` lacks, and a note on what has no address. One of each package, wherever it is installed."""
    known = {digest for one in found if one.locked for digest in one.digests}
    here = {(package.name, package.version) for ledger in ledgers for package in ledger.packages}
    names = {name for name, _ in here}
    result: list[Wanted] = []
    without = 0
    for item in lock.components:
        is_here = (item.name, item.version) in here or (not item.version and item.name in names)
        if item.ecosystem != "npm" or item.origin is Origin.PROJECT or not is_here:
            continue
        digests = strong(item.hashes)
        if not digests or not digests.isdisjoint(known) or any(key == PATCH for key, _ in item.properties):
            continue
        addresses = [artifact.url for artifact in item.artifacts if is_web(artifact.url)]
        if not addresses:
            without += 1
            continue
        # as `npm pack` calls it: two scopes may have a tarball of one name at their addresses
        name = f"{item.name.removeprefix('@').replace('/', '-')}-{item.version or 'at-address'}.tgz"
        artifact = Artifact(addresses[0], name, tuple(sorted(digests)))
        result.append(Wanted(item.name, item.version, str(item.locations[0]), digests, (), (artifact,), (), no_index=True))
    notes = [f"{without} packages have no address in the lockfile, so their tarballs were not downloaded"] if without else []
    return result, notes, []
