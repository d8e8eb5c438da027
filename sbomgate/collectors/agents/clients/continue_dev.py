"""Continue: its configuration, blocks with servers in a repository, permissions of its command line.

Formats: Continue documentation, "config.yaml reference", "MCP deep dive", "Tool permissions", and, for JSON, its older reference.
Servers are a list. `uses: owner/block` fetches a block from a hub.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.facts import addresses, found_secrets, option, parts, permission, too_many
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.server_tables import server_list
from sbomgate.collectors.agents.servers import Client, read_servers
from sbomgate.model import Pin

_CLIENT: Final = Client("continue-dev")
_LEVELS: Final = (("allow", "allow"), ("ask", "ask"), ("exclude", "deny"))
_BLOCKS: Final = ("mcpServers", "rules", "prompts")


def config(reading: Reading) -> Iterator[Found]:
    """Servers, blocks of others, endpoints, secrets."""
    servers = reading.get("mcpServers")
    if isinstance(servers, dict):  # the shape of other clients, in a JSON file
        yield from read_servers(reading, servers, ("mcpServers",), _CLIENT)
    elif servers is not None:
        yield from server_list(reading, servers, ("mcpServers",), _CLIENT, skip="uses")
    older = reading.get("experimental", "modelContextProtocolServers")
    if older is not None:
        yield from server_list(reading, older, ("experimental", "modelContextProtocolServers"), _CLIENT)
    for key in _BLOCKS:
        yield from _blocks(reading, key)
    yield from addresses(reading, "endpoint", "apiBase", "models")
    yield from addresses(reading, "endpoint", "destination", "data")
    for key in ("models", "mcpServers"):
        entries = reading.get(key)
        for index, entry in enumerate(entries[:MAX_ITEMS] if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                yield from _connection(reading.narrowed(key, index))


def _blocks(reading: Reading, key: str) -> Iterator[Found]:
    """What `uses` takes over from a hub, or from a file."""
    entries = reading.get(key)
    for index, entry in enumerate(entries[:MAX_ITEMS] if isinstance(entries, list) else ()):
        uses = entry.get("uses") if isinstance(entry, dict) else None
        if isinstance(uses, str):
            pin = Pin.PATH if uses.startswith(("file:", ".", "/")) else Pin.NONE
            if re.search(r"@[0-9]+\.[0-9]+\.[0-9]+\Z", uses):
                pin = Pin.EXACT
            yield from option(reading, "plugin", uses, key, index, "uses", name=uses.partition("@")[0], pin=pin.value)


def _connection(reading: Reading) -> Iterator[Found]:
    """How a model or server is reached, and the secrets that this takes."""
    if isinstance(value := reading.get("apiKey"), str):
        yield from found_secrets(reading, value, "apiKey", name="apiKey")
    headers = reading.get("requestOptions", "headers")
    for name, value in list(headers.items())[:MAX_ITEMS] if isinstance(headers, dict) else ():
        if isinstance(value, str):
            yield from found_secrets(reading, value, "requestOptions", "headers", name, name=name)
    if isinstance(value := reading.get("requestOptions", "proxy"), str) and value:
        yield from option(reading, "proxy", value, "requestOptions", "proxy")
    if reading.get("requestOptions", "verifySsl") is False:
        yield from option(reading, "tls", False, "requestOptions", "verifySsl")


def permission_file(reading: Reading) -> Iterator[Found]:
    """What the command line runs unasked, asks about, or does not offer."""
    for key, effect in _LEVELS:
        items = reading.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            yield reading.expected("array", key)
            continue
        yield from too_many(reading, items, key)
        for index, item in enumerate(items[:MAX_ITEMS]):
            if not isinstance(item, str):
                yield reading.expected("string", key, index)
                continue
            tool, specifier, _ = parts(item)
            matching = "all" if specifier in ("", "*", "**") else "path" if tool in ("Read", "Write", "Edit", "MultiEdit", "List") else ""
            yield from permission(reading, effect, item, key, index, matching=matching, order=index)


# fmt: off
FILES: Final = (
    *(File(f".continue/{folder}/*.{end}", "repo", "servers", form, config)
      for folder in ("mcpServers", "agents", "assistants") for end, form in (("yaml", "yaml"), ("yml", "yaml"))),
    File(".continue/mcpServers/*.json",     "repo",  "servers",   "jsonc",  config),
    File("~/.continue/config.yaml",         "user",  "settings",  "yaml",   config),
    File("~/.continue/config.json",         "user",  "settings",  "jsonc",  config),
    File("~/.continue/permissions.yaml",    "user",  "settings",  "yaml",   permission_file),
)
# fmt: on
