"""Many files hashed at disk speed: in several processes, one open and one read each, memory flat.

Only what deviates comes back, so that nothing but the deviations crosses from process to process.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import threading
from collections.abc import Sequence
from typing import Final, NamedTuple

from sbomgate.errors import CollectError
from sbomgate.tree import OPEN_FLAGS, FolderTree, Tree

ALGORITHMS: Final = frozenset(
    {"sha256", "sha384", "sha512", "sha224", "sha1", "md5", "blake2b", "blake2s", "sha3_256", "sha3_384", "sha3_512"}
)
_CHUNK: Final = 2**20
_FORK_FROM: Final = 256
"""Fewer files than this are hashed sooner than processes start."""
_PER_FILE: Final = 32 * 1024
"""What opening a file costs, in bytes hashed meanwhile; balances many small files against few large ones."""


class Request(NamedTuple):
    """One file to hash."""

    path: str
    alg: str
    expected: bytes
    """The digest that it should have."""
    size: int
    """Bytes, as far as known; only to share the work evenly."""


class Outcome(NamedTuple):
    """A file that is not as expected."""

    number: int
    """Index of its request."""
    actual: str
    """Hex digest; empty if the file could not be read."""
    error: str


def deviating(tree: Tree, requests: Sequence[Request], jobs: int = 0) -> list[Outcome]:
    """The requests whose file has another digest or cannot be read, in order.

    `jobs`: processes; 0 for as many as the processors that we may use. Never raises for a file.
    """
    jobs = jobs or _processors()
    if jobs > 1 and len(requests) >= _FORK_FROM and isinstance(tree, FolderTree):
        shares = _shares(requests, jobs)
        outcomes = _forked(tree, requests, shares) if _may_fork() else _threaded(tree, requests, shares)
    else:
        outcomes = _hash_share(tree, requests, range(len(requests)))
    return sorted(outcomes)


def _hash_share(tree: Tree, requests: Sequence[Request], share: Sequence[int]) -> list[Outcome]:
    outcomes = []
    prefix = tree.root.rstrip("/") + "/" if isinstance(tree, FolderTree) else None
    for index in share:
        path, alg, expected, _ = requests[index]
        try:
            actual = _file_digest(prefix + path, alg) if prefix else hashlib.new(alg, tree.read(path)).digest()
        except OSError as error:
            outcomes.append(Outcome(index, "", error.strerror or str(error)))
        except (CollectError, ValueError) as error:  # ValueError: an algorithm that this OpenSSL refuses
            outcomes.append(Outcome(index, "", error.what if isinstance(error, CollectError) else str(error)))
        else:
            if actual != expected:
                outcomes.append(Outcome(index, actual.hex(), ""))
    return outcomes


def _file_digest(full: str, alg: str) -> bytes:
    handle = os.open(full, OPEN_FLAGS)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise CollectError("not a regular file", full)
        data = os.read(handle, min(status.st_size, _CHUNK) + 1)
        digest = hashlib.sha256(data) if alg == "sha256" else hashlib.new(alg, data)
        if len(data) > min(status.st_size, _CHUNK) or len(data) < status.st_size:
            while data := os.read(handle, _CHUNK):
                digest.update(data)
        return digest.digest()
    finally:
        os.close(handle)


def _shares(requests: Sequence[Request], jobs: int) -> list[range]:
    """Consecutive ranges of about the same cost: neighbours on disk stay together."""
    total = sum(request.size + _PER_FILE for request in requests)
    shares: list[range] = []
    start = cost = 0
    for index, request in enumerate(requests):
        cost += request.size + _PER_FILE
        if cost >= total * (len(shares) + 1) / jobs and len(shares) < jobs - 1:
            shares.append(range(start, index + 1))
            start = index + 1
    shares.append(range(start, len(requests)))
    return [share for share in shares if share]


def _forked(tree: FolderTree, requests: Sequence[Request], shares: list[range]) -> list[Outcome]:
    """One child a share but the last, which this process hashes; a child that fails is done again here."""
    children: list[tuple[int, int, range]] = []
    own = [shares[-1]]
    outcomes: list[Outcome] = []
    try:
        for share in shares[:-1]:
            try:
                children.append((*_child(tree, requests, share), share))
            except OSError:  # no more processes or descriptors: slower, not wrong
                own.append(share)
        for share in own:
            outcomes += _hash_share(tree, requests, share)
    finally:  # also after an interrupt: no zombie, no open pipe
        for child, reader, share in children:
            with os.fdopen(reader, "rb") as pipe:
                data = pipe.read()
            _, status = os.waitpid(child, 0)
            outcomes += pickle.loads(data) if status == 0 else _hash_share(tree, requests, share)  # noqa: S301 - our own child wrote it
    return outcomes


def _child(tree: FolderTree, requests: Sequence[Request], share: range) -> tuple[int, int]:
    """The process id of a child that hashes `share`, and the pipe on which it answers; OSError if there can be none."""
    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if child == 0:  # pragma: no cover - coverage does not follow a fork that ends in _exit
        status = 1
        try:
            os.close(reader)
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(_hash_share(tree, requests, share), pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    return child, reader


def _threaded(tree: FolderTree, requests: Sequence[Request], shares: list[range]) -> list[Outcome]:
    """Where a fork is not to be had, or not safe; hashlib and reads release the interpreter's lock."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(shares)) as pool:
        return [outcome for part in pool.map(lambda share: _hash_share(tree, requests, share), shares) for outcome in part]


def _may_fork() -> bool:
    return hasattr(os, "fork") and threading.active_count() == 1


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
