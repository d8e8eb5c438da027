"""Properties of a component: those of official taxonomies where the fact is known, and ours.

Sources: CycloneDX property taxonomy (`cdx:npm`, `cdx:python`); the `bsi` taxonomy of TR-03183-2.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from sbomgate import manifest
from sbomgate.model import Component, Origin, Pin
from sbomgate.reporters.encode import quoted

_UNKNOWN_FIELDS: Final = ("supplier", "license", "hash", "version")
_ARCHIVES: Final = (".whl", ".tgz", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".conda", ".egg", ".crate", ".jar")
_ARCHIVE: Final = '{"name":"bsi:component:archive","value":"archive"},'
_CODE: Final = '{"name":"bsi:component:executable","value":"executable"},'
_STRUCTURED: Final = '{"name":"bsi:component:structured","value":"structured"},'
_EXTRAS: Final = "sbomgate:python:extras"
_EDITABLE: Final = ("sbomgate:python:editable", "true")


def properties(item: Component, agent: bool, conclusion: str, known: tuple[bool, bool, bool, bool]) -> str:
    """`[…]`, sorted by name. `known`: whether there is a supplier, a licence, a hash, a version."""
    more = _official(item)
    if conclusion:
        more.append((manifest.LICENCE_CONCLUDED, conclusion))
    installation = item.installation
    if installation is not None:
        if installation.content_digest:
            more.append((manifest.CONTENT, installation.content_digest))
        if installation.installer:
            more.append((manifest.INSTALLER, installation.installer))
    if item.requirement:
        more.append((manifest.REQUIREMENT, item.requirement))
    if item.groups:
        more += [(manifest.GROUP, group) for group in item.groups]
    artifacts = item.artifacts
    name = artifacts[0].filename if len(artifacts) == 1 else ""
    return f"[{_of_file(item, name) if name else ''}{_rows(item.properties, item.origin, item.pin, agent, known, tuple(more))}]"


def _official(item: Component) -> list[tuple[str, str]]:
    """What the inventory tells otherwise and a taxonomy has a name for; what a collector noted by that name is not told again."""
    if item.ecosystem == "npm":
        found = [("cdx:npm:package:development", "true")] if item.scope == "dev" else []
        if item.origin is Origin.INSTALLED:
            places = [path.removesuffix("/package.json") for path, line in item.locations if not line]
            found += [("cdx:npm:package:path", path) for path in places if not path.endswith(".json")]
        return found
    if item.ecosystem != "pypi":
        return []
    found = []
    source = item.source
    if source is not None and source.kind == "vcs":
        found = [("cdx:python:package:source:vcs:commit_id", source.commit)] if source.commit else []
        found += [("cdx:python:package:source:vcs:requested_revision", source.reference)] if source.reference else []
    for pair in item.properties:
        if pair[0] == _EXTRAS:
            found += [("cdx:python:package:required-extra", extra) for extra in pair[1].split(",") if extra]
        elif pair == _EDITABLE:
            found.append(("cdx:python:package:source:local:editable", "true"))
    return found


def _of_file(item: Component, name: str) -> str:
    """What is known of the artifact by its name. Packages of types alone hold nothing that could be executed."""
    file = f'{{"name":"bsi:component:filename","value":{quoted(name)}}},'
    if not name.endswith(_ARCHIVES):
        return file
    is_typing = item.name.startswith(("@types/", "types-")) or item.name.endswith("-stubs")
    return f"{_ARCHIVE}{'' if is_typing else _CODE}{file}{_STRUCTURED}"


@lru_cache(maxsize=4096)
def _rows(
    own: tuple[tuple[str, str], ...],
    origin: Origin,
    pin: Pin,
    agent: bool,
    known: tuple[bool, bool, bool, bool],
    more: tuple[tuple[str, str], ...],
) -> str:
    pairs = {*own, *more, (manifest.ORIGIN, origin.value), (manifest.PIN, pin.value), *unknown(known)}
    if agent:
        pairs.add((manifest.AGENT, "true"))
    return ",".join([row(name, value) for name, value in sorted(pairs)])


def unknown(known: Iterable[bool]) -> list[tuple[str, str]]:
    """A property for each field that is not known of a component: supplier, license, hash, version, in this order."""
    return [(manifest.UNKNOWN, field) for field, is_known in zip(_UNKNOWN_FIELDS, known, strict=True) if not is_known]


def row(name: str, value: str) -> str:
    return f'{{"name":{quoted(name)},"value":{quoted(value)}}}'
