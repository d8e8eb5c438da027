"""A lockfile holds an agent package in several versions.

## Why it matters
An advisory, an upgrade or a manifest is about one version; a second one, brought in by some other package, is easily
forgotten, and it has the same keys and tools in its hands. A second version is also how an old release with a known hole
stays in a project that was upgraded. An agent package itself is `medium`; other members of the agent graph, of which
trees of npm hold several versions as a matter of course, are one `info` for each file.

A lock for several platforms or Python versions may need a version for each: where all rows say when they count, by a
marker or a platform, it is `low`.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0", "dependencies": {"openai": "^4.0.0", "helper": "^1.0.0"}},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://registry.example/openai/-/openai-4.104.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="},
    "node_modules/helper": {"version": "1.0.0", "resolved": "https://registry.example/helper/-/helper-1.0.0.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA==",
      "dependencies": {"openai": "^3.0.0"}},
    "node_modules/helper/node_modules/openai": {"version": "3.3.0", "resolved": "https://registry.example/openai/-/openai-3.3.0.tgz",
      "integrity": "sha512-GMha29r5c2tMXT7BBZCdIXbFhv9NgsTNMH6J4ZXoAmkb7Mn27JNQS68TRex7uEpPwU9oXXVsRVEFs24KdpSxUQ=="}
  }
}
~~~

## Good
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0", "dependencies": {"openai": "^4.0.0", "helper": "^1.0.0"}},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://registry.example/openai/-/openai-4.104.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="},
    "node_modules/helper": {"version": "1.0.0", "resolved": "https://registry.example/helper/-/helper-1.0.0.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA==",
      "dependencies": {"openai": "^4.0.0"}}
  }
}
~~~

## How to fix
Find out who asks for the older one, `sbomgate why`, and upgrade that, or override its version: `overrides` (npm, pnpm),
`resolutions` (Yarn), `override-dependencies` (uv).

## References
- npm documentation, "npm dedupe"; "package.json", `overrides`
- uv documentation, "Resolution", "Forking"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sbomgate.inventory import agent_matcher
from sbomgate.model import Component, Finding, Origin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.purl import without_version
from sbomgate.rules._pinning import BUNDLED, listed

_CONDITIONS: Final = frozenset({"sbomgate:uv:resolution-markers", "sbomgate:python:marker", "sbomgate:conda:platform"})


def check(context: Context) -> Iterator[Finding]:
    if not context.inventory.agent:
        return
    found: defaultdict[tuple[str, str, str], dict[str, Component]] = defaultdict(dict)
    for component in context.inventory.components:
        if (
            component.origin is Origin.LOCKED
            and component.version
            and context.is_agent(component.purl)
            and BUNDLED not in component.properties
        ):
            found[component.locations[0].path, component.ecosystem, component.name].setdefault(component.version, component)
    is_listed = agent_matcher(context.agent_packages)
    others: defaultdict[str, list[Component]] = defaultdict(list)
    for (path, _, name), versions in found.items():
        if len(versions) == 1:
            continue
        rows = list(versions.values())
        if not is_listed(rows[0]):
            others[path].append(rows[0])
            continue
        conditional = all(any(key in _CONDITIONS for key, _ in row.properties) for row in rows)
        yield RULE.finding(
            rows[0].locations[0],
            f"{name} is locked in {len(rows)} versions: {listed(sorted(versions))}"
            + (", for different platforms or Python versions" if conditional else ""),
            subject=without_version(rows[0].purl),
            key="\n".join(sorted(versions)),
            severity=Severity.LOW if conditional else Severity.MEDIUM,
            fix=f"`sbomgate why {without_version(rows[0].purl)}` tells who asks for which; upgrade those, or override the version",
        )
    for path, members in others.items():
        names = sorted({component.name for component in members})
        yield RULE.finding(
            min((component.locations[0] for component in members), key=lambda place: place.line),
            f"what agent packages need is locked in several versions: {listed(names)}",
            subject=path,
            key="\n".join(names),
            severity=Severity.INFO,
            fix="deduplicate, if the tool offers it: `npm dedupe`, `pnpm dedupe`, `yarn dedupe`",
        )


RULE = Rule(id="SG332", name="agent-package-locked-twice", severity=Severity.MEDIUM, check=check, doc=__doc__)
