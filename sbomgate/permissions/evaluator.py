"""What one client decides about one action, from its rules and its modes. Pure functions of a session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sbomgate.agent_model import AgentOption, PermissionRule
from sbomgate.permissions import commands
from sbomgate.permissions.clients import Semantics
from sbomgate.permissions.patterns import (
    PROJECT,
    absolute,
    command_pattern,
    glob,
    is_inside,
    one_character,
    path_pattern,
    prefix,
    wildcard,
)
from sbomgate.permissions.probes import Action
from sbomgate.permissions.sessions import Session
from sbomgate.permissions.verdicts import Verdict, said, strictest

_NAMES: Final = {
    "shell": frozenset(
        {
            *("bash", "powershell", "shell", "terminal", "run_shell_command", "shelltool", "execute_bash", "execute_cmd", "executebash"),
            *("run_in_terminal", "runinterminal", "command", "commands", "execute_command", "run_command", "developer__shell", "execute"),
            *("launch-process", "executables"),
        }
    ),
    "read": frozenset({"read", "fs_read", "fsread", "read_file", "readfile", "readfiletool", "view", "read_many_files"}),
    "edit": frozenset(
        {
            *("edit", "write", "multiedit", "notebookedit", "fs_write", "fswrite", "write_file", "writefile", "writefiletool", "edit_file"),
            *("replace", "apply_patch", "patch", "create_file", "write_to_file", "developer__text_editor"),
            *("fileediting", "str-replace-editor", "save-file", "remove-files"),
        }
    ),
}
"""What clients call the tool of each kind, in lower case."""


def kind_of(tool: str) -> tuple[str, ...]:
    """The kinds of action that a rule for `tool` is about: `*` and patterns for several, none for a server's tool."""
    tool = tool.strip().lower()
    if not tool:
        return ("shell",)
    if tool in ("*", "**"):
        return tuple(_NAMES)
    if "*" in tool:
        return tuple(kind for kind, names in _NAMES.items() if any(wildcard(name, tool) for name in names))
    return tuple(kind for kind, names in _NAMES.items() if tool in names)


class _Index:
    """Rules of one effect and kind, found by the first word of a command where their pattern begins with one."""

    def __init__(self) -> None:
        self.by_word: dict[str, list[tuple[int, PermissionRule]]] = {}
        self.others: list[tuple[int, PermissionRule]] = []
        self.count = 0

    def add(self, rule: PermissionRule) -> None:
        word = rule.specifier.split(" ", 1)[0] if rule.matching in ("exact", "wildcard") and " " in rule.specifier else ""
        if word and not set(word) & set("*?:/\\'\""):
            self.by_word.setdefault(word, []).append((self.count, rule))
        else:
            self.others.append((self.count, rule))
        self.count += 1

    def candidates(self, text: str) -> Iterable[PermissionRule]:
        found = self.by_word.get(text.split(" ", 1)[0])
        if not found:
            return (rule for _, rule in self.others)
        return (rule for _, rule in sorted((*found, *self.others), key=lambda pair: pair[0]))


