"""What a manifest is made of: one side of a comparison, and what a comparison finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sbomgate.model import Location, Noun, noun

AND: Final = " and "
"""Between the values of a fact that several of one key have."""


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
    licenses: tuple[str, ...] = ()
    """As declared: ids, names or one expression, sorted."""
    project: bool = False
    """What the document is about, or a member of its workspace: nothing that was brought in."""


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
    settings: Mapping[tuple[str, str, str], Location] = field(default_factory=dict)
    """(path of the file, one of `names.SETTINGS`, text as of `names.setting_facts`) → where it stands."""
    native: bool = True
    """Written by sbomgate: knows of hooks, servers and content. False: an SBOM of another tool."""
    complete: bool = True
    unnamed: int = 0
    """Components without a purl: they cannot be compared."""
    tool: str = ""
    """Name of the tool that wrote an SBOM which is not native, as the document says."""
    limits: tuple[str, ...] = ()
    """What in the document could not be used, one sentence each, without its path."""


@noun
class Change(Noun):
    """One difference between two manifests."""

    kind: str
    """`added` · `removed` · `version` · `hash` · `content` · `weaker-hash` · `license` · `hook-added` · `hook-changed` ·
    `hook-removed` · `server-added` · `server-changed` · `server-removed` · `agent-…-added`, `-changed`, `-removed` for each of
    `names.SETTINGS`, of an agent's settings."""
    subject: str
    """purl, path of the hook, name of the server, or file and setting of an agent."""
    detail: str
    """From what to what."""
    location: Location
    agent: bool = False
    digest: str = ""
    bundled: bool = False
    """Of a component inside an artifact: it came and went with that one, of which there is a change of its own."""
    direction: str = ""
    """Of a version: `up` · `down`; empty where the order of the versions is not known. Of a rule that came or went: `within`
    where another rule says as much."""
    before: str = ""
    after: str = ""
    holder: str = ""
    """The row of the document that tells it, where that is not named by `subject`."""
    facts: tuple[str, ...] = ()
    """Of a server: the names of those that changed."""


def gathered(items: Iterable[Known]) -> dict[str, Known]:
    """Key → what is known under it. Several of one key, in several environments say, are one with the facts of all: none hides another."""
    found: dict[str, Known] = {}
    for item in items:
        before = found.get(item.key)
        if before is not None and before.facts != item.facts:
            values: dict[str, set[str]] = {}
            for name, value in (*before.facts, *item.facts):
                values.setdefault(name, set()).update(value.split(AND))
            facts = tuple((name, AND.join(sorted(values[name]))) for name in sorted(values))
            item = Known(key=item.key, facts=facts, location=before.location)
        found[item.key] = item if before is None or before.facts != item.facts else before
    return found
