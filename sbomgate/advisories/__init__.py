"""What advisory databases say of components: known malicious, known vulnerable. Offline, from a store that an import makes.

`match` is the whole of it for a scan; `importing` makes the store, `updates` fetches what is imported. Nothing of this is loaded unless a
scan is told to use advisories.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sbomgate.model import AdvisorySource, Component, Match, Origin, Problem

if TYPE_CHECKING:
    from sbomgate.advisories.store import Detail, Row, Store

Package = tuple[str, str]


def match(components: Iterable[Component], store: Store) -> tuple[Match, ...]:
    """What the records of `store` say of `components`, each defect of each purl once, ordered; CollectError if the store is damaged."""
    wanted: dict[tuple[str, str, str, str], None] = {}
    for item in components:
        if item.ecosystem in ("pypi", "npm") and _is_published(item):
            wanted[item.purl, item.ecosystem, item.name, item.version] = None
    rows = store.affecting(dict.fromkeys((ecosystem, name) for _, ecosystem, name, _ in wanted))
    judged = [
        (purl, ecosystem, version, hits)
        for purl, ecosystem, name, version in wanted
        if (ecosystem, name) in rows and (hits := _judged(ecosystem, version, rows[ecosystem, name]))
    ]
    details = store.details(sorted({row.advisory for _, _, _, hits in judged for _, row, _ in hits}))
    return tuple(sorted(found for one in judged for found in _matches(*one, details)))


def source(store: Store) -> AdvisorySource:
    """What the reports tell of `store`."""
    return AdvisorySource("osv", store.path, store.facts.get("newest", ""), store.records(), int(store.facts.get("refused", "0")))


def unjudged(components: Iterable[Component], matches: Iterable[Match]) -> list[Problem]:
    """A Problem for each component that a record is about, but cannot be compared with: it may be affected."""
    places: dict[str, str] = {}
    for item in components:
        places.setdefault(item.purl, str(item.locations[0]))
    found: dict[str, list[Match]] = {}
    for one in matches:
        if one.state == "unjudged":
            found.setdefault(one.purl, []).append(one)
    return [
        Problem(
            path=places.get(purl, "."),
            where=purl,
            what=f"not known whether {', '.join(one.advisory for one in group[:5])}{' and more' if len(group) > 5 else ''} is about it: {group[0].reason}",
            fix="read the advisory, or import a corrected one",
        )
        for purl, group in found.items()
    ]


def _is_published(item: Component) -> bool:
    """Whether the component comes from where the advisories' packages do; the project itself and a local folder only share a name with one."""
    return item.origin is not Origin.PROJECT and not (item.source and item.source.kind == "path")


def _judged(ecosystem: str, version: str, rows: Sequence[Row]) -> list[tuple[str, Row, str]]:
    """(state, record, reason) of each record that is not plainly about other versions."""
    from sbomgate.advisories.matching import covers_everything, judge, unpacked

    found = []
    for row in rows:
        if not version:
            found.append(("affected" if covers_everything(unpacked(row.ranges)) else "possible", row, ""))
            continue
        judgement = judge(ecosystem, version, row.versions, unpacked(row.ranges))
        if judgement.affected:
            found.append(("affected", row, ""))
        elif judgement.flaw:
            found.append(("unjudged", row, judgement.flaw))
    return found


def _matches(purl: str, ecosystem: str, version: str, hits: Sequence[tuple[str, Row, str]], details: dict[str, Detail]) -> Iterable[Match]:
    from sbomgate.advisories.matching import by_defect, fixed_for, precedence, unpacked
    from sbomgate.advisories.severity import gravity

    if not version:  # every version of malware is malware; every version of anything else may yet not be the one that is meant
        hits = [
            ("possible" if state == "affected" and not details[row.advisory].malicious else state, row, why) for state, row, why in hits
        ]
    for group in by_defect([(row.advisory, _texts(details[row.advisory], "aliases")) for _, row, _ in hits]):
        members = [hits[number] for number in group]
        # what one record says for certain, no other one of the same defect makes uncertain
        state = min((state for state, _, _ in members), key=("affected", "possible", "unjudged").index)
        members = [hit for hit in members if hit[0] == state]
        told = [details[row.advisory] for _, row, _ in members]
        first = min(told, key=lambda detail: precedence(detail.id))
        ids = {detail.id for detail in told}.union(*(_texts(detail, "aliases") for detail in told))
        severities, ratings = _severities(members, told)
        grave = gravity(severities, ratings)
        lines = [(row.versions, unpacked(row.ranges)) for _, row, _ in members]
        yield Match(
            purl,
            state,
            first.id,
            (first.id, *sorted(ids - {first.id}, key=precedence)),
            any(detail.malicious for detail in told),
            *grave,
            fixed_for(ecosystem, version, lines) if version and state == "affected" else "",
            str(first.fields.get("summary", "")) or next((text for one in told if (text := str(one.fields.get("summary", "")))), ""),
            max(detail.modified for detail in told),
            first.source,
            members[0][2],
        )


def _texts(detail: Detail, name: str) -> list[str]:
    values: Any = detail.fields.get(name, ())
    return [str(value) for value in values]


def _severities(members: Sequence[tuple[str, Row, str]], told: Sequence[Detail]) -> tuple[list[tuple[str, str]], list[str]]:
    """The vectors of the records, and their databases' words; what a record says of this package goes before what it says of all."""
    severities: list[tuple[str, str]] = []
    ratings: list[str] = []
    for (_, row, _), detail in zip(members, told, strict=True):
        own, rating = json.loads(row.severity) if row.severity else ((), "")
        severities += [(str(kind), str(score)) for kind, score in own or detail.fields.get("severities", ())]
        ratings += [str(rating or detail.fields.get("rating", ""))]
    return severities, ratings
