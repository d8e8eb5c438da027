"""The known-good manifest: what an inventory is compared with.

A manifest is a CycloneDX document like any other; `reporters.cyclonedx` writes it. What CycloneDX has no field for
stands in properties whose names are listed here, so that writer and reader cannot drift apart. A document of another
tool is compared as far as it goes, and what it cannot tell is told.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final

from sbomgate.errors import CollectError
from sbomgate.inventory import merge
from sbomgate.model import Inventory, Location, Noun, Origin, Server, StartupHook, noun
from sbomgate.purl import pattern as purl_pattern
from sbomgate.purl import without_version
from sbomgate.text import without_surrogates

MAX_DOCUMENT: Final = 256 * 2**20
MAX_COMPONENTS: Final = 1_000_000
HASH_NAMES: Final = {
    "md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
    "sha3_256": "SHA3-256", "sha3_384": "SHA3-384", "sha3_512": "SHA3-512",
}  # fmt: skip
"""hashlib's name → CycloneDX's, for the algorithms that both know."""
_DIGEST_LENGTHS: Final = frozenset({32, 40, 64, 96, 128})
"""The digests that CycloneDX has a place for."""

_SUBJECT: Final = "metadata.component"
_AND: Final = " and "
"""Between the values of a fact that several of one key have."""
AGENT: Final = "sbomgate:agent"
COMPLETE: Final = "sbomgate:complete"
CONTENT: Final = "sbomgate:content-digest"
GROUP: Final = "sbomgate:group"
HOOK: Final = "sbomgate:hook:"
INSTALLER: Final = "sbomgate:installer"
AUTHOR_SOURCE: Final = "sbomgate:author-source"
ORIGIN: Final = "sbomgate:origin"
PIN: Final = "sbomgate:pin"
PROBLEM: Final = "sbomgate:problem"
REQUIREMENT: Final = "sbomgate:requirement"
SERVER: Final = "sbomgate:server:"
UNKNOWN: Final = "sbomgate:unknown"
"""A field that the author of the document does not know; repeated, and never filled by an invented value."""


@noun
class Package(Noun):
    """A component as a manifest knows it."""

    purl: str
    version: str
    hashes: frozenset[tuple[str, str]]
    """(CycloneDX algorithm, hex)."""
    content: str
    """The content digest of the installation; empty when there is none."""
    agent: bool
    location: Location
    bundled: bool = False
    """Inside the artifact of another package, as that one's SBOM says."""


