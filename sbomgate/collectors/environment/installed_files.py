"""Installed files against the RECORDs of the distributions in one site folder, and what no RECORD lists."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NamedTuple

from sbomgate import indicators
from sbomgate.collectors import known_bad
from sbomgate.collectors.environment.layout import Layout
from sbomgate.collectors.environment.record import BYTECODE, INSTALLER_FILES, Owner, decoded
from sbomgate.errors import CollectError
from sbomgate.hashing import ALGORITHMS, Hashing, Outcome, Request, deviating
from sbomgate.model import FileFact, Problem
from sbomgate.purl import canonical_name
from sbomgate.tree import SourceFolder, Tree, normalised

_MAX_UNOWNED: Final = 1000
"""Unowned files that are told one by one; the rest of a site folder is counted."""
_CODE: Final = (".py", ".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib", ".pth", ".start", ".zip", ".egg", ".pyw")
_BIN: Final = re.compile(
    r"(?:(?:python|pypy|libpypy)w?[\d.]*[tcdw]*(?:-c|-config|-intel64|-arm64)?(?:\.so|\.dll|\.dylib)?|vcruntime140(?:_1)?\.dll"
    r"|(?:de)?activate(?:_this\.py|\.(?:bat|csh|fish|nu|ps1|xsh))?|Activate\.ps1|pydoc\.bat|\.lock|\U0001d70bthon)(?:\.exe)?\Z",
    re.ASCII,
)
"""What venv, virtualenv and uv put in `bin/` themselves."""
_ABSOLUTE: Final = re.compile(r"/|[A-Za-z]:")
_MAX_OUTSIDE: Final = 100
"""Rows that lead outside, told one by one for each distribution."""
_ODD_PATH: Final = re.compile(r"[./\\~]|[A-Za-z]:|.*?(?:/[./]|[\\\0])|\Z", re.DOTALL).match
"""What may not be a path as it stands, or not one below the site folder."""
_Key = tuple[str, str, bytes]
"""Path, algorithm, digest."""


@dataclass(slots=True)
class Verification:
    """What the check of one environment found."""

    facts: list[FileFact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verified: int = 0
    """Files that were hashed."""
    deviating_owners: set[str] = field(default_factory=set)
    """metadata paths of distributions with a changed, missing or unreadable file."""
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    """See `custody_model.Ledger`; empty unless it was asked for."""


class Work(NamedTuple):
    """Files that other processes hash while the environment is read on."""

    requests: dict[_Key, Request]
    hashing: Hashing | None
    """None: nothing is to be hashed."""


@contextmanager
def begin(folder: SourceFolder, site: str, owners: list[Owner]) -> Iterator[Work]:
    """Have hashed what can be before anything else is known: the rows that lie below `site` as they are written."""
    prefix = f"{site}/" if site else ""
    requests: dict[_Key, Request] = {}
    if not folder.files:
        yield Work(requests, None)
        return
    for owner in owners:
        owner.digests = [decoded(value) if alg in ALGORITHMS else b"" for _, alg, value, _ in owner.rows]
        for (written, alg, _, size), expected in zip(owner.rows, owner.digests, strict=True):
            if expected and not _ODD_PATH(written):
                requests[prefix + written, alg, expected] = _request(prefix + written, alg, expected, size)
    if not folder.verify:
        yield Work(requests, None)
        return
    with Hashing(folder.tree, list(requests.values()), folder.jobs) as hashing:
        yield Work(requests, hashing)


class Claims(NamedTuple):
    """Who lists which file, compared with the names of those that are there."""

    present: dict[str, str]
    """Path → kind of everything below the site folder that is no folder."""
    by_path: _Claims
    """Path → each distribution that lists it, with algorithm and digest; both empty where it states none."""
    wanted: dict[_Key, Request]
    """What is to be hashed."""
    verification: Verification
    """What the names alone have shown."""

    owners: dict[str, str]
    """Path → purl of (one of) its owners."""


def claim(folder: SourceFolder, layout: Layout, site: str, owners: list[Owner], work: Work) -> Claims:
    """Compare the names of the files below `site` with what the RECORDs of `owners`, as `begin` left them, list."""
    result = Verification()
    present = folder.tree.files_below(site, lambda error: result.problems.append(_problem(error)))
    special = [path for path, kind in present.items() if kind == "other"]
    for path in sorted(special)[:_MAX_OUTSIDE]:
        result.problems.append(
            Problem(path=path, what=f"not a regular file{_more(special)}", fix="remove it, no distribution installs such a thing")
        )
    by_path, wanted = _claims(result, layout, site, owners, present, folder.tree, work.requests)
    return Claims(present, by_path, wanted, result, {path: everyone[0][0].purl for path, everyone in by_path.items()})


def verify(
    folder: SourceFolder,
    layout: Layout,
    site: str,
    owners: list[Owner],
    excused: frozenset[str],
    found: Claims | None = None,
    work: Work | None = None,
) -> Verification:
    """Compare the files below `site` with what the RECORDs of `owners` say, and tell what no RECORD lists.

    `excused`: paths that are judged elsewhere (start-up hooks), so they are not told as unowned here. `found` and `work`:
    what `claim` and `begin` gave for the same owners, if the caller did something else meanwhile.
    """
    if found is None or work is None:
        with begin(folder, site, owners) as own:
            return verify(folder, layout, site, owners, excused, claim(folder, layout, site, owners, own), own)
    tree = folder.tree
    present, claims, wanted, result = found[:4]
    outcomes: dict[Request, Outcome] = {}
    if work.hashing is not None:
        early, late = list(work.requests.values()), [request for key, request in wanted.items() if key not in work.requests]
        outcomes = {early[outcome.number]: outcome for outcome in work.hashing.outcomes()}
        outcomes |= {late[outcome.number]: outcome for outcome in deviating(tree, late, folder.jobs)}
        # what was begun and is not wanted is told as missing, or its distribution as unreadable
        outcomes = {request: outcome for request, outcome in outcomes.items() if request[:3] in wanted}
        result.verified = len({path for path, _, _ in wanted})
    bad: dict[str, list[tuple[Owner, Request]]] = defaultdict(list)
    for request, outcome in outcomes.items():
        for owner, _ in claims[request.path]:
            result.deviating_owners.add(owner.metadata_path)
        if outcome.error:
            if present.get(request.path, "file") != "file":
                continue  # told by `_links`, and by `claim`
            result.problems.append(
                Problem(path=request.path, what=f"installed file cannot be read ({outcome.error})", fix="run as a user who may read it")
            )
            continue
        bad[request.path].extend(
            (owner, request) for owner, alg_value in claims[request.path] if alg_value == (request.alg, request.expected)
        )
    if folder.ledger:
        result.files = _listed(claims, outcomes, hashed=folder.verify)
    actual = {request.path: f"{request.alg}:{outcome.actual}" for request, outcome in outcomes.items() if outcome.actual}
    result.facts += _changed(tree, site, claims, bad, actual)
    _links(result, present, claims)
    foreign = _unowned(tree, result, site, owners, present, claims, excused)
    told = {fact.path for fact in result.facts if fact.kind == "known-bad"}
    for fact in known_bad.installed(tree, site, owners, claims, foreign, actual, excused | told, hashed=folder.verify):
        if isinstance(fact, FileFact):
            result.facts.append(fact)
        else:
            result.problems.append(fact)
    if layout.virtual and layout.prefix is not None and site == layout.sites[0]:
        _scripts(result, folder, layout, claims)
    return result


_Claims = dict[str, list[tuple[Owner, tuple[str, bytes]]]]


def _changed(
    tree: Tree, site: str, claims: _Claims, bad: Mapping[str, list[tuple[Owner, Request]]], actual: Mapping[str, str]
) -> Iterator[FileFact]:
    """The files that are not what somebody's RECORD says: `shared` where another distribution explains it, else `changed`."""
    if not bad:
        return
    from sbomgate.collectors.environment.co_owners import Disputes

    disputes = Disputes(tree, site, claims, bad)
    prefix = f"{site}/" if site else ""
    for path, accused in sorted(bad.items()):
        guilty = {owner.purl for owner, _ in accused}
        # a claim without a hash, or a second row of the same distribution, explains nothing
        winners = [owner for owner, value in claims[path] if value[0] and owner.purl not in guilty]
        others = tuple(sorted({owner.purl for owner, _ in claims[path]} - guilty))
        shared = disputes.explained(path, winners, code=runs(path, prefix))
        yield FileFact(
            kind="shared" if shared else "changed",
            path=path,
            owners=tuple(sorted(guilty)) + others,
            expected=f"{accused[0][1].alg}:{accused[0][1].expected.hex()}",
            actual=actual[path],
            detail=f"{winners[0].purl} lists it as it is now" if winners and not shared else "",
        )


