"""Where a finding is, in words that a person in the working directory can open.

A location is relative to its target; a reader wants it relative to where they stand. A target that is a file is not
a folder to look in: paths of such a target are relative to the folder that holds it. Those of a home folder begin with `~/`.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sbomgate.model import Finding, Problem, Report

if TYPE_CHECKING:
    from sbomgate.paths import Nearest

ADVISORIES: Final = "SG6"
"""How the ids of the rules about advisories begin."""
AGENT: Final = "in the agent graph"
MAX_WAY: Final = 8
"""Steps that are named of the way to a component; `sbomgate why` has all of them."""
_DRIVE = re.compile(r"[A-Za-z]:/")


class Places:
    """The places of one report; knows which of its targets are files."""

    def __init__(self, report: Report) -> None:
        self._files = {inventory.target.path for inventory in report.inventories if inventory.target.kind == "file"}
        self._homes = {inventory.target.path for inventory in report.inventories if inventory.target.kind in ("user", "home")}
        self._inventories = {inventory.target.path: inventory for inventory in report.inventories}
        self._nearest: dict[str, Nearest] = {}

    def path(self, target: str, path: str) -> str:
        """`path` of `target`, `/`-separated; the target itself where `path` is empty; an address as it is. Not yet safe to print."""
        if path.startswith(("http://", "https://")):  # of a service: no path of a target has two slashes
            return path
        base = target.replace(os.sep, "/")
        if target in self._homes and path.startswith(("~/", "/", "C:/")):
            return path
        if path and target in self._files:
            base = posixpath.dirname(base)
        return posixpath.normpath(posixpath.join(base, path)) if base or path else "."

    def place(self, finding: Finding) -> str:
        """The file of `finding`, and `:line` where the line is known. Not yet safe to print."""
        path = self.path(finding.target, finding.location.path)
        return f"{path}:{finding.location.line}" if finding.location.line > 0 else path

    def is_agent(self, finding: Finding) -> bool:
        """Whether an advisory is about a component of the agent graph."""
        inventory = self._inventories.get(finding.target) if finding.rule.startswith(ADVISORIES) else None
        return inventory is not None and finding.subject in inventory.agent

    def way(self, finding: Finding) -> tuple[str, ...]:
        """The shortest way by which the component came in that an advisory is about; see `paths.Nearest.way`. Not yet safe to print."""
        inventory = self._inventories.get(finding.target) if finding.rule.startswith(ADVISORIES) else None
        if inventory is None or not finding.subject.startswith("pkg:"):
            return ()
        if finding.target not in self._nearest:
            from sbomgate.paths import Nearest  # here: a clean run has no use for it

            self._nearest[finding.target] = Nearest(inventory)
        return self._nearest[finding.target].way(finding.subject)

    def way_text(self, finding: Finding) -> str:
        """`way` on one line, the middle of a long one left out; empty for a root."""
        way = self.way(finding)
        return " → ".join(way if len(way) <= MAX_WAY else (*way[: MAX_WAY - 3], "…", *way[-2:]))

    def came_in(self, finding: Finding) -> str:
        """`in the agent graph, via …` of an advisory, as far as either is known; empty if neither is."""
        way = self.way_text(finding)
        return ", ".join(part for part in ("in the agent graph" if self.is_agent(finding) else "", f"via {way}" if way else "") if part)

    def uri(self, finding: Finding) -> str:
        """The file of `finding` as a URI reference (RFC 3986): relative as a rule, `file:` when the target is absolute."""
        return uri(self.path(finding.target, finding.location.path))


def problems(report: Report) -> Iterator[tuple[str, Problem]]:
    """(target, problem) of every input that could not be read."""
    return ((inventory.target.path, problem) for inventory in report.inventories for problem in inventory.problems)


def uri(path: str) -> str:
    """`path` as a URI reference: every byte that is not unreserved is percent-encoded, a colon too (no scheme may appear)."""
    try:
        raw = path.encode("utf-8", "surrogateescape")  # the bytes of a name that is no UTF-8
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "surrogatepass")
    from urllib.parse import quote

    if _DRIVE.match(path):
        return "file:///" + path[:2] + quote(raw[2:])
    return "file:///" + quote(raw.lstrip(b"/")) if path.startswith("/") else quote(raw)
