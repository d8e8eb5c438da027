"""deno.lock, versions 2 to 5: its npm packages. What it has of JSR and of modules from URLs is only counted.

Format: `deno_lockfile`, `src/lib.rs` and `src/transforms.rs`, which turns each version into the next. A row has
`name@version` as its key, in newer versions followed by its peers (`a@1.0.0_b@2.0.0`); rows of one package are one component.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.npm import ALIAS, Noun, Reader, is_http, member_lines, project_name, read_sides, split_locator
from sbomgate.errors import CollectError
from sbomgate.tree import SourceFile, parse_json

_FIX: Final = "run `deno install --frozen=false`"
_KNOWN: Final = ("2", "3", "4", "5")
_NAMES: Final = ("deno.json", "deno.jsonc", "package.json")


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package and version, of npm; CollectError if `file` is no deno.lock."""
    return read_sides(file, lambda text: _read(file, text))


def _read(file: SourceFile, text: str) -> list[Noun]:
    document = parse_json(text, file.path)
    if type(document) is not dict:
        raise CollectError(f"expected table, found {type_name(document)}", file.path, fix=_FIX)
    if not any(key in document for key in ("version", "specifiers", "npm", "packages", "remote")):
        raise CollectError("neither 'version' nor 'specifiers' in it", file.path, fix=_FIX)
    return _Lock(Reader(file, fix=_FIX), document, text).read()


