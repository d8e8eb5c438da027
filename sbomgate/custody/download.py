"""Artifacts from an index, one file each, hashed while they arrive; nothing of them is installed or executed.

A server is as hostile as what it serves: sizes, redirects, time and tries are bounded, and what has another hash than the
locked one is deleted and never opened. Sources: "Simple repository API" (PEP 503, 691, 700), RFC 9110 (ranges).

Only `--online` loads this module: `requests` and what else it needs costs most of a second.
"""

from __future__ import annotations

import hashlib
import math
import os
import queue
import stat
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote, urljoin, urlsplit

import pypi_simple
import requests
import urllib3

from sbomgate import __version__
from sbomgate.custody import pages
from sbomgate.custody.artifacts import WHEELS, Form, Found, read
from sbomgate.custody.indexes import Network, is_web, origin, without_login
from sbomgate.custody.wanted import Wanted, has_tags, strong
from sbomgate.model import Digest, Problem
from sbomgate.purl import canonical_name
from sbomgate.text import redacted_url
from sbomgate.tree import OPEN_FLAGS
from sbomgate.versions import same

WORKERS: Final = 4
MAX_DOWNLOAD: Final = 2 * 2**30
"""Bytes of an artifact whose size the lockfile does not tell."""
SLACK: Final = 16 * 2**20
"""So many more than the lockfile says: what is another file can be hashed, and told as such."""
MAX_PAGE: Final = 32 * 2**20
"""Bytes of the page of a project; the largest have some megabytes."""
MAX_CANDIDATES: Final = 8
"""Wheels that one installed distribution may come from; more are no choice any more."""
MAX_REDIRECTS: Final = 10
TRIES: Final = 3
TIMEOUT: float = 15
"""Seconds without a byte."""
STALLED: float = 60
"""Seconds after which a download is given up of which nothing at all is heard."""
SLOWEST: Final = 1024
"""Bytes a second, over the time of a download, once it has lasted for `TIMEOUT`."""
BACKOFF: float = 0.5
"""Seconds before the second try; twice as many before the third."""
_CHUNK: Final = 2**18
_TICK: Final = 0.5
_MAX_NAME: Final = 200
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
GONE: Final = frozenset({404, 410})
"""What a server answers of what it does not have."""
OR_BRING: Final = ", or give a folder that holds it with --artifacts"
"""What a fix says of artifacts, and of nothing else."""


class Fetched(NamedTuple):
    """What was had."""

    found: list[Found]
    problems: list[Problem]


class RefusedError(Exception):
    """Why an artifact cannot be had, on one line, and what to do about it."""

    def __init__(self, what: str, fix: str = f"try again{OR_BRING}") -> None:
        super().__init__(what, fix)
        self.what, self.fix = what, fix


class AgainError(RefusedError):
    """What may go better at the next try."""


class _Choice(NamedTuple):
    """One file that may be the artifact."""

    url: str
    shown: str
    filename: str
    digests: frozenset[Digest]
    """Any of them is right."""
    size: int


class _File(NamedTuple):
    """A file that was downloaded."""

    choice: _Choice
    digests: tuple[Digest, ...]
    name: str
    """Below the folder; empty where the hash is wrong, so that it was deleted."""


class _Job:
    """One distribution, or one question, while a server is asked for it."""

    def __init__(self, want: Any) -> None:
        self.want = want
        self.heard = 0.0
        """When something was heard last; 0 before it is begun."""
        self.over = False


def fetch(
    wants: Sequence[Wanted],
    network: Network,
    folder: str,
    locked: frozenset[Digest],
    progress: Callable[..., None] | None = None,
    form: Form = WHEELS,
) -> Fetched:
    """The artifacts of `wants`, downloaded into `folder` and read as `form` says; what could not be had as a Problem each."""
    result = Fetched([], [])
    algorithms = tuple(sorted({"sha256", *(digest.alg for digest in locked)}))
    with warnings.catch_warnings(), closing(Pool(wants, network, folder, progress, form).run()) as outcomes:
        warnings.simplefilter("ignore")  # of parsers, about pages
        for want, outcome in outcomes:
            if isinstance(outcome, RefusedError):
                result.problems.append(_problem(want, f"{want.name} {want.version}: {outcome.what}", outcome.fix))
                continue
            for file in outcome:
                if not file.name:
                    result.found.append(Found(file.choice.shown, file.digests, locked=False))
                    continue
                # read here and not where it was fetched: one artifact in memory, not one for each thread
                found = read(folder, file.name, algorithms, locked, form)
                if isinstance(found, Problem) or not found.locked:
                    result.problems.append(_problem(want, f"{file.name} was changed while it was read", "verify again"))
                else:
                    result.found.append(found._replace(path=file.choice.shown))
    return Fetched(sorted(result.found, key=lambda one: one.path), sorted(result.problems, key=lambda one: (one.path, one.where, one.what)))


