"""What the indexes that components come from say of them: yanked, quarantined, archived, deprecated, or not there any more.

An index is told the name of a project and nothing else, once for each project: its page has every release. Asked is the index that the
input names; where it names none, Python's the one that the user has set up, or the default one, and npm's the one in the settings of the
project. Only the first kind is believed when it says that it has never heard of a name: another one may not be meant.
Sources: "Simple repository API" (PEP 503, 592, 691, 700), "Project status markers" (PEP 792); npm registry, "Package metadata".
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import pypi_simple

from sbomgate.advisories import Answer, is_published
from sbomgate.advisory_model import AdvisorySource, ReleaseState
from sbomgate.custody.download import OR_BRING, AgainError, Client, Pool, RefusedError, host_of
from sbomgate.custody.indexes import Network, is_web, locked_indexes, network, origin, without_login
from sbomgate.model import Component, Digest, Inventory, Origin, Problem, Setting
from sbomgate.purl import canonical_name
from sbomgate.text import without_surrogates
from sbomgate.versions import order

SECONDS: float = 900
"""For all of it."""
MAX_FAILURES: Final = 5
"""Projects in a row for which a server falters: the others are not asked for there."""
MAX_TOLD: Final = 5
MANY: Final = 3
"""So many projects are not all gone from the one index that a lockfile takes them from: it does not let us see them."""
_MAX_WORDS: Final = 300
_ACCEPT: Final = "application/vnd.npm.install-v1+json, application/json;q=0.8"
_INSTALLERS: Final = frozenset({"pip", "uv", "poetry", "pdm"})
"""Those that take what they install from an index, as INSTALLER names them."""
_INDEX_SETTINGS: Final = ("index-url", "extra-index-url", "no-index")
_NAMES: Final = {
    "pypi": re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,200}[a-z0-9])?").fullmatch,
    "npm": re.compile(r"(?:@[A-Za-z0-9~-][A-Za-z0-9._~-]{0,200}/)?[A-Za-z0-9~-][A-Za-z0-9._~-]{0,200}").fullmatch,
}
_is_held: Final = re.compile(r"[0-9.]{1,30}-security(?:\.[0-9]{1,9})?").fullmatch
"""What npm puts in the place of malware."""


class _Question(NamedTuple):
    """A project, and whom to ask for it."""

    ecosystem: str
    name: str
    places: tuple[str, ...]
    """Asked in turn, until one has the release."""
    named: bool
    """The input names them."""


class _Release(NamedTuple):
    """What is to be known."""

    purl: str
    version: str
    digests: frozenset[Digest]
    """Of its artifacts, as locked."""
    from_index: bool
    """It was locked, or installed by what asks an index: nothing built here."""


class _Told(NamedTuple):
    """What was said of one project."""

    states: list[ReleaseState]
    known: bool = True
    """Whether anybody knows the project."""
    absent: Sequence[str] = ()
    """Releases that are not there, and may come from elsewhere."""


class _Packument(NamedTuple):
    """What a registry of npm says of a package."""

    versions: dict[str, str | None]
    """Version → why it is deprecated; None where it is not."""
    latest: str
    unpublished: bool
    """All of it."""


def ask(inventory: Inventory, progress: Callable[..., None] | None = None) -> Answer:
    """What indexes say of the components of `inventory`. Whatever cannot be asked is a Problem, one for each cause."""
    reach = network()
    questions, notes = _questions(inventory, reach)
    if not questions:
        return Answer(notes=tuple(notes))
    states: list[ReleaseState] = []
    known: dict[tuple[str, ...], int] = {}
    lost: dict[tuple[str, ...], dict[str, list[ReleaseState]]] = {}
    failures: dict[tuple[str, str, str], list[str]] = {}
    unknown: dict[str, list[str]] = {}
    absent: dict[str, list[str]] = {}
    pool = Pool(list(questions.items()), reach, "", progress, serve=_Asker(), verb="asked", seconds=SECONDS)
    with warnings.catch_warnings(), closing(pool.run()) as outcomes:
        warnings.simplefilter("ignore")  # of parsers, about pages
        for (question, _), outcome in outcomes:
            host = " and ".join(dict.fromkeys(map(host_of, question.places)))
            if isinstance(outcome, RefusedError):
                failures.setdefault((host, outcome.what, outcome.fix.replace(OR_BRING, "")), []).append(question.name)
                continue
            if outcome.known:
                known[question.places] = known.get(question.places, 0) + 1
                states += outcome.states
            elif outcome.states:
                lost.setdefault(question.places, {})[question.name] = outcome.states
            else:
                unknown.setdefault(host, []).append(question.name)
            if outcome.absent:
                absent.setdefault(host, []).extend(outcome.absent)
    for places, gone in lost.items():
        if len(gone) < MANY or known.get(places):
            states += (state for told in gone.values() for state in told)
        else:
            host = host_of(places[0])
            failures[host, f"{host} knows nothing of what is locked from it", "see whether it wants a login, and lock again"] = [*gone]
    problems = [_problem(*cause, names, len(questions)) for cause, names in sorted(failures.items())]
    for host, names in sorted(unknown.items()):
        notes.append(f"advisories: index: {host} does not know {_listed(names)}: private, or of another index")
    for host, names in sorted(absent.items()):
        notes.append(f"advisories: index: {host} does not have {_listed(names)}, which may come from elsewhere")
    hosts: dict[str, int] = {}
    for places, count in known.items():
        host = " and ".join(dict.fromkeys(map(host_of, places)))
        hosts[host] = hosts.get(host, 0) + count
    sources = tuple(AdvisorySource("index", host, records=count) for host, count in sorted(hosts.items()))
    return Answer((), sources, tuple(problems), tuple(notes), tuple(sorted(set(states))))


def _problem(host: str, what: str, fix: str, names: Sequence[str], total: int) -> Problem:
    one = len(names) == 1
    missing = "" if one else f", so nothing is known of {len(names):,} of {total:,} projects: {_listed(sorted(names))}"
    return Problem(path=host, where=names[0] if one else "", what=f"advisories: index: {what}{missing}", fix=fix)


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(set(names))
    more = f" and {len(ordered) - MAX_TOLD:,} more" if len(ordered) > MAX_TOLD else ""
    return ", ".join(ordered[:MAX_TOLD]) + more


# -- whom to ask -----------------------------------------------------------------------------------------------------------------


class _Wanted:
    """One purl, with what all of its components say."""

    def __init__(self, item: Component) -> None:
        self.item = item
        self.digests: set[Digest] = set()
        self.from_index = False
        self.named: dict[tuple[str, ...], None] = {}
        self.assumed: tuple[str, ...] = ()


def _questions(inventory: Inventory, reach: Network) -> tuple[dict[_Question, dict[str, _Release]], list[str]]:
    """What to ask, with the releases of each project by their purls, and notes on what nobody is asked about."""
    settings: dict[str, list[Setting]] = {}
    for setting in inventory.settings:
        if setting.kind in _INDEX_SETTINGS:
            settings.setdefault(setting.location.path, []).append(setting)
    registries = _registries(inventory.settings)
    asked = () if reach.no_index else tuple(one or pypi_simple.PYPI_SIMPLE_ENDPOINT for one in reach.indexes or ("",))
    wanted: dict[str, _Wanted] = {}
    odd = []
    for item in inventory.components:
        if item.ecosystem not in _NAMES or item.origin is Origin.BUNDLED or not is_published(item):
            continue
        if item.source is not None and item.source.kind != "index":
            continue
        if not _NAMES[item.ecosystem](item.name):
            odd.append(item.name[:100])
            continue
        one = wanted.setdefault(item.purl, _Wanted(item))
        one.digests.update(item.hashes, *(artifact.digests for artifact in item.artifacts))
        one.from_index |= item.installation is None or item.installation.installer.lower().partition(" ")[0] in _INSTALLERS
        own = without_login(item.source.url)[0] if item.source else ""
        path = item.locations[0].path
        if is_web(own):
            one.named[own,] = None
        elif item.ecosystem == "npm":
            one.assumed = one.assumed or _registry(item.name, path, registries)
        else:
            stated = settings.get(path, ())
            addresses, forbidden = locked_indexes(stated)
            if any(setting.kind == "index-url" for setting in stated) and addresses:
                one.named[addresses] = None
            elif not forbidden:
                one.assumed = one.assumed or tuple(filter(is_web, dict.fromkeys((*addresses, *asked))))
    questions: dict[_Question, dict[str, _Release]] = {}
    nowhere: dict[str, list[str]] = {"pypi": [], "npm": []}
    for purl, one in sorted(wanted.items()):
        item = one.item
        release = _Release(purl, item.version, frozenset(one.digests), one.from_index)
        for places in one.named or ([one.assumed] if one.assumed else ()):
            questions.setdefault(_Question(item.ecosystem, item.name, places, bool(one.named)), {})[purl] = release
        if not one.named and not one.assumed:
            nowhere[item.ecosystem].append(item.name)
    return questions, _notes(nowhere, odd)


def _notes(nowhere: Mapping[str, Sequence[str]], odd: Sequence[str]) -> list[str]:
    notes = []
    if names := nowhere["npm"]:
        notes.append(
            f"advisories: index: nothing names the registry of {_listed(names)}, so nobody was asked about them; `registry` in .npmrc does"
        )
    if names := nowhere["pypi"]:
        notes.append(f"advisories: index: no index may be asked about {_listed(names)}")
    if odd:
        notes.append(f"advisories: index: no index can have packages called {', '.join(map(repr, sorted(set(odd))[:MAX_TOLD]))}")
    return notes


def _registries(settings: Iterable[Setting]) -> dict[tuple[str, str], str]:
    """(folder, scope) → the registry that is set up there; the scope is empty for that of all others."""
    found: dict[tuple[str, str], str] = {}
    for one in settings:
        if one.kind in ("registry", "scope-registry"):
            scope, _, url = one.value.rpartition(" ")
            if is_web(url := without_login(url)[0]):
                found.setdefault((one.location.path.rpartition("/")[0], scope), url)
    return found


def _registry(name: str, path: str, registries: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """The registry for the package `name` of the file `path`: that of its scope, or of all, in the nearest folder above."""
    folder = path
    folders = []
    while folder:
        folder = folder.rpartition("/")[0]
        folders.append(folder)
    for scope in ([name.partition("/")[0]] if name.startswith("@") else []) + [""]:
        for folder in folders:
            if url := registries.get((folder, scope)):
                return (url,)
    return ()


# -- asking ----------------------------------------------------------------------------------------------------------------------


class _Asker:
    """What the threads of a pool share: which servers falter."""

    def __init__(self) -> None:
        self.failures: dict[str, tuple[int, str]] = {}
        """Origin → how often in a row, and why at last."""
        self.lock = Lock()

    def __call__(self, client: Client, want: tuple[_Question, dict[str, _Release]]) -> _Told:
        question, releases = want
        return (self._python if question.ecosystem == "pypi" else self._npm)(client, question, releases)

    def _had(self, place: str, get: Callable[[], Any]) -> Any:
        """What `get` gives, unless the server of `place` has faltered too often."""
        server = origin(place)
        times, why = self.failures.get(server, (0, ""))
        if times >= MAX_FAILURES:
            raise RefusedError(why, "try again")
        try:
            found = get()
        except AgainError as error:
            with self.lock:
                self.failures[server] = (self.failures.get(server, (0, ""))[0] + 1, error.what)
            raise RefusedError(error.what, "try again") from None
        with self.lock:
            self.failures.pop(server, None)
        return found

    def _python(self, client: Client, question: _Question, releases: Mapping[str, _Release]) -> _Told:
        told: list[ReleaseState] = []
        pending = dict(releases)
        first = ""
        for place in question.places:
            page: pypi_simple.ProjectPage | None = self._had(place, partial(client.page, place, question.name))
            if page is None:
                continue
            host = host_of(place)
            first = first or host
            if canonical_name(page.project) != question.name:
                raise RefusedError(f"{host} answers with the page of another project", "look at what lies there by hand")
            status, why = page.status.value if page.status else "", _words(page.status_reason)
            if status == "quarantined":  # it offers nothing then, so it cannot be told which releases it had
                told += (ReleaseState(purl, status, why, host, whole=True, named=question.named) for purl in pending)
                return _Told(told)
            files = _by_version(page)
            for purl, release in releases.items():
                if purl in pending and (not release.version or _key(release.version) in files):
                    del pending[purl]
                    if status in ("archived", "deprecated"):
                        told.append(ReleaseState(purl, status, why, host, whole=True, named=question.named))
                    if yanked := _yanked(files.get(_key(release.version), ()) if release.version else (), release.digests):
                        reason = next((words for file in yanked if (words := _words(file.yanked_reason))), "")
                        told.append(ReleaseState(purl, "yanked", reason, host, named=question.named))
            if not pending:
                break
        return _missing(told, question, pending, first)

    def _npm(self, client: Client, question: _Question, releases: Mapping[str, _Release]) -> _Told:
        place = question.places[0]
        host = host_of(place)
        address = f"{place.rstrip('/')}/{quote(question.name, safe='@')}"
        had: tuple[bytes, str, str] | None = self._had(place, partial(client.content, address, _ACCEPT))
        if had is None:
            # to who has no login, a registry says of private packages, which have a scope, that there are none
            private = question.name.startswith("@") and origin(place) not in client.network.logins
            return _missing([], question._replace(named=question.named and not private), releases, "")
        document = read_packument(had[0], host, question.name)
        if document.unpublished:
            return _Told([ReleaseState(purl, "gone", "", host, whole=True, named=question.named) for purl in releases])
        told: list[ReleaseState] = []
        pending = {}
        for purl, release in releases.items():
            version = release.version.partition("+")[0]  # a registry knows no build
            if version and version in document.versions:
                why = document.versions[version]
                if why is not None:
                    told.append(ReleaseState(purl, "deprecated", why, host, named=question.named))
            elif _is_held(document.latest):
                reason = f"the registry holds its place with {document.latest}"
                told.append(ReleaseState(purl, "quarantined", reason, host, whole=True, named=question.named))
            elif version:
                pending[purl] = release
        return _missing(told, question, pending, host)


def _missing(told: list[ReleaseState], question: _Question, pending: Mapping[str, _Release], host: str) -> _Told:
    """`told`, with what is to be said of the releases that were not found; `host`: who knows the project, empty if nobody does."""
    if not host:
        if not question.named:
            return _Told(told, known=False)
        where = host_of(question.places[0])
        return _Told([*told, *(ReleaseState(purl, "gone", "", where, whole=True) for purl in pending)], known=False)
    absent = []
    for purl, release in pending.items():
        # a local version is built by somebody else, as PEP 440 has it, and the default index takes none
        if question.named or (release.from_index and not ("+" in release.version and question.ecosystem == "pypi")):
            told.append(ReleaseState(purl, "gone", "", host, named=question.named))
        else:
            absent.append(f"{question.name} {release.version}")
    return _Told(told, absent=absent)


# -- what they say ---------------------------------------------------------------------------------------------------------------


def _by_version(page: pypi_simple.ProjectPage) -> dict[Any, list[pypi_simple.DistributionPackage]]:
    found: dict[Any, list[pypi_simple.DistributionPackage]] = {_key(version): [] for version in page.versions or ()}
    for file in page.packages:
        if file.version:
            found.setdefault(_key(file.version), []).append(file)
    return found


def _key(version: str) -> Any:
    """What equal versions have in common (PEP 440: `1.0` and `1.0.0` are)."""
    key = order(version)
    return version if key is None else key


def _yanked(files: Sequence[pypi_simple.DistributionPackage], digests: frozenset[Digest]) -> list[pypi_simple.DistributionPackage]:
    """The files that make the release a yanked one: all of them, or those that are locked."""
    yanked = [file for file in files if file.is_yanked]
    if len(yanked) == len(files):
        return yanked
    return [file for file in yanked if any(Digest(alg, value.lower()) in digests for alg, value in file.digests.items())]


def read_packument(body: bytes, host: str, name: str) -> _Packument:
    """What the document of a registry says of the package `name`; RefusedError if it is none."""
    try:
        document = json.loads(body)
        if document.get("name", name) != name:
            raise RefusedError(f"{host} answers with the document of another package", "look at what lies there by hand")
        times = document.get("time")
        unpublished = isinstance(times, dict) and isinstance(times.get("unpublished"), dict)
        versions = document.get("versions", {} if unpublished else None)
        found = {version: _deprecation(row.get("deprecated")) for version, row in versions.items()}
        latest = document.get("dist-tags", {}).get("latest", "")
    except (ValueError, RecursionError, AttributeError) as error:
        raise RefusedError(f"the document of {host} cannot be read ({type(error).__name__})", "is it a registry of npm?") from None
    return _Packument(found, latest if isinstance(latest, str) else "", unpublished and not found)


def _deprecation(stated: Any) -> str | None:
    """Why a version is deprecated; None if it is not, which registries write as nothing, false, or an empty text."""
    if isinstance(stated, str):
        return _words(stated) or None
    return "" if stated is True else None


def _words(text: Any) -> str:
    return without_surrogates(" ".join(text[: _MAX_WORDS * 4].split()))[:_MAX_WORDS] if isinstance(text, str) else ""
