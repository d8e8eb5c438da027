"""A package comes from a repository by a branch, a tag, or nothing at all.

## Why it matters
A branch moves by design, and a tag can be moved by everyone who may push: in 2025 the tags of a widely used build action
were all moved to one malicious commit. Only a full commit says what will be installed. In the agent graph this is `high`;
elsewhere it is `low`, and one finding for all such rows of a file.

## Bad
~~~text path=requirements.txt
litellm @ git+https://git.example/acme/litellm@main
~~~

## Good
~~~text path=requirements.txt
litellm @ git+https://git.example/acme/litellm@3f1c9d0b7c1d4e1f8a8f5f0a4a1b2c3d4e5f6a7b
~~~

## How to fix
Name the commit, all 40 digits of it, or install a release with its hash.

## References
- pip documentation, "VCS Support"
- npm documentation, "package.json", "Git URLs as Dependencies"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Component, Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import judged, pinned


def check(context: Context) -> Iterator[Finding]:
    yield from judged(
        context,
        RULE,
        pinned(context, Pin.VCS_REF),
        lambda component: f"{component.name} comes from {_reference(component)}, which moves",
        lambda component: f"name the commit of {component.name}, all 40 digits of it",
        what="come from a branch or tag of a repository",
    )


def _reference(component: Component) -> str:
    source = component.source
    reference = source.reference if source else ""
    place = source.url if source else "a repository"
    return f"{reference!r} of {place}" if reference else f"the default branch of {place}"


RULE = Rule(id="SG206", name="moving-vcs-reference", severity=Severity.HIGH, check=check, doc=__doc__)
