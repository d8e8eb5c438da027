"""What CPython's `site` module makes of the bytes of a `.pth` or `.start` file; nothing is executed.

The rules differ between versions, and attackers use the difference:

| | 3.12 and older | 3.13 and newer |
|---|---|---|
| decoding | the locale's encoding, 8192 bytes at a time | UTF-8 with an optional mark, else the locale's encoding |
| line ends | LF, CR, CR LF | everything that `str.splitlines` knows: also VT, FF, FS, GS, RS, NEL, LS, PS |
| `.name.pth` | read, until the security releases of early 2024 | skipped |

3.15 adds `.start` files (PEP 829): entry points, which mute the import lines of the `.pth` of the same stem; 3.18 stops
executing import lines. The locale's encoding is taken to be UTF-8, as on every current system; content that is not
UTF-8 is told as such, because under another locale it may well run.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

Version = tuple[int, int]

UTF8_SIG: Final = (3, 13)
"""The first version that decodes the whole file at once and splits it as text."""
START_FILES: Final = (3, 15)
IMPORTS_IGNORED: Final = (3, 18)
_CHUNK: Final = 8192
"""What `io.TextIOWrapper` decodes at once: lines in front of an undecodable chunk are executed."""
_OLD_LINE_END: Final = re.compile("\r\n|\r|\n")
_ENTRY_POINT: Final = re.compile(r"(?P<module>(?!\d)\w+(?:\.(?!\d)\w+)*):(?P<object>(?!\d)\w+(?:\.(?!\d)\w+)*)\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a start-up file."""

    number: int
    """1-based, as the version that acts on it counts lines."""
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one version, or every version together, does with a file."""

    executes: tuple[Line, ...] = ()
    """`.pth`: import lines. `.start`: entry points."""
    paths: tuple[Line, ...] = ()
    """Path lines as written, trailing white space removed, in order."""
    undecodable: bool = False
    """Some version that is meant cannot decode the content as UTF-8."""
    differs: bool = False
    """Versions disagree; told only when the version is unknown."""


def is_read(name: str, python: Version | None) -> bool:
    """Whether `site` looks at a file of this name; dot-files count while the version may be one that reads them."""
    if name.endswith(".start"):
        return not name.startswith(".") and (python is None or python >= START_FILES)
    return name.endswith(".pth") and (not name.startswith(".") or python is None or python < UTF8_SIG)


def parse_pth(data: bytes, python: Version | None = None, *, muted: bool = False) -> Reading:
    """The lines that are executed and the paths that are added; for an unknown version, those of all versions.

    `muted`: a `.start` file of the same stem lies beside it.
    """
    if python is not None:
        return _parse(data, python, muted=muted)
    old, new = _parse(data, (3, 12), muted=False), _parse(data, UTF8_SIG, muted=False)
    if old == new:
        return new
    seen = {line.text for line in new.executes}
    listed = {line.text for line in new.paths}
    return Reading(
        executes=new.executes + tuple(line for line in old.executes if line.text not in seen),
        paths=new.paths + tuple(line for line in old.paths if line.text not in listed),
        undecodable=old.undecodable or new.undecodable,
        differs=True,
    )


def parse_start(data: bytes) -> Reading:
    """The entry points of a `.start` file. Source: PEP 829, "File format"; malformed lines are skipped by `site`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Reading(undecodable=True)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.strip()
        if entry and not entry.startswith("#") and _ENTRY_POINT.match(entry):
            found.append(Line(number, entry))
    return Reading(executes=tuple(found))


def split_entry_point(text: str) -> tuple[str, str]:
    """(module, object) of `pkg.mod:name`; empty strings if it is not of that form."""
    match = _ENTRY_POINT.match(text.strip())
    return (match["module"], match["object"]) if match else ("", "")


def _parse(data: bytes, python: Version, *, muted: bool) -> Reading:
    text, undecodable = _whole(data) if python >= UTF8_SIG else _chunks(data)
    lines = text.splitlines() if python >= UTF8_SIG else _OLD_LINE_END.split(text)
    executes, paths = [], []
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(("import ", "import\t")):
            if not (muted and python >= START_FILES) and python < IMPORTS_IGNORED:
                executes.append(Line(number, line))
                if "\0" in line:  # does not compile: an error, and the remainder of the file is ignored
                    break
        elif "\0" not in line:  # no file system has such a name: os.path.exists says no
            paths.append(Line(number, line.rstrip()))
    return Reading(tuple(executes), tuple(paths), undecodable)


def _whole(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return "", True


def _chunks(data: bytes) -> tuple[str, bool]:
    """The text that is handed out before the first chunk that does not decode: its complete lines."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    parts: list[str] = []
    try:
        for start in range(0, len(data), _CHUNK):
            parts.append(decoder.decode(data[start : start + _CHUNK]))  # noqa: PERF401 - those before an error count
        parts.append(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        text = "".join(parts)
        ends = list(_OLD_LINE_END.finditer(text.removesuffix("\r")))
        return (text[: ends[-1].end()] if ends else ""), True
    return "".join(parts), False
