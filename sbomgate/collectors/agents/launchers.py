"""The command line that starts a server, read as its launcher would read it: which package, how firmly pinned.

Nothing is run, resolved or looked up; a command is only text. The road of one command:

    words → wrappers peeled (`cmd /c`, `env`, `op run --`, `sh -c "…"`, gateways) → launcher → package reference

What cannot be said (a local program, a placeholder) has `pinned` None, never False. Hostile input is cut, not refused:
`read_command` takes any strings and never raises. Sources: the documentation of each launcher; `npm-package-arg` for
npm's references, PEP 508 and PEP 440 for Python's, the OCI distribution specification for images.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sbomgate.purl import canonical_name
from sbomgate.text import redacted_url

MAX_WORDS: Final = 1024
MAX_TEXT: Final = 65536
"""Characters of a whole command, nested shell texts included."""
MAX_NESTING: Final = 8
"""Commands inside commands: `cmd /c sh -c "docker run … sh -c …"` has three."""
MAX_STEPS: Final = 200
"""Simple commands and wrappers that are looked at in one command."""
MAX_NAME: Final = 300
MAX_EXTRAS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a launcher is asked to fetch, or the fact that it fetches nothing."""

    ecosystem: str = ""
    """`npm` · `pypi` · `oci` · `jsr` · `nuget` · `golang` · `maven` · `nix` · `git` · `url`; empty if nothing is fetched."""
    name: str = ""
    """npm: with its scope. PyPI: normalised. Images: the repository as written. git: the last two parts of the path."""
    version: str = ""
    """Exact version, `sha256:…` of an image, commit of a repository; empty if none of these is fixed."""
    requirement: str = ""
    """The version part as written."""
    pin: str = "local"
    """A value of `model.Pin`, or `digest` · `tag` · `local` · `n/a`."""
    pinned: bool | None = None
    url: str = ""
    """git, url: where from, credentials removed."""


LOCAL: Final = Reference()
UNKNOWN: Final = Reference(pin="n/a")


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


@dataclass(slots=True)
class _Draft:
    """What is gathered while a command is peeled."""

    wrappers: list[str] = field(default_factory=list)
    extras: list[Reference] = field(default_factory=list)
    url: str = ""
    fetches: list[str] = field(default_factory=list)
    host: list[str] = field(default_factory=list)
    env: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    verifies: bool = False
    steps: int = 0

    def add(self, references: Iterable[Reference]) -> None:
        for reference in references:
            if reference.ecosystem and reference not in self.extras and len(self.extras) < MAX_EXTRAS:
                self.extras.append(reference)

    def absorb(self, other: _Draft, reference: Reference) -> None:
        """Take over what a command brought that is not the server itself."""
        self.add((reference, *other.extras))
        self.fetches += other.fetches
        self.host += other.host
        self.env |= other.env
        self.steps = other.steps

    def note(self, text: str) -> None:
        if text not in self.notes and len(self.notes) < 20:
            self.notes.append(text)


class _Operator(str):
    """A word that a shell reads as an operator; the same text in a list of arguments is only an argument."""

    __slots__ = ()


Result = tuple[str, Reference]
Words = list[str]
Reader = Callable[[str, Words, _Draft, int], Result]


def read_command(command: str | Sequence[str], args: Sequence[str] = ()) -> Launch:
    """What starting `command` with `args` would fetch and run."""
    draft = _Draft()
    launcher, reference = _read(command_words(command, args), draft, 0)
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
        return [head, *_only_words(tail, windows="\\" in head)]
    windows = bool(re.match(r"[A-Za-z]:\\|\\\\", line))
    words = _only_words(line, windows=windows)
    known = bool(words) and _is_known(_program(words[0]))
    if re.match(r"/|~/|[A-Za-z]:[\\/]|\\\\", line):
        return words if known or (alone and any(word.startswith("-") for word in words[1:])) else []
    return words if alone or known else []


def _only_words(text: str, *, windows: bool) -> Words:
    """The words of `text`; operators stay words of their own, `_read` divides there."""
    words: Words = []
    for operator, command in _split_script(text, windows=windows)[0]:
        if words and operator:
            words.append(_Operator(operator))
        words += command
    return words


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- commands --------------------------------------------------------------------------------------------------------


def _read(words: Words, draft: _Draft, depth: int) -> Result:
    """Launcher and reference of the simple command `words`, its wrappers peeled into `draft`."""
    while True:
        draft.steps += 1
        if depth > MAX_NESTING or draft.steps > MAX_STEPS:
            draft.note("commands nested too deeply: not read to the end")
            return "", UNKNOWN
        while words and (name := _assigned(words[0])):
            draft.env.add(name)
            words = words[1:]
        if any(isinstance(word, _Operator) for word in words):
            return _list(_divide(words), draft, depth)
        if not words:
            return "", LOCAL
        if _is_placeholder(words[0]):
            return words[0], UNKNOWN
        program, rest = _program(words[0]), words[1:]
        if program in _PEEL:
            peeled = _peel(program, rest, draft)
            if isinstance(peeled, str):
                draft.wrappers.append(program)
                return _script(peeled, draft, depth + 1)
            if peeled:
                draft.wrappers.append(program)
                words = peeled
                continue
            if program not in _READERS:
                return program, LOCAL
        if reader := _READERS.get(program):
            return reader(program, rest, draft, depth)
        if (inner := _gateway(program, rest, draft, depth)) is not None:
            draft.wrappers.insert(0, program)
            return inner
        if re.fullmatch(r"python[0-9.]*|pythonw|pypy[0-9.]*|py", program):
            return _python("python", rest, draft, depth)
        return _other(words[0], program, draft)


def _other(word: str, program: str, draft: _Draft) -> Result:
    if match := re.search(r"(?:^|[\\/])node_modules[\\/](?!\.bin)(@[^\\/]+[\\/][^\\/]+|[^\\/]+)", word):
        return program, Reference(name=match[1].replace("\\", "/")[:MAX_NAME])
    if not any(mark in word for mark in "/\\"):
        draft.note("resolved through PATH")
    return program or word[:MAX_NAME], LOCAL


def _list(commands: list[tuple[str, Words]], draft: _Draft, depth: int) -> Result:
    """The server among the commands of a shell text: the last that is more than preparation or a filter."""
    _find_fetches(commands, draft)
    best: tuple[Result, _Draft] | None = None
    fallback = ""
    for operator, raw in commands:
        words = _without_keywords(raw)
        program = _program(words[0]) if words else ""
        if not words or program in _PREPARING or (operator in ("|", "|&") and best is not None and program in _FILTERS):
            continue
        if depth > MAX_NESTING or draft.steps > MAX_STEPS:
            draft.note("commands nested too deeply: not read to the end")
            break
        child = _Draft(steps=draft.steps)
        result = _read(words, child, depth + 1)
        draft.steps = child.steps
        if program in _FETCHERS or (program == "git" and len(words) > 1 and words[1] in ("clone", "pull", "fetch", "checkout")):
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
    for note in child.notes:
        draft.note(note)
    return result


def _script(text: str, draft: _Draft, depth: int, *, windows: bool = False) -> Result:
    """Launcher and reference of the server that the shell text starts."""
    if _is_placeholder(text.strip()) and not text.strip().startswith("$("):
        return text.strip(), UNKNOWN
    if depth > MAX_NESTING or draft.steps > MAX_STEPS:
        draft.note("commands nested too deeply: not read to the end")
        return "", UNKNOWN
    commands, inner = _split_script(text[:MAX_TEXT], windows=windows)
    for part in inner[:MAX_EXTRAS]:  # $(…) and `…`: run before the command around them
        child = _Draft(steps=draft.steps + 1)
        result = _script(part, child, depth + 1, windows=windows)
        draft.absorb(child, result[1])
    return _list(commands, draft, depth)


def _divide(words: Words) -> list[tuple[str, Words]]:
    commands: list[tuple[str, Words]] = [("", [])]
    for word in words:
        if isinstance(word, _Operator):
            commands.append((str(word), []))
        else:
            commands[-1][1].append(word)
    return [(operator, command) for operator, command in commands if command]


def _without_keywords(words: Words) -> Words:
    start = 0
    while start < len(words) and words[start] in _KEYWORDS:
        start += 1
    return words[start:]


