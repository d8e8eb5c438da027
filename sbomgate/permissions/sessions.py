"""Which rules meet in one session: those of a project's own files, of the person's, and of the organisation's.

A target may hold several projects, each with settings of its own: the folder that holds `.claude` (or `opencode.json`)
tells which. What is limited to an agent, a skill or a profile makes a session of its own, with everything that holds for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

from sbomgate.agent_model import AgentFile, AgentOption, PermissionRule

MAX_SESSIONS: Final = 500
MAX_RULES: Final = 20_000
"""Rules of one session that are looked at."""
_EVERYWHERE: Final = ("user", "managed")
PRECEDENCE: Final = ("managed", "ci", "repo-local", "repo", "plugin", "user")
"""Scopes, the one that wins first, as most clients have it."""


class Session(NamedTuple):
    """Everything that decides in one session of a client."""

    client: str
    part: str
    """Where one client's files are read by two programs: which of them; see `clients.PARTS`."""
    project: str
    """The folder, relative to the target; empty for the target itself."""
    only_for: str
    files: tuple[AgentFile, ...]
    rules: tuple[PermissionRule, ...]
    """In force and not, in the order of scopes, files and lines."""
    options: tuple[AgentOption, ...]


def project_of(path: str) -> str:
    """The folder of the project that the settings at `path` belong to."""
    parts = path.split("/")
    for at, part in enumerate(parts[:-1]):
        if part.startswith(".") and part not in (".", "..") and len(part) > 1:
            return "/".join(parts[:at])
    return "/".join(parts[:-1])


def _home(item: AgentFile | PermissionRule | AgentOption) -> str | None:
    """The project of `item`; None for what holds in all of them."""
    if item.scope in _EVERYWHERE or item.location.path.startswith(("~/", "/")):
        return None
    return project_of(item.location.path)


_Limited = TypeVar("_Limited", PermissionRule, AgentOption)


def _by_limit(items: Iterable[_Limited]) -> dict[str, list[_Limited]]:
    found: dict[str, list[_Limited]] = {}
    for item in items:
        found.setdefault(item.only_for, []).append(item)
    return found


def _precedes(item: AgentOption) -> tuple[int, str, str]:
    rank = PRECEDENCE.index(item.scope) if item.scope in PRECEDENCE else len(PRECEDENCE)
    return rank, item.location.path, item.key


def _in_order(item: PermissionRule) -> tuple[int, str, int]:
    """From the scope that gives way to the one that wins, for clients in which the last rule decides."""
    rank = PRECEDENCE.index(item.scope) if item.scope in PRECEDENCE else len(PRECEDENCE)
    return -rank, item.location.path, item.order


def sessions(
    files: Iterable[AgentFile], rules: Iterable[PermissionRule], options: Iterable[AgentOption], client: str = ""
) -> tuple[Session, ...]:
    """The sessions that the nouns tell of, sorted; `client`: of that one alone."""
    from sbomgate.permissions.clients import PARTS, SEMANTICS, part_of

    by_client: dict[str, tuple[list[AgentFile], list[PermissionRule], list[AgentOption]]] = {
        name: ([], [], []) for name in sorted(SEMANTICS) if client in ("", name)
    }
    for file in files:
        if file.client in by_client:
            by_client[file.client][0].append(file)
    for rule in rules:
        if rule.client in by_client:
            by_client[rule.client][1].append(rule)
    for option in options:
        if option.client in by_client:
            by_client[option.client][2].append(option)
    found: list[Session] = []
    for name, (own, own_rules, own_options) in by_client.items():
        homes = [_home(file) for file in own] + [_home(rule) for rule in own_rules] + [_home(option) for option in own_options]
        if not homes:
            continue
        projects = {home for home in homes if home is not None} or {""}
        for project in sorted(projects):
            there = (None, project)
            rules_there = [item for item in own_rules if _home(item) in there]
            options_there = [item for item in own_options if _home(item) in there]
            files_there = tuple(item for item in own if _home(item) in there)
            rules_for, options_for = _by_limit(rules_there), _by_limit(options_there)
            for only_for in sorted({"", *rules_for, *options_for}):
                limits = dict.fromkeys(("", only_for))
                held = sorted((item for limit in limits for item in rules_for.get(limit, ())), key=_in_order)
                chosen = sorted((item for limit in limits for item in options_for.get(limit, ())), key=_precedes)
                for part in PARTS.get(name, ("",)):
                    rules_of = tuple(item for item in held if part_of(name, item.key) in ("", part))
                    found.append(Session(name, part, project, only_for, files_there, rules_of[:MAX_RULES], tuple(chosen)))
                    if len(found) >= MAX_SESSIONS:
                        return tuple(found)
    return tuple(found)
