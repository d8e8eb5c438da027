"""Artifacts from an index: had, checked, and refused; the server is one on this machine."""

from __future__ import annotations

import base64
import json
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from indexes import Index, cut, drip, redirect, status
from support import SITE, sbomgate, write_tree
from test_structure import loaded_by
from wheels import archive, installed, recorded, sha256, wheel_files

from sbomgate import engine
from sbomgate.custody import artifacts, download
from sbomgate.custody_model import Evidence
from sbomgate.errors import UsageError
from sbomgate.model import Report
from sbomgate.policy import Policy

CONFIG = {"pyvenv.cfg": b"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.12.1\n"}
MEMBERS = wheel_files("demo", "1.0", {"demo/__init__.py": b"x = 1\n", "demo/data.bin": bytes(range(256)) * 40})
WHEEL = archive(MEMBERS, compression=0)
NAME = "demo-1.0-py3-none-any.whl"
HASHED = f"demo==1.0 --hash=sha256:{sha256(WHEEL)}\n"
UV_LOCK = """version = 1
revision = 3
requires-python = ">=3.12"
[[package]]
name = "demo"
version = "1.0"
source = {{ registry = "{index}" }}
wheels = [{wheels}]
"""
POETRY = '[[package]]\nname = "demo"\nversion = "1.0"\noptional = false\npython-versions = "*"\nfiles = [{{file = "{0}", hash = "sha256:{1}"}}]\n[metadata]\nlock-version = "2.1"\npython-versions = "*"\ncontent-hash = "0"\n'


def uv_lock(index: str, *wheels: tuple[str, str, int], sdist: str = "") -> str:
    rows = ", ".join(f'{{ url = "{url}", hash = "sha256:{digest}", size = {size} }}' for url, digest, size in wheels)
    return UV_LOCK.format(index=index, wheels=rows) + (f'sdist = {{ url = "{sdist}", hash = "sha256:{"1" * 64}" }}\n' if sdist else "")


@dataclass
class Case:
    """An environment, a lock and an index."""

    root: Path
    index: Index
    lock: str = HASHED
    lock_name: str = "requirements.txt"
    files: dict[str, bytes] = field(default_factory=lambda: installed(MEMBERS))
    downloads: str = ""

    def verify(self, policy: Policy | None = None, **options: object) -> Report:
        write_tree(self.root / "env", {**CONFIG, **self.files})
        write_tree(self.root, {self.lock_name: self.lock})
        options = {"online": True, "download_dir": self.downloads, **options}
        return engine.verify(str(self.root / "env"), str(self.root / self.lock_name), policy, **options)

    def direct(self, body: bytes = WHEEL, size: int = len(WHEEL)) -> None:
        """Lock the wheel by its address, and serve `body` there."""
        self.lock_name = "uv.lock"
        self.lock = uv_lock(f"{self.index.url}/simple", (self.index.file(f"/files/{NAME}", body), sha256(WHEEL), size))


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing of the machine's configuration, and no waiting."""
    for name in list(os.environ):
        if (
            name.startswith(("PIP_", "UV_", "XDG_"))
            or name.lower().endswith("_proxy")
            or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC")
        ):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("TMPDIR", str(home))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    monkeypatch.setattr(download, "TIMEOUT", 5)


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    with Index() as index:
        monkeypatch.setenv("PIP_INDEX_URL", f"{index.url}/simple/")
        yield Case(tmp_path, index)
    assert not list(Path(os.environ["HOME"]).glob("sbomgate-*")), "the folder of downloads is still there"


def evidence(report: Report) -> Evidence:
    (one,) = report.inventories[0].custody
    return one


def outcome(report: Report) -> tuple[str, str, list[str], list[str]]:
    one = evidence(report)
    return one.strength, one.fault, [finding.rule for finding in report.findings], [problem.what for problem in report.problems]


BYTES = ("bytes", "", [], [])


