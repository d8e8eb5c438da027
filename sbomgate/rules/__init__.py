"""The rules: one file each, found by name (`sg*.py`), ordered by id. Ids are never reused.

A rule's module docstring is its page, in fixed sections: why it matters, bad, good, how to fix, references.
`sbomgate explain` shows it, SARIF carries it, and the examples in it run as tests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Final

from sbomgate.policy import Context, Rule

_NOTHING_WITHOUT: Final[tuple[tuple[str, Callable[[Context], bool]], ...]] = (
    ("sg10", lambda context: bool(context.inventory.hooks)),
    ("sg11", lambda context: bool(context.inventory.hooks or context.inventory.files)),
    ("sg121", lambda context: bool(context.inventory.files)),
    ("sg122", lambda context: bool(context.inventory.hooks)),
    ("sg124", lambda context: bool(context.inventory.hooks)),
    ("sg125", lambda context: bool(context.inventory.settings)),
    ("sg123", lambda context: bool(context.inventory.hooks)),
    ("sg30", lambda context: any(item.installation for item in context.inventory.components) or bool(context.inventory.files)),
    ("sg331", lambda context: bool(context.inventory.files)),
    *((f"sg34{number}", lambda context: bool(context.inventory.custody)) for number in range(7)),
    ("sg347", lambda context: bool(context.inventory.files)),
    ("sg4", lambda context: bool(context.inventory.agent_files or context.inventory.secrets or context.inventory.servers)),
    ("sg602", lambda context: bool(context.inventory.matches)),
    ("sg603", lambda context: bool(context.inventory.advisory_sources)),
    ("sg604", lambda context: any(item.properties for item in context.inventory.components)),
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
