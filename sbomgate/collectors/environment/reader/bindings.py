"""Assignment: to names, attributes and items, and what changes with it outside of the code itself."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any, Final

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader.folding import NotFoldable
from sbomgate.collectors.environment.reader.members import run_special
from sbomgate.collectors.environment.reader.protocols import escape, iterate, strings_in
from sbomgate.collectors.environment.reader.syntax import shown_code
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
    Scope,
    Unknown,
    either,
)

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader

_PLAIN_SYS: Final = frozenset(
    [
        "dont_write_bytecode",
        "tracebacklimit",
        "ps1",
        "ps2",
        "stdout",
        "stderr",
        "stdin",
        "argv",
        "__interactivehook__",
        "last_traceback",
        "pycache_prefix",
    ]
)


_HOOK_NAMES: Final = frozenset(
    [
        "excepthook",
        "unraisablehook",
        "displayhook",
        "breakpointhook",
        "settrace",
        "setprofile",
        "meta_path",
        "path_hooks",
        "path_importer_cache",
        "modules",
        "__excepthook__",
        "__import__",
        "gettrace",
        "monitoring",
        "audit",
        "addaudithook",
        "executable",
        "_base_executable",
        "prefix",
        "base_prefix",
        "exec_prefix",
    ]
)


def bind(reader: Reader, target: Any, value: Any, scope: Scope) -> None:
    reader.step()
    if isinstance(target, ast.Name):
        _bind_name(reader, target.id, value, scope)
    elif isinstance(target, (ast.Tuple, ast.List)):
        items = iterate(reader, value)
        starred = any(isinstance(element, ast.Starred) for element in target.elts)
        for index, element in enumerate(target.elts):
            part: Any = Unknown(value.tags)
            if items is not None and not starred and index < len(items):
                part = items[index]
            elif items is not None and starred:
                part = Either(items[:6]) if items and len(items) <= 6 else part
            bind(reader, element.value if isinstance(element, ast.Starred) else element, part, scope)
    elif isinstance(target, ast.Attribute):
        set_attribute(reader, reader.value(target.value, scope), target.attr, value, shown_code(target))
    elif isinstance(target, ast.Subscript):
        _set_item(reader, reader.value(target.value, scope), reader.value(target.slice, scope), value, target)


def _bind_name(reader: Reader, name: str, value: Any, scope: Scope) -> None:
    owner = scope.names.get(f"\0global {name}")
    names = owner.names if isinstance(owner, Scope) else scope.names
    before = names.get(name)
    if (
        reader.conditional
        and before is not None
        and before is not value
        and isinstance(before, (Ref, Function, Class, Partial, Either, Const))
        and not (isinstance(before, Const) and isinstance(value, Const))
    ):
        known = before.values if isinstance(before, Either) else [before]
        value = either([*known[-5:], value])
    names[name] = value


def set_attribute(reader: Reader, owner: Any, name: str, value: Any, shown: str) -> None:
    if name == "__class__":
        escape(reader, value)
    if isinstance(owner, Either):
        for option in owner.values:
            set_attribute(reader, option, name, value, shown)
    elif isinstance(owner, Instance):
        owner.names[name] = value
        run_special(reader, owner, "__setattr__", [Const(name), value])
    elif isinstance(owner, Class):
        owner.names[name] = value
    elif isinstance(owner, Loaded):
        owner.scope.names[name] = value
    elif isinstance(owner, Function):
        if name in ("__code__", "__globals__", "__closure__", "__builtins__"):
            reader.note("hiding", f"{shown} is replaced")
    elif isinstance(owner, Ref):
        escape(reader, value)
        patched(reader, dangers.canonical(owner.name), name, value, shown)


def patched(reader: Reader, owner: str, name: str, value: Any, shown: str) -> None:
    top = owner.partition(".")[0]
    if (
        name.startswith("__")
        and name.endswith("__")
        and name
        not in (
            "__init__",
            "__new__",
            "__call__",
            "__import__",
            "__code__",
            "__globals__",
            "__getattribute__",
            "__getattr__",
            "__class__",
            "__enter__",
            "__dict__",
            "__excepthook__",
            "__builtins__",
            "__build_class__",
        )
    ):
        return  # names and documentation
    if owner == "sys":
        if name == "path":
            change_list(reader, "sys.path", "=", [value])
        elif name in _HOOK_NAMES:
            reader.note(
                "import-system" if name in ("meta_path", "path_hooks", "modules", "path_importer_cache", "__import__") else "program-hook",
                f"{shown} is replaced",
            )
        elif hasattr(sys, name) and name not in _PLAIN_SYS:
            reader.note("patch", f"{shown} is replaced")
        return
    if (owner == "ssl" and name in ("_create_default_https_context", "create_default_context", "CERT_REQUIRED", "match_hostname")) or (
        name in ("verify_mode", "check_hostname") and top == "ssl"
    ):
        reader.note("tls-off", f"{shown} is replaced")
    elif owner == "os.environ" or owner.startswith(("sys.stdout", "sys.stderr", "sys.stdin")):
        return
    elif owner in ("builtins", "__main__"):
        if name in BUILTINS:
            reader.note("import-system" if name == "__import__" else "patch", f"{shown} is replaced")
    elif "()" not in owner and (top in dangers.STANDARD or top in reader.missing or top in reader.foreign or top.islower()):
        reader.note("patch", f"{shown} is set: code of another module is changed")


def _set_item(reader: Reader, owner: Any, key: Any, value: Any, target: Any) -> None:
    shown = shown_code(target)
    if isinstance(owner, Ref):
        name = dangers.canonical(owner.name)
        escape(reader, value)
        if name in ("os.environ", "os.environb", "os.environ._data"):
            set_variable(reader, key, value, shown)
        elif name in ("sys.modules", "sys.path_importer_cache", "sys.meta_path", "sys.path_hooks"):
            reader.note("import-system", f"{shown} is set")
        elif name == "sys.path":
            change_list(reader, "sys.path", "insert" if "Slice" in type(target.slice).__name__ else "=", [Const(0), value])
        elif (
            name in ("builtins.globals()", "builtins.vars()", "builtins.locals()") and isinstance(key, Const) and isinstance(key.value, str)
        ):
            return
        elif name.endswith(".__dict__") and isinstance(key, Const) and isinstance(key.value, str):
            patched(reader, name.removesuffix(".__dict__"), key.value, value, shown)
        elif (
            name.startswith(("encodings.", "codecs.", "linecache.", "importlib.", "zipimport.", "pkgutil.", "copyreg."))
            and "()" not in name
        ):
            reader.note("import-system", f"{shown} is set")
        elif name.endswith(".__dict__") or name == "builtins":
            reader.note("patch", f"{shown} is set")
    elif isinstance(owner, Pairs):
        owner.values.append((key, value))
    elif (
        isinstance(owner, Items)
        and isinstance(key, Const)
        and isinstance(key.value, int)
        and -len(owner.values) <= key.value < len(owner.values)
    ):
        owner.values[key.value] = value
    elif isinstance(owner, Const) and isinstance(owner.value, dict):
        try:
            owner.value[reader.known(key)] = reader.known(value)
        except (NotFoldable, TypeError):
            owner.tags |= {"computed"} | value.tags
    elif isinstance(owner, Instance):
        run_special(reader, owner, "__setitem__", [key, value])


def set_variable(reader: Reader, key: Any, value: Any, shown: str) -> None:
    name = key.value if isinstance(key, Const) and isinstance(key.value, (str, bytes)) else None
    if isinstance(name, bytes):
        name = name.decode("latin-1")
    if not isinstance(name, str):
        return
    text = value.value if isinstance(value, Const) and isinstance(value.value, str) else None
    if dangers.SWITCHED_OFF.match(name):
        reader.note("tls-off", f"{shown} = {text!r}" if text is not None else f"{shown} is set")
    elif dangers.CERTIFICATES.match(name):
        trusted = text is not None and text.startswith(("/etc/", "/usr/", "/opt/", "/System/", "/Library/", "C:\\", "/var/lib/", "/nix/"))
        if not trusted and not (isinstance(value, Ref) and value.name.startswith("certifi.")):
            reader.note("tls-off", f"{shown} = {text!r}" if text is not None else f"{shown} is set to something computed")
    elif name.upper() == "NO_PROXY":
        return
    elif dangers.PROXIES.match(name) or dangers.PRELOADING.match(name):
        reader.note("environment", f"{shown} = {text!r}" if text is not None else f"{shown} is set")


def change_list(reader: Reader, name: str, method: str, arguments: list[Any]) -> None:
    """A list of the import system is changed."""
    if name != "sys.path":
        reader.note("import-system", f"{name}.{method}(…)")
        return
    front = method in ("=", "__setitem__") or (
        method == "insert" and bool(arguments) and isinstance(arguments[0], Const) and arguments[0].value == 0
    )
    if (
        method == "insert"
        and len(arguments) > 1
        and isinstance(arguments[0], Const)
        and isinstance(arguments[0].value, int)
        and arguments[0].value <= 0
    ):
        front = True
    for argument in arguments[1:] if method == "insert" else arguments:
        for text in strings_in(reader, argument):
            reader.added_paths.append((text, 0 if front else 1))
        if isinstance(argument, Ref) and "sys.path.pop" in argument.name:
            reader.added_paths.append(("\0last", 0 if front else 1))
        escape(reader, argument)
