"""What a value gives for a name (`value.name`) or a key (`value[key]`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader import folding
from sbomgate.collectors.environment.reader.folding import NotFoldable
from sbomgate.collectors.environment.reader.imports import load_module
from sbomgate.collectors.environment.reader.syntax import is_classmethod, is_property, is_static
from sbomgate.collectors.environment.reader.tables import BUILTINS
from sbomgate.collectors.environment.reader.values import (
    Class,
    Const,
    Either,
    Function,
    Instance,
    Items,
    Loaded,
    Pairs,
    Partial,
    Ref,
    Unknown,
    either,
)

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader

_REAL_SUBMODULES: Final = frozenset(
    {
        "asyncio.subprocess",
        "copyreg.pickle",
        "concurrent.futures",
        "importlib.util",
        "multiprocessing.shared_memory",
        "distutils.cmd",
        "ctypes.wintypes",
        "email.base64mime",
        "encodings.base64_codec",
    }
)


def attribute_of(reader: Reader, value: Any, name: str) -> Any:
    if isinstance(value, Ref):
        base = dangers.canonical(value.name)
        if (
            name in dangers.REACHABLE_MODULES
            and "()" not in base
            and base.rpartition(".")[2].lstrip("_") != name
            and base.partition(".")[0] in dangers.STANDARD
            and f"{base}.{name}" not in _REAL_SUBMODULES
            and base not in ("os", "sys.modules", "builtins")
        ):
            return Ref(name)
        if name in ("__call__", "__func__", "__wrapped__") and "()" not in base:
            return value
        if base == "os" and name in ("sys", "builtins", "abc"):
            return Ref(name)
        if base == "os.path" and name in ("os", "sys", "genericpath"):
            return Ref(name)
        if name == "__dict__":
            return Ref(f"{base}.__dict__", value.tags)
        if base.endswith(".__dict__") and name in ("get", "__getitem__", "pop", "setdefault"):
            return Partial("item", Ref(base), [], {})
        if base.endswith(".__dict__") and name in ("items", "values") and reader.own:
            reader.note("hiding", f"the names of {base.removesuffix('.__dict__')} are searched")
        loaded = reader.loaded.get(f"{base}.{name}")
        return loaded if loaded is not None else Ref(f"{base}.{name}", value.tags, value.text)
    if isinstance(value, Loaded):
        if name in value.scope.names:
            return value.scope.names[name]
        if (found := reader.loaded.get(f"{value.name}.{name}")) is not None:
            return found
        if name == "__dict__":
            return Pairs([(Const(key), inner) for key, inner in list(value.scope.names.items())[:200]])
        if "__getattr__" in value.scope.names:
            return reader.call(value.scope.names["__getattr__"], [Const(name)], {}, None)
        return Unknown()
    if isinstance(value, Instance):
        return member_of(reader, value, name)
    if isinstance(value, Class):
        found = _class_member(reader, value, name)
        if isinstance(found, Function) and found.bound is None and is_classmethod(found.node):
            return found.bind(value)
        return found
    if isinstance(value, Either):
        return either([attribute_of(reader, option, name) for option in value.values[:6]])
    if isinstance(value, (Const, Items, Pairs)):
        return Partial("method", value, [Const(name)], {}, value.tags)
    if isinstance(value, Function):
        return Unknown()
    if isinstance(value, Partial) and value.kind == "super":
        return inherited(value.inner, name)
    if isinstance(value, Partial):
        return Partial("method", value, [Const(name)], {}, value.tags)
    return Partial("method", value, [Const(name)], {}, value.tags)


def member_of(reader: Reader, value: Instance, name: str) -> Any:
    if name in value.names:
        return value.names[name]
    found = _class_member(reader, value.of, name)
    if isinstance(found, Function):
        if found.bound is None and not is_static(found.node):
            found = found.bind(value)
        if is_property(found.node):
            return reader.call(found, [], {}, None)
    if isinstance(found, Partial) and found.kind == "property":
        return reader.call(found.inner, [value], {}, None)
    if isinstance(found, Unknown) and "__getattr__" in value.of.names:
        return reader.call(member_of(reader, value, "__getattr__"), [Const(name)], {}, None)
    return found


def inherited(value: Any, name: str) -> Any:
    """What `super().name` may be for the instance `value`: whatever its ancestors call so, since the class that asks is not known."""
    owner = value.of if isinstance(value, Instance) else value
    found: list[Any] = []
    pending = list(owner.bases) if isinstance(owner, Class) else []
    while pending and len(found) < 8:
        base = pending.pop(0)
        if isinstance(base, Class):
            member = base.names.get(name)
            if isinstance(member, Function):
                found.append(member if is_static(member.node) else member.bind(value))
            pending.extend(base.bases[:8])
        elif isinstance(base, Ref):
            found.append(Ref(f"{base.name}().{name}", base.tags))
    return either(found) if found else Unknown()


def _class_member(reader: Reader, value: Class, name: str, depth: int = 0) -> Any:
    if name in value.names:
        return value.names[name]
    if depth < 16:
        for base in value.bases:
            if isinstance(base, Class):
                found = _class_member(reader, base, name, depth + 1)
                if not isinstance(found, Unknown):
                    return found
            elif isinstance(base, Ref):
                return Ref(f"{base.name}().{name}", base.tags)
    return Unknown()


def run_checks(reader: Reader, value: Any) -> None:
    """`value` stands in `isinstance`, `issubclass` or a pattern: a class may have a say in it."""
    for option in value.values if isinstance(value, (Either, Items)) else (value,):
        for name in ("__instancecheck__", "__subclasscheck__", "__subclasshook__"):
            run_special(reader, option, name, [Unknown()])


def run_special(reader: Reader, value: Any, name: str, arguments: list[Any]) -> Any:
    owner = value.of if isinstance(value, Instance) else value
    if isinstance(owner, Class):
        member = _class_member(reader, owner, name)
        if isinstance(member, (Ref, Partial)) and name in owner.names:
            return reader.call(member, arguments, {}, None)
        if isinstance(member, Function):
            return reader.call(member.bind(value), arguments, {}, None)
    return None


def item_of(reader: Reader, owner: Any, key: Any) -> Any:
    if isinstance(owner, Either):
        return either([item_of(reader, option, key) for option in owner.values[:6]])
    if isinstance(owner, Ref):
        return named_item(reader, owner, key)
    if isinstance(owner, Loaded):
        return Unknown()
    if isinstance(owner, Instance):
        found = run_special(reader, owner, "__getitem__", [key])
        return found or run_special(reader, owner, "__missing__", [key]) or Unknown()
    if isinstance(owner, Class):
        run_special(reader, owner, "__class_getitem__", [key])
        return owner
    if isinstance(owner, Items) and isinstance(key, Const) and isinstance(key.value, int):
        try:
            return owner.values[key.value]
        except IndexError:
            return Unknown(owner.tags)
    if isinstance(owner, Items):
        return Either(owner.values[:8], owner.tags) if owner.values else Unknown()
    if isinstance(owner, Pairs):
        for known, value in reversed(owner.values):
            if isinstance(known, Const) and isinstance(key, Const) and known.value == key.value and type(known.value) is type(key.value):
                return value
        return Either([value for _, value in owner.values[:8]], owner.tags) if owner.values else Unknown()
    try:
        return reader.folded(folding.bounded(reader.known(owner)[reader.known(key)]), owner.tags | key.tags | {"computed"})
    except (NotFoldable, TypeError, KeyError, IndexError, ValueError):
        return Unknown(owner.tags | key.tags)


def named_item(reader: Reader, owner: Ref, key: Any) -> Any:
    name = dangers.canonical(owner.name)
    text = key.value if isinstance(key, Const) and isinstance(key.value, str) else None
    if name in ("os.environ", "os.environb"):
        if text is not None:
            read_variable(reader, text)
        return Unknown(frozenset({"env"}))
    if name == "sys.modules" and text is not None:
        return load_module(reader, text, optional=True)
    if name in ("builtins", "builtins.__dict__") or name.endswith(".__dict__"):
        if text is not None:
            if reader.own:
                note_reached(reader, f"{name.removesuffix('.__dict__')}.{text}", "through a dictionary of names")
            return attribute_of(reader, Ref(name.removesuffix(".__dict__")), text)
        if reader.own:
            reader.note("hiding", f"a name of {name.removesuffix('.__dict__')} is looked up by something computed")
        return Unknown(frozenset({"reached"}))
    if name in ("builtins.globals()", "builtins.locals()", "builtins.vars()") and text is not None:
        return (
            Ref("builtins")
            if text == "__builtins__"
            else Ref(f"builtins.{text}")
            if text in BUILTINS
            else Ref(text)
            if text in dangers.STANDARD
            else Unknown()
        )
    return Ref(f"{owner.name}[]", owner.tags)


def note_reached(reader: Reader, name: str, how: str) -> None:
    if dangers.call_kind(name) or name in ("builtins.exec", "builtins.eval", "builtins.compile", "builtins.__import__"):
        reader.note("hiding", f"{name} is reached {how}")


def read_variable(reader: Reader, name: str) -> None:
    if dangers.SECRET_NAMES.match(name):
        reader.note("credentials", f"environment variable {name}")
