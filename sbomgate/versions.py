"""Whether a version is one that a requirement allows: PEP 440, and the ranges that Poetry adds to it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_CLAUSE: Final = re.compile(r"\s*(\^|~(?!=)|~=|===?|!=|<=?|>=?)?\s*v?((?:[^\s,|<>=!~^]|!(?!=))+)\s*,?")
_RELEASE: Final = re.compile(r"(?:[0-9]{1,9}!)?[0-9]{1,9}(?:\.[0-9]{1,9}){0,9}").match
_MAX: Final = 500  # characters of a requirement that are judged


@lru_cache(maxsize=4096)
def allows(specifier: str, version: str, *, poetry: bool = False) -> bool | None:
    """Whether `version` lies in `specifier`; None if either is not understood. Pre-releases are versions like others."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    if len(specifier) > _MAX or len(version) > _MAX:
        return None
    alternatives = re.split(r"\s*\|\|?\s*", specifier.strip()) if poetry else [specifier]
    try:
        found = Version(version)
        ranges = [SpecifierSet(_pep440(text) if poetry else text) for text in alternatives]
        return any(found in one or one.contains(found, prereleases=True) for one in ranges)
    except (InvalidSpecifier, InvalidVersion, ValueError):
        return None


@lru_cache(maxsize=4096)
def same(one: str, other: str) -> bool:
    """Whether two texts are one version (PEP 440: `1.0` and `1.0.0` are); what is no version is compared as text."""
    if one == other:
        return True
    from packaging.version import InvalidVersion, Version

    if len(one) > _MAX or len(other) > _MAX:
        return False
    try:
        return Version(one) == Version(other)
    except (InvalidVersion, ValueError):
        return False


Order = tuple[tuple[int, tuple[int, ...], tuple[int, int], int, tuple[int, int]], tuple[tuple[int, int, str], ...]]
"""What orders versions: the public part, and the segments of the local one, which is below all others where there is none."""


@lru_cache(maxsize=65536)
def order(version: str) -> Order | None:
    """What orders `version` among others; None for what is no version (PEP 440, "Summary of permitted suffixes and relative ordering")."""
    if len(version) > _MAX:
        return None
    if _plain(version):  # nine of ten, at a tenth of the time
        return (0, _trimmed(tuple(map(int, version.split(".")))), _FINAL, -1, _NO_DEV), ()
    from packaging.version import InvalidVersion, Version

    try:
        found = Version(version)
    except (InvalidVersion, ValueError):
        return None
    if found.pre is not None:
        pre = ({"a": 0, "b": 1, "rc": 2}[found.pre[0]], found.pre[1])
    else:
        pre = (-1, 0) if found.post is None and found.dev is not None else _FINAL
    dev = _NO_DEV if found.dev is None else (0, found.dev)
    segments = (found.local or "").split(".") if found.local else ()
    local = tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in segments)
    return (found.epoch, _trimmed(found.release), pre, -1 if found.post is None else found.post, dev), local


_plain: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18}){0,9}").fullmatch
_FINAL: Final = (3, 0)
_NO_DEV: Final = (1, 0)


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    """`release` without the zeros at its end: `1.0` and `1` are one version."""
    end = len(release)
    while end > 1 and not release[end - 1]:
        end -= 1
    return release[:end]


@lru_cache(maxsize=4096)
def compared(one: str, other: str) -> int | None:
    """-1, 0 or 1 as `one` is below, equal to or above `other` (PEP 440); None if either is no version."""
    from packaging.version import InvalidVersion, Version

    if len(one) > _MAX or len(other) > _MAX:
        return None
    try:
        first, second = Version(one), Version(other)
    except (InvalidVersion, ValueError):
        return None
    return (first > second) - (first < second)


@lru_cache(maxsize=4096)
def public(version: str) -> str:
    """`version` in its one spelling, without its local part and the zeros at its end; empty for what is no version (PEP 440)."""
    from packaging.version import InvalidVersion, Version

    if len(version) > _MAX:
        return ""
    try:
        found = Version(version)
    except (InvalidVersion, ValueError):
        return ""
    release = list(found.release)
    while len(release) > 1 and not release[-1]:
        release.pop()
    rest = found.public.partition("!")[2] or found.public
    tail = rest[len(".".join(map(str, found.release))) :]
    return f"{found.epoch}!{'.'.join(map(str, release))}{tail}"


def _pep440(text: str) -> str:
    """One alternative of a Poetry constraint as PEP 440 writes it; ValueError if it is none.

    Source: Poetry documentation, "Dependency specification", "Version constraints".
    """
    clauses: list[str] = []
    at = 0
    while at < len(text.rstrip()):
        match = _CLAUSE.match(text, at)
        if match is None:
            raise ValueError(text)
        at = match.end()
        operator, version = match[1] or "", match[2]
        if version == "*":
            continue
        if operator in ("^", "~"):
            clauses += [f">={version}", f"<{_next(version, is_caret=operator == '^')}"]
        else:
            clauses.append(f"{operator or '=='}{version}")
    return ",".join(clauses)


def _next(version: str, *, is_caret: bool) -> str:
    """The first version that `^version` or `~version` no longer allows."""
    release = _RELEASE(version)
    if release is None:
        raise ValueError(version)
    epoch, mark, rest = release[0].rpartition("!")
    parts = [int(part) for part in rest.split(".")]
    last = next((i for i, part in enumerate(parts) if part), len(parts) - 1) if is_caret else min(1, len(parts) - 1)
    return epoch + mark + ".".join(map(str, (*parts[:last], parts[last] + 1)))
