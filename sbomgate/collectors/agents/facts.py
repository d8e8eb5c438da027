"""Options, permissions and variables as nouns: what a client's table of keys and its lists come to.

    KEYS = (
        Key("permissions.defaultMode", "mode"),
        Key("skipWarning", "bypass-prompt-skipped", values=(True,), scopes=("user", "managed")),
    )
    yield from options(reading, KEYS)

Every function takes a `Reading`, redacts, and yields a `Secret` for what it took out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sbomgate.agent_model import AgentOption, PermissionRule
from sbomgate.collectors.agents import redaction
from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.reading import MAX_ITEMS, MAX_NAME, MAX_SHOWN, MAX_VARIABLES, Found, Reading
from sbomgate.model import Secret


class Key(NamedTuple):
    """One line of a client's table of keys."""

    path: str | tuple[str, ...]
    """Where it stands: `sandbox.enabled`. A tuple for keys that have dots of their own."""
    kind: str
    """Of the `AgentOption`."""
    values: tuple[Any, ...] = ()
    """The only ones that have the effect; empty: any that is not null. Another one is an option that is not in force."""
    scopes: tuple[str, ...] = ()
    """Where the client reads the key from; empty: from everywhere."""
    why_not: str = ""
    """Why it is not read elsewhere, if there is more to say than that."""
    named: bool = False
    """The items of the list are names: of servers, of plugins."""
    as_false: str = ""
    """The kind of option that `false` is: of a switch whose default is the other way. Without it a `false` where only `true` has
    an effect says nothing."""


def options(reading: Reading, keys: tuple[Key, ...]) -> Iterator[Found]:
    """The options that a table of keys finds in `reading`: one a value, one an item of a list, one a member of a table."""
    for key in keys:
        path = tuple(key.path.split(".")) if isinstance(key.path, str) else key.path
        value = reading.get(*path)
        if value is None or (value is False and key.values == (True,) and not key.as_false):
            continue
        kind = key.as_false if value is False and key.as_false else key.kind
        why_not = ""
        if key.scopes and reading.scope not in key.scopes:
            why_not = key.why_not or f"{reading.client} does not read {'.'.join(path)} from a file of scope {reading.scope}"
        if key.kind == "mode" and isinstance(value, list | dict):
            yield reading.expected("string", *path)
            continue
        if isinstance(value, list):
            items: list[tuple[str | int, Any]] = [*enumerate(value[:MAX_ITEMS])]
        elif isinstance(value, dict):
            items = list(value.items())[:MAX_ITEMS]
        else:
            yield from option(reading, kind, value, *path, why_not=why_not or ("" if kind != key.kind else _without_effect(key, value)))
            continue
        yield from too_many(reading, value, *path)
        for index, item in items:
            if key.named and not isinstance(item, str) and isinstance(index, int):
                yield reading.expected("string", *path, index)
                continue
            name = item if key.named and isinstance(item, str) else index if isinstance(index, str) else ""
            yield from option(reading, key.kind, item, *path, index, name=name, why_not=why_not or _without_effect(key, item))


def addresses(reading: Reading, kind: str, member: str, *keys: str | int) -> Iterator[Found]:
    """An option for the address that `member` of each entry of the table or list at `keys` holds; `name`: the entry's."""
    entries = reading.get(*keys)
    if not isinstance(entries, dict | list):
        return
    for name, entry in (list(entries.items()) if isinstance(entries, dict) else list(enumerate(entries)))[:MAX_ITEMS]:
        value = entry.get(member) if isinstance(entry, dict) else None
        if isinstance(value, str) and value:
            said = entry.get("name")
            yield from option(reading, kind, value, *keys, name, member, name=name if isinstance(name, str) else str(said or ""))


def foreign_texts(reading: Reading, *keys: str | int) -> Iterator[Found]:
    """Of the text or list of texts at `keys`, the instructions that come from elsewhere: URLs, files outside the project."""
    value = reading.get(*keys)
    items: list[tuple[Any, Pointer]] = (
        [(item, (*keys, index)) for index, item in enumerate(value[:MAX_ITEMS])] if isinstance(value, list) else [(value, keys)]
    )
    for item, at in items:
        text = item if isinstance(item, str) else ""
        path = text.removeprefix("file://")
        is_outside = path.startswith(("~", "/", "$HOME", "../")) or "/../" in path
        if path.startswith(("http://", "https://")) or (is_outside and reading.scope in ("repo", "repo-local", "plugin")):
            yield from option(reading, "instructions", text, *at)


