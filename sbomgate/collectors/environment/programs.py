"""Programs of an environment that start another interpreter than the others do.

Installers write the path of the environment's interpreter into every script that they generate. That all of them name
another place is usual, for the environment may be mounted elsewhere than it was made; one that differs from the others was
written by somebody else, and runs what is installed there. A package may bring a script for the system's own interpreter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.environment.layout import Layout
from sbomgate.errors import CollectError
from sbomgate.model import FileFact
from sbomgate.tree import Tree

MAX_PROGRAMS: Final = 5000
MAX_TOLD: Final = 20
_HEAD: Final = 2048
"""What an installer writes first is a path of at most 1024 bytes, and a few words."""
_INTERPRETER: Final = re.compile(
    rb"#![ \t]*(?:/bin/sh\n'''exec'[ \t]*)?[\"']?(?P<folder>/[^\x00-\x1f\"']{0,1024}/)(?:python|pypy)w?[0-9.]{0,9}[\"' \t\r\n]"
)
_SYSTEM: Final = frozenset({"/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/"})


def collect_programs(tree: Tree, layout: Layout) -> Iterator[FileFact]:
    """Yield the scripts in `bin/` that start the interpreter of another environment than most scripts there do."""
    folder = f"{layout.root}/bin".lstrip("/")
    if not layout.virtual or layout.windows or tree.kind(folder) != "folder":
        return
    named: dict[str, str] = {}
    try:
        for entry in tree.entries(folder)[:MAX_PROGRAMS]:
            if entry.kind == "file" and (match := _INTERPRETER.match(tree.head(f"{folder}/{entry.name}", _HEAD))):
                named[f"{folder}/{entry.name}"] = match["folder"].decode("utf-8", "surrogateescape")
    except CollectError:
        return  # told by `activation`, which reads the same files
    votes = Counter(named.values())
    usual, count = next(iter(votes.most_common(1)), ("", 0))
    if count < 2 or 2 * count <= len(named):
        return
    odd = sorted(path for path, where in named.items() if where not in _SYSTEM and where != usual)
    for path in odd[:MAX_TOLD]:
        yield FileFact(kind="interpreter", path=path, detail=named[path].rstrip("/"))
