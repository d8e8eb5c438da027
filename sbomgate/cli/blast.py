"""`sbomgate blast`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from sbomgate.cli.inputs import inventories_of, policy_for
from sbomgate.cli.options import collecting
from sbomgate.cli.output import leave, show, tell_problems
from sbomgate.errors import UsageError

if TYPE_CHECKING:
    from sbomgate.blast import Reach, Row

_SHOWN = 8
_ROWS = 50


@click.command()
@click.argument("words", nargs=-1, metavar="[SERVER|PACKAGE] [TARGET]...")
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What goes to stdout."
)
@collecting
def blast(words: tuple[str, ...], format_: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """What could SERVER or PACKAGE reach, were it compromised for a minute? Without a name, all of them, ranked.

    The first word is a name, unless it is a path with a slash, `.` or `..`. A name is that of a server or package, NAME@VERSION, or a purl.

    \b
    sbomgate blast
    sbomgate blast docs ./service
    """
    from sbomgate.blast import Blast, document, row_document
    from sbomgate.inventory import agent_matcher

    name = words[0] if words and not _is_target(words[0]) else ""
    targets = words[1:] if name else words
    inventories = inventories_of(targets, policy_file, verify=False, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    is_agent = agent_matcher(policy_for(policy_file).agent_packages)
    blasts = [(inventory.target.path, Blast(inventory, is_agent)) for inventory in inventories]
    if name:
        reaches = [(target, reach) for target, one in blasts for reach in one.named(name)]
        if not reaches:
            raise UsageError(
                f"no server and no component {name!r} in {', '.join(repr(target) for target, _ in blasts)}",
                fix="`sbomgate blast` lists servers and agent packages; a target is written with a slash: ./docs",
            )
        found: list[Any] = [{"target": target, **document(reach)} for target, reach in reaches]
        text = "\n".join(_told(target if len(blasts) > 1 else "", reach) for target, reach in reaches)
    else:
        rows = [(target, row) for target, one in blasts for row in one.rows()]
        found = [{"target": target, **row_document(row)} for target, row in rows]
        text = _table([row for _, row in rows])
    if format_ == "json":
        from sbomgate.reporters.encode import dumps

        text = dumps({"schema_version": "1.0", "name": name or None, "complete": not problems, "reach": found}, indent=2) + "\n"
    show(text)
    leave(3 if problems else 0)


def _is_target(word: str) -> bool:
    return word in (".", "..") or (("/" in word or os.sep in word) and not word.startswith("pkg:") and os.path.lexists(word))


def _told(target: str, reach: Reach) -> str:
    """What one server or package could reach, a line for each list."""
    from sbomgate.reporters.escapes import clean, inert

    kind = f"{reach.kind} " if reach.kind == "server" else ""
    head = f"{kind}{clean(reach.name, 200)}  ({clean(reach.purl or 'no package', 200)}, {clean(str(reach.location), 200)})"
    lines = [inert(head + (f"  in {clean(target)}" if target else ""))]
    for title, names in (
        ("agents that load it", reach.agents),
        ("credentials in its environment", reach.credentials),
        ("its own actions, unasked", reach.own_unasked),
        ("actions of its sessions, unasked", reach.unasked),
        ("start-up of interpreters", reach.interpreters),
        ("packages that depend on it", reach.dependents),
        ("other servers of its sessions" if reach.kind == "server" else "servers that run it", reach.servers),
    ):
        lines.append(f"  {title}: {len(names) or 'none'}")
        lines += (inert(f"    {clean(name, 160)}") for name in names[:_SHOWN])
        if len(names) > _SHOWN:
            lines.append(f"    … and {len(names) - _SHOWN} more")
    return "\n".join(lines) + "\n"


def _table(rows: list[Row]) -> str:
    from sbomgate.reporters.escapes import clean, inert

    if not rows:
        return "no server and no agent package\n"
    titles = ("", "", "agents", "credentials", "own unasked", "unasked", "start-ups", "dependents")
    cells = [titles] + [
        (
            row.kind,
            clean(row.name, 48),
            *map(str, (row.agents, row.credentials, row.own_unasked, row.unasked, row.interpreters, row.dependents)),
        )
        for row in rows[:_ROWS]
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(titles))]
    lines = [
        inert(
            "  ".join(
                text.ljust(width) if column < 2 else text.rjust(width)
                for column, (text, width) in enumerate(zip(line, widths, strict=True))
            )
        )
        for line in cells
    ]
    if len(rows) > _ROWS:
        lines.append(f"… and {len(rows) - _ROWS} more; -f json has all")
    return "\n".join(line.rstrip() for line in lines) + "\n"
