"""What a service with the API of OSV says of components.

It is told names and versions, in batches, and names records; each record is then fetched once, several at a time, read as strictly as one that is imported,
and compared by ourselves, so that a service and a store of the same records say the same. Source: OSV API, `POST /v1/querybatch` and
`GET /v1/vulns/{id}`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sbomgate.advisories import Answer, match, osv, published
from sbomgate.advisories.importing import record
from sbomgate.advisories.store import Detail, Row
from sbomgate.advisory_model import AdvisorySource
from sbomgate.errors import CollectError
from sbomgate.model import Component, Problem

if TYPE_CHECKING:
    from sbomgate.custody.download import Client

BATCH: Final = 500
"""Questions of one request; the API takes a thousand."""
MAX_PAGES: Final = 50
"""Of the answers to one batch."""
MAX_RECORDS: Final = 20_000
MAX_ANSWER: Final = 32 * 2**20
SECONDS: float = 900
"""For the questions, and again for the records."""
MAX_TOLD: Final = 10
_NAMES: Final = {ours: theirs for theirs, ours in osv.ECOSYSTEMS.items()}
_id: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}").fullmatch


def ask(components: Iterable[Component], url: str, progress: Callable[..., None] | None = None) -> Answer:
    """What the service at `url` says of `components`; CollectError if it cannot be asked. A record that cannot be read is a Problem."""
    if not url:
        raise CollectError("no service is named", where="--osv-url", fix="name it with --osv-url, or osv-url of [advisories] in the policy")
    wanted = published(components)
    if not wanted:
        return Answer()
    try:
        from sbomgate.custody.download import Client, Pool, RefusedError
        from sbomgate.custody.indexes import network
    except ModuleNotFoundError as error:
        raise CollectError(f"needs {error.name}", fix='pip install "sbomgate[online]"') from error
    base = url.rstrip("/").removesuffix("/v1")
    reach = network()
    found: dict[str, osv.Advisory] = {}
    refused: list[CollectError] = []
    try:
        with Client(Pool((), reach, "", progress)) as client:
            names = _Service(client, base, progress).named(wanted)
        pool = Pool(names, reach, "", progress, serve=partial(_fetched, base), verb="asked", seconds=SECONDS)
        with closing(pool.run()) as outcomes:
            for name, data in outcomes:
                if isinstance(data, RefusedError):
                    raise data
                try:
                    found[name] = _checked(osv.parse(data, name), name)
                except CollectError as error:
                    refused.append(error)
    except RefusedError as error:
        raise CollectError(error.what, base, fix="try again, or ask another source") from None
    records = _Records(base)
    for _, advisory in sorted(found.items()):  # whatever came first: the same records say the same
        records.put(advisory)
    refused.sort(key=lambda error: error.path)
    problems = [
        Problem(path=base, where=error.path, what=f"advisories: osv-api: {error.what}", fix=error.fix) for error in refused[:MAX_TOLD]
    ]
    if len(refused) > MAX_TOLD:
        problems.append(Problem(path=base, what=f"advisories: osv-api: {len(refused) - MAX_TOLD:,} more records could not be read"))
    told = AdvisorySource("osv-api", base, records.newest, len(records.known), len(refused))
    return Answer(match(wanted, records), (told,), tuple(problems))


class _Service:
    def __init__(self, client: Client, base: str, progress: Callable[..., None] | None) -> None:
        self.client, self.base, self.progress = client, base, progress
        self.began = time.monotonic()

    def named(self, wanted: Sequence[Component]) -> list[str]:
        """The ids of the records that may be about `wanted`, each once."""
        questions = [
            {"package": {"ecosystem": _NAMES[item.ecosystem], "name": item.name}, **({"version": item.version} if item.version else {})}
            for item in wanted
        ]
        found: dict[str, None] = {}
        for start in range(0, len(questions), BATCH):
            pending = questions[start : start + BATCH]
            for _ in range(MAX_PAGES):
                self._tell(f"{min(start + BATCH, len(questions)):,} of {len(questions):,} components")
                results = self._batch(pending)
                following = []
                for question, (names, token) in zip(pending, results, strict=True):
                    found.update(dict.fromkeys(names))
                    if token:
                        following.append({**question, "page_token": token})
                pending = following
                if not pending or len(found) > MAX_RECORDS:
                    break
            if pending:
                raise CollectError("its answer does not end", self.base, "v1/querybatch", "ask another source")
        if len(found) > MAX_RECORDS:
            raise CollectError(f"it names more than {MAX_RECORDS:,} records", self.base, "v1/querybatch", "ask another source")
        return sorted(found)

    def _batch(self, questions: Sequence[dict[str, Any]]) -> list[tuple[list[str], str]]:
        """For each of `questions` the ids of its records, and what the next page is asked for with; empty if there is none."""
        body = json.dumps({"queries": questions}, separators=(",", ":")).encode()
        address = f"{self.base}/v1/querybatch"

        def once() -> bytes:
            with self.client.post(address, body) as response:
                self.client.expect(response, (200,))
                return b"".join(self.client.pieces(response, MAX_ANSWER))

        data = self.client.tried(once)
        try:
            results = list(_results(json.loads(data)))
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
            what = f"its answer cannot be read ({type(error).__name__}: {str(error)[:120]})"
            raise CollectError(what, self.base, "v1/querybatch", "is it a service with the API of OSV?") from None
        if len(results) != len(questions):
            what = f"it answers {len(results):,} of {len(questions):,} questions"
            raise CollectError(what, self.base, "v1/querybatch", "is it a service with the API of OSV?")
        return results

    def _tell(self, what: str) -> None:
        if time.monotonic() - self.began > SECONDS:
            raise CollectError(f"not done after {SECONDS:g} s", self.base, fix="try again, or ask another source")
        if self.progress is not None:
            self.progress(what, "asking")


def _fetched(base: str, client: Client, name: str) -> bytes:
    """The record `name`."""
    address = f"{base}/v1/vulns/{quote(name, safe='')}"

    def once() -> bytes:
        with client.get(address, {"Accept": "application/json"}) as response:
            client.expect(response, (200,))
            return b"".join(client.pieces(response, osv.MAX_RECORD))

    data: bytes = client.tried(once)
    return data


def _results(document: Any) -> Iterator[tuple[list[str], str]]:
    for row in document["results"]:
        names = [one["id"] for one in row.get("vulns") or ()]
        for name in names:
            if not isinstance(name, str) or not _id(name):
                raise ValueError(f"{str(name)[:80]!r} is no identifier")
        token = row.get("next_page_token") or ""
        if not isinstance(token, str) or len(token) > 4096:
            raise TypeError("next_page_token")
        yield names, token


def _checked(advisory: osv.Advisory, name: str) -> osv.Advisory:
    if advisory.id != name:
        raise CollectError(f"another record came: {advisory.id!r}", name, fix="ask another source")
    return advisory


class _Records:
    """The records that a service sent, looked up as those of a store are."""

    def __init__(self, place: str) -> None:
        self.place, self.newest = place, ""
        self.known: dict[str, Detail] = {}
        self.rows: dict[tuple[str, str], list[Row]] = {}

    def put(self, advisory: osv.Advisory) -> None:
        kept = record(advisory)
        self.newest = max(self.newest, kept.modified)
        self.known[kept.id] = Detail(kept.id, kept.modified, kept.malicious, self.place, json.loads(kept.detail))
        for ecosystem, package, listed, ranges, severity in kept.affected:
            self.rows.setdefault((ecosystem, package), []).append(Row(kept.id, listed, ranges, severity))

    def affecting(self, packages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Row]]:
        return {package: self.rows[package] for package in packages if package in self.rows}

    def details(self, names: Iterable[str]) -> dict[str, Detail]:
        return {name: self.known[name] for name in names}
