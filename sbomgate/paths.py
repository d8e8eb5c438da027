"""How a component came in: from what a person or an agent's configuration asks for down to it.

Three forms of one answer: a tree for people, one line a path, and a document for programs. The tree shows each edge
once, so it stays as long as the graph is large, however many paths lead through it; paths are counted and cut.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from sbomgate.inventory import edges, merge
from sbomgate.model import Component, Inventory, Location, Origin, Pin, Report, Server
from sbomgate.purl import canonical_name

MAX_PATHS: Final = 200
"""Paths told for one component: their number can grow exponentially, and nobody reads more."""
MAX_DEPTH: Final = 40
"""Levels of a tree that stand below each other; deeper branches go on further down, or the indentation would fill the screen."""
_MAX_STEPS: Final = 2_000_000
_MAX_NAME: Final = 80
_MAX_NAMES: Final = 50_000
_PLACES: Final = 3
_KINDS: Final = {
    Origin.PROJECT: "project",
    Origin.REQUIRED: "required in",
    Origin.LOCKED: "locked in",
    Origin.INSTALLED: "nothing installed asks for it,",
    Origin.LAUNCHED: "started by an agent,",
    Origin.BUNDLED: "bundled,",
}

_FIRM: Final = (Pin.HASHED, Pin.EXACT, Pin.VCS_COMMIT, Pin.PATH)
_Link = tuple[str, Any]
"""A purl, and the link to the one below it or None."""


class Line(NamedTuple):
    """One line of a tree. Texts are as found: not escaped."""

    indent: str
    label: str
    note: str = ""
    is_goal: bool = False


class Graph:
    """The components of an inventory by purl, with their edges in both directions and what stands at the top."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.components = {item.purl: item for item in merge(inventory.components)}
        self.children = edges(self.components.values())
        self.parents: defaultdict[str, list[str]] = defaultdict(list)
        for parent, children in self.children.items():
            for child in children:
                self.parents[child].append(parent)
        self.servers: list[tuple[Server, list[str]]] = []
        self.starts: defaultdict[str, list[Server]] = defaultdict(list)
        for server in inventory.servers:
            purls = [purl for purl in dict.fromkeys((server.purl, *server.extra_packages)) if purl in self.components]
            if purls:
                self.servers.append((server, purls))
            for purl in purls:
                self.starts[purl].append(server)
        roots = {purl for purl, item in self.components.items() if item.origin is Origin.PROJECT or not self.parents.get(purl)}
        roots |= self.components.keys() & set(inventory.roots)
        # what only a server asks for is told with that server
        self.roots = {purl for purl in roots if purl not in self.starts or self.components[purl].origin is not Origin.LAUNCHED}
        self.asked = {item.purl for item in inventory.components if item.origin is Origin.REQUIRED}
        self.tops = self.roots | self.starts.keys()

    def label(self, purl: str) -> str:
        """Name and version as a person would write them; what was asked for where there is no version."""
        item = self.components[purl]
        if item.version:
            return f"{item.name}@{item.version}"
        return f"{item.name}{item.requirement and ' ' + item.requirement}"

    def named(self, name: str) -> list[str]:
        """The purls that `name` means: a name, `name@version`, or a purl. Sorted, those that are only bundled last."""
        wanted, _, version = name.rpartition("@") if "@" in name[1:] else (name, "", "")
        wanted = wanted or name
        found = (
            purl
            for purl, item in self.components.items()
            if purl == name
            or (
                (item.name == wanted or (item.ecosystem == "pypi" and item.name == canonical_name(wanted)))
                and version in ("", item.version)
            )
        )
        return sorted(found, key=lambda purl: (self.components[purl].origin is Origin.BUNDLED, purl))

    def places(self, purl: str) -> dict[Origin, list[Location]]:
        """Where each kind of statement about a component stands."""
        from bisect import bisect_left
        from operator import attrgetter

        every = self.inventory.components
        index = bisect_left(every, purl, key=attrgetter("purl"))
        found: dict[Origin, list[Location]] = {}
        while index < len(every) and every[index].purl == purl:
            found.setdefault(every[index].origin, []).extend(every[index].locations)
            index += 1
        return {origin: found[origin] for origin in Origin if origin in found}


