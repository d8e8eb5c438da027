"""`sbomgate sbom`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sbomgate.cli.inputs import inventories_of, policy_for
from sbomgate.cli.options import collecting, takes_targets
from sbomgate.cli.output import leave, show, tell_problems, write
from sbomgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sbomgate.model import Parties, Problem
    from sbomgate.policy import Policy
    from sbomgate.reporters.cyclonedx.issue import Previous

_PHASES = ("design", "pre-build", "build", "post-build", "operations", "discovery", "decommission")


@click.command()
@takes_targets
@click.option("-o", "output", metavar="FILE", help="Write there instead of stdout; a document that stands there is the previous issue.")
@click.option(
    "--spec-version", type=click.Choice(["1.4", "1.5", "1.6", "1.7"]), default="1.6", show_default=True, help="CycloneDX version."
)
@click.option(
    "--output-format",
    type=click.Choice(["json", "xml", "spdx-json"]),
    help="CycloneDX as JSON or XML; spdx-json: SPDX 2.3. A score as JSON.  [default: json; of a score, a table]",
)
@click.option("--reproducible", is_flag=True, help="Same input, same bytes: no clock, no serial number.")
@click.option(
    "--attest",
    "artifacts",
    multiple=True,
    metavar="ARTIFACT",
    help="Write an in-toto Statement about this file, or image by digest; repeatable.",
)
@click.option("--verify", is_flag=True, help="Hash installed files: says in the evidence which distributions equal their RECORD.")
@click.option("--score", is_flag=True, help="Print how good the document is instead; TARGET may be a CycloneDX JSON file of any tool.")
@click.option("--min-score", type=click.FloatRange(0, 10), metavar="N", help="With --score: exit 1 below N of 10.")
@click.option("--author", "authors", multiple=True, metavar="TEXT", help="Who makes the document: Name <mail>; repeatable.")
@click.option("--supplier", metavar="TEXT", help="Who supplies what it is about: Name, Name <mail> or Name <https://…>.")
@click.option("--lifecycle", "phases", multiple=True, type=click.Choice(_PHASES), help="The phase it is about, not that of what is read.")
@click.option("--previous", metavar="FILE", help="The previous issue: its serial number stays, its version is counted up.")
@collecting
@click.pass_context
def sbom(
    context: click.Context,
    targets: tuple[str, ...],
    output: str | None,
    spec_version: str,
    output_format: str | None,
    reproducible: bool,
    artifacts: tuple[str, ...],
    verify: bool,
    score: bool,
    min_score: float | None,
    authors: tuple[str, ...],
    supplier: str | None,
    phases: tuple[str, ...],
    previous: str | None,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Collect TARGETs and print one CycloneDX or SPDX document, or its score; no gate.

    \b
    sbomgate sbom .venv -o sbom.cdx.json --reproducible
    sbomgate sbom .venv -o sbom.spdx.json --output-format spdx-json
    sbomgate sbom . --attest dist/demo-1.0-py3-none-any.whl -o demo.intoto.json
    sbomgate sbom --score other.cdx.json --min-score 7
    """
    if min_score is not None and not score:
        raise UsageError("--min-score goes with --score")
    if score and output_format not in (None, "json"):
        raise UsageError("a score is a table or JSON", fix="leave --output-format out, or give json")
    if score and artifacts:
        raise UsageError("--attest goes with a document, not with its score")
    if artifacts and output_format not in (None, "json"):
        raise UsageError("--attest goes with --output-format json only", fix="the predicate of a Statement is JSON")
    if output_format == "spdx-json" and context.get_parameter_source("spec_version") is not ParameterSource.DEFAULT:
        raise UsageError("--spec-version is a version of CycloneDX, spdx-json is SPDX 2.3", fix="leave --spec-version out")
    if score and (path := _document_in(targets)):
        _tell_score(_parsed(path), path, output, output_format, min_score, ())
        return
    if previous and reproducible:
        raise UsageError("a reproducible document has no previous issue", where="--previous", fix="leave out --reproducible or --previous")
    if previous and (score or output_format == "spdx-json"):
        raise UsageError("goes with a CycloneDX document only", where="--previous")
    parties = _parties(policy_for(policy_file), authors, supplier)
    before = None if reproducible or score or output_format == "spdx-json" else _previous(previous, output)
    subjects = []
    if artifacts:
        from sbomgate.attestations import statement, subjects_of

        subjects = subjects_of(artifacts)
    inventories = inventories_of(targets, policy_file, verify=verify, licences=True, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if not any(inventory.sources for inventory in inventories) or any(item.problems and item.target.kind == "file" for item in inventories):
        leave(3)
    from sbomgate.reporters import cyclonedx

    if previous and before and not cyclonedx.is_continued(before, cyclonedx.subject_of(inventories)):
        raise UsageError(f"is about {before.subject[-1]!r}, not about the same as this document", previous, fix="leave out --previous")
    making = cyclonedx.Making(reproducible, parties, tuple(dict.fromkeys(phases)))
    if score:
        document = cyclonedx.document(inventories, making)
        if spec_version != cyclonedx.SPEC_VERSION:
            import json

            document = json.loads(cyclonedx.converted(document, spec_version))
        _tell_score(document, ", ".join(item.target.path for item in inventories), output, output_format, min_score, problems)
        return
    text: Iterable[str]
    if output_format == "spdx-json":
        from sbomgate.reporters import spdx

        text = spdx.pieces(cyclonedx.document(inventories, making))
    else:
        text = cyclonedx.issued(inventories, making, before, spec_version, output_format or "json")
    if artifacts:
        text = statement(subjects, text)
    if output:
        write(output, text)
    else:
        show(text)
    leave(3 if problems else 0)


def _document_in(targets: tuple[str, ...]) -> str:
    """The target that is a CycloneDX document by not being anything that is collected; empty if none is."""
    from sbomgate import collectors

    found = [path for path in targets if os.path.isfile(path) and collectors.by_name(os.path.abspath(path).replace(os.sep, "/")) is None]
    if found and len(targets) > 1:
        raise UsageError("one document is scored at a time", found[0])
    return found[0] if found else ""


def _parsed(path: str) -> Any:
    """The JSON in the file at `path`; CollectError if it holds none."""
    from sbomgate.errors import CollectError
    from sbomgate.manifest import read
    from sbomgate.tree import parse_json

    try:
        text = read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CollectError("not valid UTF-8", path, fix="CycloneDX JSON is scored") from error
    if text.lstrip()[:1] == "<":
        raise CollectError("XML, which is not scored", path, fix="have it written as CycloneDX JSON")
    return parse_json(text, path)


def _tell_score(
    document: Any, path: str, output: str | None, output_format: str | None, min_score: float | None, problems: Iterable[Problem]
) -> None:
    """Print or write the score, and leave: 1 below the least that is asked for, 3 if something could not be read."""
    from sbomgate.quality import score
    from sbomgate.reporters.score import as_json, table

    found = score(document, path)
    text = as_json(found) if output_format == "json" else table(found)
    if output:
        write(output, text)
    else:
        show(text)
    leave(1 if min_score is not None and found.points < min_score else 3 if problems else 0)


def _parties(policy: Policy, authors: tuple[str, ...], supplier: str | None) -> Parties:
    """Those of the options, else those of the policy; UsageError for text that names nobody."""
    parties = policy.parties
    if not authors and supplier is None:
        return parties
    from sbomgate.parties import party

    people = tuple(map(party, authors))
    for option, text, found in [*(("--author", *pair) for pair in zip(authors, people, strict=True)), ("--supplier", supplier, None)]:
        found = found or (party(text) if text is not None else None)  # the one value is refined
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
