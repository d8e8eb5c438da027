"""What is gathered while a command is read."""

from __future__ import annotations

from collections.abc import Iterable

from sbomgate.collectors.agents.references import Reference
from sbomgate.collectors.agents.shell import MAX_EXTRAS


class Draft:
    """What is gathered while a command is peeled."""

    def __init__(self, steps: int = 0) -> None:
        self.wrappers: list[str] = []
        self.extras: list[Reference] = []
        self.url = ""
        self.fetches: list[str] = []
        self.host: list[str] = []
        self.env: set[str] = set()
        self.notes: list[str] = []
        self.verifies = False
        self.steps = steps

    def add(self, references: Iterable[Reference]) -> None:
        for reference in references:
            if reference.ecosystem and reference not in self.extras and len(self.extras) < MAX_EXTRAS:
                self.extras.append(reference)

    def absorb(self, other: Draft, reference: Reference) -> None:
        """Take over what a command brought that is not the server itself."""
        self.add((reference, *other.extras))
        self.fetches += other.fetches
        self.host += other.host
        self.env |= other.env
        self.steps = other.steps

    def note(self, text: str) -> None:
        if text not in self.notes and len(self.notes) < 20:
            self.notes.append(text)
