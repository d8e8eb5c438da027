"""Whether a script in `bin/` is what an installer makes of an entry point, or of a `#!python` script.

Recognised by structure, with the shebang and the coding line apart: the sources of pip (distlib), uv, `installer`,
virtualenv and setuptools differ in quotes, comments and in how they clean `sys.argv[0]`, in nothing else.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from sbomgate.custody.wheel import Script

MAX_WRAPPER: Final = 16 * 2**10
"""Bytes; real ones have 300."""
_MAX_HEAD: Final = 2048
_INTERPRETER: Final = rb"""[^\x00-\x1f"'`$\\]*(?:python|pypy)w?[0-9.]*(?:\.exe)?"""
_HEAD: Final = re.compile(
    rb"(?:#!(?P<plain>" + _INTERPRETER + rb")(?: -[EIsSBuO]{1,6})?\r?\n"
    rb"|#!\"(?P<quoted>" + _INTERPRETER + rb")\"\r?\n"
    # a path that is too long for the kernel, or has spaces: one text that the shell and Python both read
    rb"|#! ?/bin/sh\n'''exec' (?P<quote>[\"']?)(?P<shell>" + _INTERPRETER + rb")(?P=quote) \"\$0\" \"\$@\"\n' '''\n"
    rb"|#!/bin/sh\n'''exec' \"\$\(dirname -- \"\$\(realpath -- \"\$0\"\)\"\)\"/'(?P<beside>[a-z0-9.]+)' \"\$0\" \"\$@\"\n' '''\n)"
)
"""What an installer writes before the source. The last shape is uv's, for environments that may be moved."""
_CODING: Final = re.compile(rb"#[^\n]*coding[:=]")
_PLAIN_CODING: Final = re.compile(rb"# -\*- coding: utf-8 -\*-\s*\Z")
_ARGV: Final = re.compile(
    r" *(?:(?:el)?if sys\.argv\[0\]\.endswith\('[^'\\]*'\):"
    r"|sys\.argv\[0\] = (?:sys\.argv\[0\]\[:-[0-9]+\]|sys\.argv\[0\]\.removesuffix\('[^']*'\)|re\.sub\('[^']*', '', sys\.argv\[0\]\))"
    r"|else:)\Z"
)
"""The lines that take `.exe` off the name of the program, as `ast.unparse` writes them."""


def interpreter_of(content: bytes) -> str | None:
    """The interpreter that the first lines of `content` name; None if they are not those that an installer writes.

    Empty for one that the script looks for beside itself.
    """
    match = _HEAD.match(content[:_MAX_HEAD])
    if match is None:
        return None
    return (match["plain"] or match["quoted"] or match["shell"] or b"").decode("utf-8", "surrogateescape")


def is_wrapper(content: bytes, module: str, function: str) -> bool:
    """Whether `content` does nothing but import `function` from `module` and exit with what it returns."""
    match = _HEAD.match(content) if len(content) <= MAX_WRAPPER else None
    if match is None:
        return False
    source = content[match.end() :]
    if any(_CODING.match(line.lstrip()) and not _PLAIN_CODING.match(line) for line in source.split(b"\n")[:2]):
        return False  # another encoding: Python would read another text than we do
    import ast

    try:
        lines = ast.unparse(ast.parse(source.decode())).split("\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    first = function.partition(".")[0]
    guard = "if __name__ == '__main__':"
    if lines.count(guard) != 1 or lines[-1] != f"    sys.exit({function}())":
        return False
    at = lines.index(guard)
    head, body = lines[:at], lines[at + 1 : -1]
    needed = f"from {module} import {first}"
    if body[:1] == [f"    {needed}"]:  # distlib imports it there since 0.4
        head.append(needed)
        del body[0]
    return (
        head.count(needed) == 1
        and set(filter(None, head)) <= {"import re", "import sys", needed}
        and "import sys" in head
        and first not in ("re", "sys")
        and all(_ARGV.match(line) for line in body)
    )


def is_rewritten(content: bytes, script: Script) -> bool:
    """Whether `content` is `script` with the interpreter written into its first line."""
    if len(content) < script.length or len(content) > script.length + _MAX_HEAD:
        return False
    cut = len(content) - script.length
    match = _HEAD.match(content[:cut])
    return match is not None and match.end() == cut and sha256(content[cut:]).hexdigest() == script.rest
