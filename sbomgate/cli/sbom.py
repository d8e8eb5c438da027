"""`sbomgate sbom`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

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
@click.option(
    "--output-format",
    type=click.Choice(["json", "xml", "spdx-json"]),
    default="json",
    show_default=True,
    help="CycloneDX as JSON or XML; spdx-json: SPDX 2.3.",
)
@click.option("--reproducible", is_flag=True, help="Same input, same bytes: no clock, no random serial number.")
@click.option("--verify", is_flag=True, help="Hash installed files: says in the evidence which distributions equal their RECORD.")
@collecting
@click.pass_context
def sbom(
    context: click.Context,
    targets: tuple[str, ...],
    output: str | None,
    spec_version: str,
    output_format: str,
    reproducible: bool,
    verify: bool,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Collect TARGETs and print one CycloneDX or SPDX document; no gate.

    \b
    sbomgate sbom .venv -o sbom.cdx.json --reproducible
    sbomgate sbom .venv -o sbom.spdx.json --output-format spdx-json
    """
    if output_format == "spdx-json" and context.get_parameter_source("spec_version") is not ParameterSource.DEFAULT:
        raise UsageError("--spec-version is a version of CycloneDX, spdx-json is SPDX 2.3", fix="leave --spec-version out")
    inventories = inventories_of(targets, policy_file, verify=verify, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if not any(inventory.sources for inventory in inventories) or any(item.problems and item.target.kind == "file" for item in inventories):
        leave(3)
    from sbomgate.reporters import cyclonedx

    text: str | Iterable[str]
    if output_format == "spdx-json":
        from sbomgate.reporters import spdx

        text = spdx.pieces(cyclonedx.document(inventories, reproducible=reproducible))
    elif (spec_version, output_format) == (cyclonedx.SPEC_VERSION, "json"):
        text = cyclonedx.pieces(inventories, reproducible=reproducible)
    else:
        text = cyclonedx.converted(cyclonedx.document(inventories, reproducible=reproducible), spec_version, output_format)
    if output:
        write(output, text)
    else:
        show(text)
    leave(3 if problems else 0)
