"""An agent starts in the files of a stranger's proposal, with the rights of the repository.

## Why it matters
`pull_request_target`, `workflow_run` and the events of issues run with the token and the secrets of the repository. A checkout
of the proposal at the root of the workspace puts its author's files where the agent looks first: instructions, settings,
servers, scripts that a build calls. What the author wrote there is followed, or executed, with those rights. An action may
restore some of these files from the base branch, never all that matter. Where a condition, a label or the action itself lets only
people with write access start the run, the files are a stranger's all the same: `medium`. A condition that leaves out forks ends
it, and so does a checkout into a folder of its own (`path`) that the agent is not started in.

## Bad
~~~yaml path=.github/workflows/review.yml
on: pull_request_target
permissions:
  pull-requests: write
jobs:
  review:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: codex exec "review this proposal"
~~~

## Good
~~~yaml path=.github/workflows/review.yml
on: pull_request_target
permissions:
  pull-requests: write
jobs:
  review:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567
        with:
          ref: ${{ github.event.pull_request.head.sha }}
          path: proposal
          persist-credentials: false
      - run: codex exec "review the files below proposal/"
~~~

## How to fix
Use `pull_request` where no secret is needed. Else check out the base branch at the root and the proposal into a folder of its
own, or hand the agent the text of the difference instead of the files.

## References
- GitHub Security Lab, "Keeping your GitHub Actions and workflows secure, part 1: preventing pwn requests"
- Claude Code Action, "Security"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_PRIVILEGED: Final = frozenset({"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "discussion_comment"})


def check(context: Context) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for step in context.inventory.agent_steps:
        events = sorted(set(step.triggers) & _PRIVILEGED)
        place = (step.location.path, step.job)
        if not step.foreign_head or not events or place in seen or _leaves_out_forks(step.gate):
            continue
        seen.add(place)
        severity = RULE.severity if step.outsiders and not step.gate else Severity.MEDIUM
        location = step.foreign_head_at or step.location
        yield RULE.finding(
            location,
            f"job {step.job!r}, started by {' or '.join(events)}, checks out a proposal ({step.foreign_head}) and starts {step.client} in it",
            subject=step.purl or step.client,
            key=f"{step.job}\0{step.foreign_head}",
            severity=placed(severity, location, step.scope),
            fix="check the proposal out into a folder of its own (path), or start by pull_request",
        )


def _leaves_out_forks(gate: str) -> bool:
    return any(
        mark in gate
        for mark in (
            "head.repo.full_name ==",
            "head.repo.fork == false",
            "!github.event.pull_request.head.repo.fork",
            "head_repository.full_name ==",
        )
    )


RULE = Rule(id="SG423", name="ci-agent-checks-out-untrusted-head", severity=Severity.HIGH, check=check, doc=__doc__)