@noun
class Known(Noun):
    """A hook or a server as a manifest knows it: a key, and facts that must stay the same."""

    key: str
    facts: tuple[tuple[str, str], ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One side of a comparison."""

    path: str
    packages: Mapping[str, tuple[Package, ...]] = field(default_factory=dict)
    """purl without version → its versions, sorted."""
    hooks: Mapping[str, Known] = field(default_factory=dict)
    servers: Mapping[str, Known] = field(default_factory=dict)
    native: bool = True
    """Written by sbomgate: knows of hooks, servers and content. False: an SBOM of another tool."""
    complete: bool = True
    unnamed: int = 0
    """Components without a purl: they cannot be compared."""


@noun
class Change(Noun):
    """One difference between two manifests."""

    kind: str
    """`added` · `removed` · `version` · `hash` · `content` · `hook-added` · `hook-changed` · `hook-removed` ·
    `server-added` · `server-changed` · `server-removed`."""
    subject: str
    """purl, path of the hook, or name of the server."""
    detail: str
    """From what to what."""
    location: Location
    agent: bool = False
    digest: str = ""
    bundled: bool = False
    """Of a component inside an artifact: it came and went with that one, of which there is a change of its own."""


def is_digest(text: str) -> bool:
    """Whether `text` can be the content of a CycloneDX hash: lower-case hex of a length that the schema knows."""
    try:
        return len(text) in _DIGEST_LENGTHS and unhexlify(text).hex() == text  # a fifth of the time of looking at each character
    except ValueError:
        return False


def from_inventory(inventory: Inventory) -> Manifest:
    """What a manifest of `inventory` would say."""
    packages: dict[str, list[Package]] = {}
    for item in merge(inventory.components):
        hashes = frozenset(
            (HASH_NAMES[digest.alg], digest.value) for digest in item.hashes if digest.alg in HASH_NAMES and is_digest(digest.value)
        )
        content = item.installation.content_digest if item.installation else ""
        package = Package(
            purl=item.purl,
            version=without_surrogates(item.version),
            hashes=hashes,
            content=content,
            agent=item.purl in inventory.agent,
            location=item.locations[0],
            bundled=item.origin is Origin.BUNDLED,
        )
        packages.setdefault(without_version(item.purl), []).append(package)
    return Manifest(
        path=inventory.target.path,
        packages={key: tuple(value) for key, value in packages.items()},
        hooks=_gathered(map(_hook, inventory.hooks)),
        servers=_gathered(map(_server, inventory.servers)),
        complete=not inventory.problems and bool(inventory.sources),
    )


def from_inventories(inventories: Sequence[Inventory]) -> Manifest:
    """What one manifest of all `inventories` would say."""
    components = sorted((item for one in inventories for item in one.components), key=lambda item: item.purl)
    whole = replace(
        inventories[0],
        components=tuple(components),
        hooks=tuple(hook for one in inventories for hook in one.hooks),
        servers=tuple(server for one in inventories for server in one.servers),
        problems=tuple(problem for one in inventories for problem in one.problems),
        agent=frozenset().union(*(one.agent for one in inventories)),
        sources=min(one.sources for one in inventories),
    )
    return from_inventory(whole)


def hook_key(path: str) -> str:
    """What names a hook wherever its environment lies: its path below the site folder."""
    return path.rpartition("-packages/")[2]


def server_key(client: str, path: str, name: str) -> str:
    """What names a server: the client, the file and the name in it."""
    return f"{client}:{path}#{name}"


def hook_facts(hook: StartupHook) -> tuple[tuple[str, str], ...]:
    """What must not change about a hook."""
    return tuple((key, value) for key, value in (("kind", hook.kind), ("sha256", hook.sha256)) if value)


def server_facts(server: Server) -> tuple[tuple[str, str], ...]:
    """What must not change about a server: never its secrets, they are not known here."""
    facts = {
        "auto-approved": server.auto_approved,
        "command-digest": server.command_digest,
        "env-names": " ".join(server.env_names),
        "package": server.purl or server.package,
        "pin": server.pin,
        "requirement": server.requirement,
        "transport": server.transport,
        "url": server.url,
    }
    return tuple((key, value) for key, value in facts.items() if value)


def _hook(hook: StartupHook) -> Known:
    return _known(hook_key(hook.location.path), hook_facts(hook), hook.location)


def _server(server: Server) -> Known:
    return _known(server_key(server.client, server.location.path, server.name), server_facts(server), server.location)


def _known(key: str, facts: Iterable[tuple[str, str]], location: Location) -> Known:
    # as a document says it: JSON has no lone surrogates
    return Known(key=without_surrogates(key), facts=tuple((name, without_surrogates(value)) for name, value in facts), location=location)


def _gathered(items: Iterable[Known]) -> dict[str, Known]:
    """Key → what is known under it. Several of one key, in several environments say, are one with the facts of all: none hides another."""
    found: dict[str, Known] = {}
    for item in items:
        before = found.get(item.key)
        if before is not None and before.facts != item.facts:
            values: dict[str, set[str]] = {}
            for name, value in (*before.facts, *item.facts):
                values.setdefault(name, set()).update(value.split(_AND))
            facts = tuple((name, _AND.join(sorted(values[name]))) for name in sorted(values))
            item = Known(key=item.key, facts=facts, location=before.location)  # noqa: PLW2901
        found[item.key] = item if before is None or before.facts != item.facts else before
    return found


def load(path: str) -> Manifest:
    """The manifest in the CycloneDX JSON file at `path`; CollectError if it is none."""
    return parse(read(path), path)


def read(path: str) -> bytes:
    """The bytes of the file at `path`, as many as a manifest may have."""
    import os

    from sbomgate.tree import read_regular

    try:
        return read_regular(os.path.realpath(path), MAX_DOCUMENT)  # named by the caller: a link is as good as a file
    except OSError as error:
        raise CollectError(f"cannot be read ({error.strerror})", path) from error


def parse(data: bytes, path: str) -> Manifest:
    """The manifest that the bytes of a CycloneDX JSON file state; CollectError if they are none. Who verified a signature has these bytes."""
    from sbomgate.tree import parse_json

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CollectError("not valid UTF-8", path, fix="a manifest is CycloneDX JSON") from error
    return from_document(parse_json(text, path), path)


def from_document(document: Any, path: str) -> Manifest:
    """The manifest that a parsed CycloneDX document states; CollectError if it is no such document."""
    if isinstance(document, dict) and "spdxVersion" in document:
        raise CollectError(
            "an SPDX document, no CycloneDX", path, "bomFormat", "write it with `sbomgate manifest write`, from the same target"
        )
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise CollectError("no CycloneDX document", path, "bomFormat", "write it with `sbomgate manifest write`")
    version = document.get("specVersion")
    if version not in ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7"):
        raise CollectError(f"CycloneDX version {version!r} is not known", path, "specVersion", "1.2 to 1.7 are read")
    properties = _properties(document.get("metadata"), path, "metadata")
    packages: dict[str, Package] = {}
    hooks: list[Known] = []
    unnamed = 0
    for where, component in chain(_subject(document, path), _components(document.get("components"), path)):
        own = _properties(component, path, where)
        purl = component.get("purl") or (component.get("bom-ref") if where == _SUBJECT else None)
        if component.get("type") == "file" and f"{HOOK}kind" in own:
            hooks.append(_known(_text(component, "name", path, where), _facts(own, HOOK), Location(path)))
        elif isinstance(purl, str) and purl:
            package = Package(
                purl=purl_pattern(purl),
                version=_text(component, "version", path, where),
                hashes=_hashes(component, path, where),
                content=own.get(CONTENT, ""),
                agent=own.get(AGENT) == "true",
                location=Location(path),
                bundled=own.get(ORIGIN) == Origin.BUNDLED,
            )
            before = packages.get(package.purl)
            packages[package.purl] = (
                package
                if before is None
                else replace(package, hashes=before.hashes | package.hashes, bundled=before.bundled and package.bundled)
            )
        elif component.get("type") != "file":
            unnamed += 1
    servers = []
    for index, service in enumerate(_list(document, "services", path, "")):
        own = _properties(service, path, f"services[{index}]")
        if f"{SERVER}key" in own:
            servers.append(_known(own[f"{SERVER}key"], _facts(own, SERVER), Location(path)))
    by_name: dict[str, list[Package]] = {}
    for package in sorted(packages.values(), key=lambda item: item.purl):
        by_name.setdefault(without_version(package.purl), []).append(package)
    return Manifest(
        path=path,
        packages={key: tuple(value) for key, value in by_name.items()},
        hooks=_gathered(hooks),
        servers=_gathered(servers),
        native=COMPLETE in properties,
        complete=properties.get(COMPLETE, "true") == "true",
        unnamed=unnamed,
    )


def _subject(document: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a document of ours is about, if that is a component of the inventory; without a purl where nobody publishes it."""
    metadata = document.get("metadata")
    component = metadata.get("component") if isinstance(metadata, dict) else None
    if isinstance(component, dict) and ORIGIN in _properties(component, path, _SUBJECT):
        yield _SUBJECT, component
        yield from _components(component.get("components"), path)


def diff(old: Manifest, new: Manifest) -> Iterator[Change]:
    """What is different in `new`, in order of kind and subject; what one side cannot know is not compared."""
    both = old.native and new.native
    # another tool does not say what is bundled: what one side calls so is no package of its own on the other either
    inside = frozenset() if both else frozenset(package.purl for package in (*_bundled(old), *_bundled(new)))
    yield from _package_changes(_some(old.packages, inside, bundled=False), _some(new.packages, inside, bundled=False), old.path)
    if both:
        for change in _package_changes(_some(old.packages, bundled=True), _some(new.packages, bundled=True), old.path):
            yield replace(change, bundled=True)
        yield from _known_changes("hook", old.hooks, new.hooks)
        yield from _known_changes("server", old.servers, new.servers)


def incomparable(old: Manifest, new: Manifest) -> list[str]:
    """What the comparison cannot say, and why; one sentence each."""
    notes = []
    for side in (old, new):
        if not side.native:
            notes.append(
                f"{side.path}: not written by sbomgate; start-up hooks, servers and the content of installed files were not compared"
            )
        elif not side.complete:
            notes.append(f"{side.path}: made from an incomplete scan")
        if side.unnamed:
            notes.append(f"{side.path}: {side.unnamed} components without a purl were not compared")
    return notes


def _bundled(side: Manifest) -> Iterator[Package]:
    return (package for versions in side.packages.values() for package in versions if package.bundled)


def _some(packages: Mapping[str, tuple[Package, ...]], without: frozenset[str] = frozenset(), *, bundled: bool) -> dict[str, list[Package]]:
    """Those that lie inside artifacts, or all others; those of the purls `without` left out."""
    found: dict[str, list[Package]] = {}
    for key, versions in packages.items():
        if chosen := [package for package in versions if package.bundled == bundled and package.purl not in without]:
            found[key] = chosen
    return found


def _package_changes(old: Mapping[str, list[Package]], new: Mapping[str, list[Package]], old_path: str) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        before = {package.purl: package for package in old.get(key, ())}
        after = {package.purl: package for package in new.get(key, ())}
        gone = [before[purl] for purl in sorted(before.keys() - after.keys())]
        come = [after[purl] for purl in sorted(after.keys() - before.keys())]
        if gone and come:
            versions = ", ".join(item.version or "any" for item in gone), ", ".join(item.version or "any" for item in come)
            if versions[0] == versions[1]:  # the same version from another place
                versions = ", ".join(item.purl for item in gone), ", ".join(item.purl for item in come)
            yield Change(
                kind="version",
                subject=come[0].purl,
                detail=f"{versions[0]} → {versions[1]}",
                location=come[0].location,
                agent=any(item.agent for item in come),
            )
        else:
            for item in come:
                yield Change(kind="added", subject=item.purl, detail=item.version, location=item.location, agent=item.agent)
            for item in gone:
                yield Change(kind="removed", subject=item.purl, detail=item.version, location=Location(old_path), agent=item.agent)
        for purl in sorted(before.keys() & after.keys()):
            yield from _same_version(before[purl], after[purl])


def _same_version(before: Package, after: Package) -> Iterator[Change]:
    algorithms = {alg for alg, _ in before.hashes}
    strange = sorted(value for value in after.hashes if value[0] in algorithms and value not in before.hashes)
    if strange:
        alg, value = strange[0]
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        yield Change(
            kind="hash",
            subject=after.purl,
            detail=f"{alg} {value}{more} is not in the manifest",
            location=after.location,
            agent=after.agent,
        )
    elif after.hashes and algorithms.isdisjoint(alg for alg, _ in after.hashes) and algorithms:
        now = ", ".join(sorted({alg for alg, _ in after.hashes}))
        detail = f"{', '.join(sorted(algorithms))} is no longer told, only {now}"
        yield Change(kind="hash", subject=after.purl, detail=detail, location=after.location, agent=after.agent)
    if before.content and before.content != after.content:
        detail = f"{before.content} → {after.content}" if after.content else f"{before.content} → no RECORD that tells it"
        yield Change(kind="content", subject=after.purl, detail=detail, location=after.location, agent=after.agent)


def _known_changes(what: str, old: Mapping[str, Known], new: Mapping[str, Known]) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before is None and after is not None:
            yield Change(
                kind=f"{what}-added",
                subject=key,
                detail="",
                location=after.location,
                agent=True,
                digest=_digest(after, None),
            )
        elif after is None and before is not None:
            yield Change(kind=f"{what}-removed", subject=key, detail="", location=before.location, agent=True)
        elif before is not None and after is not None and before.facts != after.facts:
            facts = dict(before.facts), dict(after.facts)
            names = [name for name in sorted(facts[0].keys() | facts[1].keys()) if facts[0].get(name) != facts[1].get(name)]
            detail = "; ".join(f"{name}: {facts[0].get(name, 'none')} → {facts[1].get(name, 'none')}" for name in names)
            yield Change(
                kind=f"{what}-changed", subject=key, detail=detail, location=after.location, agent=True, digest=_digest(after, before)
            )


def _digest(after: Known, before: Known | None) -> str:
    """The digest of the content that is new."""
    known = set(dict(before.facts).get("sha256", "").split(_AND)) if before else set()
    return next((value for value in dict(after.facts).get("sha256", "").split(_AND) if value not in known), "")


def _components(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every component with its place, nested ones too; CollectError for what is no component, or too many of them."""
    pending: list[tuple[str, Any]] = [("components", value)]
    count = 0
    while pending:
        where, items = pending.pop()
        if items is None:
            continue
        if not isinstance(items, list):
            raise CollectError("expected array", path, where)
        for index, item in enumerate(items):
            place = f"{where}[{index}]"
            if not isinstance(item, dict):
                raise CollectError("expected table", path, place)
            count += 1
            if count > MAX_COMPONENTS:
                raise CollectError(f"more than {MAX_COMPONENTS} components", path)
            yield place, item
            if "components" in item:
                pending.append((f"{place}.components", item["components"]))


def _properties(table: Any, path: str, where: str) -> dict[str, str]:
    if table is None:
        return {}
    if not isinstance(table, dict):
        raise CollectError("expected table", path, where)
    rows = _list(table, "properties", path, where)
    return {str(row.get("name")): row["value"] for row in rows if isinstance(row, dict) and isinstance(row.get("value"), str)}


def _hashes(component: dict[str, Any], path: str, where: str) -> frozenset[tuple[str, str]]:
    rows: Iterable[Any] = _list(component, "hashes", path, where)
    return frozenset((str(row.get("alg")), str(row.get("content", "")).lower()) for row in rows if isinstance(row, dict))


def _facts(properties: dict[str, str], prefix: str) -> tuple[tuple[str, str], ...]:
    """The facts that `hook_facts` or `server_facts` wrote; everything else below the prefix is for people."""
    names = (
        ("kind", "sha256")
        if prefix == HOOK
        else ("auto-approved", "command-digest", "env-names", "package", "pin", "requirement", "transport", "url")
    )
    return tuple((name, properties[prefix + name]) for name in names if properties.get(prefix + name))


def _text(table: dict[str, Any], key: str, path: str, where: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise CollectError("expected string", path, f"{where}.{key}")
    return value


def _list(table: Any, key: str, path: str, where: str) -> list[Any]:
    value = table.get(key) if isinstance(table, dict) else None
    if value is None:
        return []
    if not isinstance(value, list):
        raise CollectError("expected array", path, f"{where}.{key}" if where else key)
    return value
