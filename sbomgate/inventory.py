"""Nouns of many collectors made into one inventory: sorted, joined, with the agent graph marked."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from sbomgate.model import (
    Component,
    Environment,
    FileFact,
    Installation,
    Inventory,
    Origin,
    Pin,
    Problem,
    ProjectFile,
    Provides,
    Report,
    Secret,
    Server,
    Setting,
    Severity,
    StartupHook,
    Target,
)
from sbomgate.purl import pattern as purl_pattern
from sbomgate.purl import without_version

BUNDLED_IN: Final = "sbomgate:bundled-in"
"""Property: the purl of the distribution whose artifact holds the component."""

_FIRMNESS = {pin: rank for rank, pin in enumerate(Pin)}
STRENGTHS = ("broken", "version", "record", "bytes")
"""Of evidence, the weakest first."""
_SCOPES = {scope: rank for rank, scope in enumerate(("runtime", "optional", "peer", "dev"))}


class Builder:
    """Takes nouns in any order, gives one Inventory that does not depend on it."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.kinds: dict[type, list[Any]] = defaultdict(list)
        self.verified = 0
        self.sources = 0

    def add(self, noun: Any) -> None:
        """Take what a collector yields."""
        if type(noun) is int:
            self.verified += noun
        else:
            self.kinds[type(noun)].append(noun)

    def build(self, is_agent: Callable[[Component], bool]) -> Inventory:
        """Everything that was added; `is_agent` tells the packages that the agent graph starts from."""
        kinds = self.kinds
        stated: list[Component] = kinds[Component]
        servers = _ordered(_distinct(kinds[Server]), lambda item: (item.location.path, item.location.line, item.name))
        if servers and any(item.origin is not Origin.LAUNCHED for item in stated):
            from sbomgate.implementations import join

            servers, stated = join(servers, stated, kinds[Environment], kinds[Provides])
        components = _ordered(stated, lambda item: (item.purl, item.locations[0].path, item.locations[0].line, item.requirement))
        agent, roots = _graph(components, is_agent)
        return Inventory(
            target=self.target,
            components=tuple(components),
            environments=tuple(sorted(_distinct(kinds[Environment]))),
            hooks=tuple(_ordered(_distinct(kinds[StartupHook]), lambda item: (item.location.path, item.location.line, item.kind))),
            servers=tuple(servers),
            secrets=tuple(_ordered(_distinct(kinds[Secret]), lambda item: (item.location.path, item.location.line, item.where, item.kind))),
            files=tuple(_ordered(_distinct(kinds[FileFact]), lambda item: (item.path, item.kind, item.owners))),
            settings=tuple(
                _ordered(_distinct(kinds[Setting]), lambda item: (item.location.path, item.location.line, item.kind, item.value))
            ),
            **self._agent_facts(),
            projects=tuple(_ordered(_distinct(kinds[ProjectFile]), lambda item: (item.location.path, item.ecosystem))),
            problems=tuple(_ordered(_distinct(kinds[Problem]), lambda item: (item.path, item.where, item.what))),
            notes=tuple(sorted(_distinct(kinds[str]))),
            agent=agent,
            roots=roots,
            files_verified=self.verified,
            sources=self.sources,
        )

    def _agent_facts(self) -> dict[str, tuple[Any, ...]]:
        """Field of the inventory → its nouns of agents' settings. Known by their names: most runs have none and need no such class."""
        found = [(kind, items) for kind, items in self.kinds.items() if kind.__module__ == "sbomgate.agent_model"]
        if not found:
            return {}
        from sbomgate.agent_model import FIELDS

        return {FIELDS[kind.__name__]: tuple(_ordered(_distinct(items), _agent_order)) for kind, items in found}


def _agent_order(item: Any) -> tuple[Any, ...]:
    return item.location.path, getattr(item, "order", 0), item.location.line, getattr(item, "key", "")


def merge(components: Iterable[Component]) -> list[Component]:
    """Components with equal purls joined into one: all places, hashes and edges, the firmest pin, the nearest scope.

    `components` are sorted by purl, as in an Inventory; so is the result. What is installed wins where both an
    installation and a lockfile describe the package. What an artifact says to hold counts only for places and edges where
    anything else describes the package: a wheel's SBOM must not add a hash to what another one is checked against.
    """
    merged: list[Component] = []
    group: list[Component] = []
    for component in components:
        if group and component.purl != group[0].purl:
            merged.append(_joined(group) if len(group) > 1 else group[0])
            group = []
        group.append(component)
    if group:
        merged.append(_joined(group) if len(group) > 1 else group[0])
    return merged


