"""Calls of functions that are known by their dotted name: `subprocess.run`, `os.environ.get`, `base64.b64decode`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader import folding
from sbomgate.collectors.environment.reader.bindings import change_list, set_variable
from sbomgate.collectors.environment.reader.bounds import MAX_CALLS
from sbomgate.collectors.environment.reader.calling import names_a_writing_mode
from sbomgate.collectors.environment.reader.calls import SPECIAL, Call, call_method_of
from sbomgate.collectors.environment.reader.folding import NotFoldable
from sbomgate.collectors.environment.reader.imports import load_module
from sbomgate.collectors.environment.reader.members import named_item, read_variable, run_special
from sbomgate.collectors.environment.reader.protocols import handed, iterate, strings_in, use
from sbomgate.collectors.environment.reader.syntax import shown_call, shown_code
from sbomgate.collectors.environment.reader.tables import DECODERS, HOLDING, LETTERS, OUTSIDE, PURE, TEXT_CODECS
from sbomgate.collectors.environment.reader.texts import run_nested
from sbomgate.collectors.environment.reader.values import (
    NO_TAGS,
    Const,
    Either,
    Function,
    Items,
    Loaded,
    Pairs,
    Ref,
    Scope,
    Unknown,
    text_of,
)

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader

_LOOKS_ONLY: Final = frozenset(
    f"builtins.{name}"
    for name in [
        "isinstance",
        "issubclass",
        "hasattr",
        "callable",
        "id",
        "hash",
        "bool",
        "len",
        "str",
        "repr",
        "print",
        "type",
        "getattr",
        "super",
        "dir",
        "all",
        "any",
        "property",
        "staticmethod",
        "classmethod",
        "tuple",
        "list",
        "set",
    ]
)


_TYPES: Final = frozenset(f"builtins.{name}" for name in ("list", "dict", "set", "object", "type"))
_COMPARING: Final = frozenset(f"builtins.{name}" for name in ("sorted", "min", "max", "sum", "any", "all", "set", "frozenset"))
"""What puts the elements of its argument together, or side by side: their special methods run."""
_MUTATORS: Final = frozenset(
    [
        "insert",
        "append",
        "extend",
        "__setitem__",
        "__iadd__",
        "setdefault",
        "update",
        "pop",
        "remove",
        "clear",
        "reverse",
        "sort",
        "appendleft",
        "__delitem__",
        "popitem",
        "__ior__",
    ]
)


def call_named(reader: Reader, function: Ref, arguments: list[Any], keywords: dict[str, Any], node: Any, scope: Scope | None) -> Any:
    name = dangers.canonical(function.name)
    special = SPECIAL.get(name)
    if special is not None:
        result = special(Call(reader, name, arguments, keywords, node, scope))
        if result is not None:
            return result
    tags = frozenset().union(function.tags, *(value.tags for value in arguments), *(value.tags for value in keywords.values()))
    if name.startswith("builtins.object.__subclasses__") or name.endswith(".__subclasses__"):
        reader.note("hiding", shown_code(node))
    owner, _, method = name.rpartition(".")
    if method in ("__setattr__", "__delattr__") or owner in _TYPES:
        unbound = owner in _TYPES or owner.endswith(".__class__")
        if not unbound and len(arguments) < 3:
            return call_method_of(Call(reader, name, arguments, keywords, node, scope), Ref(owner), method, arguments)
        if (
            unbound
            and arguments
            and isinstance(arguments[0], (Ref, Loaded, Items, Pairs))
            and (method in _MUTATORS or method.endswith("attr__"))
        ):
            return call_method_of(Call(reader, name, arguments, keywords, node, scope), arguments[0], method, arguments[1:])
    if owner in ("sys.path", "sys.meta_path", "sys.path_hooks", "sys.path_importer_cache", "sys.modules") and method in _MUTATORS:
        if owner == "sys.path" or owner in ("sys.meta_path", "sys.path_hooks", "sys.path_importer_cache"):
            if method not in ("pop", "remove", "clear", "reverse", "sort") or owner != "sys.path":
                change_list(reader, owner, method, arguments)
            for value in arguments:
                handed(reader, value)
            return Ref(f"{name}()")
        for value in arguments:
            handed(reader, value)
        reader.note("import-system", shown_code(node))
        return Ref(f"{name}()")
    if owner in ("os.environ", "os.environb"):
        return _environment_call(reader, method, arguments, keywords, node)
    if owner == "sys.modules" and method in ("get", "__getitem__") and arguments:
        return named_item(reader, Ref("sys.modules"), arguments[0])
    if owner.endswith("__dict__") and method in ("update", "setdefault", "__setitem__"):
        reader.note("patch", shown_code(node))
    kind = dangers.call_kind(name, own=reader.own)
    if not kind and method == "open" and "()" in owner and names_a_writing_mode(arguments, node):
        kind = "file-write"
    if (
        kind == "program-hook"
        and name == "signal.signal"
        and len(arguments) > 1
        and isinstance(arguments[1], Ref)
        and arguments[1].name in ("signal.SIG_DFL", "signal.SIG_IGN", "signal.default_int_handler")
    ):
        kind = ""
    if kind:
        reader.note(kind, shown_call(name, node))
        if kind == "process":
            _command(reader, arguments, keywords, scope)
        elif kind == "dynamic-code":
            _code_argument(reader, name, arguments, keywords, scope)
    if isinstance(keywords.get("verify"), Const) and keywords["verify"].value is False:
        reader.note("tls-off", shown_code(node))
    if (
        name.startswith(("sys.stdout", "sys.__stdout__", "builtins.print"))
        and method in ("write", "print", "writelines")
        and not reader.conditional
        and "file" not in keywords
    ):
        reader.note("output", shown_code(node))
    if name in _COMPARING:
        for value in arguments:
            for item in (iterate(reader, value) or [])[:MAX_CALLS]:
                use(reader, item)
    if name.startswith(("copy.", "copyreg.pickle")):
        _copied(reader, arguments)
    if name in DECODERS or name in PURE:
        folded = _fold_call(reader, name, arguments, keywords, tags)
        if folded is not None:
            return folded
    if name not in _LOOKS_ONLY:
        heeded = name.partition(".")[0] in dangers.STANDARD and not name.startswith(HOLDING)
        for value in (*arguments, *keywords.values()):
            handed(reader, value, heeded=heeded)
    elif name in (
        "builtins.str",
        "builtins.repr",
        "builtins.len",
        "builtins.bool",
        "builtins.hash",
        "builtins.print",
        "builtins.list",
        "builtins.tuple",
        "builtins.set",
        "builtins.dir",
    ):
        for value in arguments:
            use(reader, value)
    top = name.partition(".")[0]
    if top in reader.missing or top in reader.foreign:
        reader.foreign.append(name)
    made = dangers.result_tags(name)
    text = (
        next((value.value for value in arguments if isinstance(value, Const) and isinstance(value.value, str)), "")
        if name.startswith("pathlib.")
        else function.text
    )
    return Ref(f"{name}()", tags | made, text)


def _copied(reader: Reader, arguments: list[Any]) -> None:
    """What is copied says itself how: the function that it names is called."""
    for value in arguments:
        use(reader, value)
        made = [run_special(reader, value, name, [Unknown()]) for name in ("__reduce_ex__", "__reduce__")]
        if isinstance(value, Function):
            made.append(reader.call(value, [Unknown()], {}, None))
        for result in made:
            if isinstance(result, (Items, Either)):
                handed(reader, result, heeded=True)


def _environment_call(reader: Reader, method: str, arguments: list[Any], keywords: dict[str, Any], node: Any) -> Any:
    first = arguments[0] if arguments else None
    if method in ("setdefault", "__setitem__") and len(arguments) > 1:
        set_variable(reader, first, arguments[1], shown_code(node)[:120])
    elif method == "update":
        pairs = [(Const(key), value) for key, value in keywords.items()]
        if isinstance(first, Pairs):
            pairs += first.values
        elif isinstance(first, Const) and isinstance(first.value, dict):
            pairs += [(Const(key), Const(value)) for key, value in first.value.items()]
        for key, value in pairs:
            set_variable(reader, key, value, f"os.environ[{text_of(key)!r}]")
    elif method in ("get", "pop", "__getitem__") and isinstance(first, Const) and isinstance(first.value, str):
        read_variable(reader, first.value)
    elif method in ("items", "copy", "values"):
        reader.note("environment-read", f"os.environ.{method}()")
    return Unknown(frozenset({"env"}))


def _fold_call(reader: Reader, name: str, arguments: list[Any], keywords: dict[str, Any], tags: frozenset[str]) -> Any:
    decoder = name in DECODERS
    made = frozenset({"decoded"}) if decoder else frozenset({"letters"}) if name in LETTERS else NO_TAGS
    if (
        name == "codecs.decode"
        and len(arguments) > 1
        and isinstance(arguments[1], Const)
        and str(arguments[1].value).replace("-", "_").lower() in TEXT_CODECS
    ):
        made = NO_TAGS
    try:
        values = [reader.known(value) for value in arguments]
        result = folding.call(name, values, {key: reader.known(value) for key, value in keywords.items()})
    except NotFoldable:
        if decoder:
            reader.steps_left -= 500  # a bomb costs as much as what it would have become
        for value in keywords.values():
            handed(reader, value, heeded=True)
        if decoder and not dangers.call_kind(name):
            return Unknown(tags | made)
        if (
            name
            in (
                "builtins.list",
                "builtins.tuple",
                "builtins.iter",
                "builtins.reversed",
                "builtins.sorted",
                "builtins.set",
                "builtins.zip",
                "builtins.enumerate",
            )
            and arguments
        ):
            items = iterate(reader, arguments[0])
            if items is not None and len(arguments) == 1 and name not in ("builtins.enumerate", "builtins.zip"):
                return Items(list(reversed(items)) if name == "builtins.reversed" else list(items), tags)
        return None
    return reader.folded(result, tags | made)


def _command(reader: Reader, arguments: list[Any], keywords: dict[str, Any], scope: Scope | None) -> None:
    """A program is started: if it is an interpreter with code as an argument, read the code."""
    words: list[str] = []
    for value in (*arguments, *keywords.values()):
        words.extend(strings_in(reader, value))
    for flag, code in pairwise(words):
        if flag == "-c" or (flag.startswith("-") and flag.endswith("c") and flag.isascii() and len(flag) < 6):
            run_nested(reader, code, NO_TAGS, scope, quiet=True)


def _code_argument(reader: Reader, name: str, arguments: list[Any], keywords: dict[str, Any], scope: Scope | None) -> None:
    if name.startswith("runpy.run_module") and arguments and isinstance(arguments[0], Const) and isinstance(arguments[0].value, str):
        load_module(reader, arguments[0].value)
        return
    if name.startswith(("pickle.", "_pickle.", "dill.", "cloudpickle.", "marshal.")):
        if (
            any(isinstance(value, Const) for value in arguments)
            or frozenset().union(*(value.tags for value in arguments)) & OUTSIDE
            or name.startswith(("pickle.", "_pickle."))
        ):
            reader.note("decoded-code", f"{name} of data makes objects that may be code: {_serialised(reader, arguments)}")
        return
    for value in (*arguments, *keywords.values()):
        if isinstance(value, Const) and isinstance(value.value, str) and ("(" in value.value or "import" in value.value):
            run_nested(reader, value.value, value.tags, scope, quiet=True)
        handed(reader, value)


def _serialised(reader: Reader, arguments: list[Any]) -> str:
    """Names that a pickle would import; nothing is loaded."""
    data = arguments[0].value if arguments and isinstance(arguments[0], Const) else None
    if not isinstance(data, bytes) or len(data) > 2**16:
        return "not known here"
    reader.steps_left -= len(data) // 4
    import pickletools

    names = []
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name in ("GLOBAL", "INST", "STACK_GLOBAL", "SHORT_BINUNICODE", "BINUNICODE", "UNICODE", "STRING"):
                names.append(str(argument))
            if len(names) > 20:
                break
    except Exception:  # noqa: BLE001 - not a pickle
        return repr(data[:80])
    return ", ".join(names)[:300] or repr(data[:80])
