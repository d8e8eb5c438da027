"""JSON text that every reader takes and no terminal acts on."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

__all__ = ["dumps", "quoted", "safe"]

_ESCAPE = re.compile(r"\\(?:[^u]|ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?P<lone>ud[89a-f][0-9a-f]{2}))")
"""One escape as a whole, so that the second half of an escaped backslash is not taken for the first of another."""


def dumps(value: Any, indent: int | None = None) -> str:
    """`value` as ASCII JSON that passed `safe`."""
    return safe(json.dumps(value, indent=indent, separators=(",", ": ") if indent else (",", ":")))


def safe(text: str) -> str:
    """JSON `text` of ASCII characters as strict readers and CI logs need it, with the same meaning.

    A lone surrogate (a file name that is no UTF-8) becomes the text of its escape, since strict readers refuse it as a
    character. Two `#` in a row never stand in the text: some CI systems act on `##vso[…]` and `##[…]` wherever a log
    shows them.
    """
    if "##" in text:
        text = text.replace("##", "#\\u0023")
    return _ESCAPE.sub(lambda match: f"\\{match[0]}" if match["lone"] else match[0], text) if "\\ud" in text else text
