"""Components as JSON text, and the rows that tell what each depends on.

They are written as text: building and encoding a dictionary for each takes three times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from sbomgate import manifest
from sbomgate.model import Component, Digest, LicenceFile, Metadata, Origin
from sbomgate.reporters.cyclonedx.evidence import Facts, artifact_digest, grade, identity, occurrences, pedigree
from sbomgate.reporters.cyclonedx.layout import MAX_VERSION
from sbomgate.reporters.cyclonedx.producers import producers
from sbomgate.reporters.cyclonedx.properties import properties
from sbomgate.reporters.cyclonedx.references import references
from sbomgate.reporters.encode import dumps, quoted

_HASH_NAMES = manifest.HASH_NAMES
_is_digest = manifest.is_digest


def component(item: Component, facts: Facts, inside: Sequence[Component] = (), ref: str = "") -> str:
    """One component as JSON text, in the order of the schema, with what lies `inside` of its artifact."""
    purl = quoted(item.purl)
    kind = "container" if item.ecosystem == "oci" else "application" if item.origin is Origin.PROJECT else "library"
    name = item.name
    group = about = who = licensed = change = texts = conclusion = ""
    if item.ecosystem == "npm" and "/" in name:
        group, _, name = name.rpartition("/")
        group = f',"group":{quoted(group)}'
    version = item.version[:MAX_VERSION]
    described = f'"type":"{kind}"{group},"name":{quoted(name)}' + (f',"version":{quoted(version)}' if version else "")
    metadata = item.metadata
    if metadata is not None:
        if metadata.summary:
            about = f',"description":{quoted(metadata.summary)}'
        who, licensed = producers(metadata), licenses(metadata)
        if metadata.licence_files:
            texts, conclusion = _from_texts(metadata)
    scope = "" if item.scope == "runtime" else ',"scope":"excluded"' if item.scope == "dev" else ',"scope":"optional"'
    digests = item.hashes
    if facts.custody and (compared := artifact_digest(item, facts)):
        digests = tuple(dict.fromkeys((*compared, *digests)))
    hashed = hashes(digests)
    pointers = references(item, hashed, hashes)
    how = grade(item, facts)
    if item.purl in facts.changes:
        proof = facts.custody.get(item.purl)
        change = pedigree(item, described, hashes((Digest("sha256", proof.artifact),)) if proof and proof.artifact else hashed, facts)
    told = properties(item, item.purl in facts.agents, conclusion, (who != "", licensed != "", hashed != "", item.version != ""))
    parts = ",".join([component(part, facts, ref=inner_ref(item.purl, part.purl)) for part in inside])
    if parts:
        parts = f',"components":[{parts}]'
    return (
        f'{{"bom-ref":{quoted(ref) if ref else purl},{described}{about}{who}{scope}{hashed}{licensed},"purl":{purl}{change}{pointers},'
        f'"evidence":{{"identity":[{identity(item, name, how, digests)}],"occurrences":[{occurrences(item)}]{texts}}},"properties":{told}{parts}}}'
    )


def inner_ref(owner: str, purl: str) -> str:
    """The reference of a component inside the artifact of the one with the purl `owner`: the same one may lie in several."""
    return f"{purl} in {owner}"


def dependency_rows(item: Component, known: set[str], inside: Sequence[Component]) -> Iterator[str]:
    """The row of `item` and of what lies inside of it, which needs that of its own artifact first."""
    if not inside:
        yield dependency_row(
            item.purl, item.dependencies if known.issuperset(item.dependencies) else [purl for purl in item.dependencies if purl in known]
        )
        return
    inner = {part.purl: inner_ref(item.purl, part.purl) for part in inside}
    for part in (item, *inside):
        targets = (inner.get(purl) or (purl if purl in known else "") for purl in part.dependencies)
        yield dependency_row(inner.get(part.purl, part.purl), filter(None, targets))


def dependency_row(ref: str, targets: Iterable[str]) -> str:
    return f'{{"ref":{quoted(ref)},"dependsOn":[' + ",".join(map(quoted, targets)) + "]}"


def licenses(metadata: Metadata) -> str:
    """`,"licenses":[…]` as the package declares them and as its licence files prove them; empty if there is nothing to say."""
    return _said(metadata)[0]


def _from_texts(metadata: Metadata) -> tuple[str, str]:
    """`,"licenses":[…]` of the evidence, and the conclusion if it has no place among the licences."""
    from sbomgate.reporters.licenses import evidence

    _, conclusion, is_placed = _said(metadata)
    found = evidence(metadata.licence_files, conclusion)
    return f',"licenses":{dumps(found)}' if found else "", "" if is_placed else conclusion


def _said(metadata: Metadata) -> tuple[str, str, bool]:
    texts = tuple(sorted({file.identifier for file in metadata.licence_files}))
    return _licenses(metadata.license_expression, metadata.license_text, metadata.license_classifiers, texts)


@lru_cache(maxsize=4096)
def _licenses(expression: str, free_text: str, classifiers: tuple[str, ...], texts: tuple[str, ...]) -> tuple[str, str, bool]:
    from sbomgate.reporters.licenses import stated

    files = tuple(LicenceFile("", text) for text in texts)
    rows, conclusion, is_placed = stated(
        Metadata(license_expression=expression, license_text=free_text, license_classifiers=classifiers, licence_files=files)
    )
    return f',"licenses":{dumps(rows)}' if rows else "", conclusion, is_placed


def hashes(digests: Sequence[Digest]) -> str:
    """`,"hashes":[…]` for the digests that CycloneDX has a name for; empty if there is none."""
    rows = [
        f'{{"alg":"{_HASH_NAMES[digest.alg]}","content":"{digest.value}"}}'
        for digest in digests
        if digest.alg in _HASH_NAMES and _is_digest(digest.value)
    ]
    return ',"hashes":[' + ",".join(rows) + "]" if rows else ""
