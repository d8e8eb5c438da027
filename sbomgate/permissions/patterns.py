"""How clients compare a command or a path with what a rule says. Every comparison takes bounded time, whatever the pattern."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

HOME: Final = "/home/user"
PROJECT: Final = "/home/user/project"
"""Where a path of the project is thought to lie, so that all paths can be compared as absolute ones."""
MAX_PATTERN: Final = 4096
MAX_SEGMENTS: Final = 64


def wildcard(text: str, pattern: str) -> bool:
    """Whether `pattern` stands for all of `text`: `*` for anything, spaces included."""
    head, star, rest = pattern.partition("*")
    if not star:
        return text == pattern
    *middle, tail = rest.split("*")
    if not text.startswith(head) or not text.endswith(tail) or len(text) < len(head) + len(tail):
        return False
    at, end = len(head), len(text) - len(tail)
    for piece in middle:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def command_pattern(text: str, pattern: str) -> bool:
    """`wildcard`, where a ` *` or `:*` at the end stands for nothing as well, if it is the only sign.

    Source: Claude Code documentation, "Wildcard patterns"; opencode's are the same but for `:*`.
    """
    if pattern.endswith(":*"):
        pattern = pattern[:-2] + " *"
    if pattern.endswith(" *") and text == pattern[:-2]:  # with another sign before it the texts cannot be the same
        return True
    return wildcard(text, pattern)


def prefix(text: str, pattern: str) -> bool:
    """Whether `text` begins with `pattern`; `*` and nothing stand for every text."""
    pattern = pattern.removesuffix("*") if pattern in ("*", "**") else pattern
    return text.startswith(pattern)


def one_character(text: str, pattern: str) -> bool:
    """`wildcard`, where `?` stands for any one character. `*` does not cross what the caller split off."""
    if "?" not in pattern:
        return wildcard(text, pattern)
    at = mark = 0
    star = -1
    end, size = len(text), len(pattern)
    position = 0
    steps = 0
    while at < end:
        steps += 1
        if steps > 200_000:
            return False
        if position < size and (pattern[position] == "?" or (pattern[position] == text[at] and pattern[position] != "*")):
            at, position = at + 1, position + 1
        elif position < size and pattern[position] == "*":
            star, mark, position = position, at, position + 1
        elif star >= 0:
            mark += 1
            at, position = mark, star + 1
        else:
            return False
    return not pattern[position:].strip("*")


def absolute(path: str) -> str:
    """`path` as an absolute one: `~` is a home folder, what has no root lies in the project."""
    path = path.strip().strip("'\"").replace("$HOME", "~", 1).replace("${HOME}", "~", 1)
    if path == "~" or path.startswith("~/"):
        path = HOME + path[1:]
    elif not path.startswith("/"):
        path = f"{PROJECT}/{path}"
    found: list[str] = []
    for part in path.split("/"):
        if part == "..":
            found[-1:] = []
        elif part not in ("", "."):
            found.append(part)
    return "/" + "/".join(found)


def is_inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it."""
    path, folder = absolute(path), absolute(folder)
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def path_pattern(path: str, pattern: str, *, root: str = PROJECT) -> bool:
    """Whether the gitignore pattern `pattern` covers `path`: `//p` from the root of the machine, `~/p` from the home folder,
    `/p` from `root`, another one from the project, at any depth if it has no slash but at its end.

    Source: Claude Code documentation, "Read and Edit".
    """
    pattern = pattern[:MAX_PATTERN]
    if pattern.startswith("//"):
        base = pattern[1:]
    elif pattern == "~" or pattern.startswith("~/"):
        base = HOME + pattern[1:]
    elif pattern.startswith("/"):
        base = root + pattern
    elif pattern.startswith("./"):
        base = f"{PROJECT}/{pattern[2:]}"
    elif "/" in pattern.rstrip("/"):
        base = f"{PROJECT}/{pattern}"
    else:
        base = f"{PROJECT}/**/{pattern}"
    return _segments_fit(absolute(path), base.rstrip("/"))


def glob(path: str, pattern: str) -> bool:
    """Whether the glob `pattern`, relative to the project, from `~` or from the root, covers `path`."""
    return _segments_fit(absolute(path), absolute(pattern[:MAX_PATTERN]) if pattern != "**" else "/**")


@lru_cache(maxsize=4096)
def _segments_fit(path: str, pattern: str) -> bool:
    """Whether `pattern` covers `path` or a folder above it, segment by segment; `**` stands for any number of them."""
    parts = [part for part in path.split("/") if part]
    wanted = [part.replace("[", "?").replace("]", "") if "[" in part else part for part in pattern.split("/") if part][:MAX_SEGMENTS]
    reached = {0}
    """How many of `parts` can be used up by the segments so far."""
    for segment in wanted:
        if segment == "**":
            first = min(reached, default=len(parts) + 1)
            reached = set(range(first, len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and one_character(parts[at], segment)}
        if not reached:
            return False
    return True
