"""What the rules about permissions share: the evaluated sessions, and words for findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sbomgate.agent_model import AgentOption, PermissionRule
from sbomgate.permissions import Outlook, outlooks, said
from sbomgate.policy import Context
from sbomgate.text import printable

MODE_KINDS: Final = ("mode", "tools-approved", "edits-approved", "bypass-prompt-skipped")
_SHOWN: Final = 4
Cause = PermissionRule | AgentOption


def evaluated(context: Context) -> tuple[Outlook, ...]:
    """The outlook of every session; worked out once for all rules."""
    inventory = context.inventory
    return outlooks(inventory.agent_files, inventory.permissions, inventory.options)


def named(causes: Iterable[Cause]) -> str:
    """The rules or options as a message shows them, a few of many."""
    texts = list(dict.fromkeys(printable(said(cause), 120) for cause in causes))
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(f"`{text}`" for text in texts[:_SHOWN]) + more


def by_file(causes: Iterable[Cause]) -> Iterator[tuple[str, list[Cause]]]:
    """The causes of each client, scope, file and limit: one finding each. Yields whom it concerns, for the message."""
    groups: dict[tuple[str, str, str, str], list[Cause]] = {}
    for cause in causes:
        group = groups.setdefault((cause.location.path, cause.client, cause.scope, cause.only_for), [])
        if cause not in group:
            group.append(cause)
    for (_, client, _, only_for), found in sorted(groups.items()):
        found.sort(key=lambda cause: (cause.location.line, cause.key))
        yield f"{client}{f' ({printable(only_for, 100)})' if only_for else ''}", found


def lets_anything(context: Context) -> dict[tuple[str, str], list[Cause]]:
    """(client, path) → what in that file lets any command run: the subject of SG410, which the others leave alone."""
    found: dict[tuple[str, str], list[Cause]] = {}
    for outlook in evaluated(context):
        for cause in outlook.broad:
            group = found.setdefault((cause.client, cause.location.path), [])
            if cause not in group:
                group.append(cause)
    return found
