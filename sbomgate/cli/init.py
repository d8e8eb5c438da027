"""`sbomgate init`."""

from __future__ import annotations

import click

from sbomgate.text import printable


@click.command()
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def init(force: bool) -> None:
    """Write a policy, a manifest, a pre-commit block and a CI step for the project in the working directory."""
    from sbomgate.setup_files import write_setup

    for line in write_setup(".", force=force):
        click.echo(printable(line), err=True)
