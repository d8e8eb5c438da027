"""The released pip-audit, which a service on this machine answers: what it writes is what we read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from indexes import Handler, Index
from support import write_tree
from vex_documents import HASH, RECORD

from sbomgate import engine
from sbomgate.model import Report
from sbomgate.policy import Policy

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("pip-audit")]
VERSION = "2.10.1"


@pytest.fixture(scope="module")
def pip_audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    env = tmp_path_factory.mktemp("pip-audit") / "env"
    subprocess.run([sys.executable, "-m", "venv", env], check=True)
    subprocess.run(
        [env / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"pip-audit=={VERSION}"],
        check=True,
        capture_output=True,
    )
    return env / "bin" / "pip-audit"


class Service(Index):
    """What pip-audit asks: `POST /v1/query`, one release at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.answers["/v1/query"] = [self.answer]

    def answer(self, handler: Handler) -> None:
        question = json.loads(handler.body)
        self.asked.append((question["package"]["name"], question["version"]))
        found = [RECORD] if question["package"]["name"] == "acme-parser" else []
        handler.reply(200, json.dumps({"vulns": found} if found else {}).encode())


def scan(tmp_path: Path, program: Path, url: str) -> Report:
    command = (
        write_tree(tmp_path, {"tools/pip-audit": f'#!/bin/sh\nexec "{program}" "$@" -s osv --osv-url {url}/v1/query\n'}) / "tools/pip-audit"
    )
    command.chmod(0o755)
    lines = f"acme-parser==1.4.0 --hash={HASH}\nacme-parser==1.2 --hash={HASH}\nacme-other==1.0.0 --hash={HASH}\n"
    project = write_tree(tmp_path / "project", {"requirements.txt": lines})
    policy = Policy(advisories=("pip-audit",), today="2026-02-01")
    return engine.scan(str(project), policy, online=True, pip_audit=str(command))


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_its_findings_are_ours(tmp_path: Path, pip_audit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Service() as service:
        report = scan(tmp_path, pip_audit, service.url)
        assert sorted(service.asked) == [("acme-other", "1.0.0"), ("acme-parser", "1.2"), ("acme-parser", "1.4.0")]
    assert not report.problems
    found = {match.purl: (match.ids, match.fixed) for match in report.inventories[0].matches}
    ids = ("GHSA-2345-6789-cfgh", "CVE-2026-1")
    assert found == {"pkg:pypi/acme-parser@1.2": (ids, "1.4.1"), "pkg:pypi/acme-parser@1.4.0": (ids, "1.4.1")}
    assert [finding.rule for finding in report.findings if finding.rule.startswith("SG6")] == ["SG602", "SG602"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_a_service_that_it_cannot_reach_is_a_problem(tmp_path: Path, pip_audit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    report = scan(tmp_path, pip_audit, "http://127.0.0.1:9")
    (problem,) = report.problems
    assert problem.what.startswith("advisories: pip-audit: ")
    assert not report.inventories[0].matches
