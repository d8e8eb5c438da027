"""How much the place of a finding about agents' settings takes from its severity."""

from __future__ import annotations

from typing import Final

from sbomgate.model import Location, Severity

_NOT_IN_USE: Final = frozenset(
    {
        *("example", "examples", "sample", "samples", "demo", "demos", "doc", "docs", "documentation"),
        *("test", "tests", "__tests__", "testing", "testdata", "test-data", "test_data", "fixture", "fixtures", "__fixtures__"),
    }
)
"""Folders whose files show something, or feed tests: an agent that works in the repository does not read them by itself."""

_OWN: Final = ("user", "repo-local")
"""Scopes of files that their reader wrote: a `.local` file is in no commit, by convention."""


def placed(severity: Severity, location: Location, scope: str) -> Severity:
    """`severity` two steps lower in a folder of examples, documentation or tests, one in a person's own file.

    Not for secrets: whoever reads the repository has them, wherever they stand.
    """
    folders = location.path.lower().split("/")[:-1]
    return severity.lowered(2 * any(folder in _NOT_IN_USE for folder in folders) + (scope in _OWN))
