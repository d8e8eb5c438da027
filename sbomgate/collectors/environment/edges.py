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
_EXTRA = re.compile(r"""\A\(? ?extra ?== ?(['"])([^'"]*)\1 ?\)?\Z""")
_STRING = re.compile(r"""'[^']*'|"[^"]*["]""")
_EQUALS_EXTRA = re.compile(r"""(?<![\w.'"])extra ?== ?(['"])([^'"]*)\1|(['"])([^'"]*)\3 ?== ?extra(?![\w.'"])""")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_WORDS = frozenset({"and", "or", "not", "in"})
_ALIASES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.machine": "platform_machine",
    "platform.version": "platform_version",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}
"""Spellings of PEP 345 that still parse."""
_MAX_TRIALS = 20_000
"""Markers with alternatives times extras; above it each is taken to be true."""
_MAX_MARKER = 2000
"""Longer ones are taken to be true: no real one is, and what parses them is recursive."""


def marker_environment(python: tuple[int, int] | None, platform: str, machine: str, implementation: str = "cpython") -> dict[str, str]:
    """The marker variables that are known.

    `platform` is `linux`, `darwin`, `win32` or empty, `machine` may be empty, `implementation` is `cpython` or `pypy`.
    """
    known: dict[str, str] = {}
    if python:
        known["python_version"] = f"{python[0]}.{python[1]}"
    if platform:
        known["sys_platform"] = platform
        known["platform_system"] = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[platform]
        known["os_name"] = "nt" if platform == "win32" else "posix"
    if machine:
        known["platform_machine"] = machine
    known["platform_python_implementation"] = "PyPy" if implementation == "pypy" else "CPython"
    known["implementation_name"] = implementation
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
    by_extra: list[dict[str, list[tuple[str, str, str]]]] = [defaultdict(list) for _ in requires]
    """Edges that hang on one extra: extra → (marker, name, extras asked)."""
    by_any: list[list[tuple[str, str, str]]] = [[] for _ in requires]
    """Edges whose marker has to be tried with every extra."""
    pending: list[tuple[str, str]] = []
    trials = 0

    def add(index: int, name: str, asked: str) -> None:
        needs[index].add(name)
        for extra in asked.split(",") if asked else ():
            if (extra := canonical_name(extra.strip())) and extra not in extras[name]:
                extras[name].add(extra)
                pending.append((name, extra))

    for index, (_, lines) in enumerate(requires):
        for line in lines:
            match = _REQUIREMENT.match(line)
            if not match or (name := canonical_name(match[1])) not in by_name:
                continue
            marker = line.partition(";")[2].strip()
            row = (marker, name, match[2] or "")
            if only := _only_extra(marker) if "extra" in marker else "":
                by_extra[index][only].append(row)
                continue
            if "extra" in marker:
                by_any[index].append(row)
            if not marker or holds(marker, known, ""):
                add(index, name, row[2])
    while pending:
        name, extra = pending.pop()
        for index in by_name[name]:
            rows = [*by_extra[index].pop(extra, ()), *by_any[index]]
            trials += len(rows)
            for marker, needed, asked in rows:
                if trials > _MAX_TRIALS or holds(marker, known, extra):
                    add(index, needed, asked)
    return needs, extras


@lru_cache(maxsize=4096)
def _only_extra(marker: str) -> str:
    """The one extra without which `marker` is certainly false; empty if there is no such."""
    if len(marker) > _MAX_MARKER or "or" in _VARIABLE.findall(_STRING.sub(" ", marker)):
        return ""
    found = _EQUALS_EXTRA.search(marker)
    return canonical_name(found[2] or found[4] or "") if found else ""


def decided(marker: str, known: tuple[tuple[str, str], ...]) -> bool | None:
    """Whether `marker` is true with the `known` variables; None if they do not tell."""
    environment = dict(known)
    needed = {_ALIASES.get(word, word) for word in _VARIABLE.findall(_STRING.sub(" ", marker))} - _WORDS
    if len(marker) > _MAX_MARKER or not needed - {"python_full_version"} <= environment.keys():
        return None
    if "python_full_version" in needed:
        if "python_version" not in environment:
            return None
        first, last = (_evaluated(marker, {**environment, "python_full_version": f"{environment['python_version']}.{n}"}) for n in (0, 99))
        return first if first is last else None
    return _evaluated(marker, environment)


def _evaluated(marker: str, environment: dict[str, str]) -> bool | None:
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate({**environment, "extra": ""})
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
        return None


@lru_cache(maxsize=16384)
def holds(marker: str, known: tuple[tuple[str, str], ...], extra: str) -> bool:
    """Whether `marker` is true with the `known` variables and the one `extra`; true if it cannot be told.

    With an unknown variable in it, a marker that names extras is true for those only.
    """
    if len(marker) > _MAX_MARKER:
        return True
    if match := _EXTRA.match(marker):
        return canonical_name(match[2]) == extra
    environment = dict(known)
    needed = {_ALIASES.get(word, word) for word in _VARIABLE.findall(_STRING.sub(" ", marker))} - _WORDS
    about_extras = "extra" in needed
    needed.discard("extra")
    fulls: tuple[str, ...] = ("",)
    if "python_full_version" in needed and "python_version" in environment:
        # the patch release is not known: the marker holds if it does for the first or for the last one
        fulls = f"{environment['python_version']}.0", f"{environment['python_version']}.99"
        needed.discard("python_full_version")
    if not needed <= environment.keys():
        return not about_extras or extra in {canonical_name(text[1:-1]) for text in _STRING.findall(marker)}
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        parsed = Marker(marker)
        return any(parsed.evaluate({**environment, **({"python_full_version": full} if full else {}), "extra": extra}) for full in fulls)
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
        return True
