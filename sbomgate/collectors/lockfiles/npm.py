"""What the lockfiles of npm's ecosystem have in common: how they name sources, and how rows become components."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64 as unbase64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, make_dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.integrity import STRONG, malformed_properties, parse_integrity
from sbomgate.collectors.lockfiles.provenance import credentials, filename, vcs, vcs_pin, vcs_url
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Component, Digest, Location, Origin, Pin, Problem, ProjectFile, Setting, Source
from sbomgate.purl import npm
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, conflict_marker, normalised, parse_json

ALIAS: Final = "sbomgate:npm:alias"
"""Property: the name that the package is installed under, where that is not its own."""
PATCH: Final = "sbomgate:npm:patch"
"""Property: what changes the package after it was fetched, as the lockfile names it."""
BUNDLED: Final = ("cdx:npm:package:bundled", "true")
"""Property: it lies inside the artifact of another package, whose hash is also its own."""
TABLES: Final = ("dependencies", "optionalDependencies", "devDependencies", "peerDependencies")
"""Where a project file states its requirements."""

_MAX_WANTED: Final = 4096  # what is longer is cut: `npm:a@npm:a@…` is read from the outside to the inside
_SCOPES: Final = ("runtime", "optional", "peer", "dev")  # the nearest first
_LOOSENESS: Final = tuple(Pin)
is_http: Final = re.compile(r"https?://", re.IGNORECASE).match
is_git: Final = re.compile(
    r"git(?:\+[a-z]+)?:|git@|ssh://|(?:github|gitlab|bitbucket|gist):|https?://(?:[^#]*\.git|(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)/[^/#]+/[^/#]+)(?:#|\Z)",
    re.IGNORECASE,
).match
_is_plain: Final = re.compile(r"(?:@[A-Za-z0-9._~-]+/)?[A-Za-z0-9._~-]+@[A-Za-z0-9._~-]+").fullmatch
_hosted_archive: Final = re.compile(
    r"(https?://)(?:codeload\.)?([^/@]+/[^/]+/[^/]+?)/(?:legacy\.)?(?:tar\.gz|get|archive)/([0-9a-f]{40})(?:\.tar\.gz)?(?:[?#]|\Z)"
).match
_version: Final = r"[0-9]{1,16}\.[0-9]{1,16}\.[0-9]{1,16}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_is_exact: Final = re.compile(rf"[v=\s]*({_version})\s*").fullmatch
_is_any: Final = re.compile(r"\s*(?:[*xX](?:\.[*xX])*|>=\s*0(?:\.0){0,2})?\s*").fullmatch
_is_range: Final = re.compile(r"[\s^~<>=vV|-]*(?:[0-9]+|[xX*])(?:\.(?:[0-9]+|[xX*])){0,2}(?:[-+.][0-9A-Za-z.+-]+)?(?:\s|\Z|\|)").match
_is_path: Final = re.compile(r"(?:file|link|portal|workspace|exec):|\.{1,2}(?:[\\/]|\Z)|~?[\\/]|[A-Za-z]:[\\/]").match
_is_shorthand: Final = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(?:#.*)?").fullmatch
_MARKER: Final = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: |\Z)").match

Noun = Component | Problem | ProjectFile | Setting | str
Pairs = tuple[tuple[str, str], ...]


class Wanted(NamedTuple):
    """What a project asks for under one name."""

    name: str
    """Of the package, where the name it is asked for under is an alias."""
    pin: Pin
    requirement: str
    """As written, without credentials."""
    version: str = ""
    source: Source | None = None


def wanted(name: str, text: str) -> Wanted:
    """What `"name": "text"` of a project file means. Source: `npm-package-arg`; for `workspace:` and its like, pnpm and Yarn."""
    text = text.strip()[:_MAX_WANTED]
    if text.startswith("npm:"):
        alias, version = split_locator(text[4:])
        if alias and not _is_range(text[4:]):
            return wanted(alias, version)
        text = text[4:]  # Yarn writes `npm:^1` for the package of the same name
    if text.startswith("patch:"):
        from urllib.parse import unquote

        inner, _, _ = text[6:].partition("#")
        alias, version = split_locator(unquote(inner))
        return wanted(alias or name, version)
    if text.startswith("jsr:"):
        return Wanted(name, Pin.RANGE, text)
    if text.startswith("workspace:") and "/" not in text:
        return Wanted(name, Pin.PATH, text)  # a member of the workspace, wherever it lies
    if _is_path(text):
        return Wanted(name, Pin.PATH, text, source=Source("path", normalised(text.partition(":")[2] if ":" in text[:10] else text)))
    if is_git(text) or _is_shorthand(text):
        source = git_source(text if is_git(text) else f"github:{text}")
        return Wanted(name, vcs_pin(source), redacted_url(text), source=source)
    if is_http(text):
        return Wanted(name, Pin.URL, redacted_url(text), source=Source("url", redacted_url(text)))
    if match := _is_exact(text):
        return Wanted(name, Pin.EXACT, "" if match[1] == text else text, match[1])
    if _is_any(text):
        return Wanted(name, Pin.NONE, text)
    if text.startswith("catalog:") or _is_range(text):
        return Wanted(name, Pin.RANGE, text)
    return Wanted(name, Pin.DIST_TAG, text)


def split_locator(text: str) -> tuple[str, str]:
    """Name and the rest of `@scope/name@rest`."""
    at = text.find("@", 1)
    return (text[:at], text[at + 1 :]) if at > 0 else (text, "")


def git_source(url: str, commit: str = "") -> Source:
    """The repository that `url` names, with what is asked for of it after `#`."""
    url, _, reference = url.partition("#")
    for part in reference.split("&"):  # Yarn: `#commit=…`, `#workspace=…&commit=…`
        if part.startswith("commit="):
            reference = part[7:]
    if is_http(url) or url.startswith(("ssh://", "file://")):
        url = f"git+{url}"  # as npm and the purl specification write it
    return vcs(url, commit, reference or commit)


def hosted_archive(url: str) -> Source | None:
    """The repository and commit that the archive at `url` is made of, where its address tells."""
    match = _hosted_archive(url)
    return vcs(f"git+{match[1]}{match[2]}", match[3], match[3]) if match else None


class Reader:
    """Takes the rows of one lockfile and what they need, and gives components: one for each package, version and source."""

    def __init__(self, file: SourceFile, origin: Origin = Origin.LOCKED, fix: str = "") -> None:
        self.file = file
        self.origin = origin
        self.fix = fix
        """How the tool writes its lockfile again."""
        self.nouns: list[Noun] = []
        self.components: dict[str, Any] = {}
        """purl → component that can still be filled; see `_draft`."""
        self.needs: dict[str, list[str]] = {}
        self.optional: dict[str, list[str]] = {}
        """Like `needs`, for what may be left out."""
        self.starts: dict[str, list[str]] = {scope: [] for scope in _SCOPES}
        """What projects ask for, by scope."""
        self.sources: dict[str, Source] = {}
        self._repeats: dict[str, list[tuple[tuple[Location, ...], tuple[Digest, ...], tuple[Artifact, ...], Pairs]]] = {}
        """purl → what further rows of it add; joined in the end, since a hostile file has a million of one package."""
        self._secrets: set[tuple[str, str]] = set()
        self._new = _draft()

    def problem(self, what: str, where: str, fix: str = "", path: str = "") -> None:
        self.nouns.append(Problem(path=path or self.file.path, what=what, where=where[:300], fix=fix or self.fix))

    def table(self, holder: Any, key: str, where: str = "") -> dict[str, Any]:
        """`holder[key]` if it is a table; an empty one if it is not there, or told to be something else."""
        value = holder.get(key)
        if value is None:
            return {}
        if type(value) is not dict:
            self.problem(f"expected table, found {type_name(value)}", f"{where}.{key}" if where else key)
            return {}
        return value

    def text(self, holder: Any, key: str, where: str) -> str:
        """`holder[key]` if it is text; empty if it is not there, or told to be something else."""
        value = holder.get(key)
        if value is None:
            return ""
        if type(value) is not str:
            if type(value) in (int, float):  # YAML and JSON know numbers; a version or a range is written like one
                return str(value)
            self.problem(f"expected string, found {type_name(value)}", f"{where}.{key}" if where else key)
            return ""
        return value

    def flag(self, holder: Any, key: str, where: str) -> bool:
        value = holder.get(key)
        if value is not None and type(value) is not bool:
            self.problem(f"expected boolean, found {type_name(value)}", f"{where}.{key}" if where else key)
            return False
        return value is True

    def texts(self, holder: Any, key: str, where: str) -> dict[str, str]:
        """The table `holder[key]` of names and texts, without what is none."""
        table = self.table(holder, key, where)
        if all(type(value) is str for value in table.values()):
            return table
        return {name: self.text(table, name, f"{where}.{key}" if where else key) for name in table}

    def integrity(self, value: Any, where: str) -> tuple[tuple[Digest, ...], Pairs, Pin]:
        """Digests, properties and pin of a package with this Subresource Integrity value; None is none."""
        if value is None:
            return (), (), Pin.EXACT
        try:  # the form that all have written for years
            if value[:7] == "sha512-" and len(raw := unbase64(value[7:], strict_mode=True)) == 64:
                return (tuple.__new__(Digest, ("sha512", raw.hex())),), (), Pin.HASHED
        except (Base64Error, ValueError, TypeError, KeyError):
            pass
        if type(value) is not str:
            self.problem(f"expected string, found {type_name(value)}", where)
            return (), (), Pin.EXACT
        digests, malformed = parse_integrity(value)
        strong = any(digest.alg in STRONG for digest in digests)
        return digests, malformed_properties(malformed), Pin.HASHED if strong else Pin.EXACT

    def tell_credentials(self, url: str, line: int) -> None:
        """A Setting for a secret in `url`, once for each host."""
        if secret := credentials(url):
            key = (secret, redacted_url(url).partition("***@")[2].partition("/")[0])
            if key not in self._secrets:
                self._secrets.add(key)
                self.nouns.append(Setting("credentials", secret, Location(self.file.path, line)))

    def index(self, url: str, name: str) -> Source:
        """The registry that serves the tarball at `url`, which is a version of `name`."""
        cut = url.find("/-/")
        known = self.sources.get(url[: cut - len(name)]) if cut > 0 else None
        if known is not None:
            return known
        clean = redacted_url(url)
        end = f"/{name}/-/"
        if end not in clean and "%" in clean:
            end = f"/{name.replace('/', '%2f')}/-/" if "%2f" in clean else f"/{name.replace('/', '%2F')}/-/"
        source = Source("index", clean[: clean.find(end) + 1] if end in clean else "/".join(clean.split("/", 3)[:3]) + "/")
        if cut > 0 and clean == url and url[cut - len(name) : cut] == name:
            self.sources[url[: cut - len(name)]] = source
        return source

    def artifact(self, url: str, digests: tuple[Digest, ...]) -> tuple[Artifact, ...]:
        """The one tarball at `url`, or the one of these digests where no address is known."""
        if url:
            plain = "?" not in url and "@" not in url and "%" not in url and "#" not in url
            return (Artifact(url, url[url.rfind("/") + 1 :], digests) if plain else Artifact(redacted_url(url), filename(url), digests),)
        return (tuple.__new__(Artifact, ("", "", digests, 0)),) if digests else ()

    def add(
        self,
        name: str,
        version: str,
        line: int,
        pin: Pin,
        *,
        digests: tuple[Digest, ...] = (),
        artifacts: tuple[Artifact, ...] = (),
        source: Source | None = None,
        scope: str = "runtime",
        script: bool = False,
        properties: Pairs = (),
        purl: str = "",
    ) -> str:
        """Take a row; gives the purl of its component. Rows of one package, version and source become one.

        `purl`: for what a lockfile names but no npm registry serves.
        """
        ecosystem = "npm"
        if purl:
            ecosystem = purl[4 : purl.index("/")]
        elif _is_plain(text := f"{name}@{version}") and (source is None or source.kind in ("index", "path")):
            purl = f"pkg:npm/%40{text[1:]}" if text[0] == "@" else f"pkg:npm/{text}"
        elif source is None or source.kind in ("index", "path"):
            purl = npm(name, version)
        elif source.kind == "vcs":
            purl = npm(name, version, vcs_url=vcs_url(source))
        else:
            purl = npm(name, version, download_url=source.url)
        if source is not None and source.kind != "index" and pin is not Pin.HASHED:
            pin = vcs_pin(source) if source.kind == "vcs" else Pin.URL if source.kind == "url" else Pin.PATH
        place = tuple.__new__(Location, (self.file.path, line))
        known = self.components.get(purl)
        if known is None:
            self.components[purl] = self._new(
                ecosystem, name, version, purl, self.origin, pin, (place,), "", scope, (), digests, artifacts, source, (), script, None,
                None, properties,
            )  # fmt: skip
            return purl
        if known.origin is Origin.PROJECT:
            return purl
        known.pin = max(known.pin, pin, key=_LOOSENESS.index)
        known.scope = min(known.scope, scope, key=_SCOPES.index)
        known.install_script = known.install_script or script
        known.source = known.source or source
        self._repeats.setdefault(purl, []).append(((place,), digests, artifacts, properties))
        return purl

    def add_property(self, purl: str, pair: tuple[str, str]) -> None:
        if (known := self.components.get(purl)) is not None and pair not in known.properties:
            self._repeats.setdefault(purl, []).append(((), (), (), (pair,)))

    def add_project(self, name: str, version: str, folder: str, line: int) -> str:
        """Take the root, a workspace member or a linked folder: code of the target itself, or next to it. Gives its purl."""
        purl = npm(name, version)
        place = Location(self.file.path, line)
        known = self.components.get(purl)
        if known is None:
            self.components[purl] = self._new(
                "npm", name, version, purl, Origin.PROJECT, Pin.PATH, (place,), "", "runtime", (), (), (), Source("path", folder or "."), (),
                False, None, None, (),
            )  # fmt: skip
        elif known.origin is Origin.PROJECT:
            self._repeats.setdefault(purl, []).append(((place,), (), (), ()))
        else:  # its own code is what is scanned, whatever a registry has under its name
            known.origin, known.source = Origin.PROJECT, Source("path", folder or ".")
        return purl

    def needed(self, project: str, purl: str, scope: str) -> None:
        """Note that `project` asks for `purl`."""
        self.needs.setdefault(project, []).append(purl)
        self.starts[scope].append(purl)

    def finish(self, *, scoped: bool) -> list[Noun]:
        """All nouns; `scoped` finds out by the edges what is only optional or only for development."""
        if scoped:
            self._find_scopes()
        components = self.components
        for purl, rows in self._repeats.items():
            component = components[purl]
            component.locations = tuple(dict.fromkeys((*component.locations, *(place for row in rows for place in row[0]))))
            component.hashes = tuple(dict.fromkeys((*component.hashes, *(digest for row in rows for digest in row[1]))))
            component.artifacts = tuple(dict.fromkeys((*component.artifacts, *(artifact for row in rows for artifact in row[2]))))
            component.properties = tuple(sorted({*component.properties, *(pair for row in rows for pair in row[3])}))
        for purl, component in components.items():
            found = self.needs.get(purl)
            if more := self.optional.get(purl):
                found = [*(found or ()), *more]
            if found:
                component.dependencies = tuple(sorted({need for need in found if need in components and need != purl}))
        for component in components.values():
            component.__class__ = Component
        self.nouns += components.values()
        return self.nouns

    def _find_scopes(self) -> None:
        """The nearest scope of each package; what nobody asks for stays `runtime`, it cannot be said to be less."""
        projects = {purl for purl, component in self.components.items() if component.origin is Origin.PROJECT}
        seen: set[str] = set()
        for scope in _SCOPES:
            pending = [purl for purl in self.starts[scope] if purl not in seen]
            if scope == "optional":
                pending += [need for purl in seen for need in self.optional.get(purl, ()) if need not in seen]
            found = set(pending) - projects
            pending = list(found)
            while pending:
                purl = pending.pop()
                edges = (*self.needs.get(purl, ()), *self.optional.get(purl, ())) if scope != "runtime" else self.needs.get(purl, ())
                for need in edges:
                    if need not in found and need not in seen and need not in projects:
                        found.add(need)
                        pending.append(need)
            if scope != "runtime":
                for purl in found:
                    if (component := self.components.get(purl)) is not None:
                        component.scope = scope
            seen |= found

    def manifest(self, folder: str) -> dict[str, Any]:
        """The package.json in `folder`, relative to the lockfile's own; an empty table if there is none, or it cannot be read."""
        found = self.file.sibling(f"{folder}/package.json" if folder not in ("", ".") else "package.json")
        if found is None:
            return {}
        try:
            document = parse_json(found.text(), found.path)
        except CollectError as error:
            self.problem(error.what, error.where, error.fix, path=error.path)
            return {}
        return document if type(document) is dict else {}


