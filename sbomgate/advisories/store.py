"""The embedded store of advisories: one SQLite file that is only ever replaced as a whole, never changed.

A scan opens it read-only and looks up the packages that it has; an import writes a new file beside it and puts that in its place when
it is complete and on the disk. So a store that is there is whole, whatever became of the import, and readers need no lock.
Sources: SQLite documentation, "Database File Format" and "Uniform Resource Identifiers" (`immutable`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple, Self

from sbomgate.errors import CollectError, UsageError

SCHEMA: Final = 1
"""Of the tables below; another number is another store, which is made anew."""
APPLICATION: Final = 0x53424F4D  # "SBOM"
VARIABLE: Final = "SBOMGATE_ADVISORIES"
_MAGIC: Final = b"SQLite format 3\0"
_ANEW: Final = "make it anew with `sbomgate advisories import`"
_TABLES: Final = """
CREATE TABLE affected (
    ecosystem TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, part INTEGER NOT NULL,
    versions TEXT NOT NULL, ranges TEXT NOT NULL, severity TEXT NOT NULL, PRIMARY KEY (ecosystem, name, id, part)
) WITHOUT ROWID;
CREATE TABLE advisory (
    id TEXT PRIMARY KEY, modified TEXT NOT NULL, malicious INTEGER NOT NULL, withdrawn INTEGER NOT NULL, source INTEGER NOT NULL,
    detail TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE source (number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, records INTEGER NOT NULL, version TEXT NOT NULL);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Row(NamedTuple):
    """What a record says of one package, as the store keeps it."""

    advisory: str
    versions: str
    """In one spelling, a version a line; see `matching.spelled`."""
    ranges: str
    """As `matching.packed` writes them; empty for none."""
    severity: str
    """JSON: severities and rating of this package only; empty for none."""


class Detail(NamedTuple):
    """What is only looked at where a component is affected."""

    id: str
    modified: str
    malicious: bool
    source: str
    fields: dict[str, Any]
    """`aliases`, `severities`, `rating`, `summary`, `published`, `references`, …"""


class SourceFile(NamedTuple):
    """What was imported."""

    name: str
    sha256: str
    """Of the file; of a folder, over the names and contents of its records."""
    records: int
    version: str = ""
    """Of a download: its address, as a hash, and what the server called this version of it."""


class Record(NamedTuple):
    """One record on its way into the store."""

    id: str
    modified: str
    malicious: bool
    withdrawn: bool
    detail: str
    affected: tuple[tuple[str, str, str, str, str], ...]
    """(ecosystem, name, versions, ranges, severity)."""


def default_path(environ: Any = None) -> str:
    """Where the store lies unless an option names it: `$SBOMGATE_ADVISORIES`, else the user's folder for caches.

    Source: XDG Base Directory Specification, and what macOS and Windows have for it.
    """
    environ = os.environ if environ is None else environ
    if environ.get(VARIABLE):
        return str(environ[VARIABLE])
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        folder = environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Caches")
    else:
        folder = environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(folder, "sbomgate", "advisories.sqlite")


class Store:
    """An open store, for reading."""

    def __init__(self, path: str) -> None:
        """Open the store at `path`; CollectError if there is none, or it is not one that this version reads."""
        import sqlite3
        from urllib.parse import quote

        check(path)
        self.path = path
        # nobody writes to it: see above; a lock would only keep a store on a read-only disk from being read
        address = f"file:{quote(os.path.abspath(path).replace(os.sep, '/'))}?mode=ro&immutable=1"
        self._errors = (sqlite3.Error, ValueError, TypeError, KeyError, OverflowError)
        with self._reading():
            self._connection = sqlite3.connect(address, uri=True)
            self._connection.executescript("PRAGMA query_only = 1; PRAGMA trusted_schema = 0; PRAGMA mmap_size = 1073741824;")
            self.facts: dict[str, str] = dict(self._connection.execute("SELECT name, value FROM fact"))
            self.sources = [
                SourceFile(*row) for row in self._connection.execute("SELECT name, sha256, records, version FROM source ORDER BY number")
            ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise CollectError(
                f"the advisory store is damaged ({type(error).__name__}: {str(error)[:120]})", self.path, fix=_ANEW
            ) from error

    def affecting(self, packages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Row]]:
        """(ecosystem, name) → what the records say of it, for those of `packages` of which there are any."""
        found = {}
        with self._reading():
            cursor = self._connection.cursor()
            for package in packages:
                rows = cursor.execute(
                    "SELECT id, versions, ranges, severity FROM affected WHERE ecosystem = ? AND name = ? ORDER BY id, part", package
                ).fetchall()
                if rows:
                    found[package] = [Row(*map(str, row)) for row in rows]
        return found

    def details(self, names: Iterable[str]) -> dict[str, Detail]:
        """Id → the rest of each of the records `names`."""
        found = {}
        with self._reading():
            cursor = self._connection.cursor()
            for name in names:
                row = cursor.execute("SELECT modified, malicious, source, detail FROM advisory WHERE id = ?", (name,)).fetchone()
                if row is None:
                    raise ValueError(f"no record {name!r}")
                fields = json.loads(row[3])
                if not isinstance(fields, dict):
                    raise TypeError(f"record {name!r}")
                found[name] = Detail(
                    name, str(row[0]), bool(row[1]), self.sources[int(row[2])].name if row[2] < len(self.sources) else "", fields
                )
        return found

    def names(self, *, malicious: bool) -> Iterator[tuple[str, str, str]]:
        """(ecosystem, name, id) of all that is affected, in order."""
        with self._reading():
            yield from self._connection.execute(
                "SELECT ecosystem, name, affected.id FROM affected JOIN advisory USING (id) WHERE malicious >= ? ORDER BY ecosystem, name, id",
                (int(malicious),),
            )

    def records(self) -> int:
        """Records that stand, withdrawn ones left out."""
        return int(self.facts.get("records", "0"))


def check(path: str) -> None:
    """CollectError if the file at `path` is not a whole store of this version. Reads its first hundred bytes."""
    from sbomgate.tree import OPEN_FLAGS

    try:
        handle = os.open(path, OPEN_FLAGS)
        with os.fdopen(handle, "rb") as file:
            head = file.read(100)
            size = os.fstat(handle).st_size
    except FileNotFoundError:
        fix = "`sbomgate advisories import PATH` makes it from an OSV export"
        raise CollectError("there is no advisory store", path, fix=fix) from None
    except OSError as error:
        raise CollectError(f"the advisory store cannot be read ({error.strerror})", path) from error
    if len(head) < 100 or not head.startswith(_MAGIC) or int.from_bytes(head[68:72], "big") != APPLICATION:
        raise CollectError("not an advisory store", path, fix=_ANEW)
    version = int.from_bytes(head[60:64], "big")
    if version != SCHEMA:
        raise CollectError(f"advisory store of version {version}, this sbomgate reads {SCHEMA}", path, fix=_ANEW)
    page = int.from_bytes(head[16:18], "big")
    if (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big") != size:
        raise CollectError("the advisory store is cut off", path, fix=_ANEW)


class Writer:
    """A store that is being made: beside the old one until `finish`, and gone if that is not reached."""

    def __init__(self, path: str, *, add: bool) -> None:
        """Begin a store that will lie at `path`; with `add`, it has at first what the one there has. UsageError if it cannot be made."""
        import sqlite3

        self.path = os.path.realpath(path)
        self.scratch = f"{self.path}.new"
        self.sources: list[SourceFile] = []
        self.seen: dict[str, str] = {}
        """Id → when the record that is kept was modified."""
        self.replaced = self.older = 0
        """Records of an id that was there already: newer ones that took its place, and others, which were left out."""
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            self._lock = _locked(f"{self.path}.lock")
            for name in (self.scratch, f"{self.scratch}-journal"):
                with suppress(FileNotFoundError):
                    os.unlink(name)  # of an import that was killed
            # made here, and not by SQLite: that would follow a link
            os.close(os.open(self.scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o644))
            if add and os.path.lexists(self.path):
                check(self.path)
                _copy(self.path, self.scratch)
        except OSError as error:
            raise UsageError(f"the advisory store cannot be written ({error.strerror})", path) from error
        self._connection = sqlite3.connect(self.scratch, isolation_level=None)
        run = self._connection.executescript
        run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA trusted_schema = 0;")
        if os.path.getsize(self.scratch):
            self.seen = dict(self._connection.execute("SELECT id, modified FROM advisory"))
            self.sources = [
                SourceFile(*row) for row in self._connection.execute("SELECT name, sha256, records, version FROM source ORDER BY number")
            ]
            self.refused = int(dict(self._connection.execute("SELECT name, value FROM fact")).get("refused", "0"))
            run("DELETE FROM source; DELETE FROM fact;")
        else:
            run(f"PRAGMA page_size = 8192; PRAGMA application_id = {APPLICATION};")
            run(_TABLES)
            self.refused = 0
        run("PRAGMA user_version = 0; BEGIN")  # no store of any version until it is finished

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        with suppress(FileNotFoundError):
            os.unlink(self.scratch)
        self._lock.close()

    def put(self, records: Iterable[Record]) -> None:
        """Keep `records`, of which the source is the next one that `sources` gets; of two with one id, the one modified later."""
        advisories: list[Any] = []
        affected: list[Any] = []
        number = len(self.sources)
        for record in records:
            known = self.seen.get(record.id)
            if known is not None:
                if record.modified <= known:
                    self.older += 1
                    continue
                self.replaced += 1
                self._flush(advisories, affected)
                self._forget(record.id)
            self.seen[record.id] = record.modified
            advisories.append((record.id, record.modified, record.malicious, record.withdrawn, number, record.detail))
            affected += [(*row[:2], record.id, part, *row[2:]) for part, row in enumerate(record.affected)]
        self._flush(advisories, affected)

    def _forget(self, name: str) -> None:
        run = self._connection.execute
        fields = json.loads(run("SELECT detail FROM advisory WHERE id = ?", (name,)).fetchone()[0])
        # by its key: there is no index over the ids alone
        for ecosystem, package in fields.get("packages", ()):
            run("DELETE FROM affected WHERE ecosystem = ? AND name = ? AND id = ?", (ecosystem, package, name))
        run("DELETE FROM advisory WHERE id = ?", (name,))

    def _flush(self, advisories: list[Any], affected: list[Any]) -> None:
        self._connection.executemany("INSERT INTO advisory VALUES (?, ?, ?, ?, ?, ?)", advisories)
        self._connection.executemany("INSERT INTO affected VALUES (?, ?, ?, ?, ?, ?, ?)", affected)
        advisories.clear()
        affected.clear()

    def finish(self, today: str) -> None:
        """Put the store in its place: whole and on the disk, or not at all. `today`: when it was made, RFC 3339 without the `Z`."""
        run = self._connection.execute
        run("DELETE FROM source")
        self._connection.executemany("INSERT INTO source VALUES (?, ?, ?, ?, ?)", [(i, *source) for i, source in enumerate(self.sources)])
        count, malicious, newest = run("SELECT count(*), total(malicious), max(modified) FROM advisory WHERE NOT withdrawn").fetchone()
        facts = {
            "records": count,
            "malicious": int(malicious),
            # a database may date a record ahead; data is never newer than the day on which it was taken
            "newest": min(newest or "", today),
            "made": today,
            "refused": self.refused,
            "withdrawn": run("SELECT count(*) FROM advisory WHERE withdrawn").fetchone()[0],
        }
        for ecosystem, packages, records in run(
            "SELECT ecosystem, count(DISTINCT name), count(DISTINCT id) FROM affected GROUP BY ecosystem"
        ):
            facts[f"{ecosystem} packages"], facts[f"{ecosystem} records"] = packages, records
        self._connection.executemany("INSERT INTO fact VALUES (?, ?)", [(name, str(value)) for name, value in sorted(facts.items())])
        run(f"PRAGMA user_version = {SCHEMA}")
        run("COMMIT")
        self._connection.close()
        try:
            with open(self.scratch, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(self.scratch, self.path)
            _sync_folder(os.path.dirname(self.path))
        except OSError as error:
            raise UsageError(f"the advisory store cannot be written ({error.strerror})", self.path) from error


def _copy(source: str, target: str) -> None:
    import shutil

    with open(source, "rb") as old, open(target, "wb") as new:
        shutil.copyfileobj(old, new, 2**20)


def _sync_folder(folder: str) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems cannot
            os.fsync(handle)
    finally:
        os.close(handle)


def _locked(path: str) -> Any:
    """The file at `path`, locked until it is closed or we are killed; UsageError if another import has it."""
    handle = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644), "rb+")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise UsageError("another import is at work on this store", path.removesuffix(".lock"), fix="wait for it to end") from None
    return handle
