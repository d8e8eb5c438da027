"""Tarballs of npm and what installers make of them, built from texts."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile

Members = dict[str, bytes]


def package(name: str, version: str = "1.0.0", files: Members | None = None, **manifest: object) -> Members:
    """The files of a package, its package.json made of the arguments."""
    return {"package.json": json.dumps({"name": name, "version": version, **manifest}).encode(), "index.js": b"module.exports = 1\n"} | (
        files or {}
    )


def tarball(files: Members, top: str = "package", programs: tuple[str, ...] = (), form: int = tarfile.USTAR_FORMAT) -> bytes:
    """`files` as `npm pack` writes them."""
    return zipped(archive([(member(f"{top}/{name}", 0o755 if name in programs else 0o644), body) for name, body in files.items()], form))


def zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def member(name: str, mode: int = 0o644, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mode, info.type = mode, kind
    for key, value in fields.items():
        setattr(info, key, value)
    return info


def archive(members: list[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.USTAR_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for info, body in members:
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def integrity(data: bytes, alg: str = "sha512") -> str:
    """As lockfiles write it (W3C SRI)."""
    return f"{alg}-{base64.b64encode(hashlib.new(alg, data).digest()).decode()}"


def cached(data: bytes) -> str:
    """Where npm's cache keeps it, below `_cacache`."""
    digest = hashlib.sha512(data).hexdigest()
    return f"content-v2/sha512/{digest[:2]}/{digest[2:4]}/{digest[4:]}"
