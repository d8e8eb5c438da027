"""What VEX documents say of defects: that a component is not affected, or is, and why.

Sources: OpenVEX specification 0.2.0; CycloneDX 1.4 to 1.7, `vulnerabilities[].analysis`, "Vulnerability Exploitability eXchange", with the ranges of
`vers`. A
document is data of strangers: a claim without a reason is refused as OpenVEX demands, and of two claims the later one counts, of two of
the same time the graver one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from sbomgate.advisories import vers
from sbomgate.advisory_model import Analysis, Match
from sbomgate.errors import CollectError, UsageError
from sbomgate.model import Inventory, Problem
from sbomgate.purl import pattern

MAX_DOCUMENT: Final = 32 * 2**20
MAX_STATEMENTS: Final = 100_000
"""Claims of one document: a statement about three products is three."""
MAX_TOLD: Final = 20
_MAX_TEXT: Final = 500
_NAMED: Final = 3
STATES: Final = ("affected", "under_investigation", "fixed", "not_affected")
"""The graver one first."""
_CYCLONEDX: Final = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}
_JUSTIFICATIONS: Final = frozenset(
    {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }
)
_CYCLONEDX_JUSTIFICATIONS: Final = frozenset(
    {
        "code_not_present",
        "code_not_reachable",
        "requires_configuration",
        "requires_dependency",
        "requires_environment",
        "protected_by_compiler",
        "protected_at_runtime",
        "protected_at_perimeter",
        "protected_by_mitigating_control",
    }
)
_OPENVEX: Final = re.compile(r"https://openvex\.dev/ns(?:/v?0\.[0-9.]{1,8})?/?\Z")
_moment: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})").fullmatch
_BOM_LINK: Final = re.compile(r"urn:cdx:[0-9a-f-]{36}/[1-9][0-9]{0,9}#(.+)", re.DOTALL)


class Claim(NamedTuple):
    """What a document says of one defect in one product."""

    ids: frozenset[str]
    """Of the defect, upper case."""
    product: str
    """purl in our spelling; with no version it means all of them. Another identifier, as written, is none of ours."""
    within: str
    """The product that `product` is a part of, which must be here as well; empty if none is named."""
    versions: frozenset[str]
    """The versions of the product that are meant, where they stand apart."""
    ranges: tuple[vers.Range, ...]
    """Likewise, as ranges. Neither versions nor ranges: what `product` says."""
    analysis: Analysis
    time: float
    """Of the statement, in seconds since 1970."""


class Document(NamedTuple):
    """One VEX document."""

    path: str
    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]
    """Statements that were refused."""


class _WrongError(Exception):
    def __init__(self, what: str, where: str, fix: str = "") -> None:
        super().__init__(what, where, fix)
        self.what, self.where, self.fix = what, where, fix


def load(path: str) -> Document:
    """The VEX document in the file at `path`; UsageError if it is none. A statement that says nothing is a Problem, and left out."""
    from sbomgate.tree import parse_json, read_regular

    try:
        text = read_regular(os.path.realpath(path), MAX_DOCUMENT).decode("utf-8-sig")
        document = parse_json(text, path, _table)
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", path, "--vex") from error
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8", path, "--vex") from error
    except CollectError as error:
        raise UsageError(error.what, path, error.where, error.fix) from error
    try:
        return parse(document, path)
    except _WrongError as error:
        raise UsageError(error.what, path, error.where, error.fix) from error


def parse(document: Any, path: str) -> Document:
    """The VEX document that the parsed `document` states; raises `_WrongError` if it is none."""
    if not isinstance(document, dict):
        raise _WrongError("not a VEX document", "", "name a VEX document of CycloneDX or OpenVEX in JSON")
    if document.get("bomFormat") == "CycloneDX":
        rows, read = _rows(document, "vulnerabilities"), _cyclonedx(document)
    elif isinstance(document.get("@context"), str) and _OPENVEX.match(document["@context"]):
        rows, read = _rows(document, "statements"), _openvex(document)
    else:
        raise _WrongError("not a VEX document", "", "name a VEX document of CycloneDX or OpenVEX 0.2 in JSON")
    claims: list[Claim] = []
    problems: list[Problem] = []
    refused = 0
    for where, row in rows:
        try:
            claims += [one._replace(analysis=one.analysis._replace(place=f"{path}: {where}")) for one in read(row, where)]
        except _WrongError as error:
            refused += 1
            if refused <= MAX_TOLD:
                problems.append(Problem(path=path, where=error.where, what=f"VEX statement refused: {error.what}", fix=error.fix))
        if len(claims) > MAX_STATEMENTS:
            raise _WrongError(f"more than {MAX_STATEMENTS:,} statements", where)
    if refused > MAX_TOLD:
        problems.append(Problem(path=path, what=f"{refused - MAX_TOLD:,} more VEX statements were refused"))
    return Document(path, tuple(claims), tuple(problems))


def applied(matches: Iterable[Match], inventory: Inventory, documents: Sequence[Document]) -> tuple[Match, ...]:
    """`matches` with what `documents` say of them. Malware has no analysis: nobody's word makes it harmless."""
    by_id = _by_id(documents)
    here = _products(inventory)
    found = []
    for match in matches:
        if match.state == "affected" and not match.malicious:
            claims = {id(one): one for name in match.ids for one in by_id.get(name.upper(), ()) if _is_about(one, match.purl, here)}
            if claims:
                best = min(claims.values(), key=lambda one: (-one.time, STATES.index(one.analysis.state)))
                found.append(match._replace(analysis=best.analysis))
                continue
        found.append(match)
    return tuple(found)


