"""One artifact has two different hashes of one algorithm.

## Why it matters
A file has one SHA-512. Two rows that state different ones for the same file mean that one of them was changed, or that
the registry has served different bytes under one version; both deserve a look before anything is installed. npm accepts
either of two hashes in one `integrity`, so that an attacker need only add theirs.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://registry.example/openai/-/openai-4.104.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g== sha512-4lrDhF+MvhKAGi36WonUxV3EeQDztu3Jqe5ZDzwrkxL2ZdADnJOCi3tY8zlQvIF6CVWpxQAKjT4oBWnwh0XKaA=="}
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
Fetch the artifact from the registry and compare; find out who wrote the other hash, then lock again.

## References
- W3C, "Subresource Integrity", §3.3.4, "get the strongest metadata from set"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sbomgate.model import Component, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import label, relock, stated


def check(context: Context) -> Iterator[Finding]:
    known: defaultdict[tuple[str, str], dict[str, tuple[str, Component]]] = defaultdict(dict)
    told: set[tuple[str, str]] = set()
    for component in stated(context):
        for artifact in component.artifacts:
            # without a file name: one tarball a version for npm, but one of many files for the index of Python
            if not artifact.filename and component.ecosystem != "npm":
                continue
            key = (component.purl, artifact.filename if component.ecosystem != "npm" else "")
            digests = known[key]
            for digest in artifact.digests:
                value, first = digests.setdefault(digest.alg, (digest.value, component))
                if value != digest.value and key not in told:
                    told.add(key)
                    elsewhere = f", as {first.locations[0]} has it" if first is not component else ""
                    yield RULE.finding(
                        component.locations[0],
                        f"{artifact.filename or label(component)} has the {digest.alg} {digest.value[:16]}… and {value[:16]}…{elsewhere}",
                        subject=component.purl,
                        key=f"{digest.alg}\n" + "\n".join(sorted((value, digest.value))),
                        fix=f"fetch the artifact and compare; then {relock(component)}",
                    )


RULE = Rule(id="SG324", name="conflicting-hashes", severity=Severity.HIGH, check=check, doc=__doc__)
