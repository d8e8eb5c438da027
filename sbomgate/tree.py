"""The only reader of a target's files: capped, never out of the target, never blocked.

A collector gets a `SourceFile` or a `SourceFolder` and asks it for content; it opens nothing itself. Files are opened
without following a symbolic link and without blocking, and must be regular, so a FIFO or a device named
`package.json` is an error and not a hang. A link that stays inside the target is read, one that leaves it is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from sbomgate.errors import CollectError

if TYPE_CHECKING:
    from sbomgate.yaml_text import YamlDocument

_T = TypeVar("_T")
MAX_FILE: Final = 256 * 2**20
"""Bytes of one file that is read whole; a package-lock.json of 100 MB is real, of 256 MB not known."""
MAX_DEPTH: Final = 64
"""Folders below each other. Linux limits a path to 4096 bytes, people to far less."""
MAX_ENTRIES: Final = 5_000_000
"""Files and folders of one target; a large monorepo with its environments has one million."""

OPEN_FLAGS: Final = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)
_CHUNK: Final = 2**16
"""Bytes asked for beyond the stated size of a file: more would be fresh memory from the system for every small file."""


class Entry(NamedTuple):
    """One name in a folder."""

    name: str
    kind: str
    """`file` · `folder` · `link` · `other` (a FIFO, a socket, a device)."""


class Tree(Protocol):
    """Files below one root, addressed by relative paths with `/`."""

    root: str
    """Absolute path of the root; empty for a tree that is not on disk."""

    def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        """The content of the regular file at `path`; CollectError if there is none, or more than `limit` bytes."""

    def head(self, path: str, count: int) -> bytes:
        """The first `count` bytes of the regular file at `path`, not through a link; CollectError if there is none."""

    def modified(self, path: str) -> int | None:
        """When the file at `path` was changed last, in whole seconds; None if that is not known."""

    def mode(self, path: str) -> int | None:
        """The permission bits of the file or folder at `path`; None for a link, and where the file system keeps none."""

    def entries(self, path: str) -> list[Entry]:
        """What the folder at `path` holds, sorted by name; CollectError if it cannot be listed."""

    def kind(self, path: str) -> str:
        """The `Entry.kind` at `path`, links not followed; empty if there is nothing."""

    def files_below(self, path: str, problem: Callable[[CollectError], None]) -> dict[str, str]:
        """Path → `Entry.kind` of everything below the folder at `path` that is no folder; linked folders are not entered.

        `problem` is told what could not be listed and when a cap was reached.
        """

    def link_target(self, path: str) -> str | None:
        """Where the link at `path` leads, relative to the root; None if that is outside the target, or nothing."""


class FolderTree:
    """A folder of the file system.

    `boundary` is the folder that links and references may lead into, by default the root itself. A single file that
    is scanned has its own folder as root and may refer to files next to it and, inside the boundary, above it.
    """

    def __init__(self, root: str, boundary: str | None = None) -> None:
        self.root = os.path.abspath(root)
        self.boundary = os.path.realpath(boundary or root)
        self._contained: dict[str, bool] = {}
        """Folder → whether it lies inside the boundary, every link on the way resolved."""
        self._recent: dict[str, bytes] = {}
        """The two files that were read last, a lock and its project file: who asks again (values, then lines) gets the same bytes."""

    def system_path(self, path: str) -> str:
        """The absolute path to hand to the operating system."""
        return os.path.join(self.root, path) if path else self.root

    def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        known = self._recent.get(path)
        if known is None or len(known) > limit:
            known = self._read(path, limit)
            while len(self._recent) > 1:
                del self._recent[next(iter(self._recent))]
            self._recent[path] = known
        return known

    def _read(self, path: str, limit: int) -> bytes:
        full = self.system_path(path)
        try:
            self._refuse_outside(os.path.dirname(full), path)
            return read_regular(full, limit)
        except CollectError as error:
            raise CollectError(error.what, path, error.where, error.fix) from error
        except OSError as error:
            if not os.path.islink(full):
                raise CollectError(f"cannot be read ({error.strerror})", path, fix=_permission_hint(error)) from error
        target = self.link_target(path)
        if target is None:
            raise CollectError(
                "symbolic link that leads out of the target, or to nothing", path, fix="name its target as a target of its own"
            )
        try:
            return read_regular(self.system_path(target), limit)
        except OSError as error:
            raise CollectError(f"cannot be read ({error.strerror})", path, fix=_permission_hint(error)) from error
        except CollectError as error:
            raise CollectError(error.what, path, error.where, error.fix) from error

    def head(self, path: str, count: int) -> bytes:
        full = self.system_path(path)
        try:
            self._refuse_outside(os.path.dirname(full), path)
            handle = os.open(full, OPEN_FLAGS)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise CollectError("not a regular file", path, fix="replace it by a file or remove it")
                return os.read(handle, count)
            finally:
                os.close(handle)
        except CollectError as error:
            raise CollectError(error.what, path, error.where, error.fix) from error
        except (OSError, ValueError) as error:
            what = error.strerror if isinstance(error, OSError) else str(error)
            raise CollectError(f"cannot be read ({what})", path, fix=_permission_hint(error)) from error

    def modified(self, path: str) -> int | None:
        try:
            return int(os.lstat(self.system_path(path)).st_mtime)
        except (OSError, ValueError):
            return None

    def mode(self, path: str) -> int | None:
        try:
            mode = os.lstat(self.system_path(path)).st_mode
        except (OSError, ValueError):
            return None
        return stat.S_IMODE(mode) if os.name == "posix" and not stat.S_ISLNK(mode) else None

    def entries(self, path: str) -> list[Entry]:
        full = self.system_path(path)
        try:
            self._refuse_outside(full, path or ".")
            with os.scandir(full) as scan:
                return sorted((Entry(entry.name, _kind(entry)) for entry in scan), key=lambda entry: entry.name)
        except OSError as error:
            raise CollectError(f"folder cannot be listed ({error.strerror})", path or ".", fix=_permission_hint(error)) from error

    def files_below(self, path: str, problem: Callable[[CollectError], None]) -> dict[str, str]:
        found: dict[str, str] = {}
        try:
            self._refuse_outside(self.system_path(path), path or ".")
        except OSError as error:
            problem(CollectError(f"folder cannot be listed ({error.strerror})", path or ".", fix=_permission_hint(error)))
            return found
        except CollectError as error:
            problem(error)
            return found
        pending = [(self.system_path(path), f"{path}/" if path else "", 0)]
        while pending:
            full, prefix, depth = pending.pop()
            if len(found) > MAX_ENTRIES:
                problem(CollectError(f"folder with too much in it (more than {MAX_ENTRIES} files)", path or ".", fix="look at it by hand"))
                break
            if depth > MAX_DEPTH:
                problem(
                    CollectError(
                        f"folder with too much in it (nested deeper than {MAX_DEPTH})", prefix.rstrip("/") or ".", fix="look at it by hand"
                    )
                )
                continue
            try:
                with os.scandir(full) as scan:
                    for entry in scan:
                        name = prefix + entry.name
                        if entry.is_file(follow_symlinks=False):
                            found[name] = "file"
                        elif entry.is_dir(follow_symlinks=False):
                            pending.append((entry.path, name + "/", depth + 1))
                        else:
                            found[name] = "link" if entry.is_symlink() else "other"
            except OSError as error:
                problem(CollectError(f"folder cannot be listed ({error.strerror})", prefix.rstrip("/") or ".", fix=_permission_hint(error)))
        return found

    def kind(self, path: str) -> str:
        try:
            mode = os.lstat(self.system_path(path)).st_mode
        except (OSError, ValueError):  # ValueError: a NUL in a path that some document names
            return ""
        if stat.S_ISREG(mode):
            return "file"
        return "folder" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "other"

    def link_target(self, path: str) -> str | None:
        try:
            real = os.path.realpath(self.system_path(path), strict=True)
        except (OSError, ValueError):  # a loop, a dangling link, a NUL
            return None
        if not self._is_within(real):
            return None
        return os.path.relpath(real, os.path.realpath(self.root)).replace(os.sep, "/")

    def _refuse_outside(self, folder: str, path: str) -> None:
        """CollectError if the absolute `folder` lies outside, reached through a link or by `..`; OSError if it is not there."""
        known = self._contained.get(folder)
        if known is None:
            parent, name = os.path.split(folder)
            try:
                # a plain folder lies where its parent does: one question to the system instead of one for each part of the path
                known = self._contained.get(parent) is True and name not in ("", ".", "..") and stat.S_ISDIR(os.lstat(folder).st_mode)
                known = known or self._is_within(os.path.realpath(folder, strict=True))
            except ValueError as error:  # an embedded NUL, a lone surrogate
                raise OSError(0, str(error)) from error
            self._contained[folder] = known
        if not known:
            raise CollectError("lies outside the target", path, fix="name its folder as a target of its own")

    def _is_within(self, real: str) -> bool:
        return real == self.boundary or real.startswith(self.boundary.rstrip(os.sep) + os.sep)


class HomeTree:
    """A home folder, and the places outside it where a machine keeps what it manages, under the names that people know.

    `~/x` is in the home folder, any other path is that of the machine and is there only where `machine` is true: a home folder
    that was mounted from elsewhere knows nothing of it. A link may lead anywhere in the home folder, or in the folder of a
    managed file, and not out of it.
    """

    root = ""

    def __init__(self, home: str, *, machine: bool) -> None:
        self.home, self.machine = FolderTree(home), machine
        self._folders: dict[str, FolderTree] = {}

    def _at(self, path: str) -> tuple[FolderTree, str]:
        """The tree that holds `path`, and the path in it; CollectError where there is none."""
        if path == "~" or path.startswith("~/"):
            return self.home, path[2:]
        folder, _, name = path.rpartition("/")
        if not self.machine or not os.path.isabs(folder or "/"):
            raise CollectError("cannot be read (No such file or directory)", path)
        tree = self._folders.get(folder)
        if tree is None:
            tree = self._folders[folder] = FolderTree(folder or "/")
        return tree, name

    def _named(self, path: str, use: Callable[[FolderTree, str], _T]) -> _T:
        tree, inner = self._at(path)
        try:
            return use(tree, inner)
        except CollectError as error:
            raise CollectError(error.what, path, error.where, error.fix) from error

    def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        return self._named(path, lambda tree, inner: tree.read(inner, limit))

    def head(self, path: str, count: int) -> bytes:
        return self._named(path, lambda tree, inner: tree.head(inner, count))

    def modified(self, path: str) -> int | None:
        return self._named(path, lambda tree, inner: tree.modified(inner))

    def mode(self, path: str) -> int | None:
        return self._named(path, lambda tree, inner: tree.mode(inner))

    def entries(self, path: str) -> list[Entry]:
        return self._named(path, lambda tree, inner: tree.entries(inner))

    def kind(self, path: str) -> str:
        try:
            return self._named(path, lambda tree, inner: tree.kind(inner))
        except CollectError:
            return ""

    def files_below(self, path: str, problem: Callable[[CollectError], None]) -> dict[str, str]:
        tree, inner = self._at(path)
        prefix = path.removesuffix(inner) if inner else f"{path.rstrip('/')}/"
        return {prefix + name: kind for name, kind in tree.files_below(inner, problem).items()}

    def link_target(self, path: str) -> str | None:
        tree, inner = self._at(path)
        target = tree.link_target(inner)
        return None if target is None else path[: len(path) - len(inner)] + target


class MemoryTree:
    """Files held in a dict: for the tests, and for the examples in the pages of the rules."""

    root = ""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def read(self, path: str, limit: int = MAX_FILE) -> bytes:
        if path not in self.files:
            raise CollectError("cannot be read (No such file or directory)", path)
        if len(self.files[path]) > limit:
            raise _too_large(path, limit)
        return self.files[path]

    def head(self, path: str, count: int) -> bytes:
        return self.read(path)[:count]

    def modified(self, path: str) -> int | None:  # noqa: ARG002 - a dict knows no time
        return None

    def mode(self, path: str) -> int | None:  # noqa: ARG002 - nor permissions
        return None

    def entries(self, path: str) -> list[Entry]:
        if self.kind(path) != "folder":
            raise CollectError("folder cannot be listed (No such file or directory)", path)
        below = f"{path}/" if path else ""
        found: dict[str, str] = {}
        for file in self.files:
            if file.startswith(below):
                name, slash, _ = file[len(below) :].partition("/")
                found[name] = "folder" if slash else "file"
        return [Entry(name, found[name]) for name in sorted(found)]

    def files_below(self, path: str, problem: Callable[[CollectError], None]) -> dict[str, str]:
        if self.kind(path) != "folder":
            problem(CollectError("folder cannot be listed (No such file or directory)", path))
        below = f"{path}/" if path else ""
        return {file: "file" for file in self.files if file.startswith(below)}

    def kind(self, path: str) -> str:
        if path in self.files:
            return "file"
        return "folder" if any(file.startswith(f"{path}/") for file in self.files) or not path else ""

    def link_target(self, path: str) -> str | None:
        return (path or ".") if self.kind(path) else None


class SourceFolder(NamedTuple):
    """A folder that a collector takes as a whole: an environment, a node_modules."""

    tree: Tree
    path: str
    """Relative to the target; empty for the target itself."""
    files: bool = True
    """Whether the files of an environment are to be compared with its RECORDs at all."""
    verify: bool = True
    """Whether their content is to be hashed; False: their names alone are compared."""
    jobs: int = 0
    """Processes to hash with; 0 for as many as there are processors."""
    ledger: bool = False
    """Whether to yield what a comparison with artifacts needs: `custody_model.Ledger`, `custody_model.PackageLedger`."""
    licences: bool = False
    """Whether to read the licence files of what is installed: only documents tell of them."""

    def join(self, *parts: str) -> str:
        return "/".join(part for part in (self.path, *parts) if part)


class SourceFile(NamedTuple):
    """One file for a collector to read."""

    tree: Tree
    path: str

    @property
    def full_path(self) -> str:
        """The absolute path, with `/`: to recognise a file by the folders around it; never shown."""
        return f"{self.tree.root}/{self.path}".replace("\\", "/")

    def read(self, limit: int = MAX_FILE) -> bytes:
        """The bytes; CollectError if they cannot be had."""
        return self.tree.read(self.path, limit)

    def text(self) -> str:
        """The file as UTF-8 text, a byte-order mark removed; CollectError if it is not."""
        try:
            return self.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise CollectError(f"not valid UTF-8 (byte {error.start})", self.path, f"line {line}", "save it as UTF-8") from error

    def json(self) -> Any:
        """The file as JSON; CollectError if it is not."""
        return parse_json(self.text(), self.path)

    def toml(self) -> dict[str, Any]:
        """The file as TOML; CollectError if it is not."""
        import tomllib  # here: most runs meet no TOML file

        text = self.text()
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # ValueError: also integers of more digits than int() takes
            raise CollectError(
                f"not valid TOML ({_reason(error)})", self.path, conflict_marker(text), "run the tool that wrote it again"
            ) from error

    def yaml(self) -> list[YamlDocument]:
        """The documents of the file as YAML; CollectError if it is not. See `yaml_text` for what is made of its scalars."""
        from sbomgate.yaml_text import parse_yaml  # here: PyYAML takes 15 ms to import

        text = self.text()
        try:
            return parse_yaml(text, self.path)
        except CollectError as error:
            if marker := conflict_marker(text):
                raise CollectError(error.what, self.path, marker, "resolve the conflict") from error
            raise

    def sibling(self, relative: str) -> SourceFile | None:
        """The file that this one names by `relative`; None if that leaves the target or is no file."""
        folder = self.path.rpartition("/")[0]
        path = normalised(f"{folder}/{relative}" if folder else relative)
        if self.tree.kind(path) not in ("file", "link") or self.tree.link_target(path) is None:
            return None
        return SourceFile(self.tree, path)


def parse_json(text: str, path: str, table: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """`text` as JSON with lone surrogates escaped; CollectError with the place if it is not JSON.

    `table` makes what stands for an object of its members, in the place of `dict`, which keeps the last of equal keys.
    """
    import json

    try:
        value = json.loads(text, object_pairs_hook=table)
        if "\\" in text and ("\\ud" in text or "\\uD" in text):
            from sbomgate.text import without_surrogates

            value = _map_strings(value, without_surrogates)
    except json.JSONDecodeError as error:
        where = conflict_marker(text) or f"line {error.lineno} column {error.colno}"
        raise CollectError(f"not valid JSON ({error.msg})", path, where, "run the tool that wrote it again") from error
    except (ValueError, RecursionError) as error:  # ValueError: also integers of more digits than int() takes
        raise CollectError(f"not valid JSON ({_reason(error)})", path, fix="run the tool that wrote it again") from error
    return value


def conflict_marker(text: str) -> str:
    """`line N: merge-conflict marker` for the first one in `text`; empty if there is none."""
    start = 0 if text.startswith("<<<<<<< ") else text.find("\n<<<<<<< ") + 1
    if not start and not text.startswith("<<<<<<< "):
        return ""
    return f"line {text.count(chr(10), 0, start) + 1}: merge-conflict marker"


def normalised(path: str) -> str:
    """`path` with `.` and `..` resolved as text; leading `..` stay, an absolute path stays absolute."""
    return os.path.normpath(path.replace("\\", "/")).replace(os.sep, "/")


def read_regular(full: str, limit: int) -> bytes:
    """The content of the regular file at the absolute path `full`, from one handle.

    Raises OSError as the system does (a final symbolic link included), CollectError if the file is not regular or
    longer than `limit` bytes.
    """
    try:
        handle = os.open(full, OPEN_FLAGS)
    except ValueError as error:  # an embedded NUL
        raise OSError(0, str(error)) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise CollectError("not a regular file", full, fix="replace it by a file or remove it")
        if status.st_size > limit:
            raise _too_large(full, limit)
        parts = []
        length = 0
        while part := os.read(handle, min(max(status.st_size + 1 - length, _CHUNK), limit + 1)):
            parts.append(part)
            length += len(part)
            if length > limit:
                raise _too_large(full, limit)
        return b"".join(parts)
    finally:
        os.close(handle)


def walk(
    tree: Tree, start: str, enter: Callable[[str, Entry], bool], problem: Callable[[CollectError], None]
) -> Iterator[tuple[str, list[Entry]]]:
    """Yield (folder, its entries) below `start`, parents first, folders in order of name.

    `enter(folder, entry)` decides about each subfolder; `problem(CollectError)` is told what could not be listed and
    when a cap was reached.
    """
    pending = [(start, 0)]
    count = 0
    while pending:
        folder, depth = pending.pop()
        try:
            entries = tree.entries(folder)
        except CollectError as error:
            problem(error)
            continue
        count += len(entries)
        if count > MAX_ENTRIES:
            problem(CollectError(f"more than {MAX_ENTRIES} files and folders", folder or ".", fix="scan its parts one by one"))
            return
        yield folder, entries
        below = [entry for entry in entries if entry.kind == "folder" and enter(folder, entry)]
        if below and depth >= MAX_DEPTH:
            problem(CollectError(f"folders nested deeper than {MAX_DEPTH}", folder, fix="scan the inner folder by itself"))
            continue
        pending.extend((f"{folder}/{entry.name}" if folder else entry.name, depth + 1) for entry in reversed(below))


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "link"
    if entry.is_file(follow_symlinks=False):
        return "file"
    return "folder" if entry.is_dir(follow_symlinks=False) else "other"


def _too_large(path: str, limit: int) -> CollectError:
    size = f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit} bytes"
    return CollectError(f"larger than {size}", path, fix="no real file of this kind is; look at it by hand")


def _permission_hint(error: Exception) -> str:
    return "run as a user who may read it" if isinstance(error, PermissionError) else ""


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).partition("\n")[0]


def _map_strings(value: Any, function: Any) -> Any:
    if isinstance(value, str):
        return function(value)
    if isinstance(value, list):
        return [_map_strings(item, function) for item in value]
    if isinstance(value, dict):
        return {function(key): _map_strings(item, function) for key, item in value.items()}
    return value
