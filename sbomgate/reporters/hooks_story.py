"""The start-up story of each environment: what runs before a program does, in the interpreter's own order.

The order is that of CPython's `Lib/site.py` and `Modules/getpath.py`: where the library lies (`pyvenv.cfg`, `python*._pth`),
then each site folder with its `.pth` files sorted by name, then `sitecustomize` and `usercustomize`. From 3.15 (PEP 829)
all path lines come before all code. What a tool loads unasked, and whatever kind of hook is not known here, stands apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sbomgate.model import Environment, Finding, Inventory, Report, StartupHook
from sbomgate.reporters.escapes import clean, inert
from sbomgate.reporters.places import Places
from sbomgate.reporters.summary import counted
from sbomgate.reporters.table import Pen
from sbomgate.text import printable

MAX_TEXT: Final = 400
"""Characters of one text."""
MAX_LINES: Final = 3
"""Lines, or capabilities, of one hook that are shown; the others are counted."""

_SITE: Final = ("pth", "start")
_CUSTOMIZE: Final = ("sitecustomize", "usercustomize")
_BEFORE: Final = ("pyvenv-cfg", "python-pth", *_SITE, *_CUSTOMIZE)
"""Kinds of hooks that the interpreter itself reads at its start, in its order."""
_RUNS: Final = {"pth": "executes", "start": "calls", "entry-points": "loads"}
_ADDS: Final = {"pyvenv-cfg": "takes the interpreter from", "python-pth": "sets the import path to"}
_GROUPS: Final = {"entry-points": "When a tool starts, it loads unasked"}
_STATED: Final = re.compile(r"(?:python|pypy)([0-9]{1,3}\.[0-9]{1,3})t?\Z")
_BOLD, _DIM, _GREEN, _YELLOW, _RED = "1", "2", "32", "33", "31"


@dataclass(frozen=True, slots=True)
class Story:
    """What one environment runs, in order."""

    target: str
    environment: Environment
    start: tuple[StartupHook, ...]
    """What the interpreter reads before the program."""
    later: tuple[StartupHook, ...]
    """What runs at other moments, by kind."""
    unreached: frozenset[StartupHook]
    """Those of `start` that no interpreter of this environment comes to."""
    unread: int
    """Inputs of the environment that could not be read."""


def stories(report: Report) -> Iterator[Story]:
    """One story for each environment of `report`, and for each folder of start-up files that lies in none."""
    for inventory in report.inventories:
        environments = {environment: list[StartupHook]() for environment in inventory.environments}
        for hook in inventory.hooks:
            environments.setdefault(_home(inventory, hook), []).append(hook)
        for environment, hooks in sorted(environments.items()):
            start = sorted((hook for hook in hooks if hook.kind in _BEFORE), key=lambda hook: _order(environment, hook))
            later = sorted((hook for hook in hooks if hook.kind not in _BEFORE), key=lambda hook: (hook.kind, hook.location))
            unread = sum(not environment.root or f"{problem.path}/".startswith(f"{environment.root}/") for problem in inventory.problems)
            yield Story(inventory.target.path, environment, tuple(start), tuple(later), _unreached(environment, start), unread)


def tell(report: Report, *, color: bool = False, width: int = 100) -> str:
    """The stories of `report` as text, no line longer than `width` but for a path or a name that is."""
    pen = Pen(color=color, width=max(width, 40))
    teller = _Teller(report, pen)
    lines = [line for story in stories(report) for line in teller.story(story)]
    if not lines:
        targets = ", ".join(clean(inventory.target.path, MAX_TEXT) for inventory in report.inventories)
        unread = f", but {counted(len(report.problems), 'input')} could not be read" if report.problems else ""
        what = f"No Python environment and no start-up file in {targets}: nothing that would run before a program{unread}."
        lines = [*pen.wrap(what, "", "  "), ""]
    return "\n".join(inert(line) for line in lines) + "\n"


def _home(inventory: Inventory, hook: StartupHook) -> Environment:
    """The environment that `hook` belongs to: the innermost around it; without any, one made of its folder."""
    path = hook.location.path
    around = [item for item in inventory.environments if not item.root or path.startswith(f"{item.root}/")]
    return max(around, key=lambda item: len(item.root)) if around else Environment(path.rpartition("/")[0], (path.rpartition("/")[0],))


def _order(environment: Environment, hook: StartupHook) -> tuple[int, int, int, str]:
    path = hook.location.path
    depth = [len(site) + 1 if not site or path.startswith(f"{site}/") else 0 for site in environment.sites]
    site = depth.index(max(depth)) if any(depth) else 0
    phase = _BEFORE.index(hook.kind)
    if hook.kind in _SITE and not _paths_first(environment):
        phase = _BEFORE.index(_SITE[0])  # site folder by site folder
        return phase, site, _SITE.index(hook.kind), path
    return phase, site, 0, path


def _version(environment: Environment) -> tuple[int, ...]:
    return tuple(map(int, environment.python.split("."))) if environment.python else ()


def _paths_first(environment: Environment) -> bool:
    return _version(environment) >= (3, 15)


def _unreached(environment: Environment, start: Iterable[StartupHook]) -> frozenset[StartupHook]:
    """A second module of one name, and the user's where the user's site is off. Source: `site.execusercustomize`."""
    found, met = set(), set()
    for hook in start:
        if hook.kind in _CUSTOMIZE and (hook.kind in met or (hook.kind == "usercustomize" and not _user_site(environment))):
            found.add(hook)
        met.add(hook.kind)
    return frozenset(found)


class _Teller:
    def __init__(self, report: Report, pen: Pen) -> None:
        self.pen = pen
        self.places = Places(report)
        self.number = 0
        self.findings: dict[tuple[str, str], list[Finding]] = {}
        for finding in report.findings:
            self.findings.setdefault((finding.target, finding.location.path), []).append(finding)

    def story(self, story: Story) -> Iterator[str]:
        self.number = 0
        python, environment = _interpreter(story.environment), story.environment
        yield from self.pen.wrap(f"Before your program, {python} in {self.path(story, environment.root)} {_counts(story)}", "", "  ", _BOLD)
        if not story.start:
            sought = "no pyvenv.cfg, .pth, .start, sitecustomize or usercustomize"
            yield from self.pen.wrap(f"{sought} in {', '.join(self.path(story, site) for site in environment.sites)}", "  ", "  ")
        yield ""
        for hook in story.start:
            yield from self.step(story, hook)
        for note in _remarks(story):
            yield from self.pen.wrap(note, "  - ", "    ", _DIM)
        yield ""
        kind = ""
        for hook in story.later:
            if hook.kind != kind:
                if kind:
                    yield ""
                kind = hook.kind
                yield from self.pen.wrap(_GROUPS.get(kind, f"At other moments ({clean(kind, MAX_TEXT)})") + ":", "", "  ", _BOLD)
                yield ""
            yield from self.step(story, hook)
        if story.later:
            yield ""

    def path(self, story: Story, path: str) -> str:
        return clean(self.places.path(story.target, path), MAX_TEXT)

    def step(self, story: Story, hook: StartupHook) -> Iterator[str]:
        """File and line, what it does, from whom, and what its verdict rests on."""
        self.number += 1
        line = f":{hook.location.line}" if hook.location.line else ""
        yield from self.pen.wrap(f"{self.path(story, hook.location.path)}{line}", f"{self.number:>3}. ", "     ", _BOLD)
        yield from self.does(story, hook)
        if hook in story.unreached:
            off = hook.kind == "usercustomize" and not _user_site(story.environment)
            why = "a virtual environment switches the user's site off" if off else f"only the first {hook.kind} on the import path is"
            yield from self.pen.wrap(f"not imported here: {why}", "     ", "       ", _DIM)
        owner = clean(hook.owner, MAX_TEXT) or _nobody(hook)
        yield from self.pen.wrap(f"from {owner}", "     ", "       ")
        yield from self.judged(story, hook)

    def does(self, story: Story, hook: StartupHook) -> Iterator[str]:
        verb = _ADDS.get(hook.kind, "adds path")
        yield from self.few((f"{verb} {clean(path, MAX_TEXT)}" for path in hook.adds_paths), len(hook.adds_paths))
        verb = _RUNS.get(hook.kind, "begins with" if hook.kind in _CUSTOMIZE else "runs")
        codes = [code for code in hook.executes if code]
        room = self.pen.width - len(f"     {verb} ``")
        yield from self.few((f"{verb} `{printable(code, room)}`" for code in codes), len(codes), whole=True)
        if hook.kind in _CUSTOMIZE and not codes and hook not in story.unreached:
            yield from self.pen.wrap(f"is imported as {hook.kind}", "     ", "       ")

    def few(self, texts: Iterable[str], total: int, *, whole: bool = False, indent: str = "     ") -> Iterator[str]:
        for index, text in enumerate(texts):
            if index == MAX_LINES:
                yield f"{indent}… and {total - MAX_LINES:,} more"
                return
            yield from [f"{indent}{clean(text)}"] if whole else self.pen.wrap(text, indent, f"{indent}  ")

    def judged(self, story: Story, hook: StartupHook) -> Iterator[str]:
        found = [
            finding
            for finding in self.findings.get((story.target, hook.location.path), ())
            if not finding.digest or finding.digest == hook.sha256
        ]
        rests = clean(hook.reason, MAX_TEXT)
        good = hook.verdict in ("known-good", "inert", "harmless")
        if good or not hook.verdict:
            template, colon, why = rests.partition(": ")
            if hook.verdict == "known-good" and colon:
                rests = f"digest: {why}" if template == "known by its digest" else f"template {template}: {why}"
            if hook.kind == "pyvenv-cfg" and hook.verdict == "inert":
                rests = "nothing is executed"  # its reason is the place, which stands above
            words = f"{clean(hook.verdict, MAX_TEXT) or 'not judged'}{': ' if rests else ''}{rests}"
            yield from self.pen.wrap(words, "     ", "       ", _GREEN if good else _YELLOW)
        for finding in found:
            accepted = f", accepted: {finding.accepted}" if finding.accepted is not None else ""
            text = clean(f"{finding.rule} {finding.name}, {finding.severity}{accepted}", MAX_TEXT)
            yield from self.pen.wrap(text, "     ", "       ", _GREEN if accepted else _RED if finding.severity.rank <= 1 else _YELLOW)
        if not good and hook.verdict:
            if not any(finding.name == hook.verdict for finding in found):
                yield from self.pen.wrap(f"{clean(hook.verdict, MAX_TEXT)} (its rule is not selected)", "     ", "       ", _RED)
            if not hook.capabilities:
                yield from self.pen.wrap(rests, "       ", "         ")
        seen = (
            f"{clean(item.kind, MAX_TEXT)} at {self.path(story, item.location.path)}"
            f"{f':{item.location.line}' if item.location.line > 0 else ''}: {clean(item.detail, MAX_TEXT)}"
            for item in hook.capabilities
        )
        yield from self.few(seen, len(hook.capabilities), indent="       ")


def _interpreter(environment: Environment) -> str:
    name = "PyPy" if environment.implementation == "pypy" else "Python"
    return f"{name} {clean(environment.python)}" if environment.python else f"{name} (version unknown)"


def _counts(story: Story) -> str:
    if not story.start:
        return "runs nothing of this environment:"
    reached = [hook for hook in story.start if hook not in story.unreached]
    code = [hook for hook in reached if hook.executes]
    blind = [hook for hook in reached if not hook.executes and not hook.adds_paths and hook.verdict not in ("inert", "known-good")]
    paths = [hook for hook in reached if not hook.executes and hook.adds_paths]
    idle = len(story.start) - len(code) - len(blind) - len(paths)
    parts = []
    if paths:
        risky = sum(hook.verdict != "inert" for hook in paths)
        parts.append(_verb(len(paths), "only sets paths", "only set paths") + (f" ({risky:,} of a doubtful kind)" if risky else ""))
    if idle:
        parts.append(_verb(idle, "does nothing here", "do nothing here"))
    if blind:
        parts.append(_verb(len(blind), "cannot be read", "cannot be read"))
    known, read = (sum(hook.verdict == verdict for hook in code) for verdict in ("known-good", "harmless"))
    kinds = [
        f"{count:,} {word}"
        for count, word in ((known, "known-good"), (read, "read and harmless"), (len(code) - known - read, "neither"))
        if count
    ]
    if code:
        told = kinds[0].partition(" ")[2] if len(kinds) == 1 else ", ".join(kinds)
        parts.append(_verb(len(code), "runs code", "run code") + f" ({'not known-good' if told == 'neither' else told})")
    elif not blind:
        parts.append("none runs code")
    return f"reads {counted(len(story.start), 'file')}: {', '.join(parts)}"


def _verb(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _nobody(hook: StartupHook) -> str:
    if hook.kind in ("pyvenv-cfg", "python-pth"):
        return "nobody: it is written when the environment is made, and no RECORD lists it"
    return "nobody: no RECORD lists it"


def _user_site(environment: Environment) -> bool:
    """Whether the interpreter reads the user's own site folder as well. Source: `site.venv`."""
    return not environment.virtual or environment.system_sites