def notes(inventories: Sequence[Inventory], documents: Sequence[Document]) -> list[str]:
    """For each document what it says that nothing here could use, on one line."""
    here = [_products(inventory) for inventory in inventories]
    every = set().union(*here)
    ids: dict[str, set[str]] = {}
    malicious: dict[str, set[str]] = {}
    for inventory in inventories:
        for match in inventory.matches:
            kind = malicious if match.malicious else ids
            kind.setdefault(match.purl, set()).update(name.upper() for name in match.ids)
    named: dict[str, set[str]] = {}
    for purl in (*ids, *malicious):
        for key in _spellings(purl):
            named.setdefault(key, set()).add(purl)
    found = []
    for document in documents:
        foreign, unknown, harmful = [], [], []
        for claim in document.claims:
            if claim.product not in every or (claim.within and claim.within not in every):
                foreign.append(claim)
                continue
            purls = [purl for purl in named.get(claim.product, ()) if _has_version(claim, purl)]
            if any(claim.ids & malicious.get(purl, set()) for purl in purls):
                harmful.append(claim)
            elif not any(claim.ids & ids.get(purl, set()) for purl in purls):
                unknown.append(claim)
        unused = [
            f"{len(claims):,} {why} ({_examples(claims)})"
            for claims, why in (
                (foreign, "about a product that was not found here"),
                (unknown, "about a vulnerability that no source told of this component"),
                (harmful, "about a malicious release, which no statement makes harmless"),
            )
            if claims
        ]
        if unused:
            total = len(foreign) + len(unknown) + len(harmful)
            found.append(f"{document.path}: {total:,} of {len(document.claims):,} VEX statements were not used: {'; '.join(unused)}")
        elif not document.claims:
            found.append(f"{document.path}: no VEX statement in it")
    return found


def _examples(claims: Sequence[Claim]) -> str:
    texts = [f"{min(one.ids)} in {one.product}" for one in claims[:_NAMED]]
    return ", ".join(texts) + (" and more" if len(claims) > _NAMED else "")


