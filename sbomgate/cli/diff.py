"""`sbomgate diff`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from sbomgate.cli.inputs import inventories_of
from sbomgate.cli.options import collecting
from sbomgate.cli.output import leave, show, tell_problems, terminal
from sbomgate.errors import UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from sbomgate.manifest import Manifest
    from sbomgate.model import Problem


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="What goes to stdout.",
)
@click.option("--no-color", is_flag=True, help="No colour; so does the environment variable NO_COLOR.")
@collecting
def diff(old: str, new: str, format_: str, no_color: bool, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """What changed from OLD to NEW: manifests, CycloneDX documents or targets. Exit 1 if anything did.

    \b
    sbomgate diff sbomgate.cdx.json .venv
    sbomgate diff main.cdx.json branch.cdx.json -f markdown
    """
    from sbomgate.reporters.changes import review, show_changes

    (one, first), (other, second) = (_side(path, policy_file, jobs, quiet, verbose) for path in (old, new))
    found = review(one, other, (*first, *second))
    if format_ != "json":
        for note in found.notes:
            click.echo(f"note: {printable(note)}", err=True)
    if not quiet:
        tell_problems(found.problems)
    color, width = terminal(no_color=no_color)
    show(show_changes(format_, found, color=color, width=width))
    leave(1 if found.changes else 3 if found.problems else 0)


def _side(path: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> tuple[Manifest, list[Problem]]:
    """A manifest for one side of `diff`: a CycloneDX file as it is, any other target collected."""
    from sbomgate import collectors
    from sbomgate.manifest import from_inventory, load

    if not os.path.lexists(path):
        raise UsageError("no such file or folder", path)
    if not os.path.isdir(path) and collectors.by_name(os.path.abspath(path).replace(os.sep, "/")) is None:
        return load(path), []
    (inventory,) = inventories_of((path,), policy_file, verify=True, jobs=jobs, quiet=quiet, verbose=verbose)
    return from_inventory(inventory), list(inventory.problems)
