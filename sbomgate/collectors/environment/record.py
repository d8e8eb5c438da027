"""Installed files against the RECORD of their distribution.

Source: "Recording installed projects", section "The RECORD file". A RECORD proves that nothing was changed after the
installation by someone who did not also change RECORD; it says nothing about the artifact.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from sbomgate.collectors.environment.layout import Layout
from sbomgate.errors import CollectError
from sbomgate.hashing import ALGORITHMS, Request, deviating
from sbomgate.model import FileFact, Problem
from sbomgate.tree import SourceFolder, normalised

MAX_RECORD: Final = 64 * 2**20
_INSTALLER_FILES: Final = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "provenance_url.json", "uv_cache.json", "uv_build.json", "RECORD.jws", "RECORD.p7s"})
"""Files of .dist-info that the installer writes: they differ from machine to machine."""
_MAX_UNOWNED: Final = 1000
"""Unowned files that are told one by one; the rest of a site folder is counted."""
_CODE: Final = (".py", ".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib", ".pth", ".start", ".zip", ".egg", ".pyw")
_BIN: Final = re.compile(r"(?:python[\w.-]*|pypy[\w.-]*|activate[\w.]*|Activate\.ps1|deactivate[\w.]*|pydoc\.bat|\.lock|conda-\w+|\U0001d70bthon)(?:\.exe)?\Z")
"""What venv, virtualenv, uv and conda put in `bin/` themselves."""


@dataclass(slots=True)
class Owner:
    """A distribution with what its RECORD lists."""

    purl: str
    metadata_path: str
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(path as written, algorithm, digest in urlsafe base64 without padding, size as written); empty text where not given."""
    state: str = "missing"
    """`present` · `empty` · `missing`."""


