"""How a component came in: the paths from what a person asked for down to it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Final

from sbomgate.inventory import edges, merge
from sbomgate.model import Inventory, Origin
from sbomgate.purl import canonical_name

MAX_PATHS: Final = 200
"""Paths told for one component: their number can grow exponentially, and nobody reads more."""
_MAX_STEPS: Final = 200_000


def paths_to(inventory: Inventory, name: str) -> Iterator[str]:
    """One line a path, shortest first: `server context7 (.mcp.json:4) → a@1 → b@2`. Nothing if there is no such component.

    `name`: a name, `name@version`, or a purl.
    """
    components = {item.purl: item for item in merge(inventory.components)}
    wanted, _, version = name.rpartition("@") if "@" in name[1:] else (name, "", "")
    wanted = wanted or name
    goals = [
        purl
        for purl, item in components.items()
        if purl == name or ((item.name == wanted or (item.ecosystem == "pypi" and item.name == canonical_name(wanted))) and version in ("", item.version))
    ]
    parents: dict[str, list[str]] = defaultdict(list)
    for parent, children in edges(components.values()).items():
        for child in children:
            parents[child].append(parent)
    starts: dict[str, list[str]] = defaultdict(list)
    for server in inventory.servers:
        for purl in (server.purl, *server.extra_packages):
            starts[purl].append(f"server {server.name} ({server.location})")
    labels = {purl: f"{item.name}@{item.version}" if item.version else f"{item.name}{item.requirement and ' ' + item.requirement}" for purl, item in components.items()}
    for goal in sorted(goals):
        count = 0
        for path in _upward(goal, parents):
            top = path[-1]
            heads = list(starts.get(top, ()))
            item = components[top]
            if item.origin is Origin.PROJECT or not parents.get(top):
                heads.append("" if item.origin is Origin.PROJECT and len(path) > 1 else f"({item.locations[0]})")
            for head in heads:
                count += 1
                if count > MAX_PATHS:
                    break
                steps = " → ".join(labels[purl] for purl in reversed(path))
                yield f"{head} → {steps}" if head.startswith("server") else f"{steps}  {head}".rstrip()
            if count > MAX_PATHS:
                yield f"… more than {MAX_PATHS} paths to {labels[goal]}"
                break


def _upward(goal: str, parents: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """Every path without a cycle from `goal` upward, shorter ones first, up to a bound of steps."""
    pending: deque[tuple[str, ...]] = deque([(goal,)])
    steps = 0
    while pending and steps < _MAX_STEPS:
        path = pending.popleft()
        steps += 1
        yield path
        pending.extend((*path, parent) for parent in sorted(parents.get(path[-1], ())) if parent not in path)
