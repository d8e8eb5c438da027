"""fastmcp.json: how a server made with FastMCP is started, and what is fetched for it.

Format: FastMCP documentation, "Project configuration". `dependencies` is a list of requirements that uv resolves at every start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sbomgate.collectors.agents.launched import component_of
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.references import pypi_reference
from sbomgate.collectors.agents.servers import Client, read_entry
from sbomgate.model import Component, Server

_CLIENT: Final = Client("fastmcp")
_REMOTE: Final = ("http", "sse", "streamable-http")


def config(reading: Reading) -> Iterator[Found]:
    """The requirements as components, and the server with its address and the names of its variables."""
    packages: list[Component] = []
    items = reading.get("environment", "dependencies")
    if items is not None and not isinstance(items, list):
        yield reading.expected("array", "environment", "dependencies")
        items = None
    for index, item in enumerate((items or [])[:MAX_ITEMS]):
        if not isinstance(item, str):
            yield reading.expected("string", "environment", "dependencies", index)
            continue
        reference = pypi_reference(item)
        if reference.ecosystem and reference.name:
            packages.append(component_of(reference, reading.location("environment", "dependencies", index)))
    if items and len(items) > MAX_ITEMS:
        yield reading.problem(f"more than {MAX_ITEMS} requirements; the rest was not read", "environment", "dependencies")
    yield from packages
    for noun in _server(reading):
        yield replace(noun, extra_packages=tuple(sorted({item.purl for item in packages}))) if isinstance(noun, Server) else noun


def _server(reading: Reading) -> Iterator[Found]:
    path, entrypoint = reading.get("source", "path"), reading.get("source", "entrypoint")
    if not isinstance(path, str):
        return
    deployment: dict[str, Any] = reading.table("deployment")
    entry = {**deployment, "command": ["fastmcp", "run", path]}
    transport = deployment.get("transport")
    if transport in _REMOTE:
        host, port = deployment.get("host", "127.0.0.1"), deployment.get("port", 3000)
        below = deployment.get("path")
        entry["url"] = f"http://{host}:{port}{below if isinstance(below, str) else '/mcp/'}"
    name = f"{path}:{entrypoint}" if isinstance(entrypoint, str) else path
    yield from read_entry(reading, entry, name, ("deployment",), _CLIENT)


# fmt: off
FILES: Final = (
    File("*fastmcp.json", "repo", "servers", "jsonc", config),
)
# fmt: on
