"""The document as another version of CycloneDX, or as XML.

Not with cyclonedx-python-lib: reading and writing 20,000 components takes it minutes, and it has no compositions, annotations
and trust zones, so that they would be lost. The library reads the results in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from sbomgate.reporters.cyclonedx.fields import TYPES, Field
from sbomgate.reporters.cyclonedx.layout import SPEC_VERSION, formatted

VERSIONS: Final = ("1.4", "1.5", "1.6", "1.7")
"""What can be asked for, the oldest first. All compare as text."""


def converted(bom: dict[str, Any], spec_version: str = SPEC_VERSION, output_format: str = "json") -> str:
    """The document as text of another version or as XML; what a version has no field for is left out. See `docs/sbom.md`."""
    head = {"$schema": f"http://cyclonedx.org/schema/bom-{spec_version}.schema.json", "specVersion": spec_version}
    if output_format == "xml":
        from sbomgate.reporters.cyclonedx.xml import written

        return written(narrowed(bom, spec_version), spec_version)
    return formatted({**(bom if spec_version >= SPEC_VERSION else narrowed(bom, spec_version)), **head})


def narrowed(bom: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The document with the fields and values that `version` has, as plain values; in one pass, linear in its size."""
    return _narrowed(bom, "bom", version)


def _narrowed(row: Mapping[str, Any], kind: str, version: str) -> dict[str, Any]:
    plan = _plan(kind, version)
    found: dict[str, Any] = {}
    for key, value in row.items():
        field = plan.get(key)
        if field is None:
            continue
        if field.of:
            if isinstance(value, list):
                value = [_narrowed(item, field.of, version) if isinstance(item, dict) else item for item in value]
            elif isinstance(value, dict):
                value = _narrowed(value, field.of, version)
        elif field.values:
            value = _older(value, field, version)
            if not value:
                continue
        found[key] = value
    change = _CHANGES.get(kind)
    if change is not None:
        change(row, found, version)
    return found


@cache
def _plan(kind: str, version: str) -> dict[str, Field]:
    """Key → field, of the fields that `version` has; those whose values it has too need no look at them."""
    fields = (field for field in TYPES[kind] if field.since <= version)
    return {field.key: field if _is_older(field, version) else field._replace(values={}) for field in fields}


def _is_older(field: Field, version: str) -> bool:
    return any(since > version for since, _ in field.values.values())


def _older(value: Any, field: Field, version: str) -> Any:
    """`value`, or what stood in its place in `version`."""
    while value in field.values and field.values[value][0] > version:
        value = field.values[value][1]
    return value


def _metadata(row: Mapping[str, Any], found: dict[str, Any], version: str) -> None:
    if version >= "1.6":
        return
    maker = row.get("manufacturer")
    if maker:  # who made the document was an author before; `manufacture` means who made the component
        mail = next((contact["email"] for contact in maker.get("contact", ()) if contact.get("email")), "")
        author = {key: value for key, value in (("name", maker.get("name", "")), ("email", mail)) if value}
        found["authors"] = [*found.get("authors", ()), *([author] if author else ())]
    if made := row.get("component", {}).get("manufacturer"):
        found["manufacture"] = _narrowed(made, "entity", version)
    if version < "1.5" and isinstance(row.get("tools"), dict):
        tools = [*row["tools"].get("components", ()), *row["tools"].get("services", ())]
        found["tools"] = [{**_vendor(tool), **_narrowed(tool, "tool", version)} for tool in tools]


def _vendor(tool: Mapping[str, Any]) -> dict[str, str]:
    maker: Mapping[str, str] = next((tool[key] for key in ("manufacturer", "supplier", "provider") if tool.get(key)), {})
    return {"vendor": maker["name"]} if maker.get("name") else {}


def _component(row: Mapping[str, Any], found: dict[str, Any], version: str) -> None:
    _licensed(row, found, version)
    if version < "1.6" and "author" not in row and row.get("authors"):
        names = (
            f"{person['name']} <{person['email']}>"
            if person.get("name") and person.get("email")
            else person.get("name") or person.get("email", "")
            for person in row["authors"]
        )
        if told := ", ".join(filter(None, map(str.strip, names))):
            found["author"] = told


def _licensed(row: Mapping[str, Any], found: dict[str, Any], version: str) -> None:
    """Up to 1.6 either licences or one expression. Before it there is no acknowledgement: what is concluded stands there only alone."""
    rows = found.get("licenses")
    if not rows or version >= "1.7":
        return
    first = next((one for one in rows if "expression" in one), None)
    if first is not None and len(rows) > 1:
        found["licenses"] = [first]
    elif version < "1.6" and len(rows) > 1:
        told = [new for old, new in zip(row["licenses"], rows, strict=True) if not _is_concluded(old)]
        found["licenses"] = list({repr(one): one for one in told or rows}.values())


def _is_concluded(choice: Any) -> bool:
    inner = choice.get("license", choice) if isinstance(choice, dict) else {}
    return isinstance(inner, dict) and inner.get("acknowledgement") == "concluded"


def _reference(row: Mapping[str, Any], found: dict[str, Any], _: str) -> None:
    if found["type"] != row["type"] and not row.get("comment"):
        found["comment"] = row["type"]


def _evidence(row: Mapping[str, Any], found: dict[str, Any], version: str) -> None:
    _licensed(row, found, version)
    identities = found.get("identity")
    if version >= "1.6" or not isinstance(identities, list):
        return
    identities = [item for item in identities if "field" in item]
    best = next((item for item in identities if item["field"] == "purl"), identities[0] if identities else None)
    if best is None:
        del found["identity"]
    else:
        found["identity"] = best  # a single one before 1.6


def _hashed(_: Mapping[str, Any], found: dict[str, Any], version: str) -> None:
    """A hash whose algorithm the version does not know is no row any more."""
    if version < "1.7" and "hashes" in found:
        found["hashes"] = [row for row in found["hashes"] if "alg" in row]
        if not found["hashes"]:
            del found["hashes"]


def _all(*changes: Callable[[Mapping[str, Any], dict[str, Any], str], None]) -> Callable[[Mapping[str, Any], dict[str, Any], str], None]:
    def change(row: Mapping[str, Any], found: dict[str, Any], version: str) -> None:
        for one in changes:
            one(row, found, version)

    return change


_CHANGES: Final[Mapping[str, Callable[[Mapping[str, Any], dict[str, Any], str], None]]] = {
    "metadata": _all(_metadata, _licensed),
    "component": _all(_component, _hashed),
    "service": _licensed,
    "evidence": _evidence,
    "reference": _all(_reference, _hashed),
    "tool": _hashed,
}
"""Type → what its fields cannot tell: what an older version says in another way."""
