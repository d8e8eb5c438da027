"""What Python code would do when it runs, told by reading it: nothing of it is executed.

`Reader` walks the syntax tree the way the interpreter would run it: statements in order, functions when they are called
or handed to something that may call them, both branches of a condition, modules when they are imported. Values are
followed as far as they are constants, functions or known names; whatever hides text (codecs, joins, slices, arithmetic)
is folded, and text that reaches `exec` is read in turn.

Bounds: `MAX_STEPS` nodes for one hook, `MAX_DEPTH` nested expressions and calls, `MAX_SOURCE` characters of one source,
`MAX_MODULES` followed modules. What lies beyond is told as `unread`, and searched for dangerous names as text.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Final

from sbomgate.collectors.environment import dangers, folding
from sbomgate.collectors.environment.calls import BUILTINS, HOLDING, LETTERS, OUTSIDE, PURE, SPECIAL, STARRED, WALKED, Call
from sbomgate.collectors.environment.folding import NotFoldable
from sbomgate.collectors.environment.syntax import (
    as_load,
    climbs,
    is_classmethod,
    is_main_guard,
    is_needless,
    is_property,
    is_static,
    shown_code,
)
from sbomgate.collectors.environment.values import (
    MAX_CALLS,
    MAX_LOOP,
    NO_TAGS,
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
    Seen,
    Unknown,
    constant,
    either,
    owner_of,
    runs_as_main,
    text_of,
)

MAX_STEPS: Final = 250_000
MAX_DEPTH: Final = 140
MAX_SOURCE: Final = 2**19
MAX_MODULES: Final = 48
MAX_FOUND: Final = 200
_MAX_LAYERS: Final = 12


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


class _ExhaustedError(Exception):
    """The bound on the work is reached."""


_SITE_NAMES: Final = frozenset(
    {"os", "sys", "builtins", "io", "stat", "errno", "_sitebuiltins", "locale", "traceback", "readline", "rlcompleter", "atexit"}
)
_INERT_DECORATORS: Final = (
    "builtins.property", "builtins.staticmethod", "builtins.classmethod", "functools.", "contextlib.", "abc.", "dataclasses.", "typing.", "typing_extensions.", "enum.", "attr.", "attrs.", "types.",
    "warnings.deprecated", "pytest.", "click.", "typer.", "numba.", "pydantic.", "overload", "app.",
)  # fmt: skip
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
_WRITING: Final = frozenset(["write_text", "write_bytes", "symlink_to", "hardlink_to", "extractall", "unlink", "touch", "rmtree"])
_MODE: Final = re.compile(r"[rwxabt+U]{1,4}\Z")
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


def _nowhere(_: str) -> None:
    """No module is found."""


def _nothing_known(_: str) -> str:
    """No text is an indicator."""
    return ""


def _names_a_writing_mode(arguments: list[Any], node: Any) -> bool:
    """Whether an `open` method, such as that of a path object, is told to write: its mode comes first, or by name."""
    named = [keyword.value for keyword in getattr(node, "keywords", ()) if keyword.arg == "mode"]
    values = [argument.value for argument in arguments[:1] if isinstance(argument, Const)] + [
        getattr(value, "value", "w") for value in named
    ]
    return any(isinstance(value, str) and _MODE.match(value) and not {"w", "x", "a", "+"}.isdisjoint(value) for value in values)


class Reader:
    """Reads code and keeps what it would do in `seen`."""

    def __init__(
        self, find: Callable[[str], Source | None] | None = None, *, strings: Callable[[str], str] | None = None, max_steps: int = MAX_STEPS
    ) -> None:
        self.seen: list[Seen] = []
        self.missing: list[str] = []
        """Modules that are imported and are nowhere."""
        self.foreign: list[str] = []
        """Modules of other distributions, and calls into them: not followed."""
        self.unread: list[str] = []
        """Why something was not read to its end."""
        self.modules: dict[str, str] = {}
        """Dotted name → path of what was followed."""
        self.added_paths: list[tuple[str, int]] = []
        """Constants that the code puts on the import path, with the position (0: in front)."""
        self.layers: list[str] = []
        """Decoded texts that were read in turn."""
        self._find = find or _nowhere
        self._strings = strings or _nothing_known
        self._loaded: dict[str, Any] = {}
        self._steps = max_steps
        self._depth = 0
        self._layer = 0
        self.conditional = 0
        self.path = ""
        self.line = 0
        self.fixed = 0
        self.own = True
        self._calls: dict[int, int] = {}
        self._stack: list[int] = []
        self._texts: list[str] = []
        self._looked: set[str] = set()
        self.written: Seen | None = None
        self._weak: Seen | None = None
        self._keys: set[tuple[str, str, int]] = set()

    # --- entry points ---------------------------------------------------------------------------------------------------

    def read_lines(self, path: str, lines: Iterable[tuple[int, str]]) -> Scope:
        """Read the import lines of a `.pth`: each is a program of its own, names of earlier lines remain."""
        scope = Scope(
            {
                "__name__": Const("site"),
                "sitedir": Ref("site.sitedir"),
                "fullname": Ref("site.fullname"),
                "name": Ref("site.name"),
                "known_paths": Ref("site.known_paths"),
                "__file__": Ref("site.__file__"),
            },
            fallback=True,
        )
        scope.module = scope
        for number, text in lines:
            self._at(path, number, own=True)
            self.fixed = number
            self.run_text(text, scope)
        self.fixed = 0
        self._correlate()
        return scope

    def read_module(self, path: str, text: str, name: str, *, own: bool = True) -> Scope:
        """Read a module as its import would run it."""
        scope = Scope({"__name__": Const(name), "__file__": Ref("module.__file__"), "__path__": Ref("module.__path__")}, package=name)
        scope.module = scope
        before = (self.path, self.line, self.fixed, self.own)
        self._at(path, 0, own=own)
        self.fixed = 0
        self.run_text(text, scope)
        self.path, self.line, self.fixed, self.own = before
        if not self._stack:
            self._correlate()
        return scope

    def call_entry(self, module: str, attribute: str, path: str, line: int) -> None:
        """Import `module` and call `attribute` of it without arguments, as a `.start` line does."""
        self._at(path, line, own=True)
        self.fixed = line
        try:
            value = self.load_module(module)
            for part in attribute.split("."):
                value = self.attribute(value, part)
            self.call(value, [], {}, None)
        except (_ExhaustedError, RecursionError):
            self._give_up("more code than is read for one hook")
        self.fixed = 0
        self._correlate()

    def run_text(self, text: str, scope: Scope) -> Any:
        """Parse and read `text`; SyntaxError and its like are told as `unreadable`."""
        if len(text) > MAX_SOURCE:
            self.note("hiding" if self.own else "unread", f"{len(text)} characters of code")
            self._scan_text(text[:MAX_SOURCE])
            return Unknown()
        tree = self._parse(text, "exec")
        if tree is None:
            return Unknown()
        try:
            self._block(tree.body, scope)
        except (_ExhaustedError, RecursionError):
            if not self._scan_tree(tree):
                self._give_up("more code than is read for one hook")
        return Unknown()

    # --- bookkeeping ----------------------------------------------------------------------------------------------------

    def _at(self, path: str, line: int, *, own: bool) -> None:
        self.path, self.line, self.own = path, line, own

    def note(self, kind: str, detail: str, path: str = "") -> None:
        line = 0 if path else self.fixed or self.line
        if kind == "unread":
            self.unread.append(f"{self.path}:{line}: {detail}")
            return
        path = path or self.path
        key = (kind, path, line)
        if key in self._keys or len(self.seen) >= MAX_FOUND:
            return
        self._keys.add(key)
        self.seen.append(Seen(kind, detail[:2000], path, line))
        if kind in ("file-write", "process"):
            self.written = self.seen[-1]

    def _give_up(self, why: str) -> None:
        self.note("hiding" if self.own else "unread", why)

    def _known(self, value: Any) -> Any:
        """`constant`, and the work for large values counts."""
        budget = [folding.MAX_ITEMS]
        try:
            result = constant(value, budget)
        finally:
            self._steps -= (folding.MAX_ITEMS - budget[0]) // 8
        if isinstance(result, (str, bytes, list, dict, tuple)):
            self._steps -= len(result) // 256
        if self._steps < 0:
            raise _ExhaustedError
        return result

    def step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise _ExhaustedError

    def _parse(self, text: str, mode: str) -> Any:
        import warnings

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text, mode=mode)
        except (SyntaxError, ValueError) as error:
            reason = getattr(error, "msg", None) or str(error)
            if not self.own and self._layer:
                self.note("unread", f"a text that is run is not valid Python ({reason})")
                return None
            self.note("unreadable", f"not valid Python ({reason})")
            self._scan_text(text)
            return None
        except (RecursionError, MemoryError, OverflowError):
            self.note("unreadable", "nested too deeply to be read")
            self._scan_text(text)
            return None
        return tree

    def _scan_text(self, text: str) -> None:
        """Dangerous words in what cannot be parsed; the part in front of a NUL may parse."""

        if "\0" in text:
            self.note("hiding", "a NUL character in code")
        words = re.findall(
            r"\b(?:exec|eval|compile|__import__|subprocess|popen|Popen|urlopen|b64decode|system|fromhex|unhexlify|marshal|ctypes|socket|requests|spawn\w*)\b",
            text[:MAX_SOURCE],
        )
        if not self.own:
            words = [word for word in words if word in _TELLING]
        if words:
            self.note("hiding", f"unreadable code that names {', '.join(sorted(set(words))[:6])}")

    def _scan_tree(self, tree: Any) -> bool:
        """Tell dangerous names anywhere in a tree that was too large to follow; whether there are any."""
        names = set()
        pending = [tree]
        count = 0
        while pending and count < 150_000:
            node = pending.pop()
            count += 1
            pending.extend(ast.iter_child_nodes(node))
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name in _SCANNED and (self.own or name not in _COMMON):
                names.add(name)
        if names:
            self.note("hiding", f"too much code to follow, and it names {', '.join(sorted(names)[:6])}")
        return bool(names)

    def _correlate(self) -> None:
        """Writing together with a place that is read at some start is persistence; secrets together with a way out are theft."""
        if self._weak is not None and any(seen.kind in ("network", "process") for seen in self.seen):
            self.seen.append(self._weak)
            self._weak = None
        if self.written is None or any(seen.kind == "persistence" for seen in self.seen):
            return
        for text in self._texts:
            if match := dangers.PERSISTENT_FILES.search(text):
                writing = self.written
                self.seen.append(
                    Seen("persistence", f"{writing.detail[:200]} with {match[0]!r} in {text[:120]!r}", writing.path, writing.line)
                )
                return

    def look(self, text: Any) -> None:
        """Whatever a constant itself gives away."""
        if isinstance(text, bytes):
            text = text.decode("latin-1")
        if not isinstance(text, str) or len(text) < 3:
            return
        short = text[:20_000]
        if short in self._looked:
            return
        self._looked.add(short)
        if len(self._texts) < 4000:
            self._texts.append(short[:500])
        if len(short) < 400 and "\n" not in short and (match := dangers.SECRET_FILES.search(short)):
            shown = f"{match[0]!r} in {short[:160]!r}"
            if self.own or not dangers.WEAK_SECRETS.match(short):
                self.note("credentials", shown)
            elif self._weak is None:
                self._weak = Seen("credentials", shown, self.path, self.fixed or self.line)
        if found := self._strings(short):
            self.note("indicator", found)
        if (
            self.own
            and "__" in short
            and "\n" not in short
            and re.search(r"__(?:subclasses|globals|builtins|code|mro|bases|closure)__", short)
        ):
            self.note("hiding", f"a text that names what is not to be seen: {short[:160]!r}")

    # --- statements -----------------------------------------------------------------------------------------------------

    def _block(self, statements: Sequence[Any], scope: Scope) -> list[Any]:
        returned: list[Any] = []
        for statement in statements:
            self.step()
            self.line = getattr(statement, "lineno", self.line)
            method = self._statements.get(type(statement))
            if method is not None:
                result = method(self, statement, scope)
                if result:
                    returned.extend(result)
        return returned

    def _expression(self, node: ast.Expr, scope: Scope) -> None:
        if not isinstance(node.value, ast.Constant):
            self.use(self._value(node.value, scope))

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self._value(node.value, scope)
        for target in node.targets:
            self._bind(target, value, scope)

    def _ann_assign(self, node: ast.AnnAssign, scope: Scope) -> None:
        self._value(node.annotation, scope)
        if node.value is not None:
            self._bind(node.target, self._value(node.value, scope), scope)

    def _aug_assign(self, node: ast.AugAssign, scope: Scope) -> None:
        load = ast.copy_location(as_load(node.target), node.target)
        left, right = self._value(load, scope), self._value(node.value, scope)
        if isinstance(left, Ref) and left.name in ("sys.path", "sys.meta_path", "sys.path_hooks"):
            self._mutated(left.name, "extend", [right])
            return
        self._bind(node.target, self._combine(type(node.op).__name__, left, right), scope)

    def _if(self, node: ast.If, scope: Scope) -> list[Any]:
        self.use(self._value(node.test, scope))
        self.conditional += 1
        returned = [] if is_main_guard(node.test) and not runs_as_main(scope) else self._block(node.body, scope)
        returned += self._block(node.orelse, scope)
        self.conditional -= 1
        return returned

    def _while(self, node: ast.While, scope: Scope) -> list[Any]:
        self._value(node.test, scope)
        returned = self._block(node.body, scope)
        self.conditional += 1
        self._value(node.test, scope)
        returned += self._block(node.body, scope)
        returned += self._block(node.orelse, scope)
        self.conditional -= 1
        return returned

    def _for(self, node: Any, scope: Scope) -> list[Any]:
        iterable = self._value(node.iter, scope)
        self.use(iterable)
        returned: list[Any] = []
        items = self.iterate(iterable)
        for item in items if items is not None and len(items) <= MAX_LOOP else [Unknown(iterable.tags)] * 2:
            self._bind(node.target, item, scope)
            returned = self._block(node.body, scope) or returned
        return returned + self._block(node.orelse, scope)

    def _try(self, node: Any, scope: Scope) -> list[Any]:
        returned = self._block(node.body, scope)
        self.conditional += 1
        for handler in node.handlers:
            if handler.type is not None:
                self._value(handler.type, scope)
            if handler.name:
                scope.names[handler.name] = Unknown()
            returned += self._block(handler.body, scope)
        self.conditional -= 1
        returned += self._block(node.orelse, scope)
        return returned + self._block(node.finalbody, scope)

    def _with(self, node: Any, scope: Scope) -> list[Any]:
        for item in node.items:
            value = self._value(item.context_expr, scope)
            self.use(value)
            if item.optional_vars is not None:
                entered = value if not isinstance(value, Ref) else Ref(value.name, value.tags, value.text)
                self._bind(item.optional_vars, entered, scope)
        return self._block(node.body, scope)

    def _return(self, node: ast.Return, scope: Scope) -> list[Any]:
        return [self._value(node.value, scope) if node.value is not None else Const(None)]

    def _raise(self, node: ast.Raise, scope: Scope) -> None:
        for part in (node.exc, node.cause):
            if part is not None:
                value = self._value(part, scope)
                self.use(self._instantiate(value, [], {}) if isinstance(value, Class) else value)

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, (ast.Attribute, ast.Subscript)):
                value = self._value(target.value, scope)
                if isinstance(value, Ref) and value.name in ("sys.modules", "sys.meta_path", "sys.path_hooks"):
                    self.note("import-system", f"del {shown_code(target)}")
                self.use(value)
                if isinstance(target, ast.Subscript):
                    self.use(self._value(target.slice, scope))

    def _assert(self, node: ast.Assert, scope: Scope) -> None:
        self.use(self._value(node.test, scope))
        if node.msg is not None:
            self._value(node.msg, scope)

    def _function(self, node: Any, scope: Scope) -> None:
        value: Any = self._make_function(node, scope)
        for decorator in reversed(node.decorator_list):
            value = self._decorate(self._value(decorator, scope), value, decorator)
        scope.names[node.name] = value

    def _make_function(self, node: Any, scope: Scope) -> Function:
        arguments = node.args
        for default in (*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)):
            self._value(default, scope)
        if not isinstance(node, ast.Lambda):
            future = (scope.module or scope).names.get("annotations")
            if not isinstance(future, Ref) or future.name != "__future__.annotations":
                for annotated in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
                    if annotated is not None and annotated.annotation is not None:
                        self._value(annotated.annotation, scope)
                if node.returns is not None:
                    self._value(node.returns, scope)
        return Function(node, scope, self.path, self.own)

    def _decorate(self, decorator: Any, value: Any, node: Any) -> Any:
        if isinstance(decorator, Ref):
            name = dangers.canonical(decorator.name)
            if name.startswith(_INERT_DECORATORS) or not (name.startswith("builtins.") or dangers.call_kind(name, own=self.own)):
                return value
            self.call(decorator, [value], {}, node)
            return value
        if isinstance(decorator, (Function, Class, Partial, Either)):
            result = self.call(decorator, [value], {}, node)
            return value if isinstance(result, (Unknown, Const)) else Either([value, result])
        return value

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        bases = tuple(self._value(base, scope) for base in node.bases)
        names: dict[str, Any] = {}
        made = Class(names, bases)
        for keyword in node.keywords:
            value = self._value(keyword.value, scope)
            if keyword.arg == "metaclass":
                self.escape(value)
        body = Scope(names, scope, scope.module, scope.package)
        self._block(node.body, body)
        for base in bases:
            self.run_special(base, "__init_subclass__", [made])
        for value in list(names.values()):
            if isinstance(value, Instance):
                self.run_special(value, "__set_name__", [made, Const(node.name)])
        value = made
        for decorator in reversed(node.decorator_list):
            value = self._decorate(self._value(decorator, scope), value, decorator)
        scope.names[node.name] = value

    def _import_names(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            module = self.load_module(alias.name)
            if alias.asname is None and "." in alias.name:
                top = alias.name.partition(".")[0]
                module = self.top(top)
            scope.names[alias.asname or alias.name.partition(".")[0]] = module

    def top(self, name: str) -> Any:
        found = self._loaded.get(name)
        return found if found is not None else Ref(name)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        module = node.module or ""
        if node.level:
            package = scope.package or (scope.module.package if scope.module else "")
            parts = package.split(".")
            parts = parts[: len(parts) - node.level + 1] if node.level > 1 else parts
            module = ".".join([*[part for part in parts if part], *([module] if module else [])])
        if not module:
            return
        value = self.load_module(module)
        for alias in node.names:
            if alias.name == "*":
                if isinstance(value, Loaded):
                    scope.names.update({name: found for name, found in value.scope.names.items() if not name.startswith("_")})
                elif isinstance(value, Ref):
                    self._star(value.name, scope)
                continue
            if isinstance(value, Loaded) and alias.name not in value.scope.names:
                inner = self.load_module(f"{module}.{alias.name}", optional=True)
                scope.names[alias.asname or alias.name] = inner
                continue
            scope.names[alias.asname or alias.name] = self.attribute(value, alias.name)

    def _star(self, module: str, scope: Scope) -> None:
        for name in STARRED.get(module, ()):
            scope.names[name] = Ref(f"{module}.{name}")

    def _global(self, node: Any, scope: Scope) -> None:
        for name in node.names:
            owner = scope.module if isinstance(node, ast.Global) else owner_of(scope.parent, name)
            if owner is not None and owner is not scope:
                scope.names.setdefault(f"\0global {name}", owner)

    def _match(self, node: Any, scope: Scope) -> list[Any]:
        self.use(self._value(node.subject, scope))
        returned: list[Any] = []
        self.conditional += 1
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, (ast.MatchAs, ast.MatchStar)) and pattern.name:
                    scope.names[pattern.name] = Unknown()
                elif isinstance(pattern, ast.MatchValue):
                    self.use(self._value(pattern.value, scope))
            if case.guard is not None:
                self.use(self._value(case.guard, scope))
            returned += self._block(case.body, scope)
        self.conditional -= 1
        return returned

    def _type_alias(self, node: Any, scope: Scope) -> None:
        self._value(node.value, scope)

    # --- binding --------------------------------------------------------------------------------------------------------

    def _bind(self, target: Any, value: Any, scope: Scope) -> None:
        self.step()
        if isinstance(target, ast.Name):
            self._bind_name(target.id, value, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            items = self.iterate(value)
            starred = any(isinstance(element, ast.Starred) for element in target.elts)
            for index, element in enumerate(target.elts):
                part: Any = Unknown(value.tags)
                if items is not None and not starred and index < len(items):
                    part = items[index]
                elif items is not None and starred:
                    part = Either(items[:6]) if items and len(items) <= 6 else part
                self._bind(element.value if isinstance(element, ast.Starred) else element, part, scope)
        elif isinstance(target, ast.Attribute):
            self.set_attribute(self._value(target.value, scope), target.attr, value, shown_code(target))
        elif isinstance(target, ast.Subscript):
            self._set_item(self._value(target.value, scope), self._value(target.slice, scope), value, target)

    def _bind_name(self, name: str, value: Any, scope: Scope) -> None:
        owner = scope.names.get(f"\0global {name}")
        names = owner.names if isinstance(owner, Scope) else scope.names
        before = names.get(name)
        if (
            self.conditional
            and before is not None
            and before is not value
            and isinstance(before, (Ref, Function, Class, Partial, Either, Const))
            and not (isinstance(before, Const) and isinstance(value, Const))
        ):
            known = before.values if isinstance(before, Either) else [before]
            value = either([*known[-5:], value])
        names[name] = value

    def set_attribute(self, owner: Any, name: str, value: Any, shown: str) -> None:
        if isinstance(owner, Either):
            for option in owner.values:
                self.set_attribute(option, name, value, shown)
        elif isinstance(owner, Instance):
            owner.names[name] = value
            self.run_special(owner, "__setattr__", [Const(name), value])
        elif isinstance(owner, Class):
            owner.names[name] = value
        elif isinstance(owner, Loaded):
            owner.scope.names[name] = value
        elif isinstance(owner, Function):
            if name in ("__code__", "__globals__", "__closure__", "__builtins__"):
                self.note("hiding", f"{shown} is replaced")
        elif isinstance(owner, Ref):
            self.escape(value)
            self._patched(dangers.canonical(owner.name), name, value, shown)

    def _patched(self, owner: str, name: str, value: Any, shown: str) -> None:
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
                self._mutated("sys.path", "=", [value])
            elif name in _HOOK_NAMES:
                self.note(
                    "import-system"
                    if name in ("meta_path", "path_hooks", "modules", "path_importer_cache", "__import__")
                    else "program-hook",
                    f"{shown} is replaced",
                )
            elif hasattr(sys, name) and name not in _PLAIN_SYS:
                self.note("patch", f"{shown} is replaced")
            return
        if (owner == "ssl" and name in ("_create_default_https_context", "create_default_context", "CERT_REQUIRED", "match_hostname")) or (
            name in ("verify_mode", "check_hostname") and top == "ssl"
        ):
            self.note("tls-off", f"{shown} is replaced")
        elif owner == "os.environ" or owner.startswith(("sys.stdout", "sys.stderr", "sys.stdin")):
            return
        elif owner in ("builtins", "__main__"):
            if name in BUILTINS:
                self.note("import-system" if name == "__import__" else "patch", f"{shown} is replaced")
        elif "()" not in owner and (top in dangers.STANDARD or top in self.missing or top in self.foreign or top.islower()):
            self.note("patch", f"{shown} is set: code of another module is changed")

    def _set_item(self, owner: Any, key: Any, value: Any, target: Any) -> None:
        shown = shown_code(target)
        if isinstance(owner, Ref):
            name = dangers.canonical(owner.name)
            self.escape(value)
            if name in ("os.environ", "os.environb", "os.environ._data"):
                self.environment(key, value, shown)
            elif name in ("sys.modules", "sys.path_importer_cache", "sys.meta_path", "sys.path_hooks"):
                self.note("import-system", f"{shown} is set")
            elif name == "sys.path":
                self._mutated("sys.path", "insert" if "Slice" in type(target.slice).__name__ else "=", [Const(0), value])
            elif (
                name in ("builtins.globals()", "builtins.vars()", "builtins.locals()")
                and isinstance(key, Const)
                and isinstance(key.value, str)
            ):
                return
            elif name.endswith(".__dict__") and isinstance(key, Const) and isinstance(key.value, str):
                self._patched(name.removesuffix(".__dict__"), key.value, value, shown)
            elif name.endswith(".__dict__") or name == "builtins":
                self.note("patch", f"{shown} is set")
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
                owner.value[self._known(key)] = self._known(value)
            except (NotFoldable, TypeError):
                owner.tags |= {"computed"} | value.tags
        elif isinstance(owner, Instance):
            self.run_special(owner, "__setitem__", [key, value])

    def environment(self, key: Any, value: Any, shown: str) -> None:
        name = key.value if isinstance(key, Const) and isinstance(key.value, (str, bytes)) else None
        if isinstance(name, bytes):
            name = name.decode("latin-1")
        if not isinstance(name, str):
            return
        text = value.value if isinstance(value, Const) and isinstance(value.value, str) else None
        if dangers.SWITCHED_OFF.match(name):
            self.note("tls-off", f"{shown} = {text!r}" if text is not None else f"{shown} is set")
        elif dangers.CERTIFICATES.match(name):
            trusted = text is not None and text.startswith(
                ("/etc/", "/usr/", "/opt/", "/System/", "/Library/", "C:\\", "/var/lib/", "/nix/")
            )
            if not trusted and not (isinstance(value, Ref) and value.name.startswith("certifi.")):
                self.note("tls-off", f"{shown} = {text!r}" if text is not None else f"{shown} is set to something computed")
        elif name.upper() == "NO_PROXY":
            return
        elif dangers.PROXIES.match(name) or dangers.PRELOADING.match(name):
            self.note("environment", f"{shown} = {text!r}" if text is not None else f"{shown} is set")

    def _mutated(self, name: str, method: str, arguments: list[Any]) -> None:
        """A list of the import system is changed."""
        if name != "sys.path":
            self.note("import-system", f"{name}.{method}(…)")
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
            for text in self.strings_in(argument):
                self.added_paths.append((text, 0 if front else 1))
            if isinstance(argument, Ref) and "sys.path.pop" in argument.name:
                self.added_paths.append(("\0last", 0 if front else 1))
            self.escape(argument)

    def strings_in(self, value: Any) -> list[str]:
        """The first hundred texts in a value."""
        found: list[str] = []
        pending = [value]
        while pending and len(found) < 100:
            self.step()
            item = pending.pop(0)
            if isinstance(item, Const):
                parts = item.value if isinstance(item.value, (list, tuple)) else (item.value,)
                found.extend(part for part in parts[:100] if isinstance(part, str))
            elif isinstance(item, (Items, Either)):
                pending.extend(item.values[:100])
            elif isinstance(item, Ref) and item.text:
                found.append(item.text)
        return found[:100]

    # --- expressions ----------------------------------------------------------------------------------------------------

    def _value(self, node: Any, scope: Scope) -> Any:
        self.step()
        if self._depth >= MAX_DEPTH:
            if not self._scan_tree(node):
                self._give_up("expressions nested too deeply to be read")
            return Unknown()
        line = getattr(node, "lineno", 0)
        if line:
            self.line = line
        method = self._expressions.get(type(node))
        if method is None:
            return Unknown()
        self._depth += 1
        try:
            return method(self, node, scope)
        finally:
            self._depth -= 1

    def _constant_node(self, node: ast.Constant, _: Scope) -> Any:
        self.look(node.value)
        return Const(node.value)

    def _name(self, node: ast.Name, scope: Scope) -> Any:
        return self._lookup(node.id, scope)

    def _lookup(self, name: str, scope: Scope) -> Any:
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
            if self.own:
                self.note("hiding", "__builtins__ is used to reach a function by another way than its name")
            return Ref("builtins")
        if name in BUILTINS:
            return Ref(f"builtins.{name}")
        if module is not None and module.fallback and name in _SITE_NAMES:
            return Ref(name)
        return Unknown()

    def _joined(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts, tags = [], set()
        known = True
        for part in node.values:
            value = self._value(part.value if isinstance(part, ast.FormattedValue) else part, scope)
            if isinstance(part, ast.FormattedValue):
                self.use(value)
                if part.format_spec is not None:
                    self._value(part.format_spec, scope)
                    known = known and not isinstance(part.format_spec, ast.JoinedStr)
            tags |= value.tags
            try:
                parts.append(str(self._known(value)))
            except NotFoldable:
                known = False
        if known:
            return self._folded("".join(parts), frozenset(tags | {"joined"}))
        return Unknown(frozenset(tags | {"joined"}))

    def _sequence(self, node: Any, scope: Scope) -> Any:
        values: list[Any] = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                inner = self._value(element.value, scope)
                self.use(inner)
                values.extend(self.iterate(inner) or [Unknown(inner.tags)])
            else:
                values.append(self._value(element, scope))
        return Items(values, frozenset().union(*(value.tags for value in values)) if values else NO_TAGS)

    def _dictionary(self, node: ast.Dict, scope: Scope) -> Any:
        pairs = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self._value(value, scope)
                continue
            pairs.append((self._value(key, scope), self._value(value, scope)))
            self.use(pairs[-1][0])
        return Pairs(pairs, frozenset().union(*(value.tags for _, value in pairs)) if pairs else NO_TAGS)

    def _bool_op(self, node: ast.BoolOp, scope: Scope) -> Any:
        first = self._value(node.values[0], scope)
        self.use(first)
        self.conditional += 1
        values = [first, *(self._value(value, scope) for value in node.values[1:])]
        self.conditional -= 1
        return either(values)

    def _if_exp(self, node: ast.IfExp, scope: Scope) -> Any:
        self.use(self._value(node.test, scope))
        self.conditional += 1
        values = [self._value(node.body, scope), self._value(node.orelse, scope)]
        self.conditional -= 1
        return either(values)

    def _bin_op(self, node: ast.BinOp, scope: Scope) -> Any:
        spine: list[ast.BinOp] = []
        current: Any = node
        while isinstance(current, ast.BinOp):
            self.step()
            spine.append(current)
            current = current.left
        value = self._value(current, scope)
        for part in reversed(spine):
            right = self._value(part.right, scope)
            value = self._combine(type(part.op).__name__, value, right)
        return value

    def _combine(self, operator: str, left: Any, right: Any) -> Any:
        tags = left.tags | right.tags
        if isinstance(left, Instance):
            self.use(left)
        if isinstance(right, Instance):
            self.use(right)
        try:
            a, b = self._known(left), self._known(right)
        except NotFoldable:
            if isinstance(left, Items) or isinstance(right, Items):
                parts = (self.iterate(left) or [left]) + (self.iterate(right) or [right]) if operator == "Add" else [left, right]
                return Items(parts[:1000], tags)
            if operator == "Div" and isinstance(left, Ref) and left.text and isinstance(right, Const) and isinstance(right.value, str):
                return Ref(left.name, tags, f"{left.text}/{right.value}")
            return Unknown(tags | {"joined"})
        try:
            result = folding.binary(operator, a, b)
        except NotFoldable:
            return Unknown(tags | {"joined"})
        tag = "joined" if operator in ("Add", "Mod") else "computed"
        return self._folded(result, tags | {tag} if isinstance(result, (str, bytes)) else tags)

    def _folded(self, value: Any, tags: frozenset[str]) -> Any:
        if isinstance(value, (str, bytes)):
            self._steps -= len(value) // 64  # long texts made in a loop use up the budget
            self.look(value)
        elif isinstance(value, (list, tuple, dict)):
            self._steps -= len(value) // 16
        return Const(value, tags)

    def _unary(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self._value(node.operand, scope)
        self.use(value)
        if isinstance(value, Const) and isinstance(value.value, (int, float)):
            try:
                return Const(folding.unary(type(node.op).__name__, value.value), value.tags)
            except NotFoldable:
                return Unknown(value.tags)
        return Unknown(value.tags)

    def _compare(self, node: ast.Compare, scope: Scope) -> Any:
        values = [self._value(node.left, scope), *(self._value(value, scope) for value in node.comparators)]
        for value in values:
            if isinstance(value, Instance):
                self.use(value)
        return Unknown()

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        owner = self._value(node.value, scope)
        if isinstance(node.slice, ast.Slice):
            bounds = [
                self._value(part, scope) if part is not None else Const(None)
                for part in (node.slice.lower, node.slice.upper, node.slice.step)
            ]
            try:
                value = self._known(owner)[slice(*(self._known(bound) for bound in bounds))]
                step = isinstance(value, (str, bytes)) and self._known(bounds[2]) not in (None, 1)
                return self._folded(folding.bounded(value), owner.tags | {"letters" if step else "computed"})
            except (NotFoldable, TypeError, ValueError, KeyError, IndexError):
                return Unknown(owner.tags) if not isinstance(owner, Items) else Items(owner.values, owner.tags)
        key = self._value(node.slice, scope)
        self.use(key)
        return self._item(owner, key)

    def _item(self, owner: Any, key: Any) -> Any:
        if isinstance(owner, Either):
            return either([self._item(option, key) for option in owner.values[:6]])
        if isinstance(owner, Ref):
            return self._ref_item(owner, key)
        if isinstance(owner, Loaded):
            return Unknown()
        if isinstance(owner, Instance):
            return self.run_special(owner, "__getitem__", [key]) or Unknown()
        if isinstance(owner, Class):
            self.run_special(owner, "__class_getitem__", [key])
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
                if (
                    isinstance(known, Const)
                    and isinstance(key, Const)
                    and known.value == key.value
                    and type(known.value) is type(key.value)
                ):
                    return value
            return Either([value for _, value in owner.values[:8]], owner.tags) if owner.values else Unknown()
        try:
            return self._folded(folding.bounded(self._known(owner)[self._known(key)]), owner.tags | key.tags | {"computed"})
        except (NotFoldable, TypeError, KeyError, IndexError, ValueError):
            return Unknown(owner.tags | key.tags)

    def _ref_item(self, owner: Ref, key: Any) -> Any:
        name = dangers.canonical(owner.name)
        text = key.value if isinstance(key, Const) and isinstance(key.value, str) else None
        if name in ("os.environ", "os.environb"):
            if text is not None:
                self.variable(text)
            return Unknown(frozenset({"env"}))
        if name == "sys.modules" and text is not None:
            return self.load_module(text, optional=True)
        if name in ("builtins", "builtins.__dict__") or name.endswith(".__dict__"):
            if text is not None:
                if self.own:
                    self.note_reached(f"{name.removesuffix('.__dict__')}.{text}", "through a dictionary of names")
                return self.attribute(Ref(name.removesuffix(".__dict__")), text)
            if self.own:
                self.note("hiding", f"a name of {name.removesuffix('.__dict__')} is looked up by something computed")
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

    def note_reached(self, name: str, how: str) -> None:
        if dangers.call_kind(name) or name in ("builtins.exec", "builtins.eval", "builtins.compile", "builtins.__import__"):
            self.note("hiding", f"{name} is reached {how}")

    def variable(self, name: str) -> None:
        if dangers.SECRET_NAMES.match(name):
            self.note("credentials", f"environment variable {name}")

    def _attribute_node(self, node: ast.Attribute, scope: Scope) -> Any:
        value = self._value(node.value, scope)
        self.line = getattr(node, "lineno", self.line)
        if node.attr in WALKED and (self.own or node.attr == "__builtins__" or (node.attr == "__subclasses__" and climbs(node.value))):
            self.note("hiding", f"{node.attr} is used to reach what is not named")
        return self.attribute(value, node.attr)

    def attribute(self, value: Any, name: str) -> Any:
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
            if base.endswith(".__dict__") and name in ("items", "values") and self.own:
                self.note("hiding", f"the names of {base.removesuffix('.__dict__')} are searched")
            loaded = self._loaded.get(f"{base}.{name}")
            return loaded if loaded is not None else Ref(f"{base}.{name}", value.tags, value.text)
        if isinstance(value, Loaded):
            if name in value.scope.names:
                return value.scope.names[name]
            if (found := self._loaded.get(f"{value.name}.{name}")) is not None:
                return found
            if name == "__dict__":
                return Pairs([(Const(key), inner) for key, inner in list(value.scope.names.items())[:200]])
            if "__getattr__" in value.scope.names:
                return self.call(value.scope.names["__getattr__"], [Const(name)], {}, None)
            return Unknown()
        if isinstance(value, Instance):
            return self._member(value, name)
        if isinstance(value, Class):
            found = self._class_member(value, name)
            if isinstance(found, Function) and found.bound is None and is_classmethod(found.node):
                return Function(found.node, found.scope, found.path, found.own, value, found.tags)
            return found
        if isinstance(value, Either):
            return either([self.attribute(option, name) for option in value.values[:6]])
        if isinstance(value, (Const, Items, Pairs)):
            return Partial("method", value, [Const(name)], {}, value.tags)
        if isinstance(value, Function):
            return Unknown()
        if isinstance(value, Partial):
            return Partial("method", value, [Const(name)], {}, value.tags)
        return Partial("method", value, [Const(name)], {}, value.tags)

    def _member(self, value: Instance, name: str) -> Any:
        if name in value.names:
            return value.names[name]
        found = self._class_member(value.of, name)
        if isinstance(found, Function):
            if found.bound is None and not is_static(found.node):
                found = Function(found.node, found.scope, found.path, found.own, value, found.tags)
            if is_property(found.node):
                return self.call(found, [], {}, None)
        if isinstance(found, Unknown) and "__getattr__" in value.of.names:
            return self.call(self._member(value, "__getattr__"), [Const(name)], {}, None)
        return found

    def _class_member(self, value: Class, name: str, depth: int = 0) -> Any:
        if name in value.names:
            return value.names[name]
        if depth < 16:
            for base in value.bases:
                if isinstance(base, Class):
                    found = self._class_member(base, name, depth + 1)
                    if not isinstance(found, Unknown):
                        return found
                elif isinstance(base, Ref):
                    return Ref(f"{base.name}().{name}", base.tags)
        return Unknown()

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Any:
        return self._make_function(node, scope)

    def _named(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self._value(node.value, scope)
        self._bind(node.target, value, scope)
        return value

    def _starred(self, node: ast.Starred, scope: Scope) -> Any:
        return self._value(node.value, scope)

    def _await(self, node: Any, scope: Scope) -> Any:
        value = self._value(node.value, scope) if node.value is not None else Unknown()
        self.use(value)
        return value

    def _comprehension(self, node: Any, scope: Scope) -> Any:
        inner = Scope({}, scope, scope.module, scope.package)
        results: list[Any] = []
        tags: set[str] = set()

        def produce() -> Any:
            if isinstance(node, ast.DictComp):
                return Items([self._value(node.key, inner), self._value(node.value, inner)])
            return self._value(node.elt, inner)

        def loop(index: int) -> None:
            if index == len(node.generators):
                value = produce()
                tags.update(value.tags)
                results.append(value)
                return
            generator = node.generators[index]
            iterable = self._value(generator.iter, inner if index else scope)
            self.use(iterable)
            tags.update(iterable.tags)
            items = self.iterate(iterable)
            known = items is not None and len(items) <= folding.MAX_ITEMS
            for item in items if known and items is not None else [Unknown(iterable.tags)]:
                self.step()
                self._bind(generator.target, item, inner)
                keep = True
                for test in generator.ifs:
                    result = self._test(test, inner)
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

    def _test(self, node: Any, scope: Scope) -> bool | None:
        """Whether a simple comparison of constants holds; None if that is not known."""
        value = self._value(node, scope)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            try:
                left, right = self._known(self._value(node.left, scope)), self._known(self._value(node.comparators[0], scope))
                return bool(_COMPARE[type(node.ops[0])](left, right))
            except (NotFoldable, KeyError, TypeError):
                return None
        if isinstance(value, Const):
            return bool(value.value)
        return None

    def iterate(self, value: Any) -> list[Any] | None:
        """The elements of `value` as values; None if they are not known."""
        if isinstance(value, Items):
            return value.values
        if isinstance(value, Pairs):
            return [key for key, _ in value.values]
        if isinstance(value, Const) and isinstance(value.value, (str, bytes, list, tuple, dict)):
            self._steps -= len(value.value) // 8
            return [item if isinstance(item, (Const, Ref)) else Const(item, value.tags) for item in list(value.value)[: folding.MAX_ITEMS]]
        return None

    # --- calls ----------------------------------------------------------------------------------------------------------

    def _call_node(self, node: ast.Call, scope: Scope) -> Any:
        function = self._value(node.func, scope)
        arguments: list[Any] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                inner = self._value(argument.value, scope)
                arguments.extend(self.iterate(inner) or [Unknown(inner.tags)])
            else:
                arguments.append(self._value(argument, scope))
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self._value(keyword.value, scope)
            if keyword.arg is None:
                for key, inner in value.values if isinstance(value, Pairs) else ():
                    if isinstance(key, Const) and isinstance(key.value, str):
                        keywords[key.value] = inner
            else:
                keywords[keyword.arg] = value
        self.line = getattr(node, "lineno", self.line)
        return self.call(function, arguments, keywords, node, scope)

    def call(self, function: Any, arguments: list[Any], keywords: dict[str, Any], node: Any, scope: Scope | None = None) -> Any:
        self.step()
        if self._depth >= MAX_DEPTH:
            self._give_up("calls nested too deeply to be followed")
            return Unknown()
        self._depth += 1
        try:
            if isinstance(function, Ref):
                return self._call_ref(function, arguments, keywords, node, scope)
            if isinstance(function, Function):
                return self._call_function(function, arguments, keywords)
            if isinstance(function, Class):
                return self._instantiate(function, arguments, keywords)
            if isinstance(function, Instance):
                self.use(function)
                member = self._member(function, "__call__")
                return self.call(member, arguments, keywords, node, scope) if not isinstance(member, Unknown) else Unknown()
            if isinstance(function, Either):
                return either([self.call(option, arguments, keywords, node, scope) for option in function.values[:8]])
            if isinstance(function, Partial):
                return self._call_partial(function, arguments, keywords, node, scope)
            return self._call_unknown(function, arguments, keywords, node)
        finally:
            self._depth -= 1

    def _call_unknown(self, function: Any, arguments: list[Any], keywords: dict[str, Any], node: Any) -> Any:
        if "reached" in function.tags and self.own:
            self.note("hiding", f"something that is not named is called: {shown_code(node)}")
        for value in (*arguments, *keywords.values()):
            self.handed(value)
        return Unknown(frozenset().union(function.tags - {"reached"}, *(value.tags for value in arguments)))

    def _call_function(self, function: Function, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        key = id(function.node)
        if key in self._stack or self._calls.get(key, 0) >= MAX_CALLS:
            return Unknown(frozenset().union(*(value.tags for value in arguments)) if arguments else NO_TAGS)
        self._calls[key] = self._calls.get(key, 0) + 1
        node = function.node
        scope = Scope({}, function.scope, function.scope.module, function.scope.package)
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        values = [function.bound, *arguments] if function.bound is not None and not is_static(node) else arguments
        defaults = node.args.defaults
        for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            scope.names[name] = (
                self._value(default, function.scope) if isinstance(default, (ast.Constant, ast.Name, ast.Attribute)) else Unknown()
            )
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            scope.names[argument.arg] = (
                self._value(default, function.scope) if isinstance(default, (ast.Constant, ast.Name, ast.Attribute)) else Unknown()
            )
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
        self._stack.append(key)
        before = (self.path, self.line, self.own)
        if not self.fixed:
            self.path, self.own = function.path, function.own
        elif function.path != self.path:
            fixed, self.fixed = self.fixed, 0
            self.path, self.own = function.path, function.own
            try:
                return self._body(node, scope)
            finally:
                self.fixed = fixed
                self._stack.pop()
                self.path, self.line, self.own = before
        try:
            return self._body(node, scope)
        finally:
            self._stack.pop()
            self.path, self.line, self.own = before

    def _body(self, node: Any, scope: Scope) -> Any:
        if isinstance(node, ast.Lambda):
            return self._value(node.body, scope)
        return either(self._block(node.body, scope) or [Const(None)])

    def _instantiate(self, made: Class, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        instance = Instance(made)
        for base in made.bases:
            if isinstance(base, Ref) and (kind := dangers.call_kind(dangers.canonical(base.name), own=self.own)):
                self.note(kind, f"a class made from {base.name} is used")
        for name in ("__new__", "__init__", "__post_init__"):
            member = self._member(instance, name)
            if isinstance(member, Function):
                self.call(member, arguments, keywords, None)
        for value in (*arguments, *keywords.values()):
            self.handed(value, quiet=True)
        return instance

    def run_special(self, value: Any, name: str, arguments: list[Any]) -> Any:
        owner = value.of if isinstance(value, Instance) else value
        if isinstance(owner, Class):
            member = self._class_member(owner, name)
            if isinstance(member, (Ref, Partial)) and name in owner.names:
                return self.call(member, arguments, {}, None)
            if isinstance(member, Function):
                return self.call(Function(member.node, member.scope, member.path, member.own, value, member.tags), arguments, {}, None)
        return None

    def use(self, value: Any) -> None:
        """`value` meets an operator, a condition or a protocol: its special methods may run."""
        if isinstance(value, Instance):
            self.escape(value, special=True)
        elif isinstance(value, Either):
            for option in value.values:
                if isinstance(option, Instance):
                    self.escape(option, special=True)

    def escape(self, value: Any, *, special: bool = False, depth: int = 0) -> None:
        """`value` is handed to code that is not read: what it can call, it may call."""
        if depth > 8:
            return
        self.step()
        if isinstance(value, Function):
            self.conditional += 1
            self.call(value, [Unknown() for _ in value.node.args.args], {}, None)
            self.conditional -= 1
        elif isinstance(value, (Instance, Class)):
            made = value.of if isinstance(value, Instance) else value
            if made.escaped:
                return
            if not special:
                made.escaped = True
            for name, member in list(made.names.items()):
                if isinstance(member, Function) and (not special or (name.startswith("__") and name.endswith("__"))):
                    self.conditional += 1
                    self.call(
                        Function(
                            member.node, member.scope, member.path, member.own, value if not is_static(member.node) else None, member.tags
                        ),
                        [Unknown() for _ in member.node.args.args[1:]],
                        {},
                        None,
                    )
                    self.conditional -= 1
                elif isinstance(member, (Instance, Partial, Either)):
                    self.escape(member, special=special, depth=depth + 1)
                elif isinstance(member, Ref):
                    self.handed(member)
            for base in made.bases:
                if isinstance(base, Class):
                    self.escape(base, special=special, depth=depth + 1)
        elif isinstance(value, (Items, Either, Pairs)):
            self.handed(value, heeded=True, depth=depth + 1)
        elif isinstance(value, Partial) and value.kind in ("partial", "methodcaller", "attrgetter"):
            self.handed(value.inner, heeded=True, depth=depth + 1)
            if value.kind == "partial":
                self.call(value, [], {}, None)

    def handed(self, value: Any, *, quiet: bool = False, heeded: bool = False, depth: int = 0) -> None:
        """`value` is an argument of a call that is not read.

        In the hook itself whatever gets a function may call it. In modules that it imports only the standard library
        does (`heeded`): libraries register so many functions that are called much later, or never.
        """
        if isinstance(value, Ref):
            name = dangers.canonical(value.name)
            if name in ("builtins.exec", "builtins.eval", "builtins.compile", "builtins.__import__"):
                self.note("dynamic-code", f"{name} is handed on as a value")
            elif name in ("os.environ", "os.environb"):
                self.note("environment-read", "the whole environment is handed on")
            elif not quiet and (self.own or heeded) and "()" not in name:
                kind = dangers.call_kind(name, own=False)
                if kind in dangers.PASSED_AS_VALUE and name.rpartition(".")[2][:1].islower():
                    self.note(kind, f"{name} is handed on as a value")
        elif isinstance(value, (Items, Pairs, Either)):
            parts = [inner for _, inner in value.values[:50]] if isinstance(value, Pairs) else value.values[:50]
            if depth <= 8:
                for part in parts:
                    self.step()
                    self.handed(part, quiet=quiet, heeded=heeded, depth=depth + 1)
        elif (
            (self.own or heeded)
            and isinstance(value, (Function, Instance, Class, Partial))
            and not (quiet and isinstance(value, (Instance, Class)))
        ):
            self.escape(value, depth=depth)

    def _call_partial(self, function: Partial, arguments: list[Any], keywords: dict[str, Any], node: Any, scope: Scope | None) -> Any:
        if function.kind == "partial":
            return self.call(function.inner, [*function.arguments, *arguments], {**function.keywords, **keywords}, node, scope)
        if function.kind == "methodcaller" and arguments and isinstance(function.inner, Const):
            target = self.attribute(arguments[0], str(function.inner.value))
            if self.own and isinstance(target, Ref):
                self.note_reached(target.name, "through operator.methodcaller")
            return self.call(target, function.arguments, function.keywords, node, scope)
        if function.kind == "attrgetter" and arguments and isinstance(function.inner, Const):
            value = arguments[0]
            for part in str(function.inner.value).split(".")[:16]:
                value = self.attribute(value, part)
            if self.own and isinstance(value, Ref):
                self.note_reached(value.name, "through operator.attrgetter")
            return value
        if function.kind == "itemgetter" and arguments:
            return self._item(arguments[0], function.inner)
        if function.kind == "item" and arguments:
            return self._item(function.inner, arguments[0])
        if function.kind == "method":
            return self._call_method(function, arguments, keywords, node)
        return Unknown(function.tags)

    def _call_method(self, function: Partial, arguments: list[Any], keywords: dict[str, Any], node: Any) -> Any:
        value, name = function.inner, str(function.arguments[0].value)
        tags = frozenset().union(value.tags, *(argument.tags for argument in arguments))
        if isinstance(value, (Items, Pairs)):
            if name in ("append", "extend", "insert", "add") and isinstance(value, Items) and arguments:
                new = arguments[-1]
                value.values.extend((self.iterate(new) or [new]) if name == "extend" else [new])
                return Const(None)
            if name in ("get", "pop", "__getitem__", "setdefault") and arguments:
                return self._item(value, arguments[0])
            if name == "items" and isinstance(value, Pairs):
                return Items([Items([key, inner]) for key, inner in value.values], tags)
            if name == "values" and isinstance(value, Pairs):
                return Items([inner for _, inner in value.values], tags)
        try:
            result = folding.method(
                self._known(value),
                name,
                [self._known(argument) for argument in arguments],
                {key: self._known(inner) for key, inner in keywords.items()},
            )
        except NotFoldable:
            for argument in (*arguments, *keywords.values()):
                self.handed(argument)
            if isinstance(value, Unknown) or name in ("join", "format", "decode", "replace", "translate"):
                self._method_of_unknown(name, arguments, node)
            if name in ("format_map", "format"):
                return Unknown(tags | {"joined"})
            return Unknown(tags | ({"computed"} if name in ("join", "decode", "translate", "replace") else set()))
        if name == "decode" and arguments and str(self._known(arguments[0])).replace("-", "_").lower() in folding.TEXT_CODECS:
            return self._folded(result, tags)
        if name in ("decode", "encode"):
            coded = bool(arguments) and str(self._known(arguments[0])).replace("-", "_").lower() not in folding.TEXT_CODECS
            return self._folded(result, tags | ({"decoded"} if coded else set()))
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
            return self._folded(result, tags | {"computed" if name != "strip" else "stripped"})
        return self._folded(result, tags)

    def _method_of_unknown(self, name: str, arguments: list[Any], node: Any) -> None:
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
            self.note("process", shown_code(node))
        elif name in ("urlopen", "urlretrieve", "create_connection", "getaddrinfo"):
            self.note("network", shown_code(node))
        elif name in _WRITING or (name == "open" and _names_a_writing_mode(arguments, node)):
            self.note("file-write", shown_code(node))
        elif name in ("exec", "eval", "exec_module", "runsource", "runcode", "runctx", "run_path", "run_module") and (
            self.own or name in ("runsource", "runcode", "runctx", "run_path")
        ):
            self.note("dynamic-code", shown_code(node))
        elif name == "__subclasses__":
            self.note("hiding", shown_code(node))

    # --- calls of named things ------------------------------------------------------------------------------------------

    def _call_ref(self, function: Ref, arguments: list[Any], keywords: dict[str, Any], node: Any, scope: Scope | None) -> Any:
        name = dangers.canonical(function.name)
        special = SPECIAL.get(name)
        if special is not None:
            result = special(Call(self, name, arguments, keywords, node, scope))
            if result is not None:
                return result
        tags = frozenset().union(function.tags, *(value.tags for value in arguments), *(value.tags for value in keywords.values()))
        if name.startswith("builtins.object.__subclasses__") or name.endswith(".__subclasses__"):
            self.note("hiding", shown_code(node))
        owner, _, method = name.rpartition(".")
        if owner in ("sys.path", "sys.meta_path", "sys.path_hooks", "sys.path_importer_cache", "sys.modules") and method in _MUTATORS:
            if owner == "sys.path" or owner in ("sys.meta_path", "sys.path_hooks", "sys.path_importer_cache"):
                if method not in ("pop", "remove", "clear", "reverse", "sort") or owner != "sys.path":
                    self._mutated(owner, method, arguments)
                for value in arguments:
                    self.handed(value)
                return Ref(f"{name}()")
            for value in arguments:
                self.handed(value)
            self.note("import-system", shown_code(node))
            return Ref(f"{name}()")
        if owner in ("os.environ", "os.environb"):
            return self._environment_call(method, arguments, keywords, node)
        if owner == "sys.modules" and method in ("get", "__getitem__") and arguments:
            return self._ref_item(Ref("sys.modules"), arguments[0])
        if owner.endswith("__dict__") and method in ("update", "setdefault", "__setitem__"):
            self.note("patch", shown_code(node))
        kind = dangers.call_kind(name, own=self.own)
        if not kind and method == "open" and "()" in owner and _names_a_writing_mode(arguments, node):
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
            self.note(kind, self.shown(name, node))
            if kind == "process":
                self._command(arguments, keywords, scope)
            elif kind == "dynamic-code":
                self._code_argument(name, arguments, keywords, scope)
        if isinstance(keywords.get("verify"), Const) and keywords["verify"].value is False:
            self.note("tls-off", shown_code(node))
        if (
            name.startswith(("sys.stdout", "sys.__stdout__", "builtins.print"))
            and method in ("write", "print", "writelines")
            and not self.conditional
            and "file" not in keywords
        ):
            self.note("output", shown_code(node))
        if name in folding.DECODERS or name in PURE:
            folded = self._fold_call(name, arguments, keywords, tags)
            if folded is not None:
                return folded
        if name not in _LOOKS_ONLY:
            heeded = name.partition(".")[0] in dangers.STANDARD and not name.startswith(HOLDING)
            for value in (*arguments, *keywords.values()):
                self.handed(value, heeded=heeded)
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
                self.use(value)
        top = name.partition(".")[0]
        if top in self.missing or top in self.foreign:
            self.foreign.append(name)
        made = dangers.result_tags(name)
        text = (
            next((value.value for value in arguments if isinstance(value, Const) and isinstance(value.value, str)), "")
            if name.startswith("pathlib.")
            else function.text
        )
        return Ref(f"{name}()", tags | made, text)

    def shown(self, name: str, node: Any) -> str:
        shown = shown_code(node) if node is not None else f"{name}(…)"
        return shown if name.rpartition(".")[2] in shown else f"{name}: {shown}"

    def _environment_call(self, method: str, arguments: list[Any], keywords: dict[str, Any], node: Any) -> Any:
        first = arguments[0] if arguments else None
        if method in ("setdefault", "__setitem__") and len(arguments) > 1:
            self.environment(first, arguments[1], shown_code(node)[:120])
        elif method == "update":
            pairs = [(Const(key), value) for key, value in keywords.items()]
            if isinstance(first, Pairs):
                pairs += first.values
            elif isinstance(first, Const) and isinstance(first.value, dict):
                pairs += [(Const(key), Const(value)) for key, value in first.value.items()]
            for key, value in pairs:
                self.environment(key, value, f"os.environ[{text_of(key)!r}]")
        elif method in ("get", "pop", "__getitem__") and isinstance(first, Const) and isinstance(first.value, str):
            self.variable(first.value)
        elif method in ("items", "copy", "values"):
            self.note("environment-read", f"os.environ.{method}()")
        return Unknown(frozenset({"env"}))

    def _fold_call(self, name: str, arguments: list[Any], keywords: dict[str, Any], tags: frozenset[str]) -> Any:
        decoder = name in folding.DECODERS
        made = frozenset({"decoded"}) if decoder else frozenset({"letters"}) if name in LETTERS else NO_TAGS
        if (
            name == "codecs.decode"
            and len(arguments) > 1
            and isinstance(arguments[1], Const)
            and str(arguments[1].value).replace("-", "_").lower() in folding.TEXT_CODECS
        ):
            made = NO_TAGS
        try:
            values = [self._known(value) for value in arguments]
            result = folding.call(name, values, {key: self._known(value) for key, value in keywords.items()})
        except NotFoldable:
            if decoder:
                self._steps -= 500  # a bomb costs as much as what it would have become
            for value in keywords.values():
                self.handed(value, heeded=True)
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
                items = self.iterate(arguments[0])
                if items is not None and len(arguments) == 1 and name not in ("builtins.enumerate", "builtins.zip"):
                    return Items(list(reversed(items)) if name == "builtins.reversed" else list(items), tags)
            return None
        return self._folded(result, tags | made)

    def _command(self, arguments: list[Any], keywords: dict[str, Any], scope: Scope | None) -> None:
        """A program is started: if it is an interpreter with code as an argument, read the code."""
        words: list[str] = []
        for value in (*arguments, *keywords.values()):
            words.extend(self.strings_in(value))
        for flag, code in pairwise(words):
            if flag == "-c" or (flag.startswith("-") and flag.endswith("c") and flag.isascii() and len(flag) < 6):
                self._nested(code, NO_TAGS, scope, quiet=True)

    def _code_argument(self, name: str, arguments: list[Any], keywords: dict[str, Any], scope: Scope | None) -> None:
        if name.startswith("runpy.run_module") and arguments and isinstance(arguments[0], Const) and isinstance(arguments[0].value, str):
            self.load_module(arguments[0].value)
            return
        if name.startswith(("pickle.", "_pickle.", "dill.", "cloudpickle.", "marshal.")):
            if (
                any(isinstance(value, Const) for value in arguments)
                or frozenset().union(*(value.tags for value in arguments)) & OUTSIDE
                or name.startswith(("pickle.", "_pickle."))
            ):
                self.note("decoded-code", f"{name} of data makes objects that may be code: {self._serialised(arguments)}")
            return
        for value in (*arguments, *keywords.values()):
            if isinstance(value, Const) and isinstance(value.value, str) and ("(" in value.value or "import" in value.value):
                self._nested(value.value, value.tags, scope, quiet=True)
            self.handed(value)

    def _serialised(self, arguments: list[Any]) -> str:
        """Names that a pickle would import; nothing is loaded."""
        data = arguments[0].value if arguments and isinstance(arguments[0], Const) else None
        if not isinstance(data, bytes) or len(data) > 2**16:
            return "not known here"
        self._steps -= len(data) // 4
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

    def load_module(self, name: str, *, optional: bool = False) -> Any:
        """Import a module by its dotted name: read it if it is found, once."""
        self.step()
        name = name.strip()
        if not name or len(name) > 300:
            return Unknown()
        top = name.partition(".")[0]
        if name == "__main__":
            return Ref("__main__")
        parts = name.split(".")
        value: Any = None
        for index in range(1, len(parts) + 1):
            value = self._import_one(".".join(parts[:index]), optional=optional)
            if isinstance(value, Ref) and (top in dangers.STANDARD or index == 1):
                break
        if isinstance(value, Ref):
            return Ref(name)
        return value

    def _import_one(self, name: str, *, optional: bool) -> Any:
        if name in self._loaded:
            return self._loaded[name]
        top = name.partition(".")[0]
        source = self._find(name)
        if source is None:
            if name in dangers.ON_IMPORT:
                self.note(dangers.ON_IMPORT[name], f"import {name}")
            if top not in dangers.STANDARD and not optional and self.own and top not in self.missing and top not in self._loaded:
                self.missing.append(top)  # what a followed module misses, it has learned to do without
            return Ref(name)
        if source.foreign:
            if top not in self.foreign:
                self.foreign.append(top)
            return Ref(name)
        if source.text is None:
            value: Any = Ref(name)
            if source.kind == "native":
                self.modules[name] = source.path
                self.note("native-code", f"import {name}: native code ({source.path.rpartition('/')[2]}), which is not read", source.path)
            elif source.kind == "bytecode":
                self.modules[name] = source.path
                self.note("bytecode", f"import {name}: bytecode without source ({source.path.rpartition('/')[2]})", source.path)
            elif source.kind == "unreadable":
                self.note("unreadable", f"import {name}: {source.path} cannot be read as text", source.path)
            elif source.kind == "namespace":
                value = Loaded(name, Scope({}, package=name))
            self._loaded[name] = value
            return value
        if len(self.modules) >= MAX_MODULES:
            self.unread.append(f"more than {MAX_MODULES} modules")
            return Ref(name)
        self.modules[name] = source.path
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
        self._loaded[name] = loaded
        before = (self.path, self.line, self.fixed, self.own)
        self._at(source.path, 0, own=False)
        self.fixed = 0
        try:
            self.run_text(source.text, scope)
        finally:
            self.path, self.line, self.fixed, self.own = before
        if source.trusted:
            self._loaded[name] = trusted = Ref(name)
            return trusted
        parent, _, last = name.rpartition(".")
        if parent and isinstance(self._loaded.get(parent), Loaded):
            self._loaded[parent].scope.names.setdefault(last, loaded)
        return loaded

    # --- text that becomes code -----------------------------------------------------------------------------------------

    def executed(self, name: str, value: Any, node: Any, scope: Scope | None, *, expression: bool = False) -> Any:
        """`value` is run as code."""
        if isinstance(value, Partial) and value.kind == "compile":
            value = value.inner
        if isinstance(value, Either):
            return either([self.executed(name, option, node, scope, expression=expression) for option in value.values[:6]])
        if isinstance(value, Const) and isinstance(value.value, (str, bytes)):
            text = value.value
            if isinstance(text, bytes):
                text = text.decode("utf-8", "replace")
            shown = text.strip()
            if value.tags & {"decoded", "letters"} or ("computed" in value.tags and self.own):
                self.layers.append(text[:4000])
                self.note("decoded-code", f"{name} of text that is decoded first: {shown}")
            elif value.tags & {"joined", "stripped"} and self.own:
                self.layers.append(text[:4000])
                self.note("hiding", f"{name} of text that is put together first: {shown}")
            elif value.tags & OUTSIDE:
                self.note("decoded-code", f"{name} of something that is not in the file: {shown_code(node)}")
            return self._nested(text, value.tags, scope, expression=expression)
        tags = value.tags
        if tags & OUTSIDE:
            origin = {
                "file": "a file",
                "network": "the network",
                "env": "the surroundings (a variable, an argument, a program)",
                "decoded": "decoded data",
            }
            self.note(
                "decoded-code",
                f"{name} of what comes from {' and '.join(origin[tag] for tag in sorted(tags & OUTSIDE))}: {shown_code(node)}",
            )
        else:
            self.note("dynamic-code", f"{name} of something that is not a constant: {shown_code(node)}")
        return Unknown()

    def _nested(self, text: str, tags: frozenset[str], scope: Scope | None, *, expression: bool = False, quiet: bool = False) -> Any:
        if self._layer >= _MAX_LAYERS or len(text) > MAX_SOURCE:
            self._give_up(f"code in more than {_MAX_LAYERS} layers")
            return Unknown()
        scope = scope or Scope({})
        if scope.module is None:
            scope.module = scope
        fixed = self.fixed
        self.fixed = fixed or self.line
        self._layer += 1
        try:
            if expression:
                tree = self._parse(text.strip(" \t\n"), "eval")
                return Unknown() if tree is None else self._value(tree.body, scope)
            tree = self._parse(text, "exec")
            if tree is None:
                return Unknown()
            if not quiet and is_needless(tree) and (self.own or len(tree.body) < 3) and not tags:
                self.note("hiding", f"code in a text though it needs none: {text.strip()}")
            self._block(tree.body, scope)
        finally:
            self._layer -= 1
            self.fixed = fixed
        return Unknown()

    _statements: ClassVar[dict[type, Callable[..., Any]]] = {
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
        _statements[ast.TypeAlias] = _type_alias
    _expressions: ClassVar[dict[type, Callable[..., Any]]] = {
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


_REAL_SUBMODULES: Final = frozenset(
    {
        "asyncio.subprocess",
        "concurrent.futures",
        "importlib.util",
        "multiprocessing.shared_memory",
        "distutils.cmd",
        "ctypes.wintypes",
        "email.base64mime",
        "encodings.base64_codec",
    }
)
_TELLING: Final = frozenset({"popen", "Popen", "urlopen", "b64decode", "fromhex", "unhexlify", "marshal"})
"""Words that a library which is too large to be read seldom has."""
_COMMON: Final = frozenset(
    {"compile", "system", "__import__", "settrace", "ctypes", "__globals__", "eval", "exec", "__subclasses__", "marshal"}
)
"""Of these, those that libraries use for good reasons."""
_SCANNED: Final = frozenset(
    [
        "exec",
        "eval",
        "compile",
        "system",
        "popen",
        "Popen",
        "check_output",
        "urlopen",
        "b64decode",
        "unhexlify",
        "fromhex",
        "spawn",
        "fork",
        "execv",
        "execve",
        "create_connection",
        "marshal",
        "ctypes",
        "run_path",
        "__import__",
        "__subclasses__",
        "__globals__",
        "settrace",
    ]
)

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
