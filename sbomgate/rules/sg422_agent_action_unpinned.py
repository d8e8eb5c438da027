"""An action that starts an agent is named by a tag or a branch.

## Why it matters
A tag can be moved to another commit at any time, by its owner or by whoever took the account: the next run executes
something that nobody reviewed, with the key of the model, the token of the job and the agent's own rights. Only the 40 digits of
a commit stay what they are. A tag that says a version is no pin. One finding a file.

## Bad
~~~yaml path=.github/workflows/review.yml
on: pull_request
permissions:
  contents: read
jobs:
  review:
    runs-on: ubuntu-latest
    steps:
      - uses: anthropics/claude-code-action@v1
~~~

## Good
~~~yaml path=.github/workflows/review.yml
on: pull_request
permissions:
  contents: read
jobs:
  review:
    runs-on: ubuntu-latest
    steps:
      - uses: anthropics/claude-code-action@0123456789abcdef0123456789abcdef01234567 # v1.0.9
~~~

## How to fix
Write the commit behind the `@`, and the version as a comment beside it, so that an updater can raise both. A commit fixes the
action, not what the action installs in turn: where it takes the client's version as an input, give it an exact one.

## References
- GitHub documentation, "Secure use reference", "Using third-party actions"
- CWE-1357, Reliance on Insufficiently Trustworthy Component
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.agent_model import AgentStep
from sbomgate.model import Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_SHOWN = 5


def check(context: Context) -> Iterator[Finding]:
    files: dict[str, list[AgentStep]] = {}
    for step in context.inventory.agent_steps:
        if step.kind == "action" and step.pin in (Pin.VCS_REF, Pin.NONE):
            files.setdefault(step.location.path, []).append(step)
    for steps in files.values():
        names = list(dict.fromkeys(step.text for step in steps))
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield RULE.finding(
            steps[0].location,
            f"what runs can change at any time: {', '.join(names[:_SHOWN])}{more}",
            subject=steps[0].purl,
            key="\0".join(sorted(names)),
            severity=placed(RULE.severity, steps[0].location, steps[0].scope),
            fix=f"write the commit, all 40 digits of it: {names[0].partition('@')[0]}@<commit> # {names[0].partition('@')[2] or 'version'}",
        )


RULE = Rule(id="SG422", name="agent-action-unpinned", severity=Severity.MEDIUM, check=check, doc=__doc__)