def _request(path: str, alg: str, expected: bytes, size: str) -> Request:
    return Request(path, alg, expected, int(size) if size.isdecimal() and len(size) < 15 else 0)


def _listed(claims: _Claims, outcomes: dict[Request, Outcome], *, hashed: bool) -> dict[str, dict[str, str]]:
    """See `custody_model.Ledger`: what was asked for is what is there, unless the outcome says otherwise."""
    deviating = {request.path: outcome.actual for request, outcome in outcomes.items() if request.alg == "sha256"}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path, everyone in claims.items():
        known = deviating.get(path)
        if known is None:
            known = next((value.hex() for _, (alg, value) in everyone if alg == "sha256" and hashed), "")
        for owner, _ in everyone:
            found[owner.metadata_path][path] = known
    return dict(found)


def _claims(
    result: Verification,
    layout: Layout,
    site: str,
    owners: list[Owner],
    present: dict[str, str],
    tree: Tree,
    begun: dict[_Key, Request],
) -> tuple[_Claims, dict[_Key, Request]]:
    """Path → who lists it with which digest, and what is to be hashed; missing and misplaced rows are told."""
    claims: _Claims = defaultdict(list)
    requests: dict[_Key, Request] = {}
    prefix = f"{site}/" if site else ""
    beside = unhashed = 0
    for owner in owners:
        missing = []
        outside = []
        for (written, alg, value, size), expected in zip(owner.rows, owner.digests, strict=True):
            path = prefix + written
            if expected and path in present:  # nearly every row
                key = path, alg, expected
                claims[path].append((owner, key[1:]))
                requests[key] = begun.get(key) or _request(path, alg, expected, size)
                continue
            if path not in present:
                path = _resolved(written, prefix, tree.root)
                if not _inside(path, layout):
                    if layout.prefix is None and _inside_prefix(written):
                        beside += 1
                    else:
                        outside.append(written)
                    continue
                if path not in present and (path.startswith(prefix) or tree.kind(path) not in ("file", "link")):
                    if alg or not path.endswith(BYTECODE):
                        missing.append(path)
                    continue
                if path not in present and tree.link_target(path) is None:  # through a link, here or on the way
                    outside.append(written)
                    continue
            if not alg:
                claims[path].append((owner, ("", b"")))
                if runs(path, prefix):
                    result.facts.append(FileFact(kind="unhashed", path=path, owners=(owner.purl,), detail="RECORD lists it without a hash"))
                    result.deviating_owners.add(owner.metadata_path)
                    unhashed += 1
                elif not path.endswith(BYTECODE) and path.rpartition("/")[2] not in INSTALLER_FILES:
                    unhashed += 1
                continue
            if not expected:
                result.problems.append(
                    Problem(
                        path=f"{owner.metadata_path}/RECORD",
                        where=written,
                        what=f"hash that cannot be checked ({alg}={value[:80]})",
                        fix="install the distribution again",
                    )
                )
                claims[path].append((owner, ("", b"")))
                result.deviating_owners.add(owner.metadata_path)
                continue
            claims[path].append((owner, (alg, expected)))
            requests[path, alg, expected] = _request(path, alg, expected, size)
        for path in missing:
            result.facts.append(FileFact(kind="missing", path=path, owners=(owner.purl,)))
        for number, written in enumerate(outside[:_MAX_OUTSIDE], 1):
            more = f", and {len(outside) - number} more" if number == _MAX_OUTSIDE < len(outside) else ""
            detail = f"RECORD names a file outside the environment{more}"
            result.facts.append(FileFact(kind="outside", path=written, owners=(owner.purl,), detail=detail))
        if missing:
            result.deviating_owners.add(owner.metadata_path)
    if unhashed:
        result.notes.append(f"{site or '.'}: {unhashed} files that RECORD lists without a hash were not checked")
    if beside:
        result.notes.append(
            f"{site or '.'}: {beside} files that RECORD places beside the site folder (scripts, data) are outside the target and were not checked"
        )
    return claims, requests


