"""Which folders below a project are members of its workspace, as npm, Yarn, pnpm and Bun tell it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sbomgate.errors import CollectError
from sbomgate.tree import Entry, Tree, walk

_MAX_PATTERN: Final = 500
_MAX_PATTERNS: Final = 1000
_PARTS: Final = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\{[^{}/]*\}|[^*?{]+|\{")


def globs(manifest: Any) -> tuple[str, ...]:
    """The patterns in `workspaces` of a package.json, or in `packages` of a pnpm-workspace.yaml. Yarn also takes a table."""
    if not isinstance(manifest, dict):
        return ()
    found = manifest.get("workspaces", manifest.get("packages"))
    if isinstance(found, dict):
        found = found.get("packages")
    return tuple(text for text in found[:_MAX_PATTERNS] if isinstance(text, str) and text) if isinstance(found, list) else ()


def is_member(folder: str, patterns: Sequence[str]) -> bool:
    """Whether `folder`, relative to the root of the workspace, fits a pattern and none that begins with `!`."""
    fits = any(_compiled(pattern).match(folder) for pattern in patterns if not pattern.startswith("!"))
    return fits and not any(_compiled(pattern[1:]).match(folder) for pattern in patterns if pattern.startswith("!"))


def members(tree: Tree, root: str, patterns: Sequence[str]) -> list[str]:
    """The folders of the members below `root`, relative to it, sorted. Linked folders and node_modules are not entered."""
    if not patterns:
        return []
    found: set[str] = set()
    starts = {_fixed_part(pattern) for pattern in patterns if not pattern.startswith("!")}
    for start in sorted(starts):
        if any(other != start and (start + "/").startswith(other + "/" if other else "") for other in starts):
            continue  # walked with the other
        top = "/".join(part for part in (root, start) if part)
        if tree.kind(top) != "folder":
            continue
        deep = any("**" in pattern for pattern in patterns)
        limit = max(pattern.strip("/").count("/") for pattern in patterns) + 1

        def enter(folder: str, entry: Entry, *, deep: bool = deep, limit: int = limit) -> bool:
            below = folder[len(root) :].strip("/")
            return entry.name != "node_modules" and not entry.name.startswith(".") and (deep or below.count("/") + bool(below) < limit)

        for folder, entries in walk(tree, top, enter, _ignore):
            relative = folder[len(root) :].strip("/")
            if any(entry.name == "package.json" for entry in entries) and relative and is_member(relative, patterns):
                found.add(relative)
    return sorted(found)


def _ignore(_: CollectError) -> None:
    """What cannot be listed is told by the search of the target."""


def _fixed_part(pattern: str) -> str:
    """The folders of a pattern up to its first wildcard."""
    parts: list[str] = []
    for part in _clean(pattern).split("/"):
        if re.search(r"[*?{\[]", part):
            break
        parts.append(part)
    return "/".join(parts)


def _clean(pattern: str) -> str:
    return pattern.removeprefix("./").strip("/")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    text = ""
    for part in _PARTS.findall(_clean(pattern)[:_MAX_PATTERN]):
        text += _translated(part)
    try:
        return re.compile(text + r"\Z")
    except re.error:
        return re.compile(r"(?!)")


def _translated(part: str) -> str:
    known = {"**/": r"(?:[^/]+/)*+", "/**": r"(?:/.+)?+", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    if part in known:
        return known[part]
    if part[0] == "{" and len(part) > 1:
        return f"(?:{'|'.join(map(re.escape, part[1:-1].split(',')))})"
    return re.escape(part)
