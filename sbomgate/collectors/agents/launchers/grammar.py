"""Commands taken apart: wrappers, lists and nested shells, until a launcher is left that `table` knows.

Nothing is run, resolved or looked up; a command is only text. The road of one command:

    words → wrappers peeled (`cmd /c`, `env`, `op run --`, `sh -c "…"`, gateways) → launcher → package reference

What cannot be said (a local program, a placeholder) has `pinned` None, never False. Hostile input is cut, not refused:
`read_command` takes any strings and never raises. Sources: the documentation of each launcher; `npm-package-arg` for
npm's references, PEP 508 and PEP 440 for Python's, the OCI distribution specification for images.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from sbomgate.collectors.agents.draft import Draft, joined_folder
from sbomgate.collectors.agents.fetches import FETCHERS, INTERPRETERS, find_fetches, without_keywords
from sbomgate.collectors.agents.launchers.table import GATEWAYS, LAUNCHERS
from sbomgate.collectors.agents.references import LOCAL, MAX_NAME, UNKNOWN, Reference, is_placeholder
from sbomgate.collectors.agents.shell import (
    MAX_EXTRAS,
    MAX_TEXT,
    MAX_WORDS,
    Operator,
    Words,
    assigned,
    base_name,
    only_words,
    split_script,
    word_set,
)
from sbomgate.collectors.agents.wrappers import ELSEWHERE, WRAPPERS, peel
from sbomgate.model import NOTHING_LOCAL, Local

MAX_NESTING: Final = 8
"""Commands inside commands: `cmd /c sh -c "docker run … sh -c …"` has three."""
MAX_STEPS: Final = 200
"""Simple commands and wrappers that are looked at in one command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One command, understood."""

    launcher: str = ""
    """`npx`, `uvx`, `docker`, …; the program's own name when it is no known launcher."""
    wrappers: tuple[str, ...] = ()
    """Outermost first."""
    reference: Reference = LOCAL
    extra_packages: tuple[Reference, ...] = ()
    """Further packages that starting the server fetches: `--with`, a second `-p`, gateways, `npm i -g` before it."""
    url: str = ""
    """The server behind a bridge (`mcp-remote URL`), credentials and query values removed."""
    fetches_and_runs: tuple[str, ...] = ()
    """Shapes such as `curl | sh`, programs only."""
    host_access: tuple[str, ...] = ()
    """What a container is given of its host: `privileged`, `container socket mounted`, …"""
    env_names: tuple[str, ...] = ()
    """Variables that the command itself sets or passes on, sorted."""
    verifies: bool = False
    """The launcher checks what it fetches against a digest or a lockfile."""
    local: Local = NOTHING_LOCAL
    """What is started where nothing is fetched, and where it is looked for."""
    notes: tuple[str, ...] = ()

    @property
    def ecosystem(self) -> str:
        return self.reference.ecosystem

    @property
    def package(self) -> str:
        return self.reference.name

    @property
    def version(self) -> str:
        return self.reference.version

    @property
    def requirement(self) -> str:
        return self.reference.requirement

    @property
    def pin(self) -> str:
        return self.reference.pin

    @property
    def pinned(self) -> bool | None:
        return self.reference.pinned


NODE_MODULES: Final = re.compile(r"(?:^|[\\/])node_modules[\\/](?!\.bin)(@[^\\/]+[\\/][^\\/]+|[^\\/]+)")
Result = tuple[str, Reference]
Reader = Callable[[str, Words, Draft, int], Result]


def read_command(command: str | Sequence[str], args: Sequence[str] = ()) -> Launch:
    """What starting `command` with `args` would fetch and run."""
    draft = Draft()
    launcher, reference = read(command_words(command, args), draft, 0)
    return Launch(
        launcher=launcher[:MAX_NAME],
        wrappers=tuple(draft.wrappers[:MAX_EXTRAS]),
        reference=reference,
        extra_packages=tuple(extra for extra in draft.extras if extra != reference),
        url=draft.url[:4096],
        fetches_and_runs=tuple(dict.fromkeys(draft.fetches)),
        host_access=tuple(sorted(set(draft.host))),
        env_names=tuple(sorted(draft.env))[:MAX_WORDS],
        verifies=draft.verifies,
        local=draft.local(),
        notes=tuple(draft.notes),
    )


