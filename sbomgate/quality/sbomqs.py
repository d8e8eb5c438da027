"""The published criteria of sbomqs 2: seven categories, their features and weights, 0 to 10 and a grade.

Source: interlynk-io/sbomqs. Weights: `pkg/scorer/v2/registry/registry.go` and `docs/guides/weightage-scoring.md`. Features:
`pkg/scorer/v2/extractors/*.go`, `pkg/scorer/v2/common/common.go`, `pkg/sbom/cdx.go`. Sums, the cap at 9.9 and grades:
`pkg/scorer/v2/formulae/farmulas.go`. Two things are not in the version of registry.go that could be read:

- `comp_spdx_listed_license`, which 2.1 prints. Its weight, 0.20, is what makes the category 8.8 where only the declared
  licences are missing, as a published run of 2.1.1 has it (1.05 of 1.20; without it 0.85 of 1.00).
- `comp_with_purl_or_cpe`, which the guide lists and 2.1 takes in place of half and half: the better of both counts.

Different from sbomqs on purpose, and never to the advantage of a document: values such as "unknown" do not count as
present; a signature is not verified and so gets half.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sbomgate.quality import facts as f
from sbomgate.quality.facts import Facts
from sbomgate.quality.fields import count
from sbomgate.quality.results import Profile, Result, Verdict

NAME = "sbomqs 2 criteria"
SOURCE = "interlynk-io/sbomqs, pkg/scorer/v2"


class Points(NamedTuple):
    """What a feature comes to."""

    have: int
    of: int
    points: float | None
    """None: left out of the sum."""
    stated: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of a category."""

    id: str
    name: str
    weight: float
    rule: str
    better: str
    measure: Callable[[Facts], Points]


@dataclass(frozen=True, slots=True)
class Category:
    """One category with its weight in the whole."""

    name: str
    weight: float
    features: tuple[Feature, ...]


def _share(have: int, of: int) -> float:
    """10 × have ∕ of, and no more than 9.9 while one is missing (PerComponentScore)."""
    return 10.0 if have >= of else min(9.9, 10.0 * have / of)


def components(flags: int, unknown: int = 0) -> Callable[[Facts], Points]:
    """The share of the components that have any of `flags`."""

    def measure(facts: Facts) -> Points:
        if not facts.total:
            return Points(0, 0, None)
        have, stated, examples = count(facts, flags, unknown)
        return Points(have, facts.total, _share(have, facts.total), stated, examples)

    return measure


def document(*names: str) -> Callable[[Facts], Points]:
    """10 if the document has any of `names`."""

    def measure(facts: Facts) -> Points:
        met = not facts.document.isdisjoint(names)
        return Points(int(met), 1, 10.0 if met else 0.0)

    return measure


def _tool(facts: Facts) -> Points:
    """A name without a version is worth half."""
    if "tool" in facts.document:
        return Points(1, 1, 10.0)
    return Points(0, 1, 5.0 if "tool-name" in facts.document else 0.0)


def _signature(facts: Facts) -> Points:
    return Points(int("signature" in facts.document), 1, 5.0 if "signature" in facts.document else 0.0)


def _not_weak(facts: Facts) -> Points:
    """Of the components with a hash: those whose hashes are not all weak. 0 if there is none at all."""
    if not facts.total:
        return Points(0, 0, None)
    have = of = 0
    examples: list[str] = []
    for mask, kind in facts.kinds.items():
        if mask & f.HASH_STRONG:
            have += kind.count
            of += kind.count
        elif mask & f.HASH_WEAK:
            of += kind.count
            examples += kind.examples
    return Points(have, of, _share(have, of) if of else 0.0, examples=tuple(examples[:3]))


def _without(flag: int) -> Callable[[Facts], Points]:
    """Components without a concluded licence of this sort; 0 if no licence is concluded."""

    def measure(facts: Facts) -> Points:
        if not facts.total:
            return Points(0, 0, None)
        concluded, _, _ = count(facts, f.CONCLUDED)
        bad, _, _ = count(facts, flag)
        if not concluded:
            return Points(0, facts.total, 0.0)
        examples = [name for mask, kind in facts.kinds.items() if mask & flag for name in kind.examples]
        return Points(facts.total - bad, facts.total, _share(facts.total - bad, facts.total), examples=tuple(examples[:3]))

    return measure


def _complete_dependencies(facts: Facts) -> Points:
    """Of the root and its direct dependencies, as far as they depend on anything: those that a composition calls complete."""
    if not facts.total:
        return Points(0, 0, None)
    have, of = facts.stated_complete
    return Points(have, of, _share(have, of) if of else 0.0)