def parse_record(data: bytes) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of a RECORD; ValueError with the line for one that is no row."""
    text = data.decode("utf-8-sig", "surrogateescape")
    if '"' in text:
        import csv

        rows = csv.reader(text.splitlines(), strict=True)
        try:
            for row in rows:
                if row:
                    yield _row(row, rows.line_num)
        except csv.Error as error:
            raise ValueError(f"line {rows.line_num}: {error}") from error
        return
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if line:
            yield _row(line.rsplit(",", 2), number)


def _row(fields: list[str], line: int) -> tuple[str, str, str, str]:
    if len(fields) != 3 or not fields[0]:
        raise ValueError(f"line {line}: expected path, hash and size")
    path, digest, size = fields
    alg, _, value = digest.partition("=")
    return path, alg, value.rstrip("="), size


def content_digest(owner: Owner) -> str:
    """The digest over the files that come from the artifact; empty if RECORD does not tell them all.

    Equal for the same wheel wherever and by whatever it was installed: files outside the site folder (scripts are
    rewritten for the machine), bytecode, and what the installer itself adds do not count.
    """
    folder = owner.metadata_path.rpartition("/")[2] + "/"
    lines = []
    for path, alg, value, _ in owner.rows:
        if path.startswith(("../", "/", "..\\")) or path.endswith((".pyc", ".pyo")):
            continue
        if path.startswith(folder) and path[len(folder) :] in _INSTALLER_FILES:
            continue
        if alg != "sha256":
            return ""
        lines.append(f"{path}\0{value}\n")
    return "sgc1:" + sha256("".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest() if lines else ""


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
    owners: dict[str, str] = field(default_factory=dict)
    """Path → purl of (one of) its owners."""


def verify(folder: SourceFolder, layout: Layout, site: str, owners: list[Owner], excused: frozenset[str]) -> Verification:
    """Compare the files below `site` with what the RECORDs of `owners` say, and tell what no RECORD lists.

    `excused`: paths that are judged elsewhere (start-up hooks), so they are not told as unowned here.
    """
    tree = folder.tree
    result = Verification()
    present = tree.files_below(site, lambda error: result.problems.append(_problem(error)))
    claims, requests = _claims(result, layout, site, owners, present, tree.kind)
    outcomes = {requests[outcome.index]: outcome for outcome in deviating(tree, requests, folder.jobs)} if folder.verify else {}
    if folder.verify:
        result.verified = len({request.path for request in requests})
    bad: dict[str, list[tuple[Owner, Request]]] = defaultdict(list)
    for request, outcome in outcomes.items():
        for owner, _ in claims[request.path]:
            result.deviating_owners.add(owner.metadata_path)
        if outcome.error:
            kind = present.get(request.path, "")
            if kind == "link":
                continue  # told by `_links`
            result.problems.append(Problem(path=request.path, what=f"installed file cannot be read ({outcome.error})", fix="run as a user who may read it"))
            continue
        bad[request.path].extend((owner, request) for owner, alg_value in claims[request.path] if alg_value == (request.alg, request.expected))
    actual = {request.path: f"{request.alg}:{outcome.actual}" for request, outcome in outcomes.items() if outcome.actual}
    for path, accused in sorted(bad.items()):
        everyone = claims[path]
        purls = tuple(sorted({owner.purl for owner, _ in everyone}))
        expected = f"{accused[0][1].alg}:{accused[0][1].expected.hex()}"
        # several distributions ship the path with different content: the last one installed won, nobody tampered
        shared = len({value for _, value in everyone}) > 1 and len(accused) < len(everyone)
        result.facts.append(FileFact(kind="shared" if shared else "changed", path=path, owners=purls, expected=expected, actual=actual[path]))
    _links(result, present, claims)
    _unowned(result, layout, site, owners, present, claims, excused)
    if layout.virtual and layout.prefix is not None and site == layout.sites[0]:
        _scripts(result, folder, layout, claims)
    result.owners = {path: everyone[0][0].purl for path, everyone in claims.items()}
    return result


_Claims = dict[str, list[tuple[Owner, tuple[str, bytes]]]]


def _claims(result: Verification, layout: Layout, site: str, owners: list[Owner], present: dict[str, str], kind) -> tuple[_Claims, list[Request]]:  # type: ignore[no-untyped-def]
    """Path → who lists it with which digest, and what is to be hashed; missing and misplaced rows are told."""
    claims: _Claims = defaultdict(list)
    requests: dict[tuple[str, str, bytes], Request] = {}
    prefix = f"{site}/" if site else ""
    outside = 0
    for owner in owners:
        missing = []
        for written, alg, value, size in owner.rows:
            path = prefix + written
            if path not in present:
                path = normalised(prefix + written)
                if not _inside(path, layout):
                    if layout.prefix is None and _inside_prefix(written, site):
                        outside += 1
                    else:
                        result.facts.append(FileFact(kind="outside", path=written, owners=(owner.purl,), detail="RECORD names a file outside the environment"))
                    continue
                if path not in present and not (not path.startswith(prefix) and kind(path) in ("file", "link")):
                    if alg or not path.endswith((".pyc", ".pyo")):
                        missing.append(path)
                    continue
            if not alg:
                claims[path].append((owner, ("", b"")))
                continue
            try:
                expected = a2b_base64(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4))
            except (Base64Error, ValueError):
                expected = b""
            if alg not in ALGORITHMS or not expected:
                result.problems.append(
                    Problem(path=f"{owner.metadata_path}/RECORD", where=written, what=f"hash that cannot be checked ({alg}={value[:80]})", fix="install the distribution again")
                )
                claims[path].append((owner, ("", b"")))
                continue
            claims[path].append((owner, (alg, expected)))
            requests[path, alg, expected] = Request(path, alg, expected, int(size) if size.isdecimal() and len(size) < 15 else 0)
        for path in missing:
            result.facts.append(FileFact(kind="missing", path=path, owners=(owner.purl,)))
        if missing:
            result.deviating_owners.add(owner.metadata_path)
    if outside:
        result.notes.append(f"{site or '.'}: {outside} files that RECORD places beside the site folder (scripts, data) are outside the target and were not checked")
    return claims, list(requests.values())


def _inside(path: str, layout: Layout) -> bool:
    root = layout.prefix if layout.prefix is not None else layout.root
    if path.startswith(("../", "/")) or path == ".." or re.match(r"[A-Za-z]:", path):
        return False
    return not root or path == root or path.startswith(f"{root}/")


def _inside_prefix(written: str, site: str) -> bool:
    """Whether a row of a bare site folder points where installers put scripts and data: at most three folders up."""
    path = normalised(written)
    return not path.startswith(("/", "../../../../")) and not re.match(r"[A-Za-z]:", path) and path.startswith("../")


def _links(result: Verification, present: dict[str, str], claims: _Claims) -> None:
    for path, kind in sorted(present.items()):
        if kind != "file" and path in claims and not path.endswith((".pyc", ".pyo")):
            what = "symbolic link where RECORD lists a file" if kind == "link" else "not a regular file"
            result.facts.append(FileFact(kind="symlink", path=path, owners=(claims[path][0][0].purl,), detail=what))


def _unowned(result: Verification, layout: Layout, site: str, owners: list[Owner], present: dict[str, str], claims: _Claims, excused: frozenset[str]) -> None:
    """Files that no RECORD lists; a folder that is foreign as a whole is told once."""
    prefix = f"{site}/" if site else ""
    known = {owner.metadata_path for owner in owners}
    foreign = []
    for path in present:
        if path in claims or path in excused:
            continue
        if path.endswith((".pyc", ".pyo")) and _source_of(path) in present:
            continue  # the bytecode of a source: the source itself is owned, excused, or told
        first = prefix + path[len(prefix) :].partition("/")[0]
        if first in known or first.endswith((".egg-info", ".dist-info", ".egg-link")):
            continue  # metadata of a distribution without RECORD rows is told as such
        foreign.append(path)
    if not foreign:
        return
    without = [owner for owner in owners if owner.state != "present"]
    if without:
        tops = sorted({path[len(prefix) :].partition("/")[0] for path in foreign})
        detail = f"{len(foreign)} files ({', '.join(tops[:5])}{', …' if len(tops) > 5 else ''}); {len(without)} distributions here have no RECORD to list them"
        result.facts.append(FileFact(kind="unattributed", path=site or ".", detail=detail))
        return
    owned_folders = set()
    for path in claims:
        while "/" in path:
            path = path.rpartition("/")[0]
            if path in owned_folders:
                break
            owned_folders.add(path)
    groups: dict[str, list[str]] = defaultdict(list)
    for path in foreign:
        groups[_topmost_foreign(path, prefix, owned_folders)].append(path)
    for number, (top, paths) in enumerate(sorted(groups.items())):
        if number >= _MAX_UNOWNED:
            result.facts.append(FileFact(kind="unowned", path=site or ".", detail=f"{len(groups) - number} more"))
            break
        paths.sort()
        code = [path for path in paths if _is_code(path)]
        first = (code or paths)[0][len(prefix) :]
        detail = "" if paths == [top] else f"{len(paths)} files, among them {first}"
        result.facts.append(FileFact(kind="unowned" if code else "unowned-data", path=top, detail=detail))


def _is_code(path: str) -> bool:
    """Whether the import system, or a shell, could run it; bytecode in `__pycache__` without its source is never imported."""
    return path.endswith(_CODE) and not ("/__pycache__/" in path or path.startswith("__pycache__/") or "/~" in path)


def _topmost_foreign(path: str, prefix: str, owned_folders: set[str]) -> str:
    """The highest folder above `path` in which nothing is owned; `path` itself if its folder has owned files."""
    parts = path[len(prefix) :].split("/")
    for depth in range(1, len(parts)):
        folder = prefix + "/".join(parts[:depth])
        if folder not in owned_folders:
            return folder
    return path


def _source_of(path: str) -> str:
    """The source that the bytecode file at `path` is the cache of (PEP 3147), or would stand in for."""
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    if folder.endswith("__pycache__"):
        folder = folder[: -len("__pycache__")].rstrip("/")
        # a stem may itself have dots: the tag is what stands between the last two
        stem = name.rsplit(".", 2)[0] if name.count(".") >= 2 else stem
        stem = stem.rpartition(".")[0] if ".opt-" in name else stem
    return f"{folder}/{stem}.py" if folder else f"{stem}.py"


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
