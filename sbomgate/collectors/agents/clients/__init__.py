"""The table of agents' clients: whose settings are read, and which files they are.

One line is one client. To add one: a line here, a module of the line's name in this folder with a table `FILES` of
`agents.reading.File`, and a folder of fixtures. The collectors' table, the README's, `docs/agents.md`, the `files:` pattern
of the pre-commit hook and what `scan --user` looks for are made from these two tables; a test compares them.

This module is loaded by every run, the clients' own only when one of their files is met.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbomgate.collectors.agents.reading import File
    from sbomgate.tree import Tree


class Line(NamedTuple):
    """One line of the table."""

    name: str
    """Kebab-case: the client in every noun, the folder of its fixtures, and, with `_`, its module."""
    patterns: tuple[str, ...]
    """The tails of all paths in its `FILES`, those of a home folder too: a person may name one of them as the target."""
    about: str
    """What is read, for the README's table."""

    @property
    def files(self) -> tuple[File, ...]:
        """The client's own table."""
        files: tuple[File, ...] = import_module(f"{__name__}.{self.name.replace('-', '_')}").FILES
        return files


_SERVERS: Final = "MCP servers with their launchers and packages"
CLINE_EVENTS: Final = (
    "TaskStart",
    "TaskResume",
    "TaskCancel",
    "TaskComplete",
    "PreToolUse",
    "PostToolUse",
    "UserPromptSubmit",
    "PreCompact",
)
# fmt: off
CLIENTS: Final = (
    #    client            tails of its files                                                          what is read
    Line("claude-code",    (".mcp.json", ".claude/settings.json", ".claude/settings.local.json", ".claude.json", "managed-settings.json", "managed-settings.d/*.json",
                            "managed-mcp.json", ".claude-plugin/plugin.json", ".claude-plugin/marketplace.json", ".claude/agents/*.md", ".claude/agents/*/*.md",
                            ".claude/skills/*/SKILL.md", ".claude/commands/*.md", ".claude/commands/*/*.md"),
                                                                                                       "MCP servers; permissions, modes, approvals, sandbox, hooks and helpers, overriding variables, plugins and marketplaces, front matter of agents, skills and commands"),
    Line("claude-desktop",  ("claude_desktop_config.json", "*.mcpb", "*.dxt", "manifest.json"), f"{_SERVERS}; bundles with their SHA-256, unpacked ones by their manifest"),
    Line("copilot-cli",    (".github/mcp.json", ".copilot/mcp-config.json", ".github/copilot/settings.json", ".github/copilot/settings.local.json",
                            ".copilot/settings.json", ".copilot/config.json", ".copilot/permissions-config.json", "etc/github-copilot/managed-settings.json",
                            "GitHubCopilot/managed-settings.json", ".github/hooks/*.json", ".copilot/hooks/*.json", ".github/lsp.json", ".copilot/lsp-config.json"),
                                                                                                       f"{_SERVERS}; saved approvals, addresses, sandbox, trusted folders, hooks, language servers, plugins and marketplaces"),
    Line("vscode",         (".vscode/mcp.json", ".vscode/settings.json", ".vscode/tasks.json", "*.code-workspace", ".github/agents/*.md",
                            ".github/chatmodes/*.chatmode.md", "User/mcp.json", "User/profiles/*/mcp.json",
                            "Code/User/settings.json", "Code/User/profiles/*/settings.json", "Code/User/tasks.json", "Code/User/profiles/*/tasks.json",
                            "Code - Insiders/User/settings.json", "Code - Insiders/User/profiles/*/settings.json", "Code - Insiders/User/tasks.json",
                            "Code - Insiders/User/profiles/*/tasks.json", "VSCodium/User/settings.json", "VSCodium/User/profiles/*/settings.json",
                            "VSCodium/User/tasks.json", "VSCodium/User/profiles/*/tasks.json"),
                                                                                                       f"{_SERVERS}; what runs unasked, sandbox, addresses, tasks that start when a folder is opened; the settings of extensions among the editor's"),
    Line("cursor",         (".cursor/mcp.json", ".cursor/permissions.json", ".cursor/cli.json", ".cursor/cli-config.json", ".config/cursor/cli-config.json",
                            ".cursor/sandbox.json", ".cursor/hooks.json", "etc/cursor/hooks.json", "Application Support/Cursor/hooks.json",
                            "ProgramData/Cursor/hooks.json", "Cursor/User/settings.json", "Cursor/User/profiles/*/settings.json"),
                                                                                                       f"{_SERVERS}; lists of what runs unasked, permissions of the CLI, sandbox, hooks"),
    Line("windsurf",       (".codeium/windsurf/mcp_config.json", ".codeium/mcp_config.json", ".windsurf/hooks.json", ".codeium/windsurf/hooks.json",
                            ".codeium/hooks.json", "etc/windsurf/hooks.json", "Application Support/Windsurf/hooks.json", "ProgramData/Windsurf/hooks.json",
                            "Windsurf/User/settings.json", "Windsurf/User/profiles/*/settings.json"),  f"{_SERVERS}; lists of commands, hooks"),
    Line("gemini-cli",     (".gemini/settings.json", "etc/gemini-cli/settings.json", "GeminiCli/settings.json", "ProgramData/gemini-cli/settings.json",
                            "etc/gemini-cli/system-defaults.json", "GeminiCli/system-defaults.json", "ProgramData/gemini-cli/system-defaults.json",
                            ".gemini/policies/*.toml", "etc/gemini-cli/policies/*.toml", "GeminiCli/policies/*.toml", "ProgramData/gemini-cli/policies/*.toml",
                            ".gemini/trustedFolders.json", "gemini-extension.json", ".gemini/extensions/*/hooks/hooks.json"),
                                                                                                       f"{_SERVERS}; modes, tools, policies, trusted folders, sandbox, commands and hooks, extensions"),
    Line("qwen-code",      (".qwen/settings.json", "etc/qwen-code/settings.json", "QwenCode/settings.json", "ProgramData/qwen-code/settings.json"),
                                                                                                       f"{_SERVERS}; modes, permissions, sandbox, commands and hooks"),
    Line("antigravity",    (".gemini/antigravity/mcp_config.json",),                                   _SERVERS),
    Line("codex",          (".codex/config.toml", ".codex/*.config.toml", "etc/codex/config.toml", "etc/codex/managed_config.toml",
                            "etc/codex/requirements.toml", ".codex/hooks.json", ".codex/rules/*.rules"),
                                                                                                       f"{_SERVERS}; approvals, sandbox, profiles, rules, trusted folders, providers, hooks and helpers, an administrator's requirements"),
    Line("zed",            (".zed/settings.json", ".config/zed/settings.json", "Roaming/Zed/settings.json"), f"{_SERVERS}; permissions of tools, trust, agents and language servers that are started"),
    Line("cline",          (".cline/mcp.json", ".cline/data/settings/cline_mcp_settings.json", "globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
                            *(f"{folder}/{event}" for folder in (".clinerules/hooks", "Cline/Hooks") for event in CLINE_EVENTS)),
                                                                                                       f"{_SERVERS}; approvals, hooks"),
    Line("roo-code",       (".roo/mcp.json", "globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"), f"{_SERVERS}; approvals; lists of commands among the settings of editors"),
    Line("kilo-code",      ("kilo.jsonc", "kilo.json", ".kilocode/mcp.json", ".kilocode/cli/config.json",
                            ".kilocode/cli/global/settings/mcp_settings.json", "globalStorage/kilocode.kilo-code/settings/mcp_settings.json"),
                                                                                                       f"{_SERVERS}; approvals, permissions, agents, plugins, instructions from elsewhere; lists of commands among the settings of editors"),
    Line("kiro",            (".kiro/settings/mcp.json", ".kiro/settings/permissions.yaml", ".kiro/workspace-roots/*/permissions.yaml", ".kiro/agents/*.json", ".kiro/agents/*.md", ".kiro/hooks/*.kiro.hook", ".kiro/hooks/*.json", ".config/Kiro/User/settings.json", "Library/Application Support/Kiro/User/settings.json",
                            "AppData/Roaming/Kiro/User/settings.json"), f"{_SERVERS}; agents, hooks, permissions"),
    Line("amazon-q",        (".amazonq/mcp.json", ".amazonq/agents/*.json", ".amazonq/cli-agents/*.json", ".aws/amazonq/mcp.json", ".aws/amazonq/agents/*.json", ".aws/amazonq/cli-agents/*.json"), f"{_SERVERS}; agents with their permissions and hooks"),
    Line("junie",           (".junie/mcp/mcp.json", ".junie/allowlist.json"), f"{_SERVERS}; allowed actions"),
    Line("lm-studio",      (".lmstudio/mcp.json",),                                                    _SERVERS),
    Line("factory",         (".factory/mcp.json", ".factory/settings.json", ".factory/settings.local.json"), f"{_SERVERS}; autonomy, allowed commands, hooks, endpoints"),
    Line("trae",           (".trae/mcp.json",),                                                        _SERVERS),
    Line("opencode",        ("opencode.json", "opencode.jsonc", ".opencode/agent/*.md", ".opencode/agents/*.md", ".opencode/command/*.md", ".opencode/commands/*.md", ".config/opencode/agent/*.md", ".config/opencode/agents/*.md", ".config/opencode/command/*.md", ".config/opencode/commands/*.md"), f"{_SERVERS}; permissions, plugins, endpoints, commands, agents"),
    Line("goose",           (".config/goose/config.yaml", ".config/goose/permission.yaml", ".config/goose/recipes/*.yaml", ".goose/recipes/*.yaml",
                            "AppData/Roaming/Block/goose/config/config.yaml", "AppData/Roaming/Block/goose/config/permission.yaml",
                            "AppData/Roaming/Block/goose/config/recipes/*.yaml"), f"{_SERVERS}; mode, permissions, recipes"),
    Line("continue-dev",    (".continue/mcpServers/*.yaml", ".continue/mcpServers/*.yml", ".continue/mcpServers/*.json", ".continue/agents/*.yaml", ".continue/agents/*.yml", ".continue/assistants/*.yaml", ".continue/assistants/*.yml", ".continue/config.yaml", ".continue/config.json", ".continue/permissions.yaml"), f"{_SERVERS}; blocks of others, endpoints, permissions"),
    Line("warp",            (".warp/.mcp.json", ".warp/settings.toml", ".config/warp-terminal/settings.toml", "AppData/Local/warp/Warp/config/settings.toml"), f"{_SERVERS}; profiles and allowed commands"),
    Line("amp",             (".amp/settings.json", ".amp/settings.jsonc", ".config/amp/settings.json", ".config/amp/settings.jsonc", "ampcode/managed-settings.json"), f"{_SERVERS}; permissions and modes"),
    Line("crush",           ("crush.json", ".crush.json"), f"{_SERVERS}; allowed tools, language servers, commands in values, endpoints"),
    Line("augment",         (".augment/settings.json", ".augment/settings.local.json"), f"{_SERVERS}; permissions and hooks"),
    Line("aider",           (".aider.conf.yml",), "mode, commands, endpoints, secrets"),
    Line("fastmcp",         ("*fastmcp.json",), "requirements of a server, its address, names of its variables"),
    Line("mcp-registry",    ("server.json",), "packages of a published server with their versions and hashes"),
    Line("smithery",        ("smithery.yaml", "smithery.yml"), "the text that builds the command of a hosted server, secrets"),
    Line("mcp-json",       ("mcp.json",),                                                              f"{_SERVERS}; any other file of this name"),
)
# fmt: on

