"""What a document is about: the project that was found, else the target by its name."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from sbomgate import manifest
from sbomgate.model import Component, Inventory, Metadata, Origin, Party, ProjectFile
from sbomgate.purl import npm, pypi, without_version
from sbomgate.reporters.cyclonedx.components import component
from sbomgate.reporters.cyclonedx.evidence import Facts
from sbomgate.reporters.cyclonedx.layout import MAX_VERSION, ROOT, prop
from sbomgate.reporters.cyclonedx.properties import unknown
from sbomgate.reporters.cyclonedx.urls import iri, reference_type

_HERE = ("", ".", "./")


class Subject(NamedTuple):
    """What a document is about."""

    ref: str
    """Of its component: the purl of the project, or `ROOT`."""
    kind: str
    ecosystem: str
    """Of a project; empty for a target that is known by its name only."""
    name: str
    version: str = ""
    file: ProjectFile | None = None
    """What the project says of itself."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What stays the same from one version of it to the next."""
        return (self.kind, self.ecosystem, self.name)


def subject_of(inventories: Sequence[Inventory]) -> Subject:
    """The one project of all `inventories`, the project at the top of the only target, or the target itself."""
    projects = {
        item.purl: item for inventory in inventories for item in inventory.components if item.origin is Origin.PROJECT and item.name
    }
    files = [file for inventory in inventories for file in inventory.projects]
    if len(inventories) == 1 and len(projects) > 1:
        projects = {purl: item for purl, item in projects.items() if _is_on_top(item)}
    if len(projects) == 1:
        ((purl, item),) = projects.items()
        same = [file for file in files if (file.ecosystem, file.name) == (item.ecosystem, item.name)]
        found = next((file for file in same if "/" not in file.location.path), same[0] if len(same) == 1 else None)
        return Subject(purl, "application", item.ecosystem, item.name, item.version or (found.version if found else ""), found)
    on_top = [file for file in files if "/" not in file.location.path]
    if not projects and len(inventories) == 1 and len(on_top) == 1:
        file = on_top[0]
        purl = (npm if file.ecosystem == "npm" else pypi)(file.name, file.version)
        return Subject(purl, "application", file.ecosystem, file.name, file.version, file)
    paths = [os.path.abspath(inventory.target.path) for inventory in inventories]
    name = os.path.basename(paths[0]) if len(paths) == 1 else os.path.basename(os.path.commonpath(paths)) if paths else ""
    kind = "platform" if inventories and all(inventory.target.kind == "environment" for inventory in inventories) else "application"
    return Subject(ROOT, kind, "", name or "target")


def _is_on_top(item: Component) -> bool:
    return "/" not in item.locations[0].path and item.source is not None and item.source.kind == "path" and item.source.url in _HERE


def row_of(subject: Subject, item: Component | None, inside: Sequence[Component], facts: Facts, supplier: Party | None) -> dict[str, Any]:
    """`metadata.component`: with all that is known of the `item` of the inventories, if it is one, and what the project says of itself."""
    group, _, name = subject.name.rpartition("/") if subject.ecosystem == "npm" else ("", "", subject.name)
    row: dict[str, Any] = {"bom-ref": subject.ref, "type": subject.kind, **({"group": group} if group else {}), "name": name}
    if subject.ref != ROOT:
        row["purl"] = subject.ref
    if item is not None:
        row = {**json.loads(component(item, facts, inside)), "type": subject.kind}
    if subject.version and "version" not in row:
        row["version"] = subject.version[:MAX_VERSION]
    if supplier is not None:
        row["supplier"] = entity(supplier)
    if subject.file is not None:
        _describe(row, subject.file)
    known = [one for one in row.get("properties", ()) if one["name"] != manifest.UNKNOWN]
    missing = unknown(("supplier" in row or "manufacturer" in row, "licenses" in row, "hashes" in row, "version" in row))
    row["properties"] = sorted([*known, *(prop(name, value) for name, value in missing)], key=lambda one: (one["name"], one["value"]))
    order = {key: at for at, key in enumerate(_ORDER)}
    return dict(sorted(row.items(), key=lambda pair: order.get(pair[0], len(order))))


_ORDER = (
    "bom-ref", "type", "supplier", "manufacturer", "authors", "publisher", "group", "name", "version", "description", "scope", "hashes", "licenses", "purl",
    "pedigree", "externalReferences", "evidence", "properties", "components",
)  # fmt: skip


def _describe(row: dict[str, Any], file: ProjectFile) -> None:
    """Add what the project file says; nothing that the inventory knows better is replaced."""
    from sbomgate.reporters.licenses import licenses

    metadata = file.metadata or Metadata()
    if metadata.summary:
        row.setdefault("description", metadata.summary)
    if file.authors:
        row["authors"] = [contact(author) for author in file.authors]
    if "licenses" not in row and (found := licenses(metadata)):
        row["licenses"] = found
    known = row.get("externalReferences", [])
    links = [{"type": reference_type(label), "url": iri(url)} for label, url in metadata.urls]
    seen = {one["url"] for one in known}
    more = [link for link in {one["url"]: one for one in links}.values() if link["url"] not in seen]
    if known or more:
        row["externalReferences"] = [*known, *more]
    if file.private:  # no index has it: its purl would name a package of somebody else
        row.pop("purl", None)
        evidence = row.get("evidence", {})
        if "identity" in evidence:
            evidence["identity"] = [one for one in evidence["identity"] if one.get("field") != "purl"]
            if not evidence["identity"]:
                del evidence["identity"]


def contact(party: Party) -> dict[str, str]:
    """A person as CycloneDX writes one."""
    return {key: value for key, value in (("name", party.name), ("email", party.email)) if value}


def entity(party: Party) -> dict[str, Any]:
    """An organisation as CycloneDX writes one."""
    row: dict[str, Any] = {"name": party.name} if party.name else {}
    if party.url:
        row["url"] = [iri(party.url)]
    if person := contact(Party(party.contact, party.email)):
        row["contact"] = [person]
    return row


def identity_of(row: Any) -> tuple[str, str, str] | None:
    """`Subject.identity` of a `metadata.component` that `row_of` wrote; None for what is none."""
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        return None
    ref = row.get("bom-ref")
    name = f"{row['group']}/{row['name']}" if isinstance(row.get("group"), str) else row["name"]
    purl = ref if isinstance(ref, str) and ref.startswith("pkg:") else row.get("purl")
    ecosystem = without_version(purl)[4:].partition("/")[0] if isinstance(purl, str) else ""
    return (str(row.get("type")), ecosystem, name)
