"""The only hash of an artifact is MD5 or SHA-1.

## Why it matters
Two files with one MD5 or SHA-1 can be made by whoever makes both, which a package's author, or one who took over the
account, does. pip's hash-checking mode refuses them; npm still accepts SHA-1 from lockfiles of before 2017. In the agent
graph this is `high`; elsewhere it is `low`, and one finding for all such rows of a file.

## Bad
~~~text path=requirements.txt
litellm==1.82.6 --hash=md5:5eb63bbbe01eeed093cb22bb8f5acdc3
~~~

## Good
~~~text path=requirements.txt
litellm==1.82.6 --hash=sha256:164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~

## How to fix
Lock again with a current tool: it writes SHA-256 or SHA-512. For npm, delete `node_modules` and the lockfile first.

## References
- pip documentation, "Secure installs"
- Leurent and Peyrin, "SHA-1 is a Shambles", 2020
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Component, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import STRONG, judged, label, relock, stated


def check(context: Context) -> Iterator[Finding]:
    yield from judged(
        context,
        RULE,
        (component for component in stated(context) if _is_weak(component)),
        lambda component: f"{label(component)} has only {_algorithms(component)}, which can be forged",
        relock,
        what="have only MD5 or SHA-1 hashes",
    )


def _is_weak(component: Component) -> bool:
    """Whether some artifact that may be installed has hashes, and none that counts."""
    if component.ecosystem == "pypi" and not any(artifact.url or artifact.filename for artifact in component.artifacts):
        return bool(component.hashes) and all(digest.alg not in STRONG for digest in component.hashes)
    return any(artifact.digests and all(digest.alg not in STRONG for digest in artifact.digests) for artifact in component.artifacts)


def _algorithms(component: Component) -> str:
    return " and ".join(sorted({digest.alg.upper() for digest in component.hashes if digest.alg not in STRONG}))


RULE = Rule(id="SG205", name="weak-hash", severity=Severity.HIGH, check=check, doc=__doc__)
