"""Qwen Code, made from Gemini CLI. Formats: Qwen Code documentation, "Configuration", "Permissions and workspace trust".

Unlike its origin it takes the mode without confirmations from a settings file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.agents.clients.gemini_cli import shared
from sbomgate.collectors.agents.facts import Key, Parts, options, permissions
from sbomgate.collectors.agents.reading import File, Found, Reading
from sbomgate.collectors.agents.servers import Client

CLIENT: Final = Client("qwen-code", approvals=("trust",))
# fmt: off
KEYS: Final = (
    Key("tools.approvalMode",              "mode"),
    Key("general.defaultPermissionMode",   "mode"),
    Key("tools.autoAccept",                "tools-approved", (True,)),
    Key("tools.sandbox",                   "sandbox"),
    Key("security.folderTrust.enabled",    "protective",     (True,), ("user", "managed")),
    Key("context.includeDirectories",      "directories"),
)
# fmt: on


def _settings(reading: Reading) -> Iterator[Found]:
    yield from shared(reading, CLIENT)
    yield from options(reading, KEYS)
    for effect in ("allow", "ask", "deny"):
        yield from permissions(reading, effect, "permissions", effect, judge=_judged)


def _judged(effect: str, rule: Parts, scope: str) -> tuple[str, str]:  # noqa: ARG001 - the signature of `facts.permissions`
    """In the manner of Claude Code: `Bash(git *)`, `Read(.env)`, `WebFetch(docs.example)`."""
    if rule.specifier in ("", "*"):
        return "all", ""
    if rule.tool in ("Bash", "Shell", "run_shell_command"):
        return ("wildcard" if "*" in rule.specifier else "words"), ""
    return {"WebFetch": "domain"}.get(rule.tool, "path" if rule.tool in ("Read", "Edit", "Write") else ""), ""


_SYSTEM: Final = ("/etc/qwen-code", "/Library/Application Support/QwenCode", "C:/ProgramData/qwen-code")
# fmt: off
FILES: Final = (
    File(".qwen/settings.json",              "repo",    "settings", "jsonc", _settings),
    File("~/.qwen/settings.json",            "user",    "settings", "jsonc", _settings),
    *(File(f"{folder}/settings.json",        "managed", "settings", "jsonc", _settings) for folder in _SYSTEM),
)
# fmt: on
