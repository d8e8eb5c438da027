"""The command line that starts a server, read as its launcher would read it: which package, how firmly pinned.

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
from typing import Final

from sbomgate.collectors.agents.containers import container_options
from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.fetches import FETCHERS, INTERPRETERS, find_fetches, without_keywords
from sbomgate.collectors.agents.references import (
    LOCAL,
    MAX_NAME,
    UNKNOWN,
    Reference,
    commit_reference,
    git_reference,
    is_placeholder,
    npm_reference,
    oci_reference,
    pypi_reference,
    replaced,
    url_reference,
    versioned,
)
from sbomgate.collectors.agents.shell import (
    MAX_EXTRAS,
    MAX_TEXT,
    MAX_WORDS,
    Operator,
    Words,
    assigned,
    base_name,
    only_words,
    options_of,
    positional,
    split_script,
    subcommand,
    values_of,
    word_set,
)
from sbomgate.collectors.agents.wrappers import WRAPPERS, peel
from sbomgate.purl import canonical_name
from sbomgate.text import redacted_url

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


Result = tuple[str, Reference]
Reader = Callable[[str, Words, Draft, int], Result]


def read_command(command: str | Sequence[str], args: Sequence[str] = ()) -> Launch:
    """What starting `command` with `args` would fetch and run."""
    draft = Draft()
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
        return [head, *only_words(tail, windows="\\" in head)]
    windows = bool(re.match(r"[A-Za-z]:\\|\\\\", line))
    words = only_words(line, windows=windows)
    known = bool(words) and _is_known(_program(words[0]))
    if re.match(r"/|~/|[A-Za-z]:[\\/]|\\\\", line):
        return words if known or (alone and any(word.startswith("-") for word in words[1:])) else []
    return words if alone or known else []


# --- commands --------------------------------------------------------------------------------------------------------


def _read(words: Words, draft: Draft, depth: int) -> Result:
    """Launcher and reference of the simple command `words`, its wrappers peeled into `draft`."""
    while True:
        draft.steps += 1
        if depth > MAX_NESTING or draft.steps > MAX_STEPS:
            draft.note("commands nested too deeply: not read to the end")
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
        program, rest = _program(words[0]), words[1:]
        if program in WRAPPERS:
            peeled = peel(program, rest, draft)
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


def _other(word: str, program: str, draft: Draft) -> Result:
    if match := re.search(r"(?:^|[\\/])node_modules[\\/](?!\.bin)(@[^\\/]+[\\/][^\\/]+|[^\\/]+)", word):
        return program, Reference(name=match[1].replace("\\", "/")[:MAX_NAME])
    if not any(mark in word for mark in "/\\"):
        draft.note("resolved through PATH")
    return program or word[:MAX_NAME], LOCAL


def _list(commands: list[tuple[str, Words]], draft: Draft, depth: int) -> Result:
    """The server among the commands of a shell text: the last that is more than preparation or a filter."""
    find_fetches(commands, draft)
    best: tuple[Result, Draft] | None = None
    fallback = ""
    for operator, raw in commands:
        words = without_keywords(raw)
        program = _program(words[0]) if words else ""
        if not words or program in _PREPARING or (operator in ("|", "|&") and best is not None and program in _FILTERS):
            continue
        if depth > MAX_NESTING or draft.steps > MAX_STEPS:
            draft.note("commands nested too deeply: not read to the end")
            break
        child = Draft(steps=draft.steps)
        result = _read(words, child, depth + 1)
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
    for note in child.notes:
        draft.note(note)
    return result


def _script(text: str, draft: Draft, depth: int, *, windows: bool = False) -> Result:
    """Launcher and reference of the server that the shell text starts."""
    if is_placeholder(text.strip()) and not text.strip().startswith("$("):
        return text.strip(), UNKNOWN
    if depth > MAX_NESTING or draft.steps > MAX_STEPS:
        draft.note("commands nested too deeply: not read to the end")
        return "", UNKNOWN
    commands, inner = split_script(text[:MAX_TEXT], windows=windows)
    for part in inner[:MAX_EXTRAS]:  # $(…) and `…`: run before the command around them
        child = Draft(steps=draft.steps + 1)
        result = _script(part, child, depth + 1, windows=windows)
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


def _program(word: str) -> str:
    """The name by which a program is known; in lower case if it is one that this module knows."""
    name = base_name(word)
    lower = name.lower()
    return lower if _is_known(lower) or lower in INTERPRETERS or lower in FETCHERS else name[:MAX_NAME]


def _is_known(program: str) -> bool:
    return (
        program in _READERS
        or program in WRAPPERS
        or program in _GATEWAYS
        or bool(re.fullmatch(r"python[0-9.]*|pythonw|pypy[0-9.]*|py", program))
    )


# --- gateways --------------------------------------------------------------------------------------------------------

_GATEWAYS: Final = frozenset(
    {
        "supergateway",
        "mcp-proxy",
        "mcp-context-protector",
        "tirith",
        "@modelcontextprotocol/inspector",
        "mcp-inspector",
        "mcpo",
        "mcp-remote",
        "fastmcp-proxy",
    }
)
_GATEWAY_TEXT: Final = frozenset({"--stdio", "--command", "--stdio-command"})
_GATEWAY_URL: Final = frozenset({"--sse", "--streamablehttp", "--url", "--sse-url", "--http-url"})
_GATEWAY_VALUES: Final = word_set(
    "-H --header --headers --transport --port --host -p -e --env --cwd --sse-port --sse-host --allow-origin --server --endpoint --ssePath --messagePath --baseUrl"
    " --outputTransport --logLevel --log-level --config --api-key --path-prefix --named-server-config --resource --static-oauth-client-info"
    " --static-oauth-client-metadata --auth-timeout --ignore-tool --requestTimeout --tunnel --apiKey --streamEndpoint --sseEndpoint"
)


def _gateway(name: str, rest: Words, draft: Draft, depth: int) -> Result | None:
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
    options, words = options_of(rest, _GATEWAY_VALUES | _GATEWAY_TEXT | _GATEWAY_URL | {"--streamableHttp"})
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


def _fetched(launcher: str, references: list[Reference], started: Words, draft: Draft, depth: int) -> Result:
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


_NPX_VALUES: Final = word_set(
    "-p --package -c --call -w --workspace --registry --cache --prefix --userconfig --node-options -s --script-shell --loglevel --node-arg -n --allow-build -C --dir --reporter --globalconfig --scope"
)
_NPM_LOCAL: Final = word_set("--no-install --no --offline")


def _npx(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    """npx, pnpx, pnpm dlx, yarn dlx, bunx. Source: npm documentation, "npm exec"; `npm-package-arg`."""
    options, rest = options_of(words, _NPX_VALUES)
    return _npm_run(launcher, options, rest, draft, depth)


def _npm_run(launcher: str, options: list[tuple[str, str]], rest: Words, draft: Draft, depth: int) -> Result:
    packages = [npm_reference(spec) for spec in values_of(options, "-p", "--package")]
    texts = values_of(options, "-c", "--call")
    if texts:
        child = Draft(steps=draft.steps)
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


def _npm(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, options = subcommand(words, _NPM_VALUES)
    if command in ("exec", "x"):
        cut = rest.index("--") if "--" in rest else len(rest)
        more: list[tuple[str, str]] = []
        own: Words = []
        pending = rest[:cut]
        while pending:  # npm reads its options anywhere before `--`
            found, pending = options_of(pending, _NPM_VALUES)
            more += found
            own += pending[:1]
            pending = pending[1:]
        return _npm_run(launcher, options + more, own + rest[cut + 1 :], draft, depth)
    if command in ("install", "i", "add", "ci"):
        draft.add(map(npm_reference, positional(rest, _NPM_VALUES)))
        draft.note("installs packages when it starts")
    return launcher, LOCAL


def _pnpm(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, options = subcommand(words, _NPX_VALUES)
    if command == "dlx":
        more, rest = options_of(rest, _NPX_VALUES)
        return _npm_run(launcher, options + more, rest, draft, depth)
    return _npm(launcher, words, draft, depth) if command in ("install", "i", "add") else (launcher, LOCAL)


def _yarn(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, _ = subcommand(words)
    if command == "dlx":
        return _npx(launcher, rest, draft, depth)
    if command == "add" or (command == "global" and rest[:1] == ["add"]):
        draft.add(map(npm_reference, positional(rest[command == "global" :], frozenset())))
    return launcher, LOCAL


def _bun(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, _ = subcommand(words, word_set("--cwd -c --config --env-file -r --preload"))
    if command == "x":
        return _npx(launcher, rest, draft, depth)
    if command in ("add", "install", "i"):
        draft.add(map(npm_reference, positional(rest, frozenset())))
    return launcher, _script_file(rest[0] if command == "run" and rest else command)


_DENO_VALUES: Final = word_set("-c --config --import-map --lock --cert --location --seed --v8-flags -r -L --log-level")


def _deno(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    """deno run. Source: Deno documentation, "npm: specifiers", "jsr: specifiers"."""
    command, rest, options = subcommand(words, _DENO_VALUES)
    if command in ("run", "x", "serve"):
        more, rest = options_of(rest, _DENO_VALUES - {"-r"})
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
            reference = replaced(reference, ecosystem="jsr")
    elif spec.startswith(("https:", "http:")):
        reference = url_reference(spec)
    else:
        return launcher, _script_file(spec)
    if "--lock" in flags and "--frozen" in flags:
        draft.verifies = True
        reference = replaced(reference, pin="hashed" if reference.version else reference.pin, pinned=True)
    return _fetched(launcher, [reference], rest, draft, depth)


_UV_VALUES: Final = word_set(
    "--from --with --with-editable --with-requirements -p --python --index --default-index -i --index-url --extra-index-url -f --find-links --index-strategy"
    " --keyring-provider -P --upgrade-package --refresh-package --resolution --prerelease --exclude-newer -c --constraints --constraint --overrides --override -b"
    " --build-constraints --build-constraint --env-file --directory --project --config-file --cache-dir --link-mode -w --group --extra --package --only-group"
    " --no-group --reinstall-package --no-binary-package --no-build-package --no-build-isolation-package --config-setting -C --allow-insecure-host --color"
    " --fork-strategy --torch-backend --python-platform --no-extra --index-format --managed-python-downloads --python-fetch --trusted-host"
)


def _uvx(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    """uvx, uv tool run. Source: uv documentation, "Using tools"."""
    options, rest = options_of(words, _UV_VALUES, attached=True)
    sources = values_of(options, "--from")
    if not sources and not rest:
        return launcher, UNKNOWN
    extras = _with(options, draft)
    main = pypi_reference(sources[-1] if sources else rest[0])
    return _fetched(launcher, [main, *extras], rest, draft, depth)


def _with(options: list[tuple[str, str]], draft: Draft) -> list[Reference]:
    if values_of(options, "--with-requirements"):
        draft.note("further requirements are in a file")
    return [pypi_reference(part) for value in values_of(options, "--with", "-w") for part in _comma_parts(value)]


def _comma_parts(value: str) -> Words:
    """`a,b` are two requirements, `a>=1,<2` and `a[x,y]` are one each."""
    return [part for part in re.split(r",(?=\s*[A-Za-z0-9])(?![^\[]*\])", value)[:MAX_EXTRAS] if part.strip()]


def _uv(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, _ = subcommand(words, _UV_VALUES)
    if command == "tool" and rest:
        if rest[0] == "run":
            return _uvx(launcher, rest[1:], draft, depth)
        if rest[0] == "install":
            draft.add(map(pypi_reference, positional(rest[1:], _UV_VALUES)))
        return launcher, LOCAL
    if command == "pip":
        return _pip(launcher, rest, draft, depth)
    if command != "run":
        return launcher, LOCAL
    options, rest = options_of(rest, _UV_VALUES | {"-m", "--module", "-s", "--script", "--gui-script"}, attached=True)
    extras = _with(options, draft)
    modules = values_of(options, "-m", "--module")
    script = (values_of(options, "-s", "--script", "--gui-script") or rest[:1] or [""])[0]
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
    if _program(rest[0]) in _READERS or _program(rest[0]) in _GATEWAYS or _program(rest[0]) in WRAPPERS:
        draft.wrappers.append("uv run")
        return _read(rest, draft, depth + 1)
    return launcher, _script_file(script)


_PIPX_VALUES: Final = word_set("--spec --python --pip-args --index-url -i --with --suffix --path --fetch-missing-python --backend")


def _pipx(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, options = subcommand(words, _PIPX_VALUES)
    if command == "install":
        draft.add(map(pypi_reference, positional(rest, _PIPX_VALUES)))
    if command != "run":
        return launcher, LOCAL
    more, rest = options_of(rest, _PIPX_VALUES)
    sources = values_of(options + more, "--spec")
    if not sources and not rest:
        return launcher, UNKNOWN
    extras = [pypi_reference(value) for value in values_of(options + more, "--with")]
    main = pypi_reference(sources[-1] if sources else rest[0])
    return _fetched(launcher, [main, *extras], rest, draft, depth)


_PIP_VALUES: Final = word_set(
    "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target --prefix --root --python --trusted-host --proxy -e --editable"
)


def _pip(launcher: str, words: Words, draft: Draft, _depth: int) -> Result:
    command, rest, _ = subcommand(words, _PIP_VALUES)
    if command == "install":
        draft.add(map(pypi_reference, positional(rest, _PIP_VALUES)))
        draft.note("installs packages when it starts")
    return launcher, LOCAL


def _python(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    """python -m MODULE, python FILE. Which distribution a module belongs to only the environment can tell."""
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
            if module in ("uv", "pipx", "pip"):
                draft.wrappers.append(launcher)
                return _READERS[module](module, rest, draft, depth + 1) if depth <= MAX_NESTING else (module, UNKNOWN)
            if is_placeholder(module):
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


def _node(launcher: str, words: Words, draft: Draft, _depth: int) -> Result:
    options, rest = options_of(
        words,
        word_set(
            "-r --require --import --loader --experimental-loader -e --eval -p --print -C --conditions --env-file --tsconfig -P --project --title --inspect-port"
        ),
    )
    code = " ".join(values_of(options, "-e", "--eval", "-p", "--print"))[:MAX_TEXT]
    if code:
        if re.search(r"\b(?:eval|Function)\s*\(", code) and re.search(r"\bfetch\s*\(|https?\.get|require\(['\"]https?['\"]\)", code):
            draft.fetches.append("download, then eval")
        draft.note("code in the arguments")
        return launcher, LOCAL
    return launcher, _script_file(rest[0] if rest else "")


def _script_file(word: str) -> Reference:
    """A local file; one inside `node_modules` names the package whose version the project's lockfile holds."""
    if is_placeholder(word):
        return UNKNOWN
    match = re.search(r"(?:^|[\\/])node_modules[\\/](?!\.bin)(@[^\\/]+[\\/][^\\/]+|[^\\/]+)", word[:4096])
    return Reference(name=match[1].replace("\\", "/")[:MAX_NAME]) if match else LOCAL


