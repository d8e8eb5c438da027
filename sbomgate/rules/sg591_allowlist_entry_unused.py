"""An entry of the allowlist accepted nothing in this scan.

## Why it matters
What it was made for is gone, or no longer matches. Entries that nobody needs hide the next thing that they happen to
match.

## Bad
~~~text path=requirements.txt
demo==1.0
~~~
~~~toml path=sbomgate.toml
[[allow]]
rule = "SG301"
path = "nothing-like-this"
reason = "example"
~~~

## Good
~~~text path=requirements.txt
demo==1.0
~~~
~~~toml path=sbomgate.toml
[[allow]]
rule = "SG204"
path = "requirements.txt"
reason = "example"
~~~

## How to fix
Remove the entry. If the scan covered only a part of the project, scan all of it.

## References
- `sbomgate allow`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for entry in context.unused:
        yield RULE.finding(
            Location(context.policy_path), f"{entry.place} accepts nothing here: {entry.reason}", key=entry.place, fix="remove the entry"
        )


RULE = Rule(id="SG591", name="allowlist-entry-unused", severity=Severity.LOW, check=check, doc=__doc__, stage="policy")
