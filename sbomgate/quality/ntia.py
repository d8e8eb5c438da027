"""NTIA Minimum Elements of 2021: the seven data fields.

Source: NTIA, "The Minimum Elements For a Software Bill of Materials (SBOM)", 12 July 2021, replaced by CISA's of 2026 and
still cited by regulations. Known unknowns are a practice of it too. The places in CycloneDX are those of sbomqs,
`docs/reference/ntia-compliance.md`: a tool may be the author, a manufacturer may stand for the supplier.
"""

from __future__ import annotations

from sbomgate.quality import facts as f
from sbomgate.quality.fields import Field

NAME = "NTIA Minimum Elements (2021)"
SOURCE = "NTIA, The Minimum Elements For a Software Bill of Materials, 12 July 2021"
FIELDS = (
    Field(
        "supplier",
        "Supplier Name",
        "supplier, or else manufacturer",
        "name the supplier, or state that it is unknown",
        of_component=f.SUPPLIER | f.MANUFACTURER,
        unknown=f.UNKNOWN_SUPPLIER,
    ),
    Field("name", "Component Name", "name", "name it", of_component=f.NAME),
    Field(
        "version",
        "Version of the Component",
        "version",
        "state the version, or that it is unknown",
        of_component=f.VERSION,
        unknown=f.UNKNOWN_VERSION,
    ),
    Field(
        "identifiers",
        "Other Unique Identifiers",
        "a purl, CPE or SWID",
        "give it a purl",
        of_component=f.PURL | f.CPE | f.OTHER_IDENTIFIER,
        unknown=f.UNKNOWN_IDENTIFIER,
    ),
    Field(
        "dependencies",
        "Dependency Relationship",
        "the row of the root in dependencies names at least one component",
        "name the root, and what it requires directly",
        of_document=("root-dependencies",),
    ),
    Field(
        "author",
        "Author of SBOM Data",
        "metadata.authors, tools, supplier or manufacturer",
        "name who made the document",
        of_document=("author-person", "tool-name", "supplier", "manufacturer"),
        unknown_here="author",
    ),
    Field("timestamp", "Timestamp", "metadata.timestamp, RFC 3339", "write a timestamp", of_document=("timestamp",)),
)
