"""Is a folder that start-up code puts on the import path a place that code may come from?"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from sbomgate.collectors.environment.late import Late


class Danger(NamedTuple):
    """Why a path is no place for code."""

    grave: bool
    """False: a person should look; True: the gate should stop it."""
    why: str


_TEMPORARY: Final = Late(
    r"(?:/private)?/(?:tmp|var/tmp|dev/shm|usr/tmp|var/folders|run/shm|run/user|var/run|run/lock|var/lock|var/crash|var/spool|dev/mqueue)(?:/|\Z)",
    re.IGNORECASE,
)
_WINDOWS_TEMPORARY: Final = Late(
    r"(?:\A|/)(?:temp|tmp|appdata/local/temp|windows/temp|users/public|programdata|perflogs|\$recycle\.bin|windows/tasks|windows/tracing)(?:/|\Z)",
    re.IGNORECASE,
)
_VARIABLE: Final = Late(r"%[A-Za-z_()0-9]+%|\$\{?[A-Za-z_]+\}?|\A~")
_SHARED: Final = Late(r"/Users/Shared(?:/|\Z)", re.IGNORECASE)
_NO_CODE: Final = Late(
    r"/(?:usr/(?:local/)?share/(?:doc|docs|man|info|fonts|icons|locale|themes|sounds|backgrounds|wallpapers|zoneinfo|i18n|mime|pixmaps|images|licenses|bug|lintian)"
    r"|var/(?:cache|log|mail|backups|games|account)|proc|sys|dev|lost\+found|boot|etc/(?:cron|fonts|skel))(?:[./]|\Z)"
)
_USER_FILES: Final = Late(r"/(?:Downloads|Pictures|Music|Videos|Movies|Trash|fonts|thumbnails)(?:/|\Z)")
_MOUNTED: Final = Late(r"/(?:mnt|media|net|nfs|nas|Volumes|misc|cdrom|srv|var|afs|smb|share|shares|shared|sshfs|gvfs)(?:/|\Z)")
_CODE_PLACES: Final = Late(r"/mnt/[a-z](?:/|\Z)|/var/(?:lib|task|runtime|opt|lang)(?:/|\Z)|/srv/(?:app|www|code|src)(?:/|\Z)")
_HIDDEN_OK: Final = frozenset(
    [
        ".local",
        ".venv",
        ".venvs",
        ".virtualenvs",
        ".virtualenv",
        ".pyenv",
        ".conda",
        ".tox",
        ".nox",
        ".eggs",
        ".asdf",
        ".mise",
        ".rye",
        ".pixi",
        ".poetry",
        ".pdm",
        ".pipx",
        ".uv",
        ".hatch",
        ".julia",
        ".linuxbrew",
        ".nix-profile",
        ".wine",
        ".pants.d",
        ".bazel",
        ".sdkman",
        ".pyenv-win",
        ".spack",
        ".guix-profile",
        ".devcontainer",
        ".build",
        ".env",
    ]
)
_CACHED_ENVIRONMENT: Final = Late(
    r"/\.(?:cache|local/share|local/state|config)/(?:pypoetry|uv|hatch|pdm|pipx|virtualenv|pre-commit|pip|bazel|pants|rye|mise|nox|pixi)(?:/|\Z)"
)
_INVISIBLE: Final = "\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5\u2800"
_ARCHIVE: Final = Late(r"\.(?:zip|whl|pyz|pex|egg|jar|par|xar)\Z", re.IGNORECASE)
_TRUSTED_ARCHIVE: Final = Late(
    r"/(?:usr|opt|nix|Library|System)/.*\.(?:zip|egg)\Z|(?:.*/)?python\d*\.zip\Z|(?:.*/)?[\w.+-]+-py\d(?:\.\d+)?(?:-[\w.-]+)?\.egg\Z",
    re.IGNORECASE,
)


def danger(path: str) -> Danger | None:
    """Why `path`, as a path line or an argument states it, is dangerous; None if it is an ordinary place."""
    if odd := odd_characters(path):
        return Danger(True, odd)
    slashed = path.replace("\\", "/")
    folded = re.sub(r"/(?:\./)*/*", "/", slashed)
    if path.startswith(("\\\\", "//")):
        return Danger(True, "a network share")
    if re.match(r"[a-z][a-z0-9+.-]+://", path, re.IGNORECASE):
        return Danger(True, "an address, not a folder")
    absolute = _resolved(folded)
    if (
        _TEMPORARY.match(absolute)
        or (re.match(r"[A-Za-z]:/", absolute) and _WINDOWS_TEMPORARY.search(absolute))
        or re.search(r"/appdata/local/temp(?:/|\Z)", absolute, re.IGNORECASE)
    ):
        return Danger(True, "a temporary or world-writable folder")
    if _SHARED.match(absolute):
        return Danger(True, "a world-writable folder")
    if _NO_CODE.match(absolute) or re.search(
        r"/(?:Downloads|Desktop|Pictures|Music|Videos|Movies|Trash|fonts|thumbnails)(?:/|\Z)", absolute
    ):
        return Danger(True, "a folder that is not meant for code")
    if (hidden := _hidden(absolute)) and not _CACHED_ENVIRONMENT.search(absolute):
        return Danger(True, f"a hidden folder ({hidden})")
    if _ARCHIVE.search(absolute) and not _TRUSTED_ARCHIVE.match(absolute):
        return Danger(True, "an archive, which no search for files looks into")
    if _VARIABLE.search(path) and path.startswith("~"):
        return None
    if _MOUNTED.match(absolute) and not _CODE_PLACES.match(absolute):
        return Danger(False, "a mounted, shared or variable folder that others may write to")
    return None


def odd_characters(text: str) -> str:
    """What is wrong with the characters of a name: invisible ones, directions, letters of another script; empty if nothing."""
    if text.isascii():
        return "" if text.isprintable() or not any(c < " " and c != "\t" for c in text) else "a control character in it"
    for character in text:
        if (
            character in _INVISIBLE
            or unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn", "Zl", "Zp")
            or (character.isspace() and character not in " \t")
        ):
            return f"an invisible character in it (U+{ord(character):04X})"
    for word in re.findall(r"[^\W\d_]+", text):
        scripts = {_script(character) for character in word}
        if (
            len(scripts) > 1
            and scripts & {"LATIN"}
            and scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH", "MATHEMATICAL"}
        ):
            return "letters that look like others (mixed scripts)"
        if word != unicodedata.normalize("NFKC", word) and word != unicodedata.normalize("NFD", word):
            return "letters that stand for others (compatibility forms)"
    return ""


def _script(character: str) -> str:
    return unicodedata.name(character, "?").split(" ")[0] if ord(character) > 127 else "LATIN"


def _resolved(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] not in ("", ".."):
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _hidden(path: str) -> str:
    for part in path.split("/"):
        if part.startswith(".") and part.strip(".") and part.lower() not in _HIDDEN_OK:
            return part
        if part.startswith("...") or (part and not part.strip()):
            return part
    return ""
