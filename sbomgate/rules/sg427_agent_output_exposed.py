"""What an agent says, or a secret, ends where others read it.

## Why it matters
The log of a workflow in a public repository is public. `show_full_output` writes into it all that the agent's tools returned,
files and variables among them, which the masking of known secrets does not cover. A secret inside a prompt or a command line
goes to the model's provider and into its history, and the agent may repeat it in a comment. The full output alone is `low`, and
`medium` where outsiders can start the run. One finding a file.

## Bad
~~~yaml path=.github/workflows/ask.yml
on: workflow_dispatch
permissions:
  contents: read
jobs:
  ask:
    runs-on: ubuntu-latest
    steps:
      - uses: anthropics/claude-code-action@0123456789abcdef0123456789abcdef01234567
        with:
          show_full_output: true
          prompt: Use the token ${{ secrets.TRACKER_TOKEN }} to read the ticket.
~~~

## Good
~~~yaml path=.github/workflows/ask.yml
on: workflow_dispatch
permissions:
  contents: read
jobs:
  ask:
    runs-on: ubuntu-latest
    steps:
      - run: ./tools/ticket.sh > ticket.md
        env:
          TRACKER_TOKEN: ${{ secrets.TRACKER_TOKEN }}
      - uses: anthropics/claude-code-action@0123456789abcdef0123456789abcdef01234567
        with:
          prompt: Read ticket.md.
~~~

## How to fix
Leave `show_full_output` off outside of private trials. Fetch what needs a secret in a step before, and hand over the result.

## References
- Claude Code Action, "Security"
- CWE-532, Insertion of Sensitive Information into Log File
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.agent_model import AgentStep
from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed


def check(context: Context) -> Iterator[Finding]:
    files: dict[str, list[AgentStep]] = {}
    for step in context.inventory.agent_steps:
        if step.exposes:
            files.setdefault(step.location.path, []).append(step)
    for steps in files.values():
        said = sorted({what for step in steps for what in step.exposes})
        worst = min((_severity(step) for step in steps), key=lambda severity: severity.rank)
        yield RULE.finding(
            steps[0].location,
            f"others may read what {steps[0].client} is told or says: {', '.join(said[:8])}",
            subject=steps[0].client,
            key="\0".join(said),
            severity=placed(worst, steps[0].location, steps[0].scope),
            fix="switch show_full_output off, and use secrets in a step of their own before the agent's",
        )


def _severity(step: AgentStep) -> Severity:
    return Severity.MEDIUM if step.outsiders or any(what != "show_full_output" for what in step.exposes) else Severity.LOW


RULE = Rule(id="SG427", name="agent-output-exposed", severity=Severity.MEDIUM, check=check, doc=__doc__)
