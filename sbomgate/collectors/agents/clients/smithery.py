"""smithery.yaml: how a hosting service starts a server. Format: Smithery documentation, "smithery.yaml reference".

`commandFunction` is JavaScript that builds the command; it is kept as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command_noun
from sbomgate.collectors.agents.facts import code_secrets, found_secrets
from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.launchers import Launch
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.redaction import redacted

_MAX_DEPTH: Final = 8


def document(reading: Reading) -> Iterator[Found]:
    """The text that builds the command, and secrets in it and in the examples."""
    start = reading.get("startCommand")
    if start is not None and not isinstance(start, dict):
        yield reading.expected("table", "startCommand")
        return
    text = reading.get("startCommand", "commandFunction")
    if isinstance(text, str) and text.strip():
        at = ("startCommand", "commandFunction")
        yield command_noun(reading, "commandFunction", redacted(text), Launch(), at)
        yield from code_secrets(reading, text, *at)
    elif text is not None and not isinstance(text, str):
        yield reading.expected("string", "startCommand", "commandFunction")
    for key in ("exampleConfig", "configSchema"):
        yield from _values(reading, reading.get("startCommand", key), ("startCommand", key))


def _values(reading: Reading, value: Any, at: Pointer) -> Iterator[Found]:
    if isinstance(value, str):
        yield from found_secrets(reading, value, *at, name=at[-2] if at[-1] == "default" and isinstance(at[-2], str) else str(at[-1]))
    elif isinstance(value, dict | list) and len(at) < _MAX_DEPTH:
        for key, item in (list(value.items()) if isinstance(value, dict) else list(enumerate(value)))[:MAX_ITEMS]:
            yield from _values(reading, item, (*at, key))


# fmt: off
FILES: Final = (
    File("smithery.yaml", "repo", "servers", "yaml", document),
    File("smithery.yml", "repo", "servers", "yaml", document),
)
# fmt: on
