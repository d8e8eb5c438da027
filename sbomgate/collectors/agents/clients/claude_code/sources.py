"""Where marketplaces and plugins are to be had, in words, and how firmly that is fixed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents import redaction
from sbomgate.collectors.agents.facts import found_secrets
from sbomgate.collectors.agents.reading import MAX_ITEMS, Found, Reading
from sbomgate.collectors.agents.redaction import clean_url
from sbomgate.collectors.agents.references import npm_reference
from sbomgate.model import Pin

_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def marketplace_source(source: Any) -> tuple[str, str]:
    """Where a marketplace is to be had, in words, and how firmly that is fixed: its sources know a `ref`, no hash."""
    if isinstance(source, str):
        return _shown(source), Pin.PATH.value if source.startswith((".", "/", "~")) else Pin.URL.value
    if not isinstance(source, dict):
        return "", Pin.NONE.value
    kind = source.get("source")
    place = next((value for key in ("repo", "url", "path", "package") if isinstance(value := source.get(key), str)), "")
    ref = source.get("ref")
    said = f"{kind}:{_shown(place)}" + (f"@{ref}" if isinstance(ref, str) else "")
    if kind in ("file", "directory", "settings"):
        return said, Pin.PATH.value
    if kind == "url":
        return said, Pin.URL.value
    if kind == "npm":
        return _npm(source)
    return said, (Pin.VCS_REF if isinstance(ref, str) else Pin.NONE).value


def _npm(source: dict[str, Any]) -> tuple[str, str]:
    package, version = source.get("package"), source.get("version")
    asked = f"{package}@{version}" if isinstance(version, str) else f"{package}"
    reference = npm_reference(asked)
    registry = source.get("registry")
    said = f"npm:{asked}" + (f" from {_shown(registry)}" if isinstance(registry, str) else "")
    return said, reference.pin if reference.pin in tuple(Pin) else Pin.NONE.value


def plugin_source(source: Any) -> tuple[str, str]:
    """Where the plugin of a marketplace's entry is to be had, in words, and how firmly that is fixed."""
    if isinstance(source, str) or not isinstance(source, dict):
        return (_shown(source), Pin.PATH.value) if isinstance(source, str) else ("", Pin.NONE.value)
    sha, digest = source.get("sha"), source.get("sha256")
    if isinstance(sha, str) and _COMMIT.fullmatch(sha):
        said, _ = marketplace_source({**source, "ref": sha})
        return said, Pin.VCS_COMMIT.value
    if isinstance(digest, str) and re.fullmatch(r"[0-9a-fA-F]{64}", digest):
        return f"{source.get('source')}:{_shown(source.get('url'))}", Pin.HASHED.value
    if source.get("source") == "archive":
        return f"archive:{_shown(source.get('url'))}", Pin.URL.value
    if source.get("source") == "url":  # a git repository, in the entry of a plugin
        ref = source.get("ref")
        said = f"url:{_shown(source.get('url'))}" + (f"@{ref}" if isinstance(ref, str) else "")
        return said, (Pin.VCS_REF if isinstance(ref, str) else Pin.NONE).value
    return marketplace_source(source)


def source_secrets(reading: Reading, source: Any, *keys: str | int) -> Iterator[Found]:
    """The secrets in the addresses of a source."""
    for key, value in list(source.items())[:MAX_ITEMS] if isinstance(source, dict) else ((None, source),):
        if isinstance(value, str):
            yield from found_secrets(reading, value, *keys, *(() if key is None else (key,)))


def _shown(text: Any) -> str:
    if not isinstance(text, str):
        return ""
    return clean_url(text) if "://" in text else redaction.redacted(text)
