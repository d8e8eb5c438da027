"""`sbomgate scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sbomgate.cli.inputs import homes, policy_for, unique, vex_documents
from sbomgate.cli.options import advised, collecting, reporting, takes_targets
from sbomgate.cli.output import deliver, output_files
from sbomgate.cli.progress import Progress
from sbomgate.cli.trust import believed, trust_of, trusting
from sbomgate.errors import CollectError, SbomgateError, UsageError

if TYPE_CHECKING:
    from sbomgate.manifest import Manifest
    from sbomgate.model import Target


@click.command()
@takes_targets
@reporting
@click.option("--manifest", "manifest_file", metavar="FILE", help="Known-good manifest to compare with.")
@trusting
@click.option("--no-verify", is_flag=True, help="Do not hash installed files.")
@click.option("--offline/--online", default=True, show_default=True, help="Whether the network may be used.")
@click.option("--user", is_flag=True, help="Also the settings of agents in your home folder, and those managed on this machine.")
@click.option("--user-home", metavar="DIR", help="The same of another home folder, without this machine's.")
@advised
@click.option("--explain-hooks", is_flag=True, help="First tell what runs before a program does, in order, and why it is trusted.")
@collecting
def scan(
    targets: tuple[str, ...],
    format_: str,
    outputs: tuple[str, ...],
    manifest_file: str | None,
    signers: str,
    identity: str,
    issuer: str,
    signature: str,
    fail_on: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_verify: bool,
    offline: bool,
    advisories: tuple[str, ...],
    advisory_db: str,
    osv_url: str,
    pip_audit: str,
    vex: tuple[str, ...],
    strict: bool,
    user: bool,
    user_home: str | None,
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
    sbomgate scan . --user
    sbomgate scan . --advisories osv --vex vex.json -o vdr=vdr.cdx.json
    sbomgate scan . --manifest sbomgate.cdx.json -o sarif=sbomgate.sarif
    sbomgate scan . --manifest sbomgate.cdx.json --signers allowed_signers

    Exit: 0 nothing at or above --fail-on, 1 gate failed, 2 wrong usage, 3 incomplete.
    """
    from dataclasses import replace

    from sbomgate import engine

    if explain_hooks and format_ != "table":
        raise UsageError("--explain-hooks goes with the table format only", fix="-f json has the same facts under inventory.hooks")
    files = output_files(outputs)
    policy = policy_for(policy_file, fail_on, select, ignore, strict, advisories, osv_url)
    documents = vex_documents(vex, policy)
    if not offline and not quiet and not {"pip-audit", "osv-api", "index"}.intersection(policy.advisories):
        click.echo("note: --online: nothing that was asked for needs the network", err=True)
    asking: dict[str, Any] = {
        "advisory_db": advisory_db,
        "online": bool(advisories) or not offline,
        "pip_audit": pip_audit,
        "vex": documents,
    }
    paths: tuple[Target | str, ...] = (*unique(targets), *homes(user, user_home))
    known: Manifest | None = None
    distrust: CollectError | None = None
    trust = trust_of(policy, signers, identity, issuer)
    if not manifest_file and (signers or identity or signature):
        raise UsageError("--signers, --identity and --signature go with --manifest")
    if signature and trust is None:
        raise UsageError("--signature goes with --signers, or with --identity and --issuer")
    if manifest_file and trust:
        try:
            known = believed(manifest_file, trust, signature, unique(targets), quiet=quiet)
        except CollectError as error:  # the rest of the report is worth having; nothing is compared with what nobody vouches for
            distrust = error
    elif manifest_file:
        from sbomgate.manifest import load

        try:
            known = load(manifest_file)
        except SbomgateError as error:
            raise UsageError(error.what, error.path, error.where, error.fix) from error
    licences = "cyclonedx" in (format_, *(name for name, _ in files))
    with Progress(quiet, verbose) as progress:
        one = known if len(paths) == 1 else None
        scanned = engine.scan_many(
            paths, policy, manifest=one, verify=not no_verify, licences=licences, jobs=jobs, progress=progress, **asking
        )
        report = engine.with_vex(engine.joined(scanned, policy, manifest=known if one is None else None), documents)
    if no_verify:
        note = "--no-verify: installed files were not hashed"
        report = replace(report, inventories=tuple(replace(item, notes=(*item.notes, note)) for item in report.inventories))
    if distrust:
        from sbomgate.model import Problem

        what = f"{distrust.what}; nothing was compared with this manifest"
        problem = Problem(path=manifest_file or "", where=distrust.where, what=what, fix=distrust.fix)
        first, *others = report.inventories
        report = replace(report, inventories=(replace(first, problems=(*first.problems, problem)), *others))
    deliver(report, format_, files, no_color=no_color, quiet=quiet, explain_hooks=explain_hooks)
