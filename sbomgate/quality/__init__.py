"""How good an SBOM is: CycloneDX documents of any producer, held against published rule books.

Pure functions over a parsed document. A field that a document states to be unknown is reported as that: it satisfies the
rule books that ask to identify unknowns explicitly (CISA, NTIA), and never counts as present.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sbomgate.quality import bsi, cisa, ntia, sbomqs
from sbomgate.quality.facts import Facts, read
from sbomgate.quality.fields import Field, judge
from sbomgate.quality.results import Profile, Result, Score, Verdict

__all__ = ["Profile", "Result", "Score", "Verdict", "score"]


def score(document: Any, path: str, *, schema_valid: bool | None = None) -> Score:
    """A parsed CycloneDX document under every profile; CollectError if it is none.

    `schema_valid`: what a validator said of it; None if nobody asked one.
    """
    facts = read(document, path)
    more = {"format", *(f"version-{version}" for version in ("1.4", "1.6") if _number(facts.spec_version) >= _number(version))}
    if schema_valid is not None:
        more.add("schema-valid" if schema_valid else "schema-invalid")
    facts = replace(facts, document=facts.document | more)
    return Score(
        path=path,
        spec_version=facts.spec_version,
        components=facts.total,
        profiles=(
            sbomqs.profile(facts),
            _profile("cisa-2026", cisa.NAME, cisa.SOURCE, cisa.FIELDS, facts, unknowns=True),
            _profile("ntia-2021", ntia.NAME, ntia.SOURCE, ntia.FIELDS, facts, unknowns=True),
            _profile("bsi-2.1", bsi.NAME, bsi.SOURCE, bsi.FIELDS, facts, unknowns=False),
        ),
    )


def _profile(id_: str, name: str, source: str, fields: tuple[Field, ...], facts: Facts, *, unknowns: bool) -> Profile:
    return Profile(id=id_, name=name, source=source, results=tuple(judge(field, facts, unknowns=unknowns) for field in fields))


def _number(version: str) -> int:
    return int(version.partition(".")[2])
