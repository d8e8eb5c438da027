"""A second index may serve any package of the file.

## Why it matters
pip asks every index for every package and takes the highest version, from whichever it comes. Whoever registers the name
of an internal package on the public index, with a high version, is installed: dependency confusion. With a hash on each
line the wrong file is refused, so this is `low` then; with agent packages without hashes in the file it is `high`;
otherwise `medium`.

## Bad
~~~text path=requirements.txt
--extra-index-url https://packages.example/simple
acme-billing==2.1.0
~~~

## Good
~~~text path=requirements.txt
--index-url https://packages.example/simple
acme-billing==2.1.0 --hash=sha256:028ff3aadf0609c1fd278d8ea3089299412a7a8b9bd005dd08b9f8285bcb5cfc
~~~

## How to fix
Use one index that stands before the public one and decides by name which is asked, or uv with `explicit = true` for the
internal index. Pin hashes in any case.

## References
- pip documentation, `--extra-index-url`, its warning
- Alex Birsan, "Dependency Confusion", 2021
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import stated

_FIRM = (Pin.HASHED, Pin.VCS_COMMIT, Pin.PATH, Pin.URL, Pin.VCS_REF)  # hashed, or not looked up in an index at all


def check(context: Context) -> Iterator[Finding]:
    loose: dict[str, bool] = {}  # file → whether an agent package is among those without a hash
    for component in stated(context):
        if component.ecosystem == "pypi" and component.pin not in _FIRM:
            path = component.locations[0].path
            loose[path] = loose.get(path, False) or context.is_agent(component.purl)
    for setting in context.inventory.settings:
        if setting.kind == "extra-index-url":
            path = setting.location.path
            severity = Severity.LOW if not loose else Severity.HIGH if loose.get(path) else Severity.MEDIUM
            yield RULE.finding(
                setting.location,
                f"any package may come from {setting.value} as well, the highest version wins",
                subject=setting.value,
                severity=severity,
                fix="use one index that decides by name, or uv with an explicit index; pin hashes",
            )


RULE = Rule(id="SG326", name="extra-index", severity=Severity.MEDIUM, check=check, doc=__doc__)