CONFIGURATION_FOLDERS: Final = ("~/.config", "~/Library/Application Support", "~/AppData/Roaming")
"""What `<cfg>` stands for in a path: a person's application data on Linux, macOS and Windows."""
_HOME: Final = r"(?:/home/[^/]+|/Users/[^/]+|/root|[A-Za-z]:/Users/[^/]+)/"


def find(path: str) -> tuple[Line, File] | None:
    """Who reads the file at `path`, an absolute path, one that begins with `~/`, or one inside an unknown folder.

    A place that a client names in full counts most, then the longest tail; of equal ones that of a file in a project.
    """
    best: tuple[tuple[bool, int, bool], Line, File] | None = None
    absolute = home_path(path)
    for line in CLIENTS:
        if not any(has_tail(path, pattern) for pattern in line.patterns):
            continue
        for file in line.files:
            for pattern in spelled(file.path):
                anchored = is_anchored(pattern)
                exact = anchored and is_path(absolute, pattern)
                tails = [pattern.removeprefix("~/")]
                if anchored:  # a copy of a home folder, or of a machine's, may begin anywhere
                    tails += (tail for tail in line.patterns if has_tail(pattern, tail))
                agreed = max((tail.count("/") for tail in tails if has_tail(path, tail)), default=-1)
                rank = (exact, agreed, not anchored)
                if (exact or agreed >= 0) and (best is None or rank > best[0]):
                    best = (rank, line, file)
    return best[1:] if best else None