def project_name(manifest: dict[str, Any], folder: str) -> tuple[str, str]:
    """Name and version of a project: those of its package.json, or the name of its folder."""
    name, version = manifest.get("name"), manifest.get("version")
    base = folder.rstrip("/").rpartition("/")[2].strip(".")
    return name if isinstance(name, str) and name else base or "project", version if isinstance(version, str) else ""


def member_lines(text: str, table: str, repeated: Callable[[str, int], None], depth: int = 1) -> dict[str, int]:
    """Key → line of the members of `table`, which stands `depth` levels deep in a JSON text that its tool indented by two.

    `repeated(key, line)` is told of a key that stands there twice. A row that stands otherwise has no line.
    """
    indent = "  " * depth
    at = text.find(f'\n{indent}"{table}": {{') + 1
    lines: dict[str, int] = {}
    if not at:
        return lines
    line = text.count("\n", 0, at) + 1
    end = text.find(f"\n{indent}}}", at)
    for match in re.compile(rf'^{indent}  "((?:[^"\\\n]|\\.)*+)":', re.MULTILINE).finditer(text, at, end if end > 0 else len(text)):
        line += text.count("\n", at, match.start())
        at = match.start()
        if match[1] in lines:
            repeated(match[1], line)
        lines[match[1]] = line
    return lines


