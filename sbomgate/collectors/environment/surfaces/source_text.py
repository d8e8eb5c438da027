"""What the text of source code gives away before it is read as code: encodings, gaps, letters, and the bytecode beside it."""

from __future__ import annotations

import re
from typing import Final

from sbomgate.collectors.environment.surfaces.cases import (
    MAX_PTH,
)
from sbomgate.collectors.environment.surfaces.site_folder import Site
from sbomgate.errors import CollectError


def decode_source(content: bytes) -> tuple[str | None, str]:
    """(text, what is odd about its encoding) of a Python source file; None if it cannot be decoded. Source: PEP 263."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    encoding = "utf-8"
    for line in content.split(b"\n", 2)[:2]:
        if match := re.match(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", line):
            encoding = match[1].decode("ascii", "replace").lower().replace("_", "-")
            break
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    plain = encoding.startswith(
        (
            "utf-8",
            "utf8",
            "latin",
            "iso-8859",
            "iso8859",
            "ascii",
            "us-ascii",
            "cp125",
            "windows-125",
            "koi8",
            "euc",
            "gb",
            "big5",
            "shift",
            "sjis",
            "mac-roman",
        )
    )
    try:
        text = content.decode(
            encoding
            if plain
            or encoding in ("utf-7", "unicode-escape", "raw-unicode-escape", "utf-16", "utf-32", "cp037", "cp500", "hz", "punycode")
            else "utf-8"
        )
        if encoding in ("rot13", "rot-13"):
            import codecs

            text = codecs.decode(text, "rot13")
    except (UnicodeError, LookupError, ValueError):
        if plain:
            return None, "cannot be decoded"
        return content.decode("latin-1"), f"source in the encoding {encoding!r}, which hides what it says"
    return text, "" if plain else f"source in the encoding {encoding!r}, which hides what it says"


def odd_code(text: str) -> str:
    """Letters and marks that make code look like something else; empty if there are none."""
    import unicodedata

    if text.isascii():
        return "a control character in the code" if any(c < " " and c not in "\t\n\r\f" for c in text) else ""
    for character in text:
        if unicodedata.category(character) in ("Cf", "Co", "Cn", "Zl", "Zp") or (
            unicodedata.category(character) == "Cc" and character not in "\t\n\r\f"
        ):
            return f"an invisible or direction character (U+{ord(character):04X}) in the code"
        if character in "\u115f\u1160\u3164\uffa0\u2800":
            return f"an invisible letter (U+{ord(character):04X}) in the code"
    stripped = re.sub(r"(?:'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|#[^\n]*)", "", text)
    if not stripped.isascii() and re.search(r"[^\W\d]", re.sub(r"[\x00-\x7f]", "", stripped)):
        return "a name with letters beyond ASCII in the code"
    from sbomgate.collectors.environment import paths

    for literal in re.findall(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"", text):
        for part in literal:
            if re.fullmatch(r"[\w.]{3,60}", part) and "mixed" in paths.odd_characters(part):
                return "a name with look-alike letters in the code"
    return ""


def odd_module(text: str) -> tuple[int, str] | None:
    """(line, what) of the first line of a module that hides code; None if there is none."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > 120 and (match := re.search(r"(?:^|[^ \t])[ \t\f\u3000]{80,}([^ \t#].*)", line)):
            return number, f"code far to the right, behind a long gap: {match[1][:300]}"
        if (
            not line.isascii()
            and re.search(r"[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2060\u115f\u1160\u3164\uffa0]", line)
            and not line.lstrip().startswith("#")
        ):
            odd = re.search(r"[\u202a-\u202e\u2066-\u2069\u2060\u115f\u1160\u3164\uffa0]", line)
            if odd:
                return number, f"an invisible or direction character (U+{ord(odd[0]):04X}) in the code: {line[:200]}"
    return None


def is_blob(text: str) -> bool:
    return re.search(r"[A-Za-z0-9+/=_-]{1000}|(?:\\x[0-9a-fA-F]{2}){200}|(?:\d{1,3}, ?){300}", text) is not None


_TELLING: Final = (
    b"exec",
    b"eval",
    b"system",
    b"popen",
    b"Popen",
    b"subprocess",
    b"socket",
    b"urlopen",
    b"b64decode",
    b"marshal",
    b"ctypes",
    b"fork",
    b"execv",
    b"urllib",
    b"requests",
    b"__import__",
    b"settrace",
    b"environ",
    b"pty",
)


def foreign_bytecode(site: Site, path: str, content: bytes) -> str:
    """Why the bytecode cached for the source at `path` does not come from it; empty if nothing speaks against it.

    Python takes an unchecked cache without looking at the source, and a checked one whose time and size fit. The code in
    it is not loaded: the names in it are compared with the text of the source. Source: PEP 552, `importlib._bootstrap_external`.
    """
    folder, _, name = path.rpartition("/")
    cache = f"{folder}/__pycache__" if folder else "__pycache__"
    stem = name.removesuffix(".py")
    for entry in site.listing(cache) if "__pycache__" in site.listing(folder) else ():
        if not (entry.startswith(f"{stem}.") and entry.endswith(".pyc") and entry.count(".") <= 3):
            continue
        try:
            compiled = site.tree.read(f"{cache}/{entry}", MAX_PTH)
        except CollectError as error:
            return f"{entry}: {error.what}"
        flags = int.from_bytes(compiled[4:8], "little")
        if flags & 1 and not flags & 2:
            return f"{entry}: the bytecode is used without a look at the source (unchecked hash)"
        if not flags & 1 and compiled[12:16] != (len(content) & 0xFFFFFFFF).to_bytes(4, "little"):
            continue  # of another version of the source: Python compiles again
        for word in _TELLING:
            # short strings in marshal: a type, one byte of length, the text
            if word not in content and re.search(rb"[zZ\xfa\xda]" + re.escape(bytes([len(word)])) + word, compiled):
                return f"{entry}: the bytecode names {word.decode()}, the source does not"
    return ""
