"""Digests as lockfiles write them: Subresource Integrity (`sha512-…`) and `algorithm:hex`."""

from __future__ import annotations

from binascii import Error, a2b_base64, unhexlify
from typing import Final

from sbomgate.model import Digest

SIZES: Final = {"sha512": 64, "sha384": 48, "sha256": 32, "sha224": 28, "sha1": 20, "md5": 16}
"""Bytes of each algorithm that the package managers of both ecosystems check."""
STRONG: Final = frozenset({"sha256", "sha384", "sha512"})
MALFORMED: Final = "sbomgate:integrity-malformed"
DEPRECATED: Final = "sbomgate:deprecated"
"""Property: the registry says that the release is not to be used any more; the value is why."""
_MAX_WORDS: Final = 300
"""Property of a component: a hash as written that no tool can check."""
_SHOWN: Final = 200


def parse_integrity(text: str) -> tuple[tuple[Digest, ...], tuple[str, ...]]:
    """The digests in an SRI string, and the parts of it that are none. Source: W3C SRI §3.5, "parse metadata"."""
    digests: list[Digest] = []
    malformed: list[str] = []
    for part in text.split():
        alg, dash, value = part.partition("?")[0].partition("-")
        try:
            raw = a2b_base64(value.encode("ascii"), strict_mode=True)
        except (Error, UnicodeEncodeError):
            raw = b""
        if dash and SIZES.get(alg) == len(raw):
            digest = Digest(alg, raw.hex())
            if digest not in digests:
                digests.append(digest)
        else:
            malformed.append(part[:_SHOWN])
    if not digests and not malformed:
        malformed.append(text[:_SHOWN])
    return tuple(digests), tuple(malformed)


def parse_hash(text: str) -> Digest | None:
    """The digest in `sha256:hex` (uv, pip, pylock); None if it is malformed or of an unknown algorithm."""
    alg, _, value = text.partition(":")
    if alg not in SIZES:
        alg = alg.strip().lower()
    try:
        raw = unhexlify(value.strip())  # a fifth of the time of looking at each character: a lockfile has ten hashes a package
    except ValueError:
        return None
    return Digest(alg, raw.hex()) if len(raw) == SIZES.get(alg) else None


def malformed_properties(parts: tuple[str, ...] | list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(MALFORMED, part[:_SHOWN]) for part in parts}))


def deprecated_property(stated: object) -> tuple[tuple[str, str], ...]:
    """The property of a release of which the lockfile says `deprecated`, with its words; npm and pnpm write it down, others do not."""
    if isinstance(stated, str) and stated.strip():
        return ((DEPRECATED, " ".join(stated.split())[:_MAX_WORDS]),)
    return ((DEPRECATED, ""),) if stated is True else ()
