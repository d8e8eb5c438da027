"""CycloneDX documents, written directly from the inventory.

Not with cyclonedx-python-lib: its `register_dependency` and `Bom.validate` are quadratic, and it has no compositions.
The library reads our documents in the tests, and writes XML and older versions.

Source: CycloneDX 1.6, JSON schema `bom-1.6.schema.json`; property names of ours begin with `sbomgate:` and stand in
`manifest.py`, the others are of the official taxonomy.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from sbomgate import __version__, manifest
from sbomgate.errors import UsageError
from sbomgate.inventory import merge, nested
from sbomgate.model import Component, Digest, Inventory, Metadata, Origin, Pin, Report, Server, StartupHook
from sbomgate.reporters.encode import dumps, quoted, safe

SPEC_VERSION = "1.6"
_ROOT = "root"
_BATCH = 500
"""Rows of one piece: half a megabyte."""
_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz")
_HASH_NAMES = manifest.HASH_NAMES
_is_digest = manifest.is_digest
_URL_SAFE = "._~:/?@!$&'()*+,;=%-"
_URL_IS_SAFE = re.compile(r"[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*\Z").match
_NUMBER = re.compile(r' bom-ref="occurrence-[0-9]{9}"')
_NOT_XML = "[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLAIN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~:/@!$&'()*+,;=-]*)?\Z")
"""What nearly every URL looks like: told at once."""
_URL = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?://(?:[^@/?#:]*(?::[^@/?#]*)?@)?[^@/?#:]*(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))(?:[^%]|%[0-9A-Fa-f]{2})*\Z"
)
"""A scheme, then an authority with one user and a port of digits, or none at all. Source: RFC 3986."""
_LABELS = {
    "homepage": "website", "home": "website", "source": "vcs", "sourcecode": "vcs", "repository": "vcs", "github": "vcs", "code": "vcs", "documentation": "documentation",
    "docs": "documentation", "changelog": "release-notes", "changes": "release-notes", "releasenotes": "release-notes", "whatsnew": "release-notes", "history": "release-notes",
    "issues": "issue-tracker", "tracker": "issue-tracker", "bugtracker": "issue-tracker", "issuetracker": "issue-tracker", "bugs": "issue-tracker", "download": "distribution",
    "chat": "chat", "discord": "chat", "slack": "chat",
}  # fmt: skip
"""Well-known labels of PEP 753, normalised as it says, → types of external references."""


def render(report: Report, *, color: bool = False, width: int = 0, reproducible: bool = False) -> str:
    """One document over all targets of the report, ASCII, with a final newline."""
    return text(report.inventories, reproducible=reproducible)


def document(inventories: Sequence[Inventory], *, reproducible: bool = False) -> dict[str, Any]:
    """The document of `inventories` as plain values; see `text`."""
    parsed: dict[str, Any] = json.loads(text(inventories, reproducible=reproducible))
    return parsed


def text(inventories: Sequence[Inventory], *, reproducible: bool = False) -> str:
    """The CycloneDX document of `inventories` as JSON, one component, service or dependency a line: a diff shows what changed.

    `reproducible`: no random serial number, and the time of SOURCE_DATE_EPOCH or none.
    """
    return "".join(pieces(inventories, reproducible=reproducible))


def pieces(inventories: Sequence[Inventory], *, reproducible: bool = False) -> Iterator[str]:
    """`text` in pieces of some hundred lines: of 20,000 packages it has 23 MB, and memory that is used again is quicker too.

    Components and dependency rows are written as text: building and encoding a dictionary for each takes three times as
    long.
    """
    components, inside = nested(merge(sorted((item for inventory in inventories for item in inventory.components), key=attrgetter("purl"))))
    agents = frozenset().union(*(inventory.agent for inventory in inventories))
    hooks = _referenced(_hook_ref, (hook for inventory in inventories for hook in inventory.hooks))
    servers = _referenced(_server_ref, (server for inventory in inventories for server in inventory.servers))
    complete = bool(inventories) and all(not inventory.problems and inventory.sources for inventory in inventories)
    known = {item.purl for item in components}
    roots = sorted({purl for inventory in inventories for purl in inventory.roots} & known)
    rows = chain(
        (_component(item, agents, inside.get(item.purl, ())) for item in components),
        (dumps(_hook(ref, hook)) for ref, hook in hooks),
    )
    dependencies = chain(
        [_dependency(_ROOT, [*roots, *(ref for ref, _ in servers), *(ref for ref, _ in hooks)])],
        chain.from_iterable(_dependencies(item, known, inside.get(item.purl, ())) for item in components),
        (_dependency(ref, [hook.owner] if hook.owner in known else []) for ref, hook in hooks),
        (_dependency(ref, _unique(purl for purl in (server.purl, *server.extra_packages) if purl in known)) for ref, server in servers),
    )
    head = _head(inventories, complete=complete, reproducible=reproducible)
    yield "{\n"
    for key, value in head.items():
        yield f"  {dumps(key)}: {dumps(value)},\n"
    yield from _array("components", rows)
    if servers:
        yield ",\n"
        yield from _array("services", (dumps(_service(ref, server)) for ref, server in servers))
    yield ",\n"
    yield from _array("dependencies", dependencies)
    yield ",\n"
    yield from _array("compositions", [dumps({"aggregate": "complete" if complete else "incomplete"})])
    yield "\n}\n"


def formatted(bom: dict[str, Any]) -> str:
    """A document that is at hand as plain values, laid out as `text` does it."""
    parts = [
        "".join(_array(key, map(dumps, value))) if isinstance(value, list) else f"  {dumps(key)}: {dumps(value)}"
        for key, value in bom.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _array(key: str, rows: Iterable[str]) -> Iterator[str]:
    rows = iter(rows)
    yield f'  "{key}": ['
    between = "\n    "
    while batch := list(islice(rows, _BATCH)):
        yield safe(between + ",\n    ".join(batch))
        between = ",\n    "
    yield "]" if between == "\n    " else "\n  ]"


def converted(bom: dict[str, Any], spec_version: str = SPEC_VERSION, output_format: str = "json") -> str:
    """The document as text of another version or as XML.

    1.6 and 1.7 are the same for what we write. Older versions and XML go through cyclonedx-python-lib, which leaves out
    what a version has no field for; it knows no compositions, so JSON gets them back.
    """
    if output_format == "json" and spec_version in ("1.6", "1.7"):
        return formatted({**bom, "$schema": f"http://cyclonedx.org/schema/bom-{spec_version}.schema.json", "specVersion": spec_version})
    import warnings

    from cyclonedx.model.bom import Bom
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    if spec_version == "1.4" and bom["metadata"]["component"]["type"] == "platform":  # a type since 1.5
        bom = {**bom, "metadata": {**bom["metadata"], "component": {**bom["metadata"]["component"], "type": "application"}}}
    bom = {**bom, "components": _numbered(bom["components"])}
    parsed = Bom.from_json(_xml_safe(bom) if output_format == "xml" else bom)  # type: ignore[attr-defined]  # added by a decorator
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a root without dependencies: it may well have none
        output = make_outputter(parsed, OutputFormat[output_format.upper()], SchemaVersion.from_version(spec_version))
        written = output.output_as_string(indent=2 if output_format == "xml" else None)
    # the library makes up what the document leaves out on purpose
    if output_format == "xml":
        text = _NUMBER.sub("", written).rstrip("\n") + "\n"
        if "serialNumber" not in bom:
            text = re.sub(r'( serialNumber="[^"]*")', "", text, count=1)
        if "timestamp" not in bom["metadata"]:
            text = re.sub(r"\n *<timestamp>[^<]*</timestamp>", "", text, count=1)
        return text
    older = json.loads(written)
    for component in older.get("components", ()):
        for occurrence in component.get("evidence", {}).get("occurrences", ()):
            occurrence.pop("bom-ref", None)
    if "serialNumber" not in bom:
        older.pop("serialNumber", None)
    if "timestamp" not in bom["metadata"]:
        older["metadata"].pop("timestamp", None)
    return formatted({**older, "compositions": bom["compositions"]})


def _numbered(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`components` with references for their occurrences: without, the library gives each a random place."""
    rows = []
    for row in components:
        occurrences = [{"bom-ref": f"occurrence-{number:09}", **place} for number, place in enumerate(row["evidence"]["occurrences"])]
        rows.append({**row, "evidence": {**row["evidence"], "occurrences": occurrences}})
    return rows


