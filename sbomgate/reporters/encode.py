"""JSON text that every reader takes and no terminal acts on."""

from __future__ import annotations

import json
import re
from typing import Any

_LONE = re.compile(r"\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f][0-9a-f]{2})|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}")


def dumps(value: Any, indent: int | None = None) -> str:
    """`value` as ASCII JSON: control and non-ASCII characters are escapes, a lone surrogate (a file name that is no UTF-8) is
    shown as the text of its escape, since strict readers refuse it as a character.
    """
    text = json.dumps(value, indent=indent, separators=(",", ": ") if indent else (",", ":"))
    return _LONE.sub(lambda match: "\\" + match[0], text) if "\\ud" in text else text
