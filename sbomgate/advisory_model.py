"""The nouns of advisories: what sources say of components, and who said it. A scan that asks none loads none."""

from __future__ import annotations

from typing import NamedTuple


class Analysis(NamedTuple):
    """What a VEX statement says of a component and a defect."""

    state: str
    """`not_affected` · `fixed` · `affected` · `under_investigation`, the words of OpenVEX."""
    justification: str = ""
    """One of the justifications of OpenVEX or of CycloneDX, as written."""
    detail: str = ""
    """The impact, the action or the notes, in the author's own words."""
    place: str = ""
    """The file, and where the statement stands in it."""


class Match(NamedTuple):
    """One defect, or one piece of malware, that an advisory tells of a component."""

    purl: str
    state: str
    """`affected` · `possible` (the version is unknown, and there are affected ones) · `unjudged` (the record cannot be compared with it)."""
    advisory: str
    """The id of the record that is quoted."""
    ids: tuple[str, ...]
    """Every id of the defect, that one first: records that name one another as aliases are one."""
    malicious: bool
    severity: str = ""
    """`critical` · `high` · `medium` · `low` · `info` (a score of 0); empty: unknown."""
    score: str = ""
    """CVSS base score, `9.8`; empty without a vector that can be read."""
    vector: str = ""
    rating: str = ""
    """The database's own word, where the severity rests on it and not on a vector."""
    fixed: str = ""
    """The lowest version above the component's that no record of the defect calls affected; empty if none is known."""
    summary: str = ""
    modified: str = ""
    """RFC 3339, without the `Z`."""
    source: str = ""
    """Where the record came from: the file that was imported, the service that was asked."""
    reason: str = ""
    """Why it is `unjudged`."""
    analysis: Analysis | None = None
    """What a VEX document says of it, if the scan was given one."""


class ReleaseState(NamedTuple):
    """What an index says of a release, or of its whole project, other than that it can be had."""

    purl: str
    state: str
    """`quarantined` · `yanked` · `gone` (the index does not have it, or no longer) · `deprecated` · `archived`."""
    reason: str = ""
    """In the words of the index or the publisher: unverified, on one line, cut."""
    place: str = ""
    """Scheme and host of the index."""
    whole: bool = False
    """It is said of the project, with all of its releases."""
    named: bool = True
    """What names the release names the index too; else it is the one that is set up, and another may have been meant."""


class AdvisorySource(NamedTuple):
    """A collection of advisories that the components were compared with, or an index that was asked for its releases."""

    kind: str
    """`osv` · `pip-audit` · `osv-api` · `index`."""
    place: str
    """Its file, its address, or the command."""
    newest: str = ""
    """When its newest record was modified: RFC 3339 without the `Z`; empty where it has none, or is no store."""
    records: int = 0
    refused: int = 0
    """Records that could not be read when it was made."""
