"""What changed between two manifests, as a review reads it: the same version with another content first.

Three formats: a table for a terminal, JSON, and Markdown for a comment on a pull request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sbomgate.purl import without_version
from sbomgate.reporters.escapes import clean, inert

if TYPE_CHECKING:
    from sbomgate.manifest import Change, Manifest
    from sbomgate.model import Problem

FORMATS: Final = ("table", "json", "markdown")
SCHEMA_VERSION: Final = "1.0"
MAX_TEXT: Final = 2000

_RED, _YELLOW, _GREEN, _DIM, _BOLD = "1;31", "33", "32", "2", "1"


class Section(NamedTuple):
    """One heading of the review."""

    key: str
    title: str
    counted: str
    """What stands after the number of its changes in the last line."""
    kinds: tuple[str, ...]
    direction: str = ""
    style: str = ""


def _of_agents(*settings: str) -> tuple[str, ...]:
    return tuple(f"agent-{setting}-{what}" for setting in settings for what in ("added", "changed", "removed"))


SECTIONS: Final = (
    Section("content", "Content changed at the same version", "with other content", ("content", "hash"), style="1;97;41"),
    Section("hooks", "Start-up hooks", "of start-up hooks", ("hook-added", "hook-changed", "hook-removed"), style=_RED),
    Section("servers", "MCP servers", "of MCP servers", ("server-added", "server-changed", "server-removed"), style=_RED),
    Section("commands", "Hooks and helpers of agents", "of agents' hooks and helpers", _of_agents("command"), style=_RED),
    Section("permissions", "Permission rules of agents", "of permission rules", _of_agents("allow", "ask", "deny"), style=_RED),
    Section("options", "Options of agents", "of agents' options", _of_agents("option"), style=_YELLOW),
    Section("instructions", "Instructions for agents", "of instruction files", _of_agents("instruction"), style=_YELLOW),
    Section("upgraded", "Upgraded", "upgraded", ("version",), "up", _BOLD),
    Section("downgraded", "Downgraded", "downgraded", ("version",), "down", _YELLOW),
    Section("changed", "Changed version, in no order that is known", "changed", ("version",), style=_YELLOW),
    Section("added", "Added", "added", ("added",), style=_BOLD),
    Section("removed", "Removed", "removed", ("removed",), style=_BOLD),
    Section("licenses", "Declared licence changed", "of licences", ("license",), style=_YELLOW),
    Section("weaker", "Weaker hashes", "with weaker hashes", ("weaker-hash",), style=_YELLOW),
)
_MARKS: Final = {"added": "+", "removed": "-", "content": "!", "hash": "!"}
_STYLES: Final = {"+": _GREEN, "-": _RED, "!": _RED, "~": _YELLOW}


class Review(NamedTuple):
    """Two manifests and everything that is to be told of their comparison."""

    old: str
    new: str
    changes: tuple[Change, ...]
    """In the order of `SECTIONS`, then by subject."""
    same: tuple[int, int, int, int]
    """Components, hooks, servers and settings of agents that are on both sides and did not change."""
    notes: tuple[str, ...] = ()
    """What could not be compared."""
    problems: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.notes and not self.problems


def review(old: Manifest, new: Manifest, problems: Iterable[Problem] = ()) -> Review:
    """The comparison of `new` with `old`."""
    from sbomgate.manifest import diff, incomparable

    order = {section: number for number, section in enumerate(SECTIONS)}
    changes = sorted(diff(old, new), key=lambda change: (order[section_of(change)], change.bundled, change.subject, change.kind))
    touched = {change.subject for change in changes}
    purls = [{package.purl for versions in side.packages.values() for package in versions} for side in (old, new)]
    kept = (purls[0] & purls[1], old.hooks.keys() & new.hooks.keys(), old.servers.keys() & new.servers.keys())
    components, hooks, servers = (len(keys - touched) for keys in kept)
    settings = len(old.settings.keys() & new.settings.keys())
    return Review(
        old.path, new.path, tuple(changes), (components, hooks, servers, settings), tuple(incomparable(old, new)), tuple(problems)
    )


def section_of(change: Change) -> Section:
    """The first section that `change` fits in."""
    return next(section for section in SECTIONS if change.kind in section.kinds and section.direction in ("", change.direction))


def sections(changes: Sequence[Change]) -> Iterator[tuple[Section, list[Change]]]:
    """The sections that are not empty, with their changes."""
    found: dict[Section, list[Change]] = {}
    for change in changes:
        found.setdefault(section_of(change), []).append(change)
    return iter(found.items())


def show_changes(name: str, found: Review, *, color: bool = False, width: int = 100) -> str:
    """`found` in the format `name`, with a final newline."""
    if name == "json":
        return _json(found)
    return _markdown(found) if name == "markdown" else _table(found, color, width)


def _table(found: Review, color: bool, width: int) -> str:
    from sbomgate.reporters.table import Pen

    pen = Pen(color=color, width=max(width, 40))
    lines = []
    for section, changes in sections(found.changes):
        lines.append(f"{pen.paint(section.title.upper(), section.style)}  {len(changes):,}")
        for change in changes:
            mark = _mark(change)
            marks = "".join(f" ({word})" for word in _words(change))
            name, detail = (clean(text, MAX_TEXT) for text in _texts(change))
            head = f"  {pen.paint(mark, _STYLES[mark])} {name}{pen.paint(marks, _DIM)}"
            if detail and len(name) + len(marks) + len(detail) + 6 <= pen.width:
                lines.append(f"{head}  {detail}")
            else:
                lines.append(head)
                lines += pen.wrap(detail, "      ", "      ") if detail else []
        lines.append("")
    lines += [*pen.wrap(_summary(found), "", "  ", _BOLD), *(line for rest in _rest(found) for line in pen.wrap(rest, "", "  "))]
    return "\n".join(map(inert, lines)) + "\n"


def _json(found: Review) -> str:
    from sbomgate.reporters.encode import dumps

    rows = [
        {
            "section": section_of(change).key,
            "kind": change.kind,
            "subject": change.subject,
            "detail": change.detail,
            "before": change.before or None,
            "after": change.after or None,
            "direction": change.direction or None,
            "digest": change.digest or None,
            "agent": change.agent,
            "bundled": change.bundled,
            "location": {"path": change.location.path, "line": change.location.line or None},
        }
        for change in found.changes
    ]
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "old": found.old,
        "new": found.new,
        "complete": found.complete,
        "counts": {section.key: len(changes) for section, changes in sections(found.changes)},
        "unchanged": dict(zip(("components", "hooks", "servers", "settings"), found.same, strict=True)),
        "changes": rows,
        "notes": list(found.notes),
        "problems": [
            {"path": item.path, "where": item.where or None, "what": item.what, "fix": item.fix or None} for item in found.problems
        ],
    }
    return dumps(document, indent=2) + "\n"


def _markdown(found: Review) -> str:
    from sbomgate.reporters.markdown import Room, code, row

    room = Room()
    alarming = any(section.key in ("content", "hooks", "servers", "commands", "permissions") for section, _ in sections(found.changes))
    lines = [f"## {'❌' if alarming else '⚠️' if found.changes or not found.complete else '✅'} sbomgate diff: {_summary(found)}", ""]
    lines += [f"{code(found.old)} → {code(found.new)}", ""]
    for section, changes in sections(found.changes):
        folded = section.key in ("upgraded", "added", "removed") and len(changes) > 20
        title = f"{section.title} ({len(changes):,})"
        lines += [f"<details><summary>{title}</summary>" if folded else f"### {title}", "", "| | what | change |", "|---|---|---|"]
        cells = (
            row(f"<code>{_mark(change)}</code>", " ".join([code(_texts(change)[0]), *_words(change)]), code(_texts(change)[1]))
            for change in changes
        )
        lines += [*room.rows(cells, len(changes), "changes"), "", *(["</details>", ""] if folded else [])]
    lines += [f"{rest}\n" for rest in _rest(found)]
    lines += [f"> {code(note)}\n" for note in found.notes]
    lines += [f"> could not be read: {code(problem.path)} {code(problem.what)}\n" for problem in found.problems]
    return "\n".join(lines).rstrip("\n") + "\n"


def _mark(change: Change) -> str:
    return _MARKS.get(change.kind.rpartition("-")[2], "~")


def _words(change: Change) -> list[str]:
    if change.direction == "within":
        return ["another rule says as much"]
    is_package = "-" not in change.kind or change.kind == "weaker-hash"
    return [word for word, holds in (("agent graph", change.agent and is_package), ("bundled", change.bundled)) if holds]


def _texts(change: Change) -> tuple[str, str]:
    """Of what the line is, and what happened to it."""
    if change.kind == "version" and "pkg:" not in change.before:
        return without_version(change.subject), change.detail
    if change.kind in ("added", "removed"):
        return change.subject, ""
    return change.subject, change.detail


def _summary(found: Review) -> str:
    if not found.changes:
        return "no change" if found.complete else "no change, as far as it could be compared"
    parts = ", ".join(f"{len(changes):,} {section.counted}" for section, changes in sections(found.changes))
    count = len(found.changes)
    return f"{count:,} {'change' if count == 1 else 'changes'}: {parts}"


def _rest(found: Review) -> Iterator[str]:
    """What did not change; only where everything could be compared is nothing else said to have."""
    names = (("component", "components"), ("start-up hook", "start-up hooks"), ("MCP server", "MCP servers"))
    counted = ", ".join(f"{count:,} {name[count != 1]}" for count, name in zip(found.same, names, strict=False))
    if found.same[3]:
        counted += f", {found.same[3]:,} {'setting' if found.same[3] == 1 else 'settings'} of agents"
    if found.complete:
        yield f"nothing else changed: {counted} as before" if found.changes else f"the same: {counted}"
    else:
        yield f"as before: {counted}; not everything could be compared"
