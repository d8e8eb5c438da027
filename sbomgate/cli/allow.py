"""`sbomgate allow`."""

from __future__ import annotations

import click

from sbomgate.errors import UsageError
from sbomgate.text import printable


@click.command()
@click.argument("finding", required=False)
@click.option(
    "--server", metavar="WHAT", help="Approve a server instead: pkg:npm/…@1.4.2, NAME@sha256:…, sha256: of its command, or its URL."
)
@click.option("--reason", required=True, help="Why it is accepted; shown in every report.")
@click.option("--expires", metavar="DATE", help="Last day on which it counts, as 2027-01-31.")
@click.option("--policy", "policy_file", metavar="FILE", help="Policy to add it to; default: the one in force, else sbomgate.toml.")
def allow(finding: str | None, server: str | None, reason: str, expires: str | None, policy_file: str | None) -> None:
    """Accept one FINDING (its fingerprint, or sha256:DIGEST of what it accuses) in the allowlist, or approve a server.

    \b
    sbomgate allow 9f3c0d12ab45e678 --reason "reviewed by Ada"
    sbomgate allow --server pkg:npm/@acme/docs-mcp@1.4.2 --reason "reviewed by Ada" --expires 2027-01-31
    """
    from sbomgate.policy_edits import add_allow, add_server

    if (finding is None) == (server is None):
        raise UsageError("name one FINDING, or what to approve with --server", fix="`sbomgate allow --help` has an example of each")
    if server is not None:
        path = add_server(server, reason, expires or "", policy_file)
        click.echo(f"{printable(path)}: approves {printable(server)}", err=True)
    elif finding is not None:
        path = add_allow(finding, reason, expires or "", policy_file)
        click.echo(f"{printable(path)}: accepts {printable(finding)}", err=True)
