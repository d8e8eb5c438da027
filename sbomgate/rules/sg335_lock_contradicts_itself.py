"""The two halves of a package-lock.json state different things of one package.

## Why it matters
Version 2 of the file has each package twice: in `packages`, which npm 7 and later install from, and in `dependencies`, which
older ones do. npm writes both from one tree, so they never differ. Where they do, one was changed by hand: what a reviewer, a
scanner or an old npm reads in one half is not what the other installs. In the agent graph this is `critical`.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 2,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/left": {"version": "1.0.0", "resolved": "https://registry.example/left/-/left-1.0.0.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="}
  },
  "dependencies": {
    "left": {"version": "1.0.0", "resolved": "https://mirror.example/left/-/left-1.0.0.tgz",
      "integrity": "sha512-GMha29r5c2tMXT7BBZCdIXbFhv9NgsTNMH6J4ZXoAmkb7Mn27JNQS68TRex7uEpPwU9oXXVsRVEFs24KdpSxUQ=="}
  }
}
~~~

## Good
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 2,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/left": {"version": "1.0.0", "resolved": "https://registry.example/left/-/left-1.0.0.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="}
  },
  "dependencies": {
    "left": {"version": "1.0.0", "resolved": "https://registry.example/left/-/left-1.0.0.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="}
  }
}
~~~

## How to fix
Find out who wrote the rows, `git log -S` with the value, before anything is installed from the file. Then delete it and lock
again with a current npm, which writes version 3: one half.

## References
- npm documentation, "package-lock.json", `lockfileVersion`
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.purl import npm

_KIND = "lock-contradiction"


def check(context: Context) -> Iterator[Finding]:
    found = [setting for setting in context.inventory.settings if setting.kind == _KIND]
    if not found:
        return
    agents: defaultdict[str, bool] = defaultdict(bool)
    for component in context.inventory.components:
        if component.ecosystem == "npm" and context.is_agent(component.purl):
            agents[component.name] = True
    for setting in found:
        path, _, what = setting.value.partition(": ")
        name = path.rpartition("node_modules/")[2]
        yield RULE.finding(
            setting.location,
            f"{name} has {what}",
            subject=npm(name),
            key=setting.value,
            severity=Severity.CRITICAL if agents[name] else Severity.HIGH,
            fix="find out who wrote the rows; then delete the file and run `npm install --package-lock-only`",
        )


RULE = Rule(id="SG335", name="lock-contradicts-itself", severity=Severity.HIGH, check=check, doc=__doc__)
