"""A lockfile, a requirements file or the settings of a package tool carry credentials.

## Why it matters
The file is committed, copied into images and printed by build logs; everyone who sees it can read from the index or the
repository, and often publish to it. The value stands in no output of sbomgate: its place, its kind and its length do.

## Bad
~~~text path=requirements.txt
--index-url https://build:not-a-real-password@packages.example/simple
~~~

~~~text path=.npmrc
//packages.example/npm/:_authToken=not-a-real-token-0123456789
~~~

## Good
~~~text path=requirements.txt
--index-url https://build:${INDEX_PASSWORD}@packages.example/simple
~~~

~~~text path=.npmrc
//packages.example/npm/:_authToken=${NPM_TOKEN}
~~~

## How to fix
Withdraw the credentials first, they are in the history. Then keep them where the tools look for them: `.netrc`, a keyring,
an environment variable (`${NAME}` in requirements files), `.npmrc` with `${NAME}`.

## References
- pip documentation, "Authentication"
- uv documentation, "Package indexes", "Providing credentials directly"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    for setting in context.inventory.settings:
        if setting.kind in ("credentials", "token"):
            yield RULE.finding(
                setting.location,
                f"{setting.value} in a URL" if setting.kind == "credentials" else f"{setting.value} stands in the file itself",
                subject=setting.location.path,
                key=setting.value,
                fix="withdraw them, and keep new ones in .netrc, a keyring or an environment variable",
            )


RULE = Rule(id="SG325", name="credentials-in-url", severity=Severity.HIGH, check=check, doc=__doc__)
