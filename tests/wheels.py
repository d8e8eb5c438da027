"""Wheels made of text at test time, and what an installer makes of them."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile

from support import SITE, record_row

PYTHON = "/srv/env/bin/python3.12"
WRAPPER = "# -*- coding: utf-8 -*-\nimport re\nimport sys\nfrom {module} import {name}\nif __name__ == '__main__':\n    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n    sys.exit({function}())\n"


def archive(files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of `files`, in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as zipped:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.compress_type = compression
            zipped.writestr(info, content)
    return buffer.getvalue()


def wheel_files(name: str, version: str, files: dict[str, bytes], entry_points: str = "") -> dict[str, bytes]:
    """The members of a wheel with `files`, its RECORD last."""
    info = f"{name}-{version}.dist-info"
    members = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if entry_points:
        members[f"{info}/entry_points.txt"] = entry_points.encode()
    members[f"{info}/RECORD"] = ("".join(record_row(*item) for item in members.items()) + f"{info}/RECORD,,\n").encode()
    return members


def wheel(name: str, version: str, files: dict[str, bytes], entry_points: str = "") -> bytes:
    return archive(wheel_files(name, version, files, entry_points))


def installed(members: dict[str, bytes], wrappers: dict[str, str] | None = None, **more: bytes) -> dict[str, bytes]:
    """What pip makes of the members of a wheel, relative to the environment; `wrappers`: script → `module:function`.

    `more`: further files of .dist-info, such as `direct_url.json`, with `_` for the dot.
    """
    info = next(path.partition("/")[0] for path in members if path.endswith(".dist-info/METADATA"))
    stem = info.removesuffix(".dist-info")
    files = {}
    for path, content in members.items():
        if path == f"{info}/RECORD":
            continue
        if not path.startswith(f"{stem}.data/"):
            files[f"{SITE}/{path}"] = content
            continue
        _, kind, rest = path.split("/", 2)
        rewritten = kind == "scripts" and content.startswith(b"#!python")
        written = f"#!{PYTHON}\n".encode() + content.partition(b"\n")[2] if rewritten else content
        folder = {"purelib": SITE, "platlib": SITE, "scripts": "bin", "headers": f"include/site/python3.12/{stem}", "data": ""}[kind]
        files[f"{folder}/{rest}".lstrip("/")] = written
    for script, target in (wrappers or {}).items():
        module, function = target.split(":")
        text = f"#!{PYTHON}\n" + WRAPPER.format(module=module, name=function.partition(".")[0], function=function)
        files[f"bin/{script}"] = text.encode()
    files[f"{SITE}/{info}/INSTALLER"] = b"pip\n"
    for name, content in more.items():
        files[f"{SITE}/{info}/{name.replace('_json', '.json')}"] = content
    return recorded(files, info)


def recorded(files: dict[str, bytes], info: str) -> dict[str, bytes]:
    """`files` with a RECORD that fits them all."""
    rows = []
    for path, content in files.items():
        if path.endswith(f"{info}/RECORD"):
            continue
        written = path.removeprefix(f"{SITE}/") if path.startswith(f"{SITE}/") else f"../../../{path}"
        rows.append(f"{written},,\n" if path.endswith(".pyc") else record_row(written, content))
    return {**files, f"{SITE}/{info}/RECORD": ("".join(rows) + f"{info}/RECORD,,\n").encode()}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
