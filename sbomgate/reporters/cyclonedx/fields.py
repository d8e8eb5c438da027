"""The fields of CycloneDX that a document of ours may have: since which version, and how XML writes them.

One table serves both conversions. The order of the fields of a type is that of the XML schema, where it matters; in JSON it
does not. Sources: `bom-1.4.schema.json` to `bom-1.7.schema.json`, `bom-1.4.xsd` to `bom-1.7.xsd`; the tests hold the table
against them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

_ALWAYS: Final = "1.4"
"""The oldest version that is written."""


class Field(NamedTuple):
    """One field of a type."""

    key: str
    """Its name in JSON."""
    of: str = ""
    """Name in `TYPES` of the value, or of each item of the array; empty for text, numbers and what is handed on unread."""
    since: str = _ALWAYS
    xml: str = ""
    """How XML has it: empty for an element of the same name · `@` an attribute · `=` the text of the element itself · `*` an
    element for each item · `-` not at all · otherwise the name of the items inside of the element, with `>` before it if
    they are references, and `>>` if they stand there without that element."""
    values: Mapping[str, tuple[str, str]] = {}
    """Value → (the version that brought it, what stands in its place before; empty for nothing)."""


def _since(version: str, instead: str, *values: str) -> dict[str, tuple[str, str]]:
    return dict.fromkeys(values, (version, instead))


KINDS: Final = {
    **_since("1.5", "application", "platform"),
    **_since("1.5", "firmware", "device-driver"),
    **_since("1.5", "file", "machine-learning-model", "data"),
    **_since("1.6", "data", "cryptographic-asset"),
}
REFERENCES: Final = {
    **_since(
        "1.5", "other", "distribution-intake", "security-contact", "model-card", "log", "configuration", "evidence", "formulation", "attestation", "threat-model",
        "adversary-model", "risk-assessment", "vulnerability-assertion", "exploitability-statement", "pentest-report", "static-analysis-report",
        "dynamic-analysis-report", "runtime-analysis-report", "component-analysis-report", "maturity-report", "certification-report",
        "codified-infrastructure", "quality-metrics", "poam",
    ),
    **_since("1.6", "distribution", "source-distribution"),
    **_since("1.6", "security-contact", "rfc-9116"),
    **_since("1.6", "other", "electronic-signature", "digital-signature"),
    **_since("1.7", "other", "patent", "patent-family", "patent-assertion", "citation"),
}  # fmt: skip
AGGREGATES: Final = {
    **_since("1.5", "incomplete_first_party_only", "incomplete_first_party_proprietary_only", "incomplete_first_party_opensource_only"),
    **_since("1.5", "incomplete_third_party_only", "incomplete_third_party_proprietary_only", "incomplete_third_party_opensource_only"),
}
HASHES: Final = _since("1.7", "", "Streebog-256", "Streebog-512")
IDENTITIES: Final = _since("1.6", "", "omniborId", "swhid")

_REF = Field("bom-ref", xml="@")
_REF_1_5 = Field("bom-ref", since="1.5", xml="@")
_PROPERTIES = Field("properties", "property", xml="property")
_EXTERNAL = Field("externalReferences", "reference", xml="reference")
_HASHES = Field("hashes", "hash", xml="hash")
_LICENSES = Field("licenses", "license-choice", xml="license")

TYPES: Final[Mapping[str, tuple[Field, ...]]] = {
    "bom": (
        Field("$schema", xml="-"), Field("bomFormat", xml="-"), Field("specVersion", xml="-"), Field("serialNumber", xml="@"), Field("version", xml="@"),
        Field("metadata", "metadata"), Field("components", "component", xml="component"), Field("services", "service", xml="service"), _EXTERNAL,
        Field("dependencies", "dependency", xml="dependency"), Field("compositions", "composition", xml="composition"),
        _PROPERTIES._replace(since="1.5"), Field("annotations", "annotation", "1.5", "annotation"),
    ),
    "metadata": (
        Field("timestamp"), Field("lifecycles", "lifecycle", "1.5", "lifecycle"), Field("tools", "tools"), Field("authors", "contact", xml="author"),
        Field("component", "component"), Field("manufacturer", "entity", "1.6"), Field("manufacture", "entity"), Field("supplier", "entity"), _LICENSES,
        _PROPERTIES, Field("distributionConstraints", "constraints", "1.7"),
    ),
    "constraints": (Field("tlp", since="1.7"),),
    "lifecycle": (Field("phase", since="1.5"), Field("name", since="1.5"), Field("description", since="1.5")),
    "tools": (Field("components", "component", "1.5", "component"), Field("services", "service", "1.5", "service")),
    "tool": (Field("vendor"), Field("name"), Field("version"), _HASHES, _EXTERNAL),
    "entity": (
        _REF_1_5, Field("name"), Field("address", "address", "1.6"), Field("url", xml="*"), Field("contact", "contact", xml="*"),
    ),
    "address": tuple(
        Field(key, since="1.6", xml="@" if key == "bom-ref" else "")
        for key in ("bom-ref", "country", "region", "locality", "postOfficeBoxNumber", "postalCode", "streetAddress")
    ),
    "contact": (_REF_1_5, Field("name"), Field("email"), Field("phone")),
    "component": (
        Field("type", xml="@", values=KINDS), Field("mime-type", xml="@"), _REF, Field("isExternal", since="1.7", xml="@"),
        Field("supplier", "entity"), Field("manufacturer", "entity", "1.6"), Field("authors", "contact", "1.6", "author"),
        Field("author"), Field("publisher"), Field("group"), Field("name"), Field("version"), Field("versionRange", since="1.7"), Field("description"), Field("scope"),
        _HASHES, _LICENSES, Field("copyright"), Field("cpe"), Field("purl"), Field("omniborId", since="1.6", xml="*"), Field("swhid", since="1.6", xml="*"),
        Field("pedigree", "pedigree"), _EXTERNAL, _PROPERTIES, Field("components", "component", xml="component"), Field("evidence", "evidence"),
        Field("tags", since="1.6", xml="tag"),
    ),
    "hash": (Field("alg", xml="@", values=HASHES), Field("content", xml="=")),
    "property": (Field("name", xml="@"), Field("value", xml="=")),
    "reference": (
        Field("type", xml="@", values=REFERENCES), Field("url"), Field("comment"), _HASHES, _PROPERTIES._replace(since="1.7"),
    ),
    "license-choice": (
        Field("license", "license"), Field("expression"), Field("bom-ref", since="1.5", xml="@"), Field("acknowledgement", since="1.6", xml="@"),
    ),
    "license": (
        _REF_1_5, Field("acknowledgement", since="1.6", xml="@"), Field("id"), Field("name"), Field("text", "attached"), Field("url"), _PROPERTIES._replace(since="1.5"),
    ),
    "attached": (Field("contentType", xml="@content-type"), Field("encoding", xml="@"), Field("content", xml="=")),
    "pedigree": (
        *(Field(key, "component", xml="component") for key in ("ancestors", "descendants", "variants")),
        Field("commits", "commit", xml="commit"), Field("patches", "patch", xml="patch"), Field("notes"),
    ),
    "commit": (Field("uid"), Field("url"), Field("author", "action"), Field("committer", "action"), Field("message")),
    "action": (Field("timestamp"), Field("name"), Field("email")),
    "patch": (Field("type", xml="@"), Field("diff", "diff"), Field("resolves", "issue", xml="issue")),
    "diff": (Field("text", "attached"), Field("url")),
    "issue": (
        Field("type", xml="@"), Field("id"), Field("name"), Field("description"), Field("source", "source"), Field("references", xml="url"),
    ),
    "source": (Field("name"), Field("url")),
    "evidence": (
        Field("identity", "identity", "1.5", "*"), Field("occurrences", "occurrence", "1.5", "occurrence"), _LICENSES,
        Field("copyright", "copyright", xml="text"),
    ),
    "copyright": (Field("text", xml="="),),
    "identity": (
        Field("field", since="1.5", values=IDENTITIES), Field("confidence", since="1.5"), Field("concludedValue", since="1.6"),
        Field("methods", "method", "1.5", "method"), Field("tools", since="1.5", xml=">tool"),
    ),
    "method": (Field("technique", since="1.5"), Field("confidence", since="1.5"), Field("value", since="1.5")),
    "occurrence": (
        _REF_1_5, Field("location", since="1.5"), Field("line", since="1.6"), Field("offset", since="1.6"), Field("symbol", since="1.6"),
        Field("additionalContext", since="1.6"),
    ),
    "service": (
        _REF, Field("provider", "entity"), Field("group"), Field("name"), Field("version"), Field("description"), Field("endpoints", xml="endpoint"),
        Field("authenticated"), Field("x-trust-boundary"), Field("trustZone", since="1.5"), Field("data", "data", xml="dataflow"), _LICENSES, _EXTERNAL, _PROPERTIES,
        Field("services", "service", xml="service"), Field("tags", since="1.6", xml="tag"),
    ),
    "data": (
        Field("name", since="1.5", xml="@"), Field("description", since="1.5", xml="@"), Field("flow", xml="-"), Field("classification"),
        Field("source", since="1.5", xml="url"), Field("destination", since="1.5", xml="url"),
    ),
    "dependency": (
        Field("ref", xml="@"), Field("dependsOn", xml=">>dependency"), Field("provides", since="1.6", xml=">>provides"),
    ),
    "composition": (
        _REF_1_5, Field("aggregate", values=AGGREGATES), Field("assemblies", xml=">assembly"), Field("dependencies", xml=">dependency"),
        Field("vulnerabilities", since="1.5", xml=">vulnerability"),
    ),
    "annotation": (
        _REF_1_5, Field("subjects", since="1.5", xml=">subject"), Field("annotator", "annotator", "1.5"), Field("timestamp", since="1.5"),
        Field("text", since="1.5"),
    ),
    "annotator": (
        Field("organization", "entity", "1.5"), Field("individual", "contact", "1.5"), Field("component", "component", "1.5"), Field("service", "service", "1.5"),
    ),
}  # fmt: skip
"""Type → its fields."""


UNWRITTEN: Final[Mapping[str, frozenset[str]]] = {
    "bom": frozenset({"vulnerabilities", "formulation", "declarations", "definitions", "citations", "signature"}),
    "component": frozenset({"swid", "modified", "releaseNotes", "modelCard", "data", "cryptoProperties", "patentAssertions", "signature"}),
    "reference": frozenset(),
    "license": frozenset({"licensing"}),
    "license-choice": frozenset({"licensing", "expressionDetails", "properties"}),
    "evidence": frozenset({"callstack"}),
    "service": frozenset({"releaseNotes", "patentAssertions", "signature"}),
    "data": frozenset({"governance"}),
    "composition": frozenset({"signature"}),
    "annotation": frozenset({"signature"}),
}
"""Type → the fields of the schemas that no document of ours has. A conversion leaves them out."""
