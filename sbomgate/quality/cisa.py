"""CISA 2026 Minimum Elements: the 17 data fields.

Source: CISA, "2026 Minimum Elements for a Software Bill of Materials (SBOM)", 29 July 2026: nine fields of the SBOM, eight
of each component, and the practice to identify unknown information explicitly. The places in CycloneDX are those of
sbomqs, `docs/reference/cisa-2026-compliance.md`. It is stricter here in one thing: there a root with one dependency is
enough for the relationships, here every component needs its row, because CycloneDX says of one without that its
dependencies are not known.
"""

from __future__ import annotations

from sbomgate.quality import facts as f
from sbomgate.quality.fields import Field

NAME = "CISA 2026 Minimum Elements"
SOURCE = "CISA, 2026 Minimum Elements for a Software Bill of Materials, 29 July 2026"
FIELDS = (
    Field(
        "sbom-author",
        "SBOM Author",
        "a person or an organisation in metadata.authors or metadata.manufacturer; a tool is no author",
        "name who answers for the document",
        of_document=("author-person", "manufacturer"),
        unknown_here="author",
    ),
    Field(
        "sbom-author-signature",
        "SBOM Author Signature",
        "a JSF signature with algorithm and value; a detached one cannot be seen here",
        "sign the document; a detached signature beside it is argued to be enough",
        of_document=("signature",),
    ),
    Field("sbom-format-name", "SBOM Data Format Name", "bomFormat", "", of_document=("format",)),
    Field(
        "sbom-format-version",
        "SBOM Data Format Version",
        "specVersion, 1.4 or later",
        "write CycloneDX 1.6 or later",
        of_document=("version-1.4",),
    ),
    Field(
        "sbom-generation-context",
        "SBOM Generation Context",
        "a phase in metadata.lifecycles",
        "say what was read: pre-build, post-build or operations",
        of_document=("lifecycle",),
    ),
    Field(
        "sbom-timestamp",
        "SBOM Timestamp",
        "metadata.timestamp, RFC 3339 or RFC 9557",
        "write a timestamp; SOURCE_DATE_EPOCH makes it reproducible",
        of_document=("timestamp",),
    ),
    Field("sbom-tool-name", "SBOM Tool Name", "metadata.tools", "name the tool", of_document=("tool-name",), unknown_here="tool"),
    Field(
        "sbom-tool-version",
        "SBOM Tool Version",
        "metadata.tools with a version",
        "state the version of the tool",
        of_document=("tool-version",),
        unknown_here="tool",
    ),
    Field(
        "sbom-version",
        "SBOM Version",
        "serialNumber as urn:uuid and version",
        "write both, and keep the serial number across issues",
        of_document=("serial-and-version",),
    ),
    Field(
        "component-producer",
        "Component Producer",
        "supplier, manufacturer or authors",
        "name who makes it, or state that it is unknown",
        of_component=f.SUPPLIER | f.MANUFACTURER | f.AUTHOR,
        unknown=f.UNKNOWN_SUPPLIER,
    ),
    Field("component-name", "Component Name", "name", "name it", of_component=f.NAME),
    Field(
        "component-version",
        "Component Version",
        "version",
        "state the version, or that it is unknown",
        of_component=f.VERSION,
        unknown=f.UNKNOWN_VERSION,
    ),
    Field(
        "component-identifiers",
        "Component Identifiers",
        "a purl, CPE, SWID, OmniBOR identifier or SWHID",
        "give it a purl",
        of_component=f.PURL | f.CPE | f.OTHER_IDENTIFIER,
        unknown=f.UNKNOWN_IDENTIFIER,
    ),
    Field(
        "component-hash-value",
        "Component Hash Value",
        "hashes[].content",
        "take it from a lockfile, or state that it is unknown",
        of_component=f.HASH_VALUE,
        unknown=f.UNKNOWN_HASH,
    ),
    Field(
        "component-hash-algorithm",
        "Component Hash Algorithm",
        "hashes[].alg beside a content",
        "take it from a lockfile, or state that it is unknown",
        of_component=f.HASH_ALGORITHM,
        unknown=f.UNKNOWN_HASH,
    ),
    Field(
        "component-license",
        "Component License",
        "licenses, declared or concluded",
        "state the licence, or that it is unknown",
        of_component=f.DECLARED | f.CONCLUDED,
        unknown=f.UNKNOWN_LICENSE,
    ),
    Field(
        "component-dependency-relationship",
        "Component Dependency Relationship",
        "a row of its own in dependencies, empty for one without; that of the root is not empty",
        "write a row for every component, and one of the root that names what is required directly",
        of_component=f.DEPENDENCIES,
        unknown=f.UNKNOWN_DEPENDENCIES,
    ),
)
