"""CycloneDX documents, written directly from the inventory.

Not with cyclonedx-python-lib: its `register_dependency` and `Bom.validate` are quadratic, and it has no compositions.
The library reads our documents in the tests, and writes XML and older versions.

Source: CycloneDX 1.6, JSON schema `bom-1.6.schema.json`; property names of ours begin with `sbomgate:` and stand in
`manifest.py`, the others are of the official taxonomy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from sbomgate.inventory import merge, nested
from sbomgate.model import Inventory, Report
from sbomgate.reporters.cyclonedx.components import component, dependency_row, dependency_rows
from sbomgate.reporters.cyclonedx.conversion import converted
from sbomgate.reporters.cyclonedx.evidence import gather
from sbomgate.reporters.cyclonedx.layout import ROOT, SPEC_VERSION, array, formatted
from sbomgate.reporters.cyclonedx.metadata import head
from sbomgate.reporters.cyclonedx.services import by_package, hook_ref, hook_row, implementations, server_ref, service
from sbomgate.reporters.encode import dumps

__all__ = ["SPEC_VERSION", "converted", "document", "formatted", "pieces", "render", "text"]


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
    """`text` in pieces of some hundred lines: of 20,000 packages it has 29 MB, and memory that is used again is quicker too.

    Components and dependency rows are written as text: building and encoding a dictionary for each takes three times as
    long.
    """
    components, inside = nested(merge(sorted((item for inventory in inventories for item in inventory.components), key=attrgetter("purl"))))
    facts = gather(inventories)
    hooks = _referenced(hook_ref, (hook for inventory in inventories for hook in inventory.hooks))
    servers = _referenced(server_ref, (server for inventory in inventories for server in inventory.servers))
    complete = bool(inventories) and all(not inventory.problems and inventory.sources for inventory in inventories)
    known = {item.purl for item in components}
    # what was changed after the release is not of those who made the release
    wanted = {hook.owner for _, hook in hooks if hook.location.path not in facts.changed}
    owners = {item.purl: item for item in components if item.purl in wanted} if hooks else {}
    packages = by_package(components) if servers else {}
    started = {ref: implementations(server, packages) for ref, server in servers}
    roots = sorted({purl for inventory in inventories for purl in inventory.roots} & known)
    rows = chain(
        (component(item, facts, inside.get(item.purl, ())) for item in components),
        (dumps(hook_row(ref, hook, owners.get(hook.owner) if hook.location.path not in facts.changed else None)) for ref, hook in hooks),
    )
    dependencies = chain(
        [dependency_row(ROOT, [*roots, *(ref for ref, _ in servers), *(ref for ref, _ in hooks)])],
        chain.from_iterable(dependency_rows(item, known, inside.get(item.purl, ())) for item in components),
        (dependency_row(ref, [hook.owner] if hook.owner in known else []) for ref, hook in hooks),
        (dependency_row(ref, [item.purl for item in items]) for ref, items in started.items()),
    )
    above = head(inventories, complete=complete, reproducible=reproducible)
    yield "{\n"
    for key, value in above.items():
        yield f"  {dumps(key)}: {dumps(value)},\n"
    yield from array("components", rows)
    if servers:
        yield ",\n"
        yield from array("services", (dumps(service(ref, server, started[ref])) for ref, server in servers))
    yield ",\n"
    yield from array("dependencies", dependencies)
    yield ",\n"
    yield from array("compositions", [dumps({"aggregate": "complete" if complete else "incomplete"})])
    yield "\n}\n"


def _referenced(ref: Callable[[Any], str], nouns: Iterable[Any]) -> list[tuple[str, Any]]:
    """(reference, noun), sorted: a place that occurs in several targets gets a number, so that none hides another."""
    found: dict[str, Any] = {}
    for name, _, noun in sorted((ref(noun), repr(noun), noun) for noun in dict.fromkeys(nouns)):
        number = 1
        while (unique := f"{name}#{number}" if number > 1 else name) in found:
            number += 1
        found[unique] = noun
    return list(found.items())
