"""Exports of advisories from a server, on request only: resumed where a download broke off, checked, then imported as any other file.

Which server is the caller's to say; this names none. Sources: RFC 9110 (ranges, `If-Range`, `ETag`), RFC 9530 (`Repr-Digest`), RFC 3230
(`Digest`), and `x-goog-hash` of Google Cloud Storage.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from sbomgate.advisories import osv
from sbomgate.advisories.importing import MAX_ARCHIVE, Outcome, import_records
from sbomgate.advisories.store import Store
from sbomgate.custody.download import OR_BRING, AgainError, Client, Pool, RefusedError, host_of
from sbomgate.custody.indexes import network, without_login
from sbomgate.errors import CollectError, UsageError
from sbomgate.tree import OPEN_FLAGS

_PLACE: Final = "{ecosystem}"
_HERE: Final = ("localhost", "127.0.0.1", "::1")
_validator: Final = re.compile(r'"[\x21\x23-\x7e]{0,200}"').fullmatch  # a strong ETag: a weak one says nothing about bytes
_digests: Final = re.compile(r"(sha-256|sha-512|md5)=:?([A-Za-z0-9+/]{16,100}=*):?", re.IGNORECASE).findall


class _Export(NamedTuple):
    """A file that was fetched."""

    path: str
    version: str
    """Which address it is of, as a hash, and what the server calls this version of it."""


def addresses(urls: Sequence[str], ecosystems: Sequence[str] = ()) -> list[str]:
    """The URL of each export. `{ecosystem}` in one of `urls` stands for each of `ecosystems` (all that are kept, when none is named)."""
    found: dict[str, None] = {}
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{url!r} is no address of an export", where="--url", fix="write it as https://host/path")
        if parts.scheme == "http" and parts.hostname not in _HERE:
            raise UsageError("plain http: whoever is on the way could leave out an advisory", where="--url", fix="use https")
        if without_login(url)[0] != url:
            raise UsageError("an address with a login", where="--url", fix="put the login into .netrc")
        names = (ecosystems or tuple(osv.ECOSYSTEMS)) if _PLACE in url else ("",)
        found |= dict.fromkeys(url.replace(_PLACE, quote(name)) for name in names)
    return list(found)


def update(
    urls: Sequence[str],
    store: str,
    *,
    sha256: str = "",
    jobs: int = 0,
    progress: Callable[..., None] | None = None,
) -> Outcome | None:
    """The exports at `urls` (see `addresses`) as the store at `store`; None if the server says that nothing changed since the last time.

    `sha256`: what the one export must have. UsageError if one cannot be had; the store is then as it was, and what was fetched is kept
    beside it for the next try.
    """
    if sha256 and len(urls) != 1:
        raise UsageError("a checksum goes with one address", where="--sha256")
    folder = f"{os.path.realpath(store)}.downloads"
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot be made ({error.strerror})", folder) from error
    known = _known(store)
    try:
        with Client(Pool((), network(), folder, progress)) as client:
            if len(known) == len(urls) and all(_is_unchanged(client, url, known) for url in urls):
                return None
            exports = [_fetched(client, url, folder, sha256, progress) for url in urls]
    except RefusedError as error:
        raise UsageError(error.what, fix=error.fix.replace(OR_BRING, "")) from None
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", folder) from error
    outcome = import_records([one.path for one in exports], store, jobs=jobs, progress=progress, versions=[one.version for one in exports])
    for one in exports:
        os.unlink(one.path)
    with suppress(OSError):  # something else lies there
        os.rmdir(folder)
    return outcome


def _known(store: str) -> dict[str, str]:
    """Address, as a hash → what the server called the version that the store at `store` was made from."""
    try:
        with Store(store) as old:
            pairs = [source.version.partition(" ") for source in old.sources]
    except CollectError:
        return {}  # it is made anew
    return {address: etag for address, _, etag in pairs if address and etag}


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _is_unchanged(client: Client, url: str, known: Mapping[str, str]) -> bool:
    etag = known.get(_hash(url), "")
    if not etag:
        return False

    def once() -> bool:
        with client.get(url, {"If-None-Match": etag}) as response:
            client.expect(response, (200, 304))
            return bool(response.status_code == 304)

    return bool(client.tried(once))


def _fetched(client: Client, url: str, folder: str, sha256: str, progress: Callable[..., None] | None) -> _Export:
    """The export at `url`, whole, checked and in `folder`."""
    tail = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(urlsplit(url).path.split("/")[-2:])).strip("-.")[-80:]
    part = os.path.join(folder, f"{_hash(url)}.part")
    if progress is not None:
        progress(tail or host_of(url), "downloading")
    etag = client.tried(lambda: _continued(client, url, part, sha256))
    path = os.path.join(folder, f"{_hash(url)[:8]}-{tail or 'export'}")
    os.replace(part, path)
    return _Export(path, f"{_hash(url)} {etag}" if etag else "")


def _continued(client: Client, url: str, part: str, sha256: str) -> str:
    """What the server calls the version of the export that is then whole at `part`; what is there already is not fetched again."""
    handle = os.open(part, OPEN_FLAGS | os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        have = file.seek(0, os.SEEK_END)
        validator = _read_text(f"{part}.etag") if have else ""
        # only a part of the very same version is continued
        headers = {"Range": f"bytes={have}-", "If-Range": validator} if validator else {}
        with client.get(url, headers) as response:
            client.expect(response, (200, 206) if headers else (200,))
            etag = response.headers.get("etag", "")
            etag = etag if _validator(etag) else ""
            rest = response.status_code == 206
            if rest and (not response.headers.get("content-range", "").startswith(f"bytes {have}-") or etag != validator):
                os.truncate(handle, 0)
                raise AgainError(f"{host_of(url)} does not send the rest of a file")
            if not rest:
                file.seek(0)
                file.truncate()
                have = 0
            _write_text(f"{part}.etag", etag)
            for piece in client.pieces(response, MAX_ARCHIVE - have):
                file.write(piece)
            promised = _promised(response.headers)
        file.flush()
        wanted = [("sha256", bytes.fromhex(sha256))] if sha256 else promised
        for alg, digest in wanted:
            file.seek(0)
            if hashlib.file_digest(file, lambda alg=alg: hashlib.new(alg, usedforsecurity=False)).digest() != digest:  # type: ignore[misc]
                os.truncate(handle, 0)
                what = "asked for" if sha256 else f"that {host_of(url)} promises"
                raise RefusedError(f"what was fetched has not the {alg} {what}", "try again; if it stays so, ask who runs the server")
    with suppress(FileNotFoundError):
        os.unlink(f"{part}.etag")
    return etag


def _promised(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """The strongest digest of the whole file that the server states; empty if it states none."""
    found = {}
    for name in ("repr-digest", "digest", "x-goog-hash"):
        for alg, value in _digests(headers.get(name, "")):
            with suppress(ValueError):
                found[alg.lower().replace("-", "")] = base64.b64decode(value, validate=True)
    return next(([(alg, found[alg])] for alg in ("sha512", "sha256", "md5") if alg in found), [])


def _read_text(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            text = file.read(256)
    except (OSError, ValueError):
        return ""
    return text if _validator(text) else ""


def _write_text(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
