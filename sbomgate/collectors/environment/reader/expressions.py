"""Expressions: the value of each, and what working it out does."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sbomgate.collectors.environment.reader import folding
from sbomgate.collectors.environment.reader.bindings import bind
from sbomgate.collectors.environment.reader.folding import NotFoldable
from sbomgate.collectors.environment.reader.members import attribute_of, item_of
from sbomgate.collectors.environment.reader.protocols import iterate, use
from sbomgate.collectors.environment.reader.syntax import climbs
from sbomgate.collectors.environment.reader.tables import BUILTINS, WALKED
from sbomgate.collectors.environment.reader.values import NO_TAGS, Const, Function, Instance, Items, Pairs, Ref, Scope, Unknown, either

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader

_SITE_NAMES: Final = frozenset(
    {"os", "sys", "builtins", "io", "stat", "errno", "_sitebuiltins", "locale", "traceback", "readline", "rlcompleter", "atexit"}
)
"""What CPython's `site` module has imported."""


def _constant_node(reader: Reader, node: ast.Constant, _: Scope) -> Any:
    reader.look(node.value)
    return Const(node.value)


def _name(reader: Reader, node: ast.Name, scope: Scope) -> Any:
    return _lookup(reader, node.id, scope)


def _lookup(reader: Reader, name: str, scope: Scope) -> Any:
    current: Scope | None = scope
    hops = 0
    while current is not None and hops < 200:
        if name in current.names:
            return current.names[name]
        current = current.parent
        hops += 1
    module = scope.module
    if module is not None and name in module.names:
        return module.names[name]
    if name == "__builtins__":
        if reader.own:
            reader.note("hiding", "__builtins__ is used to reach a function by another way than its name")
        return Ref("builtins")
    if name in BUILTINS:
        return Ref(f"builtins.{name}")
    if module is not None and module.fallback and name in _SITE_NAMES:
        return Ref(name)
    return Unknown()


def _joined(reader: Reader, node: ast.JoinedStr, scope: Scope) -> Any:
    parts, tags = [], set()
    known = True
    for part in node.values:
        value = reader.value(part.value if isinstance(part, ast.FormattedValue) else part, scope)
        if isinstance(part, ast.FormattedValue):
            use(reader, value)
            if part.format_spec is not None:
                reader.value(part.format_spec, scope)
                known = known and not isinstance(part.format_spec, ast.JoinedStr)
        tags |= value.tags
        try:
            parts.append(str(reader.known(value)))
        except NotFoldable:
            known = False
    if known:
        return reader.folded("".join(parts), frozenset(tags | {"joined"}))
    return Unknown(frozenset(tags | {"joined"}))


def _sequence(reader: Reader, node: Any, scope: Scope) -> Any:
    values: list[Any] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            inner = reader.value(element.value, scope)
            use(reader, inner)
            values.extend(iterate(reader, inner) or [Unknown(inner.tags)])
        else:
            values.append(reader.value(element, scope))
    return Items(values, frozenset().union(*(value.tags for value in values)) if values else NO_TAGS)


def _dictionary(reader: Reader, node: ast.Dict, scope: Scope) -> Any:
    pairs = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            reader.value(value, scope)
            continue
        pairs.append((reader.value(key, scope), reader.value(value, scope)))
        use(reader, pairs[-1][0])
    return Pairs(pairs, frozenset().union(*(value.tags for _, value in pairs)) if pairs else NO_TAGS)


def _bool_op(reader: Reader, node: ast.BoolOp, scope: Scope) -> Any:
    first = reader.value(node.values[0], scope)
    use(reader, first)
    reader.conditional += 1
    values = [first, *(reader.value(value, scope) for value in node.values[1:])]
    reader.conditional -= 1
    return either(values)


def _if_exp(reader: Reader, node: ast.IfExp, scope: Scope) -> Any:
    use(reader, reader.value(node.test, scope))
    reader.conditional += 1
    values = [reader.value(node.body, scope), reader.value(node.orelse, scope)]
    reader.conditional -= 1
    return either(values)


