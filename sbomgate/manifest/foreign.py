"""What documents of other tools say, in our spelling: purls, hashes, and what can be told of a component without a purl."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from sbomgate.manifest.names import HASH_LENGTHS, HASH_NAMES, is_digest
from sbomgate.manifest.nouns import Package
from sbomgate.purl import canonical_name

_ALGORITHMS: Final = {name.replace("-", "").lower(): name for name in HASH_NAMES.values()}
_VOLATILE: Final = frozenset(("package-id", "file_path"))
"""Qualifiers that number a row or name its place: syft's and Trivy's, in bom-refs and sometimes in purls."""
_TOOLS: Final = {"cyclonedx-py": "pypi", "cyclonedx-bom": "pypi", "cyclonedx-npm": "npm", "pnpm": "npm", "npm": "npm"}
"""Tools of one ecosystem."""
_PROPERTIES: Final = {"cdx:python:": "pypi", "cdx:poetry:": "pypi", "cdx:pipenv:": "pypi", "cdx:npm:": "npm"}
"""Beginnings of names of the property taxonomy → the ecosystem whose components have them."""
_KINDS: Final = {
    "python": "pypi", "python-pkg": "pypi", "pip": "pypi", "poetry": "pypi", "pipenv": "pypi", "uv": "pypi",
    "npm": "npm", "node-pkg": "npm", "yarn": "npm", "pnpm": "npm", "bun": "npm",
}  # fmt: skip
"""Values of `syft:package:type` and `aquasecurity:trivy:PkgType`."""


def normal(purl: str) -> str:
    """`purl` as we write the same: percent-encoding, case, order and the names of PyPI made one; empty for what is no purl.

    The subpath goes, and qualifiers that only number a row. Source: the purl specification, "How to parse a purl string".
    """
    scheme, _, rest = purl.partition(":")
    rest, _, query = rest.partition("#")[0].partition("?")
    kind, _, path = rest.strip("/").partition("/")
    if scheme.lower() != "pkg" or not kind or not path:
        return ""
    kind = kind.lower()
    at = path.rfind("@")
    path, version = (path[:at], path[at + 1 :]) if at > path.rfind("/") + 1 else (path, "")
    parts = [unquote(part) for part in path.split("/") if part]
    if not parts:
        return ""
    if kind == "pypi":
        parts[-1] = canonical_name(parts[-1])
    pairs = [pair.partition("=") for pair in query.split("&")] if query else []
    kept = sorted((key.lower(), _quoted(unquote(value))) for key, _, value in pairs if value and key.lower() not in _VOLATILE)
    return (
        f"pkg:{kind}/"
        + "/".join(map(_quoted, parts))
        + (f"@{_quoted(unquote(version))}" if version else "")
        + ("?" + "&".join(f"{key}={value}" for key, value in kept) if kept else "")
    )


def versioned(purl: str, version: str) -> str:
    """`purl`, which names no version, with `version`."""
    head, mark, query = purl.partition("?")
    return f"{head}@{_quoted(version)}{mark}{query}"


def stated_version(purl: str) -> str:
    """The version that `purl` names; empty if it names none."""
    return unquote(purl.partition("?")[0].partition("@")[2])


def _quoted(text: str) -> str:
    return quote(text, safe="._~:-", errors="backslashreplace")


def derived(component: Mapping[str, Any], properties: Mapping[str, str], tool: str) -> str:
    """The purl of a component that has none, where document or tool leave no doubt about its ecosystem; empty otherwise."""
    reference = component.get("bom-ref")
    if isinstance(reference, str) and reference.startswith("pkg:"):
        return normal(reference)
    name, version, group = (component.get(key) if isinstance(component.get(key), str) else "" for key in ("name", "version", "group"))
    kinds = {kind for name_ in properties for start, kind in _PROPERTIES.items() if name_.startswith(start)}
    kinds |= {_KINDS[value] for key in ("syft:package:type", "aquasecurity:trivy:PkgType") if (value := properties.get(key, "")) in _KINDS}
    kinds = kinds or ({_TOOLS[tool]} if tool in _TOOLS else set())
    if not name or len(kinds) != 1 or component.get("type", "library") not in ("library", "framework", "application"):
        return ""
    kind = kinds.pop()
    path = name if kind == "pypi" or not group or str(name).startswith("@") else f"{group}/{name}"
    found = normal(f"pkg:{kind}/" + "/".join(map(_quoted, str(path).split("/"))))
    return versioned(found, str(version)) if found and version else found


def digest(algorithm: str, content: str) -> tuple[str, str] | None:
    """(CycloneDX's name, lower-case hex) of a hash as some tool writes it; None for what is no digest of its algorithm."""
    known = _ALGORITHMS.get(algorithm.replace("-", "").replace("_", "").lower(), algorithm)
    length = HASH_LENGTHS.get(known)
    text = content.strip()
    text = text.partition(":")[2] if ":" in text else text.partition("-")[2] if text[:3].lower() == "sha" and "-" in text else text
    if is_digest(text.lower()):
        return known, text.lower()
    if length is None or len(text) > length:
        return None
    try:
        raw = b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return None
    return (known, raw.hex()) if len(raw) * 2 == length else None


def tool_name(metadata: Any) -> str:
    """The name of the tool that `metadata` names first; empty if it names none."""
    tools = metadata.get("tools") if isinstance(metadata, dict) else None
    rows = tools.get("components") if isinstance(tools, dict) else tools
    names = [str(row.get("name", "")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if "cyclonedx-npm" in names:  # it names npm and its libraries before itself
        return "cyclonedx-npm"
    name = names[0] if names else ""
    vendor = rows[0].get("vendor") if names and isinstance(rows, list) and isinstance(rows[0], dict) else ""
    return ("npm" if (vendor, name) == ("npm", "cli") else name)[:50]


def same_version(purl: str, version: str) -> bool:
    """Whether the version of a component is the one that its purl names, as far as both are told."""
    own = stated_version(purl)
    return not own or not version or own == version


def limits(packages: list[Package], unnamed: list[str], counts: Mapping[str, int]) -> list[str]:
    """What the comparison with a document of these packages cannot see, one sentence each, with numbers."""
    total = len(packages)
    found = []
    if unnamed:
        names = ", ".join(unnamed[:3]) + (", …" if len(unnamed) > 3 else "")
        count = counts["unnamed"]
        found.append(f"{count} {'component without a purl was' if count == 1 else 'components without a purl were'} not compared ({names})")
    if not total:
        return [*found, "names no component with a purl: all that is there is new to it"]
    of = f"of {total} {'component' if total == 1 else 'components'}"
    for count, text in (
        (sum(not item.hashes for item in packages), f"has no hashes for {{}} {of}: changed artifacts of those cannot be seen"),
        (
            sum(bool(item.hashes) and all(alg in ("MD5", "SHA-1") for alg, _ in item.hashes) for item in packages),
            f"has only MD5 or SHA-1 for {{}} {of}: a changed artifact can be made to fit",
        ),
        (sum(not item.version for item in packages), f"has no version for {{}} {of}: other versions of those cannot be seen"),
        (counts["digests"], "{} hashes that are no digest of their algorithm were not compared"),
        (counts["versions"], "has another version than in the purl for {}: the purl was believed"),
    ):
        if count:
            found.append(text.format(count))
    return found
