"""The names and keys by which a manifest tells what CycloneDX has no field for, so that writer and reader cannot drift apart."""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sbomgate.model import Inventory, Location, Server, StartupHook

if TYPE_CHECKING:
    from sbomgate.agent_model import AgentCommand, AgentOption, PermissionRule

HASH_NAMES: Final = {
    "md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
    "sha3_256": "SHA3-256", "sha3_384": "SHA3-384", "sha3_512": "SHA3-512",
}  # fmt: skip
"""hashlib's name → CycloneDX's, for the algorithms that both know."""
HASH_LENGTHS: Final = {
    "MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128, "SHA3-256": 64, "SHA3-384": 96, "SHA3-512": 128,
    "BLAKE2b-256": 64, "BLAKE2b-384": 96, "BLAKE2b-512": 128, "BLAKE3": 64, "Streebog-256": 64, "Streebog-512": 128,
}  # fmt: skip
"""Name of each algorithm of CycloneDX → hex digits of its digests."""
_INDEX: Final = re.compile(r"\[\d+\]")
_DIGEST_LENGTHS: Final = frozenset({32, 40, 64, 96, 128})
"""The digests that CycloneDX has a place for."""

AGENT: Final = "sbomgate:agent"
AUTHOR_SOURCE: Final = "sbomgate:author-source"
COMPLETE: Final = "sbomgate:complete"
CONTENT: Final = "sbomgate:content-digest"
GROUP: Final = "sbomgate:group"
HOOK: Final = "sbomgate:hook:"
INSTALLER: Final = "sbomgate:installer"
LICENCE_CONCLUDED: Final = "sbomgate:license:concluded"
LICENCE_FILE: Final = "sbomgate:license:file"
ORIGIN: Final = "sbomgate:origin"
PIN: Final = "sbomgate:pin"
PROBLEM: Final = "sbomgate:problem"
REASON: Final = "sbomgate:reason"
REQUIREMENT: Final = "sbomgate:requirement"
SERVER: Final = "sbomgate:server:"
SETTING: Final = "sbomgate:agents:"
UNKNOWN: Final = "sbomgate:unknown"
"""A field that the author of the document does not know; repeated, and never filled by an invented value."""

HOOK_FACTS: Final = ("kind", "sha256")
SERVER_FACTS: Final = ("auto-approved", "command-digest", "env-names", "launcher", "package", "pin", "requirement", "transport", "url")
SETTINGS: Final = ("allow", "ask", "command", "deny", "instruction", "option")
"""What is told of a file that agents read: rules by their effect, what runs unasked, switches, texts."""
IS: Final = " = "
"""Between what a setting is and its value."""
MAX_TOLD: Final = 200
"""Characters of a command that a manifest shows beside its digest."""


def is_digest(text: str) -> bool:
    """Whether `text` can be the content of a CycloneDX hash: lower-case hex of a length that the schema knows."""
    try:
        return len(text) in _DIGEST_LENGTHS and unhexlify(text).hex() == text  # a fifth of the time of looking at each character
    except ValueError:
        return False


def hook_key(path: str) -> str:
    """What names a hook wherever its environment lies: its path below the site folder."""
    return path.rpartition("-packages/")[2]


def server_key(client: str, path: str, name: str) -> str:
    """What names a server: the client, the file and the name in it."""
    return f"{client}:{path}#{name}"


def hook_facts(hook: StartupHook) -> tuple[tuple[str, str], ...]:
    """What must not change about a hook."""
    return tuple((key, value) for key, value in (("kind", hook.kind), ("sha256", hook.sha256)) if value)


def server_facts(server: Server) -> tuple[tuple[str, str], ...]:
    """What must not change about a server: never its secrets, they are not known here.

    Package and pin are those of the command alone: what a lockfile makes of it is no change of the server, and a
    configuration that is scanned by itself has none.
    """
    package, pin = server.written or (server.purl or server.package, server.pin)
    facts = {
        "auto-approved": server.auto_approved,
        "command-digest": server.command_digest,
        "env-names": " ".join(server.env_names),
        "launcher": server.launcher,
        "package": package,
        "pin": pin,
        "requirement": server.requirement,
        "transport": server.transport,
        "url": server.url,
    }
    return tuple((key, value) for key, value in facts.items() if value)


def setting_facts(inventory: Inventory) -> Iterator[tuple[Location, str, str]]:
    """(place, one of `SETTINGS`, text) of what agents' files say and their clients heed, secrets taken out by the collectors.

    A text is `client: what = value`, without the value for a rule; two that differ in the value only are one setting that
    changed.
    """
    for rule in inventory.permissions:
        if rule.in_force:
            yield rule.location, rule.effect, f"{_whose(rule)}: {rule.text}"
    for option in inventory.options:
        if option.in_force:
            value = f"{option.value} ({option.pin})" if option.pin else option.value
            key = _INDEX.sub("[]", option.key)  # an entry more above it changes nothing
            what = f"{option.kind} {option.name}" if option.name else f"{option.kind} {key}"
            yield option.location, "option", f"{_whose(option)}: {what}{IS}{value or 'set'}"
    for command in inventory.commands:
        if command.in_force:
            waits = f" {command.matcher}" if command.matcher else ""
            shown = command.text if len(command.text) <= MAX_TOLD else command.text[:MAX_TOLD] + "…"
            yield command.location, "command", f"{_whose(command)}: {command.event}{waits}{IS}sha256:{command.digest} {shown}"
    for text in inventory.instructions:
        yield text.location, "instruction", f"{','.join(text.clients)}: {text.kind} {text.name}".rstrip() + f"{IS}sha256:{text.sha256}"


def _whose(fact: AgentCommand | AgentOption | PermissionRule) -> str:
    return f"{fact.client}, {fact.only_for}" if fact.only_for else fact.client
