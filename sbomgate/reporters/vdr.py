"""Vulnerabilities as a CycloneDX document of their own: a Vulnerability Disclosure Report, beside the SBOM and never in it.

It is about the SBOM: where that was written by the same command, each component is named by a BOM-Link into it, else the document has
the affected components itself. What an allowlist or a VEX statement accepts stands in it with the reason as its analysis.
Source: CycloneDX 1.6, `vulnerabilities`; "BOM-Link".
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sbomgate.advisory_model import Analysis, Match
from sbomgate.inventory import merge, nested
from sbomgate.model import Component, Finding, Report
from sbomgate.reporters.cyclonedx import subject_of
from sbomgate.reporters.cyclonedx.components import inner_ref
from sbomgate.reporters.cyclonedx.evidence import gather
from sbomgate.reporters.cyclonedx.issue import Issue, first_issue
from sbomgate.reporters.cyclonedx.layout import MAX_VERSION, formatted
from sbomgate.reporters.cyclonedx.metadata import head
from sbomgate.reporters.cyclonedx.subject import row_of

_DATABASES: Final = {
    "GHSA-": "GitHub Advisory Database",
    "PYSEC-": "Python Packaging Advisory Database",
    "MAL-": "OpenSSF Malicious Packages",
    "CVE-": "CVE",
}
_METHODS: Final = {"CVSS:4.": "CVSSv4", "CVSS:3.1": "CVSSv31", "CVSS:3.0": "CVSSv3"}
_STATES: Final = {
    "not_affected": "not_affected",
    "fixed": "resolved",
    "affected": "exploitable",
    "under_investigation": "in_triage",
}
_JUSTIFICATIONS: Final = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_cannot_be_controlled_by_adversary": "code_not_reachable",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
"""Those of OpenVEX in the words of CycloneDX; its own stay as they are."""
_MALICIOUS: Final = 506
"""CWE: "Embedded Malicious Code"."""


class _Entry(NamedTuple):
    """What makes two matches one entry."""

    match: Match
    """Without what differs from component to component."""
    reason: str | None


def render(report: Report, *, color: bool = False, width: int = 0, bom: Issue | None = None) -> str:
    """The vulnerabilities of all targets of `report`, ASCII, with a final newline. `bom`: the issue of the SBOM that was written with it."""
    return formatted(document(report, bom))


def document(report: Report, bom: Issue | None = None) -> dict[str, Any]:
    """The document as plain values."""
    from uuid import UUID, uuid5

    inventories = report.inventories
    subject = subject_of(inventories)
    items = merge(sorted((item for inventory in inventories for item in inventory.components), key=attrgetter("purl")))
    components, inside = nested(items)
    known = {item.purl: item for item in components}
    facts = gather(inventories)
    first = first_issue(subject, report.parties)
    issue = Issue(f"urn:uuid:{uuid5(UUID(first.serial.removeprefix('urn:uuid:')), 'vdr')}", 1, first.timestamp)
    above = head(
        inventories, subject, row_of(subject, known.get(subject.ref), (), facts, report.parties.supplier),
        issue=issue, parties=report.parties, phases=(), complete=report.complete, reproducible=False,
    )  # fmt: skip
    entries = _entries(report)
    link = bom.serial.replace("urn:uuid:", "urn:cdx:", 1) + f"/{bom.version}" if bom is not None and bom.serial else ""
    owners: dict[str, list[str]] = {}
    for owner, parts in inside.items():
        for part in parts:
            owners.setdefault(part.purl, []).append(owner)
    rows: dict[str, Any] = dict(above)
    if link:
        rows["externalReferences"] = [{"type": "bom", "url": link}]
    else:
        named = {item.purl: item for item in items}
        wanted = {match.purl for matches in entries.values() for match in matches} - {subject.ref}
        rows["components"] = [_component(named[purl]) for purl in sorted(wanted & named.keys())]
    rows["vulnerabilities"] = []
    for number, (entry, matches) in enumerate(entries.items(), 1):
        refs: dict[str, str] = {}
        for match in matches:
            if not link:
                refs[match.purl] = match.purl
                continue
            places = [match.purl] if match.purl in known else []
            for ref in (*places, *(inner_ref(owner, match.purl) for owner in owners.get(match.purl, ()))):
                refs[f"{link}#{_quoted(ref)}"] = match.purl
        rows["vulnerabilities"].append(_vulnerability(f"{entry.match.advisory}#{number}", entry, refs))
    return rows


def _entries(report: Report) -> dict[_Entry, list[Match]]:
    """The defects, each with the components that it is in; those that differ in what is to be said of them apart."""
    reasons: dict[tuple[str, str, str], str | None] = {}
    for finding in report.findings:
        if finding.rule in ("SG601", "SG602"):
            reasons[finding.target, finding.subject, finding.key] = finding.accepted
    found: dict[_Entry, dict[str, Match]] = {}
    for inventory in report.inventories:
        for match in (*inventory.matches, *_shipped(report, inventory.target.path)):
            if match.state == "affected":
                key = match.purl if match.malicious else match.advisory
                entry = _Entry(match._replace(purl="", source=""), reasons.get((inventory.target.path, match.purl, key)))
                found.setdefault(entry, {})[match.purl] = match
    ordered = sorted(found.items(), key=lambda one: (one[0].match.advisory, repr(one[0])))
    return {entry: [matches[purl] for purl in sorted(matches)] for entry, matches in ordered}


def _shipped(report: Report, target: str) -> Iterator[Match]:
    """What only the shipped list says of components: it works without any source of advisories."""
    from sbomgate.data import known_bad_releases

    found: dict[str, Finding] = {one.subject: one for one in report.findings if one.rule == "SG601" and one.target == target}
    if not found:
        return
    for inventory in report.inventories:
        if inventory.target.path != target:
            continue
        told = {name for match in inventory.matches if match.malicious for name in match.ids}
        for item in {item.purl: item for item in inventory.components}.values():
            entry = known_bad_releases().get((item.ecosystem, item.name)) if item.purl in found else None
            if entry is not None and entry.advisories and told.isdisjoint(entry.advisories):
                yield Match(item.purl, "affected", entry.advisories[0], entry.advisories, malicious=True, summary=entry.summary)


def _vulnerability(ref: str, entry: _Entry, refs: dict[str, str]) -> dict[str, Any]:
    match = entry.match
    row: dict[str, Any] = {"bom-ref": ref, "id": match.advisory, "source": {"name": _database(match.advisory)}}
    others = [name for name in match.ids if name != match.advisory]
    if others:
        row["references"] = [{"id": name, "source": {"name": _database(name)}} for name in others]
    row["ratings"] = [_rating(match)]
    if match.malicious:
        row["cwes"] = [_MALICIOUS]
    if match.summary:
        row["description"] = match.summary
    row["recommendation"] = (
        "Do not install it. Where it ran, rotate every credential that it could read and build the machine anew."
        if match.malicious
        else f"Take version {match.fixed} or a later one."
        if match.fixed
        else "No fixed version is known: replace the component."
    )
    if match.modified:
        row["updated"] = f"{match.modified}Z"
    if match.analysis is not None or entry.reason is not None:
        row["analysis"] = _analysis(match.analysis, entry.reason)
    affects: list[dict[str, Any]] = []
    for place, purl in sorted(refs.items()):
        version = _version(purl)
        affects.append({"ref": place, **({"versions": [{"version": version, "status": "affected"}]} if version else {})})
    return {**row, "affects": affects}


def _rating(match: Match) -> dict[str, Any]:
    if match.vector:
        method = next((name for start, name in _METHODS.items() if match.vector.startswith(start)), "CVSSv2")
        return {"score": float(match.score), "severity": match.severity, "method": method, "vector": match.vector}
    if match.malicious:
        return {"severity": "critical", "method": "other", "justification": "malicious code"}
    if match.rating:
        return {"severity": match.severity, "method": "other", "justification": "the word of the database; there is no vector"}
    return {"severity": "unknown"}


def _analysis(stated: Analysis | None, reason: str | None) -> dict[str, Any]:
    """What a VEX statement says; else why a person accepts it, and no state: to accept a risk is not to deny it."""
    if stated is None:
        return {"detail": f"accepted: {reason}"}
    justification = _JUSTIFICATIONS.get(stated.justification, stated.justification) if stated.state == "not_affected" else ""
    detail = ": ".join(part for part in (f"VEX {stated.place}", stated.detail) if part)
    return {
        "state": _STATES[stated.state],
        **({"justification": justification} if justification else {}),
        "detail": detail,
    }


def _component(item: Component) -> dict[str, Any]:
    row: dict[str, Any] = {"bom-ref": item.purl, "type": "library", "name": item.name}
    if item.version:
        row["version"] = item.version[:MAX_VERSION]
    return {**row, "purl": item.purl}


def _database(name: str) -> str:
    return next((database for start, database in _DATABASES.items() if name.startswith(start)), "OSV")


def _version(purl: str) -> str:
    from urllib.parse import unquote

    return unquote(purl.partition("?")[0].partition("@")[2])[:MAX_VERSION]


def _quoted(ref: str) -> str:
    from urllib.parse import quote

    return quote(ref, safe="/:@._~-", errors="backslashreplace")
