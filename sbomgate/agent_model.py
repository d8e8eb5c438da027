"""The nouns of agents' settings: what a client reads, may do unasked, runs unasked, and is told.

A **client** is a program that runs an agent: `claude-code`, `cursor`, `gemini-cli` (`collectors.agents.clients` has the
table). Every noun here says which client reads it, from which scope, and whether it counts there:

    scope      `repo`         arrives with a clone: who can write to the repository can write it
               `repo-local`   in the repository's folder, by convention in no commit
               `user`         a person's own, for all of their projects
               `managed`      an organisation's, which the person cannot lift
               `plugin`       came with a plugin or extension of the client
               `ci`           a workflow of the repository
    in_force   False where the client does not heed what is written: the whole file is not of its format, the key is not read
               from this scope, the rule has a form that is skipped. `why_not` says so in one sentence; a rule that finds a
               guard not in force quotes it, and must not accuse a permission that is not in force.
    location   the file, as seen from the target, and the line of the key, 0 where it is not known; `~/…` for a home folder.
    only_for   what the fact is limited to, where it does not hold for every session: `skill deploy`, `agent reviewer`,
               `profile fast`, `project /srv/app`, `plugin acme`, `server docs`. Empty: always.
    key        the place inside the document: `permissions.allow[3]`, `hooks.Stop[0].hooks[0].command`.

All text went through `collectors.agents.redaction`: no field holds the value of a secret; `***` stands in its place, also inside
a specifier, where it must not be taken for a pattern.
"""

from __future__ import annotations

from typing import Final

from sbomgate.model import Capability, Location, Noun, noun

FILE_KINDS: Final = {
    "settings": "what may be done, how, and what runs",
    "servers": "MCP servers",
    "hooks": "commands that run at events",
    "plugin": "manifest of a plugin or extension",
    "marketplace": "list of plugins and where they come from",
    "instructions": "text for the agent; its front matter may hold settings",
    "workflow": "steps of CI that start an agent",
    "container": "a development container, or an image, that an agent works in",
    "environment": "variables that programs load from the working directory",
}
EFFECTS: Final = ("allow", "ask", "deny")
OPTION_KINDS: Final = {
    # how much is asked
    "mode": "what happens unasked, for everything: the client's own word, `bypassPermissions`, `never`, `yolo`",
    "bypass-prompt-skipped": "the warning before a mode without confirmations is hidden",
    "tools-approved": "tools of every server, or of every kind, run unasked; `name`: the server or kind, empty for all",
    "edits-approved": "files are changed unasked; `name`: the pattern",
    "servers-approved": "every server that the repository names is started unasked",
    "server-approved": "the server `name` is started unasked, whatever its entry says",
    "server-trusted": "every tool of the server `name` runs unasked",
    "server-allowed": "an entry of a list without which no server may be used; `value` tells by what: `name docs`, `command npx …`, `url https://…`",
    "server-denied": "an entry of a list of servers that may not be used",
    "directories": "a folder outside the project that may be read and changed",
    "trusted-folder": "a folder whose settings are believed without a question",
    "tasks-approved": "tasks of the repository that start by themselves do so unasked",
    "model-decides": "a model answers the confirmations in place of a person, or prose that tells it how",
    "guard-dropped": "a rule or warning of the client's own that no longer stands in the way",
    # what stands between a command and the machine
    "sandbox": "whether commands run confined: `true`, `false`, `workspace-write`, …",
    "sandbox-weakened": "something that the confinement lets through",
    "protective": "a switch that takes possibilities away",
    # where things come from, and what else is loaded
    "endpoint": "where prompts, answers, tokens or telemetry are sent instead; `name`: the variable or key",
    "proxy": "what all requests pass through",
    "registry": "where packages are fetched from instead",
    "preload": "code or options that are loaded into every program that is started",
    "path": "where programs are looked for",
    "tls": "which certificates are believed, or that none is checked",
    "home": "where a client looks for its own settings instead",
    "marketplace": "a source of plugins; `name`, `value`: where it is, `pin`: how firmly that is fixed",
    "plugin": "a plugin that is switched on, or offered; `name`, `value`: where it comes from, `pin`",
    "instructions": "text for the agent that is fetched from elsewhere: a URL, a file outside the project",
}
"""Kind of an `AgentOption` → what it means. A rule may rely on there being no others."""
COMMAND_KINDS: Final = ("command", "http", "prompt", "mcp-tool")
INSTRUCTION_KINDS: Final = ("memory", "rule", "skill", "agent", "command", "prompt", "style", "docs")
MATCHINGS: Final = {
    "all": "every use of the tool",
    "exact": "the text as it stands",
    "prefix": "what begins so, also in the middle of a word",
    "words": "a command that begins with these words, each of them whole",
    "wildcard": "`*` stands for anything, spaces included; in Claude Code a ` *` or `:*` at the end also for nothing",
    "regex": "a regular expression that is searched for",
    "path": "a pattern of paths, as gitignore has them",
    "domain": "a host name, `*.` for its sub-domains",
}
"""How the `specifier` of a `PermissionRule` is compared."""


@noun
class AgentFile(Noun):
    """A file that one or more clients read."""

    client: str
    """The one that it is made for; `unknown` for a name that several use."""
    scope: str
    location: Location
    """Line 0."""
    kind: str
    """A key of `FILE_KINDS`."""
    format: str
    """As this client reads it: `json` (strict) · `jsonc` · `toml` · `yaml` · `markdown` · `text` (a script, a build file, a grammar of its own) · `zip` · `dotenv`."""
    also_read_by: tuple[str, ...] = ()
    """Further clients that take up the same file, sorted."""
    in_force: bool = True
    why_not: str = ""


