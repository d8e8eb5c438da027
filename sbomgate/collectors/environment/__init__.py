"""A Python environment: its distributions, their files, and what runs when its interpreter starts.

Only files are read. The interpreter of the environment is never started, nothing of it is imported, and its version
and platform are told from pyvenv.cfg, folder names and wheel tags.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from sbomgate import purl
from sbomgate.collectors.agents import instruction_names
from sbomgate.collectors.environment import edges, installed_files, metadata, record
from sbomgate.collectors.environment.layout import Layout, find_layout
from sbomgate.custody_model import Ledger
from sbomgate.errors import CollectError
from sbomgate.model import Component, Environment, Installation, Location, Origin, Pin, Problem, Provides, Source
from sbomgate.tree import Entry, SourceFolder, Tree, normalised

if TYPE_CHECKING:
    from sbomgate.collectors import Noun

_SBOMS = "sboms"
_TEXTS = (*instruction_names.ENDINGS, *(ending.upper() for ending in instruction_names.ENDINGS))
_AT_START = ("pth", "start", "sitecustomize", "usercustomize")
_MACHINES = ("x86_64", "aarch64", "arm64", "amd64", "i686", "armv7l", "ppc64le", "s390x")
_PLATFORMS = (("win", "win32"), ("macosx", "darwin"), ("manylinux", "linux"), ("musllinux", "linux"), ("linux", "linux"))


@dataclass(slots=True)
class _Distribution:
    component: Component
    headers: metadata.Headers
    owner: record.Owner
    platform_tags: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    """What of its metadata could not be read; what could, still counts."""


class _Listing(NamedTuple):
    """What a `.dist-info` lists, before the remainder of it is read."""

    owner: record.Owner
    problems: list[Problem]


def collect(folder: SourceFolder) -> Iterator[Noun]:
    """Yield components, deviating files, hooks, problems and notes of the environment or site folder at `folder`."""
    layout = find_layout(folder)
    yield _environment(layout)
    if layout.virtual or layout.conda:
        from sbomgate.collectors.environment import hooks

        yield from hooks.collect_pyvenv(folder.tree, layout.root)
    if layout.system_sites:
        yield f"{layout.root or '.'}: include-system-site-packages is on; what the base interpreter adds is outside the target and was not read"
    if layout.python is None:
        yield f"{layout.root or '.'}: no file tells the version of Python; what depends on it is told for every version"
    for link in layout.linked:
        yield Problem(
            path=link, what="site folder behind a symbolic link is not followed", fix="name what it leads to as a target of its own"
        )
    for site in layout.sites:
        try:
            yield from _collect_site(folder, layout, site)
        except CollectError as error:
            yield _problem(error)


def _environment(layout: Layout) -> Environment:
    return Environment(
        root=layout.root,
        # where both are read, `sys.platlibdir` is lib64 and comes first; Debian puts local/lib first. Source: `site.getsitepackages`
        sites=tuple(sorted(layout.sites, key=lambda site: (f"{site}/".find("local/lib/") < 0, f"/{site}/".find("/lib64/") < 0))),
        python=".".join(map(str, layout.python)) if layout.python else "",
        implementation=layout.implementation,
        virtual=layout.virtual,
        system_sites=layout.system_sites,
    )


def _collect_site(folder: SourceFolder, layout: Layout, site: str) -> Iterator[Noun]:
    from sbomgate.collectors.environment import hooks

    entries = folder.tree.entries(site)
    listings = {
        entry.name: _read_listing(folder, f"{site}/{entry.name}" if site else entry.name) for entry in entries if _is_dist_info(entry)
    }
    with installed_files.begin(folder, site, [listing.owner for listing in listings.values()]) as work:
        distributions: list[_Distribution] = []
        for entry in entries:
            try:
                found = _read_distribution(folder, site, entry, listings.get(entry.name))
            except CollectError as error:
                yield _problem(error)
                continue
            if isinstance(found, _Distribution):
                distributions.append(found)
                yield from found.problems
                yield from _mismatch(found)
            elif found is not None:
                yield found
        claimants = [distribution.owner for distribution in distributions]
        claims = installed_files.claim(folder, layout, site, claimants, work) if folder.files else None
        owners = claims.owners if claims else {path: owner.purl for owner in claimants for path in _listed(site, owner)}
        excused = set()
        added: list[str] = []
        reached: set[str] = set()
        started: set[str] = set()
        for hook in hooks.collect_hooks(folder.tree, site, python=layout.python, owners=owners, judge=folder.files):
            if not isinstance(hook, (Problem, str)):
                excused.add(hook.location.path)
                started |= {hook.location.path} if hook.kind in _AT_START else set()
                added += hook.adds_paths
                reached |= {item.location.path for item in hook.capabilities}
            yield hook
        verification = installed_files.Verification()
        if claims:
            from sbomgate.collectors.environment import writable

            yield from writable.collect_writable(folder.tree, layout, site, started, added)
            yield from _import_surface(folder, layout, site, claims, added, reached, complete=all(item.rows for item in claimants))
        if folder.licences:
            yield from _read_licences(folder.tree, distributions)
        components = list(_components(folder.tree, layout, distributions))  # all that can be done before the last file is hashed
        if claims:
            verification = installed_files.verify(folder, layout, site, claimants, frozenset(excused), claims, work)
    yield from verification.problems
    yield from verification.notes
    yield from verification.facts
    yield _provides(site, claimants)
    if told := sorted({pair for owner in claimants for pair in _instructions(site, owner)}):
        from sbomgate.collectors.agents.instructions import packaged

        yield from packaged(folder.tree, told)
    if folder.ledger:
        markers = tuple(sorted(edges.marker_environment(layout.python, *_platform(layout, distributions), layout.implementation).items()))
        requires = tuple((item.component.name, tuple(item.headers.requires)) for item in distributions)
        yield Ledger(layout.prefix, layout.windows, site, markers, verification.files, requires)
    proven = _proven(distributions, verification) if folder.verify else frozenset()
    for noun in components:
        yield _as_verified(noun) if isinstance(noun, Component) and _metadata_path(noun) in proven else noun
    if folder.verify:
        yield verification.verified


def _import_surface(
    folder: SourceFolder, layout: Layout, site: str, claims: installed_files.Claims, added: list[str], reached: set[str], *, complete: bool
) -> Iterator[Noun]:
    """What an import finds that is not what its name says, and what activation makes other programs load.

    `added`: path lines of hooks; `reached`: files that a hook runs; `complete`: every file that has an owner is known to.
    """
    from sbomgate.collectors.environment import shadows

    if site == layout.sites[0]:
        from sbomgate.collectors.environment import activation, programs

        yield from activation.collect_activation(folder.tree, layout, claims.owners)
        yield from programs.collect_programs(folder.tree, layout)
    yield from shadows.collect_shadows(folder.tree, layout, site, claims.present, claims.owners, added, complete=complete)
    if folder.verify:
        from sbomgate.collectors.environment import bytecode

        yield from bytecode.collect_bytecode(folder.tree, layout, site, claims.present, claims.owners, reached)


def _provides(site: str, owners: list[record.Owner]) -> Provides:
    """The names under which what is installed can be imported and called, as the RECORDs list the files."""
    modules: dict[str, str] = {}
    programs: dict[str, str] = {}
    for owner in owners:
        tops = {row[0].partition("/")[0] for row in owner.rows}
        if ".." in tops:
            for row in owner.rows:
                if row[0].startswith("../") and (match := _PROGRAM.search(row[0])):
                    programs[match[1]] = owner.purl
        for top in tops:
            name = top.partition(".")[0]
            if name.isidentifier() and top.endswith((name, ".py", ".so", ".pyd")):
                modules[name] = owner.purl if modules.get(name, owner.purl) == owner.purl else ""
    return Provides(site, programs, modules)


_PROGRAM: Final = re.compile(r"/(?:bin|Scripts)/([^/]+?)(?:\.exe|-script\.py)?\Z")


def _listed(site: str, owner: record.Owner) -> Iterator[str]:
    prefix = f"{site}/" if site else ""
    return (prefix + row[0] for row in owner.rows)


def _instructions(site: str, owner: record.Owner) -> Iterator[tuple[str, str]]:
    """The files of a distribution that agents take up as instructions, each with its purl."""
    prefix = f"{site}/" if site else ""
    for row in owner.rows:
        if row[0].endswith(_TEXTS) and instruction_names.named(row[0]) is not None:
            path = normalised(prefix + row[0].replace("\\", "/"))
            if not path.startswith(("../", "/")):
                yield path, owner.purl


def _proven(distributions: list[_Distribution], verification: installed_files.Verification) -> frozenset[str]:
    """Metadata paths of the distributions of which every file was hashed and is as RECORD says."""
    paths = (item.owner.metadata_path for item in distributions if item.owner.state == "present" and not item.problems)
    return frozenset(paths) - verification.deviating_owners


def _metadata_path(component: Component) -> str:
    return component.installation.metadata_path if component.installation else ""


def _as_verified(component: Component) -> Component:
    assert component.installation is not None, "it was found by its metadata path"
    return replace(component, installation=replace(component.installation, verified=True))


def _components(tree: Tree, layout: Layout, distributions: list[_Distribution]) -> Iterator[Component | Problem | str]:
    platform, machine = _platform(layout, distributions)
    environment = edges.marker_environment(layout.python, platform, machine, layout.implementation)
    needs, extras = edges.resolve([(item.component.name, item.headers.requires) for item in distributions], environment)
    purls: dict[str, set[str]] = {}
    for item in distributions:
        purls.setdefault(item.component.name, set()).add(item.component.purl)
    for item, names in zip(distributions, needs, strict=True):
        component = item.component
        bundled: tuple[str, ...] = ()
        if item.owner.metadata_path.endswith(".dist-info") and tree.kind(f"{item.owner.metadata_path}/{_SBOMS}"):
            from sbomgate.collectors.environment.nested_sboms import read_nested

            nouns, bundled = read_nested(tree, item.owner.metadata_path, component.purl)
            yield from nouns
        asked = tuple(("cdx:python:package:required-extra", extra) for extra in sorted(extras.get(component.name, ())))
        yield replace(
            component,
            dependencies=tuple(sorted({target for name in names for target in purls[name]}.union(bundled) - {component.purl})),
            properties=tuple(sorted({*component.properties, *asked})),
        )


def _read_licences(tree: Tree, distributions: list[_Distribution]) -> list[Problem]:
    """Note the licence files of each distribution with its metadata; what could not be read of them."""
    from sbomgate.collectors.licence_files import Reader

    reader = Reader(tree)
    for item in distributions:
        known = item.component.metadata
        if known is not None and item.owner.metadata_path.endswith(".dist-info"):
            found = reader.of_distribution(item.owner.metadata_path, item.headers.license_files)
            item.component = replace(item.component, metadata=replace(known, licence_files=found))
    return reader.problems


def _is_dist_info(entry: Entry) -> bool:
    return entry.kind == "folder" and entry.name.lower().endswith(".dist-info") and not entry.name.startswith("~")


def _read_listing(folder: SourceFolder, path: str) -> _Listing:
    """What RECORD of the `.dist-info` at `path` lists: read before all other metadata, so that hashing can begin."""
    listing = _Listing(record.Owner("", path), [])
    owner = listing.owner
    if folder.tree.kind(f"{path}/RECORD"):
        try:
            owner.rows.extend(record.parse_record(folder.tree.read(f"{path}/RECORD", record.MAX_RECORD)))  # rows before a broken one count
        except CollectError as error:
            listing.problems.append(_problem(error))
        except ValueError as error:
            listing.problems.append(
                Problem(path=f"{path}/RECORD", what=f"RECORD is not readable ({error})", fix="install the distribution again")
            )
        owner.state = "present" if owner.rows else "empty"
    return listing


def _read_distribution(folder: SourceFolder, site: str, entry: Entry, listing: _Listing | None) -> _Distribution | str | None:
    """The distribution whose metadata `entry` is; a note for a left-over; None for anything else."""
    name = entry.name.lower()  # as importlib.metadata compares it
    path = f"{site}/{entry.name}" if site else entry.name
    if name.startswith("~") and name.endswith((".dist-info", ".egg-info")):
        return f"{path}: left over from an uninstallation that did not finish; not an installed distribution"
    if listing is not None:
        return _from_dist_info(folder, site, path, listing)
    if name.endswith(".egg-info") and entry.kind in ("folder", "file"):
        return _from_egg_info(folder, site, path, f"{path}/PKG-INFO" if entry.kind == "folder" else path)
    if name.endswith(".egg") and entry.kind == "folder" and folder.tree.kind(f"{path}/EGG-INFO") == "folder":
        return _from_egg_info(folder, site, path, f"{path}/EGG-INFO/PKG-INFO")
    if name.endswith(".egg-link") and entry.kind == "file":
        return _from_egg_link(folder, site, path)
    if name.endswith((".dist-info", ".egg-info", ".egg-link")) or (name.endswith(".egg") and entry.kind == "link"):
        raise CollectError("metadata that is no regular file or folder", path, fix="install the distribution again")
    return None


def _from_dist_info(folder: SourceFolder, site: str, path: str, listing: _Listing) -> _Distribution:
    tree = folder.tree
    headers = metadata.parse_headers(tree.read(f"{path}/METADATA", metadata.MAX_METADATA))
    name, version = _identity(headers, path)
    problems: list[Problem] = []
    direct = origin = None
    try:
        direct = metadata.read_direct_url(tree, f"{path}/direct_url.json")
        if direct is None:  # PEP 710: there is never both
            origin = metadata.read_provenance_url(tree, f"{path}/provenance_url.json")
    except CollectError as error:
        problems.append(_problem(error))
    owner = listing.owner
    problems += listing.problems
    if owner.state != "present":
        owner.tops = _tops(folder, path, name, problems)
    installer = _small(folder, f"{path}/INSTALLER", problems).strip()
    wheel = _small(folder, f"{path}/WHEEL", problems)
    tags = tuple(line.rpartition("-")[2].strip() for line in wheel.splitlines() if line.startswith("Tag:"))
    component = _component(name, version, path, f"{path}/METADATA", site, headers, direct, owner, installer)
    if origin is not None:
        component = replace(component, hashes=origin.digests, artifacts=(origin,))
    owner.purl = component.purl
    return _Distribution(component, headers, owner, tags, problems)


def _small(folder: SourceFolder, path: str, problems: list[Problem]) -> str:
    """A short text file of the metadata; empty if there is none, or, told to `problems`, if it cannot be read."""
    if not folder.tree.kind(path):
        return ""
    try:
        return folder.tree.read(path, 2**20).decode("utf-8", "replace")
    except CollectError as error:
        problems.append(_problem(error))
        return ""


def _tops(folder: SourceFolder, path: str, name: str, problems: list[Problem]) -> frozenset[str]:
    """The top-level names that a distribution without RECORD may own: its own, and those of top_level.txt."""
    lines = _small(folder, f"{path}/top_level.txt", problems).splitlines()
    return frozenset({name, *(purl.canonical_name(line.strip()) for line in lines if line.strip())})


def _mismatch(found: _Distribution) -> Iterator[str]:
    """A note if the folder of a distribution is named for another one: installers and `importlib.metadata` go by the folder."""
    path = found.owner.metadata_path
    folder_name = path.rpartition("/")[2].partition("-")[0]
    if path.lower().endswith(".dist-info") and purl.canonical_name(folder_name) != found.component.name:
        yield f"{path}: METADATA says {found.component.name}, the folder is named for another distribution; told by its METADATA"


def _component(
    name: str,
    version: str,
    path: str,
    metadata_file: str,
    site: str,
    headers: metadata.Headers,
    direct: metadata.DirectUrl | None,
    owner: record.Owner,
    installer: str,
) -> Component:
    pin, source, properties = Pin.EXACT, None, []
    qualifiers: dict[str, str] = {}
    if direct is not None:
        source = direct.source
        if source.kind == "vcs":
            pin = Pin.VCS_COMMIT if source.commit else Pin.VCS_REF
            qualifiers["vcs_url"] = source.url + (f"@{source.commit}" if source.commit else "")
            properties.append(("cdx:python:package:source:vcs:commit_id", source.commit))
            properties.append(("cdx:python:package:source:vcs:requested_revision", source.reference))
        elif source.kind == "url":
            pin = Pin.HASHED if direct.hashes else Pin.URL
            qualifiers["download_url"] = source.url
        else:
            pin = Pin.PATH
            properties.append(("cdx:python:package:source:local:editable", "true" if direct.editable else "false"))
        properties.append(("cdx:python:package:source:subdirectory", direct.subdirectory))
    return Component(
        ecosystem="pypi",
        name=name,
        version=version,
        purl=purl.pypi(name, version, **qualifiers),
        origin=Origin.INSTALLED,
        pin=pin,
        locations=(Location(metadata_file),),
        hashes=direct.hashes if direct else (),
        source=source,
        metadata=metadata.described(headers),
        installation=Installation(
            site=site,
            metadata_path=path,
            installer=installer,
            editable=bool(direct and direct.editable),
            record=owner.state,
            files=len(owner.rows),
            content_digest=record.content_digest(owner),
        ),
        properties=tuple(sorted(item for item in properties if item[1])),
    )


def _from_egg_info(folder: SourceFolder, site: str, path: str, metadata_file: str) -> _Distribution:
    headers = metadata.parse_headers(folder.tree.read(metadata_file, metadata.MAX_METADATA))
    name, version = _identity(headers, path)
    problems: list[Problem] = []
    beside = metadata_file.rpartition("/")[0]
    if not headers.requires and metadata_file != path:
        headers.requires = _egg_requires(_small(folder, f"{beside}/requires.txt", problems))
    tops = _tops(folder, beside, name, problems) if metadata_file != path else frozenset({name})
    owner = record.Owner(
        "", path, tops=tops | {purl.canonical_name(path.rpartition("/")[2].partition(".")[0])} if path.lower().endswith(".egg") else tops
    )
    component = _component(name, version, path, metadata_file, site, headers, None, owner, "")
    owner.purl = component.purl
    return _Distribution(component, headers, owner, (), problems)


def _egg_requires(text: str) -> list[str]:
    """The lines of requires.txt as Requires-Dist would say them: `[extra:marker]` heads the lines below it."""
    lines, condition = [], ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
            parts = [f"({marker})"] if marker else []
            parts += [f'extra == "{extra}"'] if extra else []
            condition = " and ".join(parts)
        elif line and not line.startswith("#"):
            lines.append(f"{line} ; {condition}" if condition else line)
    return lines


def _from_egg_link(folder: SourceFolder, site: str, path: str) -> _Distribution:
    """`setup.py develop`: the code lies elsewhere, usually outside the target; name and place are all that is here."""
    first = folder.tree.read(path, 2**16).decode("utf-8", "replace").partition("\n")[0].strip()
    name = purl.canonical_name(path.rpartition("/")[2][: -len(".egg-link")])
    if not name:
        raise CollectError("metadata without a name", path, fix="install the distribution again")
    direct = metadata.DirectUrl(Source("path", f"file:.../{first.replace(chr(92), '/').rstrip('/').rpartition('/')[2]}"), editable=True)
    owner = record.Owner("", path)
    headers = metadata.Headers()
    component = _component(name, "", path, path, site, headers, direct, owner, "")
    owner.purl = component.purl
    return _Distribution(component, headers, owner)


def _identity(headers: metadata.Headers, path: str) -> tuple[str, str]:
    """Normalised name and version from the metadata; from the folder's name if the metadata has none."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    folder_name, _, rest = stem.partition("-")
    name = headers.single.get("Name", "") or folder_name
    version = headers.single.get("Version", "") or rest.partition("-py")[0]
    if not name or not version:
        raise CollectError("metadata without name or version", path, fix="install the distribution again")
    return purl.canonical_name(name), version


def _platform(layout: Layout, distributions: list[_Distribution]) -> tuple[str, str]:
    """(`linux` · `darwin` · `win32`, machine) of the environment, from most of its wheels; empty where they do not tell."""
    votes: Counter[tuple[str, str]] = Counter()
    for item in distributions:
        for tag in item.platform_tags:
            platform = next((platform for start, platform in _PLATFORMS if tag.startswith(start)), "")
            if platform:
                machine = next((name for name in _MACHINES if tag.endswith(name)), "")
                votes[platform, "AMD64" if machine == "amd64" else machine] += 1
                break  # one vote each: a single wheel must not decide what holds for all
    if layout.windows:
        votes = Counter({pair: count for pair, count in votes.items() if pair[0] == "win32"})
    return min(votes, key=lambda pair: (-votes[pair], pair), default=("win32" if layout.windows else "", ""))


def _problem(error: CollectError) -> Problem:
    return Problem(path=error.path, where=error.where, what=error.what, fix=error.fix)
