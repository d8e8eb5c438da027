"""package-lock.json and npm-shrinkwrap.json, versions 1 to 3, and the hidden lockfile of a node_modules folder.

Format: npm documentation, "package-lock.json". Versions 2 and 3 are a flat table, `packages`, from the path of a
folder to what lies there; version 1 is a tree, `dependencies`, which is read as the flat table that it stands for.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.integrity import STRONG, malformed_properties, parse_integrity
from sbomgate.collectors.lockfiles.provenance import credentials, vcs, vcs_pin, vcs_url
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Component, Digest, Location, Metadata, Origin, Pin, Problem, Setting, Source
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
_PLAIN: Final = re.compile(r"(?:@[A-Za-z0-9._~-]+/)?[A-Za-z0-9._~-]+@[A-Za-z0-9._~-]+").fullmatch
_is_spdx: Final = re.compile(r"(?!UNLICENSED\b|SEE\b)\(*[A-Za-z0-9.+-]+(?:[ ()]+(?:AND|OR|WITH)[ ()]+[A-Za-z0-9.+-]+)*\)*").fullmatch
_is_http: Final = re.compile(r"https?://", re.IGNORECASE).match
_is_git: Final = re.compile(r"git(?:\+[a-z]+)?:|git@|(?:github|gitlab|bitbucket|gist):", re.IGNORECASE).match
_SCOPES: Final = ("runtime", "optional", "peer", "dev")  # the nearest first
_LOOSENESS: Final = tuple(Pin)

Noun = Component | Problem | Setting | str
Row = tuple[str, dict[str, Any], int]
"""Path, entry, line."""
Children = dict[str, dict[str, str]]
"""A folder, with `/` at its end → the names in its node_modules → purls."""
Chains = dict[str, tuple[dict[str, str], ...]]
"""A folder → the tables that a name is looked up in from there."""


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per package, version and source; CollectError if `file` is no npm lockfile."""
    text = file.text()
    document = parse_json(text, file.path)
    if not isinstance(document, dict):
        raise CollectError(f"expected table, found {type_name(document)}", file.path)
    return iter(_Reader(file, text, document).read())


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
        self.secrets: set[tuple[str, int]] = set()
        self.url_requirements: set[str] | None = None

    def read(self) -> list[Noun]:
        packages = self.packages = self._packages()
        lines = self._lines(packages if self.flat else (path.rpartition(_MODULES)[2] for path in packages))
        self._components(packages, lines)
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
                flat[path] = entry
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
        tables = (entry.get("dependencies") for entry in flat.values() if isinstance(entry, dict))
        needed = {name for table in tables if isinstance(table, dict) for name in table}
        tops = (path[len(_MODULES) :] for path in flat if path.startswith(_MODULES) and path.count(_MODULES) == 1)
        return {name: "" for name in tops if name not in needed}

    def _lines(self, keys: Iterable[str]) -> list[int]:
        """The line of each key, in one pass over the text; 0 for what is not found where it should be.

        A key stands between quotes and before a colon, which no value can look like.
        """
        text, find, count = self.text, self.text.find, self.text.count
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
        """Append a component for each package; written for speed: a lockfile of 20,000 rows is common."""
        children: defaultdict[str, dict[str, str]] = defaultdict(dict)
        purls: dict[str, str] = {}  # path → purl
        groups: dict[tuple[str, bool], list[Row]] = {}  # (purl, is a project) → its rows
        links: list[Row] = []
        plain = _PLAIN
        for (path, entry), line in zip(packages.items(), lines, strict=True):
            if type(entry) is not dict:
                self._problem(f"expected table, found {type_name(entry)}", self._place(path))
                continue
            get = entry.get
            version, resolved, name = get("version"), get("resolved"), get("name")
            if (
                (version is not None and type(version) is not str)
                or (resolved is not None and type(resolved) is not str)
                or (name is not None and type(name) is not str)
                or len(path) > _MAX_PATH
            ):
                if (entry := self._sound(path, entry)) is None:
                    continue
                get = entry.get
                version, resolved, name = get("version"), get("resolved"), get("name")
            cut = path.rfind(_MODULES)
            if cut == 0 or (cut > 0 and path[cut - 1] == "/"):
                if get("link"):
                    links.append((path, entry, line))
                    continue
                folder, installed = path[:cut], path[cut + 13 :]
                project = False
                if (matched := plain(f"{name or installed}@{version}")) and (resolved is None or resolved[:4] == "http" and "/-/" in resolved):
                    text = matched[0]
                    purl = f"pkg:npm/%40{text[1:]}" if text[0] == "@" else f"pkg:npm/{text}"
                else:
                    purl = self._purl(name or installed or path, version or "", resolved)
                children[folder][installed] = purl
            else:
                project = True
                purl = npm(self._project_name(path, entry), version or "")
            purls[path] = purl
            group = groups.get((purl, project))
            if group is None:
                groups[purl, project] = [(path, entry, line)]
            else:
                group.append((path, entry, line))
        self._link(links, purls, children, groups)
        self._build(groups, children)

    def _link(self, links: list[Row], purls: dict[str, str], children: Children, groups: dict[tuple[str, bool], list[Row]]) -> None:
        """Let each link stand for what it leads to: a workspace member, a `file:` folder."""
        for path, entry, line in links:
            folder, _, installed = path.rpartition(_MODULES)
            resolved = entry.get("resolved") or ""
            target = normalised(resolved.removeprefix("file:")) if resolved else installed
            name = entry.get("name") or installed or path
            purl = purls.get(target) or npm(name, entry.get("version") or "")
            children[folder][installed] = purl
            groups.setdefault((purl, True), []).append((target, {"name": name, "version": entry.get("version")}, line))

    def _build(self, groups: dict[tuple[str, bool], list[Row]], children: Children) -> None:
        add = self.nouns.append
        file_path, locked = self.file.path, self.origin
        top = children.get("") or {}
        hosts: dict[str, tuple[Source, bool]] = {}
        licences: dict[str, Metadata | None] = {}
        chains: Chains = {"": (top,), "..": ()}
        hashed, exact = Pin.HASHED, Pin.EXACT
        for (purl, project), rows in groups.items():
            if project:
                self._build_project(purl, rows, children, chains)
                continue
            made: list[Component] = []
            for path, entry, line in rows:
                get = entry.get
                resolved, integrity, licence = get("resolved"), get("integrity"), get("license")

                # integrity: the one form that npm has written since version 5 first
                properties: tuple[tuple[str, str], ...] = ()
                digests: tuple[Digest, ...] = ()
                pin = exact
                if integrity is not None:
                    if type(integrity) is str:
                        try:
                            if integrity[:7] == "sha512-" and len(raw := a2b_base64(integrity[7:], strict_mode=True)) == 64:
                                digests = (Digest("sha512", raw.hex()),)
                                pin = hashed
                        except (Error, ValueError):
                            pass
                        if not digests:
                            digests, malformed = parse_integrity(integrity)
                            properties = malformed_properties(malformed)
                            if any(digest.alg in STRONG for digest in digests):
                                pin = hashed
                    else:
                        self._problem(f"expected string, found {type_name(integrity)}", self._place(path, "integrity"))

                # where it comes from
                source = None
                artifacts: tuple[Artifact, ...] = ()
                if resolved is not None:
                    cut = resolved.find("/-/")
                    name = get("name") or path[path.rfind(_MODULES) + 13 :]
                    known = hosts.get(resolved[: cut - len(name)]) if cut > 0 else None
                    if known is None or "?" in resolved:
                        source, secret = self._source(resolved, name, line)
                        if cut > 0 and source.kind == "index" and resolved[cut - len(name) : cut] == name:
                            hosts[resolved[: cut - len(name)]] = (source, secret)
                    else:
                        source, secret = known
                    if source.kind != "index":
                        pin = _other_pin(source, pin)
                    if secret or "?" in resolved:
                        resolved = redacted_url(resolved)
                    if source.kind != "vcs":
                        artifacts = (Artifact(resolved, resolved.partition("?")[0].rpartition("/")[2], digests),)
                elif digests:
                    artifacts = (Artifact("", "", digests),)

                # where it is needed
                scope = "runtime"
                if "dev" in entry or "optional" in entry or "peer" in entry or "devOptional" in entry:
                    scope = self._scope(path, entry)
                if "inBundle" in entry or "name" in entry or "extraneous" in entry:
                    properties = self._properties(path, entry, properties)
                script = "hasInstallScript" in entry and self._flag(path, entry, "hasInstallScript")

                # what it needs
                needs: list[str] = []
                if "dependencies" in entry or "optionalDependencies" in entry or "peerDependencies" in entry:
                    chain = (top,) if f"{path}/" not in children and path.find(_MODULES, 1) < 0 and path[:13] == _MODULES else _chain(path, children, chains)
                    for key in ("dependencies", "optionalDependencies", "peerDependencies"):
                        wanted = get(key)
                        if type(wanted) is dict:
                            for name in wanted:
                                for table in chain:
                                    if name in table:
                                        needs.append(table[name])
                                        break
                        elif wanted is not None:
                            self._problem(f"expected table, found {type_name(wanted)}", self._place(path, key))

                if type(licence) is str:
                    if licence not in licences:
                        licences[licence] = _metadata(licence)
                    metadata = licences[licence]
                else:
                    metadata = None
                name = get("name") or path[path.rfind(_MODULES) + 13 :]
                made.append(
                    Component(
                        ecosystem="npm",
                        name=name or path,
                        version=get("version") or "",
                        purl=purl,
                        origin=locked,
                        pin=pin,
                        locations=(Location(file_path, line),),
                        scope=scope,
                        hashes=digests,
                        artifacts=artifacts,
                        source=source,
                        dependencies=tuple(sorted(set(needs))) if len(needs) > 1 else tuple(needs),
                        install_script=script,
                        metadata=metadata,
                        properties=properties,
                    )
                )
            add(made[0] if len(made) == 1 else _joined(made))

    def _build_project(self, purl: str, rows: list[Row], children: Children, chains: Chains) -> None:
        """Append the root, a workspace member or a linked folder: code of the target itself, or next to it."""
        path, first, _ = rows[0]
        version = first.get("version")
        needs = set()
        for at, entry, _ in rows:
            chain = _chain(at, children, chains)
            for key in _TABLES:
                wanted = entry.get(key)
                if isinstance(wanted, dict):
                    needs.update(found for name in wanted if (found := next((table[name] for table in chain if name in table), None)))
                elif wanted is not None:
                    self._problem(f"expected table, found {type_name(wanted)}", self._place(at, key))
        self.nouns.append(
            Component(
                ecosystem="npm",
                name=self._project_name(path, first),
                version=version if isinstance(version, str) else "",
                purl=purl,
                origin=Origin.PROJECT,
                pin=Pin.PATH,
                locations=tuple(dict.fromkeys(Location(self.file.path, line) for _, _, line in rows)),
                source=Source("path", path or "."),
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
        found = set(properties)
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

    def _project_name(self, path: str, entry: dict[str, Any]) -> str:
        names = (entry.get("name"), None if path else self.document.get("name"), path.rpartition("/")[2].strip("."))
        return next((name for name in names if isinstance(name, str) and name), "project")

    def _place(self, path: str, key: str = "") -> str:
        names = [path] if self.flat else [name.rstrip("/") for name in path.split(_MODULES)[1:]]
        place = ".".join(f'{"packages" if self.flat else "dependencies"}["{name}"]' for name in names)
        return f"{place}.{key}" if key else place

    def _problem(self, what: str, where: str, fix: str = "run `npm install --package-lock-only`", path: str = "") -> None:
        self.nouns.append(Problem(path=path or self.file.path, what=what, where=where, fix=fix))


def _modern(entry: dict[str, Any]) -> dict[str, Any]:
    """A version 1 row in the terms of version 3. There, `version` also says where the package comes from."""
    row: dict[str, Any] = {key: entry[key] for key in ("resolved", "integrity", "dev", "optional", "peer", "hasInstallScript") if key in entry}
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
        own = children.get(f"{path}/")
        known = chains[path] = (own, *known) if own else known
    return known


def _joined(rows: list[Component]) -> Component:
    """Several installs of one package as one component."""
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


def _metadata(licence: str) -> Metadata | None:
    if not licence:
        return None
    return Metadata(license_expression=licence) if _is_spdx(licence) else Metadata(license_text=licence[:200])
