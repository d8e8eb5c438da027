"""Functions whose calls say more than their name: `exec`, `getattr`, `open`, `map`, … and what is known of others.

Each gives back the value of the call; None leaves it to the general rules.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader.bindings import set_attribute, set_variable
from sbomgate.collectors.environment.reader.bounds import (
    MAX_CALLS,
    MAX_LOOP,
)
from sbomgate.collectors.environment.reader.imports import load_module, top_module
from sbomgate.collectors.environment.reader.members import attribute_of, note_reached, read_variable, run_checks, run_special
from sbomgate.collectors.environment.reader.protocols import escape, handed, iterate, strings_in, use
from sbomgate.collectors.environment.reader.syntax import shown_call, shown_code
from sbomgate.collectors.environment.reader.tables import OUTSIDE, WALKED
from sbomgate.collectors.environment.reader.texts import executed
from sbomgate.collectors.environment.reader.values import (
    NO_TAGS,
    Class,
    Const,
    Either,
    Instance,
    Items,
    Loaded,
    Pairs,
    Partial,
    Ref,
    Scope,
    Seen,
    Unknown,
    either,
)

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader


class Call(NamedTuple):
    """One call of a known function."""

    reader: Reader
    name: str
    arguments: list[Any]
    keywords: dict[str, Any]
    node: Any
    """The syntax of the call; None when a protocol makes it."""
    scope: Scope | None


def _exec(call: Call) -> Any:
    for value in call.arguments[1:]:
        handed(call.reader, value, quiet=True)
    if call.arguments:
        return executed(
            call.reader, call.name.rpartition(".")[2], call.arguments[0], call.node, call.scope, expression=call.name.endswith("eval")
        )
    return Unknown()


def _compile(call: Call) -> Any:
    value = call.arguments[0] if call.arguments else call.keywords.get("source", Unknown())
    if isinstance(value, Const) and isinstance(value.value, (str, bytes)):
        return Partial("compile", value, [], {}, value.tags)
    return Unknown(value.tags | {"compiled"})


def _function_type(call: Call) -> Any:
    if call.arguments:
        call.reader.note("dynamic-code", shown_code(call.node))
        executed(call.reader, call.name, call.arguments[0], call.node, call.scope)
    return Unknown()


def _import_call(call: Call) -> Any:
    value = call.arguments[0] if call.arguments else call.keywords.get("name", Unknown())
    if isinstance(value, Const) and isinstance(value.value, str):
        module = value.value
        if module.startswith("."):
            package = call.keywords.get("package", call.arguments[1] if len(call.arguments) > 1 else Unknown())
            module = (
                package.value
                if isinstance(package, Const) and isinstance(package.value, str)
                else (call.scope.package if call.scope else "")
            ) + module
        if call.reader.own and value.tags & {"decoded", "computed", "joined"}:
            call.reader.note("hiding", f"the name of an imported module is put together: {module!r}")
        found = load_module(call.reader, module)
        if call.name.endswith("__import__") and "." in module and len(call.arguments) < 4 and "fromlist" not in call.keywords:
            return top_module(call.reader, module.partition(".")[0])
        return found
    if isinstance(value, Either):
        return either([_import_call(call._replace(arguments=[option, *call.arguments[1:]])) for option in value.values[:6]])
    if call.reader.own or value.tags & OUTSIDE - {"env"}:
        call.reader.note("dynamic-code", f"a module is imported by a computed name: {shown_code(call.node)}")
    else:
        call.reader.unread.append(f"{call.reader.path}: a module is imported by a computed name")
    return Unknown(frozenset({"reached"}))


def _resolve_name(call: Call) -> Any:
    value = call.arguments[0] if call.arguments else Unknown()
    if isinstance(value, Const) and isinstance(value.value, str):
        module, _, attribute = value.value.partition(":")
        if not attribute and "." in module:
            module, _, attribute = module.rpartition(".")
        result = load_module(call.reader, module)
        for part in filter(None, attribute.split(".")):
            result = attribute_of(call.reader, result, part)
        if call.reader.own:
            call.reader.note("hiding", f"{value.value!r} is reached by its name in a text")
        return result
    call.reader.note("dynamic-code", shown_code(call.node))
    return Unknown(frozenset({"reached"}))


def _getattr(call: Call) -> Any:
    if len(call.arguments) < 2:
        return Unknown()
    owner, key = call.arguments[0], call.arguments[1]
    if isinstance(key, Const) and isinstance(key.value, str):
        if isinstance(owner, Ref):
            shown = f"{dangers.canonical(owner.name)}.{key.value}"
            if call.reader.own and (key.tags & {"decoded", "computed", "joined"}):
                call.reader.note("hiding", f"the name of {shown} is put together")
            if call.reader.own or key.tags & {"decoded", "computed"}:
                note_reached(call.reader, shown, "through getattr")
        if key.value in WALKED and call.reader.own:
            call.reader.note("hiding", f"{key.value} through getattr")
        return attribute_of(call.reader, owner, key.value)
    if isinstance(key, Either):
        return either([_getattr(call._replace(arguments=[owner, option])) for option in key.values[:6]])
    if isinstance(owner, Ref) and dangers.canonical(owner.name) in (
        "builtins",
        "os",
        "subprocess",
        "sys",
        "importlib",
        "ctypes",
        "socket",
        "posix",
        "nt",
    ):
        call.reader.note("hiding", f"a function is reached by a computed name: {shown_code(call.node)}")
    return Unknown(owner.tags | frozenset({"reached"}))


def _setattr(call: Call) -> Any:
    if len(call.arguments) == 3:
        owner, key, value = call.arguments
        if isinstance(key, Const) and isinstance(key.value, str):
            set_attribute(call.reader, owner, key.value, value, shown_code(call.node))
        elif isinstance(owner, Ref):
            call.reader.note("patch", shown_code(call.node))
            escape(call.reader, value)
    return Const(None)


def _vars(call: Call) -> Any:
    if call.arguments and isinstance(call.arguments[0], Ref):
        return Ref(f"{dangers.canonical(call.arguments[0].name)}.__dict__")
    if call.arguments and isinstance(call.arguments[0], Loaded):
        return attribute_of(call.reader, call.arguments[0], "__dict__")
    if not call.arguments and call.scope is not None and call.reader.own is False:
        return Ref(f"{call.name}()")
    if not call.arguments and call.scope is not None:
        known = [(Const(key), value) for key, value in list((call.scope.module or call.scope).names.items())[:200]]
        return Pairs(
            [*((Const(key), Ref("builtins") if key == "__builtins__" else Ref(f"builtins.{key}")) for key in ("__builtins__",)), *known]
        )
    return Ref(f"{call.name}()")


def _open(call: Call) -> Any:
    mode = call.arguments[1] if len(call.arguments) > 1 else call.keywords.get("mode", Const("r"))
    path = call.arguments[0] if call.arguments else call.keywords.get("file", Unknown())
    writes = not (isinstance(mode, Const) and isinstance(mode.value, str)) or any(flag in mode.value for flag in "wax+")
    if call.name == "os.open":
        writes = not (isinstance(mode, Ref) and mode.name == "os.O_RDONLY")
    if writes:
        if (isinstance(path, Ref) and path.name == "os.devnull") or (
            isinstance(path, Const) and path.value in ("/dev/null", "nul", "NUL", "/dev/stdout", "/dev/stderr")
        ):
            # nothing is kept there, unless the name of a start-up file stands beside it
            call.reader.written = Seen("file-write", shown_code(call.node), call.reader.path, call.reader.fixed or call.reader.line)
        else:
            call.reader.note("file-write", shown_code(call.node))
    if isinstance(path, Const) and isinstance(path.value, str):
        call.reader.look(path.value)
    return Ref("builtins.open()", frozenset({"file"}), path.value if isinstance(path, Const) and isinstance(path.value, str) else "")


def _type(call: Call) -> Any:
    if len(call.arguments) < 3:
        value = call.arguments[0] if call.arguments else Unknown()
        if isinstance(value, Instance):
            return value.of
        return Ref(f"{value.name}.__class__") if isinstance(value, Ref) else Unknown()
    if call.reader.own and isinstance(call.node, ast.Call) and call.reader.fixed:
        call.reader.note("hiding", f"a class is made by a call: {shown_code(call.node)}")
    names: dict[str, Any] = {}
    if isinstance(call.arguments[2], Pairs):
        names = {str(key.value): value for key, value in call.arguments[2].values if isinstance(key, Const)}
    bases = tuple(iterate(call.reader, call.arguments[1]) or ())
    made = Class(names, bases)
    for base in bases:
        run_special(call.reader, base, "__init_subclass__", [made])
    for value in names.values():
        if isinstance(value, Instance):
            run_special(call.reader, value, "__set_name__", [made, Const("")])
            escape(call.reader, value)
    return made


def _print(call: Call) -> Any:
    for value in (*call.arguments, *call.keywords.values()):
        use(call.reader, value)
        handed(call.reader, value)
    if "file" not in call.keywords and not call.reader.conditional:
        call.reader.note("output", shown_code(call.node))
    return Const(None)


def _map(call: Call) -> Any:
    if len(call.arguments) < 2:
        return Unknown()
    sequences = [iterate(call.reader, value) for value in call.arguments[1:]]
    if any(items is None for items in sequences):
        result = call.reader.call(call.arguments[0], [Unknown(value.tags) for value in call.arguments[1:]], {}, call.node, call.scope)
        return Unknown(frozenset().union(*(value.tags for value in call.arguments), result.tags))
    results = []
    for values in zip(*(items for items in sequences if items is not None), strict=False):
        call.reader.step()
        results.append(call.reader.call(call.arguments[0], list(values), {}, call.node, call.scope))
    tags = frozenset().union(*(value.tags for value in results)) if results else NO_TAGS
    return Items(results, tags | {"computed"})


def _filter(call: Call) -> Any:
    if len(call.arguments) < 2:
        return Unknown()
    for item in (iterate(call.reader, call.arguments[1]) or [Unknown(call.arguments[1].tags)])[:MAX_CALLS]:
        call.reader.call(call.arguments[0], [item], {}, call.node, call.scope)
    return Unknown(call.arguments[1].tags | {"computed"})


def _reduce(call: Call) -> Any:
    if len(call.arguments) < 2:
        return Unknown()
    items = list(iterate(call.reader, call.arguments[1]) or [Unknown(call.arguments[1].tags), Unknown(call.arguments[1].tags)])
    value = call.arguments[2] if len(call.arguments) > 2 else items.pop(0) if items else Unknown()
    for item in items[:MAX_LOOP]:
        call.reader.step()
        value = call.reader.call(call.arguments[0], [value, item], {}, call.node, call.scope)
    return value


def _partial(call: Call) -> Any:
    if not call.arguments:
        return Unknown()
    if call.name == "functools.partial":
        if isinstance(call.arguments[0], Ref):
            handed(call.reader, call.arguments[0])
        return Partial("partial", call.arguments[0], call.arguments[1:], call.keywords)
    return Partial(call.name.rpartition(".")[2], call.arguments[0], call.arguments[1:], call.keywords)


def _apply(call: Call) -> Any:
    """A function that calls its first argument with the others."""
    if not call.arguments:
        return Unknown()
    return call.reader.call(call.arguments[0], call.arguments[1:], call.keywords, call.node, call.scope)


def _thread(call: Call) -> Any:
    target = call.keywords.get("target", call.arguments[1] if len(call.arguments) > 1 else call.arguments[0] if call.arguments else None)
    given = call.keywords.get("args")
    if target is not None:
        call.reader.conditional += 1
        call.reader.call(target, (iterate(call.reader, given) if given is not None else None) or [], {}, call.node, call.scope)
        call.reader.conditional -= 1
    call.reader.note("program-hook", shown_call(call.name, call.node))
    return Ref(f"{call.name}()")


def _getenv(call: Call) -> Any:
    if call.arguments and isinstance(call.arguments[0], Const) and isinstance(call.arguments[0].value, str):
        read_variable(call.reader, call.arguments[0].value)
    return Unknown(frozenset({"env"}))


def _putenv(call: Call) -> Any:
    if len(call.arguments) > 1:
        set_variable(call.reader, call.arguments[0], call.arguments[1], shown_code(call.node))
    return Const(None)


def _add_site_dir(call: Call) -> Any:
    call.reader.adds_sites = True
    for value in call.arguments[:1]:
        for text in strings_in(call.reader, value):
            call.reader.added_paths.append((text, 1))
        if isinstance(value, Unknown) and value.tags & {"network", "decoded"}:
            call.reader.note("import-system", shown_code(call.node))
    return Ref("site.addsitedir()")


def _dict(call: Call) -> Any:
    if call.arguments and isinstance(call.arguments[0], Ref) and call.arguments[0].name in ("os.environ", "os.environb"):
        call.reader.note("environment-read", shown_code(call.node))
        return Unknown(frozenset({"env"}))
    if not call.arguments:
        return Pairs([(Const(key), value) for key, value in call.keywords.items()])
    if isinstance(call.arguments[0], Pairs):
        return call.arguments[0]
    return None


def _dumps(call: Call) -> Any:
    if call.arguments and isinstance(call.arguments[0], Ref):
        return _dict(call._replace(arguments=call.arguments[:1], keywords={}))
    return None


def _nothing(_: Call) -> Any:
    return Unknown()


def _spec_module(call: Call) -> Any:
    for value in (*call.arguments, *call.keywords.values()):
        handed(call.reader, value)
        escape(call.reader, value)
    if call.reader.own:
        call.reader.note("dynamic-code", shown_code(call.node))
        return Ref(f"{call.name}()")
    return None


def _property(call: Call) -> Any:
    getter = call.arguments[0] if call.arguments else call.keywords.get("fget")
    return Partial("property", getter, [], {}) if getter is not None else Unknown()


def _super(call: Call) -> Any:
    given = call.arguments[1] if len(call.arguments) > 1 else None
    if given is None and call.scope is not None:
        given = next((value for value in call.scope.names.values() if isinstance(value, (Instance, Class))), None)
    return Partial("super", given, [], {}) if given is not None else None


def _check(call: Call) -> Any:
    for value in call.arguments[1:2]:
        run_checks(call.reader, value)
    return Unknown()


def _in_place(call: Call) -> Any:
    """A function of `operator` that changes its first argument, as the method of it would."""
    if len(call.arguments) < 2:
        return Unknown()
    method = "__iadd__" if call.name in ("operator.iadd", "operator.iconcat") else f"__{call.name.rpartition('.')[2].strip('_')}__"
    return call_method_of(call, call.arguments[0], method, call.arguments[1:])


def call_method_of(call: Call, owner: Any, method: str, arguments: list[Any]) -> Any:
    """`owner.method(*arguments)`, however it was written."""
    if method in ("__setattr__", "__delattr__"):
        key = arguments[0] if arguments else Unknown()
        if isinstance(key, Const) and isinstance(key.value, str):
            set_attribute(call.reader, owner, key.value, arguments[1] if len(arguments) > 1 else Const(None), shown_code(call.node))
        return Const(None)
    return call.reader.call(attribute_of(call.reader, owner, method), arguments, call.keywords, call.node, call.scope)


SPECIAL: Final[dict[str, Callable[[Call], Any]]] = {
    "builtins.exec": _exec,
    "builtins.eval": _exec,
    "builtins.compile": _compile,
    "types.FunctionType": _function_type,
    "types.LambdaType": _function_type,
    "builtins.__import__": _import_call,
    "importlib.import_module": _import_call,
    "importlib.__import__": _import_call,
    "importlib._bootstrap._gcd_import": _import_call,
    "importlib._bootstrap.__import__": _import_call,
    "importlib._bootstrap._find_and_load": _import_call,
    "pkgutil.resolve_name": _resolve_name,
    "pydoc.locate": _resolve_name,
    "pydoc.resolve": _resolve_name,
    "unittest.mock._importer": _resolve_name,
    "logging.config._resolve": _resolve_name,
    "builtins.getattr": _getattr,
    "builtins.object.__getattribute__": _getattr,
    "inspect.getattr_static": _getattr,
    "builtins.setattr": _setattr,
    "builtins.property": _property,
    "functools.cached_property": _property,
    "builtins.super": _super,
    "builtins.isinstance": _check,
    "builtins.issubclass": _check,
    "operator.setitem": _in_place,
    "operator.delitem": _in_place,
    "operator.iadd": _in_place,
    "operator.iconcat": _in_place,
    "operator.ior": _in_place,
    "builtins.vars": _vars,
    "builtins.globals": _vars,
    "builtins.locals": _vars,
    "builtins.open": _open,
    "io.open": _open,
    "io.FileIO": _open,
    "codecs.open": _open,
    "gzip.open": _open,
    "bz2.open": _open,
    "lzma.open": _open,
    "os.open": _open,
    "os.fdopen": _open,
    "io.open_code": _open,
    "builtins.type": _type,
    "types.new_class": _type,
    "builtins.print": _print,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "functools.reduce": _reduce,
    "functools.partial": _partial,
    "operator.methodcaller": _partial,
    "operator.attrgetter": _partial,
    "operator.itemgetter": _partial,
    "operator.call": _apply,
    "contextlib.suppress": _nothing,
    "threading.Thread": _thread,
    "threading.Timer": _thread,
    "_thread.start_new_thread": _thread,
    "_thread.start_new": _thread,
    "os.getenv": _getenv,
    "os.getenvb": _getenv,
    "os.putenv": _putenv,
    "site.addsitedir": _add_site_dir,
    "builtins.dict": _dict,
    "json.dumps": _dumps,
    "importlib.util.spec_from_loader": _spec_module,
}
