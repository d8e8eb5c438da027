"""CycloneDX documents, written directly from the inventory.

Not with cyclonedx-python-lib: its `register_dependency` and `Bom.validate` are quadratic, and it has no compositions.
The library reads our documents in the tests.

Source: CycloneDX 1.6, JSON schema `bom-1.6.schema.json`; property names of ours begin with `sbomgate:` and stand in
`manifest.py`, the others are of the official taxonomy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from sbomgate.inventory import merge, nested
from sbomgate.model import Inventory, Parties, Report
from sbomgate.reporters.cyclonedx.completeness import COMPLETE, UNKNOWN, Completeness
from sbomgate.reporters.cyclonedx.components import component, dependency_row, dependency_rows, inner_ref
from sbomgate.reporters.cyclonedx.conversion import converted
from sbomgate.reporters.cyclonedx.evidence import gather
from sbomgate.reporters.cyclonedx.issue import Issue, Previous, first_issue, given_time, is_continued, now, previous_at, read_previous
from sbomgate.reporters.cyclonedx.layout import SPEC_VERSION, array, composition, formatted
from sbomgate.reporters.cyclonedx.metadata import PHASES, head
from sbomgate.reporters.cyclonedx.services import by_package, hook_ref, hook_row, implementations, server_ref, service, setting_rows
from sbomgate.reporters.cyclonedx.subject import row_of, subject_of
from sbomgate.reporters.encode import dumps

__all__ = [
    "PHASES",
    "SPEC_VERSION",
    "Making",
    "converted",
    "document",
    "formatted",
    "is_continued",
    "issued",
    "pieces",
    "previous_at",
    "read_previous",
    "render",
    "subject_of",
    "text",
]


class Making(NamedTuple):
    """What a document says besides the inventories."""

    reproducible: bool = False
    """No serial number, and the time of SOURCE_DATE_EPOCH or none."""
    parties: Parties = Parties()
    phases: tuple[str, ...] = ()
    """Of `PHASES`; empty: those of what was read."""
    issue: Issue | None = None
    """Which one it is; the first one, if it is not told."""


def render(report: Report, *, color: bool = False, width: int = 0, reproducible: bool = False) -> str:
    """One document over all targets of the report, ASCII, with a final newline."""
    return "".join(pieces(report.inventories, Making(reproducible, report.parties)))


def document(inventories: Sequence[Inventory], making: Making | None = None, *, reproducible: bool = False) -> dict[str, Any]:
    """The document of `inventories` as plain values; see `text`."""
    parsed: dict[str, Any] = json.loads(text(inventories, making, reproducible=reproducible))
    return parsed


def text(inventories: Sequence[Inventory], making: Making | None = None, *, reproducible: bool = False) -> str:
    """The CycloneDX document of `inventories` as JSON, one component, service or dependency a line: a diff shows what changed."""
    return "".join(pieces(inventories, making, reproducible=reproducible))


def issued(
    inventories: Sequence[Inventory],
    making: Making,
    previous: Previous | None,
    spec_version: str = SPEC_VERSION,
    output_format: str = "json",
) -> Iterable[str]:
    """The document as the issue that follows `previous`, in pieces: the same one again if nothing else would change.

    A `previous` about something else is no previous one.
    """
    plain = (spec_version, output_format) == (SPEC_VERSION, "json")
    if making.reproducible or previous is None or not is_continued(previous, subject_of(inventories)):
        return pieces(inventories, making) if plain else [converted(document(inventories, making), spec_version, output_format)]
    last = previous.issue
    same = making._replace(issue=last._replace(timestamp=given_time() or last.timestamp))
    following = making._replace(issue=Issue(last.serial, last.version + 1, now()))
    if plain:
        found = list(pieces(inventories, same))
        return found if "".join(found) == previous.text else pieces(inventories, following)
    again = converted(document(inventories, same), spec_version, output_format)
    return [again if again == previous.text else converted(document(inventories, following), spec_version, output_format)]


def pieces(inventories: Sequence[Inventory], making: Making | None = None, *, reproducible: bool = False) -> Iterator[str]:
    """`text` in pieces of some hundred lines: of 20,000 packages it has 29 MB, and memory that is used again is quicker too.

    Components and dependency rows are written as text: building and encoding a dictionary for each takes three times as
    long.
    """
    making = making or Making(reproducible)
    subject = subject_of(inventories)
    components, inside = nested(merge(sorted((item for inventory in inventories for item in inventory.components), key=attrgetter("purl"))))
    facts = gather(inventories)
    hooks = _referenced(hook_ref, (hook for inventory in inventories for hook in inventory.hooks))
    settings = setting_rows(inventories)
    servers = _referenced(server_ref, (server for inventory in inventories for server in inventory.servers))
    known = {item.purl for item in components}
    # what was changed after the release is not of those who made the release
    wanted = {hook.owner for _, hook in hooks if hook.location.path not in facts.changed}
    owners = {item.purl: item for item in components if item.purl in wanted} if hooks else {}
    packages = by_package(components) if servers else {}
    started = {ref: implementations(server, packages) for ref, server in servers}
    completeness = Completeness(inventories, known, inside)
    root = next((item for item in components if item.purl == subject.ref), None)
    others = [item for item in components if item is not root] if root is not None else components
    roots = sorted({purl for inventory in inventories for purl in inventory.roots} & known - {subject.ref})
    direct = [] if root is None else [purl for purl in root.dependencies if purl in known and purl != subject.ref]
    rows = chain(
        (component(item, facts, inside.get(item.purl, ())) for item in others),
        (dumps(hook_row(ref, hook, owners.get(hook.owner) if hook.location.path not in facts.changed else None)) for ref, hook in hooks),
        (dumps(row) for _, row in settings),
    )
    dependencies = chain(
        [
            dependency_row(
                subject.ref, dict.fromkeys([*direct, *roots, *(ref for ref, _ in servers), *(ref for ref, _ in (*hooks, *settings))])
            )
        ],
        [] if root is None else list(dependency_rows(root, known, inside.get(root.purl, ())))[1:],
        chain.from_iterable(dependency_rows(item, known, inside.get(item.purl, ())) for item in others),
        (dependency_row(ref, [hook.owner] if hook.owner in known else []) for ref, hook in hooks),
        (dependency_row(ref, []) for ref, _ in settings),
        (dependency_row(ref, [item.purl for item in items]) for ref, items in started.items()),
    )
    issue = making.issue or (Issue(timestamp=given_time()) if making.reproducible else first_issue(subject, making.parties))
    row = row_of(subject, root, inside.get(subject.ref, ()), facts, making.parties.supplier)
    above = head(
        inventories, subject, row,
        issue=issue, parties=making.parties, phases=making.phases, complete=completeness.read, reproducible=making.reproducible,
    )  # fmt: skip
    yield "{\n" + "".join(f"  {dumps(key)}: {dumps(value)},\n" for key, value in above.items())
    yield from array("components", rows)
    if servers:
        yield ",\n"
        yield from array("services", (dumps(service(ref, server, started[ref])) for ref, server in servers))
    yield ",\n"
    yield from array("dependencies", dependencies)
    yield ",\n"
    if root is not None:
        completeness.add_root(root)
    for item in others:
        completeness.add(item.purl, item)
    for owner, parts in inside.items():
        for part in parts:
            completeness.add(inner_ref(owner, part.purl), part)
    for ref, _ in (*hooks, *settings):
        completeness.add_known(ref, COMPLETE)
    for ref, _ in servers:
        completeness.add_known(ref, COMPLETE if started[ref] else UNKNOWN)
    yield from array("compositions", map(composition, completeness.rows(subject.ref)))
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
