"""A project file asks for something that the lock beside it does not hold.

## Why it matters
Someone reviews the lock, but the tool goes by both files: where they differ it resolves anew, at that moment, to whatever
the index offers then, or it refuses. What is installed is then not what was reviewed. It is also how a changed
requirement slips through a review that looks at locks only, and how a changed lock slips through one that does not.

A requirement with a marker may be missing: the lock was made for machines that it does not hold on. In files that hold
only a part of the project, `requirements.txt`, `pylock.toml` and `Pipfile.lock`, extras and groups may be missing too.

## Bad
~~~toml path=pyproject.toml
[project]
name = "app"
version = "1.0"
dependencies = ["idna>=3.11", "anyio"]
~~~

~~~toml path=uv.lock
version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "idna" }]

[[package]]
name = "idna"
version = "3.10"
source = { registry = "https://index.example/simple" }
wheels = [
    { url = "https://index.example/idna-3.10-py3-none-any.whl", hash = "sha256:946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3" },
]
~~~

## Good
~~~toml path=pyproject.toml
[project]
name = "app"
version = "1.0"
dependencies = ["idna>=3.4"]
~~~

~~~toml path=uv.lock
version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "idna" }]

[[package]]
name = "idna"
version = "3.10"
source = { registry = "https://index.example/simple" }
wheels = [
    { url = "https://index.example/idna-3.10-py3-none-any.whl", hash = "sha256:946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3" },
]
~~~

## How to fix
Lock again and look at what changes: `uv lock`, `poetry lock`, `pdm lock`. In CI let the tool refuse a stale lock:
`uv sync --locked`, `poetry check --lock`, `pdm lock --check`.

## References
- uv documentation, "Locking and syncing", "Checking the lockfile"
- PEP 751, "A file format to record Python dependencies for installation reproducibility"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sbomgate.model import Component, Finding, Location, Setting, Severity
from sbomgate.policy import Context, Rule
from sbomgate.purl import canonical_name
from sbomgate.rules._pinning import label, listed, lock_command
from sbomgate.versions import allows

_KINDS: Final = ("declares", "declares-optional", "declares-dev")
_WHOLE: Final = ("uv.lock", "poetry.lock", "pdm.lock")
_PARTIAL: Final = ("pylock.toml", "Pipfile.lock", "requirements.txt")

Locked = defaultdict[str, list[Component]]
"""Name → the components of one lock."""


def check(context: Context) -> Iterator[Finding]:
    declared: defaultdict[str, list[Setting]] = defaultdict(list)
    for setting in context.inventory.settings:
        if setting.kind in _KINDS:
            declared[setting.location.path].append(setting)
    if not declared:
        return
    locks: defaultdict[str, Locked] = defaultdict(lambda: defaultdict(list))
    for component in context.inventory.components:
        if component.ecosystem == "pypi":
            for path in dict.fromkeys(location.path for location in component.locations):
                if path.rpartition("/")[2] in _WHOLE + _PARTIAL or path.endswith(".py.lock"):
                    locks[path][component.name].append(component)
    for path, settings in declared.items():
        for lock in _locks_of(path, locks):
            yield from _compared(context, settings, lock, locks[lock])


def _locks_of(project: str, locks: dict[str, Locked]) -> list[str]:
    """The locks beside the project file; without one, the lock of the workspace around it."""
    if project.endswith(".py"):
        return [f"{project}.lock"] if f"{project}.lock" in locks else []
    folder = project.rpartition("/")[0]
    found = [lock for name in _WHOLE + _PARTIAL if (lock := f"{folder}/{name}" if folder else name) in locks]
    while not found and folder:
        folder = folder.rpartition("/")[0]
        lock = f"{folder}/uv.lock" if folder else "uv.lock"
        found = [lock] if lock in locks else []
    return found


def _compared(context: Context, settings: list[Setting], lock: str, locked: Locked) -> Iterator[Finding]:
    missing: dict[str, Location] = {}
    is_partial = lock.rpartition("/")[2] in _PARTIAL
    command = lock_command(lock)
    fix = f"{f'run `{command}`' if command else 'lock again with the tool that wrote it'} and review what changes"
    for setting in settings:
        text, _, marker = setting.value.partition(" ; ")
        written, _, specifier = text.partition(" ")
        name = canonical_name(written.partition("[")[0])
        if not name:
            continue
        if not (candidates := locked.get(name)):
            if not marker and not (is_partial and setting.kind != _KINDS[0]):
                missing.setdefault(name, setting.location)
            continue
        if specifier and not specifier.startswith("@") and (loose := _outside(specifier, candidates)) and not marker:
            agent = any(context.is_agent(component.purl) for component in candidates)
            yield RULE.finding(
                setting.location,
                f"{lock} holds {loose}, which {name} {specifier} does not allow",
                subject=candidates[0].purl,
                key=f"{lock}\n{specifier}",
                severity=Severity.HIGH if agent else Severity.MEDIUM,
                fix=fix,
            )
    if missing:
        names = sorted(missing)
        what = f"{names[0]} is" if len(names) == 1 else f"{len(names)} dependencies are"
        yield RULE.finding(
            min(missing.values(), key=lambda place: place.line),
            f"{what} not in {lock}" + (f": {listed(names)}" if len(names) > 1 else ""),
            subject=f"pkg:pypi/{names[0]}" if len(names) == 1 else lock,
            key="\n".join((lock, *names)),
            fix=fix,
        )


def _outside(specifier: str, candidates: list[Component]) -> str:
    """What is locked, if none of it lies in `specifier`; empty if some does, or it cannot be told."""

    for component in candidates:
        # a repository or a folder has the version that it has: what the project names there is the place
        if not component.version or (component.source and component.source.kind in ("vcs", "path")):
            return ""
        if allows(specifier, component.version, poetry=True) is not False:
            return ""
    return listed([label(component) for component in candidates])


RULE = Rule(id="SG330", name="lock-does-not-fit-project", severity=Severity.MEDIUM, check=check, doc=__doc__)