def read_sides(file: SourceFile, read: Callable[[str], Iterable[Noun]]) -> Iterator[Noun]:
    """What `read` finds in the text of `file`; with a merge conflict in it, what it finds in either side."""
    text = file.text()
    marker = conflict_marker(text)
    if not marker:
        yield from read(text)
        return
    where = marker.partition(":")[0]
    yield Problem(path=file.path, what="merge-conflict marker; both sides were read", where=where, fix="resolve the conflict")
    found: dict[Noun, None] = {}
    for side in sides(text):
        try:
            found |= dict.fromkeys(read(side))
        except CollectError as error:
            found[Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)] = None
    yield from found


def sides(text: str) -> tuple[str, str]:
    """Both sides of the conflicts in `text`; empty lines stand for what is not of a side, so that lines keep their numbers."""
    ours: list[str] = []
    theirs: list[str] = []
    part = ""
    for line in text.split("\n"):
        match = _MARKER(line.rstrip("\r"))
        if match and (part or match[1][0] == "<"):
            part = match[1][0] if match[1][0] != ">" else ""
            line = ""
        ours.append(line if part in ("", "<") else "")
        theirs.append(line if part in ("", "=") else "")
    return "\n".join(ours), "\n".join(theirs)


@cache
def _draft() -> Any:
    """A class of the same layout as Component whose instances can be filled, and then be made Components.

    A frozen dataclass fills itself through `object.__setattr__`, which costs seven times as much as an assignment.
    Assigning `__class__` is allowed between classes with equal slots, and the result cannot be told from a Component that
    was built the usual way.
    """
    names = [part.name for part in fields(Component)]
    plain = {"__setattr__": object.__setattr__}
    return make_dataclass("Component", names, bases=Component.__bases__, namespace=plain, slots=True, repr=False, eq=False)
