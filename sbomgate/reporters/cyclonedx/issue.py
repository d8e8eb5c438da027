"""Which issue of a document this is: serial number, version, time.

A serial number stands for one subject, so that its successive issues are related; the version counts them. What is the same
as before in all but these three is the same issue. Sources: CycloneDX, `serialNumber` and `version`; RFC 9562, version 5.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, Final, NamedTuple

from sbomgate.errors import CollectError, UsageError
from sbomgate.model import Parties
from sbomgate.reporters.cyclonedx.subject import Subject, identity_of

MAX_DOCUMENT: Final = 256 * 2**20
_NAMESPACE: Final = "6f3c1f0e-5a34-5a0b-9c43-6c1d0a5b7e21"
"""Of our serial numbers; any fixed one will do."""
_SERIAL: Final = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_MAX_VERSION: Final = 2**31
_XML: Final = re.compile(
    r'<bom xmlns="http://cyclonedx\.org/schema/bom/1\.[0-9]+" serialNumber="([^"]*)" version="([0-9]{1,10})">\n  <metadata>\n'
)
_XML_TIME: Final = re.compile(r"    <timestamp>([^<]*)</timestamp>\n")
_XML_ROOT: Final = re.compile(r'\n    <component type="([^"]*)" bom-ref="([^"]*)">\n(.*?)\n    </component>\n', re.DOTALL)
_XML_TEXT: Final = "\n      <{0}>([^<]*)</{0}>"


class Issue(NamedTuple):
    """What tells one issue of a document from another. Empty: it has none."""

    serial: str = ""
    version: int = 1
    timestamp: str = ""


class Previous(NamedTuple):
    """An earlier document."""

    issue: Issue
    subject: tuple[str, str, str]
    text: str
    """The document as it was written, to see whether anything has changed."""


def first_issue(subject: Subject, parties: Parties) -> Issue:
    """The first one, now.

    The serial number of a project, or of whatever else somebody named answers for, follows from these names: the same on
    every machine. A folder called `.venv` is not known by its name, so that its number is random.
    """
    from uuid import UUID, uuid4, uuid5

    people = [party for party in (parties.supplier, parties.manufacturer, *parties.authors) if party]
    if not people and subject.file is not None:
        people = [*subject.file.authors]
    if not subject.ecosystem and not people:
        return Issue(f"urn:uuid:{uuid4()}", 1, now())
    names = [*subject.identity, *(text for party in people for text in (party.name, party.email, party.url))]
    return Issue(f"urn:uuid:{uuid5(UUID(_NAMESPACE), json.dumps(names))}", 1, now())


def now() -> str:
    """The time of SOURCE_DATE_EPOCH, else of the clock, UTC; UsageError if the former is none."""
    return given_time() or _moment(None)


def given_time() -> str:
    """The time of SOURCE_DATE_EPOCH; empty if it is not set to a number."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return _moment(epoch) if epoch.isdecimal() else ""


def _moment(epoch: str | None) -> str:
    from datetime import UTC, datetime

    try:
        moment = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH is no time ({(epoch or '')[:40]!r})", fix="set it to seconds since 1970") from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def read_previous(path: str) -> Previous | None:
    """The document in the file at `path`, if it has a serial number and a subject; None if it is no such document; OSError."""
    from sbomgate.tree import parse_json, read_regular

    try:
        text = read_regular(os.path.realpath(path), MAX_DOCUMENT).decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if text.startswith("<?xml"):
        return _of_xml(text)
    head, found, _ = text.partition(',\n  "components": [')  # our own layout: the rest need not be parsed
    try:
        document = parse_json(head + "}", path) if found else parse_json(text, path)
    except CollectError:
        return None
    return _of_json(document, text)


def previous_at(path: str) -> Previous | None:
    """The document that stands in the file at `path`, which is to be replaced; None if nothing there can be continued."""
    try:
        return read_previous(path) if os.path.isfile(path) else None
    except (OSError, CollectError):  # it is replaced, or refused when it is written
        return None


def _of_json(document: Any, text: str) -> Previous | None:
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX" or not isinstance(document.get("metadata"), dict):
        return None
    subject = identity_of(document["metadata"].get("component"))
    return _previous(document.get("serialNumber"), document.get("version", 1), document["metadata"].get("timestamp", ""), subject, text)


def _of_xml(text: str) -> Previous | None:
    """Only of our own layout: a document of another tool is not continued."""
    head = _XML.search(text, 0, 1000)
    if head is None:
        return None
    end = text.find("\n  </metadata>\n", head.end())
    time, root = _XML_TIME.match(text, head.end()), _XML_ROOT.search(text, head.end(), end if end > 0 else head.end())
    if root is None:
        return None
    from html import unescape

    row = {"type": root[1], "bom-ref": unescape(root[2])}
    for key in ("group", "name", "purl"):
        if match := re.search(_XML_TEXT.format(key), "\n" + root[3]):
            row[key] = unescape(match[1])
    return _previous(head[1], int(head[2]), time[1] if time else "", identity_of(row), text)


def _previous(serial: Any, version: Any, timestamp: Any, subject: tuple[str, str, str] | None, text: str) -> Previous | None:
    if not isinstance(serial, str) or not _SERIAL.match(serial) or subject is None or not isinstance(timestamp, str):
        return None
    if type(version) is not int or not 0 < version < _MAX_VERSION:
        return None
    return Previous(Issue(serial, version, timestamp), subject, text)


def is_continued(previous: Previous, subject: Subject) -> bool:
    """Whether `previous` is about the same subject. The kind of a target may differ by version: a platform is one since 1.5."""
    return previous.subject[1:] == subject.identity[1:]