def too_many(reading: Reading, value: Any, *keys: str | int, limit: int = MAX_ITEMS) -> Iterator[Found]:
    """The problem of a list or table whose end is not read."""
    if isinstance(value, list | dict) and len(value) > limit:
        yield reading.problem(f"more than {limit} entries; the rest was not read", *keys)


def _without_effect(key: Key, value: Any) -> str:
    if not key.values or any(value == one and type(value) is type(one) for one in key.values):
        return ""
    return f"has this effect only as {' or '.join(spelled(one) for one in key.values)}"


def option(
    reading: Reading, kind: str, value: Any, *keys: str | int, name: str = "", pin: str = "", why_not: str = "", secrets: bool = True
) -> Iterator[Found]:
    """The option `value` at `keys`, and the secrets in it. `secrets`: False where another call has them."""
    text = spelled(value)
    yield AgentOption(
        client=reading.client,
        scope=reading.scope,
        kind=kind,
        key=reading.place(*keys),
        value=redaction.redacted(text)[:MAX_SHOWN],
        name=redaction.redacted(name)[:MAX_NAME],
        pin=pin,
        location=reading.location(*keys),
        only_for=reading.only_for,
        in_force=not (reading.why_not or why_not),
        why_not=reading.why_not or why_not,
    )
    if secrets:
        yield from found_secrets(reading, text, *keys)


