"""Statements: each does what the interpreter would do with it, both ways where it may go either way."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader.bindings import bind, change_list
from sbomgate.collectors.environment.reader.bounds import (
    MAX_LOOP,
)
from sbomgate.collectors.environment.reader.calling import instantiate
from sbomgate.collectors.environment.reader.expressions import combine, make_function
from sbomgate.collectors.environment.reader.imports import load_module, top_module
from sbomgate.collectors.environment.reader.members import attribute_of, run_checks, run_special
from sbomgate.collectors.environment.reader.protocols import escape, iterate, use
from sbomgate.collectors.environment.reader.syntax import as_load, is_main_guard, shown_code
from sbomgate.collectors.environment.reader.tables import STARRED
from sbomgate.collectors.environment.reader.values import (
    Class,
    Const,
    Either,
    Function,
    Instance,
    Loaded,
    Partial,
    Ref,
    Scope,
    Unknown,
    owner_of,
    runs_as_main,
)

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader

_INERT_DECORATORS: Final = (
    "builtins.property", "builtins.staticmethod", "builtins.classmethod", "functools.", "contextlib.", "abc.", "dataclasses.", "typing.", "typing_extensions.", "enum.", "attr.", "attrs.", "types.",
    "warnings.deprecated", "pytest.", "click.", "typer.", "numba.", "pydantic.", "overload", "app.",
)  # fmt: skip


def _expression(reader: Reader, node: ast.Expr, scope: Scope) -> None:
    if not isinstance(node.value, ast.Constant):
        use(reader, reader.value(node.value, scope))


def _assign(reader: Reader, node: ast.Assign, scope: Scope) -> None:
    value = reader.value(node.value, scope)
    for target in node.targets:
        bind(reader, target, value, scope)


def _ann_assign(reader: Reader, node: ast.AnnAssign, scope: Scope) -> None:
    reader.value(node.annotation, scope)
    if node.value is not None:
        bind(reader, node.target, reader.value(node.value, scope), scope)


def _aug_assign(reader: Reader, node: ast.AugAssign, scope: Scope) -> None:
    load = ast.copy_location(as_load(node.target), node.target)
    left, right = reader.value(load, scope), reader.value(node.value, scope)
    if isinstance(left, Ref) and left.name in ("sys.path", "sys.meta_path", "sys.path_hooks"):
        change_list(reader, left.name, "extend", [right])
        return
    bind(reader, node.target, combine(reader, type(node.op).__name__, left, right), scope)


def _if(reader: Reader, node: ast.If, scope: Scope) -> list[Any]:
    use(reader, reader.value(node.test, scope))
    reader.conditional += 1
    returned = [] if is_main_guard(node.test) and not runs_as_main(scope) else reader.block(node.body, scope)
    returned += reader.block(node.orelse, scope)
    reader.conditional -= 1
    return returned


def _while(reader: Reader, node: ast.While, scope: Scope) -> list[Any]:
    reader.value(node.test, scope)
    returned = reader.block(node.body, scope)
    reader.conditional += 1
    reader.value(node.test, scope)
    returned += reader.block(node.body, scope)
    returned += reader.block(node.orelse, scope)
    reader.conditional -= 1
    return returned


def _for(reader: Reader, node: Any, scope: Scope) -> list[Any]:
    iterable = reader.value(node.iter, scope)
    use(reader, iterable)
    returned: list[Any] = []
    items = iterate(reader, iterable)
    for item in items if items is not None and len(items) <= MAX_LOOP else [Unknown(iterable.tags)] * 2:
        bind(reader, node.target, item, scope)
        returned = reader.block(node.body, scope) or returned
    return returned + reader.block(node.orelse, scope)


def _try(reader: Reader, node: Any, scope: Scope) -> list[Any]:
    returned = reader.block(node.body, scope)
    reader.conditional += 1
    for handler in node.handlers:
        if handler.type is not None:
            reader.value(handler.type, scope)
        if handler.name:
            scope.names[handler.name] = Unknown()
        returned += reader.block(handler.body, scope)
    reader.conditional -= 1
    returned += reader.block(node.orelse, scope)
    return returned + reader.block(node.finalbody, scope)


def _with(reader: Reader, node: Any, scope: Scope) -> list[Any]:
    for item in node.items:
        value = reader.value(item.context_expr, scope)
        use(reader, value)
        if item.optional_vars is not None:
            entered = value if not isinstance(value, Ref) else Ref(value.name, value.tags, value.text)
            bind(reader, item.optional_vars, entered, scope)
    return reader.block(node.body, scope)


def _return(reader: Reader, node: ast.Return, scope: Scope) -> list[Any]:
    return [reader.value(node.value, scope) if node.value is not None else Const(None)]


def _raise(reader: Reader, node: ast.Raise, scope: Scope) -> None:
    for part in (node.exc, node.cause):
        if part is not None:
            value = reader.value(part, scope)
            use(reader, instantiate(reader, value, [], {}) if isinstance(value, Class) else value)


def _delete(reader: Reader, node: ast.Delete, scope: Scope) -> None:
    for target in node.targets:
        if isinstance(target, (ast.Attribute, ast.Subscript)):
            value = reader.value(target.value, scope)
            if isinstance(value, Ref) and value.name in ("sys.modules", "sys.meta_path", "sys.path_hooks"):
                reader.note("import-system", f"del {shown_code(target)}")
            use(reader, value)
            if isinstance(target, ast.Subscript):
                use(reader, reader.value(target.slice, scope))


def _assert(reader: Reader, node: ast.Assert, scope: Scope) -> None:
    use(reader, reader.value(node.test, scope))
    if node.msg is not None:
        reader.value(node.msg, scope)


def _function(reader: Reader, node: Any, scope: Scope) -> None:
    value: Any = make_function(reader, node, scope)
    for decorator in reversed(node.decorator_list):
        value = _decorate(reader, reader.value(decorator, scope), value, decorator)
    scope.names[node.name] = value


def _decorate(reader: Reader, decorator: Any, value: Any, node: Any) -> Any:
    if isinstance(decorator, Ref):
        name = dangers.canonical(decorator.name)
        if name.startswith(_INERT_DECORATORS) or not (name.startswith("builtins.") or dangers.call_kind(name, own=reader.own)):
            return value
        reader.call(decorator, [value], {}, node)
        return value
    if isinstance(decorator, (Function, Class, Partial, Either)):
        result = reader.call(decorator, [value], {}, node)
        return value if isinstance(result, (Unknown, Const)) else Either([value, result])
    return value


def _class(reader: Reader, node: ast.ClassDef, scope: Scope) -> None:
    bases = tuple(reader.value(base, scope) for base in node.bases)
    names: dict[str, Any] = {}
    made = Class(names, bases)
    for keyword in node.keywords:
        value = reader.value(keyword.value, scope)
        if keyword.arg == "metaclass":
            escape(reader, value)
    body = Scope(names, scope, scope.module, scope.package)
    reader.block(node.body, body)
    for base in bases:
        run_special(reader, base, "__init_subclass__", [made])
    for value in list(names.values()):
        if isinstance(value, Instance):
            run_special(reader, value, "__set_name__", [made, Const(node.name)])
    value = made
    for decorator in reversed(node.decorator_list):
        value = _decorate(reader, reader.value(decorator, scope), value, decorator)
    scope.names[node.name] = value


def _import_names(reader: Reader, node: ast.Import, scope: Scope) -> None:
    for alias in node.names:
        module = load_module(reader, alias.name)
        if alias.asname is None and "." in alias.name:
            top = alias.name.partition(".")[0]
            module = top_module(reader, top)
        scope.names[alias.asname or alias.name.partition(".")[0]] = module


def _import_from(reader: Reader, node: ast.ImportFrom, scope: Scope) -> None:
    module = node.module or ""
    if node.level:
        package = scope.package or (scope.module.package if scope.module else "")
        parts = package.split(".")
        parts = parts[: len(parts) - node.level + 1] if node.level > 1 else parts
        module = ".".join([*[part for part in parts if part], *([module] if module else [])])
    if not module:
        return
    value = load_module(reader, module)
    for alias in node.names:
        if alias.name == "*":
            if isinstance(value, Loaded):
                scope.names.update({name: found for name, found in value.scope.names.items() if not name.startswith("_")})
            elif isinstance(value, Ref):
                _star(value.name, scope)
            continue
        if isinstance(value, Loaded) and alias.name not in value.scope.names:
            inner = load_module(reader, f"{module}.{alias.name}", optional=True)
            if isinstance(inner, Ref) and "__getattr__" in value.scope.names:  # PEP 562: asked before the import gives up
                inner = attribute_of(reader, value, alias.name)
            scope.names[alias.asname or alias.name] = inner
            continue
        scope.names[alias.asname or alias.name] = attribute_of(reader, value, alias.name)


def _star(module: str, scope: Scope) -> None:
    for name in STARRED.get(module, ()):
        scope.names[name] = Ref(f"{module}.{name}")


def _global(_: Reader, node: Any, scope: Scope) -> None:
    for name in node.names:
        owner = scope.module if isinstance(node, ast.Global) else owner_of(scope.parent, name)
        if owner is not None and owner is not scope:
            scope.names.setdefault(f"\0global {name}", owner)


def _match(reader: Reader, node: Any, scope: Scope) -> list[Any]:
    subject = reader.value(node.subject, scope)
    use(reader, subject)
    returned: list[Any] = []
    reader.conditional += 1
    for case in node.cases:
        for pattern in ast.walk(case.pattern):
            if isinstance(pattern, (ast.MatchAs, ast.MatchStar)) and pattern.name:
                scope.names[pattern.name] = Unknown()
            elif isinstance(pattern, ast.MatchValue):
                use(reader, reader.value(pattern.value, scope))
            elif isinstance(pattern, ast.MatchClass):
                run_checks(reader, reader.value(pattern.cls, scope))
                for name in pattern.kwd_attrs:
                    attribute_of(reader, subject, name)
        if case.guard is not None:
            use(reader, reader.value(case.guard, scope))
        returned += reader.block(case.body, scope)
    reader.conditional -= 1
    return returned


def _type_alias(reader: Reader, node: Any, scope: Scope) -> None:
    reader.value(node.value, scope)


STATEMENTS: Final[dict[type, Callable[..., Any]]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _ann_assign,
    ast.AugAssign: _aug_assign,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Delete: _delete,
    ast.Assert: _assert,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import_names,
    ast.ImportFrom: _import_from,
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.Match: _match,
}
if hasattr(ast, "TypeAlias"):  # Python 3.12
    STATEMENTS[ast.TypeAlias] = _type_alias
"""What reads each kind of node."""
