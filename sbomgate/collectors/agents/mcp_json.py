"""MCP servers in the JSON files of their clients: `.mcp.json`, `mcp.json`, `claude_desktop_config.json`.

Formats: Claude Code documentation, "Connect Claude Code to tools via MCP"; Visual Studio Code documentation, "MCP
configuration reference"; Cursor, Kiro, Roo Code and Amazon Q documentation on MCP. Who reads a file is known from its
path alone. Wrong wrapper keys are read all the same, and noted: people copy these files between clients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.jsonc import Document, Pointer, parse
from sbomgate.collectors.agents.redaction import find
from sbomgate.collectors.agents.servers import Client, Found, place, read_servers
from sbomgate.collectors.fields import type_name
from sbomgate.errors import CollectError
from sbomgate.model import Location, Problem, Secret
from sbomgate.tree import SourceFile

_VSCODE: Final = Client("vscode", key="servers")
_DESKTOP: Final = Client("claude-desktop", strict=True)
# fmt: off
_CLIENTS: Final = (
    # tail of the path                              scope   client
    (".github/mcp.json",                            "repo", Client("copilot-cli", bare=True)),
    (".vscode/mcp.json",                            "repo", _VSCODE),
    ("Code/User/mcp.json",                          "user", _VSCODE),
    ("Code - Insiders/User/mcp.json",               "user", _VSCODE),
    ("VSCodium/User/mcp.json",                      "user", _VSCODE),
    (".cursor/mcp.json",                            "repo", Client("cursor")),
    (".roo/mcp.json",                               "repo", Client("roo-code", approvals=("alwaysAllow",), disables=True)),
    (".kilocode/mcp.json",                          "repo", Client("kilo-code", approvals=("alwaysAllow",), disables=True)),
    (".kiro/settings/mcp.json",                     "repo", Client("kiro", approvals=("autoApprove",), wildcard=True, disables=True)),
    (".aws/amazonq/mcp.json",                       "user", Client("amazon-q", disables=True)),
    (".amazonq/mcp.json",                           "repo", Client("amazon-q", disables=True)),
    (".junie/mcp/mcp.json",                         "repo", Client("junie")),
    (".lmstudio/mcp.json",                          "user", Client("lm-studio")),
    (".cline/mcp.json",                             "user", Client("cline", approvals=("autoApprove", "alwaysAllow"), disables=True)),
    (".factory/mcp.json",                           "repo", Client("factory")),
    (".trae/mcp.json",                              "repo", Client("trae")),
    (".mcp.json",                                   "repo", Client("claude-code", strict=True)),
    ("Application Support/Claude/claude_desktop_config.json", "user", _DESKTOP),
    (".config/Claude/claude_desktop_config.json",   "user", _DESKTOP),
    ("Roaming/Claude/claude_desktop_config.json",   "user", _DESKTOP),
    ("claude_desktop_config.json",                  "repo", _DESKTOP),
    ("mcp.json",                                    "repo", Client("unknown", bare=True)),
)
# fmt: on
_HOME: Final = r"(?:/home/[^/]+|/Users/[^/]+|/root|[A-Za-z]:/Users/[^/]+)/\.[^/]+/(?:settings/|mcp/)?mcp\.json\Z"
_KEYS: Final = ("mcpServers", "servers", "mcp_servers", "context_servers")
_MARKS: Final = ("command", "cmd", "url", "httpUrl", "serverUrl", "transport")
"""Members that make a table an entry of a server."""


def collect(file: SourceFile) -> Iterator[Found]:
    """Yield each server with its packages and secrets; raise CollectError if `file` is not JSON, or no table."""
    client, scope = _reader(file)
    text = file.text()
    document = parse(text, file.path)
    if document.empty and client.strict and not text.strip():
        raise CollectError("the file is empty", file.path, fix="remove it, or write {} into it")
    if document.empty:
        yield f"{file.path}: holds no value"
        return
    if document.relaxed and client.strict:
        yield f"{file.path}: {document.relaxed}: {client.name} reads strict JSON, so nothing in this file is in force there"
    if not isinstance(document.value, dict):
        raise CollectError(f"expected table, found {type_name(document.value)}", file.path)
    for pointer, line in document.duplicates:
        yield Problem(
            path=file.path,
            what=f"stands more than once in its table (again in line {line}); the last one counts"
            if line
            else "stands more than once; the last one counts",
            where=place(pointer),
            fix="remove all but one",
        )
    found = False
    for pointer, table in _tables(document.value):
        found = True
        if (note := _wrapper_note(pointer, client)) is not None:
            yield f"{file.path}: {note}"
        yield from read_servers(table, pointer, document, file.path, client=client, scope=scope)
    if not found:
        yield f"{file.path}: names no MCP server"
    yield from _input_secrets(document, file.path)


def _reader(file: SourceFile) -> tuple[Client, str]:
    """Who reads the file, and its scope. A file that is a target of its own is known by the folder it lies in."""
    root = getattr(file.tree, "root", "")
    path = f"{root}/{file.path}".replace("\\", "/") if root else file.path
    if "/User/profiles/" in path:
        return _VSCODE, "user"
    for tail, scope, client in _CLIENTS:
        if f"/{path}".endswith(f"/{tail}"):
            return client, "user" if re.match(_HOME, path) else scope
    return Client("unknown", bare=True), "repo"


def _tables(value: dict[str, Any]) -> Iterator[tuple[Pointer, Any]]:
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


def _input_secrets(document: Document, path: str) -> Iterator[Secret]:
    """Defaults of VS Code's `inputs`: a password that has one is a secret in the file."""
    inputs = document.value.get("inputs")
    for index, item in enumerate(inputs[:1000] if isinstance(inputs, list) else ()):
        default = item.get("default") if isinstance(item, dict) else None
        if isinstance(default, str):
            for found in find(default, "password" if item.get("password") is True else "input"):
                where = ("inputs", index, "default")
                yield Secret(found.kind, Location(path, document.line(*where)), place(where), found.end - found.start)
