"""Dependency edges between installed distributions: Requires-Dist, markers evaluated for the target's own Python.

Source: "Dependency specifiers" (PEP 508). A marker that asks for something the files of the environment do not tell
(its exact machine, say) counts as true when what it would bring in is installed: then something brought it in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sbomgate.purl import canonical_name

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"""\A\s*\(?\s*extra\s*==\s*(['"])([^'"]*)\1\s*\)?\s*\Z""")
_ANY_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]*)['"]|['"]([^'"]*)['"]\s*==\s*extra""")
_VARIABLE = re.compile(r"\b(python_version|python_full_version|os_name|sys_platform|platform_[a-z_]+|implementation_[a-z_]+|extra)\b")


def marker_environment(python: tuple[int, int] | None, platform: str, machine: str) -> dict[str, str]:
    """The marker variables that are known; `platform` is `linux`, `darwin`, `win32` or empty, `machine` may be empty."""
    known: dict[str, str] = {}
    if python:
        known["python_version"] = f"{python[0]}.{python[1]}"
    if platform:
        known["sys_platform"] = platform
        known["platform_system"] = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[platform]
        known["os_name"] = "nt" if platform == "win32" else "posix"
    if machine:
        known["platform_machine"] = machine
    known["platform_python_implementation"] = "CPython"
    known["implementation_name"] = "cpython"
    return known


def resolve(requires: Sequence[tuple[str, Sequence[str]]], environment: Mapping[str, str]) -> tuple[list[set[str]], dict[str, set[str]]]:
    """The names that each distribution needs, and the extras that are asked of each name.

    `requires`: (normalised name, its Requires-Dist lines), one for each installed distribution. Only names that are
    installed are in the result.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, (name, _) in enumerate(requires):
        by_name[name].append(index)
    known = tuple(sorted(environment.items()))
    needs: list[set[str]] = [set() for _ in requires]
    extras: dict[str, set[str]] = defaultdict(set)
    conditional: list[list[tuple[str, str, str]]] = [[] for _ in requires]
    """Edges that hang on an extra: (marker, name, extras asked)."""
    pending: list[str] = []

    def add(index: int, name: str, asked: str) -> None:
        needs[index].add(name)
        for extra in asked.split(",") if asked else ():
            if (extra := canonical_name(extra.strip())) and extra not in extras[name]:
                extras[name].add(extra)
                pending.append(name)

    for index, (_, lines) in enumerate(requires):
        for line in lines:
            match = _REQUIREMENT.match(line)
            if not match or (name := canonical_name(match[1])) not in by_name:
                continue
            marker = line.partition(";")[2].strip()
            if "extra" in marker and _VARIABLE.search(marker):
                conditional[index].append((marker, name, match[2] or ""))
            elif not marker or holds(marker, known, ""):
                add(index, name, match[2] or "")
    while pending:
        name = pending.pop()
        for index in by_name[name]:
            for marker, needed, asked in conditional[index]:
                if any(extra in extras[name] and holds(marker, known, extra) for extra in _extras_of(marker)):
                    add(index, needed, asked)
    return needs, extras


@lru_cache(maxsize=4096)
def _extras_of(marker: str) -> tuple[str, ...]:
    return tuple(canonical_name(first or second) for first, second in _ANY_EXTRA.findall(marker))


@lru_cache(maxsize=16384)
def holds(marker: str, known: tuple[tuple[str, str], ...], extra: str) -> bool:
    """Whether `marker` is true with the `known` variables and the one `extra`; true if it cannot be told."""
    if match := _EXTRA.match(marker):
        return canonical_name(match[2]) == extra
    environment = dict(known)
    needed = set(_VARIABLE.findall(marker)) - {"extra"}
    if "python_full_version" in needed and "python_version" in environment:
        environment["python_full_version"] = f"{environment['python_version']}.0"
    if not needed <= environment.keys():
        return True
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate({**environment, "extra": extra})
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return True
