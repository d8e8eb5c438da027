"""People and organisations as text: `Name <mail>`, as pyproject.toml, package.json and people write them."""

from __future__ import annotations

import re
from typing import Final

from sbomgate.model import Party

MAX_NAME: Final = 500
_FORM: Final = re.compile(r"([^<>()]*)(?:<([^<>]*)>)?\s*(?:\(([^()]*)\))?\s*\Z")
_MAIL: Final = re.compile(
    r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*(?:\.[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*)+\Z"
)
"""Less than RFC 5322 allows: what every reader takes."""
_URL: Final = re.compile(r"https?://[^/@\s<>\"]+(?:/[^\s<>\"]*)?\Z")


def party(text: str) -> Party:
    """The party that `Name <mail> (url)` names; mail and address are empty where there is none, or none that is plainly one.

    `Name <https://…>` is an organisation with its address. What has another form is a name as a whole.
    """
    text = text.strip()[:MAX_NAME]
    match = _FORM.match(text)
    if match is None:
        return Party(text)
    name, inner, url = (part.strip() if part else "" for part in match.groups())
    if is_mail(name) and not inner:
        name, inner = "", name
    if is_url(inner):
        inner, url = "", url or inner
    if inner and not is_mail(inner):
        return Party(text)
    return Party(name, inner, url if is_url(url) else "")


def is_mail(text: str) -> bool:
    """Whether `text` is a plain mail address."""
    return len(text) <= 254 and _MAIL.match(text) is not None


def is_url(text: str) -> bool:
    """Whether `text` is the address of a page, without a login."""
    return len(text) <= 2000 and _URL.match(text) is not None
