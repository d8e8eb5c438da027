"""How a document is laid out as text: one component, service or dependency a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sbomgate.reporters.encode import dumps, safe

SPEC_VERSION = "1.6"
ROOT = "root"
"""The reference of what the document is about."""
MAX_VERSION = 1024
"""Characters of a version. Source: `version` in `bom-1.6.schema.json`."""
_BATCH = 500
"""Rows of one piece: half a megabyte."""


def formatted(bom: dict[str, Any]) -> str:
    """A document that is at hand as plain values, laid out as `text` does it."""
    parts = []
    for key, value in bom.items():
        if isinstance(value, list):
            parts.append("".join(array(key, map(dumps if key != "compositions" else composition, value))))
        else:
            parts.append(f"  {dumps(key)}: {dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def composition(row: dict[str, Any]) -> str:
    """One entry of `compositions`, each reference on a line of its own: there may be one for each component."""
    parts = []
    for key, value in row.items():
        refs = isinstance(value, list) and value and all(isinstance(ref, str) for ref in value)
        parts.append(f"{dumps(key)}:" + ("[\n      " + ",\n      ".join(map(dumps, value)) + "\n    ]" if refs else dumps(value)))
    return "{" + ",".join(parts) + "}"


def array(key: str, rows: Iterable[str]) -> Iterator[str]:
    rows = iter(rows)
    yield f'  "{key}": ['
    between = "\n    "
    while batch := list(islice(rows, _BATCH)):
        yield safe(between + ",\n    ".join(batch))
        between = ",\n    "
    yield "]" if between == "\n    " else "\n  ]"


def prop(name: str, value: str) -> dict[str, str]:
    """A property as a row of the document."""
    return {"name": name, "value": value}
