"""Many files hashed at disk speed: in several processes, one open and one read each, memory flat.

Only what deviates comes back, so that nothing but the deviations crosses from process to process. Work is dealt out in
batches that whoever is free takes, so that a caller can do something else meanwhile and join in later.

Folders are opened one below the other and files by their names in them, never through a symbolic link: one that is put
in place during the scan cannot redirect it (`openat(2)`, "Rationale for openat()").
"""

from __future__ import annotations

import errno
import hashlib
import os
import pickle
import signal
import stat
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Self

from sbomgate.errors import CollectError
from sbomgate.tree import OPEN_FLAGS, FolderTree, Tree

ALGORITHMS: Final = frozenset(
    {"sha256", "sha384", "sha512", "sha224", "sha1", "md5", "blake2b", "blake2s", "sha3_256", "sha3_384", "sha3_512"}
)
MAX_HASHED: Final = 64 * 2**30
"""Bytes of one file; a sparse file can claim any size, and hashing this much takes a minute."""

_CHUNK: Final = 2**18
"""Bytes that are read at once; they are hashed while they are still in the cache of the processor."""
_FORK_FROM: Final = 256
"""Fewer files than this are hashed sooner than processes start."""
_PER_FILE: Final = 32 * 1024
"""What opening a file costs, in bytes hashed meanwhile; balances many small files against few large ones."""
_BATCHES: Final = 32
"""Batches for each process: the last one to finish is at most a thirty-second of its work late."""
_MAX_BATCHES: Final = 4096
_TOKEN: Final = 4
"""Bytes of a batch's number in the pipe that they are taken from; a pipe gives so few in one piece, also to several readers."""
_PIECE: Final = 2048
"""Bytes written to it at once: all or nothing, being less than `PIPE_BUF`."""
_FOLDER_FLAGS: Final = OPEN_FLAGS | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)
_BY_HANDLE: Final = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")


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
    with Hashing(tree, requests, jobs) as hashing:
        return hashing.outcomes()


def sha256_of(tree: Tree, path: str) -> str:
    """The SHA-256 of one file, lower-case hex, also through links inside the tree; CollectError if it cannot be had."""
    target = tree.link_target(path) if tree.kind(path) == "link" else path
    if target is None or target.startswith("../"):
        raise CollectError("symbolic link that leads out of the target, or to nothing", path, fix="put the file itself there")
    with _Files(tree) as files:
        try:
            return files.digest(target, "sha256", b"").hex()
        except OSError as error:
            raise CollectError(error.strerror or str(error), path, fix="run as a user who may read it") from error


