"""package.json: what a project asks for, where no lockfile has the last word.

Format: npm documentation, "package.json". Where a lockfile lies beside it, or around it with a workspace that it is a
member of, the lockfile tells what is installed: then its requirements are no components, but facts to compare with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.jsonc import Document, parse
from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.npm import TABLES, Noun, project_name, read_sides, wanted
from sbomgate.collectors.lockfiles.plain_yaml import load
from sbomgate.collectors.lockfiles.provenance import credentials, vcs_url
from sbomgate.collectors.lockfiles.self_description import of_package_json
from sbomgate.collectors.lockfiles.workspaces import globs, is_member
from sbomgate.collectors.settings.npm import trusted_scripts
from sbomgate.errors import CollectError
from sbomgate.model import Component, Location, Origin, Pin, Problem, Setting, Source
from sbomgate.purl import npm
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, normalised

DECLARES: Final = {
    "runtime": "declares-npm", "optional": "declares-npm-optional", "dev": "declares-npm-dev", "peer": "declares-npm-peer",
}  # fmt: skip
"""Scope → kind of the fact that a project states a requirement: `name range`, for a lockfile to fit."""
LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock")
_BINARY: Final = "bun.lockb"
_SCOPES: Final = {"dependencies": "runtime", "optionalDependencies": "optional", "devDependencies": "dev", "peerDependencies": "peer"}
_FIX: Final = "write it as npm's documentation of package.json says"
_OVERRIDES: Final = (("overrides",), ("resolutions",), ("pnpm", "overrides"))  # of npm and Bun, of Yarn, of pnpm
_MAX_OVERRIDES: Final = 1000
_MAX_PARENTS: Final = 20
_MAX_DUPLICATES: Final = 20
_MAX_SCRIPTS: Final = 5000
_AGENTS: Final = ("--", "GOOSE_MODE", " -a", " -y", " -f")
"""How options begin that let an agent do anything: most scripts have none of them, and what knows agents is not loaded."""


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield the project and a component per requirement, or a Setting per requirement under a lockfile; CollectError if it is no JSON."""
    return read_sides(file, lambda text: _read(file, text))


def _read(file: SourceFile, text: str) -> Iterator[Noun]:
    document = parse(text, file.path)
    manifest = document.value
    if type(manifest) is not dict:
        raise CollectError(f"expected table, found {type_name(manifest)}", file.path, fix=_FIX)
    for pointer, line in document.duplicates[:_MAX_DUPLICATES]:
        place = ".".join(map(str, pointer))
        yield Problem(path=file.path, what=f"duplicate key in line {line}; the last one was read", where=place, fix="remove one of them")
    yield from of_package_json(manifest, file.path)
    asked: dict[str, tuple[str, str, int]] = {}  # a name that stands in several tables is what the first of them says
    problems: list[Noun] = []
    for key, scope in _SCOPES.items():
        for name, value, line in _table(file, document, key, problems):
            asked.setdefault(name, (value, scope, line))
    yield from problems
    yield from _overrides(file, document)
    yield from _trusted(file, document)
    yield from _agents(file, document)
    if not asked:
        return
    lock = _lock_of(file)
    if lock == _BINARY:
        told = "binary lockfile, which is not read"
        folder = file.path.rpartition("/")[0]
        yield Problem(path=f"{folder}/{_BINARY}" if folder else _BINARY, what=told, fix="run `bun install --save-text-lockfile`")
    told_secrets: set[str] = set()
    for value, _, line in asked.values():
        if (secret := credentials(value.partition("git+")[2] or value)) and secret not in told_secrets:
            told_secrets.add(secret)
            yield Setting("credentials", secret, Location(file.path, line))
    if lock:
        for name, (value, scope, line) in asked.items():
            yield Setting(DECLARES[scope], f"{name} {redacted_url(value)}".rstrip(), Location(file.path, line))
    else:
        yield from _components(file, manifest, asked)


def _agents(file: SourceFile, document: Document) -> Iterator[Any]:
    """The scripts that start an agent which may do anything unasked."""
    scripts = document.value.get("scripts")
    rows = list(scripts.items())[:_MAX_SCRIPTS] if isinstance(scripts, dict) else []
    lines = [
        (document.line("scripts", name), text) for name, text in rows if isinstance(text, str) and any(map(text.__contains__, _AGENTS))
    ]
    if lines:
        from sbomgate.collectors.agents.task_files import unconfined_scripts

        yield from unconfined_scripts(file.path, lines)


def _table(file: SourceFile, document: Document, key: str, problems: list[Noun]) -> Iterator[tuple[str, str, int]]:
    """Name, range and line of each requirement in a table; what is none is told."""
    table = document.value.get(key)
    if type(table) is not dict:
        if table is not None and not (type(table) is list and not table):  # `[]` stands in old files for an empty table
            problems.append(Problem(path=file.path, what=f"expected table, found {type_name(table)}", where=key, fix=_FIX))
        return
    meta = document.value.get("peerDependenciesMeta") if key == "peerDependencies" else None
    for name, value in table.items():
        if type(value) is not str:
            what = f"expected string, found {type_name(value)}"
            problems.append(Problem(path=file.path, what=what, where=f"{key}.{name[:200]}", fix=_FIX))
        elif not name:
            problems.append(Problem(path=file.path, what="no name of a package", where=key, fix=_FIX))
        elif not (type(meta) is dict and type(meta.get(name)) is dict and meta[name].get("optional") is True):
            yield name, value, document.line(key, name)


