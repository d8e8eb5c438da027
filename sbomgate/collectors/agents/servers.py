"""One entry of a table of MCP servers, as any client writes it, into `Server`, `Component` and `Secret`.

Everything that leaves this module went through `redaction` first: environment variables, headers and the queries of
URLs are kept by name, and the command is read, digested and reported without its secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from sbomgate.collectors.agents import launchers, redaction
from sbomgate.collectors.agents.draft import joined_folder
from sbomgate.collectors.agents.jsonc import Pointer
from sbomgate.collectors.agents.launched import component_of
from sbomgate.collectors.agents.reading import MAX_NAME, Found, Reading
from sbomgate.collectors.agents.references import UNKNOWN
from sbomgate.collectors.agents.shell import MAX_WORDS, word_set
from sbomgate.collectors.fields import type_name
from sbomgate.model import Capability, Local, Location, Problem, Secret, Server
from sbomgate.text import sha256_hex

MAX_SERVERS: Final = 2000
"""Entries of one file that are read."""
MAX_VALUES: Final = 5000
"""Strings of one entry that are searched for secrets."""


class Client(NamedTuple):
    """What a client reads in the entry of a server."""

    name: str
    key: str = "mcpServers"
    """Of the table of servers."""
    approvals: tuple[str, ...] = ()
    """Members of an entry that switch confirmations off for the tools they list."""
    wildcard: bool = False
    """`*` in such a list means every tool."""
    bare: bool = False
    """The table may also stand at the top, without `key`."""
    disables: bool = False
    """`disabled` in an entry keeps its server from being started."""
    approved: Callable[[dict[str, Any]], str] | None = None
    """What else in an entry switches confirmations off: `none`, `some` or `all`."""


_APPROVALS: Final = ("alwaysAllow", "always_allow", "autoApprove", "auto_approve", "autoApproveTools", "trust")
"""Members that switch confirmations off in one client or another, and are copied between them."""
_TRANSPORTS: Final = {
    "stdio": "stdio",
    "local": "stdio",
    "http": "http",
    "streamable-http": "http",
    "streamablehttp": "http",
    "streamable_http": "http",
    "remote": "http",
    "sse": "sse",
    "ws": "ws",
    "websocket": "ws",
}
_URLS: Final = ("httpUrl", "url", "serverUrl", "uri", "endpoint", "tcp")
_ENVIRONMENTS: Final = ("env", "environment", "envs", "env_vars")
_HEADERS: Final = ("headers", "http_headers", "requestHeaders", "request_init")
_ORDINARY: Final = ("resolved through PATH", "module ", "code in the arguments")
"""Notes of `launchers` that are true of every second server."""


class _Entry:
    """One server while it is read."""

    def __init__(self, reading: Reading, table: dict[str, Any], name: str, pointer: Pointer) -> None:
        self.reading, self.table, self.name, self.pointer, self.path = reading, table, name, pointer, reading.path
        self.problems: list[Problem] = []

    @property
    def where(self) -> str:
        return self.reading.place(*self.pointer)

    @property
    def own(self) -> Reading:
        """For what is limited to this server."""
        return self.reading.narrowed(only_for=f"server {self.name[:MAX_NAME]}")

    def line(self, *keys: str | int) -> int:
        return self.reading.line(*self.pointer, *keys)

    def problem(self, what: str, *keys: str | int, fix: str = "") -> None:
        self.problems.append(self.reading.problem(what, *self.pointer, *keys, fix=fix))


def read_servers(reading: Reading, table: Any, pointer: Pointer, client: Client) -> Iterator[Found]:
    """Everything that the table of servers at `pointer` says; what cannot be read becomes a Problem."""
    if not isinstance(table, dict):
        yield reading.problem(f"expected table, found {type_name(table)}", *pointer)
        return
    for count, (name, entry) in enumerate(table.items()):
        if count >= MAX_SERVERS:
            yield reading.problem(f"more than {MAX_SERVERS} servers; the rest was not read", *pointer)
            return
        where = (*pointer, name)
        if not isinstance(entry, dict):
            yield reading.problem(f"expected table, found {type_name(entry)}", *where)
            continue
        yield from read_server(_Entry(reading, entry, name, where), client)


def read_entry(reading: Reading, entry: dict[str, Any], name: str, pointer: Pointer, client: Client) -> Iterator[Found]:
    """Everything that one entry says, which stands at `pointer`, in no table of servers."""
    yield from read_server(_Entry(reading, entry, name, pointer), client)


def read_server(entry: _Entry, client: Client) -> Iterator[Found]:
    """The server of one entry, the packages that starting it fetches, its secrets, and what was odd."""
    location = Location(entry.path, entry.line())
    words, start = _command(entry)
    url = _url(entry)
    clean = redaction.redacted_words([word for word, _ in words])
    launch = launchers.read_command(clean) if clean else launchers.Launch(reference=UNKNOWN)
    off = entry.table.get("disabled") is True or entry.table.get("enabled") is False
    disabled = off and client.disables  # where nobody reads it, it must not make a server look harmless
    if not words and not url and not off and not entry.problems:
        entry.problem("neither a command nor a URL", fix="remove the entry, or write how its server is reached")
    reference = launch.reference
    components = [component_of(item, location, disabled) for item in (reference, *launch.extra_packages) if item.ecosystem and item.name]
    main = components[0] if components and reference.ecosystem and reference.name else None
    approved, notes = _approval(entry, client)
    if off and not disabled:
        notes.append(f"{'disabled' if 'disabled' in entry.table else 'enabled'} is not read by {client.name}: no effect here")
    helper = entry.table.get("headersHelper")  # Claude Code documentation: a shell command that prints headers
    helped = launchers.read_command("sh", ["-c", redaction.redacted(helper)]) if isinstance(helper, str) else launchers.Launch()
    components += [
        component_of(item, location, disabled) for item in (helped.reference, *helped.extra_packages) if item.ecosystem and item.name
    ]
    pairs = [*_pairs(entry, _ENVIRONMENTS), *_pairs(entry, _HEADERS)]
    environment = {name[:MAX_NAME] for name, _, keys in pairs if keys[-2] in _ENVIRONMENTS}
    yield Server(
        client=client.name,
        scope=entry.reading.scope,
        name=entry.name[:MAX_NAME],
        location=location,
        transport=_transport(entry, bool(words), bool(url)),
        launcher=launch.launcher,
        ecosystem=reference.ecosystem,
        package=reference.name,
        version=reference.version,
        requirement=reference.requirement,
        pin=reference.pin,
        pinned=reference.pinned,
        purl=main.purl if main else "",
        extra_packages=tuple(sorted({item.purl for item in components if item is not main})),
        url=redaction.clean_url(url or launch.url),
        auto_approved=approved,
        env_names=tuple(sorted(environment | set(launch.env_names))),
        command_digest=_digest(clean),
        detours=_detours(clean, launch, environment, helped=isinstance(helper, str)),
        disabled=disabled,
        local=_started_in(launch.local, entry.table.get("cwd")),
        capabilities=tuple(
            Capability(kind, detail, Location(entry.path, start or location.line))
            for kind, details in (
                ("fetch-and-run", (*launch.fetches_and_runs, *helped.fetches_and_runs)),
                ("host-access", launch.host_access),
                ("listens", _listens(clean, pairs, launch.launcher)),
            )
            for detail in details
        ),
        only_for=entry.reading.only_for,
        in_force=not entry.reading.why_not,
        why_not=entry.reading.why_not,
    )
    yield from components
    if isinstance(helper, str):
        from sbomgate.collectors.agents.commands import command_noun

        yield command_noun(entry.own, "headersHelper", redaction.redacted(helper), helped, (*entry.pointer, "headersHelper"))
    if environment:
        from sbomgate.collectors.agents.variables import overrides

        for key in _ENVIRONMENTS:
            yield from overrides(entry.own, entry.table.get(key), *entry.pointer, key)
    yield from _secrets(entry, words, pairs)
    yield from entry.problems
    for note in (*notes, *(note for note in launch.notes if not note.startswith(_ORDINARY))):
        yield f"{entry.path}: {entry.where}: {note}"


def _started_in(local: Local, folder: Any) -> Local:
    """`local`, where the entry says in which folder the command runs."""
    if not isinstance(folder, str) or not folder.strip() or local.folder == "?":
        return local
    return local._replace(folder=joined_folder(redaction.redacted(folder.strip()), local.folder or ".")[:MAX_NAME])


_Word = tuple[str, tuple[str | int, ...]]


def _command(entry: _Entry) -> tuple[list[_Word], int]:
    """Command and arguments as written, each with its keys, and the line of the command.

    Forms: string, array, `{path, args}`, `transport.command`.
    """
    table: dict[str, Any] = entry.table
    keys: tuple[str, ...] = ()
    transport = table.get("transport")
    if table.get("command") is None and isinstance(transport, dict) and transport.get("command") is not None:
        table, keys = transport, ("transport",)
    name = "cmd" if table.get("command") is None and "cmd" in table else "command"
    command: Any = table.get(name)
    if command is None:
        return [], 0
    line = entry.line(*keys, name)
    arguments: tuple[Any, tuple[str, ...]] = (table.get("args"), (*keys, "args"))
    if isinstance(command, dict):
        keys = (*keys, name)
        if command.get("args") is not None:
            arguments = (command["args"], (*keys, "args"))
        name = "path" if "path" in command else "command"
        command = command.get(name)
    if isinstance(command, list):
        words = _texts(entry, command, *keys, name)
    elif isinstance(command, str):
        words = [(command, (*keys, name))] if command.strip() else []
        if not words:
            entry.problem("the command is empty", *keys, name)
    else:
        entry.problem(f"expected string, found {type_name(command)}", *keys, name)
        return [], line
    args, place = arguments
    if isinstance(args, str):  # some clients split it; its words are read the same way
        words += [(word, place) for word in (launchers.command_words(args) if args.strip() else ())] if words else []
    elif isinstance(args, list):
        words += _texts(entry, args, *place) if words else []
    elif args is not None:
        entry.problem(f"expected array, found {type_name(args)}", *place)
    return words, line


def _texts(entry: _Entry, items: list[Any], *keys: str | int) -> list[_Word]:
    """`items` as strings; numbers and booleans as clients spell them, anything else is a problem."""
    texts: list[_Word] = []
    for index, item in enumerate(items[:MAX_WORDS]):
        if isinstance(item, str):
            texts.append((item, (*keys, index)))
        elif isinstance(item, bool | int | float):
            texts.append((str(item).lower(), (*keys, index)))
        else:
            entry.problem(f"expected string, found {type_name(item)}", *keys, index)
    if len(items) > MAX_WORDS:
        entry.problem(f"more than {MAX_WORDS} words; the rest was not read", *keys)
    return texts


def _url(entry: _Entry) -> str:
    transport = entry.table.get("transport")
    for table, keys in ((entry.table, ()), (transport if isinstance(transport, dict) else {}, ("transport",))):
        for key in _URLS:
            value = table.get(key)
            if isinstance(value, str) and value.strip():
                return value
            if value is not None and not isinstance(value, str):
                entry.problem(f"expected string, found {type_name(value)}", *keys, key)
    return ""


def _transport(entry: _Entry, has_command: bool, has_url: bool) -> str:
    transport = entry.table.get("transport")
    nested = transport.get("type") if isinstance(transport, dict) else transport
    for value in (entry.table.get("type"), nested):
        if (
            isinstance(value, str)
            and (known := _TRANSPORTS.get(value.lower()))
            and not (known == "http" and value == "remote" and has_command)
        ):
            return known
    return "stdio" if has_command else "http" if has_url else "unknown"


_Pair = tuple[str, Any, tuple[str | int, ...]]


def _pairs(entry: _Entry, members: tuple[str, ...]) -> Iterator[_Pair]:
    """(name, value, keys) of each variable or header; tables and `NAME=value` arrays."""
    transport, command = entry.table.get("transport"), entry.table.get("command")
    places: list[tuple[Any, tuple[str, ...]]] = [(entry.table, ()), (transport, ("transport",)), (command, ("command",))]
    for table, keys in places:
        for member in members if isinstance(table, dict) else ():
            value = table.get(member)
            if isinstance(value, dict):
                yield from ((name, item, (*keys, member, name)) for name, item in list(value.items())[:MAX_VALUES])
            elif isinstance(value, list):
                for index, item in enumerate(value[:MAX_VALUES]):
                    if isinstance(item, str):
                        name, _, text = item.partition("=")
                        yield name, text, (*keys, member, index)
            elif value is not None:
                entry.problem(f"expected table, found {type_name(value)}", *keys, member)


_CONTAINERS: Final = ("docker", "podman", "nerdctl")
_LISTENS: Final = ("--host", "--hostname", "--bind", "--listen", "--address", "--addr", "--ip", "--server-host", "--http-host", "-H", "-b")
_HOSTS: Final = ("host", "bind", "listen", "address", "addr")


def _listens(words: list[str], pairs: list[_Pair], launcher: str) -> tuple[str, ...]:
    """Where the command says that the server answers on every address of the machine: its option, its variable.

    Inside a container that is how it is reached at all.
    """
    if launcher in _CONTAINERS:
        return ()
    found = []
    for index, word in enumerate(words):
        option, equals, value = word.partition("=")
        value = value if equals else words[index + 1] if index + 1 < len(words) else ""
        if option in _LISTENS and _is_every_address(value):
            found.append(f"{option} {value}")
    for name, value, keys in pairs:
        if keys[-2] in _ENVIRONMENTS and isinstance(value, str) and name.lower().rpartition("_")[2] in _HOSTS and _is_every_address(value):
            found.append(f"{name[:MAX_NAME]}={value}")
    return tuple(dict.fromkeys(found))


def _is_every_address(value: str) -> bool:
    host = value.rpartition(":")[0] if value.startswith(("0.0.0.0:", "[::]:")) else value
    return host in ("0.0.0.0", "::", "[::]", "*")  # noqa: S104 - compared with, not bound to


def _approval(entry: _Entry, client: Client) -> tuple[str, list[str]]:
    """What the client itself confirms unasked for this entry, and notes on members that it does not read."""
    approved, notes = "none", []
    for key in _APPROVALS:
        value = entry.table.get(key)
        if value in (None, False, [], ""):
            continue
        if key not in client.approvals:
            notes.append(f"{key} is not read by {client.name}: no effect here")
        elif value is True and key == "trust":
            approved = "all"
        elif isinstance(value, list):
            approved = "all" if client.wildcard and "*" in value else "some" if approved == "none" else approved
    if client.approved and approved != "all":
        approved = max(approved, client.approved(entry.table), key=("none", "some", "all").index)
    return approved, notes


def _digest(words: list[str]) -> str:
    if not words:
        return ""
    return sha256_hex("\0".join(words))


_OPTIONS: Final = word_set(
    """--registry --userconfig --globalconfig --prefix --index --index-url --default-index --extra-index-url --find-links --index-strategy
    --pip-args --config-file --entrypoint --call --node-options --script-shell --node-arg --shell-auto-fallback --with-editable
    --trusted-host --import-map"""
)
"""Options of launchers that tell where a package comes from, or what runs beside it or instead."""
_SHORT: Final = {
    "npx": ("-c",), "npm": ("-c",), "uvx": ("-i", "-f"), "uv": ("-i", "-f"), "pipx": ("-i",), "pip": ("-i", "-f"),
}  # fmt: skip
_OPERATORS: Final = frozenset(";&|<>`\n$(")


def _detours(words: list[str], launch: launchers.Launch, environment: set[str], *, helped: bool) -> tuple[str, ...]:
    """What keeps the packages of the command from saying what runs."""
    from sbomgate.collectors.agents.variables import kind_of

    if not launch.reference.name and not launch.extra_packages and not launch.url:
        return ("a helper writes its headers",) if helped else ()
    short = () if launch.wrappers else _SHORT.get(launch.launcher, ())
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    if launch.wrappers and any(not _OPERATORS.isdisjoint(word) for word in words):
        options += [option for option in _OPTIONS if any(option in word for word in words)]
        found = ["a shell reads more than one command"]
    else:
        found = []
    found += [f"{option} is given" for option in sorted({option for option in options if option in _OPTIONS or option in short})]
    for word in words[:MAX_WORDS]:
        folder, slash, name = word.replace("\\", "/").rpartition("/")
        if slash and name.partition(".")[0] == launch.launcher and not folder.startswith(("/usr/", "/opt/", "/bin")):
            found.append(f"{word} is a program of its own")
            break
    kinds = ("registry", "preload", "path", "tls", "proxy")
    found += [f"variable {name} is set" for name in sorted(environment | set(launch.env_names)) if kind_of(name) in kinds]
    return (*found, "a helper writes its headers") if helped else tuple(found)


def _secrets(entry: _Entry, words: list[_Word], pairs: list[_Pair]) -> Iterator[Secret]:
    """Where secrets stand in the entry: variables, headers, arguments, addresses."""
    for name, value, keys in pairs:
        if isinstance(value, str):
            for found in redaction.find(value, name):
                yield _secret(entry, found, keys)
    for index, found in redaction.find_in_words([word for word, _ in words]):
        yield _secret(entry, found, words[index][1])
    for key in (*_URLS, "headersHelper"):
        value = entry.table.get(key)
        if isinstance(value, str):
            for found in redaction.find(value):
                yield _secret(entry, found, (key,))


def _secret(entry: _Entry, found: redaction.Found, keys: tuple[str | int, ...]) -> Secret:
    return Secret(found.kind, Location(entry.path, entry.line(*keys)), entry.reading.place(*entry.pointer, *keys), found.end - found.start)
