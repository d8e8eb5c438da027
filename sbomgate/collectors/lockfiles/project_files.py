"""pyproject.toml and setup.cfg: what a project asks for. Format: PyPA specifications "pyproject.toml" and "Dependency Groups";
the documentation of Poetry, PDM and uv for their tables, of setuptools for setup.cfg.

Where a lock has the last word (see `declared.is_governed`) nothing here says what is installed: the requirements are then
facts for the rule that compares the two, and no components.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.declared import (
    BUILDS_WITH,
    Lines,
    ProjectReader,
    Requirement,
    is_governed,
    table_source,
)
from sbomgate.collectors.lockfiles.requirements import Parsed
from sbomgate.collectors.lockfiles.rows import MAX_GROUPS, LockReader
from sbomgate.collectors.lockfiles.self_description import of_pyproject
from sbomgate.errors import CollectError
from sbomgate.model import Location, Setting
from sbomgate.purl import canonical_name
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, conflict_marker

BUILD: Final = "build-system"
"""The group of what builds the project: needed by whoever installs from source, never at run time."""

_SECTION: Final = re.compile(r"\[([^\]]+)\]")
_ASSIGNMENT: Final = re.compile("[=:]")


def collect(file: SourceFile) -> Iterator[Any]:
    """Yield components or facts for the requirements of the project; CollectError if `file` cannot be read."""
    if file.path.rpartition("/")[2] == "setup.cfg":
        return iter(_SetupCfg(file).read())
    return iter(_Pyproject(file, file.toml()).read())


class _Pyproject(ProjectReader):
    def __init__(self, file: SourceFile, document: dict[str, Any]) -> None:
        super().__init__(file)
        self.document = document
        self.lines = Lines(file.text())
        self.sources: dict[str, Any] = {}

    def read(self) -> list[Any]:
        project = self.soft(self.document, "project", dict, "") or {}
        tool = self.soft(self.document, "tool", dict, "") or {}
        poetry = self.soft(tool, "poetry", dict, "tool") or {}
        uv = self.soft(tool, "uv", dict, "tool") or {}
        pdm = self.soft(tool, "pdm", dict, "tool") or {}
        is_locked = is_governed(self.file)
        owner, where = (project, "project") if "name" in project else (poetry, "tool.poetry")
        self.name = canonical_name(self.soft(owner, "name", str, where) or "")
        self.version = self.soft(owner, "version", str, where) or ""
        self.line = self.lines.key(where, "name")
        if self.name:
            self.nouns.append(of_pyproject(project, poetry, Location(self.file.path, self.line), self.name, self.version))
        sources = self.soft(uv, "sources", dict, "tool.uv") or {}
        self.sources = {canonical_name(name): entry for name, entry in sources.items()}
        self._project(project, is_locked=is_locked)
        self._dependency_groups()
        self._arrays(uv, "dev-dependencies", "tool.uv", "dev", "dev")
        for group, rows in (self.soft(pdm, "dev-dependencies", dict, "tool.pdm") or {}).items():
            self._array(rows, f"tool.pdm.dev-dependencies.{group}", "dev", (group,))
        for requirement in self.requirements:
            self._uv_source(requirement)
        self._poetry(poetry)
        build = self.soft(self.document, "build-system", dict, "") or {}
        self._array(build.get("requires"), "build-system.requires", "dev", (BUILD,), BUILDS_WITH)
        self._indexes(uv, poetry)
        return self.result(is_locked=is_locked)

    def _project(self, project: dict[str, Any], *, is_locked: bool) -> None:
        self._array(project.get("dependencies"), "project.dependencies", "runtime", ())
        for extra, rows in (self.soft(project, "optional-dependencies", dict, "project") or {}).items():
            self._array(rows, f"project.optional-dependencies.{extra}", "optional", (extra,))
        if "dependencies" in self.texts(project, "dynamic", "project") and not is_locked:
            self.nouns.append(f"{self.file.path}: its dependencies are made by the build backend and stand elsewhere")

    def _arrays(self, table: dict[str, Any], key: str, where: str, scope: str, group: str) -> None:
        self._array(table.get(key), f"{where}.{key}", scope, (group,))

    def _array(self, rows: Any, where: str, scope: str, groups: Iterable[str], kind: str = "") -> None:
        if rows is None:
            return
        if not isinstance(rows, list):
            self.problem(f"expected array, found {type_name(rows)}", where)
            return
        for i, text in enumerate(rows):
            if isinstance(text, str):
                self.state(text, self.lines.string(text), f"{where}[{i}]", scope, groups, kind)
            elif not (where.startswith("dependency-groups.") and isinstance(text, dict)):
                self.problem(f"expected string, found {type_name(text)}", f"{where}[{i}]")

    def _dependency_groups(self) -> None:
        """A row is in its group and in all groups that include that one. Source: PEP 735."""
        tables = self.soft(self.document, "dependency-groups", dict, "") or {}
        including: defaultdict[str, set[str]] = defaultdict(set)
        for group, rows in tables.items():
            for i, row in enumerate(rows if isinstance(rows, list) else ()):
                if isinstance(row, dict):
                    place = f"dependency-groups.{group}[{i}]"
                    included = self.soft(row, "include-group", str, place)
                    if included is None and "include-group" not in row:
                        self.problem("neither a requirement nor an `include-group`", place)
                    elif included is not None:
                        including[canonical_name(included)].add(group)
        if len(tables) > MAX_GROUPS:
            self.problem(f"more than {MAX_GROUPS} groups; what they include is not followed", "dependency-groups", "look at it by hand")
            including.clear()
        for group, rows in tables.items():
            found = {group}
            pending = [group]
            while pending:
                for other in including.get(canonical_name(pending.pop()), ()):
                    if other not in found:
                        found.add(other)
                        pending.append(other)
            self._array(rows, f"dependency-groups.{group}", "dev", found)

    def _uv_source(self, requirement: Requirement) -> None:
        """`[tool.uv.sources]`: one table, or several with markers, of which the first is taken."""
        name = canonical_name(requirement.parsed.name)
        if (entry := self.sources.get(name)) is None:
            return
        place = f"tool.uv.sources.{name}"
        table = entry[0] if isinstance(entry, list) and entry else entry
        if not isinstance(table, dict):
            self.problem(f"expected table, found {type_name(table)}", place)
            return
        requirement.source, editable = table_source(self, table, place, requirement.line)
        requirement.parsed.editable = requirement.parsed.editable or editable

    def _poetry(self, poetry: dict[str, Any]) -> None:
        stated = {canonical_name(requirement.parsed.name) for requirement in self.requirements}
        self._poetry_table(poetry, "dependencies", "tool.poetry", "runtime", (), stated)
        self._poetry_table(poetry, "dev-dependencies", "tool.poetry", "dev", ("dev",), set())
        for group, table in (self.soft(poetry, "group", dict, "tool.poetry") or {}).items():
            self._poetry_table(table, "dependencies", f"tool.poetry.group.{group}", "dev", (group,), set())

    def _poetry_table(self, table: Any, key: str, where: str, scope: str, groups: tuple[str, ...], stated: set[str]) -> None:
        place = f"{where}.{key}"
        for name, written in (self.soft(table, key, dict, where) or {}).items():
            if name.lower() == "python":
                continue
            for one in written if isinstance(written, list) else [written]:
                if isinstance(one, (str, dict)):
                    self._poetry_row(name, one, place, scope, groups, stated)
                else:
                    self.problem(f"expected string or table, found {type_name(one)}", f"{place}.{name}")

    def _poetry_row(self, name: str, row: str | dict[str, Any], where: str, scope: str, groups: tuple[str, ...], stated: set[str]) -> None:
        line, place = self.lines.key(where, name), f"{where}.{name}"
        parsed = Parsed(name=name)
        source = None
        if isinstance(row, str):
            parsed.specifier = row
        else:
            source, parsed.editable = table_source(self, row, place, line)
            parsed.specifier = self.soft(row, "version", str, place) or ""
            parsed.extras = ",".join(self.texts(row, "extras", place))
            parsed.marker = self.soft(row, "markers", str, place) or ""
            if self.soft(row, "optional", bool, place) and scope == "runtime":
                scope = "optional"
        if canonical_name(name) in stated:  # Poetry 2: [project] names it, this table adds where it comes from
            for requirement in self.requirements:
                if canonical_name(requirement.parsed.name) == canonical_name(name) and source is not None:
                    requirement.source, requirement.parsed.editable = source, parsed.editable
            return
        if re.fullmatch(r"\s*v?\d[\w.!+-]*\s*", parsed.specifier) and "*" not in parsed.specifier:
            parsed.specifier = f"=={parsed.specifier.strip()}"  # a bare version is an exact one
        requirement = Requirement(parsed, line, scope, groups)
        requirement.of_poetry = True
        requirement.source = source
        self.requirements.append(requirement)

    def _indexes(self, uv: dict[str, Any], poetry: dict[str, Any]) -> None:
        """Where packages are looked for. An index counts as `extra-index-url` only where any package may come from it as well."""
        indexes = uv_indexes(self, uv, self.lines, "tool.uv")
        for name, entry in self.sources.items():
            for table in entry if isinstance(entry, list) else [entry]:
                if isinstance(table, dict) and isinstance(table.get("index"), str) and (url := indexes.get(table["index"])):
                    self._setting("package-index", f"{name} {url}", self.lines.key("tool.uv.sources", name))
        primary = 0
        for i, source in enumerate(self.soft(poetry, "source", list, "tool.poetry") or ()):
            place = f"tool.poetry.source[{i}]"
            if (url := self.soft(source, "url", str, place)) is None:
                continue
            priority = (self.soft(source, "priority", str, place) or "primary").lower()
            is_second = primary > 0 and priority in ("primary", "default")
            primary += priority in ("primary", "default")
            # Poetry asks all primary sources and takes the highest version; supplemental ones only when no other has it
            self._setting("extra-index-url" if is_second or priority == "secondary" else "index-url", url, self.lines.string(url))

    def _setting(self, kind: str, value: str, line: int) -> None:
        set_fact(self, kind, value, line)


def uv_indexes(reader: LockReader, uv: dict[str, Any], lines: Lines, where: str) -> dict[str, str]:
    """Tell where uv looks for packages, by the table `uv` of its settings at `where`; gives the URLs of the indexes that have a name."""
    named: dict[str, str] = {}
    strategy = reader.soft(uv, "index-strategy", str, where) or ""
    if strategy:
        set_fact(reader, "index-strategy", strategy, lines.key(where, "index-strategy"))
    unsafe = strategy.startswith("unsafe")  # uv's default stops at the first index that has the name
    for i, index in enumerate(reader.soft(uv, "index", list, where) or ()):
        place = f"{where}.index[{i}]".lstrip(".")
        if (url := reader.soft(index, "url", str, place)) is not None:
            alone = bool(reader.soft(index, "explicit", bool, place) or reader.soft(index, "default", bool, place))
            set_fact(reader, "extra-index-url" if unsafe and not alone else "index-url", url, lines.string(url))
            if (name := reader.soft(index, "name", str, place)) is not None:
                named.setdefault(name, url)
    if (url := reader.soft(uv, "index-url", str, where)) is not None:
        set_fact(reader, "index-url", url, lines.string(url))
    for url in reader.texts(uv, "extra-index-url", where):
        set_fact(reader, "extra-index-url" if unsafe else "index-url", url, lines.string(url))
    for host in reader.texts(uv, "allow-insecure-host", where):
        set_fact(reader, "trusted-host", host, lines.string(host))
    return named


def set_fact(reader: LockReader, kind: str, value: str, line: int) -> None:
    """Tell a setting, without the login that its URL may have."""
    reader.secret(value, line)
    reader.nouns.append(Setting(kind, redacted_url(value), Location(reader.file.path, line)))


class _SetupCfg(ProjectReader):
    """setup.cfg, read line by line: configparser keeps no line numbers and stops at the first mistake."""

    def read(self) -> list[Any]:
        text = self.file.text()
        if marker := conflict_marker(text):
            self.problem("merge-conflict marker", marker.partition(":")[0], "resolve the conflict")
        options = self._options(text)
        for key in ("name", "version"):
            if rows := options.get(("metadata", key)):
                setattr(self, key, rows[0][1] if key == "version" else canonical_name(rows[0][1]))
                self.line = self.line or rows[0][0]
        if self.version.startswith(("attr:", "file:")):
            self.version = ""
        if self._is_overruled():
            return self.nouns
        for (section, key), rows in options.items():
            if section == "options" and key in ("install_requires", "setup_requires", "tests_require"):
                scope, groups, kind = {
                    "install_requires": ("runtime", (), ""), "setup_requires": ("dev", (BUILD,), BUILDS_WITH), "tests_require": ("dev", ("test",), ""),
                }[key]  # fmt: skip
                self._rows(rows, f"{section}.{key}", scope, groups, kind)
            elif section == "options.extras_require":
                self._rows(rows, f"{section}.{key}", "optional", (key,), "")
        return self.result(is_locked=is_governed(self.file))

    def _rows(self, rows: list[tuple[int, str]], where: str, scope: str, groups: tuple[str, ...], kind: str) -> None:
        if rows and rows[0][1].startswith("file:"):
            self.nouns.append(f"{self.file.path}: {where} is the content of {rows[0][1][5:].strip()[:200]!r}, which is read by itself")
            return
        if len(rows) == 1 and ";" in rows[0][1]:  # setuptools, `ConfigHandler._parse_list_semicolon`: on one line `;` parts them
            rows = [(rows[0][0], part.strip()) for part in rows[0][1].split(";")]
        for line, text in rows:
            if text:
                self.state(text, line, where, scope, groups, kind)

    def _is_overruled(self) -> bool:
        """Whether a `[project]` beside it makes setuptools ignore the requirements here."""
        project = self.file.sibling("pyproject.toml")
        if project is None:
            return False
        try:
            table = project.toml().get("project")
        except CollectError:
            return False  # told when that file itself is read
        dynamic = table.get("dynamic", []) if isinstance(table, dict) else []
        return isinstance(table, dict) and not (isinstance(dynamic, list) and "dependencies" in dynamic)

    def _options(self, text: str) -> dict[tuple[str, str], list[tuple[int, str]]]:
        """(section, key) → the lines of the value, each with its number."""
        found: dict[tuple[str, str], list[tuple[int, str]]] = {}
        section = ""
        current: list[tuple[int, str]] | None = None
        for number, row in enumerate(map(str.rstrip, text.split("\n")), 1):
            if not row or row.lstrip()[:1] in ("#", ";"):
                continue
            if row[0] in " \t":
                if current is not None:
                    current.append((number, row.strip()))
            elif match := _SECTION.match(row):
                section, current = match[1].strip(), None
            elif match := _ASSIGNMENT.search(row):
                name, value = row[: match.start()].rstrip(), row[match.end() :].lstrip()
                key = (section, name if section == "options.extras_require" else name.lower())
                if key in found:
                    self.problem("stands twice in its section; both are read", f"{section}.{name}")
                current = found.setdefault(key, [])
                if value:
                    current.append((number, value))
            else:
                current = None
        return found
