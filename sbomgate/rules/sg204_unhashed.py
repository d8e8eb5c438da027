"""A package has an exact version, but no hash of its artifact.

## Why it matters
A version is a name, and a name can be given other bytes: by a mirror, by a compromised index, by a second index with a
package of the same name. With a hash the installer refuses them. A file of an index can also be added to a version later
on, a wheel for your platform beside the reviewed one, and only hashes keep it out. In the agent graph this is `high`;
elsewhere it is `low`, and one finding for all such lines of a file.

Yarn 2 and later write no checksum of a package with `conditions`, one that is only for some platforms. No lockfile of
theirs has it, so this is `medium` in the agent graph.

Bundled packages of npm lie inside the artifact of another one, and are covered by its hash. Folders and repositories
have no artifact: see SG206 for the latter.

## Bad
~~~text path=requirements.txt
litellm==1.82.6
~~~

## Good
~~~text path=requirements.txt
litellm==1.82.6 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~

## How to fix
Let a tool write the hashes: `uv lock`, `uv pip compile --generate-hashes`, `npm install --package-lock-only`.

## References
- pip documentation, "Secure installs"
- npm documentation, "package-lock.json", `integrity`
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Component, Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import MALFORMED, judged, label, pinned, relock

_CONDITIONS = "sbomgate:npm:yarn-conditions"


def check(context: Context) -> Iterator[Finding]:
    found = [component for component in pinned(context, Pin.EXACT) if _lacks_hash(component)]
    yield from judged(
        context,
        RULE,
        (component for component in found if not _is_for_platform(component)),
        lambda component: f"{label(component)} has no hash: another file may be served under this version",
        relock,
        what="have an exact version but no hash",
    )
    yield from judged(
        context,
        RULE,
        filter(_is_for_platform, found),
        lambda component: f"{label(component)} is for one platform, and Yarn writes no checksum of such a package",
        lambda _: (
            "keep the cache of Yarn in the repository (`enableGlobalCache: false`), or lock with a tool that writes hashes of all packages"
        ),
        what="are for one platform each, and Yarn writes no checksum of such a package",
        agent=Severity.MEDIUM,
    )


def _is_for_platform(component: Component) -> bool:
    return any(name == _CONDITIONS for name, _ in component.properties)


def _lacks_hash(component: Component) -> bool:
    """Whether some artifact that may be installed has no hash; a malformed one is SG323's."""
    if any(name == MALFORMED for name, _ in component.properties):
        return False
    return not component.hashes or any(not artifact.digests for artifact in component.artifacts)


RULE = Rule(id="SG204", name="unhashed", severity=Severity.HIGH, check=check, doc=__doc__)
