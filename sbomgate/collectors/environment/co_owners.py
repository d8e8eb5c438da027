"""Whether a second distribution that lists a changed file explains the change: by a clash of two packages, or not.

Two distributions can ship one path with different content; the last one installed wins, and nobody tampered. But a row in
the RECORD of another distribution is as easy to plant as the change itself, and a package that brings one file of somebody
else's package replaces it. What is no such thing: a fork installed beside the original (its files are a good part of the
package, and many differ), a package that several distributions fill (likewise), a namespace package whose `__init__.py`
does nothing but extend the path, and folders that many distributions bring by mistake, such as `tests`. Whoever can write
a whole RECORD can imitate a fork, as he can rewrite the RECORD of the victim; one row must not be enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sbomgate.errors import CollectError

if TYPE_CHECKING:
    from sbomgate.collectors.environment.record import Owner
    from sbomgate.tree import Tree

SHARE: Final = 10
"""Who has a tenth of the files of a package that another one has is no stranger in it."""
MAX_STUB: Final = 4096
_BY_MISTAKE: Final = frozenset(
    {"test", "tests", "testing", "example", "examples", "doc", "docs", "benchmark", "benchmarks", "samples", "scripts"}
)
_FILES_BY_MISTAKE: Final = frozenset({"setup.py", "conftest.py", "test.py", "tests.py", "__init__.py"})
_EXTENDS: Final = r"__path__ = (?:__import__\([\"']pkgutil[\"']\)|pkgutil)\.extend_path\(__path__, __name__\)(?: {0,9}# type: ignore)?"
_DECLARES: Final = r"(?:__import__\([\"']pkg_resources[\"']\)|pkg_resources)\.declare_namespace\(__name__\)"
_STUB_LINE: Final = re.compile(
    rf"(?:#.*|{_EXTENDS}|{_DECLARES}|import (?:pkgutil|pkg_resources)|from pkgutil import extend_path|__path__ = extend_path\(__path__, __name__\)"
    r"|try:|except ImportError:|pass|\"\"\"[\w .,-]*\"\"\")?\Z",
    re.ASCII,
)


class Disputes:
    """The changed files of one site folder, and who else lists them."""

    def __init__(
        self,
        tree: Tree,
        site: str,
        claims: Mapping[str, Sequence[tuple[Owner, object]]],
        changed: Mapping[str, Iterable[tuple[Owner, object]]],
    ) -> None:
        """`claims`: path → who lists it, each with anything; `changed`: path → those of them whose content is not there."""
        self.tree, self.prefix, self.claims = tree, f"{site}/" if site else "", claims
        self.lost = {path: {id(owner): owner for owner, _ in owners} for path, owners in changed.items()}
        self.counts: dict[int, tuple[Counter[str], Counter[str], Counter[str], int]] = {}

    def explained(self, path: str, winners: Iterable[Owner], *, code: bool) -> bool:
        """Whether one of `winners`, whose content is at `path`, is a distribution that plausibly put it there."""
        inner = path[len(self.prefix) :] if path.startswith(self.prefix) else ""
        top, slash, name = inner.partition("/")
        theirs = max(self._count(loser)[2][top] for loser in self.lost[path].values())
        by_mistake = top in _BY_MISTAKE if slash else inner in _FILES_BY_MISTAKE
        for winner in winners:
            won, disputed, _, own = self._count(winner)
            if by_mistake or not code or not inner:
                plausible = own > 0
            elif name == "__init__.py" and won[top] > 1 and self._is_stub(path):
                plausible = True
            else:
                plausible = bool(slash) and (won[top] - 1) * SHARE >= theirs and (own > 0 or disputed[top] * SHARE >= theirs)
            if plausible:
                return True
        return False

    def _count(self, owner: Owner) -> tuple[Counter[str], Counter[str], Counter[str], int]:
        """For each top-level package: files that are the owner's, those of them that others list otherwise, all that it
        lists; then, everywhere, how many nobody else lists. Metadata folders do not count."""
        if (known := self.counts.get(id(owner))) is not None:
            return known
        won, disputed, listed, own = Counter[str](), Counter[str](), Counter[str](), 0
        for path in {self.prefix + row[0] for row in owner.rows}:
            top, slash, _ = path[len(self.prefix) :].partition("/")
            if not slash or top == ".." or top.endswith((".dist-info", ".data")) or path not in self.claims:
                continue
            listed[top] += 1
            losers = self.lost.get(path, {})
            if id(owner) not in losers:
                won[top] += 1
                disputed[top] += bool(losers)
                own += all(other is owner for other, _ in self.claims[path])
        self.counts[id(owner)] = found = won, disputed, listed, own
        return found

    def _is_stub(self, path: str) -> bool:
        """Whether the file at `path` does nothing but let other folders add to its package."""
        try:
            text = self.tree.read(path, MAX_STUB).decode("ascii")
        except (CollectError, UnicodeDecodeError):
            return False
        return all(_STUB_LINE.match(line.strip()) for line in text.split("\n"))