def _xml_safe(value: Any) -> Any:
    """`value` with the characters that XML 1.0 has no way to write shown as escapes."""
    if isinstance(value, str):
        return re.sub(_NOT_XML, lambda match: match[0].encode("unicode_escape").decode(), value)
    if isinstance(value, list):
        return [_xml_safe(item) for item in value]
    return {key: _xml_safe(item) for key, item in value.items()} if isinstance(value, dict) else value


def _head(inventories: Sequence[Inventory], *, complete: bool, reproducible: bool) -> dict[str, Any]:
    """Everything above the components."""
    head: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
    }
    metadata = _metadata(inventories, complete)
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdecimal() or not reproducible:
        from datetime import UTC, datetime

        try:
            moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise UsageError(f"SOURCE_DATE_EPOCH is no time ({epoch[:40]!r})", fix="set it to seconds since 1970") from error
        metadata = {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), **metadata}
    elif reproducible:
        metadata["properties"].append(_property("cdx:reproducible", "true"))
    if not reproducible:
        from uuid import uuid4

        head["serialNumber"] = f"urn:uuid:{uuid4()}"
    return {**head, "version": 1, "metadata": metadata}


def _metadata(inventories: Sequence[Inventory], complete: bool) -> dict[str, Any]:
    phases = []
    origins = {item.origin for inventory in inventories for item in inventory.components}
    if origins - {Origin.INSTALLED, Origin.BUNDLED}:
        phases.append({"phase": "pre-build"})
    if Origin.INSTALLED in origins:
        phases.append({"phase": "post-build"})
    problems = [
        _property(manifest.PROBLEM, ": ".join(filter(None, (item.path, item.where, item.what))))
        for inventory in inventories
        for item in inventory.problems
    ]
    tool = {"type": "application", "name": "sbomgate", "version": __version__}
    return {
        **({"lifecycles": phases} if phases else {}),
        "tools": {"components": [tool]},
        "component": _root(inventories),
        "licenses": [{"license": {"id": "CC0-1.0"}}],
        "properties": [_property(manifest.COMPLETE, "true" if complete else "false"), *problems],
    }


