"""What others may do with a value: iterate over it, use it with an operator, keep it, call what it can call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader import folding
from sbomgate.collectors.environment.reader.syntax import is_static
from sbomgate.collectors.environment.reader.values import Class, Const, Either, Function, Instance, Items, Pairs, Partial, Ref, Unknown

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader


def iterate(reader: Reader, value: Any) -> list[Any] | None:
    """The elements of `value` as values; None if they are not known."""
    if isinstance(value, Items):
        return value.values
    if isinstance(value, Pairs):
        return [key for key, _ in value.values]
    if isinstance(value, Const) and isinstance(value.value, (str, bytes, list, tuple, dict)):
        reader.steps_left -= len(value.value) // 8
        return [item if isinstance(item, (Const, Ref)) else Const(item, value.tags) for item in list(value.value)[: folding.MAX_ITEMS]]
    return None


def strings_in(reader: Reader, value: Any) -> list[str]:
    """The first hundred texts in a value."""
    found: list[str] = []
    pending = [value]
    while pending and len(found) < 100:
        reader.step()
        item = pending.pop(0)
        if isinstance(item, Const):
            parts = item.value if isinstance(item.value, (list, tuple)) else (item.value,)
            found.extend(part for part in parts[:100] if isinstance(part, str))
        elif isinstance(item, (Items, Either)):
            pending.extend(item.values[:100])
        elif isinstance(item, Ref) and item.text:
            found.append(item.text)
    return found[:100]


def use(reader: Reader, value: Any) -> None:
    """`value` meets an operator, a condition or a protocol: its special methods may run."""
    if isinstance(value, Instance):
        escape(reader, value, special=True)
    elif isinstance(value, Either):
        for option in value.values:
            if isinstance(option, Instance):
                escape(reader, option, special=True)


def escape(reader: Reader, value: Any, *, special: bool = False, depth: int = 0) -> None:
    """`value` is handed to code that is not read: what it can call, it may call."""
    if depth > 8:
        return
    reader.step()
    if isinstance(value, Function):
        reader.conditional += 1
        reader.call(value, [Unknown() for _ in value.node.args.args], {}, None)
        reader.conditional -= 1
    elif isinstance(value, (Instance, Class)):
        made = value.of if isinstance(value, Instance) else value
        if made.escaped:
            return
        if not special:
            made.escaped = True
        for name, member in list(made.names.items()):
            if isinstance(member, Function) and (not special or (name.startswith("__") and name.endswith("__"))):
                reader.conditional += 1
                reader.call(
                    member.bind(value if not is_static(member.node) else None),
                    [Unknown() for _ in member.node.args.args[1:]],
                    {},
                    None,
                )
                reader.conditional -= 1
            elif isinstance(member, (Instance, Partial, Either)):
                escape(reader, member, special=special, depth=depth + 1)
            elif isinstance(member, Ref):
                handed(reader, member)
        for base in made.bases:
            if isinstance(base, Class):
                escape(reader, base, special=special, depth=depth + 1)
    elif isinstance(value, (Items, Either, Pairs)):
        handed(reader, value, heeded=True, depth=depth + 1)
    elif isinstance(value, Partial) and value.kind in ("partial", "methodcaller", "attrgetter"):
        handed(reader, value.inner, heeded=True, depth=depth + 1)
        if value.kind == "partial":
            reader.call(value, [], {}, None)


def handed(reader: Reader, value: Any, *, quiet: bool = False, heeded: bool = False, depth: int = 0) -> None:
    """`value` is an argument of a call that is not read.

    In the hook itself whatever gets a function may call it. In modules that it imports only the standard library
    does (`heeded`): libraries register so many functions that are called much later, or never.
    """
    if isinstance(value, Ref):
        name = dangers.canonical(value.name)
        if name in ("builtins.exec", "builtins.eval", "builtins.compile", "builtins.__import__"):
            reader.note("dynamic-code", f"{name} is handed on as a value")
        elif name in ("os.environ", "os.environb"):
            reader.note("environment-read", "the whole environment is handed on")
        elif not quiet and (reader.own or heeded) and "()" not in name:
            kind = dangers.call_kind(name, own=False)
            if kind in dangers.PASSED_AS_VALUE and name.rpartition(".")[2][:1].islower():
                reader.note(kind, f"{name} is handed on as a value")
    elif isinstance(value, (Items, Pairs, Either)):
        parts = [inner for _, inner in value.values[:50]] if isinstance(value, Pairs) else value.values[:50]
        if depth <= 8:
            for part in parts:
                reader.step()
                handed(reader, part, quiet=quiet, heeded=heeded, depth=depth + 1)
    elif (
        (reader.own or heeded)
        and isinstance(value, (Function, Instance, Class, Partial))
        and not (quiet and isinstance(value, (Instance, Class)))
    ):
        escape(reader, value, depth=depth)
