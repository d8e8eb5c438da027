"""What the rules about lockfiles and requirements share: which components they judge, and how findings are bundled.

A component of the agent graph has a finding of its own, `high`. The others are `low`, and those of one file are one
finding: 400 lines of one requirements file without hashes are one thing to mend.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from sbomgate.model import Component, Finding, Location, Origin, Pin, Setting, Severity
from sbomgate.policy import Context, Rule

STRONG: Final = frozenset({"sha256", "sha384", "sha512"})
BUNDLED: Final = ("cdx:npm:package:bundled", "true")
MALFORMED: Final = "sbomgate:integrity-malformed"
_NAMED: Final = 5  # packages that a bundled finding names
_ANEW: Final = "run `{command}`"
_WITHOUT_ROW: Final = "delete the row and run `{command}`"  # the tool believes a row that is there
_LOCKERS: Final = (
    #  end of the file's name    the command                            how a row of it is written anew
    ("package-lock.json",     "npm install --package-lock-only",     _WITHOUT_ROW),
    ("npm-shrinkwrap.json",   "npm install --package-lock-only",     _WITHOUT_ROW),
    ("pnpm-lock.yaml",        "pnpm install --lockfile-only",        "delete the row and run `{command} --fix-lockfile`"),
    ("yarn.lock",             "yarn install",                        _WITHOUT_ROW),
    ("bun.lock",              "bun install --lockfile-only",         _WITHOUT_ROW),
    ("deno.lock",             "deno install",                        _WITHOUT_ROW),
    ("uv.lock",               "uv lock",                             "run `{command} --upgrade-package {name}`"),
    (".py.lock",              "uv lock --script {script}",           "run `{command} --upgrade-package {name}`"),
    ("poetry.lock",           "poetry lock",                         "run `poetry update --lock {name}`"),
    ("pdm.lock",              "pdm lock",                            _ANEW),
    ("Pipfile.lock",          "pipenv lock",                         _ANEW),
    ("conda-lock.yml",        "conda-lock lock",                     _ANEW),
    ("conda-lock.yaml",       "conda-lock lock",                     _ANEW),
)  # fmt: skip
"""The first line whose end fits counts."""


def stated(context: Context) -> Iterator[Component]:
    """The components that a lockfile or a person states, each place once.

    A requirements file may be read twice, by itself and as part of another one.
    """
    seen: set[tuple[str, Location]] = set()
    for component in context.inventory.components:
        if component.origin is Origin.LOCKED:
            yield component
        elif component.origin is Origin.REQUIRED:
            key = (component.purl, component.locations[0])
            if key not in seen:
                seen.add(key)
                yield component


def pinned(context: Context, *pins: Pin) -> list[Component]:
    """Those of `stated` with one of `pins`; what is bundled lies inside an artifact that has its own pin."""
    return [component for component in stated(context) if component.pin in pins and BUNDLED not in component.properties]


def judged(
    context: Context,
    rule: Rule,
    components: Iterable[Component],
    message: Callable[[Component], str],
    fix: Callable[[Component], str],
    *,
    what: str,
    agent: Severity = Severity.HIGH,
    other: Severity = Severity.LOW,
) -> Iterator[Finding]:
    """A finding for each component of the agent graph, and one for all the others of a file.

    `what` completes "12 packages …" for the others.
    """
    files: defaultdict[str, list[Component]] = defaultdict(list)
    for component in components:
        if context.is_agent(component.purl):
            yield _single(rule, component, message, fix, agent)
        else:
            files[_input(component)].append(component)
    for rest in files.values():
        if len(rest) == 1:
            yield _single(rule, rest[0], message, fix, other)
            continue
        names = sorted({component.name for component in rest})
        yield rule.finding(
            min((component.locations[0] for component in rest), key=lambda place: place.line),
            f"{len(rest)} packages {what}: {listed(names)}",
            key="\n".join(names),
            severity=other,
            fix=fix(rest[0]),
        )


def _input(component: Component) -> str:
    """The file that states the component; for an installed package of npm, which has a file of its own, its node_modules."""
    path = component.locations[0].path
    if component.origin is Origin.INSTALLED and component.ecosystem == "npm":
        before, modules, _ = f"/{path}".partition("/node_modules/")
        return f"{before}{modules}" if modules else ""
    return path


def _single(
    rule: Rule, component: Component, message: Callable[[Component], str], fix: Callable[[Component], str], severity: Severity
) -> Finding:
    return rule.finding(
        component.locations[0], message(component), subject=component.purl, key=component.requirement, severity=severity, fix=fix(component)
    )


def listed(names: list[str]) -> str:
    """The first few of `names` on one line."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def label(component: Component) -> str:
    """Name and version, as a person would write them."""
    separator = "==" if component.ecosystem == "pypi" else "@"
    return f"{component.name}{separator}{component.version}" if component.version else component.name


def _locker(path: str) -> tuple[str, str]:
    """The line of `_LOCKERS` for a lockfile: its command, and how a row of it is written anew; empty where no one command writes it."""
    name = path.rpartition("/")[2]
    return next(((command.format(script=name[:-5]), row) for end, command, row in _LOCKERS if name.endswith(end)), ("", ""))


def lock_command(path: str) -> str:
    """What writes the lockfile at `path`, as it is typed; empty for a file that no one command writes."""
    return _locker(path)[0]


def relock(component: Component) -> str:
    """How to have the tool that wrote the file write the component's row anew."""
    path = component.locations[0].path
    name = path.rpartition("/")[2]
    command, row = _locker(path)
    if command:
        return row.format(command=command, name=component.name)
    if name.startswith("pylock."):
        return "write the file with `uv export --format pylock.toml` or `pip lock`"
    if name == "package.json":
        return "lock the project: `npm install --package-lock-only`"
    if name.endswith(".py"):
        return f"lock the script: `uv lock --script {name}`"
    if name in ("pyproject.toml", "setup.cfg"):
        return "lock the project: `uv lock`"
    return "write the file with `uv pip compile --generate-hashes` or `pip-compile --generate-hashes`"


def host(url: str) -> str:
    """The host of a URL, with its port, lower-case and without a login; empty if there is none."""
    _, found, rest = url.partition("://")
    return rest.partition("/")[0].partition("?")[0].rpartition("@")[2].lower() if found else ""


def governs(setting: Setting, path: str) -> bool:
    """Whether `setting` lies in the folder of the file at `path`, or above it."""
    folder = setting.location.path.rpartition("/")[0]
    return not folder or path.startswith(f"{folder}/")
