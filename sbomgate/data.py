"""The data that ships with sbomgate: `allowlists/`, beside the package in a checkout and inside it in a wheel."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sbomgate.errors import UsageError


@cache
def read_toml(name: str) -> dict[str, Any]:
    """The shipped file `name`, parsed; UsageError if the installation is broken. The result is shared: do not change it."""
    import os
    import tomllib

    package = os.path.dirname(os.path.abspath(__file__))
    for folder in (os.path.join(package, "allowlists"), os.path.join(os.path.dirname(package), "allowlists")):
        path = os.path.join(folder, name)
        try:
            with open(path, "rb") as handle:
                return tomllib.load(handle)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise UsageError(f"shipped data cannot be read ({error})", path, fix="install sbomgate again") from error
    raise UsageError("shipped data is missing", f"allowlists/{name}", fix="install sbomgate again")


class BadRelease(NamedTuple):
    """Versions of one package that are known to carry malicious code."""

    versions: frozenset[str]
    """Exact versions; `*` alone: every one."""
    advisories: tuple[str, ...]
    summary: str
    sources: tuple[str, ...]


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
