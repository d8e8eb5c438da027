"""Which artifacts are still needed: of each installed distribution the wheel that it came from, and nothing else.

Which of several locked wheels that is, the tags in the installed WHEEL file tell. Source: "Binary distribution format",
"File name convention" and "Contents".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sbomgate.collectors.lockfiles.integrity import STRONG
from sbomgate.custody.artifacts import SDISTS, Found
from sbomgate.custody.compare import Row, match
from sbomgate.custody.indexes import is_web, locked_indexes, without_login
from sbomgate.custody_model import Ledger
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Digest, Inventory, Origin, Problem
from sbomgate.tree import Tree

Tag = tuple[frozenset[str], frozenset[str], frozenset[str]]
"""Interpreters, ABIs, platforms."""

_MAX_WHEEL_FILE: Final = 2**16
_MAX_TAGS: Final = 1000
_MAX_SHOWN: Final = 5


class Wanted(NamedTuple):
    """One distribution whose wheel is to be had."""

    name: str
    version: str
    place: str
    """The row of the lockfile, for what is told of it."""
    digests: frozenset[Digest]
    """Any of them is a locked artifact's."""
    tags: tuple[Tag, ...]
    """Of the installed distribution; empty where its WHEEL file cannot be read."""
    artifacts: tuple[Artifact, ...]
    """The locked wheels that fit, as the lockfile names them; empty where it gives hashes alone."""
    indexes: tuple[str, ...]
    """Of its own row, or of the lockfile; empty: those of the user."""
    no_index: bool
    """The lockfile forbids to ask one."""


def wanted_wheels(
    environment: Inventory, ledgers: Sequence[Ledger], lock: Inventory, found: Sequence[Found], tree: Tree
) -> tuple[list[Wanted], list[str], list[Problem]]:
    """What to download for what `found` lacks, notes on what cannot be compared, and what is wrong with the lockfile."""
    common, no_index = locked_indexes(lock.settings)
    result: list[Wanted] = []
    built: list[str] = []
    problems: list[Problem] = []
    for row in match(environment, ledgers, lock, found):
        digests = strong(digest for one in row.rows for digest in one.hashes)
        if not digests or not _from_wheel(row):
            continue
        item = row.item
        assert item.installation is not None
        tags = _installed_tags(tree, item.installation.metadata_path)
        named = tuple(artifact for one in row.rows for artifact in one.artifacts if artifact.filename)
        wheels = tuple(one for one in named if one.filename.endswith(".whl") and strong(one.digests))
        fitting = fits(wheels, tags)
        place = str(row.rows[0].locations[0])
        if named and not fitting:
            if wheels and not any(one.filename.lower().endswith(SDISTS) for one in named):
                what = f"no locked wheel of {item.name} {item.version} has the tags that its installed WHEEL file states"
                problems.append(Problem(path=place, what=what, fix="install it again from the lock, or lock for this platform as well"))
            elif wheels:
                built.append(item.name)
            continue
        own = tuple(without_login(one.source.url)[0] for one in row.rows if one.source and one.source.kind == "index")
        indexes = tuple(dict.fromkeys(filter(is_web, own))) or common
        result.append(Wanted(item.name, item.version, place, digests, tags, tuple(fitting), indexes, no_index))
    notes = [note] if (note := built_here(built)) else []
    return result, notes, problems


def built_here(names: Sequence[str]) -> str:
    """The note for distributions whose tags no locked wheel has; empty if there is none."""
    if not names:
        return ""
    shown = ", ".join(sorted(names)[:_MAX_SHOWN]) + (", …" if len(names) > _MAX_SHOWN else "")
    return f"{len(names)} distributions say that they were built on this machine (no locked wheel has their tags): {shown}"


def _from_wheel(row: Row) -> bool:
    """Whether a locked wheel of the distribution would say more than is known."""
    item = row.item
    if row.ledger is None or row.strangers or any(one.wheel or one.refused for one in row.candidates):
        return False
    if item.installation is None or item.installation.editable or (item.source and item.source.kind in ("vcs", "path")):
        return False
    return any(one.origin is not Origin.PROJECT and (one.source is None or one.source.kind in ("index", "url")) for one in row.rows)


def strong(digests: Iterable[Digest]) -> frozenset[Digest]:
    """Those of `digests` that prove something."""
    return frozenset(digest for digest in digests if digest.alg in STRONG)


def fits(wheels: Iterable[Artifact], tags: Sequence[Tag]) -> list[Artifact]:
    """Those of `wheels` that the distribution with `tags` may come from; all of them if it states none."""
    return [one for one in wheels if has_tags(one.filename, tags)]


def has_tags(filename: str, tags: Sequence[Tag]) -> bool:
    own = _tag(filename.removesuffix(".whl"))
    return own is not None and (not tags or any(all(map(frozenset.intersection, own, tag)) for tag in tags))


def _installed_tags(tree: Tree, metadata_path: str) -> tuple[Tag, ...]:
    try:
        text = tree.read(f"{metadata_path}/WHEEL", _MAX_WHEEL_FILE).decode("utf-8", "replace")
    except CollectError:
        return ()
    lines = [line[4:].strip() for line in text.splitlines() if line[:4].lower() == "tag:"]
    return tuple(filter(None, map(_tag, lines[:_MAX_TAGS])))


def _tag(text: str) -> Tag | None:
    """The last three parts of `text`, each with its alternatives: never multiplied out, which a hostile name could make long."""
    parts = text.lower().rsplit("-", 3)[-3:]
    return (frozenset(parts[0].split(".")), frozenset(parts[1].split(".")), frozenset(parts[2].split("."))) if len(parts) == 3 else None
