"""A symbolic link stands where a distribution installed a file.

## Why it matters
RECORD lists regular files. Behind a link, the content can be anything at any time, and may lie where others can write.
uv makes such links when it is told to (`--link-mode symlink`); nothing else does.

## How to fix
Install with copies or hard links (`uv pip install --link-mode hardlink`), then scan again.

## References
- uv documentation, "link-mode"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sbomgate.model import Finding, Location, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    links: dict[str, list[str]] = defaultdict(list)
    for fact in context.inventory.files:
        if fact.kind == "symlink":
            links[fact.owners[0]].append(fact.path)
    for owner, paths in sorted(links.items()):
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield RULE.finding(
            Location(paths[0]),
            f"a link or special file where RECORD lists a file, so it was not checked: {paths[0]}{more}",
            subject=owner,
            key=str(len(paths)),
            fix="install with copies or hard links",
        )


RULE = Rule(id="SG307", name="installed-file-is-link", severity=Severity.MEDIUM, check=check, doc=__doc__)
