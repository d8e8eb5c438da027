"""`sbomgate sbom`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sbomgate.cli.inputs import inventories_of, policy_for
from sbomgate.cli.options import collecting, takes_targets
from sbomgate.cli.output import leave, show, tell_problems, write
from sbomgate.errors import UsageError

if TYPE_CHECKING:
    from sbomgate.model import Parties
    from sbomgate.policy import Policy
    from sbomgate.reporters.cyclonedx.issue import Previous

_PHASES = ("design", "pre-build", "build", "post-build", "operations", "discovery", "decommission")


@click.command()
@takes_targets
@click.option("-o", "output", metavar="FILE", help="Write there instead of stdout; a document that stands there is the previous issue.")
@click.option(
    "--spec-version", type=click.Choice(["1.4", "1.5", "1.6", "1.7"]), default="1.6", show_default=True, help="CycloneDX version."
)
@click.option("--output-format", type=click.Choice(["json", "xml"]), default="json", show_default=True)
@click.option("--reproducible", is_flag=True, help="Same input, same bytes: no clock, no serial number.")
@click.option("--verify", is_flag=True, help="Hash installed files: says in the evidence which distributions equal their RECORD.")
@click.option("--author", "authors", multiple=True, metavar="TEXT", help="Who makes the document: Name <mail>; repeatable.")
@click.option("--supplier", metavar="TEXT", help="Who supplies what it is about: Name, Name <mail> or Name <https://…>.")
@click.option("--lifecycle", "phases", multiple=True, type=click.Choice(_PHASES), help="The phase it is about, not that of what is read.")
@click.option("--previous", metavar="FILE", help="The previous issue: its serial number stays, its version is counted up.")
@collecting
def sbom(
    targets: tuple[str, ...],
    output: str | None,
    spec_version: str,
    output_format: str,
    reproducible: bool,
    verify: bool,
    authors: tuple[str, ...],
    supplier: str | None,
    phases: tuple[str, ...],
    previous: str | None,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Collect TARGETs and print one CycloneDX document; no gate.

    \b
    sbomgate sbom .venv -o sbom.cdx.json --reproducible
    """
    if previous and reproducible:
        raise UsageError("a reproducible document has no previous issue", where="--previous", fix="leave out --reproducible or --previous")
    parties = _parties(policy_for(policy_file), authors, supplier)
    before = None if reproducible else _previous(previous, output)
    inventories = inventories_of(targets, policy_file, verify=verify, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if not any(inventory.sources for inventory in inventories) or any(item.problems and item.target.kind == "file" for item in inventories):
        leave(3)
    from sbomgate.reporters import cyclonedx

    if previous and before and not cyclonedx.is_continued(before, cyclonedx.subject_of(inventories)):
        raise UsageError(f"is about {before.subject[-1]!r}, not about the same as this document", previous, fix="leave out --previous")
    making = cyclonedx.Making(reproducible, parties, tuple(dict.fromkeys(phases)))
    text = cyclonedx.issued(inventories, making, before, spec_version, output_format)
    if output:
        write(output, text)
    else:
        show(text)
    leave(3 if problems else 0)


def _parties(policy: Policy, authors: tuple[str, ...], supplier: str | None) -> Parties:
    """Those of the options, else those of the policy; UsageError for text that names nobody."""
    parties = policy.parties
    if not authors and supplier is None:
        return parties
    from sbomgate.parties import party

    people = tuple(map(party, authors))
    for option, text, found in [*(("--author", *pair) for pair in zip(authors, people, strict=True)), ("--supplier", supplier, None)]:
        found = found or (party(text) if text is not None else None)  # noqa: PLW2901
        if found is not None and (not (found.name or found.email) or "<" in found.name):
            raise UsageError(f"{text!r} names nobody", where=option, fix="write it as Name <name@host.example>")
    return parties._replace(authors=people or parties.authors, supplier=party(supplier) if supplier is not None else parties.supplier)


def _previous(named: str | None, output: str | None) -> Previous | None:
    """The issue that is followed: the one that is named, else the one that is written over."""
    from sbomgate.errors import CollectError
    from sbomgate.reporters.cyclonedx.issue import previous_at, read_previous

    if not named:
        return previous_at(output) if output else None
    try:
        found = read_previous(named)
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", named) from error
    except CollectError as error:
        raise UsageError(error.what, named) from error
    if found is None:
        raise UsageError("no document with a serial number and a subject", named, fix="give one that sbomgate wrote without --reproducible")
    return found
