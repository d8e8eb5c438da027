"""The list of approved MCP servers: what a project states in the table `[agents]` of its policy, and which servers that covers.

    [agents]
    deny-by-default = true                          # a server that no entry approves is `high`, not `low`
    mcp-servers = "allowlists/mcp-servers.toml"     # beside the policy; or the entries themselves, as [[agents.mcp-servers]]

The file holds `[[server]]` tables. An entry names by one of four keys what is approved, and says why:

    package = "pkg:npm/@acme/docs-mcp"              # with version = "1.4.2", or as …@1.4.2; without, each version is approved
    image = "images.example/acme/mcp@sha256:…"      # without a digest, whatever stands under the name
    command-digest = "…"                            # SHA-256 of the command with its arguments, as the report tells it
    url = "https://mcp.example/sse"
    reason = "…"
    expires = 2027-01-31

A name approves nothing: names are chosen by whoever writes the configuration. Package and image approve a command that fetches
just these and says nothing of where from, or of what else to run; any other command is approved by its digest. Of variables that
load code, or tell where packages or programs are, no entry says anything: that finding is accepted by its fingerprint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sbomgate.errors import UsageError
from sbomgate.model import Noun, Server, noun
from sbomgate.purl import pattern as purl_pattern
from sbomgate.purl import without_version

FILE: Final = "allowlists/mcp-servers.toml"
"""Where `sbomgate init` puts the list."""
KINDS: Final = ("package", "image", "command-digest", "url")
MAX_ENTRIES: Final = 10_000
_MAX_FILE: Final = 4 * 2**20
_VERSION: Final = re.compile(r"[vV]?\d[\w.+!-]*\Z")
_FIXED: Final = re.compile(r"(?:^|[?&])(?:checksum=|vcs_url=[^&]*%40[0-9a-f]{40,64}(?:&|\Z))")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")


@noun
class ServerEntry(Noun):
    """One approval."""

    kind: str
    """One of `KINDS`."""
    value: str
    """The purl without version, in our spelling; the image without digest; the digest in hex; the URL."""
    version: str = ""
    """Of a package: the exact one. Of an image: its digest, `sha256:…`. Empty: each one."""
    reason: str
    expires: str = ""
    """ISO date; the entry counts up to and including that day."""
    place: str = ""
    """`agents.mcp-servers[2]`, or the file and `server[2]`, for messages."""

    @property
    def is_loose(self) -> bool:
        """Whether it approves what nobody has seen yet, and could be narrower."""
        return self.kind in ("package", "image") and not self.version and not _FIXED.search(self.value)


@noun
class Agents(Noun):
    """The table `[agents]`: what a project decided about agents."""

    deny_by_default: bool = False
    servers: tuple[ServerEntry, ...] = ()
    file: str = ""
    """The file of the list, as the policy names it; empty where the entries stand in the policy."""


class Verdict(NamedTuple):
    """Whether a server is approved, and by what."""

    entries: tuple[ServerEntry, ...]
    """Those that cover a part of it."""
    missing: tuple[str, ...]
    """What of it no entry covers, one phrase each; empty: it is approved."""


# --- reading ---------------------------------------------------------------------------------------------------------


def parse_agents(table: Any, path: str) -> Agents:
    """The table `agents` of the policy at `path`; UsageError if it is not one, or if the file that it names is none."""
    if not isinstance(table, dict):
        raise UsageError("expected a table", path, "agents")
    known = ("deny-by-default", "mcp-servers", "blast-radius")
    for key in table:
        if key not in known:
            raise UsageError(f"unknown key {key!r}", path, "agents", f"known keys: {', '.join(known)}")
    deny = table.get("deny-by-default", False)
    if not isinstance(deny, bool):
        raise UsageError("expected true or false", path, "agents.deny-by-default")
    listed = table.get("mcp-servers", [])
    if isinstance(listed, str):
        return Agents(deny_by_default=deny, servers=load_servers(listed, path), file=listed)
    if not isinstance(listed, list):
        raise UsageError("expected an array of tables, or the path of a file", path, "agents.mcp-servers")
    return Agents(deny_by_default=deny, servers=_entries(listed, path, "agents.mcp-servers"))


def load_servers(name: str, policy_path: str) -> tuple[ServerEntry, ...]:
    """The entries of the file `name`, which a policy names; a relative path begins at the policy's folder."""
    import os
    import tomllib

    from sbomgate.tree import read_regular

    path = file_path(name, policy_path)
    try:
        document = tomllib.loads(read_regular(os.path.realpath(path), _MAX_FILE).decode("utf-8"))
    except OSError as error:
        fix = f"write the list, or take mcp-servers = {name!r} out of the policy"
        raise UsageError(f"list of servers cannot be read ({error.strerror or error})", path, fix=fix) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"list of servers is not valid TOML ({str(error) or 'nested too deeply'})", path) from error
    return parse_servers(document, path, name)