_SEPARATORS: Final = frozenset({"&&", "||", ";", "|", "|&", "&"})
_KEYWORDS: Final = frozenset({"exec", "then", "do", "else", "elif", "if", "while", "until", "!", "{", "(", "call", "start", "/b", "/wait", "builtin"})
_PREPARING: Final = _set(
    "cd chdir pushd popd export set setx unset unalias alias shopt ulimit umask source . true false : echo printf wait sleep exit trap test [ [[ mkdir"
    " chmod chown rm cp mv ln touch fi done esac } ) return local declare readonly read hash rehash type which clear cls title rem chcp pwd ls @echo kill pkill"
)
_FILTERS: Final = _set("tee cat grep egrep rg sed awk gawk jq head tail tr cut sort uniq wc less more logger ts pv gzip base64 findstr")
_FETCHERS: Final = _set("curl wget fetch http https xh aria2c axel lynx iwr irm invoke-webrequest invoke-restmethod start-bitstransfer bitsadmin certutil gsutil")
_INTERPRETERS: Final = _set(
    "sh bash zsh dash ksh ash fish csh tcsh nu node nodejs bun deno perl ruby php lua pwsh powershell iex invoke-expression source . eval tclsh osascript cmd"
    " busybox python python2 python3 py pypy pypy3"
)
_CARRIERS: Final = _set("sudo doas env xargs nohup time timeout nice setsid command exec stdbuf")


def _find_fetches(commands: list[tuple[str, Words]], draft: _Draft) -> None:
    """Note `curl … | sh`, `sh -c "$(curl …)"`, `curl -o x … && sh x`."""
    fetcher = ""
    written: dict[str, str] = {}
    for operator, raw in commands:
        words = _without_keywords(raw)
        while words and _assigned(words[0]):
            words = words[1:]
        program = _program(words[0]) if words else ""
        if operator not in ("|", "|&"):
            fetcher = ""
        interpreter = next((name for name in map(_program, words[: 6 if program in _CARRIERS else 1]) if _is_interpreter(name)), "")
        if fetcher and interpreter:
            draft.fetches.append(f"{fetcher} | {interpreter}")
        for word in words:
            if (match := _SUBSTITUTED_FETCH.search(word)) and (word is words[0] or interpreter):
                draft.fetches.append(f"{interpreter} $({match[1]})" if interpreter else f"$({match[1]})")
        if program in _FETCHERS or _behind(words) in _FETCHERS:
            fetcher = program if program in _FETCHERS else _behind(words)
            written.update((name, fetcher) for name in _written_by(words))
        elif interpreter or words:
            for word in words[:8]:
                name = word.replace("\\", "/").rpartition("/")[2]
                if name in written and (word is words[0] or interpreter):
                    draft.fetches.append(f"{written[name]}, then {interpreter or 'run'}")
    text = " ".join(word for _, words in commands for word in words)[:MAX_TEXT].lower()
    if re.search(r"(?<![\w-])(?:iex|invoke-expression)(?![\w-])", text) and (
        match := re.search(r"(?<![\w-])(irm|iwr|invoke-webrequest|invoke-restmethod|downloadstring|curl|wget)(?![\w-])", text)
    ):
        draft.fetches.append(f"{match[1]} | iex")


_SUBSTITUTED_FETCH: Final = re.compile(r"(?:\$\(|`|<\()\s*(?:sudo\s+)?(curl|wget|fetch|irm|iwr)\s")


def _is_interpreter(program: str) -> bool:
    return program in _INTERPRETERS or bool(re.fullmatch(r"python[0-9.]+", program))


def _behind(words: Words) -> str:
    """The program behind `sudo`, `env` and their like; empty if it is not among the first words."""
    for word in words[:6]:
        if not word.startswith("-") and not _assigned(word) and (program := _program(word)) not in _CARRIERS:
            return program
    return ""


def _written_by(words: Words) -> Iterable[str]:
    """Names of the files that a fetching command writes."""
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if word in ("-o", "--output", "--output-document", "-OutFile", "-outfile", ">") or (word == "-O" and "://" not in following):
            yield following.replace("\\", "/").rpartition("/")[2]
        elif word.startswith(("--output=", "--output-document=", "-o", ">")) and len(word) > 2:
            yield re.sub(r"^(?:--[\w-]+=|-o|>+)", "", word).rpartition("/")[2]
        elif "://" in word:
            yield re.split(r"[?#]", word)[0].rstrip("/").rpartition("/")[2] or "index.html"


# --- words -----------------------------------------------------------------------------------------------------------

_PLAIN: Final = re.compile(r"[^\s\"'\\`$;&|()<>#]+")
_QUOTED: Final = re.compile(r"[^\"\\`$]+")
_BRACKET: Final = re.compile(r"[()]")
_REDIRECTION: Final = re.compile(r"[<>]+[&|]?[0-9-]*")


def _split_script(text: str, *, windows: bool = False) -> tuple[list[tuple[str, Words]], Words]:
    """(operator before, words) of each simple command of a shell text, and the texts of its substitutions.

    One pass. Quotes are taken away, variables stay as they are. `windows`: a backslash is no escape.
    """
    commands: list[tuple[str, Words]] = [("", [])]
    inner: Words = []
    word: list[str] | None = None
    at, end = 0, len(text)
    while at < end:
        char = text[at]
        if match := _PLAIN.match(text, at):
            word = _append(word, match[0])
            at = match.end()
        elif char in " \t\r":
            _end_word(commands, word)
            word = None
            at += 1
        elif char == "'":
            close = text.find("'", at + 1)
            close = end if close < 0 else close
            word = _append(word, text[at + 1 : close])
            at = close + 1
        elif char == '"':
            at, piece = _double_quoted(text, at + 1, inner, windows)
            word = _append(word, piece)
        elif char == "\\" and not windows:
            piece = text[at + 1 : at + 2]
            word = _append(word, "" if piece == "\n" else piece)
            at += 2
        elif text.startswith("$(", at) or char == "`" or text.startswith("<(", at):
            close = _substitution_end(text, at)
            inner.append(text[at + (1 if char == "`" else 2) : close - 1])
            word = _append(word, text[at:close])
            at = close
        elif char == "$" and text.startswith("${", at):
            close = text.find("}", at)
            close = end if close < 0 else close + 1
            word = _append(word, text[at:close])
            at = close
        elif char == "#" and word is None and not windows:
            close = text.find("\n", at)
            at = end if close < 0 else close
        elif char in "<>":
            if word is None or len(word) != 1 or not word[0].isdigit():  # 2>&1: the digit belongs to the redirection
                _end_word(commands, word)
            word = None
            match = _REDIRECTION.match(text, at)
            at = match.end() if match else at + 1
            commands[-1][1].append(">")  # kept as a word: `_written_by` reads it, launchers stop before it
        elif char in ";&|()\n":
            _end_word(commands, word)
            word = None
            operator = next((op for op in ("&&", "||", "|&") if text.startswith(op, at)), char)
            at += len(operator)
            commands.append((";" if operator in "()\n" else operator, []))
        else:
            word = _append(word, char)
            at += 1
    _end_word(commands, word)
    return [(operator, words) for operator, words in commands if words][:MAX_WORDS], inner


def _append(word: list[str] | None, piece: str) -> list[str]:
    if word is None:
        return [piece]
    word.append(piece)
    return word


def _end_word(commands: list[tuple[str, Words]], word: list[str] | None) -> None:
    if word is not None:
        commands[-1][1].append("".join(word))


def _double_quoted(text: str, at: int, inner: Words, windows: bool) -> tuple[int, str]:
    pieces = []
    while at < len(text):
        match = _QUOTED.match(text, at)
        if match:
            pieces.append(match[0])
            at = match.end()
        elif text[at] == '"':
            return at + 1, "".join(pieces)
        elif text[at] == "\\" and not windows:
            pieces.append(text[at + 1 : at + 2])
            at += 2
        elif text.startswith("$(", at) or text[at] == "`":
            close = _substitution_end(text, at)
            inner.append(text[at + (1 if text[at] == "`" else 2) : close - 1])
            pieces.append(text[at:close])
            at = close
        else:
            pieces.append(text[at])
            at += 1
    return at, "".join(pieces)


def _substitution_end(text: str, at: int) -> int:
    """Where the substitution that begins at `at` ends, by counting brackets."""
    if text[at] == "`":
        close = text.find("`", at + 1)
        return len(text) if close < 0 else close + 1
    level = 0
    for match in _BRACKET.finditer(text, at):
        level += 1 if match[0] == "(" else -1
        if level == 0:
            return match.end()
    return len(text)