class Hashing:
    """Files that other processes hash while it is entered; `outcomes` helps them and gives what deviates."""

    def __init__(self, tree: Tree, requests: Sequence[Request], jobs: int = 0) -> None:
        self._tree = tree
        self._requests = requests
        self._children: list[tuple[int, int]] = []
        """(process id, the pipe on which it answers)."""
        self._queue = -1
        jobs = jobs or _processors()
        wants_help = jobs > 1 and len(requests) >= _FORK_FROM and isinstance(tree, FolderTree)
        self._batches = _batches(requests, jobs) if wants_help else [range(len(requests))]
        self._threads = jobs if wants_help and not _may_fork() else 0
        self._own = list(range(len(self._batches)))
        """Batches that nobody else can take."""
        self._helpers = jobs - 1 if wants_help and not self._threads else 0
        self._parent = os.getpid()

    def _deal(self, count: int) -> None:
        self._queue, writer = os.pipe()
        try:
            os.set_blocking(writer, False)  # a system that is short of pipes gives some that hold less than all batches
            tokens = b"".join(number.to_bytes(_TOKEN, "big") for number in self._own)
            with suppress(BlockingIOError):  # what does not fit stays ours
                while self._own:
                    written = os.write(writer, tokens[-len(self._own) * _TOKEN :][:_PIECE]) // _TOKEN
                    del self._own[:written]
        finally:
            os.close(writer)
        for _ in range(min(count, len(self._batches) - 1)):
            self._children.append(self._child())

    def _child(self) -> tuple[int, int]:
        """The process id of a child that takes batches until there are none, and the pipe on which it answers."""
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
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told too, and ends us
                _Files.parent = self._parent
                os.close(reader)
                with os.fdopen(writer, "wb") as pipe:
                    pickle.dump(self._take(), pipe)
                status = 0
            finally:
                os._exit(status)
        os.close(writer)
        return child, reader

    def _take(self) -> tuple[list[int], list[Outcome]]:
        """Hash batches from the queue until it is empty; gives their numbers and what deviates."""
        taken: list[int] = []
        outcomes: list[Outcome] = []
        while self._queue >= 0 and self._has_parent() and len(token := os.read(self._queue, _TOKEN)) == _TOKEN:
            number = int.from_bytes(token, "big")
            outcomes += _hash_batch(self._tree, self._requests, self._batches[number])
            taken.append(number)
        return taken, outcomes

    def _has_parent(self) -> bool:
        """Whether there is somebody to answer to: a parent that was killed cannot end its children."""
        return self._parent in (os.getpid(), os.getppid())

    def _recall(self) -> None:
        """Make all batches ours again that no child can take any more, because there is none."""
        if not self._children and self._queue >= 0:
            os.close(self._queue)
            self._queue = -1
            self._own = list(range(len(self._batches)))

    def outcomes(self) -> list[Outcome]:
        """What deviates, in the order of the requests; to be called once."""
        if self._threads:
            return sorted(self._with_threads())
        done, outcomes = self._take()
        while self._children:
            child, reader = self._children[-1]  # known until it has ended: an interruption must find it
            with os.fdopen(reader, "rb", closefd=False) as pipe:
                data = pipe.read()
            _, status = os.waitpid(child, 0)
            self._children.pop()
            os.close(reader)
            if status == 0:
                taken, found = pickle.loads(data)  # noqa: S301 - our own child wrote it
                done += taken
                outcomes += found
        for number in {*range(len(self._batches))}.difference(done):  # ours, and what a child took that died
            outcomes += _hash_batch(self._tree, self._requests, self._batches[number])
        return sorted(outcomes)

    def _with_threads(self) -> Iterable[Outcome]:
        """Where a fork is not to be had, or not safe; hashlib and reads release the interpreter's lock."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self._threads) as pool:
            for part in pool.map(lambda batch: _hash_batch(self._tree, self._requests, batch), self._batches):
                yield from part

    def __enter__(self) -> Self:
        if self._helpers:
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # else a child could be made and not be known
            try:
                try:
                    self._deal(self._helpers)
                except OSError:  # no more pipes or processes: slower, not wrong
                    self._recall()
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, before)
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no process and no pipe behind, whatever happened."""
        for child, reader in self._children:
            os.close(reader)
            with suppress(ProcessLookupError, ChildProcessError):  # it had ended just before an interruption
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        self._children.clear()
        if self._queue >= 0:
            os.close(self._queue)
            self._queue = -1


def _hash_batch(tree: Tree, requests: Sequence[Request], batch: Sequence[int]) -> list[Outcome]:
    outcomes = []
    with _Files(tree) as files:
        for number in batch:
            path, alg, expected, _ = requests[number]
            try:
                actual = files.digest(path, alg, expected)
            except OSError as error:
                outcomes.append(Outcome(number, "", error.strerror or str(error)))
            except (CollectError, ValueError) as error:  # ValueError: an algorithm that this OpenSSL refuses, a NUL in a name
                outcomes.append(Outcome(number, "", error.what if isinstance(error, CollectError) else str(error)))
            else:
                if actual != expected:
                    outcomes.append(Outcome(number, actual.hex(), ""))
    return outcomes