def test_by_the_address_in_the_lock(case: Case) -> None:
    case.direct()
    report = case.verify(Policy(strict=True))
    assert outcome(report) == BYTES
    assert report.exit_code == 0
    assert evidence(report).artifact == sha256(WHEEL)
    assert case.index.paths == [f"/files/{NAME}"]


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
@pytest.mark.parametrize("digest", [sha256(WHEEL), None], ids=["hashed", "bare"])
def test_by_the_index(case: Case, html: bool, digest: str | None) -> None:
    case.index.page("demo", {"demo-0.9-py3-none-any.whl": None, NAME: digest, "demo-1.0.tar.gz": None}, html=html)
    case.index.file(f"/files/{NAME}", WHEEL)
    assert outcome(case.verify()) == BYTES
    assert case.index.paths == ["/simple/demo/", f"/files/{NAME}"]


def test_by_the_index_that_the_lock_names(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/nobody")
    case.index.page("demo", {NAME: sha256(WHEEL)})
    case.index.file(f"/files/{NAME}", WHEEL)
    case.lock = f"--index-url {case.index.url}/simple\n{HASHED}"
    assert outcome(case.verify()) == BYTES


def test_by_the_name_in_the_lock(case: Case) -> None:
    case.lock_name, case.lock = "poetry.lock", POETRY.format(NAME, sha256(WHEEL))
    case.index.page("demo", {NAME: sha256(WHEEL), "demo-1.0-1-py3-none-any.whl": sha256(b"another build")})
    case.index.file(f"/files/{NAME}", WHEEL)
    assert outcome(case.verify()) == BYTES


def test_the_second_index_is_asked_where_the_first_has_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{case.index.url}/empty")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file:///nowhere {case.index.url}/simple")
    case.index.page("demo", {NAME: sha256(WHEEL)})
    case.index.file(f"/files/{NAME}", WHEEL)
    assert outcome(case.verify()) == BYTES
    assert case.index.paths[0] == "/empty/demo/"


def test_only_the_wheel_of_the_installed_tags_is_fetched(case: Case) -> None:
    members = {
        **MEMBERS,
        "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_17_x86_64\nTag: cp312-cp312-manylinux2014_x86_64\n",
    }
    mine = archive(members)
    case.files = installed(members)
    names = {
        "demo-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": mine,
        "demo-1.0-cp312-cp312-win_amd64.whl": b"windows",
        "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl": b"older",
        "demo-1.0-py3-none-any.whl": b"pure",
    }
    rows = [(case.index.file(f"/{name}", body), sha256(body), len(body)) for name, body in names.items()]
    case.lock_name, case.lock = "uv.lock", uv_lock(f"{case.index.url}/simple", *rows)
    assert outcome(case.verify()) == BYTES
    assert case.index.paths == [f"/{next(iter(names))}"]
    case.lock_name, case.lock = (
        "requirements.txt",
        "demo==1.0 " + " ".join(f"--hash=sha256:{sha256(body)}" for body in names.values()) + "\n",
    )
    case.index.page("demo", {name: sha256(body) for name, body in names.items()}, folder="/")
    assert outcome(case.verify()) == BYTES


def test_too_many_wheels_that_may_be_the_one(case: Case) -> None:
    """Without its WHEEL file nothing tells which of them was installed."""
    case.files = recorded({path: body for path, body in case.files.items() if not path.endswith("/WHEEL")}, "demo-1.0.dist-info")
    names = [f"demo-1.0-cp3{minor}-cp3{minor}-win_amd64.whl" for minor in range(9)]
    case.lock_name = "uv.lock"
    case.lock = uv_lock("x", *((f"{case.index.url}/{name}", sha256(WHEEL), 1) for name in names))
    assert outcome(case.verify())[3] == ["demo 1.0: 9 locked wheels may be the one that was installed"]
    assert case.index.requests == []


LOCKS = {
    "pylock.toml": 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "demo"\nversion = "1.0"\n[[packages.wheels]]\nname = "demo-1.0-py3-none-any.whl"\nurl = "{1}/files/demo-1.0-py3-none-any.whl"\nhashes = {{sha256 = "{0}"}}\n',
    "pdm.lock": '[metadata]\nlock_version = "4.5.0"\ngroups = ["default"]\n[[package]]\nname = "demo"\nversion = "1.0"\ngroups = ["default"]\nfiles = [{{url = "{1}/files/demo-1.0-py3-none-any.whl", hash = "sha256:{0}"}}]\n',
    "Pipfile.lock": '{{"_meta": {{"pipfile-spec": 6, "sources": [{{"url": "{1}/simple", "name": "x", "verify_ssl": true}}]}}, "default": {{"demo": {{"version": "==1.0", "hashes": ["sha256:{0}"]}}}}, "develop": {{}}}}',
}


