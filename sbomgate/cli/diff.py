"""`sbomgate diff`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from sbomgate.cli.inputs import inventories_of
from sbomgate.cli.options import collecting
from sbomgate.cli.output import leave, tell_problems
from sbomgate.errors import UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from sbomgate.model import Problem


@click.command()
@click.argument("old")
@click.argument("new")
@collecting
def diff(old: str, new: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """What changed from OLD to NEW: manifests, CycloneDX documents or targets. Exit 1 if anything did."""
    from sbomgate.manifest import diff as compare
    from sbomgate.manifest import incomparable

    sides = []
    problems: list[Problem] = []
    for path in (old, new):
        side, found = _side(path, policy_file, jobs, quiet, verbose)
        sides.append(side)
        problems += found
    for note in incomparable(*sides):
        click.echo(f"note: {printable(note)}", err=True)
    if not quiet:
        tell_problems(problems)
    changes = sorted(compare(*sides), key=lambda change: (_CHANGES.index(change.kind), change.subject))
    for change in changes:
        mark = {"added": "+", "removed": "-"}.get(change.kind.rpartition("-")[2], "!" if change.kind in ("content", "hash") else "~")
        agent = " (agent graph)" if change.agent and change.kind in ("added", "version", "hash", "content") else ""
        agent += " (bundled)" if change.bundled else ""
        click.echo(printable(f"{mark} {change.kind:<14} {change.subject}{agent}" + (f"  {change.detail}" if change.detail else "")))
    click.echo(f"{len(changes)} changes" if changes else "no change")
    leave(1 if changes else 3 if problems else 0)


_CHANGES = (
    "content",
    "hash",
    "hook-changed",
    "hook-added",
    "server-changed",
    "server-added",
    "version",
    "added",
    "removed",
    "hook-removed",
    "server-removed",
)
"""The alarming ones first: the same version with another content."""


def _side(path: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> tuple[Any, list[Problem]]:
    """A manifest for one side of `diff`: a CycloneDX file as it is, any other target collected."""
    from sbomgate import collectors
    from sbomgate.manifest import from_inventory, load

    if not os.path.lexists(path):
        raise UsageError("no such file or folder", path)
    if os.path.isfile(path) and collectors.by_name(os.path.abspath(path).replace(os.sep, "/")) is None:
        return load(path), []
    (inventory,) = inventories_of((path,), policy_file, verify=True, jobs=jobs, quiet=quiet, verbose=verbose)
    return from_inventory(inventory), list(inventory.problems)
