"""A release that its publisher, or its index, has withdrawn from use.

## Why it matters
npm and pnpm write into the lockfile what the registry said when the lock was made: that the release is deprecated. That may be a new
name, the end of maintenance, or a defect that has no advisory. It is `low` in the agent graph, `info` elsewhere.

Lockfiles of Python say nothing of this, and no lockfile says what happened after it was made. `--advisories index` asks the index
that each component comes from:

- yanked: its publisher does not want it installed, except where a lock asks for exactly this version (`medium` in the agent graph, else `low`)
- gone: the index does not have it, which happens to malware, and to what its owner deleted (`medium` in the agent graph, else `low`)
- deprecated: as above
- archived: its owner will not update it (`info`, in the agent graph only)

Where a release has some files that are yanked and some that are not, those count that are locked. An index that nothing but your own
configuration names may lack a release that came from elsewhere; the finding then says so, and is less sure.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/request": {"version": "2.88.2", "resolved": "https://registry.example/request/-/request-2.88.2.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g==",
      "deprecated": "request has been deprecated"}
  }
}
~~~

## Good
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/undici": {"version": "6.21.0", "resolved": "https://registry.example/undici/-/undici-6.21.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="}
  }
}
~~~

## How to fix
Read what the publisher says, and take another release or another package. What is gone cannot be installed again: find out why
before you keep a copy of it.

## References
- npm documentation, "package-lock.json" and "npm deprecate"
- PEP 592, "Adding 'Yank' Support to the Simple API"; PEP 792, "Project Status Markers in the Simple Index"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sbomgate.model import Component, Confidence, Finding, Inventory, Origin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._advisories import stated_first
from sbomgate.text import printable

if TYPE_CHECKING:
    from sbomgate.advisory_model import ReleaseState

_DEPRECATED = "sbomgate:deprecated"
_SHOWN = 200
_STATES = {
    "yanked": (Severity.MEDIUM, Severity.LOW),
    "gone": (Severity.MEDIUM, Severity.LOW),
    "deprecated": (Severity.LOW, Severity.INFO),
    "archived": (Severity.INFO, Severity.INFO),
}
"""The gravest first: what it is in the agent graph, and elsewhere."""
_ORDER = tuple(_STATES)


def check(context: Context) -> Iterator[Finding]:
    inventory = context.inventory
    said: dict[str, list[ReleaseState]] = {}
    for one in (*_locked(inventory), *inventory.releases):
        if one.state in _STATES:
            said.setdefault(one.purl, []).append(one)
    places = stated_first(inventory) if said else {}
    for purl, states in said.items():
        component = places.get(purl)
        in_graph = context.is_agent(purl)
        if component is None or (not in_graph and all(one.state == "archived" for one in states)):
            continue
        states.sort(key=lambda one: (_ORDER.index(one.state), not one.named))  # stable: what the lockfile says goes first
        first = states[0]
        yield RULE.finding(
            component.locations[0],
            " ".join(filter(None, (component.name, component.version, "; ".join(_told(one, component) for one in _each(states))))),
            subject=purl,
            key=purl,
            severity=_STATES[first.state][not in_graph],
            confidence=Confidence.HIGH if first.named else Confidence.MEDIUM,
            fix=_fix(first, component),
        )


def _locked(inventory: Inventory) -> Iterator[ReleaseState]:
    """What lockfiles say themselves."""
    for component in inventory.components:
        if component.origin is Origin.LOCKED and component.properties:
            words = [value for name, value in component.properties if name == _DEPRECATED]
            if words:
                from sbomgate.advisory_model import ReleaseState

                yield ReleaseState(component.purl, "deprecated", words[0])


def _each(states: list[ReleaseState]) -> list[ReleaseState]:
    """One for each thing that is said, whoever else says it too."""
    found: dict[tuple[str, str], ReleaseState] = {}
    for one in states:
        found.setdefault((one.state, one.reason), one)
    return list(found.values())


def _told(one: ReleaseState, component: Component) -> str:
    why = f": {printable(one.reason, _SHOWN)}" if one.reason else ""
    who = f" ({one.place} says so)" if one.place else " (the lockfile says so)"
    if one.state == "gone":
        what = f"does not know {component.name}" if one.whole else "does not have it"
        return f"is gone: {one.place} {what}{' any more' if one.named else '; it was deleted there, or comes from elsewhere'}"
    if one.state == "yanked":
        return f"was yanked by its publisher{why}{who}"
    if one.state == "archived":
        return f"is of a project that was archived by its owner{why}{who}"
    return f"is withdrawn from use by its publisher{why}{who}"


def _fix(one: ReleaseState, component: Component) -> str:
    if one.state == "gone":
        return f"find out why it was taken away, as malware is, and take another release of {component.name}"
    if one.state == "archived":
        return f"plan for another package than {component.name}: nobody will mend it"
    return f"take another release of {component.name}, or what its publisher names instead, and lock again"


RULE = Rule(id="SG604", name="withdrawn-or-yanked-release", severity=Severity.INFO, check=check, doc=__doc__)