def paths_to(inventory: Inventory, name: str) -> Iterator[str]:
    """One line a path, shortest first: `server context7 (.mcp.json:4) → a@1 → b@2`. Nothing if there is no such component.

    `name`: a name, `name@version`, or a purl.
    """
    graph = Graph(inventory)
    away = _distances(graph.tops, graph.children)
    for goal in graph.named(name):
        count = 0
        for path in _downward(goal, graph.parents, graph.tops, away):
            if not path:
                yield f"… more paths to {graph.label(goal)} than can be followed"
                break
            heads = [f"server {server.name} ({server.location})" for server in graph.starts.get(path[0], ())]
            item = graph.components[path[0]]
            if path[0] in graph.roots:
                heads.append("" if item.origin is Origin.PROJECT and len(path) > 1 else f"({item.locations[0]})")
            for head in heads:
                count += 1
                if count > MAX_PATHS:
                    break
                steps = " → ".join(map(graph.label, path))
                yield f"{head} → {steps}" if head.startswith("server") else f"{steps}  {head}".rstrip()
            if count > MAX_PATHS:
                yield f"… more than {MAX_PATHS} paths to {graph.label(goal)}"
                break


def documents(inventory: Inventory, name: str) -> list[dict[str, Any]]:
    """For each component that `name` means, what it is and the paths to it as plain values, shortest first.

    A `root` is a server, or the first of the `components`. `complete` is false where there are more paths than are told.
    """
    graph = Graph(inventory)
    away = _distances(graph.tops, graph.children)
    found = []
    for goal in graph.named(name):
        item = graph.components[goal]
        paths: list[dict[str, Any]] = []
        complete = True
        for path in _downward(goal, graph.parents, graph.tops, away):
            roots: list[dict[str, Any]] = [
                {"kind": "server", "name": server.name, "client": server.client, "location": _place(server.location)}
                for server in graph.starts.get(path[0] if path else "", ())
            ]
            if path and path[0] in graph.roots:
                top = graph.components[path[0]]
                roots.append({"kind": top.origin.value, "name": top.name, "location": _place(top.locations[0])})
            complete = bool(path) and len(paths) + len(roots) <= MAX_PATHS
            paths.extend({"root": root, "components": list(path)} for root in roots[: MAX_PATHS - len(paths)])
            if not complete:
                break
        found.append(
            {
                "target": inventory.target.path,
                "purl": goal,
                "name": item.name,
                "version": item.version or None,
                "requirement": item.requirement or None,
                "pin": item.pin.value,
                "agent": goal in inventory.agent,
                "locations": [_place(place) for place in item.locations],
                "complete": complete,
                "paths": paths,
            }
        )
    return found


def trees_to(inventory: Inventory, name: str, is_agent: Callable[[Component], bool] = lambda _: False) -> Iterator[list[Line]]:
    """A tree for each component that `name` means, a line about the component first: what leads to it and nothing else.

    The nearest root comes first, and of two branches the shorter one. What stands below a component is shown where it
    occurs first; `(*)` marks it elsewhere.
    """
    graph = Graph(inventory)
    for goal in graph.named(name):
        yield list(_Tree(graph, goal, is_agent).lines())


