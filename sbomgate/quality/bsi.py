"""BSI TR-03183-2 v2.1.0: required, additional and optional fields.

Source: BSI, "TR-03183-2: Cyber Resilience Requirements for Manufacturers and Products, Part 2: SBOM", v2.1.0, 20 August
2025: section 4 (format), 5.2.1 to 5.2.5 (fields), 8.2 (their places in CycloneDX 1.6); the property names are of BSI-Bund's
taxonomy. It knows no stated unknowns, so that they are counted and do not help. What it allows a logical component to
leave out (file name, hash) cannot be told from a document: every component is held to all fields.
"""

from __future__ import annotations

from sbomgate.quality import facts as f
from sbomgate.quality.fields import Field

NAME = "BSI TR-03183-2 v2.1"
SOURCE = "BSI TR-03183-2 v2.1.0, 20 August 2025"
_REQUIRED, _ADDITIONAL, _OPTIONAL = "required", "additional", "optional"
FIELDS = (
    Field(
        "format",
        "Format",
        "CycloneDX 1.6 or later (4)",
        "write CycloneDX 1.6 or later",
        of_document=("version-1.6",),
        group=_REQUIRED,
    ),
    Field(
        "no-vulnerabilities",
        "No vulnerability data",
        "vulnerabilities is empty or absent",
        "keep vulnerabilities in a document of their own (VEX)",
        of_document=("no-vulnerabilities",),
        group=_REQUIRED,
    ),
    Field(
        "sbom-creator",
        "Creator of the SBOM",
        "metadata.manufacturer with an e-mail address, else a URL (5.2.1)",
        "give an e-mail address or URL of who made the document",
        of_document=("manufacturer-contact",),
        unknown_here="author",
        group=_REQUIRED,
    ),
    Field("timestamp", "Timestamp", "metadata.timestamp (5.2.1)", "write a timestamp, in UTC", of_document=("timestamp",), group=_REQUIRED),
    Field(
        "component-creator",
        "Component creator",
        "manufacturer with an e-mail address, else a URL (5.2.2)",
        "give an e-mail address or URL of who makes it, in manufacturer",
        of_component=f.MANUFACTURER_CONTACT,
        unknown=f.UNKNOWN_SUPPLIER,
        group=_REQUIRED,
    ),
    Field("component-name", "Component name", "name (5.2.2)", "name it", of_component=f.NAME, group=_REQUIRED),
    Field(
        "component-version",
        "Component version",
        "version; without one the date of the file (5.2.2)",
        "state the version",
        of_component=f.VERSION,
        unknown=f.UNKNOWN_VERSION,
        group=_REQUIRED,
    ),
    Field(
        "filename",
        "Filename of the component",
        "property bsi:component:filename (5.2.2)",
        "name the file that was installed, where it is known",
        of_component=f.FILENAME,
        group=_REQUIRED,
    ),
    Field(
        "dependencies",
        "Dependencies on other components",
        "a row of its own in dependencies, empty for one without (5.2.2)",
        "write a row for every component",
        of_component=f.DEPENDENCIES,
        unknown=f.UNKNOWN_DEPENDENCIES,
        group=_REQUIRED,
    ),
    Field(
        "dependencies-completeness",
        "Completeness of the dependencies",
        "a composition says complete, incomplete or unknown (5.2.2)",
        "write a composition about the document or about each component",
        of_component=f.COMPLETENESS,
        group=_REQUIRED,
    ),
    Field(
        "distribution-licences",
        "Distribution licences",
        "a concluded licence, as SPDX expression or LicenseRef (5.2.2, 6.1)",
        "conclude the licence under which it is used",
        of_component=f.CONCLUDED_SOME_VALID,
        unknown=f.UNKNOWN_LICENSE,
        group=_REQUIRED,
    ),
    Field(
        "deployable-hash",
        "Hash value of the deployable component",
        "SHA-512 on a distribution reference (5.2.2)",
        "take SHA-512 from the lockfile; where only SHA-256 is published, the field cannot be had",
        of_component=f.DISTRIBUTION_SHA512,
        unknown=f.UNKNOWN_HASH,
        group=_REQUIRED,
    ),
    Field(
        "executable",
        "Executable property",
        "property bsi:component:executable (5.2.2)",
        "say whether it is executable",
        of_component=f.EXECUTABLE,
        group=_REQUIRED,
    ),
    Field(
        "archive",
        "Archive property",
        "property bsi:component:archive (5.2.2)",
        "say whether it is an archive",
        of_component=f.ARCHIVE,
        group=_REQUIRED,
    ),
    Field(
        "structured",
        "Structured property",
        "property bsi:component:structured (5.2.2)",
        "say whether it is structured",
        of_component=f.STRUCTURED,
        group=_REQUIRED,
    ),
    Field("sbom-uri", "SBOM-URI", "serialNumber (5.2.3)", "write a serial number", of_document=("serial",), group=_ADDITIONAL),
    Field(
        "source-uri",
        "Source code URI",
        "a source-distribution or vcs reference (5.2.4)",
        "name the source archive or the repository",
        of_component=f.SOURCE_DISTRIBUTION | f.VCS,
        group=_ADDITIONAL,
    ),
    Field(
        "deployable-uri",
        "URI of the deployable form",
        "a distribution reference (5.2.4)",
        "take the address from the lockfile",
        of_component=f.DISTRIBUTION,
        group=_ADDITIONAL,
    ),
    Field(
        "identifiers",
        "Other unique identifiers",
        "a purl, CPE or SWID (5.2.4)",
        "give it a purl",
        of_component=f.PURL | f.CPE | f.OTHER_IDENTIFIER,
        unknown=f.UNKNOWN_IDENTIFIER,
        group=_ADDITIONAL,
    ),
    Field(
        "original-licences",
        "Original licences",
        "a declared licence, as SPDX expression or LicenseRef (5.2.4, 6.1)",
        "declare the licence as an SPDX expression",
        of_component=f.DECLARED_VALID,
        unknown=f.UNKNOWN_LICENSE,
        group=_ADDITIONAL,
    ),
    Field(
        "effective-licence",
        "Effective licence",
        "property bsi:component:effectiveLicense (5.2.5)",
        "optional",
        of_component=f.EFFECTIVE_LICENCE,
        group=_OPTIONAL,
        optional=True,
    ),
    Field(
        "source-hash",
        "Hash value of the source code",
        "SHA-512 on a source-distribution or vcs reference (5.2.5)",
        "optional",
        of_component=f.SOURCE_SHA512,
        group=_OPTIONAL,
        optional=True,
    ),
    Field(
        "security-txt",
        "URL of the security.txt",
        "an rfc-9116 reference (5.2.5)",
        "optional",
        of_component=f.SECURITY_TXT,
        group=_OPTIONAL,
        optional=True,
    ),
)
