"""What a licence's name alone says."""

from __future__ import annotations

import pytest
from packaging.licenses import _spdx

from sbomgate.quality.licences import _DEPRECATED, _RESTRICTIVE, DEPRECATED, LISTED, RESTRICTIVE, UNKNOWN, VALID, classify


def test_the_deprecated_identifiers_are_those_of_the_spdx_list() -> None:
    assert {row["id"] for row in _spdx.LICENSES.values() if row["deprecated"]} == _DEPRECATED


def test_every_restrictive_identifier_is_on_the_spdx_list() -> None:
    assert {row["id"] for row in _spdx.LICENSES.values()} >= _RESTRICTIVE
    assert len(_RESTRICTIVE) == 226


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("MIT", VALID | LISTED),
        ("mit", VALID | LISTED),
        ("MIT License", 0),
        ("", 0),
        ("LicenseRef-Acme", VALID),
        ("MIT AND LicenseRef-Acme", VALID),
        ("GPL-2.0", VALID | LISTED | DEPRECATED | RESTRICTIVE),
        ("GPL-2.0-or-later", VALID | LISTED | RESTRICTIVE),
        ("LGPL-2.1+", VALID | LISTED | DEPRECATED | RESTRICTIVE),
        ("Apache-2.0 OR MPL-2.0", VALID | LISTED | RESTRICTIVE),
        ("Apache-2.0 WITH LLVM-exception", VALID | LISTED),
        ("(MIT OR BSD-3-Clause) AND ISC", VALID | LISTED),
        ("CC-BY-SA-4.0", VALID | LISTED | RESTRICTIVE),
        ("NOASSERTION", UNKNOWN),
        ("unknown", UNKNOWN),
    ],
)
def test_classification(text: str, flags: int) -> None:
    assert classify(text) == flags
