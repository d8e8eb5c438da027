"""What the reader of code knows of a value: a constant, a name, a function, a class, a collection, or nothing.

Plain classes: made a dozen at a time by every run that reads code, as data classes they would cost more than the reading.
"""

from __future__ import annotations

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


class Unknown:
    __slots__ = ("tags",)

    def __init__(self, tags: frozenset[str] = NO_TAGS) -> None:
        self.tags = tags


class Const:
    __slots__ = ("tags", "value")

    def __init__(self, value: Any, tags: frozenset[str] = NO_TAGS) -> None:
        self.value = value
        self.tags = tags


class Ref:
    """Something reached from a module by its name."""

    __slots__ = ("name", "tags", "text")

    def __init__(self, name: str, tags: frozenset[str] = NO_TAGS, text: str = "") -> None:
        self.name = name
        self.tags = tags
        self.text = text
        """The constant that it was made from: the path of a `pathlib.Path`."""


class Function:
    __slots__ = ("bound", "defaults", "node", "own", "path", "scope", "tags")

    def __init__(
        self,
        node: Any,
        scope: Scope,
        path: str,
        own: bool,
        bound: Any = None,
        tags: frozenset[str] = NO_TAGS,
        defaults: dict[str, Any] | None = None,
    ) -> None:
        self.node = node
        self.scope = scope
        self.path = path
        self.own = own
        self.bound = bound
        self.tags = tags
        self.defaults: dict[str, Any] = {} if defaults is None else defaults
        """The values of its parameters, as they were worked out when it was made."""

    def bind(self, owner: Any) -> Function:
        """The same function as a method of `owner`."""
        return Function(self.node, self.scope, self.path, self.own, owner, self.tags, self.defaults)


class Class:
    __slots__ = ("bases", "escaped", "names", "tags")

    def __init__(self, names: dict[str, Any], bases: tuple[Any, ...] = (), tags: frozenset[str] = NO_TAGS, escaped: bool = False) -> None:
        self.names = names
        self.bases = bases
        self.tags = tags
        self.escaped = escaped


class Instance:
    __slots__ = ("names", "of", "tags")

    def __init__(self, of: Class, names: dict[str, Any] | None = None, tags: frozenset[str] = NO_TAGS) -> None:
        self.of = of
        self.names: dict[str, Any] = {} if names is None else names
        self.tags = tags


class Items:
    __slots__ = ("tags", "values")

    def __init__(self, values: list[Any], tags: frozenset[str] = NO_TAGS) -> None:
        self.values = values
        self.tags = tags


class Pairs:
    __slots__ = ("tags", "values")

    def __init__(self, values: list[tuple[Any, Any]], tags: frozenset[str] = NO_TAGS) -> None:
        self.values = values
        self.tags = tags


class Partial:
    """A callable made of another one: `partial`, `methodcaller`, `attrgetter`, `itemgetter`, `compile`."""

    __slots__ = ("arguments", "inner", "keywords", "kind", "tags")

    def __init__(self, kind: str, inner: Any, arguments: list[Any], keywords: dict[str, Any], tags: frozenset[str] = NO_TAGS) -> None:
        self.kind = kind
        self.inner = inner
        self.arguments = arguments
        self.keywords = keywords
        self.tags = tags


class Loaded:
    """A module that was followed."""

    __slots__ = ("name", "scope", "tags")

    def __init__(self, name: str, scope: Scope, tags: frozenset[str] = NO_TAGS) -> None:
        self.name = name
        self.scope = scope
        self.tags = tags


class Either:
    __slots__ = ("tags", "values")

    def __init__(self, values: list[Any], tags: frozenset[str] = NO_TAGS) -> None:
        self.values = values
        self.tags = tags


class Scope:
    __slots__ = ("fallback", "module", "names", "package", "parent")

    def __init__(
        self, names: dict[str, Any], parent: Scope | None = None, module: Scope | None = None, package: str = "", fallback: bool = False
    ) -> None:
        self.names = names
        self.parent = parent
        self.module = module
        self.package = package
        self.fallback = fallback
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
