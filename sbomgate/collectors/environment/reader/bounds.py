"""How much of a hook is read: what lies beyond is told as `unread`, and searched for dangerous names as text."""

from __future__ import annotations

from typing import Final

MAX_STEPS: Final = 250_000
"""Nodes of one hook, and what its large values weigh."""
MAX_DEPTH: Final = 140
"""Expressions and calls inside one another."""
MAX_SOURCE: Final = 2**19
"""Characters of one source."""
MAX_MODULES: Final = 48
"""Modules that are followed."""
MAX_FOUND: Final = 200
MAX_LAYERS: Final = 12
"""Texts that are run by a text that is run."""
MAX_CALLS: Final = 64
"""How often one function is read, each time with other arguments."""
MAX_LOOP: Final = 4096
"""Longest sequence that a loop is read for, element by element."""


class ExhaustedError(Exception):
    """The bound on the work is reached."""
