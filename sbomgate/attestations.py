"""What an SBOM is about, stated so that it can be signed: in-toto Statements.

A Statement binds a predicate, here a whole CycloneDX document, to artifacts by their digests. It is not signed: that is
for the tool that has the key or the identity (docs/signing.md).

Source: in-toto Attestation Framework v1, `spec/v1/statement.md`, `digest_set.md`, `spec/predicates/cyclonedx.md`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sbomgate.errors import UsageError
from sbomgate.hashing import MAX_HASHED
from sbomgate.reporters.encode import dumps
from sbomgate.text import without_surrogates
from sbomgate.tree import OPEN_FLAGS

STATEMENT: Final = "https://in-toto.io/Statement/v1"
CYCLONEDX: Final = "https://cyclonedx.org/bom"
"""Without a version, as cosign and GitHub write and look for it; the document says its own."""
_CHUNK: Final = 2**20
_MAX_NAME: Final = 255
"""Characters of the name of an image, as registries bound it."""
# the grammar of references to images, github.com/distribution/reference: registry, path, tag, digest
_HOST: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9a-fA-F:]{2,45}\])(?::[0-9]{1,5})?\Z").match
_PART: Final = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*\Z").match
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z").match
_DIGEST: Final = re.compile(r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\Z").match


def subjects_of(artifacts: Iterable[str]) -> list[dict[str, Any]]:
    """The `subject` of a Statement about `artifacts`, sorted: files by SHA-256 and SHA-512, images by the digest that they are named with.

    UsageError for what has no digest: a folder, an image by its tag, a file that cannot be read.
    """
    found = (_image(artifact) or _file(artifact) for artifact in artifacts)
    unique = {(one["name"], *sorted(one["digest"].items())): one for one in found}
    return [unique[key] for key in sorted(unique)]


def statement(subjects: Sequence[dict[str, Any]], document: str | Iterable[str]) -> Iterator[str]:
    """The Statement about `subjects` whose predicate is `document`, JSON text whole or in pieces; in pieces too."""
    yield f'{{\n"_type": {dumps(STATEMENT)},\n"subject": {dumps(list(subjects))},\n"predicateType": {dumps(CYCLONEDX)},\n"predicate": '
    yield from (document,) if isinstance(document, str) else document
    yield "}\n"


def _image(artifact: str) -> dict[str, Any] | None:
    """The image that `artifact` names with its digest; None if it is no such name. A tag is left out: it moves."""
    name, at, digest = artifact.rpartition("@")
    if not at or not _DIGEST(digest) or len(name) > _MAX_NAME:
        return None
    parts = name.split("/")
    last, colon, tag = parts[-1].partition(":")
    path = [*parts[:-1], last]
    has_host = len(path) > 1 and _HOST(path[0]) and (not _PART(path[0]) or "." in path[0] or path[0] == "localhost")
    if (colon and not _TAG(tag)) or not all(map(_PART, path[1:] if has_host else path)):
        return None
    algorithm, _, value = digest.partition(":")
    return {"name": "/".join(path), "digest": {algorithm: value}}


def _file(path: str) -> dict[str, Any]:
    """The file at `path`, hashed here; UsageError if there is none, or it is no regular file, or it changes meanwhile."""
    place = "--attest"
    try:
        handle = os.open(os.path.realpath(path), OPEN_FLAGS)  # named by the caller: a link is as good as a file
    except FileNotFoundError as error:
        fix = "an image is named with its digest: name@sha256:…, all 64 hex digits in lower case"
        raise UsageError("no such file", path, place, fix) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot be read ({error.strerror if isinstance(error, OSError) else error})", path, place) from error
    try:
        before = os.fstat(handle)
        if stat.S_ISDIR(before.st_mode):
            fix = "attest what is published: a wheel, an sdist, an archive, an image by its digest"
            raise UsageError("a folder has no digest that others could check", path, place, fix)
        if not stat.S_ISREG(before.st_mode):
            raise UsageError("not a regular file", path, place)
        digests = hashlib.sha256(), hashlib.sha512()
        length = 0
        while length <= MAX_HASHED and (data := os.read(handle, _CHUNK)):
            for digest in digests:
                digest.update(data)
            length += len(data)
        after = os.fstat(handle)
        if (length, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise UsageError("changed while it was read, or too large", path, place)
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", path, place) from error
    finally:
        os.close(handle)
    name = without_surrogates(os.path.basename(os.path.normpath(path)))
    return {"name": name, "digest": {digest.name: digest.hexdigest() for digest in digests}}