def nested(components: Iterable[Component]) -> tuple[list[Component], dict[str, list[Component]]]:
    """Of merged `components` those that stand by themselves, and purl → those that lie inside the artifact of that one only."""
    alone: list[Component] = []
    inside: defaultdict[str, list[Component]] = defaultdict(list)
    for component in components:
        owners = [value for name, value in component.properties if name == BUNDLED_IN] if component.origin is Origin.BUNDLED else ()
        if not owners:
            alone.append(component)
        for owner in owners:
            inside[owner].append(component)
    return alone, inside


def edges(components: Iterable[Component]) -> dict[str, tuple[str, ...]]:
    """purl → the purls that it depends on, over all inputs."""
    found: dict[str, tuple[str, ...]] = {}
    for component in components:
        known = found.get(component.purl)
        found[component.purl] = component.dependencies if not known else tuple(sorted({*known, *component.dependencies}))
    return found


def reachable(starts: Iterable[str], graph: Mapping[str, Iterable[str]]) -> set[str]:
    """`starts` and everything that they depend on, directly or not."""
    seen = set(starts)
    pending = deque(seen)
    while pending:
        for purl in graph.get(pending.popleft(), ()):
            if purl not in seen:
                seen.add(purl)
                pending.append(purl)
    return seen


def agent_matcher(more: Iterable[str] = ()) -> Callable[[Component], bool]:
    """Whether a component is an agent package: on the shipped list, named by the policy, or started by an agent.

    `more`: purls without version, `*` allowed.
    """
    from sbomgate.data import agent_names

    literal, patterns = agent_names()
    wanted = tuple(map(purl_pattern, more))
    ends: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for ecosystem, pattern in patterns:
        start, _, end = pattern.partition("*")
        ends[ecosystem][end].append(start)
    shipped = {ecosystem: tuple((end, tuple(starts)) for end, starts in found.items()) for ecosystem, found in ends.items()}
    return _Matcher(literal, shipped, _any_of(wanted) if wanted else None)


def _any_of(patterns: Iterable[str]) -> Callable[[str], Any]:
    import re
    from fnmatch import translate

    return re.compile("|".join(map(translate, patterns))).match


class _Matcher:
    def __init__(
        self,
        literal: frozenset[tuple[str, str]],
        patterns: dict[str, tuple[tuple[str, tuple[str, ...]], ...]],
        more: Callable[[str], Any] | None,
    ) -> None:
        self.literal, self.more = literal, more
        self.patterns = patterns
        """Ecosystem → (what a name ends with, what it then may begin with): no expression to compile at every start."""

    def __call__(self, component: Component) -> bool:
        if component.origin is Origin.LAUNCHED or (component.ecosystem, component.name) in self.literal:
            return True
        name = component.name
        for end, starts in self.patterns.get(component.ecosystem, ()):
            if name.endswith(end) and name[: len(name) - len(end)].startswith(starts):
                return True
        return self.more is not None and bool(self.more(without_version(component.purl)))


def _graph(components: list[Component], is_agent: Callable[[Component], bool]) -> tuple[frozenset[str], tuple[str, ...]]:
    graph = edges(components)
    # the project that is scanned is the root of everything: it would make every dependency of an agent an agent
    agents = reachable((item.purl for item in components if item.origin is not Origin.PROJECT and is_agent(item)), graph)
    needed = {purl for purls in graph.values() for purl in purls}
    roots = {item.purl for item in components if item.purl not in needed or item.origin is Origin.PROJECT}
    reached = reachable(roots, graph)
    for purl in _finished_last(graph.keys() - reached, graph):
        if purl not in reached:  # nobody outside asks for it or for those it shares a cycle with
            roots.add(purl)
            reached |= reachable((purl,), graph)
    return frozenset(agents), tuple(sorted(roots))


def _finished_last(purls: Iterable[str], graph: Mapping[str, Iterable[str]]) -> list[str]:
    """`purls` so that each cycle stands before all that depends on nothing else but it: reverse post-order (Kosaraju)."""
    order: list[str] = []
    seen: set[str] = set()
    for start in sorted(purls):
        pending = [(start, iter(graph[start]))] if start not in seen else []
        seen.add(start)
        while pending:
            purl, below = pending[-1]
            follow = next((name for name in below if name in graph and name not in seen), None)
            if follow is None:
                order.append(purl)
                pending.pop()
            else:
                seen.add(follow)
                pending.append((follow, iter(graph[follow])))
    return order[::-1]


