"""A package is required by a tag that its publisher moves.

## Why it matters
`latest`, `next` and `beta` name no release: they are pointers in the registry, and whoever may publish the package, or
holds a token of one who may, moves them with one command. A tag can also be moved backwards, to an old release with a
known hole, and no range stands in the way. In the agent graph this is `high`; elsewhere it is `low`, and one finding for
all such lines of a file. Where a lockfile has the last word, the tag is resolved there.

## Bad
~~~json path=package.json
{"name": "app", "version": "1.0.0", "dependencies": {"openai": "latest"}}
~~~

## Good
~~~json path=package.json
{"name": "app", "version": "1.0.0", "dependencies": {"openai": "4.104.0"}}
~~~

## How to fix
Write the range that you mean and commit the lockfile that the tool makes of it: `npm install --package-lock-only`.

## References
- npm documentation, "npm dist-tag"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import judged, pinned


def check(context: Context) -> Iterator[Finding]:
    yield from judged(
        context,
        RULE,
        pinned(context, Pin.DIST_TAG),
        lambda component: f"{component.name} is whatever the tag {component.requirement!r} points to at the next installation",
        lambda component: f"write an exact version of {component.name}, or commit a lockfile",
        what="are required by a tag",
    )


RULE = Rule(id="SG203", name="dist-tag", severity=Severity.HIGH, check=check, doc=__doc__)
