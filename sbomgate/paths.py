"""How a component came in: the paths from what a person asked for down to it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Mapping
from heapq import heappop, heappush
from typing import Final

from sbomgate.inventory import edges, merge
from sbomgate.model import Component, Inventory, Origin
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
        if purl == name
        or ((item.name == wanted or (item.ecosystem == "pypi" and item.name == canonical_name(wanted))) and version in ("", item.version))
    ]
    parents: dict[str, list[str]] = defaultdict(list)
    for parent, children in edges(components.values()).items():
        for child in children:
            parents[child].append(parent)
    starts: dict[str, list[str]] = defaultdict(list)
    for server in inventory.servers:
        for purl in (server.purl, *server.extra_packages):
            starts[purl].append(f"server {server.name} ({server.location})")
    labels = {
        purl: f"{item.name}@{item.version}" if item.version else f"{item.name}{item.requirement and ' ' + item.requirement}"
        for purl, item in components.items()
    }
    roots = {purl for purl, item in components.items() if item.origin is Origin.PROJECT or not parents.get(purl)} | (
        components.keys() & set(inventory.roots)
    )
    tops = roots | (components.keys() & starts.keys())
    away = _distances(tops, components)
    for goal in sorted(goals):
        count = 0
        for path in _upward(goal, parents, tops, away):
            if not path:
                yield f"… more paths to {labels[goal]} than can be followed"
                break
            top = path[-1]
            heads = list(starts.get(top, ()))
            item = components[top]
            if top in roots:
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


def _distances(tops: Iterable[str], components: Mapping[str, Component]) -> dict[str, int]:
    """purl → steps down to it from the nearest of `tops`."""
    away = dict.fromkeys(tops, 0)
    pending = deque(away)
    while pending:
        purl = pending.popleft()
        for child in components[purl].dependencies:
            if child in components and child not in away:
                away[child] = away[purl] + 1
                pending.append(child)
    return away


def _upward(goal: str, parents: Mapping[str, list[str]], tops: Container[str], away: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """Every path without a cycle from `goal` up to one of `tops`, shorter ones first; an empty one if a bound was reached.

    Best first (A*), `away` being what is still missing at least: a breadth-first search drowns long before it meets the
    top of a large graph.
    """
    pending: list[tuple[int, tuple[str, ...]]] = [(away[goal], (goal,))] if goal in away else []
    steps = 0
    while pending:
        _, path = heappop(pending)
        if path[-1] in tops:
            yield path
        for parent in parents.get(path[-1], ()):
            if parent not in path and parent in away:
                steps += 1
                heappush(pending, (len(path) + away[parent], (*path, parent)))
        if steps > _MAX_STEPS:
            yield ()
            return
