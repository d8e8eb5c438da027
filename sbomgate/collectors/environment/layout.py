"""Where things lie in a Python environment, told from its files alone.

Sources: PEP 405 (`pyvenv.cfg`), the `sysconfig` installation schemes, Debian's Python policy (`dist-packages`),
conda's prefix layout. The interpreter of the environment is never asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sbomgate.errors import CollectError
from sbomgate.tree import SourceFolder, Tree, normalised

_VERSIONED = re.compile(r"(?:python|pypy)([0-9]{1,3})\.([0-9]{1,3})t?\Z", re.IGNORECASE)
_TAG = re.compile(r"\.(?:cpython-|pypy)([0-9])([0-9]{1,3})(?:\.opt-[0-9])?\.pyc\Z")
_LINE_END = re.compile("\r\n|\r|\n")
_SITES = ("site-packages", "dist-packages")
_LIBS = ("lib", "lib64", "Lib", "local/lib")


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one environment, relative to the target."""

    root: str
    prefix: str | None
    """What RECORD's `../../../bin` means; None when it lies outside the target."""
    sites: tuple[str, ...]
    python: tuple[int, int] | None
    """Version of the interpreter; None when no file tells it."""
    windows: bool
    virtual: bool
    """Made by venv, virtualenv or uv: has a pyvenv.cfg."""
    conda: bool
    system_sites: bool
    """pyvenv.cfg lets the base interpreter's packages in; they are outside the target."""
    home: str = ""
    """The folder of the base interpreter as pyvenv.cfg names it."""
    linked: tuple[str, ...] = ()
    """Links that stand where a site folder may stand, and lead to none of `sites`: not followed."""

    @property
    def implementation(self) -> str:
        """`cpython` · `pypy`."""
        return "pypy" if any(part.lower().startswith("pypy") for site in self.sites for part in site.split("/")) else "cpython"


def find_layout(folder: SourceFolder) -> Layout:
    """The layout of the environment, or of the bare site folder, at `folder`; CollectError if it has no site folder."""
    tree, root = folder.tree, folder.path
    config = _config(tree, folder.join("pyvenv.cfg"))
    conda = tree.kind(folder.join("conda-meta")) == "folder"
    if config is None and not conda:
        return _bare(folder)
    links: list[str] = []
    sites = tuple(site for lib in _libs(tree, folder) for site in _sites_below(tree, lib, links))
    known = {"/".join(parts[:depth]) for parts in (site.split("/") for site in sites) for depth in range(1, len(parts) + 1)}
    linked = tuple(link for link in links if tree.kind(f"{link}/.") and tree.link_target(link) not in known)
    if not sites:
        raise CollectError(
            "environment without a site-packages folder", (linked or (root,))[0] or ".", fix="name the site-packages folder itself"
        )
    versions = list(filter(None, map(_path_version, sites)))
    stated = _config_version(config or {})
    # pyvenv.cfg is a text that anybody can write, and the interpreter ignores its version: the folder decides
    version = stated if stated in versions or not versions else versions[0]
    return Layout(
        root=root,
        prefix=root,
        sites=sites,
        python=version or _bytecode_version(tree, sites),
        windows=any("/Lib/" in f"/{site}" for site in sites),
        virtual=config is not None,
        conda=conda,
        # on unless it is said to be off. Source: `site.venv`
        system_sites=config is not None and config.get("include-system-site-packages", "true").lower() == "true",
        home=(config or {}).get("home", ""),
        linked=linked,
    )


def inside(tree: Tree, base: str, text: str) -> str:
    """The folder of the target that `text`, absolute or relative to `base`, names; empty if it lies elsewhere."""
    root = tree.root.replace("\\", "/").rstrip("/")
    if text.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", text):
        path = normalised(text)
        return path[len(root) + 1 :] if root and path.startswith(f"{root}/") else ""
    path = normalised(f"{base}/{text}" if base else text)
    return "" if path.startswith("..") or path == "." else path


def _bare(folder: SourceFolder) -> Layout:
    """A site folder without an environment around it that we were shown."""
    path = folder.path
    parts = path.split("/")
    prefix: str | None = None
    windows = len(parts) >= 2 and parts[-2] == "Lib"
    if windows:
        prefix = "/".join(parts[:-2])
    elif len(parts) >= 3 and parts[-3] in ("lib", "lib64"):
        prefix = "/".join(parts[:-3])
    whole = f"{folder.tree.root}/{path}".rstrip("/")
    return Layout(
        root=path,
        prefix=prefix,
        sites=(path,),
        python=_path_version(whole) or _bytecode_version(folder.tree, (path,)),
        windows=windows or whole.lower().endswith(("/lib/site-packages", "\\lib\\site-packages")),
        virtual=False,
        conda=False,
        system_sites=False,
    )


def _libs(tree: Tree, folder: SourceFolder) -> list[str]:
    """The folders that may hold site folders, spelled as they are: `lib` and `Lib` are one on some file systems."""
    kinds = {entry.name: entry.kind for entry in tree.entries(folder.path)}
    return [folder.join(lib) for lib in _LIBS if lib in kinds or ("/" in lib and kinds.get(lib.partition("/")[0]) == "folder")]


def _sites_below(tree: Tree, lib: str, links: list[str]) -> list[str]:
    """`lib/pythonX.Y/site-packages` and its like; linked folders go to `links`: `lib64` is usually the same place twice."""
    kind = tree.kind(lib)
    if kind != "folder":
        links += [lib] if kind == "link" else []
        return []
    found = []
    for entry in tree.entries(lib):
        path = f"{lib}/{entry.name}"
        if entry.name in _SITES:
            candidates = [(path, entry.kind)]
        elif not (_VERSIONED.match(entry.name) or entry.name in ("python3", "pypy3")):
            continue
        elif entry.kind == "folder":
            candidates = [(f"{path}/{site}", tree.kind(f"{path}/{site}")) for site in _SITES]
        else:
            candidates = [(path, entry.kind)] if entry.kind == "link" else []
        found += [site for site, kind in candidates if kind == "folder"]
        links += [site for site, kind in candidates if kind == "link"]
    return found


def _config(tree: Tree, path: str) -> dict[str, str] | None:
    """Keys and values of a pyvenv.cfg as CPython's `site` reads them: lower-case keys, the last one wins."""
    if not tree.kind(path):
        return None
    text = tree.read(path, 2**20).decode("utf-8", "replace")
    pairs = (line.partition("=") for line in _LINE_END.split(text) if "=" in line)
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _config_version(config: dict[str, str]) -> tuple[int, int] | None:
    # venv writes `version`, virtualenv and uv `version_info`, PEP 838 proposes `python-version`
    for key in ("version", "version_info", "python-version"):
        if match := re.match(r"([0-9]{1,3})\.([0-9]{1,3})(?![0-9])", config.get(key, "")):
            return int(match[1]), int(match[2])
    return None


def _path_version(path: str) -> tuple[int, int] | None:
    for part in reversed(path.replace("\\", "/").split("/")):
        if match := _VERSIONED.match(part):
            return int(match[1]), int(match[2])
    return None


def _bytecode_version(tree: Tree, sites: tuple[str, ...]) -> tuple[int, int] | None:
    """The one version whose bytecode lies directly in a site folder; None if there is none, or several."""
    found = set()
    for site in sites:
        cache = f"{site}/__pycache__" if site else "__pycache__"
        if tree.kind(cache) == "folder":
            found |= {(int(m[1]), int(m[2])) for entry in tree.entries(cache) if (m := _TAG.search(entry.name))}
    return found.pop() if len(found) == 1 else None
