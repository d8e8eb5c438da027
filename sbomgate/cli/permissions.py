"""`sbomgate explain-permissions`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from sbomgate.cli.inputs import homes
from sbomgate.cli.output import leave, show, tell_problems
from sbomgate.errors import UsageError

if TYPE_CHECKING:
    from sbomgate.model import Target


@click.command("explain-permissions")
@click.argument("path", default=".", metavar="[PATH]")
@click.option("--client", metavar="NAME", default="", help="Only this client of agents: `claude-code`, `cursor`, …")
@click.option("--user", is_flag=True, help="Also the settings of agents in your home folder, and those managed on this machine.")
@click.option("--user-home", metavar="DIR", help="The same of another home folder, without this machine's.")
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What is printed."
)
@click.option("-q", "--quiet", is_flag=True, help="No problems on stderr.")
def explain_permissions(path: str, client: str, user: bool, user_home: str | None, format_: str, quiet: bool) -> None:
    """What an agent in PATH (default: the working directory) could run without a question.

    For each client whose settings are found: would it destroy what is deployed, push by force, run what it fetched, read
    keys, change its own settings? With the rule that decides, where it stands, and what the answer rests on. Rules of
    several files meet as the client lets them meet. Nothing is run.

    \b
    sbomgate explain-permissions
    sbomgate explain-permissions . --user --client claude-code
    sbomgate explain-permissions . -f json

    Exit: 0 answered, 2 wrong usage, 3 a file could not be read, or no settings of agents were found.
    """
    from itertools import chain

    from sbomgate.engine import collect
    from sbomgate.permissions import SEMANTICS, outlooks
    from sbomgate.reporters import permissions_table

    if client and client not in SEMANTICS:
        raise UsageError(f"no client {client!r} whose permissions are understood", fix=f"one of {', '.join(sorted(SEMANTICS))}")
    paths: tuple[Target | str, ...] = (path, *homes(user, user_home))
    inventories = [collect(target, files=False, verify=False) for target in paths]
    files, rules, options = (
        tuple(chain.from_iterable(getattr(inventory, field) for inventory in inventories))
        for field in ("agent_files", "permissions", "options")
    )
    read = {file.location.path for file in files}
    problems = [problem for inventory in inventories for problem in inventory.problems if problem.path in read]
    found = outlooks(files, rules, options, client)
    if not quiet:
        tell_problems(problems)
    if format_ == "json":
        show(permissions_table.document(found, complete=bool(found) and not problems))
    elif found:
        show(permissions_table.tell(found, color="NO_COLOR" not in os.environ and sys.stdout.isatty()))
    if not found and not quiet:
        click.echo(f"note: no settings of {client or 'agents'} were found", err=True)
    leave(0 if found and not problems else 3)