def _more(paths: list[str]) -> str:
    return f" ({len(paths)} such files in all)" if len(paths) > _MAX_OUTSIDE else ""


def _resolved(written: str, prefix: str, root: str) -> str:
    """The path of a row relative to the target; an absolute one that lies elsewhere stays absolute."""
    path = normalised(written)
    if not _ABSOLUTE.match(path):
        return normalised(prefix + written)
    root = normalised(root) if root else ""
    return path[len(root) + 1 :] if root and path.startswith(f"{root}/") else path


def _inside(path: str, layout: Layout) -> bool:
    root = layout.prefix if layout.prefix is not None else layout.root
    if path.startswith("../") or path == ".." or _ABSOLUTE.match(path):
        return False
    return not root or path == root or path.startswith(f"{root}/")


def _inside_prefix(written: str) -> bool:
    """Whether a row of a bare site folder points where installers put scripts and data: at most three folders up."""
    path = normalised(written)
    return path.startswith("../") and not path.startswith("../../../../")


def runs(path: str, prefix: str) -> bool:
    """Whether the file is code, or makes other code run: a module, a program, the entry points of a distribution."""
    if not path.startswith(prefix):
        return f"/{path}".rpartition("/")[0].endswith(("/bin", "/Scripts"))
    return _is_code(path[len(prefix) :]) or path.lower().endswith(".dist-info/entry_points.txt")


