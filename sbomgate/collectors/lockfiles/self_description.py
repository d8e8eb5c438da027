"""What pyproject.toml and package.json say of their project: who wrote it, what it is, under which licence.

Only texts for the head of a document; what has another form than the specification says is left out there, since nothing
hangs on it. Sources: PyPA specification "pyproject.toml", Poetry's documentation, npm's documentation of package.json.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sbomgate.collectors.lockfiles.package_lock import is_spdx
from sbomgate.model import Location, Metadata, Party, ProjectFile
from sbomgate.parties import MAX_NAME, is_mail, party
from sbomgate.text import redacted_url

_MAX_SUMMARY: Final = 500
_MAX_ROWS: Final = 50
_UNPUBLISHED: Final = "Private ::"
"""Indexes refuse a project with a classifier that begins so. Source: PyPI, "Classifiers"."""


def of_pyproject(project: dict[str, Any], poetry: dict[str, Any], location: Location, name: str, version: str) -> ProjectFile:
    """The project of `[project]`, else of `[tool.poetry]`."""
    table = project if "name" in project else poetry
    licence = table.get("license")
    expression = licence if isinstance(licence, str) else ""
    text = licence.get("text") if isinstance(licence, dict) else ""
    classifiers = [text for text in _rows(table.get("classifiers")) if isinstance(text, str)]
    urls = table.get("urls")
    urls = urls if isinstance(urls, dict) else {}
    pairs = [
        *((label, url) for label, url in urls.items()),
        *((label.title(), table.get(label)) for label in ("homepage", "repository", "documentation")),
    ]
    metadata = Metadata(
        summary=_line(table.get("description")),
        license_expression=expression[:_MAX_SUMMARY],
        license_text=_line(text)[:200],
        license_classifiers=tuple(text for text in classifiers if text.startswith("License ::")),
        urls=tuple(_urls(pairs)),
    )
    people = tuple(filter(None, (_person(row) for row in _rows(table.get("authors")))))
    return ProjectFile(location, "pypi", name, version, people, metadata, any(text.startswith(_UNPUBLISHED) for text in classifiers))


def of_package_json(manifest: dict[str, Any], path: str) -> Iterator[ProjectFile]:
    """The project of a package.json; none where it has no name, as files do that only set the kind of modules."""
    name, version = manifest.get("name"), manifest.get("version")
    if not (isinstance(name, str) and name):
        return
    licence = manifest.get("license")
    licence = licence[:200] if isinstance(licence, str) else ""
    expression = licence if is_spdx(licence) else ""
    repository = manifest.get("repository")
    source = repository.get("url") if isinstance(repository, dict) else repository
    metadata = Metadata(
        summary=_line(manifest.get("description")),
        license_expression=expression,
        license_text="" if expression else licence,
        urls=tuple(_urls((("Homepage", manifest.get("homepage")), ("Repository", source)))),
    )
    author = _person(manifest.get("author"))
    version = version if isinstance(version, str) else ""
    yield ProjectFile(Location(path, 1), "npm", name, version, (author,) if author else (), metadata, manifest.get("private") is True)


def _person(row: Any) -> Party | None:
    if isinstance(row, str):
        found = party(row)
    elif isinstance(row, dict):
        name, mail = _line(row.get("name"))[:MAX_NAME], row.get("email")
        found = Party(name, mail if isinstance(mail, str) and is_mail(mail) else "")
    else:
        return None
    return found if found.name or found.email else None


def _urls(pairs: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, str]]:
    for label, url in list(pairs)[:_MAX_ROWS]:
        if isinstance(label, str) and isinstance(url, str) and "://" in url:
            yield label[:200], redacted_url(url.strip()[:2000])


def _line(text: Any) -> str:
    return " ".join(text[:_MAX_SUMMARY].split()) if isinstance(text, str) else ""


def _rows(value: Any) -> list[Any]:
    return value[:_MAX_ROWS] if isinstance(value, list) else []