class _Lock:
    """One lockfile, and the facts that its rows share."""

    def __init__(self, reader: Reader, document: dict[str, Any], text: str) -> None:
        self.reader = reader
        self.document = document
        self.text = text
        self.rows: dict[str, str] = {}
        """Key of a row → purl."""
        self.by_name: dict[str, set[str]] = {}
        self.specifiers: dict[str, str] = {}
        """What is asked for, `a@^1` → key of a row."""

    def read(self) -> list[Noun]:
        packages, lines, where = self._tables()
        reader = self.reader
        entries: list[tuple[str, str, dict[str, Any]]] = []
        for key, entry in packages.items():
            place = f'{where}["{key}"]'
            if type(entry) is not dict:
                reader.problem(f"expected table, found {type_name(entry)}", place)
                continue
            purl = self._add(key, entry, lines.get(key, 0), place)
            if purl:
                entries.append((purl, place, entry))
        for purl, place, entry in entries:
            self._connect(purl, entry, "dependencies", place, reader.needs)
            self._connect(purl, entry, "optionalDependencies", place, reader.optional)
        self._read_projects()
        self._note_the_rest()
        return reader.finish(scoped=True)

    def _tables(self) -> tuple[dict[str, Any], dict[str, int], str]:
        """The rows, their lines and their place in the document; fills the specifiers. Each version has them elsewhere."""
        reader, document = self.reader, self.document
        version = document.get("version")
        if version not in _KNOWN:
            told = "no version" if version is None else f"unknown version {version!r}"[:80]
            reader.problem(told, "version", "read by the shape of its tables; scan with a newer sbomgate")

        def repeated(key: str, line: int) -> None:
            reader.problem(f"duplicate key in line {line}; the last one was read", f'{where}["{key[:200]}"]')

        where = "npm"
        if type(document.get("packages")) is dict:  # version 3
            where = "packages.npm"
            holder = document["packages"]
            specifiers = reader.texts(holder, "specifiers", "packages")
            self.specifiers = {_plain(name): _plain(key) for name, key in specifiers.items() if not name.startswith("jsr:")}
            return reader.table(holder, "npm", "packages"), member_lines(self.text, "npm", repeated, 2), where
        npm = reader.table(document, "npm")
        if "packages" in npm or (version == "2" and "specifiers" in npm):  # version 2
            where = "npm.packages"
            self.specifiers = reader.texts(npm, "specifiers", "npm")
            return reader.table(npm, "packages", "npm"), member_lines(self.text, "packages", repeated, 2), where
        for name, found in reader.texts(document, "specifiers", "").items():
            if name.startswith("npm:"):
                self.specifiers[name[4:]] = f"{split_locator(name[4:])[0]}@{found}"
        return npm, member_lines(self.text, "npm", repeated), where

    def _add(self, key: str, entry: dict[str, Any], line: int, place: str) -> str:
        reader = self.reader
        name, rest = split_locator(key)
        version = rest.partition("_")[0]  # which no version has in it
        if not name or not version:
            reader.problem("not of the form 'name@version'", place)
            return ""
        digests, properties, pin = reader.integrity(entry.get("integrity"), f"{place}.integrity")
        address = reader.text(entry, "tarball", place)
        source = None
        if is_http(address):
            reader.tell_credentials(address, line)
            source = reader.index(address, name)
        artifacts = reader.artifact(address if source else "", digests)
        script = reader.flag(entry, "scripts", place)
        purl = reader.add(
            name, version, line, pin, digests=digests, artifacts=artifacts, source=source, script=script, properties=properties
        )
        self.rows[key] = purl
        self.rows.setdefault(f"{name}@{version}", purl)
        self.by_name.setdefault(name, set()).add(purl)
        return purl

    def _connect(self, purl: str, entry: dict[str, Any], key: str, place: str, edges: dict[str, list[str]]) -> None:
        """Note what a row needs: a table from names to keys, since version 4 a list of names with what tells them apart."""
        wanted = entry.get(key)
        if type(wanted) is dict:
            pairs = [(name, text) for name, text in wanted.items()]
        elif type(wanted) is list:
            pairs = [_named(text) if type(text) is str else ("", text) for text in wanted]
        else:
            if wanted is not None:
                self.reader.problem(f"expected array, found {type_name(wanted)}", f"{place}.{key}")
            return
        for name, text in pairs:
            need = self._find(name, text) if type(text) is str else None
            if need is None:
                self.reader.problem("leads to no row of the file: it was cut or changed by hand", f"{place}.{key}.{name or text!r}")
                continue
            edges.setdefault(purl, []).append(need)
            if name and self.reader.components[need].name != name:
                self.reader.add_property(need, (ALIAS, name))

    def _find(self, name: str, key: str) -> str | None:
        if (purl := self.rows.get(key)) is not None:
            return purl
        found = self.by_name.get(key or name, ())
        if len(found) == 1:
            return next(iter(found))
        bare, rest = split_locator(key)
        return self.rows.get(f"{bare}@{rest.partition('_')[0]}")

    def _read_projects(self) -> None:
        """Take the root and the members of the workspace; what no member asks for, some module of the root imports."""
        workspace = self.reader.table(self.document, "workspace")
        asked: dict[str, list[str]] = {}
        for folder, member in self.reader.table(workspace, "members", "workspace").items():
            if type(member) is dict:
                asked[folder] = self._asked(member, f'workspace.members["{folder}"]')
            else:
                self.reader.problem(f"expected table, found {type_name(member)}", f'workspace.members["{folder}"]')
        own = self._asked(workspace, "workspace") if workspace else []
        taken = {text for texts in asked.values() for text in texts}
        asked = {"": list(dict.fromkeys([*own, *(text for text in self.specifiers if text not in taken)])), **asked}
        for folder, texts in asked.items():
            purl = self.reader.add_project(*self._project(folder), folder, 0)
            for text in texts:
                key = self.specifiers.get(text)
                need = self._find("", key) if key is not None else None
                if need is not None:
                    self.reader.needed(purl, need, "runtime")

    def _asked(self, holder: dict[str, Any], where: str) -> list[str]:
        found: list[str] = []
        for place, table in ((where, holder), (f"{where}.packageJson", self.reader.table(holder, "packageJson", where))):
            wanted = table.get("dependencies")
            if type(wanted) is list:
                found += (text[4:] for text in wanted if type(text) is str and text.startswith("npm:"))
            elif wanted is not None:
                self.reader.problem(f"expected array, found {type_name(wanted)}", f"{place}.dependencies")
        return found

    def _project(self, folder: str) -> tuple[str, str]:
        """Name and version of a project, from the first of its files that is there."""
        from sbomgate.collectors.agents.jsonc import parse

        for name in _NAMES:
            found = self.reader.file.sibling(f"{folder}/{name}" if folder else name)
            if found is None:
                continue
            try:
                document = parse(found.text(), found.path).value
            except CollectError as error:
                self.reader.problem(error.what, error.where, error.fix, path=error.path)
                continue
            if isinstance(document, dict) and document.get("name"):
                return project_name(document, folder)
        return project_name({}, folder)

    def _note_the_rest(self) -> None:
        document = self.document
        holder = document["packages"] if type(document.get("packages")) is dict else document
        jsr, remote = holder.get("jsr"), document.get("remote")
        counts = [
            (len(table), what) for table, what in ((jsr, "packages of JSR"), (remote, "modules from URLs")) if type(table) is dict and table
        ]
        if counts:
            told = " and ".join(f"{count} {what}" for count, what in counts)
            self.reader.nouns.append(f"{self.reader.file.path}: {told} in it were not read; only its npm packages are")


def _plain(text: str) -> str:
    return text.removeprefix("npm:")


def _named(text: str) -> tuple[str, str]:
    """Alias and key of `a`, `a@1.0.0`, `alias@npm:a@1.0.0`."""
    alias, mark, key = text.partition("@npm:")
    return (alias, key) if mark and alias else ("", text.removeprefix("npm:"))