class _Tree:
    def __init__(self, graph: Graph, goal: str, is_agent: Callable[[Component], bool]) -> None:
        self.graph, self.goal, self.is_agent = graph, goal, is_agent
        self.near = _distances((goal,), graph.parents)
        """purl → steps from there down to the goal, for everything that leads to it."""
        self.shown: set[str] = set()
        self.further: deque[str] = deque()

    def lines(self) -> Iterator[Line]:
        graph, near = self.graph, self.near
        item = graph.components[self.goal]
        about = [item.ecosystem, item.pin.value, *self._marks(self.goal, pin=False), _listed(item.locations)]
        yield Line("", graph.label(self.goal), ", ".join(about), is_goal=True)
        heads: list[tuple[tuple[int, int, str], Server | None, list[str]]] = []
        for server, purls in graph.servers:
            if below := self._sorted(purls):
                heads.append(((near[below[0]] + 1, 0, str(server.location)), server, below))
        heads += [((near[purl], 1, purl), None, [purl]) for purl in graph.roots & near.keys()]
        for _, started_by, purls in sorted(heads, key=lambda head: head[0]):
            if started_by is not None:
                state = ", disabled" if started_by.disabled else ""
                yield Line("", f"server {started_by.name}", f"{started_by.client}, {started_by.location}{state}")
                yield from self._branches(purls)
            else:
                yield from self._component("", purls[0], self._root_note(purls[0]))
        while self.further:
            purl = self.further.popleft()
            if purl not in self.shown:
                yield from self._component("", purl, "continued")

    def _component(self, indent: str, purl: str, note: str) -> Iterator[Line]:
        """A component without anything above it, and what is below."""
        label = self.graph.label(purl)
        if purl == self.goal:
            yield Line(indent, label, note, is_goal=True)
        elif purl in self.shown:
            yield Line(indent, f"{label} (*)", note)
        else:
            self.shown.add(purl)
            yield Line(indent, label, note)
            yield from self._branches(self._below(purl))

    def _branches(self, purls: list[str]) -> Iterator[Line]:
        levels = [("", iter(purls), len(purls))]
        while levels:
            indent, rest, left = levels.pop()
            purl = next(rest, None)
            if purl is None:
                continue
            levels.append((indent, rest, left - 1))
            label, note = self.graph.label(purl), ", ".join(self._marks(purl))
            branch = indent + ("├── " if left > 1 else "└── ")
            if purl == self.goal:
                yield Line(branch, label, note, is_goal=True)
            elif purl in self.shown:
                yield Line(branch, f"{label} (*)")
            elif len(levels) >= MAX_DEPTH:
                yield Line(branch, f"{label} …", "continued below")
                self.further.append(purl)
            else:
                self.shown.add(purl)
                yield Line(branch, label, note)
                below = self._below(purl)
                levels.append((indent + ("│   " if left > 1 else "    "), iter(below), len(below)))

    def _below(self, purl: str) -> list[str]:
        return self._sorted(child for child in self.graph.children[purl] if child != purl)

    def _sorted(self, purls: Iterable[str]) -> list[str]:
        """Those that lead to the goal, the nearest first."""
        return sorted((purl for purl in purls if purl in self.near), key=lambda purl: (self.near[purl], purl))

    def _marks(self, purl: str, *, pin: bool = True) -> list[str]:
        item = self.graph.components[purl]
        marks = [item.pin.value] if pin and item.pin not in _FIRM else []
        if item.version and item.requirement:
            marks.append(f"asked for as {item.requirement}")
        if self.is_agent(item):
            marks.append("agent package")
        if item.origin in (Origin.BUNDLED, Origin.PROJECT):
            marks.append(item.origin.value)
        if purl in self.graph.asked and purl not in self.graph.roots and pin:
            marks.append(f"required in {_listed(self.graph.places(purl)[Origin.REQUIRED])}")
        return marks

    def _root_note(self, purl: str) -> str:
        item = self.graph.components[purl]
        parts = []
        for origin, places in self.graph.places(purl).items():
            folder = item.source.url if origin is Origin.PROJECT and item.source and item.source.kind == "path" else ""
            where = f"in {folder}, " if folder not in ("", ".") else ""
            parts.append(f"{_KINDS[origin]} {where}{_listed(places)}")
        agent = ["agent package"] if self.is_agent(item) else []
        return "; ".join(parts + agent)


class Nearest:
    """The way from the nearest root to any component of one inventory; all of them cost one search."""

    def __init__(self, inventory: Inventory) -> None:
        self.names = {item.purl: f"{item.name}@{item.version}" if item.version else item.name for item in inventory.components}
        self.servers: dict[str, str] = {}
        for server in reversed(inventory.servers):
            self.servers.update((purl, f"server {server.name}") for purl in (server.purl, *server.extra_packages) if purl in self.names)
        self.above: dict[str, str] = dict.fromkeys((*inventory.roots, *sorted(self.servers)), "")
        following = edges(inventory.components)
        pending = deque(self.above)
        while pending:
            purl = pending.popleft()
            for child in following.get(purl, ()):
                if child not in self.above and child in self.names:
                    self.above[child] = purl
                    pending.append(child)

    def way(self, purl: str) -> tuple[str, ...]:
        """What a person would call each step, the root first and the component last; empty for a root and for what is no component."""
        steps = []
        while purl in self.names and purl in self.above:
            steps.append(self.names[purl])
            if not self.above[purl]:
                if purl in self.servers:
                    steps.append(self.servers[purl])
                break
            purl = self.above[purl]
        return tuple(reversed(steps)) if len(steps) > 1 else ()


