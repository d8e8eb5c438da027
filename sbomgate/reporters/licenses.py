"""Licences as CycloneDX writes them: what is declared, and what is concluded from the texts of licence files.

Sources: PEP 639 (`License-Expression`), the trove classifiers, and CycloneDX's `licenseChoice`: either one expression
or a list of licences, never both. A classifier that names one licence without doubt becomes its SPDX id, and is then
not repeated as text.

Concluded is what the licence files say, if each of them is the text of a known licence: it may be what is declared, and
may differ from it, which is nobody's fault and no finding. One text that is not known, and nothing is concluded: it may be another
licence; nor where more is declared than the files tell. Several licences are a choice, or apply together: only an expression that
names exactly these tells.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from sbomgate.manifest.names import LICENCE_FILE
from sbomgate.model import LicenceFile, Metadata
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
    "apache license version 2.0": "Apache-2.0", "apache 2": "Apache-2.0", "apache software license 2.0": "Apache-2.0", "apache2": "Apache-2.0",
    "apache2.0": "Apache-2.0", "apache v2": "Apache-2.0", "apache v2.0": "Apache-2.0", "apache license v2.0": "Apache-2.0", "apache license v2": "Apache-2.0",
    "apache-2.0 license": "Apache-2.0", "apache 2.0 license": "Apache-2.0", "the apache license, version 2.0": "Apache-2.0", "apache license 2": "Apache-2.0",
    "apache software license version 2.0": "Apache-2.0", "apache software license, version 2.0": "Apache-2.0", "mit license": "MIT", "the mit license": "MIT",
    "the mit license (mit)": "MIT", "mit license (mit)": "MIT", "mit-license": "MIT", "expat": "MIT", "expat license": "MIT", "bsd 3-clause": "BSD-3-Clause",
    "3-clause bsd": "BSD-3-Clause", "bsd-3": "BSD-3-Clause", "new bsd": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause", "bsd 3 clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause", "bsd-3-clause license": "BSD-3-Clause", "bsd (3-clause)": "BSD-3-Clause", 'bsd 3-clause "new" or "revised" license': "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause", "modified bsd license": "BSD-3-Clause", "modified bsd": "BSD-3-Clause", "revised bsd": "BSD-3-Clause", "bsd 2-clause": "BSD-2-Clause",
    "bsd 2-clause license": "BSD-2-Clause", "2-clause bsd": "BSD-2-Clause", "2-clause bsd license": "BSD-2-Clause", "simplified bsd": "BSD-2-Clause",
    "simplified bsd license": "BSD-2-Clause", "isc license": "ISC", "mpl 2.0": "MPL-2.0", "mpl2": "MPL-2.0", "mozilla public license 2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "mozilla public license, version 2.0": "MPL-2.0", "psf": "PSF-2.0", "psfl": "PSF-2.0", "gplv2": "GPL-2.0-only",
    "gplv2+": "GPL-2.0-or-later", "gplv3": "GPL-3.0-only", "gpl v3": "GPL-3.0-only", "gplv3+": "GPL-3.0-or-later", "lgplv3": "LGPL-3.0-only", "lgpl v3": "LGPL-3.0-only",
    "lgplv3+": "LGPL-3.0-or-later", "lgplv2+": "LGPL-2.0-or-later", "agplv3": "AGPL-3.0-only", "agpl v3": "AGPL-3.0-only", "agplv3+": "AGPL-3.0-or-later",
    "the unlicense": "Unlicense", "the unlicense (unlicense)": "Unlicense", "zpl 2.1": "ZPL-2.1", "cc0 1.0": "CC0-1.0", "boost software license 1.0": "BSL-1.0",
}  # fmt: skip
"""What people write who mean one licence without doubt, in lower case."""
_MAX_NAME = 200
_NAMED: Final = re.compile(r"[^\s(),;/]+")


def licenses(metadata: Metadata) -> list[dict[str, Any]]:
    """The `licenses` array for what a package declares; empty if it declares nothing."""
    for text in (metadata.license_expression, metadata.license_text):
        if found := _expression(text) or _expression(_TEXTS.get(" ".join(text.lower().split()), "")):
            return found
    if metadata.license_expression:
        return [_named(metadata.license_expression)]
    names = [name.removeprefix("License :: ") for name in metadata.license_classifiers]
    if rows := [_classified(name) for name in names if name not in ("OSI Approved", "DFSG approved")]:
        return list({dumps(row): row for row in rows}.values())
    return [_named(metadata.license_text)] if metadata.license_text else []


def concluded(metadata: Metadata) -> str:
    """The expression that the licence files of a package prove; empty if they prove none."""
    from sbomgate.licence_texts import FAMILY, POINTER

    texts = {file.identifier for file in metadata.licence_files} - {POINTER}
    if texts == {"LGPL-3.0", "GPL-3.0"}:
        texts = {"LGPL-3.0"}  # which is an addition to the other text, and comes with it
    if not texts or "" in texts:
        return ""
    declared = licenses(metadata)
    expressions = [row.get("expression") or row["license"].get("id", "") for row in declared]
    named = set().union(*(_texts_of(one or row["license"]["name"]) for one, row in zip(expressions, declared, strict=True)))
    if len(declared) == 1 and expressions[0] and named == texts:
        return str(expressions[0])
    if len(texts) > 1 or texts < named:  # it declares more than its files tell
        return ""
    (text,) = texts
    return "" if text in FAMILY else text  # -only or -or-later: not the text, only the package can say


def _texts_of(expression: str) -> set[str]:
    """The texts that belong to an SPDX expression; the name where there is none that is known: of an exception, of WITH."""
    return {_text_of(name) for name in _NAMED.findall(expression)} - {"AND", "OR"}


def _text_of(name: str) -> str:
    from sbomgate.licence_texts import FAMILY

    text = name.removesuffix("-only").removesuffix("-or-later")
    if text not in FAMILY:
        return name
    return text if text != name else f"{name} of no certain version"  # the deprecated names, which do not tell


def evidence(files: tuple[LicenceFile, ...], conclusion: str) -> list[dict[str, Any]]:
    """The `evidence.licenses` array: each known text with the files that have it. `conclusion`: tells how a text of the GNU licences is meant."""
    from sbomgate.licence_texts import FAMILY, POINTER

    found: dict[str, list[str]] = {}
    for path, text in files:
        identifier = text
        if text in FAMILY:
            identifier = next((name for name in _NAMED.findall(conclusion) if _text_of(name) == text), "")
        if identifier and text != POINTER:
            found.setdefault(identifier, []).append(path)
    return [
        {"license": {"id": identifier, "properties": [{"name": LICENCE_FILE, "value": path} for path in paths]}}
        for identifier, paths in sorted(found.items())
    ]


def stated(metadata: Metadata) -> tuple[list[dict[str, Any]], str, bool]:
    """The `licenses` array with what is declared and what is concluded; the conclusion; whether it stands in the array.

    Up to CycloneDX 1.6 an expression stands there alone: what is declared has precedence.
    """
    declared = licenses(metadata)
    conclusion = concluded(metadata) if metadata.licence_files else ""
    if conclusion and _is_single(conclusion) and not any("expression" in row for row in declared):
        return [*declared, {"license": {"id": conclusion, "acknowledgement": "concluded"}}], conclusion, True
    return declared, conclusion, False


def _classified(name: str) -> dict[str, Any]:
    """The licence that a classifier names, or an item of npm's old list of licences."""
    canonical = _CLASSIFIERS.get(name) or _canonical(name) or _TEXTS.get(name.lower(), "")
    return _single(canonical) if canonical and _is_single(canonical) else _named(name.rpartition(" :: ")[2])


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    """`text` as a valid SPDX expression in its canonical spelling; empty if it is none."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if not text or len(text) > _MAX_NAME:
        return ""
    try:
        return str(canonicalize_license_expression(text))
    except (InvalidLicenseExpression, ValueError, RecursionError):
        return ""


def _expression(text: str) -> list[dict[str, Any]]:
    """`text` as a `licenses` array; empty if it is no SPDX expression."""
    canonical = _canonical(text)
    if not canonical:
        return []
    return [_single(canonical)] if _is_single(canonical) else [{"expression": canonical, "acknowledgement": "declared"}]


def _is_single(canonical: str) -> bool:
    """Whether an expression is nothing but an identifier on SPDX' list."""
    return " " not in canonical and "(" not in canonical and not canonical.startswith("LicenseRef-") and not canonical.endswith("+")


def _single(identifier: str) -> dict[str, Any]:
    return {"license": {"id": identifier, "acknowledgement": "declared"}}


def _named(name: str) -> dict[str, Any]:
    return {"license": {"name": name[:_MAX_NAME], "acknowledgement": "declared"}}