def _problem(want: Wanted, what: str, fix: str) -> Problem:
    path, _, line = want.place.rpartition(":")
    return Problem(path=path or want.place, where=f"line {line}" if path else "", what=what, fix=fix)


class Pool:
    """Threads that end with the program: none of them can hold it up, whatever a server does."""

    def __init__(
        self,
        wants: Sequence[Any],
        network: Network,
        folder: str,
        progress: Callable[..., None] | None,
        form: Form = WHEELS,
        *,
        serve: Callable[[Client, Any], Any] | None = None,
        verb: str = "downloaded",
        seconds: float = math.inf,
    ) -> None:
        """`serve`: what is done for each of `wants`, which are distributions to be downloaded where it is None. `seconds`: for all of it."""
        self.network, self.folder, self.progress, self.form = network, folder, progress, form
        self.serve, self.verb, self.seconds = serve or Client.fetch, verb, seconds
        self.jobs = [_Job(want) for want in wants]
        self.waiting: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self.outcomes: queue.SimpleQueue[tuple[_Job, Any]] = queue.SimpleQueue()
        """A text: the name of the file that is begun."""
        self.stop = threading.Event()
        self.received = 0

    def run(self) -> Generator[tuple[Any, Any]]:
        """What `serve` gave for each of the wants, as it comes; the RefusedError where it gave nothing."""
        for job in self.jobs:
            self.waiting.put(job)
        threads = [self._start() for _ in range(min(WORKERS, len(self.jobs)))]
        tick = min(_TICK, STALLED / 4)
        left, shown, began, looked = len(self.jobs), 0.0, time.monotonic(), 0.0
        try:
            while left:
                try:
                    job, outcome = self.outcomes.get(timeout=tick)
                except queue.Empty:
                    pass
                else:
                    if isinstance(outcome, str):
                        self._tell(outcome, "downloading")
                    elif not job.over:
                        job.over = True
                        left -= 1
                        yield job.want, outcome
                if time.monotonic() - looked < tick:
                    continue  # not for each of them: there may be a hundred thousand
                looked = time.monotonic()
                if looked - began > self.seconds:
                    self.stop.set()
                    for job in [job for job in self.jobs if not job.over]:
                        job.over = True
                        yield job.want, RefusedError(f"not done after {self.seconds:g} s")
                    return
                for job in self._silent():
                    job.over = True
                    left -= 1
                    threads.append(self._start())  # its own is lost
                    yield job.want, RefusedError(f"nothing was heard of the server for {STALLED:g} seconds")
                if time.monotonic() - shown > _TICK:
                    shown = time.monotonic()
                    self._tell(f"{len(self.jobs) - left} of {len(self.jobs)}, {self.received / 1e6:.1f} MB", self.verb)
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(0.2)

    def _start(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, daemon=True)
        thread.start()
        return thread

    def _silent(self) -> list[_Job]:
        now = time.monotonic()
        return [job for job in self.jobs if job.heard and not job.over and now - job.heard > STALLED]

    def _tell(self, what: str, verb: str) -> None:
        if self.progress is not None:
            self.progress(what, verb)

    def _work(self) -> None:
        with Client(self) as client:
            while not self.stop.is_set():
                try:
                    job = self.waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    outcome = client.serve(job)
                except RefusedError as error:
                    outcome = error
                except OSError as error:
                    outcome = RefusedError(f"cannot be written ({error.strerror})", "see to the download folder")
                except Exception as error:  # noqa: BLE001 - one server must not take the others with it; it is never silent
                    outcome = RefusedError(f"internal error ({type(error).__name__})", "please report it")
                self.outcomes.put((job, outcome))
                if job.over:
                    return  # it was given up, and another thread has taken this one's place


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the signature of requests
        """Nothing: redirects are followed by `Client`. `requests` would read the body of each, however long it is."""
        return None


