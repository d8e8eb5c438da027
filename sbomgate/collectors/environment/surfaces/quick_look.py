"""Whether the bytes of a module can do anything that matters: a look at its words, before any reading.

Code acts through names: of the functions in `dangers`, of the builtins that run text, of the ways around names (`globals`,
`__dict__`, a computed `getattr`). A module in which none of them stands, however it is written, has nothing for the reader
to find. The look is coarse on purpose: a word in a comment counts, and then the module is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Final

KINDS: Final = frozenset({"process", "network", "persistence", "credentials", "file-write", "dynamic-code", "native-code"})
"""What is looked for among the functions of `dangers`."""
_ACTS: Final = frozenset(
    b"exec eval execfile __import__ import_module FunctionType LambdaType CodeType Popen popen check_output create_subprocess_shell"
    b" create_subprocess_exec subprocess_shell subprocess_exec posix_spawn urlopen urlretrieve create_connection getaddrinfo runsource"
    b" runcode runctx run_path run_module exec_module open read_text read_bytes write_text write_bytes symlink_to hardlink_to extractall".split()
)
"""Words that suffice alone: the reader heeds them on whatever they are called."""
_AROUND_NAMES: Final = frozenset(
    b"getattr_static vars globals locals builtins __dict__ __builtins__ __builtin__ __getattribute__ __globals__ __subclasses__ __code__"
    b" f_globals f_builtins f_locals tb_frame gi_frame cr_frame attrgetter methodcaller itemgetter resolve_name _importer _resolve".split()
)
_NAMES: Final = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z_][A-Za-z0-9_]*))?")
_IMPORT_LINE: Final = re.compile(rb"^[ \t]*import[ \t]+\w+(?:[ \t]*,[ \t]*\w+)*[ \t]*\r?$", re.MULTILINE)
_IMPORTS: Final = re.compile(rb"\bfrom\s+(\w+)(?:\s*\.\s*\w+)*\s+import\b|\bimport\s([^\r\n]*)")
_PLAIN_GETATTR: Final = re.compile(rb"""\bgetattr\(\s{0,99}[\w.]+,\s{0,99}(?:"[\w.]*"|'[\w.]*')\s{0,99}[,)]""")
_SYSTEM: Final = re.compile(rb"\.[\s\\]*system\b(?!\(\))")
"""`platform.system()` has no argument; whatever has another `system` may run one."""
_PLAIN_CODINGS: Final = (b"utf-8", b"utf8", b"ascii", b"us-ascii", b"latin-1", b"latin1", b"iso-8859-1", b"iso-8859-15", b"cp1252")


def may_matter(content: bytes) -> bool:
    """Whether a module with this content is to be read."""
    if not content.isascii():
        import unicodedata

        # an identifier may be written in other letters: the parser normalises it, so the look does
        content = unicodedata.normalize("NFKC", content.decode("utf-8", "replace")).encode()
    pairs = frozenset(_NAMES.findall(_IMPORT_LINE.sub(b"", content)))
    words = frozenset(word for pair in pairs for word in pair)
    if not (_ACTS.isdisjoint(words) and _AROUND_NAMES.isdisjoint(words)):
        return True
    if b"system" in words and _SYSTEM.search(content):
        return True
    if b"getattr" in words and content.count(b"getattr") != len(_PLAIN_GETATTR.findall(content)):
        return True
    imported = _imported(content)
    behind: dict[bytes, set[bytes]] = {}
    for first, second in pairs:
        if first in imported or first in _reachable():
            behind.setdefault(first, set()).add(second)
        if second in imported or second in _reachable():
            behind.setdefault(second, set()).add(b"")
    if any(_reaches_danger(module, behind.get(module, set()), words) for module in imported | behind.keys()):
        return True
    return b"\nprint(" in content or content.startswith(b"print(") or b"stdout.write" in content or _is_encoded(content)


def _imported(content: bytes) -> frozenset[bytes]:
    """The top-level modules that some import may name."""
    named: set[bytes] = set()
    for origin, names in _IMPORTS.findall(content.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")):
        named.update([origin] if origin else re.findall(rb"(?:\A|,)\s*(\w+)", names))
    return frozenset(named)


@cache
def _reachable() -> frozenset[bytes]:
    """The modules that others have imported: `shutil.os`."""
    from sbomgate.collectors.environment import dangers

    return frozenset(name.encode() for name in dangers.REACHABLE_MODULES)


def _reaches_danger(module: bytes, behind: set[bytes], words: frozenset[bytes]) -> bool:
    """Whether one of the dangerous functions of `module` may be named.

    While the module's name stands only in `import module` and in front of a dot, its functions are those `behind` the dot.
    Where it stands alone (`from module import`, an argument, another name for it, a word of a comment), they may be any of
    the words.
    """
    patterns = _patterns().get(module) or next((found for first, found in _open_ended() if module.startswith(first)), ())
    if not patterns:
        return False
    named = words if b"" in behind else behind
    return any(not pattern or (_stands(pattern[0], named) and all(_stands(word, words) for word in pattern[1:])) for pattern in patterns)


def _stands(word: bytes, words: Collection[bytes]) -> bool:
    return any(known.startswith(word[:-1]) for known in words) if word.endswith(b"*") else word in words


def _is_encoded(content: bytes) -> bool:
    """Whether the text is in an encoding in which words look otherwise. Source: PEP 263."""
    head = b"\n".join(content.split(b"\n", 2)[:2])
    found = re.search(rb"coding[:=][ \t]*([-\w.]+)", head)
    return found is not None and found[1].lower().replace(b"_", b"-") not in _PLAIN_CODINGS


@cache
def _patterns() -> dict[bytes, tuple[tuple[bytes, ...], ...]]:
    """First word of a dangerous name → the other words that have to stand there as well; `*` at the end is any more letters."""
    from sbomgate.collectors.environment import dangers

    found: dict[bytes, list[tuple[bytes, ...]]] = {}
    for pattern in dangers.patterns(KINDS):
        first, *others = pattern.replace("()", "").split(".")
        wanted = tuple(part.encode() for part in others if part.strip("*") and "*" not in part[:-1])
        for name in (first, *dangers.twins(first)):
            found.setdefault(name.encode(), []).append(wanted)
    found.setdefault(b"sys", []).append((b"modules",))
    found.update({name.partition(".")[0].encode(): [()] for name in dangers.ON_IMPORT})
    return {first: tuple(patterns) for first, patterns in found.items()}


@cache
def _open_ended() -> tuple[tuple[bytes, tuple[tuple[bytes, ...], ...]], ...]:
    """The first words that are a beginning only: `psycopg*`."""
    return tuple((first[:-1], patterns) for first, patterns in _patterns().items() if first.endswith(b"*"))
