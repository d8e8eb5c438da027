"""The `# /// script` block of a Python file. Format: PEP 723 and the PyPA specification "Inline script metadata".

Read only when the file itself is the target: a tree has a hundred thousand Python files, and opening each of them for
the few with such a block would make every scan slow. A lock beside it, `NAME.py.lock`, is found by any search.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.declared import Lines, ProjectReader, table_source
from sbomgate.collectors.lockfiles.requirements import decoded
from sbomgate.errors import CollectError
from sbomgate.purl import canonical_name
from sbomgate.tree import SourceFile

_START: Final = "# /// script"
_END: Final = "# ///"


def collect(file: SourceFile) -> Iterator[Any]:
    """Yield one component per dependency of the script; CollectError if it has no block, or several."""
    text = decoded(file)
    blocks = list(_blocks(text.splitlines()))
    if not blocks:
        raise CollectError("no `# /// script` block in it", file.path, fix="add one, or scan the project that the file belongs to")
    if len(blocks) > 1:  # the specification: "the tool MUST produce an error"
        raise CollectError("more than one `# /// script` block", file.path, f"line {blocks[1][0]}", "leave one of them")
    return iter(_Reader(file, *blocks[0]).read())


def _blocks(rows: list[str]) -> Iterator[tuple[int, str]]:
    """The line and the content of each closed block. A later `# ///` of the same comment closes it: the expression of the specification is greedy."""
    i = 0
    while i < len(rows):
        i += 1
        if rows[i - 1] != _START:
            continue
        end = 0
        at = i
        while at < len(rows) and (rows[at] == "#" or rows[at].startswith("# ")):
            if rows[at] == _END and at > i:  # its expression wants one line of content at least
                end = at
            at += 1
        if end:
            yield i, "\n".join(row[2:] for row in rows[i:end])
            i = end + 1
        else:
            i = at  # not closed: no block begins in its comment that was not seen there


class _Reader(ProjectReader):
    def __init__(self, file: SourceFile, line: int, content: str) -> None:
        super().__init__(file)
        self.start = line
        self.content = content

    def read(self) -> list[Any]:
        import tomllib

        try:
            document = tomllib.loads(self.content)
        except (ValueError, RecursionError) as error:
            what = str(error).partition("\n")[0] if isinstance(error, ValueError) else "nested too deeply"
            raise CollectError(f"not valid TOML ({what})", self.file.path, f"block at line {self.start}") from error
        lines = Lines(self.content)
        sources: Any = document
        for key in ("tool", "uv", "sources"):
            sources = sources.get(key) if isinstance(sources, dict) else None
        known = {canonical_name(name): table for name, table in sources.items()} if isinstance(sources, dict) else {}
        for i, text in enumerate(self.soft(document, "dependencies", list, "") or ()):
            where = f"dependencies[{i}]"
            if not isinstance(text, str):
                self.problem(f"expected string, found {type_name(text)}", where)
                continue
            line = lines.string(text)
            before = len(self.requirements)
            self.state(text, self.start + line if line else self.start, where)
            for requirement in self.requirements[before:]:
                table = known.get(canonical_name(requirement.parsed.name))
                requirement.source, editable = table_source(self, table, f"tool.uv.sources.{requirement.parsed.name}", requirement.line)
                requirement.parsed.editable = requirement.parsed.editable or editable
        return self.result(is_locked=self.file.sibling(f"{self.file.path.rpartition('/')[2]}.lock") is not None)