def _links(result: Verification, present: dict[str, str], claims: _Claims) -> None:
    for path, kind in sorted(present.items()):
        if kind != "file" and path in claims:
            what = "symbolic link where RECORD lists a file" if kind == "link" else "not a regular file"
            result.facts.append(FileFact(kind="symlink", path=path, owners=(claims[path][0][0].purl,), detail=what))


def _unowned(
    tree: Tree, result: Verification, site: str, owners: list[Owner], present: dict[str, str], claims: _Claims, excused: frozenset[str]
) -> list[str]:
    """Files that no RECORD lists; a folder that is foreign as a whole is told once. Gives those that are regular files."""
    prefix = f"{site}/" if site else ""
    recorded = {owner.metadata_path for owner in owners if owner.state == "present"}
    foreign = []
    for path, kind in present.items():
        if path in claims or path in excused:
            continue
        if kind == "file" and path.endswith(BYTECODE) and not _sources_of(path).isdisjoint(present):
            continue  # the bytecode of a source: the source itself is owned, excused, or told
        first, _, rest = path[len(prefix) :].partition("/")
        if first.lower().endswith((".egg-info", ".dist-info", ".egg-link")) and (prefix + first not in recorded or rest in INSTALLER_FILES):
            continue  # metadata of a distribution without RECORD rows is told as such
        foreign.append(path)
    found = [path for path in foreign if present[path] == "file"]
    without = [owner for owner in owners if owner.state != "present"]
    if foreign and without:
        foreign = _attributed(result, site, foreign, without, everything=2 * len(without) > len(owners))
    if not foreign:
        return found
    owned_folders = set()
    for path in claims:
        above = path.rpartition("/")[0]
        while above and above not in owned_folders:
            owned_folders.add(above)
            above = above.rpartition("/")[0]
    groups: dict[str, list[str]] = defaultdict(list)
    for path in foreign:
        groups[_topmost_foreign(path, prefix, owned_folders)].append(path)
    for number, (top, paths) in enumerate(sorted(groups.items())):
        if number >= _MAX_UNOWNED:
            result.facts.append(FileFact(kind="unowned", path=site or ".", detail=f"{len(groups) - number} more"))
            break
        paths.sort()
        # what a link leads to is not known; a linked folder is as importable as any other
        code = [path for path in paths if present[path] == "link" or runs(path, prefix)]
        first = (code or paths)[0]
        detail = "" if paths == [top] else f"{len(paths)} files, among them {first[len(prefix) :]}"
        if present[first] == "link":
            detail += ", a symbolic link" if detail else "symbolic link"
        actual = _digest_of(tree, [path for path in code if present[path] == "file"], result) if code else ""
        result.facts.append(FileFact(kind="unowned" if code else "unowned-data", path=top, actual=actual, detail=detail))
    return found


