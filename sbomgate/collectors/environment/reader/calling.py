"""Calls of what the code itself defines: functions, classes, partial functions, methods of constants."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader import folding
from sbomgate.collectors.environment.reader.bounds import (
    MAX_CALLS,
)
from sbomgate.collectors.environment.reader.folding import NotFoldable
from sbomgate.collectors.environment.reader.members import attribute_of, item_of, member_of, note_reached
from sbomgate.collectors.environment.reader.protocols import handed, iterate
from sbomgate.collectors.environment.reader.syntax import is_static, shown_code
from sbomgate.collectors.environment.reader.tables import TEXT_CODECS
from sbomgate.collectors.environment.reader.values import (
    NO_TAGS,
    Class,
    Const,
    Function,
    Instance,
    Items,
    Pairs,
    Partial,
    Ref,
    Scope,
    Unknown,
    either,
)

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader

_WRITING: Final = frozenset(["write_text", "write_bytes", "symlink_to", "hardlink_to", "extractall", "unlink", "touch", "rmtree"])


_MODE: Final = re.compile(r"[rwxabt+U]{1,4}\Z")


def names_a_writing_mode(arguments: list[Any], node: Any) -> bool:
    """Whether an `open` method, such as that of a path object, is told to write: its mode comes first, or by name."""
    named = [keyword.value for keyword in getattr(node, "keywords", ()) if keyword.arg == "mode"]
    values = [argument.value for argument in arguments[:1] if isinstance(argument, Const)] + [
        getattr(value, "value", "w") for value in named
    ]
    return any(isinstance(value, str) and _MODE.match(value) and not {"w", "x", "a", "+"}.isdisjoint(value) for value in values)


def call_function(reader: Reader, function: Function, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    key = id(function.node)
    if key in reader.stack or reader.calls.get(key, 0) >= MAX_CALLS:
        return Unknown(frozenset().union(*(value.tags for value in arguments)) if arguments else NO_TAGS)
    reader.calls[key] = reader.calls.get(key, 0) + 1
    node = function.node
    scope = Scope({}, function.scope, function.scope.module, function.scope.package)
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    values = [function.bound, *arguments] if function.bound is not None and not is_static(node) else arguments
    scope.names.update({argument.arg: Unknown() for argument in node.args.kwonlyargs})
    scope.names.update(function.defaults)
    for name in names:
        scope.names.setdefault(name, Unknown())
    scope.names.update(zip(names, values, strict=False))
    if node.args.vararg is not None:
        scope.names[node.args.vararg.arg] = Items(list(values[len(names) :]))
    if node.args.kwarg is not None:
        scope.names[node.args.kwarg.arg] = Pairs([(Const(name), value) for name, value in keywords.items()])
    scope.names.update(
        {name: value for name, value in keywords.items() if name in names or any(a.arg == name for a in node.args.kwonlyargs)}
    )
    reader.stack.append(key)
    before = (reader.path, reader.line, reader.own)
    if not reader.fixed:
        reader.path, reader.own = function.path, function.own
    elif function.path != reader.path:
        fixed, reader.fixed = reader.fixed, 0
        reader.path, reader.own = function.path, function.own
        try:
            return _body(reader, node, scope)
        finally:
            reader.fixed = fixed
            reader.stack.pop()
            reader.path, reader.line, reader.own = before
    try:
        return _body(reader, node, scope)
    finally:
        reader.stack.pop()
        reader.path, reader.line, reader.own = before


def _body(reader: Reader, node: Any, scope: Scope) -> Any:
    if isinstance(node, ast.Lambda):
        return reader.value(node.body, scope)
    return either(reader.block(node.body, scope) or [Const(None)])


def instantiate(reader: Reader, made: Class, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    instance = Instance(made)
    for base in made.bases:
        if isinstance(base, Ref) and (kind := dangers.call_kind(dangers.canonical(base.name), own=reader.own)):
            reader.note(kind, f"a class made from {base.name} is used")
    for name in ("__new__", "__init__", "__post_init__", "_missing_"):
        member = member_of(reader, instance, name)
        if isinstance(member, Function):
            reader.call(member, arguments, keywords, None)
    for value in (*arguments, *keywords.values()):
        handed(reader, value, quiet=True)
    return instance


def call_unknown(reader: Reader, function: Any, arguments: list[Any], keywords: dict[str, Any], node: Any) -> Any:
    if "reached" in function.tags and reader.own:
        reader.note("hiding", f"something that is not named is called: {shown_code(node)}")
    for value in (*arguments, *keywords.values()):
        handed(reader, value)
    return Unknown(frozenset().union(function.tags - {"reached"}, *(value.tags for value in arguments)))


def call_partial(reader: Reader, function: Partial, arguments: list[Any], keywords: dict[str, Any], node: Any, scope: Scope | None) -> Any:
    if function.kind == "partial":
        return reader.call(function.inner, [*function.arguments, *arguments], {**function.keywords, **keywords}, node, scope)
    if function.kind == "methodcaller" and arguments and isinstance(function.inner, Const):
        target = attribute_of(reader, arguments[0], str(function.inner.value))
        if reader.own and isinstance(target, Ref):
            note_reached(reader, target.name, "through operator.methodcaller")
        return reader.call(target, function.arguments, function.keywords, node, scope)
    if function.kind == "attrgetter" and arguments and isinstance(function.inner, Const):
        value = arguments[0]
        for part in str(function.inner.value).split(".")[:16]:
            value = attribute_of(reader, value, part)
        if reader.own and isinstance(value, Ref):
            note_reached(reader, value.name, "through operator.attrgetter")
        return value
    if function.kind == "itemgetter" and arguments:
        return item_of(reader, arguments[0], function.inner)
    if function.kind == "item" and arguments:
        return item_of(reader, function.inner, arguments[0])
    if function.kind == "method":
        return _call_method(reader, function, arguments, keywords, node)
    return Unknown(function.tags)


def _call_method(reader: Reader, function: Partial, arguments: list[Any], keywords: dict[str, Any], node: Any) -> Any:
    value, name = function.inner, str(function.arguments[0].value)
    tags = frozenset().union(value.tags, *(argument.tags for argument in arguments))
    if isinstance(value, (Items, Pairs)):
        if name in ("append", "extend", "insert", "add") and isinstance(value, Items) and arguments:
            new = arguments[-1]
            value.values.extend((iterate(reader, new) or [new]) if name == "extend" else [new])
            return Const(None)
        if name in ("get", "pop", "__getitem__", "setdefault") and arguments:
            return either([item_of(reader, value, arguments[0]), *arguments[1:2]])
        if name == "items" and isinstance(value, Pairs):
            return Items([Items([key, inner]) for key, inner in value.values], tags)
        if name == "values" and isinstance(value, Pairs):
            return Items([inner for _, inner in value.values], tags)
    try:
        result = folding.method(
            reader.known(value),
            name,
            [reader.known(argument) for argument in arguments],
            {key: reader.known(inner) for key, inner in keywords.items()},
        )
    except NotFoldable:
        for argument in (*arguments, *keywords.values()):
            handed(reader, argument)
        if isinstance(value, Unknown) or name in ("join", "format", "decode", "replace", "translate"):
            _method_of_unknown(reader, name, arguments, node)
        if name in ("format_map", "format"):
            return Unknown(tags | {"joined"})
        return Unknown(tags | ({"computed"} if name in ("join", "decode", "translate", "replace") else set()))
    if name == "decode" and arguments and str(reader.known(arguments[0])).replace("-", "_").lower() in TEXT_CODECS:
        return reader.folded(result, tags)
    if name in ("decode", "encode"):
        coded = bool(arguments) and str(reader.known(arguments[0])).replace("-", "_").lower() not in TEXT_CODECS
        return reader.folded(result, tags | ({"decoded"} if coded else set()))
    if isinstance(result, (str, bytes)) and name in (
        "join",
        "replace",
        "translate",
        "format",
        "swapcase",
        "removeprefix",
        "strip",
        "lstrip",
        "rstrip",
    ):
        return reader.folded(result, tags | {"computed" if name != "strip" else "stripped"})
    return reader.folded(result, tags)


def _method_of_unknown(reader: Reader, name: str, arguments: list[Any], node: Any) -> None:
    if name in (
        "Popen",
        "check_output",
        "popen",
        "create_subprocess_shell",
        "create_subprocess_exec",
        "subprocess_shell",
        "subprocess_exec",
        "posix_spawn",
    ) or (name == "system" and arguments):
        reader.note("process", shown_code(node))
    elif name in ("urlopen", "urlretrieve", "create_connection", "getaddrinfo"):
        reader.note("network", shown_code(node))
    elif name in _WRITING or (name == "open" and names_a_writing_mode(arguments, node)):
        reader.note("file-write", shown_code(node))
    elif name in ("exec", "eval", "exec_module", "runsource", "runcode", "runctx", "run_path", "run_module") and (
        reader.own or name in ("runsource", "runcode", "runctx", "run_path")
    ):
        reader.note("dynamic-code", shown_code(node))
    elif name == "__subclasses__":
        reader.note("hiding", shown_code(node))
