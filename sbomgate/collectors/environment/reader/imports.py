"""Import: from a dotted name to the module that the interpreter would load, and what loading it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader.bounds import (
    MAX_MODULES,
)
from sbomgate.collectors.environment.reader.values import Const, Loaded, Ref, Scope, Unknown

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader


@dataclass(slots=True)
class Source:
    """A module that was found: `text` is None for native code or bytecode."""

    path: str
    text: str | None
    package: str
    """Dotted name for relative imports."""
    foreign: bool = False
    """Belongs to another distribution than the hook: it is not followed."""
    trusted: bool = False
    """What its import does is read; what is called in it is known."""
    kind: str = "source"
    """`source` · `native` · `bytecode` · `namespace` · `unreadable`."""


def load_module(reader: Reader, name: str, *, optional: bool = False) -> Any:
    """Import a module by its dotted name: read it if it is found, once."""
    reader.step()
    name = name.strip()
    if not name or len(name) > 300:
        return Unknown()
    top = name.partition(".")[0]
    if name == "__main__":
        return Ref("__main__")
    parts = name.split(".")
    value: Any = None
    for index in range(1, len(parts) + 1):
        value = _import_one(reader, ".".join(parts[:index]), optional=optional)
        if isinstance(value, Ref) and (top in dangers.STANDARD or index == 1):
            break
    if isinstance(value, Ref):
        return Ref(name)
    return value


def _import_one(reader: Reader, name: str, *, optional: bool) -> Any:
    if name in reader.loaded:
        return reader.loaded[name]
    top = name.partition(".")[0]
    source = reader.find(name)
    if source is None:
        if name in dangers.ON_IMPORT:
            reader.note(dangers.ON_IMPORT[name], f"import {name}")
        if top not in dangers.STANDARD and not optional and reader.own and top not in reader.missing and top not in reader.loaded:
            reader.missing.append(top)  # what a followed module misses, it has learned to do without
        return Ref(name)
    if source.foreign:
        if top not in reader.foreign:
            reader.foreign.append(top)
        return Ref(name)
    if source.text is None:
        value: Any = Ref(name)
        if source.kind == "native":
            reader.modules[name] = source.path
            reader.note("native-code", f"import {name}: native code ({source.path.rpartition('/')[2]}), which is not read", source.path)
        elif source.kind == "bytecode":
            reader.modules[name] = source.path
            reader.note("bytecode", f"import {name}: bytecode without source ({source.path.rpartition('/')[2]})", source.path)
        elif source.kind == "unreadable":
            reader.note("unreadable", f"import {name}: {source.path} cannot be read as text", source.path)
        elif source.kind == "namespace":
            value = Loaded(name, Scope({}, package=name))
        reader.loaded[name] = value
        return value
    if len(reader.modules) >= MAX_MODULES:
        reader.unread.append(f"more than {MAX_MODULES} modules")
        return Ref(name)
    reader.modules[name] = source.path
    scope = Scope(
        {
            "__name__": Const(name),
            "__file__": Ref("module.__file__"),
            "__path__": Ref("module.__path__"),
            "__package__": Const(source.package),
        },
        package=source.package,
    )
    scope.module = scope
    loaded = Loaded(name, scope)
    reader.loaded[name] = loaded
    before = (reader.path, reader.line, reader.fixed, reader.own)
    reader.at(source.path, 0, own=False)
    reader.fixed = 0
    try:
        reader.run_text(source.text, scope)
    finally:
        reader.path, reader.line, reader.fixed, reader.own = before
    if source.trusted:
        reader.loaded[name] = trusted = Ref(name)
        return trusted
    parent, _, last = name.rpartition(".")
    if parent and isinstance(reader.loaded.get(parent), Loaded):
        reader.loaded[parent].scope.names.setdefault(last, loaded)
    return loaded


def top_module(reader: Reader, name: str) -> Any:
    found = reader.loaded.get(name)
    return found if found is not None else Ref(name)
