"""What indexes say of releases: the source `index` against an index and a registry on this machine, and the rules that tell of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from indexes import Answer, Index, cut, index_of, redirect, status
from support import distribution, environment, sbomgate, write_tree

from sbomgate import engine
from sbomgate.advisories import index as source
from sbomgate.custody import download
from sbomgate.custody.download import RefusedError
from sbomgate.model import Finding, Report
from sbomgate.policy import Policy

ONE, TWO = "a" * 64, "b" * 64
SUM = "sha512-" + "A" * 86 + "=="


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    monkeypatch.setattr(download, "TIMEOUT", 5)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index that pip's configuration names; it knows nothing yet."""
    with index_of(tmp_path / "no-pages") as one:
        yield one
        monkeypatch.undo()  # what a test has set since goes first


def page(index: Index, name: str, *files: dict[str, Any], at: str = "/simple", **more: Any) -> None:
    rows = [{"url": file["filename"], "hashes": {}, **file} for file in files]
    body = {"meta": {"api-version": "1.4"}, "name": name, "files": rows, **more}
    index.document(f"{at}/{name}/", json.dumps(body).encode())


def wheel(version: str, digest: str = ONE, **more: Any) -> dict[str, Any]:
    return {"filename": f"acme-{version}-py3-none-any.whl", "hashes": {"sha256": digest}, **more}


def package(index: Index, name: str, versions: dict[str, Any], latest: str = "", **more: Any) -> None:
    body = {"name": name, "versions": {version: {} if why is None else {"deprecated": why} for version, why in versions.items()}, **more}
    index.document(f"/npm/{name.replace('/', '%2F')}", json.dumps({**body, "dist-tags": {"latest": latest}}).encode(), "application/json")


def scan(root: Path, files: dict[str, str | bytes], agents: tuple[str, ...] = (), **more: Any) -> Report:
    project = write_tree(root / "project", files)
    return engine.scan(str(project), Policy(advisories=("index",), agent_packages=agents), **{"online": True, **more})


def required(text: str = f"acme==1.0 --hash=sha256:{ONE}\n") -> dict[str, str | bytes]:
    return {"requirements.txt": text}


def uv_lock(url: str, name: str = "acme", version: str = "1.0") -> dict[str, str | bytes]:
    return {
        "uv.lock": f'version = 1\nrequires-python = ">=3.11"\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "{url}" }}\n'
        f'wheels = [{{ url = "{url}/files/acme-1.0-py3-none-any.whl", hash = "sha256:{ONE}", size = 9 }}]\n'
    }


def package_lock(url: str, name: str = "acme", version: str = "1.0.0", **more: Any) -> dict[str, str | bytes]:
    resolved = {"resolved": f"{url}/{name}/-/acme-{version}.tgz"} if url else {}
    row = {"version": version, "integrity": SUM, **resolved, **more}
    return {"package-lock.json": json.dumps({"lockfileVersion": 3, "packages": {"": {"name": "app"}, f"node_modules/{name}": row}})}


def told(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule in ("SG604", "SG606")]


def states(report: Report) -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in report.inventories[0].releases]


def notes(report: Report) -> str:
    return "\n".join(note for note in report.inventories[0].notes if note.startswith("advisories: index"))


# -- Python ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("yanked", "words"), [(True, " ("), ("", " ("), ("breaks\n everything", ": breaks everything (")])
def test_a_yanked_release_is_found_with_its_reason(tmp_path: Path, index: Index, yanked: Any, words: str) -> None:
    page(index, "acme", wheel("1.0.0", yanked=yanked), wheel("1.1"))
    report = scan(tmp_path, required())
    (finding,) = told(report)
    assert finding.message == f"acme 1.0 was yanked by its publisher{words}{index.url} says so)"
    assert (finding.rule, finding.severity, finding.confidence) == ("SG604", "low", "medium")
    assert (finding.subject, finding.location.path) == ("pkg:pypi/acme@1.0", "requirements.txt")
    assert index.paths == ["/simple/acme/"]
    assert not report.problems
    (agent,) = told(scan(tmp_path, required(), ("pkg:pypi/acme",)))
    assert agent.severity == "medium"
    assert agent.fingerprint == finding.fingerprint