class Evaluator:
    """A client with lists of what is allowed, asked about and denied, and perhaps a mode."""

    def __init__(self, session: Session, semantics: Semantics) -> None:
        self.session, self.semantics = session, semantics
        self.rules = [rule for rule in session.rules if rule.in_force]
        self.options = [option for option in session.options if option.in_force]
        self.index: dict[tuple[str, str], _Index] = {}
        for rule in self.rules:
            for kind in kind_of(rule.tool):
                self.index.setdefault((rule.effect, kind), _Index()).add(rule)
        self.mode, self.mode_option = self._mode()

    # --- modes ---------------------------------------------------------------------------------------------------

    def _mode(self) -> tuple[str, AgentOption | None]:
        """What the mode does, one of the words of `Semantics.modes`, and where it is set."""
        for option in self.options:
            if option.kind == "tools-approved" and not option.name and option.value not in ("false", "[]", "{}"):
                return "all", option
        effects = dict(self.semantics.modes)
        for option in self.options:
            if option.kind == "mode" and option.value in effects:
                return effects[option.value], option
        return "", None

    def _by_mode(self, action: Action) -> Verdict | None:
        """What the mode says of an action that no rule settles."""
        option = self.mode_option
        if option is None:
            return None
        if self.mode == "all":
            return Verdict("allowed", "this setting lets everything run without a question", option)
        if self.mode == "model":
            return Verdict("unknown", "in this mode a model decides", option)
        if self.mode == "edits" and action.kind == "edit":
            return Verdict("allowed", "in this mode files are changed without a question", option)
        if self.mode in ("strict", "chat"):
            return Verdict("denied", "in this mode nothing runs that no rule allows", option)
        if self.mode == "ask":
            return Verdict("asked", "no rule fits, and in this mode a person is asked", option)
        return None

    # --- the answer ----------------------------------------------------------------------------------------------

    def judge(self, action: Action) -> Verdict:
        """Whether `action` would run."""
        if action.kind == "edit" and not action.text:
            action = Action("edit", self.semantics.settings)
        if action.kind != "shell":
            return self.one(action)
        script = commands.split(action.text)
        if self.semantics.whole or not script.parts:
            return self.one(action)
        found = [self.one(Action("shell", part.text)) for part in (*script.parts, *script.nested)]
        verdict = strictest(found)
        if not script.plain and verdict.runs_unasked and not (verdict.cause and covers_all(verdict.cause)):
            return Verdict("unknown", "the command cannot be taken apart for certain")
        return verdict

    def one(self, action: Action) -> Verdict:
        """Of a simple command, or of a path."""
        if self.semantics.mode_first and self.mode == "all" and self.mode_option:
            return Verdict("allowed", "this setting lets everything run without a question", self.mode_option)
        ruled = self._ruled(action)
        if ruled is not None and ruled.outcome in ("denied", "asked"):
            return ruled
        if self.mode == "all" and (found := self._by_mode(action)):
            return found
        if ruled is None and (rule := self._unclear(action)):
            return Verdict("unknown", "the expression of a rule that allows is not understood", rule)
        return ruled or self._by_mode(action) or self._unfit(action)

    def _unclear(self, action: Action) -> PermissionRule | None:
        """A rule that may allow `action`: its regular expression cannot be judged. One that may deny it is not relied on."""
        index = self.index.get(("allow", action.kind))
        rules = index.candidates(action.text) if index else ()
        return next((rule for rule in rules if rule.matching == "regex" and self._regex(rule.specifier, action.text) is None), None)

    def _ruled(self, action: Action) -> Verdict | None:
        if self.semantics.order == "strict":
            for effect in ("deny", "ask"):
                if rule := self.first(effect, action):
                    return verdict_of(rule)
            rule = self.first("allow", action)
            return self._allowed(rule, action) if rule else None
        fitting = [rule for rule in self.rules if action.kind in kind_of(rule.tool) and self.fits(rule, action)]
        if not fitting:
            return None
        if self.semantics.order == "longest":
            rule = max(fitting, key=lambda one: (len(one.specifier), one.effect != "allow"))
        else:
            rule = fitting[0 if self.semantics.order == "first" else -1]
        return self._allowed(rule, action) if rule.effect == "allow" else verdict_of(rule)

    def _allowed(self, rule: PermissionRule, action: Action) -> Verdict:
        if action.kind == "shell" and self.semantics.prompts:
            name = action.text.split(" ", 1)[0].lower()
            broad = covers_all(rule) or rule.specifier in ("/.*/", ".*", "^.*$")
            if broad and name in self.semantics.prompts.split() and not self._drops_prompts():
                return Verdict("asked", f"{self.session.client} has a rule of its own that asks about {name}")
            if option := next(
                (one for one in self.options if one.key.endswith("terminal.enableAutoApprove") and one.value == "false"), None
            ):
                return Verdict("asked", "rules for the terminal are switched off", option)
        return verdict_of(rule)

    def _drops_prompts(self) -> bool:
        return any(option.key.endswith("ignoreDefaultAutoApproveRules") and option.value == "true" for option in self.options)

    def _unfit(self, action: Action) -> Verdict:
        semantics = self.semantics
        if action.kind == "shell":
            return Verdict(semantics.command, semantics.unfit)
        if action.kind == "edit":
            for option in self.options:
                if option.kind == "edits-approved" and option.value != "false" and glob(action.text, option.name or "**"):
                    return Verdict("allowed", "files that fit are changed without a question", option)
            own = action.text == semantics.settings
            return Verdict(semantics.edit_settings if own else semantics.edit, semantics.unfit)
        if is_inside(action.text, PROJECT):
            return Verdict(semantics.read, "files of the project are read without a question, where no rule denies it")
        for option in self.options:
            if option.kind == "directories" and is_inside(action.text, option.value):
                return Verdict("allowed", "the folder was added to those that may be read", option)
        return Verdict(semantics.read_outside, "the file lies outside of the project")

    def first(self, effect: str, action: Action) -> PermissionRule | None:
        """The first rule of `effect` that fits `action`; a narrow one first, so that it is named rather than `*`."""
        index = self.index.get((effect, action.kind))
        if index is None:
            return None
        broad = None
        for rule in index.candidates(action.text):
            if self.fits(rule, action):
                if not covers_all(rule):
                    return rule
                broad = broad or rule
        return broad

    def fits(self, rule: PermissionRule, action: Action) -> bool:
        """Whether `rule`, which is about this kind of action, covers it."""
        pattern, text = rule.specifier, action.text
        if rule.matching == "all":
            return True
        if action.kind != "shell":
            if rule.matching == "regex":
                return bool(self._regex(pattern, absolute(text)) or self._regex(pattern, text))
            return glob(text, pattern) or path_pattern(text, pattern)
        match rule.matching:
            case "exact":
                return text == pattern
            case "prefix":
                return prefix(text, pattern)
            case "regex":
                return bool(self._regex(pattern, text))
            case "wildcard":
                return command_pattern(text, pattern) if "?" not in pattern else one_character(text, pattern)
            case _:
                return False

    def _regex(self, pattern: str, text: str) -> bool | None:
        from sbomgate.permissions.regexes import search

        if len(pattern) > 1 and pattern.startswith("/"):  # as VS Code writes them: /…/flags
            body, slash, flags = pattern[1:].rpartition("/")
            if slash and (flags.isalpha() or not flags):
                return search(text, body, anchored=False, ignore_case=self.semantics.ignore_case or "i" in flags)
        return search(text, pattern, anchored=self.semantics.anchored, ignore_case=self.semantics.ignore_case)

    # --- the whole -----------------------------------------------------------------------------------------------

    def broad(self) -> Iterator[PermissionRule | AgentOption]:
        """The rules and modes that by themselves let any command run; none where something else still stops it."""
        from sbomgate.permissions.probes import UNHEARD

        verdict = self.judge(UNHEARD[0])
        if verdict.outcome != "allowed" or verdict.cause is None:
            return
        if isinstance(verdict.cause, AgentOption):
            yield verdict.cause
        for rule in self.rules:
            if rule.effect == "allow" and "shell" in kind_of(rule.tool) and all(self.fits(rule, action) for action in UNHEARD):
                yield rule


