"""Everything that an environment runs or changes before a program starts, each with a verdict.

Surfaces: `.pth` lines, `.start` files (PEP 829), `sitecustomize` and `usercustomize` (module, package, bytecode, native),
`pyvenv.cfg`, `python*._pth`, and the entry points that tools load unasked.

Each family of files is a module of `surfaces`. A verdict is `known-good` (content on the list, or of a shape on the list), `inert` (nothing is executed and nothing is
wrong with the paths), `harmless` (read to its end, nothing that matters), or the name of the rule for the gravest thing
that was seen. Code is never run: `capabilities.Reader` reads it. The modules that a hook imports are read as well, inside
the distribution they belong to, up to `reader.bounds.MAX_MODULES`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sbomgate.collectors.environment.surfaces.cases import HARMLESS, INERT, KNOWN_GOOD, VERDICTS
from sbomgate.collectors.environment.surfaces.customize import MODULES, read_customize
from sbomgate.collectors.environment.surfaces.egg_links import read_egg_link
from sbomgate.collectors.environment.surfaces.entry_points import AUTOLOADED, parse_entry_points, read_entry_points
from sbomgate.collectors.environment.surfaces.pth_files import read_pth
from sbomgate.collectors.environment.surfaces.pyvenv_cfg import collect_pyvenv
from sbomgate.collectors.environment.surfaces.site_folder import EXTENSION, Site
from sbomgate.collectors.environment.surfaces.source_text import decode_source, foreign_bytecode
from sbomgate.collectors.environment.surfaces.start_files import read_start
from sbomgate.errors import CollectError
from sbomgate.model import Problem, StartupHook
from sbomgate.tree import SourceFile, Tree

__all__ = [
    "AUTOLOADED",
    "HARMLESS",
    "INERT",
    "KNOWN_GOOD",
    "VERDICTS",
    "collect",
    "collect_hooks",
    "collect_pyvenv",
    "decode_source",
    "foreign_bytecode",
    "parse_entry_points",
]


def collect(file: SourceFile) -> Iterator[StartupHook | Problem | str]:
    """The start-up file that is itself the target, judged with what lies beside it."""
    folder, _, name = file.path.rpartition("/")
    site = Site(file.tree, folder, None, {})
    yield f"{file.path}: the version of Python is not known; what depends on it is told for every version"
    if name.endswith(".pth"):
        yield from read_pth(site, name)
    elif name.endswith(".start"):
        yield from read_start(site, name)
    else:
        yield from read_customize(site, name, name.partition(".")[0])


def collect_hooks(
    tree: Tree, site: str, *, python: tuple[int, int] | None, owners: Mapping[str, str], judge: bool = True
) -> Iterator[StartupHook | Problem | str]:
    """Every start-up hook of the site folder `site`, in the order in which the interpreter comes to them.

    `owners` maps paths relative to the root of the tree to the purl of the distribution whose RECORD lists them.
    Without `judge` the modules that entry points name are not read, and the hooks of that kind have no verdict: an SBOM
    only needs to know that they are there.
    """
    try:
        place = Site(tree, site, python, owners)
        entries = place.entries(site)
    except CollectError as error:
        yield Problem(path=error.path, what=error.what, where=error.where, fix=error.fix)
        return
    for name in sorted(entries):
        if name.endswith(".pth") and entries[name] != "folder":
            yield from read_pth(place, name)
    for name in sorted(entries):
        if name.endswith(".start") and entries[name] != "folder":
            yield from read_start(place, name)
    for name in sorted(entries):
        if name.endswith(".egg-link") and entries[name] != "folder":
            yield from read_egg_link(place, name)
    for module in MODULES:
        for name in sorted(entries):
            if name == module and entries[name] == "folder":
                inner = f"{place.path(name)}/__init__.py"
                if tree.kind(inner) or any(tree.kind(f"{place.path(name)}/__init__{tail}") for tail in (".pyc", ".so", ".pyd")):
                    yield from read_customize(
                        place,
                        f"{name}/__init__.py"
                        if tree.kind(inner)
                        else next(
                            f"{name}/__init__{tail}" for tail in (".pyc", ".so", ".pyd") if tree.kind(f"{place.path(name)}/__init__{tail}")
                        ),
                        module,
                    )
            elif name in (f"{module}.py", f"{module}.pyc") or ((match := EXTENSION.match(name)) and match["stem"] == module):
                yield from read_customize(place, name, module)
    for name in sorted(entries):
        if name.endswith((".dist-info", ".egg-info")) and entries[name] == "folder":
            yield from read_entry_points(place, name, judge=judge)
