"""The settings of pip and uv that lie in a project: pip.conf (pip.ini on Windows) and uv.toml.

Format: pip documentation, "Configuration"; uv documentation, "Configuration files". uv.toml has the keys of `[tool.uv]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.lockfiles.declared import Lines
from sbomgate.collectors.lockfiles.project_files import uv_indexes
from sbomgate.collectors.lockfiles.provenance import credentials
from sbomgate.collectors.lockfiles.rows import LockReader
from sbomgate.model import Location, Setting
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, conflict_marker

_KEYS: Final = ("index-url", "extra-index-url", "find-links", "trusted-host", "no-index", "require-hashes")
_MAX: Final = 10_000


def collect(file: SourceFile) -> Iterator[Any]:
    """Yield a Setting per setting that says where packages come from; CollectError if `file` cannot be read."""
    if file.path.endswith(".toml"):
        reader = LockReader(file)
        reader.fix = "write it as uv's documentation says"
        document, lines = file.toml(), Lines(file.text())
        uv_indexes(reader, document, lines, "")
        inner = reader.soft(document, "pip", dict, "")
        if inner:
            uv_indexes(reader, inner, lines, "pip")
        return iter(reader.nouns)
    return iter(_pip(file))


def _pip(file: SourceFile) -> list[Any]:
    """The options of every section: which command is run is not known."""
    reader = LockReader(file)
    text = file.text()
    if marker := conflict_marker(text):
        reader.problem("merge-conflict marker", marker.partition(":")[0], "resolve the conflict")
    key = ""
    for number, row in enumerate(text.split("\n"), 1):
        written = row.strip()
        if not written or written[0] in "#;":
            continue
        if row[0] not in " \t":
            if written[0] == "[":
                key = ""
                continue
            at = min((found for mark in "=:" if (found := written.find(mark)) > 0), default=0)
            key, written = written[:at].strip().lower().replace("_", "-"), written[at + 1 :]
        if key in _KEYS:
            for value in written.split():
                if secret := credentials(value):
                    reader.nouns.append(Setting("credentials", secret, Location(file.path, number)))
                reader.nouns.append(Setting(key, redacted_url(value), Location(file.path, number)))
        if len(reader.nouns) > _MAX:
            reader.problem(f"more than {_MAX} settings; the rest was not read", f"line {number}", "look at it by hand")
            break
    return reader.nouns