def parse_servers(document: dict[str, Any], path: str, name: str) -> tuple[ServerEntry, ...]:
    """The entries of a parsed list; `name`: how the policy calls the file at `path`."""
    for key in document:
        if key != "server":
            raise UsageError(f"unknown key {key!r}", path, fix="a list of servers holds [[server]] tables")
    rows = document.get("server", [])
    if not isinstance(rows, list):
        raise UsageError("expected an array of tables", path, "server", "write each entry below [[server]]")
    return _entries(rows, path, "server", f"{name}: ")


def file_path(name: str, policy_path: str) -> str:
    """Where the file `name` of a policy lies."""
    import os

    return os.path.join(os.path.dirname(policy_path), name) if name else ""


def _entries(rows: list[Any], path: str, where: str, prefix: str = "") -> tuple[ServerEntry, ...]:
    if len(rows) > MAX_ENTRIES:
        raise UsageError(f"more than {MAX_ENTRIES} entries", path, where)
    return tuple(parse_entry(row, f"{where}[{index}]", path, prefix) for index, row in enumerate(rows))


def parse_entry(table: Any, place: str, path: str = "", prefix: str = "") -> ServerEntry:
    """The approval that a parsed table states; UsageError for an unknown key or a wrong value, and for a name."""
    if not isinstance(table, dict):
        raise UsageError("expected a table", path, place)
    known = (*KINDS, "version", "reason", "expires")
    for key in table:
        if key in ("name", "server", "names"):
            what = "a server is not approved by its name, which is chosen by whoever writes the configuration"
            raise UsageError(what, path, f"{place}.{key}", f"name what it is: {', '.join(KINDS)}")
        if key not in known:
            raise UsageError(f"unknown key {key!r}", path, place, f"known keys: {', '.join(known)}")
    for key, value in table.items():
        if key != "expires" and not isinstance(value, str):
            raise UsageError(f"expected a string, found {type(value).__name__}", path, f"{place}.{key}")
    named = [key for key in KINDS if table.get(key, "").strip()]
    if len(named) != 1:
        found = " and ".join(named) if named else "nothing"
        raise UsageError(f"an entry approves one thing, this one {found}", path, place, f"give one of {', '.join(KINDS)}")
    reason = table.get("reason", "").strip()
    if not reason:
        raise UsageError("reason is missing", path, place, "say why the server is approved")
    expires = str(table["expires"]) if "expires" in table else ""
    if "expires" in table:
        from sbomgate.policy import is_date

        if not is_date(expires):
            raise UsageError(f"{expires!r} is no date", path, f"{place}.expires", "write it as 2027-01-31")
    (kind,) = named
    if "version" in table and kind != "package":
        raise UsageError(f"version goes with package, not with {kind}", path, f"{place}.version")
    try:
        value, version = _identity(kind, table[kind].strip(), table.get("version", "").strip())
    except UsageError as error:
        raise UsageError(error.what, path, f"{place}.{kind}", error.fix) from error
    if "version" in table and not version:
        raise UsageError("the version is empty", path, f"{place}.version", "name the exact version, or leave the key out")
    return ServerEntry(kind=kind, value=value, version=version, reason=reason, expires=expires, place=prefix + place)