def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0"), wheel("0.9", yanked=True))
    report = scan(tmp_path, required(), ("pkg:pypi/acme",))
    assert (told(report), states(report), notes(report), report.problems) == ([], [], "", ())


@pytest.mark.parametrize(("locked", "found"), [(ONE, True), (TWO, False)])
def test_of_some_yanked_files_those_count_that_are_locked(tmp_path: Path, index: Index, locked: str, found: bool) -> None:
    page(index, "acme", wheel("1.0", yanked="this one"), {"filename": "acme-1.0.tar.gz", "hashes": {"sha256": TWO.upper()}})
    report = scan(tmp_path, required(f"acme==1.0 --hash=sha256:{locked}\n"))
    assert states(report) == ([("yanked", "this one")] if found else [])


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize(("agents", "severity"), [((), "high"), (("pkg:pypi/acme",), "critical")])
def test_a_quarantined_project_is_found(tmp_path: Path, index: Index, html: bool, agents: tuple[str, ...], severity: str) -> None:
    if html:
        text = '<meta name="pypi:project-status" content="quarantined"><meta name="pypi:project-status-reason" content="malware?">'
        index.document("/simple/acme/", text.encode(), "text/html")
    else:
        page(index, "acme", **{"project-status": {"status": "quarantined", "reason": "malware?"}})
    report = scan(tmp_path, required(), agents)
    (finding,) = told(report)
    assert (finding.rule, finding.severity) == ("SG606", severity)
    assert finding.message == f"{index.url} has put acme into quarantine: malware?; 1.0 is in use here"


@pytest.mark.parametrize(
    ("state", "outside", "inside"), [("archived", [], ["info"]), ("deprecated", ["info"], ["low"]), ("active", [], [])]
)
def test_the_status_of_a_project_is_told(tmp_path: Path, index: Index, state: str, outside: list[str], inside: list[str]) -> None:
    page(index, "acme", wheel("1.0"), **{"project-status": {"status": state, "reason": "over"}})
    assert [finding.severity for finding in told(scan(tmp_path, required()))] == outside
    found = told(scan(tmp_path, required(), ("pkg:pypi/acme",)))
    assert [finding.severity for finding in found] == inside
    assert all(": over" in finding.message for finding in found)


