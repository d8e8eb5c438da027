"""Command lines taken apart as clients do before they compare them with rules. One pass, nothing expanded, nothing run.

Unlike `collectors.agents.shell`, which reads words, this keeps the text as written: rules are compared with that.
Separators and wrappers: Claude Code documentation, "Configure permissions", "Compound commands" and "Wrappers".
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_TEXT: Final = 10_000
"""Characters; Claude Code asks about any longer command."""
MAX_PARTS: Final = 200
MAX_DEPTH: Final = 5
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?:'[^']*'|\"[^\"]*\"|[^\s'\"])*\s+")
_KEYWORDS: Final = frozenset({"do", "then", "else", "elif", "if", "while", "until", "!", "{"})
_SAFE_VARIABLES: Final = frozenset({"NODE_ENV", "LANG", "LC_ALL", "NO_COLOR", "FORCE_COLOR", "TERM", "TZ", "RUST_LOG", "RUST_BACKTRACE"})
"""Assignments of these before a command change nothing for an allow rule. The documentation names some and keeps the list."""
_DURATION: Final = re.compile(r"[0-9.]+[smhd]?\Z")


class Part(NamedTuple):
    """One simple command."""

    text: str
    """As written, without its redirections."""
    writes: tuple[str, ...] = ()
    """Files that its output is written to."""
    reads: tuple[str, ...] = ()
    """Files that its input comes from."""


class Script(NamedTuple):
    """A command line."""

    parts: tuple[Part, ...]
    nested: tuple[Part, ...] = ()
    """The commands inside of substitutions and subshells, at any depth."""
    plain: bool = True
    """False: not understood in full, so that no client would let a rule for a single command approve it."""


def split(text: str) -> Script:
    """The simple commands of `text`, divided at `&& || ; | |& &` and line ends outside of quotes."""
    if len(text) > MAX_TEXT:
        return Script((Part(text[:MAX_TEXT].strip()),), plain=False)
    nested: list[str] = []
    parts, plain = _divided(text, nested)
    inner: list[Part] = []
    for _ in range(MAX_DEPTH):
        level, nested = nested[:MAX_PARTS], []
        for one in level:
            inner += _divided(one, nested)[0]
        if not nested or len(inner) > MAX_PARTS:
            break
    return Script(tuple(parts[:MAX_PARTS]), tuple(inner[:MAX_PARTS]), plain and len(parts) <= MAX_PARTS)


def _divided(text: str, nested: list[str]) -> tuple[list[Part], bool]:
    parts: list[Part] = []
    piece: list[str] = []
    writes: list[str] = []
    reads: list[str] = []
    plain, at, end, dangling = True, 0, len(text), False

    def close() -> bool:
        said = "".join(piece).strip()
        if said or writes or reads:
            parts.append(Part(said, tuple(writes), tuple(reads)))
        piece.clear()
        writes.clear()
        reads.clear()
        return bool(said)

    while at < end:
        char = text[at]
        if char == "\\":
            piece.append(text[at : at + 2])
            at += 2
        elif char == "'":
            stop = text.find("'", at + 1)
            plain, stop = plain and stop >= 0, end if stop < 0 else stop + 1
            piece.append(text[at:stop])
            at = stop
        elif char == '"':
            stop, whole = _quoted(text, at + 1, nested)
            plain = plain and whole
            piece.append(text[at:stop])
            at = stop
        elif char == "`" or text.startswith(("$(", "<(", ">("), at):
            stop, whole = _substitution(text, at, nested)
            plain = plain and whole
            piece.append(text[at:stop])
            at = stop
        elif char in "()":
            plain = False  # a subshell, a function, an array: rules for a single command do not reach into it
            stop, _ = _substitution(text, at, nested) if char == "(" else (at + 1, True)
            piece.append(text[at:stop])
            at = stop
        elif char in "<>" or (char == "&" and text.startswith("&>", at)):
            at, target = _redirection(text, at, piece)
            if target is None:
                plain = False  # a here-document: what follows is no command
            elif target:
                (reads if char == "<" else writes).append(target)
        elif char in ";&|\n":
            operator = next((one for one in ("&&", "||", "|&") if text.startswith(one, at)), char)
            had = close()
            dangling = operator in ("&&", "||")
            plain = plain and (had or char in ";\n")
            at += len(operator)
        else:
            stop = at + 1
            while stop < end and text[stop] not in "\\'\"`$<>()&;|\n":
                stop += 1
            piece.append(text[at:stop])
            at = stop
    had = close()
    return parts, plain and (had or not dangling)


def _quoted(text: str, at: int, nested: list[str]) -> tuple[int, bool]:
    """Where the double-quoted text that begins before `at` ends, and whether it does."""
    while at < len(text):
        char = text[at]
        if char == '"':
            return at + 1, True
        if char == "\\":
            at += 2
        elif char == "`" or text.startswith("$(", at):
            at, _ = _substitution(text, at, nested)
        else:
            at += 1
    return len(text), False


def _substitution(text: str, at: int, nested: list[str]) -> tuple[int, bool]:
    """Where the brackets or backticks that begin at `at` end; what stands in them is noted."""
    if text[at] == "`":
        stop = text.find("`", at + 1)
        nested.append(text[at + 1 : stop if stop >= 0 else len(text)])
        return (stop + 1, True) if stop >= 0 else (len(text), False)
    start = text.index("(", at)
    level = 0
    for match in re.compile(r"[()]").finditer(text, start):
        level += 1 if match[0] == "(" else -1
        if level == 0:
            nested.append(text[start + 1 : match.start()])
            return match.end(), True
    nested.append(text[start + 1 :])
    return len(text), False


_REDIRECTION: Final = re.compile(r"(?:&>>?|>>?\||>>|>&|>|<<<|<<-?|<>|<&|<)")
_TARGET: Final = re.compile(r"\s*('[^']*'|\"[^\"]*\"|[^\s;&|<>()]*)")


def _redirection(text: str, at: int, piece: list[str]) -> tuple[int, str | None]:
    """Where it ends, and its file: empty for none, None for a here-document."""
    match = _REDIRECTION.match(text, at)
    if match is None:
        return at + 1, ""
    if piece and re.search(r"(?:^|\s)[0-9]\Z", piece[-1][-2:]):
        piece[-1] = piece[-1][:-1]  # 2>: the number belongs to the redirection
    target = _TARGET.match(text, match.end())
    stop = target.end() if target else match.end()
    name = target[1].strip("'\"") if target else ""
    piece.append(" ")
    if match[0].startswith("<<") and match[0] != "<<<":
        return stop, None
    if match[0] == "<<<" or name == "/dev/null" or (match[0] in (">&", "<&") and (name.isdigit() or name == "-")):
        return stop, ""
    return stop, name


def bare(text: str) -> str:
    """`text` without the words of the shell's grammar before the command: `do rm x` is `rm x`."""
    for _ in range(10):
        first, space, rest = text.partition(" ")
        if first not in _KEYWORDS or not space:
            break
        text = rest.strip()
    return text


