"""What a wheel installs: each file with the digest that it must have, told from the archive alone.

Source: "Binary distribution format", sections "File contents" and "The .data directory". RECORD inside the archive is
not consulted: what counts is what an installer would write.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from hashlib import sha256
from typing import Final, NamedTuple

from sbomgate.collectors.environment import metadata, record
from sbomgate.custody.archives import Member, RefusedError, chunks, content, members
from sbomgate.purl import canonical_name

_MAX_TEXT: Final = 16 * 2**20
_ENTRY: Final = re.compile(r"([^=\s][^=]*?)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[[^\]]*\])?\s*\Z")
_PYTHON_SCRIPT: Final = b"#!python"


class Script(NamedTuple):
    """A file of the scripts folder of a wheel."""

    name: str
    sha256: str
    rewritten: bool
    """It begins with `#!python`: installers write the path of the interpreter there."""
    rest: str
    """SHA-256 of what follows the first line, where that is rewritten."""
    length: int
    """Bytes of that."""


class Wheel(NamedTuple):
    """One wheel, read. Paths are relative to the folder that each kind is installed in."""

    name: str
    """Normalised."""
    version: str
    info: str
    """Name of its .dist-info folder."""
    files: tuple[tuple[str, str], ...]
    """(path below the site folder, SHA-256). Without what installers replace: see `record.INSTALLER_FILES`, and `__pycache__`."""
    scripts: tuple[Script, ...]
    headers: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, str], ...]
    wrappers: tuple[tuple[str, str, str], ...]
    """(name, module, callable) of each script that an installer generates."""
    content_digest: str
    """The same as that of an installation of the wheel; see the manifest docs."""


def read_wheel(data: bytes) -> Wheel:
    """The wheel in the archive `data`; RefusedError if it is none, or not plainly one."""
    everything = {member.name: member for member in members(data)}
    info = _info(everything)
    headers = metadata.parse_headers(content(data, everything[f"{info}/METADATA"], metadata.MAX_METADATA))
    name, version = canonical_name(headers.single.get("Name", "")), headers.single.get("Version", "")
    stem = info.removesuffix(".dist-info")
    if not name or not version or canonical_name(stem.partition("-")[0]) != name:
        raise RefusedError(f"metadata of {name!r} in a folder for {info!r}")
    wrappers = _wrappers(data, everything.get(f"{info}/entry_points.txt"))
    own = {wrapper[0] for wrapper in wrappers}
    below: dict[str, dict[str, str]] = {"site": {}, "headers": {}, "data": {}}
    scripts = []
    for path, member in everything.items():
        top, _, rest = path.partition("/")
        kind, _, inner = rest.partition("/")
        if not top.endswith(".data"):
            kind, inner = "site", path
        elif top != f"{stem}.data" or kind not in ("purelib", "platlib", "scripts", "headers", "data") or not inner:
            raise RefusedError(f"a .data folder that installers treat differently: {path!r}")
        if kind == "scripts":
            if inner not in own:  # what setuptools generated into the wheel itself is generated anew
                scripts.append(_script(data, member, inner))
            continue
        files = below["site" if kind in ("purelib", "platlib") else kind]
        digest = _digest(data, member)
        if files.setdefault(inner, digest) != digest:
            raise RefusedError(f"two members that are installed as one file: {inner!r}")
    site = {
        path: digest
        for path, digest in below["site"].items()
        if not (path.startswith(f"{info}/") and path[len(info) + 1 :] in record.INSTALLER_FILES)
        and not (path.endswith(record.BYTECODE) and "__pycache__" in path)
    }
    return Wheel(
        name=name,
        version=version,
        info=info,
        files=tuple(sorted(site.items())),
        scripts=tuple(sorted(scripts)),
        headers=tuple(sorted(below["headers"].items())),
        data=tuple(sorted(below["data"].items())),
        wrappers=wrappers,
        content_digest=_content_digest(site, info),
    )


def _info(everything: dict[str, Member]) -> str:
    infos = sorted({top for path in everything if (top := path.partition("/")[0]).lower().endswith(".dist-info")})
    if len(infos) != 1 or not {f"{infos[0]}/{name}" for name in ("METADATA", "WHEEL", "RECORD")} <= everything.keys():
        found = f"{len(infos)} .dist-info folders" if len(infos) != 1 else f"{infos[0]} lacks METADATA, WHEEL or RECORD"
        raise RefusedError(f"not a wheel ({found})")
    return infos[0]


def _content_digest(site: dict[str, str], info: str) -> str:
    rows = [
        (path, "sha256", b2a_base64(bytes.fromhex(digest), newline=False).decode().translate(_URL_SAFE).rstrip("="), "")
        for path, digest in site.items()
    ]
    return record.content_digest(record.Owner("", info, rows))


_URL_SAFE: Final = str.maketrans("+/", "-_")


def _digest(data: bytes, member: Member) -> str:
    digest = sha256()
    for chunk in chunks(data, member):
        digest.update(chunk)
    return digest.hexdigest()


def _script(data: bytes, member: Member, name: str) -> Script:
    """The script, hashed as a whole and, for an installer that rewrites its first line, without that."""
    whole, rest = sha256(), sha256()
    length, head, in_first, rewritten = 0, b"", True, False
    for chunk in chunks(data, member):
        whole.update(chunk)
        if in_first:
            head += chunk
            rewritten = head.startswith(_PYTHON_SCRIPT)
            if len(head) < len(_PYTHON_SCRIPT) or (rewritten and b"\n" not in head):
                continue
            in_first = False
            chunk = head.partition(b"\n")[2]
        if rewritten:
            rest.update(chunk)
            length += len(chunk)
    return Script(name, whole.hexdigest(), rewritten, rest.hexdigest() if rewritten else "", length)


def _wrappers(data: bytes, member: Member | None) -> tuple[tuple[str, str, str], ...]:
    """What entry_points.txt asks installers to generate. Source: "Entry points specification", "File format"."""
    if member is None:
        return ()
    found = []
    section = ""
    for line in content(data, member, _MAX_TEXT).decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            section = text[1:-1].strip()
        elif section in ("console_scripts", "gui_scripts") and len(text) < 1000 and (match := _ENTRY.match(text)):
            found.append((match[1], match[2], match[3]))
    return tuple(dict.fromkeys(found))
