"""OSV records from files, folders and exports into a store.

An export is one ZIP archive with a JSON file for each record; it is read where it lies, member by member, and never unpacked. Several
processes parse, one writes; the records arrive in the order of their source, however many there are.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import pickle
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

from sbomgate.advisories import matching, osv
from sbomgate.advisories.store import Record, SourceFile, Writer
from sbomgate.custody import archives
from sbomgate.errors import CollectError, UsageError
from sbomgate.model import Problem
from sbomgate.tree import OPEN_FLAGS, FolderTree

MAX_RECORDS: Final = 2_000_000
"""In one source; the largest export has some hundred thousand."""
MAX_ARCHIVE: Final = 8 * 2**30
MAX_TOLD: Final = 20
"""Problems that are told one by one; the rest is counted."""
_BATCH: Final = 400
"""Records that cross from process to process at once."""
_LENGTH: Final = 8
"""Bytes before what crosses from process to process."""
_FORK_FROM: Final = 4 * _BATCH
_ARCHIVES: Final = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".7z")


class Outcome(NamedTuple):
    """What an import did."""

    kept: int
    """Records of our ecosystems that the store took, or had in a newer state."""
    foreign: int
    """Records of other ecosystems only, which are left out."""
    withdrawn: int
    replaced: int
    """Records that took the place of an older one of the same id."""
    older: int
    """Records that were left out because one of the same id was modified later, or is the same."""
    commits_only: int
    """Records of our ecosystems that name commits and no versions: components are told of them as not judged."""
    impossible: tuple[str, ...]
    """`ID: why` of records with a range that contradicts itself; components are told of them as not judged."""
    problems: tuple[Problem, ...]
    refused: int
    """Records that could not be read; the first of them are among the problems."""
    others: int
    """JSON files that are no records."""


class _Batch(NamedTuple):
    """What one process made of some records."""

    records: list[Any]
    problems: list[Any]
    impossible: list[str]
    foreign: int
    withdrawn: int
    commits_only: int
    others: int


class _Source(NamedTuple):
    """Records that lie in one place."""

    name: str
    sha256: str
    items: Sequence[Any]
    read: Callable[[Any], tuple[str, bytes]]
    """(place, content) of an item."""
    problems: tuple[Problem, ...] = ()


def import_records(
    paths: Sequence[str],
    store: str,
    *,
    add: bool = False,
    jobs: int = 0,
    versions: Sequence[str] = (),
    progress: Callable[..., None] | None = None,
) -> Outcome:
    """The records at `paths` (exports, folders, single files) as the store at `store`, which is replaced when all of them are read.

    `add`: what the store has is kept as well. UsageError for a path that is nothing of the kind; the store is then as it was.
    """
    import sqlite3

    total = _Batch([], [], [], 0, 0, 0, 0)
    problems: list[Problem] = []
    kept = 0
    try:
        with Writer(store, add=add) as writer:
            for number, path in enumerate(paths):
                with _opened(path) as source:
                    problems += source.problems
                    count = 0
                    for batch in _batches(source, jobs):
                        records = [Record._make(row) for row in batch.records]
                        writer.put(records)
                        count += len(records)
                        total = _Batch([], total.problems + batch.problems, total.impossible + batch.impossible, *_sums(total, batch))
                        if progress is not None:
                            progress(f"{source.name}: {count:,} of {len(source.items):,} records", "importing")
                    kept += count
                    writer.sources.append(SourceFile(source.name, source.sha256, count, versions[number] if versions else ""))
            refused = len(total.problems) + len(problems)
            if not writer.seen:
                what = "no OSV record of PyPI or npm in it"
                first = f"; {total.problems[0][0]}: {total.problems[0][2]}" if total.problems else ""
                raise UsageError(f"{what}{first}", ", ".join(paths), fix="name an OSV export, a checkout of a database, or single records")
            writer.refused += refused
            writer.finish(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()))
    except sqlite3.Error as error:
        raise UsageError(
            f"the advisory store cannot be written ({str(error)[:120]})", store, fix="leave --add out to make it anew"
        ) from error
    told = [Problem(path=path, where=where, what=what, fix=fix) for path, where, what, fix in total.problems[:MAX_TOLD]]
    if len(total.problems) > MAX_TOLD:
        told.append(Problem(path=store, what=f"{len(total.problems) - MAX_TOLD:,} more records could not be read"))
    return Outcome(
        kept, total.foreign, total.withdrawn, writer.replaced, writer.older, total.commits_only, tuple(total.impossible),
        (*problems, *told), refused, total.others,
    )  # fmt: skip


def _sums(one: _Batch, other: _Batch) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one[3:], other[3:], strict=True))


# -- where records lie ---------------------------------------------------------------------------------------------------


@contextmanager
def _opened(path: str) -> Iterator[_Source]:
    """The records at `path`; UsageError if there are none."""
    if os.path.isdir(path):
        yield _folder(path)
        return
    try:
        handle = os.open(os.path.realpath(path), OPEN_FLAGS)
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", path) from error
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError("no regular file", path)
        name = os.path.basename(path)
        if file.read(4) not in (b"PK\3\4", b"PK\5\6"):
            if status.st_size > osv.MAX_RECORD:
                raise UsageError(f"neither a ZIP archive nor a record ({status.st_size:,} bytes)", path)
            file.seek(0)
            data = file.read(osv.MAX_RECORD + 1)
            yield _Source(name, hashlib.sha256(data).hexdigest(), [path], lambda item: (item, data))
            return
        if status.st_size > MAX_ARCHIVE:
            raise UsageError(f"larger than {MAX_ARCHIVE:,} bytes", path)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        mapped = mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
        try:
            members = archives.members(mapped, MAX_RECORDS)
        except archives.RefusedError as error:
            raise UsageError(f"not an export that can be read ({error})", path, fix="fetch it again, or look at it by hand") from None
        inner = [member.name for member in members if member.name.lower().endswith(_ARCHIVES)]
        problems = tuple(Problem(path=path, where=one, what="an archive inside the archive is not opened") for one in inner[:MAX_TOLD])
        items = [member for member in members if member.name.lower().endswith(".json")]

        def read(member: archives.Member) -> tuple[str, bytes]:
            place = f"{name}/{member.name}"
            try:
                return place, archives.content(mapped, member, osv.MAX_RECORD)
            except archives.RefusedError as error:
                raise CollectError(str(error), place) from None

        yield _Source(name, digest, items, read, problems)


def _folder(path: str) -> _Source:
    tree = FolderTree(path)
    problems: list[Problem] = []

    def problem(error: CollectError) -> None:
        problems.append(Problem(path=error.path or path, where=error.where, what=error.what, fix=error.fix))

    below = tree.files_below("", problem)
    # `.git` and the like are no records
    names = sorted(name for name in below if name.lower().endswith(".json") and not any(part.startswith(".") for part in name.split("/")))
    if len(names) > MAX_RECORDS:
        raise UsageError(f"more than {MAX_RECORDS:,} records", path)
    total = hashlib.sha256()
    for name in names:
        with suppress(CollectError):  # told when it is read
            total.update(f"{hashlib.sha256(tree.read(name, osv.MAX_RECORD)).hexdigest()}  {name}\n".encode("utf-8", "backslashreplace"))
    return _Source(
        os.path.basename(os.path.abspath(path)),
        total.hexdigest(),
        names,
        lambda name: (name, tree.read(name, osv.MAX_RECORD)),
        tuple(problems),
    )


# -- how they are read ---------------------------------------------------------------------------------------------------


def _batches(source: _Source, jobs: int) -> Iterator[_Batch]:
    parts = [range(at, min(at + _BATCH, len(source.items))) for at in range(0, len(source.items), _BATCH)]
    jobs = jobs or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if jobs < 2 or len(source.items) < _FORK_FROM or not hasattr(os, "fork") or threading.active_count() > 1:
        for part in parts:
            yield _parsed(source, part)
        return
    children = [_child(source, parts[first::jobs]) for first in range(jobs)]
    try:
        for number in range(len(parts)):
            pipe = children[number % jobs][1]
            length = int.from_bytes(pipe.read(_LENGTH), "big")
            data = pipe.read(length)
            if not length or len(data) < length:
                raise UsageError("a process that helped to read it was ended", source.name, fix="import it again")
            yield _Batch(*pickle.loads(data))  # noqa: S301 - written by our own child, and only for it
    finally:
        for child, pipe in children:
            pipe.close()
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)


def _child(source: _Source, parts: Sequence[range]) -> tuple[int, Any]:
    """The process id of a child that parses `parts`, and the pipe on which it tells each of them: a length, then as much of `pickle`."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - coverage does not follow a fork that ends in _exit
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told too, and ends us
            os.close(reader)
            with os.fdopen(writer, "wb") as pipe:
                for part in parts:
                    data = pickle.dumps(tuple(_parsed(source, part)), pickle.HIGHEST_PROTOCOL)
                    pipe.write(len(data).to_bytes(_LENGTH, "big") + data)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    return child, os.fdopen(reader, "rb", 2**18)