def command_words(command: str | Sequence[str], args: Sequence[str] = ()) -> Words:
    """The words of a command; a whole command line in one string is split, a path with spaces is not."""
    words = [command] if isinstance(command, str) else list(command)
    words += args
    total, kept = 0, []
    for word in words[:MAX_WORDS]:
        if total >= MAX_TEXT:
            break
        kept.append(word[: MAX_TEXT - total])
        total += len(kept[-1])
    if kept and any(space in kept[0].strip() for space in " \t\n") and (first := _split_line(kept[0], alone=len(kept) == 1)):
        kept[:1] = first
    return [word for word in kept[:MAX_WORDS] if word]


def _split_line(line: str, *, alone: bool) -> Words:
    """`line` as words if it is a command line; empty if it is one path with spaces in it."""
    line = line.strip()
    if match := re.match(r"""(?:[A-Za-z]:[\\/]|\\\\|/|~/)[^"']*?\.(?:exe|cmd|bat|ps1|com)(?=\s)""", line, re.IGNORECASE):
        head, tail = match[0], line[match.end() :]  # a Windows program with spaces in its path, then arguments
        return [head, *only_words(tail, windows="\\" in head)]
    windows = bool(re.match(r"""\\\\|[^\s"'\\]*\\[\w.@-]""", line))  # no shell of POSIX has a reason to escape a letter
    words = only_words(line, windows=windows)
    known = bool(words) and is_known(program_name(words[0]))
    if re.match(r"/|~/|[A-Za-z]:[\\/]|\\\\", line):
        return words if known or (alone and any(word.startswith("-") for word in words[1:])) else []
    return words if alone or known else []


# --- commands --------------------------------------------------------------------------------------------------------


def read(words: Words, draft: Draft, depth: int) -> Result:
    """Launcher and reference of the simple command `words`, its wrappers peeled into `draft`."""
    while True:
        draft.steps += 1
        if too_deep(draft, depth):
            return "", UNKNOWN
        while words and (name := assigned(words[0])):
            draft.env.add(name)
            words = words[1:]
        if any(isinstance(word, Operator) for word in words):
            return _list(_divide(words), draft, depth)
        if not words:
            return "", LOCAL
        if is_placeholder(words[0]):
            return words[0], UNKNOWN
        program, rest = program_name(words[0]), words[1:]
        if program in WRAPPERS:
            peeled = peel(program, rest, draft)
            if peeled and program in ELSEWHERE:
                draft.folder = "?"
            if isinstance(peeled, str):
                draft.wrappers.append(program)
                return script(peeled, draft, depth + 1)
            if peeled:
                draft.wrappers.append(program)
                words = peeled
                continue
        if reader := _reader(program):
            draft.place = _folder_of(words[0])
            return reader(program, rest, draft, depth)
        if program in WRAPPERS:
            return program, LOCAL
        if (inner := gateway(program, rest, draft, depth)) is not None:
            draft.wrappers.insert(0, program)
            return inner
        return _other(words[0], program, draft)


def too_deep(draft: Draft, depth: int) -> bool:
    """Whether nothing more is read of this command; noted."""
    if depth > MAX_NESTING or draft.steps > MAX_STEPS:
        draft.note("commands nested too deeply: not read to the end")
        return True
    return False


def _other(word: str, program: str, draft: Draft) -> Result:
    folder = _folder_of(word)
    if not folder and not any(mark in word for mark in "/\\"):
        draft.note("resolved through PATH")
    if is_placeholder(program):
        return program, LOCAL
    if match := NODE_MODULES.search(word):
        return program, draft.package(match)
    if not program.endswith((".js", ".mjs", ".cjs", ".ts", ".py", ".sh", ".jar")):
        draft.start("program", program, folder)
    return program or word[:MAX_NAME], LOCAL


def _folder_of(word: str) -> str:
    return word.replace("\\", "/").rpartition("/")[0][:MAX_NAME]


