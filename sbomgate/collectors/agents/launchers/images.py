"""The launchers of containers: docker, podman, nerdctl, finch. Source: Docker documentation, "docker container run"."""

from __future__ import annotations

from typing import Final

from sbomgate.collectors.agents.containers import container_options
from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.launchers import grammar
from sbomgate.collectors.agents.launchers.grammar import Reader, Result
from sbomgate.collectors.agents.launchers.table import LAUNCHERS
from sbomgate.collectors.agents.references import LOCAL, UNKNOWN, oci_reference
from sbomgate.collectors.agents.shell import Words, options_of, subcommand, word_set

_EXEC: Final = word_set(
    "-e --env --env-file -u --user -w --workdir --detach-keys --index --entrypoint -l --label --name -p --publish -v --volume --cap-add --cap-drop --pull"
)


def _engine(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, _ = subcommand(words, LAUNCHERS[launcher].values)
    if command == "container":
        command, rest, _ = subcommand(rest)
    if command == "exec":
        _, rest = options_of(rest, _EXEC)
        if len(rest) < 2:
            return launcher, LOCAL
        draft.wrappers.append(f"{launcher} exec")
        draft.folder = "?"
        return grammar.read(rest[1:], draft, depth + 1)
    if command == "compose" or launcher in ("docker-compose", "podman-compose"):
        if launcher in ("docker", "podman", "nerdctl", "finch"):
            command, rest, _ = subcommand(rest, LAUNCHERS["docker-compose"].values)
        if command in ("exec", "run"):
            _, rest = options_of(rest, _EXEC)
            if len(rest) > 1:  # what runs in the container of the service
                draft.wrappers.append(f"{launcher} compose {command}" if launcher != "docker-compose" else f"{launcher} {command}")
                draft.folder = "?"
                return grammar.read(rest[1:], draft, depth + 1)
        draft.note("the image is in the compose file")
        return launcher, LOCAL
    if command == "mcp":
        draft.note("servers are chosen by the gateway's own catalogue")
        return launcher, UNKNOWN
    if command not in ("run", "create"):
        return launcher, LOCAL
    entrypoint, rest = container_options(rest, draft)
    if not rest:
        return launcher, UNKNOWN
    image = oci_reference(rest[0])
    draft.verifies = image.pin == "digest"
    inner = [entrypoint, *rest[1:]] if entrypoint else rest[1:]
    if inner and grammar.is_known(grammar.program_name(inner[0])):  # the image is only a runtime: what it fetches is the server as much
        child = Draft(steps=draft.steps)
        result = grammar.read(inner, child, depth + 1)
        draft.absorb(child, result[1])
        draft.url = child.url
        if result[1].pinned is False:
            draft.verifies = False
    return launcher, image


READERS: Final[dict[str, Reader]] = dict.fromkeys(("docker", "podman", "nerdctl", "finch", "docker-compose", "podman-compose"), _engine)
