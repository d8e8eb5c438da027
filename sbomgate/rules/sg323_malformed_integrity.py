"""A hash in a lockfile is none that an installer could check.

## Why it matters
What is too short, no Base64, or of an unknown algorithm matches no file. npm passes over such an `integrity` without a
word and installs what it gets: one changed letter switches the check off. pip and uv refuse the file, which is safe, and
broken. If another hash of the row is good, this is `medium`; if none is, `high`.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://registry.example/openai/-/openai-4.104.0.tgz",
      "integrity": "sha512-AAAA"}
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
Find out who wrote the row, then delete it and lock again.

## References
- W3C, "Subresource Integrity", §3.5, "parse metadata"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import MALFORMED, label, relock, stated


def check(context: Context) -> Iterator[Finding]:
    for component in stated(context):
        malformed = [value for name, value in component.properties if name == MALFORMED]
        if malformed:
            yield RULE.finding(
                component.locations[0],
                f"{label(component)} has {malformed[0][:80]!r} for a hash, which no installer can check",
                subject=component.purl,
                key="\n".join(malformed),
                severity=Severity.MEDIUM if component.hashes else Severity.HIGH,
                fix=relock(component),
            )


RULE = Rule(id="SG323", name="malformed-integrity", severity=Severity.HIGH, check=check, doc=__doc__)
