"""Text of unknown origin made safe to show, and secrets taken out of it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# each begins only where its repetition cannot have begun before: linear on any text
_CREDENTIALS = re.compile(r"(?<![A-Za-z0-9+.-])(?P<scheme>[A-Za-z0-9+.-]*://)(?P<user>[^/?#\s\"'<>]*)@")
_QUERY = re.compile(r"(?P<name>[?&;][^?=&;#\s]*)=(?P<value>[^&;#\s]+)")
_SSH_USERS = ("git", "hg", "")  # the login of hosted repositories: a convention, no secret


# blank in every font, and yet `str.isprintable`: fillers, joiners and variation selectors, which can carry hidden text
_INVISIBLE = "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"


def printable(text: str, limit: int = 0) -> str:
    """`text` on one line with every control, format, surrogate and invisible character as an escape.

    Terminal escapes, newlines and bidirectional overrides are "not printable" in Unicode's sense, which is the test
    that `str.isprintable` applies; letters that merely have no shape are escaped too. `limit` cuts to so many characters, an ellipsis included.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escaped(c) for c in text)
    if not text.isascii():
        text = re.sub(_INVISIBLE, lambda match: _escaped(match[0]), text)
    return text if not limit or len(text) <= limit else text[: limit - 1] + "…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def without_surrogates(text: str) -> str:
    """`text` with lone surrogates written as escapes, so that it can be encoded as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text


def redacted_url(url: str) -> str:
    """`url` without its user, password and the values of its query."""
    if "@" in url:
        url = _CREDENTIALS.sub(_without_user, url)
    return _QUERY.sub(r"\g<name>=***", url) if "?" in url else url


def _without_user(match: re.Match[str]) -> str:
    scheme, user = match["scheme"], match["user"]
    return match[0] if user in _SSH_USERS and user else f"{scheme}***@" if user else scheme


def sha256_hex(text: str) -> str:
    """The SHA-256 of `text`, hex. For short texts: `hashlib` first loads OpenSSL, which costs 2.5 ms of every start."""
    digest: str = _sha256()(text.encode("utf-8", "backslashreplace")).hexdigest()
    return digest


@cache
def _sha256() -> Any:
    """CPython's own SHA-256, found once: a module that is missing is looked for anew at every import."""
    try:
        from _sha2 import sha256  # type: ignore[import-not-found]  # Python 3.12 and later
    except ImportError:
        try:
            from _sha256 import sha256  # type: ignore[import-not-found]
        except ImportError:  # an interpreter without the modules of its own
            from hashlib import sha256
    return sha256
