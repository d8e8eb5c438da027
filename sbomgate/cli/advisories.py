"""`sbomgate advisories`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sbomgate.cli.output import leave, show, tell_problems
from sbomgate.cli.progress import Progress
from sbomgate.errors import UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from sbomgate.advisories.importing import Outcome

_store = click.option(
    "--advisory-db", metavar="FILE", default="", help="The store; default: $SBOMGATE_ADVISORIES, else one in the user's cache folder."
)
_quiet = click.option("-q", "--quiet", is_flag=True, help="No progress, no counts on stderr.")


@click.group()
def advisories() -> None:
    """The store of known malicious and vulnerable releases, which `scan --advisories osv` compares with.

    \b
    sbomgate advisories import PyPI.zip npm.zip
    sbomgate scan . --advisories osv
    """


@advisories.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--add/--replace", default=False, show_default="--replace", help="Keep what the store has, or make it anew.")
@_store
@click.option("--jobs", type=click.IntRange(0), default=0, metavar="N", help="Processes for reading; 0: one a processor.")
@_quiet
def import_(paths: tuple[str, ...], add: bool, advisory_db: str, jobs: int, quiet: bool) -> None:
    """Read OSV records from PATHs into the store.

    A PATH is an export (a ZIP archive with a JSON file for each record), a folder of records such as a checkout of a database, or one record.

    Exit: 0 all was read, 2 nothing of it is a record, 3 some records could not be read; the store has the others.
    """
    from sbomgate.advisories.importing import import_records
    from sbomgate.advisories.store import default_path

    path = advisory_db or default_path()
    with Progress(quiet, verbose=False) as progress:
        outcome = import_records(paths, path, add=add, jobs=jobs, progress=progress)
    _tell(outcome, path, quiet=quiet)


@advisories.command()
@click.option(
    "--url",
    "urls",
    multiple=True,
    metavar="URL",
    help="Export to fetch; {ecosystem} in it stands for each; default: the policy's. Repeatable.",
)
@click.option(
    "--ecosystem", "ecosystems", multiple=True, type=click.Choice(["PyPI", "npm"]), help="What {ecosystem} stands for; default: both."
)
@click.option("--sha256", metavar="HEX", default="", help="What the one export must have.")
@click.option("--policy", "policy_file", metavar="FILE", help="Policy file; default: the one in force in the working directory.")
@_store
@click.option("--jobs", type=click.IntRange(0), default=0, metavar="N", help="Processes for reading; 0: one a processor.")
@_quiet
def update(
    urls: tuple[str, ...], ecosystems: tuple[str, ...], sha256: str, policy_file: str | None, advisory_db: str, jobs: int, quiet: bool
) -> None:
    """Fetch exports of advisories and make the store anew from them.

    Needs the extra `online`. A download that broke off is continued the next time. Nothing is fetched if the server says that nothing changed.

    \b
    sbomgate advisories update --url "https://advisories.example/{ecosystem}/all.zip"
    """
    import re

    from sbomgate.advisories.store import default_path
    from sbomgate.cli.inputs import policy_for

    urls = urls or tuple(filter(None, (policy_for(policy_file).advisory_url,)))
    if not urls:
        raise UsageError("no address is known", where="--url", fix="give --url, or `url` in [advisories] of the policy")
    if sha256 and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise UsageError(f"{sha256!r} is no SHA-256", where="--sha256")
    try:
        from sbomgate.advisories import updates
    except ImportError as error:
        raise UsageError(f"needs {error.name}", fix='pip install "sbomgate[online]"') from error
    path = advisory_db or default_path()
    with Progress(quiet, verbose=False) as progress:
        outcome = updates.update(updates.addresses(urls, ecosystems), path, sha256=sha256.lower(), jobs=jobs, progress=progress)
    if outcome is not None:
        _tell(outcome, path, quiet=quiet)
    elif not quiet:
        click.echo(f"{printable(path)}: nothing changed since the last time", err=True)


@advisories.command()
@click.option("-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_store
def status(format_: str, advisory_db: str) -> None:
    """What the store has, and how old it is."""
    from sbomgate.advisories.store import SCHEMA, Store, default_path

    path = advisory_db or default_path()
    with Store(path) as store:
        facts, sources = store.facts, store.sources
    numbers = {name: int(value) for name, value in facts.items() if value.isdecimal()}
    ecosystems = {
        name: {"records": numbers.get(f"{name} records", 0), "packages": numbers.get(f"{name} packages", 0)} for name in ("pypi", "npm")
    }
    if format_ == "json":
        from sbomgate.reporters.encode import dumps

        document = {
            "schema_version": "1.0",
            "path": path,
            "store_version": SCHEMA,
            "records": numbers.get("records", 0),
            "malicious": numbers.get("malicious", 0),
            "withdrawn": numbers.get("withdrawn", 0),
            "refused": numbers.get("refused", 0),
            "ecosystems": ecosystems,
            "newest": _time(facts.get("newest", "")),
            "imported": _time(facts.get("made", "")),
            "age_days": _age(facts.get("newest", "")),
            "sources": [{"name": one.name, "sha256": one.sha256, "records": one.records} for one in sources],
        }
        show(dumps(document, indent=2) + "\n")
        return
    days = _age(facts.get("newest", ""))
    click.echo(f"{printable(path)}: store of version {SCHEMA}")
    click.echo(f"  newest record {facts.get('newest', '')[:10] or 'unknown'}, {days} days ago; imported {facts.get('made', '')[:10]}")
    click.echo(
        f"  {numbers.get('records', 0):,} records, {numbers.get('malicious', 0):,} of them malicious; {numbers.get('withdrawn', 0):,} more withdrawn"
    )
    for name, counts in ecosystems.items():
        click.echo(f"  {name}: {counts['records']:,} records about {counts['packages']:,} packages")
    if numbers.get("refused"):
        click.echo(f"  {numbers['refused']:,} records were refused")
    for one in sources:
        click.echo(f"  from {printable(one.name)}: {one.records:,} records, sha256 {one.sha256}")


def _tell(outcome: Outcome, path: str, *, quiet: bool) -> None:
    """Say what was imported, and leave with its exit code."""
    if not quiet:
        tell_problems(outcome.problems)
        for text in outcome.impossible[:20]:
            click.echo(f"note: {printable(text)}: components that it is about will be told as not judged", err=True)
        counts = (
            (outcome.withdrawn, "withdrawn"),
            (outcome.replaced, "newer than one of the same id"),
            (outcome.older, "left out: one of the same id is as new or newer"),
            (outcome.foreign, "of other ecosystems only, left out"),
            (outcome.commits_only, "that name commits only, which releases cannot be compared with"),
            (len(outcome.impossible), "with an impossible range"),
            (outcome.refused, "refused"),
        )
        told = "".join(f"; {count:,} {what}" for count, what in counts if count)
        others = f"; {outcome.others:,} JSON files are no records" if outcome.others else ""
        click.echo(f"{printable(path)}: {outcome.kept:,} records{told}{others}", err=True)
    leave(3 if outcome.problems else 0)


def _time(text: str) -> str | None:
    return f"{text}Z" if text else None


def _age(newest: str) -> int | None:
    """Days since `newest`; None where that is unknown."""
    from datetime import UTC, date, datetime

    try:
        return max(0, (datetime.now(UTC).date() - date.fromisoformat(newest[:10])).days)
    except ValueError:
        return None
