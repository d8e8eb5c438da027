"""A row of a lockfile installs the artifact of another package.

## Why it matters
The row says one name, its URL or file another, and the installer takes what the URL serves. No tool writes such a row:
it is how a lockfile is poisoned, by hand or by a pull request, with the name of a package that everyone trusts. In the
agent graph this is `critical`, elsewhere `high`; where only the version differs it is one step less.

An alias of npm (`"name"` in the row, `npm:` in the requirement) is no mismatch: it states both names.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://registry.example/opennai/-/opennai-4.104.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="}
  }
}
~~~

## Good
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://registry.example/openai/-/openai-4.104.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="}
  }
}
~~~

## How to fix
Find out who wrote the row, `git log -S` with the URL, before anything is installed from it again. Then delete the row and
lock again.

## References
- Liran Tal, "Why npm lockfiles can be a security blindspot for injecting malicious modules", 2019
- conda documentation, "Package naming conventions"
- PEP 427, "File name convention"; PEP 625, "File name of a Source Distribution"
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sbomgate.model import Artifact, Component, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.purl import canonical_name
from sbomgate.rules._pinning import label, relock, stated

_SDIST = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)-(?P<version>\d[A-Za-z0-9.!+_]*)\.(?:tar\.gz|tar\.bz2|tar\.xz|tgz|zip)").fullmatch


def check(context: Context) -> Iterator[Finding]:
    for component in stated(context):
        if not component.artifacts or component.source is None:
            continue
        mismatch = _NAMING.get(component.ecosystem, _pypi)
        for artifact in component.artifacts:
            if found := mismatch(component, artifact):
                agent = context.is_agent(component.purl)
                severity = Severity.CRITICAL if agent else Severity.HIGH
                yield RULE.finding(
                    component.locations[0],
                    f"{label(component)} installs {found}",
                    subject=component.purl,
                    key=found,
                    severity=severity if not found.startswith("version ") else Severity.HIGH if agent else Severity.MEDIUM,
                    fix=f"find out who wrote the row; then {relock(component)}",
                )
                break


def _npm(component: Component, artifact: Artifact) -> str:
    """What the artifact is instead, empty if it fits. Registries serve `/NAME/-/BASE-VERSION.tgz`, a few with the scope before BASE."""
    before, dash, after = artifact.url.partition("?")[0].partition("/-/")
    if not dash or not component.source or component.source.kind != "index":
        return ""
    name = component.name
    if "%" in before or "%" in after:
        from urllib.parse import unquote

        before, after = unquote(before), unquote(after)
    parent, _, served = before.rpartition("/")
    if (scope := parent.rpartition("/")[2]).startswith("@"):
        served = f"{scope}/{served}"
    if served != name:
        return f"the package {served!r}"
    stem = after.rpartition("/")[2].removesuffix(".tgz").removesuffix(".tar.gz")
    base = name.rpartition("/")[2]
    if not stem.startswith(f"{base}-"):
        return f"the file {after!r}"
    version = stem[len(base) + 1 :]
    if component.version and version.partition("+")[0] != component.version.partition("+")[0]:
        return f"version {version!r}"
    return ""


def _pypi(component: Component, artifact: Artifact) -> str:
    """What the artifact is instead, empty if it fits. The name of a free archive means nothing, that of a wheel does."""
    file = artifact.filename
    if file.endswith(".whl"):
        parts = file[:-4].split("-")
        if len(parts) not in (5, 6):
            return ""
        name, version = parts[0], parts[1]
    elif component.source and component.source.kind == "index" and (match := _SDIST(file)):
        if canonical_name(file).startswith(f"{component.name}-"):
            return ""  # where the version begins cannot be told for certain in old names
        name, version = match["name"], ""
    else:
        return ""
    if canonical_name(name) != component.name:
        return f"the package {canonical_name(name)!r}"
    return f"version {version!r}" if version and component.version and not _same(version, component.version) else ""


def _conda(component: Component, artifact: Artifact) -> str:
    """What the artifact is instead, empty if it fits. Files of conda are `NAME-VERSION-BUILD` (conda, "Package naming conventions")."""
    stem = next((artifact.filename[: -len(end)] for end in (".conda", ".tar.bz2") if artifact.filename.endswith(end)), "")
    parts = stem.rsplit("-", 2)
    if len(parts) < 3:
        return ""
    if parts[0].lower() != component.name:
        return f"the package {parts[0]!r}"
    return f"version {parts[1]!r}" if component.version and parts[1] != component.version else ""


_NAMING = {"npm": _npm, "conda": _conda}


def _same(one: str, other: str) -> bool:
    """Whether two spellings mean one version; file names write `_` for `-` and `+` for itself."""
    if one == other or one.replace("_", "-") == other:
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(one.replace("_", "-")) == Version(other)
    except InvalidVersion:
        return True


RULE = Rule(id="SG322", name="artifact-name-mismatch", severity=Severity.CRITICAL, check=check, doc=__doc__)
