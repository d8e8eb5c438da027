"""A project file asks for something that the lock beside it does not hold.

## Why it matters
Someone reviews the lock, but the tool goes by both files: where they differ it resolves anew, at that moment, to whatever
the index offers then, or it refuses. What is installed is then not what was reviewed. It is also how a changed
requirement slips through a review that looks at locks only, and how a changed lock slips through one that does not.

A requirement with a marker may be missing: the lock was made for machines that it does not hold on. In files that hold
only a part of the project, `requirements.txt`, `pylock.toml` and `Pipfile.lock`, extras and groups may be missing too. In the
ecosystem of npm, peers and optional packages may be missing, an override has the last word over a range, and what comes
from a repository, a folder, a catalog or the workspace has the version that it has.

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
Lock again and look at what changes: `uv lock`, `poetry lock`, `npm install --package-lock-only`. In CI let the tool refuse
a stale lock: `uv sync --locked`, `poetry check --lock`, `pdm lock --check`, `npm ci`, `pnpm install --frozen-lockfile`,
`yarn install --immutable`.

## References
- uv documentation, "Locking and syncing", "Checking the lockfile"
- npm documentation, "npm ci"; node-semver, "Ranges"
- PEP 751, "A file format to record Python dependencies for installation reproducibility"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sbomgate.model import Component, Finding, Location, Origin, Setting, Severity
from sbomgate.policy import Context, Rule
from sbomgate.purl import canonical_name, npm
from sbomgate.rules._pinning import label, listed, lock_command
from sbomgate.versions import allows

_KINDS: Final = ("declares", "declares-optional", "declares-dev")
_WHOLE: Final = ("uv.lock", "poetry.lock", "pdm.lock")
_PARTIAL: Final = ("pylock.toml", "Pipfile.lock", "requirements.txt")

_NPM_KINDS: Final = ("declares-npm", "declares-npm-dev", "declares-npm-optional")
_NPM_LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock")
_ALIAS: Final = "sbomgate:npm:alias"
_MAX_PARENTS: Final = 20

Locked = defaultdict[str, list[Component]]
"""Name → the components of one lock."""


def check(context: Context) -> Iterator[Finding]:
    yield from _check_python(context)
    yield from _check_npm(context)


def _check_python(context: Context) -> Iterator[Finding]:
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
        yield _missing(missing, lock, fix, f"pkg:pypi/{next(iter(missing))}")


def _missing(missing: dict[str, Location], lock: str, fix: str, purl: str) -> Finding:
    """What `lock` does not hold; `purl`: of the package, if it is only one."""
    names = sorted(missing)
    what = f"{names[0]} is" if len(names) == 1 else f"{len(names)} dependencies are"
    return RULE.finding(
        min(missing.values(), key=lambda place: place.line),
        f"{what} not in {lock}" + (f": {listed(names)}" if len(names) > 1 else ""),
        subject=purl if len(names) == 1 else lock,
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


def _check_npm(context: Context) -> Iterator[Finding]:
    declared: defaultdict[str, list[Setting]] = defaultdict(list)
    overridden: set[str] = set()
    for setting in context.inventory.settings:
        if setting.kind in _NPM_KINDS:
            declared[setting.location.path].append(setting)
        elif setting.kind == "override":
            overridden.add(_overridden(setting.value))
    if not declared:
        return
    locks: defaultdict[str, Locked] = defaultdict(lambda: defaultdict(list))
    members: set[tuple[str, str]] = set()
    """(lock, folder of a project that it is for, relative to its own)."""
    for component in context.inventory.components:
        if component.ecosystem == "npm":
            for path in dict.fromkeys(location.path for location in component.locations):
                if path.rpartition("/")[2] in _NPM_LOCKS:
                    locks[path][component.name].append(component)
                    for name, value in component.properties:
                        if name == _ALIAS:
                            locks[path][value].append(component)
                    if component.origin is Origin.PROJECT and component.source is not None:
                        members.add((path, component.source.url))
    for path, settings in declared.items():
        asked = [setting for setting in settings if setting.value.partition(" ")[0] not in overridden]
        for lock in _npm_locks_of(path, locks, members):
            yield from _npm_compared(context, asked, lock, locks[lock])


def _overridden(text: str) -> str:
    """The package that an override is about: `b` of `a@1>b@^2: 3`, `a/**/b: 3` and `b: 3`."""
    last = text.partition(": ")[0].rpartition(">")[2].strip()
    at = last.find("@", last.rfind("/") + 1 or 1)
    *before, name = (last[:at] if at > 0 else last).split("/")
    return f"{before[-1]}/{name}" if before and before[-1].startswith("@") else name


def _npm_locks_of(project: str, locks: dict[str, Locked], members: set[tuple[str, str]]) -> list[str]:
    """The locks beside package.json; without one, those of the workspace around it that know it as a member."""
    folder = project.rpartition("/")[0]
    found = [lock for name in _NPM_LOCKS if (lock := f"{folder}/{name}" if folder else name) in locks]
    around, below = folder, ""
    for _ in range(_MAX_PARENTS):
        if found or not around:
            break
        around, _, name = around.rpartition("/")
        below = f"{name}/{below}".rstrip("/")
        places = (f"{around}/{name}" if around else name for name in _NPM_LOCKS)
        found = [lock for lock in places if lock in locks and (lock, below) in members]
    return found


def _npm_compared(context: Context, settings: list[Setting], lock: str, locked: Locked) -> Iterator[Finding]:
    from sbomgate.npm_ranges import allows as fits

    missing: dict[str, Location] = {}
    fix = f"run `{lock_command(lock)}` and review what changes"
    for setting in settings:
        name, _, text = setting.value.partition(" ")
        if text.startswith("npm:"):  # under another name, or Yarn's way to say that it comes from the registry
            real, _, wanted = text[4:].rpartition("@")
            name, text = (real, wanted) if real else (name, text[4:])
        if ":" in text or "/" in text:
            continue  # from elsewhere than a registry, where neither its name nor its version is for the project to say
        if not (candidates := locked.get(name)):
            if setting.kind != "declares-npm-optional" and not lock.endswith("deno.lock"):
                missing.setdefault(name, setting.location)
            continue
        if any(not item.version or item.origin is Origin.PROJECT or (item.source and item.source.kind != "index") for item in candidates):
            continue
        if all(fits(text, item.version) is False and fits(text, item.version, prereleases=True) is False for item in candidates):
            agent = any(context.is_agent(component.purl) for component in candidates)
            yield RULE.finding(
                setting.location,
                f"{lock} holds {listed([label(component) for component in candidates])}, which {name} {text} does not allow",
                subject=candidates[0].purl,
                key=f"{lock}\n{text}",
                severity=Severity.HIGH if agent else Severity.MEDIUM,
                fix=fix,
            )
    if missing:
        yield _missing(missing, lock, fix, npm(next(iter(missing))))


RULE = Rule(id="SG330", name="lock-does-not-fit-project", severity=Severity.MEDIUM, check=check, doc=__doc__)
