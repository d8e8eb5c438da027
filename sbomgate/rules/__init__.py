"""The rules: one file each, found by name (`sg*.py`), ordered by id. Ids are never reused.

A rule's module docstring is its page, in fixed sections: why it matters, bad, good, how to fix, references.
`sbomgate explain` shows it, SARIF carries it, and the examples in it run as tests.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from sbomgate.policy import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, ordered by id."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name.startswith("sg"))
    return tuple(import_module(f"{__name__}.{name}").RULE for name in names)


def by_id(text: str) -> Rule | None:
    """The rule with the id or the name `text`; None if there is none."""
    return next((rule for rule in all_rules() if text.upper() == rule.id or text == rule.name), None)
