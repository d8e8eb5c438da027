#!/usr/bin/env python3
"""Measure `sbomgate verify` against a floor: hashlib over the same installed files and the same wheels, on all processors.

    scripts/bench_custody.py ENV LOCK WHEELHOUSE [--rounds N]

The two are run in turn, A B A B …; the figure is the median of the ratios. The floor does not inflate the wheels, which
`verify` must.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLOOR = """
import hashlib, multiprocessing, os, sys
def digest(paths):
    for path in paths:
        with open(path, "rb") as f:
            hashlib.sha256(f.read()).digest()
if __name__ == "__main__":
    with open(sys.argv[1], "rb") as f:
        paths = f.read().decode("utf-8", "surrogateescape").split("\\n")
    with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0))) as pool:
        pool.map(digest, [paths[i : i + 100] for i in range(0, len(paths), 100)])
"""


def measured(command: list[str]) -> tuple[float, float]:
    """(wall, user and system CPU) seconds of `command`."""
    before = os.times()
    start = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True)
    wall = time.perf_counter() - start
    after = os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("env", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("wheelhouse", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    files = [path for path in options.env.rglob("*") if path.is_file() and not path.is_symlink()] + list(options.wheelhouse.glob("*.whl"))
    size = sum(path.stat().st_size for path in files)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", errors="surrogateescape") as listed:
        listed.write("\n".join(map(str, files)))
        listed.flush()
        floor = [sys.executable, "-c", FLOOR, listed.name]
        verify = [sys.executable, "-m", "sbomgate", "verify", options.env, "--lock", options.lock, "--artifacts", options.wheelhouse, "-q"]
        ours = list(map(str, verify))
        measured(floor)
        pairs = [(measured(ours), measured(floor)) for _ in range(options.rounds)]
    for index, what in enumerate(("wall", "CPU")):
        mine, theirs = (statistics.median(pair[side][index] for pair in pairs) for side in (0, 1))
        ratio = statistics.median(pair[0][index] / pair[1][index] for pair in pairs)
        print(f"{what}: verify {mine:.2f} s, floor {theirs:.2f} s, {ratio:.2f}× ({len(files):,} files, {size / 1e6:,.0f} MB)")


if __name__ == "__main__":
    main()
