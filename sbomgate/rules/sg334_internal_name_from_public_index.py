"""A lockfile takes a package from another registry than the one that the project names for it.

## Why it matters
Who sets a registry for a scope, or an index for a package, says that the name is theirs. A row that has it from elsewhere is
what dependency confusion looks like when it has happened: someone registered the name in public, or put the row there.

## Bad
~~~text path=.npmrc
@acme:registry=https://packages.example/npm/
~~~

~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/@acme/billing": {"version": "9.9.9", "resolved": "https://registry.example/@acme/billing/-/billing-9.9.9.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="}
  }
}
~~~

## Good
~~~text path=.npmrc
@acme:registry=https://packages.example/npm/
~~~

~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/@acme/billing": {"version": "2.1.0", "resolved": "https://packages.example/npm/@acme/billing/-/billing-2.1.0.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="}
  }
}
~~~

## How to fix
Look at what the row installs before anything is installed from it again. Then have the row written anew, with the settings of
the project in force.

## References
- npm documentation, "scope", "Associating a scope with a registry"
- uv documentation, "Package indexes", "Pinning a package to an index"
- Alex Birsan, "Dependency Confusion", 2021
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sbomgate.model import Component, Finding, Setting, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import governs, host, label, relock, stated


def check(context: Context) -> Iterator[Finding]:
    named: defaultdict[tuple[str, str], list[tuple[Setting, str]]] = defaultdict(list)
    """(ecosystem, scope or package) → where it is to come from."""
    for setting in context.inventory.settings:
        if setting.kind in ("scope-registry", "package-index"):
            name, _, url = setting.value.partition(" ")
            named["npm" if setting.kind == "scope-registry" else "pypi", name].append((setting, url))
    if not named:
        return
    for component in stated(context):
        name = component.name.partition("/")[0] if component.ecosystem == "npm" else component.name
        if component.source is None or component.source.kind != "index" or not (found := named.get((component.ecosystem, name))):
            continue
        path = component.locations[0].path
        if component.ecosystem == "pypi" and not path.endswith(("uv.lock", ".py.lock")):
            continue  # the settings are those of uv
        wanted = [(setting, url) for setting, url in found if governs(setting, path)]
        if wanted and not any("$" in url or _is_same(component, url) for _, url in wanted):
            setting, url = wanted[0]
            yield RULE.finding(
                component.locations[0],
                f"{label(component)} comes from {component.source.url}, and not from {url} as {setting.location} says",
                subject=component.purl,
                key=component.source.url,
                fix=f"look at what it installs; then {relock(component)}",
            )


def _is_same(component: Component, url: str) -> bool:
    """Whether the row's registry is the one at `url`: registries of npm serve tarballs below other paths too, indexes do not."""
    stated = component.source.url if component.source else ""
    if component.ecosystem == "npm":
        return host(stated) == host(url)
    return host(stated) == host(url) and _path(stated) == _path(url)


def _path(url: str) -> str:
    return url.partition("://")[2].partition("/")[2].partition("?")[0].rstrip("/")


RULE = Rule(id="SG334", name="internal-name-from-public-index", severity=Severity.HIGH, check=check, doc=__doc__)
