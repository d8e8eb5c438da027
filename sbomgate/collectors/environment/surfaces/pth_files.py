"""`.pth` files: their import lines are executed, their other lines are put on the import path."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.cases import (
    MAX_MODULE,
    MAX_PTH,
    Case,
    read_case,
)
from sbomgate.collectors.environment.surfaces.judging import imitation, is_of, make_reader, take
from sbomgate.collectors.environment.surfaces.site_folder import Site
from sbomgate.collectors.environment.surfaces.source_text import decode_source, foreign_bytecode, is_blob, odd_code
from sbomgate.errors import CollectError
from sbomgate.model import Capability, Problem, StartupHook

if TYPE_CHECKING:
    from sbomgate.collectors.environment.templates import Template


MAX_FOLDERS: Final = 2000


def read_pth(site: Site, name: str) -> Iterator[StartupHook | Problem | str]:
    case = read_case(site, name, "pth", MAX_PTH)
    if not isinstance(case, Case):
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
    if case.adds_sites and "/" not in name:
        yield from read_nested(site)


def read_nested(site: Site) -> Iterator[StartupHook | Problem | str]:
    """The `.pth` files in the folders of the site folder: what `site.addsitedir` of one of them would read.

    Which folder that is, the reader of code seldom knows, so it may be any.
    """
    folders = [name for name, kind in sorted(site.listing(site.folder).items()) if kind == "folder" and not name.endswith("-info")]
    for folder in folders[:MAX_FOLDERS]:
        for name in sorted(site.listing(site.path(folder))):
            if name.endswith(".pth"):
                yield from read_pth(site, f"{folder}/{name}")


def _judge_lines(case: Case, reading: pth.Reading, added: list[str]) -> str:
    """Read what the lines do; the reason if the file is known to be good."""
    from sbomgate.collectors.environment import templates

    why = templates.known().digests.get(hashlib.sha256(case.data).hexdigest(), "")
    lines = [(line.number, line.text) for line in reading.executes]
    template = templates.match_lines(case.name, "pth", [text for _, text in lines])
    if template is not None and not template.shadows and _loads_known(case, added, template, [text for _, text in lines]):
        return f"{template.name}: {template.reason}"
    reader = make_reader(case, added, template)
    reader.read_lines(case.path, lines)
    take(case, reader, template, known=bool(why))
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
    imitation(case, "pth")
    return ""


def _loads_known(case: Case, added: list[str], template: Template, lines: list[str]) -> bool:
    """Whether every module that the program loads is absent, or known itself: then there is nothing to read."""
    from sbomgate.collectors.environment import templates
    from sbomgate.collectors.environment.surfaces import quick_look

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
            and is_of(site.owners.get(path, ""), template.owners)
            and not quick_look.may_matter(content)
        ):
            continue
        text, problem = decode_source(content)
        if text is None or problem or templates.match_module(path.rpartition("/")[2], text) is None:
            return False
    return True


def _text_of_pth(case: Case, reading: pth.Reading) -> None:
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
        if odd := odd_code(line.text):
            case.note("hiding", f"{odd}: {line.text[:400]}", line.number)
        if len(line.text) > 200 and re.search(r"[ \t\f\u3000]{40}", line.text):
            case.note("hiding", f"code far to the right, behind a long gap: {' '.join(line.text.split())[:400]}", line.number)
        if len(line.text) > 2000 and is_blob(line.text):
            case.note("hiding", f"a line of {len(line.text)} characters with a large encoded text", line.number)
    if paths.odd_characters(case.name):
        case.note("hiding", f"the file's name has {paths.odd_characters(case.name)}")


def _path_lines(case: Case, reading: pth.Reading) -> list[str]:
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
