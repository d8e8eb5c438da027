"""What a server or package could reach, were it compromised for a minute: told from settings and edges alone.

A **session** is one client with the settings of one folder: what one server answers there, every other tool of the session
may be talked into. So a server reaches its own credentials and tools, and what its session does unasked; a package
reaches what every server and every package reaches that depends on it. Reading is simple on purpose: a rule that allows is
told as it stands, whether or not another one denies a part of it.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from sbomgate.inventory import edges, merge
from sbomgate.model import Component, Inventory, Location, Origin
from sbomgate.purl import canonical_name

MAX_LISTED: Final = 1000
"""Names that one list of a document holds; the count is always that of all."""
MAX_MARKS: Final = 60_000
"""Credentials, actions or hooks that are followed through the graph at most."""
_FILES: Final = 100  # of one session in which everything may be let happen
_PAIRS: Final = 2_000_000  # of a package and what is followed from it; only a made-up tree has more
_VERSIONS: Final = 200  # of one package that a server may run
_CHUNK: Final = 4096  # bits that go through the graph together: long enough to be quick, short enough for the memory

_CREDENTIAL: Final = re.compile(
    r"(?:^|[_-])(?:TOKEN|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|KEY|APIKEY|KEYS|CREDENTIALS?|AUTH|PAT|DSN|COOKIE|BEARER|PRIVATE|KUBECONFIG)(?:[_-]|$)"
    r"|(?:TOKEN|SECRET|PASSWORD|APIKEY|API_KEY)$|^(?:DATABASE|POSTGRES(?:QL)?|MYSQL|MONGO(?:DB)?|REDIS|AMQP|DB)_(?:URL|URI)$|CONNECTION_?STRING|CONN_STR|^AWS_PROFILE$|^SSH_AUTH_SOCK$",
    re.IGNORECASE,
)
_HARMLESS: Final = re.compile(r"(?:MAX|NUM|LIMIT|COUNT)_?(?:[A-Z]+_)*TOKENS?$|PUBLIC_KEY$|^KEY_?(?:PREFIX|NAME)$", re.IGNORECASE)
_EVERYTHING: Final = frozenset(
    {"bypasspermissions", "never", "yolo", "auto", "autoapprove", "autopilot", "allow", "full-auto", "always-approve"}
)
"""Modes, in small letters, in which nothing is asked."""
_EDITS: Final = frozenset({"acceptedits", "auto_edit", "auto-edit"})


class Reach(NamedTuple):
    """What one server or package could reach. Names only; texts are as found."""

    kind: str
    """`server` · `package`."""
    name: str
    purl: str
    """Empty for a server whose command names no package."""
    location: Location
    agents: tuple[str, ...]
    """Clients that load it, with the file that says so: `claude-code (.mcp.json:3)`."""
    credentials: tuple[str, ...]
    """Names of environment variables."""
    variables: tuple[str, ...]
    """All of them, those of `credentials` too."""
    own_unasked: tuple[str, ...]
    """What it may do itself without a confirmation."""
    unasked: tuple[str, ...]
    """What its sessions do without one, those of `own_unasked` too."""
    interpreters: tuple[str, ...]
    """Start-up hooks that it owns, or that something owns that depends on it: `.venv: lib/…/x.pth`."""
    dependents: tuple[str, ...]
    """purls of all packages that depend on it."""
    servers: tuple[str, ...]
    """Of a server, the others of its sessions; of a package, those that run it."""


class Row(NamedTuple):
    """One line of the ranked table: the same as counts."""

    kind: str
    name: str
    purl: str
    location: Location
    agents: int
    credentials: int
    own_unasked: int
    unasked: int
    interpreters: int
    dependents: int


_Texts = dict[str, dict[str, None]]
"""File → what it lets happen, in order, each once. A file that two clients read says the same to both."""


class _Session(NamedTuple):
    """One client in one folder."""

    client: str
    servers: list[int]
    unasked: _Texts
    """Actions of the session, as a person reads them; filled while the settings are read."""
    everything: _Texts
    """Those of them that let every server do everything."""


class Blast:
    """The sessions, edges and hooks of one inventory, ready to be asked."""

    def __init__(self, inventory: Inventory, is_agent: Callable[[Component], bool] = lambda _: False) -> None:
        self.inventory, self.is_agent = inventory, is_agent
        self.components = {item.purl: item for item in merge(inventory.components)}
        known = self.components
        self.children = {purl: [child for child in below if child in known] for purl, below in edges(known.values()).items()}
        self.parents: defaultdict[str, list[str]] = defaultdict(list)
        for purl, below in self.children.items():
            for child in below:
                self.parents[child].append(purl)
        self._by_name: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for purl, item in known.items():
            self._by_name[item.ecosystem, item.name].append(purl)
        self.readers = {file.location.path: (file.client, *file.also_read_by) for file in inventory.agent_files}
        self.servers = tuple(server for server in inventory.servers if server.in_force)
        self._direct: list[_Texts] = [{} for _ in self.servers]
        self._by_server: defaultdict[tuple[int, str], _Texts] = defaultdict(dict)
        """What each server may do unasked itself: by its entry, and by (session, name) in settings, for many servers at once."""
        self.sessions: dict[tuple[str, str], _Session] = {}
        self.of_server: list[tuple[_Session, ...]] = []
        for number, server in enumerate(self.servers):
            clients = (server.client, *(name for name in self.readers.get(server.location.path, ()) if name != server.client))
            sessions = tuple(self._session(client, server.location.path) for client in clients)
            self.of_server.append(sessions)
            for session in sessions:
                session.servers.append(number)
        self._read_approvals()
        self.runs: defaultdict[str, list[int]] = defaultdict(list)
        """purl → the servers that start it."""
        for number in range(len(self.servers)):
            for purl in self._packages(number):
                self.runs[purl].append(number)

    def _session(self, client: str, path: str) -> _Session:
        return self.sessions.setdefault((client, base(path)), _Session(client, [], {}, {}))

    def _packages(self, number: int) -> list[str]:
        """The components that the server runs: what its command names, in each version that is known of it."""
        server = self.servers[number]
        found = [purl for purl in (server.purl, *server.extra_packages) if purl in self.components]
        named = [(self.components[purl].ecosystem, self.components[purl].name) for purl in found]
        return list(dict.fromkeys((*found, *(purl for key in named for purl in self._by_name[key][:_VERSIONS]))))

    # --- what is not asked -------------------------------------------------------------------------------------------

    def _read_approvals(self) -> None:
        names = {
            (id(session), name)
            for session in self.sessions.values()
            for number in session.servers
            for name in (self.servers[number].name, tool_name(self.servers[number].name))
        }
        for number, server in enumerate(self.servers):
            if server.auto_approved != "none":
                which = "every tool" if server.auto_approved == "all" else "some tools"
                text = f"{which} of server {server.name} ({server.location})"
                _note(self._direct[number], server.location, text)
                for session in self.of_server[number]:
                    _note(session.unasked, server.location, text)
        for rule in self.inventory.permissions:
            if rule.effect == "allow" and rule.in_force:
                for session in self._sessions_of(rule.client, rule.location.path):
                    text = f"{rule.text} ({rule.location})"
                    _note(session.unasked, rule.location, text)
                    about = (name for name in _servers_in(rule.tool, rule.specifier, rule.text) if (id(session), name) in names)
                    if whom := next(about, ""):
                        _note(self._by_server[id(session), whom], rule.location, text)
        for option in self.inventory.options:
            if option.in_force and option.value.lower() != "false":
                text, whom = _unasked(option.kind, option.value, option.name)
                for session in self._sessions_of(option.client, option.location.path) if text else ():
                    said = f"{text} ({option.location})"
                    _note(session.unasked, option.location, said)
                    if whom == "*" and len(session.everything) < _FILES:
                        _note(session.everything, option.location, said)
                    elif whom and whom != "*":
                        _note(self._by_server[id(session), whom], option.location, said)

    def own_actions(self, number: int) -> dict[tuple[str, str], dict[str, None]]:
        """What the server may do unasked itself: by (file, whom it speaks of: a server, `*` for all), each set for many servers at once."""
        server = self.servers[number]
        found = {(path, server.name): texts for path, texts in self._direct[number].items()}
        for session in self.of_server[number]:
            found |= {(path, "*"): texts for path, texts in session.everything.items()}
            for name in dict.fromkeys((server.name, tool_name(server.name))):
                known = self._by_server.get((id(session), name), {})
                found |= {(path, f"rules of {name}"): texts for path, texts in known.items()}
        return found

    def _sessions_of(self, client: str, path: str) -> Iterator[_Session]:
        for reader in dict.fromkeys((client, *self.readers.get(path, ()))):
            if (session := self.sessions.get((reader, base(path)))) is not None:
                yield session

    # --- one ---------------------------------------------------------------------------------------------------------

    def named(self, name: str) -> list[Reach]:
        """What `name` (of a server or package, `name@version`, or a purl) could reach, servers first; empty if there is none."""
        servers = [number for number, server in enumerate(self.servers) if server.name == name]
        wanted, _, version = name.rpartition("@") if "@" in name[1:] else (name, "", "")
        wanted = wanted or name
        purls = [
            purl
            for purl, item in self.components.items()
            if purl == name
            or (
                (item.name == wanted or (item.ecosystem == "pypi" and item.name == canonical_name(wanted)))
                and version in ("", item.version)
            )
        ]
        return [*map(self.of_one_server, servers), *map(self.of_package, sorted(purls))]

    def of_one_server(self, number: int) -> Reach:
        """What the server `number` of the inventory could reach."""
        server = self.servers[number]
        packages = self._packages(number)
        above = _closure(packages, self.parents)
        return Reach(
            "server",
            server.name,
            server.purl,
            server.location,
            self._agents((number,)),
            _credentials(server.env_names),
            server.env_names,
            _distinct(text for texts in self.own_actions(number).values() for text in texts),
            _distinct(text for session in self.of_server[number] for texts in session.unasked.values() for text in texts),
            self._interpreters(above),
            tuple(sorted(above - set(packages))),
            _distinct(self.servers[other].name for session in self.of_server[number] for other in session.servers if other != number),
        )

    def of_package(self, purl: str) -> Reach:
        """What the component `purl` could reach, through everything that depends on it."""
        item = self.components[purl]
        above = _closure((purl,), self.parents)
        numbers = sorted({number for one in above for number in self.runs.get(one, ())})
        variables = sorted({name for number in numbers for name in self.servers[number].env_names})
        sessions = {id(session): session for number in numbers for session in self.of_server[number]}
        own = {key: texts for number in numbers for key, texts in self.own_actions(number).items()}
        return Reach(
            "package",
            label(item),
            purl,
            item.locations[0],
            self._agents(numbers),
            _credentials(variables),
            tuple(variables),
            _distinct(text for texts in own.values() for text in texts),
            _distinct(text for session in sessions.values() for texts in session.unasked.values() for text in texts),
            self._interpreters(above),
            tuple(sorted(above - {purl})),
            _distinct(self.servers[number].name for number in numbers),
        )

    def _agents(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return _distinct(
            f"{session.client} ({self.servers[number].location})" + (", disabled" if self.servers[number].disabled else "")
            for number in numbers
            for session in self.of_server[number]
        )

    def _interpreters(self, owners: set[str]) -> tuple[str, ...]:
        return _distinct(self._hook(hook.location.path) for hook in self.inventory.hooks if hook.owner in owners)

    def _hook(self, path: str) -> str:
        if self._roots is None:
            self._roots = {site: one.root or "." for one in self.inventory.environments for site in one.sites}
        parts = path.split("/")
        folders = ("/".join(parts[:end]) for end in range(len(parts) - 1, -1, -1))
        root = next((self._roots[folder] for folder in folders if folder in self._roots), "")
        return f"{root}: {path}" if root else path

    _roots: dict[str, str] | None = None

    # --- all ---------------------------------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        """Every server and agent package, the widest reach first. The graph is passed a fixed number of times, however many there are."""
        marks = {purl: (index,) for index, purl in enumerate(self.components)}
        dependents = self._counts(marks, len(marks))
        hooks = self._marked((hook.owner, f"{hook.location.path}\0{hook.kind}") for hook in self.inventory.hooks)
        agents = self._marked((purl, text) for purl, numbers in self.runs.items() for number in numbers for text in self._agents((number,)))
        credentials = self._marked(
            (purl, name)
            for purl, numbers in self.runs.items()
            for number in numbers
            for name in _credentials(self.servers[number].env_names)
        )
        # a file's part as a whole: its actions are the same for many servers, and their product would be large
        actions = [self.own_actions(number) for number in range(len(self.servers))]
        own = self._marked(
            ((purl, key) for purl, numbers in self.runs.items() for number in numbers for key in actions[number]),
            {key: len(texts) for every in actions for key, texts in every.items()},
        )
        by_sessions: dict[tuple[int, ...], dict[str, int]] = {}
        files = []
        for sessions in self.of_server:
            key = tuple(map(id, sessions))
            if key not in by_sessions:
                by_sessions[key] = {path: len(texts) for session in sessions for path, texts in session.unasked.items()}
            files.append(by_sessions[key])
        unasked = self._marked(
            ((purl, path) for purl, numbers in self.runs.items() for number in numbers for path in files[number]),
            {path: count for every in by_sessions.values() for path, count in every.items()},
        )
        found = [
            Row(
                "package", label(item), purl, item.locations[0],
                agents.get(purl, 0), credentials.get(purl, 0), own.get(purl, 0), unasked.get(purl, 0), hooks.get(purl, 0), dependents.get(purl, 1) - 1,
            )
            for purl, item in self.components.items()
            if item.origin not in (Origin.PROJECT, Origin.LAUNCHED) and self.is_agent(item)
        ]  # fmt: skip
        for number, server in enumerate(self.servers):
            packages = self._packages(number)
            found.append(
                Row(
                    "server", server.name, server.purl, server.location, len(self._agents((number,))), len(_credentials(server.env_names)),
                    sum(map(len, actions[number].values())), sum(files[number].values()),
                    max((hooks.get(purl, 0) for purl in packages), default=0), max((dependents.get(purl, 1) - 1 for purl in packages), default=0),
                )
            )  # fmt: skip
        return sorted(found, key=_rank)

    def _marked(self, pairs: Iterable[tuple[str, Any]], weights: Mapping[Any, int] | None = None) -> dict[str, int]:
        """purl → how many different second parts stand at it or at something that depends on it; `weights`: how many each counts."""
        numbers: dict[Any, int] = {}
        marks: defaultdict[str, set[int]] = defaultdict(set)
        for purl, text in islice(pairs, _PAIRS):
            if purl in self.components and (text in numbers or len(numbers) < MAX_MARKS):
                marks[purl].add(numbers.setdefault(text, len(numbers)))
        if weights is None:
            return self._counts(marks, len(numbers))
        # one bit for each unit of weight would be one for each action: few sessions differ, so those of one weight go together
        totals: defaultdict[str, int] = defaultdict(int)
        by_weight: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for text, number in numbers.items():
            by_weight[weights[text]][number] = len(by_weight[weights[text]])
        for weight, chosen in by_weight.items():
            if weight:
                part = {purl: [chosen[number] for number in found if number in chosen] for purl, found in marks.items()}
                for purl, count in self._counts({purl: found for purl, found in part.items() if found}, len(chosen)).items():
                    totals[purl] += weight * count
        return totals

    def _counts(self, marks: Mapping[str, Iterable[int]], count: int) -> dict[str, int]:
        """purl → how many of `count` marks it has or inherits from what depends on it."""
        if not marks:
            return {}
        totals: defaultdict[str, int] = defaultdict(int)
        groups, group_of, order = self._groups()
        starts: list[list[int]] = [[] for _ in groups]
        for purl, numbers in marks.items():
            starts[group_of[purl]] += numbers
        for first in range(0, count, _CHUNK):
            bits = [0] * len(groups)
            for group, numbers in enumerate(starts):
                for number in numbers:
                    if first <= number < first + _CHUNK:
                        bits[group] |= 1 << (number - first)
            for group, below in order:
                if mine := bits[group]:
                    for child in below:
                        bits[child] |= mine
            for group, members in enumerate(groups):
                if bits[group]:
                    inherited = bits[group].bit_count()
                    for purl in members:
                        totals[purl] += inherited
        return totals

    def _groups(self) -> tuple[list[list[str]], dict[str, int], list[tuple[int, list[int]]]]:
        """The graph with each cycle as one: members of each, the one of a purl, and (one, those below it) from the top down."""
        if self._condensed is None:
            groups = _cycles(self.children)
            group_of = {purl: index for index, members in enumerate(groups) for purl in members}
            order = [
                (index, sorted({group_of[child] for purl in groups[index] for child in self.children[purl]} - {index}))
                for index in range(len(groups) - 1, -1, -1)
            ]
            self._condensed = groups, group_of, order
        return self._condensed

    _condensed: tuple[list[list[str]], dict[str, int], list[tuple[int, list[int]]]] | None = None


def base(path: str) -> str:
    """The folder whose session the settings file at `path` belongs to: what stands before the first hidden name."""
    parts = path.split("/")
    end = next((index for index, part in enumerate(parts) if part.startswith(".") and part not in (".", "..")), len(parts) - 1)
    return "/".join(parts[:end])


def label(item: Component) -> str:
    """Name and version as a person would write them."""
    return f"{item.name}@{item.version}" if item.version else item.name


def is_credential(name: str) -> bool:
    """Whether a variable is likely to hold one, by its name."""
    return _CREDENTIAL.search(name[:200]) is not None and _HARMLESS.search(name[:200]) is None


def _credentials(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if is_credential(name))


def tool_name(server: str) -> str:
    """The server as it stands in the names of its tools: `mcp__acme_docs__search`."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", server)


