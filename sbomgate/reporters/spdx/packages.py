"""Components and services of CycloneDX as SPDX packages. Source: SPDX 2.3 §7.

Start-up hooks are packages of purpose FILE: a file of SPDX must have a SHA-1, and hooks are known by their SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from sbomgate.reporters.encode import dumps
from sbomgate.reporters.spdx.licensing import Licenses
from sbomgate.reporters.spdx.values import NOASSERTION, actor, address, checksum, one_line, repository

_PURPOSES: Final = {
    "application": "APPLICATION", "container": "CONTAINER", "device": "DEVICE", "file": "FILE", "firmware": "FIRMWARE",
    "framework": "FRAMEWORK", "library": "LIBRARY", "operating-system": "OPERATING_SYSTEM",
}  # fmt: skip
_FIELDS: Final = frozenset({
    "bom-ref", "type", "group", "name", "version", "description", "scope", "hashes", "licenses", "purl", "externalReferences",
    "properties", "components", "services", "supplier", "manufacturer", "copyright", "evidence",
})  # fmt: skip
"""What has a field of its own, or a relationship; everything else is kept in the annotation under its CycloneDX name."""
_DISTRIBUTIONS: Final = ("distribution", "source-distribution")
_SUBDIRECTORY: Final = "cdx:python:package:source:subdirectory"


class Annotator:
    """Writes what the tool has to add to an element. Source: SPDX 2.3 §12."""

    def __init__(self, tool: str, created: str) -> None:
        self._before = f'{{"annotationDate":{dumps(created)},"annotationType":"OTHER","annotator":{dumps(tool)},"comment":'

    def row(self, facts: Mapping[str, Any]) -> str:
        """An annotation as JSON text; its comment is `facts` as JSON."""
        return f"{self._before}{dumps(dumps(facts))}}}"


def properties(row: Mapping[str, Any]) -> dict[str, Any]:
    """Name → value of the CycloneDX properties, a list where there are several of one name."""
    found: dict[str, Any] = {}
    for one in row.get("properties", ()):
        name, value = one["name"], one.get("value", "")
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def package(row: Mapping[str, Any], identifier: str, annotator: Annotator, licenses: Licenses) -> str:
    """A component, a service or the root as the JSON text of a package."""
    facts = properties(row)
    group, name = row.get("group", ""), row["name"]
    found: dict[str, Any] = {"SPDXID": identifier, "name": one_line(f"{group}/{name}" if group else name) or "unnamed"}
    if version := one_line(row.get("version", "")):
        found["versionInfo"] = version
    references = [one for one in row.get("externalReferences", ()) if one.get("url")]
    source, used = _download(row, references, facts)
    found["downloadLocation"] = source or NOASSERTION
    found["filesAnalyzed"] = False
    found["supplier"], found["originator"] = _supplier(row), _originator(row)
    if homepage := next((one for one in references if one["type"] == "website" and address(one["url"])), None):
        found["homepage"] = address(homepage["url"])
    hashes = [(checksum(one), one) for one in row.get("hashes", ())]
    if checksums := [{"algorithm": pair[0], "checksumValue": pair[1]} for pair, _ in hashes if pair]:
        found["checksums"] = checksums
    rows = row.get("licenses", ())
    found["licenseConcluded"], found["licenseDeclared"] = licenses.of(rows, concluded=True), licenses.of(rows)
    found["copyrightText"] = one_line(row.get("copyright", "")) or NOASSERTION
    if row.get("description"):
        found["summary"] = row["description"]
    external = [_reference(one) for one in references if one is not used and one is not homepage]
    if row.get("purl"):
        external.insert(0, {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": row["purl"]})
    if external:
        found["externalRefs"] = external
    found["primaryPackagePurpose"] = _PURPOSES.get(row["type"], "OTHER") if "type" in row else "APPLICATION"
    if strange := [one for pair, one in hashes if not pair]:
        facts["hashes"] = strange
    facts |= _evidence(row.get("evidence", {}))
    facts |= {key: value for key, value in row.items() if key not in _FIELDS}
    text = dumps(found)
    return f'{text[:-1]},"annotations":[{annotator.row(facts)}]}}' if facts else text


def _download(row: Mapping[str, Any], references: list[Mapping[str, Any]], facts: Mapping[str, Any]) -> tuple[str, Any]:
    """(where the package comes from, the reference that this says all of); empty and None where it is not known.

    Of several artifacts the sdist stands for all, since it fits every platform; each is an external reference too.
    """
    if found := repository(_vcs_url(row.get("purl", ""))):
        below = facts.get(_SUBDIRECTORY)
        return (repository(f"{found}#{below}") if isinstance(below, str) else "") or found, None
    artifacts = [one for one in references if one["type"] in _DISTRIBUTIONS]
    artifacts.sort(key=lambda one: one["type"] == "distribution")  # stable
    best = next((one for one in artifacts if address(one["url"])), None)
    if best is None:
        return "", None
    alone = len(artifacts) == 1 and best["type"] == "distribution" and best.get("hashes") == row.get("hashes")
    return address(best["url"]), best if alone and address(best["url"]) == best["url"] else None


def _vcs_url(purl: str) -> str:
    _, _, qualifiers = purl.partition("?")
    return next((unquote(one[8:]) for one in qualifiers.partition("#")[0].split("&") if one.startswith("vcs_url=")), "")


def _supplier(row: Mapping[str, Any]) -> str:
    supplier = row.get("supplier")
    if not supplier:
        return NOASSERTION
    persons = {author.get("name") for author in row.get("authors", ())}
    return actor("Person" if supplier.get("name") in persons else "Organization", supplier)


def _originator(row: Mapping[str, Any]) -> str:
    """Who made it: an organisation that is named as such, else the first author."""
    if row.get("manufacturer"):
        return actor("Organization", row["manufacturer"])
    return actor("Person", next(iter(row.get("authors", ())), {}))


def _reference(one: Mapping[str, Any]) -> dict[str, str]:
    """An external reference of category OTHER, whose type is the CycloneDX one. Source: SPDX 2.3 §7.21."""
    notes = [f"{row['alg']} {row['content']}" for row in one.get("hashes", ())]
    notes += [one["comment"]] if one.get("comment") else []
    found = {"referenceCategory": "OTHER", "referenceType": one["type"], "referenceLocator": one["url"]}
    return {**found, "comment": ", ".join(notes)} if notes else found


def _evidence(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """How the identity is known, and where."""
    found: dict[str, Any] = {key: value for key, value in evidence.items() if key not in ("identity", "occurrences")}
    if places := evidence.get("occurrences"):
        found["locations"] = [f"{one['location']}:{one['line']}" if one.get("line") else one["location"] for one in places]
    identities = evidence.get("identity", [])  # an object in 1.5, a list of them since
    ways = [
        f"{one['field']} by {method['technique']}, {method['confidence']}"
        for one in (identities if isinstance(identities, list) else [identities])
        for method in one.get("methods", ())
    ]
    return {**found, "identity": ways} if ways else found
