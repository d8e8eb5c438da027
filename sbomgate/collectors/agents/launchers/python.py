"""The launchers of Python: uv, pipx, pip, the interpreter, and what starts programs of a project's environment.

Sources: uv documentation, "Using tools", "Running commands in projects"; pipx documentation; Python documentation, "Command
line and environment"; the documentation of Poetry, PDM, Hatch, Rye, Pixi and Pipenv on their `run`.
"""

from __future__ import annotations

import re
from typing import Final

from sbomgate.collectors.agents.draft import Draft, joined_folder
from sbomgate.collectors.agents.launchers import grammar
from sbomgate.collectors.agents.launchers.grammar import Reader, Result
from sbomgate.collectors.agents.launchers.table import LAUNCHERS
from sbomgate.collectors.agents.references import LOCAL, MAX_NAME, UNKNOWN, Reference, is_placeholder, pypi_reference, url_reference
from sbomgate.collectors.agents.shell import MAX_EXTRAS, Words, options_of, positional, subcommand, values_of, word_set
from sbomgate.purl import canonical_name


def _uvx(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    options, rest = options_of(words, LAUNCHERS["uvx"].values, attached=True)
    sources = values_of(options, "--from")
    if not sources and not rest:
        return launcher, UNKNOWN
    extras = _with(options, draft)
    if not sources and re.fullmatch(r"python(?:@.*|[0-9.]*)", rest[0]):  # uv documentation, "uvx python": an interpreter, no package
        draft.add(extras)
        draft.wrappers.append("uvx")
        draft.folder = "?"
        return _python(launcher, rest[1:], draft, depth)
    main = pypi_reference(sources[-1] if sources else rest[0])
    return grammar.fetched(launcher, [main, *extras], rest, draft, depth)


def _with(options: list[tuple[str, str]], draft: Draft) -> list[Reference]:
    if values_of(options, "--with-requirements"):
        draft.note("further requirements are in a file")
    return [pypi_reference(part) for value in values_of(options, "--with", "-w") for part in _comma_parts(value)]


def _comma_parts(value: str) -> Words:
    """`a,b` are two requirements, `a>=1,<2` and `a[x,y]` are one each."""
    return [part for part in re.split(r",(?=\s*[A-Za-z0-9])(?![^\[]*\])", value)[:MAX_EXTRAS] if part.strip()]


def _uv(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    values = LAUNCHERS[launcher].values
    command, rest, options = subcommand(words, values)
    if command == "tool" and rest:
        if rest[0] == "run":
            return _uvx(launcher, rest[1:], draft, depth)
        if rest[0] == "install":
            draft.add(map(pypi_reference, positional(rest[1:], LAUNCHERS["uvx"].values)))
        return launcher, LOCAL
    if command == "pip":
        return _pip(launcher, rest, draft, depth)
    if command == "x":
        return _uvx(launcher, rest, draft, depth)
    if command != "run":
        return launcher, LOCAL
    more, rest = options_of(rest, values, attached=True)
    options += more
    names = {option for option, _ in options}
    if folders := values_of(options, "--directory", "--project"):
        draft.folder = joined_folder(draft.folder, folders[-1])
    if names & {"--no-project", "--isolated"}:
        draft.folder = "?"
    draft.verifies = bool(names & {"--frozen", "--locked"})
    extras = _with(options, draft)
    script = rest[0] if rest else ""
    if script.startswith(("https://", "http://")):
        draft.add(extras)
        return launcher, url_reference(script)
    is_module = bool(names & {"-m", "--module"})
    program = canonical_name(grammar.program_name(script)) if script and not is_module else ""
    for extra in extras:  # `uv run --with tool tool`: the package is the server
        if extra.name and extra.name == program:
            return grammar.fetched(launcher, [extra, *(other for other in extras if other is not extra)], rest, draft, depth)
    draft.add(extras)
    if is_module and rest:
        return _module(launcher, script, rest[1:], draft, depth)
    return _in_project(launcher, rest, draft, depth) if rest else (launcher, LOCAL)


def _in_project(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    """A command that runs in the environment of a project: another launcher, a console script, or a file."""
    word = words[0]
    if grammar.is_known(grammar.program_name(word)):
        draft.wrappers.append(f"{launcher} run")
        return grammar.read(words, draft, depth + 1)
    if re.fullmatch(r"[\w.-]+", word) and not word.endswith((".py", ".pyw", ".sh", ".js")):
        draft.start("program", word, "")
        return launcher, LOCAL
    return launcher, grammar.script_file(word, draft)


_RUN_VALUES: Final = word_set("-C --directory -P --project -p -e --env --environment --manifest-path --feature -f --pyproject")


def _project(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    """`poetry run` and its kin: the environment of the project, and the lock of the tool."""
    command, rest, options = subcommand(words, _RUN_VALUES)
    if command not in ("run", "exec"):
        return launcher, LOCAL
    more, rest = options_of(rest, _RUN_VALUES)
    if folders := values_of(options + more, "-C", "--directory", *(("-P", "--project", "-p") if launcher in ("poetry", "pdm") else ())):
        draft.folder = joined_folder(draft.folder, folders[-1])
    return _in_project(launcher, rest, draft, depth) if rest else (launcher, LOCAL)


def _pipx(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    values = LAUNCHERS[launcher].values
    command, rest, options = subcommand(words, values)
    if command == "install":
        draft.add(map(pypi_reference, positional(rest, values)))
    if command != "run":
        return launcher, LOCAL
    more, rest = options_of(rest, values)
    sources = values_of(options + more, "--spec")
    if not sources and not rest:
        return launcher, UNKNOWN
    extras = [pypi_reference(value) for value in values_of(options + more, "--with")]
    main = pypi_reference(sources[-1] if sources else rest[0])
    return grammar.fetched(launcher, [main, *extras], rest, draft, depth)


def _pip(launcher: str, words: Words, draft: Draft, _depth: int) -> Result:
    command, rest, _ = subcommand(words, LAUNCHERS["pip"].values)
    if command == "install":
        draft.add(map(pypi_reference, positional(rest, LAUNCHERS["pip"].values)))
        draft.note("installs packages when it starts")
    return launcher, LOCAL


def _python(_launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    """python -m MODULE, python FILE. Which distribution a module belongs to only the environment can tell."""
    launcher = "python"
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word.startswith("-m") or (
            not word.startswith("--")
            and word.endswith("m")
            and word[1:-1].isalpha()
            and "c" not in word
            and "W" not in word
            and "X" not in word
        ):
            module, rest = (word[2:], words[at + 1 :]) if len(word) > 2 and word.startswith("-m") else (following, words[at + 2 :])
            return _module(launcher, module, rest, draft, depth)
        if word == "-c":
            if re.search(r"\bexec\s*\(", following) and re.search(r"urlopen|urllib|requests\.|httpx\.|http\.client", following):
                draft.fetches.append("download, then exec")
            draft.note("code in the arguments")
            return launcher, LOCAL
        at += 2 if word in ("-W", "-X", "--check-hash-based-pycs") else 1
    return launcher, grammar.script_file(words[at] if at < len(words) else "", draft)


def _module(launcher: str, module: str, rest: Words, draft: Draft, depth: int) -> Result:
    if module in READERS and module not in ("python", "uvx"):
        if grammar.too_deep(draft, depth):
            return module, UNKNOWN
        draft.wrappers.append(launcher)
        return READERS[module](module, rest, draft, depth + 1)
    if is_placeholder(module):
        return launcher, UNKNOWN
    draft.note(f"module {module[:MAX_NAME]}")
    if (inner := grammar.gateway(module.replace("_", "-"), rest, draft, depth)) is not None:
        draft.wrappers.append(module)
        return inner
    draft.start("module", module)
    return launcher, LOCAL


READERS: Final[dict[str, Reader]] = {
    "uvx": _uvx,
    "uv": _uv,
    "pipx": _pipx,
    "pip": _pip,
    "pip3": _pip,
    "python": _python,
    **dict.fromkeys(("poetry", "pdm", "hatch", "rye", "pixi", "pipenv"), _project),
}
