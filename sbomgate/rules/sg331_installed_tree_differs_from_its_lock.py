"""An installed node_modules is not what npm recorded when it installed.

## Why it matters
npm 7 and later write `node_modules/.package-lock.json`: name, version, source and hash of each folder that they put
there. A folder with another version, one that the record does not know, or one that is gone came about otherwise: by hand,
by another tool, or by code that ran since. The lockfile that was reviewed says nothing about it, and Node.js loads it all
the same. `high` in the agent graph.

## Bad
~~~json path=node_modules/.package-lock.json
{
  "lockfileVersion": 3,
  "packages": {
    "node_modules/left": {"version": "1.0.0", "resolved": "https://registry.example/left/-/left-1.0.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="}
  }
}
~~~
~~~json path=node_modules/left/package.json
{"name": "left", "version": "1.0.1"}
~~~

## Good
~~~json path=node_modules/.package-lock.json
{
  "lockfileVersion": 3,
  "packages": {
    "node_modules/left": {"version": "1.0.0", "resolved": "https://registry.example/left/-/left-1.0.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="}
  }
}
~~~
~~~json path=node_modules/left/package.json
{"name": "left", "version": "1.0.0"}
~~~

## How to fix
Delete node_modules and install from the lockfile with `npm ci`. If the difference comes back, find out what writes it.

## References
- npm documentation, "package-lock.json", hidden lockfiles
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sbomgate.model import FileFact, Finding, Location, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import listed

_FIX: Final = "delete node_modules and install with `npm ci`; if it comes back, find out what writes it"
_KINDS: Final = {
    "npm-version": "not the version that it records",
    "npm-unlisted": "not in it",
    "npm-absent": "recorded in it, not there",
}


def check(context: Context) -> Iterator[Finding]:
    others: defaultdict[tuple[str, str], list[FileFact]] = defaultdict(list)
    for fact in context.inventory.files:
        if fact.kind not in _KINDS:
            continue
        if context.is_agent(fact.owners[0]) and fact.kind != "npm-absent":
            yield _finding(fact, Severity.HIGH)
        else:
            others[fact.detail, fact.kind].append(fact)
    for (record, kind), facts in others.items():
        if len(facts) == 1:
            yield _finding(facts[0], Severity.MEDIUM)
            continue
        names = sorted(fact.actual or fact.expected for fact in facts)
        yield RULE.finding(
            Location(record),
            f"{len(facts)} packages are {_KINDS[kind]}: {listed(names)}",
            key="\n".join((kind, *names)),
            fix=_FIX,
        )


def _finding(fact: FileFact, severity: Severity) -> Finding:
    if fact.kind == "npm-version":
        message = f"{fact.actual} is installed, {fact.detail} records {fact.expected}"
    elif fact.kind == "npm-unlisted":
        message = f"{fact.actual} is installed, {fact.detail} does not know it"
    else:
        message = f"{fact.detail} records {fact.expected}, which is not there"
    return RULE.finding(
        Location(fact.path),
        message,
        subject=fact.owners[0],
        key=f"{fact.kind}\n{fact.expected}\n{fact.actual}",
        severity=severity,
        fix=_FIX,
    )


RULE = Rule(id="SG331", name="installed-tree-differs-from-its-lock", severity=Severity.MEDIUM, check=check, doc=__doc__)
