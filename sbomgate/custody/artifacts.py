"""Artifacts found by what they are, not by what they are called: files of the given folders whose hash is locked.

One pass: each file is read once, hashed, and what was hashed is what is read as a wheel, so nothing can be exchanged in
between. A file whose hash is not locked is never opened as an archive. Where artifacts come from is the caller's business:
a wheelhouse, the bodies in pip's HTTP cache, a folder of downloads; all are folders here.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from sbomgate.custody.archives import RefusedError
from sbomgate.custody.tarball import Tarball, read_tarball
from sbomgate.custody.wheel import Wheel, read_wheel
from sbomgate.errors import CollectError
from sbomgate.model import Digest, Problem
from sbomgate.tree import FolderTree

MAX_ARTIFACT: Final = 4 * 2**30
"""Bytes; the largest wheels have 1 to 2 GB."""
SDISTS: Final = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz")
_WHEELS: Final = (".whl", ".body", *SDISTS)
"""`.body`: what pip's HTTP cache (`http-v2`) calls them."""
_TARBALLS: Final = (".tgz", ".tar.gz")
"""`.yarn-tarball.tgz` too: what the cache of Yarn 1 keeps beside each package."""
_ADDRESS: Final = re.compile(r".*/content-v2/(sha512|sha384|sha256|sha1)/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{36,124})\Z").match
_wheel_name: Final = re.compile(r"(?=.{1,200}\Z)[A-Za-z0-9][A-Za-z0-9_.!+]*(?:-[A-Za-z0-9_.!+]+){4,5}\.whl\Z").match
_tarball_name: Final = re.compile(r"(?=.{1,200}\Z)[A-Za-z0-9_~][A-Za-z0-9_.!+~-]*\.tgz\Z").match
_MAX_THREADS: Final = 8
"""Each holds one artifact in memory."""


class Found(NamedTuple):
    """One file that may be an artifact."""

    path: str
    """As the caller would name it."""
    digests: tuple[Digest, ...]
    locked: bool
    wheel: Wheel | None = None
    """None: not locked, an sdist, or refused."""
    refused: str = ""
    """Why it was not read."""
    tarball: Tarball | None = None
    """Like `wheel`, of a package of npm."""
    remembered: str = ""
    """The day on which it was read, where the cache tells what is in it and not the artifact itself."""

    @property
    def filename(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def sha256(self) -> str:
        return next(digest.value for digest in self.digests if digest.alg == "sha256")


class Form(NamedTuple):
    """What kind of artifact is searched for."""

    may_be: Callable[[str, frozenset[Digest]], bool]
    """Whether the file at a path is worth to be hashed, in view of what is locked."""
    read: Callable[[Found, bytes], Found]
    """The file with what was read of it; RefusedError if it is not plainly such an artifact."""
    what: str
    suffix: str
    is_name: Callable[[str], Any]
    """Whether a name is one that such an artifact has: so it leads nowhere, and is a file on every system."""


def address(path: str) -> Digest | None:
    """The digest that npm's cache (`_cacache`) keeps the file at `path` under; None if that is not in the cache. A name, no proof."""
    match = _ADDRESS(path)
    return Digest(match[1], match[2] + match[3] + match[4]) if match else None


def _is_tarball(path: str, locked: frozenset[Digest]) -> bool:
    # the cache also keeps what registries say of packages, which is more than the packages: told by its address
    return path.lower().endswith(_TARBALLS) or address(path) in locked


def _with_wheel(found: Found, data: bytes) -> Found:
    return found if found.path.lower().endswith(SDISTS) else found._replace(wheel=read_wheel(data))


WHEELS: Final = Form(lambda path, _: path.lower().endswith(_WHEELS), _with_wheel, "wheel", ".whl", _wheel_name)
TARBALLS: Final = Form(_is_tarball, lambda found, data: found._replace(tarball=read_tarball(data)), "tarball", ".tgz", _tarball_name)


def search(
    folders: Sequence[str], locked: frozenset[Digest], jobs: int = 0, form: Form = WHEELS
) -> tuple[list[Found], list[tuple[str, Problem]]]:
    """The artifacts below `folders`, those whose hash is in `locked` read as `form` says, and (folder, what could not be read there)."""
    from concurrent.futures import ThreadPoolExecutor

    problems: list[tuple[str, Problem]] = []
    files: list[tuple[str, str]] = []
    for folder in folders:

        def problem(error: CollectError, folder: str = folder) -> None:
            problems.append((folder, Problem(path=error.path, what=error.what, fix=error.fix)))

        names = FolderTree(folder).files_below("", problem)
        files += [(folder, path) for path in sorted(names) if form.may_be(f"{folder}/{path}", locked)]
    algorithms = tuple(sorted({"sha256", *(digest.alg for digest in locked)}))
    found: list[Found] = []
    # threads: hashing and inflating release the interpreter's lock, and a wheel need not cross between processes
    with ThreadPoolExecutor(jobs or min(os.cpu_count() or 1, _MAX_THREADS)) as pool:
        outcomes = pool.map(lambda file: read(file[0], file[1], algorithms, locked, form), files)
        for (folder, _), outcome in zip(files, outcomes, strict=True):
            if isinstance(outcome, Problem):
                problems.append((folder, outcome))
            else:
                found.append(outcome)
    return found, problems


def read(folder: str, path: str, algorithms: tuple[str, ...], locked: frozenset[Digest], form: Form = WHEELS) -> Found | Problem:
    """The file at `path` below `folder`, hashed, and read as `form` says if its hash is in `locked`."""
    shown = f"{folder.rstrip('/')}/{path}"
    try:
        data = FolderTree(folder).read(path, MAX_ARTIFACT)
    except CollectError as error:
        return Problem(path=path, what=error.what, fix=error.fix)
    digests = tuple(Digest(alg, hashlib.new(alg, data).hexdigest()) for alg in algorithms)
    if locked.isdisjoint(digests):
        return Found(shown, digests, locked=False)
    found = Found(shown, digests, locked=True)
    try:
        return form.read(found, data)
    except RefusedError as error:
        return found._replace(refused=str(error))
