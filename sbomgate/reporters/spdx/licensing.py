"""Licences of CycloneDX as SPDX expressions, with the texts that they refer to.

Sources: SPDX 2.3 §7.13 and §7.15 (concluded, declared), §10 (other licensing information), Annex D (expressions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from sbomgate.reporters.spdx.values import NOASSERTION

_REFERENCE: Final = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9.]+")


class Licenses:
    """Makes expressions, and keeps what `hasExtractedLicensingInfos` has to tell."""

    def __init__(self) -> None:
        self.extracted: dict[str, dict[str, str]] = {}
        """Id of a licence that is not on SPDX's list → its row."""

    def of(self, rows: Sequence[Mapping[str, Any]], *, concluded: bool = False) -> str:
        """The expression for the declared or the concluded rows of a `licenses` array; NOASSERTION for none.

        Several classifiers do not say whether all of them apply or one may be chosen: neither AND nor OR would be true,
        so that they are kept as the text that they are.
        """
        if not rows:
            return NOASSERTION
        # a wheel's own SBOM may be SPDX, and say that it says nothing
        found = [row for row in rows if (_acknowledgement(row) == "concluded") is concluded and _name(row) != NOASSERTION]
        if not found:
            return NOASSERTION
        if len(found) > 1:
            names = ", ".join(dict.fromkeys(_name(row) for row in found))
            return self._reference(names, "Several licences are named; whether all of them apply or one may be chosen is not said.")
        (row,) = found
        expression = row.get("expression") or row.get("license", {}).get("id")
        if not expression:
            text = row.get("license", {}).get("text", {}).get("content", "")
            return self._reference(_name(row), "", text if isinstance(text, str) else "")
        for name in _REFERENCE.findall(expression):
            self.extracted.setdefault(
                name, {"licenseId": name, "extractedText": "Named by the package, which does not tell its text in its metadata."}
            )
        return str(expression)

    def _reference(self, name: str, comment: str = "", text: str = "") -> str:
        """The id of a licence that has only a `name`, or a `text` too."""
        text = text or name
        words = _NOT_IN_ID.sub("-", name)[:40].strip("-.")
        digest = sha256(text.encode(errors="backslashreplace")).hexdigest()[:16]
        identifier = f"LicenseRef-{words}-{digest}" if words else f"LicenseRef-{digest}"
        # an author may have taken the same id: what it stands for here is what is written here
        row = {"licenseId": identifier, "extractedText": text, **({"name": name} if name != text else {})}
        self.extracted[identifier] = {**row, **({"comment": comment} if comment else {})}
        return identifier


def _acknowledgement(row: Mapping[str, Any]) -> str:
    return str(row.get("acknowledgement") or row.get("license", {}).get("acknowledgement") or "")


def _name(row: Mapping[str, Any]) -> str:
    found = row.get("license", {})
    return str(row.get("expression") or found.get("id") or found.get("name") or "unnamed")