def assignments(text: str) -> tuple[bool, str]:
    """Whether variables outside of the known-safe ones are set before the command of `text`, and the command itself."""
    unsafe = False
    while match := _ASSIGNMENT.match(text):
        unsafe = unsafe or match["name"] not in _SAFE_VARIABLES
        text = text[match.end() :]
    return unsafe, text


def unwrapped(text: str) -> str:
    """`text` without the wrappers that Claude Code looks through: `timeout 30 npm test` is `npm test`."""
    for _ in range(10):
        words = text.split(maxsplit=1)
        rest = words[1] if len(words) > 1 else ""
        match words[:1]:
            case ["timeout"]:
                rest = _after_options(rest, ("-k", "-s", "--kill-after", "--signal"))
                duration, _, rest = rest.partition(" ")
                if not _DURATION.match(duration):
                    return text
            case ["nice"]:
                rest = _after_options(rest, ("-n", "--adjustment"))
            case ["stdbuf"]:
                rest = _after_options(rest, ("-i", "-o", "-e"))
            case ["time" | "nohup" | "builtin" | "noglob"]:
                rest = _after_options(rest, ())
            case ["command" | "xargs"]:
                if rest.startswith("-"):
                    return text
            case _:
                return text
        if not rest.strip():
            return text
        text = rest.strip()
    return text


def _after_options(text: str, values: tuple[str, ...]) -> str:
    for _ in range(10):
        if not text.startswith("-"):
            break
        option, _, text = text.partition(" ")
        if option in values:
            _, _, text = text.strip().partition(" ")
        text = text.strip()
    return text
