"""A package of npm runs code of its own when it is installed.

## Why it matters
`npm install` starts the package's `preinstall`, `install` and `postinstall` scripts with the rights of whoever installs:
on a build machine, those of the deployment. Self-spreading packages have lived on that alone. Many scripts are honest,
they build native code, so this is `low`; in the agent graph it is `medium`.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://registry.example/openai/-/openai-4.104.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g==", "hasInstallScript": true}
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
Install with `npm ci --ignore-scripts` and run the few scripts that are needed by name, or read the script and allowlist
the package with a reason.

## References
- npm documentation, "scripts", "npm install"
- npm documentation, "package-lock.json", `hasInstallScript`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Component, Finding, Origin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import judged, label, stated


def check(context: Context) -> Iterator[Finding]:
    yield from judged(
        context,
        RULE,
        _with_script(context),
        lambda component: f"{label(component)} runs a script when it is installed",
        lambda component: f"install with `npm ci --ignore-scripts`, or read the script of {component.name} and allowlist it with a reason",
        what="run a script when they are installed",
        agent=Severity.MEDIUM,
    )


def _with_script(context: Context) -> Iterator[Component]:
    """What runs a script: rows of lockfiles, and of what is installed only what no row tells."""
    told = set()
    for component in stated(context):
        if component.install_script:
            told.add(component.purl)
            yield component
    for component in context.inventory.components:
        if component.install_script and component.origin is Origin.INSTALLED and component.purl not in told:
            told.add(component.purl)
            yield component


RULE = Rule(id="SG120", name="install-script", severity=Severity.LOW, check=check, doc=__doc__)
