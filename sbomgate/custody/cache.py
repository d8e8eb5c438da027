"""What was in the artifacts that an earlier run read, so that the next one needs none of them. Only with `--cache`.

One file for each artifact, named by its SHA-256: a line with an HMAC-SHA256 (RFC 2104) over all that follows, then one
JSON document. An entry tells who knows the key what is in an artifact with this hash; who can change the folder, but
cannot read the key, is found out. Who can read the key can write any entry. An entry is bound to its hash and never
changes its meaning, so an old one that is put back says nothing wrong, and the whole folder may be deleted at any time.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import stat
import sys
import time
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sbomgate import __version__
from sbomgate.custody.artifacts import Found
from sbomgate.custody.wheel import Script, Wheel
from sbomgate.errors import CollectError, UsageError
from sbomgate.model import Digest, Problem
from sbomgate.tree import OPEN_FLAGS, FolderTree, read_regular

MAX_ENTRY: Final = 64 * 2**20
"""Bytes; a wheel of 30,000 files has an entry of 4 MB."""
MIN_KEY: Final = 32
_MAX_KEY: Final = 4096
_PURPOSE: Final = b"sbomgate artifact cache 1\n"
"""Before what is signed: a key that is used for something else as well cannot be made to sign entries."""
_HEAD: Final = re.compile(rb"([0-9a-f]{64})\n")
_HEX: Final = re.compile(r"[0-9a-f]{64}\Z").match
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z").match


class Cache(NamedTuple):
    """A folder of entries with the key to them."""

    folder: str
    key: bytes

    def __repr__(self) -> str:
        return f"Cache({self.folder!r})"


def open_cache(folder: str, key_file: str = "") -> Cache:
    """The cache in `folder`, which is made if it is not there, and so is the key. UsageError if one of them cannot be used."""
    key_file = os.path.abspath(key_file or default_key_file())
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot be made ({error.strerror})", folder, "--cache") from error
    inside = os.path.realpath(folder)
    if os.path.commonpath([inside, os.path.realpath(key_file)]) == inside:
        raise UsageError("the key lies in the cache that it is to protect", key_file, "--cache-key", "keep it elsewhere")
    return Cache(folder, _key(key_file))


def default_key_file() -> str:
    """Where the key of the user is kept. Source: XDG Base Directory Specification, and what macOS and Windows have for it."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        folder = os.environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming")
    elif sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Application Support")
    else:
        folder = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    return os.path.join(folder, "sbomgate", "cache-key")


def recall(cache: Cache, wanted: Iterable[Digest]) -> tuple[list[Found], list[Problem]]:
    """What the cache knows of the artifacts with the digests `wanted`, and which entries are not of who has the key."""
    found: list[Found] = []
    problems: list[Problem] = []
    tree = FolderTree(cache.folder)
    for digest in sorted(digest.value for digest in set(wanted) if digest.alg == "sha256" and _HEX(digest.value)):
        if not tree.kind(digest):
            continue
        try:
            one = read_entry(cache.key, digest, tree.read(digest, MAX_ENTRY))
        except CollectError as error:
            fix = "find out who changed it, and delete it; the artifact is needed again"
            problems.append(Problem(path=digest, what=error.what, fix=fix))
            continue
        if one is not None:
            found.append(one._replace(path=f"{cache.folder.rstrip('/')}/{digest}"))
    return found, problems


def keep(cache: Cache, found: Iterable[Found]) -> list[Problem]:
    """Write an entry for each wheel of `found` that has none; what could not be written."""
    problems = []
    for one in found:
        if one.wheel is None or one.remembered:
            continue
        path = os.path.join(cache.folder, one.sha256)
        if os.path.lexists(path) and not _is_old(cache, one.sha256, path):
            continue
        scratch = f"{path}.{os.getpid()}.tmp"
        try:
            handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(write_entry(cache.key, one.sha256, one.wheel))
            os.replace(scratch, path)
        except OSError as error:
            problems.append(Problem(path=one.sha256, what=f"cannot be written ({error.strerror})", fix="see to the folder of --cache"))
    return problems


def write_entry(key: bytes, digest: str, wheel: Wheel) -> bytes:
    """The entry for the artifact with the SHA-256 `digest`."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    document = {"sbomgate": __version__, "artifact": digest, "read": day, "wheel": wheel._asdict()}
    body = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()
    return _signature(key, body) + b"\n" + body


def read_entry(key: bytes, digest: str, data: bytes) -> Found | None:
    """The artifact that the entry `data` tells of; None if another version wrote it. CollectError if it is not of who has the key."""
    match = _HEAD.match(data)
    body = data[match.end() :] if match else b""
    if match is None or not hmac.compare_digest(match[1], _signature(key, body)):
        raise CollectError("entry of the cache that was not written with this key", digest)
    try:
        document = json.loads(body)
        if document["sbomgate"] != __version__:
            return None  # what a version reads of a wheel may differ
        if document["artifact"] != digest or not _DAY(document["read"]):
            raise CollectError("entry of the cache under the name of another one", digest)
        wheel = _wheel(document["wheel"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CollectError(f"entry of the cache that cannot be read ({type(error).__name__})", digest) from error
    return Found("", (Digest("sha256", digest),), locked=True, wheel=wheel, remembered=document["read"])


def _wheel(values: dict[str, Any]) -> Wheel:
    rows = {name: tuple(map(tuple, values[name])) for name in ("files", "headers", "data", "wrappers")}
    return Wheel(**{**values, **rows, "scripts": tuple(Script(*row) for row in values["scripts"])})


def _is_old(cache: Cache, digest: str, path: str) -> bool:
    """Whether the entry at `path` is of another version. One that is of nobody who has the key stays, and is told, until it is looked at."""
    try:
        return read_entry(cache.key, digest, read_regular(path, MAX_ENTRY)) is None
    except (CollectError, OSError):
        return False


def _signature(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + body, "sha256").hexdigest().encode()


def _key(path: str) -> bytes:
    """The key in the file at `path`, made if there is none. Nobody but its owner may read it."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "wb") as file:
                file.write(os.urandom(MIN_KEY).hex().encode() + b"\n")
        handle = os.open(path, OPEN_FLAGS)
        try:
            status = os.fstat(handle)
            key = os.read(handle, _MAX_KEY + 1) if stat.S_ISREG(status.st_mode) else b""
        finally:
            os.close(handle)
    except OSError as error:
        raise UsageError(f"the key cannot be used ({error.strerror})", path, "--cache-key") from error
    if os.name == "posix" and status.st_mode & 0o077:
        raise UsageError("others can read the key", path, "--cache-key", f"chmod 600 {path}, and delete the cache")
    if not MIN_KEY <= len(key.strip()) <= _MAX_KEY:
        raise UsageError(f"not a key of {MIN_KEY} to {_MAX_KEY} bytes", path, "--cache-key", "delete it, and the cache: a new one is made")
    return key.strip()
