"""What agents start, as services; start-up hooks, as files.

A hook is a component of its own, as its own bytes run at every start, and depends on the distribution that brought it: in
the graph, the way from the environment to the hook ends at who is to blame. It is not nested as well: readers that flatten
a document would count it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sbomgate import manifest
from sbomgate.model import Component, Inventory, Metadata, Server, StartupHook
from sbomgate.purl import without_version
from sbomgate.reporters.cyclonedx.components import licenses
from sbomgate.reporters.cyclonedx.layout import MAX_VERSION, prop
from sbomgate.reporters.cyclonedx.producers import producers
from sbomgate.reporters.cyclonedx.properties import unknown
from sbomgate.reporters.cyclonedx.urls import iri

_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]", "0.0.0.0"})  # noqa: S104 - compared with, not bound to
_PROJECT_FIRST = frozenset({"npx", "npm", "bunx", "bun"})
"""Launchers that start what is installed in the project, if it is, and fetch only what is not."""


def hook_ref(hook: StartupHook) -> str:
    return f"hook:{hook.location.path}"


def hook_row(ref: str, hook: StartupHook, owner: Component | None = None) -> dict[str, Any]:
    """A hook as a file, with version, supplier and licence of the distribution whose release has it: `owner`."""
    facts = [(f"{manifest.HOOK}{name}", value) for name, value in manifest.hook_facts(hook)]
    facts += [(f"{manifest.HOOK}{name}", value) for name, value in (("verdict", hook.verdict), ("owner", hook.owner)) if value]
    row: dict[str, Any] = {"bom-ref": ref, "type": "file", "name": manifest.hook_key(hook.location.path)}
    if owner is not None and owner.version:
        row["version"] = owner.version
    inherited = _members(owner.metadata) if owner is not None and owner.metadata is not None else {}
    row |= inherited
    evidence: dict[str, Any] = {}
    if manifest.is_digest(hook.sha256):
        row["hashes"] = [{"alg": "SHA-256", "content": hook.sha256}]
        method = {"technique": "hash-comparison", "confidence": 1.0, "value": hook.location.path}
        evidence["identity"] = [{"field": "hash", "confidence": 1.0, "concludedValue": hook.sha256, "methods": [method]}]
    evidence["occurrences"] = [
        {"location": hook.location.path, "line": hook.location.line} if hook.location.line else {"location": hook.location.path}
    ]
    facts += unknown(("supplier" in inherited, "licenses" in inherited, "hashes" in row, "version" in row))
    return {**row, "evidence": evidence, "properties": [prop(name, value) for name, value in sorted(facts)]}


def _members(metadata: Metadata) -> dict[str, Any]:
    import json

    members: dict[str, Any] = json.loads(f"{{{(producers(metadata) + licenses(metadata))[1:]}}}")
    return members


def setting_rows(inventories: Iterable[Inventory]) -> list[tuple[str, dict[str, Any]]]:
    """(reference, row) of each file that tells agents what they may do, what to run and what to heed, sorted; what it tells as properties."""
    facts: dict[str, set[tuple[str, str]]] = {}
    digests: dict[str, set[str]] = {}
    for inventory in inventories:
        for place, kind, text in manifest.setting_facts(inventory):
            facts.setdefault(place.path, set()).add((f"{manifest.SETTING}{kind}", text))
        for item in inventory.instructions:
            digests.setdefault(item.location.path, set()).add(item.sha256)
    rows = []
    for path in sorted(facts):
        row: dict[str, Any] = {"bom-ref": f"agent-file:{path}", "type": "file", "name": path}
        evidence: dict[str, Any] = {}
        if len(digests.get(path, ())) == 1 and manifest.is_digest(digest := next(iter(digests[path]))):
            row["hashes"] = [{"alg": "SHA-256", "content": digest}]
            method = {"technique": "hash-comparison", "confidence": 1.0, "value": path}
            evidence["identity"] = [{"field": "hash", "confidence": 1.0, "concludedValue": digest, "methods": [method]}]
        told = [*facts[path], *unknown((False, False, "hashes" in row, False))]
        evidence["occurrences"] = [{"location": path}]
        rows.append((row["bom-ref"], {**row, "evidence": evidence, "properties": [prop(name, value) for name, value in sorted(told)]}))
    return rows


def server_ref(server: Server) -> str:
    return f"server:{manifest.server_key(server.client, server.location.path, server.name)}"


def by_package(components: Iterable[Component]) -> dict[str, list[Component]]:
    """purl without version → the components of that package."""
    found: dict[str, list[Component]] = {}
    for item in components:
        found.setdefault(without_version(item.purl), []).append(item)
    return found


def implementations(server: Server, packages: Mapping[str, list[Component]]) -> list[Component]:
    """The components that implement `server` or are fetched with it, the one that it names first.

    A name that no lockfile decides means what is installed in the project, where the launcher looks there first and there is
    just one: that one stands beside what the configuration asks for.
    """
    found: dict[str, Component] = {}
    for purl in (server.purl, *server.extra_packages):
        named = packages.get(without_version(purl), []) if purl else []
        exact = [item for item in named if item.purl == purl]
        if purl == server.purl and "@" not in purl.partition("?")[0] and server.launcher in _PROJECT_FIRST:
            versions = [item for item in named if item.version]
            exact += versions if len(versions) == 1 else []
        found |= {item.purl: item for item in exact}
    return list(found.values())


def service(ref: str, server: Server, started: Sequence[Component] = ()) -> dict[str, Any]:
    """An MCP server as a service, with what its package says of itself; `started`: its `implementations`."""
    own = without_version(server.purl) if server.purl else ""
    metadata = next((item.metadata for item in started if item.metadata is not None and without_version(item.purl) == own), None)
    facts = [(f"{manifest.SERVER}{name}", value) for name, value in manifest.server_facts(server)]
    facts += [
        (f"{manifest.SERVER}key", manifest.server_key(server.client, server.location.path, server.name)),
        (f"{manifest.SERVER}client", server.client),
        (f"{manifest.SERVER}scope", server.scope),
        *([(f"{manifest.SERVER}implemented-at", str(server.implemented_at))] if server.implemented_at else []),
    ]
    facts += [(f"{manifest.SERVER}env-name", name) for name in server.env_names]
    row: dict[str, Any] = {"bom-ref": ref}
    host = _host(server.url) if server.url else ""
    if host and host not in _LOCAL:
        row["provider"] = {"name": host}
    elif metadata is not None and "supplier" in (known := _members(metadata)):
        row["provider"] = known["supplier"]
    if server.ecosystem == "npm" and "/" in server.package:
        row["group"] = server.package.rpartition("/")[0]
    row["name"] = server.name or "unnamed"
    if server.version:
        row["version"] = server.version[:MAX_VERSION]
    if metadata is not None and metadata.summary:
        row["description"] = metadata.summary
    if server.url:
        row["endpoints"] = [iri(server.url)]
        row["x-trust-boundary"] = host not in _LOCAL
    config = {"type": "configuration", "url": iri(server.location.path)}
    if server.location.line:
        config["comment"] = f"line {server.location.line}"
    return {**row, "externalReferences": [config], "properties": [prop(name, value) for name, value in sorted(facts)]}


def _host(url: str) -> str:
    """The host of `url`, without login and port; empty where there is none to be told."""
    place = url.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    name = place.partition("]")[0] + "]" if place.startswith("[") else place.partition(":")[0]
    return name.lower() if name.isascii() and name.isprintable() and not set("${}<>%* ") & set(name) else ""
