"""Aider. Format: Aider documentation, "YAML config file", "Options reference". Files of home, repository and folder add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command
from sbomgate.collectors.agents.facts import Key, foreign_texts, found_secrets, option, options
from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.reading import MAX_ITEMS, File, Found, Reading
from sbomgate.collectors.agents.variables import overrides

# fmt: off
_KEYS: Final = (
    Key("openai-api-base",  "endpoint"),
    Key("verify-ssl",       "protective",  (True,),  as_false="tls"),
)
# fmt: on
_COMMANDS: Final = ("lint-cmd", "test-cmd", "notifications-command")
_SECRETS: Final = ("openai-api-key", "anthropic-api-key")


def config(reading: Reading) -> Iterator[Found]:
    """Whether Aider asks, what it runs by itself, and where it sends prompts."""
    for key in _LISTS:
        if reading.get(key) is not None and not isinstance(reading.get(key), str | list):
            yield reading.expected("string", key)
    if reading.get("yes-always") is True:
        yield from option(reading, "mode", "yes-always", "yes-always")
    if reading.get("verify-ssl") is False or reading.get("openai-api-base") is not None:
        yield from options(reading, _KEYS)
    for key in _COMMANDS:
        for text, at in _texts(reading, key):
            language, colon, rest = text.partition(": ")
            yield from command(reading, key, rest if colon and language.isidentifier() else text, *at)
    for key in _SECRETS:
        for text, at in _texts(reading, key):
            yield from found_secrets(reading, text, *at, name=key)
    for text, at in _texts(reading, "api-key"):  # provider=key
        yield from found_secrets(reading, text.partition("=")[2], *at, name="api-key")
    pairs = reading.get("set-env")
    yield from overrides(reading, [pairs] if isinstance(pairs, str) else pairs, "set-env", shown=True)
    for text, at in _texts(reading, "set-env"):
        name, _, value = text.partition("=")
        yield from found_secrets(reading, value, *at, name=name)
    yield from foreign_texts(reading, "read")


def _texts(reading: Reading, key: str) -> Iterator[tuple[str, Pointer]]:
    value: Any = reading.get(key)
    if isinstance(value, str):
        yield value, (key,)
    for index, item in enumerate(value[:MAX_ITEMS] if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield item, (key, index)


_LISTS: Final = (*_COMMANDS, *_SECRETS, "api-key", "set-env", "read")


# fmt: off
FILES: Final = (
    File(".aider.conf.yml", "repo", "settings", "yaml", config),
    File("~/.aider.conf.yml", "user", "settings", "yaml", config),
)
# fmt: on
