"""The names of files that agents take up as instructions, in a repository and in installed packages.

Loaded by every run, for the table of collectors; nothing else is here. Names are compared without regard to case: some file
systems do, and some clients. Sources: the clients' documentations on memory, rules, skills, agents, commands and prompts.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Named(NamedTuple):
    """Who takes a file up, and as what."""

    kind: str
    """One of `agent_model.INSTRUCTION_KINDS`."""
    clients: tuple[str, ...]
    """Sorted; `unknown` where no one client made the name."""


_ANY: Final = ("unknown",)
_NESTED: Final = ("", "*/", "*/*/")
"""Folders that a client searches to any depth are searched to the third."""


def _below(folder: str, *endings: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{depth}{ending}" for depth in _NESTED for ending in endings)


# fmt: off
_TABLE: Final = (
    #   kind       clients                                        tails of paths
    ("memory",  ("claude-code",),                              ("CLAUDE.md", "CLAUDE.local.md")),
    ("memory",  _ANY,                                          ("AGENTS.md", "AGENTS.override.md", "AGENT.md", "CONVENTIONS.md", "MEMORY.md", ".rules")),
    ("memory",  ("gemini-cli",),                               ("GEMINI.md",)),
    ("memory",  ("qwen-code",),                                ("QWEN.md",)),
    ("memory",  ("cursor",),                                   (".cursorrules",)),
    ("memory",  ("windsurf",),                                 (".windsurfrules",)),
    ("memory",  ("cline",),                                    (".clinerules",)),
    ("memory",  ("roo-code",),                                 (".roorules",)),
    ("memory",  ("goose",),                                    (".goosehints",)),
    ("memory",  ("warp",),                                     ("WARP.md",)),
    ("memory",  ("crush",),                                    ("CRUSH.md",)),
    ("memory",  ("replit",),                                   ("replit.md",)),
    ("memory",  ("copilot-cli", "vscode"),                     ("copilot-instructions.md",)),
    ("memory",  ("junie",),                                    (".junie/guidelines.md",)),
    ("memory",  ("claude-code",),                              (".claude/agent-memory/*.md", ".claude/agent-memory/*/*.md")),
    ("rule",    ("claude-code",),                              _below(".claude/rules", "*.md")),
    ("rule",    ("cursor",),                                   (*_below(".cursor/rules", "*.mdc", "*.md"), "*.mdc")),
    ("rule",    ("windsurf",),                                 (".windsurf/rules/*.md", ".windsurf/workflows/*.md")),
    ("rule",    ("vscode",),                                   ("*.instructions.md",)),
    ("rule",    ("cline",),                                    _below(".clinerules", "*.md", "*.txt")),
    ("rule",    ("roo-code",),                                 _below(".roo/rules*", "*.md", "*.txt")),
    ("rule",    ("kilo-code",),                                _below(".kilocode/rules*", "*.md")),
    ("rule",    ("kiro",),                                     (*_below(".kiro/steering", "*.md"), "POWER.md")),
    ("rule",    ("amazon-q",),                                 _below(".amazonq/rules", "*.md")),
    ("rule",    ("continue",),                                 _below(".continue/rules", "*.md")),
    ("skill",   _ANY,                                          ("SKILL.md",)),
    ("agent",   ("claude-code",),                              _below(".claude/agents", "*.md")),
    ("agent",   ("vscode",),                                   (".github/agents/*.md",)),
    ("command", ("claude-code",),                              _below(".claude/commands", "*.md")),
    ("command", ("cursor",),                                   (".cursor/commands/*.md",)),
    ("prompt",  ("vscode",),                                   ("*.prompt.md",)),
    ("style",   ("claude-code",),                              (".claude/output-styles/*.md",)),
    ("rule",    _ANY,                                          _below(".agents", "*.md")),
    ("docs",    _ANY,                                          ("llms.txt", "llms-full.txt")),
)
# fmt: on
PATTERNS: Final = tuple(dict.fromkeys(pattern for _, _, patterns in _TABLE for pattern in patterns))
_WHOLE: Final = {
    pattern.lower(): Named(kind, clients) for kind, clients, patterns in _TABLE for pattern in patterns if not {"*", "/"} & set(pattern)
}
ENDINGS: Final = (".md", ".mdc", ".txt", "rules", "hints")
"""Every name ends in one of these, in lower case."""


def whole_name(name: str) -> bool:
    """Whether every file of this `name`, in lower case, is one, wherever it lies."""
    return name in _WHOLE


def named(path: str) -> Named | None:
    """Who takes the file at `path` up; None if nobody does."""
    low = path.lower()
    if not low.endswith(ENDINGS):
        return None
    if (found := _WHOLE.get(low.rpartition("/")[2])) is not None:
        return found
    if not low.endswith((".md", ".mdc", ".txt")) or (
        "/." not in low and low[:1] != "." and not low.endswith((".mdc", ".instructions.md", ".prompt.md"))
    ):
        return None  # all others lie in a folder whose name begins with a dot
    from sbomgate.collectors.agents.clients import has_tail

    for kind, clients, patterns in _TABLE:
        for pattern in patterns:
            if ("*" in pattern or "/" in pattern) and has_tail(low, pattern):
                return Named(kind, clients)
    return None
