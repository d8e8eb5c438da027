"""The table of clients: how each merges its rules, which goes first, and what happens where none fits.

Sources: the documentation of each client, "Permissions", "Approvals" or whatever the page is called there. What is in no file
(a mode that is chosen in the window, a switch of an extension) is named in `note`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from sbomgate.permissions.evaluator import Evaluator
    from sbomgate.permissions.sessions import Session


class Semantics(NamedTuple):
    """One client."""

    settings: str
    """A file of its own settings, for the probe that changes them."""
    order: str = "strict"
    """`strict`: deny, then ask, then allow · `first` · `last`: the first or last rule that fits · `longest`: the longest pattern that fits."""
    command: str = "asked"
    """What becomes of a command that no rule fits."""
    edit: str = "asked"
    edit_settings: str = "asked"
    read: str = "allowed"
    """Inside the project."""
    read_outside: str = "asked"
    unfit: str = "no rule fits"
    """Why, where no rule fits."""
    modes: tuple[tuple[str, str], ...] = ()
    """Value of a `mode` → what it does: `all` · `edits` · `model` (one decides) · `strict` (who would be asked is refused) ·
    `chat` (nothing is done) · `ask`. Other values change nothing."""
    mode_first: bool = False
    """Whether such a mode goes before rules that ask or deny."""
    prompts: str = ""
    """Commands that are asked about whatever a rule allows, by name."""
    anchored: bool = False
    """Regular expressions must fit the whole command."""
    ignore_case: bool = False
    whole: bool = False
    """Commands are compared as a whole, not part by part."""
    denies: bool = True
    """Whether a file can refuse, or demand a question."""
    note: str = ""


_YES: Final = (("true", "all"),)
_VSCODE_PROMPTS: Final = (
    "rm rmdir del remove-item ri rd erase dd kill ps top stop-process spps taskkill taskkill.exe curl wget invoke-restmethod"
    " invoke-webrequest irm iwr chmod chown set-itemproperty sp set-acl jq xargs eval invoke-expression iex"
)
SEMANTICS: Final = {
    "claude-code": Semantics(".claude/settings.json", note="allow rules of the repository count once its folder is trusted"),
    "copilot-cli": Semantics(".github/copilot/settings.json", note="flags such as --allow-all-tools are in no file"),
    "cursor": Semantics(
        ".cursor/permissions.json",
        unfit="no rule fits; the run mode (ask, review, run everything) is a state of the app",
        note="the run mode is a state of the app, in no file",
    ),
    "vscode": Semantics(
        ".vscode/settings.json",
        modes=(*_YES, ("autoApprove", "all"), ("autopilot", "all"), ("assisted", "model")),
        mode_first=True,
        prompts=_VSCODE_PROMPTS,
        note="the permission level of a session can be changed in the window",
    ),
    "windsurf": Semantics(
        ".windsurf/hooks.json",
        command="unknown",
        unfit="no rule fits; the level of auto-execution is a state of the app",
        note="the level of auto-execution is a state of the app, in no file",
    ),
    "gemini-cli": Semantics(".gemini/settings.json", modes=(("auto_edit", "edits"), ("yolo", "all")), note="--yolo is in no file"),
    "qwen-code": Semantics(".qwen/settings.json", modes=(("auto-edit", "edits"), ("auto_edit", "edits"), ("yolo", "all"))),
    "codex": Semantics(
        ".codex/config.toml", command="sandboxed", read_outside="allowed", note="a repository's file counts in a trusted project only"
    ),
    "zed": Semantics(".zed/settings.json", modes=(*_YES, ("allow", "all"), ("deny", "strict")), ignore_case=True),
    "cline": Semantics(
        ".clinerules",
        command="unknown",
        unfit="a model decides whether a command needs approval; the switches are a state of the extension",
    ),
    "roo-code": Semantics(".roo/mcp.json", order="longest", note="allowed commands run once auto-approval is switched on in the extension"),
    "kilo-code": Semantics("kilo.jsonc", order="last", modes=(("allow", "all"), ("true", "ask"))),
    "kiro": Semantics(
        ".kiro/settings/mcp.json", modes=(("Autopilot", "edits"),), anchored=True, note="trusted commands count in versions 0.x of the IDE"
    ),
    "amazon-q": Semantics(".amazonq/cli-agents/default.json", anchored=True),
    "opencode": Semantics(
        "opencode.json",
        order="last",
        command="allowed",
        edit="allowed",
        edit_settings="allowed",
        unfit="no rule fits, and version 1 then runs it (version 2 asks)",
        modes=(("allow", "all"), ("deny", "strict"), ("ask", "ask")),
    ),
    "goose": Semantics(
        "~/.config/goose/config.yaml",
        command="allowed",
        edit="allowed",
        edit_settings="allowed",
        read_outside="allowed",
        unfit="no mode is set, and the documented default is auto",
        modes=(("auto", "all"), ("approve", "ask"), ("smart_approve", "model"), ("chat", "chat")),
    ),
    "continue-dev": Semantics("~/.continue/permissions.yaml", note="--auto is in no file and overrides every rule"),
    "junie": Semantics(
        ".junie/guidelines.md", order="first", modes=(("allow", "all"),), note="brave mode is a state of the IDE, in no file"
    ),
    "warp": Semantics(
        "settings.toml",
        command="unknown",
        unfit="no rule fits; the autonomy of a profile decides",
        modes=(("always_allow", "all"),),
        anchored=True,
    ),
    "factory": Semantics(".factory/settings.json", modes=(("high", "all"), ("auto-high", "all"), ("auto-low", "edits"), ("low", "edits"))),
    "amp": Semantics(".amp/settings.json", order="first", modes=(*_YES, ("dangerouslyAllowAll", "all"))),
    "augment": Semantics(".augment/settings.json", order="first"),
    "crush": Semantics("crush.json"),
    "aider": Semantics(".aider.conf.yml", modes=(*_YES, ("yes-always", "all"))),
}
"""Client → how it decides. A client that is not here has no rules that are understood, and no answer is given for it."""
PARTS: Final = {"cursor": ("editor", "command line")}
"""Clients whose files are read by two programs, each of which heeds rules of its own."""


def part_of(client: str, key: str) -> str:
    """Which of the two programs the rule at `key` belongs to; empty for both."""
    if client != "cursor":
        return ""
    return "editor" if key.startswith(("terminalAllowlist", "mcpAllowlist", "autoRun")) else "command line"


def evaluator_for(session: Session) -> Evaluator:
    """What answers for the client of `session`."""
    from sbomgate.permissions import evaluator as generic

    if session.client == "claude-code":
        from sbomgate.permissions.claude_code import ClaudeCode

        return ClaudeCode(session, SEMANTICS[session.client])
    kinds = {"cursor": generic.Cursor, "codex": generic.Codex, "gemini-cli": generic.Gemini, "qwen-code": generic.Gemini}
    return kinds.get(session.client, generic.Evaluator)(session, SEMANTICS[session.client])
