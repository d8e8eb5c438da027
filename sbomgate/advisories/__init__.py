"""What advisory databases say of components: known malicious, known vulnerable. Offline, from a store that an import makes; online, on request.

`ask` is the whole of it for a scan; `importing` makes the store, `updates` fetches what is imported, `pip_audit` and `osv_api` ask others,
`index` asks where the releases come from.
Nothing of this is loaded unless a scan is told to use advisories.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from sbomgate.advisory_model import AdvisorySource, Match, ReleaseState
from sbomgate.errors import CollectError
from sbomgate.model import Component, Inventory, Origin, Problem

if TYPE_CHECKING:
    from sbomgate.advisories.store import Detail, Row, Store

_STATES: Final = ("affected", "possible", "unjudged")


class Records(Protocol):
    """Where records are looked up: the store, or what a service answered."""

    def affecting(self, packages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Row]]: ...

    def details(self, names: Iterable[str]) -> dict[str, Detail]: ...


class Answer(NamedTuple):
    """What one source, or all of them, said."""

    matches: tuple[Match, ...] = ()
    sources: tuple[AdvisorySource, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    releases: tuple[ReleaseState, ...] = ()


def ask(
    inventory: Inventory,
    names: Sequence[str],
    *,
    db: str = "",
    url: str = "",
    command: str = "",
    online: bool = False,
    progress: Callable[..., None] | None = None,
) -> Answer:
    """What the sources `names` say of the components of `inventory`, each defect once; one that cannot be asked is a Problem.

    `db`: the store; `url`: of the service; `command`: pip-audit. `online`: whether the network may be used.
    """
    matches: list[Match] = []
    sources: list[AdvisorySource] = []
    problems: list[Problem] = []
    notes: list[str] = []
    releases: list[ReleaseState] = []
    for name in names:
        try:
            answer = _asked(name, inventory, db, url, command, online=online, progress=progress)
        except CollectError as error:
            # the store is no file of the target, so that its path may not be read as one
            place = os.path.abspath(error.path) if error.path and "://" not in error.path else error.path
            problems.append(Problem(path=place or ".", where=error.where, what=f"advisories: {name}: {error.what}", fix=error.fix))
            continue
        matches += answer.matches
        sources += answer.sources
        problems += answer.problems
        notes += answer.notes
        releases += answer.releases
    found = merged(matches)
    return Answer(found, tuple(sources), (*problems, *unjudged(inventory.components, found)), tuple(notes), tuple(releases))


def _asked(
    name: str, inventory: Inventory, db: str, url: str, command: str, *, online: bool, progress: Callable[..., None] | None
) -> Answer:
    if name == "osv":
        return _of_store(inventory.components, db)
    if not online:
        fix = "add --online, or name the sources with --advisories"
        raise CollectError("the network may not be used unless it is asked for", fix=fix)
    if name == "pip-audit":
        from sbomgate.advisories.pip_audit import ask as ask_pip_audit

        return ask_pip_audit(published(inventory.components), command, inventory.target.path, progress)
    if name == "index":
        try:
            from sbomgate.advisories.index import ask as ask_indexes
        except ModuleNotFoundError as error:
            raise CollectError(f"needs {error.name}", fix='pip install "sbomgate[online]"') from error
        return ask_indexes(inventory, progress)
    from sbomgate.advisories.osv_api import ask as ask_service

    return ask_service(inventory.components, url, progress)


def merged(matches: Iterable[Match]) -> tuple[Match, ...]:
    """`matches`, those of one component that share an id as one: what is certain before what is not, and the source that says more first."""
    from sbomgate.advisories.matching import by_defect, precedence

    groups: dict[str, list[Match]] = {}
    for one in matches:
        groups.setdefault(one.purl, []).append(one)
    found = []
    for group in groups.values():
        for numbers in by_defect([(one.advisory, one.ids) for one in group]):
            members = sorted((group[number] for number in numbers), key=lambda one: _STATES.index(one.state))
            members = [one for one in members if one.state == members[0].state]
            if len(members) == 1:
                found.append(members[0])
                continue
            # a vector says more than a word, and that more than nothing
            first = min(members, key=lambda one: (not one.vector, not one.rating, not one.summary))
            ids = sorted({name for one in members for name in one.ids} - {first.advisory}, key=precedence)
            found.append(
                first._replace(
                    ids=(first.advisory, *ids),
                    malicious=any(one.malicious for one in members),
                    fixed=first.fixed or next((one.fixed for one in members if one.fixed), ""),
                    summary=first.summary or next((one.summary for one in members if one.summary), ""),
                    modified=max(one.modified for one in members),
                    source=" + ".join(dict.fromkeys(one.source for one in members)),
                )
            )
    return tuple(sorted(found))


def published(components: Iterable[Component]) -> list[Component]:
    """Those that an advisory can be about, each purl once."""
    found = {item.purl: item for item in components if item.ecosystem in ("pypi", "npm") and is_published(item)}
    return [found[purl] for purl in sorted(found)]


def _of_store(components: Iterable[Component], path: str) -> Answer:
    from sbomgate.advisories.store import Store, default_path

    with Store(path or default_path()) as store:
        told = source(store)
        notes = (f"{told.refused:,} records were refused when the advisory store was made",) if told.refused else ()
        return Answer(match(components, store), (told,), (), notes)


def match(components: Iterable[Component], store: Records) -> tuple[Match, ...]:
    """What the records of `store` say of `components`, each defect of each purl once, ordered; CollectError if the store is damaged."""
    wanted: dict[tuple[str, str, str, str], None] = {}
    for item in components:
        if item.ecosystem in ("pypi", "npm") and is_published(item):
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


def is_published(item: Component) -> bool:
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
