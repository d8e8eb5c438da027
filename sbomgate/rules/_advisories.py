"""What the rules about advisories share."""

from __future__ import annotations

from sbomgate.model import Component, Inventory, Origin

_FIRST = (Origin.LAUNCHED, Origin.REQUIRED, Origin.LOCKED)


def stated_first(inventory: Inventory) -> dict[str, Component]:
    """purl → the statement of it that a person can change: what an agent starts, a requirement, a row of a lockfile, then what is installed."""
    found: dict[str, Component] = {}
    for component in inventory.components:
        known = found.get(component.purl)
        if known is None or _rank(component) < _rank(known):
            found[component.purl] = component
    return found


def _rank(component: Component) -> int:
    return _FIRST.index(component.origin) if component.origin in _FIRST else len(_FIRST)
