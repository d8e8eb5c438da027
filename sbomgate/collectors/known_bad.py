"""Files that are known from attacks: by their content for certain, by a rare name as a reason to look.

Loaders of such attacks lie in packages, and are copied from there to where they outlive them: beside an agent's settings, into the
workflows of a repository. So they are looked for in site folders, in node_modules, and in every folder that is searched.
Source: `allowlists/known-bad.toml`, `[[file]]` and `[[indicator]]` of the kind `path`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from sbomgate import indicators
from sbomgate.errors import CollectError
from sbomgate.hashing import sha256_of
from sbomgate.model import FileFact, Problem
from sbomgate.tree import SourceFile, Tree, normalised

if TYPE_CHECKING:
    from sbomgate.collectors.environment.record import Owner

_Claims = Mapping[str, Sequence[tuple["Owner", tuple[str, bytes]]]]


def collect(file: SourceFile) -> Iterator[FileFact | Problem]:
    """The file, if it is known; nothing at all if it is not."""
    return judged(file.tree, {file.path: ()})


def judged(tree: Tree, files: Mapping[str, tuple[str, ...]]) -> Iterator[FileFact | Problem]:
    """Those of `files`, each with the purls of its owners, whose content or name is known."""
    for path, owners in sorted(files.items()):
        try:
            digest = sha256_of(tree, path)
        except CollectError as error:
            yield Problem(path=path, what=error.what, where=error.where, fix=error.fix)
            continue
        if digest in indicators.bad_files():
            yield FileFact(kind="known-bad", path=path, owners=owners, actual=f"sha256:{digest}")
        elif indicators.told_by_name(path):
            yield FileFact(kind="known-bad-name", path=path, owners=owners, actual=f"sha256:{digest}")


def installed(
    tree: Tree,
    site: str,
    owners: Iterable[Owner],
    claims: _Claims,
    foreign: Iterable[str],
    actual: Mapping[str, str],
    excused: AbstractSet[str],
    *,
    hashed: bool,
) -> Iterator[FileFact | Problem]:
    """What is known of the files of one site folder, each path once.

    What a RECORD lists counts also where the file is gone or was changed: some of these scripts remove themselves. `actual`: `alg:hex`
    of the files that are not as listed; `foreign`: files that no RECORD lists; `excused`: hooks, which are judged by what they do;
    `hashed`: whether the files were compared with their RECORDs, and others may be read.
    """
    bad, names = indicators.bad_digests(), indicators.names()
    prefix = f"{site}/" if site else ""
    facts: dict[str, FileFact] = {}
    for owner in owners:
        if not bad.isdisjoint(owner.digests):
            for (written, _, _, _), digest in zip(owner.rows, owner.digests, strict=True):
                path, listed = normalised(prefix + written), f"sha256:{digest.hex()}"
                if digest in bad and path not in excused:
                    there = actual.get(path, listed if hashed and path in claims else "")
                    facts[path] = FileFact(
                        kind="known-bad", path=path, owners=_owners(claims, path) or (owner.purl,), expected=listed, actual=there
                    )
    for path, found in actual.items():
        if found.removeprefix("sha256:") in indicators.bad_files() and path not in excused:
            facts[path] = FileFact(kind="known-bad", path=path, owners=_owners(claims, path), actual=found)
    unvouched = dict.fromkeys(path for path in foreign if path.rpartition("/")[2] in names)
    for path, everyone in claims.items():
        if path.rpartition("/")[2] in names and path not in facts:
            listed = next((f"{alg}:{value.hex()}" for _, (alg, value) in everyone if value), "")
            if not listed:
                unvouched[path] = None
            elif indicators.told_by_name(path):
                facts[path] = FileFact(kind="known-bad-name", path=path, owners=_owners(claims, path), actual=actual.get(path, listed))
    yield from (facts[path] for path in sorted(facts))
    if hashed:
        yield from judged(tree, {path: _owners(claims, path) for path in unvouched if path not in excused and path not in facts})


def _owners(claims: _Claims, path: str) -> tuple[str, ...]:
    return tuple(sorted({owner.purl for owner, _ in claims.get(path, ())}))
