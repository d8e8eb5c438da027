"""The container that an agent works in is given the machine it should be kept from.

## Why it matters
A container is the usual reason to let an agent work without confirmations. With the socket of the container engine, `privileged`,
the root or the home folder of the host mounted, that reason is gone: whatever the agent is talked into happens to the host. This
finding is about development containers and services that an agent works in (its extension, feature, image, or command says so);
those without one are not looked at. The network of the host, a device, or one folder with credentials is `medium`.

## Bad
~~~json path=.devcontainer/devcontainer.json
{
  "image": "acme/dev:1.4.2",
  "customizations": {"vscode": {"extensions": ["anthropic.claude-code"]}},
  "mounts": ["source=/var/run/docker.sock,target=/var/run/docker.sock,type=bind"]
}
~~~

## Good
~~~json path=.devcontainer/devcontainer.json
{
  "image": "acme/dev:1.4.2",
  "customizations": {"vscode": {"extensions": ["anthropic.claude-code"]}},
  "mounts": ["source=agent-config,target=/home/vscode/.claude,type=volume"]
}
~~~

## How to fix
Mount only the project, keep the agent's own state in a named volume, and drop socket, privileges and the folders of the host.

## References
- Docker documentation, "Docker Engine security"
- Claude Code documentation, "Development containers"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules.places import placed

_SOMETIMES_MEANT: Final = ("net namespace of the host", "device of the host", "credentials folder mounted", "capability NET_ADMIN")


def check(context: Context) -> Iterator[Finding]:
    for step in context.inventory.agent_steps:
        if step.kind != "container" or not step.host_access:
            continue
        severity = Severity.MEDIUM if all(one in _SOMETIMES_MEANT for one in step.host_access) else RULE.severity
        yield RULE.finding(
            step.location,
            f"{step.text}, where {step.client} works, reaches its host: {', '.join(step.host_access)}",
            subject=step.client,
            key="\0".join((step.text, *step.host_access)),
            severity=placed(severity, step.location, step.scope),
            fix="mount only the project and named volumes, and drop the privileges",
        )


RULE = Rule(id="SG425", name="agent-container-exposed", severity=Severity.HIGH, check=check, doc=__doc__)
