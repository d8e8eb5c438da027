"""Claude Desktop: its servers, and the bundles (`.mcpb`, formerly `.dxt`) that it installs.

Formats: Claude Code documentation, "Import MCP servers from Claude Desktop" (strict JSON, stdio servers); MCPB specification,
`MANIFEST.md`. A bundle holds all that it starts, so its SHA-256 pins it; what its command fetches besides is not pinned by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sbomgate.collectors.agents.facts import found_secrets
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, File, Found, Reading
from sbomgate.collectors.agents.server_tables import servers_of
from sbomgate.collectors.agents.servers import Client, read_entry
from sbomgate.model import Component, Digest, Origin, Pin, Server
from sbomgate.tree import MAX_FILE

_CLIENT: Final = Client("claude-desktop")
_SERVERS: Final = servers_of(_CLIENT)
_AT: Final = ("server", "mcp_config")


def bundle(reading: Reading) -> Iterator[Found]:
    """The bundle as a component with its digest, the server that it starts, on each platform, and secrets among its defaults."""
    import hashlib

    from sbomgate import purl

    name, version = (value[:MAX_NAME] if isinstance(value := reading.get(key), str) else "" for key in ("name", "version"))
    if not name:
        yield reading.problem("a bundle without a name", "name", fix="pack it again")
        name = reading.path.rpartition("/")[2]
    digest = hashlib.sha256(reading.source.read(MAX_FILE)).hexdigest()
    component = Component(
        ecosystem="generic",
        name=name,
        version=version,
        purl=purl.generic("generic", name, version, checksum=f"sha256:{digest}"),
        origin=Origin.LAUNCHED,
        pin=Pin.HASHED,
        locations=(reading.location(),),
        hashes=(Digest("sha256", digest),),
    )
    yield component
    yield from _server(reading, name, component)
    yield from user_defaults(reading)


def source_manifest(reading: Reading) -> Iterator[Found]:
    """The server of a bundle that is not packed yet, as a repository has it: nothing pins its files."""
    name = reading.get("name")
    yield from _server(reading, name[:MAX_NAME] if isinstance(name, str) else "", None)
    yield from user_defaults(reading)


def _server(reading: Reading, name: str, component: Component | None) -> Iterator[Found]:
    entry = reading.get(*_AT)
    if entry is None:
        return
    if not isinstance(entry, dict):
        yield reading.expected("table", *_AT)
        return
    yield from _packed(read_entry(reading, entry, name, _AT, _CLIENT), component)
    platforms = entry.get("platform_overrides")
    for platform, change in list(platforms.items())[:MAX_ITEMS] if isinstance(platforms, dict) else ():
        if isinstance(change, dict):
            at = (*_AT, "platform_overrides", platform)
            own = reading.narrowed(only_for=f"platform {platform[:MAX_NAME]}")
            yield from _packed(read_entry(own, {"command": entry.get("command"), **change}, name, at, _CLIENT), component)


def _packed(found: Iterator[Found], component: Component | None) -> Iterator[Found]:
    """`found`, where a server that fetches nothing is the bundle's own program."""
    for noun in found:
        if isinstance(noun, Server) and component and not noun.ecosystem:
            yield replace(
                noun,
                ecosystem=component.ecosystem,
                package=component.name,
                version=component.version,
                pin="hashed",
                pinned=True,
                purl=component.purl,
            )
        else:
            yield noun


def user_defaults(reading: Reading) -> Iterator[Found]:
    """Secrets among the defaults of what the person is asked for."""
    for key, entry in list(reading.table("user_config").items())[:MAX_ITEMS]:
        default = entry.get("default") if isinstance(entry, dict) else None
        if isinstance(default, str):
            name = "password" if entry.get("sensitive") is True else key
            yield from found_secrets(reading, default, "user_config", key, "default", name=name)


# fmt: off
FILES: Final = (
    File("<cfg>/Claude/claude_desktop_config.json", "user", "servers", "json", _SERVERS),
    File("claude_desktop_config.json", "repo", "servers", "json", _SERVERS),
    File("*.mcpb", "repo", "plugin", "zip", bundle, limit=MAX_FILE),
    File("*.dxt", "repo", "plugin", "zip", bundle, limit=MAX_FILE),
    File("manifest.json", "repo", "plugin", "jsonc", source_manifest, known_by=(b'"mcp_config"',)),
)
# fmt: on
