"""Visual Studio Code and the editors made from it: where they keep settings, and which extensions are told by them.

An extension's settings stand among the editor's own, under keys that begin with its name. Each is read by the module of that
client, whoever's editor the file is.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Final

from sbomgate.collectors.agents.reading import File, Found, Reading

EDITORS: Final = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")
"""Folders in a person's application data."""
GUESTS: Final = {"roo-cline.": "roo_code", "kilo-code.": "kilo_code", "windsurf.": "windsurf", "kiroAgent.": "kiro"}
"""How the keys of an extension, or of an editor's own agent, begin → the module with their `in_editor`."""


def guests(reading: Reading) -> Iterator[Found]:
    """What the settings of an editor tell the agents that are not the editor's own."""
    for start, module in GUESTS.items():
        if any(key.startswith(start) for key in reading.table()):
            yield from import_module(f"sbomgate.collectors.agents.clients.{module}").in_editor(reading)


def storage(path: str) -> tuple[str, ...]:
    """Where the extensions of each editor keep the file `path`, and of an editor that is not known."""
    return (
        f"globalStorage/{path}",
        *(f"<cfg>/{editor}/User/globalStorage/{path}" for editor in EDITORS),
        f"~/.vscode-server/data/User/globalStorage/{path}",
    )


def settings_files(editor: str) -> tuple[File, ...]:
    """The settings of `editor`, one that has an agent of its own elsewhere: those of its guests."""
    return tuple(
        File(f"<cfg>/{editor}/User/{path}", "user", "settings", "jsonc", guests, subjects=tuple(GUESTS))
        for path in ("settings.json", "profiles/*/settings.json")
    )