def _note(texts: _Texts, place: Location, text: str) -> None:
    texts.setdefault(place.path, {})[text] = None


def _servers_in(tool: str, specifier: str, text: str) -> Iterator[str]:
    """Names of servers that a rule may be about, in the grammars of several clients."""
    if tool.startswith("mcp__"):
        parts = tool.split("__")[1:12]
        yield from ("__".join(parts[:end]) for end in range(len(parts), 0, -1))
    elif tool.lower() == "mcp" and ":" in specifier:
        yield specifier.partition(":")[0]
    elif text.startswith("@"):
        yield text[1:].partition("/")[0]


def _unasked(kind: str, value: str, name: str) -> tuple[str, str]:
    """What an option lets happen unasked, and whose tools that are: a server's name, `*` for all; empty for nothing."""
    mode = value.lower()
    if kind == "mode" and mode in _EVERYTHING:
        return f"everything: mode {value}", "*"
    if (kind == "mode" and mode in _EDITS) or kind == "edits-approved":
        return f"edits of files: {name or value}", ""
    if kind == "tools-approved":
        return (f"every tool of {name}", name) if name else ("every tool of every server", "*")
    if kind == "server-trusted":
        return f"every tool of server {name}", name
    return "", ""


def _closure(starts: Iterable[str], following: Mapping[str, Sequence[str]]) -> set[str]:
    seen = set(starts)
    pending = deque(seen)
    while pending:
        for other in following.get(pending.popleft(), ()):
            if other not in seen:
                seen.add(other)
                pending.append(other)
    return seen


