"""What stands above the components: the document, what it is about, how it was made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from sbomgate import __version__, manifest
from sbomgate.errors import UsageError
from sbomgate.model import Inventory, Origin
from sbomgate.reporters.cyclonedx.layout import ROOT, SPEC_VERSION, prop


def head(inventories: Sequence[Inventory], *, complete: bool, reproducible: bool) -> dict[str, Any]:
    """Everything above the components."""
    rows: dict[str, Any] = {
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
        metadata["properties"].append(prop("cdx:reproducible", "true"))
    if not reproducible:
        from uuid import uuid4

        rows["serialNumber"] = f"urn:uuid:{uuid4()}"
    return {**rows, "version": 1, "metadata": metadata}


def _metadata(inventories: Sequence[Inventory], complete: bool) -> dict[str, Any]:
    phases = []
    origins = {item.origin for inventory in inventories for item in inventory.components}
    if origins - {Origin.INSTALLED, Origin.BUNDLED}:
        phases.append({"phase": "pre-build"})
    if Origin.INSTALLED in origins:
        phases.append({"phase": "post-build"})
    problems = [
        prop(manifest.PROBLEM, ": ".join(filter(None, (item.path, item.where, item.what))))
        for inventory in inventories
        for item in inventory.problems
    ]
    tool = {"type": "application", "name": "sbomgate", "version": __version__}
    return {
        **({"lifecycles": phases} if phases else {}),
        "tools": {"components": [tool]},
        "component": _root(inventories),
        "licenses": [{"license": {"id": "CC0-1.0"}}],
        "properties": [prop(manifest.COMPLETE, "true" if complete else "false"), *problems],
    }


def _root(inventories: Sequence[Inventory]) -> dict[str, Any]:
    """What the document is about: the one project that was found, else the target by its name."""
    projects = [item for inventory in inventories for item in inventory.components if item.origin is Origin.PROJECT and item.name]
    paths = [os.path.abspath(inventory.target.path) for inventory in inventories]
    name = os.path.basename(paths[0]) if len(paths) == 1 else os.path.basename(os.path.commonpath(paths))
    if len({item.purl for item in projects}) == 1:
        found = projects[0]
        return {"bom-ref": ROOT, "type": "application", "name": found.name, **({"version": found.version} if found.version else {})}
    kind = "platform" if all(inventory.target.kind == "environment" for inventory in inventories) else "application"
    return {"bom-ref": ROOT, "type": kind, "name": name or "target"}