class Client:
    """What one thread asks servers with; exports of advisories are fetched with it as well."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.network, self.folder = pool, pool.network, pool.folder
        self.session = _Session()
        self.session.headers["User-Agent"] = f"sbomgate/{__version__}"
        self.options: dict[str, Any] = {"stream": True, "allow_redirects": False, "timeout": TIMEOUT}
        # given with each request: what stands in a session is overruled by the environment
        if self.network.certificates:
            self.options["verify"] = self.network.certificates
        if self.network.proxy:
            self.options["proxies"] = dict.fromkeys(("http", "https"), self.network.proxy)
        self.job = _Job(Wanted("", "", "", frozenset(), (), (), (), no_index=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def serve(self, job: _Job) -> Any:
        """What the pool is there for, done for `job`."""
        self.job = job
        self._heard()
        return self.pool.serve(self, job.want)

    def fetch(self, want: Wanted) -> list[_File]:
        """The files for one distribution."""
        files: list[_File] = []
        choices = self._choices(want, files)
        if len(choices) > MAX_CANDIDATES:
            raise RefusedError(f"{len(choices)} locked wheels may be the one that was installed", "install it again: its WHEEL file tells")
        for choice in choices:
            self.pool.outcomes.put((self.job, choice.filename))
            files.append(self._download(choice))
        return files

    # -- where -----------------------------------------------------------------------------------------------------

    def _choices(self, want: Wanted, files: list[_File]) -> list[_Choice]:
        """What to download: by the address in the lockfile, or by that of an index. `files` takes what an index says of another file."""
        direct = []
        for one in want.artifacts:
            url = without_login(one.url)[0]
            if not self.pool.form.is_name(one.filename):
                raise RefusedError(f"not the name of a {self.pool.form.what}: {one.filename[:_MAX_NAME]!r}", "lock anew")
            if is_web(url) and "***" not in url:  # what was redacted in the lockfile cannot be asked for
                direct.append(_Choice(url, f"{_folder(redacted_url(url))}/{one.filename}", one.filename, strong(one.digests), one.size))
        if want.artifacts and len(direct) == len(want.artifacts):
            return direct
        if want.no_index or (self.network.no_index and not want.indexes):
            raise RefusedError("no index may be asked (no-index)", "give a folder that holds it with --artifacts")
        asked = [one or pypi_simple.PYPI_SIMPLE_ENDPOINT for one in want.indexes or self.network.indexes or ("",)]
        for index in filter(is_web, asked):
            choices = list(self._listed(want, index, files))
            if choices or files:
                return choices
        where = " and ".join(dict.fromkeys(map(host_of, asked)))
        raise RefusedError(f"{where} has no wheel of it with a locked hash", "give a folder that holds it with --artifacts")

    def _listed(self, want: Wanted, index: str, files: list[_File]) -> Iterator[_Choice]:
        names = {one.filename: one for one in want.artifacts}
        page = self.page(index, want.name)
        for package in page.packages if page else ():
            known = names.get(package.filename)
            if not self.pool.form.is_name(package.filename) or (names and known is None):
                continue
            if not names and not (
                canonical_name(package.filename.partition("-")[0]) == want.name
                and same(package.version or "", want.version)
                and has_tags(package.filename, want.tags)
            ):
                continue
            shown = f"{host_of(package.url)}/…/{package.filename}"
            locked = strong(known.digests) if known else want.digests
            stated = tuple(Digest(alg, value.lower()) for alg, value in package.digests.items())
            if {digest.alg for digest in stated} & {digest.alg for digest in locked} and locked.isdisjoint(stated):
                # under the locked name the index has another file: it says so itself, nothing is fetched
                if known and any(digest.alg == "sha256" for digest in stated):
                    files.append(_File(_Choice(package.url, shown, package.filename, locked, 0), stated, ""))
                continue
            yield _Choice(package.url, shown, package.filename, locked, (known.size if known else 0) or package.size or 0)

    def page(self, index: str, name: str) -> pypi_simple.ProjectPage | None:
        """What the index at `index` has of a project; None if it does not know it."""
        found = self.content(f"{index.rstrip('/')}/{quote(name, safe='')}/", pypi_simple.ACCEPT_JSON_PREFERRED)
        return read_page(*found, name) if found else None

    def content(self, address: str, accept: str) -> tuple[bytes, str, str] | None:
        """(what is at `address`, its type, where it was had); None if the server does not have it."""

        def once() -> tuple[bytes, str, str] | None:
            with self.get(address, {"Accept": accept}) as response:
                if response.status_code in GONE:
                    return None
                self.expect(response, (200,))
                body = b"".join(self.pieces(response, MAX_PAGE, decode=True))
                return body, response.headers.get("content-type", "text/html"), response.url

        found: tuple[bytes, str, str] | None = self.tried(once)
        return found

    # -- how -------------------------------------------------------------------------------------------------------

    def tried(self, once: Callable[[], Any]) -> Any:
        """What `once` gives, tried a few times."""
        for attempt in range(TRIES):
            try:
                return once()
            except AgainError:
                if attempt + 1 == TRIES or self.pool.stop.wait(BACKOFF * 2**attempt):
                    raise
        raise AssertionError

    def post(self, url: str, body: bytes) -> requests.Response:
        """The answer to a question in JSON. Its redirects are not followed: what is asked is for that server only."""
        self._heard()
        headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        try:
            return self.session.post(url, data=body, headers=headers, auth=self.network.logins.get(origin(url)), **self.options)
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise _failure(error, host_of(url)) from None  # its text may hold the login of a proxy

    def get(self, url: str, headers: dict[str, str]) -> requests.Response:
        """The answer to a request, redirects followed; each hop gets the login of its own origin, and none of another's."""
        for _ in range(MAX_REDIRECTS + 1):
            if not is_web(url):
                raise RefusedError(f"not an address of the web: {redacted_url(url)!r}")
            self._heard()
            login = self.network.logins.get(origin(url))
            try:
                response = self.session.get(url, headers={"Accept-Encoding": "identity", **headers}, auth=login, **self.options)
            except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
                raise _failure(error, host_of(url)) from None  # its text may hold the login of a proxy
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return response
            response.close()
            try:
                following = urljoin(url, response.headers["location"])
            except ValueError:
                raise RefusedError(f"{host_of(url)} sent a redirect to no address") from None
            if url.lower().startswith("https:") and not following.lower().startswith("https:"):
                raise RefusedError(f"{host_of(url)} sent a redirect from https to {host_of(following)} without it")
            url = following
        raise RefusedError(f"more than {MAX_REDIRECTS} redirects, the last one to {host_of(url)}")

    @staticmethod
    def expect(response: requests.Response, codes: tuple[int, ...]) -> None:
        code = response.status_code
        if code in codes:
            return
        host = host_of(response.url)
        if code in _AGAIN:
            raise AgainError(f"{host} answers with status {code}")
        if code in (401, 403, 407):
            raise RefusedError(f"{host} asks for a login (status {code})", "set up the login in pip's configuration or in .netrc")
        raise RefusedError(f"{host} answers with status {code}")

    def pieces(self, response: requests.Response, limit: int, *, decode: bool = False) -> Iterator[bytes]:
        """The body, as it arrives; refused if it is longer than `limit`, too slow, or not complete."""
        began = time.monotonic()
        length = 0
        while True:
            try:
                # not iter_content: it waits for whole pieces, and a server that sends a byte at a time would never end
                piece = response.raw.read1(_CHUNK, decode_content=decode)
            except (urllib3.exceptions.HTTPError, requests.RequestException, OSError, ValueError) as error:
                raise _failure(error, host_of(response.url)) from None
            if not piece:
                break
            length += len(piece)
            self.pool.received += len(piece)
            self._heard()
            if length > limit:
                raise RefusedError(f"{host_of(response.url)} sends more than {limit:,} bytes", "look at what lies there by hand")
            seconds = time.monotonic() - began
            if seconds > TIMEOUT and length < SLOWEST * seconds:
                raise AgainError(f"{host_of(response.url)} sends less than {SLOWEST:,} bytes a second")
            yield piece
        stated = response.headers.get("content-length", "")
        if not decode and stated.isdecimal() and length != int(stated):
            raise AgainError(f"{host_of(response.url)} ended after {length:,} of {int(stated):,} bytes")

    def _heard(self) -> None:
        self.job.heard = time.monotonic()
        if self.pool.stop.is_set() or self.job.over:
            raise RefusedError("given up")

    # -- what ------------------------------------------------------------------------------------------------------

    def _download(self, choice: _Choice) -> _File:
        key = f"{choice.filename}\0{sorted(choice.digests)}".encode("utf-8", "backslashreplace")
        part = os.path.join(self.folder, f"{hashlib.sha256(key).hexdigest()[:32]}.part")
        resumed = os.path.lexists(part)
        digests = self.tried(lambda: self._continue(choice, part))
        if resumed and choice.digests.isdisjoint(digests):  # what was there may have been of another time
            os.unlink(part)
            digests = self.tried(lambda: self._continue(choice, part))
        if choice.digests.isdisjoint(digests):
            os.unlink(part)
            return _File(choice, digests, "")
        hexadecimal = min(choice.digests.intersection(digests)).value
        # nothing of the user's is overwritten
        name = f"{hexadecimal}{self.pool.form.suffix}" if os.path.lexists(os.path.join(self.folder, choice.filename)) else choice.filename
        os.replace(part, os.path.join(self.folder, name))
        return _File(choice, digests, name)

    def _continue(self, choice: _Choice, part: str) -> tuple[Digest, ...]:
        """The digests of the whole file, which is then at `part`; what is there already is not fetched again."""
        limit = min(choice.size + SLACK, MAX_DOWNLOAD) if choice.size else MAX_DOWNLOAD
        handle = os.open(part, OPEN_FLAGS | os.O_RDWR | os.O_CREAT, 0o666)
        with os.fdopen(handle, "r+b") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise RefusedError(f"{part} is no regular file", "remove it")
            hashes = [hashlib.new(alg) for alg in sorted({"sha256", *(digest.alg for digest in choice.digests)})]
            have = _hash_file(file, hashes, limit)
            if not have or have != choice.size:
                headers = {"Range": f"bytes={have}-"} if have else {}
                with self.get(choice.url, headers) as response:
                    self.expect(response, (200, 206, 416) if have else (200,))
                    begun = f"bytes {have}-"
                    if have and not (response.status_code == 206 and response.headers.get("content-range", "").startswith(begun)):
                        file.seek(0)
                        file.truncate()
                        if response.status_code != 200:  # another part than was asked for: anew
                            raise AgainError(f"{host_of(choice.url)} does not send the rest of a file")
                        have, hashes = 0, [hashlib.new(one.name) for one in hashes]
                    for piece in self.pieces(response, limit - have):
                        file.write(piece)
                        have += len(piece)
                        for one in hashes:
                            one.update(piece)
                    if have < choice.size and "content-length" not in response.headers:
                        raise AgainError(f"{host_of(choice.url)} ended after {have:,} of {choice.size:,} bytes")
        return tuple(Digest(one.name, one.hexdigest()) for one in hashes)


