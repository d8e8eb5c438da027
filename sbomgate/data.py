"""The data that ships with sbomgate: `allowlists/`, beside the package in a checkout and inside it in a wheel."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from sbomgate.errors import UsageError

_LIST = re.compile(r"^(pypi|npm) = \[([^\]]*)\]", re.MULTILINE)
_SERVER = re.compile(r'^ecosystem = "([a-z]+)"[^\n]*\npackage = "([^"\n]+)"', re.MULTILINE)
_QUOTED = re.compile(r'"([^"\n]+)"')


@cache
def read_text(name: str) -> str:
    """The shipped file `name`; UsageError if the installation is broken."""
    import os

    package = os.path.dirname(os.path.abspath(__file__))
    for folder in (os.path.join(package, "allowlists"), os.path.join(os.path.dirname(package), "allowlists")):
        path = os.path.join(folder, name)
        try:
            with open(path, encoding="utf-8") as handle:
                return handle.read()
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise UsageError(f"shipped data cannot be read ({error})", path, fix="install sbomgate again") from error
    raise UsageError("shipped data is missing", f"allowlists/{name}", fix="install sbomgate again")


@cache
def read_toml(name: str) -> dict[str, Any]:
    """The shipped file `name`, parsed; UsageError if the installation is broken. The result is shared: do not change it."""
    import tomllib

    text = read_text(name)
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise UsageError(f"shipped data cannot be read ({error})", f"allowlists/{name}", fix="install sbomgate again") from error


@cache
def agent_names() -> tuple[frozenset[tuple[str, str]], tuple[tuple[str, str], ...]]:
    """((ecosystem, name) of every agent package and known server, (ecosystem, pattern) of the entries with a `*`).

    Read with two expressions, not as TOML: these files are ours, tests pin their form and compare the results, and
    every run needs them, at a tenth of the time.
    """
    names: set[tuple[str, str]] = set()
    patterns: list[tuple[str, str]] = []
    for ecosystem, body in _LIST.findall(read_text("agent-packages.toml")):
        for name in _QUOTED.findall(body):
            if "*" in name:
                patterns.append((ecosystem, name))
            else:
                names.add((ecosystem, name))
    names.update(_SERVER.findall(read_text("mcp-servers.toml")))
    return frozenset(names), tuple(patterns)


class BadRelease(NamedTuple):
    """Versions of one package that are known to carry malicious code."""

    versions: frozenset[str]
    """Exact versions; `*` alone: every one."""
    advisories: tuple[str, ...]
    summary: str
    sources: tuple[str, ...]


def mentions(name: str, words: Iterable[str]) -> bool:
    """Whether the shipped file `name` has one of `words` as a quoted string: if not, it need not be parsed."""
    return not _quoted(name).isdisjoint(words)


@cache
def _quoted(name: str) -> frozenset[str]:
    return frozenset(_QUOTED.findall(read_text(name)))


@cache
def known_bad_releases() -> dict[tuple[str, str], BadRelease]:
    """(ecosystem, name) → what is known to be bad about it. Source: `allowlists/known-bad.toml`."""
    found: dict[tuple[str, str], BadRelease] = {}
    for row in read_toml("known-bad.toml").get("release", ()):
        key = (row["ecosystem"], row["name"])
        entry = BadRelease(frozenset(row["versions"]), tuple(row["advisories"]), row["summary"], tuple(row["sources"]))
        if key in found:
            old = found[key]
            entry = BadRelease(old.versions | entry.versions, old.advisories + entry.advisories, old.summary, old.sources + entry.sources)
        found[key] = entry
    return found
