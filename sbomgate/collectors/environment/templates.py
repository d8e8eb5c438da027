"""The start-up hooks that are known to be good: by exact digest, or by the shape of the whole program.

The list is `allowlists/startup-hooks.toml`. A template is the text of a generated file with slots; each slot says what
it may hold, and the same name twice must hold the same. Nothing may be left over: a clause more, another target or a
look-alike letter is not the template.

| slot | holds |
|---|---|
| `<<name:ident>>` | one identifier, ASCII |
| `<<name:dotted>>` | identifiers joined by dots |
| `<<name:parts>>` | the inside of a tuple of identifiers: `'a', 'b'` or `'a',` |
| `<<name:path>>` | the inside of a string literal that is an ordinary path |
| `<<name:table>>` | a literal of strings, lists, tuples and dictionaries (the mapping of a finder); its paths are ordinary |
| `<<name:word>>` | letters, digits, `.`, `_`, `-`, `+` |
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final, NamedTuple

from sbomgate import data

LIST: Final = "startup-hooks.toml"
_SLOT: Final = re.compile(r"<<(\w+):(\w+)>>")
_SHAPES: Final = {
    "ident": r"[A-Za-z_][A-Za-z0-9_]*",
    "dotted": r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*",
    "parts": r"'[A-Za-z_][A-Za-z0-9_]*'(?:, ?'[A-Za-z_][A-Za-z0-9_]*')*,?",
    "path": r"[^'\"\n\\]*(?:\\\\[^'\"\n\\]*)*",
    "word": r"[A-Za-z0-9._+-]+",
    "table": r"[^\n]*",
}


class Template(NamedTuple):
    """One known-good hook, or module that a hook loads."""

    name: str
    kind: str
    """`pth` · `start` · `module`."""
    files: tuple[str, ...]
    """Shell patterns for the file's name; the file's name is part of what is known."""
    programs: tuple[str, ...]
    """Whole texts with slots; a `.pth` matches when each of its executed lines matches one."""
    owners: tuple[str, ...]
    """Distributions that ship it; empty when any may, or none does."""
    loads: tuple[str, ...]
    """Dotted names of the modules that the program imports; a slot in one stands for what it holds."""
    shadows: tuple[str, ...]
    """Modules of the standard library that a folder which it adds may stand in front of."""
    trusts: tuple[str, ...]
    """Top-level modules of the owners: read as far as their import goes, not followed into what is called."""
    allows: tuple[str, ...]
    """Kinds of capabilities that the modules it loads may have."""
    softens: tuple[str, ...]
    """Kinds that make it a release which is not on the list, not a risky one."""
    masked: tuple[re.Pattern[str], ...]
    bodies: frozenset[str]
    """Modules with a long fixed text: SHA-256 of the text with each line of `masked` replaced by `<<>>`."""
    repeated: bool
    """The masked line may come any number of times, one after the other."""
    source: str
    reason: str


class Known(NamedTuple):
    """Everything in the list."""

    digests: dict[str, str]
    """SHA-256 → why it is known."""
    templates: tuple[Template, ...]


@cache
def known() -> Known:
    """The shipped list."""
    table = data.read_toml(LIST)
    digests = {row["sha256"]: f"{row['name']} ({row['source']})" for row in table.get("digest", ())}
    templates = tuple(
        Template(
            name=row["name"],
            kind=row["kind"],
            files=tuple(row["files"]),
            programs=tuple(row["programs"]),
            owners=tuple(row.get("owners", ())),
            loads=tuple(row.get("loads", ())),
            shadows=tuple(row.get("shadows", ())),
            trusts=tuple(row.get("trusts", ())),
            allows=tuple(row.get("allows", ())),
            softens=tuple(row.get("softens", ())),
            masked=tuple(re.compile(rf"(?:{pattern})\Z", re.ASCII) for pattern in row.get("masked", ())),
            bodies=frozenset(row.get("bodies", ())),
            repeated=bool(row.get("repeated", False)),
            source=row["source"],
            reason=row["reason"],
        )
        for row in table.get("template", ())
    )
    return Known(digests, templates)


def match_lines(file_name: str, kind: str, lines: list[str]) -> Template | None:
    """The template that all executed `lines` of the file are; None if there is none, or a slot holds what it may not."""
    for template in known().templates:
        if (
            template.kind == kind
            and any(fnmatchcase(file_name, pattern) for pattern in template.files)
            and all(_matches(template, line) for line in lines)
        ):
            return template
    return None


def match_module(file_name: str, text: str) -> Template | None:
    """The template that the whole module `text` is."""
    for template in known().templates:
        if template.kind == "module" and any(fnmatchcase(file_name, pattern) for pattern in template.files) and _matches(template, text):
            return template
    return None


def claims(file_name: str, kind: str) -> Template | None:
    """The template whose file name this is, matched or not: a file that claims to be known. Catch-all names claim nothing."""
    for template in known().templates:
        if template.kind == kind and any(
            len(pattern.partition("*")[0]) > 5 and fnmatchcase(file_name, pattern) for pattern in template.files
        ):
            return template
    return None


def _matches(template: Template, text: str) -> bool:
    stripped = text.replace("\r\n", "\n").strip("\n") if template.kind == "module" else text.rstrip()
    if template.bodies:
        return _has_body(template, stripped)
    for program in template.programs:
        if not _may_be(program, stripped):
            continue
        pattern, kinds = _compiled(program)
        if (match := pattern.match(stripped)) and _slots_hold(match, kinds):
            return True
    return False


def _may_be(program: str, text: str) -> bool:
    """Whether the fixed parts of `program` stand in `text` in order: far quicker than compiling its expression."""
    position = 0
    for part in _pieces(program):
        position = text.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True


@cache
def _pieces(program: str) -> tuple[str, ...]:
    return tuple(_SLOT.sub("\0", program.strip("\n")).split("\0"))


def loaded(template: Template, lines: list[str]) -> list[str]:
    """The modules that the executed `lines`, which match `template`, import."""
    slots: dict[str, str] = {}
    for line in lines:
        for program in template.programs:
            if _may_be(program, line.rstrip()) and (match := _compiled(program)[0].match(line.rstrip())):
                slots.update({name: value for name, value in match.groupdict().items() if value})
    names = []
    for pattern in template.loads:
        name = pattern
        for slot, value in slots.items():
            name = name.replace(f"<<{slot}>>", value)
        if "<<" not in name:
            names.append(name)
    return names


def _has_body(template: Template, text: str) -> bool:
    """Whether `text` is one of the bodies once its masked lines are taken out, and these hold what they may."""
    from hashlib import sha256

    lines: list[str] = []
    for line in text.split("\n"):
        match = next(filter(None, (pattern.match(line) for pattern in template.masked)), None)
        if match is None:
            lines.append(line)
            continue
        slots = match.groupdict()
        if (table := slots.get("table") or slots.get("arguments")) is not None and not _table_holds(f"({table},)"):
            return False
        if (command := slots.get("command")) is not None and not _builds(command):
            return False
        if not (template.repeated and lines and lines[-1] == "<<>>"):
            lines.append("<<>>")
    return sha256("\n".join(lines).encode("utf-8", "backslashreplace")).hexdigest() in template.bodies


def _builds(text: str) -> bool:
    """Whether `text` is the literal of a command that starts a build tool and nothing else."""
    import ast

    try:
        words = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False
    if (
        not isinstance(words, list)
        or not words
        or not all(isinstance(word, str) and re.fullmatch(r"[\w./\\:=+-]+", word) for word in words)
    ):
        return False
    tool = words[0].replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")
    return tool in ("ninja", "ninja-build", "samu", "meson") and not words[0].startswith(("/tmp", "/var/tmp", "/dev"))  # noqa: S108


@cache
def _compiled(text: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    parts: list[str] = []
    kinds: list[str] = []
    seen: set[str] = set()
    position = 0
    text = text.strip("\n")
    for slot in _SLOT.finditer(text):
        parts.append(re.escape(text[position : slot.start()]))
        name, kind = slot.groups()
        if name in seen:
            parts.append(f"(?P={name})")
        else:
            parts.append(f"(?P<{name}>{_SHAPES[kind]})")
            seen.add(name)
            kinds.append(f"{name}:{kind}")
        position = slot.end()
    parts.append(re.escape(text[position:]))
    return re.compile("".join(parts) + r"\Z", re.ASCII), tuple(kinds)


def _slots_hold(match: re.Match[str], kinds: tuple[str, ...]) -> bool:
    from sbomgate.collectors.environment import paths

    values = {name: match[name] for name, _, _ in (kind.partition(":") for kind in kinds)}
    for kind in kinds:
        name, _, shape = kind.partition(":")
        if shape == "path":
            found = paths.danger(values[name].replace("\\\\", "\\"))
            if found is not None and found.grave:
                return False
        elif shape == "table" and not _table_holds(values[name]):
            return False
    package, parts = values.get("package"), values.get("parts")
    if package is not None and parts is not None and re.findall(r"'([^']*)'", parts) != package.split("."):
        return False
    parent, child = values.get("parent"), values.get("child")
    return parent is None or child is None or package is None or f"{parent}.{child}" == package


def _table_holds(text: str) -> bool:
    """Whether `text` is a literal whose strings are ordinary names and paths, and none of its keys the standard library's."""
    import ast

    from sbomgate.collectors.environment import dangers, paths

    if len(text) > 200_000:
        return False
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return False
    mappings = [value, *(value if isinstance(value, tuple) else ())]
    if any(
        isinstance(key, str) and key in dangers.STANDARD - dangers.REMOVED_MODULES
        for keys in mappings
        if isinstance(keys, dict)
        for key in keys
    ):
        return False
    pending: list[Any] = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending.extend(item.keys())
            pending.extend(item.values())
        elif isinstance(item, (list, tuple, set, frozenset)):
            pending.extend(item)
        elif isinstance(item, str) and ("/" in item or "\\" in item) and (found := paths.danger(item)) is not None and found.grave:
            return False
    return True
