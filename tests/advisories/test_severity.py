"""How grave a defect is, by its vectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbomgate.advisories.severity import base_score, gravity


@pytest.mark.parametrize(
    ("kind", "vector", "score", "severity"),
    [
        # examples of the specifications
        ("CVSS_V2", "AV:N/AC:L/Au:N/C:N/I:N/A:C", "7.8", "high"),
        ("CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C", "10.0", "high"),
        ("CVSS_V3", "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "6.1", "medium"),
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "9.8", "critical"),
        ("CVSS_V3", "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "1.6", "low"),
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "0.0", "info"),
        ("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "10.0", "critical"),
        ("CVSS_V4", "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "7.3", "high"),
    ],
)
def test_scores_and_their_words(kind: str, vector: str, score: str, severity: str) -> None:
    assert gravity([(kind, vector)]) == (severity, score, vector, "")


def test_what_counts_where_there_are_several() -> None:
    low, high = "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    assert gravity([("CVSS_V3", low), ("CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C"), ("CVSS_V3", high)], ["LOW"]).vector == high
    assert gravity([("CVSS_V3", "CVSS:3.1/broken")], ["", "MODERATE", "LOW"]) == ("medium", "", "", "MODERATE")


@pytest.mark.parametrize(
    "given_", [[], [("CVSS_V3", "")], [("Ubuntu", "high")], [("CVSS_V4", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")]]
)
def test_what_is_unknown_is_said_so(given_: list[tuple[str, str]]) -> None:
    assert gravity(given_, ["", "AWFUL"]) == ("", "", "", "")


@given(
    st.sampled_from(["CVSS_V2", "CVSS_V3", "CVSS_V4"]),
    st.text() | st.from_regex(r"CVSS:[34]\.[01](/[A-Z]{1,2}:[A-Z]){0,14}", fullmatch=True),
)
def test_any_text_has_a_score_or_none(kind: str, vector: str) -> None:
    score = base_score(kind, vector)
    assert score is None or 0 <= score <= 10
