"""The errors that sbomgate raises on purpose.

SbomgateError
├── CollectError   an input that could not be read: data, recorded as a Problem
└── UsageError     the caller asked for something impossible: exit 2
"""

from __future__ import annotations


class SbomgateError(Exception):
    """What went wrong, where, and how to mend it; renders on one line."""

    def __init__(self, what: str, path: str = "", where: str = "", fix: str = "") -> None:
        super().__init__(what, path, where, fix)  # positional: survives pickling
        self.what, self.path, self.where, self.fix = what, path, where, fix

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.path, self.where, self.what) if part)
        return f"{text} (fix: {self.fix})" if self.fix else text


class CollectError(SbomgateError):
    """An input that is not what its name promises, or cannot be read."""


class UsageError(SbomgateError):
    """A wrong call: an unknown rule, a target that does not exist, a policy that is not one."""
