"""What stands above the components: the document, what it is about, who made it and how."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sbomgate import manifest
from sbomgate.model import Inventory, Origin, Parties
from sbomgate.reporters.cyclonedx.issue import Issue
from sbomgate.reporters.cyclonedx.layout import SPEC_VERSION, prop
from sbomgate.reporters.cyclonedx.subject import Subject, contact, entity
from sbomgate.reporters.cyclonedx.tool import row_of_tool

PHASES: Final = ("design", "pre-build", "build", "post-build", "operations", "discovery", "decommission")
"""Source: CycloneDX, `metadata.lifecycles`."""


def head(
    inventories: Sequence[Inventory],
    subject: Subject,
    component: Mapping[str, Any],
    *,
    issue: Issue,
    parties: Parties,
    phases: Sequence[str],
    complete: bool,
    reproducible: bool,
) -> dict[str, Any]:
    """Everything above the components; `component` is the row of the `subject`."""
    rows: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
    }
    if issue.serial:
        rows["serialNumber"] = issue.serial
    properties = [prop(manifest.COMPLETE, "true" if complete else "false")]
    properties += [
        prop(manifest.PROBLEM, ": ".join(filter(None, (item.path, item.where, item.what))))
        for inventory in inventories
        for item in inventory.problems
    ]
    authors = parties.authors
    if not authors and parties.manufacturer is None and subject.file is not None and subject.file.authors:
        authors = subject.file.authors
        properties.append(prop(manifest.AUTHOR_SOURCE, "project-file"))
    if not authors and parties.manufacturer is None:
        properties.append(prop(manifest.UNKNOWN, "author"))
    if parties.supplier is None:
        properties.append(prop(manifest.UNKNOWN, "supplier"))
    if reproducible and not issue.serial and not issue.timestamp:
        properties.append(prop("cdx:reproducible", "true"))
    lifecycles = [{"phase": phase} for phase in phases or _phases(inventories)]
    metadata = {
        **({"timestamp": issue.timestamp} if issue.timestamp else {}),
        **({"lifecycles": lifecycles} if lifecycles else {}),
        "tools": {"components": [row_of_tool(reproducible=reproducible)]},
        **({"manufacturer": entity(parties.manufacturer)} if parties.manufacturer else {}),
        **({"authors": [contact(author) for author in authors]} if authors else {}),
        "component": component,
        **({"supplier": entity(parties.supplier)} if parties.supplier else {}),
        "licenses": [{"license": {"id": "CC0-1.0"}}],
        "properties": properties,
    }
    return {**rows, "version": issue.version, "metadata": metadata}


def _phases(inventories: Sequence[Inventory]) -> list[str]:
    """When what was read stood there: wanted or locked, before a build; installed, after it; installed in the running system, in operation."""
    found = set()
    for inventory in inventories:
        origins = {item.origin for item in inventory.components}
        if origins - {Origin.INSTALLED, Origin.BUNDLED} or inventory.servers:
            found.add("pre-build")
        if Origin.INSTALLED in origins or inventory.environments:
            path = os.path.abspath(inventory.target.path)
            found.add("operations" if os.path.dirname(path) == path else "post-build")
    return [phase for phase in PHASES if phase in found]