class _Files:
    """Hashes files of one tree; keeps the handles of the folders that lead to the last one."""

    parent = 0
    """In a child the process that asked; without it there is nobody to answer to."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.names: list[str] = []
        self.handles: list[int] = []
        """Of the root, then of each of `names` below it."""
        self.folder = ""
        self.buffer = bytearray(_CHUNK)
        """One for all files: new memory for each of them costs a tenth."""
        self.view = memoryview(self.buffer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self.handles:
            os.close(handle)

    def digest(self, path: str, alg: str, expected: bytes) -> bytes:
        """The digest of the file at `path`; OSError, CollectError or ValueError if there is none to be had."""
        if not isinstance(self.tree, FolderTree):
            return hashlib.new(alg, self.tree.read(path)).digest()
        handle = self._open(path)
        try:
            return self._digest(handle, path, alg, expected)
        finally:
            os.close(handle)

    def _digest(self, handle: int, path: str, alg: str, expected: bytes) -> bytes:
        status = os.fstat(handle)
        size = status.st_size
        if not stat.S_ISREG(status.st_mode):
            raise CollectError("not a regular file", path)
        if size > MAX_HASHED:
            raise CollectError(f"larger than {MAX_HASHED // 2**30} GiB", path)
        digest = hashlib.sha256() if alg == "sha256" else hashlib.new(alg)
        length = 0
        while length <= MAX_HASHED and (count := _read_into(handle, self.buffer)):
            digest.update(self.view[:count])
            length += count
            if self.parent and os.getppid() != self.parent:  # a file can be as large as it likes
                os._exit(1)
            if count < _CHUNK and length >= size:
                break  # at its end: asking for more would be one more call for every small file
        found = digest.digest()
        if found != expected:
            now = os.fstat(handle)
            if length != size or (now.st_size, now.st_mtime_ns, now.st_ctime_ns) != (size, status.st_mtime_ns, status.st_ctime_ns):
                raise CollectError("changed while it was read", path)
        return found

    def _open(self, path: str) -> int:
        assert isinstance(self.tree, FolderTree)
        if not _BY_HANDLE:
            return os.open(self.tree.system_path(path), OPEN_FLAGS)
        folder, _, name = path.rpartition("/")
        if folder != self.folder or not self.handles:
            try:
                self._enter(folder)
            except OSError as error:
                if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                    raise
                target = self.tree.link_target(path)
                if target is None or target.startswith("../"):
                    raise CollectError("behind a symbolic link that leads out of the target, or to nothing", path) from error
                folder, _, name = target.rpartition("/")  # without any link, unless one is put there right now
                self._enter(folder)
        return os.open(name, OPEN_FLAGS, dir_fd=self.handles[-1])

    def _enter(self, folder: str) -> None:
        """Open `folder`, relative to the root, from the nearest folder above it that is open."""
        assert isinstance(self.tree, FolderTree)
        self.folder = "\0"  # no folder's name, until it is open
        if not self.handles:
            self.handles.append(os.open(os.path.realpath(self.tree.root), _FOLDER_FLAGS))
        names = folder.split("/") if folder else []
        same = 0
        while same < min(len(names), len(self.names)) and names[same] == self.names[same]:
            same += 1
        del self.names[same:]
        while len(self.handles) > same + 1:
            os.close(self.handles.pop())
        for name in names[same:]:
            if name in ("", ".", ".."):
                raise CollectError("not a path below the target", folder)
            self.handles.append(os.open(name, _FOLDER_FLAGS, dir_fd=self.handles[-1]))
            self.names.append(name)
        self.folder = folder


def _read_into(handle: int, buffer: bytearray) -> int:
    """How many bytes of the file were put at the beginning of `buffer`; 0 at its end."""
    if hasattr(os, "readv"):
        return os.readv(handle, [buffer])
    with open(handle, "rb", buffering=0, closefd=False) as file:  # Windows
        return file.readinto(buffer) or 0


def _batches(requests: Sequence[Request], jobs: int) -> list[range]:
    """Consecutive ranges of about the same cost, so that neighbours on disk stay together; one with a huge file first."""
    total = sum(request.size + _PER_FILE for request in requests)
    fair = total / min(jobs * _BATCHES, _MAX_BATCHES)
    batches: list[tuple[float, range]] = []
    start, cost = 0, 0.0
    for number, request in enumerate(requests):
        cost += request.size + _PER_FILE
        if cost >= fair:
            batches.append((cost, range(start, number + 1)))
            start, cost = number + 1, 0.0
    if start < len(requests):
        batches.append((cost, range(start, len(requests))))
    return [batch for cost, batch in sorted(batches, key=lambda item: item[0] < 2 * fair)]


def _may_fork() -> bool:
    return hasattr(os, "fork") and threading.active_count() == 1


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
