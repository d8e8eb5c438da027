"""The manifest inside an MCP bundle (`.mcpb`, formerly `.dxt`): a zip archive with a `manifest.json` at its top.

Format: MCPB specification, `MANIFEST.md`. Only the manifest is unpacked, in memory and up to a limit; a bundle may be hostile.
"""

from __future__ import annotations

import struct
from typing import Final

from sbomgate.collectors.agents.jsonc import Document, parse
from sbomgate.errors import CollectError
from sbomgate.tree import MAX_FILE, SourceFile

MAX_MANIFEST: Final = 2**20
"""Bytes. Real ones have a few thousand."""
MAX_DIRECTORY: Final = 8 * 2**20
"""Bytes of an archive's directory, about 80 an entry; bundles with all their dependencies have some ten thousand entries."""
_NAME: Final = "manifest.json"
_END: Final = b"PK\5\6"
_END_SIZE: Final = 22
_LOCATOR: Final = b"PK\6\7"
_LOCATOR_SIZE: Final = 20
_MAX_COMMENT: Final = 2**16
_ENCRYPTED: Final = 0x1
_PACKINGS: Final = (0, 8)
"""Stored, deflate: what the specification's own tool writes. Others cannot be unpacked with a limit."""


def manifest(source: SourceFile) -> Document:
    """The manifest of the bundle `source`; CollectError if it has none, or is no archive."""
    import zipfile
    import zlib
    from io import BytesIO

    data = source.read(MAX_FILE)
    _refuse_large(data, source.path)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            found = [entry for entry in archive.infolist() if entry.filename == _NAME]
            if not found:
                raise CollectError(f"bundle without {_NAME}", source.path, fix="pack it again; no client installs it")
            entry = found[-1]
            if len(found) > 1:
                raise CollectError(
                    f"bundle with {len(found)} files {_NAME}", source.path, fix="pack it again; which of them counts is the client's choice"
                )
            if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _PACKINGS:
                raise CollectError(f"{_NAME} is encrypted, or packed in an unusual way", source.path, fix="pack it again")
            with archive.open(entry) as file:
                text = file.read(MAX_MANIFEST + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error, OverflowError) as error:
        raise CollectError("not a readable zip archive", source.path, fix="build or download it again") from error
    if len(text) > MAX_MANIFEST:
        raise CollectError(f"{_NAME} larger than {MAX_MANIFEST // 2**10} KiB", source.path, fix="no real one is; look at it by hand")
    try:
        return parse(text.decode("utf-8-sig"), f"{source.path}/{_NAME}")
    except UnicodeDecodeError as error:
        raise CollectError(f"{_NAME} is not valid UTF-8 (byte {error.start})", source.path, fix="pack it again") from error
    except CollectError as error:
        raise CollectError(error.what, source.path, f"{_NAME} {error.where}", error.fix) from error


def _refuse_large(data: bytes, path: str) -> None:
    """CollectError if the directory of the archive is too large to be read, by its own account or by where it begins."""
    end = data.rfind(_END, max(len(data) - _END_SIZE - _MAX_COMMENT, 0))
    if end < 0 or len(data) - end < _END_SIZE:
        raise CollectError("not a readable zip archive", path, fix="build or download it again")
    _, _, _, _, _, size, offset, _ = struct.unpack("<4s4H2LH", data[end : end + _END_SIZE])
    is_zip64 = offset == 0xFFFFFFFF or data[max(end - _LOCATOR_SIZE, 0) : end].startswith(_LOCATOR)
    if size > MAX_DIRECTORY or is_zip64:  # whose own figures are elsewhere
        raise CollectError(
            f"zip archive with a directory of more than {MAX_DIRECTORY // 2**20} MiB", path, fix="no real bundle has; look at it by hand"
        )
