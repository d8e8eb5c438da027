"""Chain of custody: lock → artifact → file on disk, for each installed component; RECORD stands between them in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from sbomgate.custody.artifacts import TARBALLS, WHEELS, Form, Found
from sbomgate.custody.compare import PYTHON_LOCKS, SEEDS, Custody, compare, locked_digests
from sbomgate.custody.supply import Supply
from sbomgate.custody_model import Ledger, PackageLedger
from sbomgate.model import Inventory, Problem
from sbomgate.tree import Tree

__all__ = ["LOCKS", "NPM_LOCKS", "SEEDS", "Comparer", "Custody", "Supply", "locked_digests"]

NPM_LOCKS: Final = ("package-lock", "pnpm-lock", "yarn-lock", "bun-lock")
Compare = Callable[[Inventory, Sequence[Any], Inventory, str, str, Sequence[Found], Tree, int], tuple[Custody, list[Problem]]]
"""Target, ledgers, lock, what kind of lock, its path, what was found, the target's files, processes → evidence, what could not be read."""


class Comparer(NamedTuple):
    """How what is installed is compared with the lockfiles of one family."""

    ecosystem: str
    ledger: type
    """The noun that the collector of such a target is asked for."""
    form: Form
    compare: Compare
    target: str
    """What the target has to be."""
    fix: str


def _compare_python(
    target: Inventory, ledgers: Sequence[Any], lock: Inventory, kind: str, _: str, found: Sequence[Found], tree: Tree, __: int
) -> tuple[Custody, list[Problem]]:
    return compare(target, ledgers, lock, kind, found, tree), []


def _compare_npm(*arguments: Any) -> tuple[Custody, list[Problem]]:
    from sbomgate.custody import npm  # here: it brings the collectors of its lockfiles with it

    return npm.compare(*arguments)


_PYTHON: Final = Comparer(
    "pypi", Ledger, WHEELS, _compare_python, "a Python environment", "name a virtual environment or a site-packages folder"
)
_NPM: Final = Comparer(
    "npm",
    PackageLedger,
    TARBALLS,
    _compare_npm,
    "a folder with a node_modules",
    "name a project or its node_modules; Yarn's Plug'n'Play has none",
)
LOCKS: Final = dict.fromkeys(PYTHON_LOCKS, _PYTHON) | dict.fromkeys(NPM_LOCKS, _NPM)
"""What can be compared with, as the support table names it."""
