"""Addresses as the schema wants them, and what kind of reference a label tells of."""

from __future__ import annotations

import re
from functools import lru_cache

_URL_SAFE = "._~:/?@!$&'()*+,;=%-"
_URL_IS_SAFE = re.compile(r"[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*\Z").match
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLAIN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~:/@!$&'()*+,;=-]*)?\Z")
"""What nearly every URL looks like: told at once."""
_URL = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?://(?:[^@/?#:]*(?::[^@/?#]*)?@)?[^@/?#:]*(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))(?:[^%]|%[0-9A-Fa-f]{2})*\Z"
)
"""A scheme, then an authority with one user and a port of digits, or none at all. Source: RFC 3986."""
_LABELS = {
    "homepage": "website", "home": "website", "website": "website", "projecthomepage": "website", "projecthome": "website", "web": "website", "source": "vcs",
    "sourcecode": "vcs", "sources": "vcs", "repository": "vcs", "repo": "vcs", "github": "vcs", "gitlab": "vcs", "code": "vcs", "git": "vcs", "scm": "vcs",
    "githubrepository": "vcs", "githubrepo": "vcs", "docsrtd": "documentation", "docschangelog": "release-notes", "wiki": "documentation",
    "githubproject": "vcs", "documentation": "documentation", "docs": "documentation", "doc": "documentation",
    "readthedocs": "documentation", "apireference": "documentation", "changelog": "release-notes", "changes": "release-notes", "releasenotes": "release-notes",
    "releases": "release-notes", "whatsnew": "release-notes", "history": "release-notes", "news": "release-notes", "issues": "issue-tracker",
    "issue": "issue-tracker", "tracker": "issue-tracker", "bugtracker": "issue-tracker", "issuetracker": "issue-tracker", "issuestracker": "issue-tracker",
    "bugs": "issue-tracker", "bugreports": "issue-tracker", "githubissues": "issue-tracker", "download": "distribution", "downloads": "distribution",
    "chat": "chat", "discord": "chat", "slack": "chat", "gitter": "chat", "zulip": "chat", "chatmatrix": "chat", "chatmatrixspace": "chat", "chatgitter": "chat", "reddit": "social", "mailinglists": "mailing-list",
    "mailinglist": "mailing-list", "twitter": "social",
    "mastodon": "social", "support": "support", "forum": "support", "discussions": "support", "githubdiscussions": "support", "license": "license",
}  # fmt: skip
"""Well-known labels of PEP 753 and the usual others, normalised as it says, → types of external references."""
_FORGE = re.compile(
    r"(?:git\+)?(?:https?|git|ssh)://(?:git@|www\.)?(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)[/:]([A-Za-z0-9_.-]+)(/[A-Za-z0-9_.-]+)?(/?(?:#.*)?\Z)?"
)
"""A page of one of the forges: host, owner, project, and whether that is all."""


def is_repository(url: str) -> bool:
    """Whether `url` is the address of a project at a well-known forge: whoever has it can clone it."""
    match = _FORGE.match(url)
    return match is not None and match[3] is not None and match[4] is not None


def account(url: str) -> tuple[str, str]:
    """Name and page of the account that `url` belongs to at a well-known forge; both empty for any other."""
    match = _FORGE.match(url)
    return (match[2], f"https://{match[1]}/{match[2]}") if match and match[2].strip(".") else ("", "")


@lru_cache(maxsize=1024)
def reference_type(label: str) -> str:
    return _LABELS.get(re.sub(r"[^a-z0-9]", "", label.lower()), "other")


def iri(url: str) -> str:
    """`url` with what no IRI reference may hold percent-encoded; only the first `#` begins a fragment."""
    if _PLAIN_URL.match(url) or (_URL_IS_SAFE(url) and not _STRAY_PERCENT.search(url) and _URL.match(url)):
        return url
    from urllib.parse import quote

    head, hash_, fragment = _STRAY_PERCENT.sub("%25", url).partition("#")
    head, fragment = (quote(part, safe=_URL_SAFE, errors="backslashreplace") for part in (head, fragment))
    if not _URL.match(head):  # no scheme, no port: then it is a path, and what made it look like more is encoded
        head = quote(head, safe="._~/%-").lstrip("/")
    return f"{head}{hash_}{fragment}"
