"""Makefiles and justfiles: the lines that start an agent which may do anything unasked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from sbomgate.agent_model import AgentFile, AgentStep
from sbomgate.collectors.agents import redaction
from sbomgate.collectors.agents.reading import MAX_SHOWN, Found
from sbomgate.collectors.agents.starts import mentions_agent, starts
from sbomgate.model import Location
from sbomgate.tree import SourceFile

MAX_LINES: Final = 100_000
MAX_STARTS: Final = 500


def collect(source: SourceFile) -> Iterator[Found]:
    """Yield each line that starts an agent without confirmations."""
    text = source.text()
    if not mentions_agent(text):
        return
    steps = list(unconfined_lines(source.path, text, "command"))
    yield from file_of(source.path, steps, "container" if _is_image(source.path) else "workflow")
    yield from steps


def unconfined_scripts(path: str, scripts: Iterable[tuple[int, str]]) -> Iterator[Found]:
    """The (line, command) pairs of a file that start an agent without confirmations."""
    steps = [
        replace(step, location=Location(path, line))
        for line, text in scripts
        if mentions_agent(text)
        for step in unconfined_lines(path, text, "command")
    ][:MAX_STARTS]
    yield from file_of(path, steps, "workflow")
    yield from steps


def file_of(path: str, steps: list[AgentStep], kind: str) -> Iterator[AgentFile]:
    """The noun of the file, if it starts or holds an agent."""
    clients = sorted({step.client for step in steps})
    if clients:
        yield AgentFile(client=clients[0], scope="repo", location=Location(path), kind=kind, format="text", also_read_by=tuple(clients[1:]))


def _is_image(path: str) -> bool:
    return "ockerfile" in path.rpartition("/")[2] or path.endswith("Containerfile")


def unconfined_lines(path: str, text: str, kind: str, isolated: str = "") -> Iterator[AgentStep]:
    """The lines of `text`, those that end in a backslash joined, that start an agent without confirmations."""
    pending, first, count = "", 0, 0
    for number, line in enumerate(text.split("\n")[:MAX_LINES], start=1):
        first = first or number
        pending += line.rstrip("\r").removesuffix("\\") + " "
        if line.rstrip("\r").endswith("\\") and len(pending) < MAX_SHOWN * 4:
            continue
        if mentions_agent(pending):
            for start in starts(pending.lstrip(" \t@-").removeprefix("RUN ").removeprefix("CMD ").removeprefix("ENTRYPOINT ")):
                if start.unconfined and count < MAX_STARTS:
                    count += 1
                    yield AgentStep(
                        client=start.client,
                        scope="repo",
                        kind=kind,
                        text=redaction.redacted(start.text)[:MAX_SHOWN],
                        location=Location(path, first),
                        unconfined=start.unconfined,
                        isolated=isolated,
                    )
        pending, first = "", 0
