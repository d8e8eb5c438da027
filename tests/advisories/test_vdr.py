"""The document of vulnerabilities: valid, beside the SBOM, and linked to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from support import advisory_store, sbomgate, write_tree
from test_cyclonedx import VALIDATORS
from vex_documents import HASH, MALWARE, PURL, RECORD, cyclonedx, openvex, statement

from sbomgate import engine
from sbomgate.advisories import vex
from sbomgate.advisory_model import Analysis, Match
from sbomgate.model import Finding, Inventory, Report, Severity
from sbomgate.policy import Policy
from sbomgate.policy_file import parse_policy
from sbomgate.reporters import vdr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_tree(tmp_path, {"osv/a.json": json.dumps(RECORD), "osv/b.json": json.dumps(MALWARE)})
    advisory_store(tmp_path / "store", tmp_path / "osv")
    lines = f"acme-parser==1.4.0 --hash={HASH}\nacme-evil==1.0 --hash={HASH}\nacme-good==1.0 --hash={HASH}\n"
    return write_tree(tmp_path / "project", {"requirements.txt": lines})


def document(project: Path, policy: Policy | None = None, **more: Any) -> dict[str, Any]:
    report = engine.scan(str(project), policy or Policy(advisories=("osv",)), advisory_db=str(project.parent / "store"), **more)
    text = vdr.render(report)
    found: dict[str, Any] = json.loads(text)
    VALIDATORS["1.6"].validate(found)
    return found


def test_it_says_what_the_records_say(project: Path) -> None:
    found = document(project)
    malware, defect = sorted(found["vulnerabilities"], key=lambda row: row["id"], reverse=True)
    assert (defect["id"], [one["id"] for one in defect["references"]]) == ("GHSA-2345-6789-cfgh", ["CVE-2026-1"])
    (rating,) = defect["ratings"]
    assert rating == {"score": 7.5, "severity": "high", "method": "CVSSv31", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}
    assert defect["affects"] == [{"ref": PURL, "versions": [{"version": "1.4.0", "status": "affected"}]}]
    assert "1.4.1" in defect["recommendation"]
    assert "analysis" not in defect
    assert (malware["id"], malware["cwes"], malware["ratings"][0]["severity"]) == ("MAL-2026-1", [506], "critical")
    assert [row["bom-ref"] for row in found["components"]] == ["pkg:pypi/acme-evil@1.0", PURL]


def test_the_shipped_list_is_in_it_without_any_store(tmp_path: Path) -> None:
    write_tree(tmp_path / "project", {"requirements.txt": f"litellm==1.82.8 --hash={HASH}\n"})
    found = document(tmp_path / "project", Policy())
    assert [row["affects"][0]["ref"] for row in found["vulnerabilities"]] == ["pkg:pypi/litellm@1.82.8"]


def test_what_is_accepted_has_an_analysis(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.parent)
    policy = parse_policy(
        {"advisories": {"sources": ["osv"]}, "allow": [{"rule": "SG602", "subject": "pkg:pypi/acme-parser", "reason": "Ada looked"}]}
    )
    (row,) = [one for one in document(project, policy)["vulnerabilities"] if one["id"].startswith("GHSA")]
    assert row["analysis"] == {"detail": "accepted: Ada looked"}
    Path("vex.json").write_text(json.dumps(openvex(statement())))
    (row,) = [one for one in document(project, vex=[vex.load("vex.json")])["vulnerabilities"] if one["id"].startswith("GHSA")]
    assert (row["analysis"]["state"], row["analysis"]["justification"]) == ("not_affected", "code_not_reachable")
    assert "vex.json" in row["analysis"]["detail"]


def test_it_is_read_again_as_vex(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.parent)
    Path("vex.json").write_text(json.dumps(cyclonedx({"state": "not_affected", "justification": "code_not_reachable"})))
    first = document(project, vex=[vex.load("vex.json")])
    Path("vdr.json").write_text(json.dumps(first))
    (claim,) = vex.load("vdr.json").claims
    assert (claim.product, claim.analysis.state) == (PURL, "not_affected")


def test_it_links_to_the_document_that_was_written_with_it(project: Path, tmp_path: Path) -> None:
    bom, report = tmp_path / "bom.json", tmp_path / "vdr.json"
    arguments = ["--advisories", "osv", "--advisory-db", tmp_path / "store", "-o", f"vdr={report}", "-o", f"cyclonedx={bom}"]
    assert sbomgate("scan", project, *arguments).returncode == 1
    sbom, found = json.loads(bom.read_text()), json.loads(report.read_text())
    VALIDATORS["1.6"].validate(found)
    assert "vulnerabilities" not in sbom
    assert "components" not in found
    assert found["serialNumber"] != sbom["serialNumber"]
    link = f"urn:cdx:{sbom['serialNumber'].removeprefix('urn:uuid:')}/{sbom['version']}"
    assert found["externalReferences"] == [{"type": "bom", "url": link}]
    refs = [one["ref"].partition("#") for row in found["vulnerabilities"] for one in row["affects"]]
    assert {start for start, _, _ in refs} == {link}
    assert {unquote(ref) for _, _, ref in refs} <= {row["bom-ref"] for row in sbom["components"]}


def test_hostile_values_leave_it_valid() -> None:
    from sbomgate.model import Component, Location, Origin, Pin, Target

    nasty = "\x1b]8;;x\x07<script>\u202e\ud800 #\n"
    item = Component(
        ecosystem="pypi", name=nasty, version=nasty, purl=f"pkg:pypi/x{nasty}@1", origin=Origin.LOCKED, pin=Pin.EXACT, locations=(Location(nasty),)
    )  # fmt: skip
    match = Match(
        item.purl, "affected", "X-1", ("X-1", "Y-1"), False, summary=nasty, fixed=nasty, analysis=Analysis("affected", "", nasty, nasty)
    )
    finding = Finding(
        rule="SG602", name="n", severity=Severity.LOW, confidence="high", message="m", location=Location("a"), subject=item.purl, key="X-1", target=nasty, accepted=nasty
    )  # type: ignore[arg-type]  # fmt: skip
    report = Report(inventories=(Inventory(target=Target(nasty), components=(item,), matches=(match,)),), findings=(finding,))
    VALIDATORS["1.6"].validate(json.loads(vdr.render(report)))
