"""An entry of the allowlist is past its date and accepts nothing any more.

## Why it matters
The entry was made for a time. What it accepted is open again, and the entry says so instead of ending silently.

## Bad
~~~text path=requirements.txt
demo==1.0
~~~
~~~toml path=sbomgate.toml
[[allow]]
rule = "SG204"
path = "requirements.txt"
reason = "example"
expires = 2020-01-31
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
Look at the finding again: mend it, or give the entry a new date and reason.

## References
- `sbomgate allow --expires`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for entry in context.expired:
        yield RULE.finding(
            Location(context.policy_path),
            f"{entry.place} expired on {entry.expires}: {entry.reason}",
            key=entry.place,
            fix="mend what it accepted, or give the entry a new date",
        )


RULE = Rule(id="SG590", name="allowlist-entry-expired", severity=Severity.MEDIUM, check=check, doc=__doc__, stage="policy")
