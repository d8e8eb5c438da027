"""What can be said of a licence by its name alone: listed, deprecated, restrictive."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

VALID: Final = 1
"""A listed SPDX identifier or expression, or a `LicenseRef-`."""
LISTED: Final = 2
DEPRECATED: Final = 4
RESTRICTIVE: Final = 8
UNKNOWN: Final = 16
"""Says that it is not known."""

UNKNOWN_WORDS: Final = frozenset({"noassertion", "unknown", "none"})
"""Values by which other tools say that they do not know; NOASSERTION and NONE are SPDX's. sbomqs, `ValidateLicenseText`."""
_MAX_LENGTH: Final = 500

# SPDX license list, `isDeprecatedLicenseId`; a test compares it with the list that `packaging` carries
_DEPRECATED_TEXT: Final = """
AGPL-1.0 AGPL-3.0 BSD-2-Clause-FreeBSD BSD-2-Clause-NetBSD GFDL-1.1 GFDL-1.2 GFDL-1.3 GPL-1.0 GPL-1.0+ GPL-2.0 GPL-2.0+ GPL-2.0-with-GCC-exception
GPL-2.0-with-autoconf-exception GPL-2.0-with-bison-exception GPL-2.0-with-classpath-exception GPL-2.0-with-font-exception GPL-3.0 GPL-3.0+
GPL-3.0-with-GCC-exception GPL-3.0-with-autoconf-exception LGPL-2.0 LGPL-2.0+ LGPL-2.1 LGPL-2.1+ LGPL-3.0 LGPL-3.0+ Net-SNMP Nunit StandardML-NJ
bzip2-1.0.5 eCos-2.0 wxWindows
"""
_DEPRECATED: Final = frozenset(_DEPRECATED_TEXT.split())

