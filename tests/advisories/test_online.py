"""Sources that reach the network: a pip-audit that says what a test wants, and a service on this machine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from indexes import Answer, Handler, Index, cut, redirect, status
from support import DATA, advisory_store, sbomgate, write_tree
from vex_documents import HASH, RECORD

from sbomgate import engine
from sbomgate.advisories import merged, osv_api, pip_audit
from sbomgate.advisory_model import Match
from sbomgate.custody import download
from sbomgate.errors import CollectError
from sbomgate.model import Report
from sbomgate.policy import Policy
from sbomgate.purl import canonical_name

VULN = {"id": "PYSEC-2026-7", "aliases": ["CVE-2026-1"], "fix_versions": ["1.3", "1.5", "1.4.1"], "description": "# Reads files\nmore"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    monkeypatch.setattr(download, "TIMEOUT", 5)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "project", {"requirements.txt": f"acme-parser==1.4.0 --hash={HASH}\nacme-other==1.0.0 --hash={HASH}\n"})


def scan(project: Path, *sources: str, command: object = "", url: str = "", online: bool = True, **more: Any) -> Report:
    policy = Policy(advisories=sources, osv_url=url, today="2026-02-01")
    return engine.scan(str(project), policy, online=online, pip_audit=str(command), **more)


def said(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule, finding.key) for finding in report.findings if finding.rule.startswith("SG6")]


# -- pip-audit ---------------------------------------------------------------------------------------------------------------

STUB = """#!{python} -I
import json, os, sys, time
path = sys.argv[sys.argv.index("--requirement") + 1]
lines = open(path).read().split()
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv[1:], lines, dict(os.environ), os.getcwd()]), file=log)
pairs = [line.split("==") for line in lines]
{body}
"""
ANSWER = """
rows = [dict(name=name, version=version, vulns=[{vuln}] if name == "acme-parser" else []) for name, version in pairs]
print(json.dumps(dict(dependencies=rows, fixes=[])))
sys.exit(1)
"""


@pytest.fixture
def stub(tmp_path: Path) -> Callable[[str], Path]:
    """What makes a pip-audit with a body; what it was called with is in `log`."""

    def make(body: str = ANSWER.format(vuln=VULN)) -> Path:
        path = tmp_path / "tools" / "pip-audit"
        write_tree(tmp_path, {"tools/pip-audit": STUB.format(python=sys.executable, log=str(tmp_path / "log"), body=body)})
        path.chmod(0o755)
        return path

    return make


def test_what_it_finds_is_a_finding(project: Path, stub: Callable[..., Path]) -> None:
    report = scan(project, "pip-audit", command=stub())
    assert said(report) == [("SG602", "PYSEC-2026-7")]
    (finding,) = [finding for finding in report.findings if finding.rule == "SG602"]
    assert "Reads files (PYSEC-2026-7, CVE-2026-1; severity unknown; fixed in 1.4.1; pip-audit)" in finding.message
    assert not report.problems


def test_it_is_started_in_one_way(project: Path, stub: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_AUDIT_LOCAL", "1")
    monkeypatch.setenv("PYTHONPATH", str(project))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    scan(project, "pip-audit", command=stub())
    arguments, lines, environment, folder = json.loads((tmp_path / "log").read_text())
    assert {"--no-deps", "--disable-pip"} <= set(arguments)
    assert lines == ["acme-other==1.0.0", "acme-parser==1.4.0"]
    assert environment["HTTPS_PROXY"] == "http://proxy.example"
    assert environment["PATH"] == ""
    assert not {"PIP_AUDIT_LOCAL", "PYTHONPATH", "HOME"} & environment.keys()
    assert not os.path.exists(folder)


def test_two_versions_of_one_package_are_two_runs(project: Path, stub: Callable[..., Path], tmp_path: Path) -> None:
    write_tree(project, {"sub/requirements.txt": f"acme-parser==1.3.0 --hash={HASH}\n"})
    report = scan(project, "pip-audit", command=stub())
    assert [json.loads(line)[1] for line in (tmp_path / "log").read_text().splitlines()] == [
        ["acme-other==1.0.0", "acme-parser==1.3.0"],
        ["acme-parser==1.4.0"],
    ]
    assert {finding.subject for finding in report.findings if finding.rule == "SG602"} == {
        "pkg:pypi/acme-parser@1.3.0",
        "pkg:pypi/acme-parser@1.4.0",
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("print('Traceback', file=sys.stderr); print('no network', file=sys.stderr); sys.exit(1)", "it ended with 1: no network"),
        ("sys.exit(3)", "it ended with 3: it said nothing"),
        ("print('[')", "cannot be read (JSONDecodeError"),
        ("print('{}')", "cannot be read (KeyError"),
        ("print('[1]')", "cannot be read (TypeError"),
        ("print('[' * 100000)", "cannot be read (RecursionError"),
        ("print('x' * 70_000_000)", "it printed more than"),
        ("time.sleep(60)", "no answer in 2 s"),
        (ANSWER.format(vuln={"id": "a b"}), "'a b' is no identifier"),
        ("print(json.dumps(dict(dependencies=[])))", "says nothing of 2 of 2 releases: acme-other 1.0.0, acme-parser 1.4.0"),
    ],
)
def test_a_failure_is_a_problem(project: Path, stub: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, body: str, words: str) -> None:
    if "sleep" in body:
        monkeypatch.setattr(pip_audit, "SECONDS", 2)
    report = scan(project, "pip-audit", command=stub(body))
    (problem,) = report.problems
    assert words in problem.what
    assert "\n" not in problem.what
    assert report.exit_code == 3


def test_what_it_skips_is_said(project: Path, stub: Callable[..., Path]) -> None:
    body = "print(json.dumps([dict(name='Acme_Other', skip_reason='not found'), dict(name='acme-parser', version='1.4.0', vulns=[])]))"
    report = scan(project, "pip-audit", command=stub(body))
    assert not report.problems
    assert any("pip-audit left out 1 of 2 releases: acme-other 1.0.0 (not found)" in note for note in report.inventories[0].notes)
    every = "print(json.dumps([dict(name=name, skip_reason='not found') for name, _ in pairs]))"
    assert "says nothing of 2 of 2" in scan(project, "pip-audit", command=stub(every)).problems[0].what


def test_nothing_of_the_target_is_started(
    project: Path, stub: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = stub()
    for target, folder in ((tmp_path, "/"), (project, str(tmp_path)), (tmp_path / "log2", str(tmp_path / "tools"))):
        monkeypatch.chdir(folder)
        with pytest.raises(CollectError, match="nothing of them is run"):
            pip_audit.find(str(own), str(target))
    monkeypatch.chdir("/")
    inside = project / "pip-audit"
    inside.symlink_to(own)
    with pytest.raises(CollectError, match="nothing of them is run"):
        pip_audit.find(str(inside), str(project))
    assert pip_audit.find(str(own), str(project)) == str(own)
    own.chmod(0o777)
    with pytest.raises(CollectError, match="others may write"):
        pip_audit.find(str(own), str(project))
    for wrong in ("pip-audit", str(tmp_path / "none"), str(project), "/dev/null"):
        with pytest.raises(CollectError):
            pip_audit.find(wrong, str(project))
    assert not (tmp_path / "log").exists()


def test_the_network_is_only_used_when_it_is_asked_for(project: Path, stub: Callable[..., Path], tmp_path: Path) -> None:
    command = stub()
    report = scan(project, "pip-audit", "osv-api", command=command, url="http://127.0.0.1:9/", online=False)
    assert [problem.what.partition(": the")[0] for problem in report.problems] == ["advisories: pip-audit", "advisories: osv-api"]
    assert not (tmp_path / "log").exists()
    policy = write_tree(tmp_path, {"p.toml": '[advisories]\nsources = ["pip-audit"]\n'}) / "p.toml"
    done = sbomgate("scan", project, "--policy", policy, "--pip-audit", command, cwd=tmp_path / "project")
    assert done.returncode == 3
    assert "the network may not be used" in " ".join(done.stdout.split())
    done = sbomgate("scan", project, "--policy", policy, "--online", "--pip-audit", command, cwd=tmp_path / "project")
    assert "PYSEC-2026-7" in done.stdout
    done = sbomgate("scan", project, "--advisories", "pip-audit", "--pip-audit", command, cwd=tmp_path / "project")
    assert "PYSEC-2026-7" in done.stdout


def test_a_problem_names_its_source_and_no_file_of_the_target(project: Path) -> None:
    for arguments, place in (
        (("osv-api", "--osv-url", "http://127.0.0.1:9"), "http://127.0.0.1:9: advisories: osv-api: "),
        (("osv", "--advisory-db", "no.sqlite"), f"{project.parent.resolve()}/no.sqlite: advisories: osv: "),
    ):
        done = sbomgate("scan", project.name, "--advisories", *arguments, "-f", "junit", cwd=project.parent)
        assert f'name="reads {place.partition(": ")[0]}"' in done.stdout
        assert done.returncode == 3


# -- together ----------------------------------------------------------------------------------------------------------------


def test_one_defect_of_two_sources_is_one_finding(project: Path, stub: Callable[..., Path], tmp_path: Path) -> None:
    write_tree(tmp_path, {"osv/a.json": json.dumps(RECORD)})
    store = advisory_store(tmp_path / "store", tmp_path / "osv")
    report = scan(project, "osv", "pip-audit", command=stub(), advisory_db=str(store))
    assert said(report) == [("SG602", "GHSA-2345-6789-cfgh")]
    (match,) = report.inventories[0].matches
    assert match.ids == ("GHSA-2345-6789-cfgh", "PYSEC-2026-7", "CVE-2026-1")
    assert (match.severity, match.fixed, match.source) == ("high", "1.4.1", "osv + pip-audit")
    assert [source.kind for source in report.inventories[0].advisory_sources] == ["osv", "pip-audit"]


def test_what_is_certain_goes_before_what_is_not() -> None:
    def one(state: str, *ids: str, **more: Any) -> Match:
        return Match("pkg:npm/a@1", state, ids[0], ids, malicious=False, **more)

    unjudged, other = one("unjudged", "GHSA-1", "CVE-1", reason="r"), one("affected", "GHSA-9")
    assert merged([unjudged, one("affected", "PYSEC-1", "CVE-1"), other]) == (other, one("affected", "PYSEC-1", "CVE-1"))
    assert merged([unjudged]) == (unjudged,)
    mal = Match("pkg:npm/a@1", "affected", "MAL-1", ("MAL-1", "GHSA-9"), malicious=True)
    assert [(match.malicious, match.ids) for match in merged([other, mal])] == [(True, ("GHSA-9", "MAL-1"))]


# -- a service ---------------------------------------------------------------------------------------------------------------


def spelled(package: dict[str, str]) -> tuple[str, str]:
    name = package["name"]
    return package["ecosystem"], canonical_name(name) if package["ecosystem"] == "PyPI" else name


class Service(Index):
    """A stand-in for a service with the API of OSV: names every record of a package, and sends it."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, Any] = {}
        self.questions: list[list[dict[str, Any]]] = []
        self.page = 1000
        self.answers["/v1/querybatch"] = [self.named]

    def add(self, record: dict[str, Any], *answers: Answer) -> None:
        self.records[record["id"]] = record
        body = json.dumps(record).encode()
        self.answers[f"/v1/vulns/{record['id']}"] = [*answers, lambda handler: handler.reply(200, body)]

    def named(self, handler: Handler) -> None:
        questions = json.loads(handler.body)["queries"]
        self.questions.append(questions)
        results = []
        for question in questions:
            package = question["package"]
            every = [
                name
                for name, record in self.records.items()
                if any(spelled(row["package"]) == spelled(package) for row in record["affected"])
            ]
            start = int(question.get("page_token", "0"))
            rest = {"next_page_token": str(start + self.page)} if start + self.page < len(every) else {}
            rows = [{"id": name, "modified": "x"} for name in every[start : start + self.page]]
            results.append({**({"vulns": rows} if rows else {}), **rest})
        handler.reply(200, json.dumps({"results": results}).encode())


