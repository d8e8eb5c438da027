"""Commands that download code and run it at once: `curl … | sh` and its relatives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.shell import MAX_TEXT, Words, assigned, base_name, word_set

FETCHERS: Final = word_set(
    "curl wget fetch http https xh aria2c axel lynx iwr irm invoke-webrequest invoke-restmethod start-bitstransfer bitsadmin certutil gsutil"
)
INTERPRETERS: Final = word_set(
    "sh bash zsh dash ksh ash fish csh tcsh nu node nodejs bun deno perl ruby php lua pwsh powershell iex invoke-expression source . eval tclsh osascript cmd"
    " busybox python python2 python3 py pypy pypy3"
)
_CARRIERS: Final = word_set("sudo doas env xargs nohup time timeout nice setsid command exec stdbuf")
SUBSTITUTED_FETCH: Final = r"(?:\$\(|`|<\()\s*(?:sudo\s+)?(curl|wget|fetch|irm|iwr)\s"


def find_fetches(commands: list[tuple[str, Words]], draft: Draft) -> None:
    """Note `curl … | sh`, `sh -c "$(curl …)"`, `curl -o x … && sh x`."""
    fetcher = ""
    written: dict[str, str] = {}
    for operator, raw in commands:
        words = without_keywords(raw)
        while words and assigned(words[0]):
            words = words[1:]
        program = _name(words[0]) if words else ""
        if operator not in ("|", "|&"):
            fetcher = ""
        interpreter = next((name for name in map(_name, words[: 6 if program in _CARRIERS else 1]) if _is_interpreter(name)), "")
        if fetcher and interpreter:
            draft.fetches.append(f"{fetcher} | {interpreter}")
        for word in words:
            if (match := re.search(SUBSTITUTED_FETCH, word)) and (word is words[0] or interpreter):
                draft.fetches.append(f"{interpreter} $({match[1]})" if interpreter else f"$({match[1]})")
        if program in FETCHERS or _behind(words) in FETCHERS:
            fetcher = program if program in FETCHERS else _behind(words)
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


def _is_interpreter(program: str) -> bool:
    return program in INTERPRETERS or bool(re.fullmatch(r"python[0-9.]+", program))


def _behind(words: Words) -> str:
    """The program behind `sudo`, `env` and their like; empty if it is not among the first words."""
    for word in words[:6]:
        if not word.startswith("-") and not assigned(word) and (program := _name(word)) not in _CARRIERS:
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


_KEYWORDS: Final = frozenset(
    {"exec", "then", "do", "else", "elif", "if", "while", "until", "!", "{", "(", "call", "start", "/b", "/wait", "builtin"}
)


def without_keywords(words: Words) -> Words:
    start = 0
    while start < len(words) and words[start] in _KEYWORDS:
        start += 1
    return words[start:]


def _name(word: str) -> str:
    return base_name(word).lower()
