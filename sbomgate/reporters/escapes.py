"""What a log reader must not take for a command, beside what a terminal must not take for one.

CI systems read commands out of the log: GitHub Actions a line that begins with `::` (white space before it does not
matter) and `##[…]` anywhere, Azure Pipelines `##vso[…]` anywhere, TeamCity `##teamcity[…]`. A name or a message that
came from a target must not be one of these, in whichever format it is printed.
"""

from __future__ import annotations

import re

from sbomgate.text import printable

_HASH_COMMAND = re.compile(r"#(?=#\w*\[)")
_COLON_COMMAND = re.compile(r"^(?P<space>(?:\s|\x1b\[[0-9;]*m)*):(?=:)")  # colours are ours, and some viewers strip them first


def clean(text: str, limit: int = 0) -> str:
    """`text` on one line, printable, cut to about `limit` characters, and without `##[` commands."""
    text = printable(text, limit)
    return _HASH_COMMAND.sub(r"\\x23", text) if "##" in text else text


def inert(line: str) -> str:
    """`line`, of printable text, such that it is no `::` command."""
    return _COLON_COMMAND.sub(r"\g<space>\\x3a", line)
