"""sbomgate: know exactly what an agent stack runs, pin it, verify it to the byte, deny what is not known-good.

    from sbomgate import scan
    report = scan(".venv")
    print(report.gate, [finding.message for finding in report.findings])

The public names are loaded on first use: importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Inventory", "Policy", "Report", "Target", "audit", "collect", "scan", "scan_many"]

if TYPE_CHECKING:
    from sbomgate.engine import audit, collect, scan, scan_many
    from sbomgate.model import Inventory, Report, Target
    from sbomgate.policy import Policy

_HOMES = {"Inventory": "model", "Report": "model", "Target": "model", "Policy": "policy"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'engine')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