def _remarks(story: Story) -> Iterator[str]:
    """What a reader must know of the order, and what lies outside of the target."""
    environment = story.environment
    version = _version(environment)
    code = [hook for hook in story.start if hook.kind == "pth" and hook.executes]
    if environment.virtual and code and environment.implementation == "cpython" and (not version or version < (3, 15)):
        yield "The executed lines of a .pth run twice here: up to 3.14, Python goes twice through the site folder of a virtual environment."
    if any(hook.kind == "python-pth" for hook in story.start):
        yield "A ._pth counts on Windows only, replaces the whole import path, and lets the site folders be read only if it says `import site`."
    if any(hook.kind in _SITE and hook.adds_paths and hook.executes for hook in story.start):
        yield "Within one file, paths and code take turns in the order of its lines" + (
            ", but all paths come first." if _paths_first(environment) else "."
        )
    versions = {match[1] for site in environment.sites for part in site.split("/") if (match := _STATED.match(part))}
    if len(versions) > 1:
        yield f"The site folders are those of several versions ({', '.join(sorted(versions))}): each interpreter reads only its own."
    if not version:
        yield (
            "Versions differ: 3.13 and newer skip a .pth whose name begins with a dot and break lines at more characters; "
            "3.15 and newer also call .start files, after all path lines; 3.18 and newer execute no line of a .pth."
        )
    elif _paths_first(environment):
        yield "From 3.15 on, the path lines of all files come first, then the code."
    outside = ["PYTHONPATH", "a sitecustomize in the library of the base Python, which would be imported instead"]
    if environment.system_sites and environment.virtual:
        outside.insert(0, "the site folders of the user and of the base Python, which come after those here")
    elif _user_site(environment):
        outside.insert(0, "the user's own site folder, which comes before those here")
    yield f"Outside of the target and not read: {'; '.join(outside)}."
    if story.unread:
        yield f"{counted(story.unread, 'input')} of this environment could not be read (see the problems of the report): more may run."
