"""Single values as SPDX writes them: identifiers, persons, addresses, checksums."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

NOASSERTION: Final = "NOASSERTION"
_CONTROLS: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9.]+")
_MAIL: Final = re.compile(r"([^<>]*)<([^<>@\s]+@[^<>@\s()]+)>\Z")
_HOST: Final = r"[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*\.[A-Za-z]{2,%s}(?::[0-9]{1,5})?"
_USER: Final = r"(?:[A-Za-z0-9_.~-]+@)?"
_ADDRESS: Final = re.compile(rf"(?:https?|ssh|git|svn|sftp|ftp)://{_USER}{_HOST % ''}(?:/[!-~]*)?\Z")
_REPOSITORY: Final = re.compile(rf"(?:git|hg|svn|bzr)\+(?:https?|ssh|git|svn|sftp|ftp)://{_USER}{_HOST % '5'}(?:/[!-~]*)?\Z")
"""Narrower than RFC 3986 and SPDX 2.3 §7.7: what the SPDX project's own library takes for valid, which refuses hosts
without a dot, addresses of numbers and, for repositories, long top-level domains."""
_CHECKSUMS: Final = {
    "MD5": ("MD5", 32), "SHA-1": ("SHA1", 40), "SHA-256": ("SHA256", 64), "SHA-384": ("SHA384", 96), "SHA-512": ("SHA512", 128),
    "SHA3-256": ("SHA3-256", 64), "SHA3-384": ("SHA3-384", 96), "SHA3-512": ("SHA3-512", 128), "BLAKE2b-256": ("BLAKE2b-256", 64),
    "BLAKE2b-384": ("BLAKE2b-384", 96), "BLAKE2b-512": ("BLAKE2b-512", 128),
}  # fmt: skip
"""CycloneDX's name → SPDX's, and the length of the value. BLAKE3 is left out: the library wants 256 digits where 256 bits are meant."""


def identifiers(refs: Iterable[str]) -> dict[str, str]:
    """Reference → SPDXID: its letters, digits and points, so that it stays the same whatever else the document holds.

    Two that would have the same one are told apart by a digest of the reference. Source: SPDX 2.3 §7.2.
    """
    found: dict[str, str] = {}
    used: set[str] = set()
    for ref in refs:
        name = _NOT_IN_ID.sub("-", ref.removeprefix("pkg:")).strip("-")
        unique = f"SPDXRef-{name}"
        while not name or unique in used or name == "DOCUMENT":
            from hashlib import sha256

            name = f"{name}-{sha256(f'{unique} {ref}'.encode(errors='backslashreplace')).hexdigest()[:16]}".lstrip("-")
            unique = f"SPDXRef-{name}"
        used.add(unique)
        found[ref] = unique
    return found


def actor(kind: str, who: Mapping[str, Any]) -> str:
    """A person or organisation of CycloneDX as `Person: name (mail)`; NOASSERTION for one without a name. Source: SPDX 2.3 §6.8."""
    name = one_line(str(who.get("name", "")))
    mail = str(who.get("email", "") or next((one.get("email", "") for one in who.get("contact", ())), ""))
    if match := _MAIL.match(name):
        name, mail = match[1].strip(), mail or match[2]
    if not name:
        name, mail = mail, ""
    if not name:
        return NOASSERTION
    mail = mail if re.fullmatch(r"[^\s()]+", mail) else ""
    # without the second pair, what stands in the parentheses of a name would be read as an address
    return f"{kind}: {name} ({mail})" if mail or "(" in name or ")" in name else f"{kind}: {name}"


def one_line(text: str) -> str:
    """`text` as SPDX has names and versions, a single line: what would end it as an escape."""
    # not text.printable: which characters are printable hangs on the version of Python
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text).strip()


def address(url: str) -> str:
    """`url` where SPDX readers take it for an address, without a login that was taken out; empty otherwise."""
    if "***" in url and "***" in (url := url.replace("://***@", "://", 1)):
        return ""
    return url if _ADDRESS.match(url) else ""


def repository(url: str) -> str:
    """`url` where it is the place of a revision in a repository; empty otherwise. Source: SPDX 2.3 §7.7.1."""
    if "***" in url and "***" in (url := url.replace("://***@", "://", 1)):
        return ""
    return url if _REPOSITORY.match(url) else ""


def checksum(row: Mapping[str, str]) -> tuple[str, str] | None:
    """(algorithm, hex) of a hash of CycloneDX; None for what SPDX has no name for, or of another length."""
    name, length = _CHECKSUMS.get(row["alg"], ("", 0))
    return (name, row["content"]) if name and len(row["content"]) == length else None
