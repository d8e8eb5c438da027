"""`sbomgate scan`."""

from __future__ import annotations

import click

from sbomgate.cli.inputs import policy_for, unique
from sbomgate.cli.options import advised, collecting, reporting, takes_targets
from sbomgate.cli.output import deliver, output_files
from sbomgate.cli.progress import Progress
from sbomgate.errors import SbomgateError, UsageError


@click.command()
@takes_targets
@reporting
@click.option("--manifest", "manifest_file", metavar="FILE", help="Known-good manifest to compare with.")
@click.option("--no-verify", is_flag=True, help="Do not hash installed files.")
@click.option("--offline/--online", default=True, show_default=True, help="Whether the network may be used.")
@advised
@click.option("--explain-hooks", is_flag=True, help="First tell what runs before a program does, in order, and why it is trusted.")
@collecting
def scan(
    targets: tuple[str, ...],
    format_: str,
    outputs: tuple[str, ...],
    manifest_file: str | None,
    fail_on: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_verify: bool,
    offline: bool,
    advisories: tuple[str, ...],
    advisory_db: str,
    strict: bool,
    explain_hooks: bool,
    no_color: bool,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Collect TARGETs (default: the working directory), audit them, gate.

    \b
    sbomgate scan .venv
    sbomgate scan .venv --explain-hooks
    sbomgate scan . --advisories osv
    sbomgate scan . --manifest sbomgate.cdx.json -o sarif=sbomgate.sarif

    Exit: 0 nothing at or above --fail-on, 1 gate failed, 2 wrong usage, 3 incomplete.
    """
    from dataclasses import replace

    from sbomgate import engine

    if explain_hooks and format_ != "table":
        raise UsageError("--explain-hooks goes with the table format only", fix="-f json has the same facts under inventory.hooks")
    if not offline and not quiet:
        click.echo("note: --online: no check of this version needs the network", err=True)

    files = output_files(outputs)
    policy = policy_for(policy_file, fail_on, select, ignore, strict, advisories)
    known = None
    if manifest_file:
        from sbomgate.manifest import load

        try:
            known = load(manifest_file)
        except SbomgateError as error:
            raise UsageError(error.what, error.path, error.where, error.fix) from error
    with Progress(quiet, verbose) as progress:
        paths = unique(targets)
        one = known if len(paths) == 1 else None
        scanned = engine.scan_many(paths, policy, manifest=one, advisory_db=advisory_db, verify=not no_verify, jobs=jobs, progress=progress)
        report = engine.joined(scanned, policy, manifest=known if one is None else None)
    if no_verify:
        note = "--no-verify: installed files were not hashed"
        report = replace(report, inventories=tuple(replace(item, notes=(*item.notes, note)) for item in report.inventories))
    deliver(report, format_, files, no_color=no_color, quiet=quiet, explain_hooks=explain_hooks)
