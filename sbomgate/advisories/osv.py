"""One record of the Open Source Vulnerability format, checked and cut down to what matching and a report need.

Source: OSV schema 1.7 (records of any 1.x are read). A record is data of strangers: whatever is of another type than the
schema says is refused with its place, and every list and text has a limit.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

from sbomgate.errors import CollectError
from sbomgate.purl import canonical_name
from sbomgate.text import without_surrogates

ECOSYSTEMS: Final = {"PyPI": "pypi", "npm": "npm"}
"""The ecosystems that are kept, by their names in the schema."""
MAX_RECORD: Final = 8 * 2**20
"""Bytes; the longest records list some thousand versions, which is a tenth of this."""
MAX_LIST: Final = 20_000
"""Entries of one list of a record: versions, events, affected packages."""
MAX_REFERENCES: Final = 10
_MAX_SUMMARY: Final = 500
_MAX_TEXT: Final = 512

_id: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}").fullmatch
_time: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)Z").fullmatch
_name: Final = re.compile(r"[!-~]{1,256}").fullmatch
_version: Final = re.compile(r"[!-~](?:[ -~]{0,510}[!-~])?").fullmatch
EVENTS: Final = frozenset({"introduced", "fixed", "last_affected", "limit"})


class Affected(NamedTuple):
    """What a record says of one package."""

    ecosystem: str
    """`pypi` · `npm`."""
    name: str
    """PyPI: normalised (PEP 503); npm: as it is."""
    versions: tuple[str, ...]
    """As written."""
    ranges: tuple[tuple[tuple[str, str], ...], ...]
    """The events of each range, (kind, version); ranges of commits are left out."""
    severities: tuple[tuple[str, str], ...] = ()
    """(type, score), where this package has its own."""
    rating: str = ""
    git_only: bool = False
    """Only ranges of commits, and no versions: nothing can be said about a release."""


class Advisory(NamedTuple):
    """One defect, or one piece of malware, as one database tells it."""

    id: str
    modified: str
    """RFC 3339 without the `Z`: so texts are in the order of the times."""
    published: str
    withdrawn: str
    """When it was withdrawn; empty if it stands."""
    malicious: bool
    aliases: tuple[str, ...]
    related: tuple[str, ...]
    upstream: tuple[str, ...]
    summary: str
    severities: tuple[tuple[str, str], ...]
    """(type, score): `CVSS_V3` and a vector, for example."""
    rating: str
    """The word of the database for the severity; empty if it has none."""
    references: tuple[str, ...]
    affected: tuple[Affected, ...]
    """Of our ecosystems."""
    others: int
    """Affected packages of other ecosystems."""


_decoded: Final = json.JSONDecoder().decode  # what `json.loads` comes to, record by record


class NoRecordError(CollectError):
    """JSON that is something else altogether: it has neither `id` nor `modified`."""


def parse(data: bytes, place: str) -> Advisory:
    """The record in `data`; CollectError with its place if it is none, NoRecordError if it is JSON of something else."""
    if len(data) > MAX_RECORD:
        raise CollectError(f"record of more than {MAX_RECORD:,} bytes", place)
    try:
        document = _decoded(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CollectError(f"not valid JSON ({str(error)[:120] or 'nested too deeply'})", place) from None
    return advisory(document, place)


def advisory(document: Any, place: str) -> Advisory:
    """The record that `document` states; raises as `parse` does."""
    try:
        return _advisory(document, place)
    except _WrongError as error:
        raise CollectError(error.what, place, error.where, "tell the database it comes from; the others are not touched") from None


class _WrongError(Exception):
    def __init__(self, what: str, where: str) -> None:
        super().__init__(what, where)
        self.what, self.where = what, where


def _advisory(document: Any, place: str) -> Advisory:
    if not isinstance(document, dict) or ("id" not in document and "modified" not in document):
        raise NoRecordError("no OSV record", place)
    schema = document.get("schema_version", "1.0.0")
    if not isinstance(schema, str) or not schema.startswith("1."):
        raise _WrongError(f"schema version {str(schema)[:40]!r} is not known", "schema_version")
    name = document.get("id")
    if not isinstance(name, str) or not _id(name):
        raise _WrongError("missing, or no identifier", "id")
    aliases = _ids(document, "aliases")
    specific = document.get("database_specific")
    if specific is not None and not isinstance(specific, dict):
        raise _WrongError("expected object", "database_specific")
    affected: list[Affected] = []
    others = 0
    for i, row in enumerate(_list(document, "affected", "")):
        one = _affected(row, i)
        if one is None:
            others += 1
        else:
            affected.append(one)
    return Advisory(
        name,
        _moment(document, "modified", needed=True),
        _moment(document, "published"),
        _moment(document, "withdrawn"),
        name.startswith("MAL-") or any(alias.startswith("MAL-") for alias in aliases) or "malicious-packages-origins" in (specific or ()),
        aliases,
        _ids(document, "related"),
        _ids(document, "upstream"),
        _text(document, "summary")[:_MAX_SUMMARY],
        _severities(document, ""),
        _rating(specific),
        _references(document),
        tuple(affected),
        others,
    )


def _affected(row: Any, i: int) -> Affected | None:
    """What the record says of one package; None if that is of another ecosystem, or no package at all."""
    if not isinstance(row, dict):
        raise _WrongError(f"expected object, found {type(row).__name__}", f"affected[{i}]")
    package = row.get("package")
    if package is None:
        return None
    if not isinstance(package, dict):
        raise _WrongError("expected object", f"affected[{i}].package")
    ecosystem, name = package.get("ecosystem"), package.get("name")
    if not isinstance(ecosystem, str) or not isinstance(name, str):
        raise _WrongError("ecosystem or name is missing, or no text", f"affected[{i}].package")
    ours = ECOSYSTEMS.get(ecosystem.partition(":")[0])
    if ours is None:
        return None
    if not _name(name):
        raise _WrongError(f"{name[:80]!r} is no name of a package", f"affected[{i}].package.name")
    where = f"affected[{i}]."
    versions = _list(row, "versions", where)
    for version in versions:
        if type(version) is not str or not _version(version):
            raise _WrongError(f"{str(version)[:80]!r} is no version", f"{where}versions")
    ranges = []
    git = False
    for j, one in enumerate(_list(row, "ranges", where)):
        kind = one.get("type") if isinstance(one, dict) else None
        if kind == "GIT":
            git = True
        elif kind in ("SEMVER", "ECOSYSTEM"):
            ranges.append(_events(one, f"{where}ranges[{j}]."))
        else:
            raise _WrongError(f"{str(kind)[:40]!r} is no type of a range", f"{where}ranges[{j}].type")
    own = row.get("database_specific")
    return Affected(
        ours,
        canonical_name(name) if ours == "pypi" else name,
        tuple(versions),
        tuple(ranges),
        _severities(row, where) if "severity" in row else (),
        _rating(own) if isinstance(own, dict) else "",
        git and not ranges and not versions,
    )


def _events(row: dict[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    found = []
    for k, event in enumerate(_list(row, "events", where)):
        if not isinstance(event, dict):
            raise _WrongError("expected object", f"{where}events[{k}]")
        kinds = list(event) if len(event) == 1 else [kind for kind in event if kind in EVENTS]
        if len(kinds) != 1 or kinds[0] not in EVENTS:
            raise _WrongError(f"expected one of {', '.join(sorted(EVENTS))}", f"{where}events[{k}]")
        version = event[kinds[0]]
        if type(version) is not str or not _version(version):
            raise _WrongError(f"{str(version)[:80]!r} is no version", f"{where}events[{k}].{kinds[0]}")
        found.append((kinds[0], version))
    return tuple(found)


def _list(row: dict[str, Any], key: str, where: str) -> list[Any]:
    value = row.get(key)
    if type(value) is list and len(value) <= MAX_LIST:
        return value
    if value is None:
        return []
    if not isinstance(value, list):
        raise _WrongError(f"expected array, found {type(value).__name__}", where + key)
    raise _WrongError(f"more than {MAX_LIST:,} entries", where + key)


def _ids(row: dict[str, Any], key: str) -> tuple[str, ...]:
    values = _list(row, key, "")
    for value in values:
        if not isinstance(value, str) or not _id(value):
            raise _WrongError(f"{str(value)[:80]!r} is no identifier", key)
    return tuple(values)


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _WrongError(f"expected string, found {type(value).__name__}", key)
    return value if value.isascii() else without_surrogates(value)


def _moment(row: dict[str, Any], key: str, *, needed: bool = False) -> str:
    value = row.get(key)
    if value is None and not needed:
        return ""
    match = _time(value) if isinstance(value, str) else None
    if match is None:
        raise _WrongError(f"{str(value)[:40]!r} is no time in UTC, as 2026-01-31T12:00:00Z", key)
    return match[1]


def _severities(row: dict[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    found = []
    for k, one in enumerate(_list(row, "severity", where)):
        kind, score = (one.get("type"), one.get("score")) if isinstance(one, dict) else (None, None)
        if not isinstance(kind, str) or not isinstance(score, str) or len(kind) > _MAX_TEXT or len(score) > _MAX_TEXT:
            raise _WrongError("expected an object with type and score", f"{where}severity[{k}]")
        found.append((without_surrogates(kind), without_surrogates(score)))
    return tuple(found)


def _rating(specific: dict[str, Any] | None) -> str:
    """`database_specific.severity`: GHSA, for one, puts LOW, MODERATE, HIGH or CRITICAL there. Of no fixed form, so nothing else is refused."""
    value = (specific or {}).get("severity")
    return value.upper() if isinstance(value, str) and value.isascii() and value.isalpha() and len(value) <= 20 else ""


def _references(document: dict[str, Any]) -> tuple[str, ...]:
    urls = [one.get("url") for one in _list(document, "references", "")[:MAX_REFERENCES] if isinstance(one, dict)]
    return tuple([without_surrogates(url) for url in urls if isinstance(url, str) and len(url) <= _MAX_TEXT])
