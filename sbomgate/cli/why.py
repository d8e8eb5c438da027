"""`sbomgate why`."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from sbomgate.cli.inputs import inventories_of, policy_for
from sbomgate.cli.options import collecting, takes_targets
from sbomgate.cli.output import leave, show, tell_problems
from sbomgate.errors import UsageError
from sbomgate.text import printable


@click.command()
@click.argument("name")
@takes_targets
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["tree", "paths", "json"]),
    default="tree",
    show_default=True,
    help="A tree, one line a path, or a JSON document of the paths.",
)
@collecting
def why(name: str, targets: tuple[str, ...], format_: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """Every path from a root (project, agent, MCP server) to the component NAME, shortest first.

    NAME is a name, NAME@VERSION or a purl. In the tree, (*) marks what is shown further up.

    \b
    sbomgate why openai
    sbomgate why pkg:npm/zod@3.23.8 . --format json
    """
    from sbomgate import paths

    inventories = inventories_of(targets, policy_file, verify=False, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if format_ == "json":
        found: list[Any] = [row for inventory in inventories for row in paths.documents(inventory, name)]
    elif format_ == "paths":
        found = [line for inventory in inventories for line in paths.paths_to(inventory, name)]
    else:
        from sbomgate.inventory import agent_matcher

        is_agent = agent_matcher(policy_for(policy_file).agent_packages)
        found = [(inventory.target.path, tree) for inventory in inventories for tree in paths.trees_to(inventory, name, is_agent)]
    if not found:
        near = paths.near_names(inventories, name)
        fix = f"perhaps {' or '.join(map(repr, near))}" if near else ""
        raise UsageError(f"no component {name!r} in {', '.join(repr(item.target.path) for item in inventories)}", fix=fix)
    if format_ == "json":
        from sbomgate.reporters.encode import dumps

        complete = not problems and all(row["complete"] for row in found)
        show(dumps({"schema_version": "1.0", "name": name, "complete": complete, "components": found}, indent=2) + "\n")
    elif format_ == "paths":
        for line in found:
            click.echo(printable(line))
    else:
        show(_trees(found, several=len(inventories) > 1, color="NO_COLOR" not in os.environ and sys.stdout.isatty()))
    leave(3 if problems else 0)


def _trees(trees: list[tuple[str, list[Any]]], *, several: bool, color: bool) -> str:
    """The lines of `trees`, a blank one between two; on a terminal the component that was asked for stands out."""
    from sbomgate.reporters.escapes import clean, inert

    blocks = []
    for target, tree in trees:
        lines = []
        for line in tree:
            label = clean(line.label, 200)
            if color and line.is_goal:
                label = click.style(label, bold=True)
            note = clean(f"  ({line.note})", 300) if line.note else ""
            lines.append(inert(f"{line.indent}{label}{note}"))
        if several:
            lines[0] += f"  in {clean(target)}"
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)
