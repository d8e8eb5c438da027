"""Components as JSON text, and the rows that tell what each depends on.

They are written as text: building and encoding a dictionary for each takes three times as long.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache

from sbomgate import manifest
from sbomgate.model import Component, Digest, Metadata, Origin, Pin
from sbomgate.reporters.cyclonedx.layout import MAX_VERSION, prop
from sbomgate.reporters.cyclonedx.urls import iri, reference_type
from sbomgate.reporters.encode import dumps, quoted

_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz")
_HASH_NAMES = manifest.HASH_NAMES
_is_digest = manifest.is_digest


def component(item: Component, agents: Container[str], inside: Sequence[Component] = (), ref: str = "") -> str:
    """One component as JSON text, in the order of the schema, with what lies `inside` of its artifact."""
    purl = quoted(item.purl)
    kind = "container" if item.ecosystem == "oci" else "application" if item.origin is Origin.PROJECT else "library"
    name = item.name
    group = about = licenses = ""
    if item.ecosystem == "npm" and "/" in name:
        group, _, name = name.rpartition("/")
        group = f',"group":{quoted(group)}'
    version = f',"version":{quoted(item.version[:MAX_VERSION])}' if item.version else ""
    metadata = item.metadata
    if metadata is not None:
        if metadata.summary:
            about = f',"description":{quoted(metadata.summary)}'
        if metadata.author:
            author = quoted(metadata.author)
            about += f',"supplier":{{"name":{author}}},"authors":[{{"name":{author}}}]'
        licenses = _licenses(metadata.license_expression, metadata.license_text, metadata.license_classifiers)
    scope = "" if item.scope == "runtime" else ',"scope":"excluded"' if item.scope == "dev" else ',"scope":"optional"'
    hashes = _hashes(item.hashes)
    references = ",".join(_references(item, hashes))
    if references:
        references = f',"externalReferences":[{references}]'
    technique, confidence = _identity(item)
    places = ",".join(
        [f'{{"location":{quoted(path)},"line":{line}}}' if line else f'{{"location":{quoted(path)}}}' for path, line in item.locations]
    )
    parts = ",".join([component(part, agents, ref=inner_ref(item.purl, part.purl)) for part in inside])
    if parts:
        parts = f',"components":[{parts}]'
    agent = item.purl in agents
    return (
        f'{{"bom-ref":{quoted(ref) if ref else purl},"type":"{kind}"{group},"name":{quoted(name)}{version}{about}{scope}{hashes}{licenses},"purl":{purl}{references},'
        f'"evidence":{{"identity":[{{"field":"purl","confidence":{confidence},"concludedValue":{purl},"methods":[{{"technique":"{technique}",'
        f'"confidence":{confidence},"value":{quoted(item.locations[0].path)}}}]}}],"occurrences":[{places}]}},'
        f'"properties":{_properties(item.properties, item.origin, item.pin, agent, item.requirement, _own_properties(item))}{parts}}}'
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


def _identity(item: Component) -> tuple[str, float]:
    """How its identity is known, and how surely: files equal to RECORD 0.9, metadata or a locked version 0.7, less for the rest."""
    if item.origin is Origin.BUNDLED:  # the word of whoever built the artifact
        return "manifest-analysis", 0.5 if item.version else 0.3
    if item.installation is not None:
        return ("hash-comparison", 0.9) if item.installation.verified else ("manifest-analysis", 0.7 if item.version else 0.3)
    return "manifest-analysis", 0.7 if item.version else 0.4


def _references(item: Component, hashes: str) -> list[str]:
    rows = []
    for artifact in item.artifacts:
        if artifact.url:
            kind = "source-distribution" if artifact.filename.endswith(_SDISTS) else "distribution"
            own = hashes if artifact.digests == item.hashes else _hashes(artifact.digests)
            rows.append(f'{{"type":"{kind}","url":{quoted(iri(artifact.url))}{own}}}')
    source = item.source
    if source is not None and source.url:
        if source.kind == "vcs":
            comment = f',"comment":{quoted(f"commit {source.commit}")}' if source.commit else ""
            rows.append(f'{{"type":"vcs","url":{quoted(iri(source.url))}{comment}}}')
        elif source.kind == "url" and not rows:
            rows.append(f'{{"type":"distribution","url":{quoted(iri(source.url))}{hashes}}}')
    if item.metadata is not None:
        for label, url in item.metadata.urls:
            if "://" in url:
                rows.append(f'{{"type":"{reference_type(label)}","url":{quoted(iri(url))}}}')
    return list(unique(rows)) if len(rows) > 1 else rows


def _own_properties(item: Component) -> tuple[tuple[str, str], ...]:
    installation = item.installation
    if installation is None:
        return ()
    pairs = ((manifest.CONTENT, installation.content_digest), (manifest.INSTALLER, installation.installer))
    return tuple(pair for pair in pairs if pair[1])


@lru_cache(maxsize=4096)
def _properties(
    properties: tuple[tuple[str, str], ...], origin: Origin, pin: Pin, agent: bool, requirement: str, own: tuple[tuple[str, str], ...]
) -> str:
    pairs = [*properties, *own, (manifest.ORIGIN, origin.value), (manifest.PIN, pin.value)]
    if agent:
        pairs.append((manifest.AGENT, "true"))
    if requirement:
        pairs.append((manifest.REQUIREMENT, requirement))
    return dumps([prop(name, value) for name, value in sorted(pairs)])


@lru_cache(maxsize=4096)
def _licenses(expression: str, free_text: str, classifiers: tuple[str, ...]) -> str:
    from sbomgate.reporters.licenses import licenses

    found = licenses(Metadata(license_expression=expression, license_text=free_text, license_classifiers=classifiers))
    return f',"licenses":{dumps(found)}' if found else ""


def _hashes(digests: Sequence[Digest]) -> str:
    """`,"hashes":[…]` for the digests that CycloneDX has a name for; empty if there is none."""
    rows = [
        f'{{"alg":"{_HASH_NAMES[digest.alg]}","content":"{digest.value}"}}'
        for digest in digests
        if digest.alg in _HASH_NAMES and _is_digest(digest.value)
    ]
    return ',"hashes":[' + ",".join(rows) + "]" if rows else ""


def unique(items: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(items)
