"""What Python code would do when it runs, told by reading it: nothing of it is executed.

`Reader` walks the syntax tree the way the interpreter would run it: statements in order, functions when they are called
or handed to something that may call them, both branches of a condition, modules when they are imported. Values are
followed as far as they are constants, functions or known names; whatever hides text (codecs, joins, slices, arithmetic)
is folded, and text that reaches `exec` is read in turn.

Its rooms are in `reader`; how much is read is in `reader.bounds`. What lies beyond is told as `unread`, and searched for
dangerous names as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sbomgate.collectors.environment import dangers
from sbomgate.collectors.environment.reader import folding
from sbomgate.collectors.environment.reader.bounds import (
    MAX_DEPTH,
    MAX_FOUND,
    MAX_SOURCE,
    MAX_STEPS,
    ExhaustedError,
)
from sbomgate.collectors.environment.reader.calling import call_function, call_partial, call_unknown, instantiate
from sbomgate.collectors.environment.reader.expressions import EXPRESSIONS
from sbomgate.collectors.environment.reader.imports import Source, load_module
from sbomgate.collectors.environment.reader.members import attribute_of, member_of
from sbomgate.collectors.environment.reader.named_calls import call_named
from sbomgate.collectors.environment.reader.protocols import use
from sbomgate.collectors.environment.reader.statements import STATEMENTS
from sbomgate.collectors.environment.reader.texts import parse, scan_text, scan_tree
from sbomgate.collectors.environment.reader.values import (
    Class,
    Const,
    Either,
    Function,
    Instance,
    Partial,
    Ref,
    Scope,
    Seen,
    Unknown,
    constant,
    either,
)


def _nowhere(_: str) -> None:
    """No module is found."""


def _nothing_known(_: str) -> str:
    """No text is an indicator."""
    return ""


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
        self.adds_sites = False
        """Whether folders are added with the start-up files in them."""
        self.layers: list[str] = []
        """Decoded texts that were read in turn."""
        self.find = find or _nowhere
        self._strings = strings or _nothing_known
        self.loaded: dict[str, Any] = {}
        self.steps_left = max_steps
        self.depth = 0
        self.layer = 0
        self.conditional = 0
        self.path = ""
        self.line = 0
        self.fixed = 0
        self.own = True
        self.calls: dict[int, int] = {}
        self.stack: list[int] = []
        self._texts: list[str] = []
        self._looked: set[str] = set()
        self.written: Seen | None = None
        self._weak: Seen | None = None
        self._keys: set[tuple[str, str, int]] = set()

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
            self.at(path, number, own=True)
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
        self.at(path, 0, own=own)
        self.fixed = 0
        self.run_text(text, scope)
        self.path, self.line, self.fixed, self.own = before
        if not self.stack:
            self._correlate()
        return scope

    def call_entry(self, module: str, attribute: str, path: str, line: int) -> None:
        """Import `module` and call `attribute` of it without arguments, as a `.start` line does."""
        self.at(path, line, own=True)
        self.fixed = line
        try:
            value = load_module(self, module)
            for part in attribute.split("."):
                value = attribute_of(self, value, part)
            self.call(value, [], {}, None)
        except (ExhaustedError, RecursionError):
            self.give_up("more code than is read for one hook")
        self.fixed = 0
        self._correlate()

    def run_text(self, text: str, scope: Scope) -> Any:
        """Parse and read `text`; SyntaxError and its like are told as `unreadable`."""
        if len(text) > MAX_SOURCE:
            self.note("hiding" if self.own else "unread", f"{len(text)} characters of code")
            scan_text(self, text[:MAX_SOURCE])
            return Unknown()
        tree = parse(self, text, "exec")
        if tree is None:
            return Unknown()
        try:
            self.block(tree.body, scope)
        except (ExhaustedError, RecursionError):
            if not scan_tree(self, tree):
                self.give_up("more code than is read for one hook")
        return Unknown()

    def at(self, path: str, line: int, *, own: bool) -> None:
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

    def give_up(self, why: str) -> None:
        self.note("hiding" if self.own else "unread", why)

    def known(self, value: Any) -> Any:
        """`constant`, and the work for large values counts."""
        budget = [folding.MAX_ITEMS]
        try:
            result = constant(value, budget)
        finally:
            self.steps_left -= (folding.MAX_ITEMS - budget[0]) // 8
        if isinstance(result, (str, bytes, list, dict, tuple)):
            self.steps_left -= len(result) // 256
        if self.steps_left < 0:
            raise ExhaustedError
        return result

    def step(self) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise ExhaustedError

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

    def block(self, statements: Sequence[Any], scope: Scope) -> list[Any]:
        returned: list[Any] = []
        for statement in statements:
            self.step()
            self.line = getattr(statement, "lineno", self.line)
            method = STATEMENTS.get(type(statement))
            if method is not None:
                result = method(self, statement, scope)
                if result:
                    returned.extend(result)
        return returned

    def value(self, node: Any, scope: Scope) -> Any:
        self.step()
        if self.depth >= MAX_DEPTH:
            if not scan_tree(self, node):
                self.give_up("expressions nested too deeply to be read")
            return Unknown()
        line = getattr(node, "lineno", 0)
        if line:
            self.line = line
        method = EXPRESSIONS.get(type(node))
        if method is None:
            return Unknown()
        self.depth += 1
        try:
            return method(self, node, scope)
        finally:
            self.depth -= 1

    def call(self, function: Any, arguments: list[Any], keywords: dict[str, Any], node: Any, scope: Scope | None = None) -> Any:
        self.step()
        if self.depth >= MAX_DEPTH:
            self.give_up("calls nested too deeply to be followed")
            return Unknown()
        self.depth += 1
        try:
            if isinstance(function, Ref):
                return call_named(self, function, arguments, keywords, node, scope)
            if isinstance(function, Function):
                return call_function(self, function, arguments, keywords)
            if isinstance(function, Class):
                return instantiate(self, function, arguments, keywords)
            if isinstance(function, Instance):
                use(self, function)
                member = member_of(self, function, "__call__")
                return self.call(member, arguments, keywords, node, scope) if not isinstance(member, Unknown) else Unknown()
            if isinstance(function, Either):
                return either([self.call(option, arguments, keywords, node, scope) for option in function.values[:8]])
            if isinstance(function, Partial):
                return call_partial(self, function, arguments, keywords, node, scope)
            return call_unknown(self, function, arguments, keywords, node)
        finally:
            self.depth -= 1

    def folded(self, value: Any, tags: frozenset[str]) -> Any:
        if isinstance(value, (str, bytes)):
            self.steps_left -= len(value) // 64  # long texts made in a loop use up the budget
            self.look(value)
        elif isinstance(value, (list, tuple, dict)):
            self.steps_left -= len(value) // 16
        return Const(value, tags)
