"""Where an artifact comes from, as lockfiles and requirements write it: URLs, repositories, file names."""

from __future__ import annotations

import re
from typing import Final

from sbomgate.model import Pin, Source
from sbomgate.text import redacted_url

_COMMIT: Final = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?").fullmatch
_USER: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#\s]*)@").match
ARCHIVES: Final = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar", ".tlz", ".tar.lz", ".tar.lzma")
"""Ends of what pip installs from. Source: pip, `utils/filetypes.py`."""
_PUBLIC: Final = frozenset({"git", "hg", ""})  # logins of hosted repositories: a convention, no secret


def credentials(url: str) -> str:
    """What a URL gives away before its host, without its value: `user and password (12 characters)`; empty if nothing."""
    if "@" not in url or (match := _USER(url)) is None or match[1] in _PUBLIC:
        return ""
    user, colon, password = match[1].partition(":")
    if is_placeholder(password or user):
        return ""
    if not colon:
        return f"user or token ({len(user)} characters)"
    return f"user and password ({len(password)} characters)" if password else f"user or token ({len(user)} characters)"


def vcs(url: str, commit: str = "", reference: str = "") -> Source:
    """The repository at `url`, whose fragment or parameters were taken off; a full `reference` is itself a commit."""
    if not commit and _COMMIT(reference):
        commit = reference.lower()
    return Source("vcs", redacted_url(url), reference, commit.lower() if _COMMIT(commit) else "")


def vcs_pin(source: Source) -> Pin:
    return Pin.VCS_COMMIT if source.commit else Pin.VCS_REF


def vcs_url(source: Source) -> str:
    """The purl qualifier for a repository. Source: SPDX 2.3 §7.7.1, which purl refers to."""
    end = source.commit or source.reference
    return f"{source.url}@{end}" if end else source.url


def filename(url: str) -> str:
    """The last part of the path of `url`, escapes resolved."""
    name = url.partition("#")[0].partition("?")[0].rpartition("/")[2]
    if "%" in name:
        from urllib.parse import unquote

        name = unquote(name)
    return name


def from_filename(name: str) -> tuple[str, str]:
    """Project and version in the name of a wheel or an sdist; empty where it does not tell them."""
    if name.endswith(".whl"):
        parts = name.split("-")
        return (parts[0], parts[1]) if len(parts) >= 5 else ("", "")  # PEP 427: five parts or six
    stem = next((name[: -len(end)] for end in ARCHIVES if name.lower().endswith(end)), "")
    match = re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9._-]*?)-(\d[A-Za-z0-9.!+_]*)", stem)
    return (match[1], match[2]) if match else ("", "")


def is_placeholder(text: str) -> bool:
    """`${TOKEN}`, `$TOKEN`, `%TOKEN%`: a name that is filled in elsewhere, and `****`, which is no secret any more."""
    return text.startswith(("${", "$")) or (text.startswith("%") and text.endswith("%")) or not text.strip("*")
