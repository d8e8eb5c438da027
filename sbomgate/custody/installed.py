"""The installed files of one distribution against the wheel that it should come from.

What installers legitimately change, and nothing else: the files of `.data/` go where the environment keeps such files, a
`#!python` line gets the path of the interpreter, scripts are generated from entry points, the installer's own files are
written into `.dist-info`, bytecode is compiled. Sources: "Binary distribution format", "Installing a wheel"; "Recording
installed projects".
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final, NamedTuple

from sbomgate.collectors.environment import installed_files, record
from sbomgate.custody.scripts import MAX_WRAPPER, interpreter_of, is_rewritten, is_wrapper
from sbomgate.custody.wheel import Script, Wheel
from sbomgate.custody_model import Deviation, Ledger
from sbomgate.errors import CollectError
from sbomgate.tree import Tree

_WINDOWS_WRAPPER: Final = re.compile(r"(.+?)(?:-script\.pyw?|\.exe|\.exe\.manifest)\Z")
_EMPTY: Final = sha256(b"").hexdigest()
_VERSIONED: Final = re.compile(r"(.+?)-?[0-9]+(?:\.[0-9]+)?\Z")
"""pip and virtualenv make `pip3` and `pip3.12` of the entry point `pip`."""


class Expected(NamedTuple):
    """What the wheel says of one distribution, with paths as they are in the target."""

    wheel: Wheel
    files: dict[str, str]
    """Path → SHA-256."""
    prefix: str | None
    """The folder that scripts and data lie below; None when it is outside the target."""


class Neighbours(NamedTuple):
    """What several wheels of one environment ship under one path: the one installed last wins, and that is no tampering."""

    files: Mapping[str, frozenset[str]]
    """Path → the digests that they have for it."""
    wrappers: Mapping[str, frozenset[tuple[str, str]]]
    """Name of a generated script → (module, callable) of each entry point of that name."""


def find_neighbours(wanted: Iterable[Expected | None]) -> Neighbours:
    """The paths and scripts that more than one of `wanted` has."""
    first: dict[str, str] = {}
    files: dict[str, set[str]] = {}
    wrappers: dict[str, set[tuple[str, str]]] = {}
    for want in wanted:
        if want is None:
            continue
        scripts = {_below(want.prefix or "", "bin", script.name): script.sha256 for script in want.wheel.scripts}
        for path, digest in (want.files | scripts).items():
            if first.setdefault(path, digest) != digest:
                files.setdefault(path, {first[path]}).add(digest)
        for name, module, function in want.wheel.wrappers:
            wrappers.setdefault(name, set()).add((module, function))
    return Neighbours(
        {path: frozenset(digests) for path, digests in files.items()},
        {name: frozenset(targets) for name, targets in wrappers.items() if len(targets) > 1},
    )


class Comparison(NamedTuple):
    """What came out."""

    deviations: tuple[Deviation, ...]
    files: int
    remarks: tuple[str, ...]


def expected(wheel: Wheel, ledger: Ledger, metadata_path: str) -> Expected:
    """Where the files of `wheel` belong in the environment; scripts apart."""
    site = f"{ledger.site}/" if ledger.site else ""
    files = {site + path: digest for path, digest in wheel.files}
    prefix = ledger.prefix
    if prefix is None:
        # `uv pip install --target` makes one folder of it all; pip puts scripts there and lists them elsewhere
        programs = {f"{site}bin/{script.name}" for script in wheel.scripts} | {f"{site}bin/{wrapper[0]}" for wrapper in wheel.wrappers}
        inside = programs | {site + path for path, _ in wheel.data}
        prefix = ledger.site if not inside.isdisjoint(ledger.files.get(metadata_path, ())) else None
    if prefix is not None:
        files |= {_below(prefix, path): digest for path, digest in wheel.data}
    return Expected(wheel, files, prefix)


class Homes(NamedTuple):
    """The folders of the interpreter that generated scripts may start."""

    folders: frozenset[str]
    moved_from: str = ""
    """Where most scripts say that the environment lies, if that is not where it does."""


def find_homes(tree: Tree, ledger: Ledger) -> Homes:
    """The `bin` folder of the environment, here or in the image that is mounted here; where it was moved from, if it was."""
    if ledger.prefix is None:
        return Homes(frozenset())
    programs = _below(ledger.prefix, "Scripts" if ledger.windows else "bin")
    own = {f"{root}/{programs}" for root in (tree.root, os.path.realpath(tree.root))} if tree.root else set()
    votes: Counter[str] = Counter()
    for path in sorted({path for files in ledger.files.values() for path in files if path.rpartition("/")[0] == programs}):
        try:
            named = interpreter_of(tree.read(path, MAX_WRAPPER)) if tree.kind(path) == "file" else None
        except CollectError:  # longer: no generated script
            continue
        if named:
            votes[named.rpartition("/")[0]] += 1
    # a mounted image: the whole path there is the end of the path here
    here = {folder for folder in votes if folder.count("/") > 1 and any(one.endswith(folder) for one in own)}
    most = min(votes, key=lambda folder: (-votes[folder], folder), default="")
    if most in own | here or 2 * votes[most] <= votes.total():
        return Homes(frozenset(own | here))
    return Homes(frozenset({*own, *here, most}), most)


def compare(tree: Tree, ledger: Ledger, metadata_path: str, want: Expected, neighbours: Neighbours, homes: Homes) -> Comparison:
    """The files of the distribution at `metadata_path` against `want`."""
    return _Comparer(tree, ledger, metadata_path, want, neighbours, homes).run()


class _Comparer:
    def __init__(self, tree: Tree, ledger: Ledger, metadata_path: str, want: Expected, neighbours: Neighbours, homes: Homes) -> None:
        self.tree, self.ledger, self.want, self.neighbours, self.homes = tree, ledger, want, neighbours, homes
        self.metadata_path = metadata_path
        self.programs = "Scripts" if ledger.windows and ledger.prefix is not None else "bin"
        self.listed = ledger.files.get(metadata_path, {})
        self.site = f"{ledger.site}/" if ledger.site else ""
        self.deviations: list[Deviation] = []
        self.compared: set[str] = set()
        self.foreign: list[str] = []
        self.launchers = 0

    def run(self) -> Comparison:
        wheel = self.want.wheel
        for path, digest in self.want.files.items():
            self._file(path, digest)
        prefix = self.want.prefix
        if prefix is not None:
            for script in wheel.scripts:
                path = _below(prefix, self.programs, script.name)
                self._file(path, script.sha256, script)
            self._headers()
        for path in self.listed:
            if path not in self.compared and not self._is_legitimate(path):
                self._deviates("added", path, self._digest(path))
        return Comparison(tuple(sorted(self.deviations)), len(self.compared), tuple(self._remarks()))

    def _remarks(self) -> Iterator[str]:
        wheel = self.want.wheel
        outside = len(wheel.data) + len(wheel.scripts) + len(wheel.headers) if self.want.prefix is None else 0
        if outside:
            yield f"{outside} scripts and data files lie outside the target"
        if self.foreign:
            yield f"{len(self.foreign)} files are those of another locked distribution that ships the path too, {self.foreign[0]} for one"
        if self.launchers:
            yield f"{self.launchers} launchers (.exe) that an installer generated were not compared"

    def _file(self, path: str, digest: str, script: Script | None = None) -> None:
        self.compared.add(path)
        actual = self.listed.get(path, "") or self._digest(path)
        if actual == digest:
            return
        if actual and actual in self.neighbours.files.get(path, ()):
            self.foreign.append(path)
        elif actual and script and script.rewritten and is_rewritten(content := self._content(path), script):
            self._starts_home(path, content, actual)
        elif actual:
            self._deviates("differs", path, actual)
        else:
            kind = self.tree.kind(path)
            self._deviates({"": "missing", "link": "link"}.get(kind, "unread"), path, "")

    def _headers(self) -> None:
        """Each header, wherever below an `include` folder RECORD has it: schemes differ in the folders between."""
        places: dict[str, list[str]] = {}
        if self.want.wheel.headers:
            for path in self.listed:
                if path not in self.compared and "include/" in path.lower():
                    places.setdefault(path.rpartition("/")[2], []).append(path)
        for name, digest in self.want.wheel.headers:
            here = [path for path in places.get(name.rpartition("/")[2], ()) if path.endswith(f"/{name}")]
            if len(here) == 1:
                self._file(here[0], digest)
            else:
                self._deviates("missing", f"include/{name}", "")

    def _is_legitimate(self, path: str) -> bool:
        """Whether installers add the file at `path`, or the wheel says that they do."""
        if path.endswith(record.BYTECODE) and "/__pycache__/" in f"/{path}":
            return True
        if path.startswith(f"{self.metadata_path}/"):
            return path[len(self.metadata_path) + 1 :] in record.INSTALLER_FILES
        if path == record.seed_marker(self.metadata_path) and self._digest(path) == _EMPTY:
            return True
        folder, _, name = path.rpartition("/")
        if self.want.prefix is None or folder != _below(self.want.prefix, self.programs):
            return False
        return self._wrapper(path, name)

    def _wrapper(self, path: str, name: str) -> bool:
        """Whether `name` is a script of an entry point; told as a deviation if it does something else."""
        stem = match[1] if self.ledger.windows and (match := _WINDOWS_WRAPPER.match(name)) else name
        names = {stem, match[1]} if (match := _VERSIONED.match(stem)) else {stem}
        wanted = [wrapper for wrapper in self.want.wheel.wrappers if wrapper[0] in names]
        if not wanted:
            return False
        if name.endswith((".exe", ".manifest")):
            self.launchers += 1
            return True
        self.compared.add(path)
        content = self._content(path)
        if any(is_wrapper(content, module, function) for _, module, function in wanted):
            self._starts_home(path, content, "")
        elif any(is_wrapper(content, *target) for one in wanted for target in self.neighbours.wrappers.get(one[0], ())):
            self.foreign.append(path)
            self._starts_home(path, content, "")
        else:
            actual = sha256(content).hexdigest() if content else ""
            _, module, function = wanted[0]
            self._deviates("script", path, actual, f"the entry point is {module}:{function}")
        return True

    def _starts_home(self, path: str, content: bytes, digest: str) -> None:
        """Tell a script that starts another interpreter than that of its environment: the rest of it says nothing then."""
        if self.ledger.prefix is None:
            return  # a folder without an interpreter of its own
        named = interpreter_of(content)
        if named and named.rpartition("/")[0] not in self.homes.folders:
            self._deviates("script", path, digest or sha256(content).hexdigest(), f"it starts {named}")

    def _digest(self, path: str) -> str:
        """SHA-256 of a file that RECORD does not tell; empty if there is none that can be read."""
        if self.tree.kind(path) != "file":
            return ""
        try:
            return sha256(self.tree.read(path)).hexdigest()
        except CollectError:
            return ""

    def _content(self, path: str) -> bytes:
        try:
            return self.tree.read(path, max(MAX_WRAPPER, 16 * 2**20)) if self.tree.kind(path) == "file" else b""
        except CollectError:
            return b""

    def _deviates(self, kind: str, path: str, digest: str, detail: str = "") -> None:
        code = kind in ("script", "link") or installed_files.runs(path, self.site)
        self.deviations.append(Deviation(kind, path, code and kind != "missing", digest, detail))


def _below(*parts: str) -> str:
    return "/".join(part for part in parts if part)
