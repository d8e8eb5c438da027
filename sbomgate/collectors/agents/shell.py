"""Command lines taken apart: words, operators, options. One pass over the text, nothing expanded, nothing run.

Grammar: POSIX Shell Command Language, "Token Recognition" and "Quoting", as far as configurations use it; Windows' own
where a path or a shell of Windows says so.
"""

from __future__ import annotations

import re
from typing import Final

MAX_WORDS: Final = 1024
MAX_EXTRAS: Final = 50
"""Things of one kind that one command brings along: packages, requirements, substitutions."""
MAX_TEXT: Final = 65536
"""Characters of a whole command, nested shell texts included."""


class Operator(str):
    """A word that a shell reads as an operator; the same text in a list of arguments is only an argument."""

    __slots__ = ()


Words = list[str]


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


SEPARATORS: Final = frozenset({"&&", "||", ";", "|", "|&", "&"})
_PLAIN: Final = r"[^\s\"'\\`$;&|()<>#]+"
_QUOTED: Final = r"[^\"\\`$]+"
_BRACKET: Final = r"[()]"
_REDIRECTION: Final = r"[<>]+[&|]?[0-9-]*"


def split_script(text: str, *, windows: bool = False) -> tuple[list[tuple[str, Words]], Words]:
    """(operator before, words) of each simple command of a shell text, and the texts of its substitutions.

    One pass. Quotes are taken away, variables stay as they are. `windows`: a backslash is no escape.
    """
    commands: list[tuple[str, Words]] = [("", [])]
    inner: Words = []
    word: list[str] | None = None
    at, end = 0, len(text)
    while at < end:
        char = text[at]
        if match := re.compile(_PLAIN).match(text, at):
            word = _append(word, match[0])
            at = match.end()
        elif char in " \t\r":
            _end_word(commands, word)
            word = None
            at += 1
        elif char == "'":
            close = text.find("'", at + 1)
            close = end if close < 0 else close
            word = _append(word, text[at + 1 : close])
            at = close + 1
        elif char == '"':
            at, piece = _double_quoted(text, at + 1, inner, windows)
            word = _append(word, piece)
        elif char == "\\" and not windows:
            piece = text[at + 1 : at + 2]
            word = _append(word, "" if piece == "\n" else piece)
            at += 2
        elif text.startswith("$(", at) or char == "`" or text.startswith("<(", at):
            close = _substitution_end(text, at)
            inner.append(text[at + (1 if char == "`" else 2) : close - 1])
            word = _append(word, text[at:close])
            at = close
        elif char == "$" and text.startswith("${", at):
            close = text.find("}", at)
            close = end if close < 0 else close + 1
            word = _append(word, text[at:close])
            at = close
        elif char == "#" and word is None and not windows:
            close = text.find("\n", at)
            at = end if close < 0 else close
        elif char in "<>":
            if word is None or len(word) != 1 or not word[0].isdigit():  # 2>&1: the digit belongs to the redirection
                _end_word(commands, word)
            word = None
            match = re.compile(_REDIRECTION).match(text, at)
            at = match.end() if match else at + 1
            commands[-1][1].append(">")  # kept as a word: `_written_by` reads it, launchers stop before it
        elif char in ";&|()\n":
            _end_word(commands, word)
            word = None
            operator = next((op for op in ("&&", "||", "|&") if text.startswith(op, at)), char)
            at += len(operator)
            commands.append((";" if operator in "()\n" else operator, []))
        else:
            word = _append(word, char)
            at += 1
    _end_word(commands, word)
    return [(operator, words) for operator, words in commands if words][:MAX_WORDS], inner


def _append(word: list[str] | None, piece: str) -> list[str]:
    if word is None:
        return [piece]
    word.append(piece)
    return word


def _end_word(commands: list[tuple[str, Words]], word: list[str] | None) -> None:
    if word is not None:
        commands[-1][1].append("".join(word))


def _double_quoted(text: str, at: int, inner: Words, windows: bool) -> tuple[int, str]:
    pieces = []
    while at < len(text):
        match = re.compile(_QUOTED).match(text, at)
        if match:
            pieces.append(match[0])
            at = match.end()
        elif text[at] == '"':
            return at + 1, "".join(pieces)
        elif text[at] == "\\" and not windows:
            pieces.append(text[at + 1 : at + 2])
            at += 2
        elif text.startswith("$(", at) or text[at] == "`":
            close = _substitution_end(text, at)
            inner.append(text[at + (1 if text[at] == "`" else 2) : close - 1])
            pieces.append(text[at:close])
            at = close
        else:
            pieces.append(text[at])
            at += 1
    return at, "".join(pieces)


def _substitution_end(text: str, at: int) -> int:
    """Where the substitution that begins at `at` ends, by counting brackets."""
    if text[at] == "`":
        close = text.find("`", at + 1)
        return len(text) if close < 0 else close + 1
    level = 0
    for match in re.compile(_BRACKET).finditer(text, at):
        level += 1 if match[0] == "(" else -1
        if level == 0:
            return match.end()
    return len(text)


def only_words(text: str, *, windows: bool) -> Words:
    """The words of `text`; operators stay words of their own, `_read` divides there."""
    words: Words = []
    for operator, command in split_script(text, windows=windows)[0]:
        if words and operator:
            words.append(Operator(operator))
        words += command
    return words


def assigned(word: str) -> str:
    """The variable that a word of the form NAME=value sets; empty if it is none."""
    name, equals, _ = word.partition("=")
    return name if equals and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,200}", name) else ""


def options_of(words: Words, values: frozenset[str], *, attached: bool = False) -> tuple[list[tuple[str, str]], Words]:
    """(option, value) pairs before the first word that is no option, and the words from there on.

    `values`: the options that take the next word. `attached`: a short one may carry its value, `-p3.12`.
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            break
        if not word.startswith("-") or word == "-":
            break
        option, equals, value = word.partition("=")
        if equals:
            found.append((option, value))
        elif option in values:
            at += 1
            found.append((option, words[at] if at < len(words) else ""))
        elif attached and len(word) > 2 and word[1] != "-" and word[:2] in values:
            found.append((word[:2], word[2:]))
        else:
            found.append((option, ""))
        at += 1
    rest = words[at:]
    return found, rest[: rest.index(">")] if ">" in rest else rest


def values_of(options: list[tuple[str, str]], *names: str) -> Words:
    return [value for option, value in options if option in names and value]


def subcommand(words: Words, values: frozenset[str] = frozenset()) -> tuple[str, Words, list[tuple[str, str]]]:
    options, rest = options_of(words, values)
    return (rest[0], rest[1:], options) if rest else ("", [], options)


def positional(words: Words, values: frozenset[str]) -> Words:
    found: Words = []
    pending = words
    while pending and len(found) < MAX_EXTRAS:
        _, pending = options_of(pending, values)
        found += pending[:1]
        pending = pending[1:]
    return found


def base_name(word: str) -> str:
    """The name of a program without its folder and its Windows ending."""
    word = word.strip().strip("\"'")
    if "\\" in word or "/" in word:
        word = word.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return re.sub(r"\.(?:exe|cmd|bat|ps1|com)\Z", "", word, flags=re.IGNORECASE)
