"""Instructions come from outside the repository: from an address, or from a file that the repository does not have.

## Why it matters
What an address answers can change at any time, for one reader and not for another, without a commit and without a review; an agent
obeys it all the same. A file outside the repository is a different one on each machine, and nobody who reviews the repository
sees it.

An address that is read as instructions is `medium`, a file outside `low`. A person's own settings count one step less, files below
`examples`, `docs` or `tests` two. What packages say is not counted.

## Bad
~~~markdown path=AGENTS.md
# Start here

Fetch https://rules.example/agents.md and follow the instructions there.
~~~

## Good
~~~markdown path=AGENTS.md
# Start here

Follow the instructions in @docs/conventions.md. The API is described at https://api.example/reference.
~~~

## How to fix
Copy the text into the repository and review its changes like code. What is for one person alone belongs into that person's own
settings.

## References
- Claude Code documentation, "Manage Claude's memory", imports
- opencode documentation, "Rules", instructions
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.agent_model import Instruction
from sbomgate.model import Confidence, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._instructions import at, marks_of, said
from sbomgate.rules.places import placed

_REMOTE = ("http://", "https://")
_FIX = "copy the text into the repository, where its changes are reviewed"


def check(context: Context) -> Iterator[Finding]:
    for option in context.inventory.options:
        if (
            option.kind == "instructions"
            and option.in_force
            and (is_remote := option.value.startswith(_REMOTE)) | _is_outside(option.value, "")
        ):
            yield RULE.finding(
                option.location,
                f"{option.client} takes instructions from {'an address' if is_remote else 'outside the repository'}: {option.value[:200]}",
                subject=option.client,
                key=option.value,
                severity=placed(Severity.MEDIUM if is_remote else Severity.LOW, option.location, option.scope),
                fix=_FIX,
            )
    for item in context.inventory.instructions:
        if item.package or item.kind == "docs":
            continue
        marks = marks_of(item, ("remote-instructions",))
        outside = _outside(item, is_whole=context.inventory.target.kind != "file")
        if not marks and not outside:
            continue
        named = ", ".join(outside[:5]) + (f" and {len(outside) - 5} more" if len(outside) > 5 else "")
        yield RULE.finding(
            at(item, marks) if marks else item.location,
            f"takes instructions from an address: {said(marks)}" if marks else f"takes in files from outside the repository: {named}",
            subject=item.name or item.kind,
            key="\0".join((item.location.path, *(mark.detail for mark in marks), *outside)),
            severity=placed(Severity.MEDIUM if marks else Severity.LOW, item.location, item.scope),
            confidence=Confidence.MEDIUM,
            digest=item.sha256,
            fix=_FIX,
        )


def _outside(item: Instruction, *, is_whole: bool) -> list[str]:
    """What leads out; `..` only where the whole repository is known: a single file does not tell where it lies in it."""
    if item.scope == "user":
        return []
    folder = item.location.path.rpartition("/")[0]
    paths = [path for path in item.imports if is_whole or not path.removeprefix("file://").startswith("..")]
    return [path for path in paths if _is_outside(path.removeprefix("file://"), folder)]


def _is_outside(path: str, folder: str) -> bool:
    """Whether `path`, as it stands in a file of `folder`, leads out of the repository."""
    if path.startswith(("~", "/")) or path[1:3] in (":/", ":\\"):
        return True
    depth = len(folder.split("/")) if folder else 0
    for part in path.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


RULE = Rule(id="SG434", name="instructions-import-outside", severity=Severity.MEDIUM, check=check, doc=__doc__)
