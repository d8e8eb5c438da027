"""CycloneDX documents, written directly from the inventory.

Not with cyclonedx-python-lib: its `register_dependency` and `Bom.validate` are quadratic, and it has no compositions.
The library reads our documents in the tests, and writes XML and older versions.

Source: CycloneDX 1.6, JSON schema `bom-1.6.schema.json`; property names of ours begin with `sbomgate:` and stand in
`manifest.py`, the others are of the official taxonomy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sbomgate import __version__, manifest
from sbomgate.inventory import edges, merge
from sbomgate.model import Artifact, Component, Digest, Inventory, Origin, Report, Server, StartupHook
from sbomgate.reporters.encode import dumps

SPEC_VERSION = "1.6"
_ROOT = "root"
_HEX = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})\Z")
_URL_SAFE = "._~:/?@!$&'()*+,;=%-"
_URL_UNSAFE = re.compile(r"[^A-Za-z0-9._~:/?@!$&'()*+,;=%-]")
_LABELS = {
    "homepage": "website", "home": "website", "source": "vcs", "sourcecode": "vcs", "repository": "vcs", "github": "vcs", "code": "vcs", "documentation": "documentation",
    "docs": "documentation", "changelog": "release-notes", "changes": "release-notes", "releasenotes": "release-notes", "whatsnew": "release-notes", "history": "release-notes",
    "issues": "issue-tracker", "tracker": "issue-tracker", "bugtracker": "issue-tracker", "issuetracker": "issue-tracker", "bugs": "issue-tracker", "download": "distribution",
    "chat": "chat", "discord": "chat", "slack": "chat",
}  # fmt: skip
"""Well-known labels of PEP 753, normalised as it says, → types of external references."""


def render(report: Report, *, color: bool = False, width: int = 0, reproducible: bool = False) -> str:
    """One document over all targets of the report, ASCII, with a final newline."""
    return text(document(report.inventories, reproducible=reproducible))


def text(bom: dict[str, Any]) -> str:
    """The document as JSON with one component, service or dependency a line: quick to write, and a diff shows what changed."""
    parts = []
    for key, value in bom.items():
        if isinstance(value, list) and value:
            rows = ",\n    ".join(map(dumps, value))
            parts.append(f"  {dumps(key)}: [\n    {rows}\n  ]")
        else:
            parts.append(f"  {dumps(key)}: {dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def converted(bom: dict[str, Any], spec_version: str = SPEC_VERSION, output_format: str = "json") -> str:
    """The document as text of another version or as XML.

    1.6 and 1.7 are the same for what we write. Older versions and XML go through cyclonedx-python-lib, which leaves out
    what a version has no field for; it knows no compositions, so JSON gets them back.
    """
    if output_format == "json" and spec_version in ("1.6", "1.7"):
        return text({**bom, "$schema": f"http://cyclonedx.org/schema/bom-{spec_version}.schema.json", "specVersion": spec_version})
    import json

    from cyclonedx.model.bom import Bom
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    if spec_version == "1.4" and bom["metadata"]["component"]["type"] == "platform":  # a type since 1.5
        bom = {**bom, "metadata": {**bom["metadata"], "component": {**bom["metadata"]["component"], "type": "application"}}}
    parsed = Bom.from_json(bom)  # type: ignore[attr-defined]  # added by a decorator
    output = make_outputter(parsed, OutputFormat[output_format.upper()], SchemaVersion.from_version(spec_version))
    if output_format == "xml":
        return output.output_as_string(indent=2) + "\n"
    older = json.loads(output.output_as_string())
    if "serialNumber" not in bom:
        older.pop("serialNumber", None)
    return text({**older, "compositions": bom["compositions"]})


def document(inventories: Sequence[Inventory], *, reproducible: bool = False) -> dict[str, Any]:
    """The CycloneDX document of `inventories` as plain values.

    `reproducible`: no time and no random serial number: the serial number is derived from the content, and the
    timestamp is that of SOURCE_DATE_EPOCH or left out.
    """
    components = merge(sorted((item for inventory in inventories for item in inventory.components), key=lambda item: item.purl))
    agents = frozenset().union(*(inventory.agent for inventory in inventories))
    hooks = [hook for inventory in inventories for hook in inventory.hooks]
    servers = [server for inventory in inventories for server in inventory.servers]
    complete = all(not inventory.problems and inventory.sources for inventory in inventories)
    graph = edges(components)
    known = graph.keys()
    rows = [_component(item, item.purl in agents) for item in components]
    hook_rows = sorted((_hook(hook) for hook in hooks), key=lambda row: str(row["bom-ref"]))
    service_rows = sorted((_service(server) for server in servers), key=lambda row: str(row["bom-ref"]))
    roots = sorted({purl for inventory in inventories for purl in inventory.roots} & known)
    root_edges = [*roots, *(row["bom-ref"] for row in service_rows), *(row["bom-ref"] for row in hook_rows)]
    dependencies = [{"ref": _ROOT, "dependsOn": _unique(root_edges)}]
    dependencies += [{"ref": purl, "dependsOn": [other for other in graph[purl] if other in known]} for purl in graph]
    dependencies += [{"ref": row["bom-ref"], "dependsOn": [hook.owner] if hook.owner in known else []} for row, hook in _paired(hook_rows, hooks, _hook_ref)]
    dependencies += [
        {"ref": row["bom-ref"], "dependsOn": [purl for purl in (server.purl, *server.extra_packages) if purl in known]} for row, server in _paired(service_rows, servers, _server_ref)
    ]
    bom: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": "",
        "version": 1,
        "metadata": _metadata(inventories, complete),
        "components": rows + hook_rows,
        "services": service_rows,
        "dependencies": dependencies,
        "compositions": [{"aggregate": "complete" if complete else "incomplete"}],
    }
    if not service_rows:
        del bom["services"]
    _stamp(bom, reproducible)
    return {"$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json", **bom}


def _stamp(bom: dict[str, Any], reproducible: bool) -> None:
    import uuid

    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdecimal() or not reproducible:
        from datetime import UTC, datetime

        moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
        bom["metadata"] = {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), **bom["metadata"]}
    if reproducible:
        del bom["serialNumber"]
        bom["metadata"]["properties"] = sorted([*bom["metadata"]["properties"], _property("cdx:reproducible", "true")], key=lambda row: str(row["name"]))
    else:
        bom["serialNumber"] = f"urn:uuid:{uuid.uuid4()}"


def _metadata(inventories: Sequence[Inventory], complete: bool) -> dict[str, Any]:
    phases = []
    origins = {item.origin for inventory in inventories for item in inventory.components}
    if origins - {Origin.INSTALLED}:
        phases.append({"phase": "pre-build"})
    if Origin.INSTALLED in origins:
        phases.append({"phase": "post-build"})
    problems = [_property(manifest.PROBLEM, ": ".join(filter(None, (item.path, item.where, item.what)))) for inventory in inventories for item in inventory.problems]
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


def _component(item: Component, agent: bool) -> dict[str, Any]:
    group, _, name = item.name.rpartition("/") if item.ecosystem == "npm" else ("", "", item.name)
    row: dict[str, Any] = {"bom-ref": item.purl, "type": "application" if item.origin is Origin.PROJECT else "library"}
    if item.ecosystem == "oci":
        row["type"] = "container"
    if group:
        row["group"] = group
    row["name"] = name
    if item.version:
        row["version"] = item.version
    metadata = item.metadata
    if metadata is not None:
        if metadata.summary:
            row["description"] = metadata.summary
        if metadata.author:
            row["supplier"] = {"name": metadata.author}
            row["authors"] = [{"name": metadata.author}]
    if item.scope != "runtime":
        row["scope"] = "excluded" if item.scope == "dev" else "optional"
    if hashes := _hashes(item.hashes):
        row["hashes"] = hashes
    if metadata is not None:
        from sbomgate.reporters.licenses import licenses

        if found := licenses(metadata):
            row["licenses"] = found
    row["purl"] = item.purl
    if references := _references(item):
        row["externalReferences"] = references
    row["evidence"] = _evidence(item)
    row["properties"] = _properties(item, agent)
    return row


def _evidence(item: Component) -> dict[str, Any]:
    technique, confidence = _identity(item)
    method = {"technique": technique, "confidence": confidence, "value": item.locations[0].path}
    occurrences = [{"location": place.path, "line": place.line} if place.line else {"location": place.path} for place in item.locations]
    return {"identity": [{"field": "purl", "confidence": confidence, "concludedValue": item.purl, "methods": [method]}], "occurrences": occurrences}


def _identity(item: Component) -> tuple[str, float]:
    """How its identity is known, and how surely: files equal to RECORD 0.9, metadata or a locked version 0.7, less for the rest."""
    if item.installation is not None:
        return ("hash-comparison", 0.9) if item.installation.verified else ("manifest-analysis", 0.7 if item.version else 0.3)
    return "manifest-analysis", 0.7 if item.version else 0.4


def _references(item: Component) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for artifact in item.artifacts:
        if artifact.url:
            rows.append(_artifact(artifact))
    if item.source is not None and item.source.kind == "vcs" and item.source.url:
        rows.append({"type": "vcs", "url": _url(item.source.url), **({"comment": f"commit {item.source.commit}"} if item.source.commit else {})})
    elif item.source is not None and item.source.kind == "url" and not item.artifacts and item.source.url:
        rows.append({"type": "distribution", "url": _url(item.source.url), **({"hashes": hashes} if (hashes := _hashes(item.hashes)) else {})})
    if item.metadata is not None:
        for label, url in item.metadata.urls:
            if "://" in url:
                rows.append({"type": _reference_type(label), "url": _url(url)})
    return [row for index, row in enumerate(rows) if row not in rows[:index]] if len(rows) > 1 else rows


def _artifact(artifact: Artifact) -> dict[str, Any]:
    row: dict[str, Any] = {"type": "source-distribution" if artifact.filename.endswith((".tar.gz", ".zip", ".tar.bz2")) else "distribution", "url": _url(artifact.url)}
    if hashes := _hashes(artifact.digests):
        row["hashes"] = hashes
    return row


def _properties(item: Component, agent: bool) -> list[dict[str, str]]:
    pairs = [*item.properties, (manifest.ORIGIN, item.origin.value), (manifest.PIN, item.pin.value)]
    if agent:
        pairs.append((manifest.AGENT, "true"))
    if item.requirement:
        pairs.append((manifest.REQUIREMENT, item.requirement))
    if item.installation is not None:
        if item.installation.content_digest:
            pairs.append((manifest.CONTENT, item.installation.content_digest))
        if item.installation.installer:
            pairs.append((manifest.INSTALLER, item.installation.installer))
    pairs.sort()
    return [{"name": name, "value": value} for name, value in pairs]


def _hook_ref(hook: StartupHook) -> str:
    return f"hook:{hook.location.path}"


def _hook(hook: StartupHook) -> dict[str, Any]:
    facts = [(f"{manifest.HOOK}{name}", value) for name, value in manifest.hook_facts(hook)]
    facts += [(f"{manifest.HOOK}verdict", hook.verdict)] + ([(f"{manifest.HOOK}owner", hook.owner)] if hook.owner else [])
    row: dict[str, Any] = {"bom-ref": _hook_ref(hook), "type": "file", "name": manifest.hook_key(hook.location.path)}
    if _HEX.match(hook.sha256):
        row["hashes"] = [{"alg": "SHA-256", "content": hook.sha256}]
    place = {"location": hook.location.path, "line": hook.location.line} if hook.location.line else {"location": hook.location.path}
    return {**row, "evidence": {"occurrences": [place]}, "properties": [_property(name, value) for name, value in sorted(facts)]}


def _server_ref(server: Server) -> str:
    return f"server:{manifest.server_key(server.client, server.location.path, server.name)}"


def _service(server: Server) -> dict[str, Any]:
    key = manifest.server_key(server.client, server.location.path, server.name)
    facts = [(f"{manifest.SERVER}{name}", value) for name, value in manifest.server_facts(server)]
    facts += [(f"{manifest.SERVER}key", key), (f"{manifest.SERVER}client", server.client), (f"{manifest.SERVER}scope", server.scope)]
    facts += [(f"{manifest.SERVER}env-name", name) for name in server.env_names]
    row: dict[str, Any] = {"bom-ref": _server_ref(server), "name": server.name or "unnamed"}
    if server.version:
        row["version"] = server.version
    if server.url:
        row["endpoints"] = [_url(server.url)]
        row["x-trust-boundary"] = True
    return {**row, "properties": [_property(name, value) for name, value in sorted(facts)]}


def _hashes(digests: Sequence[Digest]) -> list[dict[str, str]]:
    names = manifest.HASH_NAMES
    return [{"alg": names[digest.alg], "content": digest.value} for digest in digests if digest.alg in names and _HEX.match(digest.value)]


@lru_cache(maxsize=1024)
def _reference_type(label: str) -> str:
    return _LABELS.get(re.sub(r"[^a-z0-9]", "", label.lower()), "other")


def _url(url: str) -> str:
    """`url` with what no IRI reference may hold percent-encoded; only the first `#` begins a fragment."""
    if not _URL_UNSAFE.search(url):
        return url
    from urllib.parse import quote

    head, hash_, fragment = url.partition("#")
    head, fragment = (quote(part, safe=_URL_SAFE, errors="backslashreplace") for part in (head, fragment))
    return f"{head}{hash_}{fragment}"


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def _unique(refs: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(refs))


def _paired(rows: list[dict[str, Any]], nouns: Sequence[Any], ref: Any) -> list[tuple[dict[str, Any], Any]]:
    by_ref = {ref(noun): noun for noun in nouns}
    return [(row, by_ref[row["bom-ref"]]) for row in rows]