def _bin_op(reader: Reader, node: ast.BinOp, scope: Scope) -> Any:
    spine: list[ast.BinOp] = []
    current: Any = node
    while isinstance(current, ast.BinOp):
        reader.step()
        spine.append(current)
        current = current.left
    value = reader.value(current, scope)
    for part in reversed(spine):
        right = reader.value(part.right, scope)
        value = combine(reader, type(part.op).__name__, value, right)
    return value


def combine(reader: Reader, operator: str, left: Any, right: Any) -> Any:
    tags = left.tags | right.tags
    if isinstance(left, Instance):
        use(reader, left)
    if isinstance(right, Instance):
        use(reader, right)
    elif operator == "Mod" and isinstance(right, Items):
        for item in right.values[:20]:
            use(reader, item)
    try:
        a, b = reader.known(left), reader.known(right)
    except NotFoldable:
        if isinstance(left, Items) or isinstance(right, Items):
            parts = (iterate(reader, left) or [left]) + (iterate(reader, right) or [right]) if operator == "Add" else [left, right]
            return Items(parts[:1000], tags)
        if operator == "Div" and isinstance(left, Ref) and left.text and isinstance(right, Const) and isinstance(right.value, str):
            return Ref(left.name, tags, f"{left.text}/{right.value}")
        return Unknown(tags | {"joined"})
    try:
        result = folding.binary(operator, a, b)
    except NotFoldable:
        return Unknown(tags | {"joined"})
    tag = "joined" if operator in ("Add", "Mod") else "computed"
    return reader.folded(result, tags | {tag} if isinstance(result, (str, bytes)) else tags)


def _unary(reader: Reader, node: ast.UnaryOp, scope: Scope) -> Any:
    value = reader.value(node.operand, scope)
    use(reader, value)
    if isinstance(value, Const) and isinstance(value.value, (int, float)):
        try:
            return Const(folding.unary(type(node.op).__name__, value.value), value.tags)
        except NotFoldable:
            return Unknown(value.tags)
    return Unknown(value.tags)


def _compare(reader: Reader, node: ast.Compare, scope: Scope) -> Any:
    values = [reader.value(node.left, scope), *(reader.value(value, scope) for value in node.comparators)]
    for value in values:
        if isinstance(value, Instance):
            use(reader, value)
    return Unknown()


def _subscript(reader: Reader, node: ast.Subscript, scope: Scope) -> Any:
    owner = reader.value(node.value, scope)
    if isinstance(node.slice, ast.Slice):
        bounds = [
            reader.value(part, scope) if part is not None else Const(None) for part in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        try:
            value = reader.known(owner)[slice(*(reader.known(bound) for bound in bounds))]
            step = isinstance(value, (str, bytes)) and reader.known(bounds[2]) not in (None, 1)
            return reader.folded(folding.bounded(value), owner.tags | {"letters" if step else "computed"})
        except (NotFoldable, TypeError, ValueError, KeyError, IndexError):
            return Unknown(owner.tags) if not isinstance(owner, Items) else Items(owner.values, owner.tags)
    key = reader.value(node.slice, scope)
    use(reader, key)
    return item_of(reader, owner, key)


def _attribute_node(reader: Reader, node: ast.Attribute, scope: Scope) -> Any:
    value = reader.value(node.value, scope)
    reader.line = getattr(node, "lineno", reader.line)
    if node.attr in WALKED and (reader.own or node.attr == "__builtins__" or (node.attr == "__subclasses__" and climbs(node.value))):
        reader.note("hiding", f"{node.attr} is used to reach what is not named")
    return attribute_of(reader, value, node.attr)


def _lambda(reader: Reader, node: ast.Lambda, scope: Scope) -> Any:
    return make_function(reader, node, scope)


def make_function(reader: Reader, node: Any, scope: Scope) -> Function:
    arguments = node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    defaults = {
        name: reader.value(default, scope)
        for name, default in (
            *zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True),
            *((argument.arg, default) for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)),
        )
        if default is not None
    }
    if not isinstance(node, ast.Lambda):
        future = (scope.module or scope).names.get("annotations")
        if not isinstance(future, Ref) or future.name != "__future__.annotations":
            for annotated in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
                if annotated is not None and annotated.annotation is not None:
                    reader.value(annotated.annotation, scope)
            if node.returns is not None:
                reader.value(node.returns, scope)
    return Function(node, scope, reader.path, reader.own, defaults=defaults)


