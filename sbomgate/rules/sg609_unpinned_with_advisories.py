"""Some versions of a package are affected, and which one is used is unknown.

## Why it matters
The package is named without an exact version, so nobody can say whether what is installed or started is one of the versions
that advisories tell of. This says that there are some, not that yours is one. `low` for what an agent starts and for the
agent graph, `info` elsewhere. Where every version is malicious, that is SG601.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp"]}}}
~~~
~~~json path=osv/GHSA-2345-6789-cfgh.json
{
  "id": "GHSA-2345-6789-cfgh",
  "modified": "2026-05-02T10:00:00Z",
  "affected": [{
    "package": {"ecosystem": "npm", "name": "@acme/docs-mcp"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.4.1"}]}]
  }]
}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs-mcp@1.4.2"]}}}
~~~
~~~json path=osv/GHSA-2345-6789-cfgh.json
{
  "id": "GHSA-2345-6789-cfgh",
  "modified": "2026-05-02T10:00:00Z",
  "affected": [{
    "package": {"ecosystem": "npm", "name": "@acme/docs-mcp"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.4.1"}]}]
  }]
}
~~~

## How to fix
Pin the package to an exact version.

## References
- OSV schema, "Evaluation"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.advisory_model import Match
from sbomgate.model import Finding, Origin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._advisories import stated_first

_NAMED = 3


def check(context: Context) -> Iterator[Finding]:
    found: dict[str, list[Match]] = {}
    for match in context.inventory.matches:
        if match.state == "possible":
            found.setdefault(match.purl, []).append(match)
    places = stated_first(context.inventory)
    for purl, matches in found.items():
        component = places.get(purl)
        if component is None:
            continue
        names = [match.advisory for match in matches]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        kind = ", malicious ones among them" if any(match.malicious for match in matches) else ""
        strict = component.origin is Origin.LAUNCHED or context.is_agent(purl)
        yield RULE.finding(
            component.locations[0],
            f"affected versions of {component.name} exist{kind}, yours is unknown ({', '.join(names[:_NAMED])}{more})",
            subject=purl,
            key=component.requirement,
            severity=RULE.severity if strict else Severity.INFO,
            fix=f"pin {component.name} to an exact version",
        )


RULE = Rule(id="SG609", name="unpinned-with-advisories", severity=Severity.LOW, check=check, doc=__doc__)
