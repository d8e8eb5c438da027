"""`sbomgate sbom`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sbomgate.cli.inputs import inventories_of
from sbomgate.cli.options import collecting, takes_targets
from sbomgate.cli.output import leave, show, tell_problems, write
from sbomgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command()
@takes_targets
@click.option("-o", "output", metavar="FILE", help="Write there instead of stdout.")
@click.option(
    "--spec-version", type=click.Choice(["1.4", "1.5", "1.6", "1.7"]), default="1.6", show_default=True, help="CycloneDX version."
)
@click.option("--output-format", type=click.Choice(["json", "xml"]), default="json", show_default=True)
@click.option("--reproducible", is_flag=True, help="Same input, same bytes: no clock, no random serial number.")
@click.option(
    "--attest",
    "artifacts",
    multiple=True,
    metavar="ARTIFACT",
    help="Write an in-toto Statement about this file, or image by digest; repeatable.",
)
@click.option("--verify", is_flag=True, help="Hash installed files: says in the evidence which distributions equal their RECORD.")
@collecting
def sbom(
    targets: tuple[str, ...],
    output: str | None,
    spec_version: str,
    output_format: str,
    reproducible: bool,
    artifacts: tuple[str, ...],
    verify: bool,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Collect TARGETs and print one CycloneDX document; no gate.

    \b
    sbomgate sbom .venv -o sbom.cdx.json --reproducible
    sbomgate sbom . --attest dist/demo-1.0-py3-none-any.whl -o demo.intoto.json
    """
    if artifacts and output_format != "json":
        raise UsageError("--attest goes with --output-format json only", fix="the predicate of a Statement is JSON")
    subjects = []
    if artifacts:
        from sbomgate.attestations import statement, subjects_of

        subjects = subjects_of(artifacts)
    inventories = inventories_of(targets, policy_file, verify=verify, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if not any(inventory.sources for inventory in inventories) or any(item.problems and item.target.kind == "file" for item in inventories):
        leave(3)
    from sbomgate.reporters import cyclonedx

    text: str | Iterable[str]
    if (spec_version, output_format) == (cyclonedx.SPEC_VERSION, "json"):
        text = cyclonedx.pieces(inventories, reproducible=reproducible)
    else:
        text = cyclonedx.converted(cyclonedx.document(inventories, reproducible=reproducible), spec_version, output_format)
    if artifacts:
        text = statement(subjects, text)
    if output:
        write(output, text)
    else:
        show(text)
    leave(3 if problems else 0)