def _named(reader: Reader, node: ast.NamedExpr, scope: Scope) -> Any:
    value = reader.value(node.value, scope)
    bind(reader, node.target, value, scope)
    return value


def _starred(reader: Reader, node: ast.Starred, scope: Scope) -> Any:
    return reader.value(node.value, scope)


def _await(reader: Reader, node: Any, scope: Scope) -> Any:
    value = reader.value(node.value, scope) if node.value is not None else Unknown()
    use(reader, value)
    return value


def _comprehension(reader: Reader, node: Any, scope: Scope) -> Any:
    inner = Scope({}, scope, scope.module, scope.package)
    results: list[Any] = []
    tags: set[str] = set()

    def produce() -> Any:
        if isinstance(node, ast.DictComp):
            return Items([reader.value(node.key, inner), reader.value(node.value, inner)])
        return reader.value(node.elt, inner)

    def loop(index: int) -> None:
        if index == len(node.generators):
            value = produce()
            tags.update(value.tags)
            results.append(value)
            return
        generator = node.generators[index]
        iterable = reader.value(generator.iter, inner if index else scope)
        use(reader, iterable)
        tags.update(iterable.tags)
        items = iterate(reader, iterable)
        known = items is not None and len(items) <= folding.MAX_ITEMS
        for item in items if known and items is not None else [Unknown(iterable.tags)]:
            reader.step()
            bind(reader, generator.target, item, inner)
            keep = True
            for test in generator.ifs:
                result = _test(reader, test, inner)
                keep = keep and result is not False
            if keep:
                loop(index + 1)
        if not known:
            tags.add("unknown-length")

    loop(0)
    if isinstance(node, ast.DictComp):
        return Pairs([(item.values[0], item.values[1]) for item in results if isinstance(item, Items)], frozenset(tags))
    if "unknown-length" in tags:
        return Unknown(frozenset(tags - {"unknown-length"}))
    return Items(results, frozenset(tags | {"computed"}))


def _test(reader: Reader, node: Any, scope: Scope) -> bool | None:
    """Whether a simple comparison of constants holds; None if that is not known."""
    value = reader.value(node, scope)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        try:
            left, right = reader.known(reader.value(node.left, scope)), reader.known(reader.value(node.comparators[0], scope))
            return bool(_COMPARE[type(node.ops[0])](left, right))
        except (NotFoldable, KeyError, TypeError):
            return None
    if isinstance(value, Const):
        return bool(value.value)
    return None


def _call_node(reader: Reader, node: ast.Call, scope: Scope) -> Any:
    function = reader.value(node.func, scope)
    arguments: list[Any] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            inner = reader.value(argument.value, scope)
            arguments.extend(iterate(reader, inner) or [Unknown(inner.tags)])
        else:
            arguments.append(reader.value(argument, scope))
    keywords: dict[str, Any] = {}
    for keyword in node.keywords:
        value = reader.value(keyword.value, scope)
        if keyword.arg is None:
            for key, inner in value.values if isinstance(value, Pairs) else ():
                if isinstance(key, Const) and isinstance(key.value, str):
                    keywords[key.value] = inner
        else:
            keywords[keyword.arg] = value
    reader.line = getattr(node, "lineno", reader.line)
    return reader.call(function, arguments, keywords, node, scope)


_COMPARE: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}


EXPRESSIONS: Final[dict[type, Callable[..., Any]]] = {
    ast.Constant: _constant_node,
    ast.Name: _name,
    ast.JoinedStr: _joined,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dictionary,
    ast.BoolOp: _bool_op,
    ast.IfExp: _if_exp,
    ast.BinOp: _bin_op,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.Subscript: _subscript,
    ast.Attribute: _attribute_node,
    ast.Call: _call_node,
    ast.Lambda: _lambda,
    ast.NamedExpr: _named,
    ast.Starred: _starred,
    ast.Await: _await,
    ast.Yield: _await,
    ast.YieldFrom: _await,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
}
"""What reads each kind of node."""
