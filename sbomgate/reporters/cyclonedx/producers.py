"""Who made a component and who supplies it.

CycloneDX: `manufacturer` is who created it, `supplier` who supplied it and may be the same; `authors` are the people. So
the authors are the manufacturer; the maintainers, who publish a release, are the supplier where they are named, else the
authors are. A package that names nobody is supplied by the account that its own metadata names as the home of its source.
The index is never the supplier: nothing that is read says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from sbomgate.model import Metadata, Person
from sbomgate.reporters.cyclonedx.urls import account, iri, reference_type
from sbomgate.reporters.encode import quoted

_MAX_NAME = 200


def producers(metadata: Metadata) -> str:
    """`,"supplier":…,"manufacturer":…,"authors":…` as far as it is known; empty if nobody is named."""
    if not (metadata.author or metadata.urls or metadata.authors or metadata.maintainers):
        return ""  # as in most lockfiles
    home = next((url for kind in ("website", "vcs") for label, url in metadata.urls if "://" in url and reference_type(label) == kind), "")
    makers = metadata.authors
    if metadata.author and not makers and not metadata.maintainers:
        makers = (Person(metadata.author),)
    supplier = _entity(metadata.maintainers or makers, home) or _account(metadata)
    text = f',"supplier":{supplier}' if supplier else ""
    if makers:
        people = ",".join([f"{{{_person(one)}}}" for one in makers])
        text += f',"manufacturer":{_entity(makers, home)},"authors":[{people}]'
    return text


def _entity(people: Sequence[Person], home: str) -> str:
    """An `organizationalEntity`; empty for nobody. Its address is that of the project, or of the people themselves."""
    if not people:
        return ""
    name = ", ".join([one.name for one in people if one.name]) or ", ".join([one.email for one in people])
    text = f'"name":{quoted(name[:_MAX_NAME])}'
    urls = [home] if home else [one.url for one in people if one.url]
    if urls:
        text += f',"url":[{",".join([quoted(iri(url)) for url in dict.fromkeys(urls)])}]'
    contacts = [f"{{{_person(one)}}}" for one in people if one.email]
    return f'{{{text},"contact":[{",".join(contacts)}]}}' if contacts else f"{{{text}}}"


def _person(one: Person) -> str:
    parts = [f'"{key}":{quoted(value)}' for key, value in (("name", one.name), ("email", one.email)) if value]
    return ",".join(parts)


def _account(metadata: Metadata) -> str:
    """The account at a forge that the package names as its home, as an entity; empty if it names none."""
    kinds = {"vcs": 0, "website": 1}
    pages = sorted((kinds[kind], url) for label, url in metadata.urls if (kind := reference_type(label)) in kinds)
    name, page = next((found for _, url in pages if (found := account(url))[0]), ("", ""))
    return f'{{"name":{quoted(name)},"url":[{quoted(page)}]}}' if name else ""
