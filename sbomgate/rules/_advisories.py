"""What the rules about advisories share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbomgate.model import Component, Inventory, Origin

if TYPE_CHECKING:
    from sbomgate.advisory_model import Analysis

ACCEPTING = ("not_affected", "fixed")
"""What a VEX statement must say for a finding to be accepted."""
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


def described(one: Analysis) -> str:
    """What a VEX statement says, on one line: `VEX vex.json: statements[0]: not affected (code_not_reachable): never called`."""
    why = f" ({one.justification})" if one.justification else ""
    return f"VEX {one.place}: {one.state.replace('_', ' ')}{why}" + (f": {one.detail}" if one.detail else "")
