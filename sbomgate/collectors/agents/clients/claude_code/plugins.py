"""Plugins of Claude Code and the marketplaces that list them.

A plugin is read from its manifest: what stands in it, the files that it names, and those that are loaded without being named.
Only a commit or a hash pins one; the version in a manifest says when to update, not what is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sbomgate.collectors.agents import redaction
from sbomgate.collectors.agents.clients.claude_code import CLIENT
from sbomgate.collectors.agents.clients.claude_code.markdown import front_matter_facts
from sbomgate.collectors.agents.clients.claude_code.sources import plugin_source, source_secrets
from sbomgate.collectors.agents.commands import command, hooks
from sbomgate.collectors.agents.documents import load
from sbomgate.collectors.agents.facts import option
from sbomgate.collectors.agents.jsonc import Pointer, parse
from sbomgate.collectors.agents.launched import component_of
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, File, Found, Reading, file_noun, refused
from sbomgate.collectors.agents.references import npm_reference
from sbomgate.collectors.agents.servers import read_servers
from sbomgate.collectors.fields import type_name
from sbomgate.errors import CollectError
from sbomgate.model import Problem
from sbomgate.tree import SourceFile

MAX_FILES: Final = 200
"""Files of one plugin that are read."""
_BARE: Final = CLIENT._replace(bare=True)


def plugin(reading: Reading) -> Iterator[Found]:
    """What the plugin of a manifest brings: servers, hooks, monitors, language servers, and what its texts may do."""
    name = reading.get("name")
    own = reading.narrowed(only_for=f"plugin {name[:MAX_NAME]}" if isinstance(name, str) else "plugin")
    yield from inline_parts(own)
    yield from _texts(own)


def inline_parts(reading: Reading) -> Iterator[Found]:
    """The parts that a manifest, or the entry of a marketplace, holds or names."""
    table = reading.value
    yield from _part(reading, table, "mcpServers", "", _servers)
    yield from _part(reading, table, "hooks", "hooks/hooks.json", _hooks)
    yield from _part(reading, table, "lspServers", ".lsp.json", _language_servers)
    yield from _part(reading, table, "monitors", "monitors/monitors.json", _monitors)


Reader = Callable[[Reading, Pointer], Iterator[Found]]


def _part(reading: Reading, table: dict[str, Any], key: str, usual: str, read: Reader) -> Iterator[Found]:
    """One part of a plugin: inline, in the files that the manifest names, and in the usual one."""
    value = table.get(key)
    named: list[str] = []
    if isinstance(value, str):
        named.append(value)
    elif isinstance(value, list) and any(isinstance(item, str) for item in value):
        named += (item for item in value[:MAX_FILES] if isinstance(item, str))
        for index, item in enumerate(value[:MAX_FILES]):
            if isinstance(item, dict):
                yield from read(reading, (key, index))
    elif value is not None:
        yield from read(reading, (key,))
    is_manifest = reading.path.endswith(".claude-plugin/plugin.json")
    paths = dict.fromkeys(path.removeprefix("./") for path in (*named, *((usual,) if usual and is_manifest else ())))
    for path in paths:
        if path != ".mcp.json":  # found by itself
            yield from _file(reading, path, read, must_be=path in (one.removeprefix("./") for one in named))


def _root(reading: Reading) -> str:
    """Where the folder of the plugin is, from its manifest; of an entry in a marketplace, the folder that it names."""
    return (
        ".."
        if reading.path.endswith(".claude-plugin/plugin.json") or not isinstance(reading.value, dict)
        else f"../{_folder(reading.value)}"
    )


def _folder(entry: dict[str, Any]) -> str:
    source = entry.get("source")
    return source if isinstance(source, str) else "."


def _file(reading: Reading, path: str, read: Reader, *, must_be: bool) -> Iterator[Found]:
    """What `read` finds in a file of the plugin; one that the manifest names and that is not there is noted."""
    source = reading.source.sibling(f"{_root(reading)}/{path}")
    if source is None or not path:
        if must_be:
            yield f"{reading.path}: names {redaction.redacted(path)[:MAX_NAME]}, which is not there: not read"
        return
    try:
        document = parse(source.text(), source.path)
    except CollectError as error:
        yield _problem(source, error)
        return
    if document.empty:
        return
    other = Reading(source, reading.client, File(path, reading.scope, "plugin", "json", plugin), document)
    other.only_for = reading.only_for
    other.why_not = refused(reading.client, document.relaxed) if document.relaxed else reading.why_not
    yield file_noun(other, "hooks" if read is _hooks else "servers" if read is _servers else "plugin")
    yield from read(other, ())


def _problem(source: SourceFile, error: CollectError) -> Problem:
    return Problem(path=source.path, what=error.what, where=error.where, fix=error.fix)


def _servers(reading: Reading, at: Pointer) -> Iterator[Found]:
    value = reading.get(*at)
    if isinstance(value, dict) and isinstance(value.get("mcpServers"), dict):
        at, value = (*at, "mcpServers"), value["mcpServers"]
    yield from read_servers(reading, value, at, _BARE)


def _hooks(reading: Reading, at: Pointer) -> Iterator[Found]:
    """`hooks.json` has its events below `hooks`, a manifest may have them at once."""
    value = reading.get(*at)
    yield from hooks(reading, *at, *(("hooks",) if isinstance(value, dict) and "hooks" in value else ()))


def _language_servers(reading: Reading, at: Pointer) -> Iterator[Found]:
    yield from _programs(reading, at, "lspServers", "lsp-server")


def _monitors(reading: Reading, at: Pointer) -> Iterator[Found]:
    yield from _programs(reading, at, "monitors", "monitor")


def _programs(reading: Reading, at: Pointer, key: str, event: str) -> Iterator[Found]:
    """The `command` with `args` of each entry of a list or table; `key` may stand around it once more."""
    value = reading.get(*at)
    if isinstance(value, dict) and isinstance(value.get(key), dict | list):
        at, value = (*at, key), value[key]
    entries: list[tuple[str | int, Any]] = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    if value is not None and not isinstance(value, dict | list):
        yield reading.problem(f"expected table, found {type_name(value)}", *at)
    for name, entry in entries[:MAX_ITEMS]:
        if isinstance(entry, dict) and entry.get("command") is not None:
            arguments = entry.get("args") if isinstance(entry.get("args"), list) else None
            yield from command(reading, event, entry["command"], *at, name, "command", arguments=arguments)


_TEXTS: Final = (
    # folder      the files in it
    ("agents",    ("*.md",)),
    ("commands",  ("*.md", "*/*.md")),
    ("skills",    ("*/SKILL.md",)),
)  # fmt: skip


def _texts(reading: Reading) -> Iterator[Found]:
    """What the front matter of a plugin's agents, commands and skills says, and the commands that their text holds."""
    count = 0
    for folder, patterns in _TEXTS:
        for pattern in patterns:
            for source in _matching(reading.source, f"../{folder}", pattern):
                if isinstance(source, Problem):
                    yield source
                    continue
                count += 1
                if count > MAX_FILES:
                    yield reading.problem(f"a plugin with more than {MAX_FILES} texts; the rest was not read")
                    return
                try:
                    document = load(source, "markdown")
                except CollectError as error:
                    yield _problem(source, error)
                    continue
                other = Reading(source, reading.client, File(pattern, reading.scope, "instructions", "markdown", plugin), document)
                yield file_noun(other, "instructions")
                yield from front_matter_facts(other, folder, f" of {reading.only_for}")


