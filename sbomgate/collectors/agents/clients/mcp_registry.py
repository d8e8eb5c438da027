"""server.json of the MCP registry: the packages under which a server is published.

Format: MCP registry, "server.json format specification", with the spelling of its earlier schemas (`registry_type`,
`registry_name`). A version there is one version; the registry refuses ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.facts import found_secrets
from sbomgate.collectors.agents.launched import component_of
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, File, Found, Reading
from sbomgate.collectors.agents.references import (
    LOCAL,
    Reference,
    npm_reference,
    oci_reference,
    pypi_reference,
    url_reference,
    versioned,
)

_EXACT: Final = re.compile(r"[vV]?[0-9]+(?:\.[0-9A-Za-z]+)*(?:[-+.!][0-9A-Za-z.+-]+)*")
_VARIABLES: Final = ("environmentVariables", "environment_variables", "headers")


def server_document(reading: Reading) -> Iterator[Found]:
    """Each published package as a component, and secrets among the values of variables and headers."""
    items = reading.get("packages")
    if items is not None and not isinstance(items, list):
        yield reading.expected("array", "packages")
    for index, item in enumerate(items[:MAX_ITEMS] if isinstance(items, list) else ()):
        if not isinstance(item, dict):
            yield reading.expected("table", "packages", index)
            continue
        reference = _reference(item)
        if reference.ecosystem and reference.name:
            yield component_of(reference, reading.location("packages", index))
            version = item.get("version")
            if isinstance(version, str) and version and not _EXACT.fullmatch(version[:MAX_NAME]):
                where = reading.place("packages", index, "version")
                yield f"{reading.path}: {where}: the registry takes one version, no range"
        else:
            yield reading.problem("expected a package with registryType (npm, pypi, oci, nuget, mcpb) and identifier", "packages", index)
        yield from _secrets(reading, "packages", index)
        if isinstance(item.get("transport"), dict):
            yield from _secrets(reading, "packages", index, "transport")
    remotes = reading.get("remotes")
    for index in range(len(remotes[:MAX_ITEMS]) if isinstance(remotes, list) else 0):
        url = reading.get("remotes", index, "url")
        if isinstance(url, str):
            yield from found_secrets(reading, url, "remotes", index, "url")
        yield from _secrets(reading, "remotes", index)


def _said(item: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := item.get(name), str)), "")


def _reference(item: dict[str, Any]) -> Reference:
    kind = _said(item, "registryType", "registry_type", "registry_name").lower()
    name, version = _said(item, "identifier", "name"), _said(item, "version")
    is_exact = _EXACT.fullmatch(version[:MAX_NAME]) is not None
    if not name:
        return LOCAL
    if kind == "npm":
        return npm_reference(f"{name}@{version}" if version else name)
    if kind == "pypi":
        plain = pypi_reference(name)
        return pypi_reference(f"{name}=={version}") if is_exact else versioned("pypi", plain.name or name, version, exact=False)
    if kind in ("oci", "docker"):
        has_tag = "@" in name or ":" in name.rpartition("/")[2]
        return oci_reference(name if has_tag or not version else f"{name}:{version}")
    if kind == "nuget":
        return versioned("nuget", name, version, exact=is_exact)
    if kind == "mcpb":
        digest = _said(item, "fileSha256", "file_sha256").lower()
        return url_reference(f"{name.partition('#')[0]}#sha256={digest}" if digest else name)
    return LOCAL


def _secrets(reading: Reading, *keys: str | int) -> Iterator[Found]:
    """Values and defaults; that a variable is secret says nothing about one without a value."""
    for member in _VARIABLES:
        entries = reading.get(*keys, member)
        for index, entry in enumerate(entries[:MAX_ITEMS] if isinstance(entries, list) else ()):
            for key in ("value", "default"):
                value = entry.get(key) if isinstance(entry, dict) else None
                if isinstance(value, str):
                    name = entry.get("name")
                    yield from found_secrets(reading, value, *keys, member, index, key, name=name if isinstance(name, str) else "")


# fmt: off
FILES: Final = (
    File("server.json", "repo", "servers", "jsonc", server_document,
         known_by=(b"modelcontextprotocol", b'"registryType"', b'"registry_type"', b'"registry_name"')),
)
# fmt: on
