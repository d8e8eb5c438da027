"""What a document does not know: `compositions`.

The entry without references is about the document as a whole. Beside it each component and service stands in one entry that
says whether its dependencies are all there: `complete` where a lockfile or installed metadata states them, `unknown` where
the input states none (a requirements file), `incomplete` where something is known to be missing. Source: CycloneDX 1.6, `compositions`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sbomgate.model import Component, Inventory, Origin, Pin

_WITH_EDGES = (
    "package-lock.json", "npm-shrinkwrap.json", "uv.lock", ".py.lock", "pnpm-lock.yaml", "yarn.lock", "poetry.lock", "pdm.lock", "conda-lock.yml",
    "conda-lock.yaml", "bun.lock", "deno.lock",
)  # fmt: skip
"""Ends of the names of lockfiles that state for each package what it needs, and that it needs nothing."""

COMPLETE, INCOMPLETE, UNKNOWN = "complete", "incomplete", "unknown"


class Completeness:
    """Takes the components and services of a document one by one, gives its compositions."""

    def __init__(self, inventories: Sequence[Inventory], known: Container[str], inside: Mapping[str, Sequence[Component]]) -> None:
        self.known = known
        self.inside = {owner: {part.purl for part in parts} for owner, parts in inside.items()}
        self.read = bool(inventories) and all(not inventory.problems and inventory.sources for inventory in inventories)
        """Whether everything was read."""
        self.unread = frozenset(problem.path for inventory in inventories for problem in inventory.problems)
        self.unread_folders = frozenset(path.rpartition("/")[0] for path in self.unread)
        self.noted = frozenset(note.partition(": ")[0] for inventory in inventories for note in inventory.notes)
        """Files of which a note says what could not be told."""
        self.root = COMPLETE
        self.refs: dict[str, list[str]] = {COMPLETE: [], INCOMPLETE: [], UNKNOWN: []}
        self.opaque: list[str] = []
        """What has parts that nothing lists."""
        self.whole = COMPLETE if self.read else INCOMPLETE

    def add(self, ref: str, item: Component) -> None:
        """Take a component that stands under `ref`."""
        state = self._edges(item)
        self.refs[state].append(ref)
        if item.ecosystem == "oci":
            self.opaque.append(ref)
            self.whole = INCOMPLETE
        elif state == INCOMPLETE or (state == UNKNOWN and item.pin is not Pin.HASHED and item.origin is not Origin.BUNDLED):
            # an installer takes nothing without a hash where others have one: such a list is whole though its edges are not known;
            # what lies inside an artifact came with it, whatever it needs
            self._lower(state)

    def add_root(self, item: Component) -> None:
        """Take the component that the document is about."""
        self.root = self._edges(item)

    def add_known(self, ref: str, state: str) -> None:
        """Take what is no component of a package."""
        self.refs[state].append(ref)
        if state != COMPLETE:
            self._lower(state)

    def _lower(self, state: str) -> None:
        if self.whole == COMPLETE or state == INCOMPLETE:
            self.whole = state

    def _edges(self, item: Component) -> str:
        if item.origin is Origin.BUNDLED:
            return UNKNOWN  # as its own SBOM says, which need not say all
        parts = self.inside.get(item.purl, ())
        if any(purl not in self.known and purl not in parts for purl in item.dependencies):
            return INCOMPLETE
        if self.unread and (
            any(place.path in self.unread for place in item.locations)
            or (item.installation is not None and item.installation.metadata_path in self.unread_folders)
        ):
            return INCOMPLETE
        if item.ecosystem == "oci":
            return UNKNOWN
        if item.origin is Origin.INSTALLED or any(_states_edges(place.path) for place in item.locations):
            return COMPLETE
        if item.origin is Origin.PROJECT and _is_project_file(item.locations[0].path):
            return UNKNOWN if item.locations[0].path in self.noted else COMPLETE
        return COMPLETE if item.dependencies and item.origin is Origin.LOCKED else UNKNOWN

    def rows(self, root: str) -> list[dict[str, Any]]:
        """The compositions, the one about the whole first."""
        if not self.read:
            self.opaque.insert(0, root)
        self.refs[self.root if self.read else INCOMPLETE].insert(0, root)
        if self.root != COMPLETE:
            self._lower(self.root)
        rows: list[dict[str, Any]] = [{"aggregate": self.whole}]
        if self.opaque:
            rows.append({"aggregate": INCOMPLETE, "assemblies": self.opaque})
        return rows + [{"aggregate": state, "dependencies": refs} for state, refs in self.refs.items() if refs]


@lru_cache(maxsize=4096)
def _states_edges(path: str) -> bool:
    return path.endswith(_WITH_EDGES)


def _is_project_file(path: str) -> bool:
    return path.endswith(("pyproject.toml", "setup.cfg", "package.json"))
