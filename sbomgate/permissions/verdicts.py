"""The answer to a probe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sbomgate.agent_model import AgentOption, PermissionRule
from sbomgate.model import Location

OUTCOMES: Final = {
    "allowed": "runs without a question",
    "reachable": "is not allowed itself, but a program that runs anything is",
    "sandboxed": "runs without a question, confined",
    "unknown": "a model decides, or a state of the client that is in no file",
    "asked": "a person is asked",
    "denied": "is refused",
}
"""Outcome → what it means, the loosest first."""
_RANKS: Final = {outcome: rank for rank, outcome in enumerate(OUTCOMES)}


class Verdict(NamedTuple):
    """Whether something would run, and why."""

    outcome: str
    """A key of `OUTCOMES`."""
    basis: str
    """What the answer rests on, one sentence without a full stop."""
    cause: PermissionRule | AgentOption | None = None
    """The rule or option that decides; None where the client's own default does."""
    via: str = ""
    """Of `reachable`: the command that would be used."""

    @property
    def location(self) -> Location | None:
        return self.cause.location if self.cause else None

    @property
    def rule(self) -> str:
        """The rule as it is written; of an option, `key: value`."""
        return said(self.cause) if self.cause else ""

    @property
    def rank(self) -> int:
        """0 for the loosest."""
        return _RANKS[self.outcome]

    @property
    def runs_unasked(self) -> bool:
        return self.outcome in ("allowed", "sandboxed")


def said(cause: PermissionRule | AgentOption) -> str:
    """The rule or option as a person would look for it."""
    if isinstance(cause, PermissionRule):
        return cause.text
    return f"{cause.key}: {cause.value}" if cause.value else cause.key


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Of the parts of one command: all of them must be allowed."""
    return max(verdicts, key=lambda verdict: verdict.rank)


def loosest(verdicts: Iterable[Verdict]) -> Verdict:
    """Of several ways to do the same: one is enough."""
    return min(verdicts, key=lambda verdict: verdict.rank)
