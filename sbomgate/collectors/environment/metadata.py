"""The metadata files of one installed distribution.

Sources: the core metadata specification, "Recording installed projects", "Direct URL data structure" (PEP 610),
and setuptools' `.egg-info`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sbomgate.collectors import people
from sbomgate.errors import CollectError
from sbomgate.hashing import ALGORITHMS
from sbomgate.model import Artifact, Digest, Metadata, Source
from sbomgate.text import redacted_url
from sbomgate.tree import Tree, parse_json

MAX_METADATA = 16 * 2**20
_FOLDED = ("License", "Summary")
_SINGLE = frozenset(
    {
        "Name",
        "Version",
        "Summary",
        "License-Expression",
        "License",
        "Home-page",
        "Download-URL",
        "Author",
        "Author-email",
        "Maintainer",
        "Maintainer-email",
        "Requires-Python",
    }
)
_FIELDS = {name.lower(): name for name in (*_SINGLE, "Requires-Dist", "Classifier", "License-File", "Project-URL", "Provides-Extra")}
"""Names of headers know no case."""
_HEX = re.compile(r"[0-9a-f]{32,128}\Z")
_HEADER = re.compile(r"From |[!-9;-~]*:")


@dataclass(slots=True)
class Headers:
    """The header block of METADATA or PKG-INFO."""

    single: dict[str, str] = field(default_factory=dict)
    """The first value of each field that may occur once."""
    requires: list[str] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)
    urls: list[tuple[str, str]] = field(default_factory=list)
    licenses: list[str] = field(default_factory=list)
    """Classifiers below `License ::`."""
    license_files: list[str] = field(default_factory=list)


def parse_headers(data: bytes) -> Headers:
    """The fields that we use, values as written; what follows the first empty line is the description, not read.

    Not the `email` package: its parser takes a millisecond for each distribution.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.removeprefix(b"\xef\xbb\xbf")
    end = 0 if data.startswith(b"\n") else data.find(b"\n\n")
    text = (data if end < 0 else data[:end]).decode("utf-8", "backslashreplace")
    headers = Headers()
    single = headers.single
    last = ""
    for line in text.split("\n"):
        if line[:1] in (" ", "\t"):
            if last in _FOLDED:
                single[last] += "\n" + line.strip()
            continue
        key, colon, value = line.partition(":")
        last = key = _FIELDS.get(key.lower(), "") if colon else ""
        if not key:
            if not _HEADER.match(line):
                break  # no header: the description begins without an empty line
            continue
        value = value.strip()
        if key == "Requires-Dist":
            headers.requires.append(value)
        elif key == "Classifier":
            if value.startswith("License ::"):
                headers.licenses.append(value)
        elif key == "Project-URL":
            label, _, url = value.partition(",")
            headers.urls.append((label.strip(), redacted_url(url.strip())))
        elif key == "License-File":
            headers.license_files.append(value)
        elif key == "Provides-Extra":
            headers.extras.append(value)
        elif key in single:
            last = ""
        else:
            single[key] = value
    return headers


def described(headers: Headers) -> Metadata:
    """What the distribution says of itself, as far as an SBOM has a place for it."""
    single = headers.single
    urls = list(headers.urls)
    for key, label in (("Home-page", "Homepage"), ("Download-URL", "Download")):
        if (url := single.get(key, "")) and url != "UNKNOWN":
            urls.append((label, redacted_url(url)))
    license_text = single.get("License", "").partition("\n")[0][:200]
    authors, maintainers = people.of_metadata(single, "Author"), people.of_metadata(single, "Maintainer")
    return Metadata(
        summary=single.get("Summary", "").partition("\n")[0][:500],
        license_expression=single.get("License-Expression", ""),
        license_text="" if license_text == "UNKNOWN" else license_text,
        license_classifiers=tuple(headers.licenses),
        author=people.named((*authors, *maintainers)),
        authors=authors,
        maintainers=maintainers,
        urls=tuple(urls),
        requires_python=single.get("Requires-Python", ""),
    )


@dataclass(frozen=True, slots=True)
class DirectUrl:
    """PEP 610: the distribution was not installed from an index."""

    source: Source
    editable: bool = False
    hashes: tuple[Digest, ...] = ()
    subdirectory: str = ""


def read_direct_url(tree: Tree, path: str) -> DirectUrl | None:
    """What direct_url.json says; None without the file, CollectError if it is no such document."""
    if not tree.kind(path):
        return None
    document: Any = parse_json(tree.read(path, 2**20).decode("utf-8", "replace"), path)
    if not isinstance(document, dict) or not isinstance(document.get("url"), str):
        raise CollectError("expected a table with url", path, fix="install the distribution again")
    url = _without_place(redacted_url(document["url"]))
    subdirectory = document.get("subdirectory")
    where = subdirectory if isinstance(subdirectory, str) else ""
    vcs, archive, folder = (document.get(key) for key in ("vcs_info", "archive_info", "dir_info"))
    if isinstance(vcs, dict):
        commit, asked = vcs.get("commit_id"), vcs.get("requested_revision")
        kind = vcs.get("vcs") if isinstance(vcs.get("vcs"), str) else "git"
        source = Source("vcs", f"{kind}+{url}", asked if isinstance(asked, str) else "", commit if isinstance(commit, str) else "")
        return DirectUrl(source, subdirectory=where)
    if isinstance(archive, dict):
        return DirectUrl(Source("url", url), hashes=_archive_hashes(archive), subdirectory=where)
    editable = isinstance(folder, dict) and folder.get("editable") is True
    return DirectUrl(Source("path", url), editable=editable, subdirectory=where)


def read_provenance_url(tree: Tree, path: str) -> Artifact | None:
    """The artifact that provenance_url.json names (PEP 710); None without the file, CollectError if it is no such document."""
    if not tree.kind(path):
        return None
    document: Any = parse_json(tree.read(path, 2**20).decode("utf-8", "replace"), path)
    archive = document.get("archive_info") if isinstance(document, dict) else None
    if not isinstance(archive, dict) or not isinstance(document.get("url"), str):
        raise CollectError("expected a table with url and archive_info", path, fix="install the distribution again")
    url = _without_place(redacted_url(document["url"].partition("#")[0]))
    # "The hash algorithms md5 and sha1 MUST NOT be used": they would say nothing
    digests = tuple(digest for digest in _archive_hashes(archive) if digest.alg not in ("md5", "sha1"))
    return Artifact(url, url.partition("?")[0].rpartition("/")[2], digests)


def _archive_hashes(archive: dict[str, Any]) -> tuple[Digest, ...]:
    """The digests of `archive_info`, in its new form or in that of before 2023."""
    named = archive.get("hashes")
    hashes: dict[str, Any] = named if isinstance(named, dict) else {}
    legacy = archive.get("hash")
    if not hashes and isinstance(legacy, str) and "=" in legacy:
        hashes = dict([legacy.split("=", 1)])
    pairs = ((alg, value.lower()) for alg, value in sorted(hashes.items()) if isinstance(value, str))
    return tuple(Digest(alg, value) for alg, value in pairs if alg in ALGORITHMS and _HEX.match(value))


def _without_place(url: str) -> str:
    """`url`, of a local file or folder only the last part: which machine it lay on is nobody's business."""
    return f"file:.../{url.rstrip('/').rpartition('/')[2]}" if url[:5].lower() == "file:" else url
