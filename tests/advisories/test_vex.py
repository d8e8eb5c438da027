"""What VEX documents say, and what becomes of the findings they speak of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import advisory_store, sbomgate, write_tree
from vex_documents import HASH, MALWARE, PURL, RECORD, cyclonedx, openvex, statement

from sbomgate import engine
from sbomgate.advisories import vex
from sbomgate.errors import UsageError
from sbomgate.policy import Policy
from sbomgate.reporters import json as json_report
from sbomgate.reporters import render


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a vulnerable component; the store is beside it."""
    monkeypatch.chdir(tmp_path)
    write_tree(tmp_path, {"osv/a.json": json.dumps(RECORD), "osv/b.json": json.dumps(MALWARE)})
    advisory_store(tmp_path / "store", tmp_path / "osv")
    write_tree(tmp_path / "project", {"requirements.txt": f"acme-parser==1.4.0 --hash={HASH}\n"})
    return tmp_path / "project"


def scanned(project: Path, *documents: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON report of a scan with `documents`, which lie beside the project."""
    loaded = []
    for number, document in enumerate(documents):
        path = f"vex{number}.json"
        (project.parent / path).write_text(json.dumps(document))
        loaded.append(vex.load(path))
    policy = Policy(advisories=("osv",), today="2026-02-01")
    report = engine.scan(str(project), policy, advisory_db=str(project.parent / "store"), vex=loaded, **more)
    report = engine.with_vex(report, loaded)
    return report.exit_code, json_report.document(report)


def accepted(report: dict[str, Any]) -> str | None:
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "SG602"]
    reason: str | None = finding["accepted"]
    return reason


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (openvex(statement()), "statements[0]: not affected (vulnerable_code_not_in_execute_path)"),
        (openvex(statement(impact_statement="never called")), "not affected: never called"),
        (openvex(statement("fixed")), "fixed"),
        (openvex(statement(products=[{"@id": "urn:x", "identifiers": {"purl": "pkg:pypi/Acme_Parser"}}])), "not affected"),
        (openvex(statement(vulnerability={"name": "X-1", "aliases": ["ghsa-2345-6789-cfgh"]})), "not affected"),
        (cyclonedx({"state": "not_affected", "justification": "code_not_reachable"}), "not affected (code_not_reachable)"),
        (cyclonedx({"state": "false_positive", "detail": "no such code"}), "no such code"),
        (cyclonedx({"state": "resolved"}, f"urn:cdx:{'0' * 8}-0000-0000-0000-{'0' * 12}/1#pkg%3Apypi%2Facme-parser%401.4.0"), "fixed"),
        ({**cyclonedx({"state": "resolved"}, "c1"), "components": [{"bom-ref": "c1", "name": "x", "purl": PURL}]}, "fixed"),
        (cyclonedx({"state": "resolved"}, "pkg:pypi/acme-parser", affects=[{"ref": PURL, "versions": [{"version": "1.4.0"}]}]), "fixed"),
    ],
)
def test_what_is_not_affected_is_accepted_with_the_reason(project: Path, document: Any, words: str) -> None:
    code, report = scanned(project, document)
    reason = accepted(report)
    assert code == 0
    assert reason is not None
    assert reason.startswith("VEX vex0.json: ")
    assert words in reason
    assert not [note for note in report["notes"] if "VEX" in note]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (openvex(statement("affected")), "affected: wait"),
        (openvex(statement("under_investigation")), "under investigation"),
        (cyclonedx({"state": "exploitable"}), "affected"),
        (cyclonedx({"state": "in_triage"}), "under investigation"),
    ],
)
def test_what_is_affected_is_said_and_not_accepted(project: Path, document: Any, words: str) -> None:
    code, report = scanned(project, document)
    assert (code, accepted(report)) == (1, None)
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "SG602"]
    assert "VEX vex0.json: " in finding["message"]
    assert finding["message"].endswith(words)


def test_the_later_statement_counts_and_of_one_time_the_graver(project: Path) -> None:
    old, new = "2025-01-01T00:00:00Z", "2026-03-01T00:00:00+01:00"
    later = openvex(
        statement("affected", action_statement="w", timestamp=old), statement(justification="component_not_present", timestamp=new)
    )
    assert accepted(scanned(project, later)[1])
    earlier = openvex(
        statement("affected", action_statement="w", timestamp=new), statement(justification="component_not_present", timestamp=old)
    )
    assert accepted(scanned(project, earlier)[1]) is None
    assert accepted(scanned(project, openvex(statement()), openvex(statement("under_investigation")))[1]) is None


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (openvex(statement(products=[{"@id": "pkg:pypi/other@1.0"}])), "1 of 1 VEX statements were not used: 1 about a product"),
        (openvex(statement(products=[{"@id": "pkg:pypi/acme-parser@1.4.2"}])), "1 about a product that was not found here"),
        (openvex(statement(products=[{"@id": "https://product.example"}])), "1 about a product"),
        (openvex(statement(products=[{"@id": "pkg:pypi/app@1", "subcomponents": [{"@id": PURL}]}])), "1 about a product"),
        (openvex(statement(vulnerability={"name": "CVE-1999-1"})), "1 about a vulnerability that no source told of"),
        (openvex(), "no VEX statement in it"),
    ],
)
def test_what_was_not_used_is_said(project: Path, document: Any, words: str) -> None:
    code, report = scanned(project, document)
    assert (code, accepted(report)) == (1, None)
    (note,) = [note for note in report["notes"] if "VEX" in note]
    assert words in note


def test_a_part_of_a_product_that_is_here_is_meant(project: Path) -> None:
    write_tree(project, {"requirements.txt": f"acme-parser==1.4.0 --hash={HASH}\napp==1.0 --hash={HASH}\n"})
    document = openvex(statement(products=[{"@id": "pkg:pypi/app@1.0", "subcomponents": [{"@id": PURL}]}]))
    assert accepted(scanned(project, document)[1])


def test_no_statement_makes_malware_harmless(project: Path) -> None:
    write_tree(project, {"requirements.txt": f"acme-evil==1.0 --hash={HASH}\n"})
    document = openvex(statement(vulnerability={"name": "MAL-2026-1"}, products=[{"@id": "pkg:pypi/acme-evil@1.0"}]))
    code, report = scanned(project, document)
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "SG601"]
    assert (code, finding["accepted"]) == (1, None)
    assert any("no statement makes harmless" in note for note in report["notes"])


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (openvex(statement("not_affected", status_notes="trust me")), "statements[0]"),
        (openvex(statement("affected", status_notes="x")), "statements[0]"),
        (openvex(statement("harmless")), "statements[0].status"),
        (openvex(statement(justification="because")), "statements[0].justification"),
        (openvex(statement(products=[{}])), "statements[0].products[0]"),
        (openvex({"vulnerability": {"name": "CVE-2026-1"}, "status": "fixed"}), "statements[0]"),
        (openvex(statement(timestamp="yesterday", justification="component_not_present")), "statements[0].timestamp"),
        (cyclonedx({"state": "not_affected"}), "vulnerabilities[0].analysis"),
        (cyclonedx({"state": "fine"}), "vulnerabilities[0].analysis.state"),
        (
            cyclonedx({"state": "resolved"}, affects=[{"ref": PURL, "versions": [{"range": "vers:pypi/=>2"}]}]),
            "vulnerabilities[0].affects[0].versions[0].range",
        ),
        (cyclonedx({"state": "resolved"}, affects=[{"ref": PURL, "versions": [{}]}]), "vulnerabilities[0].affects[0].versions[0]"),
        (
            cyclonedx({"state": "resolved"}, affects=[{"ref": PURL, "versions": [{"version": "1.4.0", "status": "fine"}]}]),
            "vulnerabilities[0].affects[0].versions[0].status",
        ),
    ],
)
def test_a_statement_that_says_nothing_is_refused_and_the_others_hold(project: Path, document: Any, where: str) -> None:
    code, report = scanned(project, document)
    assert (code, accepted(report)) == (1, None)
    (problem,) = report["problems"]
    assert (problem["path"], problem["where"]) == ("vex0.json", where)
    assert problem["what"].startswith("VEX statement refused: ")


@pytest.mark.parametrize(
    ("versions", "is_meant"),
    [
        ([{"range": "vers:pypi/<2"}], True),
        ([{"range": "vers:pypi/>=1.4.1"}], False),
        ([{"range": "vers:pypi/>=1.4.1"}, {"version": "1.4.0"}], True),
        ([{"range": "vers:npm/<2.0.0"}], False),
        ([{"range": "vers:deb/<2"}], False),
        ([{"range": "vers:pypi/<2", "status": "unaffected"}], True),
        ([{"range": "vers:pypi/<2", "status": "affected"}], True),
    ],
)
def test_a_claim_is_about_the_versions_that_it_names(project: Path, versions: list[dict[str, str]], is_meant: bool) -> None:
    claim = cyclonedx(
        {"state": "not_affected", "justification": "code_not_reachable"}, affects=[{"ref": "pkg:pypi/acme-parser", "versions": versions}]
    )
    report = scanned(project, claim)[1]
    assert not report["problems"]
    assert bool(accepted(report)) is is_meant


def test_a_version_that_is_said_to_be_unaffected_is_none_that_a_claim_of_harm_is_about(project: Path) -> None:
    harm = cyclonedx({"state": "exploitable"}, affects=[{"ref": PURL, "versions": [{"version": "1.4.0", "status": "unaffected"}]}])
    mercy = cyclonedx({"state": "not_affected", "detail": "not called"})
    assert accepted(scanned(project, mercy, harm)[1])
    harm["vulnerabilities"][0]["affects"][0]["versions"][0]["status"] = "affected"
    assert not accepted(scanned(project, mercy, harm)[1])


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", '{"a": 1, "a": 2}', "\xff", '{"@context": "https://openvex.dev/ns/v9.0.0"}', "[" * 100_000,
        json.dumps({**openvex(), "statements": {}}), json.dumps({**openvex(), "statements": [1]}), json.dumps({**openvex(), "timestamp": 1}),
        json.dumps({key: value for key, value in openvex().items() if key != "author"}), '{"bomFormat": "CycloneDX", "vulnerabilities": 1}',
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vex.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        vex.load(str(path))
    assert "\n" not in str(caught.value)


def test_the_command_takes_documents(project: Path) -> None:
    path = project.parent / "vex.json"
    path.write_text(json.dumps(openvex(statement())))
    done = sbomgate("scan", project, "--advisories", "osv", "--advisory-db", project.parent / "store", "--vex", path)
    assert done.returncode == 0
    assert "ACCEPTED" in done.stdout
    assert "vulnerable_code_not_in_execute_path" in done.stdout


def test_wrong_calls_are_told(project: Path) -> None:
    for arguments in (["--vex", project / "none.json", "--advisories", "osv"], ["--vex", project / "requirements.txt"]):
        done = sbomgate("scan", project, *arguments)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
        assert done.stderr


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(("not_affected", PURL, "2026-01-31T12:00:00Z")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("@id", "name", "ref", "status", "x")), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("vulnerability", "products", "status", "justification", "impact_statement", "timestamp", "id", "analysis", "affects", "references")


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=6), max_size=3), st.booleans())
def test_any_statement_is_read_or_refused(rows: list[dict[str, Any]], is_openvex: bool) -> None:
    document = openvex(*rows) if is_openvex else {"bomFormat": "CycloneDX", "vulnerabilities": rows}
    found = vex.parse(document, "vex.json")
    for claim in found.claims:
        assert claim.ids
        assert claim.product
        assert claim.analysis.state in vex.STATES
        if is_openvex and claim.analysis.state == "not_affected":
            assert claim.analysis.justification or claim.analysis.detail


def test_reports_say_how_a_component_came_in_and_whether_it_is_the_agents(project: Path) -> None:
    entry = {"version": "1.0.0", "resolved": "https://registry.example/x.tgz", "integrity": "sha512-" + "A" * 86 + "=="}
    lock = {
        "name": "app",
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "app", "dependencies": {"openai": "1.0.0"}},
            "node_modules/openai": {**entry, "dependencies": {"acme-parser": "1.0.0"}},
            "node_modules/acme-parser": entry,
        },
    }
    row = {"package": {"ecosystem": "npm", "name": "acme-parser"}, "versions": ["1.0.0"]}
    write_tree(project.parent, {"osv2/a.json": json.dumps({**RECORD, "affected": [row]})})
    store = advisory_store(project.parent / "store2", project.parent / "osv2")
    (project / "requirements.txt").unlink()
    write_tree(project, {"package-lock.json": json.dumps(lock)})
    policy = Policy(advisories=("osv",), today="2026-02-01", agent_packages=("pkg:npm/openai",))
    report = engine.scan(str(project), policy, advisory_db=str(store))
    (finding,) = [finding for finding in json_report.document(report)["findings"] if finding["rule"] == "SG602"]
    assert (finding["agent"], finding["path"][-2:]) == (True, ["openai@1.0.0", "acme-parser@1.0.0"])
    for name in ("table", "markdown", "html", "sarif"):
        text = render(name, report)
        assert "openai" in text, name
        assert {"html": "<dt>Agent graph</dt><dd>yes</dd>", "sarif": '"agent": true'}.get(name, "in the agent graph") in text
    assert "→" in render("markdown", report)
