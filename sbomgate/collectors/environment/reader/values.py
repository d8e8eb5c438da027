"""What the reader of code knows of a value: a constant, a name, a function, a class, a collection, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sbomgate.collectors.environment.reader import folding
from sbomgate.collectors.environment.reader.folding import NotFoldable

NO_TAGS: Final[frozenset[str]] = frozenset()


class Seen(NamedTuple):
    """One thing that the code would do."""

    kind: str
    detail: str
    path: str
    line: int


@dataclass(slots=True)
class Unknown:
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Const:
    value: Any
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Ref:
    """Something reached from a module by its name."""

    name: str
    tags: frozenset[str] = NO_TAGS
    text: str = ""
    """The constant that it was made from: the path of a `pathlib.Path`."""


@dataclass(slots=True)
class Function:
    node: Any
    scope: Scope
    path: str
    own: bool
    bound: Any = None
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Class:
    names: dict[str, Any]
    bases: tuple[Any, ...] = ()
    tags: frozenset[str] = NO_TAGS
    escaped: bool = False


@dataclass(slots=True)
class Instance:
    of: Class
    names: dict[str, Any] = field(default_factory=dict)
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Items:
    values: list[Any]
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Pairs:
    values: list[tuple[Any, Any]]
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Partial:
    """A callable made of another one: `partial`, `methodcaller`, `attrgetter`, `itemgetter`, `compile`."""

    kind: str
    inner: Any
    arguments: list[Any]
    keywords: dict[str, Any]
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Loaded:
    """A module that was followed."""

    name: str
    scope: Scope
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Either:
    values: list[Any]
    tags: frozenset[str] = NO_TAGS


@dataclass(slots=True)
class Scope:
    names: dict[str, Any]
    parent: Scope | None = None
    module: Scope | None = None
    package: str = ""
    fallback: bool = False
    """Names that were never bound are those that CPython's `site` module has imported."""


def constant(value: Any, budget: list[int] | None = None, depth: int = 0) -> Any:
    """The Python value that `value` is; NotFoldable if it is not known, or too large."""
    if isinstance(value, Const):
        return value.value
    budget = budget if budget is not None else [folding.MAX_ITEMS]
    if isinstance(value, (Items, Pairs)):
        budget[0] -= len(value.values) + 1
        if budget[0] < 0 or depth > 20:
            raise NotFoldable
        if isinstance(value, Items):
            return [constant(item, budget, depth + 1) for item in value.values]
        try:
            return {constant(key, budget, depth + 1): constant(inner, budget, depth + 1) for key, inner in value.values}
        except TypeError as error:  # an unhashable key
            raise NotFoldable from error
    raise NotFoldable


def either(values: list[Any]) -> Any:
    """One of `values`, which are not nested again; the value itself if there is only one that says something."""
    useful: list[Any] = []
    for value in values:
        if len(useful) >= 8:
            break
        for option in value.values if isinstance(value, Either) else (value,):
            if not (isinstance(option, Const) and option.value is None) and not any(option is known for known in useful):
                useful.append(option)
    if len(useful) == 1:
        return useful[0]
    if not useful:
        return values[0] if values else Unknown()
    return Either(useful[:8], frozenset().union(*(value.tags for value in useful[:8])))


def text_of(value: Any) -> str:
    return str(value.value) if isinstance(value, Const) else "…"


def owner_of(scope: Scope | None, name: str) -> Scope | None:
    while scope is not None:
        if name in scope.names:
            return scope
        scope = scope.parent
    return None


def runs_as_main(scope: Scope) -> bool:
    name = (scope.module or scope).names.get("__name__")
    return isinstance(name, Const) and name.value == "__main__"
