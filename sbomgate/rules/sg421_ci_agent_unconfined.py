"""An agent without a person beside it may run any command.

## Why it matters
Options such as `--dangerously-skip-permissions`, `--yolo` or an allowed `Bash` as a whole let the agent run whatever the text
in front of it suggests: the code of a dependency, a comment, a web page. In a workflow nobody sees it happen, and the token of
the job and its secrets lie beside it. Where the machine lives longer than the job (`self-hosted`), what was changed there stays,
which is `high`. In an image, a container, or a job whose token may change nothing and that has no secret besides the model's
key the option can be right: that is `low`. One finding a file.

## Bad
~~~yaml path=.github/workflows/fix.yml
on: workflow_dispatch
permissions:
  contents: write
jobs:
  fix:
    runs-on: ubuntu-latest
    steps:
      - run: claude -p "fix the build" --dangerously-skip-permissions
~~~

## Good
~~~yaml path=.github/workflows/fix.yml
on: workflow_dispatch
permissions:
  contents: write
jobs:
  fix:
    runs-on: ubuntu-latest
    steps:
      - run: claude -p "fix the build" --allowedTools "Edit,Bash(make test)"
~~~

## How to fix
Name the commands that the task needs instead of the shell as a whole. If it needs the shell, let the agent run in a job with
`permissions: {}` and without secrets, and hand its result to a job without an agent.

## References
- Claude Code documentation, "Permission modes", "GitHub Actions"; Codex documentation, "Sandbox and approvals"; Gemini CLI
  documentation, "Tools"
- The option `--full-auto` of Codex is not meant here: by its documentation commands stay in the sandbox
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.agent_model import AgentStep
from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_SHOWN = 5


def check(context: Context) -> Iterator[Finding]:
    files: dict[str, list[AgentStep]] = {}
    for step in context.inventory.agent_steps:
        if step.unconfined:
            files.setdefault(step.location.path, []).append(step)
    for steps in files.values():
        steps.sort(key=lambda step: (_severity(step).rank, step.location.line))
        said = list(dict.fromkeys(f"{step.client} with {', '.join(step.unconfined)}{_where(step)}" for step in steps))
        more = f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
        worst = _severity(steps[0])
        isolated = f" ({steps[0].isolated})" if steps[0].isolated else ""
        yield RULE.finding(
            steps[0].location,
            f"any command runs unasked: {'; '.join(said[:_SHOWN])}{more}{isolated}",
            subject=steps[0].client,
            key="\0".join(sorted({f"{step.job} {option}" for step in steps for option in step.unconfined})),
            severity=placed(worst, steps[0].location, steps[0].scope),
            fix="name the commands that the task needs, or keep the job without write permissions and secrets",
        )


def _severity(step: AgentStep) -> Severity:
    if step.self_hosted:
        return Severity.HIGH
    return Severity.LOW if step.isolated else Severity.MEDIUM


def _where(step: AgentStep) -> str:
    on = " on a self-hosted machine" if step.self_hosted else ""
    return f" in job {step.job!r}{on}" if step.job else ""


RULE = Rule(id="SG421", name="ci-agent-unconfined", severity=Severity.MEDIUM, check=check, doc=__doc__)
