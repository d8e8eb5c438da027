"""Whether a version is one that a range of npm allows, as node-semver judges it.

Source: node-semver, "Ranges", "Range Grammar" and "Prerelease Tags"; npm, Yarn, pnpm and Bun all go by it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MAX: Final = 256
"""Characters of a version or a range that are judged; node-semver takes no longer version."""
_MAX_NUMBER: Final = 2**53 - 1
_NUMBER: Final = r"0|[1-9][0-9]*"
_X: Final = rf"{_NUMBER}|[xX*]"
_TAG: Final = r"(?:[0-9]*[a-zA-Z-][a-zA-Z0-9-]*|0|[1-9][0-9]*)"
_TAGS: Final = rf"-({_TAG}(?:\.{_TAG})*)"
_SPACE: Final = "[\\t\\n\\v\\f\\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"  # of JavaScript
_PLAIN: Final = rf"({_X})(?:\.({_X})(?:\.({_X})(?:{_TAGS})?)?)?"
_PARTIAL: Final = f"[v= ]*{_PLAIN}"

_spaces: Final = re.compile(f"{_SPACE}+")
_build: Final = re.compile(r"\+[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*")
_version: Final = re.compile(rf"v?({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:{_TAGS})?(?:{_build.pattern})?").fullmatch
_loose: Final = re.compile(rf"[v=]?({_NUMBER})(?:\.({_NUMBER})(?:\.({_NUMBER})(?:{_TAGS})?)?)?(?:{_build.pattern})?").fullmatch
_hyphen: Final = re.compile(f"v?{_PLAIN} +- +v?{_PLAIN}").fullmatch  # with `=` it is refused, which is as rare
_operator_spaces: Final = re.compile(r"( *[<>]?=?) *([v= ]*(?=[0-9xX*]))")
_tilde_spaces: Final = re.compile(r"~>? +")
_caret: Final = re.compile(rf"\^{_PARTIAL}").fullmatch
_tilde: Final = re.compile(rf"~>?{_PARTIAL}").fullmatch
_partial: Final = re.compile(rf"([<>]?=?){_PARTIAL}").fullmatch
_star: Final = re.compile(r"[<>]?=?\*")
_comparator: Final = re.compile(rf"([<>]?=?)v?({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:{_TAGS})?").fullmatch

Tags = tuple[tuple[int, int, str], ...]
Version = tuple[int, int, int, Tags]
"""Major, minor, patch, and the tags of a pre-release: comes after all tags where there are none."""
Comparator = tuple[str, Version]

_RELEASE: Final = ((2, 0, ""),)
_LOWEST: Final = ((0, 0, ""),)  # `-0`, before every other version of its number


@lru_cache(maxsize=8192)
def allows(text: str, version: str, *, prereleases: bool = False) -> bool | None:
    """Whether `version` lies in the range `text`; None if either is none.

    `prereleases`: they are versions like others; otherwise only those count whose release the range itself names with a tag.
    """
    if len(text) > _MAX or len(version) > _MAX:
        return None
    try:
        found = _parsed(_version(_spaces.sub(" ", version).strip(" ")))
        alternatives = [_comparators(part.strip(" "), _LOWEST if prereleases else _RELEASE) for part in _spaces.sub(" ", text).split("||")]
    except ValueError:
        return None
    if [] in alternatives:  # a star makes the whole range one, which no pre-release lies in, named or not
        alternatives = [[]]
    return any(_fits(found, comparators, prereleases) for comparators in alternatives)


@lru_cache(maxsize=65536)
def order(version: str) -> Version | None:
    """What orders `version` among others (SemVer 2.0.0, section 11); a number that is left out is zero; None for what is no version."""
    match = _loose(version) if len(version) <= _MAX else None
    if match is None:
        return None
    try:
        return (_number(match[1]), _number(match[2] or "0"), _number(match[3] or "0"), _tags(match[4]))
    except ValueError:
        return None


def compared(one: str, other: str) -> int | None:
    """-1, 0 or 1 as `one` is below, equal to or above `other`, builds left out; None if either is no version."""
    first, second = order(one), order(other)
    return None if first is None or second is None else (first > second) - (first < second)


def _fits(version: Version, comparators: list[Comparator], prereleases: bool) -> bool:
    for operator, other in comparators:
        if (
            (operator == "" and version != other)
            or (operator == ">" and not version > other)
            or (operator == ">=" and not version >= other)
            or (operator == "<" and not version < other)
            or (operator == "<=" and not version <= other)
        ):
            return False
    if version[3] == _RELEASE or prereleases:
        return True
    return any(other[3] != _RELEASE and other[:3] == version[:3] for _, other in comparators)


def _parsed(match: re.Match[str] | None, first: int = 1) -> Version:
    """The version whose groups begin at `first`; ValueError if there is none."""
    if match is None:
        raise ValueError
    major, minor, patch, tags = match.group(first, first + 1, first + 2, first + 3)
    return (_number(major), _number(minor), _number(patch), _tags(tags))


def _number(text: str) -> int:
    if len(text) > 16 or (number := int(text)) > _MAX_NUMBER:
        raise ValueError
    return number


def _tags(text: str | None) -> Tags:
    if not text:
        return _RELEASE
    return tuple((0, int(tag), "") if tag.isdigit() else (1, 0, tag) for tag in text.split("."))


def _comparators(text: str, low: Tags) -> list[Comparator]:
    """What all must hold for one alternative; empty for any version. `low`: the tags of the least version of a number."""
    text = _build.sub("", text)
    if match := _hyphen(text):
        return _between(match, low)
    text = _operator_spaces.sub(r"\1\2", text)
    text = _tilde_spaces.sub("~", text).replace("^ ", "^")
    found: dict[Comparator, None] = {}
    for word in text.split(" "):
        found |= dict.fromkeys(_of_word(word, low))
    return list(found)


def _of_word(word: str, low: Tags) -> list[Comparator]:
    if match := _caret(word):
        return _up_to(match, low, is_caret=True)
    if match := _tilde(word):
        return _up_to(match, low, is_caret=False)
    if (match := _partial(word)) and (found := _of_partial(match, low)) is not None:
        return found
    word = _star.sub("", word, count=1)
    if not word or (word == ">=0.0.0" and low == _RELEASE):
        return []
    match = _comparator(word)
    version = _parsed(match, 2)
    return [("" if match[1] == "=" else match[1], version)] if match else []


def _is_x(text: str | None) -> bool:
    return not text or text in "xX*"


def _up_to(match: re.Match[str], low: Tags, *, is_caret: bool) -> list[Comparator]:
    """`^1.2.3`: what keeps the first number that is not zero; `~1.2.3`: what keeps the second."""
    if _is_x(match[1]):
        return []
    major = _number(match[1])
    if _is_x(match[2]):
        return _span((major, 0, 0, low), (major + 1, 0, 0, _LOWEST), low)
    minor = _number(match[2])
    keeps_minor = not is_caret or major == 0
    end = (major, minor + 1, 0, _LOWEST) if keeps_minor else (major + 1, 0, 0, _LOWEST)
    if _is_x(match[3]):
        return _span((major, minor, 0, low), end, low)
    patch = _number(match[3])
    if is_caret and major == minor == 0:
        end = (0, 0, patch + 1, _LOWEST)
    return _span((major, minor, patch, _tags(match[4])), end, low)


def _of_partial(match: re.Match[str], low: Tags) -> list[Comparator] | None:
    """What a comparator with a missing number, or an `x` for it, stands for; None if nothing is missing."""
    operator, *numbers = match.group(1, 2, 3, 4)
    is_x = [_is_x(text) for text in numbers]
    if not is_x[2] or (is_x[0] and not is_x[1]) or (is_x[1] and numbers[2] and not is_x[2]):
        return None
    if is_x[0]:
        return [("<", (0, 0, 0, _LOWEST))] if operator in ("<", ">") else []
    major = _number(numbers[0])
    if is_x[1]:
        start, end = (major, 0, 0), (major + 1, 0, 0)
    else:
        minor = _number(numbers[1])
        start, end = (major, minor, 0), (major, minor + 1, 0)
    if operator in ("", "="):
        return _span((*start, low), (*end, _LOWEST), low)
    bound = (*(end if operator in (">", "<=") else start), _LOWEST if operator[0] == "<" else low)
    return _span(bound, None, low) if operator[0] == ">" else [("<", _bounded(bound))]


def _between(match: re.Match[str], low: Tags) -> list[Comparator]:
    """`1.2 - 3.4.5`: both ends belong to it, and with them all that a partial end stands for."""
    found: list[Comparator] = []
    major, minor, patch, tags, to_major, to_minor, to_patch, to_tags = match.groups()
    if not _is_x(major):
        start = (_number(major), 0 if _is_x(minor) else _number(minor), 0 if _is_x(minor) or _is_x(patch) else _number(patch))
        found += _span((*start, _tags(tags) if tags and not (_is_x(minor) or _is_x(patch)) else low), None, low)
    if _is_x(to_major):
        return found
    if _is_x(to_minor):
        return [*found, ("<", _bounded((_number(to_major) + 1, 0, 0, _LOWEST)))]
    if _is_x(to_patch):
        return [*found, ("<", _bounded((_number(to_major), _number(to_minor) + 1, 0, _LOWEST)))]
    end = (_number(to_major), _number(to_minor), _number(to_patch))
    if to_tags or low == _RELEASE:
        return [*found, ("<=", (*end, _tags(to_tags)))]
    return [*found, ("<", _bounded((end[0], end[1], end[2] + 1, _LOWEST)))]


def _span(start: Version, end: Version | None, low: Tags) -> list[Comparator]:
    """From `start` up to but without `end`; `>=0.0.0` is left out, as it counts for any version."""
    found: list[Comparator] = [] if start == (0, 0, 0, _RELEASE) == (0, 0, 0, low) else [(">=", _bounded(start))]
    return found if end is None else [*found, ("<", _bounded(end))]


def _bounded(version: Version) -> Version:
    if max(version[:3]) > _MAX_NUMBER:
        raise ValueError
    return version