def _cycles(children: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The strongly connected components, each after all that it leads to (Tarjan, without recursion)."""
    found: list[list[str]] = []
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for start in children:
        if start in index:
            continue
        pending = [(start, iter(children[start]))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while pending:
            purl, below = pending[-1]
            for child in below:
                if child not in index:
                    index[child] = low[child] = len(index)
                    stack.append(child)
                    on_stack.add(child)
                    pending.append((child, iter(children[child])))
                    break
                if child in on_stack:
                    low[purl] = min(low[purl], index[child])
            else:
                pending.pop()
                if pending:
                    low[pending[-1][0]] = min(low[pending[-1][0]], low[purl])
                if low[purl] == index[purl]:
                    members: list[str] = []
                    while not members or members[-1] != purl:
                        members.append(stack.pop())
                        on_stack.discard(members[-1])
                    found.append(members)
    return found


def _rank(row: Row) -> tuple[Any, ...]:
    """The order of the table: what has credentials and acts unasked first, then by how much of each; no number stands for danger."""
    return (
        -bool(row.credentials and row.unasked), -row.credentials, -row.own_unasked, -row.unasked, -row.agents, -row.interpreters, -row.dependents,
        row.kind, row.name, row.purl, row.location,
    )  # fmt: skip


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def document(reach: Reach) -> dict[str, Any]:
    """`reach` for a program; lists are cut at `MAX_LISTED`, counts are not."""
    found: dict[str, Any] = {"kind": reach.kind, "name": reach.name, "purl": reach.purl or None, "location": _place(reach.location)}
    for field in Reach._fields[4:]:
        names = getattr(reach, field)
        found[field] = {"count": len(names), "names": list(names[:MAX_LISTED])}
    return found


def row_document(row: Row) -> dict[str, Any]:
    """`row` for a program."""
    return {**row._asdict(), "purl": row.purl or None, "location": _place(row.location)}


def _place(place: Location) -> dict[str, Any]:
    return {"path": place.path, "line": place.line} if place.line else {"path": place.path}
