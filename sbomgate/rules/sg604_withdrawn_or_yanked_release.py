"""A locked release that its publisher has withdrawn from use.

## Why it matters
The lockfile itself says that the release is deprecated: npm and pnpm write down what the registry said when the lock was made.
That may be a new name, the end of maintenance, or a defect that has no advisory. Lockfiles of Python do not say what was yanked.
`low` in the agent graph, `info` elsewhere.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/request": {"version": "2.88.2", "resolved": "https://registry.example/request/-/request-2.88.2.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g==",
      "deprecated": "request has been deprecated"}
  }
}
~~~

## Good
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/undici": {"version": "6.21.0", "resolved": "https://registry.example/undici/-/undici-6.21.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="}
  }
}
~~~

## How to fix
Read what the publisher says, and take another release or another package.

## References
- npm documentation, "package-lock.json" and "npm deprecate"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Origin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.text import printable

_DEPRECATED = "sbomgate:deprecated"
_SHOWN = 200


def check(context: Context) -> Iterator[Finding]:
    for component in context.inventory.components:
        if component.origin is Origin.LOCKED and component.properties:
            words = [value for name, value in component.properties if name == _DEPRECATED]
            if words:
                why = f": {printable(words[0], _SHOWN)}" if words[0] else ""
                yield RULE.finding(
                    component.locations[0],
                    f"{component.name} {component.version} is withdrawn from use by its publisher{why}",
                    subject=component.purl,
                    key=component.purl,
                    severity=Severity.LOW if context.is_agent(component.purl) else Severity.INFO,
                    fix=f"take another release of {component.name}, or what its publisher names instead, and lock again",
                )


RULE = Rule(id="SG604", name="withdrawn-or-yanked-release", severity=Severity.INFO, check=check, doc=__doc__)