@pytest.mark.parametrize("name", LOCKS)
def test_every_lock(case: Case, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_INDEX_URL")
    case.lock_name, case.lock = name, LOCKS[name].format(sha256(WHEEL), case.index.url)
    case.index.page("demo", {NAME: sha256(WHEEL)})
    case.index.file(f"/files/{NAME}", WHEEL)
    report = case.verify()
    assert (evidence(report).strength, report.problems) == ("bytes", ())
    assert case.index.paths[-1] == f"/files/{NAME}"


def test_what_says_that_it_was_built_here_has_no_wheel(case: Case) -> None:
    case.lock_name = "uv.lock"
    wheel = (f"{case.index.url}/demo-1.0-cp312-cp312-win_amd64.whl", sha256(WHEEL), 1)
    case.lock = uv_lock(f"{case.index.url}/simple", wheel, sdist=f"{case.index.url}/demo-1.0.tar.gz")
    report = case.verify()
    assert outcome(report) == ("record", "", [], [])
    assert any("say that they were built on this machine" in note and "demo" in note for note in report.inventories[0].notes)
    assert case.verify(Policy(strict=True)).exit_code == 3
    case.lock = uv_lock(f"{case.index.url}/simple", wheel)  # no sdist: there was nothing to build
    assert outcome(case.verify())[3] == ["no locked wheel of demo 1.0 has the tags that its installed WHEEL file states"]
    assert case.index.requests == []


def test_nothing_is_asked_for_what_is_there(case: Case) -> None:
    case.direct()
    write_tree(case.root / "wheels", {NAME: WHEEL})
    assert outcome(case.verify(artifacts=[str(case.root / "wheels")])) == BYTES
    case.files = installed(MEMBERS, direct_url_json=b'{"url": "file:///src/demo", "dir_info": {"editable": true}}')
    case.verify()
    assert case.index.requests == []


def test_nothing_is_asked_that_was_not_asked_for(case: Case) -> None:
    case.direct()
    assert outcome(case.verify(online=False)) == ("record", "", [], [])
    assert case.index.requests == []
    loaded = loaded_by("verify", "env", "--lock", "uv.lock", "--cache", "cache", "--cache-key", "key", cwd=case.root)
    assert "sbomgate.custody.compare" in loaded
    assert not loaded & {"requests", "urllib3", "pypi_simple", "bs4", "pydantic", "http.client", "ssl", "sbomgate.custody.download"}


# -- what is wrong with an artifact --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, len(WHEEL), 100])
def test_another_hash_is_critical_and_never_opened(case: Case, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(artifacts, "read_wheel", None)
    case.direct(WHEEL + b"x", size)
    case.downloads = str(case.root / "wheels")
    report = case.verify()
    assert outcome(report) == ("broken", "artifact", ["SG344"], [])
    assert f"{case.index.url}/files/{NAME} has sha256 {sha256(WHEEL + b'x')[:16]}" in evidence(report).reason
    assert os.listdir(case.downloads) == []
    assert case.index.paths == [f"/files/{NAME}"]  # the same file would come again


def test_an_index_that_says_itself_that_it_has_another_file(case: Case) -> None:
    case.lock_name, case.lock = "poetry.lock", POETRY.format(NAME, sha256(WHEEL))
    case.index.page("demo", {NAME: sha256(b"other")})
    assert outcome(case.verify()) == ("broken", "artifact", ["SG344"], [])
    assert case.index.paths == ["/simple/demo/"]


def test_an_index_without_hashes_that_serves_another_file(case: Case) -> None:
    case.index.page("demo", {NAME: None}, html=True)
    case.index.file(f"/files/{NAME}", b"other")
    assert outcome(case.verify()) == ("broken", "artifact", ["SG344"], [])


def test_a_changed_file_is_found_through_what_was_downloaded(case: Case) -> None:
    case.direct()
    case.files = recorded({**case.files, f"{SITE}/demo/__init__.py": b"import evil\n"}, "demo-1.0.dist-info")
    assert outcome(case.verify())[:3] == ("broken", "content", ["SG345"])


def test_a_hostile_archive_with_the_locked_hash(case: Case) -> None:
    hostile = b"#!/bin/sh\n" + WHEEL
    case.lock_name = "uv.lock"
    case.lock = uv_lock(f"{case.index.url}/simple", (case.index.file(f"/files/{NAME}", hostile), sha256(hostile), len(hostile)))
    assert outcome(case.verify())[:3] == ("broken", "refused", ["SG346"])


def test_more_than_the_cap(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SLACK", 10)
    case.direct(WHEEL + bytes(11))
    (problem,) = case.verify().problems
    assert f"sends more than {len(WHEEL) + 10:,} bytes" in problem.what
    monkeypatch.setattr(download, "MAX_DOWNLOAD", 100)
    case.direct(size=0)
    assert "sends more than 100 bytes" in case.verify().problems[0].what
    monkeypatch.setattr(download, "MAX_PAGE", 10)
    case.lock_name, case.lock = "requirements.txt", HASHED
    case.index.page("demo", {NAME: None})
    assert "sends more than 10 bytes" in case.verify().problems[0].what


# -- what goes wrong on the way ------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [True, False], ids=["stated", "unstated"])
def test_a_body_that_is_cut_off_is_continued(case: Case, length: bool) -> None:
    case.direct()
    path = f"/files/{NAME}"
    short = cut(WHEEL, 5000) if length else (lambda handler: handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + WHEEL[:5000]))
    case.index.answers[path] = [short, *case.index.answers[path]]
    assert outcome(case.verify()) == BYTES
    assert [headers.get("Range") for _, headers in case.index.requests] == [None, "bytes=5000-"]


def test_what_was_cut_off_is_continued_by_the_next_run(case: Case) -> None:
    case.downloads = str(case.root / "wheels")
    case.direct()
    whole = case.index.answers[f"/files/{NAME}"]
    case.index.answers[f"/files/{NAME}"] = [cut(WHEEL, 5000), status(500)]
    report = case.verify()
    assert (report.exit_code, evidence(report).strength) == (3, "record")
    (part,) = os.listdir(case.downloads)
    assert part.endswith(".part")
    assert (Path(case.downloads) / part).stat().st_size == 5000
    case.index.answers[f"/files/{NAME}"] = whole
    case.index.requests.clear()
    assert outcome(case.verify()) == BYTES
    assert [headers.get("Range") for _, headers in case.index.requests] == ["bytes=5000-"]
    assert os.listdir(case.downloads) == [NAME]
    assert (Path(case.downloads) / NAME).read_bytes() == WHEEL
    case.index.requests.clear()
    assert outcome(case.verify()) == BYTES
    assert case.index.requests == []


@pytest.mark.parametrize("part", [b"of another time", WHEEL + b"longer", WHEEL], ids=["other", "longer", "whole"])
def test_a_part_that_is_not_of_the_file_is_no_accusation(case: Case, part: bytes) -> None:
    case.downloads = str(case.root / "wheels")
    case.direct()
    case.index.answers[f"/files/{NAME}"][:0] = [status(500)] * download.TRIES
    case.verify()
    (name,) = os.listdir(case.downloads)
    (Path(case.downloads) / name).write_bytes(part)
    assert outcome(case.verify()) == BYTES


def test_a_server_without_ranges_sends_it_anew(case: Case) -> None:
    case.direct()
    case.index.answers[f"/files/{NAME}"] = [cut(WHEEL, 5000), lambda handler: handler.reply(200, WHEEL)]
    assert outcome(case.verify()) == BYTES


def test_nothing_that_lies_in_the_folder_is_overwritten(case: Case) -> None:
    case.downloads = str(case.root / "wheels")
    write_tree(case.root / "wheels", {NAME: b"of the user"})
    case.index.page("demo", {NAME: sha256(WHEEL)})
    case.index.file(f"/files/{NAME}", WHEEL)
    assert outcome(case.verify())[:2] == ("broken", "artifact")  # it claims to be the locked one: told, and nothing is fetched
    (case.root / "wheels" / NAME).unlink()
    (case.root / "wheels" / NAME).mkdir()
    assert outcome(case.verify()) == BYTES
    assert (case.root / "wheels" / f"{sha256(WHEEL)}.whl").read_bytes() == WHEEL


def test_a_server_that_is_busy_is_asked_again(case: Case) -> None:
    case.index.page("demo", {NAME: sha256(WHEEL)})
    case.index.file(f"/files/{NAME}", WHEEL)
    for answers in case.index.answers.values():
        answers.insert(0, status(503))
    assert outcome(case.verify()) == BYTES
    assert len(case.index.requests) == 4


@pytest.mark.parametrize(
    ("answer", "what", "asked"),
    [
        (status(500), "answers with status 500", 3),
        (status(404), "answers with status 404", 1),
        (status(401), "asks for a login", 1),
        (cut(WHEEL, 0), "failed or broke off", 3),
        (lambda handler: None, "failed or broke off", 3),
        (lambda handler: handler.wfile.write(b"\x00\xff" * 50), "failed or broke off", 3),
        (redirect("file:///etc/hostname"), "not an address of the web", 1),
        (redirect("http://[bad"), "redirect to no address", 1),
        (redirect(f"/files/{NAME}"), "more than 10 redirects", 11),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_a_problem(case: Case, answer: Callable, what: str, asked: int) -> None:
    case.direct()
    case.index.answers[f"/files/{NAME}"] = [answer]
    report = case.verify()
    (problem,) = report.problems
    assert what in problem.what
    assert problem.what.startswith("demo 1.0: ")
    assert (problem.path, problem.where) == ("uv.lock", "line 4")
    assert problem.fix
    assert (evidence(report).strength, report.exit_code) == ("record", 3)
    assert len(case.index.requests) == asked


def test_nobody_answers(case: Case) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        case.lock_name = "uv.lock"
        case.lock = uv_lock("x", (f"http://127.0.0.1:{taken.getsockname()[1]}/{NAME}", sha256(WHEEL), 1))
        (problem,) = case.verify().problems
    assert "failed or broke off" in problem.what


def test_a_redirect_with_an_endless_body(case: Case) -> None:
    case.direct()
    case.index.answers[f"/files/{NAME}"] = [drip(f"HTTP/1.0 302 Found\r\nlocation: {case.index.file('/x', WHEEL)}\r\n\r\n".encode())]
    assert outcome(case.verify()) == BYTES


def test_a_redirect_is_followed_and_never_from_https_to_http(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.direct()
    elsewhere = case.index.file("/elsewhere", WHEEL)
    case.index.answers[f"/files/{NAME}"] = [redirect(elsewhere)]
    assert outcome(case.verify()) == BYTES
    real = requests.Session.get

    def get(session: requests.Session, url: str, **options: object) -> requests.Response:
        response = real(session, url.replace("https://index.example", case.index.url), **options)
        response.url = url
        return response

    monkeypatch.setattr(requests.Session, "get", get)
    case.lock = case.lock.replace(case.index.url, "https://index.example")
    (problem,) = case.verify().problems
    assert "sent a redirect from https to http://127.0.0.1" in problem.what


@pytest.mark.parametrize(
    ("first", "what"),
    [(b"HTTP/1.0 200 OK\r\n\r\n", "sends less than"), (b"HTTP/1.0 200 OK\r\nx: ", "nothing was heard"), (b"", "nothing was heard")],
    ids=["body", "headers", "status"],
)
def test_a_server_that_never_ends(case: Case, monkeypatch: pytest.MonkeyPatch, first: bytes, what: str) -> None:
    monkeypatch.setattr(download, "TRIES", 1)
    monkeypatch.setattr(download, "TIMEOUT", 0.5)
    monkeypatch.setattr(download, "STALLED", 0.9)
    case.direct()
    case.index.answers[f"/files/{NAME}"] = [drip(first)]
    report = case.verify()
    # where this machine itself is slow, not a byte may arrive in time
    assert what in report.problems[0].what or "did not answer" in report.problems[0].what
    assert report.exit_code == 3


def test_a_server_that_is_silent(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    case.direct()
    case.index.answers[f"/files/{NAME}"] = [lambda handler: handler.server.over.wait(5)]
    assert "did not answer for 0.1 seconds" in case.verify().problems[0].what


def test_an_interruption_leaves_nothing_behind(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.direct()
    case.index.answers[f"/files/{NAME}"] = [drip(b"HTTP/1.0 200 OK\r\n\r\n" + bytes(5000), 0.001)]

    def progress(what: str, verb: str = "reading") -> None:
        if verb == "downloading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        case.verify(progress=progress)  # the fixture looks for the folder


# -- hostile indexes -----------------------------------------------------------------------------------------------

NAMES = [
    "../../demo-1.0-py3-none-any.whl",
    "/etc/demo-1.0-py3-none-any.whl",
    "demo-1.0-py3-none-any.whl/../../x-1-py3-none-any.whl",
    "demo-1.0-py3-none-any\n.whl",
    "demo-1.0-" + "a." * 5000 + "x-none-any.whl",
    "demo-1.0-py3-none-any.whl\0.whl",
    "C:\\demo-1.0-py3-none-any.whl",
    "\x1b[31mdemo-1.0-py3-none-any.whl",
]


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_hostile_names_in_an_index(case: Case, html: bool) -> None:
    case.downloads = str(case.root / "deep" / "er" / "wheels")
    case.index.page("demo", dict.fromkeys(NAMES), html=html)
    before = {str(path) for path in case.root.rglob("*")}
    report = case.verify()
    assert "has no wheel of it with a locked hash" in report.problems[0].what
    assert case.index.paths == ["/simple/demo/"]
    after = {str(path.relative_to(case.root)) for path in case.root.rglob("*")} - before
    assert not [path for path in after if path.endswith((".whl", ".part"))]


@pytest.mark.parametrize("name", ["..%2F..%2Fdemo-1.0-py3-none-any.whl", "demo-1.0%0a-py3-none-any.whl"])
def test_hostile_names_in_a_lock(case: Case, name: str) -> None:
    case.lock_name, case.lock = "uv.lock", uv_lock("x", (f"{case.index.url}/{name}", sha256(WHEEL), 1))
    assert "not the name of a wheel" in case.verify().problems[0].what
    assert case.index.requests == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/vnd.pypi.simple.v1+json", b"{"),
        ("application/vnd.pypi.simple.v1+json", b"[" * 100_000),
        ("application/vnd.pypi.simple.v1+json", b'{"meta": {"api-version": "9.0"}, "name": "demo", "files": []}'),
        ("application/vnd.pypi.simple.v1+json", b'{"meta": {"api-version": "1.0"}, "name": "demo", "files": [{"filename": 1}]}'),
        ("text/html", b"<div>" * 20_000),
        ("text/html", b"\xff\xfe<a href"),
        ("text/html; charset=nonsense", b"<a href='x'>x</a>"),
        ("text/html", b"<?xml version='1.0'?><a href='http://[x'>demo-1.0-py3-none-any.whl</a>"),
        ("text/html", b"demo.html"),
        ("image/png", b"\x89PNG"),
        ("", b""),
    ],
)
def test_a_page_that_is_none(case: Case, kind: str, body: bytes) -> None:
    case.index.answers["/simple/demo/"] = [lambda handler: handler.reply(200, body, content_type=kind)]
    report = case.verify()
    assert len(report.problems) == 1
    assert report.exit_code == 3
    assert "internal error" not in report.problems[0].what


def test_an_index_with_an_address_that_is_none(case: Case) -> None:
    case.index.page("demo", {NAME: None}, folder="file:///etc/")
    assert "not an address of the web" in case.verify().problems[0].what


def test_no_index(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.lock = f"--no-index\n{HASHED}"
    assert "no index may be asked" in case.verify().problems[0].what
    case.lock = HASHED
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert "no index may be asked" in case.verify().problems[0].what
    assert case.index.requests == []


# -- logins --------------------------------------------------------------------------------------------------------

SECRET = "hunter2-s3cr3t"


def test_a_login_of_the_user_is_used_and_never_shown(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    address = case.index.url.replace("://", f"://me:{SECRET}@")
    monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple")
    case.index.page("demo", {NAME: sha256(WHEEL)})
    case.index.file(f"/files/{NAME}", WHEEL)
    assert outcome(case.verify()) == BYTES
    wanted = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
    assert [headers.get("Authorization") for _, headers in case.index.requests] == [wanted, wanted]
    case.verify()
    with Index() as other:
        case.index.answers[f"/files/{NAME}"] = [redirect(f"{other.url}/x")]
        other.file("/x", WHEEL)
        assert outcome(case.verify()) == BYTES
        assert [headers.get("Authorization") for _, headers in other.requests] == [None]
    for answers in (
        [status(500)],
        [status(401)],
        [redirect(f"https://{SECRET}@127.0.0.1:1/x")],
        [redirect(f"ftp://me:{SECRET}@x/?t={SECRET}")],
    ):
        case.index.answers[f"/files/{NAME}"] = answers
        report = case.verify()
        assert report.exit_code == 3
        assert SECRET not in repr(report)
    done = sbomgate("verify", "env", "--lock", "requirements.txt", "--online", "-v", "-o", "json=r.json", cwd=case.root)
    assert done.returncode == 3
    assert SECRET not in done.stdout + done.stderr + (case.root / "r.json").read_text()


def test_a_proxy_with_a_login_is_never_shown(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.direct()
    for proxy in (f"http://me:{SECRET}@127.0.0.1:1", f"http://me:{SECRET}@[bad", f"nonsense://{SECRET}@x"):
        monkeypatch.setenv("PIP_PROXY", proxy)
        (problem,) = case.verify().problems
        assert SECRET not in repr(problem)
    assert case.index.requests == []
    monkeypatch.delenv("PIP_PROXY")
    monkeypatch.setenv("http_proxy", case.index.url)
    case.index.answers["http://far.example/demo-1.0-py3-none-any.whl"] = case.index.answers[f"/files/{NAME}"]
    case.lock = case.lock.replace(f"{case.index.url}/files", "http://far.example")
    assert outcome(case.verify()) == BYTES


def test_a_login_in_a_lock_is_not_known_any_more(case: Case) -> None:
    case.direct()
    case.lock = case.lock.replace(f"{case.index.url}/files", case.index.url.replace("://", f"://me:{SECRET}@") + "/files")
    assert outcome(case.verify())[:2] == BYTES[:2]
    assert [headers.get("Authorization") for _, headers in case.index.requests] == [None]


def test_netrc(case: Case) -> None:
    case.direct()
    (Path(os.environ["HOME"]) / ".netrc").write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    (Path(os.environ["HOME"]) / ".netrc").chmod(0o600)
    assert outcome(case.verify()) == BYTES
    assert case.index.requests[0][1]["Authorization"].startswith("Basic ")


# -- usage ---------------------------------------------------------------------------------------------------------


def test_the_command(case: Case) -> None:
    case.direct()
    case.verify(online=False)
    done = sbomgate("verify", "env", "--lock", "uv.lock", "--online", "--download-dir", "w", "-v", "-o", "json=r.json", cwd=case.root)
    assert (done.returncode, done.stderr) == (0, f"reading uv.lock\nreading env\ndownloading {NAME}\n")
    assert json.loads((case.root / "r.json").read_text())["summary"]["custody"]["bytes"] == 1
    assert os.listdir(case.root / "w") == [NAME]
    quiet = sbomgate("verify", "env", "--lock", "uv.lock", "--online", "-q", cwd=case.root)
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_wrong_usage(case: Case) -> None:
    with pytest.raises(UsageError, match="goes with --online"):
        case.verify(online=False, download_dir="w")
    case.verify(online=False)
    code = "import sys; sys.modules['pypi_simple'] = None; from sbomgate.cli import run; run()"
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", code, "verify", "env", "--lock", "requirements.txt", "--online"],
        cwd=case.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, 'sbomgate: --online: needs pypi_simple (fix: pip install "sbomgate[online]")\n')