def covers_all(cause: PermissionRule | AgentOption) -> bool:
    """Whether a rule is for every use of its tool."""
    return isinstance(cause, PermissionRule) and (cause.matching == "all" or not cause.specifier.strip("*"))


_EFFECTS: Final = {
    "allow": ("allowed", "a rule allows it"),
    "ask": ("asked", "a rule demands a question"),
    "deny": ("denied", "a rule denies it"),
}


def verdict_of(rule: PermissionRule) -> Verdict:
    outcome, basis = _EFFECTS[rule.effect]
    return Verdict(outcome, basis, rule)


class Cursor(Evaluator):
    """Cursor: a list of beginnings in the editor, `Shell(command)` and `Shell(command:arguments)` on the command line.

    Source: Cursor documentation, "permissions.json reference" and "CLI permissions".
    """

    def _unfit(self, action: Action) -> Verdict:
        if action.kind == "shell" and self.session.part == "editor":
            return Verdict("unknown", self.semantics.unfit)
        found = super()._unfit(action)
        return found._replace(basis="no rule fits") if action.kind == "shell" else found

    def fits(self, rule: PermissionRule, action: Action) -> bool:
        if action.kind != "shell" or rule.matching in ("all", "regex", "prefix") or self.session.part == "editor":
            if self.session.part == "editor" and action.kind == "shell" and rule.matching == "exact":
                return prefix(action.text, rule.specifier)
            return super().fits(rule, action)
        name, colon, arguments = rule.specifier.partition(":")
        words = action.text.split(maxsplit=1)
        if not words:
            return False
        said_arguments = words[1] if len(words) > 1 else ""
        if not colon:
            return wildcard(words[0], name) or command_pattern(action.text, name)
        return wildcard(words[0], name) and command_pattern(said_arguments, arguments)


