"""What attacks left behind, as far as it is published: digests of files, names of files, hosts. Source: `allowlists/known-bad.toml`.

The list is read with expressions, not as TOML, at a tenth of the time: the file is ours, and a test compares the results.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from sbomgate import data

_LIST: Final = "known-bad.toml"
_SUMMARY: Final = r'summary = (?:"([^"\\\n]+)"|\'([^\'\n]+)\')'

COMMON: Final = frozenset({"bundle.js", "index.js", "main.js"})
"""Names of known-bad files that thousands of projects use: looked at in installed packages only."""


class BadFile(NamedTuple):
    """One file that is known to be malicious."""

    names: tuple[str, ...]
    """What it was called; may hold one `*`, or be empty."""
    summary: str


@cache
def bad_files() -> dict[str, BadFile]:
    """SHA-256 (lower-case hex) → what the file is."""
    rows = _rows(r'file\]\]\nsha256 = "([0-9a-f]{64})"\nnames = \[([^\]\n]*)\]\n')
    return {digest: BadFile(tuple(re.findall('"([^"]+)"', names)), summary) for digest, names, summary in rows}


@cache
def bad_digests() -> frozenset[bytes]:
    """The same digests, raw."""
    return frozenset(map(bytes.fromhex, bad_files()))


@cache
def texts() -> tuple[tuple[str, str, str], ...]:
    """(kind, value, summary) of everything that gives an attack away in code; kinds: `host` · `path` · `repo-name`."""
    return tuple(_rows(r'indicator\]\]\nkind = "([a-z-]+)"\nvalue = "([^"\\\n]+)"\n'))


@cache
def names() -> frozenset[str]:
    """Every name that a known-bad file has. Start-up files are not among them: they are judged by what they do."""
    found = {name for file in bad_files().values() for name in file.names} | {tail.rpartition("/")[2] for tail, _ in _told()}
    return frozenset(name for name in found if "*" not in name and not name.endswith(".pth"))


def told_by_name(path: str) -> str:
    """What is known of files that are called as the one at `path` is; empty if the name alone is no reason to look."""
    return next((summary for tail, summary in _told() if f"/{path}".endswith(f"/{tail}")), "")


def home_paths() -> tuple[str, ...]:
    """Where in a home folder attacks are known to have stayed: `~/…`."""
    return tuple(f"~/{tail}" for tail, _ in _told() if "/" in tail)


@cache
def _told() -> tuple[tuple[str, str], ...]:
    """(name or end of a path, summary) of files that attacks left elsewhere than in a folder that everybody may write to."""
    return tuple((value, summary) for kind, value, summary in texts() if kind == "path" and value[0] != "/" and not value.endswith(".pth"))


def in_text(text: str) -> str:
    """The indicator that `text` holds, with what it is about; empty if there is none."""
    if "." not in text and "/" not in text:
        return ""
    for kind, value, summary in texts():
        if value in text and (kind != "host" or re.search(rf"(?<![\w-]){re.escape(value)}(?!\.?[\w-])", text)):
            return f"{value}: {summary}"
    return ""


def _rows(pattern: str) -> list[tuple[str, str, str]]:
    """Two values and the summary of each table whose beginning fits `pattern`."""
    found = re.findall(rf"^\[\[{pattern}{_SUMMARY}", data.read_text(_LIST), re.MULTILINE)
    return [(first, second, basic or literal) for first, second, basic, literal in found]
