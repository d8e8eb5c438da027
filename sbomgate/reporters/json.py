"""The JSON report, schema version 1.0: what other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sbomgate import __version__
from sbomgate.custody_model import Evidence
from sbomgate.inventory import merge, nested, summary
from sbomgate.model import Capability, Component, FileFact, Finding, Inventory, Location, Problem, Report, Server, StartupHook
from sbomgate.reporters.encode import dumps

SCHEMA_VERSION = "1.0"
AGENT_FIELDS = ("agent_files", "permissions", "options", "commands", "instructions", "agent_steps")
"""Fields of an inventory whose nouns stand in the report as they are; `sbomgate.agent_model` has the meaning of their fields."""


def render(report: Report, *, color: bool = False, width: int = 0) -> str:
    """The report as an ASCII JSON document with a final newline."""
    return dumps(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    parts = [inventory_document(inventory) for inventory in report.inventories]
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "sbomgate", "version": __version__},
        "targets": [{"path": inventory.target.path, "kind": inventory.target.kind} for inventory in report.inventories],
        "policy": report.policy or None,
        "summary": summary(report),
        "findings": _findings(report),
        "problems": [_problem(problem) for problem in report.problems],
        "notes": [note for inventory in report.inventories for note in inventory.notes],
        "inventory": {key: [row for part in parts for row in part[key]] for key in parts[0]} if parts else {},
    }


def inventory_document(inventory: Inventory) -> dict[str, Any]:
    """Components (joined by purl), hooks, servers, deviating files, evidence and what indexes say of one inventory as plain values.

    What lies inside the artifact of a component stands below it, as `bundled`, and nowhere else.
    """
    components, inside = nested(merge(inventory.components))
    return {
        "components": [_component(item, inventory, inside.get(item.purl, ())) for item in components],
        "hooks": [_hook(item) for item in inventory.hooks],
        "servers": [_server(item) for item in inventory.servers],
        "files": [_file(item) for item in inventory.files],
        **{name: [_plain(item) for item in getattr(inventory, name)] for name in AGENT_FIELDS},
        "custody": [_evidence(item) for item in inventory.custody],
        "releases": [item._asdict() for item in inventory.releases],
    }


def _component(item: Component, inventory: Inventory, inside: Sequence[Component] = ()) -> dict[str, Any]:
    row: dict[str, Any] = {
        "purl": item.purl,
        "name": item.name,
        "version": item.version or None,
        "ecosystem": item.ecosystem,
        "scope": item.scope,
        "agent": item.purl in inventory.agent,
        "pin": item.pin.value,
        "hashes": [{"alg": digest.alg, "value": digest.value} for digest in item.hashes],
        "locations": [_location(place) for place in item.locations],
        "origin": item.origin.value,
        "requirement": item.requirement or None,
        "groups": list(item.groups),
        "dependencies": list(item.dependencies),
    }
    if inside:
        row["bundled"] = [_component(part, inventory) for part in inside]
    if item.source:
        row["source"] = {
            "kind": item.source.kind,
            "url": item.source.url,
            "reference": item.source.reference or None,
            "commit": item.source.commit or None,
        }
    if item.installation:
        row["installation"] = {
            "site": item.installation.site,
            "installer": item.installation.installer or None,
            "editable": item.installation.editable,
            "record": item.installation.record,
            "verified": item.installation.verified,
            "content_digest": item.installation.content_digest or None,
        }
    return row


def _hook(item: StartupHook) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "location": _location(item.location),
        "sha256": item.sha256,
        "owner": item.owner or None,
        "executes": list(item.executes),
        "adds_paths": list(item.adds_paths),
        "verdict": item.verdict,
        "reason": item.reason,
        "capabilities": [{"kind": one.kind, "detail": one.detail, "location": _location(one.location)} for one in item.capabilities],
    }


def _server(item: Server) -> dict[str, Any]:
    return {
        "client": item.client,
        "scope": item.scope,
        "name": item.name,
        "location": _location(item.location),
        "transport": item.transport,
        "launcher": item.launcher or None,
        "ecosystem": item.ecosystem or None,
        "package": item.package or None,
        "version": item.version or None,
        "requirement": item.requirement or None,
        "pin": item.pin,
        "pinned": item.pinned,
        "purl": item.purl or None,
        "extra_packages": list(item.extra_packages),
        "url": item.url or None,
        "auto_approved": item.auto_approved,
        "env_names": list(item.env_names),
        "command_digest": item.command_digest or None,
        **({"implemented_at": _location(item.implemented_at)} if item.implemented_at else {}),
        "disabled": item.disabled,
        "only_for": item.only_for,
        "in_force": item.in_force,
        "why_not": item.why_not,
    }


def _plain(item: Any) -> dict[str, Any]:
    """A noun of `agent_model` under the names of its fields."""
    return {name: _value(getattr(item, name)) for name in item.__slots__}


def _value(value: Any) -> Any:
    if isinstance(value, Location):
        return _location(value)
    if isinstance(value, Capability):
        return {"kind": value.kind, "detail": value.detail, "location": _location(value.location)}
    return [_value(item) for item in value] if isinstance(value, tuple) else value


def _file(item: FileFact) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "path": item.path,
        "owners": list(item.owners),
        "expected": item.expected or None,
        "actual": item.actual or None,
        "detail": item.detail,
    }


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "purl": item.purl,
        "strength": item.strength,
        "reason": item.reason,
        "fault": item.fault or None,
        "location": _location(item.location),
        "artifact": f"sha256:{item.artifact}" if item.artifact else None,
        "content_digest": item.content or None,
        "files": item.files,
        "deviations": [
            {"kind": one.kind, "path": one.path, "code": one.code, "sha256": one.digest or None, "detail": one.detail}
            for one in item.deviations
        ],
    }


def _findings(report: Report) -> list[dict[str, Any]]:
    if not report.findings:
        return []
    from sbomgate.paths import ways  # here: a clean run has no use for it

    agents = {inventory.target.path: inventory.agent for inventory in report.inventories}
    return [
        _finding(finding, way, agents.get(finding.target, frozenset())) for finding, way in zip(report.findings, ways(report), strict=True)
    ]


def _finding(item: Finding, way: tuple[str, ...], agents: frozenset[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "rule": item.rule,
        "name": item.name,
        "severity": item.severity.value,
        "confidence": item.confidence.value,
        "message": item.message,
        "location": _location(item.location),
        "subject": item.subject,
        "fingerprint": item.fingerprint,
        "fix": item.fix,
        "digest": item.digest or None,
        "target": item.target,
        "accepted": item.accepted,
    }
    if item.rule.startswith("SG6"):
        row["agent"] = item.subject in agents
    return {**row, "path": list(way)} if way else row


def _problem(item: Problem) -> dict[str, Any]:
    return {"path": item.path, "where": item.where, "what": item.what, "fix": item.fix}


def _location(place: Location) -> dict[str, Any]:
    return {"path": place.path, "line": place.line} if place.line else {"path": place.path}
