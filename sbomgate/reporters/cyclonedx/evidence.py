"""How firmly it is known what a component is, and what was changed about it after it was published.

The scale of confidence stands in docs/manifest.md. It says how sure the identity is, never how good the component is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sbomgate import manifest
from sbomgate.custody_model import Evidence
from sbomgate.inventory import STRENGTHS
from sbomgate.model import Component, Digest, Inventory, Origin, Pin
from sbomgate.reporters.encode import quoted

_FACTS: Final = {"changed": "changed", "missing": "missing", "symlink": "replaced by a link"}
"""Kinds of `FileFact` that tell of a file which is not as RECORD says."""
_DEVIATIONS: Final = {
    "differs": "changed", "missing": "missing", "added": "added", "link": "replaced by a link", "mode": "may be executed", "script": "starts something else",
}  # fmt: skip
"""Kinds of `Deviation` likewise, from the artifact; one that could not be read is no change."""
_MAX_FILES: Final = 20
_MAX_PATH: Final = 300
_FIRM: Final = (Pin.HASHED, Pin.VCS_COMMIT)


class Facts(NamedTuple):
    """What inventories know of components beside the components themselves."""

    agents: frozenset[str]
    custody: Mapping[str, Evidence]
    """purl → the weakest evidence for it."""
    changes: Mapping[str, Sequence[str]]
    """purl → its files that are not those of the release: `changed a/b.py`, sorted."""
    changed: frozenset[str]
    """The paths of all those files."""


def gather(inventories: Sequence[Inventory]) -> Facts:
    """The facts of all `inventories` together."""
    custody: dict[str, Evidence] = {}
    changes: defaultdict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for inventory in inventories:
        for one in inventory.custody:
            known = custody.get(one.purl)
            if known is None or STRENGTHS.index(one.strength) < STRENGTHS.index(known.strength):
                custody[one.purl] = one
            for deviation in one.deviations:
                if word := _DEVIATIONS.get(deviation.kind):
                    changes[one.purl][deviation.path, word] = None
        for fact in inventory.files:
            if word := _FACTS.get(fact.kind):
                for owner in fact.owners:
                    changes[owner][fact.path, word] = None
    agents = frozenset().union(*(inventory.agent for inventory in inventories))
    told = {purl: [f"{word} {path[:_MAX_PATH]}" for path, word in sorted(found)] for purl, found in changes.items()}
    return Facts(agents, custody, told, frozenset(path for found in changes.values() for path, _ in found))


class Grade(NamedTuple):
    """How the identity of a component is known: technique, confidence, what was looked at."""

    technique: str
    confidence: str
    value: str


def grade(item: Component, facts: Facts) -> Grade:
    """What is known of how `item` came to be what it says that it is."""
    path = item.locations[0].path
    if item.origin is Origin.BUNDLED:  # the word of whoever built the artifact
        return Grade("manifest-analysis", "0.5" if item.version else "0.3", path)
    if item.origin is not Origin.INSTALLED:
        return Grade("manifest-analysis", "0.4" if not item.version else "0.8" if item.pin in _FIRM else "0.7", path)
    if path.endswith(".egg-link") or (item.ecosystem == "npm" and not path.endswith(".json")):
        return Grade("filename", "0.3", path)
    if item.purl in facts.changes:
        return Grade("manifest-analysis", "0.5", path)
    proof = facts.custody.get(item.purl)
    if proof is not None and proof.strength == "bytes":
        return Grade("hash-comparison", "1.0", f"sha256:{proof.artifact}" if proof.artifact else path)
    installation = item.installation
    if installation is not None and installation.verified:
        return Grade("hash-comparison", "0.9", f"{installation.metadata_path}/RECORD")
    return Grade("manifest-analysis", "0.7" if item.version else "0.4", path)


def identity(item: Component, name: str, how: Grade, hashes: Sequence[Digest]) -> str:
    """The rows of `evidence.identity`: one for each field that the component claims, the purl first. `name`: the field of that name.

    What is only written in a lockfile has the one for its purl, which holds name and version: two more from the same line
    would say nothing, and make a long document a fifth longer. A hash has a row where it is of what is installed.
    """
    technique, confidence, value = how
    shared = f'"methods":[{{"technique":"{technique}","confidence":{confidence}'
    start = f'","confidence":{confidence},"concludedValue":'
    text = f'{{"field":"purl{start}{quoted(item.purl)},{shared},"value":{quoted(value)}}}]}}'
    if item.origin is Origin.LOCKED:
        return text
    text += f',{{"field":"name{start}{quoted(name)},{shared}}}]}}'
    if item.version:
        text += f',{{"field":"version{start}{quoted(item.version)},{shared}}}]}}'
    if item.origin is Origin.INSTALLED and len(hashes) == 1 and manifest.is_digest(hashes[0].value):
        text += f',{{"field":"hash{start}"{hashes[0].value}",{shared}}}]}}'
    return text


def occurrences(item: Component) -> str:
    """The rows of `evidence.occurrences`: every place where an input tells of the component."""
    return ",".join(
        [f'{{"location":{quoted(path)},"line":{line}}}' if line else f'{{"location":{quoted(path)}}}' for path, line in item.locations]
    )


def artifact_digest(item: Component, facts: Facts) -> tuple[Digest, ...]:
    """The digest of the artifact that every installed file was found to be of; none without such a comparison."""
    proof = facts.custody.get(item.purl)
    if proof is None or proof.strength != "bytes" or not proof.artifact or item.origin is not Origin.INSTALLED:
        return ()
    return (Digest("sha256", proof.artifact),)


def pedigree(item: Component, described: str, hashes: str, facts: Facts) -> str:
    """`,"pedigree":…` of what was modified after its release; empty for all that was not, as far as is known.

    `described`: type, name and version as JSON members; `hashes` of the release, likewise.
    """
    changes = facts.changes.get(item.purl)
    if not changes or item.origin is not Origin.INSTALLED:
        return ""
    return (
        f',"pedigree":{{"ancestors":[{{{described}{hashes},"purl":{quoted(item.purl)}}}],"patches":[{{"type":"unofficial"}}],'
        f'"notes":{quoted("installed files are not those of the release: " + _listed(changes))}}}'
    )


def _listed(changes: Iterable[str]) -> str:
    changes = list(changes)
    more = len(changes) - _MAX_FILES
    return "; ".join(changes[:_MAX_FILES]) + (f"; and {more} more" if more > 0 else "")
