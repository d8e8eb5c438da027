"""package-lock.json and npm-shrinkwrap.json, versions 1 to 3, and the hidden lockfile of a node_modules folder.

Format: npm documentation, "package-lock.json". Versions 2 and 3 are a flat table, `packages`, from the path of a
folder to what lies there; version 1 is a tree, `dependencies`, which is read as the flat table that it stands for.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64 as unbase64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields, make_dataclass, replace
from functools import cache
from itertools import chain
from typing import Any, Final, cast

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.double_statements import MAX_SEARCHED, Tables, contradictions, duplicate_keys
from sbomgate.collectors.lockfiles.integrity import STRONG, deprecated_property, malformed_properties, parse_integrity
from sbomgate.collectors.lockfiles.provenance import credentials, filename, vcs, vcs_pin, vcs_url
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Component, Digest, Location, Metadata, Origin, Pin, Problem, Provides, Setting, Source
from sbomgate.purl import npm
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, normalised, parse_json

BUNDLED: Final = ("cdx:npm:package:bundled", "true")
EXTRANEOUS: Final = ("cdx:npm:package:extraneous", "true")
ALIAS: Final = "sbomgate:npm:alias"
"""Property: the folder that the package is installed under, where that is not its name."""

_MODULES: Final = "node_modules/"
_MAX_PATH: Final = 4096  # Linux, PATH_MAX: npm could not create a longer one, and resolution costs its depth
_MAX_LOST: Final = 50  # keys that were searched for in vain before line numbers are given up: each is a whole pass
_TEXTS: Final = ("version", "resolved", "integrity", "name")
_TABLES: Final = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")
_is_plain: Final = re.compile(r"(?:@[A-Za-z0-9._~-]+/)?[A-Za-z0-9._~-]+@[A-Za-z0-9._~-]+").fullmatch
is_spdx: Final = re.compile(r"(?!UNLICENSED\b|SEE\b)\(*[A-Za-z0-9.+-]+(?:[ ()]+(?:AND|OR|WITH)[ ()]+[A-Za-z0-9.+-]+)*\)*").fullmatch
_GIT: Final = r"(?i:git(?:\+[a-z]+)?:|git@|(?:github|gitlab|bitbucket|gist):)"
_SCOPES: Final = ("runtime", "optional", "peer", "dev")  # the nearest first
_LOOSENESS: Final = tuple(Pin)

Noun = Component | Problem | Provides | Setting | str
Pairs = tuple[tuple[str, str], ...]
Row = tuple[str, dict[str, Any], int, str, str | None, str | None]
"""Path, entry, line, name, version, and where it leads or lies."""
Children = dict[str, dict[str, str]]
"""A folder → the names in its node_modules → purls."""
Chains = dict[str, tuple[dict[str, str], ...]]
"""A folder → the tables that a name is looked up in from there."""


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package, version and source; CollectError if `file` is no npm lockfile."""
    text = file.text()
    tables = Tables()
    is_searched = len(text) <= MAX_SEARCHED
    document = parse_json(text, file.path, tables if is_searched else None)
    if not isinstance(document, dict):
        raise CollectError(f"expected table, found {type_name(document)}", file.path)
    nouns = _Reader(file, text, document).read()
    if not is_searched:
        nouns.append(f"{file.path}: not searched for keys that stand twice, it is longer than {MAX_SEARCHED // 2**20} Mi characters")
    return chain(nouns, duplicate_keys(file, text)) if tables.has_duplicates else iter(nouns)


def rows(file: SourceFile) -> dict[str, dict[str, Any]]:
    """Path below the project → what is locked there, in the terms of version 3; CollectError if `file` is no npm lockfile."""
    text = file.text()
    document = parse_json(text, file.path)
    if not isinstance(document, dict):
        raise CollectError(f"expected table, found {type_name(document)}", file.path)
    packages = _Reader(file, text, document)._packages()  # noqa: SLF001 - a function of this module
    return {path: entry for path, entry in packages.items() if isinstance(entry, dict)}


