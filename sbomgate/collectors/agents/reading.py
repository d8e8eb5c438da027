"""One file of one client while it is read: what a client's module is given, and what its table is made of.

    FILES = (File("~/.acme/settings.json", "user", "settings", "jsonc", settings),)

    def settings(reading: Reading) -> Iterator[Found]:
        yield from facts.options(reading, KEYS)

A reader yields nouns and nothing else. It builds them with the functions of `facts` (options, permissions, variables),
`commands` (commands, hooks) and `server_tables` (MCP servers), which redact, find secrets, and fill in client, scope,
location and whether the file is in force at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sbomgate.agent_model import AgentCommand, AgentFile, AgentOption, AgentStep, Instruction, PermissionRule
from sbomgate.collectors.agents.jsonc import Document, Pointer
from sbomgate.collectors.agents.redaction import redacted
from sbomgate.collectors.fields import type_name
from sbomgate.model import Component, Location, Problem, Secret, Server
from sbomgate.tree import SourceFile

Found = AgentFile | PermissionRule | AgentOption | AgentCommand | AgentStep | Instruction | Server | Component | Secret | Problem | str
"""What a collector of agents' settings yields; a `str` is a note for the reader of the report."""
MAX_NAME: Final = 500
"""Characters of a key or name that are kept."""
MAX_SHOWN: Final = 4096
"""Characters of a text that are kept."""
MAX_ITEMS: Final = 5000
"""Rules, options or commands of one list that are read."""

MAX_VARIABLES: Final = 1000
"""Environment variables of one table that are read."""


class File(NamedTuple):
    """One line of a client's table: a file that it reads."""

    path: str
    """The tail of a path in a project: `.acme/mcp.json`. Or a place on a machine: `~/…` in a home folder, `<cfg>/…` in a
    person's application data, `/etc/…`, `C:/…`. `*` stands for any name, or part of one."""
    scope: str
    """See `agent_model`."""
    kind: str
    """A key of `agent_model.FILE_KINDS`."""
    format: str
    """As the client reads it: `json` (strict) · `jsonc` · `toml` · `yaml` · `markdown` · `text` · `zip` (an archive with a `manifest.json`)."""
    read: Callable[[Reading], Iterator[Found]]
    also: tuple[str, ...] = ()
    """Further clients that take it up."""
    why_not: str = ""
    """Why nothing in it is in force: a copy that no client reads, an older place."""
    limit: int = 16 * 2**20
    """Bytes."""
    subjects: tuple[str, ...] = ()
    """How the keys at the top begin that an agent is told by, in a file that is mostly about other things: an editor's settings.
    Without anything under them it is no file of an agent's."""
    known_by: tuple[bytes, ...] = ()
    """For a name that other programs use too: without one of these in its first 64 Ki bytes it is theirs, and no input."""


class Reading:
    """One file of one client while it is read."""

    def __init__(self, source: SourceFile, client: str, file: File, document: Document, why_not: str = "") -> None:
        self.source, self.client, self.document = source, client, document
        self.path = source.path
        self.scope, self.format = file.scope, file.format
        self.why_not = why_not or file.why_not
        """Why nothing in the file is in force; empty if it is."""
        self.only_for = ""
        """What all of it is limited to; see `agent_model`."""
        self.base: Pointer = ()
        """Where `value` stands in the document."""
        self.host: tuple[Pointer, int] = ((), 0)
        """Place and line of a document inside another one."""

    @property
    def value(self) -> Any:
        """What is read: of Markdown, its front matter."""
        value = self.document.value
        for key in self.base:
            value = value[key]
        return value

    @property
    def text(self) -> str:
        """The text of the file; of Markdown, all of it."""
        return self.source.text()

    def narrowed(self, *base: str | int, only_for: str = "", scope: str = "", why_not: str = "", client: str = "") -> Reading:
        """The same file, at the member `base`, or limited as the arguments say."""
        other = copy(self)
        other.base = (*self.base, *base)
        other.only_for = redacted(only_for) or self.only_for
        other.scope = scope or self.scope
        other.client = client or self.client
        other.why_not = self.why_not or why_not
        return other

    def embedded(self, document: Document, *keys: str | int) -> Reading:
        """The same file, at `document`, which stands as a text at the member `keys`: settings inside a step of a workflow."""
        other = self.narrowed()
        other.host = ((*self.host[0], *self.base, *keys), self.line(*keys))
        other.document, other.base = Document(document.value, {}), ()
        return other

    def get(self, *keys: str | int) -> Any:
        """The member at `keys`; None where there is none."""
        value = self.value
        for key in keys:
            if isinstance(key, int):
                value = value[key] if isinstance(value, list) and key < len(value) else None
            else:
                value = value.get(key) if isinstance(value, dict) else None
        return value

    def table(self, *keys: str) -> dict[str, Any]:
        """The table at `keys`; empty where there is none."""
        value = self.get(*keys)
        return value if isinstance(value, dict) else {}

    def line(self, *keys: str | int) -> int:
        return self.document.line(*self.base, *keys) or self.host[1]

    def location(self, *keys: str | int) -> Location:
        return Location(self.path, self.line(*keys))

    def place(self, *keys: str | int) -> str:
        """`keys` as people write them: `mcpServers.docs.args[2]`."""
        return place((*self.host[0], *self.base, *keys))

    def problem(self, what: str, *keys: str | int, fix: str = "") -> Problem:
        return Problem(path=self.path, what=what, where=self.place(*keys), fix=fix)

    def expected(self, kind: str, *keys: str | int) -> Problem:
        """The problem of a member that is of another type."""
        return self.problem(f"expected {kind}, found {type_name(self.get(*keys))}", *keys)


def is_subject(reading: Reading, file: File) -> bool:
    """Whether a key at the top of the document is about agents."""
    value = reading.document.value
    return isinstance(value, dict) and any(isinstance(key, str) and key.startswith(file.subjects) for key in value)


def file_noun(reading: Reading, kind: str, also: tuple[str, ...] = ()) -> AgentFile:
    """The noun of the file itself."""
    return AgentFile(
        client=reading.client,
        scope=reading.scope,
        location=Location(reading.path),
        kind=kind,
        format=reading.format,
        also_read_by=also,
        in_force=not reading.why_not,
        why_not=reading.why_not,
    )


def refused(client: str, relaxed: str) -> str:
    """Why `client` drops a file with what `Document.relaxed` tells."""
    return f"{client} reads strict JSON and drops a file with a {relaxed}"


_MIN_SECRET: Final = 20
"""Characters; a pattern of commands may be a key, and have a secret in it."""


def place(pointer: Pointer) -> str:
    """`pointer` as people write it: `mcpServers.docs.args[2]`."""
    text = ""
    for part in pointer:
        text += f"[{part}]" if isinstance(part, int) else f".{_shown(part)}" if text else _shown(part)
    return text


@lru_cache(maxsize=4096)
def _shown(key: str) -> str:
    """`key` without secrets: clients have commands and addresses for keys."""
    return redacted(key[: 4 * MAX_NAME])[:MAX_NAME]
