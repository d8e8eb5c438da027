"""A package is downloaded from a URL without a hash.

## Why it matters
No index stands behind the URL, no release and no maintainer: whoever controls the host, or its name, decides what is
installed, each time anew. In the agent graph this is `high`; elsewhere it is `low`, and one finding for all such rows of a
file. An archive that a forge makes of a full commit fixes the content, if the forge is trusted: two steps less.

## Bad
~~~text path=requirements.txt
litellm @ https://files.example/litellm-1.82.6-py3-none-any.whl
~~~

## Good
~~~text path=requirements.txt
litellm @ https://files.example/litellm-1.82.6-py3-none-any.whl#sha256=164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~

## How to fix
Add the hash of the file as `#sha256=…` (pip) or let the lockfile record it (`uv lock`, `npm install`), or install a
release of an index.

## References
- PEP 508, "Names", URL requirements
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Component, Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import judged, pinned


def check(context: Context) -> Iterator[Finding]:
    unhashed = [component for component in pinned(context, Pin.URL) if not component.hashes]
    groups = (
        ([component for component in unhashed if not _names_commit(component)], Severity.HIGH, Severity.LOW),
        ([component for component in unhashed if _names_commit(component)], Severity.LOW, Severity.INFO),
    )
    for components, agent, other in groups:
        yield from judged(
            context,
            RULE,
            components,
            lambda component: f"{component.name} is whatever {component.source.url if component.source else 'a URL'} serves",
            lambda component: f"add the SHA-256 of the file, or install a release of {component.name} from an index",
            what="are downloaded from a URL without a hash",
            agent=agent,
            other=other,
        )


def _names_commit(component: Component) -> bool:
    return component.source is not None and bool(component.source.commit)


RULE = Rule(id="SG207", name="url-without-hash", severity=Severity.HIGH, check=check, doc=__doc__)