def _root(inventories: Sequence[Inventory]) -> dict[str, Any]:
    """What the document is about: the one project that was found, else the target by its name."""
    projects = [item for inventory in inventories for item in inventory.components if item.origin is Origin.PROJECT and item.name]
    paths = [os.path.abspath(inventory.target.path) for inventory in inventories]
    name = os.path.basename(paths[0]) if len(paths) == 1 else os.path.basename(os.path.commonpath(paths))
    if len({item.purl for item in projects}) == 1:
        found = projects[0]
        return {"bom-ref": _ROOT, "type": "application", "name": found.name, **({"version": found.version} if found.version else {})}
    kind = "platform" if all(inventory.target.kind == "environment" for inventory in inventories) else "application"
    return {"bom-ref": _ROOT, "type": kind, "name": name or "target"}


def _component(item: Component, agents: Container[str], inside: Sequence[Component] = (), ref: str = "") -> str:
    """One component as JSON text, in the order of the schema, with what lies `inside` of its artifact."""
    purl = quoted(item.purl)
    kind = "container" if item.ecosystem == "oci" else "application" if item.origin is Origin.PROJECT else "library"
    name = item.name
    group = about = licenses = ""
    if item.ecosystem == "npm" and "/" in name:
        group, _, name = name.rpartition("/")
        group = f',"group":{quoted(group)}'
    version = f',"version":{quoted(item.version)}' if item.version else ""
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
    parts = ",".join([_component(part, agents, ref=_inner_ref(item, part.purl)) for part in inside])
    if parts:
        parts = f',"components":[{parts}]'
    agent = item.purl in agents
    return (
        f'{{"bom-ref":{quoted(ref) if ref else purl},"type":"{kind}"{group},"name":{quoted(name)}{version}{about}{scope}{hashes}{licenses},"purl":{purl}{references},'
        f'"evidence":{{"identity":[{{"field":"purl","confidence":{confidence},"concludedValue":{purl},"methods":[{{"technique":"{technique}",'
        f'"confidence":{confidence},"value":{quoted(item.locations[0].path)}}}]}}],"occurrences":[{places}]}},'
        f'"properties":{_properties(item.properties, item.origin, item.pin, agent, item.requirement, _own_properties(item))}{parts}}}'
    )


def _inner_ref(owner: Component, purl: str) -> str:
    """The reference of a component inside the artifact of `owner`: the same one may lie in several."""
    return f"{purl} in {owner.purl}"


def _dependencies(item: Component, known: set[str], inside: Sequence[Component]) -> Iterator[str]:
    """The row of `item` and of what lies inside of it, which needs that of its own artifact first."""
    if not inside:
        yield _dependency(
            item.purl, item.dependencies if known.issuperset(item.dependencies) else [purl for purl in item.dependencies if purl in known]
        )
        return
    inner = {part.purl: _inner_ref(item, part.purl) for part in inside}
    for part in (item, *inside):
        targets = (inner.get(purl) or (purl if purl in known else "") for purl in part.dependencies)
        yield _dependency(inner.get(part.purl, part.purl), filter(None, targets))