def test_what_is_yanked_and_archived_is_one_finding(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0", yanked="bad"), **{"project-status": {"status": "archived"}})
    (finding,) = told(scan(tmp_path, required()))
    assert finding.message == (
        f"acme 1.0 was yanked by its publisher: bad ({index.url} says so); is of a project that was archived by its owner ({index.url} says so)"
    )


def test_a_release_that_the_index_of_the_lock_lacks_is_gone(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.1"), at="/own")
    (finding,) = told(scan(tmp_path, uv_lock(f"{index.url}/own")))
    assert finding.message == f"acme 1.0 is gone: {index.url} does not have it any more"
    assert (finding.severity, finding.confidence) == ("low", "high")
    assert index.paths == ["/own/acme/"]
    (finding,) = told(scan(tmp_path, uv_lock(f"{index.url}/own"), ("pkg:pypi/acme",)))
    assert finding.severity == "medium"


def test_a_project_that_the_index_of_the_lock_does_not_know_is_gone(tmp_path: Path, index: Index) -> None:
    (finding,) = told(scan(tmp_path, uv_lock(f"{index.url}/own")))
    assert finding.message == f"acme 1.0 is gone: {index.url} does not know acme any more"
    index.answers["/own/acme/"] = [status(410)]
    assert len(told(scan(tmp_path, uv_lock(f"{index.url}/own")))) == 1


def test_a_name_that_only_the_index_of_the_user_lacks_is_a_note(tmp_path: Path, index: Index) -> None:
    report = scan(tmp_path, required())
    assert (told(report), report.problems) == ([], ())
    assert notes(report) == f"advisories: index: {index.url} does not know acme: private, or of another index"


def test_an_index_that_knows_nothing_of_a_lock_is_one_problem(tmp_path: Path, index: Index) -> None:
    rows = [uv_lock(f"{index.url}/own", f"acme-{number}")["uv.lock"] for number in range(4)]
    text = str(rows[0]) + "".join(str(row).partition("[[package]]")[2].join(("[[package]]", "")) for row in rows[1:])
    report = scan(tmp_path, {"uv.lock": text})
    (problem,) = report.problems
    assert problem.what == (
        f"advisories: index: {index.url} knows nothing of what is locked from it, so nothing is known of 4 of 4 projects: "
        "acme-0, acme-1, acme-2, acme-3"
    )
    assert told(report) == []
    page(index, "acme-0", {"filename": "acme_0-1.0.tar.gz"}, at="/own")
    report = scan(tmp_path, {"uv.lock": text})
    assert (report.problems, len(told(report))) == ((), 3)


@pytest.mark.parametrize(
    ("version", "installer", "found"), [("1.0", "pip", True), ("1.0", "uv", True), ("1.0+cpu", "pip", False), ("1.0", "conda", False)]
)
def test_an_installed_release_may_come_from_elsewhere(tmp_path: Path, index: Index, version: str, installer: str, found: bool) -> None:
    page(index, "acme", wheel("1.1"))
    report = scan(tmp_path, environment(distribution("acme", version, {"acme.py": b""}, installer=installer)))  # type: ignore[arg-type]
    assert [finding.confidence for finding in told(report)] == (["medium"] if found else [])
    if found:
        assert told(report)[0].message.endswith("does not have it; it was deleted there, or comes from elsewhere")
    else:
        assert notes(report) == f"advisories: index: {index.url} does not have acme {version}, which may come from elsewhere"


def test_what_the_lock_names_is_asked_for_what_is_installed_too(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0", yanked="bad"), at="/own")
    installed = {f".venv/{path}": content for path, content in environment(distribution("acme", "1.0", {"acme.py": b""})).items()}
    report = scan(tmp_path, {**uv_lock(f"{index.url}/own"), **installed})
    assert len(told(report)) == 1
    assert index.paths == ["/own/acme/"]


def test_indexes_are_asked_in_turn(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{index.url}/more/")
    page(index, "acme", wheel("2.0"))
    page(index, "acme", wheel("1.0", yanked="there"), at="/more")
    assert states(scan(tmp_path, required())) == [("yanked", "there")]
    index.requests.clear()
    page(index, "acme", wheel("1.0"))
    assert states(scan(tmp_path, required())) == []
    assert index.paths == ["/simple/acme/"]


def test_the_index_of_a_requirements_file_is_that_of_its_rows(tmp_path: Path, index: Index) -> None:
    report = scan(tmp_path, required(f"--index-url {index.url}/own\nacme==1.0 --hash=sha256:{ONE}\n"))
    assert [one.named for one in report.inventories[0].releases] == [True]
    assert index.paths == ["/own/acme/"]
    report = scan(tmp_path, required(f"--no-index\nacme==1.0 --hash=sha256:{ONE}\n"))
    assert notes(report) == "advisories: index: no index may be asked about acme"
    assert index.paths == ["/own/acme/"]


def test_one_request_for_each_project(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0"), wheel("2.0", yanked=True))
    report = scan(tmp_path, {**required(), "sub/requirements.txt": f"acme==2.0 --hash=sha256:{ONE}\n"})
    assert [finding.subject for finding in told(report)] == ["pkg:pypi/acme@2.0"]
    assert index.paths == ["/simple/acme/"]


def test_only_what_an_index_can_have_is_asked_for(tmp_path: Path, index: Index) -> None:
    text = "here @ file:///tmp/here.whl\nthere @ git+https://git.example/there@v1\nat @ https://files.example/at-1.0.tar.gz\n"
    report = scan(tmp_path, {**required(text), "uv.lock": uv_lock("x", "..")["uv.lock"], "package-lock.json": package_lock(index.url, "../x")["package-lock.json"]})  # fmt: skip
    assert index.paths == []
    assert told(report) == []
    assert notes(report).startswith("advisories: index: no index can have packages called '")


def test_what_is_not_pinned_is_asked_for_its_project(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0", yanked=True), **{"project-status": {"status": "quarantined"}})
    report = scan(tmp_path, required("acme>=1\n"))
    assert "has put acme into quarantine; some release is in use here" in told(report)[0].message
    page(index, "acme", wheel("1.0", yanked=True))
    assert told(scan(tmp_path, required("acme>=1\n"))) == []


# -- npm ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stated", "found"), [("use b", ": use b"), (True, ""), ("", None), (False, None), (None, None)])
def test_a_deprecated_package_is_found(tmp_path: Path, index: Index, stated: Any, found: str | None) -> None:
    package(index, "@me/acme", {"1.0.0": stated, "2.0.0": "other"})
    report = scan(tmp_path, package_lock(f"{index.url}/npm", "@me/acme"))
    wanted = [f"@me/acme 1.0.0 is withdrawn from use by its publisher{found} ({index.url} says so)"] if found is not None else []
    assert [finding.message for finding in told(report)] == wanted
    assert index.paths == ["/npm/@me%2Facme"]
    assert "application/vnd.npm.install-v1+json" in index.requests[0][1]["Accept"]
    assert not report.problems


def test_what_the_lockfile_and_the_registry_say_is_one_finding(tmp_path: Path, index: Index) -> None:
    package(index, "acme", {"1.0.0": "use b"})
    (same,) = told(scan(tmp_path, package_lock(f"{index.url}/npm", deprecated="use b")))
    assert same.message == "acme 1.0.0 is withdrawn from use by its publisher: use b (the lockfile says so)"
    (both,) = told(scan(tmp_path, package_lock(f"{index.url}/npm", deprecated="use c"), ("pkg:npm/acme",)))
    assert both.message.endswith(f": use c (the lockfile says so); is withdrawn from use by its publisher: use b ({index.url} says so)")
    assert both.severity == "low"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"versions": {"1.1.0": None}}, "does not have it any more"),
        ({"versions": {}, "time": {"unpublished": {"time": "x"}}}, "does not know acme any more"),
        (None, "does not know acme any more"),
    ],
)
def test_a_package_that_was_unpublished_is_gone(tmp_path: Path, index: Index, document: Any, words: str) -> None:
    if document is not None:
        package(index, "acme", **document)
    (finding,) = told(scan(tmp_path, package_lock(f"{index.url}/npm")))
    assert finding.message == f"acme 1.0.0 is gone: {index.url} {words}"


def test_a_scoped_package_may_be_private(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = package_lock(f"{index.url}/npm", "@me/acme")
    report = scan(tmp_path, lock)
    assert (told(report), report.problems) == ([], ())
    assert notes(report) == f"advisories: index: {index.url} does not know @me/acme: private, or of another index"
    monkeypatch.setenv("PIP_INDEX_URL", index.url.replace("//", "//me:secret@") + "/simple")
    assert [finding.message for finding in told(scan(tmp_path, lock))] == [
        f"@me/acme 1.0.0 is gone: {index.url} does not know @me/acme any more"
    ]


def test_what_npm_holds_for_security_is_quarantined(tmp_path: Path, index: Index) -> None:
    package(index, "acme", {"0.0.1-security": None}, "0.0.1-security")
    (finding,) = told(scan(tmp_path, package_lock(f"{index.url}/npm")))
    assert (finding.rule, finding.severity) == ("SG606", "high")
    assert finding.message.endswith("into quarantine: the registry holds its place with 0.0.1-security; 1.0.0 is in use here")
    package(index, "acme", {"1.0.0": None, "0.0.1-security": None}, "0.0.1-security")
    assert told(scan(tmp_path, package_lock(f"{index.url}/npm"))) == []


def test_where_nothing_names_the_registry_nobody_is_asked(tmp_path: Path, index: Index) -> None:
    report = scan(tmp_path, package_lock(""))
    assert notes(report).startswith("advisories: index: nothing names the registry of acme, so nobody was asked")
    assert (index.paths, told(report), report.problems) == ([], [], ())


def test_the_settings_of_the_project_name_the_registry(tmp_path: Path, index: Index) -> None:
    package(index, "acme", {"1.0.0": "old"})
    package(index, "@me/acme", {"1.0.0": "older"})
    settings = {".npmrc": f"registry={index.url}/none\n", "sub/.npmrc": f"registry={index.url}/npm/\n@me:registry={index.url}/npm\n"}
    for name, words in (("acme", "old"), ("@me/acme", "older")):
        lock = {f"sub/{path}": text for path, text in package_lock("", name).items()}
        assert states(scan(tmp_path, {**settings, **lock})) == [("deprecated", words)]
    report = scan(tmp_path, {**settings, **package_lock("")})
    assert f"{index.url} does not know acme: private, or of another index" in notes(report)


# -- what goes wrong ---------------------------------------------------------------------------------------------------------


def sends(body: str | bytes, kind: str = "application/vnd.pypi.simple.v1+json") -> Answer:
    return lambda handler: handler.reply(200, body.encode() if isinstance(body, str) else body, content_type=kind)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(503), "answers with status 503"),
        (status(500), "answers with status 500"),
        (status(401), "asks for a login"),
        (redirect("ftp://elsewhere.example/"), "not an address of the web"),
        (sends("["), "cannot be read (JSONDecodeError)"),
        (sends("[" * 100_000), "cannot be read (RecursionError)"),
        (sends("{}"), "cannot be read (ValidationError)"),
        (sends('{"meta": {"api-version": "1.0"}, "name": "other", "files": []}'), "the page of another project"),
        (
            sends('{"meta": {"api-version": "1.4"}, "name": "acme", "files": [], "project-status": {"status": "lost"}}'),
            "cannot be read (ValidationError)",
        ),
        (sends("x", "text/plain"), "does not answer as an index does"),
        (sends(b"x" * 200_000, "text/html"), "sends more than 150,000 bytes"),
        (cut(b"x" * 100, 20), "broke off"),
    ],
)
def test_a_failure_is_a_problem(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch, answer: Answer, words: str) -> None:
    monkeypatch.setattr(download, "MAX_PAGE", 150_000)
    page(index, "other", {"filename": "other-1.0.tar.gz", "yanked": True})
    index.answers["/simple/acme/"] = [answer]
    report = scan(tmp_path, required("acme==1.0\nother==1.0\n"))
    (problem,) = report.problems
    assert words in problem.what
    assert (problem.path, problem.where) == (index.url, "acme")
    assert "--artifacts" not in problem.fix
    assert [finding.subject for finding in told(report)] == ["pkg:pypi/other@1.0"]
    assert report.exit_code == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("[", "cannot be read (JSONDecodeError)"),
        ("[" * 100_000, "cannot be read (RecursionError)"),
        ("[]", "cannot be read (AttributeError)"),
        ("{}", "cannot be read (AttributeError)"),
        ('{"versions": {"1.0.0": 1}}', "cannot be read (AttributeError)"),
        ('{"name": "other", "versions": {}}', "the document of another package"),
    ],
)
def test_a_document_of_npm_that_is_none_is_a_problem(tmp_path: Path, index: Index, body: str, words: str) -> None:
    index.answers["/npm/acme"] = [sends(body)]
    (problem,) = scan(tmp_path, package_lock(f"{index.url}/npm")).problems
    assert words in problem.what


