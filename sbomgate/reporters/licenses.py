"""Declared licences as CycloneDX writes them.

Sources: PEP 639 (`License-Expression`), the trove classifiers, and CycloneDX's `licenseChoice`: either one expression
or a list of licences, never both. A classifier that names one licence without doubt becomes its SPDX id, and is then
not repeated as text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sbomgate.model import Metadata
from sbomgate.reporters.encode import dumps

# classifiers like "BSD License" or "Apache Software License" leave the version open; only the certain ones are here
_CLASSIFIERS = {
    "OSI Approved :: MIT License": "MIT",
    "OSI Approved :: MIT No Attribution License (MIT-0)": "MIT-0",
    "OSI Approved :: ISC License (ISCL)": "ISC",
    "OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "OSI Approved :: Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "OSI Approved :: GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "OSI Approved :: GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "OSI Approved :: GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "OSI Approved :: GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "OSI Approved :: GNU Affero General Public License v3": "AGPL-3.0-only",
    "OSI Approved :: GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "OSI Approved :: The Unlicense (Unlicense)": "Unlicense",
    "OSI Approved :: Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "OSI Approved :: zlib/libpng License": "Zlib",
    "OSI Approved :: Zope Public License": "ZPL-2.1",
    "OSI Approved :: Universal Permissive License (UPL)": "UPL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
}
_TEXTS = {
    "apache 2.0": "Apache-2.0", "apache-2": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0", "apache 2": "Apache-2.0", "apache software license 2.0": "Apache-2.0", "mit license": "MIT", "the mit license": "MIT",
    "bsd 3-clause": "BSD-3-Clause", "3-clause bsd": "BSD-3-Clause", "bsd-3": "BSD-3-Clause", "new bsd": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause", "bsd 2-clause": "BSD-2-Clause", "isc license": "ISC", "mpl 2.0": "MPL-2.0", "psf": "PSF-2.0", "psfl": "PSF-2.0",
}  # fmt: skip
_MAX_NAME = 200


def licenses(metadata: Metadata) -> list[dict[str, Any]]:
    """The `licenses` array for what a package declares; empty if it declares nothing."""
    if metadata.license_expression:
        return _expression(metadata.license_expression) or [_named(metadata.license_expression)]
    if metadata.license_text and (found := _expression(_TEXTS.get(metadata.license_text.lower(), metadata.license_text))):
        return found
    names = [name.removeprefix("License :: ") for name in metadata.license_classifiers]
    rows = [
        _single(_CLASSIFIERS[name]) if name in _CLASSIFIERS else _named(name.rpartition(" :: ")[2])
        for name in names
        if name != "OSI Approved"
    ]
    if rows:
        return list({dumps(row): row for row in rows}.values())
    return [_named(metadata.license_text)] if metadata.license_text else []


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    """`text` as a valid SPDX expression in its canonical spelling; empty if it is none."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return str(canonicalize_license_expression(text))
    except (InvalidLicenseExpression, ValueError, RecursionError):
        return ""


def _expression(text: str) -> list[dict[str, Any]]:
    canonical = _canonical(text) if len(text) <= _MAX_NAME else ""
    if not canonical:
        return []
    if " " in canonical or "(" in canonical or canonical.startswith("LicenseRef-") or canonical.endswith("+"):
        return [{"expression": canonical, "acknowledgement": "declared"}]
    return [_single(canonical)]


def _single(identifier: str) -> dict[str, Any]:
    return {"license": {"id": identifier, "acknowledgement": "declared"}}


def _named(name: str) -> dict[str, Any]:
    return {"license": {"name": name[:_MAX_NAME], "acknowledgement": "declared"}}