@noun
class PermissionRule(Noun):
    """One line of a list that says what is allowed, asked about, or denied."""

    client: str
    scope: str
    effect: str
    """One of `EFFECTS`."""
    text: str
    """As written, cut at 4096 characters."""
    tool: str
    """In the client's own words: `Bash`, `Read`, `mcp__docs__search`, `Shell`; `*` for all. Empty where `text` has no such form."""
    specifier: str = ""
    """What stands in the brackets, or the pattern itself where the list is one of commands."""
    matching: str = "all"
    """A key of `MATCHINGS`."""
    location: Location
    key: str = ""
    order: int = 0
    """Rank inside its file, for clients that heed the first or the last one that fits."""
    only_for: str = ""
    in_force: bool = True
    why_not: str = ""


@noun
class AgentOption(Noun):
    """A switch, an approval, an override: one value that matters."""

    client: str
    scope: str
    kind: str
    """A key of `OPTION_KINDS`."""
    key: str
    value: str = ""
    """As written, JSON's spelling for what is no text: `true`. Cut at 4096 characters."""
    name: str = ""
    """Whom it concerns, where `kind` says so: a server, a plugin, a variable."""
    pin: str = ""
    """Of plugins and marketplaces, a value of `model.Pin`; empty where there is nothing to pin."""
    location: Location
    only_for: str = ""
    in_force: bool = True
    why_not: str = ""


@noun
class AgentCommand(Noun):
    """What a client runs, or calls, without being asked."""

    client: str
    scope: str
    event: str
    """When: `SessionStart`, `PreToolUse`, `statusLine`, `apiKeyHelper`, `headersHelper`, `skill`, … in the client's words."""
    kind: str
    """One of `COMMAND_KINDS`."""
    text: str
    """The command line, the URL, the prompt; cut at 4096 characters. Shown, never run."""
    digest: str
    """SHA-256 of the uncut text: changes when the command does."""
    location: Location
    key: str = ""
    matcher: str = ""
    """Of a hook: which tools or files it waits for, as written; empty for all."""
    launcher: str = ""
    """`npx`, `bash`, …; the program's own name when it is no known launcher."""
    packages: tuple[str, ...] = ()
    """purls of what it fetches; each is a `Component` of origin LAUNCHED as well."""
    pinned: bool | None = None
    """Whether each of them is fixed; None where nothing is fetched, or it cannot be said."""
    capabilities: tuple[Capability, ...] = ()
    """`fetch-and-run` (`curl | sh`) · `host-access` (a container's mounts and privileges) · `unpinned` (what is fetched, as written)."""
    only_for: str = ""
    in_force: bool = True
    why_not: str = ""


@noun
class Instruction(Noun):
    """A text that an agent takes up as instructions."""

    location: Location
    clients: tuple[str, ...]
    """Sorted."""
    kind: str
    """One of `INSTRUCTION_KINDS`."""
    scope: str
    name: str = ""
    """Of a skill, agent or command."""
    package: str = ""
    """purl of the installed package that it came with."""
    imports: tuple[str, ...] = ()
    """What it refers to and the client reads with it, as written."""
    sha256: str
    size: int = 0
    """Bytes."""
    marks: tuple[tuple[str, int, str], ...] = ()
    """(kind, line, detail) of what is odd about the text: hidden characters, comments that address the agent; see `text_marks`."""


STEP_KINDS: Final = ("action", "command", "container")


@noun
class AgentStep(Noun):
    """Where automation starts an agent: a step of a workflow, a line of a build file, a container made for one."""

    client: str
    scope: str
    """`ci` for a workflow, else `repo`."""
    kind: str
    """One of `STEP_KINDS`: an action of a workflow, a command line, a container that an agent is put into."""
    text: str
    """The action as written, or the command line; cut at 4096 characters. Shown, never run."""
    location: Location
    key: str = ""
    job: str = ""
    purl: str = ""
    """Of the action."""
    pin: str = ""
    """Of the action, a value of `model.Pin`."""
    triggers: tuple[str, ...] = ()
    """The events that start the workflow, as written, sorted."""
    outsiders: tuple[str, ...] = ()
    """Those of `triggers` that people without rights in the repository cause, and that run with its token and secrets."""
    gate: str = ""
    """What looks at who caused the run before the agent starts: a condition as written, or `the action`; empty: nothing."""
    open_to: tuple[str, ...] = ()
    """Inputs that take the action's own check away, `allowed_bots: *`."""
    writes: tuple[str, ...] = ()
    """What the token of the job may change: `contents`, `all`; `unstated` where the file leaves it to the repository's settings."""
    secrets: tuple[str, ...] = ()
    """Names of the secrets that the step can read, the token of the job apart, sorted."""
    self_hosted: bool = False
    """It runs on a machine that lives longer than the job."""
    unconfined: tuple[str, ...] = ()
    """Options that let the agent do anything unasked."""
    isolated: str = ""
    """What keeps it from the machine and the account all the same, in words: `in an image`; empty if nothing does."""
    foreign_head: str = ""
    """The checkout of somebody else's proposal that lies where the agent starts, as written."""
    foreign_head_at: Location | None = None
    exposes: tuple[str, ...] = ()
    """What carries its output or a secret to where others read it: `show_full_output`, `secret NAME in prompt`."""
    host_access: tuple[str, ...] = ()
    """What a container is given of its host: `privileged`, `container socket mounted`, …"""


FIELDS: Final = {
    "AgentStep": "agent_steps",
    "AgentFile": "agent_files",
    "PermissionRule": "permissions",
    "AgentOption": "options",
    "AgentCommand": "commands",
    "Instruction": "instructions",
}
"""Noun → the field of `model.Inventory` that holds them."""
