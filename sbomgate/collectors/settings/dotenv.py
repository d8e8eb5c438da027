"""`.env`: the variables in it that move an agent's settings or the service it talks to. Nothing else of it leaves this module.

Format: what dotenv libraries agree on: `NAME=value` or `export NAME=value`, quotes around a value, which may then go over
several lines, `#` before a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.agent_model import AgentFile, AgentOption
from sbomgate.model import Location
from sbomgate.tree import SourceFile


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HOMES: Final = _words(
    "CLAUDE_CONFIG_DIR CODEX_HOME COPILOT_HOME GEMINI_CLI_HOME GEMINI_CLI_SYSTEM_SETTINGS_PATH OPENCODE_CONFIG OPENCODE_CONFIG_DIR GOOSE_CONFIG_DIR"
    " XDG_CONFIG_HOME XDG_DATA_HOME HOME USERPROFILE APPDATA"
)
_ENDPOINTS: Final = _words(
    "ANTHROPIC_BASE_URL ANTHROPIC_BEDROCK_BASE_URL ANTHROPIC_VERTEX_BASE_URL ANTHROPIC_FOUNDRY_BASE_URL OPENAI_BASE_URL OPENAI_API_BASE AZURE_OPENAI_ENDPOINT"
    " GOOGLE_GEMINI_BASE_URL GOOGLE_VERTEX_BASE_URL CODE_ASSIST_ENDPOINT GEMINI_API_BASE_URL OPENROUTER_BASE_URL OLLAMA_HOST LITELLM_PROXY_URL AWS_ENDPOINT_URL"
    " AWS_ENDPOINT_URL_BEDROCK_RUNTIME"
)
_LINE: Final = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?P<value>.*)")
_QUOTES: Final = "\"'`"
_MAX_VALUE: Final = 500
_MAX: Final = 1000
"""Variables that are told; there are not half as many names."""


def collect(file: SourceFile) -> Iterator[Any]:
    """Yield the file and an option per variable that redirects an agent; nothing if there is none."""
    text = file.read().decode("utf-8-sig", "replace")
    found = list(_redirects(text))[:_MAX]
    if found:
        scope = "repo"
        yield AgentFile(client="unknown", scope=scope, location=Location(file.path), kind="environment", format="dotenv")
        for name, value, number in found:
            yield AgentOption(
                client="unknown",
                scope=scope,
                kind="home" if name in _HOMES else "endpoint",
                key=name,
                name=name,
                value=_shown(value),
                location=Location(file.path, number),
            )


def _redirects(text: str) -> Iterator[tuple[str, str, int]]:
    """(name, value, line) of each such variable."""
    quote = ""
    lines = text.split("\n")
    last = {mark: number for number, line in enumerate(lines, 1) for mark in _QUOTES if mark in line}
    for number, line in enumerate(lines, 1):
        if quote:  # inside a value of several lines
            quote = "" if quote in line else quote
            continue
        match = _LINE.match(line.rstrip("\r"))
        if match is None:
            continue
        value = match["value"].strip()
        if value[:1] in _QUOTES and value:
            end = value.find(value[0], 1)
            quote = value[0] if end < 0 and last[value[0]] > number else ""  # one that nobody closes is a character
            value = value[1:end] if end > 0 else value[1:]
        else:
            value = re.split(r"\s#", value, maxsplit=1)[0].strip()
        if match["name"] in _HOMES or match["name"] in _ENDPOINTS:
            yield match["name"], value[:_MAX_VALUE], number


def _shown(value: str) -> str:
    from sbomgate.collectors.agents.redaction import clean_url, redacted

    return clean_url(value) if "://" in value else redacted(value)
