"""`sbomgate manifest`."""

from __future__ import annotations

import click

from sbomgate.cli.inputs import inventories_of, own_notes_of, policy_for
from sbomgate.cli.options import collecting, takes_targets
from sbomgate.cli.output import leave, tell_problems, write
from sbomgate.text import printable


@click.group()
def manifest() -> None:
    """The known-good manifest."""


@manifest.command("write")
@takes_targets
@click.option("-o", "output", required=True, metavar="FILE", help="The manifest: CycloneDX JSON, made to be committed.")
@collecting
def manifest_write(targets: tuple[str, ...], output: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """Record what TARGETs hold now as known-good.

    Open findings at or above `high` are told: a manifest of a bad environment calls it good.
    """
    from sbomgate import engine
    from sbomgate.reporters import cyclonedx

    policy = policy_for(policy_file)
    inventories = inventories_of(targets, policy_file, verify=True, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if not any(inventory.sources for inventory in inventories):
        leave(3)
    findings = [finding for inventory in inventories for finding in engine.audit(inventory, policy)]
    write(output, cyclonedx.pieces(inventories, cyclonedx.Making(reproducible=True, parties=policy.parties)))
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