def _local(launcher: str, _words: Words, _draft: Draft, _depth: int) -> Result:
    """Programs that run what lies in the project."""
    return launcher, LOCAL


def _local_file(launcher: str, words: Words, _draft: Draft, _depth: int) -> Result:
    return launcher, _script_file(next((word for word in words if not word.startswith("-")), ""))


def _dotnet(launcher: str, words: Words, _draft: Draft, _depth: int) -> Result:
    values = word_set("--version --source --add-source --framework --configfile --verbosity -v")
    if launcher == "dotnet":
        command, rest, _ = subcommand(words)
        if command == "tool" and rest[:1] == ["exec"]:
            words = rest[1:]
        elif command == "dnx":
            words = rest
        else:
            return launcher, _script_file(command)
    options, rest = options_of(words, values)
    if not rest:
        return launcher, UNKNOWN
    more, _ = options_of(rest[1:], values)
    name, at, version = rest[0].partition("@")
    version = version if at else (values_of(options + more, "--version") or [""])[0]
    return launcher, versioned("nuget", name, version, re.fullmatch(r"[0-9]+(?:\.[0-9]+){1,3}(?:-[0-9A-Za-z.-]+)?", version) is not None)


def _go(launcher: str, words: Words, draft: Draft, _depth: int) -> Result:
    command, rest, _ = subcommand(words)
    if command not in ("run", "install"):
        return launcher, LOCAL
    _, rest = options_of(rest, word_set("-exec -C -tags -mod -modfile -ldflags"))
    if not rest or rest[0].startswith((".", "/")) or "@" not in rest[0]:
        return launcher, LOCAL
    name, _, version = rest[0].rpartition("@")
    exact = re.fullmatch(r"v[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?", version) is not None
    reference = versioned("golang", name, version, exact)
    if command == "install":
        draft.add([reference])
        return launcher, LOCAL
    return launcher, reference


