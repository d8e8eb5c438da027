"""A hook or helper of an agent downloads code and runs it, each time.

## Why it matters
A hook runs at an event of the agent, a helper whenever a line of status or a token is needed: unasked, with the person's
rights, in `claude -p` even in a folder that nobody trusted. `curl … | sh` there runs what an address serves at that moment;
`npx tool@latest` runs what a registry has then. No lockfile lists either. In a person's own settings it is one step
less, in a folder of examples or tests two; in a definition of a container, which is built once, two.

## Bad
~~~json path=.claude/settings.json
{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "npx acme-guard@latest check"}]}]}}
~~~

## Good
~~~json path=.claude/settings.json
{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "node tools/guard.mjs check"}]}]}}
~~~

## How to fix
Commit the script and start that copy, or install the tool from a lockfile and start what is installed
(`npx --no-install`, `uv run --frozen`). An exact version is the least.

## References
- Claude Code documentation, "Hooks reference", security considerations
- CWE-494, Download of Code Without Integrity Check
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._agent_settings import Judged, told


def check(context: Context) -> Iterator[Finding]:
    containers = {file.location.path for file in context.inventory.agent_files if file.kind == "container"}
    fetches, loose = [], []
    for command in context.inventory.commands:
        if not command.in_force or command.scope == "ci":
            continue
        severity = RULE.severity.lowered(2) if command.location.path in containers else RULE.severity
        details = [capability.detail for capability in command.capabilities if capability.kind == "fetch-and-run"]
        packages = [capability.detail for capability in command.capabilities if capability.kind == "unpinned"]
        if details:
            fetches.append(Judged(command, severity, f"{command.event} ({', '.join(details)})"))
        elif packages:
            loose.append(Judged(command, severity, f"{command.event} ({command.launcher} {', '.join(packages)})"))
    yield from told(RULE, fetches, "downloads code and runs it at", "download the file once, review it, commit it, and run that copy")
    yield from told(
        RULE, loose, "starts what no version fixes at", "install it from a lockfile and start what is installed, or name an exact version"
    )


RULE = Rule(id="SG450", name="agent-hook-fetches-and-runs", severity=Severity.HIGH, check=check, doc=__doc__)
