"""A package of npm runs code of its own when it is installed.

## Why it matters
`npm install` starts the package's `preinstall`, `install` and `postinstall` scripts with the rights of whoever installs:
on a build machine, those of the deployment. Self-spreading packages have lived on that alone. Many scripts are honest,
they build native code, so this is `low`; in the agent graph it is `medium`.

What was decided is not asked again. A package that `install-scripts` of the policy names is no finding. One that the
project's own tool is told to trust, by `trustedDependencies`, `onlyBuiltDependencies`, `allowBuilds` or `allowScripts`, is
`info`, and so are all where `.npmrc` beside the lockfile says `ignore-scripts=true`: then none of them runs.

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
Install with `npm ci --ignore-scripts`, or write `ignore-scripts=true` into `.npmrc`, and run the few scripts that are needed
by name. Or read the script, and name the package in the policy: `install-scripts = ["pkg:npm/esbuild"]`.

## References
- npm documentation, "scripts", "npm install"
- npm documentation, "package-lock.json", `hasInstallScript`
- pnpm documentation, "Settings", `allowBuilds`; Bun documentation, "trustedDependencies"
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from sbomgate.model import Component, Finding, Origin, Setting, Severity
from sbomgate.policy import Context, Rule
from sbomgate.purl import pattern, without_version
from sbomgate.rules._pinning import judged, label, stated


def check(context: Context) -> Iterator[Finding]:
    scripted = list(_with_script(context))
    if not scripted:
        return
    allowed = tuple(map(pattern, context.install_scripts))
    settings = [setting for setting in context.inventory.settings if setting.kind in ("trusted-scripts", "ignore-scripts")]
    asked: list[Component] = []
    trusted: list[Component] = []
    idle: list[Component] = []
    by_folder: dict[str, tuple[bool, frozenset[str]]] = {}
    for component in scripted:
        purl = without_version(component.purl)
        if any(fnmatchcase(purl, text) for text in allowed):
            continue
        folder = _project(component.locations[0].path)
        if folder not in by_folder:
            by_folder[folder] = _decisions(folder, settings)
        ignores, names = by_folder[folder]
        (idle if ignores else trusted if {component.name, label(component)} & names else asked).append(component)

    def fix(component: Component) -> str:
        return (
            f"install with `npm ci --ignore-scripts`, or read the script and name pkg:npm/{component.name} in the policy's install-scripts"
        )

    yield from judged(
        context,
        RULE,
        asked,
        lambda component: f"{label(component)} runs a script when it is installed",
        fix,
        what="run a script when they are installed",
        agent=Severity.MEDIUM,
    )
    yield from judged(
        context,
        RULE,
        trusted,
        lambda component: f"{label(component)} runs a script when it is installed, as the project allows it",
        fix,
        what="run a script when they are installed, as the project allows it",
        agent=Severity.INFO,
        other=Severity.INFO,
    )
    yield from judged(
        context,
        RULE,
        idle,
        lambda component: f"{label(component)} has a script for its installation, which ignore-scripts keeps from running",
        fix,
        what="have a script for their installation, which ignore-scripts keeps from running",
        agent=Severity.INFO,
        other=Severity.INFO,
    )


def _project(path: str) -> str:
    """The folder of the project that a lockfile, or a package in its node_modules, belongs to."""
    before, modules, _ = f"/{path}".partition("/node_modules/")
    return (before if modules else before.rpartition("/")[0]).lstrip("/")


def _decisions(folder: str, settings: list[Setting]) -> tuple[bool, frozenset[str]]:
    """What the files in `folder` say: whether no script runs, and whose scripts may, `name` or `name@version`."""
    here = [setting for setting in settings if setting.location.path.rpartition("/")[0] == folder]
    ignores = any(setting.kind == "ignore-scripts" for setting in here)
    return ignores, frozenset(setting.value for setting in here if setting.kind == "trusted-scripts")


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
