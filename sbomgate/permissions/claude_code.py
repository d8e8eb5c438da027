"""What Claude Code decides, step by step as its documentation has it.

Sources: Claude Code documentation, "Configure permissions", "Permission modes", "Sandboxing". The order: deny · ask · what no
mode approves · mode · allow · sandbox · the client's own list of commands that only read · a question.
"""

from __future__ import annotations

import re
from typing import Final

from sbomgate.agent_model import AgentOption, PermissionRule
from sbomgate.permissions import commands
from sbomgate.permissions.clients import Semantics
from sbomgate.permissions.evaluator import Evaluator, covers_all, verdict_of
from sbomgate.permissions.patterns import HOME, PROJECT, absolute, command_pattern, is_inside, path_pattern, wildcard
from sbomgate.permissions.probes import Action
from sbomgate.permissions.sessions import Session
from sbomgate.permissions.verdicts import Verdict, strictest

_READ_ONLY: Final = frozenset(
    {"ls", "cat", "echo", "pwd", "head", "tail", "grep", "rg", "find", "wc", "which", "diff", "stat", "du", "cd", "true", "false"}
)
_READ_ONLY_GIT: Final = frozenset({"status", "log", "diff", "show", "blame", "rev-parse", "ls-files", "describe", "shortlog"})
_EDITING: Final = frozenset({"mkdir", "touch", "rm", "rmdir", "mv", "cp", "sed"})
"""What the mode acceptEdits runs on files of the project."""
_FILE_READERS: Final = frozenset({"cat", "head", "tail", "sed"})
_NEVER_BY_PREFIX: Final = frozenset({"watch", "setsid", "ionice", "flock"})
_INTERPRETERS: Final = re.compile(r"(?:python|node|ruby|perl|php|bash|sh|zsh|npx|npm run|pnpm|yarn|bun|deno|uv run|uvx)\b")
"""Beginnings of rules that auto mode drops."""
_PROTECTED_FOLDERS: Final = frozenset({".git", ".vscode", ".idea", ".husky", ".cargo", ".devcontainer", ".yarn", ".mvn", ".claude"})
_PROTECTED_FILES: Final = frozenset(
    {
        *(".gitconfig", ".gitmodules", ".bashrc", ".bash_profile", ".bash_login", ".bash_aliases", ".bash_logout", ".zshrc", ".zprofile"),
        *(".zshenv", ".zlogin", ".zlogout", ".profile", ".envrc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnp.cjs", ".pnp.loader.mjs"),
        *(".pnpmfile.cjs", "bunfig.toml", ".bunfig.toml", ".bazelrc", ".bazelversion", ".bazeliskrc", ".pre-commit-config.yaml"),
        *("lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "gradle-wrapper.properties", "maven-wrapper.properties"),
        *(".devcontainer.json", ".ripgreprc", "pyrightconfig.json", ".mcp.json", ".claude.json"),
    }
)
_PARAMETER: Final = re.compile(r"(?P<name>[a-z][a-z_]*)\s*:\s*(?P<value>\S.*)\Z")
_PRIMARY: Final = ("command", "file_path", "path", "notebook_path", "url")
_BYPASS_SINCE: Final = "versions before 2.1.257 start without confirmations; later ones do not take this mode from a file of the project"
_UNFIT: Final = "no rule fits"


class ClaudeCode(Evaluator):
    """One session of Claude Code."""

    def __init__(self, session: Session, semantics: Semantics) -> None:
        super().__init__(session, semantics)
        if any(option.key.endswith("allowManagedPermissionRulesOnly") for option in self.options):
            managed = tuple(rule for rule in session.rules if rule.scope == "managed")
            super().__init__(session._replace(rules=managed), semantics)
        self.sandbox = self._option("sandbox.enabled", "true")
        self.auto_allowed = self._option("sandbox.autoAllowBashIfSandboxed", "false") is None
        self.excluded = [option.value for option in self.options if option.key.startswith("sandbox.excludedCommands")]
        self.auto_possible = self._option("disableAutoMode", "disable") is None
        self.blocks_outside = self._option("permissions.blockReadsOutsideWorkingDirectories", "true")

    def _option(self, key: str, value: str) -> AgentOption | None:
        return next((option for option in self.options if option.key.endswith(key) and option.value == value), None)

    def _mode(self) -> tuple[str, AgentOption | None]:
        """The mode of the scope that goes first, also where that file's value does not count: then the default does."""
        modes = [option for option in self.session.options if option.kind == "mode" and (option.in_force or option.value == "auto")]
        own = [option for option in modes if option.only_for and option.only_for == self.session.only_for]
        option = next(iter(own or modes), None)
        if option is None or not option.in_force or option.value in ("default", "manual"):
            return "", option
        if option.value == "bypassPermissions" and self._option("disableBypassPermissionsMode", "disable"):
            return "", None
        return option.value, option

    # --- commands ------------------------------------------------------------------------------------------------

    def judge(self, action: Action) -> Verdict:
        if action.kind != "shell":
            return self._path(action.kind, action.text or self.semantics.settings)
        script = commands.split(action.text)
        if not script.parts:
            return Verdict("asked", "there is no command in it")
        for effect in ("deny", "ask"):
            if refused := self._refused(effect, script):
                return self._settled(refused)
        if self.mode == "bypassPermissions":
            if any(_is_critical(part.text) for part in (*script.parts, *script.nested)):
                return Verdict("asked", "no mode approves the removal of such a folder", self.mode_option)
            return Verdict("allowed", self._bypass(), self.mode_option)
        found = [self._part(part, plain=script.plain) for part in script.parts]
        if len(action.text) > commands.MAX_TEXT:
            found = [self._asked("so long a command is always asked about")]
        elif not script.plain and any(verdict.runs_unasked for verdict in found):
            broad = next((verdict for verdict in found if verdict.cause and covers_all(verdict.cause)), None)
            found = [*found, broad or self._asked("what cannot be taken apart in full is asked about")]
        return strictest(found)

    def _bypass(self) -> str:
        scope = self.mode_option.scope if self.mode_option else ""
        return _BYPASS_SINCE if scope in ("repo", "repo-local") else "in this mode nobody is asked"

    def _refused(self, effect: str, script: commands.Script) -> Verdict | None:
        """The deny or ask rule that fits any part, also inside of substitutions, and past any assignment or wrapper."""
        for part in (*script.parts, *script.nested):
            for text in _spellings(part.text):
                if rule := self.first(effect, Action("shell", text)):
                    if effect == "ask" and covers_all(rule) and self._confined(text):
                        continue  # sandboxed commands run even past a bare `Bash` in the list of questions
                    return verdict_of(rule)
            for path in (*_named_files(part.text), *part.reads):
                if rule := self.first(effect, Action("read", path)):
                    return verdict_of(rule)
            for path in part.writes:
                if rule := self.first(effect, Action("edit", path)):
                    return verdict_of(rule)
        return None

    def _part(self, part: commands.Part, *, plain: bool) -> Verdict:
        """One simple command that no rule denies or asks about."""
        found = [self._path("edit", path) for path in part.writes]
        found += [self._path("read", path) for path in part.reads]
        if part.text:
            found.append(self._command(part.text))
        if not plain:
            found = [verdict for verdict in found if not verdict.runs_unasked or (verdict.cause and covers_all(verdict.cause))] or found
        return strictest(found) if found else self._asked(_UNFIT)

    def _command(self, text: str) -> Verdict:
        unsafe, without = commands.assignments(text)
        command = commands.unwrapped(text if unsafe else without)
        words = command.split()
        name = words[0] if words else ""
        if _is_critical(command):
            return self._asked("no rule approves the removal of such a folder")
        rule = self.first("allow", Action("shell", command)) or (self.first("allow", Action("shell", text)) if command != text else None)
        if rule and self._covers(rule, command, name, words):
            if self.mode == "auto" and (covers_all(rule) or _INTERPRETERS.match(rule.specifier)):
                return Verdict("unknown", "auto mode drops so broad a rule, and a model decides", rule)
            return verdict_of(rule)
        if self.mode == "acceptEdits" and name in _EDITING and self._stays_inside(words[1:]):
            return Verdict("allowed", "in this mode commands that change files of the project run without a question", self.mode_option)
        if self._confined(command):
            return Verdict("sandboxed", "commands that are confined run without a question", self.sandbox)
        if not unsafe and self._only_reads(name, words):
            return Verdict("allowed", "one of the commands that only read, which never need a rule")
        return self._asked(_UNFIT)

    def _covers(self, rule: PermissionRule, command: str, name: str, words: list[str]) -> bool:
        """Whether an allow rule that fits the text covers the command: some are approved as a whole or not at all."""
        if covers_all(rule) or rule.matching == "exact":
            return True
        if name in _NEVER_BY_PREFIX:
            return False
        if name == "find" and {"-exec", "-execdir", "-ok", "-okdir", "-delete"} & set(words):
            return False
        return bool(command)

    def _confined(self, command: str) -> bool:
        if self.sandbox is None or not self.auto_allowed:
            return False
        return not any(command_pattern(command, pattern) for pattern in self.excluded)

    def _only_reads(self, name: str, words: list[str]) -> bool:
        if name == "git":
            return len(words) > 1 and words[1] in _READ_ONLY_GIT
        if name not in _READ_ONLY:
            return False
        if name == "find" and {"-exec", "-execdir", "-ok", "-okdir", "-delete", "-fprint", "-fls"} & set(words):
            return False
        return name == "echo" or self._stays_inside(words[1:])

    def _stays_inside(self, words: list[str]) -> bool:
        """Whether every word that may be a path lies in the project or in a folder that was added."""
        folders = [PROJECT, *(option.value for option in self.options if option.kind == "directories")]
        for word in words:
            plain = word.strip("'\"")
            if plain.startswith("-") or not plain:
                continue
            if plain.startswith(("~", "/", "$")) or ".." in plain.split("/"):
                if plain.startswith("$") and not plain.startswith(("$HOME", "${HOME}")):
                    return False
                if not any(is_inside(plain, folder) for folder in folders):
                    return False
            elif set(plain.split("/")) & _PROTECTED_FOLDERS:
                return False
        return True

    def _asked(self, basis: str) -> Verdict:
        """A question, or what the mode makes of one."""
        option = self.mode_option
        if self.mode == "dontAsk":
            return Verdict("denied", f"{basis}, and in this mode that is a refusal", option)
        if self.mode == "auto":
            return Verdict("unknown", "in auto mode a model decides", option)
        if option is None and self.auto_possible and basis == _UNFIT:
            basis = "no rule fits; where a plan starts sessions in auto mode, a model decides"
        return Verdict("asked", basis, option if self.mode == "plan" else None)

    def _settled(self, verdict: Verdict) -> Verdict:
        if verdict.outcome == "asked" and self.mode == "dontAsk":
            return Verdict("denied", "a rule demands a question, and in this mode that is a refusal", verdict.cause)
        return verdict

    # --- files ---------------------------------------------------------------------------------------------------

    def _path(self, kind: str, path: str) -> Verdict:
        action = Action(kind, path)
        for effect in ("deny", "ask"):
            if rule := self.first(effect, action):
                return self._settled(verdict_of(rule))
        if self.mode == "bypassPermissions":
            return Verdict("allowed", self._bypass(), self.mode_option)
        if kind == "edit" and is_protected(path):
            return self._asked("changes of such a file are approved by no rule")
        if rule := self.first("allow", action):
            return verdict_of(rule)
        inside = self._stays_inside([path]) if not is_protected(path) else is_inside(path, PROJECT)
        if kind == "read":
            if inside:
                return Verdict("allowed", "files of the project are read without a question, where no rule denies it")
            if self.blocks_outside:
                return Verdict("denied", "files outside of the project are not read", self.blocks_outside)
            return self._asked("the file lies outside of the project")
        if self.mode in ("acceptEdits", "auto") and inside:
            return Verdict("allowed", "in this mode files of the project are changed without a question", self.mode_option)
        return self._asked(_UNFIT)

    # --- rules ---------------------------------------------------------------------------------------------------

    def fits(self, rule: PermissionRule, action: Action) -> bool:
        if rule.matching == "all":
            return True
        if action.kind != "shell":
            if rule.tool not in ("Read", "Edit", "*") and rule.matching != "path":
                return False
            root = HOME if rule.scope == "user" else PROJECT
            return path_pattern(action.text, rule.specifier, root=root)
        if rule.tool != "Bash" and not wildcard("Bash", rule.tool):
            return False
        if rule.effect != "allow" and (found := _PARAMETER.match(rule.specifier)) and not rule.specifier.endswith(":*"):
            return False if found["name"] not in _PRIMARY else command_pattern(action.text, rule.specifier)
        return command_pattern(action.text, rule.specifier)


def _spellings(text: str) -> tuple[str, ...]:
    """`text` as a deny or ask rule sees it: as written, and behind keywords, assignments and wrappers."""
    plain = commands.bare(text)
    without = commands.assignments(plain)[1]
    inner = commands.unwrapped(without)
    return tuple(dict.fromkeys((text, plain, without, inner, commands.assignments(inner)[1])))


def _named_files(text: str) -> tuple[str, ...]:
    """The files that a command which is known to read files names."""
    words = commands.unwrapped(commands.assignments(commands.bare(text))[1]).split()
    if not words or words[0] not in _FILE_READERS:
        return ()
    return tuple(word.strip("'\"") for word in words[1:] if not word.startswith("-"))[:50]


def _is_critical(text: str) -> bool:
    """Whether `text` removes a folder that no rule and no mode approves of. Source: "Permission modes", "Critical paths"."""
    words = commands.unwrapped(commands.assignments(commands.bare(text))[1]).split()
    if not words or words[0] not in ("rm", "rmdir"):
        return False
    for word in words[1:]:
        plain = word.strip("'\"")
        if plain.startswith("-"):
            continue
        if re.match(r"\$\{?[A-Za-z_]\w*\}?\"?/?\*?\Z", plain) and plain.endswith(("/", "*")):
            return True
        path = absolute(plain.removesuffix("*") if plain.endswith("/*") or plain == "*" else plain)
        if path.count("/") == 1 or path == HOME or is_inside(PROJECT, path):
            return True
    return False


def is_protected(path: str) -> bool:
    """Whether changes of the file at `path` are approved by no rule. Source: "Permission modes", "Protected paths"."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts:
        return False
    if "worktrees" in parts and ".claude" in parts:
        return False
    return bool(set(parts[:-1]) & _PROTECTED_FOLDERS) or parts[-1] in _PROTECTED_FILES or "/.config/git/" in f"/{path}"