def _by_id(documents: Sequence[Document]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for document in documents:
        for claim in document.claims:
            for name in claim.ids:
                found.setdefault(name, []).append(claim)
    return found


def _products(inventory: Inventory) -> frozenset[str]:
    """Every name under which a product of `inventory` may be meant."""
    return frozenset(key for item in inventory.components for key in _spellings(item.purl))


def _spellings(purl: str) -> tuple[str, str]:
    return purl, purl.partition("?")[0].partition("@")[0]


def _is_about(claim: Claim, purl: str, here: frozenset[str]) -> bool:
    return claim.product in _spellings(purl) and _has_version(claim, purl) and (not claim.within or claim.within in here)


def _has_version(claim: Claim, purl: str) -> bool:
    if not claim.versions and not claim.ranges:
        return True
    name, _, version = purl.partition("?")[0].partition("@")
    version = unquote(version)
    return version in claim.versions or any(one.holds(name[4:].partition("/")[0], version) for one in claim.ranges)


# -- the two formats ---------------------------------------------------------------------------------------------------------


def _openvex(document: dict[str, Any]) -> Any:
    """What reads a statement of `document`."""
    for key in ("@id", "author", "timestamp", "version"):
        if key not in document:
            raise _WrongError("missing", key, "make it anew with a tool for OpenVEX")
    default = document.get("last_updated", document["timestamp"])
    _seconds(default, "timestamp")

    def read(row: dict[str, Any], where: str) -> Iterator[Claim]:
        defect = row.get("vulnerability")
        if isinstance(defect, str):  # version 0.0
            defect = {"name": defect}
        if not isinstance(defect, dict):
            raise _WrongError("expected an object with a name", f"{where}.vulnerability")
        ids = [_text(defect, "name", f"{where}.vulnerability"), *_texts(defect, "aliases", f"{where}.vulnerability")]
        state = _text(row, "status", where)
        if state not in STATES:
            raise _WrongError(f"{state[:40]!r} is no status", f"{where}.status", f"one of {', '.join(sorted(STATES))}")
        justification, impact = _text(row, "justification", where), _text(row, "impact_statement", where)
        action = _text(row, "action_statement", where)
        if justification and justification not in _JUSTIFICATIONS:
            raise _WrongError(
                f"{justification[:60]!r} is no justification", f"{where}.justification", f"one of {', '.join(sorted(_JUSTIFICATIONS))}"
            )
        if state == "not_affected" and not justification and not impact.strip():
            raise _WrongError("not affected, and it does not say why", where, "add a justification or an impact_statement")
        if state == "affected" and not action.strip():
            raise _WrongError("affected, and it does not say what to do", where, "add an action_statement")
        detail = impact if state == "not_affected" else action or _text(row, "status_notes", where)
        analysis = Analysis(state, justification if state == "not_affected" else "", detail[:_MAX_TEXT])
        time = _seconds(row.get("last_updated", row.get("timestamp", default)), f"{where}.timestamp")
        products = _rows(row, "products", where)
        if not products:
            raise _WrongError("it names no product", where, "add products with a purl each")
        for place, product in products:
            names = _names(product, place)
            parts = _rows(product, "subcomponents", place)
            pairs = (
                [(part, name) for name in names for one, row_ in parts for part in _names(row_, one)]
                if parts
                else [(name, "") for name in names]
            )
            for name, within in pairs:
                yield _claim(ids, name, within, analysis, time, where)

    return read


def _names(product: dict[str, Any], where: str) -> list[str]:
    """The purl of a product, else what else it is called."""
    identifiers = product.get("identifiers")
    purl = identifiers.get("purl") if isinstance(identifiers, dict) else None
    name = purl if isinstance(purl, str) else _text(product, "@id", where)
    if not name:
        raise _WrongError("it has neither an @id nor a purl", where)
    return [name]


def _cyclonedx(document: dict[str, Any]) -> Any:
    """What reads an entry of `vulnerabilities`."""
    purls: dict[str, str] = {}
    for _, row in _rows(document, "components"):
        ref, purl = row.get("bom-ref"), row.get("purl")
        if isinstance(ref, str) and isinstance(purl, str):
            purls[ref] = purl
    metadata = document.get("metadata")
    stated = metadata.get("timestamp") if isinstance(metadata, dict) else None
    default = _seconds(stated, "metadata.timestamp") if stated is not None else 0.0

    def read(row: dict[str, Any], where: str) -> Iterator[Claim]:
        if "analysis" not in row:
            return  # a record of a defect, and no claim about it
        analysis = row["analysis"]
        if not isinstance(analysis, dict):
            raise _WrongError("expected an object", f"{where}.analysis")
        place = f"{where}.analysis"
        state = _text(analysis, "state", place)
        if not state:
            return  # our own documents say so of what an allowlist accepts: nobody claims anything
        if state not in _CYCLONEDX:
            raise _WrongError(f"{state[:40]!r} is no state", f"{place}.state", f"one of {', '.join(sorted(_CYCLONEDX))}")
        justification, detail = _text(analysis, "justification", place), _text(analysis, "detail", place)
        if justification and justification not in _CYCLONEDX_JUSTIFICATIONS:
            raise _WrongError(
                f"{justification[:60]!r} is no justification",
                f"{place}.justification",
                f"one of {', '.join(sorted(_CYCLONEDX_JUSTIFICATIONS))}",
            )
        if _CYCLONEDX[state] == "not_affected" and not justification and not detail.strip():
            raise _WrongError("not affected, and it does not say why", place, "add a justification or a detail")
        ids = [_text(row, "id", where), *(_text(one, "id", at) for at, one in _rows(row, "references", where))]
        # `lastUpdated` and `firstIssued` of the analysis are of 1.5 and later
        moments = [analysis.get("lastUpdated"), analysis.get("firstIssued"), row.get("updated")]
        time = next((_seconds(one, f"{place}.lastUpdated") for one in moments if one is not None), default)
        claimed = Analysis(_CYCLONEDX[state], justification, detail[:_MAX_TEXT])
        affects = _rows(row, "affects", where)
        if not affects:
            raise _WrongError("it names no product", where, "add affects with a ref each")
        for at, one in affects:
            ref = _text(one, "ref", at)
            link = _BOM_LINK.fullmatch(ref)
            ref = unquote(link[1]) if link else ref
            listed = _rows(one, "versions", at)
            meant = [(there, entry) for there, entry in listed if _is_meant(entry, claimed.state, there)]
            versions = frozenset(text for there, entry in meant if (text := _text(entry, "version", there)))
            ranges = tuple(_range(text, there) for there, entry in meant if (text := _text(entry, "range", there)))
            if listed and not versions and not ranges:
                continue  # it speaks of versions, and none of them is one that the claim is about
            yield _claim(ids, purls.get(ref, ref), "", claimed, time, where, versions, ranges)

    return read


def _is_meant(entry: dict[str, Any], state: str, where: str) -> bool:
    """Whether an entry of `affects[].versions` is one that a claim of `state` is about.

    `affected`, the default, only says that the record of the defect has this version; the analysis is about it all the same.
    """
    status = _text(entry, "status", where)
    if status not in ("", "affected", "unaffected", "unknown"):
        raise _WrongError(f"{status[:40]!r} is no status", f"{where}.status", "one of affected, unaffected, unknown")
    if not entry.get("version") and not entry.get("range"):
        raise _WrongError("it names neither a version nor a range", where)
    return status != "unaffected" or state in ("fixed", "not_affected")


def _range(text: str, where: str) -> vers.Range:
    try:
        return vers.parse(text)
    except ValueError as error:
        raise _WrongError(f"{text[:60]!r} is no range: {error}", f"{where}.range", "write it as `vers:pypi/>=1.0|<2.0`") from error


def _claim(
    ids: Iterable[str],
    product: str,
    within: str,
    analysis: Analysis,
    time: float,
    where: str,
    versions: frozenset[str] = frozenset(),
    ranges: tuple[vers.Range, ...] = (),
) -> Claim:
    names = frozenset(name.upper() for name in ids if name)
    if not names:
        raise _WrongError("it names no vulnerability", where)
    if not product:
        raise _WrongError("it names no product", where)
    return Claim(names, pattern(product), pattern(within), versions, ranges, analysis, time)


# -- what may be wrong with it -----------------------------------------------------------------------------------------------


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which no key stands twice: readers differ in which of the two counts."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("an object has one key twice")
    return table


def _rows(row: dict[str, Any], key: str, where: str = "") -> list[tuple[str, dict[str, Any]]]:
    """(place, object) of each entry of the array `key`; none if there is no such member."""
    place = f"{where}.{key}" if where else key
    values = row.get(key)
    if values is None:
        return []
    if not isinstance(values, list):
        raise _WrongError(f"expected an array, found {type(values).__name__}", place)
    if len(values) > MAX_STATEMENTS:
        raise _WrongError(f"more than {MAX_STATEMENTS:,} entries", place)
    for i, value in enumerate(values):
        if not isinstance(value, dict):
            raise _WrongError(f"expected an object, found {type(value).__name__}", f"{place}[{i}]")
    return [(f"{place}[{i}]", value) for i, value in enumerate(values)]


def _text(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise _WrongError(f"expected a string, found {type(value).__name__}", f"{where}.{key}")
    return value


def _texts(row: dict[str, Any], key: str, where: str) -> list[str]:
    values = row.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _WrongError("expected an array of strings", f"{where}.{key}")
    return values


def _seconds(value: Any, where: str) -> float:
    from datetime import datetime

    try:
        if isinstance(value, str) and _moment(value):
            return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        pass
    raise _WrongError(f"{str(value)[:40]!r} is no time", where, "write it as 2026-01-31T12:00:00Z")
