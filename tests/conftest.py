"""Generated tests are random while one works, and the same in every run of CI: a gate must not fail by chance."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# tests marked `real` install from indexes: one that is away for a minute is no failure of ours
os.environ.setdefault("PIP_RETRIES", "9")
os.environ.setdefault("UV_HTTP_RETRIES", "9")
