"""Package URLs and the normal forms of names. Source: the purl specification, `PURL-TYPES`."""

from __future__ import annotations

import re
from functools import lru_cache

_SEPARATORS = re.compile(r"[-_.]+")
_PLAIN = re.compile(r"[A-Za-z0-9._~:-]*\Z")  # the characters that purl never encodes


@lru_cache(maxsize=65536)
def canonical_name(name: str) -> str:
    """The name as indexes compare it; does not validate. Source: PEP 503, "Normalized Names"."""
    # not packaging.utils: it would load logging and subprocess on every run
    return _SEPARATORS.sub("-", name).lower()


def pypi(name: str, version: str = "", **qualifiers: str) -> str:
    """The purl of a PyPI component; `name` normalised by the caller."""
    return f"pkg:pypi/{_quote(name)}" + _tail(version, qualifiers)


def npm(name: str, version: str = "", **qualifiers: str) -> str:
    """The purl of an npm component; `name` with its scope, `@scope/name`."""
    if name[:1] == "@" and "/" in name:
        scope, _, name = name.partition("/")
        return f"pkg:npm/%40{_quote(scope[1:])}/{_quote(name)}" + _tail(version, qualifiers)
    return f"pkg:npm/{_quote(name)}" + _tail(version, qualifiers)


def generic(kind: str, name: str, version: str = "", **qualifiers: str) -> str:
    """The purl of another type; slashes in `name` separate namespace and name."""
    path = "/".join(_quote(part) for part in name.split("/") if part)
    return f"pkg:{kind}/{path}" + _tail(version, qualifiers)


def without_version(purl: str) -> str:
    """`purl` without version and qualifiers: the package itself."""
    return purl.partition("?")[0].partition("@")[0]


def pattern(text: str) -> str:
    """A purl as people and other tools write it, in our spelling: the npm scope encoded, the PyPI name normalised; `*` stays."""
    if text.startswith("pkg:npm/@"):
        return "pkg:npm/%40" + text[9:]
    if text.startswith("pkg:pypi/"):
        name, at, rest = text[9:].partition("@")
        return f"pkg:pypi/{canonical_name(name)}{at}{rest}"
    return text


def _tail(version: str, qualifiers: dict[str, str]) -> str:
    text = f"@{_quote(version)}" if version else ""
    if qualifiers:
        # a login that was redacted is left out altogether: a purl names a package, not an account
        pairs = [f"{key}={_quote(value.replace('***@', ''))}" for key, value in sorted(qualifiers.items()) if value]
        text += "?" + "&".join(pairs) if pairs else ""
    return text


def _quote(text: str) -> str:
    if _PLAIN.match(text):
        return text
    from urllib.parse import quote

    return quote(text, safe="._~:-", errors="backslashreplace")