def _parsed(source: _Source, part: range) -> _Batch:
    records: list[Any] = []
    problems: list[Any] = []
    impossible: list[str] = []
    foreign = withdrawn = commits_only = others = 0
    for index in part:
        try:
            place, data = source.read(source.items[index])
            advisory = osv.parse(data, place)
        except osv.NoRecordError:
            others += 1
            continue
        except CollectError as error:
            problems.append((error.path, error.where, error.what, error.fix))
            continue
        if not advisory.affected:
            foreign += 1
            continue
        withdrawn += bool(advisory.withdrawn)
        if not advisory.withdrawn:
            commits_only += all(one.git_only for one in advisory.affected)
            flaw = next((found for one in advisory.affected if (found := matching.fault(one.ecosystem, one.ranges))), "")
            if flaw:
                impossible.append(f"{advisory.id}: {flaw}")
        records.append(tuple(record(advisory)))
    return _Batch(records, problems, impossible, foreign, withdrawn, commits_only, others)


def record(advisory: osv.Advisory) -> Record:
    """`advisory` as the store keeps it. A withdrawn one affects nothing, but still stands against an older state of itself."""
    affected = () if advisory.withdrawn else advisory.affected
    packages = sorted({(one.ecosystem, one.name) for one in affected})
    fields = (
        ("aliases", _texts(advisory.aliases)),
        ("related", _texts(advisory.related)),
        ("upstream", _texts(advisory.upstream)),
        ("summary", advisory.summary and _quoted(advisory.summary)),
        ("published", advisory.published and _quoted(advisory.published)),
        ("severities", advisory.severities and f"[{','.join(map(_texts, advisory.severities))}]"),
        ("rating", advisory.rating and _quoted(advisory.rating)),
        ("references", _texts(advisory.references)),
        ("packages", packages and f"[{','.join(map(_texts, packages))}]"),
    )
    return Record(
        advisory.id,
        advisory.modified,
        advisory.malicious,
        bool(advisory.withdrawn),
        "{" + ",".join([f'"{name}":{value}' for name, value in fields if value]) + "}",
        tuple(
            (
                one.ecosystem,
                one.name,
                matching.spelled(one.ecosystem, one.versions),
                matching.packed(one.ranges),
                _json([one.severities, one.rating]) if one.severities or one.rating else "",
            )
            for one in affected
        ),
    )


def _texts(values: Sequence[str]) -> str:
    """`values` as a JSON array; empty if there are none. By hand: the encoder of `json` takes a sixth of an import to start, record by record."""
    return f"[{','.join(map(_quoted, values))}]" if values else ""


_quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii  # a text as JSON: what `json.dumps` makes of it
_json: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
