"""A package that an agent's settings name, as a component: what is fetched when a server or a hook starts."""

from __future__ import annotations

from typing import Final

from sbomgate import purl
from sbomgate.collectors.agents.references import Reference
from sbomgate.model import Component, Digest, Location, Origin, Pin, Source

_PINS: Final = {"digest": Pin.HASHED, "tag": Pin.DIST_TAG, "local": Pin.PATH, "n/a": Pin.NONE}


def component_of(reference: Reference, location: Location, disabled: bool = False) -> Component:
    """The package as a component. What comes from a repository or an address has no version: its purl carries the source."""
    moves = reference.requirement if reference.pin.startswith("vcs") else ""
    source = Source("vcs" if reference.pin.startswith("vcs") else "url", reference.url, moves, reference.version) if reference.url else None
    version = "" if source else reference.version
    hashes: tuple[Digest, ...] = ()
    if source and reference.pin == "hashed":
        alg, _, value = reference.requirement.partition("=")
        hashes = (Digest(alg, value),)
    return Component(
        ecosystem="generic" if reference.ecosystem in ("git", "url") else reference.ecosystem,
        name=reference.name,
        version=version,
        purl=_identity(reference),
        origin=Origin.LAUNCHED,
        pin=_PINS.get(reference.pin) or Pin(reference.pin),
        locations=(location,),
        requirement="" if reference.pin in ("exact", "hashed", "vcs-commit") else reference.requirement,
        scope="optional" if disabled else "runtime",
        hashes=hashes,
        source=source,
    )


def _identity(reference: Reference) -> str:
    ecosystem, name, version = reference.ecosystem, reference.name, reference.version
    if ecosystem == "oci":  # purl specification: the last part is the name, the whole repository a qualifier
        repository, _, short = name.rpartition("/")
        return purl.generic(
            "oci", short.lower(), version, repository_url=name.lower() if repository else "", tag=reference.requirement.partition("@")[0]
        )
    qualifiers: dict[str, str] = {}
    if reference.url and reference.pin.startswith("vcs"):
        qualifiers["vcs_url"] = reference.url + (f"@{version}" if version else "")
    elif reference.url:
        qualifiers["download_url"] = reference.url
        if reference.pin == "hashed":
            qualifiers["checksum"] = reference.requirement.replace("=", ":", 1)
    version = "" if reference.url else version
    if ecosystem == "npm":
        return purl.npm(name, version, **qualifiers)
    if ecosystem == "pypi":
        return purl.pypi(name, version, **qualifiers)
    return purl.generic("generic" if ecosystem in ("git", "url") else ecosystem, name, version, **qualifiers)
