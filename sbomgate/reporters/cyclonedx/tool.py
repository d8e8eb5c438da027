"""sbomgate itself, as the tool that made a document."""

from __future__ import annotations

import os
from typing import Any

from sbomgate import __version__, manifest
from sbomgate.reporters.cyclonedx.layout import prop

_MAX_RECORD = 2**20
_REF = "tool:sbomgate"


def row_of_tool(*, reproducible: bool) -> dict[str, Any]:
    """sbomgate with its version and, where it was installed from a wheel, the content digest of the files that run.

    No `hashes`: they are of an artifact, and which one was installed is not known. The digest depends on how sbomgate came
    here and not on the input, so a reproducible document has none.
    """
    row: dict[str, Any] = {"bom-ref": _REF, "type": "application", "name": "sbomgate", "version": __version__}
    digest = (
        ""
        if reproducible
        else _content_digest(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))
    )
    return {**row, "properties": [prop(manifest.CONTENT, digest)]} if digest else row


def _content_digest(site: str) -> str:
    """`sgc1` over the files in `site` that our RECORD lists, as they are on disk; empty without a RECORD of ours, or if a file is not there.

    The form of the digest is that of docs/manifest.md.
    """
    from base64 import urlsafe_b64encode
    from hashlib import sha256

    folder = f"sbomgate-{__version__}.dist-info/"
    lines = set()
    try:
        with open(os.path.join(site, folder, "RECORD"), encoding="utf-8") as record:
            paths = [row.rsplit(",", 2)[0].strip('"') for row in record.read(_MAX_RECORD).splitlines()]
        if "sbomgate/__init__.py" not in paths:
            return ""  # an editable install: its RECORD lists a link, not what runs
        for path in paths:
            if path.startswith(("../", "/", "..\\")) or "__pycache__" in path or path.endswith((".pyc", ".pyo")):
                continue
            if path.startswith(folder) and path[len(folder) :] in _OF_INSTALLERS:
                continue
            with open(os.path.join(site, path), "rb") as file:
                digest = urlsafe_b64encode(sha256(file.read()).digest()).rstrip(b"=").decode()
            lines.add(f"{path}\0{digest}\n")
    except (OSError, UnicodeDecodeError, ValueError):
        return ""
    return "sgc1:" + sha256("".join(sorted(lines)).encode()).hexdigest() if lines else ""


_OF_INSTALLERS = frozenset(
    {
        "INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "provenance_url.json", "uv_cache.json", "uv_build.json", "RECORD.jws", "RECORD.p7s",
    }
)  # fmt: skip
"""What docs/manifest.md leaves out; `collectors.environment.record.INSTALLER_FILES`, which a reporter cannot import."""