def _hash_file(file: Any, hashes: Sequence[Any], limit: int) -> int:
    """The bytes of `file`, fed to `hashes`; it is emptied if it has more than `limit`."""
    length = 0
    while piece := file.read(_CHUNK):
        length += len(piece)
        for one in hashes:
            one.update(piece)
    if length > limit:
        file.seek(0)
        file.truncate()
        raise AgainError("what was downloaded before is too long")
    return length


def read_page(body: bytes, content_type: str, url: str, name: str) -> pypi_simple.ProjectPage:
    """The page of the project `name` that came from `url`; whatever its parser makes of hostile bytes is a refusal."""
    kind, _, rest = content_type.partition(";")
    kind = kind.strip().lower()
    if kind not in (pages.JSON, *pages.HTML):
        raise RefusedError(f"{host_of(url)} does not answer as an index does ({kind[:80]!r})")
    try:
        return pages.read(body, kind, rest.partition("charset=")[2].partition(";")[0].strip("\"' "), url, name)
    except Exception as error:  # noqa: BLE001 - of several libraries, each with errors of its own
        raise RefusedError(f"the page of {host_of(url)} cannot be read ({type(error).__name__})") from None


def _failure(error: Exception, host: str) -> RefusedError:
    """What a failed request is told as. Never with the text of `error`, which may hold addresses with logins."""
    kinds = requests.exceptions
    if isinstance(error, (kinds.SSLError, urllib3.exceptions.SSLError)):
        return RefusedError(f"the certificate of {host} is not trusted", "set `cert` in pip's configuration, or REQUESTS_CA_BUNDLE")
    if isinstance(error, kinds.ProxyError):
        return AgainError(f"the proxy does not lead to {host}", "see to the proxy in pip's configuration or HTTPS_PROXY")
    if isinstance(error, (kinds.Timeout, urllib3.exceptions.TimeoutError)):
        return AgainError(f"{host} did not answer for {TIMEOUT:g} seconds")
    if isinstance(error, (kinds.ConnectionError, kinds.ChunkedEncodingError, urllib3.exceptions.HTTPError, OSError)) and not isinstance(
        error, (kinds.InvalidURL, kinds.InvalidSchema, kinds.InvalidProxyURL)
    ):
        return AgainError(f"the connection to {host} failed or broke off")
    return RefusedError(f"{host} cannot be asked ({type(error).__name__})")


def _folder(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].rpartition("/")[0]


def host_of(url: str) -> str:
    """Scheme and host of `url`, for messages: a path may hold a token."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "no address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
