"""What a shell script in `node_modules/.bin` starts, if it does nothing else.

Where links are not to be had, or not wanted, installers write such a script instead. It is recognised line by line: each
has to be one that they write. Sources: `cmd-shim` (npm, Yarn) and `@zkochan/cmd-shim` (pnpm).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_SHIM: Final = 64 * 2**10
"""Bytes; most have 1,000, those of pnpm repeat long paths."""
MAX_LINE: Final = 2048

_PLAIN: Final = frozenset(
    {
        "",
        "#!/bin/sh",
        r"""basedir=$(dirname "$(echo "$0" | sed -e 's,\\,/,g')")""",
        "case `uname` in",
        "*CYGWIN*|*MINGW*|*MSYS*)",
        "if command -v cygpath > /dev/null 2>&1; then",
        'basedir=`cygpath -w "$basedir"`',
        '*CYGWIN*) basedir=`cygpath -w "$basedir"`;;',
        '*CYGWIN*|*MINGW*|*MSYS*) basedir=`cygpath -w "$basedir"`;;',
        "fi",
        ";;",
        "esac",
        'if [ -z "$NODE_PATH" ]; then',
        "else",
        "ret=$?",
        "exit $ret",
        "exit $?",
    }
)
_node_path: Final = re.compile(r'export NODE_PATH="([^"$`\\]+?)(?::\$NODE_PATH)?"').fullmatch
_test: Final = re.compile(r'if \[ -x "\$basedir/([\w.+-]+)" \]; then').fullmatch
_start: Final = re.compile(
    r'(?:exec )?(?:"\$basedir/([\w.+-]+)"|([\w.+-]+)|) *((?:[^\s"$`\\;&|<>()\']+ +)*)"\$basedir/([^"$`\\]+)" +"\$@"(?:  *)?'
).fullmatch
_shebang: Final = re.compile(rb"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(\S+)([^\r\n]*)").match


class Shim(NamedTuple):
    """One script, understood."""

    starts: frozenset[tuple[str, tuple[str, ...], str]]
    """(interpreter or nothing, its arguments, the program, relative to the folder of the script) of each line that starts one."""
    searched: frozenset[str]
    """The folders that it lets Node.js search beside its own."""


def read_shim(content: bytes) -> Shim | None:
    """What the script `content` starts; None if it is not one that an installer writes."""
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError:
        return None
    starts = set()
    searched: set[str] = set()
    for line in map(str.strip, lines):
        if line in _PLAIN:
            continue
        if len(line) > MAX_LINE and not line.startswith("export "):
            return None
        if match := _node_path(line):
            searched.update(match[1].split(":"))
        elif match := _start(line):
            starts.add((match[1] or match[2] or "", tuple(match[3].split()), match[4]))
        elif not _test(line):
            return None
    return Shim(frozenset(starts), frozenset(searched)) if lines[0] == "#!/bin/sh" and starts else None


def interpreter(head: bytes) -> tuple[str, tuple[str, ...]]:
    """The program that the first line of a script names, without its folder, and its arguments; nothing if it names none."""
    match = _shebang(head.partition(b"\n")[0][:MAX_LINE])
    if match is None:
        return "", ()
    words = (match[1] + match[2]).decode("utf-8", "replace").split()
    return words[0].rpartition("/")[2], tuple(words[1:])
