"""Reporters: one module a format, loaded on use; each turns a report into text and does nothing else.

A reporter never prints, exits or decides. The same report gives the same bytes: no clock, no random id, nothing of
the machine. Whatever came from a target is escaped exactly once, by the reporter.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from sbomgate.errors import UsageError
from sbomgate.model import Report

FORMATS: Final = {
    # name     module below reporters/
    "table": "table",
    "json": "json",
    "sarif": "sarif",
    "cyclonedx": "cyclonedx",
    "vdr": "vdr",
    "junit": "junit",
    "github": "github",
    "markdown": "markdown",
    "html": "html",
}


def render(name: str, report: Report, **options: Any) -> str:
    """`report` in the format `name`, ending in a newline unless empty; UsageError if there is no such format.

    Every reporter takes `color` and `width`; only those for a terminal heed them.
    """
    if name not in FORMATS:
        raise UsageError(f"no format {name!r}", fix=f"one of {', '.join(FORMATS)}")
    text: str = import_module(f"{__name__}.{FORMATS[name]}").render(report, **options)
    return text
