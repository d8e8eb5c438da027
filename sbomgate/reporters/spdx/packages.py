"""Components and services of CycloneDX as SPDX packages. Source: SPDX 2.3 §7.

Start-up hooks are packages of purpose FILE: a file of SPDX must have a SHA-1, and hooks are known by their SHA-256.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from sbomgate.manifest import LICENCE_CONCLUDED
from sbomgate.reporters.encode import dumps, quoted, safe
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
_PURL: Final = re.compile(r"pkg:[^/\s]+/\S+\Z").match
_ENCODE: Final = json.JSONEncoder(separators=(",", ":")).encode
"""One for all rows: `json.dumps` makes an encoder each time. What it gives has to pass `safe`."""
_SUBDIRECTORY: Final = "cdx:python:package:source:subdirectory"


_Reference = tuple[Mapping[str, Any], str, str]
"""An external reference, its URL, and that as SPDX readers take it for an address."""


class Annotator:
    """Writes what the tool has to add to an element. Source: SPDX 2.3 §12."""

    def __init__(self, tool: str, created: str) -> None:
        self._before = f'{{"annotationDate":{dumps(created)},"annotationType":"OTHER","annotator":{dumps(tool)},"comment":'

    def row(self, facts: Mapping[str, Any]) -> str:
        """An annotation as JSON text; its comment is `facts` as JSON."""
        return f"{self._before}{quoted(safe(_ENCODE(facts)))}}}"


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
    """A component, a service or the root as the JSON text of a package, which has to pass `safe`."""
    facts = properties(row)
    purl, name = row.get("purl", ""), row["name"]
    if group := row.get("group", ""):
        name = f"{group}/{name}"
    found: dict[str, Any] = {"SPDXID": identifier, "name": one_line(name) or "unnamed"}
    if version := one_line(row.get("version", "")):
        found["versionInfo"] = version
    references = [(one, one["url"], address(one["url"])) for one in row.get("externalReferences", ())]
    found["downloadLocation"], used = _download(row, purl, references, facts)
    found["filesAnalyzed"] = False
    found["supplier"], found["originator"] = _supplier(row), _originator(row)
    homepage = next((one for one in references if one[2] and one[0]["type"] == "website"), None)
    if homepage:
        found["homepage"] = homepage[2]
    strange = []
    checksums = []
    for one in row.get("hashes", ()):
        if pair := checksum(one):
            checksums.append({"algorithm": pair[0], "checksumValue": pair[1]})
        else:
            strange.append(one)
    if checksums:
        found["checksums"] = checksums
    rows = row.get("licenses", ())
    found["licenseConcluded"], found["licenseDeclared"] = licenses.of(rows, concluded=True), licenses.of(rows)
    if isinstance(conclusion := facts.get(LICENCE_CONCLUDED), str):
        found["licenseConcluded"] = licenses.of([{"expression": conclusion, "acknowledgement": "concluded"}], concluded=True)
    found["copyrightText"] = one_line(row.get("copyright", "")) or NOASSERTION
    if row.get("description"):
        found["summary"] = row["description"]
    external = [_reference(one[0]) for one in references if one is not used and one is not homepage]
    if _PURL(purl):
        external.insert(0, {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl})
    elif purl:
        facts["purl"] = purl
    if external:
        found["externalRefs"] = external
    found["primaryPackagePurpose"] = _PURPOSES.get(row["type"], "OTHER") if "type" in row else "APPLICATION"
    if strange:
        facts["hashes"] = strange
    if evidence := row.get("evidence"):
        facts |= _evidence(evidence)
    facts |= {key: value for key, value in row.items() if key not in _FIELDS and (key != "authors" or len(value) > 1)}
    text = _ENCODE(found)
    return f'{text[:-1]},"annotations":[{annotator.row(facts)}]}}' if facts else text


def _download(row: Mapping[str, Any], purl: str, references: Sequence[_Reference], facts: Mapping[str, Any]) -> tuple[str, Any]:
    """(where the package comes from, the reference that this says all of); NOASSERTION and None where it is not known.

    Of several artifacts the sdist stands for all, since it fits every platform; each is an external reference too.
    """
    if "vcs_url=" in purl and (found := repository(_vcs_url(purl))):
        below = facts.get(_SUBDIRECTORY)
        return (repository(f"{found}#{below}") if isinstance(below, str) else "") or found, None
    artifacts = [one for one in references if one[0]["type"] in _DISTRIBUTIONS]
    addressed = [one for one in artifacts if one[2]]
    if not addressed:
        return NOASSERTION, None
    best = next((one for one in addressed if one[0]["type"] == "source-distribution"), addressed[0])
    told = len(artifacts) == 1 and best[1] == best[2] and best[0].get("hashes") == row.get("hashes") and not best[0].get("comment")
    return best[2], best if told and best[0]["type"] == "distribution" else None


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
    authors = row.get("authors")
    return actor("Person", authors[0]) if authors else NOASSERTION


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
