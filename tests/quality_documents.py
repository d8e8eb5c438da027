"""A CycloneDX document that has every field that any profile asks for, and its results."""

from __future__ import annotations

from typing import Any

from sbomgate.quality import Result, score

SHA512 = {"alg": "SHA-512", "content": "ab" * 64}


def component(name: str) -> dict[str, Any]:
    """A component with every field that any profile asks for."""
    purl = f"pkg:pypi/{name}@1.0"
    return {
        "bom-ref": purl,
        "type": "library",
        "name": name,
        "version": "1.0",
        "supplier": {"name": "Acme", "url": ["https://acme.example"]},
        "manufacturer": {"name": "Acme", "contact": [{"email": "sbom@acme.example"}]},
        "hashes": [{"alg": "SHA-256", "content": "cd" * 32}],
        "licenses": [
            {"license": {"id": "MIT", "acknowledgement": "declared"}},
            {"license": {"id": "MIT", "acknowledgement": "concluded"}},
        ],
        "purl": purl,
        "externalReferences": [
            {"type": "distribution", "url": f"https://files.example/{name}.whl", "hashes": [SHA512]},
            {"type": "vcs", "url": f"https://git.example/{name}", "hashes": [SHA512]},
            {"type": "rfc-9116", "url": "https://acme.example/.well-known/security.txt"},
        ],
        "properties": [
            {"name": "bsi:component:filename", "value": f"{name}.whl"},
            {"name": "bsi:component:executable", "value": "executable"},
            {"name": "bsi:component:archive", "value": "archive"},
            {"name": "bsi:component:structured", "value": "structured"},
            {"name": "bsi:component:effectiveLicense", "value": "MIT"},
        ],
    }


ROOT, FIRST, SECOND = (component(name) for name in ("app", "one", "two"))
REFS = [item["bom-ref"] for item in (ROOT, FIRST, SECOND)]
FULL: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "version": 1,
    "metadata": {
        "timestamp": "2026-11-21T09:00:00Z",
        "lifecycles": [{"phase": "build"}],
        "tools": {"components": [{"type": "application", "name": "tool", "version": "1"}]},
        "authors": [{"name": "Ada"}],
        "manufacturer": {"name": "Acme", "url": ["https://acme.example"]},
        "supplier": {"name": "Acme", "url": ["https://acme.example"]},
        "component": {**ROOT, "type": "application"},
        "licenses": [{"license": {"id": "CC0-1.0"}}],
    },
    "components": [FIRST, SECOND],
    "dependencies": [{"ref": REFS[0], "dependsOn": [REFS[1]]}, {"ref": REFS[1], "dependsOn": [REFS[2]]}, {"ref": REFS[2]}],
    "compositions": [{"aggregate": "complete"}, {"aggregate": "complete", "dependencies": REFS[:2]}],
    "signature": {"algorithm": "ES256", "value": "AAAA"},
}


def results(document: dict[str, Any], profile: str) -> dict[str, Result]:
    (found,) = [item for item in score(document, "bom.json", schema_valid=True).profiles if item.id == profile]
    return {result.id: result for result in found.results}