def _list(commands: list[tuple[str, Words]], draft: Draft, depth: int) -> Result:
    """The server among the commands of a shell text: the last that is more than preparation or a filter."""
    find_fetches(commands, draft)
    best: tuple[Result, Draft] | None = None
    fallback = ""
    for operator, raw in commands:
        words = without_keywords(raw)
        program = program_name(words[0]) if words else ""
        if program in ("cd", "chdir", "pushd") and len(words) > 1:
            draft.folder = joined_folder(draft.folder, words[-1])
        if not words or program in _PREPARING or (operator in ("|", "|&") and best is not None and program in _FILTERS):
            continue
        if too_deep(draft, depth):
            break
        child = Draft(steps=draft.steps, folder=draft.folder)
        result = read(words, child, depth + 1)
        draft.steps = child.steps
        if program in FETCHERS or (program == "git" and len(words) > 1 and words[1] in ("clone", "pull", "fetch", "checkout")):
            fallback = fallback or result[0]
            if program == "git" and words[1] in ("clone", "pull"):
                draft.note(f"git {words[1]} before the start: what runs moves with the repository")
            draft.absorb(child, LOCAL)
            continue
        if best is not None:
            draft.absorb(best[1], best[0][1])
        best = (result, child)
    if best is None:
        return fallback, LOCAL
    result, child = best
    draft.absorb(child, LOCAL)
    draft.wrappers += child.wrappers
    draft.url = draft.url or child.url
    draft.verifies = child.verifies
    draft.take_start(child)
    for note in child.notes:
        draft.note(note)
    return result


def script(text: str, draft: Draft, depth: int, *, windows: bool = False) -> Result:
    """Launcher and reference of the server that the shell text starts."""
    if is_placeholder(text.strip()) and not text.strip().startswith("$("):
        return text.strip(), UNKNOWN
    if too_deep(draft, depth):
        return "", UNKNOWN
    commands, inner = split_script(text[:MAX_TEXT], windows=windows)
    for part in inner[:MAX_EXTRAS]:  # $(…) and `…`: run before the command around them
        child = Draft(steps=draft.steps + 1)
        result = script(part, child, depth + 1, windows=windows)
        draft.absorb(child, result[1])
    return _list(commands, draft, depth)


def _divide(words: Words) -> list[tuple[str, Words]]:
    commands: list[tuple[str, Words]] = [("", [])]
    for word in words:
        if isinstance(word, Operator):
            commands.append((str(word), []))
        else:
            commands[-1][1].append(word)
    return [(operator, command) for operator, command in commands if command]


_PREPARING: Final = word_set(
    "cd chdir pushd popd export set setx unset unalias alias shopt ulimit umask source . true false : echo printf wait sleep exit trap test [ [[ mkdir"
    " chmod chown rm cp mv ln touch fi done esac } ) return local declare readonly read hash rehash type which clear cls title rem chcp pwd ls @echo kill pkill"
)
_FILTERS: Final = word_set("tee cat grep egrep rg sed awk gawk jq head tail tr cut sort uniq wc less more logger ts pv gzip base64 findstr")


def program_name(word: str) -> str:
    """The name by which a program is known; in lower case if it is one that this package knows."""
    name = base_name(word)
    lower = name.lower()
    return lower if is_known(lower) or lower in INTERPRETERS or lower in FETCHERS else name[:MAX_NAME]


def is_known(program: str) -> bool:
    return program in LAUNCHERS or program in WRAPPERS or program in GATEWAYS or _is_python(program)


def _is_python(program: str) -> bool:
    return program[:2] == "py" and re.fullmatch(r"python[0-9.]*t?|pythonw|pypy[0-9.]*|py", program) is not None


def _reader(program: str) -> Reader | None:
    """What reads the commands of a launcher; its module is loaded here, and not by the many runs that never meet it."""
    name = "python" if _is_python(program) else program
    line = LAUNCHERS.get(name)
    if line is None:
        return None
    found: Reader = import_module(f"{__package__}.{line.family}").READERS[name]
    return found


def gateway(name: str, rest: Words, draft: Draft, depth: int) -> Result | None:
    """The server behind the gateway `name`; None if `name` is no gateway, or the server is not in its arguments."""
    if name not in GATEWAYS or depth > MAX_NESTING:
        return None
    from sbomgate.collectors.agents.launchers import gateways

    return gateways.read(name, rest, draft, depth)


def fetched(launcher: str, references: list[Reference], started: Words, draft: Draft, depth: int) -> Result:
    """The result for a launcher that fetches `references` and runs the words `started`; looks through gateways."""
    main = references[0] if references else UNKNOWN
    for name in (main.name, *started[:1]):
        if (inner := gateway(name, started[1:], draft, depth)) is not None:
            draft.wrappers.append(name)
            draft.add(references)
            return inner
        if draft.url:
            break
    draft.add(references[1:])
    return launcher, main


def script_file(word: str, draft: Draft) -> Reference:
    """A local file; one inside `node_modules` names the package whose version the project's lockfile holds."""
    if is_placeholder(word):
        return UNKNOWN
    match = NODE_MODULES.search(word[:4096])
    return draft.package(match) if match else LOCAL
