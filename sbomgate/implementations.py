"""What a server's command means in the project that it runs in: the row of a lockfile, or an installed distribution.

A command such as `npx acme-mcp`, `python -m acme_mcp` or `node node_modules/acme-mcp/cli.js` names no version, and yet the
project may decide which one runs. It does so only as far as the launcher asks it:

    npx, npm exec, bunx, bun x   a package without a version, or of a range that the installed one fits, is started as it is
                                 installed; a tag (`@latest`) is always fetched. Source: libnpmexec; Bun documentation, "bunx"
    deno run npm:                a lockfile of the project holds what it resolved. Source: Deno documentation, "Lock file"
    uvx, pipx run, pnpm dlx,     never: each runs apart from the project, so its lockfile says nothing of them. Source: uv
    yarn dlx                     documentation, "Using tools"; pnpm and Yarn documentation on dlx
    what is not fetched at all   a module or command of the environment, a package in node_modules

Looked for in the lockfiles and environments of the folder that the command runs in, or of the nearest folder above that has
any: package managers look there too. A lockfile that has the package in several versions decides by what the project itself
asks for; where that is not clear either, nothing is said. Everything is a function of what was collected.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from sbomgate.model import Component, Environment, Local, Location, Origin, Provides, Server
from sbomgate.purl import canonical_name

LOCKED: Final = "lockfile"
INSTALLED: Final = "installed"
_LOCAL_FIRST: Final = frozenset({"npx", "npm", "bunx", "bun", "deno"})
"""Launchers that start a package as it is installed or locked, where the command does not say otherwise."""
_OF_NODE: Final = frozenset({"npx", "npm", "pnpm", "yarn", "yarnpkg", "bunx", "bun"})
_OF_PROJECT: Final = frozenset({"uv", "poetry", "pdm", "hatch", "rye", "pixi", "pipenv"})
"""What runs a command in the environment of a Python project."""
_ROOTS: Final = re.compile(r"\$\{(?:workspaceFolder|workspaceRoot|CLAUDE_PROJECT_DIR|PWD)\}|\$(?:CLAUDE_PROJECT_DIR|PWD)(?!\w)")
"""How commands name the folder that they are started in."""
_PERSONAL: Final = ("user", "managed")
"""Scopes of files that are read in whatever project their reader opens."""

Found = tuple[Component, str]
"""A component, and how it is known: `LOCKED` or `INSTALLED`."""


def project_folder(path: str) -> str:
    """The folder of the project that the configuration at `path` belongs to: that of `.vscode/mcp.json` is above `.vscode`."""
    parts = path.split("/")[:-1]
    return "/".join(parts[: next((index for index, part in enumerate(parts) if part.startswith(".")), len(parts))])


class Implementations:
    """What the lockfiles and environments of one target hold, by name and folder."""

    def __init__(
        self, components: Iterable[Component], environments: Iterable[Environment] = (), provides: Iterable[Provides] = ()
    ) -> None:
        self.rows: defaultdict[tuple[str, str], dict[str, list[Component]]] = defaultdict(dict)
        """(folder, ecosystem) → name → the rows of its lockfiles."""
        self.commands: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        """(folder, command) → purls of the packages that bring it, as its lockfiles say."""
        self.by_purl: dict[tuple[str, str], Component] = {}
        """(folder, purl) → the row that brings a command; (site folder, purl) → the distribution."""
        self.modules: defaultdict[str, list[Component]] = defaultdict(list)
        """Folder of a project → the packages in its node_modules."""
        self.projects: list[Component] = []
        self.provides = {item.place: item for item in provides}
        for place, given in self.provides.items():
            for name, purl in given.programs.items():
                self.commands[folder_of(place), name].add(purl)
        bringing = {purl for purls in self.commands.values() for purl in purls}
        for item in components:
            if item.origin is Origin.LOCKED:
                folder = folder_of(item.locations[0].path)
                self.rows[folder, item.ecosystem].setdefault(item.name, []).append(item)
                if item.purl in bringing:
                    self.by_purl[folder, item.purl] = item
            elif item.origin is Origin.INSTALLED and item.installation is not None:
                self.by_purl[item.installation.site, item.purl] = item
            elif item.origin is Origin.INSTALLED and item.ecosystem == "npm":
                self.modules[item.locations[0].path.partition("node_modules")[0].rstrip("/")].append(item)
            elif item.origin is Origin.PROJECT:
                self.projects.append(item)
        self.environments = sorted(environments, key=lambda one: one.root)

    def locked(self, folder: str, ecosystem: str, name: str) -> list[Component]:
        """The rows of `name` in the lockfiles of the nearest folder, from `folder` up, that has any of the ecosystem."""
        for above in _upward(folder):
            if rows := self.rows.get((above, ecosystem)):
                return rows.get(name, [])
        return []

    def chosen(self, rows: list[Component]) -> Component | None:
        """The row that the project itself asks for; None where several could be meant."""
        if len({row.version for row in rows}) > 1:
            known = {row.purl for row in rows}
            folder = folder_of(rows[0].locations[0].path)
            own = (item for item in self.projects if folder_of(item.locations[0].path) == folder)
            asked = {purl for item in own for purl in known.intersection(item.dependencies)}
            rows = [row for row in rows if row.purl in asked]
        return rows[0] if rows and len({row.version for row in rows}) == 1 and rows[0].version else None

    def of(self, server: Server) -> Found | None:
        """The component that runs when `server` is started; None where the command tells it, or nothing does."""
        folder = self.where(server)
        if folder is None:
            return None
        if server.ecosystem:
            return self._fetched(server, folder)
        kind, name = server.local.kind, server.local.name
        if kind == "package":
            return self._locked(_below(folder, server.local.place), "npm", name)
        if kind == "program":
            return self._program(server, folder)
        return self._module(server.local, folder) if kind == "module" else None

    def version_of(self, server: Server) -> Component | None:
        """Where the project has the package of `server` in one version, whether or not its launcher heeds that."""
        if (folder := self.where(server)) is None:
            return None
        if found := self._locked(folder, server.ecosystem, server.package):
            return found[0]
        there = [item for item in self.by_purl.values() if item.name == server.package and item.ecosystem == server.ecosystem == "pypi"]
        return there[0] if len({item.version for item in there}) == 1 else None

    def other_versions(self, server: Server) -> list[Component]:
        """The rows that hold the package of `server`, if none of them has the version that it starts."""
        if server.pin != "exact" or server.ecosystem not in ("npm", "pypi") or (folder := self.where(server)) is None:
            return []
        rows = [row for row in self.locked(folder, server.ecosystem, server.package) if row.version]
        return [] if any(_same(row.version, server.version, server.ecosystem) for row in rows) else rows

    def where(self, server: Server) -> str | None:
        """The folder that the command runs in; None where it cannot be known."""
        folder = server.local.folder
        if folder == "?" or server.scope in _PERSONAL:
            return None
        return _below(project_folder(server.location.path), folder)

    def _fetched(self, server: Server, folder: str) -> Found | None:
        if server.launcher not in _LOCAL_FIRST or server.pinned is not False or server.pin not in ("none", "range"):
            return None
        rows = self.locked(folder, server.ecosystem, server.package)
        if server.ecosystem != "npm":
            return None
        if server.launcher == "deno":
            rows = [row for row in rows if row.locations[0].path.endswith("deno.lock")]
            row = self.chosen(rows)
            return (row, LOCKED) if row and _fits(server.requirement, row.version) else None
        if server.pin == "none" and (found := self._command_of_node(folder, server.package)):
            return found
        row = self.chosen([row for row in rows if _fits(server.requirement, row.version)])
        return (row, LOCKED) if row else None

    def _locked(self, folder: str | None, ecosystem: str, name: str) -> Found | None:
        if folder is None:
            return None
        if row := self.chosen(self.locked(folder, ecosystem, name)):
            return row, LOCKED
        there = [item for item in self.modules.get(folder, ()) if item.name == name] if ecosystem == "npm" else []
        return (there[0], INSTALLED) if len({item.version for item in there}) == 1 and there[0].version else None

    def _command_of_node(self, folder: str, name: str) -> Found | None:
        """The package that brings the command `name` to the project; npm prefers it to a package of that name."""
        for above in _upward(folder):
            if not self.rows.get((above, "npm")):
                continue
            found = [self.by_purl[above, purl] for purl in self.commands.get((above, name), ()) if (above, purl) in self.by_purl]
            return (found[0], LOCKED) if len(found) == 1 else None
        return None

    def _program(self, server: Server, folder: str) -> Found | None:
        name, place = server.local.name, server.local.place
        if server.launcher in _OF_NODE or place.rstrip("/").endswith("node_modules/.bin"):
            at = _below(folder, place.rstrip("/").removesuffix("node_modules/.bin"))
            return None if at is None else self._command_of_node(at, name) or self._locked(at, "npm", name)
        for environment in self._environments(folder, place):
            for site in environment.sites:
                if purl := self.provides[site].programs.get(name) if site in self.provides else "":
                    return self._of_site(folder, site, purl)
        if server.launcher in _OF_PROJECT:
            return self._of_project(folder, name)
        return self._of_project(folder, name) if place and _is_environment(place) and _below(folder, place) is not None else None

    def _module(self, local: Local, folder: str) -> Found | None:
        top = local.name.partition(".")[0]
        for environment in self._environments(folder, local.place):
            for site in environment.sites:
                if purl := self.provides[site].modules.get(top) if site in self.provides else "":
                    return self._of_site(folder, site, purl)
        if local.place and _below(folder, local.place) is None:
            return None
        return self._of_project(folder, top)

    def _of_project(self, folder: str, name: str) -> Found | None:
        """What the lock holds under that name, where no environment tells who owns a command or module; most are named so."""
        name = canonical_name(name)
        if found := self._locked(folder, "pypi", name):
            return found
        own = [
            item
            for item in self.projects
            if item.ecosystem == "pypi" and item.name == name and folder_of(item.locations[0].path) in _upward(folder)
        ]
        return (own[0], "") if len(own) == 1 else None

    def _of_site(self, folder: str, site: str, purl: str) -> Found | None:
        found = self.by_purl.get((site, purl))
        if found is None:
            return None
        row = self.chosen(self.locked(folder, "pypi", found.name))
        if row is not None and row.version == found.version:
            return row, LOCKED
        return found, INSTALLED

    def _environments(self, folder: str, place: str) -> list[Environment]:
        """The environments whose Python or command is meant: the one that `place` lies in, else those of the project."""
        if place:
            at = _below(folder, place)
            return [
                one
                for one in self.environments
                if at is not None and at in (f"{one.root}/bin".lstrip("/"), f"{one.root}/Scripts".lstrip("/"))
            ]
        for above in _upward(folder):
            if found := [one for one in self.environments if one.virtual and folder_of(one.root) == above and one.root]:
                return found if len(found) == 1 else []
        return []


def join(
    servers: Iterable[Server], components: list[Component], environments: Iterable[Environment], provides: Iterable[Provides]
) -> tuple[list[Server], list[Component]]:
    """`servers` with what the project makes of their commands, and `components` in which what is launched is that."""
    known = Implementations(components, environments, provides)
    joined: list[Server] = []
    added: dict[Component, None] = {}
    settled: set[tuple[str, Location]] = set()
    for server in servers:
        found = known.of(server)
        if found is None:
            joined.append(server)
            continue
        component, how = found
        joined.append(_implemented(server, component, how))
        if server.purl:
            settled.add((server.purl, server.location))
        if how:
            added[_launched(server, component)] = None
    if not added:
        return joined, components
    needed = {(purl, server.location) for server in joined for purl in server.extra_packages}
    needed |= {(server.purl, server.location) for server in joined if not server.written}
    gone = settled - needed
    kept = [item for item in components if item.origin is not Origin.LAUNCHED or (item.purl, item.locations[0]) not in gone]
    return joined, [*kept, *added]


def _implemented(server: Server, component: Component, how: str) -> Server:
    return replace(
        server,
        ecosystem=component.ecosystem,
        package=component.name,
        version=component.version,
        purl=component.purl,
        pin=how or server.pin,
        pinned=True if how == LOCKED else server.pinned,
        implemented_at=component.locations[0],
        written=(server.purl or server.package, server.pin),
    )


def _launched(server: Server, component: Component) -> Component:
    """The statement of the configuration: it starts this component."""
    return replace(
        component,
        origin=Origin.LAUNCHED,
        locations=(server.location,),
        requirement=server.requirement,
        scope="optional" if server.disabled else "runtime",
        groups=(),
        metadata=None,
        installation=None,
        properties=(),
    )


def _same(one: str, other: str, ecosystem: str) -> bool:
    if one == other:
        return True
    if ecosystem != "pypi":
        return one.partition("+")[0] == other.partition("+")[0]
    from sbomgate.versions import same

    return same(one, other)


def _fits(requirement: str, version: str) -> bool:
    if not requirement or requirement == "*":
        return True
    from sbomgate.npm_ranges import allows

    return bool(allows(requirement, version))


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _upward(folder: str) -> Iterator[str]:
    """`folder` and every folder above it, up to the target."""
    yield folder
    while folder:
        folder = folder_of(folder)
        yield folder


def _below(folder: str, written: str) -> str | None:
    """The folder that `written` means from `folder`; None if that is outside the target, or cannot be known."""
    written = _ROOTS.sub(".", written, count=1) if written.startswith("$") else written
    if re.match(r"[/~$%{<`]|[A-Za-z]:", written) or "${" in written:
        return None
    parts = folder.split("/") if folder else []
    for part in written.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _is_environment(place: str) -> bool:
    return re.search(r"(?:^|/)[^/]*venv[^/]*/(?:bin|Scripts)\Z", place) is not None