def _identity(kind: str, text: str, version: str) -> tuple[str, str]:
    """(value, version) as in `ServerEntry`."""
    if kind == "command-digest":
        digest = text.removeprefix("sha256:").lower()
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise UsageError(f"{text!r} is no SHA-256", fix="copy the digest of the command from the report")
        return digest, ""
    if kind == "url":
        if not re.match(r"(?:https?|wss?)://[^/@\s?#]+(?:[/?]\S*)?\Z", text, re.IGNORECASE) or "*" in text.replace("=***", ""):
            raise UsageError(f"{text!r} is no URL of a server", fix="write it in full as https://host/path, without a login or a pattern")
        return plain_url(text), ""
    if "*" in text:
        raise UsageError(f"{text!r} is a pattern", fix="approve each package by its name: a pattern approves what nobody has seen")
    if kind == "image":
        return _image(text)
    if not re.match(r"pkg:[a-z0-9.+-]+/[^/@?\s]", text.replace("pkg:npm/@", "pkg:npm/%40")) or re.search(r"\s", text):
        raise UsageError(f"{text!r} is no package URL", fix="write it as pkg:npm/@acme/docs-mcp or pkg:pypi/docs-mcp")
    if text.startswith("pkg:oci/"):
        raise UsageError("an image is approved by its digest", fix='write image = "NAME@sha256:…"')
    from urllib.parse import unquote

    body, *query = text.partition("?")
    purl = purl_pattern(body)
    inside = unquote(purl.partition("@")[2])
    if inside and version and inside != version:
        raise UsageError(f"{text!r} and version {version!r} contradict each other", fix="write the version once")
    version = inside or version
    if version and not _VERSION.match(version):
        raise UsageError(f"{version!r} is no exact version", fix="write it as 1.4.2, or leave it out to approve each version")
    return without_version(purl) + "".join(query), version


def _image(text: str) -> tuple[str, str]:
    name, at, digest = text.removeprefix("docker://").partition("@")
    if not re.match(r"[A-Za-z0-9][\w./:-]*\Z", name):
        raise UsageError(f"{text!r} is no image", fix="write it as images.example/acme/mcp@sha256:…")
    if at and not _DIGEST.match(digest):
        raise UsageError(f"{digest!r} is no digest of an image", fix="write sha256: and 64 hex digits")
    return (_untagged(name) if digest else name).lower(), digest


def _untagged(name: str) -> str:
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]


def plain_url(url: str) -> str:
    """`url` as it is compared: scheme and host in lower case, no slash at the end."""
    scheme, separator, rest = url.partition("://")
    match = re.match(r"[^/?#]*", rest)
    host = match[0] if match else ""
    return f"{scheme.lower()}{separator}{host.lower()}{rest[len(host) :]}".rstrip("/")


# --- judging ---------------------------------------------------------------------------------------------------------


def live(agents: Agents, today: str) -> tuple[Agents, tuple[ServerEntry, ...]]:
    """`agents` with the entries that count on the ISO date `today`, and those that do not any more."""
    expired = tuple(entry for entry in agents.servers if entry.expires and entry.expires < today)
    return (replace(agents, servers=tuple(entry for entry in agents.servers if entry not in expired)) if expired else agents), expired


def judge(server: Server, entries: tuple[ServerEntry, ...]) -> Verdict:
    """What of `server` is approved by which of `entries`, and what is not."""
    index = _index(entries)
    set_ = [f"{detour}, which no entry approves" for detour in server.detours if detour.startswith("variable ")]
    if server.command_digest and (entry := index.get(("command-digest", server.command_digest))):
        return Verdict((entry,), tuple(set_))
    used: list[ServerEntry] = []
    missing: list[str] = []
    if server.url:
        entry = index.get(("url", plain_url(server.url)))
        used += [entry] if entry else []
        missing += [] if entry else [f"address {server.url}"]
    purls = list(dict.fromkeys(purl for purl in (server.purl, *server.extra_packages) if purl))
    for purl in purls:
        covering, reason = _covering(purl, index)
        used += covering
        missing += [reason] if reason else []
    if server.command_digest and not purls:
        missing.append(f"command {server.launcher or 'of its own'}")
    missing += set_
    missing += [
        f"{detour}, so that its digest only can approve the command" for detour in server.detours if not detour.startswith("variable ")
    ]
    missing += [f"{item.detail}, so that its digest only can approve the command" for item in server.capabilities]
    if not used and not missing:
        missing.append("neither a command nor an address")
    return Verdict(tuple(dict.fromkeys(used)), tuple(dict.fromkeys(missing)))


