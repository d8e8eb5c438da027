"""What is gathered while a command is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sbomgate.collectors.agents.references import MAX_NAME, Reference
from sbomgate.collectors.agents.shell import MAX_EXTRAS
from sbomgate.model import Local


class Draft:
    """What is gathered while a command is peeled."""

    def __init__(self, steps: int = 0, folder: str = "") -> None:
        self.wrappers: list[str] = []
        self.extras: list[Reference] = []
        self.url = ""
        self.fetches: list[str] = []
        self.host: list[str] = []
        self.env: set[str] = set()
        self.notes: list[str] = []
        self.verifies = False
        self.steps = steps
        self.folder = folder
        """See `model.Local`; the same for the next three."""
        self.place = ""
        self.kind = ""
        self.name = ""

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

    def start(self, kind: str, name: str, place: str | None = None) -> None:
        """Note what is started where nothing is fetched."""
        self.kind, self.name = kind, name[:MAX_NAME]
        self.place = self.place if place is None else place[:MAX_NAME]

    def package(self, match: re.Match[str]) -> Reference:
        """The package in whose folder, inside `node_modules`, a program lies."""
        name = match[1].replace("\\", "/")[:MAX_NAME]
        self.start("package", name, match.string[: match.start()].replace("\\", "/"))
        return Reference(name=name)

    def take_start(self, other: Draft) -> None:
        self.kind, self.name, self.folder, self.place = other.kind, other.name, other.folder, other.place

    def local(self) -> Local:
        place = self.place if self.kind else ""
        return Local(self.kind, self.name, self.folder[:MAX_NAME], place)


def joined_folder(folder: str, further: str) -> str:
    """Where `cd further` leads from `folder`; as written, nothing is looked up."""
    further = further.replace("\\", "/").rstrip("/") or "/"
    if folder == "?" or further == "-":
        return "?"
    return f"{folder}/{further}" if folder and not re.match(r"/|~|[A-Za-z]:/|[$%{]", further) else further
