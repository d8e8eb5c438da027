"""One project locked by several tools is one inventory: what the tools themselves do not do differently, the readers must not.

The lockfiles are those of the fixtures, which the real tools wrote for nearly the same project.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest
from support import DATA

from sbomgate import Policy, scan
from sbomgate.collectors.lockfiles.integrity import STRONG
from sbomgate.model import Component, Inventory, Origin, Pin

JAVASCRIPT = (
    "pnpm-lock/pnpm-7", "pnpm-lock/pnpm-8", "pnpm-lock/pnpm-9", "pnpm-lock/pnpm-12", "yarn-lock/yarn-1", "yarn-lock/berry-2",
    "yarn-lock/berry-3", "yarn-lock/berry-4", "bun-lock/bun-1", "package-lock/npm-v1", "package-lock/npm-v2", "package-lock/npm-v3",
    "deno-lock/deno-2.2.15", "deno-lock/deno-2.9.6",
)  # fmt: skip
PYTHON = (
    "poetry-lock/poetry-2", "poetry-lock/poetry-1.4", "pdm-lock/pdm-2", "pipfile-lock/pipenv", "pylock/uv", "pylock/pip", "uv-lock/workspace",
)  # fmt: skip
OTHER_PROJECTS = ("package-lock/", "deno-lock/", "poetry-lock/poetry-1.4", "pipfile-lock/", "pylock/", "uv-lock/", "pdm-lock/")
"""Written for a project that has more or less: only what both have is compared."""

NODE_GYP = frozenset(
    [
        "@isaacs/fs-minipass",
        "abbrev",
        "chownr",
        "env-paths",
        "exponential-backoff",
        "fdir",
        "graceful-fs",
        "isexe",
        "minipass",
        "minizlib",
        "node-gyp",
        "nopt",
        "picomatch",
        "proc-log",
        "semver",
        "tar",
        "tinyglobby",
        "undici",
        "which",
        "yallist",
        "typescript",
    ]
)
EXCEPTIONS = {
    # case: names that are not in the other lockfiles, or are in them in other versions
    "yarn-lock/yarn-1": {"json-buffer"},  # `resolutions`; pnpm's fixture overrides it with another version
    "yarn-lock/berry-2": {"json-buffer"} | NODE_GYP,  # Yarn 2 and later add node-gyp to what has a script; typescript is patched by them
    "yarn-lock/berry-3": {"json-buffer"} | NODE_GYP,
    "yarn-lock/berry-4": {"json-buffer"} | NODE_GYP,
    "bun-lock/bun-1": {"json-buffer"},
}
WEAK = {
    "yarn-lock/yarn-1": {"is-number"},  # Yarn 1 notes only the SHA-1 of a tarball that is asked for by its address
    "pipfile-lock/pipenv": {"fetched", "colorama"},  # pipenv writes no hash for an address, and no version for another platform
}
OTHER_SCOPE = {
    "package-lock/npm-v1": {"is-number"},  # a peer of that project
    "package-lock/npm-v2": {"is-number"},
    "package-lock/npm-v3": {"is-number"},
    "pylock/uv": {"iniconfig"},  # exported with all groups: the file does not say which
}
PARTLY = ("pylock/pip",)
"""Only the hash of the one wheel that is to be installed."""


class View(NamedTuple):
    """What every format can say of a package."""

    strong: frozenset[str]
    is_firm: bool
    is_development: bool
    is_agent: bool


@cache
def inventory(case: str) -> Inventory:
    policy = Policy(agent_packages=("pkg:npm/debug", "pkg:npm/use-sync-external-store", "pkg:pypi/anyio"))
    return scan(str(DATA / "collectors" / case / "input"), policy).inventories[0]


def is_plain(component: Component) -> bool:
    """Whether it is a version of a registry; addresses, repositories and folders are named after the place where the fixture was made."""
    return component.origin is Origin.LOCKED and (component.source is None or component.source.kind == "index")


def view(case: str) -> dict[str, View]:
    found = inventory(case)
    return {
        item.purl: View(
            frozenset(digest.value for digest in item.hashes if digest.alg in STRONG),
            item.pin is Pin.HASHED,
            item.scope == "dev",
            item.purl in found.agent,
        )
        for item in found.components
        if is_plain(item)
    }


def name_of(purl: str) -> str:
    return purl.partition("/")[2].partition("@")[0].replace("%40", "@")


@pytest.mark.parametrize(
    ("case", "reference"),
    [*((case, "pnpm-lock/pnpm-9") for case in JAVASCRIPT), *((case, "poetry-lock/poetry-2") for case in PYTHON)],
)
def test_each_tool_locks_the_same(case: str, reference: str) -> None:
    theirs, ours = view(case), view(reference)
    if not case.startswith(OTHER_PROJECTS):
        assert {name_of(purl) for purl in theirs.keys() ^ ours.keys()} <= EXCEPTIONS.get(case, set())
    shared = theirs.keys() & ours.keys()
    assert len(shared) >= 3  # or nothing is compared
    for purl in shared:
        name = name_of(purl)
        assert theirs[purl].is_firm or name in WEAK.get(case, ()), purl
        if theirs[purl].strong:  # those of Yarn 2 and later are of its own archive
            same = theirs[purl].strong <= ours[purl].strong if case in PARTLY else theirs[purl].strong == ours[purl].strong
            assert same, purl
        assert theirs[purl].is_development == ours[purl].is_development or name in OTHER_SCOPE.get(case, ()), purl


PEERS = {"react17.0.2", "react18.2.0", "loose-envify1.4.0", "js-tokens4.0.0", "object-assign4.1.1"}
OTHER_PEERS = {
    "yarn-lock/yarn-1": set[str](),  # Yarn 1 does not note peers
    "bun-lock/bun-1": PEERS - {"react18.2.0"},  # one copy of the package, which finds the upper of the two
}


@pytest.mark.parametrize("case", [case for case in JAVASCRIPT if not case.startswith(OTHER_PROJECTS)])
def test_each_tool_has_the_same_agent_graph(case: str) -> None:
    agents = {name_of(purl) + purl.partition("/")[2].partition("@")[2] for purl, seen in view(case).items() if seen.is_agent}
    assert agents == {"debug2.6.9", "ms2.0.0", "use-sync-external-store1.2.0"} | OTHER_PEERS.get(case, PEERS)


@pytest.mark.parametrize(
    ("case", "others"),
    [
        ("poetry-lock/poetry-2", {"idna", "sniffio", "exceptiongroup", "typing-extensions"}),
        ("poetry-lock/poetry-1.4", {"idna", "sniffio", "exceptiongroup", "typing-extensions"}),
        ("pdm-lock/pdm-2", {"idna", "sniffio", "exceptiongroup", "typing-extensions"}),
        ("pipfile-lock/pipenv", set[str]()),  # no edges in these two
        ("pylock/uv", set[str]()),
    ],
)
def test_each_tool_of_python_has_the_same_agent_graph(case: str, others: set[str]) -> None:
    found = inventory(case)
    assert {item.name for item in found.components if item.purl in found.agent} == {"anyio"} | others
