"""What a package-lock.json states twice: keys that stand twice in one table, and the two halves of version 2.

A reader of JSON takes the last of two equal keys, a reviewer may see the first. Version 2 has the packages once for npm 7
and later, `packages`, and once for older ones, `dependencies`: nobody compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.errors import CollectError
from sbomgate.model import Location, Problem, Setting
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile

CONTRADICTION: Final = "lock-contradiction"
"""Kind of a Setting: `path: field 'one' in packages, 'other' in dependencies`."""
MAX_SEARCHED: Final = 4 * 2**20
"""Characters of a file that is searched for keys that stand twice: that costs a tenth of the time of reading it."""
_FIELDS: Final = ("version", "resolved", "integrity")
_MAX: Final = 50
_MAX_DEPTH: Final = 200


class Tables:
    """Makes dicts for `parse_json`, and sees whether a key stood twice."""

    def __init__(self) -> None:
        self.has_duplicates = False

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs):
            self.has_duplicates = True
        return table


def duplicate_keys(file: SourceFile, text: str) -> Iterator[Problem]:
    """Yield a Problem per key that stands twice in a table of the lockfile."""
    from sbomgate.collectors.agents.jsonc import parse

    fix = "find out who wrote it, then delete the file and run `npm install --package-lock-only`"
    try:
        duplicates = parse(text, file.path).duplicates
    except CollectError as error:
        yield Problem(path=file.path, what=f"a key stands twice, which one is not known ({error.what})", where=error.where, fix=fix)
        return
    for pointer, line in duplicates:
        where = ".".join(map(str, pointer))[:300]
        yield Problem(path=file.path, what=f"duplicate key in line {line}; the last one was read", where=where, fix=fix)


def contradictions(file: SourceFile, text: str, packages: dict[str, Any], tree: dict[str, Any]) -> Iterator[Setting]:
    """Yield a Setting per field in which the two halves of a version 2 file differ for one folder.

    What is only in one half is none: workspaces and links stand differently in the two.
    """
    pending = [("", tree)]
    count = 0
    while pending:
        folder, rows = pending.pop()
        for name, old in rows.items():
            path = f"{folder}node_modules/{name}"
            if type(old) is not dict:
                continue
            version = old.get("version")
            if type(version) is str and (":" in version or "/" in version):
                continue  # a link, a repository, an alias: written otherwise in the other half
            inner = old.get("dependencies")
            if type(inner) is dict and path.count("/") < _MAX_DEPTH:
                pending.append((f"{path}/", inner))
            new = packages.get(path)
            if type(new) is not dict or new.get("link") is True:
                continue
            for field in _FIELDS:
                one, other = new.get(field), old.get(field)
                if one != other and type(one) is str and type(other) is str:
                    if field == "resolved" and redacted_url(one) == redacted_url(other):
                        continue
                    line = text.count("\n", 0, max(text.find(f'"{path}"'), 0)) + 1
                    what = f"{path[:300]}: {field} {redacted_url(one)[:200]!r} in packages, {redacted_url(other)[:200]!r} in dependencies"
                    yield Setting(CONTRADICTION, what, Location(file.path, line))
                    count += 1
                    if count >= _MAX:
                        return