def home_path(path: str) -> str:
    """`path` as `~/…` if it lies in what looks like a home folder."""
    import re

    match = re.match(_HOME, path)
    return f"~/{path[match.end() :]}" if match else path


def spelled(path: str) -> tuple[str, ...]:
    """`path` of a `File` with `<cfg>` replaced by each folder that it stands for."""
    if not path.startswith("<cfg>/"):
        return (path,)
    return tuple(folder + path.removeprefix("<cfg>") for folder in CONFIGURATION_FOLDERS)


def is_anchored(pattern: str) -> bool:
    """Whether the pattern of a `File` names a place on a machine, not in a project."""
    return pattern.startswith(("~/", "/")) or pattern[1:3] == ":/"


def has_tail(path: str, pattern: str) -> bool:
    """Whether the last parts of `path` fit `pattern`, part by part."""
    parts = pattern.split("/")
    return is_path("/".join(path.split("/")[-len(parts) :]), pattern)


def is_path(path: str, pattern: str) -> bool:
    """Whether `path` fits `pattern`, part by part."""
    if "*" not in pattern:
        return path == pattern
    found, wanted = path.split("/"), pattern.split("/")
    return len(found) == len(wanted) and all(map(fits, found, wanted))


def fits(text: str, pattern: str) -> bool:
    """Whether `text` fits the shell pattern `pattern`, whose only sign is `*`; no expression to compile at every start."""
    head, star, rest = pattern.partition("*")
    if not star:
        return text == pattern
    *middle, tail = rest.split("*")
    if not text.startswith(head) or not text.endswith(tail) or len(text) < len(head) + len(tail):
        return False
    at, end = len(head), len(text) - len(tail)
    for piece in middle:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def personal_files(tree: Tree) -> Iterator[tuple[Line, str]]:
    """Each file of a client that `tree`, a `tree.HomeTree`, holds: a person's own, then the managed ones; what is missing is no problem."""
    seen: set[str] = set()
    for line in CLIENTS:
        for file in line.files:
            for pattern in spelled(file.path):
                if is_anchored(pattern):
                    for path in _expanded(tree, pattern):
                        if path not in seen:
                            seen.add(path)
                            yield line, path


MAX_MATCHES: Final = 5000
"""Paths that one pattern with `*` may stand for in a home folder."""


def _expanded(tree: Tree, pattern: str) -> Iterator[str]:
    """The paths of files in `tree` that fit `pattern`, sorted."""
    from sbomgate.errors import CollectError

    paths = [""]
    for part in pattern.split("/"):
        if "*" not in part:
            paths = [f"{path}/{part}" if path else part or "" for path in paths] if part else ["/"]
            paths = [path.replace("//", "/") for path in paths]
            continue
        below: list[str] = []
        for path in paths:
            if tree.kind(path) not in ("folder", "link"):
                continue
            try:
                names = [entry.name for entry in tree.entries(path)]
            except CollectError:
                below.append(f"{path}/{part}")  # reading it tells why
                continue
            below += (f"{path}/{name}" for name in names if fits(name, part))
        paths = below[:MAX_MATCHES]
    for path in paths:
        if tree.kind(path) in ("file", "link", "other") or "*" in path:
            yield path
