"""A secret stands in an agent's configuration.

## Why it matters
These files are committed, copied between machines, pasted into issues, and read by the agent itself, which may repeat
what it reads. A secret in one is a secret that is out. The report names its place, kind and length, never its value. In
a person's own file, outside the repository, it is `medium`. Whether the server is disabled makes no difference.

Looked through are the variables, headers, arguments and URLs of servers, allow rules ("don't ask again" stores the whole
command with its password), the environment of settings, and hooks.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "docs-mcp", "env": {"ACME_API_TOKEN": "Tn4Kd8Vz2Qx7Ls9Pm3Rb"}}}}
~~~

~~~json path=.claude/settings.json
{"permissions": {"allow": ["Bash(sonar-scanner -Dsonar.token=Tn4Kd8Vz2Qx7Ls9Pm3Rb)"]}}
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"docs": {"command": "docs-mcp", "env": {"ACME_API_TOKEN": "${ACME_API_TOKEN}"}}}}
~~~

## How to fix
Revoke the secret first: removing it leaves it in the history. Then pass it by the environment (`${NAME}`), by the
client's prompt (`${input:name}`), or through a secret manager (`op run -- …`).

## References
- CWE-798, Use of Hard-coded Credentials
- Claude Code documentation, "Environment variable expansion in .mcp.json"
- Visual Studio Code documentation, "Input variables for sensitive data"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Confidence, Finding, Severity
from sbomgate.policy import Context, Rule


def check(context: Context) -> Iterator[Finding]:
    personal = {file.location.path for file in context.inventory.agent_files if file.scope in ("user", "managed")}
    for secret in context.inventory.secrets:
        kind = "a secret" if secret.kind == "literal" else f"a secret ({secret.kind})"
        yield RULE.finding(
            secret.location,
            f"{kind} of {secret.length} characters stands in {secret.where}",
            subject=secret.where,
            key=secret.kind,
            severity=Severity.MEDIUM if secret.location.path in personal else RULE.severity,
            confidence=Confidence.MEDIUM if secret.kind == "literal" else Confidence.HIGH,
            fix="revoke it, then pass it by the environment, a prompt of the client, or a secret manager",
        )


RULE = Rule(id="SG407", name="secret-in-agent-config", severity=Severity.HIGH, check=check, doc=__doc__)
