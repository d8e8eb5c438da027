"""Text of unknown origin made safe to show, and secrets taken out of it."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/?#\s\"'<>]*)@")
_QUERY = re.compile(r"(?P<name>[?&;][^=&;#\s]*)=(?P<value>[^&;#\s]+)")
_SSH_USERS = ("git", "hg", "")  # the login of hosted repositories: a convention, no secret


def printable(text: str, limit: int = 0) -> str:
    """`text` on one line with every control, format and surrogate character as an escape.

    Terminal escapes, newlines, bidirectional overrides and invisible letters all are "not printable" in Unicode's
    sense, which is the test that `str.isprintable` applies. `limit` cuts to so many characters, an ellipsis included.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return text if not limit or len(text) <= limit else text[: limit - 1] + "…"


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
