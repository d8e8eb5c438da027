"""Requirements that a project states about itself, whatever the file: each a component, or a fact where a lock has the last word."""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from sbomgate.collectors.lockfiles.provenance import ARCHIVES, vcs, vcs_pin, vcs_url
from sbomgate.collectors.lockfiles.requirements import Parsed, component_of, parse_requirement
from sbomgate.collectors.lockfiles.rows import LockReader
from sbomgate.errors import CollectError
from sbomgate.model import Component, Location, Origin, Pin, Setting, Source
from sbomgate.purl import canonical_name, pypi
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile

DECLARES: Final = {"runtime": "declares", "optional": "declares-optional", "dev": "declares-dev"}
"""Scope → kind of the fact that the project states a requirement: `name[extras] >=1 ; marker`, the name normalised, the
constraint in PEP 440 or Poetry's words; `name @ URL` for a direct reference."""
BUILDS_WITH: Final = "builds-with"
"""A requirement of the build: no lock governs it, none is expected to."""

LOCKS: Final = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
_STRING: Final = re.compile(r'"""[\s\S]*?"""|' r"'''[\s\S]*?'''|" r'"(?P<basic>(?:[^"\\\n]|\\.)*)"|' r"'(?P<literal>[^'\n]*)'|#[^\n]*")
_HEADER: Final = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)[ \t]*=")
_MAX_PARENTS: Final = 20


class Requirement:
    """One stated requirement, before it is known what becomes of it."""

    __slots__ = ("groups", "kind", "line", "of_poetry", "parsed", "scope", "source")

    def __init__(self, parsed: Parsed, line: int, scope: str, groups: Iterable[str], kind: str = "") -> None:
        self.parsed, self.line, self.scope, self.groups = parsed, line, scope, tuple(sorted(groups))
        self.kind = kind or DECLARES[scope]
        self.of_poetry = False
        self.source: Source | None = None
        """Where the tool's own table says that it comes from."""


class ProjectReader(LockReader):
    """The base of the readers of project files."""

    fix = "write it as PEP 508 says: name>=version"

    def __init__(self, file: SourceFile) -> None:
        super().__init__(file)
        self.requirements: list[Requirement] = []
        self.name = ""
        self.version = ""
        self.line = 0

    def state(self, text: str, line: int, where: str, scope: str = "runtime", groups: Iterable[str] = (), kind: str = "") -> None:
        """Take one requirement as PEP 508, or pip's `-e path` where a tool allows it."""
        parsed = Parsed()
        if text.startswith(("-e ", "--editable ")):
            parsed.editable = True
            text = text.partition(" ")[2].strip()
        try:
            parse_requirement(text.strip(), parsed)
        except CollectError as error:
            self.problem(redacted_url(error.what), where)  # it quotes the text, which may hold a login
            return
        if self.name and canonical_name(parsed.name) == self.name and not parsed.url:
            return  # `shop[all]` in an extra of shop: its own extras, which are read by themselves
        self.requirements.append(Requirement(parsed, line, scope, groups, kind))

    def result(self, *, is_locked: bool) -> list[Any]:
        """Facts where a lock has the last word, otherwise components and the project that asks for them."""
        purls: set[str] = set()
        for requirement in self.requirements:
            location = Location(self.file.path, requirement.line)
            self.secret(requirement.parsed.url, requirement.line)
            if is_locked:
                self.nouns.append(Setting(requirement.kind, _stated(requirement), location))
                continue
            component = _sourced(component_of(requirement.parsed, location), requirement)
            component = replace(component, scope=requirement.scope, groups=requirement.groups)
            purls.add(component.purl)
            self.nouns.append(component)
        if self.name and not is_locked:
            purl = pypi(self.name, self.version)
            self.nouns.append(
                Component(
                    ecosystem="pypi", name=self.name, version=self.version, purl=purl, origin=Origin.PROJECT, pin=Pin.PATH,
                    locations=(Location(self.file.path, self.line),), source=Source("path", "."), dependencies=tuple(sorted(purls - {purl})),
                )
            )  # fmt: skip
        return self.nouns


def _stated(requirement: Requirement) -> str:
    """The requirement on one line; what a tool's own table says of its source is left out."""
    parsed = requirement.parsed
    name = canonical_name(parsed.name) + (f"[{parsed.extras}]" if parsed.extras else "")
    text = f"{name} @ {redacted_url(parsed.url)}" if parsed.url else f"{name} {parsed.specifier}".rstrip()
    return f"{text} ; {parsed.marker}" if parsed.marker else text