def _identified(facts: Facts) -> Points:
    """The better of purl and CPE."""
    return max(components(f.PURL)(facts), components(f.CPE)(facts), key=lambda points: points.points or 0.0)


def _schema(facts: Facts) -> Points:
    if "schema-valid" in facts.document:
        return Points(1, 1, 10.0)
    return Points(0, 1, 0.0) if "schema-invalid" in facts.document else Points(0, 0, None)


CATEGORIES = (
    Category(
        "Identification",
        10,
        (
            Feature("comp_with_name", "Components with a name", 0.40, "name", "name them", components(f.NAME)),
            Feature(
                "comp_with_version",
                "Components with a version",
                0.35,
                "version",
                "state the versions",
                components(f.VERSION, f.UNKNOWN_VERSION),
            ),
            Feature(
                "comp_with_local_id", "Components with a local identifier", 0.25, "bom-ref", "write a bom-ref", components(f.REFERENCE)
            ),
        ),
    ),
    Category(
        "Provenance",
        12,
        (
            Feature(
                "sbom_creation_timestamp",
                "Timestamp",
                0.20,
                "metadata.timestamp, RFC 3339",
                "write a timestamp; SOURCE_DATE_EPOCH makes it reproducible",
                document("timestamp"),
            ),
            Feature(
                "sbom_authors",
                "Authors",
                0.20,
                "metadata.authors with a name or an e-mail address; tools do not count",
                "name who answers for the document",
                document("author-person"),
            ),
            Feature(
                "sbom_tool_version",
                "Tool and version",
                0.20,
                "metadata.tools with name and version; half without version",
                "name the tool with its version",
                _tool,
            ),
            Feature(
                "sbom_supplier",
                "Document supplier",
                0.15,
                "metadata.supplier with a name, and an e-mail address or URL",
                "name the supplier of the document with a contact",
                document("supplier-contact"),
            ),
            Feature("sbom_namespace", "Serial number", 0.15, "serialNumber as urn:uuid", "write a serial number", document("serial")),
            Feature(
                "sbom_lifecycle",
                "Lifecycle",
                0.10,
                "metadata.lifecycles",
                "say what was read: pre-build, post-build or operations",
                document("lifecycle"),
            ),
        ),
    ),
    Category(
        "Integrity",
        15,
        (
            Feature(
                "comp_with_strong_checksums",
                "Components with a strong hash",
                0.50,
                "hashes with SHA-224 or better, SHA-3, BLAKE or Streebog",
                "take the hashes of the artifacts from a lockfile",
                components(f.HASH_STRONG, f.UNKNOWN_HASH),
            ),
            Feature(
                "comp_with_weak_checksums",
                "No component with weak hashes alone",
                0.40,
                "of those with hashes; nothing if there are none",
                "take SHA-256 or better from a lockfile",
                _not_weak,
            ),
            Feature(
                "sbom_signature",
                "Signature",
                0.10,
                "a JSF signature; half, because it is not verified here",
                "sign the document; a detached signature cannot be seen here",
                _signature,
            ),
        ),
    ),
    Category(
        "Completeness",
        12,
        (
            Feature(
                "comp_with_dependencies",
                "Dependencies declared complete",
                0.25,
                "of the root and its direct dependencies that have any: named in a composition, aggregate complete",
                "name them in the dependencies of a composition with aggregate complete, if they are",
                _complete_dependencies,
            ),
            Feature(
                "sbom_completeness_declared",
                "Completeness declared",
                0.15,
                "a composition with aggregate complete about the whole document",
                "declare it, if everything was read",
                document("complete"),
            ),
            Feature(
                "sbom_primary_component",
                "Primary component",
                0.20,
                "metadata.component with a bom-ref",
                "say what the document is about",
                document("root"),
            ),
            Feature(
                "comp_with_source_code",
                "Components with a source code address",
                0.15,
                "a vcs reference",
                "name the repository",
                components(f.VCS),
            ),
            Feature(
                "comp_with_supplier",
                "Components with a supplier",
                0.15,
                "supplier with a name or an e-mail address; a manufacturer does not count",
                "name the supplier",
                components(f.SUPPLIER_NAMED, f.UNKNOWN_SUPPLIER),
            ),
            Feature(
                "comp_with_purpose",
                "Components with a purpose",
                0.10,
                "type, one of eight; platform, data and some others are not among them",
                "use one of the types that sbomqs knows",
                components(f.PURPOSE),
            ),
        ),
    ),
    Category(
        "Licensing",
        15,
        (
            Feature(
                "comp_with_licenses",
                "Components with a licence",
                0.20,
                "a concluded licence; since CycloneDX 1.6 a licence counts as declared unless it says concluded",
                "conclude the licence, after looking at the licence files",
                components(f.CONCLUDED, f.UNKNOWN_LICENSE),
            ),
            Feature(
                "comp_with_valid_licenses",
                "Components with valid licences",
                0.20,
                "every concluded licence is an SPDX expression or a LicenseRef",
                "conclude the licence as an SPDX expression",
                components(f.CONCLUDED_VALID, f.UNKNOWN_LICENSE),
            ),
            Feature(
                "comp_spdx_listed_license",
                "Components with listed licences",
                0.20,
                "every concluded licence is on the SPDX list",
                "conclude the licence as an SPDX identifier",
                components(f.CONCLUDED_LISTED, f.UNKNOWN_LICENSE),
            ),
            Feature(
                "comp_no_deprecated_licenses",
                "Components without deprecated licences",
                0.15,
                "no concluded licence with a deprecated identifier; nothing if none is concluded",
                "write GPL-2.0-only or GPL-2.0-or-later in the place of GPL-2.0, and so on",
                _without(f.CONCLUDED_DEPRECATED),
            ),
            Feature(
                "comp_no_restrictive_licenses",
                "Components without restrictive licences",
                0.20,
                "no concluded licence with copyleft; nothing if none is concluded",
                "look whether the licence suits you: this is about the components, not about the document",
                _without(f.CONCLUDED_RESTRICTIVE),
            ),
            Feature(
                "comp_with_declared_licenses",
                "Components with a declared licence",
                0.15,
                "a declared licence",
                "declare what the package declares",
                components(f.DECLARED, f.UNKNOWN_LICENSE),
            ),
            Feature(
                "sbom_data_license",
                "Licence of the document",
                0.10,
                "metadata.licenses, valid",
                "state one, such as CC0-1.0",
                document("data-licence"),
            ),
        ),
    ),
    Category(
        "Vulnerability",
        10,
        (
            Feature(
                "comp_with_purl_or_cpe",
                "Components with a purl or CPE",
                1.0,
                "a valid purl, or else CPE: the better of both shares",
                "give them purls",
                _identified,
            ),
        ),
    ),
    Category(
        "Structural",
        8,
        (
            Feature("sbom_spec_declared", "Format", 0.30, "bomFormat", "", document("format")),
            Feature("sbom_spec_version", "Version of the format", 0.30, "specVersion, a known one", "", document("format")),
            Feature("sbom_file_format", "File format", 0.20, "JSON", "", document("format")),
            Feature(
                "sbom_schema_valid",
                "Valid by its schema",
                0.20,
                "the official schema of its version; left out of the sum where it was not validated",
                "validate it, and mend what the validator names",
                _schema,
            ),
        ),
    ),
)