def _dependency(ref: str, targets: Iterable[str]) -> str:
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
            rows.append(f'{{"type":"{kind}","url":{quoted(_url(artifact.url))}{own}}}')
    source = item.source
    if source is not None and source.url:
        if source.kind == "vcs":
            comment = f',"comment":{quoted(f"commit {source.commit}")}' if source.commit else ""
            rows.append(f'{{"type":"vcs","url":{quoted(_url(source.url))}{comment}}}')
        elif source.kind == "url" and not rows:
            rows.append(f'{{"type":"distribution","url":{quoted(_url(source.url))}{hashes}}}')
    if item.metadata is not None:
        for label, url in item.metadata.urls:
            if "://" in url:
                rows.append(f'{{"type":"{_reference_type(label)}","url":{quoted(_url(url))}}}')
    return list(_unique(rows)) if len(rows) > 1 else rows


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
    return dumps([_property(name, value) for name, value in sorted(pairs)])


@lru_cache(maxsize=4096)
def _licenses(expression: str, free_text: str, classifiers: tuple[str, ...]) -> str:
    from sbomgate.reporters.licenses import licenses

    found = licenses(Metadata(license_expression=expression, license_text=free_text, license_classifiers=classifiers))
    return f',"licenses":{dumps(found)}' if found else ""


def _referenced(ref: Callable[[Any], str], nouns: Iterable[Any]) -> list[tuple[str, Any]]:
    """(reference, noun), sorted: a place that occurs in several targets gets a number, so that none hides another."""
    found: dict[str, Any] = {}
    for name, _, noun in sorted((ref(noun), repr(noun), noun) for noun in dict.fromkeys(nouns)):
        number = 1
        while (unique := f"{name}#{number}" if number > 1 else name) in found:
            number += 1
        found[unique] = noun
    return list(found.items())


def _hook_ref(hook: StartupHook) -> str:
    return f"hook:{hook.location.path}"


def _hook(ref: str, hook: StartupHook) -> dict[str, Any]:
    facts = [(f"{manifest.HOOK}{name}", value) for name, value in manifest.hook_facts(hook)]
    facts += [(f"{manifest.HOOK}{name}", value) for name, value in (("verdict", hook.verdict), ("owner", hook.owner)) if value]
    row: dict[str, Any] = {"bom-ref": ref, "type": "file", "name": manifest.hook_key(hook.location.path)}
    if _is_digest(hook.sha256):
        row["hashes"] = [{"alg": "SHA-256", "content": hook.sha256}]
    place = {"location": hook.location.path, "line": hook.location.line} if hook.location.line else {"location": hook.location.path}
    return {**row, "evidence": {"occurrences": [place]}, "properties": [_property(name, value) for name, value in sorted(facts)]}


def _server_ref(server: Server) -> str:
    return f"server:{manifest.server_key(server.client, server.location.path, server.name)}"


def _service(ref: str, server: Server) -> dict[str, Any]:
    facts = [(f"{manifest.SERVER}{name}", value) for name, value in manifest.server_facts(server)]
    facts += [
        (f"{manifest.SERVER}key", manifest.server_key(server.client, server.location.path, server.name)),
        (f"{manifest.SERVER}client", server.client),
        (f"{manifest.SERVER}scope", server.scope),
    ]
    facts += [(f"{manifest.SERVER}env-name", name) for name in server.env_names]
    row: dict[str, Any] = {"bom-ref": ref, "name": server.name or "unnamed"}
    if server.version:
        row["version"] = server.version
    if server.url:
        row["endpoints"] = [_url(server.url)]
        row["x-trust-boundary"] = True
    return {**row, "properties": [_property(name, value) for name, value in sorted(facts)]}


def _hashes(digests: Sequence[Digest]) -> str:
    """`,"hashes":[…]` for the digests that CycloneDX has a name for; empty if there is none."""
    rows = [
        f'{{"alg":"{_HASH_NAMES[digest.alg]}","content":"{digest.value}"}}'
        for digest in digests
        if digest.alg in _HASH_NAMES and _is_digest(digest.value)
    ]
    return ',"hashes":[' + ",".join(rows) + "]" if rows else ""


@lru_cache(maxsize=1024)
def _reference_type(label: str) -> str:
    return _LABELS.get(re.sub(r"[^a-z0-9]", "", label.lower()), "other")


def _url(url: str) -> str:
    """`url` with what no IRI reference may hold percent-encoded; only the first `#` begins a fragment."""
    if _PLAIN_URL.match(url) or (_URL_IS_SAFE(url) and not _STRAY_PERCENT.search(url) and _URL.match(url)):
        return url
    from urllib.parse import quote

    head, hash_, fragment = _STRAY_PERCENT.sub("%25", url).partition("#")
    head, fragment = (quote(part, safe=_URL_SAFE, errors="backslashreplace") for part in (head, fragment))
    if not _URL.match(head):  # no scheme, no port: then it is a path, and what made it look like more is encoded
        head = quote(head, safe="._~/%-").lstrip("/")
    return f"{head}{hash_}{fragment}"


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def _unique(items: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(items)
