"""Anybody can make an agent act with the rights of the repository.

## Why it matters
An issue, a comment or a proposal is text that anybody writes. A workflow that answers it with an agent hands that text to
a program which follows instructions, with the token and the secrets of the run in reach: one sentence in the title of an
issue is then enough to change code, publish, or read the secrets. This finding is about events that people without rights
cause (`issues`, `issue_comment`, `discussion`, `pull_request_target`, `workflow_run`, …) where nothing looks at who caused
the run: no condition on the author's association, name or repository, no job before it that does, and no check in the action
itself, or one that an input takes away (`allowed_non_write_users`, `allowed_bots`, `allow-users` with `*`).

`high` where the token may write or the step reads a secret; `medium` where it may only write to issues and discussions, or
where the key of the model is all there is to take. The permissions of a workflow that states none are those of the repository's
settings, so that is `high` with medium confidence. `pull_request` is not among the events: from a fork it has no secrets.

## Bad
~~~yaml path=.github/workflows/triage.yml
on:
  issues:
    types: [opened]
permissions:
  contents: write
jobs:
  triage:
    runs-on: ubuntu-latest
    steps:
      - uses: google-github-actions/run-gemini-cli@0123456789abcdef0123456789abcdef01234567
        with:
          prompt: Fix what the issue describes.
~~~

## Good
~~~yaml path=.github/workflows/triage.yml
on:
  issues:
    types: [opened]
permissions:
  contents: write
jobs:
  triage:
    if: contains(fromJSON('["OWNER", "MEMBER", "COLLABORATOR"]'), github.event.issue.author_association)
    runs-on: ubuntu-latest
    steps:
      - uses: google-github-actions/run-gemini-cli@0123456789abcdef0123456789abcdef01234567
        with:
          prompt: Fix what the issue describes.
~~~

## How to fix
Let the job start only for people with write access, or only when one of them sets a label. Where strangers must be served,
give the job `permissions: {}` or read access, no secret besides the model's key, and let a second job without an agent do
what has to be written.

## References
- GitHub documentation, "Secure use reference", "Events that trigger workflows"
- Claude Code Action, "Security"; Codex Action, "Security"
- OWASP Top 10 for LLM Applications, LLM01 "Prompt injection"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.agent_model import AgentStep
from sbomgate.model import Confidence, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_TALK: Final = frozenset({"issues", "discussions", "statuses", "checks"})
"""What a stranger may mostly write to anyway; a change to a proposal can be merged."""
_OWN: Final = frozenset({"workflow_dispatch", "schedule", "push", "repository_dispatch", "workflow_call", "release", "create", "delete"})
"""Events that only people and programs with write access cause."""


def check(context: Context) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for step in context.inventory.agent_steps:
        place = (step.location.path, step.job)
        if place in seen or step.gate or not (step.outsiders or (step.open_to and set(step.triggers) - _OWN)):
            continue
        seen.add(place)
        severity = _severity(step)
        who = f", since {', '.join(step.open_to)} takes the action's check away" if step.open_to else ""
        yield RULE.finding(
            step.location,
            f"anybody can start {step.client} in {_job(step)} by {_events(step)}{who}; {_reach(step)}",
            subject=step.purl or step.client,
            key="\0".join((step.job, *step.outsiders, *step.open_to)),
            severity=placed(severity, step.location, step.scope),
            confidence=Confidence.MEDIUM if step.writes == ("unstated",) and not step.secrets else None,
            fix="let the job start for people with write access only (a condition on author_association), or take its permissions and secrets away",
        )


def _severity(step: AgentStep) -> Severity:
    writes = set(step.writes) - _TALK
    return Severity.HIGH if step.outsiders and (writes or step.secrets) else Severity.MEDIUM


def _job(step: AgentStep) -> str:
    return f"job {step.job!r}"


def _events(step: AgentStep) -> str:
    return " or ".join(step.outsiders or step.triggers)


def _reach(step: AgentStep) -> str:
    parts = []
    if step.writes == ("unstated",):
        parts.append("the file does not state what its token may change")
    elif step.writes:
        parts.append(f"its token may write {', '.join(step.writes)}")
    if step.secrets:
        parts.append(f"it can read {', '.join(step.secrets)}")
    return " and ".join(parts) or "there is the model's key to spend"


RULE = Rule(id="SG420", name="ci-agent-open-to-strangers", severity=Severity.HIGH, check=check, doc=__doc__)
