"""Goose: its configuration, permissions of tools, and recipes.

Formats: Goose documentation, "Configuration overview", "Goose permission modes", "Tool permissions", "Recipe reference". Servers
are called extensions; some come with the program. Without a mode Goose works without asking.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.agents.commands import command_noun
from sbomgate.collectors.agents.facts import Key, code_secrets, found_secrets, options, permission, too_many
from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.launched import component_of
from sbomgate.collectors.agents.launchers import Launch
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, File, Found, Reading
from sbomgate.collectors.agents.redaction import redacted
from sbomgate.collectors.agents.references import pypi_reference
from sbomgate.collectors.agents.servers import MAX_SERVERS, Client, read_entry
from sbomgate.collectors.fields import type_name

_CLIENT: Final = Client("goose", key="extensions", disables=True)
_BUILT_IN: Final = ("builtin", "platform", "frontend")
# fmt: off
_KEYS: Final = (
    Key("GOOSE_MODE",               "mode"),
    Key("GOOSE_ALLOWLIST",          "protective"),
    Key("security_prompt_enabled",  "protective",  (True,)),
    Key("SECURITY_PROMPT_ENABLED",  "protective",  (True,)),
    Key("OPENAI_HOST",              "endpoint"),
    Key("OPENAI_BASE_URL",          "endpoint"),
    Key("ANTHROPIC_HOST",           "endpoint"),
    Key("OLLAMA_HOST",              "endpoint"),
    Key("LITELLM_HOST",             "endpoint"),
    Key("OPENROUTER_HOST",          "endpoint"),
)
_LEVELS: Final = (("always_allow", "allow"), ("ask_before", "ask"), ("never_allow", "deny"))
# fmt: on


def config(reading: Reading) -> Iterator[Found]:
    """Mode, endpoints, extensions, and the secrets among the values of the configuration."""
    yield from options(reading, _KEYS)
    for name, value in list(reading.value.items())[:MAX_ITEMS]:
        if isinstance(value, str) and not any(key.path == name for key in _KEYS):
            yield from found_secrets(reading, value, name, name=name)
    yield from extensions(reading)


def recipe(reading: Reading) -> Iterator[Found]:
    """The extensions that a recipe brings, limited to it."""
    title = reading.get("title")
    yield from extensions(reading.narrowed(only_for=f"recipe {title[:MAX_NAME]}" if isinstance(title, str) else "recipe"))


def extensions(reading: Reading) -> Iterator[Found]:
    """Each extension: a table of them in the configuration, a list in a recipe."""
    value: Any = reading.get("extensions")
    if value is None:
        return
    entries: list[tuple[str | int, Any]] = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    if not isinstance(value, dict | list):
        yield reading.expected("table", "extensions")
    yield from too_many(reading, value, "extensions", limit=MAX_SERVERS)
    for key, entry in entries[:MAX_SERVERS]:
        if not isinstance(entry, dict):
            yield reading.problem(f"expected table, found {type_name(entry)}", "extensions", key)
            continue
        said = entry.get("name")
        name = key if isinstance(key, str) else said if isinstance(said, str) else f"[{key}]"
        if entry.get("type") in _BUILT_IN:
            continue
        if entry.get("type") == "inline_python":
            yield from _code(reading, entry, ("extensions", key))
            continue
        if isinstance(names := entry.get("env_keys"), list):  # values are in the keyring, only names are here
            entry = {**entry, "env": [item for item in names if isinstance(item, str)]}
        yield from read_entry(reading, entry, name, ("extensions", key), _CLIENT)


def _code(reading: Reading, entry: dict[str, Any], at: Pointer) -> Iterator[Found]:
    """An extension that is Python code in the file itself: the code, and the packages that are fetched for it."""
    code = entry.get("code")
    why_not = "switched off: enabled is false" if entry.get("enabled") is False else ""
    packages = entry.get("dependencies")
    references = [pypi_reference(item) for item in packages[:MAX_ITEMS] if isinstance(item, str)] if isinstance(packages, list) else []
    fetched = tuple(item for item in references if item.ecosystem and item.name)
    if isinstance(code, str):
        launch = Launch(launcher="uvx", extra_packages=fetched)
        yield command_noun(reading, "inline_python", redacted(code), launch, (*at, "code"), why_not=why_not)
        yield from code_secrets(reading, code, *at, "code")
    yield from (component_of(item, reading.location(*at, "dependencies"), bool(why_not)) for item in fetched)


def permission_file(reading: Reading) -> Iterator[Found]:
    """The levels of tools: those that the person chose, and those that smart approval remembers."""
    for part, levels in list(reading.value.items())[:MAX_ITEMS]:
        if not isinstance(levels, dict):
            yield reading.expected("table", part)
            continue
        own = reading.narrowed(only_for="" if part == "user" else f"mode {part[:MAX_NAME]}")
        for level, effect in _LEVELS:
            tools = levels.get(level)
            if tools is not None and not isinstance(tools, list):
                yield own.expected("array", part, level)
                continue
            yield from too_many(own, tools, part, level)
            for index, tool in enumerate((tools or [])[:MAX_ITEMS]):
                if isinstance(tool, str):
                    yield from permission(own, effect, tool, part, level, index, tool=tool, matching="all", order=index)
                else:
                    yield own.expected("string", part, level, index)


_FOLDERS: Final = ("~/.config/goose", "~/AppData/Roaming/Block/goose/config")
# fmt: off
FILES: Final = (
    *(File(f"{folder}/config.yaml", "user", "settings", "yaml", config) for folder in _FOLDERS),
    *(File(f"{folder}/permission.yaml", "user", "settings", "yaml", permission_file) for folder in _FOLDERS),
    *(File(f"{folder}/recipes/*.yaml", "user", "settings", "yaml", recipe) for folder in _FOLDERS),
    File(".goose/recipes/*.yaml", "repo", "settings", "yaml", recipe),
)
# fmt: on
