"""An installed file is not what the locked artifact holds.

## Why it matters
The artifact has the locked hash, and what it holds is not what is installed: a file was changed, added or removed
afterwards. RECORD cannot show this where it was changed too. `medium` where no code differs. What installers legitimately
change (the place of `.data/` files, the first line of scripts, generated scripts, their own files in `.dist-info`,
bytecode; what npm does to a package: see the page on custody) is no difference. A program in `node_modules/.bin` must be the
one that a package names. A file that a package of npm with an install script has more than its tarball is `medium`: the
script may have written it, and nothing shows that it did. Found by `sbomgate verify ENV --lock LOCK --artifacts DIR`.

## How to fix
Install it again from the artifact, and find out who changed the files. A wheel that was built on this machine
from a locked sdist differs from the published one too: install the wheel.

## References
- Python packaging specifications, "Binary distribution format", "Recording installed projects"
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule

_SHOWN = 3
_WORDS = {
    "added": "is not in it",
    "missing": "is missing",
    "mode": "has other permissions",
    "link": "is a link",
    "script": "does something else",
    "unread": "cannot be read",
}


def check(context: Context) -> Iterator[Finding]:
    for evidence in context.inventory.custody:
        if evidence.fault != "content":
            continue
        # what runs first: a reader should not have to look for it
        deviations = sorted(evidence.deviations, key=lambda one: not one.code)
        told = "; ".join(
            f"{one.path} {_WORDS.get(one.kind, 'differs')}" + (f" ({one.detail})" if one.detail else "") for one in deviations[:_SHOWN]
        )
        more = f"; and {len(deviations) - _SHOWN} more" if len(deviations) > _SHOWN else ""
        facts = "\n".join(f"{one.kind} {one.path} {one.digest}" for one in evidence.deviations)
        yield RULE.finding(
            Location(deviations[0].path),
            f"not as in the artifact sha256 {evidence.artifact[:16]}…: {told}{more}" if evidence.artifact else f"{told}{more}",
            subject=evidence.purl,
            digest=deviations[0].digest if len(deviations) == 1 else "",
            key=sha256(facts.encode("utf-8", "surrogateescape")).hexdigest(),
            severity=None if deviations[0].code else Severity.MEDIUM,
            fix="install it again from the artifact, and find out who changed the files",
        )


RULE = Rule(id="SG345", name="installed-file-not-of-artifact", severity=Severity.CRITICAL, check=check, doc=__doc__)