def _program(word: str) -> str:
    """The name by which a program is known: no folder, no Windows ending."""
    word = word.strip().strip("\"'")
    if "\\" in word or "/" in word:
        word = word.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = re.sub(r"\.(?:exe|cmd|bat|ps1|com)\Z", "", word, flags=re.IGNORECASE)
    lower = name.lower()
    return lower if _is_known(lower) or lower in _INTERPRETERS or lower in _FETCHERS else name[:MAX_NAME]


def _is_known(program: str) -> bool:
    return program in _READERS or program in _PEEL or program in _GATEWAYS or bool(re.fullmatch(r"python[0-9.]*|pythonw|pypy[0-9.]*|py", program))


def _assigned(word: str) -> str:
    """The variable that a word of the form NAME=value sets; empty if it is none."""
    name, equals, _ = word.partition("=")
    return name if equals and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,200}", name) else ""


_PLACEHOLDERS: Final = re.compile(r"\$\{[^{}]*\}|\{\{[^{}]*\}\}|\{[A-Za-z]+:[^{}]*\}|\$[A-Za-z_]\w*(?::[A-Za-z_]\w*)?|%[A-Za-z_]\w*%|<[A-Za-z][^<>]*>|\$\([^()]*\)|`[^`]*`|\*\*\*")


def _is_placeholder(text: str) -> bool:
    """Whether `text` is a placeholder as a whole, so that nothing is known of what will stand there."""
    return bool(_PLACEHOLDERS.fullmatch(text[:MAX_NAME]))


def _has_placeholder(text: str) -> bool:
    return bool(_PLACEHOLDERS.search(text[:4096]))


def _options(words: Words, values: frozenset[str], *, attached: bool = False) -> tuple[list[tuple[str, str]], Words]:
    """(option, value) pairs before the first word that is no option, and the words from there on.

    `values`: the options that take the next word. `attached`: a short one may carry its value, `-p3.12`.
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            break
        if not word.startswith("-") or word == "-":
            break
        option, equals, value = word.partition("=")
        if equals:
            found.append((option, value))
        elif option in values:
            at += 1
            found.append((option, words[at] if at < len(words) else ""))
        elif attached and len(word) > 2 and word[1] != "-" and word[:2] in values:
            found.append((word[:2], word[2:]))
        else:
            found.append((option, ""))
        at += 1
    rest = words[at:]
    return found, rest[: rest.index(">")] if ">" in rest else rest


def _of(options: list[tuple[str, str]], *names: str) -> Words:
    return [value for option, value in options if option in names and value]


def _subcommand(words: Words, values: frozenset[str] = frozenset()) -> tuple[str, Words, list[tuple[str, str]]]:
    options, rest = _options(words, values)
    return (rest[0], rest[1:], options) if rest else ("", [], options)


# --- wrappers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """How a program that only starts another one is called."""

    values: str = ""
    """Options that take the next word."""
    before: int = 0
    """Words of its own before the command."""
    subcommands: str = ""
    """It wraps only behind one of these."""
    text: str = ""
    """Options whose value is a shell text."""
    dashes: bool = False
    """The command stands behind `--`, whatever comes before it."""
    joined: bool = False
    """The command is a shell text in the remaining words."""


_SHELL: Final = _Wrapper()  # read by `_shell_text`
_PEEL: Final[dict[str, _Wrapper]] = {
    **dict.fromkeys(("sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "nu", "csh", "tcsh", "cmd", "powershell", "pwsh", "su"), _SHELL),
    "sudo": _Wrapper("-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir --chroot --close-from"),
    "doas": _Wrapper("-u -C"),
    "env": _Wrapper("-u --unset -C --chdir", text="-S --split-string"),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(),
    "nice": _Wrapper("-n --adjustment"),
    "ionice": _Wrapper("-c -n --class --classdata"),
    "chrt": _Wrapper(before=1),
    "taskset": _Wrapper(before=1),
    "time": _Wrapper("-f -o --format --output"),
    "timeout": _Wrapper("-k -s --kill-after --signal", before=1),
    "gtimeout": _Wrapper("-k -s --kill-after --signal", before=1),
    "stdbuf": _Wrapper("-i -o -e --input --output --error"),
    "unbuffer": _Wrapper(),
    "script": _Wrapper(text="-c --command"),
    "xvfb-run": _Wrapper("-n -s -e -f -p -w --server-num --server-args --error-file --auth-file"),
    "caffeinate": _Wrapper("-t -w"),
    "command": _Wrapper(),
    "exec": _Wrapper("-a"),
    "chronic": _Wrapper(),
    "winpty": _Wrapper(),
    "arch": _Wrapper(),
    "flock": _Wrapper("-w -E --timeout --conflict-exit-code", before=1, text="-c --command"),
    "firejail": _Wrapper(),
    "sandbox-exec": _Wrapper("-f -p -n -D"),
    "systemd-run": _Wrapper("-p -E -u --property --setenv --unit --slice --uid --gid --description"),
    "chroot": _Wrapper(before=1),
    "xargs": _Wrapper("-I -n -P -d -L -s -a"),
    "wsl": _Wrapper("-d --distribution -u --user --cd --shell-type"),
    "ssh": _Wrapper("-p -i -l -o -F -J -L -R -D -b -c -e -m -S -W -w", before=1, joined=True),
    "mise": _Wrapper("-C --cd", subcommands="x exec", text="-c --command", dashes=True),
    "rtx": _Wrapper(subcommands="x exec", dashes=True),
    "asdf": _Wrapper(subcommands="exec"),
    "volta": _Wrapper("--node --npm --pnpm --yarn", subcommands="run"),
    "fnm": _Wrapper("--using --fnm-dir --node-dist-mirror", subcommands="exec"),
    "nvm": _Wrapper(subcommands="exec", before=1),
    "n": _Wrapper(subcommands="exec run", before=1),
    "nodenv": _Wrapper(subcommands="exec"),
    "pyenv": _Wrapper(subcommands="exec"),
    "rbenv": _Wrapper(subcommands="exec"),
    "direnv": _Wrapper(subcommands="exec", before=1),
    "devbox": _Wrapper("-c --config -e --env --env-file", subcommands="run"),
    "dotenv": _Wrapper("-e -f -v -c -p --file --env"),
    "dotenvx": _Wrapper("-f --env-file -fv -fk -e --env", subcommands="run"),
    "dotenv-cli": _Wrapper("-e -v -c -p"),
    "env-cmd": _Wrapper("-f -e -r --file --environments --rc-file"),
    "cross-env": _Wrapper(),
    "cross-env-shell": _Wrapper(joined=True),
    "op": _Wrapper("--env-file --account --session --environment", subcommands="run"),
    "doppler": _Wrapper("-p -c -t --project --config --token --mount --fallback --scope", subcommands="run", text="--command"),
    "infisical": _Wrapper("--env --path --projectId --token --tags --domain", subcommands="run", text="--command"),
    "aws-vault": _Wrapper("-d --duration --backend --region --mfa-token", subcommands="exec", before=1),
    "chamber": _Wrapper(subcommands="exec", dashes=True),
    "teller": _Wrapper("-c --config", subcommands="run"),
    "sops": _Wrapper(subcommands="exec-env", before=1, joined=True),
    "envchain": _Wrapper(before=1),
    "keyring": _Wrapper(subcommands="run"),
    "flox": _Wrapper("-d --dir -r --remote", subcommands="activate", text="-c --command"),
    "nix-shell": _Wrapper("-p -A -I", text="--run --command"),
    "conda": _Wrapper("-n -p --name --prefix --cwd", subcommands="run"),
    "mamba": _Wrapper("-n -p --name --prefix --cwd", subcommands="run"),
    "micromamba": _Wrapper("-n -p --name --prefix --cwd", subcommands="run"),
    "kubectl": _Wrapper("-n --namespace -c --container --context", subcommands="exec", dashes=True),
}


def _peel(program: str, rest: Words, draft: _Draft) -> Words | str:
    """What the wrapper starts: words, or a shell text; empty if it wraps nothing here."""
    wrapper = _PEEL[program]
    if wrapper is _SHELL:
        return _shell_text(program, rest, draft)
    values, texts = frozenset(wrapper.values.split()), frozenset(wrapper.text.split())
    if wrapper.subcommands:
        name, rest, _ = _subcommand(rest, values)
        if name not in wrapper.subcommands.split():
            return []
    elif program in ("dotenv", "teller") and rest[:1] == ["run"]:
        rest = rest[1:]
    left = wrapper.before
    at = 0
    while at < len(rest):
        word = rest[at]
        option, equals, value = word.partition("=")
        if word == "--":
            at += 1
            break
        if option in texts and option.startswith("-"):
            text = value if equals else " ".join(rest[at + 1 :]) if program == "env" else (rest[at + 1] if at + 1 < len(rest) else "")
            return text or []
        if word.startswith("-") and len(word) > 1:
            at += 1 if equals or option not in values else 2
        elif name := _assigned(word):
            draft.env.add(name)
            at += 1
        elif left:
            left -= 1
            at += 1
        elif wrapper.dashes and "--" in rest[at:]:
            at = rest.index("--", at) + 1
            break
        else:
            break
    return " ".join(rest[at:]) if wrapper.joined else rest[at:]


def _shell_text(program: str, rest: Words, draft: _Draft) -> Words | str:
    """The text or the words that a shell runs; empty if it runs a file or nothing."""
    windows = program in ("cmd", "powershell", "pwsh")
    for at, word in enumerate(rest):
        lower = word.lower()
        following = rest[at + 1 :]
        if program == "cmd":
            if lower in ("/c", "/k", "/r", "-c") or re.fullmatch(r"/[a-z/]*[ck]", lower):
                return _windows_line(following)
            if not lower.startswith("/"):
                return []
        elif windows:
            if lower in ("-c", "-command", "/c", "-com", "-commandwithargs") or lower.startswith("-comm"):
                return _windows_line(following)
            if re.fullmatch(r"-e(?:c|n\w*)?", lower) and lower != "-executionpolicy" and following:
                draft.note("encoded command")
                return _decoded(following[0])
            if not lower.startswith("-"):
                if rest[at - 1 : at] and rest[at - 1].lower() in _POWERSHELL_VALUES:
                    continue
                return _windows_line(rest[at:]) if not lower.endswith(".ps1") else []
            if lower in ("-f", "-file"):
                return []
        elif lower.startswith("-") and not lower.startswith("--") and "c" in lower[1:]:
            while following and following[0].startswith("-"):
                following = following[1:]
            return following[0] if following else []
        elif lower in ("--command", "--commands"):
            return following[0] if following else []
        elif word.startswith(("<(", "$(", "`")):
            return f"{program} {word}" if not word.startswith("<(") else _noted_process(program, word, draft)
        elif not word.startswith(("-", "+")) and not (at and re.fullmatch(r"[-+][A-Za-z]*[oO]|--rcfile|--init-file", rest[at - 1])):
            return []
    return []


_POWERSHELL_VALUES: Final = frozenset(
    {
        "-executionpolicy",
        "-ep",
        "-ex",
        "-exec",
        "-version",
        "-windowstyle",
        "-w",
        "-inputformat",
        "-outputformat",
        "-psconsolefile",
        "-configurationname",
        "-workingdirectory",
        "-wd",
    }
)


def _noted_process(program: str, word: str, draft: _Draft) -> Words:
    if match := _SUBSTITUTED_FETCH.search(word):
        draft.fetches.append(f"{program} <({match[1]})")
    return []


def _windows_line(words: Words) -> Words | str:
    """One string is split by Windows' rules, several are words already (joining them would lose their borders)."""
    if len(words) == 1:
        return _only_words(words[0], windows=True)
    return [_Operator(word) if word in _SEPARATORS else word for word in words]


