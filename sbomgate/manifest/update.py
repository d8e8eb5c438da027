"""A manifest written anew from what is there now, with what people wrote into the old one.

What a scan finds is always as the scan finds it. Everything else in the old document is somebody's work: it stays where
its component, service or file is still there, and what cannot stay is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sbomgate.errors import UsageError
from sbomgate.manifest.names import REASON, SERVER
from sbomgate.manifest.nouns import Change
from sbomgate.purl import without_version

GUARDED: Final = (
    "content", "hash", "hook-added", "hook-changed", "server-added", "server-changed",
    "agent-command-added", "agent-command-changed", "agent-allow-added", "agent-deny-removed", "agent-option-added", "agent-option-changed",
)  # fmt: skip
"""Changes that need somebody's word: code that runs unasked, another content under a version that was known, an agent that may do more."""
_DOCUMENT: Final = frozenset(
    ("$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "services", "dependencies", "compositions")
)
"""Members of the document that are always as the scan finds them. A `signature` is of the old bytes."""
_FOUND: Final = frozenset((
    "bom-ref", "type", "group", "name", "version", "versionRange", "isExternal", "scope", "hashes", "purl", "evidence", "endpoints",
    "x-trust-boundary", "authenticated",
))  # fmt: skip
"""Members of a component or service that a scan finds or does not: an old one would be a lie."""
_DESCRIBED: Final = frozenset((
    "description", "supplier", "manufacturer", "publisher", "author", "authors", "licenses", "copyright", "cpe", "swid", "omniborId",
    "swhid", "externalReferences", "pedigree", "releaseNotes", "modelCard", "data", "cryptoProperties", "signature",
))  # fmt: skip
"""Members that describe one version: they stay with it, not with the next one."""
_ROWS: Final = ("components", "services")


class Update(NamedTuple):
    """A document that may be written, or what keeps it from being."""

    document: dict[str, Any]
    lost: tuple[str, ...]
    """What somebody wrote into the old document and has no place in the new one, one sentence each."""


def refused(changes: Iterable[Change], accepted: Sequence[str], *, everything: bool) -> list[Change]:
    """The changes that nobody accepted; UsageError for an accepted subject of which there is no change."""
    found = list(changes)
    subjects = {change.subject for change in found}
    for subject in accepted:
        if subject not in subjects:
            guarded = sorted({change.subject for change in found if change.kind in GUARDED})
            named = f"one of {', '.join(guarded[:5])}" if guarded else "leave --accept out"
            raise UsageError(f"--accept {subject!r}: nothing of that name has changed", fix=named)
    return [
        change
        for change in found
        if change.kind in GUARDED and change.direction != "within" and change.subject not in accepted and not everything
    ]


def updated(old: Mapping[str, Any], new: Mapping[str, Any], reasons: Mapping[str, str]) -> Update:
    """`new` with what people wrote into `old`, and with `reasons`: subject of a change → why it was accepted."""
    lost: list[str] = []
    document = {**new, **{key: value for key, value in old.items() if key not in new and key not in _DOCUMENT and key != "signature"}}
    if "signature" in old:
        lost.append("signature: it was of the old document")
    before, after = old.get("metadata"), new.get("metadata")
    if isinstance(before, dict) and isinstance(after, dict):
        metadata = {**after, **{key: value for key, value in before.items() if key not in after and key not in ("timestamp", "lifecycles")}}
        document["metadata"] = _with_properties(metadata, _own_properties(before))
    for key in _ROWS:
        if key in new or key in old:
            document[key] = _rows(_tables(old.get(key)), _tables(new.get(key)), reasons, lost)
    document = {key: value for key, value in document.items() if key in new or value != []}
    return Update(document, tuple(lost))


def _rows(old: list[dict[str, Any]], new: list[dict[str, Any]], reasons: Mapping[str, str], lost: list[str]) -> list[dict[str, Any]]:
    """`new` with the additions to the same rows of `old`: those of one name and version, else the only one of that name."""
    exact = {_identity(row): row for row in old}
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in old:
        by_name.setdefault(_name(row), []).append(row)
    here = {_identity(row) for row in new}
    names: dict[str, int] = {}
    for row in new:
        names[_name(row)] = names.get(_name(row), 0) + 1
    used = set()
    result = []
    for row in new:
        before = exact.get(_identity(row))
        is_same = before is not None
        if before is None:
            candidates = [item for item in by_name.get(_name(row), ()) if _identity(item) not in here]
            before = candidates[0] if len(candidates) == 1 and names[_name(row)] == 1 else None
        kept = dict(row)
        if before is not None:
            used.add(_identity(before))
            kept.update(
                {
                    key: value
                    for key, value in before.items()
                    if key not in row and key not in _FOUND and key not in _ROWS and (is_same or key not in _DESCRIBED)
                }
            )
            kept = _with_properties(kept, _own_properties(before))
            for key in _ROWS:
                if key in row:
                    kept[key] = _rows(_tables(before.get(key)), _tables(row[key]), {}, lost)
        if reason := reasons.get(_identity(row)):
            kept = _with_properties(kept, [{"name": REASON, "value": reason}])
        result.append(kept)
    for row in old:
        if _identity(row) not in used and (own := _own_properties(row)):
            told = "; ".join(f"{item.get('name', '')}: {item.get('value', '')}" for item in own)
            lost.append(f"{_identity(row)} is no longer there, and with it {told}")
    return result


def _identity(row: Mapping[str, Any]) -> str:
    """The subject that a change of this row has: the key of a server, the purl of a package, the name of a file."""
    for item in _tables(row.get("properties")):
        if item.get("name") == f"{SERVER}key":
            return str(item.get("value"))
    return str(row.get("purl") or row.get("name", ""))


def _name(row: Mapping[str, Any]) -> str:
    return without_version(_identity(row)) if row.get("purl") else _identity(row)


def _own_properties(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The properties that no scan writes."""
    names = ((item, str(item.get("name", ""))) for item in _tables(row.get("properties")))
    return [item for item, name in names if name == REASON or not name.startswith(("sbomgate:", "cdx:", "bsi:"))]


def _with_properties(row: dict[str, Any], added: list[dict[str, Any]]) -> dict[str, Any]:
    present = _tables(row.get("properties"))
    rows = [*present, *(item for item in added if item not in present)]
    return {**row, "properties": sorted(rows, key=lambda item: str(item.get("name")))} if added else row


def _tables(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