def _matching(source: SourceFile, folder: str, pattern: str) -> Iterator[SourceFile | Problem]:
    """The files below `folder` that fit `pattern`, links too: reading one that leads out of the target tells so."""
    from sbomgate.collectors.agents.clients import fits
    from sbomgate.tree import normalised

    base = normalised(f"{source.path.rpartition('/')[0]}/{folder}").removeprefix("./")
    paths = [base]
    for part in pattern.split("/"):
        below: list[str] = []
        for path in paths:
            if part == pattern.rsplit("/", maxsplit=1)[-1] and "*" not in part:
                below.append(f"{path}/{part}")
            elif source.tree.kind(f"{path}/.") == "folder":
                try:
                    below += (f"{path}/{entry.name}" for entry in source.tree.entries(path) if fits(entry.name, part))
                except CollectError as error:
                    yield Problem(path=path, what=error.what, where=error.where, fix=error.fix)
        paths = below[: MAX_FILES + 1]
    for path in paths:
        if source.tree.kind(path) and source.tree.kind(f"{path}/.") != "folder":
            yield SourceFile(source.tree, path)


# --- marketplaces ----------------------------------------------------------------------------------------------------


def marketplace(reading: Reading) -> Iterator[Found]:
    """The plugins that a marketplace offers, where each comes from, and the parts that stand in their entries."""
    plugins = reading.get("plugins")
    if plugins is None:
        return
    if not isinstance(plugins, list):
        yield reading.expected("array", "plugins")
        return
    for index, entry in enumerate(plugins[:MAX_ITEMS]):
        if not isinstance(entry, dict):
            yield reading.expected("table", "plugins", index)
            continue
        name = entry.get("name") if isinstance(entry.get("name"), str) else ""
        source = entry.get("source")
        said, pin = plugin_source(source)
        yield from option(reading, "plugin", said, "plugins", index, "source", name=str(name), pin=pin)
        yield from source_secrets(reading, source, "plugins", index, "source")
        own = reading.narrowed("plugins", index, only_for=f"plugin {str(name)[:MAX_NAME]}", scope="plugin")
        if isinstance(source, dict) and source.get("source") == "npm" and isinstance(source.get("package"), str):
            version = source.get("version")
            reference = npm_reference(source["package"] + (f"@{version}" if isinstance(version, str) else ""))
            if reference.ecosystem and reference.name:
                yield component_of(reference, reading.location("plugins", index, "source"))
        if isinstance(source, dict) and source.get("source") == "command" and source.get("command") is not None:
            arguments = source.get("args") if isinstance(source.get("args"), list) else None
            yield from command(own, "plugin-source", source["command"], "source", "command", arguments=arguments)
        yield from inline_parts(own)
    if len(plugins) > MAX_ITEMS:
        yield reading.problem(f"more than {MAX_ITEMS} plugins; the rest was not read", "plugins")
