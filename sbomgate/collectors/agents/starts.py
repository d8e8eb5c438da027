"""Command lines and actions that start an agent, and the options that let it do anything unasked.

Sources: the documentation of each client's command line; `action.yml` and the security page of each action. Text is looked
at once, with a limit; nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from sbomgate.collectors.agents.shell import Words, assigned, base_name, split_script, word_set

MAX_TEXT: Final = 256 * 2**10
"""Characters of one script that are looked at."""
MAX_STARTS: Final = 100
"""Agents started by one script that are told apart."""
MAX_NESTING: Final = 4


class Program(NamedTuple):
    """A command line that starts an agent."""

    client: str
    unconfined: tuple[str, ...]
    """Options that let it do anything unasked: one word, or an option with the value that has the effect."""
    needs: frozenset[str] = frozenset()
    """Where another program has the same name: it is the agent only with one of these words."""


_NO_AGENT: Final = word_set(
    "mcp config update upgrade install uninstall login logout doctor plugin plugins setup-token auth completion migrate-installer extensions help"
)
"""First words with which a client manages itself and starts no agent."""
_INFORM: Final = word_set("--version -v --help -h -V")
_CLAUDE: Final = Program(
    "claude-code", ("--dangerously-skip-permissions", "--permission-mode bypassPermissions", "--allowedTools Bash", "--allowed-tools Bash")
)
_GEMINI: Final = ("--yolo", "-y", "--approval-mode yolo")
_CODEX: Final = (
    "--dangerously-bypass-approvals-and-sandbox",
    "--yolo",
    "--sandbox danger-full-access",
    "-s danger-full-access",
)
_COPILOT: Final = ("--allow-all-tools", "--allow-all", "--yolo")
# fmt: off
PROGRAMS: Final = {
    "claude":       _CLAUDE,
    "claude-code":  _CLAUDE,
    "gemini":       Program("gemini-cli", _GEMINI),
    "gemini-cli":   Program("gemini-cli", _GEMINI),
    "qwen":         Program("qwen-code",  _GEMINI),
    "qwen-code":    Program("qwen-code",  _GEMINI),
    "codex":        Program("codex",      _CODEX),
    "cursor-agent": Program("cursor",     ("--force", "-f", "--yolo")),
    "copilot":      Program("copilot-cli", _COPILOT, word_set("-p --prompt --allow-all-tools --allow-all --yolo --allow-tool")),
    "opencode":     Program("opencode",   ("--auto",), word_set("run --prompt --auto")),
    "opencode-ai":  Program("opencode",   ("--auto",), word_set("run --prompt --auto")),
    "amp":          Program("amp",        ("--dangerously-allow-all",), word_set("-x --execute --dangerously-allow-all")),
    "aider":        Program("aider",      ("--yes-always", "--yes")),
    "aider-chat":   Program("aider",      ("--yes-always", "--yes")),
    "goose":        Program("goose",      ("GOOSE_MODE=auto",), word_set("run session")),
    "droid":        Program("factory",    ("--skip-permissions-unsafe",), word_set("exec")),
    "q":            Program("amazon-q",   ("--trust-all-tools", "-a"), word_set("chat")),
    "kiro-cli":     Program("kiro",       ("--trust-all-tools", "-a"), word_set("chat")),
}
# fmt: on
"""Name of a program, or of the package that holds it → what it is."""
_RUNNERS: Final = word_set(
    "npx bunx pnpx pnpm yarn npm bun uvx uv pipx sudo doas env timeout gtimeout time nohup nice setsid stdbuf exec command xargs mise unbuffer script"
)
_INSTALLING: Final = word_set("install i add ci update remove global uninstall sync pip tool")
_SHELLS: Final = word_set("sh bash zsh dash su")
_QUICK: Final = re.compile(
    r"(?<![A-Za-z0-9_])(?:claude|gemini|qwen|codex|cursor-agent|copilot|opencode|amp|aider|goose|droid|kiro-cli|augment-agent|junie-github-action|q\s+chat)(?![A-Za-z0-9_])",
    re.IGNORECASE,
)


class Start(NamedTuple):
    """An agent that a command line starts."""

    client: str
    words: Words
    """From the agent's own name on."""
    unconfined: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def mentions_agent(text: str) -> bool:
    """Whether an agent is named in `text` at all: most files end here."""
    return _QUICK.search(text) is not None


def starts(text: str) -> Iterator[Start]:
    """The agents that the shell text `text` starts, in order."""
    left = [MAX_STARTS]
    yield from _starts(text[:MAX_TEXT], 0, left)


def _starts(text: str, depth: int, left: list[int]) -> Iterator[Start]:
    if depth > MAX_NESTING or not mentions_agent(text):
        return
    commands, inner = split_script(text)
    exported = {name: word for _, words in commands for word in words[:3] if (name := assigned(word)) == "GOOSE_MODE"}
    for _, words in commands:
        if left[0] <= 0:
            return
        found = _start(words, exported)
        if found is not None:
            left[0] -= 1
            yield found
        elif words and base_name(words[0]) in _SHELLS and "-c" in words[1:4]:
            at = words.index("-c")
            yield from _starts(" ".join(words[at + 1 : at + 2]), depth + 1, left)
    for part in inner[:MAX_STARTS]:
        yield from _starts(part, depth + 1, left)


_KEYWORDS: Final = word_set("then do else elif if while until ! { ( exec time")


