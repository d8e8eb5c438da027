"""Functions whose calls say more than their name: `exec`, `getattr`, `open`, `map`, … and what is known of others.

Each gives back the value of the call; None leaves it to the general rules.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.syntax import shown_code
from sbomgate.collectors.environment.values import (
    MAX_CALLS,
    MAX_LOOP,
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

OUTSIDE: Final = frozenset({"file", "network", "env", "decoded"})
WALKED: Final = frozenset(
    [
        "__subclasses__",
        "__globals__",
        "__code__",
        "__closure__",
        "__builtins__",
        "__mro__",
        "__bases__",
        "__base__",
        "__func__",
        "__reduce__",
        "__reduce_ex__",
        "__getattribute__",
        "f_globals",
        "f_builtins",
        "f_back",
        "tb_frame",
        "gi_frame",
        "cr_frame",
        "ag_frame",
        "__self__",
        "__loader__",
        "__wrapped__",
        "co_code",
        "co_consts",
        "gi_code",
    ]
)
BUILTINS: Final = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__) | {
    "unicode",
    "unichr",
    "execfile",
    "raw_input",
    "reload",
    "xrange",
    "basestring",
    "long",
    "file",
}


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
        call.reader.handed(value, quiet=True)
    if call.arguments:
        return call.reader.executed(
            call.name.rpartition(".")[2], call.arguments[0], call.node, call.scope, expression=call.name.endswith("eval")
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
        call.reader.executed(call.name, call.arguments[0], call.node, call.scope)
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
        found = call.reader.load_module(module)
        if call.name.endswith("__import__") and "." in module and len(call.arguments) < 4 and "fromlist" not in call.keywords:
            return call.reader.top(module.partition(".")[0])
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
        result = call.reader.load_module(module)
        for part in filter(None, attribute.split(".")):
            result = call.reader.attribute(result, part)
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
                call.reader.note_reached(shown, "through getattr")
        if key.value in WALKED and call.reader.own:
            call.reader.note("hiding", f"{key.value} through getattr")
        return call.reader.attribute(owner, key.value)
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
            call.reader.set_attribute(owner, key.value, value, shown_code(call.node))
        elif isinstance(owner, Ref):
            call.reader.note("patch", shown_code(call.node))
            call.reader.escape(value)
    return Const(None)


def _vars(call: Call) -> Any:
    if call.arguments and isinstance(call.arguments[0], Ref):
        return Ref(f"{dangers.canonical(call.arguments[0].name)}.__dict__")
    if call.arguments and isinstance(call.arguments[0], Loaded):
        return call.reader.attribute(call.arguments[0], "__dict__")
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
    bases = tuple(call.reader.iterate(call.arguments[1]) or ())
    made = Class(names, bases)
    for base in bases:
        call.reader.run_special(base, "__init_subclass__", [made])
    for value in names.values():
        if isinstance(value, Instance):
            call.reader.run_special(value, "__set_name__", [made, Const("")])
            call.reader.escape(value)
    return made


def _print(call: Call) -> Any:
    for value in (*call.arguments, *call.keywords.values()):
        call.reader.use(value)
        call.reader.handed(value)
    if "file" not in call.keywords and not call.reader.conditional:
        call.reader.note("output", shown_code(call.node))
    return Const(None)


def _map(call: Call) -> Any:
    if len(call.arguments) < 2:
        return Unknown()
    sequences = [call.reader.iterate(value) for value in call.arguments[1:]]
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
    for item in (call.reader.iterate(call.arguments[1]) or [Unknown(call.arguments[1].tags)])[:MAX_CALLS]:
        call.reader.call(call.arguments[0], [item], {}, call.node, call.scope)
    return Unknown(call.arguments[1].tags | {"computed"})


def _reduce(call: Call) -> Any:
    if len(call.arguments) < 2:
        return Unknown()
    items = list(call.reader.iterate(call.arguments[1]) or [Unknown(call.arguments[1].tags), Unknown(call.arguments[1].tags)])
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
            call.reader.handed(call.arguments[0])
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
        call.reader.call(target, (call.reader.iterate(given) if given is not None else None) or [], {}, call.node, call.scope)
        call.reader.conditional -= 1
    call.reader.note("program-hook", call.reader.shown(call.name, call.node))
    return Ref(f"{call.name}()")


def _getenv(call: Call) -> Any:
    if call.arguments and isinstance(call.arguments[0], Const) and isinstance(call.arguments[0].value, str):
        call.reader.variable(call.arguments[0].value)
    return Unknown(frozenset({"env"}))


def _putenv(call: Call) -> Any:
    if len(call.arguments) > 1:
        call.reader.environment(call.arguments[0], call.arguments[1], shown_code(call.node))
    return Const(None)


def _add_site_dir(call: Call) -> Any:
    for value in call.arguments[:1]:
        for text in call.reader.strings_in(value):
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
        call.reader.handed(value)
        call.reader.escape(value)
    if call.reader.own:
        call.reader.note("dynamic-code", shown_code(call.node))
        return Ref(f"{call.name}()")
    return None


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

HOLDING: Final = (
    "typing.", "dataclasses.", "enum.", "abc.", "collections.", "weakref.", "contextvars.", "functools.wraps", "functools.update_wrapper", "functools.lru_cache", "functools.cache", "argparse.", "inspect.",
    "builtins.type", "builtins.super", "builtins.property", "warnings.", "logging.", "re.", "copy.", "copyreg.", "types.", "annotationlib.", "contextlib.", "unittest.", "optparse.", "sys.modules",
)  # fmt: skip
"""Standard functions that keep what they are given, or look at it."""

PURE: Final = frozenset(
    [
        "builtins.chr",
        "builtins.ord",
        "builtins.int",
        "builtins.str",
        "builtins.bytes",
        "builtins.bytearray",
        "builtins.memoryview",
        "builtins.len",
        "builtins.list",
        "builtins.tuple",
        "builtins.dict",
        "builtins.set",
        "builtins.reversed",
        "builtins.sorted",
        "builtins.range",
        "builtins.zip",
        "builtins.enumerate",
        "builtins.sum",
        "builtins.min",
        "builtins.max",
        "builtins.abs",
        "builtins.hex",
        "builtins.iter",
        "builtins.next",
        "builtins.slice",
        "builtins.repr",
        "builtins.ascii",
        "builtins.bool",
        "builtins.format",
        "itertools.cycle",
        "itertools.chain",
        "itertools.chain.from_iterable",
        "itertools.islice",
        "itertools.repeat",
        "operator.add",
        "operator.concat",
        "operator.xor",
        "operator.sub",
        "operator.mod",
        "operator.mul",
        "operator.getitem",
        "str.join",
        "builtins.str.join",
        "builtins.str.maketrans",
        "builtins.bytes.maketrans",
        "builtins.str.lower",
        "os.path.join",
        "os.path.expanduser",
        "os.path.expandvars",
        "os.path.abspath",
        "os.path.realpath",
        "os.path.normpath",
        "os.path.dirname",
        "os.path.basename",
        "os.fspath",
        "os.fsdecode",
        "textwrap.dedent",
        "base64.b64encode",
        "struct.pack",
        "struct.unpack",
        "int.from_bytes",
        "builtins.int.from_bytes",
    ]
)
LETTERS: Final = frozenset({"builtins.chr", "builtins.bytes", "builtins.bytearray", "builtins.reversed", "builtins.unichr", "struct.pack"})
"""What puts text together letter by letter."""
STARRED: Final[dict[str, tuple[str, ...]]] = {
    "os": (
        "system",
        "popen",
        "environ",
        "execv",
        "execve",
        "execl",
        "execvp",
        "fork",
        "spawnl",
        "spawnv",
        "getenv",
        "remove",
        "path",
        "sep",
        "devnull",
        "posix_spawn",
        "startfile",
    ),
    "subprocess": ("run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput"),
    "socket": ("socket", "create_connection", "getaddrinfo", "gethostbyname", "create_server"),
    "urllib.request": ("urlopen", "urlretrieve", "Request", "build_opener"),
    "base64": ("b64decode", "b32decode", "b16decode", "a85decode", "b85decode", "decodebytes"),
    "ctypes": ("CDLL", "cdll", "windll", "pythonapi", "WinDLL", "PyDLL"),
    "sys": ("path", "modules", "meta_path", "settrace", "setprofile", "executable", "stdout"),
    "builtins": ("exec", "eval", "compile", "__import__", "getattr", "open"),
    "shutil": ("copy", "copyfile", "move", "rmtree", "copytree"),
    "runpy": ("run_path", "run_module"),
    "importlib": ("import_module",),
    "pathlib": ("Path",),
    "zlib": ("decompress",),
    "marshal": ("loads", "load"),
    "pickle": ("loads", "load"),
    "threading": ("Thread", "Timer", "settrace", "setprofile"),
    "binascii": ("unhexlify", "a2b_base64", "a2b_hex"),
    "codecs": ("decode", "register", "open"),
    "requests": ("get", "post", "Session", "put", "request"),
    "multiprocessing": ("Process", "Pool"),
    "posix": ("system", "execv", "execve", "fork", "open", "environ"),
    "functools": ("partial", "reduce"),
    "pty": ("spawn", "fork"),
    "types": ("FunctionType", "CodeType"),
}
