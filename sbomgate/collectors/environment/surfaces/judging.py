"""Reading the code of a hook: which modules are followed, and which of the things seen count."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from sbomgate import indicators
from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.cases import (
    MAX_MODULE,
    VERDICTS,
    Case,
)
from sbomgate.collectors.environment.surfaces.source_text import decode_source, foreign_bytecode, odd_module
from sbomgate.errors import CollectError
from sbomgate.model import Capability, Location

if TYPE_CHECKING:
    from sbomgate.collectors.environment.capabilities import Reader
    from sbomgate.collectors.environment.reader.imports import Source
    from sbomgate.collectors.environment.reader.values import Seen
    from sbomgate.collectors.environment.templates import Template


def make_reader(case: Case, added: list[str], template: Template | None = None) -> Reader:
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
        if template is not None and top in template.trusts and is_of(owner, template.owners) and cache.keys() & {top}:
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
        digest = hashlib.sha256(content).hexdigest()
        if bad := indicators.bad_files().get(digest):
            case.note("indicator", f"import {name}: byte for byte a known malicious file: {bad.summary}", path=path)
        if (why := templates.known().digests.get(digest)) is not None:
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
        if odd := odd_module(text):
            case.note("hiding", odd[1], odd[0], path)
        trusted = template is not None and top in template.trusts and is_of(owner, template.owners)
        return imports.Source(path, text, package, trusted=trusted)

    reader = capabilities.Reader(find, strings=indicators.in_text)
    holder.append(reader)
    return reader


def is_of(owner: str, names: tuple[str, ...]) -> bool:
    """Whether the purl `owner` is a release of one of the distributions `names`."""
    return any(owner == f"pkg:pypi/{name}" or owner.startswith((f"pkg:pypi/{name}@", f"pkg:pypi/{name}?")) for name in names)


_WAITING: Final = frozenset({"missing-module", "unfollowed", "not-read", "environment-read"})


def take(case: Case, reader: Reader, template: Template | None = None, *, known: bool = False) -> None:
    """Take over what the reader saw, but for what is known: the text of the hook itself, and the kinds that its template allows."""
    from sbomgate.collectors.environment import dangers, paths

    case.followed = len(reader.modules)
    case.adds_sites = reader.adds_sites
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


def _added_folders(case: Case) -> list[str]:
    reading = pth.parse_pth(case.data, case.site.python)
    return [case.site.path(line.text) for line in reading.paths if case.site.tree.kind(case.site.path(line.text)) == "folder"]


def _shadowed(case: Case, folder: str) -> list[str]:
    """Modules in `folder` that have the name of one of the standard library."""
    from sbomgate.collectors.environment import dangers

    names = case.site.listing(folder)
    stems = {name.partition(".")[0] for name in names if name.endswith((".py", ".pyc", ".so", ".pyd")) or names[name] == "folder"}
    return sorted(stems & (dangers.STANDARD - dangers.REMOVED_MODULES) - {"test", "this", "site-packages", "__pycache__"})


def imitation(case: Case, kind: str) -> None:
    """A file with the name of a known-good hook that is not it: told if anything about it matters, or it is nearly the same."""
    from sbomgate.collectors.environment import templates

    claimed = templates.claims(case.name, kind)
    if claimed is None:
        return
    grave = [item for item in case.seen if VERDICTS[item.kind] != VERDICTS["not-read"]]
    owner = case.site.owners.get(case.path, "")
    if grave:
        case.note("imitation", f"named like {claimed.name}, but it is not: {grave[0].detail[:300]}", grave[0].location.line)
    elif claimed.owners and owner and not is_of(owner, claimed.owners):
        case.note("imitation", f"named like {claimed.name}, but it belongs to {owner}")
    elif not (claimed.owners and owner) and (near := _nearly(claimed, case)):
        case.note("imitation", f"nearly {claimed.name}, and not it: {near}")
    elif any(item.kind == "missing-module" for item in case.seen):
        case.note("imitation", f"named like {claimed.name}, but its text differs and what it imports is not there")


def _nearly(claimed: Template, case: Case) -> str:
    """The executed line that comes close to a known program without being it; empty if none does."""
    from difflib import SequenceMatcher

    for line in pth.parse_pth(case.data, case.site.python).executes:
        text = line.text.rstrip()
        for program in claimed.programs:
            if len(text) > 20 and len(text) < 4000 and SequenceMatcher(None, text, program, autojunk=False).quick_ratio() > 0.9:
                return text
    return ""