# What sbomqs calls restrictive (`pkg/licenses/embed_licenses.go`): the identifiers on the SPDX list whose category in the
# ScanCode LicenseDB has "Copyleft" or "Restricted" in it; here as of its index in `license-expression` 30.4
_RESTRICTIVE_TEXT: Final = """
AGPL-1.0 AGPL-1.0-only AGPL-1.0-or-later AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later Aladdin APL-1.0 APSL-1.0 APSL-1.1 APSL-1.2 APSL-2.0 Arphic-1999
Artistic-1.0 Artistic-1.0-cl8 Artistic-1.0-Perl Artistic-2.0 Artistic-dist ASWF-Digital-Assets-1.0 ASWF-Digital-Assets-1.1 BitTorrent-1.0
BitTorrent-1.1 BSD-3-Clause-No-Military-License BSD-3-Clause-No-Nuclear-License BSD-3-Clause-No-Nuclear-License-2014
BSD-3-Clause-No-Nuclear-Warranty BSD-Protection C-UDA-1.0 CAL-1.0 CAL-1.0-Combined-Work-Exception Caldera CATOSL-1.1 CC-BY-SA-1.0 CC-BY-SA-2.0
CC-BY-SA-2.0-UK CC-BY-SA-2.1-JP CC-BY-SA-2.5 CC-BY-SA-3.0 CC-BY-SA-3.0-AT CC-BY-SA-3.0-DE CC-BY-SA-3.0-IGO CC-BY-SA-4.0 CC-SA-1.0 CDDL-1.0 CDDL-1.1
CDL-1.0 CDLA-Sharing-1.0 CECILL-1.0 CECILL-1.1 CECILL-2.0 CECILL-2.1 CECILL-C CERN-OHL-S-2.0 CERN-OHL-W-2.0 ClArtistic copyleft-next-0.3.0
copyleft-next-0.3.1 CPAL-1.0 CPL-1.0 CPOL-1.02 CUA-OPL-1.0 D-FSL-1.0 eCos-2.0 EPL-1.0 EPL-2.0 ErlPL-1.1 EUPL-1.0 EUPL-1.1 EUPL-1.2 Eurosym FDK-AAC
Frameworx-1.0 FreeImage GCR-docs GFDL-1.1 GFDL-1.1-invariants-only GFDL-1.1-invariants-or-later GFDL-1.1-no-invariants-only
GFDL-1.1-no-invariants-or-later GFDL-1.1-only GFDL-1.1-or-later GFDL-1.2 GFDL-1.2-invariants-only GFDL-1.2-invariants-or-later
GFDL-1.2-no-invariants-only GFDL-1.2-no-invariants-or-later GFDL-1.2-only GFDL-1.2-or-later GFDL-1.3 GFDL-1.3-invariants-only
GFDL-1.3-invariants-or-later GFDL-1.3-no-invariants-only GFDL-1.3-no-invariants-or-later GFDL-1.3-only GFDL-1.3-or-later GL2PS Glide gnuplot GPL-1.0
GPL-1.0+ GPL-1.0-only GPL-1.0-or-later GPL-2.0 GPL-2.0+ GPL-2.0-only GPL-2.0-or-later GPL-2.0-with-autoconf-exception
GPL-2.0-with-classpath-exception GPL-2.0-with-font-exception GPL-2.0-with-GCC-exception GPL-3.0 GPL-3.0+ GPL-3.0-only GPL-3.0-or-later
GPL-3.0-with-autoconf-exception GPL-3.0-with-GCC-exception gSOAP-1.3b Hippocratic-2.1 HPND-export-US HPND-export-US-acknowledgement
HPND-UC-export-US Imlib2 Interbase-1.0 IPA IPL-1.0 LAL-1.2 LAL-1.3 LGPL-2.0 LGPL-2.0+ LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1 LGPL-2.1+
LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0+ LGPL-3.0-only LGPL-3.0-or-later LGPLLR LiLiQ-P-1.1 LiLiQ-R-1.1 LiLiQ-Rplus-1.1
Linux-man-pages-1-para Linux-man-pages-copyleft Linux-man-pages-copyleft-2-para Linux-man-pages-copyleft-var LPL-1.0 LPL-1.02 LPPL-1.0 LPPL-1.1
LPPL-1.2 LPPL-1.3a LPPL-1.3c MakeIndex Motosoto MPL-1.0 MPL-1.1 MPL-2.0 MPL-2.0-no-copyleft-exception MS-RL NASA-1.3 NBPL-1.0 NCGL-UK-2.0 NGPL Nokia
NOSL Noweb NPL-1.0 NPL-1.1 NPOSL-3.0 OCCT-PL OCLC-2.0 ODbL-1.0 OFL-1.1 OGTSL OLDAP-1.1 OLDAP-1.2 OLDAP-1.3 OLDAP-1.4 OpenPBS-2.3 OPL-1.0 OSET-PL-2.1
OSL-1.0 OSL-1.1 OSL-2.0 OSL-2.1 OSL-3.0 Parity-6.0.0 Parity-7.0.0 PPL Qhull QPL-1.0 QPL-1.0-INRIA-2004 RHeCos-1.1 RPL-1.1 RPL-1.5 RPSL-1.0 RSCPL
Ruby Sendmail-8.23 SGI-B-1.0 SimPL-2.0 Sleepycat SMAIL-GPL SMPPL SNIA SPL-1.0 SugarCRM-1.1.3 SUL-1.0 TAPR-OHL-1.0 TGPPL-1.0 TMate TORQUE-1.1 TOSL
TPL-1.0 Ubuntu-font-1.0 UCL-1.0 URT-RLE Vim VOSTROM wxWindows YPL-1.0 YPL-1.1 Zimbra-1.3 Zimbra-1.4
"""
_RESTRICTIVE: Final = frozenset(_RESTRICTIVE_TEXT.split())


@lru_cache(maxsize=4096)
def classify(text: str) -> int:
    """The flags above for one licence as a document names it: an identifier, an expression or a name."""
    if text.lower() in UNKNOWN_WORDS:
        return UNKNOWN
    canonical = _canonical(text)
    if not canonical:
        return 0
    flags = VALID | LISTED
    after_with = False
    for token in canonical.replace("(", " ").replace(")", " ").split():
        if token in ("AND", "OR"):
            continue
        if token == "WITH":  # noqa: S105 - an operator
            after_with = True
            continue
        if after_with:  # an exception is no licence
            after_with = False
            continue
        if token.startswith("LicenseRef-"):
            flags &= ~LISTED
        if token in _DEPRECATED:
            flags |= DEPRECATED
        if token in _RESTRICTIVE or token.removesuffix("+") in _RESTRICTIVE:
            flags |= RESTRICTIVE
    return flags


def _canonical(text: str) -> str:
    """`text` as a valid SPDX expression in its canonical spelling; empty if it is none."""
    if len(text) > _MAX_LENGTH:
        return ""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return str(canonicalize_license_expression(text))
    except (InvalidLicenseExpression, ValueError, RecursionError):
        return ""