def _digest_of(tree: Tree, paths: list[str], result: Verification) -> str:
    """One digest over foreign code, so that accepting it does not accept what it may become; empty if nothing can be read."""
    lines = []
    for path in paths:
        try:
            digest = sha256(tree.read(path)).hexdigest()
            lines.append(f"{path}\0{digest}\n")
            if digest in indicators.bad_files():
                result.facts.append(FileFact(kind="known-bad", path=path, actual=f"sha256:{digest}"))
        except CollectError as error:
            result.problems.append(_problem(error))
    if len(paths) == 1 and lines:
        return f"sha256:{lines[0].rpartition(chr(0))[2].strip()}"
    return f"sha256:{sha256(''.join(lines).encode('utf-8', 'surrogateescape')).hexdigest()}" if lines else ""


def _attributed(result: Verification, site: str, foreign: list[str], without: list[Owner], *, everything: bool) -> list[str]:
    """The files that are foreign for certain; the others, which distributions without RECORD may own, are told as one fact.

    `everything`: most distributions here have no RECORD, as where an operating system manages the folder, so any file may
    be theirs. Else only what bears one of their names: one distribution without RECORD must not hide all that is foreign.
    """
    prefix = f"{site}/" if site else ""
    names = frozenset().union(*(owner.tops for owner in without))
    tops = {path: path[len(prefix) :].partition("/")[0] for path in foreign}
    theirs = {path for path in foreign if everything or canonical_name(tops[path].partition(".")[0]) in names}
    if not theirs:
        return foreign
    first = sorted({tops[path] for path in theirs})
    listed = f"{', '.join(first[:5])}{', …' if len(first) > 5 else ''}"
    detail = f"{len(theirs)} files ({listed}); {len(without)} distributions here have no RECORD to list them"
    result.facts.append(FileFact(kind="unattributed", path=site or ".", detail=detail))
    return [path for path in foreign if path not in theirs]


def _is_code(path: str) -> bool:
    """Whether the import system, or a shell, could run the file at `path` below a site folder.

    Bytecode in `__pycache__` without its source is never imported; folders that begin with `~` are left over from
    uninstallations.
    """
    return path.lower().endswith(_CODE) and not ("/__pycache__/" in path or path.startswith(("__pycache__/", "~")))


def _topmost_foreign(path: str, prefix: str, owned_folders: set[str]) -> str:
    """The highest folder above `path` in which nothing is owned; `path` itself if its folder has owned files."""
    parts = path[len(prefix) :].split("/")
    for depth in range(1, len(parts)):
        folder = prefix + "/".join(parts[:depth])
        if folder not in owned_folders:
            return folder
    return path


def _sources_of(path: str) -> set[str]:
    """The sources that the bytecode file at `path` may be the cache of (PEP 3147), or would stand in for."""
    folder, _, name = path.rpartition("/")
    if not folder.endswith("__pycache__"):
        return {f"{folder}/{name.rpartition('.')[0]}.py".lstrip("/")}
    folder = folder[: -len("__pycache__")]
    stems = name.split(".")[:-1]
    # `x.cpython-312.opt-1.pyc`: what stands before the tag; a module's name may itself have dots
    return {f"{folder}{'.'.join(stems[:count])}.py" for count in range(1, max(len(stems), 2))}


def _scripts(result: Verification, folder: SourceFolder, layout: Layout, claims: _Claims) -> None:
    """Programs of a virtual environment that neither RECORD nor the tool that made it accounts for."""
    scripts = folder.join("Scripts" if layout.windows else "bin")
    if folder.tree.kind(scripts) != "folder":
        return
    try:
        entries = folder.tree.entries(scripts)
    except CollectError as error:
        result.problems.append(_problem(error))
        return
    for entry in entries:
        path = f"{scripts}/{entry.name}"
        if entry.kind != "folder" and path not in claims and not _BIN.match(entry.name):
            result.facts.append(FileFact(kind="unowned", path=path, detail="program"))


def _problem(error: CollectError) -> Problem:
    return Problem(path=error.path, where=error.where, what=error.what, fix=error.fix)