class _Reader:
    """One pass over one lockfile, and the facts that its rows share."""

    def __init__(self, file: SourceFile, text: str, document: dict[str, Any]) -> None:
        self.file = file
        self.text = text
        self.document = document
        self.nouns: list[Noun] = []
        self.packages: dict[str, Any] = {}
        self.flat = True
        self.origin = Origin.INSTALLED if file.path.rpartition("/")[2] == ".package-lock.json" else Origin.LOCKED
        self.secrets: set[tuple[str, str]] = set()
        self.url_requirements: set[str] | None = None

    def read(self) -> list[Noun]:
        packages = self.packages = self._packages()
        lines = self._lines(packages if self.flat else (path.rpartition(_MODULES)[2] for path in packages))
        self._components(packages, lines)
        if self.flat and isinstance(tree := self.document.get("dependencies"), dict):
            self.nouns += contradictions(self.file, self.text, packages, tree)
        return self.nouns

    def _packages(self) -> dict[str, dict[str, Any]]:
        """The flat table, whatever the version."""
        document = self.document
        version = document.get("lockfileVersion")
        packages, tree = document.get("packages"), document.get("dependencies")
        if isinstance(version, bool) or version not in (None, 1, 2, 3):
            form = "packages" if isinstance(packages, dict) else "dependencies"
            self._problem(f"unknown version {version!r}"[:80], "lockfileVersion", f"read by its {form!r} table; scan with a newer sbomgate")
        if packages is not None and not isinstance(packages, dict):
            self._problem(f"expected table, found {type_name(packages)}", "packages")
        if isinstance(packages, dict):
            return packages
        if tree is not None and not isinstance(tree, dict):
            self._problem(f"expected table, found {type_name(tree)}", "dependencies")
        if tree is None and packages is None and version is None:
            raise CollectError("neither 'packages' nor 'dependencies' in it", self.file.path, fix="run `npm install --package-lock-only`")
        self.flat = False
        return self._flattened(tree if isinstance(tree, dict) else {})

    def _flattened(self, tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The table of version 3 that a version 1 tree stands for, in document order."""
        root: dict[str, Any] = {"name": self.document.get("name"), "version": self.document.get("version")}
        flat: dict[str, dict[str, Any]] = {"": root}
        pending: list[tuple[str, Iterator[tuple[str, Any]]]] = [(_MODULES, iter(tree.items()))]
        while pending:
            prefix, items = pending[-1]
            name, entry = next(items, ("", None))
            if not name and entry is None:
                pending.pop()
                continue
            path = prefix + name
            if not isinstance(entry, dict):
                flat[path] = cast("dict[str, Any]", entry)  # told with the others
                continue
            flat[path] = _modern(entry)
            inner = entry.get("dependencies")
            if isinstance(inner, dict):
                pending.append((f"{path}/{_MODULES}", iter(inner.items())))
            elif inner is not None:
                self._problem(f"expected table, found {type_name(inner)}", self._place(path, "dependencies"))
        root["dependencies"] = self._direct(flat)
        return flat

    def _direct(self, flat: dict[str, Any]) -> dict[str, Any]:
        """What the project itself asks for, which version 1 does not record: package.json knows."""
        manifest = self.file.sibling("package.json")
        if manifest is not None:
            try:
                document = manifest.json()
            except CollectError as error:
                self._problem(error.what, error.where, error.fix, path=error.path)
            else:
                wanted = [document.get(key) for key in _TABLES] if isinstance(document, dict) else []
                return {name: "" for table in wanted if isinstance(table, dict) for name in table}
        needed = {
            _found(path, name, flat) for path, entry in flat.items() if isinstance(entry, dict) for name in _keys(entry.get("dependencies"))
        }
        tops = (path for path in flat if path.startswith(_MODULES) and path.count(_MODULES) == 1)
        return {path[len(_MODULES) :]: "" for path in tops if path not in needed}

    def _lines(self, keys: Iterable[str]) -> list[int]:
        """The line of each key, in one pass over the text; 0 for what is not found where it should be.

        A key stands between quotes and before a colon, which no value can look like.
        """
        find, count = self.text.find, self.text.count
        at = max(find('"packages":' if self.flat else '"dependencies":'), 0)
        line = count("\n", 0, at) + 1
        tail = '":' if self.flat else '": {'
        lost = 0
        lines: list[int] = []
        add = lines.append
        for key in keys:
            found = find(f'"{key}{tail}', at) if lost < _MAX_LOST else -1
            if found < 0:
                lost += key != "" or self.flat
                add(0)
                continue
            line += count("\n", at, found)
            at = found
            add(line)
        return lines

    def _components(self, packages: dict[str, Any], lines: list[int]) -> None:
        """Append a component for each package, version and source.

        Written for speed: 20,000 rows are common, and a call for each of them is felt. Each row is looked at once; only
        its edges have to wait until all names are known.
        """
        new_component = _draft()
        new = tuple.__new__  # a third of the time of calling a named tuple
        file_path, origin, hashed, exact = self.file.path, self.origin, Pin.HASHED, Pin.EXACT
        plain, modules, longest = _is_plain, _MODULES, _MAX_PATH
        children: defaultdict[str, dict[str, str]] = defaultdict(dict)
        top = children[""]
        components: list[Component] = []
        add = components.append
        unresolved: list[tuple[Any, str, dict[str, Any]]] = []
        seen: set[str] = set()
        repeated: set[str] = set()
        projects: dict[str, list[Row]] = {}
        purls: dict[str, str] = {}  # path of a project → purl
        links: list[Row] = []
        sources: dict[str, Source] = {}  # URL without credentials up to the name of the package
        licences: dict[Any, Metadata | None] = {None: None}
        has_alias = False
        programs: dict[str, str] = {}
        for (path, entry), line in zip(packages.items(), lines, strict=True):
            if type(entry) is not dict:
                self._problem(f"expected table, found {type_name(entry)}", self._place(path))
                continue
            get = entry.get
            version, resolved, name = get("version"), get("resolved"), get("name")
            if (
                (type(version) is not str and version is not None)
                or (type(resolved) is not str and resolved is not None)
                or (name is not None and type(name) is not str)
                or len(path) > longest
            ):
                if (entry := self._sound(path, entry)) is None:
                    continue
                get = entry.get
                version, resolved, name = get("version"), get("resolved"), get("name")
            at = path.rfind(modules)
            if at < 0 or (at > 0 and path[at - 1] != "/"):
                name = self._project_name(path, name)
                purl = purls[path] = npm(name, version or "")
                projects.setdefault(purl, []).append((path, entry, line, name, version, path or "."))
                continue
            installed = path[at + 13 :]
            if not name:
                name = installed or path
            elif name != installed:
                has_alias = True
            if "link" in entry and self._flag(path, entry, "link"):
                links.append((path, entry, line, name, version, resolved))
                continue
            if (resolved is None or ("/-/" in resolved and resolved[:4] == "http")) and (matched := plain(f"{name}@{version}")):
                text = matched[0]
                purl = f"pkg:npm/%40{text[1:]}" if text[0] == "@" else f"pkg:npm/{text}"
            else:
                purl = self._purl(name, version or "", resolved)
            if at:
                children[path[: at - 1]][installed] = purl
            else:
                top[installed] = purl
                if "bin" in entry:
                    programs.update(_programs(entry["bin"], name, purl))
            if purl in seen:
                repeated.add(purl)
            seen.add(purl)

            properties: Pairs = ()
            digests: tuple[Digest, ...] = ()
            pin = exact
            integrity = get("integrity")
            if integrity is not None:
                try:  # the form that npm has written since version 5
                    if integrity[:7] == "sha512-" and len(raw := unbase64(integrity[7:], strict_mode=True)) == 64:
                        digests = (new(Digest, ("sha512", raw.hex())),)
                        pin = hashed
                except (Base64Error, ValueError, TypeError, KeyError):
                    pass
                if pin is exact:
                    digests, properties = self._digests(path, integrity)
                    if any(digest.alg in STRONG for digest in digests):
                        pin = hashed

            source = None
            artifacts: tuple[Artifact, ...] = ()
            if resolved is not None:
                cut = resolved.find("/-/")
                source = sources.get(resolved[: cut - len(name)])
                if source is not None and "?" not in resolved:
                    artifacts = (new(Artifact, (resolved, resolved[cut + 3 :], digests, 0)),)
                else:
                    source, secret = self._source(resolved, name, line)
                    if source.kind != "vcs":
                        artifacts = (Artifact(redacted_url(resolved), filename(resolved), digests),)
                    if source.kind != "index":
                        pin = _other_pin(source, pin)
                    elif cut > 0 and not secret and resolved[cut - len(name) : cut] == name:
                        sources[resolved[: cut - len(name)]] = source
            elif digests:
                artifacts = (new(Artifact, ("", "", digests, 0)),)

            scope = "dev" if get("dev") is True else "runtime"
            script = False
            if (
                "optional" in entry
                or "peer" in entry
                or "hasInstallScript" in entry
                or "name" in entry
                or "devOptional" in entry
                or "inBundle" in entry
                or "extraneous" in entry
                or "deprecated" in entry
            ):
                scope = self._scope(path, entry)
                properties = self._properties(path, entry, properties)
                script = self._flag(path, entry, "hasInstallScript")

            licence = get("license")
            try:
                metadata = licences[licence]
            except (KeyError, TypeError):  # TypeError: an old package states a table or an array
                metadata = _metadata(licence)
                if type(licence) is str:
                    licences[licence] = metadata

            component = new_component(
                "npm",
                name,
                version or "",
                purl,
                origin,
                pin,
                (new(Location, (file_path, line)),),
                "",
                scope,
                (),
                digests,
                artifacts,
                source,
                (),
                script,
                metadata,
                None,
                properties,
            )
            if "dependencies" in entry or "optionalDependencies" in entry or "peerDependencies" in entry:
                unresolved.append((component, path, entry))
            add(component)

        self._link(links, purls, children, projects)
        chains: Chains = {"": (top,), "..": ()}
        for purl, rows in projects.items():
            self._add_project(purl, rows, children, chains)
        for component, path, entry in unresolved:
            wanted = entry.get("dependencies")
            needs: list[str] = []
            is_top = not has_alias and path not in children and path.rfind(modules) == 0
            if is_top and type(wanted) is dict and "optionalDependencies" not in entry and "peerDependencies" not in entry:
                needs = [top[needed] for needed in wanted if needed in top]
                needs.sort()
            else:
                needs = sorted(self._needs(path, entry, _chain(path, children, chains)))
            component.dependencies = tuple(needs)
        for component in components:
            component.__class__ = Component
        self.nouns += _merged(components, repeated) if repeated else components
        if programs:
            self.nouns.append(Provides(self.file.path, programs, {}))

    def _link(self, links: list[Row], purls: dict[str, str], children: Children, projects: dict[str, list[Row]]) -> None:
        """Let each link stand for what it leads to: a workspace member, a `file:` folder, a package in a store."""
        for path, entry, line, name, version, resolved in links:
            target = normalised((resolved or path).removeprefix("file:"))
            folder, _, installed = target.rpartition(_MODULES)
            purl = children.get(folder.rstrip("/"), {}).get(installed) if target not in purls else None
            if purl is None:
                purl = purls.get(target) or npm(name, version or "")
                projects.setdefault(purl, []).append((path, entry, line, name, version, target))
            folder, _, installed = path.rpartition(_MODULES)
            children.setdefault(folder.rstrip("/"), {})[installed] = purl

    def _needs(self, path: str, entry: dict[str, Any], chain: tuple[dict[str, str], ...]) -> set[str]:
        """purls of what a row's tables ask for; what is not installed, such as an optional peer, is left out."""
        found: set[str] = set()
        for key in _TABLES:
            wanted = entry.get(key)
            if isinstance(wanted, dict):
                for name in wanted:
                    for table in chain:
                        if name in table:
                            found.add(table[name])
                            break
            elif wanted is not None:
                self._problem(f"expected table, found {type_name(wanted)}", self._place(path, key))
        return found

    def _digests(self, path: str, integrity: Any) -> tuple[tuple[Digest, ...], Pairs]:
        """The digests of a package, and as properties what stands in their place but is none."""
        if not isinstance(integrity, str):
            self._problem(f"expected string, found {type_name(integrity)}", self._place(path, "integrity"))
            return (), ()
        digests, malformed = parse_integrity(integrity)
        return digests, malformed_properties(malformed)

    def _add_project(self, purl: str, rows: list[Row], children: Children, chains: Chains) -> None:
        """Append the root, a workspace member or a linked folder: code of the target itself, or next to it."""
        _, _, _, name, version, folder = rows[0]
        needs = {found for at, entry, *_ in rows for found in self._needs(at, entry, _chain(at, children, chains))}
        self.nouns.append(
            Component(
                ecosystem="npm",
                name=name,
                version=version or "",
                purl=purl,
                origin=Origin.PROJECT,
                pin=Pin.PATH,
                locations=tuple(dict.fromkeys(Location(self.file.path, row[2]) for row in rows)),
                source=Source("path", folder or "."),
                dependencies=tuple(sorted(needs - {purl})),
            )
        )

    def _source(self, resolved: str, name: str, line: int) -> tuple[Source, bool]:
        """Where `resolved` leads, and whether it carries credentials (which are told once)."""
        secret = credentials(resolved)
        clean = redacted_url(resolved)
        if secret and (secret, clean.partition("***@")[2].partition("/")[0]) not in self.secrets:
            self.secrets.add((secret, clean.partition("***@")[2].partition("/")[0]))
            self.nouns.append(Setting("credentials", secret, Location(self.file.path, line)))
        if _is_git(resolved):
            url, _, reference = resolved.partition("#")
            return vcs(url, reference=reference), bool(secret)
        if not _is_http(resolved):
            return Source("path", resolved.removeprefix("file:")), bool(secret)
        if "/-/" not in resolved and self._is_url_requirement(resolved):
            return Source("url", clean), bool(secret)
        end = f"/{name}/-/"
        index = clean[: clean.find(end) + 1] if end in clean else "/".join(clean.split("/", 3)[:3]) + "/"
        return Source("index", index), bool(secret)

    def _is_url_requirement(self, resolved: str) -> bool:
        """Whether some package asks for this very URL: a tarball that no registry serves as a version."""
        if self.url_requirements is None:
            entries = (entry for entry in self.packages.values() if isinstance(entry, dict))
            if self.flat:
                tables = (table for entry in entries for key in _TABLES if isinstance(table := entry.get(key), dict))
                specs = (spec for table in tables for spec in table.values())
            else:  # version 1 has the URL in place of the version, see `_modern`
                specs = (entry.get("resolved") for entry in entries if not entry.get("version"))
            self.url_requirements = {spec for spec in specs if isinstance(spec, str) and _is_http(spec)}
        return resolved in self.url_requirements

    def _purl(self, name: str, version: str, resolved: str | None) -> str:
        """The purl of a package whose name, version or source is not plain."""
        if resolved is None:
            return npm(name, version)
        if _is_git(resolved):
            url, _, reference = resolved.partition("#")
            return npm(name, version, vcs_url=vcs_url(vcs(url, reference=reference)))
        if _is_http(resolved) and self._is_url_requirement(resolved):
            return npm(name, version, download_url=redacted_url(resolved))
        return npm(name, version)

    def _scope(self, path: str, entry: dict[str, Any]) -> str:
        dev, optional, peer, either = (self._flag(path, entry, key) for key in ("dev", "optional", "peer", "devOptional"))
        return "dev" if dev else "optional" if optional or either else "peer" if peer else "runtime"

    def _properties(self, path: str, entry: dict[str, Any], properties: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        found = {*properties, *deprecated_property(entry.get("deprecated"))}
        if self._flag(path, entry, "inBundle"):
            found.add(BUNDLED)
        if self._flag(path, entry, "extraneous"):
            found.add(EXTRANEOUS)
        installed = path[path.rfind(_MODULES) + len(_MODULES) :]
        if (name := entry.get("name")) and name != installed:
            found.add((ALIAS, installed))
        return tuple(sorted(found))

    def _flag(self, path: str, entry: dict[str, Any], key: str) -> bool:
        value = entry.get(key)
        if value is not None and not isinstance(value, bool):
            self._problem(f"expected boolean, found {type_name(value)}", self._place(path, key))
        return bool(value)

    def _sound(self, path: str, entry: dict[str, Any]) -> dict[str, Any] | None:
        """`entry` without the texts that are none, each told; None if nothing can lie at `path`."""
        if len(path) > _MAX_PATH:
            self._problem(f"path of {len(path)} characters, no system has that", self._place(path[:100] + "…"))
            return None
        entry = dict(entry)
        for key in _TEXTS:
            value = entry.get(key)
            if value is not None and not isinstance(value, str):
                self._problem(f"expected string, found {type_name(value)}", self._place(path, key))
                del entry[key]
        return entry

    def _project_name(self, path: str, name: str | None) -> str:
        names = (name, None if path else self.document.get("name"), path.rpartition("/")[2].strip("."))
        return next((name for name in names if isinstance(name, str) and name), "project")

    def _place(self, path: str, key: str = "") -> str:
        names = [path] if self.flat else [name.rstrip("/") for name in path.split(_MODULES)[1:]]
        place = ".".join(f'{"packages" if self.flat else "dependencies"}["{name}"]' for name in names)
        return f"{place}.{key}" if key else place

    def _problem(self, what: str, where: str, fix: str = "run `npm install --package-lock-only`", path: str = "") -> None:
        self.nouns.append(Problem(path=path or self.file.path, what=what, where=where, fix=fix))


@cache
def _draft() -> Any:
    """A class of the same layout as Component whose instances can be filled, and then be made Components.

    A frozen dataclass fills itself through `object.__setattr__`, which costs seven times as much as an assignment: for
    20,000 packages as much as parsing the file. Assigning `__class__` is allowed between classes with equal slots, and
    the result cannot be told from a Component that was built the usual way.
    """
    names = [part.name for part in fields(Component)]
    plain = {"__setattr__": object.__setattr__}
    return make_dataclass("Component", names, bases=Component.__bases__, namespace=plain, slots=True, repr=False, eq=False)


def _modern(entry: dict[str, Any]) -> dict[str, Any]:
    """A version 1 row in the terms of version 3. There, `version` also says where the package comes from."""
    row: dict[str, Any] = {
        key: entry[key] for key in ("resolved", "integrity", "dev", "optional", "peer", "hasInstallScript") if key in entry
    }
    if "bundled" in entry:
        row["inBundle"] = entry["bundled"]
    needs = entry.get("requires")
    if needs is not None and not isinstance(needs, bool):  # `true` in npm 5 and before
        row["dependencies"] = needs
    version = row["version"] = entry.get("version")
    if isinstance(version, str):
        if version.startswith("npm:") and "@" in version[5:]:
            row["name"], _, row["version"] = version[4:].rpartition("@")
        elif version.startswith("file:") and "integrity" not in entry and not version.endswith((".tgz", ".tar.gz", ".tar")):
            row = {"link": True, "resolved": version, "dependencies": row.get("dependencies")}
        elif _is_http(version) or version.startswith("file:") or _is_git(version):
            row["resolved"], row["version"] = version, None
    return row


def _is_http(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))


def _is_git(text: str) -> bool:
    return text[:1] in "gGbB" and re.match(_GIT, text) is not None  # compiled on first use: most lockfiles have none


def _keys(table: Any) -> Iterable[str]:
    return table if isinstance(table, dict) else ()


def _found(path: str, name: str, flat: dict[str, Any]) -> str:
    """The path of what `name` means to the package at `path`; empty if it is not there."""
    while path:
        if (found := f"{path}/{_MODULES}{name}") in flat:
            return found
        path = path.rpartition(_MODULES)[0].rstrip("/")
    return f"{_MODULES}{name}" if f"{_MODULES}{name}" in flat else ""


def _chain(path: str, children: Children, chains: Chains) -> tuple[dict[str, str], ...]:
    """What `require` finds from `path`: the node_modules of that folder, then of each one above it.

    Source: Node.js documentation, "Loading from node_modules folders".
    """
    pending = []
    while (known := chains.get(path)) is None:
        pending.append(path)
        cut = path.rfind(_MODULES)
        path = path[:cut].rstrip("/") if cut == 0 or (cut > 0 and path[cut - 1] == "/") else path.rpartition("/")[0]
    for path in reversed(pending):
        own = children.get(path)
        known = chains[path] = (own, *known) if own else known
    return known


def _merged(components: list[Component], repeated: set[str]) -> list[Component]:
    """`components` with the several installs of a package as one, where the first of them stands."""
    groups: dict[str, list[Component]] = {}
    for component in components:
        if component.purl in repeated:
            groups.setdefault(component.purl, []).append(component)
    return [
        component if component.purl not in repeated else _joined(groups.pop(component.purl))
        for component in components
        if component.purl not in repeated or component.purl in groups
    ]


def _joined(rows: list[Component]) -> Component:
    return replace(
        rows[0],
        pin=max((row.pin for row in rows), key=_LOOSENESS.index),
        locations=tuple(dict.fromkeys(place for row in rows for place in row.locations)),
        scope=min((row.scope for row in rows), key=_SCOPES.index),
        hashes=tuple(dict.fromkeys(digest for row in rows for digest in row.hashes)),
        artifacts=tuple(dict.fromkeys(artifact for row in rows for artifact in row.artifacts)),
        source=next((row.source for row in rows if row.source), None),
        dependencies=tuple(sorted({purl for row in rows for purl in row.dependencies})),
        install_script=any(row.install_script for row in rows),
        properties=tuple(sorted({pair for row in rows for pair in row.properties})),
    )


def _other_pin(source: Source, pin: Pin) -> Pin:
    """How firm a package is that no registry serves; its hash, if it has one, is the firmest."""
    if pin is Pin.HASHED:
        return pin
    return vcs_pin(source) if source.kind == "vcs" else Pin.URL if source.kind == "url" else Pin.PATH


def _metadata(licence: object) -> Metadata | None:
    if not isinstance(licence, str) or not licence:
        return None
    return Metadata(license_expression=licence) if is_spdx(licence) else Metadata(license_text=licence[:200])


def _programs(value: Any, name: str, purl: str) -> dict[str, str]:
    """The commands that a row's `bin` names, each with `purl`; npm takes only the last part of a name."""
    names = [name] if isinstance(value, str) else value if isinstance(value, dict) else ()
    return {str(command).rpartition("/")[2]: purl for command in names}
