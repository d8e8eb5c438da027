"""Tables of MCP servers wherever a client keeps them: under its own key, under another client's, or at the top.

Wrong keys are read all the same, and noted: people copy these files between clients. Formats: the clients' own
documentation, named in their modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.reading import Found, Reading, place
from sbomgate.collectors.agents.redaction import find
from sbomgate.collectors.agents.servers import MAX_SERVERS, Client, read_entry, read_servers
from sbomgate.collectors.fields import type_name
from sbomgate.model import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

_KEYS: Final = ("mcpServers", "servers", "mcp_servers", "context_servers")
_MARKS: Final = ("command", "cmd", "url", "httpUrl", "serverUrl", "transport")
"""Members that make a table an entry of a server."""


def servers_of(client: Client) -> Callable[[Reading], Iterator[Found]]:
    """The reader of a file that holds the servers of `client` and little else."""
    return partial(server_file, client=client)


def server_file(reading: Reading, *, client: Client) -> Iterator[Found]:
    """Each server of the file with its packages and secrets; a note if there is none."""
    found = False
    for pointer, table in tables(reading.value):
        found = True
        if (note := _wrapper_note(pointer, client)) is not None:
            yield f"{reading.path}: {note}"
        yield from read_servers(reading, table, pointer, client)
    if not found:
        yield f"{reading.path}: names no MCP server"
    yield from _input_secrets(reading)


def server_list(reading: Reading, items: Any, pointer: Pointer, client: Client, *, skip: str = "") -> Iterator[Found]:
    """Each server of a list whose entries hold their own `name`; one with the member `skip` is something else."""
    if not isinstance(items, list):
        yield reading.problem(f"expected array, found {type_name(items)}", *pointer)
        return
    for index, entry in enumerate(items[:MAX_SERVERS]):
        if not isinstance(entry, dict):
            yield reading.problem(f"expected table, found {type_name(entry)}", *pointer, index)
            continue
        if skip and skip in entry:
            continue
        name = entry.get("name")
        yield from read_entry(reading, entry, name if isinstance(name, str) else f"[{index}]", (*pointer, index), client)
    if len(items) > MAX_SERVERS:
        yield reading.problem(f"more than {MAX_SERVERS} servers; the rest was not read", *pointer)


def tables(value: dict[str, Any]) -> Iterator[tuple[Pointer, Any]]:
    """Each table of servers with its place: under any known key, inside `mcp`, or the document itself."""
    seen = False
    for key in _KEYS:
        if key in value:
            seen = True
            yield (key,), value[key]
    inner = value.get("mcp")
    if isinstance(inner, dict):
        for key in _KEYS:
            if key in inner:
                seen = True
                yield ("mcp", key), inner[key]
    if not seen:
        entries = {name: entry for name, entry in value.items() if isinstance(entry, dict) and any(mark in entry for mark in _MARKS)}
        if entries:
            yield (), entries


def _wrapper_note(pointer: Pointer, client: Client) -> str | None:
    if pointer == (client.key,) or client.name == "unknown" or (not pointer and client.bare):
        return None
    if not pointer:
        return f"the servers stand at the top; {client.name} reads them under {client.key}: read anyway"
    return f"{place(pointer)} is not what {client.name} reads ({client.key}): read anyway"


def _input_secrets(reading: Reading) -> Iterator[Secret]:
    """Defaults of VS Code's `inputs`: a password that has one is a secret in the file."""
    inputs = reading.get("inputs")
    for index, item in enumerate(inputs[:1000] if isinstance(inputs, list) else ()):
        default = item.get("default") if isinstance(item, dict) else None
        if isinstance(default, str):
            for found in find(default, "password" if item.get("password") is True else "input"):
                where = ("inputs", index, "default")
                yield Secret(found.kind, reading.location(*where), reading.place(*where), found.end - found.start)
