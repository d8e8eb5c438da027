"""Advisories of packages that nobody has, and what VEX documents say of them."""

from __future__ import annotations

from typing import Any

PURL = "pkg:pypi/acme-parser@1.4.0"
HASH = "sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205"
RECORD = {
    "id": "GHSA-2345-6789-cfgh",
    "modified": "2099-05-02T10:00:00Z",
    "aliases": ["CVE-2026-1"],
    "summary": "reads files outside of its folder",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "acme-parser"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.2"}, {"fixed": "1.4.1"}]}],
        }
    ],
}
MALWARE = {
    "id": "MAL-2026-1",
    "modified": "2099-05-02T10:00:00Z",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "acme-evil"}, "versions": ["1.0"]}],
}


def statement(status: str = "not_affected", vulnerability: Any = None, products: Any = None, **more: Any) -> dict[str, Any]:
    reason = {"not_affected": {"justification": "vulnerable_code_not_in_execute_path"}, "affected": {"action_statement": "wait"}}
    return {
        "vulnerability": vulnerability or {"name": "CVE-2026-1"},
        "products": products or [{"@id": PURL}],
        "status": status,
        **(more or reason.get(status, {})),
    }


def openvex(*statements: Any, **more: Any) -> dict[str, Any]:
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://vex.example/1",
        "author": "Ada",
        "timestamp": "2026-01-31T12:00:00Z",
        "version": 1,
        "statements": list(statements),
        **more,
    }


def cyclonedx(analysis: dict[str, Any], ref: str = PURL, **more: Any) -> dict[str, Any]:
    row = {"id": "CVE-2026-1", "analysis": analysis, "affects": [{"ref": ref}], **more}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "vulnerabilities": [row]}