def used_by(servers: Iterable[Server], entries: tuple[ServerEntry, ...]) -> set[str]:
    """The places of the `entries` that approve one of `servers`, or a part of it."""
    return {entry.place for server in servers for entry in judge(server, entries).entries}


_Index = dict[tuple[str, str], ServerEntry]


@lru_cache(maxsize=4)
def _index(entries: tuple[ServerEntry, ...]) -> _Index:
    """(kind, what it names) → the entry; of a package and an image with the version, and without where an entry is loose."""
    found: _Index = {}
    for entry in entries:
        found.setdefault((entry.kind, f"{entry.value}@{entry.version}" if entry.version else entry.value), entry)
    for entry in entries:  # to tell which version is approved instead; it approves nothing under this kind
        if entry.version:
            found.setdefault((f"other {entry.kind}", entry.value), entry)
    return found


def _covering(purl: str, index: _Index) -> tuple[list[ServerEntry], str]:
    """The entry that covers `purl`, and, if there is none, why not."""
    for kind, key in _keys(purl):
        if entry := index.get((kind, key)):
            return [entry], ""
    kind, key = _keys(purl)[-1]
    if other := index.get((f"other {kind}", key)):
        return [], f"{purl} (approved is {other.version})"
    return [], purl


def _keys(purl: str) -> list[tuple[str, str]]:
    """What an entry may say that covers `purl`, the narrowest first."""
    package, question, query = purl.partition("?")
    name, _, version = package.partition("@")
    if "%" in version:
        from urllib.parse import unquote

        version = unquote(version)
    if purl.startswith("pkg:oci/"):
        from urllib.parse import parse_qs, unquote

        values = parse_qs(query)
        image = (values.get("repository_url") or [unquote(name[8:])])[0].lower()
        tag = (values.get("tag") or [""])[0].lower()
        digest = unquote(version)
        found = [f"{image}@{digest}"] if digest else []
        return [("image", key) for key in (*found, *([f"{image}:{tag}"] if tag else []), image)]
    if question:  # from a repository or an address: the source is the identity
        return [("package", f"{name}{question}{query}@{version}"), ("package", f"{name}{question}{query}")]
    return [("package", f"{name}@{version}"), ("package", name)] if version else [("package", name)]


# --- writing ---------------------------------------------------------------------------------------------------------


def proposals(server: Server) -> Iterator[tuple[str, str]]:
    """(key, value) of each entry that together approve `server` and nothing else; none if it is not fixed enough for that."""
    purls = [purl for purl in (server.purl, *server.extra_packages) if purl]
    plain = not server.detours and not server.capabilities
    named = [_proposal(purl) for purl in purls]
    if purls and plain and all(named):
        yield from (item for item in named if item)
        if server.url:
            yield "url", server.url
    elif server.command_digest and not server.capabilities and not purls:
        yield "command-digest", server.command_digest
    elif server.url and not server.command_digest and plain:
        yield "url", server.url


def _proposal(purl: str) -> tuple[str, str] | None:
    if purl.startswith("pkg:oci/"):
        kind, key = _keys(purl)[0]
        return (kind, key) if "@" in key else None
    is_fixed = "@" in purl.partition("?")[0] or _FIXED.search(purl)
    return ("package", purl.replace("pkg:npm/%40", "pkg:npm/@", 1)) if is_fixed else None
