"""Workflows of GitHub Actions and composite actions: the steps that start an agent, who can cause them, what they reach.

Sources: GitHub documentation, "Workflow syntax", "Events that trigger workflows", "Secure use reference"; `action.yml` and the
security page of each action. Only steps that start an agent are looked at; a file without one yields nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sbomgate.agent_model import AgentFile, AgentStep
from sbomgate.collectors.agents import redaction
from sbomgate.collectors.agents.documents import load
from sbomgate.collectors.agents.facts import found_secrets, option, spelled, variables
from sbomgate.collectors.agents.jsonc import Pointer, parse
from sbomgate.collectors.agents.reading import MAX_NAME, MAX_SHOWN, File, Found, Reading
from sbomgate.collectors.agents.redaction import clean_url
from sbomgate.collectors.agents.servers import Client, read_servers
from sbomgate.collectors.agents.starts import (
    Action,
    action_of,
    argument_words,
    mentions_agent,
    opens_shell,
    program_of,
    starts,
    unconfined_options,
)
from sbomgate.collectors.fields import type_name
from sbomgate.errors import CollectError
from sbomgate.model import Component, Location, Origin, Pin, Source
from sbomgate.purl import generic
from sbomgate.tree import SourceFile

MAX_JOBS: Final = 500
MAX_STEPS: Final = 1000
"""Of one job."""
MAX_TEXT: Final = 64 * 2**10
"""Characters of one input or table of variables that are looked at."""
MAX_CONDITION: Final = 8192
_COMMIT: Final = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_OUTSIDE: Final = frozenset(
    {
        "issue_comment",
        "issues",
        "discussion",
        "discussion_comment",
        "pull_request_target",
        "workflow_run",
        "commit_comment",
        "fork",
        "watch",
    }
)
"""Events that people without rights cause, while the run has the token and the secrets of the repository. Not `pull_request` and
the reviews of one: from a fork these have neither."""
_INSIDE_TYPES: Final = frozenset(
    {
        "labeled",
        "unlabeled",
        "assigned",
        "unassigned",
        "milestoned",
        "demilestoned",
        "pinned",
        "unpinned",
        "locked",
        "unlocked",
        "transferred",
    }
)
"""What somebody with at least the right to triage does to an issue or a proposal."""
_GATE: Final = re.compile(
    r"author_association"
    r"|(?:github\.(?:triggering_)?actor|(?:user|sender|actor)\.login)\s*=="
    r"|==\s*github\.(?:repository_owner|(?:triggering_)?actor)\b"
    r"|contains\([^()]{0,500}(?:\([^()]{0,500}\)[^()]{0,200})?(?:github\.(?:triggering_)?actor|\.login)\b"
    r"|head(?:_repository|\.repo)\.(?:full_name|fork|owner|id)"
    r"|event\.label\.name\s*==|contains\([^()]{0,200}labels\.\*\.name"
    r"|workflow_run\.event\s*==\s*'(?:push|schedule|workflow_dispatch|release)'"
    r"|outputs\.[\w-]*(?:auth|allow|trust|member|collab|permi|team|access|maint|admin|write|approv)"
)
_EVENT: Final = re.compile(r"github\.event_name\s*==\s*['\"](\w{1,60})['\"]")
_HEAD: Final = re.compile(
    r"pull_request\.head\.(?:sha|ref|repo)|github\.head_ref|workflow_run\.head_(?:sha|branch|commit|repository)|refs/pull/|(?<![\w-])pull/[^\s'\"]{0,200}/(?:head|merge)"
    r"|outputs\.[\w-]*head[\w-]*"
)
_HEAD_COMMAND: Final = re.compile(r"gh\s{1,9}pr\s{1,9}checkout|git\s{1,9}(?:fetch|pull)\s")
_HEAD_REFERENCE: Final = re.compile(r"(?<![\w-])pull/[^\s'\"/]{1,80}/(?:head|merge)|gh\s{1,9}pr\s{1,9}checkout")
_MCP_CONFIG: Final = re.compile(r"--mcp-config[\s=]{1,20}'(\{[^']*)'")
_SECRET: Final = re.compile(r"""secrets(?:\.|\[\s*['"])([A-Za-z_]\w{0,200})""")
_MODEL_KEY: Final = re.compile(
    r"(?i)(?:ANTHROPIC|CLAUDE|OPENAI|CODEX|GEMINI|GOOGLE_(?:AI|GENAI|GENERATIVE_AI|API)|OPENROUTER|QWEN|DASHSCOPE|MISTRAL|GROQ|XAI|CURSOR|DEEPSEEK"
    r"|AZURE_OPENAI|AUGMENT|AMP|FACTORY|LITELLM)\w*"
)
"""Names of the key of a model: every agent has one."""


def collect(source: SourceFile) -> Iterator[Found]:
    """Yield the steps of a workflow or composite action that start an agent, and what they bring along."""
    text = source.text()
    if not mentions_agent(text):
        return
    document = load(source, "yaml")
    if document.empty or document.value is None:
        return
    if not isinstance(document.value, dict):
        raise CollectError(f"expected table, found {type_name(document.value)}", source.path)
    reading = Reading(source, "unknown", File(source.path, "ci", "workflow", "yaml", _nothing), document)
    found = list(_Workflow(reading, text).read())
    clients = sorted({item.client for item in found if isinstance(item, AgentStep)})
    if clients:
        yield AgentFile(
            client=clients[0], scope="ci", location=Location(source.path), kind="workflow", format="yaml", also_read_by=tuple(clients[1:])
        )
    yield from found


def _nothing(_: Reading) -> Iterator[Found]:
    return iter(())


class _Job(NamedTuple):
    """One job, and what holds for all of its steps."""

    name: str
    at: Pointer
    table: dict[str, Any]
    outsiders: tuple[str, ...]
    gate: str
    writes: tuple[str, ...]
    self_hosted: bool


class _Workflow:
    """A workflow, or a composite action, while it is read."""

    def __init__(self, reading: Reading, text: str) -> None:
        self.reading = reading
        self.text = text
        self.offsets: list[int] = [0]
        at = -1
        while (at := text.find("\n", at + 1)) >= 0:
            self.offsets.append(at + 1)
        self.triggers, self.outsiders = _triggers(reading.get("on"))
        self.environment_read: set[Pointer] = set()
        self.shared: dict[Pointer, set[str]] = {}
        """Job → names of the secrets in its variables and those of the workflow."""

    def read(self) -> Iterator[Found]:
        jobs = self.reading.get("jobs")
        if isinstance(self.reading.get("runs"), dict) and not isinstance(jobs, dict):
            yield from self._steps(_Job("", ("runs",), self.reading.table("runs"), (), "", (), False))
            return
        if not isinstance(jobs, dict):
            return
        gates = _gates(jobs)
        for name, table in list(jobs.items())[:MAX_JOBS]:
            if isinstance(table, dict) and isinstance(table.get("steps"), list):
                runs_on = table.get("runs-on")
                outsiders = _narrowed(self.outsiders, table.get("if"))
                writes = _writes(table["permissions"] if "permissions" in table else self.reading.get("permissions"))
                hosted = "self-hosted" in spelled(runs_on)[:MAX_NAME] if runs_on is not None else False
                yield from self._steps(_Job(name, ("jobs", name), table, outsiders, gates.get(name, ""), writes, hosted))
        if len(jobs) > MAX_JOBS:
            yield self.reading.problem(f"more than {MAX_JOBS} jobs; the rest was not read", "jobs")

    def _steps(self, job: _Job) -> Iterator[Found]:
        steps = job.table.get("steps")
        if not isinstance(steps, list):
            return
        head, head_at = "", None
        for index, step in enumerate(steps[:MAX_STEPS]):
            if not isinstance(step, dict):
                continue
            at: Pointer = (*job.at, "steps", index)
            uses, run = step.get("uses"), step.get("run")
            if isinstance(uses, str):
                if said := _foreign_checkout(uses, step):
                    head, head_at = said, self.reading.location(*at)
                if action := action_of(uses):
                    yield from self._action(job, step, at, uses, action, head, head_at)
            if isinstance(run, str):
                yield from self._commands(job, step, at, run, head, head_at)
                if said := _foreign_command(run):
                    head, head_at = redaction.redacted(said), Location(self.reading.path, self._line(at, said))
        if len(steps) > MAX_STEPS:
            yield self.reading.problem(f"more than {MAX_STEPS} steps; the rest was not read", *job.at, "steps")

    def _action(
        self, job: _Job, step: dict[str, Any], at: Pointer, uses: str, action: Action, head: str, head_at: Location | None
    ) -> Iterator[Found]:
        given = step.get("with")
        inputs = {name: value for name, value in given.items() if isinstance(name, str)} if isinstance(given, dict) else {}
        component, pin = _component(uses, Location(self.reading.path, self._line(at, uses)))
        unconfined = [f"{name}: {value}" for name, value in action.unconfined if _text(inputs.get(name)).strip() == value]
        program = program_of(action.client)
        for name in action.arguments:
            if program is not None and name in inputs:
                unconfined += unconfined_options(program, argument_words(_text(inputs[name])))
        if action.client == "claude-code" and opens_shell(_text(inputs.get("allowed_tools"))[:MAX_TEXT]):
            unconfined.append("allowed_tools: Bash")
        if action.client == "gemini-cli":
            unconfined += _gemini_tools(inputs.get("settings"))
        open_to = tuple(f"{name}: *" for name in action.open_to if "*" in re.split(r"[\s,]+", _text(inputs.get(name))))
        exposes = ["show_full_output"] if _text(inputs.get("show_full_output")).strip().lower() == "true" else []
        for name in action.prompts:
            exposes += [f"secret {secret} in {name}" for secret in _secrets(inputs.get(name))]
        yield self._noun(
            job, step, at, action.client, "action", uses, self._line(at, uses), tuple(unconfined), tuple(exposes), head, head_at,
            pin=pin.value if pin else "", purl=component.purl if component else "", checks=action.checks, open_to=open_to,
        )  # fmt: skip
        if component:
            yield component
        yield from self._environment(action.client, job, step, at)
        yield from self._inputs(action.client, inputs, (*at, "with"))

    def _commands(self, job: _Job, step: dict[str, Any], at: Pointer, run: str, head: str, head_at: Location | None) -> Iterator[Found]:
        if not mentions_agent(run):
            return
        for start in starts(run):
            needle = start.unconfined[0].split()[0] if start.unconfined else start.words[0]
            where = self._line(at, needle)
            unconfined = start.unconfined
            if start.client == "goose" and not unconfined and "auto" in (_variable(step, "GOOSE_MODE"), _variable(job.table, "GOOSE_MODE")):
                unconfined = ("GOOSE_MODE=auto",)
            exposes = tuple(f"secret {name} in the command line" for name in _secrets(start.text))
            yield self._noun(job, step, at, start.client, "command", start.text, where, unconfined, exposes, head, head_at)
            yield from found_secrets(self.reading, start.text, *at, "run")
            yield from self._environment(start.client, job, step, at)

    def _noun(
        self, job: _Job, step: dict[str, Any], at: Pointer, client: str, kind: str, text: str, line: int, unconfined: tuple[str, ...],
        exposes: tuple[str, ...], head: str, head_at: Location | None, *, pin: str = "", purl: str = "", checks: bool = False, open_to: tuple[str, ...] = (),
    ) -> AgentStep:  # fmt: skip
        outsiders = _narrowed(job.outsiders, step.get("if"))
        gate = job.gate or _gate(step.get("if")) or ("the action" if checks and not open_to else "")
        shared = self.shared.get(job.at)
        if shared is None:
            shared = self.shared[job.at] = {name for part in (job.table.get("env"), self.reading.get("env")) for name in _secrets(part)}
        secrets = shared | set(_secrets(step))
        secrets = {name for name in secrets if not _MODEL_KEY.fullmatch(name) and name.upper() != "GITHUB_TOKEN"}
        confined = bool(job.name) and not job.writes and not secrets and not job.self_hosted
        return AgentStep(
            client=client,
            scope="ci",
            kind=kind,
            text=redaction.redacted(text)[:MAX_SHOWN],
            location=Location(self.reading.path, line),
            key=self.reading.place(*at),
            job=redaction.redacted(job.name)[:MAX_NAME],
            purl=purl,
            pin=pin,
            triggers=_narrowed(_narrowed(self.triggers, job.table.get("if")), step.get("if")),
            outsiders=outsiders,
            gate=gate,
            open_to=open_to,
            writes=job.writes,
            secrets=tuple(sorted(secrets)),
            self_hosted=job.self_hosted,
            unconfined=tuple(dict.fromkeys(unconfined)),
            isolated="its token may change nothing and it has no secret besides the model's key" if confined else "",
            foreign_head=head,
            foreign_head_at=head_at,
            exposes=tuple(dict.fromkeys(exposes)),
        )

    def _environment(self, client: str, job: _Job, step: dict[str, Any], at: Pointer) -> Iterator[Found]:
        """What the variables of the step, its job and the workflow override; each table once."""
        own = self.reading.narrowed(client=client)
        for where, table in ((at, step), (job.at, job.table), ((), self.reading.value)):
            if isinstance(table.get("env"), dict) and where not in self.environment_read:
                self.environment_read.add(where)
                yield from variables(own, *where, "env")

    def _inputs(self, client: str, inputs: dict[str, Any], at: Pointer) -> Iterator[Found]:
        """Settings, servers and marketplaces that stand in the inputs of an action, and the secrets."""
        own = self.reading.narrowed(client=client)
        for name, value in inputs.items():
            if isinstance(value, str):
                yield from found_secrets(own, value[:MAX_TEXT], *at, name, name=name)
        for name in ("settings", "mcp_config", "claude_args"):
            text = inputs.get(name)
            if name == "claude_args":
                match = _MCP_CONFIG.search(_text(text)[:MAX_TEXT])
                text = match[1] if match else None
            if not isinstance(text, str) or not text.lstrip().startswith("{"):
                continue
            try:
                inner = own.embedded(parse(text, own.path), *at, name)
            except CollectError as error:
                yield own.problem(error.what, *at, name, fix="write it as JSON")
                continue
            if not isinstance(inner.value, dict):
                continue
            if client == "claude-code" and name == "settings":
                from sbomgate.collectors.agents.clients.claude_code.settings import settings

                yield from settings(inner)
            elif client == "gemini-cli" and name == "settings":
                from sbomgate.collectors.agents.clients import gemini_cli

                yield from gemini_cli.settings(inner)
            elif "mcpServers" in inner.value:
                yield from read_servers(inner, inner.value["mcpServers"], ("mcpServers",), Client(client))
        markets = inputs.get("plugin_marketplaces")
        for address in markets.split()[:100] if isinstance(markets, str) else ():
            local = address.startswith((".", "/"))
            pin = Pin.PATH if local else Pin.VCS_REF if "#" in address else Pin.NONE
            said = clean_url(address) if "://" in address else redaction.redacted(address)
            yield from option(own, "marketplace", said, *at, "plugin_marketplaces", name=said, pin=pin.value, secrets=False)

    def _line(self, at: Pointer, needle: str) -> int:
        """The line of `needle` in the step at `at`; that of the step where it is not found near."""
        line = self.reading.line(*at)
        if not 0 < line <= len(self.offsets):
            return line
        begin = self.offsets[line - 1]
        found = self.text.find(needle, begin, begin + 20_000)
        return line if found < 0 else line + self.text.count("\n", begin, found)


def _triggers(on: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The events of a workflow, and those among them that outsiders cause."""
    if isinstance(on, str):
        events: dict[str, Any] = {on: None}
    elif isinstance(on, list):
        events = {name: None for name in on if isinstance(name, str)}
    else:
        events = dict(on) if isinstance(on, dict) else {}
    outside = []
    for name, said in events.items():
        types = said.get("types") if isinstance(said, dict) else None
        types = [types] if isinstance(types, str) else types
        inside = isinstance(types, list) and bool(types) and all(one in _INSIDE_TYPES for one in types if isinstance(one, str))
        if name in _OUTSIDE and not inside:
            outside.append(name)
    return tuple(sorted(redaction.redacted(name)[:100] for name in list(events)[:100])), tuple(sorted(outside))


def _narrowed(events: tuple[str, ...], condition: Any) -> tuple[str, ...]:
    """Of the events those that a condition lets through, where each of its alternatives names one."""
    text = _text(condition)[:MAX_CONDITION]
    parts = text.split("||")
    if not events or not text or not all(_EVENT.search(part) for part in parts):
        return events
    named = set(_EVENT.findall(text))
    return tuple(name for name in events if name in named)


def _gate(condition: Any) -> str:
    """The condition, if it looks at who caused the run."""
    text = " ".join(_text(condition)[:MAX_CONDITION].split())
    return redaction.redacted(text)[:MAX_NAME] if _GATE.search(text) else ""


def _gates(jobs: dict[str, Any]) -> dict[str, str]:
    """Job → what looks at who caused it: its own condition, or that of a job that it needs."""
    known: dict[str, str] = {}
    needs: dict[str, list[str]] = {}
    for name, table in list(jobs.items())[:MAX_JOBS]:
        if isinstance(table, dict):
            condition = _text(table.get("if"))
            known[name] = _gate(condition)
            asked = table.get("needs")
            asked = [asked] if isinstance(asked, str) else asked if isinstance(asked, list) else []
            needs[name] = [] if "always()" in condition else [one for one in asked if isinstance(one, str)][:MAX_JOBS]
    for _ in range(5):  # longer chains are not written by hand
        for name, asked in needs.items():
            known[name] = known[name] or next((known[one] for one in asked if known.get(one)), "")
    return known


def _writes(permissions: Any) -> tuple[str, ...]:
    """What the token may change."""
    if permissions is None:
        return ("unstated",)
    if isinstance(permissions, str):
        return ("all",) if permissions == "write-all" else ()
    if not isinstance(permissions, dict):
        return ()
    return tuple(sorted(redaction.redacted(name)[:100] for name, value in list(permissions.items())[:100] if value == "write"))


def _foreign_checkout(uses: str, step: dict[str, Any]) -> str:
    """What a step checks out at the root of the workspace, if it is somebody else's proposal."""
    if uses.partition("@")[0].strip().lower() != "actions/checkout":
        return ""
    given = step.get("with")
    if not isinstance(given, dict) or _text(given.get("path")).strip("./ "):
        return ""
    for name in ("ref", "repository"):
        text = _text(given.get(name))[:MAX_TEXT]
        if _HEAD.search(text):
            return redaction.redacted(f"{name}: {text.strip()}")[:MAX_NAME]
    return ""


def _foreign_command(run: str) -> str:
    """The line of a script that checks out somebody else's proposal."""
    for line in run[:MAX_TEXT].split("\n"):
        if "checkout" in line or "pull/" in line:
            said = line.strip()[:MAX_NAME]
            if _HEAD_COMMAND.search(said) and _HEAD_REFERENCE.search(said):
                return said
    return ""


def _component(uses: str, location: Location) -> tuple[Component | None, Pin | None]:
    """The action as a component, and how firmly it is fixed. purl: the type that GitHub's own dependency graph writes."""
    name, _, ref = uses.strip().partition("@")
    if name.startswith((".", "/", "docker:")) or name.count("/") < 1:
        return None, None
    fixed = _COMMIT.fullmatch(ref) is not None
    pin = Pin.VCS_COMMIT if fixed else Pin.VCS_REF if ref else Pin.NONE
    name, ref = redaction.redacted(name)[:MAX_NAME], redaction.redacted(ref)[:MAX_NAME]
    repository = "/".join(name.split("/")[:2])
    component = Component(
        ecosystem="githubactions",
        name=name,
        version=ref if fixed else "",
        purl=generic("githubactions", name, ref if fixed else ""),
        origin=Origin.LAUNCHED,
        pin=pin,
        locations=(location,),
        requirement="" if fixed else ref,
        source=Source("vcs", f"https://github.com/{repository}", ref, ref if fixed else ""),
    )
    return component, pin


def _gemini_tools(text: Any) -> list[str]:
    """What in the settings of run-gemini-cli, which starts the client with `--yolo`, opens the shell as a whole."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return []
    try:
        value = parse(text, "").value
    except CollectError:  # told by `_inputs`, which reads the same text
        return []
    tools = value.get("tools") if isinstance(value, dict) else None
    core = value.get("coreTools") if isinstance(value, dict) else None
    core = tools.get("core", core) if isinstance(tools, dict) else core
    if core is None:
        return ["settings without tools.core"]
    names = [name for name in core if isinstance(name, str)] if isinstance(core, list) else []
    return [f"tools.core: {name}" for name in names if name in ("run_shell_command", "ShellTool", "run_shell_command(*)")][:1]


def _secrets(value: Any) -> list[str]:
    """Names of the secrets that `value` refers to."""
    text = value if isinstance(value, str) else spelled(value) if isinstance(value, dict) else ""
    return list(dict.fromkeys(_SECRET.findall(text[:MAX_TEXT])))


def _variable(table: dict[str, Any], name: str) -> str:
    variables_ = table.get("env")
    return _text(variables_.get(name)).strip() if isinstance(variables_, dict) else ""


def _text(value: Any) -> str:
    """`value` as text; true and numbers as YAML spells them, empty for what is neither."""
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, dict | list) else spelled(value)
