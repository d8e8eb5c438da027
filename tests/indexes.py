"""A package index on this machine: started and stopped by a test, and as hostile as the test wants it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from unittest.mock import patch

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers with what the server has for the path, and notes what it was asked."""

    server: Index
    protocol_version = "HTTP/1.0"

    body = b""
    """What a request sent."""

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.do_GET()

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        answer = self.server.answers.get(self.path)
        if answer is None:
            self.reply(404)
            return
        turns = self.server.turns
        turn = turns[self.path] = turns.get(self.path, -1) + 1
        chosen = answer[min(turn, len(answer) - 1)]
        with suppress(BrokenPipeError, ConnectionResetError):  # the client has had enough
            chosen(self)

    def reply(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Index(ThreadingHTTPServer):
    """Path → the answers to the first, the second, … request; the last one to all that follow."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.turns: dict[str, int] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.over = threading.Event()
        """Set at the end: what never ends waits for it."""
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        pass

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def file(self, path: str, body: bytes) -> str:
        """Serve `body` at `path`, also from an offset on; the address."""
        self.answers[path] = [lambda handler: whole_or_rest(handler, body)]
        return f"{self.url}{path}"

    def document(self, path: str, body: bytes, kind: str = "application/vnd.pypi.simple.v1+json") -> None:
        """Serve `body` at `path`."""
        self.answers[path] = [lambda handler: handler.reply(200, body, content_type=kind)]

    def page(self, project: str, files: dict[str, str | None], *, html: bool = False, folder: str = "/files/") -> None:
        """Serve the page of `project`: filename → SHA-256, None where the index tells none."""
        if html:
            links = "".join(
                f'<a href="{escape(folder)}{escape(name)}{f"#sha256={digest}" if digest else ""}">{escape(name)}</a>\n'
                for name, digest in files.items()
            )
            body, kind = f"<!DOCTYPE html><html><body>\n{links}</body></html>".encode(), "text/html; charset=utf-8"
        else:
            rows = [
                {"filename": name, "url": f"{folder}{name}", "hashes": {"sha256": digest} if digest else {}}
                for name, digest in files.items()
            ]
            body = json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": rows}).encode()
            kind = "application/vnd.pypi.simple.v1+json"
        self.document(f"/simple/{project}/", body, kind)


@contextmanager
def index_of(folder: Path) -> Iterator[Index]:
    """An index with the pages in `folder`, `PROJECT.json` each; it is the one that pip's configuration names."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_")) and "proxy" not in name.lower()}
    with (
        Index() as index,
        patch.dict(os.environ, {**own, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": f"{index.url}/simple"}, clear=True),
    ):
        for path in folder.glob("*.json"):
            index.document(f"/simple/{path.stem}/", path.read_bytes())
        yield index


def whole_or_rest(handler: Handler, body: bytes) -> None:
    asked = handler.headers.get("range", "")
    if not asked:
        handler.reply(200, body)
        return
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    if start >= len(body):
        handler.reply(416)
        return
    handler.reply(206, body[start:], content_range=f"bytes {start}-{len(body) - 1}/{len(body)}")


def cut(body: bytes, at: int) -> Answer:
    """`body`, stated as a whole and ended after `at` bytes."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:at])

    return answer


def status(code: int, **headers: str) -> Answer:
    return lambda handler: handler.reply(code, **headers)


def redirect(url: str) -> Answer:
    return status(302, location=url)


def drip(first: bytes, every: float = 0.02) -> Answer:
    """`first`, then one byte again and again, until the server is stopped."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(first)
        while not handler.server.over.wait(every):
            handler.wfile.write(b"x")

    return answer
