"""`sbomgate rules` and `sbomgate explain`."""

from __future__ import annotations

import click

from sbomgate.errors import UsageError


@click.command()
def rules() -> None:
    """The rule table."""
    from sbomgate.rules import all_rules

    for rule in all_rules():
        click.echo(f"{rule.id}  {rule.severity:<8}  {rule.name:<34}  {rule.doc.strip().splitlines()[0]}")


@click.command()
@click.argument("rule_id", metavar="RULE")
def explain(rule_id: str) -> None:
    """The page of RULE, for example SG101."""
    from sbomgate.rules import by_id

    if (rule := by_id(rule_id)) is None:
        raise UsageError(f"no rule {rule_id!r}", fix="`sbomgate rules` lists them")
    click.echo(f"# {rule.id} {rule.name} ({rule.severity})\n\n{rule.doc.strip()}")