def _sourced(component: Component, requirement: Requirement) -> Component:
    """`component` with the source of a tool's table, if there is one."""
    source = requirement.source
    if source is None:
        wanted = requirement.parsed.specifier
        if requirement.of_poetry and wanted == "*":
            return replace(component, pin=Pin.NONE, requirement="")
        if requirement.of_poetry and "|" in wanted:
            return replace(component, pin=Pin.RANGE, requirement=wanted, version="", purl=pypi(component.name))
        return component
    if source.kind == "index":
        return replace(component, source=source)
    if source.kind == "vcs":
        return replace(component, source=source, pin=vcs_pin(source), version="", purl=pypi(component.name, "", vcs_url=vcs_url(source)))
    if source.kind == "url":
        return replace(component, source=source, pin=Pin.URL, purl=pypi(component.name, component.version, download_url=source.url))
    is_archive = source.url.lower().endswith(ARCHIVES)
    return replace(component, source=source, pin=Pin.PATH, origin=Origin.REQUIRED if is_archive else Origin.PROJECT)


def table_source(reader: LockReader, table: Any, where: str, line: int) -> tuple[Source | None, bool]:
    """What `{ git = …, branch = … }`, `{ path = … }` or `{ url = … }` means, and whether it is installed in place."""
    if not isinstance(table, dict):
        return None, False
    editable = bool(reader.soft(table, "editable", bool, where)) or bool(reader.soft(table, "develop", bool, where))
    if (url := reader.soft(table, "git", str, where)) is not None:
        reader.secret(url, line)
        reference = next((text for key in ("rev", "tag", "branch") if (text := reader.soft(table, key, str, where))), "")
        return vcs(url if url.startswith("git+") else f"git+{url}", reference=reference), editable
    if (url := reader.soft(table, "url", str, where)) is not None:
        reader.secret(url, line)
        return Source("url", redacted_url(url)), editable
    for key in ("path", "file"):
        if (path := reader.soft(table, key, str, where)) is not None:
            return Source("path", path), editable
    if table.get("workspace") is True:
        return Source("path", "workspace"), editable
    return None, editable


class Lines:
    """Where strings and keys of a TOML file stand: tomllib does not tell."""

    def __init__(self, text: str) -> None:
        self.strings: defaultdict[str, deque[int]] = defaultdict(deque)
        """Text → the lines of its strings, in order."""
        self.keys: dict[tuple[str, str], int] = {}
        self.headers: dict[str, int] = {}
        line, at = 1, 0
        for match in _STRING.finditer(text):
            line += text.count("\n", at, match.start())
            at = match.start()
            written = match["basic"] if match["basic"] is not None else match["literal"]
            if written is None:
                continue
            if "\\" in written and match["basic"] is not None:
                try:
                    written = json.loads(f'"{written}"')
                except ValueError:  # TOML's \UXXXXXXXX
                    continue
            self.strings[written].append(line)
        header = ""
        for number, row in enumerate(text.split("\n"), 1):
            if table := _HEADER.fullmatch(row):
                header = re.sub(r"[\s\"']", "", table[1])
                self.headers.setdefault(header, number)
            elif key := _KEY.match(row):
                self.keys.setdefault((header, key[1].strip("\"'")), number)

    def string(self, text: str) -> int:
        """The line of the next string `text`; the last one again when all are taken; 0 if there is none."""
        found = self.strings.get(text)
        if not found:
            return 0
        return found.popleft() if len(found) > 1 else found[0]

    def key(self, header: str, key: str) -> int:
        """The line of `key` in the table `header`, or of the table of that name, or of the one around it; 0 if none is found."""
        around, _, last = header.rpartition(".")
        return (
            self.keys.get((header, key))
            or self.headers.get(f"{header}.{key}")
            or self.keys.get((header, f"{key}.version"))
            or self.keys.get((around, last))  # an inline table
            or self.headers.get(header, 0)
        )


def is_governed(file: SourceFile) -> bool:
    """Whether a lock beside the project file, or the lock of the uv workspace that it is a member of, has the last word."""
    if any(file.sibling(name) is not None for name in LOCKS) or _has_hashes(file.sibling("requirements.txt")):
        return True
    folder = file.path.rpartition("/")[0]
    up, below = "../", folder.rpartition("/")[2]
    for _ in range(_MAX_PARENTS):
        if not folder:
            return False
        root = file.sibling(f"{up}pyproject.toml")
        if root is not None and file.sibling(f"{up}uv.lock") is not None and _has_member(root, below):
            return True
        folder = folder.rpartition("/")[0]
        below = f"{folder.rpartition('/')[2]}/{below}"
        up += "../"
    return False


def _has_hashes(file: SourceFile | None) -> bool:
    if file is None:
        return False
    try:
        return b"--hash" in file.read()
    except CollectError:
        return False


def _has_member(root: SourceFile, path: str) -> bool:
    """Whether `path` is a member of the uv workspace whose root project is `root`. Source: uv documentation, "Workspaces"."""
    from fnmatch import fnmatch

    try:
        tool = root.toml().get("tool", {})
        workspace = tool["uv"]["workspace"]
        members, excluded = workspace.get("members", []), workspace.get("exclude", [])
        return any(fnmatch(path, text) for text in members) and not any(fnmatch(path, text) for text in excluded)
    except (CollectError, KeyError, TypeError, AttributeError):
        return False
