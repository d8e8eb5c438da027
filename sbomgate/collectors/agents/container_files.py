"""Files that make or start a container: which agent works in it, and what it is given of its host.

Sources: Development Container specification, "Dev Container metadata reference"; Compose specification; Dockerfile reference. A
file without an agent yields nothing; of a development container the commands that it runs by itself do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.agent_model import AgentFile, AgentStep
from sbomgate.collectors.agents import redaction
from sbomgate.collectors.agents.commands import command
from sbomgate.collectors.agents.containers import container_options
from sbomgate.collectors.agents.documents import load
from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.facts import option, variables
from sbomgate.collectors.agents.jsonc import Pointer, parse
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, MAX_SHOWN, File, Found, Reading
from sbomgate.collectors.agents.servers import Client, read_servers
from sbomgate.collectors.agents.starts import Start, mentions_agent, starts
from sbomgate.collectors.agents.task_files import file_of, unconfined_lines
from sbomgate.collectors.fields import type_name
from sbomgate.errors import CollectError
from sbomgate.model import Location
from sbomgate.tree import SourceFile

EVENTS: Final = (
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
)
"""Commands of a development container; the first one runs on the host."""
_MARKS: Final = {
    "claude": "claude-code",
    "anthropic.claude-code": "claude-code",
    "gemini-cli": "gemini-cli",
    "codex": "codex",
    "openai.chatgpt": "codex",
    "opencode": "opencode",
    "aider": "aider",
    "saoudrizwan.claude-dev": "cline",
    "rooveterinaryinc.roo-cline": "roo-code",
    "kilocode.kilo-code": "kilo-code",
    "qwen-code": "qwen-code",
    "cursor-agent": "cursor",
    "continue.continue": "continue",
    "copilot-cli": "copilot-cli",
}
"""What the name of a feature, extension, image or folder of settings tells of the agent in a container."""
_LONGEST_FIRST: Final = sorted(_MARKS, key=len, reverse=True)
MAX_SERVICES: Final = 1000
IN_CONTAINER: Final = "in a container"


def collect(source: SourceFile) -> Iterator[Found]:
    """Yield what a file says of containers that an agent works in."""
    name = source.path.rpartition("/")[2]
    if name.endswith(".json"):
        yield from _devcontainer(source)
    elif name.endswith((".yml", ".yaml")):
        yield from _compose(source)
    else:
        text = source.text()
        if mentions_agent(text):
            steps = list(unconfined_lines(source.path, _exec_form(text), "command", "in an image"))
            yield from file_of(source.path, steps, "container")
            yield from steps


def _exec_form(text: str) -> str:
    """A Dockerfile with the JSON lists of its instructions as plain words, line by line."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        verb, _, rest = line.strip().partition(" ")
        if verb.upper() in ("CMD", "ENTRYPOINT", "RUN") and rest.lstrip().startswith("["):
            lines[at] = f"{verb} " + rest.replace('",', " ").translate({ord(sign): " " for sign in '"[]'})
    return "\n".join(lines)


# --- development containers ------------------------------------------------------------------------------------------


def _devcontainer(source: SourceFile) -> Iterator[Found]:
    document = parse(source.text(), source.path)
    if document.empty:
        return
    if not isinstance(document.value, dict):
        raise CollectError(f"expected table, found {type_name(document.value)}", source.path)
    reading = Reading(source, "vscode", File(source.path, "repo", "container", "jsonc", _nothing), document)
    found: list[Found] = []
    for event in EVENTS:
        found += _event(reading, event)
    servers = reading.get("customizations", "vscode", "mcp", "servers")
    if servers is not None:
        found += read_servers(reading, servers, ("customizations", "vscode", "mcp", "servers"), Client("vscode", key="servers"))
    if reading.get("customizations", "vscode", "settings", "task.allowAutomaticTasks") in ("on", True):
        found += option(reading, "tasks-approved", "on", "customizations", "vscode", "settings", "task.allowAutomaticTasks")
    clients = _agents(reading)
    host = _devcontainer_host(reading)
    if clients and host:
        at = _first(reading, ("runArgs", "mounts", "workspaceMount", "privileged"))
        found.append(_container(reading, clients[0], "development container", host, at))
    if clients:
        for event in ("containerEnv", "remoteEnv"):
            found += variables(reading.narrowed(client=clients[0]), event)
    if found or clients:
        yield AgentFile(
            client="vscode",
            scope="repo",
            location=Location(source.path),
            kind="container",
            format="jsonc",
            also_read_by=tuple(one for one in clients if one != "vscode"),
        )
    yield from found


def _nothing(_: Reading) -> Iterator[Found]:
    return iter(())


def _event(reading: Reading, event: str) -> Iterator[Found]:
    """A command as a text, as words, or several of them by name."""
    value = reading.get(event)
    entries: list[tuple[Pointer, Any]] = [((event,), value)]
    if isinstance(value, dict):
        entries = [((event, name), one) for name, one in list(value.items())[:MAX_ITEMS]]
    for at, one in entries:
        if isinstance(one, list):
            words = [word for word in one if isinstance(word, str)]
            if words:
                yield from command(reading, event, words[0], *at, 0, arguments=words[1:])
            text = " ".join(words)
        elif isinstance(one, str):
            yield from command(reading, event, one, *at)
            text = one
        else:
            if one is not None:
                yield reading.expected("string, array or table", *at)
            continue
        if mentions_agent(text):
            isolated = "" if event == "initializeCommand" else IN_CONTAINER
            yield from (_line(start, reading.location(*at), reading.place(*at), isolated) for start in starts(text) if start.unconfined)


