"""uv is told to take a package from whichever index has the highest version.

## Why it matters
By default uv takes a package from the first index that has its name, so that nobody can answer for an internal name with a
higher version elsewhere. `unsafe-best-match` and `unsafe-first-match` give that up, as their names say: it is dependency
confusion again, as with `--extra-index-url` of pip, at each `uv lock`.

## Bad
~~~toml path=uv.toml
index-strategy = "unsafe-best-match"
~~~

## Good
~~~toml path=uv.toml
index-strategy = "first-index"
~~~

## How to fix
Leave the strategy out, and say for the packages of the internal index that they come from it: `explicit = true` for the
index, and `[tool.uv.sources]`.

## References
- uv documentation, "Package indexes", "Searching across multiple indexes"
- Alex Birsan, "Dependency Confusion", 2021
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for setting in context.inventory.settings:
        if setting.kind == "index-strategy" and setting.value.startswith("unsafe"):
            yield RULE.finding(
                setting.location,
                f"index-strategy is {setting.value}: any index may answer for any package",
                subject=setting.location.path,
                key=setting.value,
                fix="remove it, and name the index of internal packages in [tool.uv.sources]",
            )


RULE = Rule(id="SG333", name="unsafe-index-strategy", severity=Severity.MEDIUM, check=check, doc=__doc__)
