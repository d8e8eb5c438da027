"""The rules: one file each, found by name (`sg*.py`), ordered by id. Ids are never reused.

A rule's module docstring is its page, in fixed sections: why it matters, bad, good, how to fix, references.
`sbomgate explain` shows it, SARIF carries it, and the examples in it run as tests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Final

from sbomgate.model import Origin
from sbomgate.policy import Context, Rule

_MODES: Final = ("mode", "tools-approved", "edits-approved", "bypass-prompt-skipped")


def _has_modes(context: Context) -> bool:
    return any(option.kind in _MODES for option in context.inventory.options)


def _has_dropped_files(context: Context) -> bool:
    return any(file.kind == "settings" and not file.in_force for file in context.inventory.agent_files)


def _asks_less(context: Context) -> bool:
    """Whether anything says that an agent need not ask."""
    found = context.inventory
    return bool(found.permissions or found.options) or any(server.auto_approved != "none" for server in found.servers)


def _has_requested_packages(context: Context) -> bool:
    return bool(context.inventory.servers) or any(
        item.origin in (Origin.LAUNCHED, Origin.REQUIRED) for item in context.inventory.components
    )


def _has_rows(context: Context) -> bool:
    """Whether anything is locked or required: what `_pinning.stated` gives."""
    return any(item.origin in (Origin.LOCKED, Origin.REQUIRED) for item in context.inventory.components)


def _has_what_attacks_leave(context: Context) -> bool:
    found = context.inventory
    return bool(found.files or found.servers or found.commands or found.options) or any(item.source for item in found.components)


_NOTHING_WITHOUT: Final[tuple[tuple[str, Callable[[Context], bool]], ...]] = (
    ("sg10", lambda context: bool(context.inventory.hooks)),
    ("sg11", lambda context: bool(context.inventory.hooks or context.inventory.files)),
    ("sg120", lambda context: any(item.install_script for item in context.inventory.components)),
    ("sg121", lambda context: bool(context.inventory.files)),
    ("sg122", lambda context: bool(context.inventory.hooks)),
    ("sg124", lambda context: bool(context.inventory.hooks)),
    ("sg125", lambda context: bool(context.inventory.settings)),
    ("sg123", lambda context: bool(context.inventory.hooks)),
    ("sg30", lambda context: any(item.installation for item in context.inventory.components) or bool(context.inventory.files)),
    *((f"sg20{number}", _has_rows) for number in range(1, 8)),
    *((f"sg32{number}", lambda context: bool(context.inventory.settings) or _has_rows(context)) for number in range(5)),
    *((f"sg32{number}", lambda context: bool(context.inventory.settings)) for number in (5, 6, 7)),
    ("sg330", lambda context: bool(context.inventory.settings) or _has_rows(context)),
    ("sg331", lambda context: bool(context.inventory.files)),
    ("sg332", _has_rows),
    *((f"sg33{number}", lambda context: bool(context.inventory.settings)) for number in (3, 4, 5)),
    *((f"sg34{number}", lambda context: bool(context.inventory.custody)) for number in range(7)),
    ("sg347", lambda context: bool(context.inventory.files)),
    ("sg404", lambda context: any(server.url for server in context.inventory.servers)),
    ("sg408", lambda context: any(item.origin is Origin.LOCKED for item in context.inventory.components)),
    ("sg409", lambda context: len({server.location.path for server in context.inventory.servers}) > 1),
    *((f"sg41{number}", lambda context: bool(context.inventory.permissions) or _has_modes(context)) for number in (0, 1, 2, 3, 5, 6)),
    ("sg414", lambda context: bool(context.inventory.permissions or context.inventory.options) or _has_dropped_files(context)),
    ("sg44", lambda context: context.agents is not None and bool(context.inventory.servers)),
    ("sg450", lambda context: bool(context.inventory.commands)),
    ("sg451", lambda context: bool(context.inventory.commands)),
    *((f"sg45{number}", lambda context: bool(context.inventory.options)) for number in range(2, 6)),
    ("sg456", lambda context: any(item.url or item.capabilities for item in context.inventory.servers)),
    ("sg457", lambda context: bool(context.inventory.servers) and _asks_less(context)),
    ("sg459", lambda context: context.blast_budget is not None),
    *((f"sg42{number}", lambda context: bool(context.inventory.agent_steps)) for number in (0, 1, 2, 3, 5, 7)),
    ("sg424", lambda context: any(option.kind in ("marketplace", "plugin") for option in context.inventory.options)),
    ("sg426", lambda context: any(command.event in ("folderOpen", "initializeCommand") for command in context.inventory.commands)),
    *((f"sg43{number}", lambda context: bool(context.inventory.instructions)) for number in (0, 1, 2, 6)),
    *(
        (f"sg43{number}", lambda context: bool(context.inventory.instructions or context.inventory.options or context.inventory.commands))
        for number in (3, 4)
    ),
    ("sg435", _has_requested_packages),
    # all others of sg4
    *(
        (f"sg4{number}", lambda context: bool(context.inventory.agent_files or context.inventory.secrets or context.inventory.servers))
        for number in (0, 1, 2, 4)
    ),
    ("sg602", lambda context: bool(context.inventory.matches)),
    ("sg603", lambda context: bool(context.inventory.advisory_sources)),
    ("sg604", lambda context: bool(context.inventory.releases) or any(item.properties for item in context.inventory.components)),
    ("sg605", _has_what_attacks_leave),
    ("sg606", lambda context: bool(context.inventory.releases)),
    ("sg609", lambda context: bool(context.inventory.matches)),
    ("sg50", lambda context: bool(context.changes)),
)
"""Files that begin so are about one kind of subject: without it they find nothing, and loading them would be half of a short run."""


@cache
def _names() -> tuple[str, ...]:
    import os  # not pkgutil: for one list of files it loads the machinery of imports, 1 ms of every run

    return tuple(sorted({name.partition(".")[0] for folder in __path__ for name in os.listdir(folder) if name.startswith("sg")}))


@cache
def _load(name: str) -> Rule:
    rule: Rule = import_module(f"{__name__}.{name}").RULE
    return rule


def all_rules() -> tuple[Rule, ...]:
    """Every rule, ordered by id."""
    return tuple(map(_load, _names()))


def rules_for(context: Context) -> tuple[Rule, ...]:
    """The rules that can find anything in what `context` holds, ordered by id."""
    idle = tuple(start for start, has_subject in _NOTHING_WITHOUT if not has_subject(context))
    return tuple(_load(name) for name in _names() if not name.startswith(idle))


def by_id(text: str) -> Rule | None:
    """The rule with the id or the name `text`; None if there is none."""
    wanted = text.lower().replace("-", "_")
    for name in _names():
        rule_id, _, words = name.partition("_")
        if wanted in (rule_id, words):
            return _load(name)
    return None
