"""What a client runs by itself: commands at events, helpers that print a token, lines of a skill.

The text is read with the grammar of the launchers that start servers: what it fetches is a component, whatever would be
downloaded and run at once is a capability. Nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sbomgate.agent_model import AgentCommand
from sbomgate.collectors.agents import redaction
from sbomgate.collectors.agents.facts import found_secrets, variables
from sbomgate.collectors.agents.jsonc import Document, Pointer
from sbomgate.collectors.agents.launched import component_of
from sbomgate.collectors.agents.launchers import Launch, read_command
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, MAX_SHOWN, Found, Reading
from sbomgate.collectors.agents.redaction import clean_url
from sbomgate.collectors.agents.shell import MAX_WORDS
from sbomgate.collectors.fields import type_name
from sbomgate.model import Capability, Secret
from sbomgate.text import sha256_hex

MAX_HOOKS: Final = 2000
"""Commands of one file that are read."""


def command(
    reading: Reading, event: str, text: Any, *keys: str | int, arguments: Sequence[Any] | None = None, matcher: str = "", why_not: str = ""
) -> Iterator[Found]:
    """The command line `text` at `keys`, the packages that it fetches, its secrets. `arguments`: no shell reads it."""
    if not isinstance(text, str):
        yield reading.problem(f"expected string, found {type_name(text)}", *keys)
        return
    if not text.strip():
        return
    if arguments is None:
        clean = redaction.redacted(text)
        launch = read_command("sh", ["-c", clean])
        secrets = list(found_secrets(reading, text, *keys))
    else:
        words = [text, *(item for item in arguments[:MAX_WORDS] if isinstance(item, str))]
        shown = redaction.redacted_words(words)
        clean = " ".join(_quoted(word) for word in shown)
        launch = read_command(shown[0], shown[1:])
        secrets = [
            Secret(found.kind, reading.location(*keys), reading.place(*keys), found.end - found.start)
            for _, found in redaction.find_in_words(words)
        ]
    location = reading.location(*keys)
    yield command_noun(reading, event, clean, launch, keys, matcher=matcher, why_not=why_not)
    yield from (component_of(item, location) for item in (launch.reference, *launch.extra_packages) if item.ecosystem and item.name)
    yield from secrets


def command_list(reading: Reading, event: str, words: Any, *keys: str | int, matcher: str = "", why_not: str = "") -> Iterator[Found]:
    """The command at `keys` that is written as one array, program first."""
    if not isinstance(words, list) or not words:
        if words is not None and not isinstance(words, list):
            yield reading.problem(f"expected array, found {type_name(words)}", *keys)
        return
    yield from command(reading, event, words[0], *keys, arguments=words[1:], matcher=matcher, why_not=why_not)


def prompt(reading: Reading, event: str, text: Any, *keys: str | int, matcher: str = "", why_not: str = "") -> Iterator[Found]:
    """The text at `keys` that the client sends to the model by itself."""
    if not isinstance(text, str):
        yield reading.problem(f"expected string, found {type_name(text)}", *keys)
        return
    yield command_noun(reading, event, redaction.redacted(text), Launch(), keys, kind="prompt", matcher=matcher, why_not=why_not)
    yield from found_secrets(reading, text, *keys)


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./${}*-]+", word) else "'" + word.replace("'", "'\\''") + "'"


def command_noun(
    reading: Reading, event: str, clean: str, launch: Launch, keys: Pointer, *, kind: str = "command", matcher: str = "", why_not: str = ""
) -> AgentCommand:
    """The noun for the redacted text `clean`, read as `launch`."""
    location = reading.location(*keys)
    fetched = [item for item in (launch.reference, *launch.extra_packages) if item.ecosystem and item.name]
    loose = [item for item in fetched if item.pinned is False]
    return AgentCommand(
        client=reading.client,
        scope=reading.scope,
        event=redaction.redacted(event[:MAX_NAME]),
        kind=kind,
        text=clean[:MAX_SHOWN],
        digest=sha256_hex(clean),
        location=location,
        key=reading.place(*keys),
        matcher=redaction.redacted(matcher)[:MAX_NAME],
        launcher=launch.launcher,
        packages=tuple(sorted({component_of(item, location).purl for item in fetched})),
        pinned=False if loose else True if fetched and all(item.pinned for item in fetched) else None,
        capabilities=tuple(
            Capability(sort, detail, location)
            for sort, details in (
                ("fetch-and-run", launch.fetches_and_runs),
                ("host-access", launch.host_access),
                ("unpinned", tuple(item.name + (f"@{item.requirement}" if item.requirement else "") for item in loose)),
            )
            for detail in details
        ),
        only_for=reading.only_for,
        in_force=not (reading.why_not or why_not),
        why_not=reading.why_not or why_not,
    )


# --- hooks -----------------------------------------------------------------------------------------------------------

_SHELLS: Final = ("command", "bash", "powershell", "script", "cmd", "windows", "linux", "osx", "commandWindows", "command_windows")
"""Members of a hook that hold a command line, in one client or another."""


def hooks(
    reading: Reading, *keys: str | int, why_not: str = "", events: str = "", settings: frozenset[str] = frozenset()
) -> Iterator[Found]:
    """Every command of the table of hooks at `keys`: event → groups with a matcher and hooks, or event → hooks.

    `events`: how the client writes the names of events; it ignores any other. `settings`: members of the table that are no event.
    """
    table = reading.get(*keys)
    if table is None:
        return
    if not isinstance(table, dict):
        yield reading.expected("table", *keys)
        return
    count = 0
    for event, groups in table.items():
        if event in settings:
            continue
        ignored = why_not
        if events and not ignored and not re.fullmatch(events, event[:MAX_NAME]):
            ignored = f"{reading.client} has no event of such a name, and ignores the hook"
        for index, group in enumerate(groups if isinstance(groups, list) else [groups]):
            at: Pointer = (*keys, event, index) if isinstance(groups, list) else (*keys, event)
            if not isinstance(group, dict):
                if group is not None:
                    yield reading.problem(f"expected table, found {type_name(group)}", *at)
                continue
            matcher = group.get("matcher")
            inner = group.get("hooks")
            many: list[tuple[Any, Pointer]] = (
                [(hook, (*at, "hooks", number)) for number, hook in enumerate(inner)] if isinstance(inner, list) else [(group, at)]
            )
            for hook, where in many:
                count += 1
                if count > MAX_HOOKS:
                    yield reading.problem(f"more than {MAX_HOOKS} hooks; the rest was not read", *keys)
                    return
                if isinstance(hook, dict):
                    yield from _hook(reading, event, hook, where, matcher if isinstance(matcher, str) else "", ignored)
                else:
                    yield reading.problem(f"expected table, found {type_name(hook)}", *where)


def _hook(reading: Reading, event: str, hook: dict[str, Any], at: Pointer, matcher: str, why_not: str) -> Iterator[Found]:
    kind = hook.get("type")
    if isinstance(url := hook.get("url"), str) and kind in (None, "http"):
        yield command_noun(reading, event, clean_url(url), Launch(), (*at, "url"), kind="http", matcher=matcher, why_not=why_not)
        yield from found_secrets(reading, url, *at, "url")
        headers = hook.get("headers")
        for name, value in list(headers.items())[:MAX_ITEMS] if isinstance(headers, dict) else ():
            if isinstance(value, str):
                yield from found_secrets(reading, value, *at, "headers", name, name=name)
        return
    for sort, member in (("prompt", "prompt"), ("agent", "prompt"), ("mcp_tool", "tool")):
        if kind == sort and isinstance(text := hook.get(member), str):
            name = f"{server}." if isinstance(server := hook.get("server"), str) and sort == "mcp_tool" else ""
            noun = "mcp-tool" if sort == "mcp_tool" else "prompt"
            clean = redaction.redacted(name + text)
            yield command_noun(reading, event, clean, Launch(), (*at, member), kind=noun, matcher=matcher, why_not=why_not)
            yield from found_secrets(reading, text, *at, member)
            return
    found = False
    for member in _SHELLS:
        if hook.get(member) is not None:
            found = True
            arguments = hook.get("args") if member == "command" and isinstance(hook.get("args"), list) else None
            yield from command(reading, event, hook[member], *at, member, arguments=arguments, matcher=matcher, why_not=why_not)
    if hook.get("env") is not None:
        yield from variables(reading, *at, "env")
    if not found and kind in (None, "command"):
        yield reading.problem("a hook without a command", *at, fix="remove it, or write what it runs")


_INLINE: Final = re.compile(r"!`([^`\n]{1,20000})`")
_FENCE: Final = re.compile(r"^```!(?:[^\n`]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shell_lines(reading: Reading, event: str, text: str) -> Iterator[Found]:
    """The commands inside a Markdown text that run when a client renders it: `` !`command` `` and ```` ```! ````."""
    found = [*_INLINE.finditer(text), *_FENCE.finditer(text)]
    found.sort(key=lambda match: match.start())
    line = at = 0
    places: dict[Pointer, int] = {}
    body = reading.narrowed()
    body.document = Document(None, places)
    for number, match in enumerate(found[:MAX_HOOKS]):
        line += text.count("\n", at, match.start(1))
        at = match.start(1)
        places["shell", number] = line + 1
        yield from command(body, event, match[1], "shell", number)
    if len(found) > MAX_HOOKS:
        yield reading.problem(f"more than {MAX_HOOKS} commands; the rest was not read")
