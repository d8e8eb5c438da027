"""Where a component, its source and its pages are to be had."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sbomgate.model import Artifact, Component, Digest
from sbomgate.reporters.cyclonedx.urls import iri, is_repository, reference_type
from sbomgate.reporters.encode import quoted

SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz")


def references(item: Component, written: str, hashes: Callable[[Sequence[Digest]], str]) -> str:
    """`,"externalReferences":[…]`; empty if none is known. No type and address stands there twice.

    `written`: what `hashes` gives for the digests of `item`.
    """
    artifacts, source, metadata = item.artifacts, item.source, item.metadata
    if len(artifacts) == 1 and (metadata is None or not metadata.urls) and (source is None or source.kind == "index"):
        return _only(artifacts[0], item, written, hashes)  # what most rows of a lockfile have
    found: dict[tuple[str, str], str] = {}
    for artifact in artifacts:
        if artifact.url:
            own = written if artifact.digests == item.hashes else hashes(artifact.digests)
            found.setdefault((_kind(artifact, item.ecosystem), iri(artifact.url)), own)
    if source is not None and source.url:
        if source.kind == "vcs":
            found["vcs", iri(source.url)] = f',"comment":{quoted(f"commit {source.commit}")}' if source.commit else ""
        elif source.kind == "url" and not found:
            found["distribution", iri(source.url)] = written
    if metadata is not None:
        for label, url in metadata.urls:
            if "://" in url:
                kind = reference_type(label)
                comment = f',"comment":{quoted(label)}' if kind == "other" and label else ""
                found.setdefault((kind, iri(url)), comment)
        if not any(kind == "vcs" for kind, _ in found):
            found |= {("vcs", url): "" for kind, url in [*found] if kind == "website" and is_repository(url)}
    rows = ",".join([f'{{"type":"{kind}","url":{quoted(url)}{rest}}}' for (kind, url), rest in found.items()])
    return f',"externalReferences":[{rows}]' if rows else ""


def _only(artifact: Artifact, item: Component, written: str, hashes: Callable[[Sequence[Digest]], str]) -> str:
    if not artifact.url:
        return ""
    own = written if artifact.digests == item.hashes else hashes(artifact.digests)
    return f',"externalReferences":[{{"type":"{_kind(artifact, item.ecosystem)}","url":{quoted(iri(artifact.url))}{own}}}]'


def _kind(artifact: Artifact, ecosystem: str) -> str:
    """npm has no sdists: a `.tar.gz` there is the package as it is installed."""
    return "source-distribution" if ecosystem == "pypi" and artifact.filename.endswith(SDISTS) else "distribution"