def _decoded(text: str) -> str:
    from base64 import b64decode

    try:
        return b64decode(text[:MAX_TEXT], validate=True).decode("utf-16-le", "replace")
    except ValueError:
        return ""


# --- gateways --------------------------------------------------------------------------------------------------------

_GATEWAYS: Final = frozenset(
    {"supergateway", "mcp-proxy", "mcp-context-protector", "tirith", "@modelcontextprotocol/inspector", "mcp-inspector", "mcpo", "mcp-remote", "fastmcp-proxy"}
)
_GATEWAY_TEXT: Final = frozenset({"--stdio", "--command", "--stdio-command"})
_GATEWAY_URL: Final = frozenset({"--sse", "--streamablehttp", "--url", "--sse-url", "--http-url"})
_GATEWAY_VALUES: Final = _set(
    "-H --header --headers --transport --port --host -p -e --env --cwd --sse-port --sse-host --allow-origin --server --endpoint --ssePath --messagePath --baseUrl"
    " --outputTransport --logLevel --log-level --config --api-key --path-prefix --named-server-config --resource --static-oauth-client-info"
    " --static-oauth-client-metadata --auth-timeout --ignore-tool --requestTimeout --tunnel --apiKey --streamEndpoint --sseEndpoint"
)


def _gateway(name: str, rest: Words, draft: _Draft, depth: int) -> Result | None:
    """The server behind the gateway `name`; None if `name` is no gateway, or the server is not in its arguments."""
    if name not in _GATEWAYS or depth > MAX_NESTING:
        return None
    if name == "mcp-remote":
        draft.url = next((redacted_url(word) for word in rest if word.startswith(("http://", "https://"))), "")
        return None
    if name == "tirith":
        at = next((i for i, word in enumerate(rest) if word == "--upstream-bin"), -1)
        if at < 0 or at + 1 >= len(rest):
            return None
        arguments = [rest[i + 1] for i, word in enumerate(rest[:-1]) if word == "--upstream-arg"]
        return _read([rest[at + 1], *arguments], draft, depth + 1)
    options, words = _options(rest, _GATEWAY_VALUES | _GATEWAY_TEXT | _GATEWAY_URL | {"--streamableHttp"})
    for option, value in options:
        if option.lower() in _GATEWAY_URL and value:
            draft.url = redacted_url(value)
        if option in _GATEWAY_TEXT and value:
            index = rest.index("--command-args") if "--command-args" in rest else len(rest)
            if index < len(rest):
                return _read([value, *rest[index + 1 :]], draft, depth + 1)
            return _script(value, draft, depth + 1)
    if words and words[0].startswith(("http://", "https://")):
        draft.url = redacted_url(words[0])
        return None
    return _read(words, draft, depth + 1) if words else None


def _fetched(launcher: str, references: list[Reference], started: Words, draft: _Draft, depth: int) -> Result:
    """The result for a launcher that fetches `references` and runs the words `started`; looks through gateways."""
    main = references[0] if references else UNKNOWN
    for name in (main.name, *started[:1]):
        if (inner := _gateway(name, started[1:], draft, depth)) is not None:
            draft.wrappers.append(name)
            draft.add(references)
            return inner
        if draft.url:
            break
    draft.add(references[1:])
    return launcher, main


# --- launchers -------------------------------------------------------------------------------------------------------


_NPX_VALUES: Final = _set(
    "-p --package -c --call -w --workspace --registry --cache --prefix --userconfig --node-options -s --script-shell --loglevel --node-arg -n --allow-build -C --dir --reporter --globalconfig --scope"
)
_NPM_LOCAL: Final = _set("--no-install --no --offline")