def ways(report: Report) -> list[tuple[str, ...]]:
    """For each finding of `report` the way to the component that it is about; see `Nearest.way`."""
    by_target = {inventory.target.path: inventory for inventory in report.inventories}
    known: dict[str, Nearest] = {}
    found: list[tuple[str, ...]] = []
    for finding in report.findings:
        inventory = by_target.get(finding.target)
        if inventory is None or not finding.subject.startswith("pkg:"):
            found.append(())
            continue
        if finding.target not in known:
            known[finding.target] = Nearest(inventory)
        found.append(known[finding.target].way(finding.subject))
    return found


def near_names(inventories: Iterable[Inventory], name: str) -> list[str]:
    """Names of components that `name` may be a slip of, the likeliest first."""
    from difflib import get_close_matches

    names = {item.name for inventory in inventories for item in inventory.components if 0 < len(item.name) <= _MAX_NAME}
    wanted = name.rpartition("@")[0] if "@" in name[1:] and not name.startswith("pkg:") else name
    wanted = wanted.rpartition("/")[2].partition("@")[0] if name.startswith("pkg:") else wanted
    return get_close_matches(wanted[:_MAX_NAME].lower(), sorted(names)[:_MAX_NAMES], n=3, cutoff=0.75)


def _listed(places: Iterable[Location]) -> str:
    unique = list(dict.fromkeys(places))
    more = f" and {len(unique) - _PLACES} more" if len(unique) > _PLACES else ""
    return ", ".join(map(str, unique[:_PLACES])) + more


def _place(place: Location) -> dict[str, Any]:
    return {"path": place.path, "line": place.line} if place.line else {"path": place.path}


def _distances(starts: Iterable[str], following: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """purl → steps to it from the nearest of `starts`."""
    away = dict.fromkeys(starts, 0)
    pending = deque(away)
    while pending:
        purl = pending.popleft()
        for other in following.get(purl, ()):
            if other not in away:
                away[other] = away[purl] + 1
                pending.append(other)
    return away


def _downward(goal: str, parents: Mapping[str, list[str]], tops: Container[str], away: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """Every path without a cycle from one of `tops` down to `goal`, shorter ones first; an empty one if a bound was reached.

    Searched from below, best first (A*), `away` being what is still missing at least: a breadth-first search drowns long
    before it meets the top of a large graph. A path is a chain of links, so that long ones cost no more than short ones.
    """
    from heapq import heappop, heappush

    if goal not in away:
        return
    count = steps = 0
    pending: list[tuple[int, int, int, int, _Link]] = [(away[goal], 0, 1, away[goal], (goal, None))]
    while pending:
        _, _, length, nearest, link = heappop(pending)
        if link[0] in tops:
            yield _unlinked(link)
        for parent in reversed(parents.get(link[0], ())):
            if parent not in away:
                continue
            steps += 1
            if away[parent] >= nearest:  # else it is nearer to the top than all of the path, so no part of it
                steps += length
                if _contains(link, parent):
                    continue
            count += 1  # of two that are equally short, the one that is further: it ends first
            heappush(pending, (length + away[parent], -count, length + 1, min(nearest, away[parent]), (parent, link)))
        if steps > _MAX_STEPS:
            yield ()
            return


def _unlinked(link: _Link | None) -> tuple[str, ...]:
    path = []
    while link is not None:
        path.append(link[0])
        link = link[1]
    return tuple(path)


def _contains(link: _Link | None, purl: str) -> bool:
    while link is not None:
        if link[0] == purl:
            return True
        link = link[1]
    return False
