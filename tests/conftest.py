"""Generated tests are random while one works, and the same in every run of CI: a gate must not fail by chance."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _environment_stays_as_it_was() -> Iterator[None]:
    """What one test leaves in the environment would be a setting of every test after it."""
    before = {**os.environ}
    yield
    after = {**os.environ}
    for table in (before, after):
        table.pop("PYTEST_CURRENT_TEST", None)
    assert after == before