def _start(words: Words, exported: dict[str, str]) -> Start | None:
    at = 0
    set_here = dict(exported)
    while at < len(words) and (words[at] in _KEYWORDS or assigned(words[at])):
        if name := assigned(words[at]):
            set_here[name] = words[at]
        at += 1
    if at >= len(words):
        return None
    name = _name(words[at])
    if name not in PROGRAMS and name in _RUNNERS:
        following = words[at + 1 : at + 13]
        if following and following[0] in _INSTALLING and name not in ("sudo", "env"):
            return None
        for offset, word in enumerate(following, start=at + 1):
            if _name(word) in PROGRAMS:
                at, name = offset, _name(word)
                break
    program = PROGRAMS.get(name)
    if program is None:
        return None
    rest = words[at + 1 :]
    if rest and (rest[0] in _NO_AGENT or rest[0] in _INFORM):
        return None
    if program.needs and not program.needs & {word.partition("=")[0] for word in rest[:40]}:
        return None
    return Start(program.client, words[at:], unconfined_options(program, [*rest, *set_here.values()]))


def _name(word: str) -> str:
    return base_name(word).partition("@")[0]


def unconfined_options(program: Program, words: Words) -> tuple[str, ...]:
    """The options among `words` with which the agent does anything unasked, in the words of the table."""
    found = []
    for wanted in program.unconfined:
        option, space, value = wanted.partition(" ")
        for at, word in enumerate(words):
            name, equals, given = word.partition("=")
            if not space:
                if word == option or (equals and name == option and given.lower() not in ("false", "0", "no")):
                    found.append(option)
                    break
            elif name == option:
                said = given if equals else words[at + 1] if at + 1 < len(words) else ""
                if value == "Bash" and opens_shell(said if equals else " ".join(_values(words[at + 1 :]))):
                    found.append(f"{option} Bash")
                    break
                if value != "Bash" and said == value:
                    found.append(wanted)
                    break
    return tuple(found)


def _values(words: Words) -> Words:
    """The words up to the next option."""
    end = next((at for at, word in enumerate(words) if word.startswith("--")), len(words))
    return words[:end]


def opens_shell(tools: str) -> bool:
    """Whether a list of allowed tools holds the shell as a whole: `Bash`, `Bash(*)`, `Bash(:*)`."""
    return re.search(r"(?:^|[\s,\"'\[])Bash(?:\(\s*:?\*\s*\))?(?=$|[\s,\"'\]])", tools) is not None


# --- actions ---------------------------------------------------------------------------------------------------------


class Action(NamedTuple):
    """An action that starts an agent."""

    client: str
    checks: bool
    """It starts for people with write access only, unless an input says otherwise."""
    open_to: tuple[str, ...] = ()
    """Inputs that take this check away when they hold `*`."""
    arguments: tuple[str, ...] = ()
    """Inputs with options of the command line."""
    unconfined: tuple[tuple[str, str], ...] = ()
    """(input, value) that let the agent do anything unasked."""
    prompts: tuple[str, ...] = ("prompt",)


_CLAUDE_PROMPTS: Final = ("prompt", "direct_prompt", "override_prompt", "custom_instructions", "system_prompt", "append_system_prompt")
_GEMINI_ACTION: Final = Action("gemini-cli", checks=False, arguments=("gemini_args",))
# fmt: off
ACTIONS: Final = {
    "anthropics/claude-code-action":            Action("claude-code", True, ("allowed_non_write_users", "allowed_bots"), ("claude_args",), prompts=_CLAUDE_PROMPTS),
    "anthropics/claude-code-base-action":       Action("claude-code", False, (), ("claude_args",), prompts=_CLAUDE_PROMPTS),
    "anthropics/claude-code-security-review":   Action("claude-code", False),
    "google-github-actions/run-gemini-cli":     _GEMINI_ACTION,
    "google-gemini/gemini-cli-action":          _GEMINI_ACTION,
    "qwenlm/qwen-code-action":                  Action("qwen-code", False),
    "openai/codex-action":                      Action("codex", True, ("allow-users",), ("codex-args",), (("safety-strategy", "unsafe"), ("sandbox", "danger-full-access"))),
    "sst/opencode/github":                      Action("opencode", True),
    "anomalyco/opencode/github":                Action("opencode", True),
    "jetbrains/junie-github-action": Action("junie", True),
    "augmentcode/augment-agent":                Action("augment", False, prompts=("instruction",)),
}
# fmt: on
"""The part before the `@`, in lower case → what it is."""


def action_of(uses: str) -> Action | None:
    """The agent that an action starts; None for the many that start none."""
    name = uses.partition("@")[0].strip().lower()
    return ACTIONS.get(name) or next((action for key, action in ACTIONS.items() if name.startswith(f"{key}/")), None)


def program_of(client: str) -> Program | None:
    """The command line of a client."""
    return next((program for program in PROGRAMS.values() if program.client == client), None)


_ARGUMENT: Final = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+""")


def argument_words(text: str) -> Words:
    """The words of an input that holds options: quotes taken away, brackets as they are; or the items of a JSON list."""
    text = text[:MAX_TEXT].strip()
    if text.startswith("["):
        import json

        try:
            items = json.loads(text)
        except (ValueError, RecursionError):
            items = None
        if isinstance(items, list):
            return [item for item in items if isinstance(item, str)]
    lines = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
    return [re.sub("[\"']", "", word) for word in _ARGUMENT.findall(lines)[:1024]]
