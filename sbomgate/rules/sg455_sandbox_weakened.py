"""A confinement of the agent's commands is switched off, or has a hole that makes it one in name only.

## Why it matters
A sandbox is what still holds when a text has talked the agent into something, and it is the only thing that keeps a
started script from files that the rules deny. `high`: no confinement at all, everything excluded or writable, the socket
of a container engine let in. `medium`: off in one file where another has it on, shells and interpreters excluded, every
host or socket reachable, start-up files writable. `low`: an isolation that its documentation calls weaker. No sandbox
at all is no finding. A person's own settings count one step less.

## Bad
~~~json path=.claude/settings.json
{"sandbox": {"enabled": true, "excludedCommands": ["*"], "network": {"allowUnixSockets": ["/var/run/docker.sock"]}}}
~~~

## Good
~~~json path=.claude/settings.json
{"sandbox": {"enabled": true, "excludedCommands": ["git push"], "network": {"allowedDomains": ["docs.acme.example"]}}}
~~~

## How to fix
Name what really must run outside, command by command, and the folders and hosts that are needed, one by one.

## References
- Claude Code documentation, "Sandboxing"
- Codex documentation, "Sandbox and approvals"
- Docker documentation, "Docker Engine security": the socket is root on the host
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sbomgate.agent_model import AgentOption
from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._agent_settings import Judged, told

_NONE: Final = ("danger-full-access", "none", "disabled")
_OFF: Final = ("false", "off")
_INTERPRETERS: Final = re.compile(
    r"(?:bash|sh|zsh|fish|pwsh|powershell|python[0-9.]*|node|deno|bun|ruby|perl|php|npx|bunx|uvx|uv run|pipx run|env|xargs|sudo|eval|make)(?:\s*\*|:\*)?\s*",
    re.IGNORECASE,
)
_ALL_PATHS: Final = ("/", "//", "~", "~/", "/**", "//**", "~/**", "**", "*", "//*", "/*")
_RUNS_LATER: Final = re.compile(
    r"~?/?(?:\.ssh|\.bashrc|\.bash_profile|\.zshrc|\.zshenv|\.profile|\.gitconfig|\.claude|\.config|\.local/bin|\.aws|\.kube)(?:/.*)?|//?(?:etc|usr|bin|opt|root|home|Users)(?:/\*\*)?"
)
_SOCKET: Final = re.compile(r"(?:docker|containerd|podman|crio)[\w.-]*\.sock")


def check(context: Context) -> Iterator[Finding]:
    options = [option for option in context.inventory.options if option.kind in ("sandbox", "sandbox-weakened") and option.in_force]
    confined = {option.client for option in options if option.kind == "sandbox" and option.value.lower() not in (*_OFF, *_NONE)}
    judged = []
    for option in options:
        severity = _whole(option, confined) if option.kind == "sandbox" else _hole(option)
        if severity:
            judged.append(Judged(option, severity, f"{_key(option)} = {option.value}"))
    yield from told(RULE, judged, "the confinement of commands is weakened", "name only the commands, folders and hosts that are needed")


def _key(option: AgentOption) -> str:
    """The key of the list that the option is an item of, or its own."""
    return re.sub(r"\[[0-9]+\]\Z", "", option.key)


def _whole(option: AgentOption, confined: set[str]) -> Severity | None:
    value = option.value.lower()
    if value in _NONE:
        return Severity.HIGH
    return Severity.MEDIUM if value in _OFF and option.client in confined else None


def _hole(option: AgentOption) -> Severity | None:
    key, value = _key(option).rpartition(".")[2], option.value.strip()
    found: Severity | None = None
    if _SOCKET.search(value) or (key == "disabled" and value == "true"):
        found = Severity.HIGH
    elif key == "excludedCommands":
        found = Severity.HIGH if value in ("*", "**", ":*") else Severity.MEDIUM if _INTERPRETERS.fullmatch(value) else None
    elif key == "allowWrite":
        found = Severity.HIGH if value in _ALL_PATHS else Severity.MEDIUM if _RUNS_LATER.fullmatch(value) else None
    elif (key == "allowedDomains" and value in ("*", "*.*")) or (key == "allowAllUnixSockets" and value == "true"):
        found = Severity.MEDIUM
    elif key in ("enableWeakerNestedSandbox", "enableWeakerNetworkIsolation", "allowAppleEvents") and value == "true":
        found = Severity.LOW
    return found


RULE = Rule(id="SG455", name="sandbox-weakened", severity=Severity.HIGH, check=check, doc=__doc__)
