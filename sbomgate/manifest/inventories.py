"""The manifest that an inventory would be written as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sbomgate.agent_model import FIELDS
from sbomgate.inventory import merge
from sbomgate.manifest.names import HASH_NAMES, hook_facts, hook_key, is_digest, server_facts, server_key, setting_facts
from sbomgate.manifest.nouns import Known, Manifest, Package, gathered
from sbomgate.model import Component, Inventory, Location, Metadata, Origin, Server, StartupHook
from sbomgate.purl import without_version
from sbomgate.text import without_surrogates


def from_inventory(inventory: Inventory) -> Manifest:
    """What a manifest of `inventory` would say."""
    packages: dict[str, list[Package]] = {}
    for item in merge(inventory.components):
        hashes = frozenset(
            (HASH_NAMES[digest.alg], digest.value) for digest in item.hashes if digest.alg in HASH_NAMES and is_digest(digest.value)
        )
        package = Package(
            purl=item.purl,
            version=without_surrogates(item.version),
            hashes=hashes,
            content=item.installation.content_digest if item.installation else "",
            agent=item.purl in inventory.agent,
            location=item.locations[0],
            bundled=item.origin is Origin.BUNDLED,
            licenses=() if item.origin is Origin.PROJECT else _licenses(item),  # its own licence is nothing that was brought in
            project=item.origin is Origin.PROJECT,
        )
        packages.setdefault(without_version(item.purl), []).append(package)
    return Manifest(
        path=inventory.target.path,
        packages={key: tuple(value) for key, value in packages.items()},
        hooks=gathered(map(_hook, inventory.hooks)),
        servers=gathered(map(_server, inventory.servers)),
        settings=_settings(inventory),
        complete=not inventory.problems and bool(inventory.sources),
    )


def from_inventories(inventories: Sequence[Inventory]) -> Manifest:
    """What one manifest of all `inventories` would say."""
    settings: dict[str, Any] = {name: tuple(item for one in inventories for item in getattr(one, name)) for name in FIELDS.values()}
    components = sorted((item for one in inventories for item in one.components), key=lambda item: item.purl)
    whole = replace(
        inventories[0],
        components=tuple(components),
        hooks=tuple(hook for one in inventories for hook in one.hooks),
        servers=tuple(server for one in inventories for server in one.servers),
        **settings,
        problems=tuple(problem for one in inventories for problem in one.problems),
        agent=frozenset().union(*(one.agent for one in inventories)),
        sources=min(one.sources for one in inventories),
    )
    return from_inventory(whole)


def _licenses(item: Component) -> tuple[str, ...]:
    data = item.metadata
    if data is None or not (data.license_expression or data.license_text or data.license_classifiers):
        return ()
    return _declared(data.license_expression, data.license_text, data.license_classifiers)


@lru_cache(maxsize=4096)
def _declared(expression: str, free_text: str, classifiers: tuple[str, ...]) -> tuple[str, ...]:
    from sbomgate.manifest.reading import license_names
    from sbomgate.reporters.licenses import licenses  # what the document says of them is what is compared

    rows = licenses(Metadata(license_expression=expression, license_text=free_text, license_classifiers=classifiers))
    return tuple(without_surrogates(name) for name in license_names(rows))


def _hook(hook: StartupHook) -> Known:
    return _known(hook_key(hook.location.path), hook_facts(hook), hook.location)


def _server(server: Server) -> Known:
    return _known(server_key(server.client, server.location.path, server.name), server_facts(server), server.location)


def _settings(inventory: Inventory) -> dict[tuple[str, str, str], Location]:
    found: dict[tuple[str, str, str], Location] = {}
    for place, kind, text in setting_facts(inventory):
        found.setdefault((without_surrogates(place.path), kind, without_surrogates(text)), place)
    return found


def _known(key: str, facts: Iterable[tuple[str, str]], location: Location) -> Known:
    # as a document says it: JSON has no lone surrogates
    return Known(key=without_surrogates(key), facts=tuple((name, without_surrogates(value)) for name, value in facts), location=location)
