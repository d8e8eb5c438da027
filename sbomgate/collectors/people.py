"""Who made a package and where it lives, as METADATA and package.json say it.

Sources: core metadata specification (Author, Author-email and their Maintainer twins: addresses as RFC 822 has them, several
separated by commas); npm documentation, "package.json" (people fields, repository, bugs, funding).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sbomgate.model import Person
from sbomgate.text import redacted_url

_MAX_PEOPLE: Final = 50
_MAX_NAME: Final = 200
_MAX_TEXT: Final = 2000
"""Characters of one list of people; longer ones are cut, as a summary is."""
_MAX_URL: Final = 2000
_ENTRY: Final = re.compile(r'(?:"[^"]*"|<[^>]*>|[^,])+')
_MAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,9}[A-Za-z]{2,63}")
_NOBODY: Final = frozenset({"", "unknown", "none", "n/a", "todo", "your name"})
"""What tools and templates write for nobody, in lower case."""
_HOSTS: Final = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org", "gist": "gist.github.com"}
"""npm's shorthands. Source: `hosted-git-info`."""
_SHORTHAND: Final = re.compile(r"(?:(?P<host>github|gitlab|bitbucket|gist):)?(?P<path>[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?)(?:#.*)?")
_SCP: Final = re.compile(r"(?:git\+)?(?:ssh://)?git@(?P<host>[A-Za-z0-9.-]+):(?P<path>[A-Za-z0-9_~][^:]*)")


def of_metadata(single: Mapping[str, str], role: str) -> tuple[Person, ...]:
    """The people of METADATA in the `role` of `Author` or `Maintainer`.

    A name in the one field and a lone address in the other are of one person; more than that is not guessed.
    """
    names = single.get(role, "").partition("\n")[0].strip()[:_MAX_NAME]
    name = "" if names.lower() in _NOBODY else names
    found = list(_listed(single.get(f"{role}-email", "")))
    if name and all(person.name != name for person in found):
        if len(found) == 1 and not found[0].name:
            found[0] = found[0]._replace(name=name)
        else:
            found.insert(0, Person(name))
    return tuple(dict.fromkeys(found))[:_MAX_PEOPLE]


def _listed(text: str) -> Iterator[Person]:
    for entry in _ENTRY.findall(text[:_MAX_TEXT])[:_MAX_PEOPLE]:
        if person := _person(entry):
            yield person


def _person(text: str) -> Person | None:
    """`Name <mail> (url)`, or any part of it."""
    text, url = text[:_MAX_TEXT].strip(), ""
    if text.endswith(")"):
        text, _, url = text[:-1].rpartition("(")
    name, _, mail = text.partition("<")
    name, mail = name.strip(" \t\"'"), mail.partition(">")[0].strip()
    return _made("", name, url) if not mail and is_mail(name) else _made(name, mail, url)


def _made(name: str, mail: str, url: str) -> Person | None:
    name = "" if name.lower() in _NOBODY else " ".join(name[:_MAX_NAME].split())
    mail = mail if is_mail(mail) else ""
    return Person(name, mail, _address(url)) if name or mail else None


def is_mail(text: str) -> bool:
    """Whether `text` is plainly an address; what only a strict reading of RFC 5321 would take is none here."""
    return "@" in text and ".." not in text and ".@" not in text and text[0] != "." and _MAIL.fullmatch(text) is not None


def of_manifest(manifest: Mapping[str, Any]) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """Authors, with those who contributed, and maintainers of a package.json."""
    authors = (*_people(manifest.get("author")), *_people(manifest.get("authors")), *_people(manifest.get("contributors")))
    return tuple(dict.fromkeys(authors))[:_MAX_PEOPLE], tuple(dict.fromkeys(_people(manifest.get("maintainers"))))[:_MAX_PEOPLE]


def _people(value: Any) -> Iterator[Person]:
    for item in value[:_MAX_PEOPLE] if isinstance(value, list) else (value,):
        person = None
        if isinstance(item, str):
            person = _person(item)
        elif isinstance(item, dict):
            name, mail, url = (part if isinstance(part := item.get(key), str) else "" for key in ("name", "email", "url"))
            person = _made(name, mail, url)
        if person:
            yield person


def links_of_manifest(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(label, URL) of where a package.json says that its package lives."""
    for key, label in (("homepage", "Homepage"), ("repository", "Repository"), ("bugs", "Issues"), ("funding", "Funding")):
        value = manifest.get(key)
        for item in value[:_MAX_PEOPLE] if isinstance(value, list) else (value,):
            directory = ""
            if isinstance(item, dict):
                where = item.get("directory")
                directory = where if key == "repository" and isinstance(where, str) else ""
                item = item.get("url")  # both forms mean the same
            if isinstance(item, str) and (url := _repository(item, directory) if key == "repository" else _address(item)):
                yield label, url


def _address(url: str) -> str:
    """`url` without what is secret in it; empty if it is no address."""
    url = url.strip()[:_MAX_URL]
    return redacted_url(url) if "://" in url else ""


def _repository(text: str, directory: str) -> str:
    """The URL of what `repository` names, with a folder in it as the fragment: so does SPDX 2.3 §7.7.1."""
    text = text.strip()[:_MAX_URL]
    url = _address(text)
    if match := _SCP.fullmatch(text):
        url = f"git+ssh://git@{match['host']}/{match['path']}"
    elif not url and (match := _SHORTHAND.fullmatch(text)) and ("/" in match["path"] or match["host"] == "gist"):
        url = f"https://{_HOSTS[match['host'] or 'github']}/{match['path']}"
    if url and directory.strip("./") and "#" not in url:
        url += f"#{directory.strip('/').removeprefix('./')[:_MAX_URL]}"
    return url


def named(people: Iterable[Person]) -> str:
    """The first of `people` who has a name, else the first address; empty for nobody."""
    people = tuple(people)
    return next((person.name for person in people if person.name), "") or next((person.email for person in people), "")
