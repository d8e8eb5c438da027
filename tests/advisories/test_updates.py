"""Exports from a server, which is one of this machine and as hostile as the test wants it."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from indexes import Answer, Handler, Index, cut, redirect, status
from support import sbomgate, write_tree

from sbomgate.advisories.store import Store
from sbomgate.advisories.updates import addresses, update
from sbomgate.custody import download
from sbomgate.errors import UsageError


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    monkeypatch.setattr(download, "TIMEOUT", 5)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Index]:
    with Index() as index:
        yield index


def export(tmp_path: Path, *names: str) -> bytes:
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name in names:
            row = {"package": {"ecosystem": "npm", "name": name}, "versions": ["1.0.0"]}
            target.writestr(f"{name}.json", json.dumps({"id": f"MAL-{name}", "modified": "2026-01-31T12:00:00Z", "affected": [row]}))
    return path.read_bytes()


def tagged(body: bytes, etag: str, **headers: str) -> Answer:
    """`body` under `etag`: whole, its rest, or not at all if it is known."""

    def answer(handler: Handler) -> None:
        asked = handler.headers
        if asked.get("if-none-match") == etag:
            handler.reply(304, etag=etag)
        elif asked.get("range") and asked.get("if-range") == etag:
            start = int(asked["range"].removeprefix("bytes=").removesuffix("-"))
            handler.reply(206, body[start:], etag=etag, content_range=f"bytes {start}-{len(body) - 1}/{len(body)}", **headers)
        else:
            handler.reply(200, body, etag=etag, **headers)

    return answer


def packages(store: Path) -> list[str]:
    with Store(str(store)) as opened:
        return [name for _, name, _ in opened.names(malicious=True)]


def b64(alg: str, body: bytes) -> str:
    return base64.b64encode(hashlib.new(alg, body).digest()).decode()


def test_exports_are_fetched_and_become_the_store(tmp_path: Path, server: Index) -> None:
    for name in ("PyPI", "npm"):
        server.answers[f"/{name}/all.zip"] = [tagged(export(tmp_path, f"bad-{name.lower()}"), f'"{name}"')]
    store, urls = tmp_path / "store", addresses([f"{server.url}/{{ecosystem}}/all.zip"])
    assert update(urls, str(store)) is not None
    assert packages(store) == ["bad-npm", "bad-pypi"]
    with Store(str(store)) as opened:
        assert [one.name.partition("-")[2] for one in opened.sources] == ["PyPI-all.zip", "npm-all.zip"]
    assert not (tmp_path / "store.downloads").exists()
    assert update(urls, str(store)) is None
    server.answers["/npm/all.zip"] = [tagged(export(tmp_path, "worse"), '"npm2"')]
    assert update(urls, str(store)) is not None
    assert packages(store) == ["bad-pypi", "worse"]


def test_a_download_that_broke_off_is_continued(tmp_path: Path, server: Index) -> None:
    body = export(tmp_path, *(f"bad-{i}" for i in range(100)))

    def broken(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(len(body)))
        handler.send_header("etag", '"one"')
        handler.end_headers()
        handler.wfile.write(body[:2000])

    server.answers["/all.zip"] = [broken, status(503), tagged(body, '"one"')]
    assert update([f"{server.url}/all.zip"], str(tmp_path / "store")) is not None
    assert [headers.get("Range") for _, headers in server.requests] == [None, "bytes=2000-", "bytes=2000-"]
    assert len(packages(tmp_path / "store")) == 100


def test_the_rest_of_another_version_is_not_taken(tmp_path: Path, server: Index) -> None:
    old, new = export(tmp_path, "old"), export(tmp_path, "new")
    folder = tmp_path / "store.downloads"
    name = hashlib.sha256(f"{server.url}/all.zip".encode()).hexdigest()[:16]
    write_tree(folder, {f"{name}.part": old[:50], f"{name}.part.etag": '"old"'})
    server.answers["/all.zip"] = [tagged(new, '"new"')]
    update([f"{server.url}/all.zip"], str(tmp_path / "store"))
    assert packages(tmp_path / "store") == ["new"]


@pytest.mark.parametrize("answers", [[status(404)], [status(503)], [status(401)], [redirect("ftp://x.example/")], "cut", [status(206)]])
def test_what_cannot_be_fetched_leaves_the_store_as_it_was(tmp_path: Path, server: Index, answers: Any) -> None:
    store = tmp_path / "store"
    server.answers["/good.zip"] = [tagged(export(tmp_path, "bad"), '"1"')]
    update([f"{server.url}/good.zip"], str(store))
    server.answers["/all.zip"] = [cut(export(tmp_path, "bad"), 60)] if answers == "cut" else answers
    with pytest.raises(UsageError):
        update([f"{server.url}/good.zip", f"{server.url}/all.zip"], str(store))
    assert packages(store) == ["bad"]


@pytest.mark.parametrize(
    ("header", "alg", "form"),
    [("x_goog_hash", "md5", "crc32c=AAAAAA==,md5={}"), ("repr_digest", "sha256", "sha-256=:{}:"), ("digest", "sha512", "SHA-512={}")],
)
def test_the_checksum_of_the_server_is_compared(tmp_path: Path, server: Index, header: str, alg: str, form: str) -> None:
    body = export(tmp_path, "bad")
    server.answers["/all.zip"] = [
        tagged(body, '"1"', **{header: form.format(b64(alg, b"other"))}),
        tagged(body, '"1"', **{header: form.format(b64(alg, body))}),
    ]
    with pytest.raises(UsageError, match=alg):
        update([f"{server.url}/all.zip"], str(tmp_path / "store"))
    assert update([f"{server.url}/all.zip"], str(tmp_path / "store")) is not None


def test_the_checksum_of_the_caller_is_compared(tmp_path: Path, server: Index) -> None:
    body = export(tmp_path, "bad")
    server.answers["/all.zip"] = [tagged(body, '"1"')]
    with pytest.raises(UsageError, match="sha256 asked for"):
        update([f"{server.url}/all.zip"], str(tmp_path / "store"), sha256="0" * 64)
    assert update([f"{server.url}/all.zip"], str(tmp_path / "store"), sha256=hashlib.sha256(body).hexdigest()) is not None


def test_a_server_that_sends_without_end_is_stopped(tmp_path: Path, server: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sbomgate.advisories.updates.MAX_ARCHIVE", 1000)
    server.answers["/all.zip"] = [lambda handler: handler.reply(200, b"x" * 5000)]
    with pytest.raises(UsageError, match="sends more than"):
        update([f"{server.url}/all.zip"], str(tmp_path / "store"))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://a.example/x.zip", "plain http"),
        ("https://me:secret@a.example/x.zip", "with a login"),
        ("file:///etc/passwd", "no address"),
        ("x.zip", "no address"),
    ],
)
def test_addresses_that_are_refused(url: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        addresses([url])
    assert "secret" not in str(caught.value)


def test_addresses_of_each_ecosystem() -> None:
    url = "https://a.example/{ecosystem}/all.zip"
    assert addresses([url]) == ["https://a.example/PyPI/all.zip", "https://a.example/npm/all.zip"]
    assert addresses([url, "https://b.example/x"], ["npm"]) == ["https://a.example/npm/all.zip", "https://b.example/x"]


def test_without_an_address_nothing_is_asked(tmp_path: Path, server: Index) -> None:
    done = sbomgate("advisories", "update", "--advisory-db", tmp_path / "store", cwd=tmp_path)
    assert (done.returncode, "no address is known" in done.stderr) == (2, True)
    server.answers["/all.zip"] = [tagged(export(tmp_path, "bad"), '"1"')]
    write_tree(tmp_path, {"sbomgate.toml": f'[advisories]\nurl = "{server.url}/all.zip"\n'})
    assert sbomgate("advisories", "update", "--advisory-db", tmp_path / "store", cwd=tmp_path).returncode == 0
    assert packages(tmp_path / "store") == ["bad"]