def spelled(value: Any) -> str:
    """`value` as JSON spells it; text as it is."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return str(value)
    import json

    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)[: redaction.MAX_TEXT]


def found_secrets(reading: Reading, text: str, *keys: str | int, name: str = "") -> Iterator[Secret]:
    """Where secrets stand in `text`, the member at `keys`."""
    for found in redaction.find(text, name):
        yield Secret(found.kind, reading.location(*keys), reading.place(*keys), found.end - found.start)


_LITERAL: Final = re.compile(
    r"""(?:([A-Za-z_][\w-]{0,80})['"]?\s{0,8}[:=]\s{0,8})?(?:'([^'\n]{1,2000})'|"([^"\n]{1,2000})"|`([^`\n]{1,2000})`)"""
)


def code_secrets(reading: Reading, text: str, *keys: str | int) -> Iterator[Secret]:
    """Where secrets stand in the program `text`, the member at `keys`: in its texts alone, not in what it computes."""
    for match in _LITERAL.finditer(text):
        yield from found_secrets(reading, match[2] or match[3] or match[4], *keys, name=match[1] or "")


def variables(reading: Reading, *keys: str | int) -> Iterator[Found]:
    """Of the table of environment variables at `keys`: what overrides something, and the secrets."""
    table = reading.get(*keys)
    if table is None:
        return
    if not isinstance(table, dict):
        yield reading.expected("table", *keys)
        return
    from sbomgate.collectors.agents.variables import overrides

    yield from too_many(reading, table, *keys, limit=MAX_VARIABLES)
    yield from overrides(reading, table, *keys, shown=True)
    for name, value in list(table.items())[:MAX_VARIABLES]:
        if isinstance(value, str):
            yield from found_secrets(reading, value, *keys, name, name=name)


def address(reading: Reading, kind: str, value: Any, *keys: str | int, name: str = "", why_not: str = "") -> Iterator[Found]:
    """The option that an address is: without the secrets of its user part and query."""
    from sbomgate.collectors.agents.redaction import clean_url

    if not isinstance(value, str):
        yield reading.expected("string", *keys)
        return
    yield from option(reading, kind, clean_url(value), *keys, name=name, why_not=why_not, secrets=False)
    yield from found_secrets(reading, value, *keys)


# --- permissions -----------------------------------------------------------------------------------------------------


class Parts(NamedTuple):
    """A rule of the form `Tool` or `Tool(specifier)`, taken apart."""

    tool: str
    specifier: str
    is_whole: bool
    """False: the brackets do not fit, or there is no tool."""


def parts(text: str) -> Parts:
    """`text` as a rule; the specifier goes up to the last bracket, whatever stands in it."""
    text = text.strip()
    tool, bracket, rest = text.partition("(")
    if not bracket:
        return Parts(text, "", bool(text) and ")" not in text)
    return Parts(tool.strip(), rest.removesuffix(")"), bool(tool.strip()) and rest.endswith(")"))


_MIN_SECRET: Final = 16
"""Characters; a name that is shorter is no token."""
_MALFORMED: Final = "not of the form Tool or Tool(specifier)"


def permission(
    reading: Reading,
    effect: str,
    text: str,
    *keys: str | int,
    tool: str | None = None,
    specifier: str | None = None,
    matching: str = "",
    order: int = 0,
    why_not: str = "",
) -> Iterator[Found]:
    """The rule `text` at `keys`, and the secrets in it.

    `tool` and `specifier`: where they do not stand in `text` as `Tool(specifier)`. `matching`: a key of
    `agent_model.MATCHINGS`; by default `all` for a rule without specifier or with `*`, else `wildcard` or `exact`.
    """
    is_whole = False
    if tool is None:
        tool, specifier, is_whole = parts(text)
        why_not = why_not or ("" if is_whole else _MALFORMED)
    specifier = specifier or ""
    if not matching:
        matching = "all" if specifier in ("", "*") else "wildcard" if "*" in specifier else "exact"
    # once for each part: looking for secrets is what reading a long list costs
    tool = tool if len(tool) < _MIN_SECRET and tool.isidentifier() else redaction.redacted(tool)
    specifier = redaction.redacted(specifier) if specifier else ""
    shown = (f"{tool}({specifier})" if specifier else tool) if is_whole and "()" not in text else redaction.redacted(text)
    yield PermissionRule(
        client=reading.client,
        scope=reading.scope,
        effect=effect,
        text=shown[:MAX_SHOWN],
        tool=tool[:MAX_NAME],
        specifier=specifier[:MAX_SHOWN],
        matching=matching,
        location=reading.location(*keys),
        key=reading.place(*keys),
        order=order,
        only_for=reading.only_for,
        in_force=not (reading.why_not or why_not),
        why_not=reading.why_not or why_not,
    )
    yield from found_secrets(reading, text, *keys)


def permissions(reading: Reading, effect: str, *keys: str | int, judge: Any = None, first: int = 0) -> Iterator[Found]:
    """A rule for each text in the list at `keys`. `judge(effect, Parts, scope)` tells (matching, why_not) in the client's own grammar."""
    items = reading.get(*keys)
    if items is None:
        return
    if not isinstance(items, list):
        yield reading.expected("array", *keys)
        return
    for index, item in enumerate(items[:MAX_ITEMS]):
        if not isinstance(item, str):
            yield reading.expected("string", *keys, index)
            continue
        matching, why_not = judge(effect, parts(item), reading.scope) if judge else ("", "")
        yield from permission(reading, effect, item, *keys, index, matching=matching, why_not=why_not, order=first + index)
    if len(items) > MAX_ITEMS:
        yield reading.problem(f"more than {MAX_ITEMS} rules; the rest was not read", *keys)


def patterns(
    reading: Reading, effect: str, *keys: str | int, tool: str, matching: str, everything: tuple[str, ...] = (), why_not: str = ""
) -> Iterator[Found]:
    """A rule about `tool` for each text in the list at `keys`: all of it is the pattern. `everything`: patterns that fit all."""
    items = reading.get(*keys)
    if items is None:
        return
    if not isinstance(items, list):
        yield reading.expected("array", *keys)
        return
    for index, item in enumerate(items[:MAX_ITEMS]):
        if not isinstance(item, str):
            yield reading.expected("string", *keys, index)
            continue
        how = "all" if item.strip() in everything else matching
        yield from permission(reading, effect, item, *keys, index, tool=tool, specifier=item, matching=how, order=index, why_not=why_not)
    if len(items) > MAX_ITEMS:
        yield reading.problem(f"more than {MAX_ITEMS} rules; the rest was not read", *keys)
