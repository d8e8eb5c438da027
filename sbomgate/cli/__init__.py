"""The commands: parse, call, show. Results go to stdout, talk goes to stderr; a command is one file."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from sbomgate import __version__
from sbomgate.errors import SbomgateError, UsageError
from sbomgate.text import printable

COMMANDS = {
    "scan": "scan",
    "sbom": "sbom",
    "manifest": "manifest",
    "diff": "diff",
    "verify": "verify",
    "why": "why",
    "blast": "blast",
    "advisories": "advisories",
    "explain-permissions": "permissions",
    "allow": "allow",
    "rules": "rules",
    "explain": "rules",
    "init": "init",
}
"""Command → its module in this package, in the order of the help; imported when it is called."""


class _Group(click.Group):
    """Every error of ours is one line on stderr and exit 2, an interruption is exit 130; a traceback is a bug."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SbomgateError as error:
            click.echo(f"sbomgate: {printable(str(error))}", err=True)
            ctx.exit(2 if isinstance(error, UsageError) else 3)
        except KeyboardInterrupt:
            click.echo("sbomgate: interrupted; nothing was reported", err=True)
            ctx.exit(130)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click passes it
        module = COMMANDS.get(cmd_name)
        found: click.Command | None = getattr(import_module(f"{__name__}.{module}"), cmd_name.replace("-", "_")) if module else None
        return found


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="sbomgate %(version)s")
def main() -> None:
    """Know exactly what an agent stack runs, pin it, verify it to the byte, deny what is not known-good.

    Reads environments, lockfiles and agents' configuration; never runs any of it.
    """


def run() -> None:
    """The entry point of the console script."""
    import gc

    gc.disable()  # one short process: collecting cycles costs a third of a large run and frees nothing that matters
    main(prog_name="sbomgate")