def grade(score: float) -> str:
    """A from 9, B from 8, C from 7, D from 5, else F."""
    return "A" if score >= 9 else "B" if score >= 8 else "C" if score >= 7 else "D" if score >= 5 else "F"


def profile(facts: Facts) -> Profile:
    """The document under the criteria of sbomqs."""
    results: list[Result] = []
    total = 0.0
    for category in CATEGORIES:
        rows = [_result(category, feature, feature.measure(facts)) for feature in category.features]
        counted = [row for row in rows if row.points is not None]
        weights = sum(row.weight for row in counted)
        # a category of which nothing counts is worth nothing and keeps its weight (ComputeInterlynkComprScore)
        total += category.weight * (sum((row.points or 0.0) * row.weight for row in counted) / weights if weights else 0.0)
        results += rows
    score = total / sum(category.weight for category in CATEGORIES)
    left_out = [row.id for row in results if row.points is None]
    return Profile(
        id="sbomqs",
        name=NAME,
        source=SOURCE,
        results=tuple(results),
        score=round(score, 2),
        grade=grade(score),
        notes=(f"left out of the sum: {', '.join(left_out)}",) if left_out else (),
    )


def _result(category: Category, feature: Feature, points: Points) -> Result:
    if points.points is None:
        verdict = Verdict.NOT_APPLICABLE
    elif points.points >= 10:
        verdict = Verdict.MET
    elif points.stated and points.have + points.stated >= points.of:
        verdict = Verdict.STATED_UNKNOWN
    else:
        verdict = Verdict.PARTLY if points.points else Verdict.MISSING
    return Result(
        id=feature.id,
        name=feature.name,
        group=category.name,
        rule=feature.rule,
        verdict=verdict,
        have=points.have,
        of=points.of,
        stated_unknown=points.stated,
        weight=feature.weight,
        points=None if points.points is None else round(points.points, 2),
        better="" if verdict is Verdict.MET else feature.better,
        examples=points.examples if verdict in (Verdict.PARTLY, Verdict.MISSING) else (),
    )
