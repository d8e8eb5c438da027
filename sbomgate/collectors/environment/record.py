"""The RECORD of an installed distribution: what it lists, and the digest over what came from the artifact.

Source: "Recording installed projects", section "The RECORD file". A RECORD proves that nothing was changed after the
installation by someone who did not also change RECORD; it says nothing about the artifact.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

MAX_RECORD: Final = 64 * 2**20
INSTALLER_FILES: Final = frozenset(
    {
        "INSTALLER",
        "RECORD",
        "REQUESTED",
        "direct_url.json",
        "provenance_url.json",
        "uv_cache.json",
        "uv_build.json",
        "RECORD.jws",
        "RECORD.p7s",
    }
)
"""Files of .dist-info that the installer writes: they differ from machine to machine."""
BYTECODE: Final = (".pyc", ".pyo")
_LAST: Final = frozenset("AEIMQUYcgkosw048")
"""How base64 of 32 bytes can end: the last letter carries four bits."""
_PLAIN_ROW: Final = re.compile(r"^([^,\n]+),(?:([^,=\n]*)=([^,=\n]*)=*)?,([^,\n]*)$", re.MULTILINE)


@dataclass(slots=True)
class Owner:
    """A distribution with what its RECORD lists."""

    purl: str
    metadata_path: str
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(path as written, algorithm, digest in urlsafe base64 without padding, size as written); empty text where not given."""
    state: str = "missing"
    """`present` · `empty` · `missing`."""
    tops: frozenset[str] = frozenset()
    """Without RECORD: the normalised top-level names that it may own."""
    digests: list[bytes] = field(default_factory=list)
    """For each row the digest itself; empty where there is none, or none that can be checked. Filled by `installed_files.begin`."""


def parse_record(data: bytes) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of a RECORD; ValueError with the line for one that is no row."""
    text = data.decode("utf-8-sig", "surrogateescape")
    if '"' in text:
        import csv
        import io

        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            for row in reader:
                if row:
                    yield _row(row, reader.line_num)
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num}: {error}") from error
        return
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows = _PLAIN_ROW.findall(text)
    lines = text.count("\n") + (not text.endswith("\n"))
    if len(rows) == lines:  # the usual shape in every line, at a third of the time
        yield from rows
        return
    for number, line in enumerate(text.split("\n"), 1):
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
    rewritten for the machine), bytecode that the installer made, and what else it adds do not count.
    """
    folder = owner.metadata_path.rpartition("/")[2] + "/"
    marker = seed_marker(folder[:-1])
    lines = []
    for path, alg, value, _ in owner.rows:
        if path.startswith(("../", "/", "..\\")) or (path.endswith(BYTECODE) and (not alg or "__pycache__" in path)):
            continue
        if path.startswith(folder) and path[len(folder) :] in INSTALLER_FILES:
            continue
        if not alg and (path == marker or path.endswith("/__pycache__")):
            continue
        if alg != "sha256" or "\0" in path or "\n" in path:
            return ""
        if len(value) != 43 or value[42] not in _LAST or "+" in value or "/" in value:
            value = _canonical(value)
            if not value:
                return ""
        lines.append(f"{path}\0{value}\n")
    return "sgc1:" + sha256("".join(sorted(set(lines))).encode("utf-8", "surrogateescape")).hexdigest() if lines else ""


def seed_marker(metadata_folder: str) -> str:
    """The empty file with which virtualenv says that it put a distribution there; it also lists folders of bytecode."""
    return metadata_folder.removesuffix(".dist-info") + ".virtualenv"


def _canonical(value: str) -> str:
    """A SHA-256 in the one spelling that counts, URL-safe base64 without padding; empty if it is none."""
    raw = decoded(value)
    return b2a_base64(raw, newline=False).decode().replace("+", "-").replace("/", "_").rstrip("=") if len(raw) == 32 else ""


def decoded(value: str) -> bytes:
    """The digest in the base64 text of a row; empty if it is none."""
    try:
        return a2b_base64(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4))
    except (Base64Error, ValueError):
        return b""
