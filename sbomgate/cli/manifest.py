"""`sbomgate manifest`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from sbomgate.cli.inputs import inventories_of, own_notes_of, policy_for
from sbomgate.cli.options import collecting, takes_targets
from sbomgate.cli.output import leave, show, tell_problems, terminal, write
from sbomgate.errors import CollectError, UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sbomgate.model import Inventory


@click.group()
def manifest() -> None:
    """The known-good manifest."""


@manifest.command("write")
@takes_targets
@click.option("-o", "output", required=True, metavar="FILE", help="The manifest: CycloneDX JSON, made to be committed.")
@click.option("--update", is_flag=True, help="Show what changed since FILE was written, and keep what people added to it.")
@click.option("--accept", multiple=True, metavar="SUBJECT", help="With --update: a change that needs somebody's word; repeatable.")
@click.option("--accept-all", is_flag=True, help="With --update: every change.")
@click.option("--reason", metavar="TEXT", help="Why; kept in FILE with what was accepted.")
@collecting
def manifest_write(
    targets: tuple[str, ...],
    output: str,
    update: bool,
    accept: tuple[str, ...],
    accept_all: bool,
    reason: str | None,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Record what TARGETs hold now as known-good.

    Open findings at or above `high` are told: a manifest of a bad environment calls it good.

    \b
    sbomgate manifest write .venv -o sbomgate.cdx.json
    sbomgate manifest write .venv -o sbomgate.cdx.json --update
    sbomgate manifest write .venv -o sbomgate.cdx.json --update --accept boot.pth --reason "read it, Ada"

    With --update: exit 1, and nothing written, if a content changed at the same version, or a start-up hook or an MCP
    server is new or changed, and nobody accepted it.
    """
    from sbomgate import engine
    from sbomgate.reporters import cyclonedx

    if (accept or accept_all or reason is not None) and not update:
        raise UsageError("--accept, --accept-all and --reason need --update")
    if bool(accept or accept_all) != bool(reason and reason.strip()):
        raise UsageError("--accept or --accept-all and --reason TEXT go together", fix="say what is accepted, and why")
    if update and not os.path.isfile(output):
        raise UsageError("nothing to update", output, fix="leave --update out to write it for the first time")
    policy = policy_for(policy_file)
    inventories = inventories_of(targets, policy_file, verify=True, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if not any(inventory.sources for inventory in inventories):
        leave(3)
    if update and problems:
        click.echo(f"{printable(output)}: not written, since not everything could be read", err=True)
        leave(3)
    findings = [finding for inventory in inventories for finding in engine.audit(inventory, policy)]
    text: Iterable[str] = (
        _updated(inventories, output, accept, accept_all, reason or "") if update else cyclonedx.pieces(inventories, reproducible=True)
    )
    write(output, text)
    grave = [finding for finding in findings if finding.accepted is None and finding.severity.rank <= 1]
    if not quiet:
        components = len({item.purl for inventory in inventories for item in inventory.components})
        hooks, servers = (sum(len(getattr(inventory, name)) for inventory in inventories) for name in ("hooks", "servers"))
        click.echo(
            f"{printable(output)}: {components} components, {hooks} start-up hooks, {servers} servers recorded as known-good", err=True
        )
        for note in (note for inventory in inventories for note in own_notes_of(inventory)):
            click.echo(f"note: {printable(note)}", err=True)
    for finding in grave:
        click.echo(
            printable(f"warning: recorded although {finding.severity}: {finding.rule} {finding.location}: {finding.message}"), err=True
        )
    leave(3 if problems else 0)


def _updated(inventories: Sequence[Inventory], path: str, accept: tuple[str, ...], accept_all: bool, reason: str) -> Iterable[str]:
    """The new text of the manifest at `path`; leaves with 1 if a change needs somebody's word. Shows the review of both."""
    from sbomgate.manifest import from_inventories, load
    from sbomgate.manifest.update import GUARDED, refused, updated
    from sbomgate.reporters import cyclonedx
    from sbomgate.reporters.changes import review, show_changes
    from sbomgate.tree import parse_json, read_regular

    try:
        known = load(path)
        if not known.native:
            raise UsageError("not written by sbomgate", path, fix="leave --update out to write it anew")
        old = parse_json(read_regular(os.path.realpath(path), 2**28).decode("utf-8-sig"), path)
    except (CollectError, UnicodeDecodeError) as error:
        what = error if isinstance(error, CollectError) else CollectError("not JSON", path)
        raise UsageError(what.what, path, what.where, what.fix) from error
    found = review(known, from_inventories(inventories))
    color, width = terminal(no_color=False)
    show(show_changes("table", found, color=color, width=width))
    open_ = refused(found.changes, accept, everything=accept_all)
    if open_:
        click.echo(f"{printable(path)}: not written: {len(open_)} of these changes need somebody's word", err=True)
        for subject in dict.fromkeys(change.subject for change in open_):
            click.echo(printable(f"  read it, then: --accept {_quoted(subject)} --reason TEXT"), err=True)
        leave(1)
    reasons = {change.subject: reason for change in found.changes if change.subject in accept or (accept_all and change.kind in GUARDED)}
    result = updated(old, cyclonedx.document(inventories, reproducible=True), reasons)
    for sentence in result.lost:
        click.echo(printable(f"not kept: {sentence}"), err=True)
    return [cyclonedx.formatted(result.document)]


def _quoted(text: str) -> str:
    from shlex import quote

    return quote(text)
