"""Chain of custody: lock → artifact → RECORD → file on disk, for each installed distribution."""

from __future__ import annotations

from sbomgate.custody.artifacts import search
from sbomgate.custody.compare import LOCKS, SEEDS, Custody, compare, locked_digests

__all__ = ["LOCKS", "SEEDS", "Custody", "compare", "locked_digests", "search"]