def _npx(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    """npx, pnpx, pnpm dlx, yarn dlx, bunx. Source: npm documentation, "npm exec"; `npm-package-arg`."""
    options, rest = _options(words, _NPX_VALUES)
    return _npm_run(launcher, options, rest, draft, depth)


def _npm_run(launcher: str, options: list[tuple[str, str]], rest: Words, draft: _Draft, depth: int) -> Result:
    packages = [npm_reference(spec) for spec in _of(options, "-p", "--package")]
    texts = _of(options, "-c", "--call")
    if texts:
        child = _Draft(steps=draft.steps)
        _, inner = _script(texts[0], child, depth + 1)
        draft.absorb(child, inner)
        return _fetched(launcher, packages, [], draft, depth) if packages else (launcher, LOCAL)
    if not packages:
        if not rest:
            return launcher, UNKNOWN
        packages = [npm_reference(rest[0])]
    if launcher in ("npx", "npm", "pnpx") and any(option in _NPM_LOCAL for option, _ in options) and packages[0].ecosystem == "npm":
        draft.note("runs only what the project has installed")
        return launcher, Reference(name=packages[0].name, requirement=packages[0].requirement)
    return _fetched(launcher, packages, rest, draft, depth)


_NPM_VALUES: Final = _NPX_VALUES - {"-s"}


def _npm(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    command, rest, options = _subcommand(words, _NPM_VALUES)
    if command in ("exec", "x"):
        cut = rest.index("--") if "--" in rest else len(rest)
        more: list[tuple[str, str]] = []
        own: Words = []
        pending = rest[:cut]
        while pending:  # npm reads its options anywhere before `--`
            found, pending = _options(pending, _NPM_VALUES)
            more += found
            own += pending[:1]
            pending = pending[1:]
        return _npm_run(launcher, options + more, own + rest[cut + 1 :], draft, depth)
    if command in ("install", "i", "add", "ci"):
        draft.add(map(npm_reference, _positional(rest, _NPM_VALUES)))
        draft.note("installs packages when it starts")
    return launcher, LOCAL


def _pnpm(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    command, rest, options = _subcommand(words, _NPX_VALUES)
    if command == "dlx":
        more, rest = _options(rest, _NPX_VALUES)
        return _npm_run(launcher, options + more, rest, draft, depth)
    return _npm(launcher, words, draft, depth) if command in ("install", "i", "add") else (launcher, LOCAL)


def _yarn(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    command, rest, _ = _subcommand(words)
    if command == "dlx":
        return _npx(launcher, rest, draft, depth)
    if command == "add" or (command == "global" and rest[:1] == ["add"]):
        draft.add(map(npm_reference, _positional(rest[command == "global" :], frozenset())))
    return launcher, LOCAL


def _bun(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    command, rest, _ = _subcommand(words, _set("--cwd -c --config --env-file -r --preload"))
    if command == "x":
        return _npx(launcher, rest, draft, depth)
    if command in ("add", "install", "i"):
        draft.add(map(npm_reference, _positional(rest, frozenset())))
    return launcher, _script_file(rest[0] if command == "run" and rest else command)


_DENO_VALUES: Final = _set("-c --config --import-map --lock --cert --location --seed --v8-flags -r -L --log-level")


def _deno(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    """deno run. Source: Deno documentation, "npm: specifiers", "jsr: specifiers"."""
    command, rest, options = _subcommand(words, _DENO_VALUES)
    if command in ("run", "x", "serve"):
        more, rest = _options(rest, _DENO_VALUES - {"-r"})
        options += more
    elif command:
        rest = [command, *rest]
    flags = {option for option, _ in options}
    if flags & {"-A", "--allow-all"}:
        draft.note("all permissions granted (-A)")
    spec = rest[0] if rest else ""
    if command == "x" and not re.match(r"[a-z]+:|\.|/", spec):
        spec = f"npm:{spec}"
    if match := re.match(r"(npm|jsr):/?((?:@[^/]+/)?[^/@]+)(?:@([^/]+))?", spec):
        reference = npm_reference(f"{match[2]}@{match[3]}" if match[3] else match[2])
        if match[1] == "jsr":
            reference = _replaced(reference, ecosystem="jsr")
    elif spec.startswith(("https:", "http:")):
        reference = url_reference(spec)
    else:
        return launcher, _script_file(spec)
    if "--lock" in flags and "--frozen" in flags:
        draft.verifies = True
        reference = _replaced(reference, pin="hashed" if reference.version else reference.pin, pinned=True)
    return _fetched(launcher, [reference], rest, draft, depth)


_UV_VALUES: Final = _set(
    "--from --with --with-editable --with-requirements -p --python --index --default-index -i --index-url --extra-index-url -f --find-links --index-strategy"
    " --keyring-provider -P --upgrade-package --refresh-package --resolution --prerelease --exclude-newer -c --constraints --constraint --overrides --override -b"
    " --build-constraints --build-constraint --env-file --directory --project --config-file --cache-dir --link-mode -w --group --extra --package --only-group"
    " --no-group --reinstall-package --no-binary-package --no-build-package --no-build-isolation-package --config-setting -C --allow-insecure-host --color"
    " --fork-strategy --torch-backend --python-platform --no-extra --index-format --managed-python-downloads --python-fetch --trusted-host"
)


def _uvx(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    """uvx, uv tool run. Source: uv documentation, "Using tools"."""
    options, rest = _options(words, _UV_VALUES, attached=True)
    sources = _of(options, "--from")
    if not sources and not rest:
        return launcher, UNKNOWN
    extras = _with(options, draft)
    main = pypi_reference(sources[-1] if sources else rest[0])
    return _fetched(launcher, [main, *extras], rest, draft, depth)


def _with(options: list[tuple[str, str]], draft: _Draft) -> list[Reference]:
    if _of(options, "--with-requirements"):
        draft.note("further requirements are in a file")
    return [pypi_reference(part) for value in _of(options, "--with", "-w") for part in _comma_parts(value)]


def _comma_parts(value: str) -> Words:
    """`a,b` are two requirements, `a>=1,<2` and `a[x,y]` are one each."""
    return [part for part in re.split(r",(?=\s*[A-Za-z0-9])(?![^\[]*\])", value)[:MAX_EXTRAS] if part.strip()]


def _uv(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    command, rest, _ = _subcommand(words, _UV_VALUES)
    if command == "tool" and rest:
        if rest[0] == "run":
            return _uvx(launcher, rest[1:], draft, depth)
        if rest[0] == "install":
            draft.add(map(pypi_reference, _positional(rest[1:], _UV_VALUES)))
        return launcher, LOCAL
    if command == "pip":
        return _pip(launcher, rest, draft, depth)
    if command != "run":
        return launcher, LOCAL
    options, rest = _options(rest, _UV_VALUES | {"-m", "--module", "-s", "--script", "--gui-script"}, attached=True)
    extras = _with(options, draft)
    modules = _of(options, "-m", "--module")
    script = (_of(options, "-s", "--script", "--gui-script") or rest[:1] or [""])[0]
    if script.startswith(("https://", "http://")):
        draft.add(extras)
        return launcher, url_reference(script)
    program = canonical_name(_program(script)) if script and not modules else ""
    for extra in extras:  # `uv run --with tool tool`: the package is the server
        if extra.name and extra.name == program:
            return _fetched(launcher, [extra, *(other for other in extras if other is not extra)], rest, draft, depth)
    draft.add(extras)
    if modules or not rest:
        return launcher, LOCAL
    if _program(rest[0]) in _READERS or _program(rest[0]) in _GATEWAYS or _program(rest[0]) in _PEEL:
        draft.wrappers.append("uv run")
        return _read(rest, draft, depth + 1)
    return launcher, _script_file(script)


_PIPX_VALUES: Final = _set("--spec --python --pip-args --index-url -i --with --suffix --path --fetch-missing-python --backend")


def _pipx(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    command, rest, options = _subcommand(words, _PIPX_VALUES)
    if command == "install":
        draft.add(map(pypi_reference, _positional(rest, _PIPX_VALUES)))
    if command != "run":
        return launcher, LOCAL
    more, rest = _options(rest, _PIPX_VALUES)
    sources = _of(options + more, "--spec")
    if not sources and not rest:
        return launcher, UNKNOWN
    extras = [pypi_reference(value) for value in _of(options + more, "--with")]
    main = pypi_reference(sources[-1] if sources else rest[0])
    return _fetched(launcher, [main, *extras], rest, draft, depth)


_PIP_VALUES: Final = _set(
    "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target --prefix --root --python --trusted-host --proxy -e --editable"
)


def _pip(launcher: str, words: Words, draft: _Draft, _depth: int) -> Result:
    command, rest, _ = _subcommand(words, _PIP_VALUES)
    if command == "install":
        draft.add(map(pypi_reference, _positional(rest, _PIP_VALUES)))
        draft.note("installs packages when it starts")
    return launcher, LOCAL


def _positional(words: Words, values: frozenset[str]) -> Words:
    found: Words = []
    pending = words
    while pending and len(found) < MAX_EXTRAS:
        _, pending = _options(pending, values)
        found += pending[:1]
        pending = pending[1:]
    return found


def _python(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    """python -m MODULE, python FILE. Which distribution a module belongs to only the environment can tell."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word.startswith("-m") or (not word.startswith("--") and word.endswith("m") and word[1:-1].isalpha() and "c" not in word and "W" not in word and "X" not in word):
            module, rest = (word[2:], words[at + 1 :]) if len(word) > 2 and word.startswith("-m") else (following, words[at + 2 :])
            if module in ("uv", "pipx", "pip"):
                draft.wrappers.append(launcher)
                return _READERS[module](module, rest, draft, depth + 1) if depth <= MAX_NESTING else (module, UNKNOWN)
            if _is_placeholder(module):
                return launcher, UNKNOWN
            draft.note(f"module {module[:MAX_NAME]}")
            if (inner := _gateway(module.replace("_", "-"), rest, draft, depth)) is not None:
                draft.wrappers.append(module)
                return inner
            return launcher, LOCAL
        if word == "-c":
            if re.search(r"\bexec\s*\(", following) and re.search(r"urlopen|urllib|requests\.|httpx\.|http\.client", following):
                draft.fetches.append("download, then exec")
            draft.note("code in the arguments")
            return launcher, LOCAL
        at += 2 if word in ("-W", "-X", "--check-hash-based-pycs") else 1
    return launcher, _script_file(words[at] if at < len(words) else "")


def _node(launcher: str, words: Words, draft: _Draft, _depth: int) -> Result:
    options, rest = _options(
        words, _set("-r --require --import --loader --experimental-loader -e --eval -p --print -C --conditions --env-file --tsconfig -P --project --title --inspect-port")
    )
    code = " ".join(_of(options, "-e", "--eval", "-p", "--print"))[:MAX_TEXT]
    if code:
        if re.search(r"\b(?:eval|Function)\s*\(", code) and re.search(r"\bfetch\s*\(|https?\.get|require\(['\"]https?['\"]\)", code):
            draft.fetches.append("download, then eval")
        draft.note("code in the arguments")
        return launcher, LOCAL
    return launcher, _script_file(rest[0] if rest else "")


def _script_file(word: str) -> Reference:
    """A local file; one inside `node_modules` names the package whose version the project's lockfile holds."""
    if _is_placeholder(word):
        return UNKNOWN
    match = re.search(r"(?:^|[\\/])node_modules[\\/](?!\.bin)(@[^\\/]+[\\/][^\\/]+|[^\\/]+)", word[:4096])
    return Reference(name=match[1].replace("\\", "/")[:MAX_NAME]) if match else LOCAL


def _local(launcher: str, _words: Words, _draft: _Draft, _depth: int) -> Result:
    """Programs that run what lies in the project."""
    return launcher, LOCAL


def _local_file(launcher: str, words: Words, _draft: _Draft, _depth: int) -> Result:
    return launcher, _script_file(next((word for word in words if not word.startswith("-")), ""))


def _dotnet(launcher: str, words: Words, _draft: _Draft, _depth: int) -> Result:
    values = _set("--version --source --add-source --framework --configfile --verbosity -v")
    if launcher == "dotnet":
        command, rest, _ = _subcommand(words)
        if command == "tool" and rest[:1] == ["exec"]:
            words = rest[1:]
        elif command == "dnx":
            words = rest
        else:
            return launcher, _script_file(command)
    options, rest = _options(words, values)
    if not rest:
        return launcher, UNKNOWN
    more, _ = _options(rest[1:], values)
    name, at, version = rest[0].partition("@")
    version = version if at else (_of(options + more, "--version") or [""])[0]
    return launcher, _versioned("nuget", name, version, re.fullmatch(r"[0-9]+(?:\.[0-9]+){1,3}(?:-[0-9A-Za-z.-]+)?", version) is not None)


def _go(launcher: str, words: Words, draft: _Draft, _depth: int) -> Result:
    command, rest, _ = _subcommand(words)
    if command not in ("run", "install"):
        return launcher, LOCAL
    _, rest = _options(rest, _set("-exec -C -tags -mod -modfile -ldflags"))
    if not rest or rest[0].startswith((".", "/")) or "@" not in rest[0]:
        return launcher, LOCAL
    name, _, version = rest[0].rpartition("@")
    exact = re.fullmatch(r"v[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?", version) is not None
    reference = _versioned("golang", name, version, exact)
    if command == "install":
        draft.add([reference])
        return launcher, LOCAL
    return launcher, reference


def _jbang(launcher: str, words: Words, _draft: _Draft, _depth: int) -> Result:
    _, rest = _options(words, _set("--java -j --main -m --deps --repos --cp -D --catalog"))
    if rest[:1] == ["run"]:
        _, rest = _options(rest[1:], frozenset())
    if not rest:
        return launcher, UNKNOWN
    parts = rest[0].split(":")
    if rest[0].startswith(("http://", "https://")):
        return launcher, url_reference(rest[0])
    if len(parts) < 3:
        return launcher, LOCAL
    version = parts[2]
    exact = re.fullmatch(r"[0-9][\w.-]*", version) is not None and "SNAPSHOT" not in version
    return launcher, _versioned("maven", f"{parts[0]}/{parts[1]}", version, exact)


def _nix(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    command, rest, _ = _subcommand(words, _set("--option --extra-experimental-features --experimental-features"))
    if command in ("develop", "shell"):
        for flag in ("-c", "--command"):
            if flag in rest:
                draft.wrappers.append("nix")
                return _read(rest[rest.index(flag) + 1 :], draft, depth + 1)
        return launcher, LOCAL
    if command != "run":
        return launcher, LOCAL
    _, rest = _options(rest, _set("--option --extra-experimental-features --experimental-features -I --override-input --inputs-from"))
    spec = (rest[0] if rest else "").partition("#")[0]
    if not spec or spec.startswith((".", "/", "path:")):
        return launcher, LOCAL
    if _is_placeholder(spec):
        return launcher, UNKNOWN
    forge = re.match(r"(?:github|gitlab|sourcehut):([^/?]+/[^/?]+)(?:/([^?]+))?", spec)
    if forge:
        return launcher, _commit("git", forge[1], forge[2] or "", spec.partition("?")[0])
    if spec.startswith(("git+", "https:")):
        return launcher, git_reference(spec)
    return launcher, Reference(ecosystem="nix", name=(rest[0].partition("#")[2] or spec)[:MAX_NAME], pin="none", pinned=False)


def _thv(launcher: str, words: Words, _draft: _Draft, _depth: int) -> Result:
    """ToolHive: `thv run uvx://pkg`, `thv run image`, `thv run name-in-its-registry`."""
    command, rest, _ = _subcommand(words)
    if command != "run":
        return launcher, LOCAL
    _, rest = _options(rest, _set("--name --transport --port --target-port --secret -e --env -v --volume --permission-profile --proxy-port --host"))
    spec = rest[0] if rest else ""
    scheme, separator, inner = spec.partition("://")
    if separator and scheme in ("npx", "uvx", "go"):
        reference = npm_reference(inner) if scheme == "npx" else pypi_reference(inner) if scheme == "uvx" else _versioned("golang", *inner.partition("@")[::2], exact=False)
        return launcher, reference
    return launcher, oci_reference(spec) if "/" in spec or ":" in spec else UNKNOWN


# --- containers ------------------------------------------------------------------------------------------------------

_DOCKER_BOOLEANS: Final = _set(
    "--rm --init --privileged --read-only --interactive --tty --detach --no-healthcheck --oom-kill-disable --publish-all --sig-proxy --disable-content-trust --quiet"
    " --replace --rmi --no-hosts --no-hostname --tls-verify --http-proxy --env-host --help --use-api-socket --debug --tls --tlsverify -D"
)
_DOCKER_SHORT_VALUES: Final = frozenset("vepwulmhac")
_DOCKER_GLOBAL: Final = _set("-c --context -H --host --config -l --log-level --tlscacert --tlscert --tlskey --connection --url --identity --namespace -n --address -a")
_RISKY_CAPABILITIES: Final = _set("ALL SYS_ADMIN SYS_PTRACE SYS_MODULE SYS_RAWIO DAC_READ_SEARCH DAC_OVERRIDE NET_ADMIN BPF SYS_CHROOT")
_CREDENTIAL_FOLDERS: Final = (".ssh", ".aws", ".kube", ".docker", ".gnupg", ".config/gcloud", ".azure", ".npmrc", ".pypirc", ".netrc", ".claude", ".config/gh")


def _docker(launcher: str, words: Words, draft: _Draft, depth: int) -> Result:
    """docker, podman, nerdctl. Source: Docker documentation, "docker container run"."""
    command, rest, _ = _subcommand(words, _DOCKER_GLOBAL)
    if command == "container":
        command, rest, _ = _subcommand(rest)
    if command == "exec":
        _, rest = _options(rest, _set("-e --env --env-file -u --user -w --workdir --detach-keys"))
        if len(rest) < 2:
            return launcher, LOCAL
        draft.wrappers.append(f"{launcher} exec")
        return _read(rest[1:], draft, depth + 1)
    if command == "compose" or launcher in ("docker-compose", "podman-compose"):
        draft.note("the image is in the compose file")
        return launcher, LOCAL
    if command == "mcp":
        draft.note("servers are chosen by the gateway's own catalogue")
        return launcher, UNKNOWN
    if command not in ("run", "create"):
        return launcher, LOCAL
    entrypoint, rest = _docker_options(rest, draft)
    if not rest:
        return launcher, UNKNOWN
    image = oci_reference(rest[0])
    draft.verifies = image.pin == "digest"
    inner = [entrypoint, *rest[1:]] if entrypoint else rest[1:]
    if inner and (_is_known(_program(inner[0]))):  # the image is only a runtime: what it fetches is the server as much
        child = _Draft(steps=draft.steps)
        result = _read(inner, child, depth + 1)
        draft.absorb(child, result[1])
        draft.url = child.url
        if result[1].pinned is False:
            draft.verifies = False
    return launcher, image


def _docker_options(words: Words, draft: _Draft) -> tuple[str, Words]:
    """The entry point that the options set, and the words from the image on; risks and variables go to `draft`."""
    entrypoint = ""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            break
        if not word.startswith("-") or word == "-":
            break
        option, equals, value = word.partition("=")
        if not word.startswith("--"):
            letters = word[1:]
            position = next((i for i, letter in enumerate(letters) if letter in _DOCKER_SHORT_VALUES), -1)
            if position < 0:
                at += 1
                continue
            option, value = f"-{letters[position]}", letters[position + 1 :].removeprefix("=")
            if not value:
                at += 1
                value = words[at] if at < len(words) else ""
        elif not equals and option not in _DOCKER_BOOLEANS:
            at += 1
            value = words[at] if at < len(words) else ""
        at += 1
        if option == "--entrypoint":
            entrypoint = value
        elif option in ("-e", "--env"):
            draft.env.add(value.partition("=")[0][:MAX_NAME])
        else:
            draft.host += _host_access(option, value)
    draft.env.discard("")
    return entrypoint, words[at:]


def _host_access(option: str, value: str) -> Words:
    if option == "--privileged":
        return ["privileged"] if value.lower() != "false" else []
    if option in ("-v", "--volume"):
        path = value[:2] + value[2:].partition(":")[0] if re.match(r"[A-Za-z]:[\\/]", value) else value.partition(":")[0]
        return _mounted(path)
    if option == "--mount":
        fields = dict(part.partition("=")[::2] for part in value.split(","))
        return _mounted(fields.get("source") or fields.get("src") or "") if fields.get("type", "volume") == "bind" else []
    if option in ("--network", "--net", "--pid", "--ipc", "--userns", "--uts", "--cgroupns") and value == "host":
        return [f"{option.lstrip('-').replace('network', 'net')} namespace of the host"]
    if option == "--cap-add":
        name = value.upper().removeprefix("CAP_")
        return [f"capability {name}"] if name in _RISKY_CAPABILITIES else []
    if option == "--security-opt" and re.search(r"(?:seccomp|apparmor)[=:]unconfined|label[=:]disable|systempaths[=:]unconfined", value):
        return ["confinement switched off"]
    if option == "--device":
        return ["device of the host"]
    return ["container socket mounted"] if option == "--use-api-socket" else []


def _mounted(path: str) -> Words:
    clean = path.replace("\\", "/").rstrip("/") or ("/" if path.startswith(("/", "\\")) else "")
    if re.search(r"(?:docker|containerd|podman|crio)\.sock\Z|docker_engine\Z", clean):
        return ["container socket mounted"]
    if clean == "/" or re.fullmatch(r"[A-Za-z]:/?|//?[A-Za-z]|/host|/mnt/[a-z]", clean):
        return ["root of the host mounted"]
    if re.fullmatch(r"/(?:etc|proc|sys|dev|boot|var|var/run|run|usr|bin|lib|var/lib/docker|root/\.ssh)", clean):
        return ["system folder mounted"]
    if any(clean.endswith(f"/{name}") for name in _CREDENTIAL_FOLDERS):
        return ["credentials folder mounted"]
    if re.fullmatch(r"~|\$HOME|\$\{(?:env:)?HOME\}|\$\{userHome\}|%USERPROFILE%|\$\{env:USERPROFILE\}|/root|/(?:home|Users)(?:/[^/]+)?|[A-Za-z]:/Users(?:/[^/]+)?", clean):
        return ["home folder mounted"]
    return []


# --- references ------------------------------------------------------------------------------------------------------

_SEMVER: Final = re.compile(r"[v=\s]*(?P<version>[0-9]{1,16}\.[0-9]{1,16}\.[0-9]{1,16}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*\Z")
_NPM_RANGE: Final = re.compile(r"[\s^~<>=vV|-]*(?:[0-9]+|[xX*])(?:\.(?:[0-9]+|[xX*])){0,2}(?:[-+.][0-9A-Za-z.+-]+)?(?:\s|\Z|\|)")
_PEP440: Final = re.compile(
    r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:[-_.]?(?:alpha|beta|preview|pre|rc|a|b|c)[-_.]?[0-9]*)?(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?\Z",
    re.IGNORECASE,
)
_PEP508: Final = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?P<extras>\[[^\]]*\])?\s*(?P<rest>.*)\Z", re.DOTALL)
_CLAUSE: Final = re.compile(r"\s*(?P<operator>===|==|~=|!=|<=|>=|<|>)\s*(?P<version>[^\s]+)\s*\Z")
_MOVING_TAGS: Final = _set("latest main master edge nightly dev develop stable next beta alpha canary rolling head")
"""Tags of images that are made to be moved."""
_COMMIT: Final = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?\Z")
_PATHLIKE: Final = re.compile(r"\.\.?(?:[\\/]|\Z)|[\\/]|~[\\/]|[A-Za-z]:[\\/]|file:|link:|workspace:|portal:")


def npm_reference(spec: str) -> Reference:
    """What npm would fetch for `spec`. Source: `npm-package-arg`."""
    spec = _unquoted(spec)
    if not spec or _is_placeholder(spec):
        return _replaced(UNKNOWN, ecosystem="npm" if spec else "")
    if _PATHLIKE.match(spec) or spec == ".":
        return LOCAL
    if spec.startswith(("git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:")):
        return git_reference(spec)
    if spec.startswith(("https:", "http:")):
        return git_reference(spec) if re.match(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)/[^/]+/[^/]+?(?:\.git)?(?:#.*)?\Z", spec) else url_reference(spec)
    if spec.startswith("jsr:"):
        return _replaced(npm_reference(spec[4:]), ecosystem="jsr") if not spec.startswith("jsr:jsr:") else UNKNOWN
    spec = spec.removeprefix("npm:")
    at = spec.find("@", 1)
    name, version = (spec[:at], spec[at + 1 :]) if at > 0 else (spec, "")
    if not name.startswith("@") and "/" in name:
        return git_reference(f"github:{spec}") if re.fullmatch(r"[^@/\s]+/[^@/\s#]+(?:#.*)?", spec) else LOCAL
    if alias := re.match(r"npm:((?:@[^/@]+/)?[^@/]+)(?:@(.*))?\Z", version):
        name, version = alias[1], alias[2] or ""
    elif re.match(r"git\+|git:|git@|ssh:|github:|gitlab:|bitbucket:", version):
        return _replaced(git_reference(version), ecosystem="npm", name=name[:MAX_NAME])
    elif version.startswith(("https:", "http:")):
        return _replaced(url_reference(version), ecosystem="npm", name=name[:MAX_NAME])
    elif _PATHLIKE.match(version):
        return LOCAL
    return _npm_versioned(name, version)


def _npm_versioned(name: str, version: str) -> Reference:
    name, version = name[:MAX_NAME], _unquoted(version)
    if _is_placeholder(name.rpartition("/")[2]):
        return _replaced(UNKNOWN, ecosystem="npm")
    if not version:
        return Reference(ecosystem="npm", name=name, pin="none", pinned=False)
    if _has_placeholder(version):
        return Reference(ecosystem="npm", name=name, requirement=version[:MAX_NAME], pin="n/a")
    if match := _SEMVER.match(version[:MAX_NAME]):
        return Reference(ecosystem="npm", name=name, version=match["version"], requirement=version[:MAX_NAME], pin="exact", pinned=True)
    pin = "range" if _NPM_RANGE.match(version[:MAX_NAME]) else "dist-tag"
    return Reference(ecosystem="npm", name=name, requirement=version[:MAX_NAME], pin=pin, pinned=False)


def pypi_reference(spec: str) -> Reference:
    """What uv or pip would fetch for `spec`: PEP 508, and uv's `name@version`."""
    spec = _unquoted(spec)
    if not spec or _is_placeholder(spec):
        return _replaced(UNKNOWN, ecosystem="pypi" if spec else "")
    if re.match(r"(?:git|hg|svn|bzr)\+", spec):
        return git_reference(spec)
    if spec.startswith(("https://", "http://")):
        return git_reference(spec) if re.search(r"\.git(?:@[^/]*)?(?:#.*)?\Z", spec) else url_reference(spec)
    if _PATHLIKE.match(spec) or re.search(r"\.(?:whl|tar\.gz|zip|py)\Z", spec) or spec.startswith("-"):
        return LOCAL
    match = _PEP508.match(spec[:4096])
    if not match or not re.match(r"[@=<>!~;(,]|\Z", match["rest"]):
        if "/" in spec or "\\" in spec:
            return LOCAL
        if _has_placeholder(spec):
            return _replaced(UNKNOWN, ecosystem="pypi")
        return Reference(ecosystem="pypi", name=spec[:MAX_NAME], pin="none", pinned=False)  # no name that an index could hold
    name = canonical_name(match["name"])[:MAX_NAME]
    rest = match["rest"].strip()
    if rest.startswith("@"):
        value = rest[1:].strip()
        if re.match(r"(?:git|hg|svn|bzr)\+", value):
            return _replaced(git_reference(value), ecosystem="pypi", name=name)
        if value.startswith(("https:", "http:")):
            return _replaced(url_reference(value), ecosystem="pypi", name=name)
        if _PATHLIKE.match(value):
            return LOCAL
        return _pypi_versioned(name, f"=={value}" if _PEP440.match(value[:MAX_NAME]) else value, value)
    rest = rest.partition(";")[0].strip().removeprefix("(").removesuffix(")")
    return _pypi_versioned(name, rest, rest)


def _pypi_versioned(name: str, specifier: str, written: str) -> Reference:
    written = written[:MAX_NAME]
    if not specifier.strip():
        return Reference(ecosystem="pypi", name=name, pin="none", pinned=False)
    if _has_placeholder(specifier):
        return Reference(ecosystem="pypi", name=name, requirement=written, pin="n/a")
    clauses = [_CLAUSE.match(part[:MAX_NAME]) for part in specifier.split(",")[:MAX_EXTRAS] if part.strip()]
    for clause in clauses:
        if clause and clause["operator"] in ("==", "===") and _PEP440.match(clause["version"]):
            return Reference(ecosystem="pypi", name=name, version=clause["version"].removeprefix("v"), requirement=written, pin="exact", pinned=True)
    pin = "range" if any(clauses) else "dist-tag"
    return Reference(ecosystem="pypi", name=name, requirement=written, pin=pin, pinned=False)


def oci_reference(image: str) -> Reference:
    """What a container engine would pull for `image`; a `:` before the last `/` is a port."""
    image = _unquoted(image).removeprefix("docker://")
    if not image or _is_placeholder(image):
        return _replaced(UNKNOWN, ecosystem="oci")
    if image.startswith((".", "/", "oci-archive:", "docker-archive:", "oci:", "dir:")):
        return LOCAL
    rest, _, digest = image.partition("@")
    slash = rest.rfind("/")
    colon = rest.find(":", slash + 1)
    if _has_placeholder(rest[slash + 1 :]) or "${" in rest:
        name = "" if _has_placeholder(rest[slash + 1 : colon] if colon > 0 else rest[slash + 1 :]) else rest[: colon if colon > 0 else None]
        return Reference(ecosystem="oci", name=name[:MAX_NAME], requirement=rest[colon + 1 :][:MAX_NAME] if colon > 0 and name else "", pin="n/a")
    name, tag = (rest[:colon], rest[colon + 1 :]) if colon > 0 else (rest, "")
    name, written = name[:MAX_NAME], image[len(name) + 1 :][:MAX_NAME]
    if re.fullmatch(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}", digest):
        return Reference(ecosystem="oci", name=name, version=digest, requirement=written, pin="digest", pinned=True)
    pin = "none" if not tag else "dist-tag" if tag.lower() in _MOVING_TAGS else "tag"
    if _has_placeholder(digest):
        return Reference(ecosystem="oci", name=name, requirement=written, pin="n/a")
    return Reference(ecosystem="oci", name=name, requirement=written if tag else "", pin=pin, pinned=False)


def git_reference(spec: str) -> Reference:
    """A repository: `git+https://…@ref`, npm's `…#ref`, `github:owner/name#ref`."""
    spec = _without_user(_unquoted(spec))
    place, _, fragment = spec.partition("#")
    reference = "" if "=" in fragment else fragment
    start = place.find("/", place.find("://") + 3) if "://" in place else place.find(":") + 1
    if (at := place.rfind("@")) > start > 0:
        place, reference = place[:at], place[at + 1 :] or reference
    path = place[start:].strip("/") if start > 0 else place
    name = "/".join(part for part in path.removesuffix(".git").split("/")[-2:] if part)
    return _commit("git", name, reference, place)


def _without_user(url: str) -> str:
    return redacted_url(url).replace("://***@", "://")[:4096]


def _commit(ecosystem: str, name: str, reference: str, url: str) -> Reference:
    name, reference = name[:MAX_NAME], reference[:MAX_NAME]
    if _has_placeholder(reference) or _is_placeholder(name):
        return Reference(ecosystem=ecosystem, name=name, requirement=reference, pin="n/a", url=url)
    if _COMMIT.match(reference):
        return Reference(ecosystem=ecosystem, name=name, version=reference.lower(), requirement=reference, pin="vcs-commit", pinned=True, url=url)
    return Reference(ecosystem=ecosystem, name=name, requirement=reference, pin="vcs-ref", pinned=False, url=url)


def url_reference(spec: str) -> Reference:
    """An archive or script that is fetched by its address; a `#sha256=` fragment pins it."""
    spec = _without_user(_unquoted(spec))
    place, _, fragment = spec.partition("#")
    name = place.partition("?")[0].rstrip("/").rpartition("/")[2][:MAX_NAME] or place[:MAX_NAME]
    if match := re.search(r"(?:^|&)sha(256=[0-9a-f]{64}|512=[0-9a-f]{128})(?:&|\Z)", fragment):
        return Reference(ecosystem="url", name=name, requirement=f"sha{match[1]}"[:MAX_NAME], pin="hashed", pinned=True, url=place)
    if _has_placeholder(place):
        return Reference(ecosystem="url", name=name, pin="n/a", url=place)
    return Reference(ecosystem="url", name=name, pin="url", pinned=False, url=place)


def _versioned(ecosystem: str, name: str, version: str, exact: bool) -> Reference:
    name, version = name[:MAX_NAME], version[:MAX_NAME]
    if _is_placeholder(name):
        return _replaced(UNKNOWN, ecosystem=ecosystem)
    if not version:
        return Reference(ecosystem=ecosystem, name=name, pin="none", pinned=False)
    if _has_placeholder(version):
        return Reference(ecosystem=ecosystem, name=name, requirement=version, pin="n/a")
    if exact:
        return Reference(ecosystem=ecosystem, name=name, version=version, requirement=version, pin="exact", pinned=True)
    return Reference(ecosystem=ecosystem, name=name, requirement=version, pin="dist-tag" if version[:1].isalpha() else "range", pinned=False)


def _replaced(reference: Reference, **changes: str | bool | None) -> Reference:
    from dataclasses import replace

    return replace(reference, **changes)  # type: ignore[arg-type]


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'").strip()


_READERS: Final[dict[str, Reader]] = {
    **dict.fromkeys(("npx", "pnpx", "bunx"), _npx),
    "npm": _npm,
    "pnpm": _pnpm,
    "yarn": _yarn,
    "yarnpkg": _yarn,
    "bun": _bun,
    "deno": _deno,
    "uvx": _uvx,
    "uv": _uv,
    "pipx": _pipx,
    **dict.fromkeys(("pip", "pip3"), _pip),
    **dict.fromkeys(("node", "nodejs", "tsx", "ts-node"), _node),
    **dict.fromkeys(("docker", "podman", "nerdctl", "docker-compose", "podman-compose", "finch"), _docker),
    **dict.fromkeys(("dnx", "dotnet"), _dotnet),
    "go": _go,
    "jbang": _jbang,
    "nix": _nix,
    "thv": _thv,
    **dict.fromkeys(("make", "just", "task", "cargo", "poetry", "rye", "hatch", "pixi", "pdm", "bundle", "gradle", "mvn"), _local),
    **dict.fromkeys(("java", "php", "ruby", "perl", "lua"), _local_file),
}
