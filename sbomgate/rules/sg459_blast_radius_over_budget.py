"""A server or agent package could reach more than the policy lets one reach.

## Why it matters
Sooner or later one server or package is compromised. What that means is decided before: by the credentials that it is
given, by what may be done without a question, by how much depends on it. The policy's table `agents.blast-radius` says how
much is too much; without it this rule finds nothing. `sbomgate blast NAME` shows what one of them reaches.

## Bad
~~~toml path=sbomgate.toml
[agents.blast-radius]
no-unasked-actions-with = ["*PROD*"]
~~~

~~~json path=.mcp.json
{"mcpServers": {"db": {"command": "db-mcp", "env": {"PROD_DB_PASSWORD": "${PROD_DB_PASSWORD}"}}}}
~~~

~~~json path=.claude/settings.json
{"permissions": {"allow": ["mcp__db__query"]}}
~~~

## Good
~~~toml path=sbomgate.toml
[agents.blast-radius]
no-unasked-actions-with = ["*PROD*"]
max-credentials = 2
~~~

~~~json path=.mcp.json
{"mcpServers": {"db": {"command": "db-mcp", "env": {"PROD_DB_PASSWORD": "${PROD_DB_PASSWORD}"}}}}
~~~

~~~json path=.claude/settings.json
{"permissions": {"ask": ["mcp__db__query"]}}
~~~

## How to fix
Let the actions ask, give the server a credential that can do less, or split it. If the reach is meant, raise the budget.

## References
- sbomgate documentation, docs/agents.md, "Blast radius"
- NIST SP 800-53, AC-6, Least Privilege
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from sbomgate.model import Finding, Severity
from sbomgate.policy import BlastBudget, Context, Rule
from sbomgate.rules._pinning import listed

if TYPE_CHECKING:
    from sbomgate.blast import Blast


def check(context: Context) -> Iterator[Finding]:
    from sbomgate.blast import Blast
    from sbomgate.inventory import agent_matcher

    budget = context.blast_budget
    if budget is None:
        return
    blast = Blast(context.inventory, agent_matcher(context.agent_packages))
    yield from _unasked(blast, budget)
    if budget.max_credentials is None and budget.max_dependents is None:
        return
    for row in blast.rows():
        for what, count, limit in (
            ("credentials", row.credentials, budget.max_credentials),
            ("packages that depend on it", row.dependents, budget.max_dependents),
        ):
            if limit is not None and count > limit:
                yield RULE.finding(
                    row.location,
                    f"{row.kind} {row.name!r} could reach {count} {what}; the policy lets it reach {limit}",
                    subject=row.purl or row.name,
                    key=f"{row.name}\n{what}",
                    fix=f"give it less, or raise the budget; `sbomgate blast` with its name shows what it reaches: {row.name}",
                )


def _unasked(blast: Blast, budget: BlastBudget) -> Iterator[Finding]:
    if not budget.no_unasked_actions_with:
        return
    for number, server in enumerate(blast.servers):
        names = [name for name in server.env_names if any(fnmatchcase(name, pattern) for pattern in budget.no_unasked_actions_with)]
        actions = [text for texts in blast.own_actions(number).values() for text in texts] if names and not server.disabled else []
        if actions:
            yield RULE.finding(
                server.location,
                f"server {server.name!r} holds {listed(names)} and acts unasked: {actions[0]}",
                subject=server.name,
                key="\n".join(("unasked", server.client, *names)),
                fix="let its actions ask, or give it a credential that the policy does not name",
            )


RULE = Rule(id="SG459", name="blast-radius-over-budget", severity=Severity.HIGH, check=check, doc=__doc__)