def _joined(group: list[Component]) -> Component:
    every = group
    group = [item for item in every if item.origin is not Origin.BUNDLED] or every
    first = next((item for item in group if item.installation), None) or next(
        (item for item in group if item.origin is Origin.INSTALLED), group[0]
    )
    installations = [item.installation for item in group if item.installation]
    return replace(
        first,
        installation=_joined_installation(installations) if len(installations) > 1 else first.installation,
        pin=min((item.pin for item in group), key=_FIRMNESS.__getitem__),
        scope=min(_stated_scopes(group), key=lambda scope: _SCOPES.get(scope, len(_SCOPES))),
        locations=tuple(dict.fromkeys(place for item in (*group, *every) for place in item.locations)),
        hashes=tuple(dict.fromkeys(digest for item in group for digest in item.hashes)),
        artifacts=tuple(dict.fromkeys(artifact for item in group for artifact in item.artifacts)),
        groups=tuple(sorted({name for item in group for name in item.groups})),
        dependencies=tuple(sorted({purl for item in every for purl in item.dependencies})),
        install_script=any(item.install_script for item in group),
        source=next((item.source for item in group if item.source), None),
        properties=tuple(sorted({pair for item in every for pair in item.properties})),
    )


def _stated_scopes(group: list[Component]) -> list[str]:
    """The scopes of a group; a lockfile tells what a package in node_modules is there for, the folder only guesses it."""
    locked = [item.scope for item in group if item.origin is Origin.LOCKED and item.ecosystem == "npm"]
    return locked or [item.scope for item in group]


def _joined_installation(group: list[Installation]) -> Installation:
    """One version installed several times, in several site folders: only as good as the worst of them."""
    record = (
        "missing"
        if any(item.record == "missing" for item in group)
        else "empty"
        if any(item.record == "empty" for item in group)
        else "present"
    )
    contents = {item.content_digest for item in group}
    return replace(
        group[0],
        editable=any(item.editable for item in group),
        record=record,
        files=sum(item.files for item in group),
        content_digest=" ".join(sorted({content or "unknown" for content in contents})) if any(contents) else "",
        verified=all(item.verified for item in group),
    )


def _distinct(items: list[Any]) -> list[Any]:
    return list(dict.fromkeys(items))


def _ordered(items: list[Any], key: Callable[[Any], Any]) -> list[Any]:
    """`items` in the order of `key`; what is equal in it, in the order of its whole content: never in that of its arrival."""
    keys = list(map(key, items))
    order = sorted(range(len(items)), key=keys.__getitem__)
    if any(keys[one] == keys[next_] for one, next_ in pairwise(order)):
        order.sort(key=lambda index: (keys[index], repr(items[index])))
    return [items[index] for index in order]


def summary(report: Report) -> dict[str, Any]:
    """The counts of a report, under the names of the JSON report's `summary`."""
    purls: set[str] = set()
    agents: set[str] = set()
    alone: set[str] = set()
    for inventory in report.inventories:
        purls |= {item.purl for item in inventory.components}
        alone |= {item.purl for item in inventory.components if item.origin is not Origin.BUNDLED}
        agents |= inventory.agent
    counts = dict.fromkeys(map(str, Severity), 0)
    for finding in report.findings:
        if finding.accepted is None:
            counts[finding.severity] += 1
    return {
        "gate": report.gate,
        "complete": report.complete,
        "components": len(alone),
        "agent_components": len(agents & alone),
        "bundled_components": len(purls - alone),
        "hooks": sum(len(inventory.hooks) for inventory in report.inventories),
        "servers": sum(len(inventory.servers) for inventory in report.inventories),
        "files_verified": sum(inventory.files_verified for inventory in report.inventories),
        "findings": counts,
        "accepted": sum(finding.accepted is not None for finding in report.findings),
        "problems": len(report.problems),
        **({"custody": custody} if (custody := strengths(report)) else {}),
    }


def strengths(report: Report) -> dict[str, int]:
    """How many distributions are known how firmly, the weakest first; empty unless a lockfile was compared with."""
    found = [item.strength for inventory in report.inventories for item in inventory.custody]
    return {strength: found.count(strength) for strength in STRENGTHS} if found else {}
