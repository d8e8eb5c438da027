"""The document as another version of CycloneDX, or as XML."""

from __future__ import annotations

import json
import re
from typing import Any

from sbomgate.reporters.cyclonedx.layout import SPEC_VERSION, formatted
from sbomgate.reporters.cyclonedx.older import before_1_6

_NUMBER = re.compile(r' bom-ref="occurrence-[0-9]{9}"')
_NOT_XML = "[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def converted(bom: dict[str, Any], spec_version: str = SPEC_VERSION, output_format: str = "json") -> str:
    """The document as text of another version or as XML.

    1.6 and 1.7 are the same for what we write. Older versions and XML go through cyclonedx-python-lib, which leaves out
    what a version has no field for; it knows no compositions, so JSON gets them back.
    """
    if output_format == "json" and spec_version in ("1.6", "1.7"):
        return formatted({**bom, "$schema": f"http://cyclonedx.org/schema/bom-{spec_version}.schema.json", "specVersion": spec_version})
    import warnings

    from cyclonedx.model.bom import Bom
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    if spec_version == "1.4" and bom["metadata"]["component"]["type"] == "platform":  # a type since 1.5
        bom = {**bom, "metadata": {**bom["metadata"], "component": {**bom["metadata"]["component"], "type": "application"}}}
    if spec_version < "1.6":
        bom = {**bom, "components": [before_1_6(row) for row in bom["components"]]}
    bom = {**bom, "components": _numbered(bom["components"])}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of `author`: the only field for it before 1.6
        parsed = Bom.from_json(_xml_safe(bom) if output_format == "xml" else bom)  # type: ignore[attr-defined]  # added by a decorator
        warnings.simplefilter("ignore", UserWarning)  # of a root without dependencies: it may well have none
        output = make_outputter(parsed, OutputFormat[output_format.upper()], SchemaVersion.from_version(spec_version))
        written = output.output_as_string(indent=2 if output_format == "xml" else None)
    # the library makes up what the document leaves out on purpose
    if output_format == "xml":
        text = _NUMBER.sub("", written).rstrip("\n") + "\n"
        if "serialNumber" not in bom:
            text = re.sub(r'( serialNumber="[^"]*")', "", text, count=1)
        if "timestamp" not in bom["metadata"]:
            text = re.sub(r"\n *<timestamp>[^<]*</timestamp>", "", text, count=1)
        return text
    older = json.loads(written)
    for component in older.get("components", ()):
        for occurrence in component.get("evidence", {}).get("occurrences", ()):
            occurrence.pop("bom-ref", None)
    if "serialNumber" not in bom:
        older.pop("serialNumber", None)
    if "timestamp" not in bom["metadata"]:
        older["metadata"].pop("timestamp", None)
    return formatted({**older, "compositions": bom["compositions"]})


def _numbered(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`components` with references for their occurrences: without, the library gives each a random place."""
    rows = []
    for row in components:
        occurrences = [{"bom-ref": f"occurrence-{number:09}", **place} for number, place in enumerate(row["evidence"]["occurrences"])]
        rows.append({**row, "evidence": {**row["evidence"], "occurrences": occurrences}})
    return rows


def _xml_safe(value: Any) -> Any:
    """`value` with the characters that XML 1.0 has no way to write shown as escapes."""
    if isinstance(value, str):
        return re.sub(_NOT_XML, lambda match: match[0].encode("unicode_escape").decode(), value)
    if isinstance(value, list):
        return [_xml_safe(item) for item in value]
    return {key: _xml_safe(item) for key, item in value.items()} if isinstance(value, dict) else value