@pytest.fixture
def service() -> Any:
    with Service() as one:
        yield one


def test_the_records_of_a_service_are_findings(project: Path, service: Service) -> None:
    service.add(RECORD)
    service.add({**RECORD, "id": "GHSA-9", "aliases": [], "affected": [{**RECORD["affected"][0], "ranges": [], "versions": ["1.9"]}]})
    write_tree(project, {".mcp.json": json.dumps({"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp"]}}})})
    service.add({"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "npm", "name": "@acme/docs-mcp"}, "versions": ["1.0.0"]}]})  # fmt: skip
    report = scan(project, "osv-api", url=service.url)
    assert sorted(said(report)) == [("SG602", "GHSA-2345-6789-cfgh"), ("SG609", "")]
    assert not report.problems
    assert [sorted(question.items()) for question in service.questions[0]] == [
        [("package", {"ecosystem": "npm", "name": "@acme/docs-mcp"})],
        [("package", {"ecosystem": "PyPI", "name": "acme-other"}), ("version", "1.0.0")],
        [("package", {"ecosystem": "PyPI", "name": "acme-parser"}), ("version", "1.4.0")],
    ]


def test_it_says_what_a_store_of_the_same_records_says(project: Path, service: Service, tmp_path: Path) -> None:
    records = [json.loads(path.read_bytes()) for path in sorted((DATA / "osv").glob("*.json"))]
    lines = []
    for record in records:
        service.add(record)
        for row in record["affected"]:
            if row["package"]["ecosystem"] == "PyPI":
                lines += [f"{row['package']['name']}=={version} --hash={HASH}" for version in row.get("versions", ())[:2]]
    write_tree(project, {"requirements.txt": "\n".join(dict.fromkeys(lines))})
    store = advisory_store(tmp_path / "store", DATA / "osv")
    offline, online = scan(project, "osv", advisory_db=str(store)), scan(project, "osv-api", url=service.url)
    ours, theirs = ([match._replace(source="") for match in one.inventories[0].matches] for one in (offline, online))
    assert len(ours) > 5
    assert ours == theirs


def test_batches_and_pages(project: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osv_api, "BATCH", 1)
    service.page = 2
    for number in range(5):
        service.add({**RECORD, "id": f"GHSA-{number}", "aliases": []})
    report = scan(project, "osv-api", url=service.url)
    assert len(said(report)) == 5
    assert [[question.get("page_token", "") for question in batch] for batch in service.questions] == [[""], [""], ["2"], ["4"]]
    service.page = 0  # never ends
    assert "its answer does not end" in scan(project, "osv-api", url=service.url).problems[0].what


def test_what_broke_off_is_tried_again(project: Path, service: Service) -> None:
    body = json.dumps(RECORD).encode()
    service.add(RECORD, status(503), cut(body, 20))
    service.answers["/v1/querybatch"].insert(0, status(429))
    report = scan(project, "osv-api", url=service.url)
    assert said(report) == [("SG602", "GHSA-2345-6789-cfgh")]
    assert not report.problems


def sends(text: str) -> Answer:
    return lambda handler: handler.reply(200, text.encode())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(503), "answers with status 503"),
        (status(401), "asks for a login"),
        (redirect("http://elsewhere.example/"), "answers with status 302"),
        (sends("["), "cannot be read (JSONDecodeError"),
        (sends("[" * 100_000), "cannot be read (RecursionError"),
        (sends("{}"), "cannot be read (KeyError"),
        (sends('{"results": [{}]}'), "it answers 1 of 2 questions"),
        (sends('{"results": [{"vulns": [{"id": "../../x"}]}, {}]}'), "is no identifier"),
        (sends('{"results": [1, 2]}'), "cannot be read (AttributeError"),
    ],
)
def test_a_service_that_fails_is_a_problem(project: Path, service: Service, answer: Answer, words: str) -> None:
    service.answers["/v1/querybatch"] = [answer]
    report = scan(project, "osv-api", url=service.url)
    (problem,) = report.problems
    assert words in problem.what
    assert report.exit_code == 3
    assert "elsewhere" not in "".join(service.paths)


def test_a_record_that_cannot_be_read_is_a_problem_and_the_others_count(project: Path, service: Service) -> None:
    service.add(RECORD)
    service.add({**RECORD, "id": "GHSA-2"}, sends("{"))
    service.add({**RECORD, "id": "GHSA-3"}, sends(json.dumps(RECORD)))
    report = scan(project, "osv-api", url=service.url)
    assert said(report) == [("SG602", "GHSA-2345-6789-cfgh")]
    assert sorted(problem.where for problem in report.problems) == ["GHSA-2", "GHSA-3"]


def test_only_what_is_an_address_of_a_service_is_asked(project: Path) -> None:
    assert "no service is named" in scan(project, "osv-api").problems[0].what
    for url in ("http://osv.example", "https://me:secret@osv.example", "ftp://x", "https://osv.example/?x", "osv.example"):
        done = sbomgate("scan", project, "--advisories", "osv-api", "--osv-url", url)
        assert (done.returncode, "is no URL of a service" in done.stderr) == (2, True)