def _overrides(file: SourceFile, document: Document) -> Iterator[Noun]:
    """What the project sets in the place of what its packages ask for; other shapes than these are the tool's to refuse."""
    manifest = document.value
    for keys in _OVERRIDES:
        table = manifest
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        for name, value in list(table.items())[:_MAX_OVERRIDES] if isinstance(table, dict) else ():
            location = Location(file.path, document.line(*keys, name))
            if isinstance(value, str):
                yield Setting("override", f"{name}: {redacted_url(value)}", location)
            elif isinstance(value, dict):  # npm: what the package `name` needs, with `.` for itself
                for inner, text in list(value.items())[:_MAX_OVERRIDES]:
                    if isinstance(text, str):
                        yield Setting("override", f"{name if inner == '.' else f'{name}>{inner}'}: {redacted_url(text)}", location)


def _trusted(file: SourceFile, document: Document) -> Iterator[Noun]:
    """Whose scripts the project lets run when they are installed."""
    inner = document.value.get("pnpm")
    for table, keys in ((document.value, ()), (inner, ("pnpm",))):
        for name in trusted_scripts(table) if isinstance(table, dict) else ():
            lines = (
                document.line(*keys, key)
                for key in ("allowScripts", "trustedDependencies", "onlyBuiltDependencies", "allowBuilds")
                if key in table
            )
            yield Setting("trusted-scripts", name, Location(file.path, next(lines, 0)))


def _components(file: SourceFile, manifest: dict[str, Any], asked: dict[str, tuple[str, str, int]]) -> Iterator[Noun]:
    purls: set[str] = set()
    for name, (value, scope, line) in asked.items():
        want = wanted(name, value)
        source = want.source
        if source is not None and source.kind == "vcs":
            purl = npm(want.name, want.version, vcs_url=vcs_url(source))
        elif source is not None and source.kind == "url":
            purl = npm(want.name, want.version, download_url=source.url)
        else:
            purl = npm(want.name, want.version)
        purls.add(purl)
        yield Component(
            ecosystem="npm",
            name=want.name,
            version=want.version,
            purl=purl,
            origin=Origin.REQUIRED,
            pin=want.pin,
            locations=(Location(file.path, line),),
            requirement=redacted_url(want.requirement),
            scope=scope,
            source=source,
        )
    name, version = project_name(manifest, file.path.rpartition("/")[0])
    purl = npm(name, version)
    if purl not in purls:
        yield Component(
            ecosystem="npm",
            name=name,
            version=version,
            purl=purl,
            origin=Origin.PROJECT,
            pin=Pin.PATH,
            locations=(Location(file.path, 1),),
            source=Source("path", "."),
            dependencies=tuple(sorted(purls)),
        )


def _lock_of(file: SourceFile) -> str:
    """The name of the lockfile that governs the project; empty if there is none in the target."""
    for name in LOCKS:
        if file.sibling(name) is not None:
            return name
    if file.sibling(_BINARY) is not None:
        return _BINARY
    names = file.full_path.rstrip("/").split("/")[:-1] if file.tree.root else file.path.split("/")[:-1]
    folder = ""
    for depth in range(1, min(_MAX_PARENTS, len(names)) + 1):
        up = "../" * depth
        folder = f"{names.pop()}/{folder}".rstrip("/")
        lock = next((name for name in LOCKS if file.sibling(up + name) is not None), "")
        if lock and _holds(file, up, folder, lock):
            return lock
    return ""


def _holds(file: SourceFile, up: str, folder: str, lock: str) -> bool:
    """Whether the project around, whose lockfile is `lock`, has `folder` as a member of its workspace, or depends on it by its path."""
    if lock == "pnpm-lock.yaml" and (workspace := file.sibling(f"{up}pnpm-workspace.yaml")) is not None:
        try:
            documents = load(workspace.text(), workspace.path)
        except CollectError:
            return True  # that it cannot be read is told where it is read
        if documents and is_member(folder, globs(documents[0].value)):
            return True
    found = file.sibling(f"{up}package.json")
    if found is None:
        return lock == "deno.lock"
    try:
        around = parse(found.text(), found.path).value
    except CollectError:
        return False
    if not isinstance(around, dict):
        return False
    if is_member(folder, globs(around)):
        return True
    tables = [table for key in TABLES if isinstance(table := around.get(key), dict)]
    return any(
        isinstance(value, str) and value.startswith(("file:", "link:", "portal:")) and normalised(value.partition(":")[2]) == folder
        for table in tables
        for value in table.values()
    )
