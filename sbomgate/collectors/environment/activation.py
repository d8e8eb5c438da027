"""What the activation of an environment, and the programs in it, do to every process that is started afterwards.

`source bin/activate` runs in the shell of a person: what it exports is inherited by everything. venv, virtualenv, uv and
conda save, set and restore a handful of variables and start nothing. A variable that makes a program load code
(`LD_PRELOAD`, `PYTHONSTARTUP`, `BASH_ENV`, …), one that leads to a doubtful place, and a command that fetches, decodes or
evaluates are told. The scripts are matched by line, not interpreted: an assignment that is put together from pieces is
seen by what puts it together (`eval`, decoding), or not at all. Names are told, values never: they can be secrets.

Also read: conda's `etc/conda/activate.d` and `conda-meta/state`, `.env` in the environment and in the folder around it
(editors hand it to every Python they start), and programs in `bin/` that are scripts. Sources: `man ld.so`, `man dyld`,
Python documentation, "Environment variables"; Node.js, bash and Git likewise; `conda.core.prefix_data`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from sbomgate.collectors.environment import paths
from sbomgate.collectors.environment.layout import Layout
from sbomgate.errors import CollectError
from sbomgate.model import Capability, Location, Problem, StartupHook
from sbomgate.tree import Tree, parse_json

MAX_SCRIPT: Final = 2**20
MAX_LINE: Final = 2000
"""Characters of a line that are looked at."""
MAX_FILES: Final = 5000
"""Scripts of one folder that are read."""
MAX_TOLD: Final = 20
"""Lines of one file that are told."""
LOADS, CHANGES = "activation-loads-code", "activation-changes-search"

_LOADERS: Final = """LD_PRELOAD LD_AUDIT DYLD_INSERT_LIBRARIES PYTHONSTARTUP PYTHONBREAKPOINT BASH_ENV PERL5OPT RUBYOPT
    PROMPT_COMMAND ZDOTDIR"""
"""Whatever the value, code is loaded from there."""
_OPTIONS: Final = "NODE_OPTIONS JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS"
"""Loads code if it says so."""
_SEARCHED: Final = "PYTHONPATH PYTHONHOME PYTHONUSERBASE PYTHONPLATLIBDIR PYTHONEXECUTABLE PYTHONPYCACHEPREFIX NODE_PATH PERL5LIB RUBYLIB"
_COMMANDS: Final = "GIT_SSH_COMMAND GIT_SSH GIT_ASKPASS SSH_ASKPASS GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND GIT_EXEC_PATH GIT_TEMPLATE_DIR"
_PLACES: Final = "PATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH DYLD_FRAMEWORK_PATH DYLD_FALLBACK_LIBRARY_PATH"
"""Usual; told only if they lead to a doubtful place."""
_TRUST: Final = """PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_CONFIG_FILE UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_DEFAULT_INDEX
    NPM_CONFIG_REGISTRY NODE_TLS_REJECT_UNAUTHORIZED PYTHONHTTPSVERIFY GIT_SSL_NO_VERIFY ANTHROPIC_BASE_URL OPENAI_BASE_URL"""
_KINDS: Final = {
    name: kind
    for kind, names in (("loader", _LOADERS), ("options", _OPTIONS), ("searched", _SEARCHED), ("command", _COMMANDS), ("place", _PLACES), ("trust", _TRUST))
    for name in names.split()
}  # fmt: skip
_SAVED: Final = ("_OLD_VIRTUAL_", "_CONDA_BACKUP_", "CONDA_BACKUP_", "_CONDA_SET_", "OLD_", "")
"""Before the name of a variable: where activation keeps the value that it will restore."""
_ASSIGNED: Final = re.compile(
    r"(?<![\w])(?:_OLD_VIRTUAL_|_CONDA_BACKUP_|CONDA_BACKUP_)?(?P<name>" + "|".join(sorted(_KINDS, key=len, reverse=True)) + r")\b"
    r"(?:[\"'\]})]{0,3}[ \t]{0,9}(?:\+?=(?![=~])|:(?![-+=?])|(?P<comma>,))|(?P<gap>[ \t]{1,9}))[ \t]{0,9}(?=(?P<value>[^\r\n]{0,300}))"
)
_SETS_BEFORE: Final = re.compile(r"(?:\bsetenv|\bset(?:[ \t]+-{1,2}[a-zA-Z]+)*|\binsert)[ \t]+\Z")
"""Commands that part the name from the value by blanks: csh, fish, nu."""
_CALLS_BEFORE: Final = re.compile(r"(?:putenv|setdefault|setenv|SetEnvironmentVariable|__setitem__)[ \t]*\([ \t]*[\"']\Z", re.IGNORECASE)
_READ_BEFORE: Final = re.compile(r"\$\{?\Z")
"""A value that is asked for: in xonsh alone such a name is assigned to."""
_COMMENT: Final = re.compile(r"[ \t]*(?:#|//|@?rem\b|::)", re.IGNORECASE)
_LOADING_OPTION: Final = re.compile(
    r"(?:\A|[\s\"'=])(?:-r|--require|--import|--loader|--experimental-loader|--inspect\S*|-javaagent\S*|-agent(?:lib|path)\S*|--env-file\S*)(?=[\s=:\"'])"
)
_WORD: Final = re.compile(r"\w+")
_SYNTAX: Final = re.compile(r":q\b|\d?>[ \t]*/dev/null|\$?(?:env|variable):|\$\{env\.|\$env\.|\bget-content\b", re.IGNORECASE)
"""Words of the shells around the name of a variable."""
_END: Final = re.compile(r"[ \t]*(?:;|&&|\|\|).*\Z")
_FETCHES: Final = re.compile(
    r"(?:\A|[\s;&|(`\"'=@])(?:curl|wget|ncat|nc|socat|aria2c|certutil)(?:\.exe)?[ \t]+\S|/dev/(?:tcp|udp)/|\bbase64[ \t]+(?:-d|-D|--decode)|\bopenssl[ \t]+enc\b|\bxxd[ \t]+-r"
    r"|\b(?:Invoke-WebRequest|Invoke-RestMethod|DownloadString|DownloadFile|Start-BitsTransfer|FromBase64String|bitsadmin)\b",
    re.IGNORECASE,
)
_STARTS: Final = re.compile(
    r"(?:\A|[\s;&|(`@])(?:eval[ \t]+\S|(?:\S{0,200}/)?(?:python[\d.]*|pythonw|perl|ruby|node|bun|deno|osascript|php)(?:\.exe)?[ \t]+-[ce]\b|nohup[ \t]|setsid[ \t]|crontab[ \t]|systemctl[ \t]|launchctl[ \t]|schtasks[ \t]"
    r"|iex[ \t]|Invoke-Expression\b|Start-Process\b)",
    re.IGNORECASE,
)
_PYTHON_KINDS: Final = ("process", "network", "decoded-code", "credentials", "persistence", "indicator", "native-code", "dynamic-code")
_ACTIVATES: Final = re.compile(r"(?:de)?activate(?:\.\w+)?\Z", re.IGNORECASE)


def collect_activation(tree: Tree, layout: Layout, owners: Mapping[str, str]) -> Iterator[StartupHook | Problem]:
    """Yield the files of the environment that hand code, or a doubtful place, to what is started after them; nothing for the others."""
    prefix = f"{layout.root}/" if layout.root else ""
    if not (layout.virtual or layout.conda):
        return
    for name in ("bin", "Scripts"):
        yield from _programs(tree, layout, prefix + name, owners)
    if layout.conda:
        for name in ("activate.d", "deactivate.d"):
            yield from _conda_scripts(tree, layout, f"{prefix}etc/conda/{name}", owners)
        yield from _conda_state(tree, layout, f"{prefix}conda-meta/state")
    around = layout.root.rpartition("/")[0]
    folders = {layout.root, around} if layout.root else {""}
    for folder in sorted(folders):
        path = f"{folder}/.env" if folder else ".env"
        if tree.kind(path) == "file":
            yield from _file(tree, layout, path, "dotenv", owners)


def _programs(tree: Tree, layout: Layout, folder: str, owners: Mapping[str, str]) -> Iterator[StartupHook | Problem]:
    if tree.kind(folder) != "folder":
        return
    try:
        entries = tree.entries(folder)
        for entry in entries[:MAX_FILES]:
            path = f"{folder}/{entry.name}"
            if entry.kind != "file":
                continue
            if entry.name == "activate_this.py":
                yield from _python(tree, path, owners)
            elif _ACTIVATES.match(entry.name):
                yield from _file(tree, layout, path, "activation", owners)
            elif tree.head(path, 2) == b"#!":
                yield from _file(tree, layout, path, "program", owners)
    except CollectError as error:
        yield _problem(error)


def _conda_scripts(tree: Tree, layout: Layout, folder: str, owners: Mapping[str, str]) -> Iterator[StartupHook | Problem]:
    if tree.kind(folder) != "folder":
        return
    try:
        for entry in tree.entries(folder)[:MAX_FILES]:
            if entry.kind == "file":
                yield from _file(tree, layout, f"{folder}/{entry.name}", "conda-activation", owners)
    except CollectError as error:
        yield _problem(error)


def _conda_state(tree: Tree, layout: Layout, path: str) -> Iterator[StartupHook | Problem]:
    """The variables that `conda env config vars set` keeps."""
    if tree.kind(path) != "file":
        return
    try:
        data = tree.read(path, MAX_SCRIPT)
        document = parse_json(data.decode("utf-8", "replace"), path)
    except CollectError as error:
        yield _problem(error)
        return
    variables = document.get("env_vars") if isinstance(document, dict) else None
    if isinstance(variables, dict):
        text = "".join(f"{name}={json.dumps(value)}\n" for name, value in variables.items() if isinstance(value, str) and "\n" not in name)
        yield from _judged(tree, layout, path, "conda-state", data, text, {})


def _file(tree: Tree, layout: Layout, path: str, kind: str, owners: Mapping[str, str]) -> Iterator[StartupHook | Problem]:
    try:
        data = tree.read(path, MAX_SCRIPT)
    except CollectError as error:
        if kind != "program":  # a program may be of any size, and is then no script that sets a few variables
            yield _problem(error)
        return
    yield from _judged(tree, layout, path, kind, data, data.decode("utf-8", "replace"), owners)


def _judged(tree: Tree, layout: Layout, path: str, kind: str, data: bytes, text: str, owners: Mapping[str, str]) -> Iterator[StartupHook]:
    found: list[tuple[str, str, int]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if len(found) >= MAX_TOLD:
            break
        if line.strip() and not _COMMENT.match(line):
            found += [(verdict, why, number) for verdict, why in _line(tree, layout, line, kind, path)]
    if found:
        yield _hook(path, kind, data, owners, found)


def _hook(path: str, kind: str, data: bytes, owners: Mapping[str, str], found: list[tuple[str, str, int]]) -> StartupHook:
    found.sort(key=lambda item: item[0] != LOADS)
    verdict, why, line = found[0]
    return StartupHook(
        kind=kind,
        location=Location(path, line if kind != "conda-state" else 0),
        sha256=hashlib.sha256(data).hexdigest(),
        owner=owners.get(path, ""),
        verdict=verdict,
        reason=why,
        capabilities=tuple(Capability("environment", why, Location(path, line if kind != "conda-state" else 0)) for _, why, line in found),
    )


def _line(tree: Tree, layout: Layout, line: str, kind: str, path: str) -> Iterator[tuple[str, str]]:
    """(verdict, why) for what one line of a script does."""
    if len(line) > MAX_LINE and kind in ("activation", "conda-activation"):
        yield CHANGES, f"a line of {len(line)} characters, which was not read to its end"
    line = line[:MAX_LINE]
    for match in _ASSIGNED.finditer(line):
        name, before = match["name"], line[max(0, match.start() - 200) : match.start()]
        if (match["gap"] and not _SETS_BEFORE.search(before)) or (match["comma"] and not _CALLS_BEFORE.search(before)):
            continue
        if (_READ_BEFORE.search(before) and not path.endswith(".xsh")) or (name == "PROMPT_COMMAND" and path.endswith(".nu")):
            continue  # Nushell's own prompt bears that name
        if judged := _value(tree, layout, name, _END.sub("", match["value"]).strip(), kind):
            yield judged
    if kind in ("activation", "conda-activation"):
        if found := _FETCHES.search(line):
            yield LOADS, f"fetches or decodes: {' '.join(found[0].split())[:80]}"
        elif kind == "activation" and (found := _STARTS.search(line)):
            yield LOADS, f"runs a program or a text: {' '.join(found[0].split())[:80]}"


def _value(tree: Tree, layout: Layout, name: str, value: str, kind: str) -> tuple[str, str] | None:
    """The verdict about a variable that is set to `value`; None if that is usual."""
    bare = value.strip("\"' \t)}]")
    names = {saved + name for saved in _SAVED}
    if not bare or all(word in names for word in _WORD.findall(_SYNTAX.sub(" ", value))):
        return None  # cleared, saved or restored
    what = _KINDS[name]
    doubtful = _doubtful(tree, layout, name, bare)
    if what == "trust":
        return (CHANGES, f"sets {name}") if kind in ("activation", "conda-activation", "conda-state") else None
    if what == "options":
        return (LOADS, f"sets {name} to an option that loads code") if _LOADING_OPTION.search(f" {bare} ") else None
    if what == "loader" or (doubtful and what != "trust"):
        return LOADS, f"sets {name}" + (f": {doubtful}" if doubtful else "")
    if what in ("searched", "command") and kind in ("activation", "conda-state"):
        return CHANGES, f"sets {name}"
    return None


def _doubtful(tree: Tree, layout: Layout, name: str, value: str) -> str:
    """Why one of the places in `value` is no place for code; empty if none is. The environment itself may lie anywhere."""
    own = "/".join(part for part in (tree.root.replace("\\", "/").rstrip("/"), layout.root) if part)
    if re.search(r"\$\{?(?:env:)?TE?MP(?:DIR)?\b|%TE?MP%", value, re.IGNORECASE):
        return "a temporary or world-writable folder"
    for part in re.split(r"[:;\s\"'{},]+", re.sub(r"\$\{?\w+(?::?[-+][^}]*)?\}?|%\w+%", "VARIABLE", value))[:50]:
        if not part.startswith(("/", "\\", "~", "VARIABLE")) or (tree.root and f"{part}/".startswith(f"{own}/")):
            continue
        found = paths.danger(part)
        if found is not None and found.grave and not (found.why.startswith("a hidden") and _KINDS[name] == "place"):
            return found.why  # programs of a person do lie in hidden folders
    return ""


def _python(tree: Tree, path: str, owners: Mapping[str, str]) -> Iterator[StartupHook | Problem]:
    """`activate_this.py`, which programs run in themselves."""
    from sbomgate.collectors.environment import capabilities, hooks

    try:
        data = tree.read(path, MAX_SCRIPT)
    except CollectError as error:
        yield _problem(error)
        return
    text, problem = hooks.decode_source(data)
    if text is None or problem:
        yield _hook(path, "activation", data, owners, [(LOADS, problem or "cannot be decoded", 1)])
        return
    reader = capabilities.Reader()
    reader.read_module(path, text, "activate_this")
    if found := [
        (LOADS, f"{item.kind}: {' '.join(item.detail.split())[:300]}", item.line) for item in reader.seen if item.kind in _PYTHON_KINDS
    ]:
        yield _hook(path, "activation", data, owners, found[:MAX_TOLD])


def _problem(error: CollectError) -> Problem:
    return Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