class Gemini(Evaluator):
    """Gemini CLI and its forks: lists in the settings, and policies whose priorities decide between them.

    Source: Gemini CLI documentation, "Configuration" and "Policy engine".
    """

    def _ruled(self, action: Action) -> Verdict | None:
        found = super()._ruled(action)
        if found is None or not isinstance(found.cause, PermissionRule) or found.cause.effect == "allow":
            return found
        if found.cause.key.startswith("rule") and (other := self.first("allow", action)) and other.key.startswith("rule"):
            return Verdict("unknown", f"the priorities of {said(other)!r} and of this rule decide", found.cause)
        return found

    def fits(self, rule: PermissionRule, action: Action) -> bool:
        if action.kind == "shell" and rule.matching in ("exact", "prefix"):  # `run_shell_command(git)` is `git`, not `gitk`
            words = rule.specifier.strip()
            return action.text == words or action.text.startswith(words + " ")
        return super().fits(rule, action)


class Codex(Evaluator):
    """Codex: when it asks, and what its sandbox lets through.

    Source: Codex documentation, "Configuration reference", `approval_policy` and `sandbox_mode`.
    """

    def _setting(self, key: str) -> AgentOption | None:
        """The option `key`; a profile's own goes before that of the file."""
        found = [option for option in self.options if option.key.rpartition(".")[2] == key]
        own = [option for option in found if option.only_for and option.only_for == self.session.only_for]
        return next(iter(own or found), None)

    def one(self, action: Action) -> Verdict:
        if ruled := self._ruled(action):
            return ruled
        sandbox, approval = self._setting("sandbox_mode"), self._setting("approval_policy")
        confinement = sandbox.value if sandbox else "workspace-write"
        policy = approval.value if approval else "on-request"
        if self.mode == "all" and self.mode_option:
            return Verdict("allowed", "this setting lets everything run without a question", self.mode_option)
        free = confinement == "danger-full-access"
        if action.kind == "read" or (action.kind == "edit" and not free and confinement == "workspace-write"):
            return self._unfit(action)
        if policy in ("never", "on-failure"):
            if free:
                return Verdict("allowed", "nobody is asked, and nothing confines commands", approval or sandbox)
            return Verdict("sandboxed", f"nobody is asked, and the sandbox is {confinement}", approval or sandbox)
        if policy == "untrusted":
            return Verdict("asked", "only commands that are known to read are not asked about", approval)
        if policy == "on-request":
            if free:
                return Verdict("unknown", "a model decides when to ask, and nothing confines commands", sandbox)
            return Verdict("sandboxed", f"the sandbox is {confinement}; what needs more is asked about", approval or sandbox)
        return Verdict("unknown", "the policy of approvals is one of its own", approval)
