"""Where a finding is, in words that a person in the working directory can open.

A location is relative to its target; a reader wants it relative to where they stand. A target that is a file is not
a folder to look in: paths of such a target are relative to the folder that holds it. Those of a home folder begin with `~/`.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator

from sbomgate.model import Finding, Problem, Report

_DRIVE = re.compile(r"[A-Za-z]:/")


class Places:
    """The places of one report; knows which of its targets are files."""

    def __init__(self, report: Report) -> None:
        self._files = {inventory.target.path for inventory in report.inventories if inventory.target.kind == "file"}
        self._homes = {inventory.target.path for inventory in report.inventories if inventory.target.kind in ("user", "home")}

    def path(self, target: str, path: str) -> str:
        """`path` of `target`, `/`-separated; the target itself where `path` is empty. Not yet safe to print."""
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