def _line(start: Start, location: Location, key: str, isolated: str) -> AgentStep:
    return AgentStep(
        client=start.client,
        scope="repo",
        kind="command",
        text=redaction.redacted(start.text)[:MAX_SHOWN],
        location=location,
        key=key,
        unconfined=start.unconfined,
        isolated=isolated,
    )


def _agents(reading: Reading) -> list[str]:
    """The agents that a development container has: by its features, extensions, commands, mounts and name of image."""
    texts = list(reading.table("features"))
    extensions = reading.get("customizations", "vscode", "extensions")
    texts += [one for one in extensions if isinstance(one, str)] if isinstance(extensions, list) else []
    for key in ("image", "name"):
        value = reading.get(key)
        texts += [value] if isinstance(value, str) else []
    for event in EVENTS[1:]:
        texts.append(str(reading.get(event) or "")[:MAX_SHOWN])
    for mount in _mounts(reading):
        texts.append(mount)
    return agents_named(texts)


def agents_named(texts: list[str]) -> list[str]:
    """The clients that some of `texts` name, sorted."""
    found = set()
    for text in texts[:MAX_ITEMS]:
        lower = text[:MAX_SHOWN].lower()
        mark = next((mark for mark in _LONGEST_FIRST if mark in lower), "")
        if mark:
            found.add(_MARKS[mark])
    return sorted(found)


def _mounts(reading: Reading) -> list[str]:
    """The mounts of a development container in the words of `docker run --mount`."""
    value = reading.get("mounts")
    found = []
    for one in value[:MAX_ITEMS] if isinstance(value, list) else ():
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            found.append(",".join(f"{key}={said}" for key, said in one.items() if isinstance(said, str)))
    workspace = reading.get("workspaceMount")
    return [*found, workspace] if isinstance(workspace, str) else found


def _devcontainer_host(reading: Reading) -> tuple[str, ...]:
    draft = Draft()
    arguments = reading.get("runArgs")
    words = [one for one in arguments if isinstance(one, str)] if isinstance(arguments, list) else []
    container_options(words, draft)
    for mount in _mounts(reading):
        container_options(["--mount", _local(mount)], draft)
    if reading.get("privileged") is True:
        draft.host.append("privileged")
    for key, option_ in (("capAdd", "--cap-add"), ("securityOpt", "--security-opt")):
        value = reading.get(key)
        for one in value[:MAX_ITEMS] if isinstance(value, list) else ():
            if isinstance(one, str):
                container_options([option_, one], draft)
    return tuple(sorted(set(draft.host)))


def _local(text: str) -> str:
    """Variables of a development container in the form that a shell has."""
    return (
        text.replace("${localEnv:HOME}${localEnv:USERPROFILE}", "$HOME")
        .replace("${localEnv:HOME}", "$HOME")
        .replace("${localEnv:USERPROFILE}", "$HOME")
    )


def _first(reading: Reading, keys: tuple[str, ...]) -> Location:
    return next((reading.location(key) for key in keys if reading.get(key) is not None), Location(reading.path))


def _container(reading: Reading, client: str, text: str, host: tuple[str, ...], location: Location, *at: str) -> AgentStep:
    return AgentStep(
        client=client,
        scope="repo",
        kind="container",
        text=redaction.redacted(text)[:MAX_NAME],
        location=location,
        key=reading.place(*at),
        isolated=IN_CONTAINER,
        host_access=host,
    )


# --- compose ---------------------------------------------------------------------------------------------------------


def _compose(source: SourceFile) -> Iterator[Found]:
    lower = source.text().lower()
    if not any(mark in lower for mark in _MARKS) and not mentions_agent(lower):
        return
    document = load(source, "yaml")
    if not isinstance(document.value, dict):
        return
    reading = Reading(source, "unknown", File(source.path, "repo", "container", "yaml", _nothing), document)
    steps: list[AgentStep] = []
    services = reading.table("services")
    for name in list(services)[:MAX_SERVICES]:
        service = services[name]
        if not isinstance(service, dict):
            continue
        words = service.get("command")
        text = (
            " ".join(one for one in words if isinstance(one, str)) if isinstance(words, list) else words if isinstance(words, str) else ""
        )
        begun = list(starts(text)) if mentions_agent(text) else []
        image = service.get("image")
        clients = sorted({start.client for start in begun} | set(agents_named([name, image if isinstance(image, str) else ""])))
        location = reading.location("services", name)
        at = reading.place("services", name, "command")
        steps += (_line(start, location, at, IN_CONTAINER) for start in begun if start.unconfined)
        host = _service_host(service) if clients else ()
        if host:
            steps.append(_container(reading, clients[0], f"service {name}", host, location, "services", name))
    yield from file_of(source.path, steps, "container")
    yield from steps


def _service_host(service: dict[str, Any]) -> tuple[str, ...]:
    draft = Draft()
    if service.get("privileged") is True:
        draft.host.append("privileged")
    for key, name in (("network_mode", "--network"), ("pid", "--pid"), ("ipc", "--ipc")):
        if isinstance(value := service.get(key), str):
            container_options([name, value], draft)
    for key, name in (("cap_add", "--cap-add"), ("security_opt", "--security-opt")):
        value = service.get(key)
        for one in value[:MAX_ITEMS] if isinstance(value, list) else ():
            if isinstance(one, str):
                container_options([name, one], draft)
    volumes = service.get("volumes")
    for one in volumes[:MAX_ITEMS] if isinstance(volumes, list) else ():
        if isinstance(one, str):
            container_options(["-v", one], draft)
        elif isinstance(one, dict) and isinstance(one.get("source"), str):
            container_options(["--mount", f"type=bind,source={one['source']}"], draft)
    return tuple(sorted(set(draft.host)))