def test_a_server_that_fails_is_one_problem_and_is_left_alone(tmp_path: Path, index: Index) -> None:
    names = [f"acme-{number:02}" for number in range(40)]
    for name in names:
        index.answers[f"/simple/{name}/"] = [status(503)]
    report = scan(tmp_path, required("".join(f"{name}==1.0\n" for name in names)))
    (problem,) = report.problems
    assert problem.what == (
        f"advisories: index: {index.url} answers with status 503, so nothing is known of 40 of 40 projects: "
        "acme-00, acme-01, acme-02, acme-03, acme-04 and 35 more"
    )
    assert len(index.requests) <= download.TRIES * (source.MAX_FAILURES + download.WORKERS)


def test_what_broke_off_is_tried_again(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0", yanked="bad"))
    index.answers["/simple/acme/"][:0] = [status(429), cut(b"{" * 40, 20)]
    report = scan(tmp_path, required())
    assert (states(report), report.problems) == ([("yanked", "bad")], ())


def test_there_is_an_end_to_waiting(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "SECONDS", 0.3)
    index.answers["/simple/acme/"] = [lambda handler: handler.server.over.wait(5) and None]
    (problem,) = scan(tmp_path, required()).problems
    assert problem.what == "advisories: index: not done after 0.3 s"


def test_hostile_words_are_one_line_and_short(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0", yanked="\x1b[31m\u202e\ud800 a\r\nb " + "x" * 9000))
    report = scan(tmp_path, required())
    (finding,) = told(report)
    assert finding.message.startswith("acme 1.0 was yanked by its publisher: \\x1b[31m\\u202e\\ud800 a b xxx")
    assert finding.message.isprintable()
    assert len(finding.message) < 400
    assert len(states(report)[0][1]) <= 300


def test_a_login_goes_where_it_belongs(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url.replace("//", "//me:secret@") + "/simple")
    page(index, "acme", wheel("1.0", yanked=True))
    report = scan(tmp_path, required())
    assert "Authorization" in index.requests[0][1]
    assert ":secret" not in repr(report)


# -- leave, and where it is told ---------------------------------------------------------------------------------------------


def test_nobody_is_asked_without_leave(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0", yanked=True))
    report = scan(tmp_path, required(), online=False)
    assert "the network may not be used" in report.problems[0].what
    project, policy = tmp_path / "project", write_tree(tmp_path, {"p.toml": '[advisories]\nsources = ["index"]\n'}) / "p.toml"
    done = sbomgate("scan", project, "--policy", policy)
    assert (done.returncode, "the network may not be used" in " ".join(done.stdout.split())) == (3, True)
    sbomgate("scan", project)
    assert index.requests == []
    done = sbomgate("scan", project, "--policy", policy, "--online")
    assert "was yanked by its publisher" in " ".join(done.stdout.split())
    assert "nothing that was asked for needs the network" not in done.stderr
    done = sbomgate("scan", project, "--advisories", "index", "-f", "json")
    assert index.paths == ["/simple/acme/"] * 2
    assert json.loads(done.stdout)["inventory"]["releases"] == [
        {"purl": "pkg:pypi/acme@1.0", "state": "yanked", "reason": "", "place": index.url, "whole": False, "named": False}
    ]


def test_no_document_has_it(tmp_path: Path, index: Index) -> None:
    page(index, "acme", wheel("1.0", yanked="marked"))
    project = write_tree(tmp_path / "project", required())
    done = sbomgate("scan", project, "--advisories", "index", "-o", f"cyclonedx={tmp_path / 'a'}", "-o", f"vdr={tmp_path / 'b'}")
    assert "marked" in done.stdout
    assert "marked" not in (tmp_path / "a").read_text() + (tmp_path / "b").read_text()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "sbomgate.advisories.index")
    monkeypatch.setitem(sys.modules, "pypi_simple", None)
    (problem,) = scan(tmp_path, required()).problems
    assert (problem.what, problem.fix) == ("advisories: index: needs pypi_simple", 'pip install "sbomgate[online]"')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "versions", "time", "unpublished", "dist-tags", "latest", "deprecated", "1.0.0", "acme"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=100) | VALUES.map(lambda value: json.dumps(value).encode()))
@example(body=b"1" * 10_000)
@example(body=b'{"versions": {}, "dist-tags": null}')
def test_any_bytes_are_a_document_of_npm_or_refused(body: bytes) -> None:
    try:
        found = source.read_packument(body, "https://registry.example", "acme")
    except RefusedError as error:
        assert "\n" not in error.what
        return
    assert all(why is None or isinstance(why, str) for why in found.versions.values())
    assert isinstance(found.latest, str)