def _jbang(launcher: str, words: Words, _draft: Draft, _depth: int) -> Result:
    _, rest = options_of(words, word_set("--java -j --main -m --deps --repos --cp -D --catalog"))
    if rest[:1] == ["run"]:
        _, rest = options_of(rest[1:], frozenset())
    if not rest:
        return launcher, UNKNOWN
    parts = rest[0].split(":")
    if rest[0].startswith(("http://", "https://")):
        return launcher, url_reference(rest[0])
    if len(parts) < 3:
        return launcher, LOCAL
    version = parts[2]
    exact = re.fullmatch(r"[0-9][\w.-]*", version) is not None and "SNAPSHOT" not in version
    return launcher, versioned("maven", f"{parts[0]}/{parts[1]}", version, exact)


def _nix(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, _ = subcommand(words, word_set("--option --extra-experimental-features --experimental-features"))
    if command in ("develop", "shell"):
        for flag in ("-c", "--command"):
            if flag in rest:
                draft.wrappers.append("nix")
                return _read(rest[rest.index(flag) + 1 :], draft, depth + 1)
        return launcher, LOCAL
    if command != "run":
        return launcher, LOCAL
    _, rest = options_of(rest, word_set("--option --extra-experimental-features --experimental-features -I --override-input --inputs-from"))
    spec = (rest[0] if rest else "").partition("#")[0]
    if not spec or spec.startswith((".", "/", "path:")):
        return launcher, LOCAL
    if is_placeholder(spec):
        return launcher, UNKNOWN
    forge = re.match(r"(?:github|gitlab|sourcehut):([^/?]+/[^/?]+)(?:/([^?]+))?", spec)
    if forge:
        return launcher, commit_reference("git", forge[1], forge[2] or "", spec.partition("?")[0])
    if spec.startswith(("git+", "https:")):
        return launcher, git_reference(spec)
    return launcher, Reference(ecosystem="nix", name=(rest[0].partition("#")[2] or spec)[:MAX_NAME], pin="none", pinned=False)


def _thv(launcher: str, words: Words, _draft: Draft, _depth: int) -> Result:
    """ToolHive: `thv run uvx://pkg`, `thv run image`, `thv run name-in-its-registry`."""
    command, rest, _ = subcommand(words)
    if command != "run":
        return launcher, LOCAL
    _, rest = options_of(
        rest, word_set("--name --transport --port --target-port --secret -e --env -v --volume --permission-profile --proxy-port --host")
    )
    spec = rest[0] if rest else ""
    scheme, separator, inner = spec.partition("://")
    if separator and scheme in ("npx", "uvx", "go"):
        reference = (
            npm_reference(inner)
            if scheme == "npx"
            else pypi_reference(inner)
            if scheme == "uvx"
            else versioned("golang", *inner.partition("@")[::2], exact=False)
        )
        return launcher, reference
    return launcher, oci_reference(spec) if "/" in spec or ":" in spec else UNKNOWN


# --- containers ------------------------------------------------------------------------------------------------------

_DOCKER_GLOBAL: Final = word_set(
    "-c --context -H --host --config -l --log-level --tlscacert --tlscert --tlskey --connection --url --identity --namespace -n --address -a"
)


def _docker(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    """docker, podman, nerdctl. Source: Docker documentation, "docker container run"."""
    command, rest, _ = subcommand(words, _DOCKER_GLOBAL)
    if command == "container":
        command, rest, _ = subcommand(rest)
    if command == "exec":
        _, rest = options_of(rest, word_set("-e --env --env-file -u --user -w --workdir --detach-keys"))
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
    entrypoint, rest = container_options(rest, draft)
    if not rest:
        return launcher, UNKNOWN
    image = oci_reference(rest[0])
    draft.verifies = image.pin == "digest"
    inner = [entrypoint, *rest[1:]] if entrypoint else rest[1:]
    if inner and (_is_known(_program(inner[0]))):  # the image is only a runtime: what it fetches is the server as much
        child = Draft(steps=draft.steps)
        result = _read(inner, child, depth + 1)
        draft.absorb(child, result[1])
        draft.url = child.url
        if result[1].pinned is False:
            draft.verifies = False
    return launcher, image


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
