"""`sbomgate allow`."""

from __future__ import annotations

import click

from sbomgate.text import printable


@click.command()
@click.argument("finding")
@click.option("--reason", required=True, help="Why it is accepted; shown in every report.")
@click.option("--expires", metavar="DATE", help="Last day on which it counts, as 2027-01-31.")
@click.option("--policy", "policy_file", metavar="FILE", help="Policy to add it to; default: the one in force, else sbomgate.toml.")
def allow(finding: str, reason: str, expires: str | None, policy_file: str | None) -> None:
    """Accept one FINDING (its fingerprint, or sha256:DIGEST of what it accuses) in the allowlist."""
    from sbomgate.policy_file import add_allow

    path = add_allow(finding, reason, expires or "", policy_file)
    click.echo(f"{printable(path)}: accepts {printable(finding)}", err=True)
